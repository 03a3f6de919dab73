"""Which PINs are taken: digits that nobody guesses in the few tries there are. Pure."""

import itertools
import re
from calendar import monthrange
from collections.abc import Set as AbstractSet

LEAST, MOST = 6, 12
"""Digits of a PIN."""
_YEARS = range(1900, 2100)


def weakness(pin: str, badge: str, common: AbstractSet[str]) -> str | None:
    """Return why a PIN is not taken, None where it is; `common` are words that are tried first."""
    if not re.fullmatch(f"[0-9]{{{LEAST},{MOST}}}", pin, re.ASCII):
        return f"Take {LEAST} to {MOST} digits."
    if len(set(pin)) < 3:
        return "Take at least three different digits."
    if _runs(pin) or _repeats(pin):
        return "Digits in a row, or the same ones again, are tried first; take others."
    if _is_date(pin):
        return "This can be read as a date, and birthdays are tried first; take other digits."
    if pin in common:
        return "This is one of the PINs that are tried first; take another."
    if pin in badge or (badge.isascii() and badge.isdigit() and badge in pin and len(badge) > 3):
        return "It is on your badge; take other digits."
    return None


def _runs(pin: str) -> bool:
    """Tell whether digits go up or down by the same step: 123456, 864208, 789012; the whole, or each half of it."""
    halves = (pin[: len(pin) // 2], pin[len(pin) // 2 :])
    return _steps(pin) or all(_steps(half) for half in halves)


def _steps(pin: str) -> bool:
    return len({(int(b) - int(a)) % 10 for a, b in itertools.pairwise(pin)}) == 1


def _repeats(pin: str) -> bool:
    """Tell whether a part comes again, the same or backwards: 471471, 121212, 471174."""
    half = len(pin) // 2
    return pin == pin[::-1] or any(len(pin) % n == 0 and pin == pin[:n] * (len(pin) // n) for n in range(1, half + 1))


def _is_date(pin: str) -> bool:
    """Tell whether these are day, month and year in an order that is written somewhere, or a month and a year of four digits."""
    if len(pin) == 6:
        a, b, c = int(pin[:2]), int(pin[2:4]), int(pin[4:])
        months = ((int(pin[:4]), c), (int(pin[2:]), a))
        return any(1 <= m <= 12 and y in _YEARS for y, m in months) or any(
            _day(2000 + y, m, d) for d, m, y in ((a, b, c), (b, a, c), (c, b, a))
        )
    if len(pin) == 8:
        a, b, year = int(pin[:2]), int(pin[2:4]), int(pin[4:])
        return _day(year, b, a) or _day(year, a, b) or _day(int(pin[:4]), int(pin[4:6]), int(pin[6:]))
    return False


def _day(year: int, month: int, day: int) -> bool:
    return year in _YEARS and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
