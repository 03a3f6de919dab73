"""Load what was counted and what the book says, and compare them: the lines of a count that is not posted yet.

Everything is read in a few statements for a chunk of locations at a time, never one for a line; so a count of any size is compared in
the memory of one chunk.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from app import times, wire
from app.counts import tolerances, variance
from app.counts.models import Cost
from app.counts.variance import Found, Mark, Move, Pass, Scan
from app.db import execute, fetch, is_sqlite
from app.errors import Problem
from app.locations.models import Location
from app.scans.models import Count
from app.scans.sheets import VOIDED

CHUNK = 200
"""Locations that are compared at a time."""
SLACK = times.DAY
"""How far before the first scan moves are looked at: a device's own numbers may tell another order than the clocks."""
_TIED_TO_SCANS = ("scan", "resolution", "reversal")

LIVE = "{0}.outcome = 'noted' AND {0}.reason IS NULL AND NOT " + VOIDED
"""A scan (named in place of `{0}`) that was noted when it came and not voided since."""


class Header(NamedTuple):
    """A count as it is kept, and the status that follows from its sheets."""

    id: int
    site_id: int
    code: str
    kind: str
    final: str | None
    status: str
    blind: bool
    policy: str
    twice: bool
    tolerance: dict[str, str]
    journal: int
    hash: str | None
    approved_by: int | None
    approved_at: int | None
    drained: str | None
    override: str | None
    tolerances: list[dict[str, str]]
    second_above: str | None
    seconded_by: int | None
    seconded_at: int | None
    until: int
    """The journal's number after which a scan comes too late for a count that is final."""


class Product(NamedTuple):
    """What a line shows of its product."""

    sku: str
    name: str
    unit: str
    decimals: int
    tracking: str
    cost: int | None
    abc: str | None


class Line(NamedTuple):
    """A line as it stands: what was found, what it came to, what it is worth."""

    line: str
    location_id: int
    location: str
    product: Product | None
    found: Found
    state: str
    automatic: str | None
    unit_cost: int | None
    expected_value: int | None
    value: int | None
    passes: list[tuple[int | None, str | None, int | None, int | None]]
    """Counted, operator, from, to of each sheet of the location."""
    because: str = ""
    """Why it was not counted, as far as somebody said."""
    mixed: bool = False
    """Whether another product was counted too, at a location for one product only."""


@dataclass
class Compared:
    """What comparing leaves besides the lines."""

    late: list[dict[str, Any]] = field(default_factory=list)
    """Scans that changed nothing: made after their sheet was finished, heard after the approval, or of nothing the recount covers."""
    people: set[int] = field(default_factory=set)
    """Who counted."""
    products: dict[int, Product] = field(default_factory=dict)


def header(tx: Connection, site_id: int, code: str) -> Header:
    """Return a count; raises not_found."""
    found = tx.execute(select(Count).where(Count.site_id == site_id, Count.code == code)).first()
    if found is None:
        raise Problem("not_found", "There is no such count.")
    return Header(
        found.id, site_id, found.code, found.kind, found.status, found.status or status(tx, found.id), found.blind, found.policy,
        bool(found.twice), json.loads(found.tolerance or "{}"), found.journal, found.hash, found.approved_by, found.approved_at,
        found.drained, found.override,
        json.loads(found.tolerances or "[]"), found.second_above, found.seconded_by, found.seconded_at,
        found.approved_journal or found.journal,
    )  # fmt: skip


def status(tx: Connection, count_id: int) -> str:
    """Return how far a count that is not final has come: planned, counting, review."""
    return statuses(tx, [count_id])[count_id]


def statuses(tx: Connection, counts: Sequence[int]) -> dict[int, str]:
    """Return the status of counts that are not final, by id."""
    rows = fetch_by_ids(
        tx,
        "SELECT s.count_id, SUM(CASE WHEN s.open THEN 1 ELSE 0 END), SUM(CASE WHEN s.open THEN 0 ELSE 1 END), "
        f"SUM(CASE WHEN EXISTS (SELECT 1 FROM scans n WHERE n.sheet_id = s.id AND n.task = 'count' AND {LIVE.format('n')}) "
        "THEN 1 ELSE 0 END) "
        "FROM sheets s WHERE s.count_id {} GROUP BY s.count_id",
        counts,
    )
    found = dict.fromkeys(counts, "planned")
    for count, opened, closed, scanned in rows:
        found[count] = "review" if not opened else "counting" if closed or scanned else "planned"
    return found


def digest(count: Header, lines: Iterable[Line]) -> str:
    """Return the hash of what a reconciliation says: an approval covers exactly the content that was seen (I12)."""
    places = itertools.groupby(lines, key=lambda line: line.location_id)
    return digest_of(count, (place_digest(found) for _, found in places))


def digest_of(count: Header, places: Iterable[str]) -> str:
    """Return the hash of a reconciliation, of those of its locations in the order of their codes."""
    sha = hashlib.sha256(count.code.encode())
    for one in places:
        sha.update(one.encode())
    return sha.hexdigest()


def place_digest(lines: Iterable[Line]) -> str:
    """Return the hash of the lines of a location; empty where there are none."""
    content = b"".join(map(_content, lines))
    return hashlib.sha256(content).hexdigest() if content else ""


def _content(line: Line) -> bytes:
    """Return what of a line an approval covers."""
    found = line.found
    return wire.dumps(
        [
            line.line, found.expected, found.counted, line.state, [[m.journal, m.change] for m in found.moves], line.unit_cost, found.known,
            line.passes,
        ]
    )  # fmt: skip


def costs(tx: Connection, count_id: int) -> dict[int, int | None]:
    """Return the unit costs that are frozen into a count, by product."""
    return {r.product_id: r.cost for r in tx.execute(select(Cost.product_id, Cost.cost).where(Cost.count_id == count_id))}


def lines(
    tx: Connection, count: Header, frozen: Mapping[int, int | None], compared: Compared, places: Sequence[int] | None = None
) -> Iterator[Line]:
    """Give the lines of a count, or of some of its locations, in the order of location, product and lot; what else there is to know goes
    into `compared`. The lines of a location depend on nothing of another one."""
    for chunk in _chunks(tx, count, compared, places):
        yield from chunk.lines(frozen)


def late(tx: Connection, count: Header, places: Sequence[int] | None = None) -> Compared:
    """Return what changed nothing, of a count that is final, or of some of its locations."""
    compared = Compared()
    for _ in _chunks(tx, count, compared, places):
        pass
    return compared


def _chunks(tx: Connection, count: Header, compared: Compared, places: Sequence[int] | None = None) -> Iterator["_Chunk"]:
    sheets: dict[int, list[Any]] = {}
    codes: dict[int, str] = {}
    some = "" if places is None else f"AND s.location_id IN ({', '.join(str(int(place)) for place in places) or 'NULL'}) "
    for row in fetch_by_ids(
        tx,
        "SELECT s.id, s.code, s.location_id, l.code, s.sequence, s.operator, s.lines, s.open, s.complete, s.closed_at, "
        "s.closed_uncertainty_ms, s.closed_stream{text}, s.closed_seq, s.closed_scan{text}, s.created_at, s.reason "
        f"FROM sheets s JOIN locations l ON l.id = s.location_id WHERE s.count_id {{}} {some}ORDER BY s.sequence",
        [count.id],
    ):
        sheets.setdefault(row[2], []).append(row)
        codes[row[2]] = row[3]
    ordered = sorted(sheets, key=lambda place: codes[place])
    for start in range(0, len(ordered), CHUNK):
        chunk = ordered[start : start + CHUNK]
        yield _Chunk(tx, count, {place: sheets[place] for place in chunk}, codes, compared)


class _Chunk:
    """Some locations of a count with all that is known of them."""

    def __init__(
        self, tx: Connection, count: Header, sheets: Mapping[int, list[Any]], codes: Mapping[int, str], compared: Compared
    ) -> None:
        self.tx, self.count, self.sheets, self.codes, self.compared = tx, count, sheets, codes, compared
        self._load_rules()
        rows = {row[0]: row for row in itertools.chain.from_iterable(sheets.values())}
        self.closing = {number: _closing(row) for number, row in rows.items()}
        self.scans: dict[int, list[Scan]] = {number: [] for number in rows}
        self.known = {number: not row[7] and row[13] is None for number, row in rows.items()}
        self.who: dict[int, set[str]] = {number: set() for number in rows}
        self._load_scans(rows)
        if count.twice:
            self._load_hands()
        self.book: dict[int, dict[tuple[int, str, str], int]] = {}
        self.moves: dict[int, list[Move]] = {}

    def _load(self) -> None:
        """Load the book, the moves that may have happened during or after the counting, and the products."""
        self.since = {place: self._begin(rows) - SLACK for place, rows in self.sheets.items()}
        self._load_book()
        self._load_moves()
        wanted = {p for book in self.book.values() for p, _, _ in book} | {s.product for scans in self.scans.values() for s in scans}
        wanted |= {move.product for moves in self.moves.values() for move in moves}
        self._load_products(wanted - self.compared.products.keys())

    def _begin(self, rows: Sequence[Any]) -> int:
        """Return when the first thing happened on the sheets of a location."""
        marks = [scan.mark.earliest for row in rows for scan in self.scans[row[0]]]
        marks += [closing.earliest for row in rows if (closing := self.closing[row[0]]) is not None]
        return min(int(moment) for moment in [*(row[14] for row in rows), *marks])

    def _load_rules(self) -> None:
        """Load the tolerances, and where the locations lie if that matters."""
        named = [one["location"] for one in self.count.tolerances if "location" in one]
        places: dict[str, int] = {}
        self.paths: dict[int, str] = {}
        self.single = {row[0] for row in fetch_by_ids(self.tx, _SINGLE, list(self.sheets))}
        if named:
            found = select(Location.code, Location.id).where(Location.site_id == self.count.site_id, Location.code.in_(named))
            places = {row.code: row.id for row in self.tx.execute(found)}
            self.paths = dict(fetch_by_ids(self.tx, "SELECT id, path FROM locations WHERE id {}", list(self.sheets)))
        self.rules = tolerances.rules(self.count.tolerance, self.count.tolerances, places)

    def _load_scans(self, sheets: Mapping[int, Any]) -> None:
        columns = (
            "{0}.sheet_id, {0}.product_id, {0}.lot, {0}.serial, {0}.quantity, s.occurred_at, s.uncertainty_ms, s.received_at, "
            "s.stream_id{{text}}, s.seq, s.operator, s.person_id, s.sender_id, {0}.journal, s.id{{text}}, s.task"
        )
        rows = fetch_by_ids(
            self.tx,
            f"SELECT {columns.format('s')} FROM scans s WHERE s.sheet_id {{}} AND s.task IN ('count', 'empty', 'finish') "
            f"AND {LIVE.format('s')} UNION ALL SELECT {columns.format('r')} FROM resolutions r JOIN scans s ON s.id = r.scan_id "
            f"WHERE r.sheet_id {{}} AND r.outcome = 'noted' AND s.task = 'count' AND NOT {VOIDED.format('s')} ORDER BY 14",
            list(sheets),
            2,
        )
        for sheet, product, lot, serial, quantity, at, unsure, heard, stream, seq, operator, person, sender, journal, scan_id, task in rows:
            mark = Mark(at, unsure, heard, stream, seq)
            closing = self.closing[sheet]
            approved = self.count.final is not None and journal > self.count.until
            if task != "count":
                if not approved:
                    self._by(sheet, operator, person, sender)
                continue
            scan = Scan(mark, product, lot, serial, quantity, operator, person is not None)
            if approved or (closing is not None and variance.is_late(mark, closing)):
                self._late(sheets[sheet], scan, "after_approval" if approved else "after_finish", scan_id)
                continue
            self._by(sheet, operator, person, sender)
            self.scans[sheet].append(scan)

    def _by(self, sheet: int, operator: str | None, person: int | None, sender: int | None) -> None:
        """Note who had a hand in a sheet: whose badge a scan names, and who sent it without a device."""
        self.who[sheet].add(operator or "")
        self.known[sheet] = self.known[sheet] or person is not None
        self.compared.people.update(one for one in (person, sender) if one is not None)

    def _load_hands(self) -> None:
        """Load who counted on a sheet besides the badges of its scans; two sheets with one of them in common prove nothing by agreeing."""
        for sheet, hand in fetch_by_ids(
            self.tx,
            f"SELECT sheet_id, operator FROM sheet_counters WHERE count_id = {int(self.count.id)} AND location_id {{}}",
            list(self.sheets),
        ):
            if self.who.get(sheet):
                self.who[sheet].add(hand)

    def _late(self, sheet: Any, scan: Scan, reason: str, scan_id: str | None = None) -> None:
        self.compared.late.append(
            {
                "scan": scan_id, "sheet": sheet[1], "location": sheet[3], "product_id": scan.product, "lot": scan.lot or None,
                "quantity": scan.quantity, "operator": scan.operator, "occurred_at": times.wire(scan.mark.at), "reason": reason,
            }
        )  # fmt: skip

    def _load_book(self) -> None:
        for place, product, lot, serial, quantity in fetch_by_ids(
            self.tx,
            "SELECT location_id, product_id, lot, serial, quantity FROM balances WHERE location_id {} AND quantity <> 0",
            list(self.sheets),
        ):
            self.book.setdefault(place, {})[product, lot, serial] = quantity

    def _load_moves(self) -> None:
        half = (
            "SELECT m.journal, m.{0}_id, {1}m.quantity, m.product_id, m.lot, m.serial, m.occurred_at, m.uncertainty_ms, "
            "m.recorded_at, m.reverses, m.kind, s.stream_id{{text}}, s.seq FROM moves m LEFT JOIN scans s ON s.id = m.scan_id "
            "WHERE m.{0}_id {{}} AND (m.occurred_at + m.uncertainty_ms >= {2} OR m.recorded_at >= {2})"
        )
        since = str(int(min(self.since.values())))
        rows = fetch_by_ids(
            self.tx,
            f"{half.format('source', '-', since)} UNION ALL {half.format('target', '', since)} ORDER BY 1",
            list(self.sheets),
            2,
        )
        rows = [row for row in rows if max(row[6] + row[7], row[8]) >= self.since[row[1]]]
        undone = _undone(rows)
        for journal, place, change, product, lot, serial, at, unsure, heard, _, kind, stream, seq in rows:
            if (place, journal) in undone:
                continue
            mark = Mark(at, unsure, heard, stream, seq) if kind in _TIED_TO_SCANS else Mark(at, unsure, heard)
            self.moves.setdefault(place, []).append(Move(journal, mark, product, lot, serial, change))

    def _load_products(self, wanted: set[int]) -> None:
        if wanted:
            for number, *rest in fetch_by_ids(
                self.tx, "SELECT id, sku, name, unit, decimals, tracking, cost, abc FROM products WHERE id {}", sorted(wanted)
            ):
                self.compared.products[number] = Product(*rest)

    def lines(self, frozen: Mapping[int, int | None]) -> Iterator[Line]:
        """Give the lines of each location."""
        self._load()
        products = self.compared.products
        by_lot = {number for number, product in products.items() if product.tracking == "lot"}
        by_serial = {number for number, product in products.items() if product.tracking == "serial"}
        for place, rows in self.sheets.items():
            closed = [row for row in rows if not row[7]]
            passes = [self._pass(row) for row in closed]
            for row, one in zip(closed, passes, strict=True):
                for scan in variance.stray(one):
                    self._late(row, scan, "not_covered")
            found = variance.reconcile(passes, self.book.get(place, {}), self.moves.get(place, []), by_lot, by_serial, self.count.twice)
            found.sort(key=lambda line: (products[line.product].sku if line.product else "", line.lot or ""))
            told = [_told(one) for one in passes]
            mixed = place in self.single and len({line.product for line in found if line.counted}) > 1
            for line in found:
                of_each = [_pass_of(line, passes[n], told[n], row[5]) for n, row in enumerate(closed)]
                yield self._line(place, line, frozen, of_each)._replace(mixed=mixed and bool(line.counted))

    def _pass(self, row: Any) -> Pass:
        covers = None if row[6] is None else frozenset((int(p), lot) for p, lot in json.loads(row[6]))
        closing = self.closing[row[0]]
        assert closing is not None
        return Pass(row[4], covers, bool(row[8]), closing, self.scans[row[0]], self.known[row[0]], frozenset(self.who[row[0]]))

    def _line(self, place: int, found: Found, frozen: Mapping[int, int | None], passes: list[Any]) -> Line:
        product = self.compared.products[found.product] if found.product is not None else None
        decimals = product.decimals if product else 0
        cost = None if product is None or found.product is None else frozen.get(found.product, product.cost)
        limits = self.rules.of(product.sku, self.paths.get(place, ""), product.abc) if product else self.rules.general
        state = variance.state(found, decimals, cost, limits)
        compared = variance.compared(found, decimals, cost, limits)
        return Line(
            line_id(place, found.product, found.lot), place, self.codes[place], product, found, state,
            variance.automatic(found, state, compared, self.count.policy), cost, variance.money(found.expected, decimals, cost),
            None if found.variance is None else variance.money(found.variance, decimals, cost), passes,
            next((row[15] for row in self.sheets[place] if found.counted is None and row[4] == found.sequence), ""),
        )  # fmt: skip


_SINGLE = "SELECT id FROM locations WHERE single_product AND id {}"


def line_id(place: int, product: int | None, lot: str | None) -> str:
    """Return the name of a line on the wire: opaque, and the same as long as the line is about the same thing."""
    what = f"{place}|{'' if product is None else product}|{'*' if lot is None else '=' + lot}"
    return hashlib.blake2s(what.encode(), digest_size=16).hexdigest()


def _closing(row: Any) -> Mark | None:
    if row[7] or row[9] is None:
        return None
    return Mark(row[9], row[10], row[9] + row[10], row[11], row[12])


def _undone(rows: Sequence[Any]) -> set[tuple[int, int]]:
    """Return location and journal number of moves that were reversed, and of their reversals: they never happened."""
    here = {(row[1], row[0]) for row in rows}
    return {(row[1], number) for row in rows if row[9] is not None and (row[1], row[9]) in here for number in (row[0], row[9])}


def _told(one: Pass) -> dict[tuple[int, str | None], list[int]]:
    """Return [sum, from, to] of what a pass scanned by product and lot, and by product alone."""
    sums: dict[tuple[int, str | None], list[int]] = {}
    for scan in one.scans:
        for key in ((scan.product, scan.lot), (scan.product, None)):
            known = sums.get(key)
            if known is None:
                sums[key] = [scan.quantity, scan.mark.at, scan.mark.at]
            else:
                known[0] += scan.quantity
                known[1], known[2] = min(known[1], scan.mark.at), max(known[2], scan.mark.at)
    return sums


def _pass_of(
    found: Found, one: Pass, sums: Mapping[tuple[int, str | None], list[int]], operator: str | None
) -> tuple[int | None, str | None, int | None, int | None]:
    """Return what one pass says of a line: counted, operator, from, to."""
    if found.product is None:
        return (0 if one.complete else None, operator, None, one.closing.at)
    if one.covers is not None and not {(found.product, None), (found.product, found.lot)} & one.covers:
        return (None, None, None, None)
    told = sums.get((found.product, found.lot))
    if told is None and found.sequence == one.sequence and found.counted is not None:
        told = [found.counted, found.at or one.closing.at, one.closing.at]
    if told is None:
        return (0 if one.complete else None, operator, None, one.closing.at)
    if found.sequence == one.sequence and found.counted is not None:
        return (found.counted, operator, told[1], told[2])
    return (told[0], operator, told[1], told[2])


def fetch_by_ids(tx: Connection, sql: str, ids: Sequence[Any], lists: int = 1) -> list[Any]:
    """Fetch with the ids in place of each of the `lists` marks `{}`; `{text}` makes a UUID a text."""
    sqlite, postgres = sql.replace("{text}", ""), sql.replace("{text}", "::text")
    value = wire.text(list(ids)) if is_sqlite(tx) else list(ids)
    return fetch(tx, sqlite.replace("{}", "IN (SELECT value FROM json_each(?))"), postgres.replace("{}", "= ANY(%s)"), [value] * lists)


def execute_by_ids(tx: Connection, sql: str, ids: Sequence[Any]) -> None:
    """Execute with the ids in place of the mark `{}`."""
    value = wire.text(list(ids)) if is_sqlite(tx) else list(ids)
    execute(tx, sql.replace("{}", "IN (SELECT value FROM json_each(?))"), sql.replace("{}", "= ANY(%s)"), [value])
