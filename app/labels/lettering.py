"""How wide a text is on PNG and PDF labels, and how it fits."""

import functools

from PIL import ImageFont

from app import letters

_AT = 100


def wide(text: str, size: float) -> float:
    """Return how wide a text is at that size."""
    return _font(_AT).getlength(text) * size / _AT


def fit(text: str, size: int, least: int, most: float) -> tuple[str, int]:
    """Return the text, cut where it must be, and a size from `size` down to `least` at which it is at most so wide."""
    text = letters.shown(text)
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
    return ImageFont.truetype(str(letters.FILES[letters.PLAIN]), size)


def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font for drawing at a height in dots."""
    return _font(size)
