"""Codes that a shop makes for itself, with a weight or a price inside: EAN-13 beginning with 02 or 20 to 29, UPC-A with 2. Pure."""

from collections.abc import Iterable

from app.own_codes import Pattern
from app.products.codes import check_digit
from app.scans.gs1 import Message, decimal


def is_restricted(gtin: str) -> bool:
    """Tell whether a number (14 digits) is one that any shop may give, so that it means nothing outside of it."""
    return gtin.startswith(("002", "02"))


def read(gtin: str, known: Iterable[Pattern]) -> tuple[str, Message] | None:
    """Return the GTIN-14 of the product's barcode (value zero) and what a GTIN-14 says; None when no pattern fits."""
    if not is_restricted(gtin):
        return None
    code = gtin[1:]
    for pattern in known:
        if code.startswith(pattern.digits):
            value = decimal(code[pattern.start : 12], pattern.decimals)
            body = code[: pattern.blank] + "0" * (12 - pattern.blank)
            said = Message(None, ())
            said = said._replace(price=f"{value} {pattern.unit}") if pattern.price else said._replace(measures={pattern.unit: value})
            return "0" + body + check_digit(body), said
    return None
