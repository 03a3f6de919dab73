"""Codes that a shop makes for itself, with a weight or a price inside: EAN-13 beginning with 02 or 20 to 29. Pure.

What the digits mean is each shop's own rule, so it is a setting (docs/operating.md): `21iiiiiwwwwwc=kg3` is thirteen characters,
digits as they must be, `i` the article, `w` the weight, `p` the price, `v` a check digit of the price (not checked), `c` the check digit;
behind `=` the unit or currency and the number of decimals.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from app.products.codes import check_digit, has_check_digit, is_digits
from app.scans.gs1 import Message, decimal

_PATTERN = re.compile(r"((?:02|2[0-9])[0-9]*i+v?(?:w+|p+)c)=([A-Za-z0-9]{1,3}?)([0-4])", re.ASCII)


class Pattern(NamedTuple):
    """What the digits of one kind of code mean."""

    digits: str
    start: int
    """Where the value begins; it ends in front of the check digit."""
    blank: int
    """Where the digits begin that are zero in the product's own barcode: a price's check digit is one of them."""
    price: bool
    unit: str
    decimals: int


def patterns(said: str) -> tuple[Pattern, ...]:
    """Return the patterns of a setting, parted by spaces or commas; raises ValueError with the one that is none."""
    return tuple(_pattern(part) for part in said.replace(",", " ").split())


def _pattern(said: str) -> Pattern:
    found = _PATTERN.fullmatch(said)
    if found is None or len(found[1]) != 13:
        raise ValueError(said)
    body = found[1]
    value = re.search("[wp]", body)
    assert value is not None
    start = value.start()
    prefix = re.match("[0-9]+", body)
    assert prefix is not None
    return Pattern(prefix[0], start, start - (body[start - 1] == "v"), body[start] == "p", found[2], int(found[3]))


def is_restricted(gtin: str) -> bool:
    """Tell whether a number (14 digits) is one that any shop may give, so that it means nothing outside of it."""
    return gtin.startswith(("002", "02"))


def read(code: str, known: Iterable[Pattern]) -> tuple[str, Message] | None:
    """Return the GTIN-14 of the product's barcode (value zero) and what the code says; None when no pattern fits."""
    if len(code) != 13 or code[0] not in "02" or not is_digits(code):
        return None
    for pattern in known:
        if code.startswith(pattern.digits) and has_check_digit(code):
            value = decimal(code[pattern.start : 12], pattern.decimals)
            body = code[: pattern.blank] + "0" * (12 - pattern.blank)
            said = Message(None, ())
            said = said._replace(price=f"{value} {pattern.unit}") if pattern.price else said._replace(measures={pattern.unit: value})
            return "0" + body + check_digit(body), said
    return None
