"""Coupons of North America inside GS1 messages: AI 8110 and AI 8112, field by field. Pure.

A warehouse seldom meets one, but a code that isn't what it says is refused all the same.
Sources: the field tables of GS1 US, "North American Coupon Application Guideline" (8110) and "AI (8112) Coupon Data Specification".
"""

import re

from app.scans import gs1_rules


class _Cut(ValueError):
    """The data ends inside a field, or a field says what it can't."""


class _Fields:
    """Digits, read from the left."""

    def __init__(self, text: str) -> None:
        self.rest = text

    def take(self, length: int) -> str:
        if len(self.rest) < length:
            raise _Cut
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def one_of(self, digits: str) -> str:
        taken = self.take(1)
        if taken not in digits:
            raise _Cut
        return taken

    def counted(self, lengths: str, more: int = 0) -> str:
        """Take a field that a digit in front gives the length of, `more` added."""
        return self.take(int(self.one_of(lengths)) + more)

    def purchase(self) -> None:
        """A requirement, its code, the family."""
        self.counted("12345")
        self.one_of("012349")
        self.take(3)

    def prefix(self) -> None:
        """A company prefix that may be left out by a 9."""
        length = self.one_of("01234569")
        if length != "9":
            self.take(int(length) + 6)


def couponcode(text: str) -> bool:
    """Tell whether the text is a coupon as AI 8110 carries it."""
    fields = _Fields(text)
    try:
        return re.fullmatch("[0-9]+", text) is not None and _couponcode(fields)
    except _Cut:
        return False


def _couponcode(fields: _Fields) -> bool:
    fields.counted("0123456", 6)
    fields.take(6)
    fields.counted("12345")
    fields.purchase()
    start = expiry = ""
    last = 0
    while fields.rest:
        field = int(fields.one_of("1234569"))
        if field <= last:
            return False
        last = field
        if field == 1:
            fields.one_of("0123")
            fields.purchase()
            fields.prefix()
        elif field == 2:
            fields.purchase()
            fields.prefix()
        elif field == 3:
            expiry = fields.take(6)
        elif field == 4:
            start = fields.take(6)
        elif field == 5:
            fields.counted("0123456789", 6)
        elif field == 6:
            fields.counted("1234567", 6)
        else:
            fields.one_of("01256")
            fields.one_of("012")
            fields.take(1)
            fields.one_of("01")
    return all(gs1_rules.yymmdd(date) for date in (start, expiry) if date) and not (start and expiry and expiry < start)


def couponposoffer(text: str) -> bool:
    """Tell whether the text is a coupon as AI 8112 carries it."""
    fields = _Fields(text)
    try:
        fields.one_of("01")
        fields.counted("0123456", 6)
        fields.take(6)
        fields.counted("0123456789", 6)
    except (_Cut, ValueError):
        return False
    return re.fullmatch("[0-9]+", text) is not None and not fields.rest
