"""Read what the sheets of a count ask for: the location, and what the book has there or a recount covers, in walking order."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import quantities
from app.counts import comparing
from app.counts.comparing import fetch_by_ids
from app.errors import Problem

PART = 500
"""Sheets of one file, so that a file takes the same memory however large the count is."""


class Row(NamedTuple):
    """A product, lot and serial that a sheet asks for. `expected`: what the book has of it now."""

    sku: str
    name: str
    unit: str
    lot: str
    serial: str
    expected: str


class Asked(NamedTuple):
    """A sheet as it is printed. `whole`: all that is there is counted, not only these rows; `check`: the location has check digits."""

    sheet: str
    location: str
    name: str
    sequence: int
    operator: str | None
    whole: bool
    check: bool
    rows: Sequence[Row]


class Paper(NamedTuple):
    """What a count asks for: one part of its open sheets. `blind`: who counts may not see what is expected."""

    code: str
    note: str
    blind: bool
    parts: int
    sheets: Sequence[Asked]


def of_count(tx: Connection, site_id: int, code: str, part: int) -> Paper:
    """Return a part of the open sheets of a count; raises not_found, sheet_closed where none is open, bad_request for no such part."""
    count = comparing.header(tx, site_id, code)
    total = tx.scalar(text("SELECT COUNT(*) FROM sheets WHERE count_id = :count AND open"), {"count": count.id}) or 0
    parts = -(-total // PART)
    if not total or count.final:
        raise Problem("sheet_closed", "Every sheet of this count is closed.")
    if part > parts:
        raise Problem("bad_request", f"There are {parts} parts.", [{"field": "part", "message": f"At most {parts}."}])
    rows = tx.execute(
        text(f"{_SHEETS} WHERE s.count_id = :count AND s.open ORDER BY l.walk_key, l.code, s.code LIMIT :limit OFFSET :offset"),
        {"count": count.id, "limit": PART, "offset": (part - 1) * PART},
    ).all()
    return _paper(tx, count.id, parts, rows)


def of_sheet(tx: Connection, site_id: int, code: str) -> Paper:
    """Return one open sheet; raises not_found, sheet_closed."""
    rows = tx.execute(text(f"{_SHEETS} WHERE s.site_id = :site AND s.code = :code"), {"site": site_id, "code": code}).all()
    if not rows:
        raise Problem("not_found", "There is no such sheet.")
    if not rows[0].open or rows[0].status is not None:
        raise Problem("sheet_closed")
    return _paper(tx, rows[0].count_id, 1, rows)


_SHEETS = (
    "SELECT s.code, s.count_id, s.location_id, s.sequence, s.operator, s.lines, s.open, l.code AS place, l.name, i.check_digits, c.status "
    "FROM sheets s JOIN locations l ON l.id = s.location_id JOIN sites i ON i.id = s.site_id JOIN counts c ON c.id = s.count_id"
)


def _paper(tx: Connection, count_id: int, parts: int, sheets: Sequence[Any]) -> Paper:
    count = tx.execute(text("SELECT code, note, blind FROM counts WHERE id = :count"), {"count": count_id}).one()
    there: dict[int, list[tuple[int, Row]]] = {}
    for place, product, row in _book(tx, {one.location_id for one in sheets}):
        there.setdefault(place, []).append((product, row))
    wanted = {product for one in sheets if one.lines for product, _ in json.loads(one.lines)}
    names = {row[0]: row[1:] for row in fetch_by_ids(tx, "SELECT id, sku, name, unit FROM products WHERE id {}", sorted(wanted))}
    asked = [
        Asked(
            one.code, one.place, "" if one.name == one.place else one.name, one.sequence, one.operator, one.lines is None,
            bool(one.check_digits), _rows(one.lines, there.get(one.location_id, []), names),
        )
        for one in sheets
    ]  # fmt: skip
    return Paper(count.code, count.note, bool(count.blind), parts, asked)


def _rows(lines: str | None, book: Sequence[tuple[int, Row]], names: dict[int, tuple[str, str, str]]) -> list[Row]:
    """Return what is asked for: all that the book has there, or what a recount covers, with the lots and serials the book has of it."""
    if lines is None:
        return [row for _, row in book]
    found = []
    for product, lot in json.loads(lines):
        here = [row for number, row in book if number == product and (lot is None or row.lot == lot)]
        found += here or [Row(*names[product], lot or "", "", "0")]
    return found


def _book(tx: Connection, places: Iterable[int]) -> Iterable[tuple[int, int, Row]]:
    sql = (
        "SELECT b.location_id, p.id, p.sku, p.name, p.unit, b.lot, b.serial, b.quantity, p.decimals FROM balances b "
        "JOIN products p ON p.id = b.product_id WHERE b.location_id {} AND b.quantity <> 0 ORDER BY b.location_id, p.sku, b.lot, b.serial"
    )
    for place, product, sku, name, unit, lot, serial, quantity, decimals in fetch_by_ids(tx, sql, sorted(places)):
        yield place, product, Row(sku, name, unit, lot, serial, quantities.wire(quantity, decimals))
