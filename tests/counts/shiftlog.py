"""Reads the ledger that a test of the variance carries as its docstring.

opens  PEN 10              the book before the shift; LOTS/L1 names a lot
08:00  gun1#1 count PEN 9  a count scan by stream gun1, its number 1 (no #: no number; ~300: give or take 300 s; ? unknown operator)
08:05  gun2#1 out PEN 2    a move out of the location (in: into it); `heard 09:00` at the end: the server had it by then
08:10  gun1#2 finish       closes the sheet (finish part: not complete); `recount PEN LOTS/L1` begins the next sheet
= PEN 10 9 outside         expected, counted (- for not counted), state, [automatic decision]
"""

import re
from collections.abc import Callable
from typing import Any

from app.counts.variance import (
    Found,
    Mark,
    Move,
    Pass,
    Scan,
    Tolerance,
    automatic,
    compared,
    is_late,
    reconcile,
    state,
)

PRODUCTS = {"PEN": 1, "INK": 2, "LOTS": 3, "SER": 4}
NAMES = {number: name for name, number in PRODUCTS.items()}
BY_LOT = {3}


def seconds(text: str) -> int:
    parts = [int(part) for part in text.split(":")]
    return (parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)) * 1000


def key(text: str) -> tuple[int, str, str]:
    product, _, rest = text.partition("/")
    lot, _, serial = rest.partition("!")
    return PRODUCTS[product], lot, serial


class Log:
    """What a docstring says."""

    def __init__(self, docstring: str) -> None:
        self.book: dict[tuple[int, str, str], int] = {}
        self.moves: list[Move] = []
        self.passes: list[Pass] = []
        self.late: list[Scan] = []
        self.wanted: list[str] = []
        self._scans: list[Scan] = []
        self._covers: frozenset[tuple[int, str | None]] | None = None
        for line in docstring.splitlines():
            words = line.split()
            if words:
                self._read(words)

    def _read(self, words: list[str]) -> None:
        if words[0] == "opens":
            self.book[key(words[1])] = int(words[2])
        elif words[0] == "=":
            self.wanted.append(" ".join(words[1:]))
        elif words[0] == "recount":
            self._covers = frozenset((key(w)[0], key(w)[1] or None) for w in words[1:]) or None
        else:
            self._event(words)

    def _event(self, words: list[str]) -> None:
        at, who, verb, *rest = seconds(words[0]), *words[1:]
        match = re.fullmatch(r"(\w+)(?:#(\d+))?(?:~(\d+))?(\?)?", who)
        assert match, who
        heard = seconds(rest[rest.index("heard") + 1]) if "heard" in rest else at + 86_400_000
        mark = Mark(at, int(match[3] or 2) * 1000, heard, match[1] if match[2] else None, int(match[2]) if match[2] else None)
        if verb == "count":
            product, lot, serial = key(rest[0])
            self._scans.append(Scan(mark, product, lot, serial, int(rest[1]), match[1], not match[4]))
        elif verb in ("in", "out"):
            product, lot, serial = key(rest[0])
            change = int(rest[1]) * (1 if verb == "in" else -1)
            self.moves.append(Move(len(self.moves) + 1, mark, product, lot, serial, change))
            self.book[product, lot, serial] = self.book.get((product, lot, serial), 0) + change
        else:
            assert verb == "finish", verb
            late = [scan for scan in self._scans if is_late(scan.mark, mark)]
            live = [scan for scan in self._scans if not is_late(scan.mark, mark)]
            self.late += late
            who = frozenset([match[1], *(str(scan.operator) for scan in live)])
            self.passes.append(Pass(len(self.passes) + 1, self._covers, "part" not in rest, mark, live, not match[4], who))
            self._scans, self._covers = [], None

    def found(self, twice: bool = False) -> list[Found]:
        return reconcile(self.passes, self.book, self.moves, BY_LOT, (), twice)


def shown(found: Found, tolerance: Tolerance, policy: str) -> str:
    name = NAMES.get(found.product or 0, "nothing") + (f"/{found.lot}" if found.lot else "")
    what = state(found, 0, 1_000_000, tolerance)
    decision = automatic(found, what, compared(found, 0, 1_000_000, tolerance), policy)
    counted = "-" if found.counted is None else str(found.counted)
    return " ".join([name, str(found.expected), counted, what, *([decision] if decision else [])])


def ledger(policy: str = "ask", twice: bool = False, **limits: int) -> Callable[[Any], Any]:
    """Make a test of a docstring; `twice`: two people count everything; `limits` are whole units of a tolerance."""
    tolerance = Tolerance(**{name: limit * 10**6 for name, limit in limits.items()})

    def make(test: Any) -> Any:
        def run() -> None:
            log = Log(test.__doc__)
            assert [shown(found, tolerance, policy) for found in log.found(twice)] == log.wanted
            test(log)

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return make
