"""Codes that a shop makes for itself, with a weight or a price inside: EAN-13 beginning with 02 or 20 to 29. Pure."""

from collections.abc import Iterable

from app.own_codes import Pattern
from app.products.codes import check_digit, has_check_digit, is_digits
from app.scans.gs1 import Message, decimal


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
