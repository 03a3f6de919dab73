"""The letters of PNG and PDF labels: one font that comes with reportlab (Bitstream Vera), and how wide a text is in it."""

import functools
from pathlib import Path

import reportlab
from PIL import ImageFont

from app.text import printable

FONT = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_AT = 100


def shown(text: str) -> str:
    """Return what of a text may be printed for people: no control, bidi or zero-width characters, no line ends."""
    return "".join(c for c in printable(text) if c not in "\ufffe\uffff")


def wide(text: str, size: float) -> float:
    """Return how wide a text is at that size."""
    return _font(_AT).getlength(text) * size / _AT


def fit(text: str, size: int, least: int, most: float) -> tuple[str, int]:
    """Return the text, cut where it must be, and a size from `size` down to `least` at which it is at most so wide."""
    text = shown(text)
    needed = wide(text, 1)
    if needed * least <= most:
        return text, min(size, int(most / needed)) if needed else size
    short, long = 0, len(text)
    while short < long:
        middle = (short + long + 1) // 2
        short, long = (middle, long) if wide(text[:middle] + "\u2026", least) <= most else (short, middle - 1)
    return text[:short] + "\u2026" if short else "", least


@functools.lru_cache(64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)


def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font for drawing at a height in dots."""
    return _font(size)
