"""Post moves: the only place that writes moves and balances.

A `Book` is the view of the balances that one transaction works with. The caller holds the site's journal lock, so what it read stays
true until the commit; balances are still only ever changed by atomic deltas, in sorted key order.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import Connection, insert, text

from app import wire
from app.db import Look, Query, execute_many, fetch, insert_many, is_sqlite, look
from app.journal import Numbers
from app.ledger.models import FARTHEST, Assertion, LineReversal

Key = tuple[int, int, str, str]
"""Location, product, lot, serial."""


class Draft(NamedTuple):
    """A move before it has a number. `quantity` is scaled and greater than 0; `source_id` and `target_id` differ."""

    kind: str
    scan_id: str | None
    product_id: int
    lot: str
    serial: str
    quantity: int
    source_id: int
    target_id: int
    occurred_at: int
    uncertainty_ms: int = 0
    reason_code: str | None = None
    reverses: int | None = None
    line_id: int | None = None
    person_id: int | None = None


class Posted(NamedTuple):
    """What `post` did: the journal number of each draft, and whether it left its source below zero."""

    journals: list[int]
    short: list[bool]


class TooFar(Exception):
    """A balance would go farther from zero than the ledger holds."""


class Book:
    """The balances of one transaction, and the moves it is about to post."""

    def __init__(self, numbers: Numbers, recorded_at: int) -> None:
        self.tx, self.site_id, self.recorded_at, self.numbers = numbers.tx, numbers.site_id, recorded_at, numbers
        self.virtual = virtual_locations(self.tx, self.site_id)
        self.drafts: list[Draft] = []
        self.journals: list[int] = []
        self._virtual_ids = frozenset(self.virtual.values())
        self._on_hand: dict[tuple[int, int], dict[tuple[str, str], int]] = {}
        self._delta: dict[Key, int] = {}
        self._asserted: dict[tuple[int, int], list[Any]] = {}
        self._asserted_since: dict[int, int] = {}
        """By place, from when on `_asserted` is known."""

    def read(self, pairs: Iterable[tuple[int, int]], careful: bool = False) -> None:
        """Load what is on hand for (location, product) pairs; virtual places only when `careful`."""
        look(self.tx, self.about(pairs, careful))

    def about(self, pairs: Iterable[tuple[int, int]], careful: bool = False, since: int | None = None) -> Look[None]:
        """Load as `read` does; with `since`, also what posted counts assert of these places from then on (see `_counter_late_moves`)."""
        wanted = sorted({p for p in pairs if p not in self._on_hand and (careful or p[0] not in self._virtual_ids)})
        if not wanted:
            return
        for pair in wanted:
            self._on_hand[pair] = {}
        sqlite, postgres = _BALANCES
        locations, products = [p[0] for p in wanted], [p[1] for p in wanted]
        params: list[Any] = [wire.text(wanted)] if is_sqlite(self.tx) else [_array(locations), _array(products)]
        if since is not None:
            sqlite, postgres = f"{sqlite} UNION ALL {_ASSERTIONS[0]}", f"{postgres} UNION ALL {_ASSERTIONS[1]}"
            real = sorted(set(locations) - self._virtual_ids)
            params += [self.site_id, since, wire.text(real) if is_sqlite(self.tx) else _array(real)]
            self._asserted_since = dict.fromkeys(real, since)
        for row in (yield Query(8, sqlite, postgres, params)):
            location, product, lot, serial, quantity, at = row[:6]
            if at is None:
                self._on_hand[location, product][lot, serial] = quantity
            else:
                self._asserted.setdefault((location, product), []).append(row)

    def on_hand(self, location_id: int, product_id: int) -> dict[tuple[str, str], int]:
        """Return quantity by (lot, serial) of a pair that was read, drafts included."""
        return self._on_hand.get((location_id, product_id), {})

    def add(self, draft: Draft) -> bool:
        """Draft a move; return whether it leaves its source below zero. Raises TooFar and drafts nothing when a balance can't hold it."""
        _, _, product, lot, serial, quantity, source, target, *_ = draft
        from_rows, to_rows = self._on_hand.get((source, product)), self._on_hand.get((target, product))
        left = right = 0
        if from_rows is not None:
            left = from_rows.get((lot, serial), 0) - quantity
        if to_rows is not None:
            right = to_rows.get((lot, serial), 0) + quantity
        if left < -FARTHEST or right > FARTHEST:
            raise TooFar
        if from_rows is not None:
            from_rows[lot, serial] = left
        if to_rows is not None:
            to_rows[lot, serial] = right
        delta = self._delta
        key = (source, product, lot, serial)
        delta[key] = delta.get(key, 0) - quantity
        key = (target, product, lot, serial)
        delta[key] = delta.get(key, 0) + quantity
        self.drafts.append(draft)
        self.journals.append(self.numbers.next())
        return left < 0 and source not in self._virtual_ids

    def store(self) -> None:
        """Write moves and balances, open and close exceptions."""
        if not self.drafts:
            return
        late = self._counter_late_moves()
        site, at = self.site_id, self.recorded_at
        insert_many(
            self.tx,
            "moves",
            _MOVE_COLUMNS,
            [
                (site, number, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], at, d[10], d[11], d[12], d[13])
                for number, d in zip(self.journals, self.drafts, strict=True)
            ],
        )
        deltas = [(*key, delta) for key, delta in sorted(self._delta.items()) if delta]
        _add_to_balances(self.tx, deltas)
        self._raise_exceptions(deltas, late)
        self.drafts, self.journals, self._delta, self._asserted_since = [], [], {}, {}

    def _counter_late_moves(self) -> list[tuple[int, dict[str, Any]]]:
        """Draft the exact counter-move of each move that happened before a posted count of its key; return what to show of them.

        Each item: index of the late draft, detail. A move so close to the count that clocks can't order them is only shown.
        """
        candidates = [d for d in self.drafts if d.kind != "late_after_count"]
        places = {p for d in candidates for p in (d.source_id, d.target_id)} - self._virtual_ids
        if not places:
            return []
        since = min(d.occurred_at for d in candidates) - max(d.uncertainty_ms for d in candidates)
        if any(since < self._asserted_since.get(place, since + 1) for place in places):
            self._asserted = {}
            params = (self.site_id, since, wire.text(sorted(places)) if is_sqlite(self.tx) else _array(sorted(places)))
            for row in fetch(self.tx, *_ASSERTIONS, params):
                self._asserted.setdefault((row[0], row[1]), []).append(row)
        asserted = self._asserted
        if not asserted:
            return []
        shown: list[tuple[int, dict[str, Any]]] = []
        variance = self.virtual["VARIANCE"]
        for index, d in enumerate(list(self.drafts)):
            if d.kind == "late_after_count":
                continue
            for place, sign in ((d.source_id, -1), (d.target_id, 1)):
                near: int | None = None
                for _, _, lot, _, _, at, until, line in sorted(asserted.get((place, d.product_id), ()), key=lambda row: int(row[5])):
                    if line == d.line_id or (lot is not None and lot != d.lot):
                        continue
                    if d.occurred_at < at:
                        source, target = (variance, place) if sign < 0 else (place, variance)
                        counter = Draft(
                            "late_after_count", d.scan_id, d.product_id, d.lot, d.serial, d.quantity, source, target, at, d.uncertainty_ms,
                            "late_after_count", None, line, d.person_id,
                        )  # fmt: skip
                        shown.append((index, {"location": place, "line": line, "countered": len(self.drafts)}))
                        self.read([(place, d.product_id)])
                        self.add(counter)
                        near = None  # a later count has seen it, however close it was to an earlier one
                        break
                    if near is None and d.occurred_at - d.uncertainty_ms <= until and d.kind != "adjustment" and d.reverses is None:
                        near = line
                if near is not None:
                    shown.append((index, {"location": place, "line": near, "countered": None}))
        return shown

    def _raise_exceptions(self, deltas: Sequence[Any], late: list[tuple[int, dict[str, Any]]]) -> None:
        opened: list[tuple[Any, ...]] = []
        closed: list[Key] = []
        for location, product, lot, serial, delta in deltas:
            if location in self._virtual_ids:
                continue
            rows = self._on_hand.get((location, product))
            assert rows is not None, "a real place was posted to without being read"
            after = rows.get((lot, serial), 0)
            if after < 0 <= after - delta:
                opened.append(("negative_balance", location, product, lot, serial, "", {}))
            elif after >= 0 > after - delta:
                closed.append((location, product, lot, serial))
        for index, detail in late:
            d = self.drafts[index]
            counter = detail["countered"]
            shown = {"line": detail["line"], "move": self.journals[index], "countered": None if counter is None else self.journals[counter]}
            opened.append(("late_after_count", detail["location"], d.product_id, d.lot, d.serial, f"{self.journals[index]}", shown))
        opened += self._serials_in_two_places(deltas)
        self._open(opened)
        self._close(closed)

    def _serials_in_two_places(self, deltas: Sequence[Any]) -> list[tuple[Any, ...]]:
        arrived = [(p, s, loc, lot) for loc, p, lot, s, delta in deltas if s and delta > 0 and loc not in self._virtual_ids]
        if not arrived:
            return []
        found: list[tuple[Any, ...]] = []
        products, serials = sorted({a[0] for a in arrived}), sorted({a[1] for a in arrived})
        sql = (
            "SELECT b.product_id, b.serial, b.location_id FROM balances b JOIN locations l ON l.id = b.location_id "
            "WHERE b.product_id {0} AND b.serial {1} AND b.serial <> '' AND b.quantity > 0 AND l.kind <> 'virtual'"
        )
        listed = "IN (SELECT value FROM json_each(?))"
        values = (wire.text(products), wire.text(serials)) if is_sqlite(self.tx) else (products, serials)
        rows = fetch(self.tx, sql.format(listed, listed), sql.format("= ANY(%s::bigint[])", "= ANY(%s::text[])"), values)
        places: dict[tuple[int, str], set[int]] = {}
        for product, serial, location in rows:
            if (location, product) not in self._on_hand:
                places.setdefault((product, serial), set()).add(location)
        for (location, product), here in self._on_hand.items():  # what is drafted may not be stored yet
            for (_, serial), quantity in here.items():
                if serial and quantity > 0 and location not in self._virtual_ids:
                    places.setdefault((product, serial), set()).add(location)
        piece = {(d.product_id, d.serial): d.quantity for d in self.drafts if d.serial}
        for product, serial, location, lot in arrived:
            others = places.get((product, serial), set()) - {location}
            if self._on_hand[location, product].get((lot, serial), 0) > piece[product, serial]:
                others.add(location)  # the same piece arrived where it already was
            if others:
                found.append(("serial_in_two_places", location, product, "", serial, "", {"also_at": sorted(others)}))
        return found

    def _open(self, opened: list[tuple[Any, ...]]) -> None:
        if not opened:
            return
        first = self.numbers.next(len(opened))
        rows = [(self.site_id, *row[:6], wire.text(row[6]), self.recorded_at, "", number) for number, row in enumerate(opened, first)]
        names = "site_id, kind, location_id, product_id, lot, serial, subject, detail, opened_at, note, journal"
        execute_many(self.tx, f"INSERT INTO exceptions ({names}) VALUES ({', '.join('?' * 11)}) ON CONFLICT DO NOTHING", rows)

    def _close(self, closed: list[Key]) -> None:
        if not closed:
            return
        first = self.numbers.next(len(closed))
        rows = [(self.recorded_at, number, *key) for number, key in enumerate(closed, first)]
        execute_many(
            self.tx,
            "UPDATE exceptions SET closed_at = ?, journal = ? WHERE kind = 'negative_balance' AND location_id = ? "
            "AND product_id = ? AND lot = ? AND serial = ? AND closed_at IS NULL",
            rows,
        )


_BALANCES = (
    "SELECT b.location_id, b.product_id, b.lot, b.serial, b.quantity, NULL, NULL, NULL FROM json_each(?) p "
    "JOIN balances b ON b.location_id = p.value ->> 0 AND b.product_id = p.value ->> 1",
    "SELECT b.location_id, b.product_id, b.lot, b.serial, b.quantity, NULL::bigint, NULL::bigint, NULL::bigint "
    "FROM unnest(%s::bigint[], %s::bigint[]) p (location, product) "
    "JOIN balances b ON b.location_id = p.location AND b.product_id = p.product",
)
_STANDS = "AND NOT EXISTS (SELECT 1 FROM line_reversals r WHERE r.line_id = assertions.line_id)"
_ASSERTIONS = (
    "SELECT location_id, product_id, lot, NULL, NULL, at, until, line_id FROM assertions WHERE site_id = ? AND until >= ? "
    f"{_STANDS} "
    "AND location_id IN (SELECT value FROM json_each(?))",
    "SELECT location_id, product_id, lot, NULL, NULL, at, until, line_id FROM assertions WHERE site_id = %s AND until >= %s "
    f"{_STANDS} "
    "AND location_id = ANY(%s::bigint[])",
)


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


_MOVE_COLUMNS = (
    "site_id", "journal", "kind", "scan_id", "product_id", "lot", "serial", "quantity", "source_id", "target_id", "occurred_at",
    "uncertainty_ms", "recorded_at", "reason_code", "reverses", "line_id", "person_id",
)  # fmt: skip


def post(tx: Connection, site_id: int, drafts: Sequence[Draft], recorded_at: int) -> Posted:
    """Post moves in one go; the caller holds the journal lock of the site. Raises TooFar when a balance can't hold one."""
    numbers = Numbers(tx, site_id)
    book = Book(numbers, recorded_at)
    book.read({(place, d.product_id) for d in drafts for place in (d.source_id, d.target_id)}, careful=True)
    short = [book.add(d) for d in drafts]
    journals = list(book.journals)
    book.store()
    numbers.store()
    return Posted(journals, short)


def reversals(tx: Connection, site_id: int, scan_ids: Iterable[str]) -> Look[dict[str, list[Draft]]]:
    """Return, by scan, the drafts that reverse its moves, as of the same moment; moves already reversed are left out."""
    ids = sorted(set(scan_ids))
    if not ids:
        return {}
    rows = yield Query(
        10,
        "SELECT m.scan_id, m.journal, m.product_id, m.lot, m.serial, m.quantity, m.source_id, m.target_id, m.occurred_at, m.uncertainty_ms "
        "FROM json_each(?) s JOIN moves m ON m.scan_id = s.value WHERE m.site_id = ? AND m.kind IN ('scan', 'resolution') "
        "AND NOT EXISTS (SELECT 1 FROM moves r WHERE r.site_id = m.site_id AND r.reverses = m.journal) ORDER BY m.journal",
        "SELECT m.scan_id::text, m.journal, m.product_id, m.lot, m.serial, m.quantity, m.source_id, m.target_id, m.occurred_at, "
        "m.uncertainty_ms FROM moves m WHERE m.scan_id = ANY(%s::uuid[]) AND m.site_id = %s AND m.kind IN ('scan', 'resolution') "
        "AND NOT EXISTS (SELECT 1 FROM moves r WHERE r.site_id = m.site_id AND r.reverses = m.journal) ORDER BY m.journal",
        (wire.text(ids) if is_sqlite(tx) else ids, site_id),
    )
    found: dict[str, list[Draft]] = {}
    for scan, number, product, lot, serial, quantity, source, target, at, uncertainty in rows:
        draft = Draft("reversal", scan, product, lot, serial, quantity, target, source, at, uncertainty, None, number)
        found.setdefault(scan, []).append(draft)
    return found


def assert_counted(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Remember posted count lines (columns of Assertion), so that moves which happened before and arrive later are countered."""
    if rows:
        tx.execute(insert(Assertion), list(rows))


def reverse_lines(tx: Connection, rows: Sequence[dict[str, Any]], at: int) -> int:
    """Reverse all that lines of posted counts (columns of LineReversal) moved, each move as of its own moment; return how many moves.

    That is their adjustments, and the counter-moves of late moves, which were only right if the count was. The lines assert nothing more.
    """
    tx.execute(insert(LineReversal), list(rows))
    ids = [row["line_id"] for row in rows]
    lists = _OF_LINES.format("IN (SELECT value FROM json_each(?))"), _OF_LINES.format("= ANY(%s)")
    moves = fetch(tx, *lists, (wire.text(ids) if is_sqlite(tx) else ids,))
    drafts = [
        Draft("reversal", None, product, lot, serial, quantity, target, source, when, unsure, why, number, line, rows[0]["person_id"])
        for number, product, lot, serial, quantity, source, target, when, unsure, why, line in moves
    ]
    if drafts:
        post(tx, rows[0]["site_id"], drafts, at)
    return len(drafts)


_OF_LINES = (
    "SELECT m.journal, m.product_id, m.lot, m.serial, m.quantity, m.source_id, m.target_id, m.occurred_at, m.uncertainty_ms, "
    "m.reason_code, m.line_id FROM moves m WHERE m.line_id {} AND m.kind IN ('adjustment', 'late_after_count') "
    "AND NOT EXISTS (SELECT 1 FROM moves r WHERE r.site_id = m.site_id AND r.reverses = m.journal) ORDER BY m.journal"
)


def virtual_locations(tx: Connection, site_id: int) -> dict[str, int]:
    """Return code -> id of a site's virtual locations (they never change)."""
    known: dict[int, dict[str, int]] = current_app.extensions.setdefault("virtual_locations", {})
    if site_id not in known:
        rows = tx.execute(text("SELECT code, id FROM locations WHERE site_id = :site AND kind = 'virtual'"), {"site": site_id})
        known[site_id] = {code: number for code, number in rows}
    return known[site_id]


def _add_to_balances(tx: Connection, deltas: list[tuple[Any, ...]]) -> None:
    """Change balances by deltas, in key order, in one statement."""
    if not deltas:
        return
    insert_many(
        tx, "balances", ("location_id", "product_id", "lot", "serial", "quantity"), deltas,
        "ON CONFLICT (location_id, product_id, lot, serial) DO UPDATE SET quantity = balances.quantity + excluded.quantity",
    )  # fmt: skip
