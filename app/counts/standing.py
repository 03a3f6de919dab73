"""Keep the lines of a count as they stand, so that pages, filters and bulk decisions are looked up and not computed anew.

The journal says what has changed since: only the locations of a count that something happened at are compared again, and they are marked
until they are, so that a look may end before all of it is done. An approval doesn't trust this; it compares everything.
"""

import hashlib
import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import journal, wire
from app.counts import comparing, remembering, statement, tolerances, variance
from app.counts.comparing import Compared, Header, Line
from app.db import insert_many, is_sqlite, reading, writing
from app.text import searchable

_CODE = b"".join(Path(str(module.__file__)).read_bytes() for module in (comparing, statement, tolerances, variance))
_POSTED = f"posted {hashlib.sha256(_CODE).hexdigest()[:32]}"
"""What a version of this program made isn't what the next one makes."""
_COLUMNS = (
    "count_id", "line", "location_id", "place", "number", "product_id", "sku", "lot", "abc", "words", "counters", "state", "automatic",
    "counted", "needs_lots", "unknown", "flagged", "adjusted", "priced", "variance", "expected_value", "value", "rank",
)  # fmt: skip
_STEP = 50
"""Locations whose lines are stored in one transaction: others wait no longer than that to write."""
_LINES = 1000
"""Lines of a posted count that are taken over in one transaction."""
_SHOWN = ("count_id", "line", "shown")
_TOP = -(2**62)
"""The rank of a variance that nobody can value."""


class Moment(NamedTuple):
    """How far the journals had come: the site's, and that of products."""

    journal: int
    products: int


class Look(NamedTuple):
    """What a look at the lines of a count came to."""

    header: Header
    is_other: bool
    """Whether anything had happened since the last one."""
    done: int
    """How much of it is up to date, in percent; 100: all."""


def refresh(site_id: int, code: str, within: float | None = None) -> Look:
    """Bring the lines of a count up to date: all of them, or as many as `within` so many seconds, in their order. Raises not_found."""
    began = time.monotonic()
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        if count.final != "posted":
            moment = _moment(tx, site_id)
            stale = stale_places(tx, count)
            if not stale and _head(tx, count) is not None:
                return Look(count, False, 100)
    if count.final == "posted":
        return _take_over(count, began, within)
    _mark(count, moment, stale)
    step = _STEP // 5 if within is not None and within < 1 else _STEP
    for start in range(0, len(stale), step):
        if within is not None and start and time.monotonic() - began > within:
            return Look(count, True, _percent(len(stale) - start, _places(count)))
        _compare(site_id, code, stale[start : start + step])
    return Look(count, True, 100)


def _percent(left: int, total: int) -> int:
    return min(99, 100 * (total - left) // total)


def is_fresh(tx: Connection, count: Header) -> bool:
    """Tell whether the lines that are kept are those of this moment."""
    return _head(tx, count) is not None and not stale_places(tx, count)


def forget(tx: Connection, count_id: int) -> None:
    """Let go of what is kept: it is made again when somebody looks."""
    for table in ("standing_shown", "standing_lines", "standing_places", "standings"):
        tx.execute(text(f"DELETE FROM {table} WHERE count_id = :count"), {"count": count_id})


def stale_places(tx: Connection, count: Header) -> list[int]:
    """Return the locations of a count that something happened at since they were compared, in the order of their codes."""
    head = _head(tx, count)
    if head is None or head.basis != _basis(count):
        return _in_order(tx, count, _PLACES, -1)
    since = head.journal
    if head.until != _until(count):  # what is late begins, or ends, after an approval
        since = min(since, *(number for number in (head.until, _until(count)) if number))
    return _happened(tx, count, Moment(since, head.products_journal), _LEFT)


def _happened(tx: Connection, count: Header, since: Moment, left: str = "") -> list[int]:
    """Return the locations of a count that something happened at since."""
    if count.tolerances and _has_moved(tx, count, since.journal):
        return _in_order(tx, count, _PLACES, -1)
    changed = text("SELECT id FROM products WHERE journal > :since")
    products = [int(number) for number in tx.scalars(changed, {"since": since.products})]
    among = f" UNION ALL SELECT location_id FROM standing_lines WHERE count_id = :count AND product_id IN ({str(products)[1:-1]})"
    return _in_order(tx, count, _CHANGED.format(among if products else "", left), since.journal)


def _in_order(tx: Connection, count: Header, places: str, since: int) -> list[int]:
    sql = f"SELECT id FROM ({places}) x ORDER BY code"
    found = tx.execute(text(sql if is_sqlite(tx) else sql + ' COLLATE "C"'), {"count": count.id, "site": count.site_id, "since": since})
    return [row.id for row in found]


_PLACES = "SELECT DISTINCT h.location_id AS id, l.code FROM sheets h JOIN locations l ON l.id = h.location_id WHERE h.count_id = :count"
_SINCE = "site_id = :site AND journal > :since"
_CHANGED = (
    f"{_PLACES} AND (h.journal > :since "
    f"OR h.id IN (SELECT sheet_id FROM scans WHERE {_SINCE} AND sheet_id IS NOT NULL UNION ALL "
    f"SELECT sheet_id FROM resolutions WHERE {_SINCE} AND sheet_id IS NOT NULL UNION ALL "
    "SELECT s.sheet_id FROM scans v JOIN scans s ON s.id = v.voids WHERE v.site_id = :site AND v.journal > :since "
    "AND s.sheet_id IS NOT NULL UNION ALL "
    "SELECT r.sheet_id FROM scans v JOIN resolutions r ON r.scan_id = v.voids WHERE v.site_id = :site AND v.journal > :since "
    "AND r.sheet_id IS NOT NULL) "
    f"OR h.location_id IN (SELECT source_id FROM moves WHERE {_SINCE} UNION ALL SELECT target_id FROM moves WHERE {_SINCE} UNION ALL "
    f"SELECT id FROM locations WHERE {_SINCE}{{}}){{}})"
)
_LEFT = " OR NOT EXISTS (SELECT 1 FROM standing_places k WHERE k.count_id = :count AND k.location_id = h.location_id AND NOT k.stale)"


def _head(tx: Connection, count: Header) -> Any:
    return tx.execute(
        text("SELECT basis, journal, products_journal, until FROM standings WHERE count_id = :count"), {"count": count.id}
    ).first()


def _moment(tx: Connection, site_id: int) -> Moment:
    return Moment(journal.read(tx, site_id), journal.read(tx, journal.GLOBAL))


def _places(count: Header) -> int:
    with reading() as tx:
        sql = "SELECT COUNT(DISTINCT location_id) FROM sheets WHERE count_id = :count"
        return int(tx.scalar(text(sql), {"count": count.id}) or 0)


def _has_moved(tx: Connection, count: Header, since: int) -> bool:
    """Tell whether any location was changed: a tolerance may be that of another one now."""
    sql = "SELECT 1 FROM locations WHERE site_id = :site AND journal > :since LIMIT 1"
    return tx.scalar(text(sql), {"site": count.site_id, "since": since}) is not None


def _basis(count: Header) -> str:
    return hashlib.sha256(_CODE + wire.dumps([count.policy, count.twice, count.tolerance, count.tolerances])).hexdigest()


def _until(count: Header) -> int:
    return count.until if count.final else 0


def _mark(count: Header, moment: Moment, stale: Sequence[int]) -> None:
    """Write down which locations must be compared again, so that whoever is interrupted needn't begin again."""
    with writing() as tx:
        _claim(tx, count.id)
        head = _head(tx, count)
        if head is not None and head.basis != _basis(count):
            forget(tx, count.id)
        elif head is not None and head.journal > moment.journal:
            return  # who looked later has written down what happened until then
        comparing.execute_by_ids(tx, f"UPDATE standing_places SET stale = (1 = 1) WHERE count_id = {count.id} AND location_id {{}}", stale)
        tx.execute(
            text(
                "INSERT INTO standings (count_id, basis, journal, products_journal, until) "
                "VALUES (:id, :basis, :journal, :products, :until) ON CONFLICT (count_id) DO UPDATE SET until = excluded.until, "
                "journal = excluded.journal, products_journal = excluded.products_journal"
            ),
            {"id": count.id, "basis": _basis(count), "until": _until(count), **moment._asdict()},
        )


def _compare(site_id: int, code: str, places: Sequence[int]) -> None:
    """Compare some locations, and keep their lines, unless somebody has kept later ones meanwhile."""
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        fresh = f"SELECT location_id FROM standing_places WHERE count_id = {count.id} AND NOT stale AND location_id {{}}"
        done = {row[0] for row in comparing.fetch_by_ids(tx, fresh, places)}
        places = [place for place in places if place not in done]
        if count.final == "posted" or not places:
            return
        moment = _moment(tx, site_id)
        compared = Compared()
        lines = list(comparing.lines(tx, count, comparing.costs(tx, count.id), compared, places))
        codes = dict(comparing.fetch_by_ids(tx, "SELECT id, code FROM locations WHERE id {}", places))
    late: dict[str, list[dict[str, Any]]] = {}
    for one in compared.late:
        late.setdefault(one["location"], []).append(one)
    with writing() as tx:
        _claim(tx, count.id)
        if comparing.header(tx, site_id, code).final == "posted":
            return
        newer = "SELECT location_id FROM standing_places WHERE count_id = :count AND journal > :now"
        kept = set(tx.scalars(text(newer), {"count": count.id, "now": moment.journal}))
        mine = [place for place in places if place not in kept]
        stale = _overtaken(tx, count, moment, mine)
        lost = f"SELECT line FROM standing_lines WHERE count_id = {count.id} AND location_id {{}}"
        comparing.execute_by_ids(tx, f"DELETE FROM standing_shown WHERE count_id = {count.id} AND line IN ({lost})", mine)
        for table in ("standing_lines", "standing_places"):
            comparing.execute_by_ids(tx, f"DELETE FROM {table} WHERE count_id = {count.id} AND location_id {{}}", mine)
        found = {place: list(some) for place, some in itertools.groupby(lines, key=lambda line: line.location_id)}
        insert_many(
            tx, "standing_places", ("count_id", "location_id", "journal", "digest", "late", "stale"),
            [
                (
                    count.id, place, moment.journal, comparing.place_digest(found.get(place, [])), wire.text(late.get(codes[place], [])),
                    place in stale,
                )
                for place in mine
            ],
        )  # fmt: skip
        rows = [_row(count.id, line, number, late) for place in mine for number, line in enumerate(found.get(place, ()))]
        insert_many(tx, "standing_lines", _COLUMNS, rows)
        shown = [(count.id, line.line, wire.text(statement.row(line, None))) for place in mine for line in found.get(place, ())]
        insert_many(tx, "standing_shown", _SHOWN, shown)


def _overtaken(tx: Connection, count: Header, moment: Moment, places: Sequence[int]) -> set[int]:
    """Return which locations somebody has written down to be compared again, after the moment they were compared at."""
    head = _head(tx, count)
    if head is None or (head.basis, head.until) != (_basis(count), _until(count)):
        return set(places)
    if head.journal <= moment.journal and head.products_journal <= moment.products:
        return set()
    return set(_happened(tx, count, moment))


def _claim(tx: Connection, count_id: int) -> None:
    """Let those who keep the lines of a count follow each other (on SQLite all writers do)."""
    if not is_sqlite(tx):
        tx.execute(text("SELECT 1 FROM counts WHERE id = :count FOR UPDATE"), {"count": count_id})


def _row(count_id: int, line: Line, number: int, late: Mapping[str, list[dict[str, Any]]]) -> tuple[Any, ...]:
    found = line.found
    sku, name, abc = (line.product.sku, line.product.name, line.product.abc or None) if line.product else ("", "", None)
    unknown, needs_lots = found.counted is not None and not found.known, statement.needs_lots(found)
    doubtful = any(one["product_id"] == found.product for one in late.get(line.location, ()))
    return (
        count_id, line.line, line.location_id, line.location, number, found.product, sku, found.lot, abc,
        _words(line.location, sku, name, found.lot), _counters(line.passes, found.counters), line.state, line.automatic,
        found.counted is not None, needs_lots, unknown,
        unknown or needs_lots or doubtful or line.mixed or found.agreed is False or bool(found.moves or found.counters), False,
        line.product is None or line.unit_cost is not None, found.variance, line.expected_value, line.value,
        _rank(found.variance, line.value),
    )  # fmt: skip


def _words(*texts: str | None) -> str:
    return searchable(*(one for one in texts if one))


def _counters(passes: Sequence[Any], shared: Sequence[str]) -> str:
    """Return who counted, each between line ends, so that one can be looked for."""
    return "".join(f"\n{one}\n" for one in dict.fromkeys([*(one[1] for one in passes), *shared]) if one)


def _rank(variance: int | None, value: int | None) -> int:
    return -abs(value) if value is not None else _TOP if variance else 0


def _take_over(count: Header, began: float, within: float | None) -> Look:
    """Keep the lines of a posted count as they were approved, all of them or as many as `within` so many seconds since it `began`."""
    with reading() as tx:
        head = _head(tx, count)
        ready = head is not None and head.basis == _POSTED
        done, total = _taken_over(tx, count) if ready else (0, -1)
    if done == total:
        return Look(count, False, 100)
    if not ready:
        with writing() as tx:
            _claim(tx, count.id)
            head = _head(tx, count)
            if head is None or head.basis != _POSTED:
                forget(tx, count.id)
                first = "INSERT INTO standings (count_id, basis, journal, products_journal, until) VALUES (:id, :basis, 0, 0, 0)"
                tx.execute(text(first), {"id": count.id, "basis": _POSTED})
    while True:
        with reading() as tx:
            done, total = _taken_over(tx, count)
            if done == total or (within is not None and time.monotonic() - began > within):
                return Look(count, True, 100 if done == total else _percent(total - done, total))
            some = list(remembering.frozen_rows(tx, count.id, done, _LINES))
        with writing() as tx:
            rows = [_posted_row(count.id, number, stored, row) for number, (stored, row) in enumerate(some, done)]
            insert_many(tx, "standing_lines", _COLUMNS, rows, "ON CONFLICT DO NOTHING")
            shown = [(count.id, stored.line, wire.text(row)) for stored, row in some]
            insert_many(tx, "standing_shown", _SHOWN, shown, "ON CONFLICT DO NOTHING")


def _taken_over(tx: Connection, count: Header) -> tuple[int, int]:
    """Return how many lines of a posted count are kept here, of how many."""
    sql = "SELECT (SELECT COUNT(*) FROM standing_lines WHERE count_id = :id), (SELECT COUNT(*) FROM lines WHERE count_id = :id)"
    done, total = tx.execute(text(sql), {"id": count.id}).one()
    return done, total


def _posted_row(count_id: int, number: int, stored: Any, row: Mapping[str, Any]) -> tuple[Any, ...]:
    unknown, needs_lots = row["unknown_operator"], row["needs_lots"]
    flagged = unknown or needs_lots or row["other_product"] or row["agreed"] is False or bool(row["moves"] or row["counters"])
    priced = stored.product_id is None or stored.unit_cost is not None
    return (
        count_id, stored.line, stored.location_id, row["location"], number, stored.product_id, row["sku"] or "", stored.lot,
        stored.abc or None, _words(row["location"], row["sku"], row["name"], stored.lot),
        _counters(row["passes"], row["counters"]), stored.state, stored.decision, stored.counted is not None, needs_lots, unknown,
        flagged, stored.adjustment is not None, priced, stored.variance,
        stored.expected_value, stored.value, _rank(stored.variance, stored.value),
    )  # fmt: skip
