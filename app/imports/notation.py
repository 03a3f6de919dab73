"""How a file of text writes numbers and dates, and what they are as we write them: a decimal comma, the day before the month. Pure."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

DECIMALS = ("point", "comma")
DATES = ("YYYY-MM-DD", "DD.MM.YYYY", "MM/DD/YYYY")
_COMMA = re.compile(r"([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,([0-9]+))?", re.ASCII)
_POINT = re.compile(r"[0-9]+\.[0-9]+", re.ASCII)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+)", re.ASCII)
"""What may be a whole number with thousands set apart as well as one with decimals."""
_DAY = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?", re.ASCII)


class Notation(NamedTuple):
    """The sign before decimals, and the order of a date; what is written as RFC 3339 is understood whatever the order."""

    decimal: str = DECIMALS[0]
    dates: str = DATES[0]


class Odd(ValueError):
    """A cell isn't written as the file is said to write; the text says what was expected."""


def readers(notation: Notation, numbers: Iterable[str], dates: Iterable[str], moments: Iterable[str]) -> dict[str, Callable[[str], str]]:
    """Return by column what makes our writing of a cell; none where the file writes as we do. Each raises Odd."""
    found: dict[str, Callable[[str], str]] = {}
    if notation.decimal != DECIMALS[0]:
        found |= dict.fromkeys(numbers, number)
    if notation.dates != DATES[0]:
        day_first = notation.dates == DATES[1]
        found |= dict.fromkeys(dates, lambda cell: _date(cell, day_first)) | dict.fromkeys(moments, lambda cell: _moment(cell, day_first))
    return found


def number(cell: str) -> str:
    """Return a number with a decimal comma as one with a point; points may only set thousands apart."""
    found = _COMMA.fullmatch(cell.strip())
    if found is None:
        if not cell.strip():
            return ""
        raise Odd("Not a number with a decimal comma, as the file is said to have.")
    whole, decimals = found[1].replace(".", ""), found[2]
    return whole if decimals is None else f"{whole}.{decimals}"


def _date(cell: str, day_first: bool) -> str:
    day, time = _parts(cell, day_first)
    return day if time in ("", "00:00:00") else cell


def _moment(cell: str, day_first: bool) -> str:
    day, time = _parts(cell, day_first)
    return f"{day}T{time or '00:00:00'}Z" if time is not None else day


def _parts(cell: str, day_first: bool) -> tuple[str, str | None]:
    """Return the ISO date and the time that a cell shows; the cell as it is and None where it is written in another way."""
    found = _DAY.fullmatch(cell.strip())
    if found is None:
        return cell, None
    first, _, second, year, hour, minute, seconds = found.groups()
    day, month = (first, second) if day_first else (second, first)
    try:
        return date(int(year), int(month), int(day)).isoformat(), "" if hour is None else f"{int(hour):02}:{minute}:{seconds or '00'}"
    except ValueError as error:
        raise Odd(f"There is no such day with {'the day' if day_first else 'the month'} first.") from error


def guess(numbers: Iterable[str], dates: Iterable[str], delimiter: str) -> Notation:
    """Return how a file writes as far as its cells tell; where they don't, as we do."""
    cells = {cell.strip() for cell in numbers}
    commas = [cell for cell in cells if "," in cell and _COMMA.fullmatch(cell)]
    sure = [cell for cell in commas if delimiter != "," or not _THOUSANDS.fullmatch(cell)]
    points = [cell for cell in cells if _POINT.fullmatch(cell) and not _THOUSANDS.fullmatch(cell)]
    return Notation(DECIMALS[bool(sure and not points)], _order([found for cell in dates if (found := _DAY.fullmatch(cell.strip()))]))


def _order(days: list[re.Match[str]]) -> str:
    day_first = any(int(day[1]) > 12 or day[2] == "." for day in days)
    month_first = any(int(day[3]) > 12 for day in days)
    return DATES[0] if day_first == month_first else DATES[1 if day_first else 2]
