"""Which tolerance holds for a line: its product's, else that of the nearest location above it, else its class's, else the count's. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.counts.variance import Tolerance

LIMITS = ("quantity", "percent", "value")
OF = ("sku", "location", "abc")
"""What a tolerance may be of."""


class Rules(NamedTuple):
    """The tolerances of a count."""

    general: Tolerance
    by_sku: Mapping[str, Tolerance]
    by_place: Mapping[int, Tolerance]
    by_class: Mapping[str, Tolerance]

    def of(self, sku: str, path: str, abc: str | None) -> Tolerance:
        """Return the tolerance of a product of a class at a location; `path` is `/1/7/42/`, the ids from the root down to it."""
        if sku in self.by_sku:
            return self.by_sku[sku]
        for step in reversed(path.strip("/").split("/")) if self.by_place else ():
            if int(step) in self.by_place:
                return self.by_place[int(step)]
        return self.by_class.get(abc or "", self.general)


def rules(limits: Mapping[str, str], others: Sequence[Mapping[str, Any]], places: Mapping[str, int]) -> Rules:
    """Return the tolerances as they are kept, as numbers; `places` are the ids of the locations that they name."""
    found: dict[str, dict[str, Tolerance]] = {name: {} for name in OF}
    for one in others:
        name = next(name for name in OF if name in one)
        found[name][one[name]] = tolerance(one)
    by_place = {places[code]: limit for code, limit in found["location"].items() if code in places}
    return Rules(tolerance(limits), found["sku"], by_place, found["abc"])


def tolerance(limits: Mapping[str, Any]) -> Tolerance:
    """Return limits as numbers."""
    return Tolerance(*(_millionths(limits.get(name)) for name in LIMITS))


def _millionths(text: str | None) -> int | None:
    if text is None:
        return None
    whole, _, part = text.partition(".")
    return int(whole + part.ljust(6, "0"))
