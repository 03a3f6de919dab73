"""A stream as far as we hold it: how many ids, their XOR, which numbers are missing, whether it forked. Pure.

Who first sends through a stream has it. What another device, or another site, sends under its name is a stream of its own.
"""

from dataclasses import dataclass, field
from typing import Any

SHOWN_GAPS = 100


@dataclass(slots=True)
class State:
    """What is held of one stream; `gaps` are the missing [first, last] below `highest`, as far as they were loaded."""

    id: str
    site_id: int
    device_id: int | None
    said: str | None = None
    """What its sender calls it, where that is somebody else's: numbers before its first are not asked for."""
    first: "State | None" = None
    """Whose it is, at the same site."""
    shared: bool = False
    """Whether two devices of the site use it."""
    made: int = 0
    held: int = 0
    xor: int = 0
    highest: int = 0
    gap_count: int = 0
    extras: int = 0
    forked: bool = False
    offset_ms: int | None = None
    low: int | None = None
    high: int | None = None
    """Smallest and largest `received_at - sent_at` of the last day, before this recording."""
    sample: int | None = None
    """`received_at - sent_at` of this recording, the smallest of its batches."""
    new: bool = False
    app: str | None = None
    """Which version of its app the device said it runs."""
    heard_journal: int | None = None
    """The site's journal when the device itself last said how many scans it had made, before this recording."""
    told: bool = False
    """It says so in this recording."""
    gaps: dict[int, int] = field(default_factory=dict)
    gaps_gone: set[int] = field(default_factory=set)
    gaps_made: dict[int, int] = field(default_factory=dict)
    extras_made: set[str] = field(default_factory=set)

    def hold(self, scan_id: str, seq: int | None) -> None:
        """Take in an id that this stream has not sent before; mark a fork where its number is taken."""
        self.held += 1
        self.xor ^= int(scan_id.replace("-", ""), 16)
        if seq is None:
            return
        if self.said is not None and self.highest == 0:
            self.highest = seq - 1
        if seq == self.highest + 1:
            self.highest = seq
        elif seq > self.highest:
            self._open(self.highest + 1, seq - 1)
            self.highest = seq
        else:
            self._fill(seq)

    def _fill(self, seq: int) -> None:
        for first, last in self.gaps.items():
            if first <= seq <= last:
                self._shut(first)
                if first < seq:
                    self._open(first, seq - 1)
                if seq < last:
                    self._open(seq + 1, last)
                return
        self.forked = True

    def _open(self, first: int, last: int) -> None:
        self.gaps[first] = self.gaps_made[first] = last
        self.gap_count += 1

    def _shut(self, first: int) -> None:
        del self.gaps[first]
        self.gap_count -= 1
        if self.gaps_made.pop(first, None) is None:
            self.gaps_gone.add(first)

    def heard(self, made: int | None, courier: bool = False) -> None:
        """Take in how many scans the device says it made: now, or when the file was saved that a courier carries in."""
        self.made = max(self.made, made or 0)
        self.told = self.told or (made is not None and not courier)

    def is_rest(self, made: int | None, xor: int | None) -> bool:
        """Tell whether this and what the first sender brought are all of one outbox, which was enrolled anew: only that knows both XORs."""
        first = self.first
        return (
            first is not None
            and made == first.held + self.held
            and made >= max(first.made, first.highest, self.highest)
            and xor == first.xor ^ self.xor
        )

    def complete(self, made: int) -> None:
        """Take in that nothing up to `made` is missing."""
        self.highest, self.gap_count = made, 0
        self.gaps, self.gaps_made, self.gaps_gone = {}, {}, set()


def proof(state: State, gaps: list[tuple[int, int]], missing_below: int) -> dict[str, Any]:
    """Return what the wire says of a stream; `gaps` are its first ones, `missing_below` counts all numbers missing below the highest."""
    shown = [[first, last] for first, last in gaps[:SHOWN_GAPS]]
    total = missing_below
    if state.made > state.highest:
        total += state.made - state.highest
        if len(shown) < SHOWN_GAPS:
            if shown and shown[-1][1] == state.highest:
                shown[-1][1] = state.made
            else:
                shown.append([state.highest + 1, state.made])
    return {
        "held": state.held,
        "through": gaps[0][0] - 1 if gaps else state.highest,
        "missing": shown,
        "missing_total": total,
        "xor": f"{state.xor:032x}",
        "forked": state.forked or state.shared,
    }


@dataclass(frozen=True)
class Clock:
    """How a stream's clock stands to ours: `occurred_at` = min(scanned_at + offset_ms, received_at)."""

    offset_ms: int
    uncertainty_ms: int
    changed: bool = False

    def occurred_at(self, scanned_at: int, received_at: int) -> int:
        """Return when it happened by our clock; never before 1970, never after it was received."""
        return max(0, min(scanned_at + self.offset_ms, received_at))


UNKNOWN_CLOCK = Clock(0, 300_000)
LEAST_UNCERTAINTY = 2_000
JUMP = 5_000


def clock(low: int, high: int, before: int | None) -> Clock:
    """Return the clock of a stream from its smallest and largest `received_at - sent_at` of the last day, and the offset before."""
    if before is not None and abs(low - before) > JUMP:
        return Clock(low, max(LEAST_UNCERTAINTY, abs(low - before), high - low), True)
    return Clock(low, max(LEAST_UNCERTAINTY, high - low))
