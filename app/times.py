"""Moments on the wire (RFC 3339) and inside (integer milliseconds since 1970, UTC). Pure but for `now`."""

import functools
import re
import time
from datetime import UTC, datetime

_RFC3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})")

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
OF_DAY = "([01][0-9]|2[0-3]):[0-5][0-9]"
_EARLIEST, _LATEST = -62_135_510_400_000, 253_402_214_400_000
"""The years 1 to 9999, a day less at both ends, so that every moment can be written in UTC."""


def now() -> int:
    """Return the server's clock in ms."""
    return time.time_ns() // 1_000_000


def parse(text: str) -> int:
    """Return ms of an RFC 3339 time with seconds, at most 6 decimals, `Z` or offset; what is below a ms is cut off.

    Raises ValueError for anything else, a leap second included. What devices send, `2026-11-22T07:04:05.123Z`, goes the short way.
    """
    if len(text) == 24 and text[16] == ":" and text[19] == "." and text[23] == "Z":
        rest = text[17:19] + text[20:23]
        if rest < "60" and rest.isascii() and rest.isdigit():
            return _minute(text[:16]) + int(rest)
    return _slowly(text)


@functools.lru_cache(4096)
def _minute(text: str) -> int:
    return _slowly(text + ":00Z")


def _slowly(text: str) -> int:
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 time with seconds and Z or an offset")
    moment = datetime.fromisoformat(text.upper())
    ms = int(moment.replace(microsecond=0).timestamp()) * 1000 + moment.microsecond // 1000
    if not _EARLIEST <= ms <= _LATEST:
        raise ValueError("time out of range")
    return ms


def wire(ms: int) -> str:
    """Return `2026-11-22T07:04:05.123Z`."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}.{rest:03d}Z"


def shown(ms: int) -> str:
    """Return `2026-11-22 07:04:05 UTC`, for people on paper."""
    return f"{wire(ms)[:19].replace('T', ' ')} UTC"


def of_day(said: str) -> int | None:
    """Return ms after midnight of `04:00`, None of `off`; raises ValueError."""
    if said == "off":
        return None
    if not re.fullmatch(OF_DAY, said, re.ASCII):
        raise ValueError("not a time of a day")
    return (int(said[:2]) * 60 + int(said[3:])) * MINUTE


def year(ms: int) -> int:
    """Return the year of a moment, in UTC."""
    return datetime.fromtimestamp(ms // 1000, UTC).year


def wire_or_none(ms: int | None) -> str | None:
    """Return `wire(ms)`, None for None."""
    return None if ms is None else wire(ms)
