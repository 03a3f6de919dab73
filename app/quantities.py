"""Quantities: decimal strings on the wire, integers scaled by the product's decimals inside; never a float. Pure."""

import functools
import re
from collections.abc import Iterable

SYNTAX = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_SYNTAX = re.compile(SYNTAX, re.ASCII)
MOST = 10**15
"""The largest scaled quantity of one scan, pack included."""
NO_QUANTITY = "Not a quantity: digits, and a point before decimals; no unit, no thousands."
"""What a person is told of a text that is none."""


def summed(number: str, over: str = "") -> str:
    """Return SQL of a sum of whole numbers that no count of rows breaks: SQLite refuses one beyond 64 bits, and stops at it midway. What
    is beyond them is the nearest double there; PostgreSQL's is exact."""
    return f"(SUM(({number}) >> 20){over} * 1048576 + SUM(({number}) & 1048575){over})"


class TooPrecise(ValueError):
    """The text has more decimals than the product."""


def is_quantity(text: str) -> bool:
    """Tell whether the whole text is a quantity as the contract writes it."""
    return _SYNTAX.fullmatch(text) is not None


@functools.lru_cache(1 << 12)
def scaled(text: str, decimals: int) -> int:
    """Return the integer in units of 10**-decimals; raises TooPrecise, or ValueError when it is no quantity.

    Zeros at the end are no precision: `1.50` fits one decimal.
    """
    if not _SYNTAX.fullmatch(text):
        raise ValueError("not a quantity")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if len(part) > decimals:
        raise TooPrecise(f"more than {decimals} decimals")
    return int(whole + part.ljust(decimals, "0"))


def wire(value: int, decimals: int) -> str:
    """Return the decimal string of a scaled integer, sign in front, no zeros at the end: -1250 at 3 is `-1.25`."""
    if decimals == 0:
        return str(value)
    whole, part = divmod(abs(value), 10**decimals)
    tail = f"{part:0{decimals}d}".rstrip("0")
    return ("-" if value < 0 else "") + (f"{whole}.{tail}" if tail else str(whole))


def wire_or_none(value: int | None, decimals: int) -> str | None:
    """Return `wire(value, decimals)`, None for None."""
    return None if value is None else wire(value, decimals)


def packed(quantity: str, sizes: Iterable[str]) -> str | None:
    """Return a quantity as people stack it, `2 × 12 + 3`: whole packs, the largest first, and what is left; None where no pack fits.

    All are decimal strings of one base unit, as `static/console/packs.js` takes them.
    """
    if not is_quantity(quantity):  # below zero
        return None
    one = scaled("1", _FINEST)
    left, told = scaled(quantity, _FINEST), []
    for size in sorted({scaled(size, _FINEST) for size in sizes}, reverse=True):
        count = left // size if size > one else 0
        if count:
            told.append(f"{count} \u00d7 {wire(size, _FINEST)}")
            left -= count * size
    return " + ".join([*told, *([wire(left, _FINEST)] if left else [])]) if told else None


_FINEST = 6
"""Decimals that any quantity may have."""
