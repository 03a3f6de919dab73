"""Select what is exported, as of a number of the site's journal: the same number gives the same rows, whatever happened since.

Rows are read with a cursor on the server and given one by one. They carry keys (codes, SKUs), not names that may change; the
reconciliation has the names it was approved with.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

from app import journal, quantities, times, wire
from app.counts import comparing, deciding, reconciling, statement
from app.counts.comparing import Header
from app.db import is_sqlite
from app.errors import Problem
from app.exports.formatting import NUMBER, OWN, TIME, Column, Table
from app.text import keepable

EXPORTS = ("reconciliation", "stock", "scans", "moves")


def table(tx: Connection, name: str, site_id: int, upto: int | None, count: str | None) -> tuple[Table, int]:
    """Return an export and the journal number it is as of; a `count` keeps scans and moves to those of it. Raises bad_request, not_found,
    changed."""
    last = journal.read(tx, site_id)
    if upto is not None and upto > last:
        raise Problem("bad_request", f"The journal has come to {last} only.")
    at = last if upto is None else upto
    if name == "reconciliation":
        if count is None:
            raise Problem("bad_request", "Name a count.", [{"field": "count", "message": "Missing."}])
        return _reconciliation(tx, site_id, count, at, last), at
    if name == "stock" or count is None:
        titled, of = name, None
    else:
        titled, of = f"{name} {count}", comparing.header(tx, site_id, count).id
    counter = Counter({"stock": _stock, "scans": _scans, "moves": _moves}[name](tx, site_id, at, of))
    return Table(titled, COLUMNS[name], counter, {}, lambda: {"rows": counter.rows}), at


class Counter:
    """Counts the rows that go through."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.source, self.rows = rows, 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self.source:
            self.rows += 1
            yield row


def cursor(tx: Connection, sql: str, params: Sequence[Any]) -> Iterator[Any]:
    """Give rows from a cursor that stays on the server; parameters are written `?`, a UUID as text `{text}`, the order of codes `{c}`."""
    if is_sqlite(tx):
        opened = tx.connection.cursor()
        opened.execute(sql.replace("{text}", "").replace("{c}", ""), tuple(params))
    else:
        opened = tx.connection.cursor("export")
        opened.execute(sql.replace("{text}", "::text").replace("{c}", ' COLLATE "C"').replace("?", "%s"), tuple(params))
    try:
        while rows := opened.fetchmany(1000):
            yield from rows
    finally:
        opened.close()


COLUMNS = {
    "stock": [
        Column("location", width=18), Column("sku", width=18), Column("lot"), Column("serial"), Column("unit", width=8),
        Column("quantity", NUMBER),
    ],
    "scans": [
        Column("journal", NUMBER, 10), Column("id", width=38), Column("device", width=18), Column("stream", width=38),
        Column("seq", NUMBER, 8), Column("task", width=9), Column("via", width=9), Column("scanned_at", TIME, 25),
        Column("occurred_at", TIME, 25), Column("uncertainty_ms", NUMBER), Column("received_at", TIME, 25), Column("location", width=18),
        Column("other_location", width=18),
        Column("barcode", width=30), Column("sku", width=18), Column("lot"), Column("serial"), Column("quantity", NUMBER),
        Column("operator"), Column("sheet"), Column("voids", width=38), Column("outcome", width=9), Column("reason", width=18),
        Column("warnings", width=20), Column("resolution", width=11),
    ],
    "moves": [
        Column("journal", NUMBER, 10), Column("kind", width=17), Column("occurred_at", TIME, 25), Column("uncertainty_ms", NUMBER),
        Column("recorded_at", TIME, 25), Column("sku", width=18), Column("lot"), Column("serial"), Column("unit", width=8),
        Column("quantity", NUMBER), Column("source", width=18), Column("target", width=18), Column("scan", width=38), Column("reason_code"),
        Column("reverses", NUMBER, 10), Column("count"), Column("person", width=20),
    ],
}  # fmt: skip


def _stock(tx: Connection, site_id: int, upto: int, _: int | None) -> Iterator[Sequence[Any]]:
    """Give what was on hand in real places: the balances without what was recorded since."""
    sql = (
        "SELECT l.code, p.sku, b.lot, b.serial, p.unit, p.decimals, SUM(b.quantity) FROM ("
        "SELECT location_id, product_id, lot, serial, quantity FROM balances "
        "UNION ALL SELECT source_id, product_id, lot, serial, quantity FROM moves WHERE site_id = ? AND journal > ? "
        "UNION ALL SELECT target_id, product_id, lot, serial, -quantity FROM moves WHERE site_id = ? AND journal > ?) b "
        "JOIN locations l ON l.id = b.location_id JOIN products p ON p.id = b.product_id WHERE l.site_id = ? AND l.kind <> 'virtual' "
        "GROUP BY l.code, p.sku, b.lot, b.serial, p.unit, p.decimals HAVING SUM(b.quantity) <> 0 "
        "ORDER BY l.code{c}, p.sku{c}, b.lot{c}, b.serial{c}"
    )
    for location, sku, lot, serial, unit, decimals, quantity in cursor(tx, sql, (site_id, upto, site_id, upto, site_id)):
        yield location, sku, lot, serial, unit, quantities.wire(int(quantity), decimals)


def _scans(tx: Connection, site_id: int, upto: int, count: int | None) -> Iterator[Sequence[Any]]:
    sql = (
        "SELECT s.journal, s.id{text}, d.name, s.stream_id{text}, s.seq, s.task, s.said, s.scanned_at, s.occurred_at, s.uncertainty_ms, "
        "s.received_at, l.code, o.code, p.sku, s.lot, s.serial, s.quantity, p.decimals, s.operator, h.code, s.voids{text}, s.outcome, "
        "s.reason, s.warnings, r.outcome FROM scans s LEFT JOIN devices d ON d.id = s.device_id "
        "LEFT JOIN locations l ON l.id = s.location_id "
        "LEFT JOIN locations o ON o.id = s.other_id LEFT JOIN products p ON p.id = s.product_id LEFT JOIN sheets h ON h.id = s.sheet_id "
        "LEFT JOIN resolutions r ON r.scan_id = s.id AND r.journal <= ? WHERE s.site_id = ? AND s.journal <= ?"
        f"{'' if count is None else ' AND h.count_id = ?'} ORDER BY s.journal"
    )
    for row in cursor(tx, sql, (upto, site_id, upto, *_given(count))):
        said = json.loads(row[6])
        said = said if isinstance(said, dict) else {}
        yield (
            *row[:6], _text(said.get("via")), times.wire(row[7]), times.wire(row[8]), row[9], times.wire(row[10]), row[11], row[12],
            _text(said.get("barcode")), row[13], row[14], row[15],
            None if row[16] is None else quantities.wire(row[16], row[17] or 0), *row[18:],
        )  # fmt: skip


def _given(count: int | None) -> tuple[int, ...]:
    return () if count is None else (count,)


def _text(value: Any) -> str | None:
    """Return a text that a device said, as files of all kinds can hold it."""
    return keepable(value) if isinstance(value, str) else None


def _moves(tx: Connection, site_id: int, upto: int, count: int | None) -> Iterator[Sequence[Any]]:
    sql = (
        "SELECT m.journal, m.kind, m.occurred_at, m.uncertainty_ms, m.recorded_at, p.sku, m.lot, m.serial, p.unit, m.quantity, p.decimals, "
        "a.code, b.code, m.scan_id{text}, m.reason_code, m.reverses, c.code, w.name FROM moves m JOIN products p ON p.id = m.product_id "
        "JOIN locations a ON a.id = m.source_id JOIN locations b ON b.id = m.target_id LEFT JOIN lines n ON n.id = m.line_id "
        "LEFT JOIN counts c ON c.id = n.count_id LEFT JOIN people w ON w.id = m.person_id "
        f"WHERE m.site_id = ? AND m.journal <= ?{'' if count is None else ' AND n.count_id = ?'} ORDER BY m.journal"
    )
    for row in cursor(tx, sql, (site_id, upto, *_given(count))):
        yield (
            *row[:2], times.wire(row[2]), row[3], times.wire(row[4]), *row[5:9], quantities.wire(row[9], row[10]), *row[11:],
        )  # fmt: skip


def _reconciliation(tx: Connection, site_id: int, code: str, upto: int, last: int) -> Table:
    """Return a reconciliation as it was posted, or (as of now only) as it stands."""
    count = comparing.header(tx, site_id, code)
    if upto < count.journal or (count.final != "posted" and upto != last):
        raise Problem("changed", f"The count has changed since {upto}; it can only be exported as it is.")
    people = [reconciling.person(tx, number) for number in (count.approved_by, count.seconded_by) if number is not None]
    passes = tx.scalar(text("SELECT MAX(sequence) FROM sheets WHERE count_id = :count"), {"count": count.id}) or 1
    tail = (", ".join(map(str, people)) or None, times.wire_or_none(count.seconded_at or count.approved_at))
    about = {"count": code, "status": count.status, "hash": count.hash, **_proven(count)}
    if count.final == "posted":
        rows, columns = _posted(tx, count, passes, tail), reconciliation_columns(passes)
        undone = _reversed(tx, count, upto)
        if undone:
            rows, columns = _with_reversals(rows, undone), columns + REVERSAL
        return Table(f"reconciliation {code}", columns, rows, about, lambda: _posted_totals(tx, count, upto))
    totals = statement.Totals()
    return Table(f"reconciliation {code}", reconciliation_columns(passes), _standing(tx, count, passes, tail, totals), about, totals.wire)


def _proven(count: Header) -> dict[str, str | None]:
    """Return what an approved count keeps of what was not proven: how many devices, and why it was approved all the same."""
    if count.drained is None:
        return {}
    devices = json.loads(count.drained)["devices"]
    return {
        "devices": str(len(devices)),
        "devices_missing": str(sum(1 for one in devices if one["missing_total"])),
        "devices_unproven": str(sum(1 for one in devices if one["unproven"])),
        "override": count.override,
    }


def reconciliation_columns(passes: int) -> list[Column]:
    """Return the columns of a reconciliation whose locations were counted so often at most."""
    counted = [
        Column(name if number == 1 else f"{name}_{number}", kind, width)
        for number in range(1, passes + 1)
        for name, kind, width in (("counted", NUMBER, 10), ("operator", "text", 12), ("from", TIME, 25), ("to", TIME, 25))
    ]
    return [
        Column("count", width=8), Column("location", width=18), Column("sku", width=18), Column("name", width=36), Column("lot"),
        Column("expected", NUMBER, 10), *counted, Column("variance", NUMBER, 10), Column("unit_cost", NUMBER, 10),
        Column("variance_value", NUMBER), Column("state", OWN, 12), Column("decision", OWN, 10), Column("reason_code"),
        Column("note", width=30), Column("approved_by", width=20), Column("approved_at", TIME, 25), Column("adjustment", NUMBER, 11),
    ]  # fmt: skip


REVERSAL = [Column("reversed_by", width=20), Column("reversed_at", TIME, 25), Column("reversal_reason", width=30)]
"""Columns that a count has once something of it was reversed."""


def _reversed(tx: Connection, count: Header, upto: int) -> dict[int, tuple[Any, ...]]:
    """Return who reversed, when and why, by number of the line, as of a journal number."""
    found = tx.execute(
        text(
            "SELECT n.number, w.name, r.at, r.reason FROM line_reversals r JOIN lines n ON n.id = r.line_id "
            "LEFT JOIN people w ON w.id = r.person_id WHERE n.count_id = :count AND r.journal <= :upto"
        ),
        {"count": count.id, "upto": upto},
    )
    return {number: (name, times.wire(at), reason) for number, name, at, reason in found}


def _with_reversals(rows: Iterable[Sequence[Any]], undone: dict[int, tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows, 1):
        yield (*row, *undone.get(number, (None, None, None)))


_SEVERAL = 4


def _posted(tx: Connection, count: Header, passes: int, tail: tuple[Any, Any]) -> Iterator[Sequence[Any]]:
    """Give the lines as they were approved."""
    sql = (
        "SELECT l.code, p.sku, n.name, n.lot, n.expected, n.passes, n.variance, n.unit_cost, n.value, n.state, n.decision, n.reason_code, "
        "n.note, n.adjustment, p.decimals FROM lines n JOIN locations l ON l.id = n.location_id "
        "LEFT JOIN products p ON p.id = n.product_id WHERE n.count_id = ? ORDER BY n.number"
    )
    cost, cents = lru_cache(4096)(statement.cost), lru_cache(4096)(statement.cents)
    quantity = quantities.wire_or_none
    code, width, loads = count.code, passes * _SEVERAL, wire.kept
    for (
        location, sku, name, lot, expected, told, variance, unit_cost, value, state, decision, why, note, adjustment, decimals,
    ) in cursor(tx, sql, (count.id,)):  # fmt: skip
        sheets = loads(told)
        flat = sheets[0] if len(sheets) == 1 else list(itertools.chain.from_iterable(sheets))
        if len(flat) < width:
            flat = [*flat, *[None] * (width - len(flat))]
        yield (
            code, location, sku, name, lot, quantity(expected, decimals or 0), *flat, quantity(variance, decimals or 0), cost(unit_cost),
            cents(value), state, decision, why, note, *tail, adjustment,
        )  # fmt: skip


def _posted_totals(tx: Connection, count: Header, upto: int) -> dict[str, Any]:
    """Return the totals of a posted count, in a pass of their own: a CSV has none."""
    totals = statement.Totals()
    sql = (
        "SELECT n.state, n.value, n.decision, n.adjustment, n.product_id, n.unit_cost, n.seen, r.line_id FROM lines n "
        "LEFT JOIN line_reversals r ON r.line_id = n.id AND r.journal <= ? WHERE n.count_id = ?"
    )
    for state, value, decision, adjustment, product, unit_cost, seen, undone in cursor(tx, sql, (upto, count.id)):
        extra = wire.kept(seen)
        totals.add(
            state, statement.from_cents(extra["expected_value"]), value, decision, extra["unknown_operator"], adjustment is not None,
            product is None or unit_cost is not None, undone is not None,
        )  # fmt: skip
    return totals.wire()


def _standing(tx: Connection, count: Header, passes: int, tail: tuple[Any, Any], totals: statement.Totals) -> Iterator[Sequence[Any]]:
    """Give the lines as they stand; a cost is known once it is frozen, in review."""
    choices, frozen = deciding.choices(tx, count), comparing.costs(tx, count.id)
    for line in comparing.lines(tx, count, frozen, comparing.Compared()):
        choice = choices.get(line.line)
        row = statement.row(line, choice)
        known = line.found.product in frozen
        flat = list(itertools.chain.from_iterable(row["passes"]))
        totals.add(
            line.state, line.expected_value if known else None, line.value if known else None, row["decision"], row["unknown_operator"],
            False, line.product is None or (known and line.unit_cost is not None),
        )  # fmt: skip
        yield (
            count.code, row["location"], row["sku"], row["name"], row["lot"], row["expected"],
            *flat, *([None] * (passes * _SEVERAL - len(flat))), row["variance"],
            row["unit_cost"] if known else None, row["value"] if known else None, row["state"], row["decision"],
            row["reason_code"], row["note"], *tail, None,
        )  # fmt: skip
