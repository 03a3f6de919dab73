"""Sum the lines of the counts that were posted in a period, by time, zone, class, reason, product, location, count or rule.

The database adds; what is left for Python is a row for each group. A line belongs to the moment its count was posted, so that a
period that is over never changes, unless something of it is reversed.
"""

import heapq
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.due import surveying
from app.exports.selecting import cursor
from app.measures import periods, sums
from app.measures.sums import DECIMALS, Sums
from app.times import DAY

_AT = "COALESCE(c.seconded_at, c.approved_at)"
_RULE = "COALESCE((SELECT u.{} FROM rule_runs o JOIN count_rules u ON u.id = o.rule_id WHERE o.count_id = c.id), '')"
_BY = {
    **dict.fromkeys(periods.GRAINS, (f"{_AT} / {DAY}", "''")),
    "zone": ("n.location_id", "''"),
    "class": ("n.abc", "''"),
    "reason": ("COALESCE(n.reason_code, '')", "''"),
    "product": ("p.sku", "p.name"),
    "location": ("l.code", "''"),
    "count": ("c.code", "''"),
    "rule": (_RULE.format("code"), _RULE.format("name")),
    "all": ("''", "''"),
}  # fmt: skip
"""By what lines are grouped: SQL of the key, and of a name that goes with it."""
BY = tuple(_BY)
_NUMBERED = {*periods.GRAINS, "zone"}
_RIGHT = "(n.variance = 0 AND n.state <> 'outside')"  # with other serials nothing is missing, and it isn't right either
_PRICED = "(n.value IS NOT NULL AND n.expected_value IS NOT NULL)"
_NUMBERS = {
    "lines": "1 = 1",
    "exact": _RIGHT,
    "within": f"({_RIGHT} OR n.state = 'within')",
    "recounted": "n.rounds > 1",
    "accepted": "n.decision = 'accept' AND n.variance <> 0",
    "dismissed": "n.decision = 'dismiss'",
    "unpriced": f"NOT {_PRICED}",
}
_BILLION = 10**9


class Asked(NamedTuple):
    """Of which site, from which ms to before which, as of which number of the journal; only in and below the location `within`, whose
    path is `path`."""

    site_id: int
    since: int
    until: int
    upto: int
    within: str | None = None
    path: str = ""


class Group(NamedTuple):
    """A group of lines: its key, a name of it that may change, its sums."""

    key: str
    name: str
    sums: Sums


def grouped(tx: Connection, asked: Asked, by: str) -> Iterator[Group]:
    """Give the groups in the order of their keys, one by one."""
    found = _rows(tx, asked, by)
    if by in periods.GRAINS:
        found = ((periods.first(day, by), name, one) for day, name, one in found)
    elif by == "zone":
        zones = surveying.zones(tx, asked.site_id)
        found = iter(sorted(((zones.get(place, ""), name, one) for place, name, one in found), key=lambda row: row[0]))
    for (key, name), rows in groupby(found, lambda row: row[:2]):
        yield Group(key, name, sums.total(one for _, _, one in rows))


def page(tx: Connection, asked: Asked, by: str, limit: int) -> tuple[list[Group], Sums, bool]:
    """Return at most `limit` groups, the sum of all, and whether there are more.

    Time goes on; of all else come first the groups that differ most, by value, then by units.
    """
    whole = Sums()

    def through() -> Iterator[Group]:
        for one in grouped(tx, asked, by):
            whole.add(one.sums)
            yield one

    found = list(through()) if by in periods.GRAINS else heapq.nsmallest(limit + 1, through(), _rank)
    return found[:limit], whole, len(found) > limit


def _rank(one: Group) -> tuple[int, int, str]:
    absolute = sums.AMOUNTS.index("absolute")
    return -one.sums.values[absolute], -one.sums.units[absolute], one.key


def posted(tx: Connection, asked: Asked) -> int:
    """Return how many counts were posted."""
    sql = f"SELECT COUNT(DISTINCT c.id) {_LINES} WHERE {_COUNTED}"
    return int(next(cursor(tx, sql, _given(asked)))[0])


_LINES = "FROM counts c JOIN lines n ON n.count_id = c.id JOIN locations l ON l.id = n.location_id"
_COUNTED = (
    f"c.site_id = ? AND c.status = 'posted' AND c.journal <= ? AND {_AT} >= ? AND {_AT} < ? "
    "AND n.counted IS NOT NULL AND n.product_id IS NOT NULL AND l.path LIKE ?"
)


def _given(asked: Asked) -> tuple[Any, ...]:
    return asked.site_id, asked.upto, asked.since, asked.until, asked.path + "%"


def _rows(tx: Connection, asked: Asked, by: str) -> Iterator[tuple[Any, str, Sums]]:
    key, name = _BY[by]
    numbers = ", ".join(f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)" for condition in _NUMBERS.values())
    units = _amounts("n.expected", "n.counted", "n.variance", "1 = 1")
    values = _amounts("n.expected_value", "n.expected_value + n.value", "n.value", _PRICED)
    sql = (
        f"SELECT {key}, {name}, p.decimals, CASE WHEN r.line_id IS NULL THEN 0 ELSE 1 END, {numbers}, {', '.join([*units, *values])} "
        f"{_LINES} JOIN products p ON p.id = n.product_id LEFT JOIN line_reversals r ON r.line_id = n.id AND r.journal <= ? "
        f"WHERE {_COUNTED} "
        f"GROUP BY 1, 2, 3, 4 ORDER BY {key}{'' if by in _NUMBERED else '{c}'}, 2, 3, 4"
    )
    for group, called, decimals, undone, *rest in cursor(tx, sql, (asked.upto, *_given(asked))):
        yield group, called, _sums(decimals, bool(undone), [int(n) for n in rest])


def _amounts(expected: str, counted: str, variance: str, counts: str) -> list[str]:
    """Return SQL of the sums of the amounts, where `counts` holds; each as billions and the rest, for no sum to be too large."""
    amounts = {
        "expected": f"CASE WHEN {counts} AND {expected} > 0 THEN {expected} ELSE 0 END",
        "counted": f"CASE WHEN {counts} THEN {counted} ELSE 0 END",
        "variance": f"CASE WHEN {counts} THEN {variance} ELSE 0 END",
        "absolute": f"CASE WHEN {counts} THEN ABS({variance}) ELSE 0 END",
        "missing": f"CASE WHEN {counts} AND n.decision = 'accept' AND {variance} < 0 THEN -{variance} ELSE 0 END",
        "found": f"CASE WHEN {counts} AND n.decision = 'accept' AND {variance} > 0 THEN {variance} ELSE 0 END",
    }
    parts = []
    for name in sums.AMOUNTS:
        parts += [f"SUM(({amounts[name]}) / {_BILLION})", f"SUM(({amounts[name]}) - ({amounts[name]}) / {_BILLION} * {_BILLION})"]
    return parts


def _sums(decimals: int, undone: bool, said: list[int]) -> Sums:
    numbers, amounts = said[: len(sums.NUMBERS)], said[len(sums.NUMBERS) :]
    if undone:
        return Sums(reversed_=numbers[0])
    whole = [high * _BILLION + low for high, low in zip(amounts[::2], amounts[1::2], strict=True)]
    each = len(sums.AMOUNTS)
    return Sums(numbers, [amount * 10 ** (DECIMALS - decimals) for amount in whole[:each]], whole[each:])
