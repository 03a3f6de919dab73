"""What a reconciliation says of each line and in sum, as it goes over the wire. Pure.

Values are cents inside and texts with two decimals outside; a total is the sum of rounded lines, so it ties to what is above it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import quantities, times

DECISIONS = ("accept", "recount", "dismiss")
COST_DECIMALS = 6
STATES = ("not_counted", "equal", "within", "outside", "moved", "empty", "unexpected")
MOST_PIECES = 200
"""Lots and serials that a line shows."""


def cents(value: int | None) -> str | None:
    """Return `-12.50` of -1250."""
    if value is None:
        return None
    whole, part = divmod(abs(value), 100)
    return f"{'-' if value < 0 else ''}{whole}.{part:02d}"


def from_cents(value: str | None) -> int | None:
    """Return -1250 of `-12.50`."""
    return None if value is None else int(value.replace(".", ""))


def cost(value: int | None) -> str | None:
    """Return a unit cost as it is written."""
    return quantities.wire_or_none(value, COST_DECIMALS)


@dataclass(frozen=True)
class Choice:
    """What a person decided about a line."""

    decision: str
    reason_code: str | None = None
    note: str = ""
    lots: Mapping[str, str] | None = None


def seen(line: Any) -> dict[str, Any]:
    """Return what the wire shows of a line (`comparing.Line`) beyond what is kept in columns."""
    found, product = line.found, line.product
    decimals = product.decimals if product else 0
    return {
        "unit": product.unit if product else None,
        "decimals": decimals,
        "expected_value": cents(line.expected_value),
        "moves": [
            {"journal": m.journal, "quantity": quantities.wire(m.change, decimals), "occurred_at": times.wire(m.mark.at)}
            for m in found.moves
        ],
        "needs_lots": needs_lots(found),
        "pieces": pieces(found, decimals),
        "unknown_operator": found.counted is not None and not found.known,
        "counters": list(found.counters),
        "other_product": line.mixed,
        "agreed": found.agreed,
    }


def pieces(found: Any, decimals: int) -> list[dict[str, str | None]]:
    """Return what a person needs to see behind a line: at product level the lots and serials that are expected, else the serials that
    differ; the first MOST_PIECES of them."""
    if found.product is None or found.counted is None:
        return []
    if found.lot is None:
        rows = [(grain, expected, None) for grain, expected in found.book.items()]
    else:
        rows = [(grain, None, variance) for grain, variance in found.grains.items() if grain[1]]
    return [
        {
            "lot": lot or None, "serial": serial or None, "expected": quantities.wire_or_none(expected, decimals),
            "variance": quantities.wire_or_none(variance, decimals),
        }
        for (lot, serial), expected, variance in rows[:MOST_PIECES]
    ]  # fmt: skip


def passes(line: Any) -> list[list[str | None]]:
    """Return [counted, operator, from, to] of each sheet as it is written."""
    decimals = line.product.decimals if line.product else 0
    return [
        [quantities.wire_or_none(counted, decimals), operator, times.wire_or_none(began), times.wire_or_none(ended)]
        for counted, operator, began, ended in line.passes
    ]


def needs_lots(found: Any) -> bool:
    """Tell whether a person must say which lots a variance is of."""
    return found.product is not None and found.lot is None and bool(found.variance) and not found.grains


def decided(line: Any, choice: Choice | None) -> str | None:
    """Return the decision that stands for a line: the person's, else the automatic one."""
    if line.found.counted is None:
        return choice.decision if choice and choice.decision != "accept" else None
    return choice.decision if choice else line.automatic


def note(line: Any, choice: Choice | None) -> str:
    """Return the note of the decision; of what was not counted, else why not."""
    return (choice.note if choice else "") or str(line.because)


def row(line: Any, choice: Choice | None) -> dict[str, Any]:
    """Return a line as it stands, on the wire."""
    found, product = line.found, line.product
    decimals = product.decimals if product else 0
    return {
        "line": line.line,
        "location": line.location,
        "sku": product.sku if product else None,
        "name": product.name if product else None,
        "lot": found.lot or None,
        "expected": quantities.wire(found.expected, decimals),
        "counted": quantities.wire_or_none(found.counted, decimals),
        "variance": quantities.wire_or_none(found.variance, decimals),
        "unit_cost": cost(line.unit_cost),
        "value": cents(line.value),
        "state": line.state,
        "decision": decided(line, choice),
        "automatic": choice is None,
        "reason_code": choice.reason_code if choice else None,
        "note": note(line, choice),
        "lots": dict(choice.lots) if choice and choice.lots else None,
        "passes": passes(line),
        "adjustment": None,
        "reversal": None,
        "account": None,
        **seen(line),
    }


def second_due(lines: Any, choices: Mapping[str, Choice], limits: Sequence[str | None]) -> bool:
    """Tell whether accepted variances are worth more, without their signs, than the lowest limit; what has no cost is worth anything."""
    given = [limit for limit in limits if limit is not None]
    if not given:
        return False
    worth = 0
    for line in lines:
        if not line.found.variance or decided(line, choices.get(line.line)) != "accept":
            continue
        if line.value is None:
            return True
        worth += abs(line.value)
    return worth * 10**4 > min(quantities.scaled(limit, COST_DECIMALS) for limit in given)


def objection(line: Any, choice: Choice | None) -> tuple[str, str] | None:
    """Return why a line can't be approved as it stands: the code of the problem and a sentence; None: it can."""
    found = line.found
    decision = decided(line, choice)
    if decision == "recount":
        return "undecided", "It is to be recounted."
    if found.counted is None:
        return None
    if not found.known and (choice is None or not choice.note.strip()):
        return "undecided", "Only operators we don't know counted it; decide it with a note."
    if decision is None:
        return "undecided", "It needs a decision."
    if decision == "accept" and needs_lots(found):
        return _lots_objection(line, choice)
    return None


def _lots_objection(line: Any, choice: Choice | None) -> tuple[str, str] | None:
    if not choice or not choice.lots:
        return "lots_needed", f"Say how its variance splits over {'serials' if line.product.tracking == 'serial' else 'lots'}."
    try:
        total = sum(signed(text, line.product.decimals) for text in choice.lots.values())
    except ValueError:
        return "lots_needed", "A quantity of a lot is no quantity of this product."
    if line.product.tracking == "serial":
        one = 10**line.product.decimals
        if any(abs(signed(text, line.product.decimals)) not in (0, one) for text in choice.lots.values()):
            return "lots_needed", "Of a serial there is one piece or none."
    return None if total == line.found.variance else ("lots_needed", "The lots don't add up to the variance.")


def signed(text: str, decimals: int) -> int:
    """Return a scaled quantity that may be negative; raises ValueError."""
    return -quantities.scaled(text[1:], decimals) if text.startswith("-") else quantities.scaled(text, decimals)


@dataclass
class Totals:
    """The sums of a reconciliation."""

    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    lines: int = 0
    unknown: int = 0
    unpriced: int = 0
    undecided: int = 0
    expected: int = 0
    variance: int = 0
    absolute: int = 0
    accepted: int = 0
    adjustments: int = 0
    reversed: int = 0
    undone: int = 0

    def add(
        self,
        state: str,
        expected_value: int | None,
        value: int | None,
        decision: str | None,
        unknown: bool,
        adjusted: bool,
        priced: bool,
        undone: bool = False,
    ) -> None:
        """Take a line in; `undone`: what it posted was reversed."""
        self.lines += 1
        self.states[state] += 1
        self.unknown += unknown
        self.unpriced += not priced
        self.adjustments += adjusted
        self.undecided += state != "not_counted" and decision is None
        self.reversed += undone
        if value is None or expected_value is None:
            return
        self.expected += expected_value
        self.variance += value
        self.absolute += abs(value)
        if decision == "accept" and undone:
            self.undone += value
        elif decision == "accept":
            self.accepted += value

    def wire(self) -> dict[str, Any]:
        """Return the totals; the values are of counted lines with a cost. What was reversed is not among the accepted values, and the
        book is worth `after_value` after the count."""
        return {
            "lines": self.lines,
            "counted": self.lines - self.states["not_counted"],
            **self.states,
            "undecided": self.undecided,
            "unknown_operator": self.unknown,
            "unpriced": self.unpriced,
            "adjustments": self.adjustments,
            "expected_value": cents(self.expected),
            "counted_value": cents(self.expected + self.variance),
            "variance_value": cents(self.variance),
            "absolute_value": cents(self.absolute),
            "accepted_value": cents(self.accepted),
            "reversed": self.reversed,
            "reversed_value": cents(-self.undone),
            "after_value": cents(self.expected + self.accepted),
        }
