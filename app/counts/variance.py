"""What a count found against what the book says of the same moment, for one location. Pure.

All quantities are scaled integers of their product. The book is what the balances say now; the moves are those that may have
happened during or after the counting, so that what the book said then is the book now without them (DESIGN.md section 5).
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

LEVEL = None
"""The lot of a line at product level: over all lots."""

MOST_CENTS = 9 * 10**18
"""The largest value the database holds; what is worth more has no value."""

Grain = tuple[str, str]
"""Lot and serial."""


class Mark(NamedTuple):
    """When something happened, as far as we know: `at` give or take `uncertainty`, and never after the server had `heard` of it."""

    at: int
    uncertainty: int
    heard: int
    stream: str | None = None
    seq: int | None = None

    @property
    def earliest(self) -> int:
        """Return the earliest moment it can have been."""
        return self.at - self.uncertainty

    @property
    def latest(self) -> int:
        """Return the latest moment it can have been."""
        return min(self.at + self.uncertainty, self.heard)


class Scan(NamedTuple):
    """A live count scan."""

    mark: Mark
    product: int
    lot: str
    serial: str
    quantity: int
    operator: str | None
    known: bool
    """The operator is a person we know."""


class Move(NamedTuple):
    """What a move changed at the location."""

    journal: int
    mark: Mark
    product: int
    lot: str
    serial: str
    change: int


class Pass(NamedTuple):
    """One sheet of the location. `covers` is None for all of it, else the (product, lot or None) that a recount covers."""

    sequence: int
    covers: frozenset[tuple[int, str | None]] | None
    complete: bool
    closing: Mark
    scans: Sequence[Scan]
    """Its live scans."""
    known: bool = True
    """Somebody we know counted on it."""
    who: frozenset[str] = frozenset()
    """The badges of those who counted on it; none where somebody else closed it and nobody had scanned."""

    def independent_of(self, other: "Pass") -> bool:
        """Tell whether somebody counted on each, and nobody on both: only then do equal results say anything."""
        return bool(self.who and other.who and not self.who & other.who)


class Found(NamedTuple):
    """A line: what was found of a product and lot. `product` None: nothing was found where nothing was expected."""

    product: int | None
    lot: str | None
    expected: int
    counted: int | None
    moves: tuple[Move, ...] = ()
    """What moved while it was counted; expected is then as of the last scan."""
    grains: Mapping[Grain, int] = {}
    """Counted minus expected by lot and serial, as far as known; empty at product level unless nothing is left."""
    at: int | None = None
    """The moment the count speaks of."""
    until: int | None = None
    """The latest moment at which it may have been counted."""
    uncertainty: int = 0
    sequence: int | None = None
    """The pass that was accepted."""
    known: bool = True
    book: Mapping[Grain, int] = {}
    """At product level: what is expected by lot and serial."""
    counters: tuple[str, ...] = ()
    """Who counted it, where more than one did on the same sheet: what they counted adds up, which may be twice the same."""
    agreed: bool | None = None
    """Of a count in which two people count everything: whether somebody else came to the same difference."""

    @property
    def variance(self) -> int | None:
        """Return counted minus expected; None where nothing was counted."""
        return None if self.counted is None else self.counted - self.expected


class Tolerance(NamedTuple):
    """Limits of a variance that needs no person, in millionths; None is no limit, and no limit at all leaves only equal."""

    quantity: int | None = None
    percent: int | None = None
    value: int | None = None

    @property
    def given(self) -> bool:
        """Tell whether there is any limit."""
        return self != (None, None, None)


class Window:
    """The marks of a line's scans, as narrow as each stream's own numbers and the clocks allow."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._bounds: dict[str | None, tuple[int, int, int, int]] = {}
        self.at = self.until = self.latest = self.uncertainty = 0
        for mark in marks:
            self._add(mark)

    def _add(self, mark: Mark) -> None:
        if not self._bounds or mark.at < self.at:
            self.at, self.uncertainty = mark.at, mark.uncertainty
        self.until = max(self.until, mark.at)
        self.latest = max(self.latest, mark.at + mark.uncertainty)
        key, seq = (None, 0) if mark.stream is None or mark.seq is None else (mark.stream, mark.seq)
        low, high, earliest, latest = self._bounds.get(key, (seq, seq, mark.earliest, mark.latest))
        self._bounds[key] = min(low, seq), max(high, seq), min(earliest, mark.earliest), max(latest, mark.latest)

    def place(self, mark: Mark) -> int:
        """Return -1 for what happened before all of the scans, 1 for after all, 0 for between them or too close to tell."""
        found: int | None = None
        for stream, (low, high, earliest, latest) in self._bounds.items():
            if stream is not None and stream == mark.stream and mark.seq is not None:
                side = -1 if mark.seq < low else 1 if mark.seq > high else 0
            else:
                side = -1 if mark.latest < earliest else 1 if mark.earliest > latest else 0
            if side == 0 or (found is not None and side != found):
                return 0
            found = side
        return found or 0


def is_late(scan: Mark, closing: Mark) -> bool:
    """Tell whether a scan was made after its sheet was finished."""
    if scan.stream is not None and scan.stream == closing.stream and scan.seq is not None and closing.seq is not None:
        return scan.seq > closing.seq
    return scan.at - scan.uncertainty > closing.at + closing.uncertainty


def reconcile(
    passes: Sequence[Pass],
    book: Mapping[tuple[int, str, str], int],
    moves: Sequence[Move],
    by_lot: Container[int],
    by_serial: Container[int] = (),
    twice: bool = False,
) -> list[Found]:
    """Compare the closed passes of one location with its book.

    `book` maps (product, lot, serial) to the quantity now; `by_lot` and `by_serial` hold the products that are tracked so; `twice`: two
    people count everything, and what one of them found and the other did not is a line too.
    """
    if not passes:
        return [Found(p, lot, quantity, None) for (p, lot), quantity in sorted(_by_lot(book).items()) if quantity] or [
            Found(None, None, 0, None)
        ]
    room = _Room(passes, book, moves, by_lot, by_serial, twice)
    found = [line for product in sorted(room.products) for line in room.lines(product)]
    if found:
        return found
    last = room.passes[-1]
    window = Window([scan.mark for scan in last.scans] + [last.closing])
    counted = 0 if last.complete else None
    agreed = any(one.complete and last.complete and one.independent_of(last) for one in room.passes[:-1]) if twice else None
    return [Found(None, None, 0, counted, at=window.at, until=window.latest, sequence=last.sequence, known=last.known, agreed=agreed)]


def stray(one: Pass) -> list[Scan]:
    """Return the scans of a recount that are of nothing it covers; they change nothing."""
    if one.covers is None:
        return []
    return [scan for scan in one.scans if not _on(one, scan)]


class _Room:
    """One location while it is compared."""

    def __init__(
        self,
        passes: Sequence[Pass],
        book: Mapping[tuple[int, str, str], int],
        moves: Sequence[Move],
        by_lot: Container[int],
        by_serial: Container[int],
        twice: bool,
    ) -> None:
        self.twice = twice
        self.passes = sorted(passes, key=lambda one: one.sequence)
        self.by_lot, self.by_serial = by_lot, by_serial
        self.book: dict[int, dict[Grain, int]] = {}
        self.moves: dict[int, list[Move]] = {}
        self.scans: dict[tuple[int, int], list[Scan]] = {}
        for (product, lot, serial), quantity in book.items():
            self.book.setdefault(product, {})[lot, serial] = quantity
        for move in moves:
            self.moves.setdefault(move.product, []).append(move)
        for one in self.passes:
            for scan in one.scans:
                self.scans.setdefault((one.sequence, scan.product), []).append(scan)
        self.products = {*self.book, *self.moves, *(product for _, product in self.scans)}
        self._whole: dict[int, Window] = {}

    def lines(self, product: int) -> list[Found]:
        """Return the lines of a product."""
        bases = [one for one in self.passes if one.covers is None or (product, LEVEL) in one.covers]
        if not bases:
            return []
        if self.twice:  # a sheet that nobody counted on takes nothing away from the other one
            bases = [one for one in bases if one.who and (one.complete or self.scans.get((one.sequence, product)))] or bases
        base = bases[-1]
        scans = self.scans.get((base.sequence, product), [])
        book, moves = self.book.get(product, {}), self.moves.get(product, [])
        untold = (product in self.by_lot and any(not scan.lot for scan in scans)) or (
            product in self.by_serial and any(not scan.serial and scan.quantity for scan in scans)
        )
        if untold:
            line = self._line(product, LEVEL, base, scans, book, moves)
            return [self._agreed(line, base, moves)] if line else []
        later = [one for one in self.passes if one.sequence > base.sequence and any(p == product for p, _ in one.covers or ())]
        lots = {lot for lot, _ in book} | {move.lot for move in moves} | {scan.lot for scan in scans}
        lots |= {lot for one in later for p, lot in one.covers or () if p == product and lot is not None}
        if self.twice:
            lots |= {scan.lot for one in self.passes for scan in self.scans.get((one.sequence, product), ())}
        found = []
        for lot in sorted(lots):
            one = next((one for one in reversed(later) if (product, lot) in (one.covers or ())), base)
            on_it = scans if one is base else [s for s in self.scans.get((one.sequence, product), []) if _on(one, s)]
            only = one is not base and len(_lots_of(one, product)) == 1
            mine = [scan for scan in on_it if only or scan.lot == lot]
            here = [m for m in moves if m.lot == lot]
            line = self._line(product, lot, one, mine, _of_lot(book, lot), here)
            if line:
                found.append(self._agreed(line, one, here))
        return found

    def _agreed(self, line: Found, one: Pass, moves: Sequence[Move]) -> Found:
        """Say of a line whether somebody else came to the same difference, each as of their own moment."""
        if not self.twice or line.product is None or line.counted is None:
            return line
        book = self.book.get(line.product, {})
        for other in self.passes:
            covers = other.covers is None or {(line.product, LEVEL), (line.product, line.lot)} & other.covers
            if other.sequence == one.sequence or not covers or not other.independent_of(one):
                continue
            scans = [s for s in self.scans.get((other.sequence, line.product), []) if line.lot is LEVEL or s.lot == line.lot]
            again = self._line(line.product, line.lot, other, scans, book if line.lot is LEVEL else _of_lot(book, line.lot), moves)
            if again and not again.moves and (again.variance, again.grains) == (line.variance, line.grains):
                return line._replace(agreed=True)
        return line._replace(agreed=False)

    def _line(
        self, product: int, lot: str | None, one: Pass, scans: Sequence[Scan], book: Mapping[Grain, int], moves: Sequence[Move]
    ) -> Found | None:
        window = Window(scan.mark for scan in scans) if scans else self._window(one)
        expected = dict(book)
        inside: list[Move] = []
        for move in moves:
            side = window.place(move.mark)
            if side > 0:
                grain = (move.lot, move.serial)
                expected[grain] = expected.get(grain, 0) - move.change
            elif side == 0:
                inside.append(move)
        total = sum(expected.values())
        if not scans and not inside and not any(expected.values()) and not self._was_seen(product, lot):
            return None
        counted: dict[Grain, int] = {}
        seen: set[str] = set()
        for scan in scans:
            if scan.serial and scan.serial in seen:
                continue
            seen.add(scan.serial)
            grain = (scan.lot if lot is LEVEL else lot, scan.serial)
            counted[grain] = counted.get(grain, 0) + scan.quantity
        if not scans and not one.complete:
            return Found(product, lot, total, None, at=window.at, until=window.latest, sequence=one.sequence, known=one.known)
        return Found(
            product, lot, total, sum(counted.values()), tuple(inside), _grains(lot, expected, counted),
            window.until if inside else window.at, window.latest, window.uncertainty, one.sequence,
            any(scan.known for scan in scans) if scans else one.known,
            {grain: quantity for grain, quantity in sorted(expected.items()) if quantity} if lot is LEVEL else {}, _shared(scans),
        )  # fmt: skip

    def _was_seen(self, product: int, lot: str | None) -> bool:
        """Tell whether the other of two who count everything found what neither this one nor the book has."""
        return self.twice and any(scan.lot == lot for one in self.passes for scan in self.scans.get((one.sequence, product), ()))

    def _window(self, one: Pass) -> Window:
        """Return the window of what was not seen: the whole sheet."""
        if one.sequence not in self._whole:
            self._whole[one.sequence] = Window([scan.mark for scan in one.scans] + [one.closing])
        return self._whole[one.sequence]


def _shared(scans: Sequence[Scan]) -> tuple[str, ...]:
    """Return who counted a line, in the order of their first scans, where several did and it adds up: not 0, and not a serial."""
    adding = (scan for scan in sorted(scans, key=lambda scan: scan.mark.at) if scan.quantity and not scan.serial)
    who = tuple(dict.fromkeys(scan.operator or "" for scan in adding))
    return who if len(who) > 1 else ()


def _grains(lot: str | None, expected: Mapping[Grain, int], counted: Mapping[Grain, int]) -> dict[Grain, int]:
    """Return the differences by lot and serial, where the scans tell them."""
    total = sum(counted.values())
    if lot is LEVEL and total:
        return {}
    if total and any(not serial for _, serial in counted):
        variance = total - sum(expected.values())
        return {(lot or "", ""): variance} if variance else {}
    grains = {grain: counted.get(grain, 0) - expected.get(grain, 0) for grain in {*expected, *counted}}
    return {grain: quantity for grain, quantity in sorted(grains.items()) if quantity}


def _of_lot(book: Mapping[Grain, int], lot: str | None) -> dict[Grain, int]:
    return {grain: quantity for grain, quantity in book.items() if grain[0] == lot}


def _by_lot(book: Mapping[tuple[int, str, str], int]) -> dict[tuple[int, str], int]:
    sums: dict[tuple[int, str], int] = {}
    for (product, lot, _), quantity in book.items():
        sums[product, lot] = sums.get((product, lot), 0) + quantity
    return sums


def _lots_of(one: Pass, product: int) -> set[str | None]:
    return {lot for p, lot in one.covers or () if p == product}


def _on(one: Pass, scan: Scan) -> bool:
    """Tell whether a recount covers a scan; without a lot, it is of the only lot of that product that was asked for."""
    lots = _lots_of(one, scan.product)
    return None in lots or scan.lot in lots or (not scan.lot and len(lots) == 1)


def money(quantity: int, decimals: int, cost: int | None) -> int | None:
    """Return cents of a scaled quantity at a unit cost in millionths, rounded half-even; None without a cost or beyond MOST_CENTS."""
    if cost is None:
        return None
    unit: int = 10 ** (decimals + 4)
    whole, rest = divmod(quantity * cost, unit)
    cents = whole + (rest * 2 > unit or (rest * 2 == unit and whole % 2 == 1))
    return cents if abs(cents) <= MOST_CENTS else None


def state(found: Found, decimals: int, cost: int | None, tolerance: Tolerance) -> str:
    """Return what a line came to: not_counted equal within outside moved empty unexpected."""
    variance = found.variance
    if variance is None:
        return "not_counted"
    if found.product is None:
        return "empty"
    if found.moves:
        return "moved"
    return compared(found, decimals, cost, tolerance)


def compared(found: Found, decimals: int, cost: int | None, tolerance: Tolerance) -> str:
    """Return how a counted line compares with its expectation, whatever moved: equal within outside unexpected."""
    variance = found.variance or 0
    if variance == 0:
        return "outside" if any(found.grains.values()) else "equal"
    if found.expected == 0:
        return "unexpected"
    return "within" if _is_within(abs(variance), found.expected, decimals, money(variance, decimals, cost), tolerance) else "outside"


def _is_within(size: int, expected: int, decimals: int, cents: int | None, tolerance: Tolerance) -> bool:
    """Tell whether a variance is within every limit that is given; a book of 0 or less never is."""
    if not tolerance.given or expected <= 0:
        return False
    if tolerance.quantity is not None and size * 10 ** (6 - decimals) > tolerance.quantity:
        return False
    if tolerance.percent is not None and size * 100 * 10**6 > tolerance.percent * expected:
        return False
    return tolerance.value is None or (cents is not None and abs(cents) * 10**4 <= tolerance.value)


def automatic(found: Found, state: str, compared: str, policy: str) -> str | None:
    """Return the decision that stands unless a person takes another; None where a person must."""
    if not found.known or found.counters:
        return None
    if found.agreed is False:
        return "recount" if state == "moved" and policy == "recount" else None
    if found.agreed and state == "outside" and found.expected > 0:
        return "accept"
    if state in ("equal", "within", "empty"):
        return "accept"
    if state == "moved" and policy == "recount":
        return "recount"
    if state == "moved" and policy == "as_of" and compared in ("equal", "within"):
        return "accept"
    return None
