"""The walking order: where a location comes when people walk from one to the next. Pure."""

import re

from app.text import fold

MOST = 10**9
_DIGITS = re.compile("[0-9]+")


def key(walk: int | None, code: str) -> str:
    """Return a text whose order, byte by byte, is the walking order: by number; those without one after them, by natural order of code."""
    return f"~ {natural(code)}" if walk is None else f"{walk:010} {natural(code)}"


def natural(code: str) -> str:
    """Return a text in whose order A-2 comes before A-10: each number is led by how many digits it has."""
    return _DIGITS.sub(_led, fold(code))


def _led(found: re.Match[str]) -> str:
    digits = found[0].lstrip("0") or "0"
    return f"{len(digits):03}{digits}"
