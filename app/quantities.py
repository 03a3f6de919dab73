"""Quantities: decimal strings on the wire, integers scaled by the product's decimals inside; never a float. Pure."""

import re

SYNTAX = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
_SYNTAX = re.compile(SYNTAX, re.ASCII)
MOST = 10**15
"""The largest scaled quantity of one scan, pack included."""


class TooPrecise(ValueError):
    """The text has more decimals than the product."""


def is_quantity(text: str) -> bool:
    """Tell whether the whole text is a quantity as the contract writes it."""
    return _SYNTAX.fullmatch(text) is not None


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
