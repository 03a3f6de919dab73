"""Days, weeks and months (UTC), as measures are asked for and grouped by. Pure."""

import datetime

from app.times import DAY

GRAINS = ("day", "week", "month")
_EPOCH = datetime.date(1970, 1, 1)


def number(day: datetime.date) -> int:
    """Return the number of a day since 1970."""
    return (day - _EPOCH).days


def begin(day: datetime.date) -> int:
    """Return the ms at which a day begins."""
    return number(day) * DAY


def date(number: int) -> datetime.date:
    """Return the day of a number."""
    return _EPOCH + datetime.timedelta(days=number)


def first(number: int, grain: str) -> str:
    """Return the first day of the day, the week (it begins on Monday) or the month that holds a day: `2026-11-23`."""
    day = date(number)
    if grain == "week":
        day -= datetime.timedelta(days=day.weekday())
    elif grain == "month":
        day = day.replace(day=1)
    return day.isoformat()
