"""Barcodes as modules: text in, rows of dark and light out; whatever a symbol can't hold is refused, never mended. Pure."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import segno
from barcode import get_barcode_class
from barcode.codex import Code128
from pystrich.datamatrix import FNC1, DataMatrixData, DataMatrixEncoder

from app.products import codes

GS = "\x1d"
"""Ends an element of variable length in a GS1 text, as a scanner sends it."""
MOST = 128
"""Characters of a text: no code of ours is longer."""
_BARS_FNC1 = "\xf1"
"""How python-barcode is told to put a separator."""
_ASCII = re.compile("[\x20-\x7e]+")
_GS1 = re.compile("[0-9]{2}[\x21-\x7e]+(?:\x1d[0-9]{2}[\x21-\x7e]+)*")
_GS1_BARS = 48
"""Characters that GS1 lets a GS1-128 carry."""


class Refused(Exception):
    """A label can't be made; the text says why."""


class Symbol(NamedTuple):
    """A symbol as rows of modules, 1 for dark; a linear one has one row. `quiet`: blank modules that belong around it."""

    kind: str
    text: str
    """What a reader gives back."""
    rows: tuple[str, ...]
    quiet: int

    @property
    def linear(self) -> bool:
        """Tell whether it is bars."""
        return len(self.rows) == 1


def draw(kind: str, text: str) -> Symbol:
    """Return the symbol of that kind that holds the text; raises Refused."""
    if len(text) > MOST:
        raise Refused(f"Longer than {MOST} characters.")
    return Symbol(kind, text, *_KINDS[kind](text))


def fitting(text: str) -> str:
    """Return the kind for a code of any origin: its own where it is a trade item number, else bars, or QR where bars can't hold it."""
    if codes.gtin14(text) is not None:
        return {8: "ean8", 12: "upca", 13: "ean13", 14: "itf14"}[len(text)]
    return "code128" if _ASCII.fullmatch(text) else "qr"


def runs(row: str) -> Iterator[tuple[int, int]]:
    """Give where each dark run of a row begins and how many modules it is wide."""
    for found in re.finditer("1+", row):
        yield found.start(), len(found[0])


_Drawn = tuple[tuple[str, ...], int]


def _code128(text: str) -> _Drawn:
    if not _ASCII.fullmatch(text):
        raise Refused("Code 128 holds letters, digits and signs of ASCII only; take a QR code.")
    return (str(_Code128(text).build()[0]),), 10


class _Code128(Code128):  # type: ignore[misc]  # python-barcode has no types
    """python-barcode takes 99 at the beginning for a change of its code set, and loses it."""

    def _try_to_optimize(self, encoded: list[int]) -> list[int]:
        return encoded if self.code.startswith("99") else list(super()._try_to_optimize(encoded))


def _ean(kind: str, length: int) -> Callable[[str], _Drawn]:
    def drawn(text: str) -> _Drawn:
        _checked(text, length)
        return _bars(kind, text), 11

    return drawn


def _itf14(text: str) -> _Drawn:
    _checked(text, 14)
    return _bars("itf", text, narrow=1, wide=3), 10


def _checked(text: str, length: int) -> None:
    """Hold that a number is as long as it must be and its check digit is right: the libraries would replace a wrong one in silence."""
    if len(text) != length or not codes.is_digits(text):
        raise Refused(f"Needs {length} digits.")
    if not codes.has_check_digit(text):
        raise Refused(f"The check digit is wrong: {codes.check_digit(text[:-1])} belongs at the end.")


def _gs1_128(text: str) -> _Drawn:
    _elements(text)
    if len(text) > _GS1_BARS:
        raise Refused(f"GS1-128 holds {_GS1_BARS} characters; take a GS1 Data Matrix.")
    return _bars("gs1_128", text.replace(GS, _BARS_FNC1)), 10


def _gs1_datamatrix(text: str) -> _Drawn:
    _elements(text)
    first, *rest = text.split(GS)
    data = FNC1 + first
    for element in rest:
        data = data + FNC1 + element
    assert isinstance(data, DataMatrixData)
    rows = DataMatrixEncoder(data, quiet_zone=0).init_renderer().matrix
    return tuple("".join("1" if module else "0" for module in row) for row in rows), 2


def _elements(text: str) -> None:
    if not _GS1.fullmatch(text):
        raise Refused("Not a GS1 text: elements of an identifier and printable ASCII, GS between them.")


def _qr(text: str) -> _Drawn:
    if not text:
        raise Refused("There is nothing to encode.")
    made = segno.make_qr(text, error="m") if text.isascii() else segno.make_qr(text, error="m", mode="byte", encoding="utf-8", eci=True)
    return tuple("".join("1" if module else "0" for module in row) for row in made.matrix), 4


def _bars(name: str, text: str, **how: int) -> tuple[str, ...]:
    return (str(get_barcode_class(name)(text, **how).build()[0]),)


_KINDS: dict[str, Callable[[str], _Drawn]] = {
    "code128": _code128,
    "ean13": _ean("ean13", 13),
    "ean8": _ean("ean8", 8),
    "upca": _ean("upca", 12),
    "itf14": _itf14,
    "gs1_128": _gs1_128,
    "gs1_datamatrix": _gs1_datamatrix,
    "qr": _qr,
}
KINDS = tuple(_KINDS)
