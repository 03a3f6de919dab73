"""Write all that was sealed in a journal, and the seals, as `verify.py` reads it: lines of JSON."""

import zlib
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select, text

from app import instance, journal, times, wire
from app.access import GLOBAL
from app.errors import Problem
from app.seals import rows, sealing
from app.seals.models import Seal
from app.seals.verify import START

SOME = 200
"""Seals that are read at once."""


def lines(tx: Connection, site_id: int, after: int = 0) -> Iterator[bytes]:
    """Give the lines of an export, from the seal after number `after` on; raises not_found when there is no such seal."""
    table = Seal.__table__.c
    begin = tx.execute(select(table.upto, table.hash).where(table.site_id == site_id, table.number == after)).first()
    if after and begin is None:
        raise Problem("not_found", "There is no such seal.")
    upto, previous = begin or (0, START)
    about = {
        "site": name(tx, site_id), "site_id": site_id, "epoch": instance.epoch(tx), "after": after, "upto": upto, "previous": previous,
        "made_at": times.wire(times.now()), "columns": _columns(),
    }  # fmt: skip
    yield _line({"export": about})
    more = select(Seal.__table__).where(table.site_id == site_id).order_by(table.number).limit(SOME)
    while some := tx.execute(more.where(table.number > after)).mappings().all():
        for seal in some:
            head = dict(seal)
            head["site"] = head.pop("site_id")
            yield _line({"seal": head})
            for _, told in sealing.texts(tx, seal["format"], site_id, seal["first"], seal["upto"]):
                yield told.encode() + b"\n"
        after = some[-1]["number"]
    yield _line({"end": {"journal": journal.read(tx, site_id)}})


def _columns() -> dict[str, dict[str, list[str]]]:
    """Return what the values of rows are, by format and table; the table's name stands before them."""
    return {str(number): {table.name: list(table.columns) for table in tables} for number, tables in rows.FORMATS.items()}


def name(tx: Connection, site_id: int) -> str:
    """Return how a journal is called."""
    if site_id == journal.GLOBAL:
        return GLOBAL
    return str(tx.scalar(text("SELECT code FROM sites WHERE id = :id"), {"id": site_id}))


def gzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pack chunks as they come."""
    packer = zlib.compressobj(wbits=31)
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()


def single(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Give the lines of chunks that may have several."""
    for chunk in chunks:
        yield from chunk.splitlines(keepends=True)


def _line(value: object) -> bytes:
    return wire.dumps(value) + b"\n"
