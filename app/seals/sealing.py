"""Seal what was numbered since the last seal of a journal, beside those who write: they don't wait for it, nor does it for them.

Who has seen a number of a journal committed never meets a smaller one later. So what one snapshot has up to that number is complete.
"""

import hashlib
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, text

from app import instance, journal, times
from app.db import is_sqlite, reading, writing
from app.seals import checkpoints, rows
from app.seals.verify import Checkpoint, digest

MOST = 4000
"""Numbers of a journal that one seal takes."""
PAGE = 1000
"""Numbers whose rows are asked for together."""
SMALLEST = -(2**62)
"""Below every number: what was put below the first is found too."""
_LOCK = 0x5EA1


def seal_all(pause: Callable[[float], object] = lambda seconds: None) -> int:
    """Seal all journals up to now; return how many seals were made. `pause` is told how long each took, in seconds."""
    with reading() as tx:
        sites = list(tx.scalars(text("SELECT site_id FROM journals ORDER BY site_id")))
    made = 0
    for site_id in sites:
        began = perf_counter()
        while seal(site_id):
            made += 1
            pause(perf_counter() - began)
            began = perf_counter()
    return made


def seal(site_id: int) -> bool:
    """Make the next seal of a journal; False when there is nothing to seal, or another process is about it."""
    with reading() as tx:
        if not _is_my_turn(tx, site_id):
            return False
        before = checkpoints.last(tx, site_id)
        checkpoints.remember(before)
        upto = min(journal.read(tx, site_id), before.upto + MOST)
        if upto <= before.upto:
            return False
        made = _next(tx, before, upto)
    with writing() as tx:
        if tx.execute(text(_STORE), made).rowcount != 1:
            return False
    checkpoints.remember(Checkpoint(site_id, made["number"], upto, made["epoch"], made["hash"]))
    return True


_STORE = (
    "INSERT INTO seals (site_id, number, format, epoch, first, upto, rows, content, previous, hash, sealed_at) "
    "VALUES (:site, :number, :format, :epoch, :first, :upto, :rows, :content, :previous, :hash, :sealed_at) ON CONFLICT DO NOTHING"
)


def _is_my_turn(tx: Connection, site_id: int) -> bool:
    """Spare processes from reading the same rows at the same time; which seal is the next one the table's key decides."""
    return is_sqlite(tx) or bool(tx.scalar(text("SELECT pg_try_advisory_xact_lock(:lock, :site)"), {"lock": _LOCK, "site": site_id}))


def _next(tx: Connection, before: Checkpoint, upto: int) -> dict[str, Any]:
    """Return the seal that follows another, up to a number."""
    content, many = hashlib.sha256(), 0
    for number, told in texts(tx, rows.NEWEST, before.site, before.upto + 1, upto):
        content.update(told.encode())
        content.update(b"\n")
        many += number
    made = {
        "site": before.site, "number": before.number + 1, "format": rows.NEWEST, "epoch": instance.epoch(tx), "first": before.upto + 1,
        "upto": upto, "rows": many, "content": content.hexdigest(), "previous": before.hash, "sealed_at": times.now(),
    }  # fmt: skip
    return made | {"hash": digest(made)}


def texts(tx: Connection, form: int, site_id: int, first: int, upto: int) -> Iterator[tuple[int, str]]:
    """Give the rows of a range of numbers, table by table, each in order: how many, and their texts with a line break between."""
    lowest = SMALLEST if first == 1 else first
    some, tables = rows.queries(form, is_sqlite(tx))
    there = tx.exec_driver_sql(some, (site_id, lowest, upto) * len(tables)).one()
    for (paged, query), has_some in zip(tables, there, strict=True):
        if not has_some:
            continue
        if paged:
            for begin in range(first, upto + 1, PAGE):
                params = (site_id, lowest if begin == first else begin, min(begin + PAGE - 1, upto))
                ((number, told),) = tx.exec_driver_sql(query, params)
                if number:
                    yield number, told
        else:
            found = tx.exec_driver_sql(query, (site_id, lowest, upto), execution_options={"stream_results": True})
            yield from ((number, told) for number, told in found)
