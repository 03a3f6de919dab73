"""How much of a product a label's measures tell, in the product's own unit: exactly, whatever unit the label has. Pure.

Source: the international yard and pound of 1959, the gallon of 231 cubic inches, by which GS1's identifiers measure too.
"""

from collections.abc import Mapping
from fractions import Fraction

_KINDS = (
    {"kg": "1", "g": ".001", "mg": ".000001", "t": "1000", "lb": ".45359237", "oz": ".028349523125", "ozt": ".0311034768"},
    {"m": "1", "cm": ".01", "mm": ".001", "km": "1000", "in": ".0254", "ft": ".3048", "yd": ".9144"},
    {"m2": "1", "cm2": ".0001", "in2": ".00064516", "ft2": ".09290304", "yd2": ".83612736"},
    {"l": "1", "cl": ".01", "ml": ".001", "m3": "1000", "qt": ".946352946", "gal": "3.785411784", "in3": ".016387064",
     "ft3": "28.316846592", "yd3": "764.554857984"},
)  # fmt: skip
"""What one of each unit is, in the first of its kind."""
_SPELLED = {
    "kg": "kgs kilo kilos kilogram kilograms kilogramm", "g": "gr gram grams gramm", "lb": "lbs pound pounds", "oz": "ounce ounces",
    "m": "mtr metre metres meter meters", "in": "inch inches", "ft": "foot feet", "yd": "yard yards", "l": "ltr litre litres liter liters",
    "qt": "quart quarts", "gal": "gallon gallons", "m2": "sqm qm m²", "ft2": "sqft ft²", "m3": "cbm m³",
}  # fmt: skip
_UNITS = {name: unit for unit, names in _SPELLED.items() for name in (unit, *names.split())}


def of(measures: Mapping[str, str], unit: str) -> Fraction | None:
    """Return how much the measures (decimal texts by unit) are in a product's unit; None where none is of its kind.

    A measure in that very unit wins, else the one that is the roundest number of it.
    """
    wanted = unit.strip().rstrip(".").casefold()
    wanted = _UNITS.get(wanted, wanted)
    if wanted in measures:
        return Fraction(measures[wanted])
    for kind in _KINDS:
        if wanted in kind:
            one = Fraction(kind[wanted])
            found = [Fraction(much) * Fraction(kind[said]) / one for said, much in measures.items() if said in kind]
            return min(found, key=lambda much: much.denominator, default=None)
    return None
