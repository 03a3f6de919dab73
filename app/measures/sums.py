"""What some lines of posted counts add up to, and the measures that follow from that. Pure.

Units are in millionths of base units, values in cents.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from app import quantities
from app.counts.statement import cents
from app.measures.shares import accuracy, percent

NUMBERS = ("lines", "exact", "within", "recounted", "accepted", "dismissed", "unpriced")
AMOUNTS = ("expected", "counted", "variance", "absolute", "missing", "found")
DECIMALS = 6
WIRE = (
    *NUMBERS, "reversed", "line_accuracy", "within_accuracy", "unit_accuracy", "value_accuracy", "recount_percent",
    *(f"{name}_units" for name in (*AMOUNTS, "shrinkage", "gross")), "shrinkage_units_percent", "gross_units_percent",
    *(f"{name}_value" for name in (*AMOUNTS, "shrinkage", "gross")), "shrinkage_value_percent", "gross_value_percent",
)  # fmt: skip
"""What the wire shows, in this order."""


class Sums:
    """The sums of some lines; `reversed` counts those that are in no other sum, since what they decided was reversed."""

    __slots__ = ("numbers", "reversed", "units", "values")

    def __init__(self, numbers: Sequence[int] = (), units: Sequence[int] = (), values: Sequence[int] = (), reversed_: int = 0) -> None:
        self.numbers = list(numbers or [0] * len(NUMBERS))
        self.units = list(units or [0] * len(AMOUNTS))
        self.values = list(values or [0] * len(AMOUNTS))
        self.reversed = reversed_

    def add(self, other: "Sums") -> None:
        """Take in the sums of other lines."""
        self.numbers = [a + b for a, b in zip(self.numbers, other.numbers, strict=True)]
        self.units = [a + b for a, b in zip(self.units, other.units, strict=True)]
        self.values = [a + b for a, b in zip(self.values, other.values, strict=True)]
        self.reversed += other.reversed

    def wire(self) -> dict[str, Any]:
        """Return the measures as they are written."""
        told: dict[str, Any] = dict(zip(NUMBERS, self.numbers, strict=True))
        told |= {"reversed": self.reversed}
        units, values = (dict(zip(AMOUNTS, amounts, strict=True)) for amounts in (self.units, self.values))
        told |= {
            "line_accuracy": percent(told["exact"], told["lines"]),
            "within_accuracy": percent(told["within"], told["lines"]),
            "unit_accuracy": accuracy(units["absolute"], units["expected"]),
            "value_accuracy": accuracy(values["absolute"], values["expected"]),
            "recount_percent": percent(told["recounted"], told["lines"]),
        }
        for kind, amounts in (("units", units), ("value", values)):
            amounts["shrinkage"], amounts["gross"] = amounts["missing"] - amounts["found"], amounts["missing"] + amounts["found"]
            told |= {f"{name}_{kind}": _text(kind, amount) for name, amount in amounts.items()}
            told |= {f"{name}_{kind}_percent": percent(amounts[name], amounts["counted"]) for name in ("shrinkage", "gross")}
        return told


def total(all_: Iterable[Sums]) -> Sums:
    """Return the sum of sums."""
    found = Sums()
    for one in all_:
        found.add(one)
    return found


def _text(kind: str, amount: int) -> str | None:
    return quantities.wire(amount, DECIMALS) if kind == "units" else cents(amount)
