"""What is true: a pure model of scans, streams, stock and counts, written from the contract and not from the code. No database, no clock.

All that happens has a moment of its own (`t`, far enough apart for any clock's uncertainty). Stock at a place is what the last posted
count found there, and what effectively moved since; so late moves need no special case here, and any wrong counter-move shows.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

PRODUCTS = {"PEN": (0, "none"), "INK": (0, "none"), "ROPE": (2, "none"), "MILK": (0, "lot")}
CODES = {
    "PEN-BOX": ("PEN", 12),
    "9521234000013": ("PEN", 1),
    "INK-1": ("INK", 1),
    "ROPE-REEL": ("ROPE", 2550),
    "MILK-1": ("MILK", 1),
    "ROPE": ("ROPE", 100),
}
REAL = ("A-01", "A-02", "B-01")
OUTER = {"receive": "SUPPLIER", "return": "CUSTOMER", "pick": "CUSTOMER", "scrap": "SCRAP"}
Key = tuple[str, str, str]
"""Place, SKU, lot."""


@dataclass
class Move:
    """What a scan moved."""

    scan: str
    t: int
    sku: str
    lot: str
    quantity: int
    source: str
    target: str
    undone: bool = False


@dataclass
class Stream:
    """What was held of a stream."""

    device: str
    ids: set[str] = field(default_factory=set)
    numbers: dict[int, str] = field(default_factory=dict)
    made: int = 0
    forked: bool = False
    heard: int = -1
    """The last batch of it."""

    def hold(self, number: str, seq: int | None, device: str) -> None:
        self.forked |= device != self.device
        if number in self.ids:
            return
        self.ids.add(number)
        if seq is not None:
            self.forked |= seq in self.numbers
            self.numbers.setdefault(seq, number)

    def is_proven(self) -> bool:
        """Tell whether its numbers tell all: each was used once, and it said how many there are."""
        return not self.forked and self.made > 0 and self.made >= max(self.numbers, default=0)

    def is_whole(self, since: int) -> bool:
        """Tell whether it said in that batch or a later one how many there are, and all of them are here."""
        return not self.forked and self.heard >= since and self.made == max(self.numbers, default=0) == len(self.numbers)

    def proof(self) -> dict[str, Any]:
        xor = 0
        for number in self.ids:
            xor ^= int(number.replace("-", ""), 16)
        highest = max([self.made, *self.numbers])
        through = 0
        while through + 1 in self.numbers:
            through += 1
        missing = highest - len(self.numbers)
        return {"held": len(self.ids), "through": through, "missing_total": missing, "xor": f"{xor:032x}", "forked": self.forked}


@dataclass
class Stored:
    """A scan that was recorded."""

    said: dict[str, Any]
    t: int
    stream: str
    device: str
    outcome: str
    reason: str | None
    voided: bool = False


@dataclass
class Sheet:
    """One pass over one place."""

    code: str
    count: str
    place: str
    sequence: int
    open: bool = True
    complete: bool = True
    closed: int = 0
    scans: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """All scans for it, understood or not."""
    finisher: str | None = None
    ended: int = -1
    """The batch in which it was finished."""


@dataclass
class Count:
    """A planned count."""

    code: str
    final: str | None = None
    sheets: list[Sheet] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    counters: dict[tuple[str, str], str] = field(default_factory=dict)
    """(place, operator) -> the sheet they counted."""


@dataclass(frozen=True)
class Line:
    """A line of a reconciliation."""

    place: str
    sku: str | None
    lot: str
    expected: int
    counted: int | None
    state: str
    at: int


@dataclass
class Truth:
    """The truth so far."""

    scans: dict[str, Stored] = field(default_factory=dict)
    pending: dict[str, list[Stored]] = field(default_factory=dict)
    """Voids of scans that haven't come."""
    moves: list[Move] = field(default_factory=list)
    streams: dict[str, Stream] = field(default_factory=dict)
    batch: int = 0
    """How many batches have come."""
    conflicts: set[tuple[str, str]] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    counts: dict[str, Count] = field(default_factory=dict)
    found: dict[Key, tuple[int, int]] = field(default_factory=dict)
    """Key -> (moment, quantity) of the last posted count."""

    def sheet(self, code: str) -> Sheet | None:
        return next((s for c in self.counts.values() for s in c.sheets if s.code == code), None)

    def balance(self, key: Key, until: int | None = None) -> int:
        """Return what is at a place as of a moment: what was found there last, and what moved since."""
        place, sku, lot = key
        since, total = self.found.get(key, (-1, 0))
        for move in self.moves:
            if move.undone or (move.sku, move.lot) != (sku, lot) or move.t < since or (until is not None and move.t >= until):
                continue
            total += move.quantity * ((move.target == place) - (move.source == place))
        return total

    def balances(self) -> dict[Key, int]:
        """Return all balances that aren't 0; VARIANCE is what makes each product's sum 0."""
        keys = {(place, m.sku, m.lot) for m in self.moves for place in (m.source, m.target)} | self.found.keys()
        known = {key: self.balance(key) for key in keys}
        sums: Counter[tuple[str, str]] = Counter()
        for (_, sku, lot), quantity in known.items():
            sums[sku, lot] += quantity
        known |= {("VARIANCE", sku, lot): -total for (sku, lot), total in sums.items()}
        return {key: quantity for key, quantity in known.items() if quantity}

    # --- what arrives

    def arrive(self, said: dict[str, Any], t: int, stream: str, device: str) -> tuple[str, str | None, str | None]:
        """Take in one scan; return the status, outcome and reason that its receipt must have."""
        number = said["id"]
        self.streams.setdefault(stream, Stream(device)).hold(number, said.get("seq"), device)
        known = self.scans.get(number)
        if known is not None:
            if known.said != said:
                self.conflicts.add((number, repr(sorted(said.items()))))
                return "conflict", None, None
            return ("duplicate", known.outcome, known.reason) if known.device == device else ("duplicate", None, None)
        entry = self.scans[number] = Stored(said, t, stream, device, "noted", None)
        self._act(entry)
        return "recorded", entry.outcome, entry.reason

    def spoil(self, number: str, seq: int, stream: str, device: str, raw: str) -> None:
        """Take in an item that is no scan."""
        self.streams.setdefault(stream, Stream(device)).hold(number, seq, device)
        self.malformed.add(raw)

    def hear(self, stream: str, made: int) -> None:
        """End a batch, which said how many scans its stream has made."""
        heard = self.streams[stream]
        heard.made, heard.heard = max(heard.made, made), self.batch
        self.batch += 1

    def _act(self, entry: Stored) -> None:
        said = entry.said
        if said["task"] == "void":
            self._void(entry)
            return
        entry.reason = self._objection(said)
        if entry.reason is None:
            waiting = self.pending.pop(said["id"], [])
            if any(self._may_void(void, entry) for void in waiting):
                entry.reason, entry.voided = "voided", True
        if said["task"] in ("count", "finish"):
            refused = self._on_sheet(entry)
            if entry.reason in (None, "voided") and refused:
                entry.reason = refused
            if entry.reason not in (None, "voided"):
                entry.outcome = "refused"
            return
        if entry.reason == "voided":
            return
        if entry.reason is None:
            lot, entry.reason = self._lot(said)
            if entry.reason is None:
                self._move(entry, said["barcode"], lot)
                entry.outcome = "posted"
                return
        entry.outcome = "refused"

    def _objection(self, said: dict[str, Any]) -> str | None:
        task = said["task"]
        if task == "finish":
            return None
        if "location" in said and said["location"] not in REAL:
            return "unknown_location"
        if task == "move" and said["target"] == said["location"]:
            return "same_location"
        if said["barcode"] not in CODES:
            return "unknown_barcode"
        sku, pack = CODES[said["barcode"]]
        text = said.get("quantity", "1")
        whole, _, part = text.partition(".")
        decimals = PRODUCTS[sku][0]
        part = part.rstrip("0")
        if len(part) > decimals:
            return "quantity_precision"
        if int(whole + part.ljust(decimals, "0")) * pack % 10**decimals:
            return "quantity_precision"
        if int(whole + part) == 0 and task != "count":
            return "zero_quantity"
        return None

    def quantity(self, said: dict[str, Any]) -> int:
        sku, pack = CODES[said["barcode"]]
        whole, _, part = said.get("quantity", "1").partition(".")
        decimals = PRODUCTS[sku][0]
        return int(whole + part.rstrip("0").ljust(decimals, "0")) * pack // 10**decimals

    def _lot(self, said: dict[str, Any]) -> tuple[str, str | None]:
        sku = CODES[said["barcode"]][0]
        if PRODUCTS[sku][1] == "none":
            return "", None
        if said.get("lot"):
            return said["lot"], None
        here = [lot for lot in ("L1", "L2") if self.balance((said["location"], sku, lot)) > 0]
        return (here[0], None) if len(here) == 1 else ("", "lot_required")

    def _move(self, entry: Stored, barcode: str, lot: str) -> None:
        said, sku = entry.said | {"barcode": barcode}, CODES[barcode][0]
        outer = said["target"] if said["task"] == "move" else OUTER[said["task"]]
        source, target = (outer, said["location"]) if said["task"] in ("receive", "return") else (said["location"], outer)
        self.moves.append(Move(said["id"], entry.t, sku, lot, self.quantity(said), source, target))

    def resolve(self, number: str, barcode: str) -> None:
        """A supervisor says which product was meant."""
        entry = self.scans[number]
        self._move(entry, barcode, "")

    def _may_void(self, void: Stored, scan: Stored) -> bool:
        return void.stream == scan.stream or void.said["operator"] == scan.said["operator"]

    def _void(self, entry: Stored) -> None:
        target = self.scans.get(entry.said["voids"])
        if target is None:
            self.pending.setdefault(entry.said["voids"], []).append(entry)
            return
        if target.said["task"] == "void" or not self._may_void(entry, target):
            entry.outcome, entry.reason = "refused", "not_yours"
            return
        if target.voided:
            return
        target.voided = True
        for move in self.moves:
            if move.scan == entry.said["voids"]:
                move.undone = True
                entry.outcome = "posted"

    # --- counts

    def _on_sheet(self, entry: Stored) -> str | None:
        said = entry.said
        sheet = self.sheet(said["sheet"])
        if sheet is None:
            return "unknown_sheet"
        count, who = self.counts[sheet.count], said["operator"]
        if count.final is None:
            if count.counters.get((sheet.place, who), sheet.code) != sheet.code:
                return "not_yours"
            if entry.reason is None:
                count.people.add(who)
        sheet.sent.append(said["id"])
        if entry.reason is not None:
            return None
        if said["task"] == "count":
            if count.final is None:
                count.counters.setdefault((sheet.place, who), sheet.code)
                sheet.scans.append(said["id"])
        elif sheet.open and count.final is None:
            sheet.open, sheet.closed, sheet.complete = False, entry.t, said.get("complete", True)
            sheet.finisher, sheet.ended = entry.device, self.batch
            if sheet.complete:  # who says that all is counted has counted it
                count.counters.setdefault((sheet.place, who), sheet.code)
        return None

    def plan(self, code: str, places: list[str]) -> None:
        self.counts[code] = Count(code)
        self.again(code, places)

    def again(self, code: str, places: list[str]) -> None:
        count = self.counts[code]
        for place in sorted(places):
            sequence = 1 + sum(1 for s in count.sheets if s.place == place)
            count.sheets.append(Sheet(f"{code}-{len(count.sheets) + 1:03d}", code, place, sequence))

    def in_review(self, code: str) -> bool:
        count = self.counts[code]
        return count.final is None and all(not s.open for s in count.sheets)

    def is_unfinished(self, code: str) -> bool:
        """Tell whether a gun scanned for a sheet that another one finished, and hasn't said since that all it made is here."""
        sent = [(sheet, self.scans[number]) for sheet in self.counts[code].sheets for number in sheet.sent]
        return any(scan.device != sheet.finisher and not self.streams[scan.stream].is_whole(sheet.ended) for sheet, scan in sent)

    def lines(self, code: str) -> list[Line]:
        """Return what the reconciliation of a count in review must say."""
        count = self.counts[code]
        lines = []
        for place in sorted({s.place for s in count.sheets}):
            last = max((s for s in count.sheets if s.place == place), key=lambda s: s.sequence)
            lines += self._lines(place, last)
        return lines

    def _lines(self, place: str, sheet: Sheet) -> list[Line]:
        live = [self.scans[n] for n in sheet.scans if not self.scans[n].voided and self.scans[n].t < sheet.closed]
        whole = [s.t for s in live] + [sheet.closed]
        keys = {(m.sku, m.lot) for m in self.moves} | {self._what(s) for s in live} | {(sku, lot) for _, sku, lot in self.found}
        lines = []
        for sku, lot in sorted(keys):
            mine = [s for s in live if self._what(s) == (sku, lot)]
            first, last = (min(s.t for s in mine), max(s.t for s in mine)) if mine else (min(whole), max(whole))
            inside = [
                m for m in self.moves
                if not m.undone and (m.sku, m.lot) == (sku, lot) and place in (m.source, m.target) and first < m.t < last
            ]  # fmt: skip
            expected = self.balance((place, sku, lot), last if inside else first)
            if not mine and not inside and not expected:
                continue
            counted = sum(self.quantity(s.said) for s in mine) if mine or sheet.complete else None
            if counted is None:
                state = "not_counted"
            elif inside:
                state = "moved"
            elif counted == expected:
                state = "equal"
            else:
                state = "unexpected" if expected == 0 else "outside"
            lines.append(Line(place, sku, lot, expected, counted, state, last if inside else first))
        return lines or [Line(place, None, "", 0, 0 if sheet.complete else None, "empty" if sheet.complete else "not_counted", min(whole))]

    def _what(self, scan: Stored) -> tuple[str, str]:
        return CODES[scan.said["barcode"]][0], scan.said.get("lot", "")

    def post(self, code: str, dismissed: set[tuple[str, str | None, str]]) -> None:
        """Approve: what was found is the truth from then on, but for lines that were dismissed or not counted."""
        for line in self.lines(code):
            if line.sku is not None and line.counted is not None and (line.place, line.sku, line.lot) not in dismissed:
                self.found[line.place, line.sku, line.lot] = (line.at, line.counted)
        self.counts[code].final = "posted"
