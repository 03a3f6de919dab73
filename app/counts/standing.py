"""Keep the lines of a count as they stand, so that pages, filters and bulk decisions are looked up and not computed anew.

The journal says what has changed since: only the locations of a count that something happened at are compared again. An approval doesn't
trust this; it compares everything.
"""

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
_SHOWN = ("count_id", "line", "shown")
_TOP = -(2**62)
"""The rank of a variance that nobody can value."""


def refresh(site_id: int, code: str) -> tuple[Header, bool]:
    """Bring the lines of a count up to date; return the count, and whether anything had happened since. Raises not_found."""
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        now, products_now = journal.read(tx, site_id), journal.read(tx, journal.GLOBAL)
        stale = None if count.final == "posted" and _is_posted(tx, count) else stale_places(tx, count)
        known = _head(tx, count) is not None
    if stale is None or (known and not stale):
        return count, False
    if count.final == "posted":
        _take_over(count)
        return count, True
    for start in range(0, len(stale), _STEP):
        _compare(site_id, code, stale[start : start + _STEP])
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO standings (count_id, basis, journal, products_journal, until) VALUES (:id, :basis, :now, :products, :until) "
                "ON CONFLICT (count_id) DO UPDATE SET basis = excluded.basis, until = excluded.until, "
                "journal = excluded.journal, products_journal = excluded.products_journal WHERE standings.journal <= excluded.journal"
            ),
            {"id": count.id, "basis": _basis(count), "now": now, "products": products_now, "until": _until(count)},
        )
    return count, True


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
    since, products_since = (head.journal, head.products_journal) if head else (-1, -1)
    if head and head.until != _until(count):  # what is late begins, or ends, after an approval
        since = min(since, *(number for number in (head.until, _until(count)) if number))
    everything = head is None or head.basis != _basis(count) or (bool(count.tolerances) and _has_moved(tx, count, since))
    changed = text("SELECT id FROM products WHERE journal > :since")
    products = [] if everything else [int(number) for number in tx.scalars(changed, {"since": products_since})]
    among = f" UNION ALL SELECT location_id FROM standing_lines WHERE count_id = :count AND product_id IN ({str(products)[1:-1]})"
    sql = f"SELECT id FROM ({_PLACES if everything else _CHANGED.format(among if products else '')}) x ORDER BY code"
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
    f"SELECT id FROM locations WHERE {_SINCE}{{}}) "
    "OR NOT EXISTS (SELECT 1 FROM standing_places k WHERE k.count_id = :count AND k.location_id = h.location_id))"
)


def _head(tx: Connection, count: Header) -> Any:
    return tx.execute(
        text("SELECT basis, journal, products_journal, until FROM standings WHERE count_id = :count"), {"count": count.id}
    ).first()


def _is_posted(tx: Connection, count: Header) -> bool:
    head = _head(tx, count)
    return head is not None and head.basis == _POSTED


def _has_moved(tx: Connection, count: Header, since: int) -> bool:
    """Tell whether any location was changed: a tolerance may be that of another one now."""
    sql = "SELECT 1 FROM locations WHERE site_id = :site AND journal > :since LIMIT 1"
    return tx.scalar(text(sql), {"site": count.site_id, "since": since}) is not None


def _basis(count: Header) -> str:
    return hashlib.sha256(_CODE + wire.dumps([count.policy, count.tolerance, count.tolerances])).hexdigest()


def _until(count: Header) -> int:
    return count.until if count.final else 0


def _compare(site_id: int, code: str, places: Sequence[int]) -> None:
    """Compare some locations, and keep their lines, unless somebody has kept later ones meanwhile."""
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        if count.final == "posted":
            return
        now = journal.read(tx, site_id)
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
        kept = set(tx.scalars(text(newer), {"count": count.id, "now": now}))
        mine = [place for place in places if place not in kept]
        lost = f"SELECT line FROM standing_lines WHERE count_id = {count.id} AND location_id {{}}"
        comparing.execute_by_ids(tx, f"DELETE FROM standing_shown WHERE count_id = {count.id} AND line IN ({lost})", mine)
        for table in ("standing_lines", "standing_places"):
            comparing.execute_by_ids(tx, f"DELETE FROM {table} WHERE count_id = {count.id} AND location_id {{}}", mine)
        found = {place: list(some) for place, some in itertools.groupby(lines, key=lambda line: line.location_id)}
        insert_many(
            tx, "standing_places", ("count_id", "location_id", "journal", "digest", "late"),
            [
                (count.id, place, now, comparing.place_digest(found.get(place, [])), wire.text(late.get(codes[place], [])))
                for place in mine
            ],
        )  # fmt: skip
        rows = [_row(count.id, line, number, late) for place in mine for number, line in enumerate(found.get(place, ()))]
        insert_many(tx, "standing_lines", _COLUMNS, rows)
        shown = [(count.id, line.line, wire.text(statement.row(line, None))) for place in mine for line in found.get(place, ())]
        insert_many(tx, "standing_shown", _SHOWN, shown)


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
        unknown or needs_lots or doubtful or line.mixed or bool(found.moves or found.counters), False,
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


def _take_over(count: Header) -> None:
    """Keep the lines of a posted count as they were approved."""
    with writing() as tx:
        _claim(tx, count.id)
        if _is_posted(tx, count):
            return
        forget(tx, count.id)
    with reading() as tx:
        lines = enumerate(remembering.frozen_rows(tx, count.id))
        while some := list(itertools.islice(lines, 2000)):
            with writing() as out:
                rows = [_posted_row(count.id, number, stored, row) for number, (stored, row) in some]
                insert_many(out, "standing_lines", _COLUMNS, rows, "ON CONFLICT DO NOTHING")
                shown = [(count.id, stored.line, wire.text(row)) for _, (stored, row) in some]
                insert_many(out, "standing_shown", _SHOWN, shown, "ON CONFLICT DO NOTHING")
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO standings (count_id, basis, journal, products_journal, until) VALUES (:id, :basis, 0, 0, 0) "
                "ON CONFLICT DO NOTHING"
            ),
            {"id": count.id, "basis": _POSTED},
        )


def _posted_row(count_id: int, number: int, stored: Any, row: Mapping[str, Any]) -> tuple[Any, ...]:
    unknown, needs_lots = row["unknown_operator"], row["needs_lots"]
    flagged = unknown or needs_lots or row["other_product"] or bool(row["moves"] or row["counters"])
    priced = stored.product_id is None or stored.unit_cost is not None
    return (
        count_id, stored.line, stored.location_id, row["location"], number, stored.product_id, row["sku"] or "", stored.lot,
        stored.abc or None, _words(row["location"], row["sku"], row["name"], stored.lot),
        _counters(row["passes"], row["counters"]), stored.state, stored.decision, stored.counted is not None, needs_lots, unknown,
        flagged, stored.adjustment is not None, priced, stored.variance,
        stored.expected_value, stored.value, _rank(stored.variance, stored.value),
    )  # fmt: skip
