"""Shares as they are written: percents with two decimals that are cut off, so that 100.00 is all of it. Pure."""

from app.counts.statement import cents


def percent(part: int, whole: int) -> str | None:
    """Return which percentage a part is of a whole, `98.75`; None of nothing."""
    if whole <= 0:
        return None
    size = abs(part) * 10_000 // whole
    return cents(-size if part < 0 else size)


def accuracy(absolute: int, expected: int) -> str | None:
    """Return one minus the share of what differs, in percent, never less than 0; None where nothing was expected."""
    return percent(max(expected - absolute, 0), expected)


def rate(number: int, ms: int) -> str | None:
    """Return how many there were in an hour, `63.5`; None where no time was measured."""
    if ms <= 0:
        return None
    whole, tenth = divmod(number * 36_000_000 // ms, 10)
    return f"{whole}.{tenth}"
