"""Select what a package of a posted count holds beside its lines: scans, people, the adjustments by reason, and what adds up.

All is as of a number of the journal, and read row by row, so that a count of any size needs the same memory.
"""

import functools
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import quantities, times, wire
from app.counts import statement, variance
from app.counts.comparing import Header
from app.counts.statement import Totals
from app.counts.variance import Mark, Pass, Scan
from app.exports.formatting import NUMBER, OWN, TIME, Column, Table
from app.exports.selecting import cursor

_THEM = (
    "WITH here AS (SELECT id FROM sheets WHERE count_id = ?), them AS ("
    "SELECT s.journal FROM here h JOIN scans s ON s.sheet_id = h.id WHERE s.journal <= ? "
    "UNION SELECT s.journal FROM here h JOIN resolutions r ON r.sheet_id = h.id JOIN scans s ON s.id = r.scan_id WHERE r.journal <= ? "
    "UNION SELECT v.journal FROM here h JOIN scans s ON s.sheet_id = h.id JOIN scans v ON v.voids = s.id WHERE v.journal <= ?) "
)
"""SQL: the numbers of all scans of a count: made on its sheets, resolved to be of them, or voiding one of those."""
_SCANS = (
    f"{_THEM}SELECT s.journal, s.id{{text}}, d.name, w.name, s.stream_id{{text}}, s.seq, s.task, s.scanned_at, s.occurred_at, "
    "s.uncertainty_ms, s.received_at, h.code, h.sequence, l.code, p.sku, p.decimals, COALESCE(NULLIF(r.lot, ''), s.lot), "
    "COALESCE(NULLIF(r.serial, ''), s.serial), COALESCE(r.quantity, s.quantity), s.operator, n.name, s.voids{text}, "
    "(s.reason IS NOT NULL AND s.reason = 'voided') OR EXISTS (SELECT 1 FROM scans v WHERE v.voids = s.id AND v.outcome <> 'refused' "
    "AND v.journal > s.journal AND v.journal <= ?), s.outcome, s.reason, r.outcome, COALESCE(r.journal, s.journal), "
    "COALESCE(r.product_id, s.product_id), h.lines, h.complete, h.closed_at, h.closed_uncertainty_ms, h.closed_stream{text}, h.closed_seq, "
    "s.said FROM them t JOIN scans s ON s.site_id = ? AND s.journal = t.journal LEFT JOIN resolutions r ON r.scan_id = s.id "
    "AND r.journal <= ? LEFT JOIN sheets h ON h.id = COALESCE(r.sheet_id, s.sheet_id) "
    "LEFT JOIN locations l ON l.id = COALESCE(h.location_id, s.location_id) "
    "LEFT JOIN products p ON p.id = COALESCE(r.product_id, s.product_id) "
    "LEFT JOIN devices d ON d.id = s.device_id LEFT JOIN people w ON w.id = s.sender_id LEFT JOIN people n ON n.id = s.person_id "
    "ORDER BY s.journal"
)
_PEOPLE = (
    f"{_THEM}SELECT COALESCE(s.operator, ''), COALESCE(n.name, ''), COALESCE(d.name, w.name, ''), COUNT(*), COUNT(DISTINCT s.sheet_id), "
    "MIN(s.occurred_at), MAX(s.occurred_at) FROM them t JOIN scans s ON s.site_id = ? AND s.journal = t.journal "
    "LEFT JOIN devices d ON d.id = s.device_id LEFT JOIN people w ON w.id = s.sender_id LEFT JOIN people n ON n.id = s.person_id "
    "GROUP BY COALESCE(s.operator, ''), COALESCE(n.name, ''), COALESCE(d.name, w.name, '')"
)


COLUMNS = {
    "journal": [
        Column("entry", NUMBER, 8), Column("posted_at", TIME, 25), Column("count", width=8), Column("kind", OWN, 12),
        Column("reason_code"), Column("side", OWN, 10), Column("account"),
        Column("debit", NUMBER), Column("credit", NUMBER), Column("lines", NUMBER, 8),
    ],
    "people": [
        Column("part", OWN, 12), Column("operator"), Column("name", width=20), Column("device", width=18), Column("scans", NUMBER, 8),
        Column("sheets", NUMBER, 8), Column("from", TIME, 25), Column("to", TIME, 25),
    ],
    "count_scans": [
        Column("journal", NUMBER, 10), Column("id", width=38), Column("device", width=18), Column("sender", width=18),
        Column("stream", width=38), Column("seq", NUMBER, 8), Column("task", width=9), Column("scanned_at", TIME, 25),
        Column("occurred_at", TIME, 25), Column("uncertainty_ms", NUMBER), Column("received_at", TIME, 25), Column("sheet", width=14),
        Column("pass", NUMBER, 6), Column("location", width=18), Column("sku", width=18), Column("lot"), Column("serial"),
        Column("quantity", NUMBER), Column("operator"), Column("person", width=20), Column("voids", width=38), Column("voided", OWN, 8),
        Column("late", OWN), Column("outcome", OWN, 9), Column("reason", OWN, 18), Column("resolution", OWN, 11), Column("said", width=60),
    ],
}  # fmt: skip
"""What each part has."""


class Entry(NamedTuple):
    """Adjustments (or their reversals) of one moment, reason and direction: how many lines, and cents, above zero where stock was found.

    `account`: that of the reason code when the count was posted.
    """

    at: int
    kind: str
    reason_code: str
    account: str
    lines: int
    cents: int


class Person(NamedTuple):
    """Who did what in a count, with which device (or key), and when."""

    part: str
    operator: str
    name: str
    device: str
    scans: int
    sheets: int
    first: int | None
    last: int | None


class Tally:
    """The sums of the lines of a count: of all, by state, what was posted, and the variances without netting, in millionths of units."""

    def __init__(self) -> None:
        self.all, self.states = Totals(), {state: Totals() for state in statement.STATES}
        self.absolute = self.reversed = 0
        self._posted: dict[tuple[int, str, str, str, bool], list[int]] = {}

    def post(self, at: int, kind: str, reason_code: str, account: str, cents: int) -> None:
        """Take in what a line posted; a line without a cost, or worth nothing, has no entry."""
        sums = self._posted.setdefault((at, kind, reason_code, account, cents < 0), [0, 0])
        sums[0] += 1
        sums[1] += cents

    @property
    def entries(self) -> list[Entry]:
        """Return what was posted, the first first; by reason what was found, then what was missing."""
        return [Entry(*key[:4], lines, cents) for key, (lines, cents) in sorted(self._posted.items())]


def scans(tx: Connection, count: Header, upto: int) -> Table:
    """Return all scans of a count, the late ones marked: what was said, by whom, with which device."""
    return Table("scans", COLUMNS["count_scans"], _scan_rows(tx, count, upto), {}, dict)


def scans_since(tx: Connection, count: Header, upto: int) -> int:
    """Return how many scans of the count came after a number of the journal."""
    last = 2**62
    sql = f"{_THEM}SELECT COUNT(*) FROM them t WHERE t.journal > ?"
    return int(next(cursor(tx, sql, (count.id, last, last, last, upto)))[0])


def reversed_since(tx: Connection, count: Header, upto: int) -> int:
    """Return how many lines of the count were reversed after a number of the journal."""
    sql = "SELECT COUNT(*) FROM line_reversals r JOIN lines n ON n.id = r.line_id WHERE n.count_id = ? AND r.journal > ?"
    return int(next(cursor(tx, sql, (count.id, upto)))[0])


def people(tx: Connection, count: Header, upto: int) -> list[Person]:
    """Return who planned, counted and approved a count."""
    planner = tx.execute(
        text("SELECT p.name, c.created_at FROM counts c JOIN people p ON p.id = c.person_id WHERE c.id = :count"), {"count": count.id}
    ).first()
    approvers = tx.execute(
        text(
            "SELECT p.id, p.name, t.declared FROM participants t JOIN people p ON p.id = t.person_id "
            "WHERE t.count_id = :count AND t.part = 'approver'"
        ),
        {"count": count.id},
    ).all()
    signed = {count.approved_by: count.approved_at, count.seconded_by: count.seconded_at}
    found = cursor(tx, _PEOPLE, (count.id, upto, upto, upto, count.site_id))
    counters = sorted(Person("counter", operator, name, device, *rest) for operator, name, device, *rest in found)
    first = [Person("planner", "", planner[0], "", 0, 0, planner[1], planner[1])] if planner else []
    last = [
        Person("approver, who also counted" if declared else "approver", "", name, "", 0, 0, signed.get(number), signed.get(number))
        for number, name, declared in approvers
    ]
    last.sort(key=lambda one: one.first or 0)
    return [*first, *counters, *last]


def people_table(found: Sequence[Person]) -> Table:
    """Return people as a table."""
    rows = [(*one[:6], times.wire_or_none(one.first), times.wire_or_none(one.last)) for one in found]
    return Table("people", COLUMNS["people"], rows, {}, dict)


def journal_table(count: Header, found: Sequence[Entry]) -> Table:
    """Return the adjustments as double entry: each is a debit and a credit of the same amount."""
    rows = []
    for number, entry in enumerate(found, 1):
        amount = statement.cents(abs(entry.cents))
        for side in ("stock", "variance"):
            is_debit = (side == "stock") == (entry.cents > 0)
            rows.append(
                (
                    number, times.wire(entry.at), count.code, entry.kind, entry.reason_code, side,
                    entry.account if side == "variance" else None, amount if is_debit else None, None if is_debit else amount, entry.lines,
                )
            )  # fmt: skip
    return Table("journal", COLUMNS["journal"], rows, {}, dict)


def tally(tx: Connection, count: Header, upto: int) -> Tally:
    """Add the lines of a posted count up, as they were approved, and what they posted until a number of the journal."""
    sums, posted = Tally(), count.seconded_at or count.approved_at or 0
    sql = (
        "SELECT n.state, n.value, n.decision, n.adjustment, n.product_id, n.unit_cost, n.variance, n.seen, "
        "COALESCE(n.reason_code, ''), r.at FROM lines n "
        "LEFT JOIN line_reversals r ON r.line_id = n.id AND r.journal <= ? WHERE n.count_id = ?"
    )
    for state, value, decision, adjustment, product, unit_cost, off, seen, reason, reversed_at in cursor(tx, sql, (upto, count.id)):
        extra = wire.kept(seen)
        told = (
            state, statement.from_cents(extra["expected_value"]), value, decision, extra["unknown_operator"], adjustment is not None,
            product is None or unit_cost is not None,
        )  # fmt: skip
        sums.all.add(*told)
        sums.states[state].add(*told)
        sums.absolute += abs(off or 0) * 10 ** (statement.COST_DECIMALS - extra["decimals"])
        if adjustment is None or not value:
            continue
        account = extra.get("account") or ""
        sums.post(posted, "adjustment", reason, account, value)
        if reversed_at is not None:
            sums.post(reversed_at, "reversal", reason, account, -value)
            sums.reversed -= value
    return sums


def _scan_rows(tx: Connection, count: Header, upto: int) -> Iterator[Sequence[Any]]:
    for row in cursor(tx, _SCANS, (count.id, upto, upto, upto, upto, count.site_id, upto)):
        (
            number, scan_id, device, sender, stream, seq, task, scanned, occurred, unsure, received, sheet, sequence, location,
            sku, decimals, lot, serial, quantity, operator, person, voids, voided, outcome, reason, resolution,
            known, product, covers, complete, closed, closed_unsure, closed_stream, closed_seq, said,
        ) = row  # fmt: skip
        late = None
        live = not voided and (resolution == "noted" or (outcome == "noted" and reason is None))
        if task == "count" and live and closed is not None:
            mark, closing = Mark(occurred, unsure, received, stream, seq), Mark(
                closed, closed_unsure, closed + closed_unsure, closed_stream, closed_seq
            )  # fmt: skip
            scan = Scan(mark, product, lot, serial, quantity, operator, True)
            late = _late(count, known, scan, Pass(sequence, _covers(covers), bool(complete), closing, [scan]))
        yield (
            number, scan_id, device, sender, stream, seq, task, times.wire(scanned), times.wire(occurred), unsure, times.wire(received),
            sheet, sequence, location, sku, lot, serial, None if quantity is None else quantities.wire(quantity, decimals or 0), operator,
            person, voids, "yes" if voided else None, late, outcome, reason, resolution, said,
        )  # fmt: skip


def _late(count: Header, known: int, scan: Scan, one: Pass) -> str | None:
    """Return why a live scan changed nothing, as the reconciliation says it."""
    if known > count.until:
        return "after_approval"
    if variance.is_late(scan.mark, one.closing):
        return "after_finish"
    return "not_covered" if variance.stray(one) else None


@functools.lru_cache(256)
def _covers(lines: str | None) -> frozenset[tuple[int, str | None]] | None:
    return None if lines is None else frozenset((int(product), lot) for product, lot in json.loads(lines))
