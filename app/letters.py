"""The letters of our PDFs and labels: one font that comes with reportlab (Bitstream Vera), and what of a text it can show."""

import functools
import unicodedata
from pathlib import Path

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.text import nfc, printable

PLAIN, BOLD = "Vera", "VeraBd"
FILES = {name: Path(reportlab.__file__).parent / "fonts" / f"{name}.ttf" for name in (PLAIN, BOLD)}


def register() -> None:
    """Make the font known to PDFs."""
    for name, file in FILES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(file)))


def shown(text: str) -> str:
    """Return what of a text is printed for people: no control, bidi or zero-width characters, no line ends; a letter whose accent the font
    lacks without it (`ą` is `a`). Other scripts stay, and print as boxes."""
    text = printable(text)
    return text if text.isascii() else "".join(map(_letter, nfc(text)))


@functools.lru_cache(4096)
def _letter(letter: str) -> str:
    if letter in "\ufffe\uffff" or (unicodedata.combining(letter) and ord(letter) not in _known()):
        return ""
    if ord(letter) in _known():
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if ord(part) in _known()) or letter


@functools.cache
def _known() -> frozenset[int]:
    return frozenset(TTFont(PLAIN, str(FILES[PLAIN])).face.charToGlyph)
