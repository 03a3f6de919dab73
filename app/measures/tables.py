"""The measures as tables that leave: the same columns as on the wire, a row for each group in the order of the keys."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from app import times
from app.errors import Problem
from app.exports.formatting import NUMBER, OWN, TIME, Column, Table
from app.exports.selecting import Counter
from app.measures import asking, covering, summing, sums, timing, waiting
from app.measures.summing import Asked

NAMES = {"accuracy": (summing.BY, "week"), "coverage": (covering.BY, "zone"), "speed": (timing.BY, "person"), "due": (("rule",), "rule")}
"""By what each is grouped, and by what it is unless one says."""
_KINDS = {"name": "text", "kind": OWN, "counted_at": TIME, "oldest": OWN}


def grouping(name: str, by: str | None) -> str:
    """Return by what to group; raises bad_request."""
    known, usual = NAMES[name]
    if by is not None and by not in known:
        raise Problem("bad_request", f"by: {', '.join(known)}.", [{"field": "by", "message": f"One of {', '.join(known)}."}])
    return by or usual


def table(tx: Connection, name: str, asked: Asked, by: str, pause: int) -> Table:
    """Return a measure as a table. Raises changed."""
    wire, rows = _ROWS[name]
    if name != "accuracy" or by == "zone" or asked.within is not None:
        asking.as_of_now(tx, asked)
    about: dict[str, Any] = {**asking.told(asked), "by": by}
    if name == "speed":
        about["pause"] = pause // times.MINUTE
    counter = Counter(_flat(wire, rows(tx, asked, by, pause)))
    columns = [Column(by, width=18), *(Column(one, _KINDS.get(one, NUMBER), 14) for one in wire)]
    return Table(f"measures {name}", columns, counter, about, lambda: {"rows": counter.rows})


def _flat(wire: Sequence[str], rows: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Sequence[Any]]:
    for key, told in rows:
        yield (key, *(told[one] for one in wire))


def _accuracy(tx: Connection, asked: Asked, by: str, _: int) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((group.key, group.sums.wire()) for group in summing.grouped(tx, asked, by))


def _coverage(tx: Connection, asked: Asked, by: str, _: int) -> Iterator[tuple[str, dict[str, Any]]]:
    groups, whole = covering.cover(tx, asked, by)
    return ((key, one.wire(asked.since, asked.until)) for key, one in (groups if by != "all" else [("", whole)]))


def _speed(tx: Connection, asked: Asked, by: str, pause: int) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((key, pace.wire()) for key, _, pace in timing.paces(tx, asked, pause, by))


def _due(tx: Connection, asked: Asked, _: str, __: int) -> Iterator[tuple[str, dict[str, Any]]]:
    return iter(waiting.standing(tx, asked, times.now())[0])


_ROWS: dict[str, Any] = {
    "accuracy": (sums.WIRE, _accuracy),
    "coverage": (covering.WIRE, _coverage),
    "speed": (timing.WIRE, _speed),
    "due": (waiting.WIRE, _due),
}
