"""Sheets as count scans name them: found by code or by place and operator, opened, taken, closed.

A `Desk` is the view of the sheets that one recording works with; planning a count uses `open_planned` and `close`.
"""

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import times
from app.db import execute_many, fetch, insert_many, is_sqlite, update_many
from app.journal import Numbers
from app.wire import text as json_text

LEASE = 15 * times.MINUTE
"""So long after its last scan a sheet that somebody took is theirs; who was given one keeps it."""


class Sent(NamedTuple):
    """Who sent a scan with a key or a session, not a device."""

    hand: str | None
    person_id: int | None


NOBODY = Sent(None, None)


class Stamp(NamedTuple):
    """When something was made, as far as it can be known."""

    occurred_at: int
    uncertainty_ms: int
    stream: str | None
    seq: int | None


@dataclass
class Sheet:
    """One pass over one location."""

    id: int
    code: str
    count_id: int
    location_id: int
    sequence: int
    operator: str | None
    open: bool
    closed: Stamp
    final: bool
    """Its count is approved, posted or cancelled."""
    free: bool
    """Nobody planned it: an operator counts there of their own accord."""
    independence: str = "enforce"
    last: int | None = None
    """When it was scanned last, where that ends the lease of who took it."""
    begun: int = 0
    """When it was opened."""

    def is_free(self, at: int) -> bool:
        """Tell whether anybody may take it at that moment: nobody has, or the lease is over."""
        return self.operator is None or (self.last is not None and at > self.last + LEASE)


def hand(tx: Connection, person_id: int | None) -> str | None:
    """Return as whom a person counts who sends count scans without a device, whatever badge they say: their own badge, or what stands for
    one. None for a device, and for who is no operator or supervisor: a connector carries what others counted, as a courier does."""
    if person_id is None:
        return None
    badge: str | None = tx.scalar(text(_HAND), {"person": person_id})
    return badge


_HAND = (
    "SELECT COALESCE(p.badge, 'person ' || p.id || ' without a badge') FROM people p WHERE p.id = :person AND ("
    "EXISTS (SELECT 1 FROM roles r WHERE r.person_id = p.id AND r.role IN ('operator', 'supervisor')) OR EXISTS ("
    "SELECT 1 FROM keys k WHERE k.person_id = p.id AND (k.roles LIKE '%\"operator\"%' OR k.roles LIKE '%\"supervisor\"%')))"
)


def made_after(one: Stamp, other: Stamp) -> bool:
    """Tell whether `one` was made after `other`: by number in the same stream, else later by more than both clocks' uncertainty. Pure."""
    if one.stream is not None and one.stream == other.stream and one.seq is not None and other.seq is not None:
        return one.seq > other.seq
    return one.occurred_at - one.uncertainty_ms > other.occurred_at + other.uncertainty_ms


def _left(sheets: Iterable[Sheet], operator: str | None, stamp: Stamp) -> Sheet | None:
    """Return the first of these sheets, this operator's or nobody's, that was closed only after a scan, as sure as numbers and clocks can
    be, and was there when it was made. Pure."""
    for sheet in sheets:
        if sheet.operator in (None, operator) and sheet.begun <= stamp.occurred_at and made_after(sheet.closed, stamp):
            return sheet
    return None


@dataclass
class _Free:
    """An operator's free count of the day."""

    id: int
    code: str
    last_sheet: int
    new: tuple[str, str, int | None, int] | None = None
    """Operator, day, person and journal of one that isn't stored yet."""


_SELECT = """SELECT s.id, s.code, s.count_id, s.location_id, s.sequence, s.operator, s.open, COALESCE(s.closed_at, c.approved_at),
    s.closed_uncertainty_ms, s.closed_stream, s.closed_seq, c.status IS NOT NULL, NOT s.planned, i.independence,
    CASE WHEN s.open AND NOT s.given AND c.kind <> 'free' AND s.operator {other}
    THEN (SELECT MAX(n.occurred_at) FROM scans n WHERE n.sheet_id = s.id) END, s.created_at
    FROM sheets s JOIN counts c ON c.id = s.count_id JOIN sites i ON i.id = s.site_id WHERE s.site_id = """


_OPEN_SINCE = (
    "(c.status IS NULL OR (c.status <> 'cancelled' AND COALESCE(s.closed_at, c.approved_at) >= {0})))) ORDER BY s.sequence DESC, s.id DESC"
)


def _sheet(row: Any) -> Sheet:
    number, code, count, place, sequence, operator, is_open, at, doubt, stream, seq, final, free, independence, last, begun = row
    closed = Stamp(at or 0, doubt, stream and str(stream), seq)
    return Sheet(number, code, count, place, sequence, operator, bool(is_open), closed, bool(final), bool(free), independence, last, begun)


VOIDED = "EXISTS (SELECT 1 FROM scans v WHERE v.voids = {0}.id AND v.outcome <> 'refused' AND v.journal > {0}.journal)"
"""SQL: the scan was voided after it was recorded (a void that came first is told by the scan's reason `voided`)."""


class Desk:
    """The sheets of one recording."""

    def __init__(self, numbers: Numbers, at: int) -> None:
        self.tx, self.site_id, self.numbers, self.at = numbers.tx, numbers.site_id, numbers, at
        self._by_code: dict[str, Sheet] = {}
        self._by_place: dict[int, list[Sheet]] = {}
        self._counters: dict[tuple[int, int, str, int], int] = {}
        self._new_counters: list[tuple[int, int, str, int, int]] = []
        self._parts: set[tuple[int, int]] = set()
        self._closed: dict[int, tuple[Sheet, bool, str | None]] = {}
        self._taken: dict[int, Sheet] = {}
        self._counted: dict[int, int] = {}
        self._operators: set[str] = set()
        self._free: dict[str, _Free] | None = None
        self._ids: dict[str, list[int]] = {}
        self._opened: list[tuple[Any, ...]] = []
        self._unsaid: list[tuple[int, str]] = []
        self._last_count = 0
        self._past: dict[int, list[Sheet]] = {}

    def load(self, codes: Iterable[str], locations: Iterable[int], operators: Iterable[str], since: int) -> None:
        """Load the sheets that codes name, those of places whose count is not final or was open after `since`, before which nothing of
        this recording was made, and who has counted them."""
        wanted, places = sorted(set(codes)), sorted(set(locations))
        self._operators = set(operators)
        names = sorted(self._operators)
        rows = fetch(
            self.tx,
            _SELECT.format(other="IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(?) WHERE value <> s.operator)")
            + "? AND (s.code IN (SELECT value FROM json_each(?)) OR (s.location_id IN (SELECT value FROM json_each(?)) AND "
            + _OPEN_SINCE.format("?"),
            _SELECT.format(other="<> ANY(%s)") + "%s AND (s.code = ANY(%s) OR (s.location_id = ANY(%s) AND " + _OPEN_SINCE.format("%s"),
            (json_text(names), self.site_id, json_text(wanted), json_text(places), since)
            if is_sqlite(self.tx)
            else (names, self.site_id, wanted, places, since),
        )
        for r in rows:
            sheet = _sheet(r)
            self._by_code[sheet.code] = sheet
            (self._past if sheet.final else self._by_place).setdefault(sheet.location_id, []).append(sheet)
        counts = sorted({s.count_id for s in self._by_code.values()})
        if counts:
            for count, place, operator, declared, sheet_id in fetch(
                self.tx,
                "SELECT count_id, location_id, operator, declared, sheet_id FROM sheet_counters "
                "WHERE count_id IN (SELECT value FROM json_each(?))",
                "SELECT count_id, location_id, operator, declared, sheet_id FROM sheet_counters WHERE count_id = ANY(%s)",
                (json_text(counts) if is_sqlite(self.tx) else counts,),
            ):
                self._counters[count, place, operator, declared] = sheet_id

    def all(self) -> list[Sheet]:
        """Return every sheet that was loaded."""
        return list(self._by_code.values())

    def named(self, code: str) -> Sheet | None:
        """Return the sheet with this code."""
        return self._by_code.get(code)

    def of_place(self, location_id: int, operator: str, stamp: Stamp) -> Sheet | None:
        """Return the sheet of a place to which a scan of an operator belongs that names none: one that they took or had begun and that was
        open when the scan was made, the open ones first; else one that is open and free; else one that was closed before anybody took it.
        What was opened only after a sheet of theirs was closed takes nothing away from that sheet, however late its scans arrive."""
        here = self._by_place.get(location_id, [])
        theirs = [sheet for sheet in here if sheet.operator == operator]
        theirs += [sheet for sheet in here if sheet.operator != operator and self._has_begun(sheet, operator)]
        closed = [sheet for sheet in theirs if not sheet.open and not made_after(stamp, sheet.closed)]
        surely = next((sheet for sheet in closed if made_after(sheet.closed, stamp)), None)
        for sheet in theirs:
            if sheet.open and (surely is None or sheet.begun < stamp.occurred_at):
                return sheet
        free = [sheet for sheet in here if surely is None and sheet.open and sheet.is_free(stamp.occurred_at)]
        if free:  # of two for two people the first one comes first
            return min((sheet for sheet in free if sheet.count_id == free[0].count_id), key=lambda sheet: sheet.sequence)
        return surely or next(iter(closed), None) or _left([sheet for sheet in here if not sheet.open], None, stamp)

    def _has_begun(self, sheet: Sheet, operator: str) -> bool:
        return self._counters.get((sheet.count_id, sheet.location_id, operator, 0)) == sheet.id

    def belated(self, location_id: int, operator: str, stamp: Stamp) -> Sheet | None:
        """Return the sheet of an approved or posted count to which a scan belonged, when it was made, that names none: this operator's, or
        nobody's, that was closed (or its count approved) only after it, as sure as numbers and clocks can be. There it is late, and
        changes nothing."""
        return _left(self._past.get(location_id, ()), operator, stamp)

    def may_open(self, location_id: int, operator: str) -> bool:
        """Tell whether an operator may count a place of their own accord: not where somebody else was asked to count it after them."""
        here = self._by_place.get(location_id, [])
        own = {sheet.count_id for sheet in here if sheet.free and sheet.operator == operator and sheet.independence == "enforce"}
        return not any(sheet.count_id in own and not sheet.free for sheet in here)

    def open_free(self, location_id: int, operator: str, person_id: int | None) -> Sheet:
        """Open a sheet of a place in the operator's free count of the day."""
        free = self._free_count(operator, person_id)
        free.last_sheet += 1
        code = f"{free.code}-{free.last_sheet:03d}"
        sequence = 1 + sum(1 for s in self._by_place.get(location_id, ()) if s.count_id == free.id)
        number = self._new_id("sheet")
        sheet = Sheet(number, code, free.id, location_id, sequence, operator, True, Stamp(0, 0, None, None), False, True, begun=self.at)
        self._opened.append(
            (number, self.site_id, free.id, code, location_id, sequence, operator, True, self.at, 0, False, self.numbers.next())
        )
        self._by_code[code] = sheet
        self._by_place.setdefault(location_id, []).insert(0, sheet)
        return sheet

    def _free_count(self, operator: str, person_id: int | None) -> "_Free":
        """Find or make the operator's free count of the day; draw ids for all that this recording could open."""
        day = datetime.datetime.fromtimestamp(self.at / 1000, datetime.UTC).date().isoformat()
        if self._free is None:
            names = sorted(self._operators | {operator})
            counts = (
                "SELECT 'free' AS what, id, code, last_sheet, operator FROM counts WHERE site_id = ? AND kind = 'free' AND day = ? "
                "AND status IS NULL AND operator {} UNION ALL SELECT 'last', 0, '', last_count, '' FROM sites WHERE id = ? "
            )
            rows = fetch(
                self.tx,
                counts.format("IN (SELECT value FROM json_each(?))")
                + "UNION ALL SELECT 'sheet', COALESCE(MAX(id), 0), '', 0, '' FROM sheets "
                "UNION ALL SELECT 'count', COALESCE(MAX(id), 0), '', 0, '' FROM counts",
                counts.format("= ANY(?)").replace("?", "%s")
                + "UNION ALL SELECT 'sheet', nextval(pg_get_serial_sequence('sheets', 'id')), '', 0, '' FROM generate_series(1, 500) "
                "UNION ALL SELECT 'count', nextval(pg_get_serial_sequence('counts', 'id')), '', 0, '' FROM generate_series(1, 20)",
                (self.site_id, day, json_text(names) if is_sqlite(self.tx) else names, self.site_id),
            )
            self._free = {r[4]: _Free(r[1], r[2], r[3]) for r in rows if r[0] == "free"}
            self._last_count = next(r[3] for r in rows if r[0] == "last")
            self._ids = {"sheet": [r[1] for r in rows if r[0] == "sheet"], "count": [r[1] for r in rows if r[0] == "count"]}
        free = self._free.get(operator)
        if free is None:
            self._last_count += 1
            free = self._free[operator] = _Free(
                self._new_id("count"), f"K{self._last_count}", 0, (operator, day, person_id, self.numbers.next())
            )
        return free

    def _new_id(self, what: str) -> int:
        """Return the next id that was drawn (SQLite: the next free one, for nobody else can write now)."""
        ids = self._ids[what]
        if is_sqlite(self.tx):
            ids[0] += 1
            return ids[0]
        if not ids:
            sql = f"SELECT nextval(pg_get_serial_sequence('{what}s', 'id')) FROM generate_series(1, 1000)"
            ids += [r[0] for r in fetch(self.tx, "", sql, ())]
        return ids.pop(0)

    def may_count(self, sheet: Sheet, *hands: str | None) -> bool:
        """Tell whether an operator, and who sends it for them, may count this pass: nobody counts two passes of one place that were
        planned, unless the site declares it. Who counts a place again of their own accord corrects themselves."""
        if sheet.final or sheet.free or sheet.independence == "declare":
            return True
        return all(
            self._counters.get((sheet.count_id, sheet.location_id, hand, 0), sheet.id) == sheet.id for hand in hands if hand is not None
        )

    def counted(self, sheet: Sheet, operator: str, person_id: int | None, at: int, scans: int = 1, sent: Sent = NOBODY) -> None:
        """Note that an operator counted on a sheet at a moment; a sheet that is free then becomes theirs. Who sends it counted too."""
        self._counted[sheet.id] = self._counted.get(sheet.id, 0) + scans
        if sheet.final:
            return
        if sheet.operator != operator and sheet.is_free(at):
            sheet.operator = operator
            self._taken[sheet.id] = sheet
        sheet.last = None if sheet.last is None else max(sheet.last, at)
        self._take_part(sheet, operator, sent)
        self._parts.update((sheet.count_id, person) for person in (person_id, sent.person_id) if person is not None)

    def _take_part(self, sheet: Sheet, operator: str, sent: Sent) -> None:
        for hand in dict.fromkeys((operator, sent.hand)):
            if hand is None:
                continue
            first = self._counters.get((sheet.count_id, sheet.location_id, hand, 0))
            key = (sheet.count_id, sheet.location_id, hand, 0 if first is None else sheet.sequence)
            if first is None or (first != sheet.id and not sheet.free and key not in self._counters):
                self._counters[key] = sheet.id
                self._new_counters.append((*key, sheet.id))

    def uncounted(self, sheet_id: int) -> None:
        """Note that a count scan of this recording was voided."""
        self._counted[sheet_id] = self._counted.get(sheet_id, 0) - 1

    def is_counted(self, sheet: Sheet, live_before: dict[int, int]) -> bool:
        """Tell whether a sheet has live count scans; `live_before` are those stored already."""
        return live_before.get(sheet.id, 0) + self._counted.get(sheet.id, 0) > 0

    def finish(self, sheet: Sheet, operator: str, complete: bool, stamp: Stamp, scan_id: str | None, sent: Sent = NOBODY) -> None:
        """Close a sheet; the first finish stays. One that nobody had taken is then of who finished it: their scans may be on the way.
        Who says that all of it was counted has counted it, though they scanned nothing: what is expected is then 0."""
        if not sheet.open or sheet.final:
            return
        if sheet.operator is None:
            sheet.operator = operator
            self._taken[sheet.id] = sheet
        if complete:
            self._take_part(sheet, operator, sent)
        sheet.open, sheet.closed = False, stamp
        self._closed[sheet.id] = (sheet, complete, scan_id)

    def unsay(self, sheet_id: int, scan_id: str) -> None:
        """Note that the scan was voided that closed a sheet: it stays closed, but nobody says any more that all of it was counted."""
        if sheet_id in self._closed and self._closed[sheet_id][2] == scan_id:
            self._closed[sheet_id] = (self._closed[sheet_id][0], False, scan_id)
        else:
            self._unsaid.append((sheet_id, scan_id))

    def store(self) -> None:
        """Store what changed; sheets first, for scans refer to them."""
        if self._opened:
            self._store_free()
            insert_many(self.tx, "sheets", _SHEET_COLUMNS, self._opened)
            self._opened = []
        insert_many(self.tx, "sheet_counters", _COUNTER_COLUMNS, self._new_counters, "ON CONFLICT DO NOTHING")
        parts = [(count, person, 0, "counter") for count, person in sorted(self._parts)]
        insert_many(self.tx, "participants", ("count_id", "person_id", "declared", "part"), parts, "ON CONFLICT DO NOTHING")
        taken = [(s.id, s.operator, self.numbers.next()) for s in self._taken.values()]
        update_many(self.tx, "sheets", ("id", "operator", "journal"), taken)
        closed = [_close_row(s, complete, scan, self.numbers) for s, complete, scan in self._closed.values()]
        update_many(self.tx, "sheets", _CLOSE_COLUMNS, closed)
        execute_many(self.tx, _UNSAY, [(self.numbers.next(), sheet, scan) for sheet, scan in self._unsaid])

    def _store_free(self) -> None:
        assert self._free is not None
        new = [
            (f.id, self.site_id, f.code, "free", False, "ask", f.new[0], f.new[1], f.new[2], self.at, "", f.last_sheet, f.new[3])
            for f in self._free.values()
            if f.new
        ]
        insert_many(self.tx, "counts", _COUNT_COLUMNS, new)
        known = [(f.last_sheet, f.id) for f in self._free.values() if not f.new]
        execute_many(self.tx, "UPDATE counts SET last_sheet = ? WHERE id = ?", known)
        if new:
            execute_many(self.tx, "UPDATE sites SET last_count = ? WHERE id = ?", [(self._last_count, self.site_id)])


_COUNT_COLUMNS = (
    "id", "site_id", "code", "kind", "blind", "policy", "operator", "day", "person_id", "created_at", "note", "last_sheet", "journal",
)  # fmt: skip
_SHEET_COLUMNS = (
    "id", "site_id", "count_id", "code", "location_id", "sequence", "operator", "open", "created_at", "closed_uncertainty_ms", "planned",
    "journal",
)  # fmt: skip
_COUNTER_COLUMNS = ("count_id", "location_id", "operator", "declared", "sheet_id")
_CLOSE_COLUMNS = (
    "id", "open", "complete", "closed_at", "closed_uncertainty_ms", "closed_stream", "closed_seq", "closed_scan", "journal",
)  # fmt: skip
_UNSAY = (
    "UPDATE sheets SET complete = (1 = 0), journal = ? WHERE id = ? AND closed_scan = ? "
    "AND EXISTS (SELECT 1 FROM counts c WHERE c.id = sheets.count_id AND c.status IS NULL)"
)


def _close_row(sheet: Sheet, complete: bool, scan_id: str | None, numbers: Numbers) -> tuple[Any, ...]:
    stamp = sheet.closed
    return (sheet.id, False, complete, stamp.occurred_at, stamp.uncertainty_ms, stamp.stream, stamp.seq, scan_id, numbers.next())


def open_planned(
    tx: Connection, site_id: int, count_id: int, rows: Sequence[tuple[int, int, str | None, str | None]], at: int
) -> list[str]:
    """Open sheets of a planned count: (location id, sequence, operator, lines as JSON) each; return their codes.

    The caller holds the journal lock. A place that is in another open planned count breaks `uq_sheets_planned`.
    """
    last, code = tx.execute(
        text("UPDATE counts SET last_sheet = last_sheet + :n WHERE id = :id RETURNING last_sheet, code"), {"n": len(rows), "id": count_id}
    ).one()
    numbers = Numbers(tx, site_id)
    codes = [f"{code}-{number:03d}" for number in range(last - len(rows) + 1, last + 1)]
    insert_many(
        tx,
        "sheets",
        (
            "site_id",
            "count_id",
            "code",
            "location_id",
            "sequence",
            "operator",
            "given",
            "lines",
            "open",
            "created_at",
            "closed_uncertainty_ms",
            "planned",
            "journal",
        ),
        [
            (site_id, count_id, sheet_code, location, sequence, operator, operator is not None, lines, True, at, 0, True, numbers.next())
            for sheet_code, (location, sequence, operator, lines) in zip(codes, rows, strict=True)
        ],
    )
    numbers.store()
    return codes


def close(tx: Connection, site_id: int, sheet_id: int, complete: bool, at: int) -> bool:
    """Close a sheet because a person says so; return False when it was closed already. The caller holds the journal lock."""
    numbers = Numbers(tx, site_id)
    row = tx.execute(text("SELECT open FROM sheets WHERE id = :id"), {"id": sheet_id}).one()
    if not row[0]:
        return False
    update_many(tx, "sheets", _CLOSE_COLUMNS, [(sheet_id, False, complete, at, 0, None, None, None, numbers.next())])
    numbers.store()
    return True


def live_counts(tx: Connection, sheet_ids: Iterable[int]) -> dict[int, int]:
    """Return how many live count scans each sheet has: not refused (or resolved), not voided."""
    ids = sorted(set(sheet_ids))
    if not ids:
        return {}
    sql = (
        "SELECT x.sheet_id, COUNT(*) FROM (SELECT sheet_id, id, journal FROM scans WHERE task = 'count' AND outcome = 'noted' "
        "AND reason IS NULL AND sheet_id {0} "
        "UNION ALL SELECT r.sheet_id, r.scan_id, s.journal FROM resolutions r JOIN scans s ON s.id = r.scan_id "
        "WHERE r.outcome = 'noted' AND s.task = 'count' AND r.sheet_id {0}) x "
        "WHERE NOT " + VOIDED.format("x") + " GROUP BY x.sheet_id"
    )
    values = json.dumps(ids) if is_sqlite(tx) else ids
    rows = fetch(tx, sql.format("IN (SELECT value FROM json_each(?))"), sql.format("= ANY(%s)"), (values, values))
    return {sheet: number for sheet, number in rows}
