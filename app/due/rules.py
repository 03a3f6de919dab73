"""Which locations are due by a rule, when and why. Pure: moments are ms, days are whole days since 1970, UTC."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.due import sample
from app.times import DAY


class Whole(NamedTuple):
    """A parameter that is a whole number."""

    default: int
    least: int
    most: int


class Yes(NamedTuple):
    """A parameter that is said or not."""

    default: bool


class Codes(NamedTuple):
    """A parameter that names locations; each means all below it."""

    needed: bool


class Date(NamedTuple):
    """A parameter that is a day, `2026-11-26`."""


_Parameter = Whole | Yes | Codes | Date
_DAYS, _PERCENT = (1, 3650), (1, 100)

KINDS: dict[str, dict[str, _Parameter]] = {
    "abc": {"a": Whole(30, *_DAYS), "b": Whole(90, *_DAYS), "c": Whole(365, *_DAYS)},
    "age": {"days": Whole(180, *_DAYS)},
    "zone": {"days": Whole(90, *_DAYS)},
    "moves": {"moves": Whole(50, 1, 1_000_000)},
    "book": {"zero": Yes(True), "negative": Yes(True)},
    "accuracy": {"below": Whole(95, *_PERCENT), "over": Whole(365, *_DAYS), "days": Whole(30, *_DAYS)},
    "value": {"share": Whole(80, *_PERCENT), "over": Whole(90, *_DAYS), "days": Whole(30, *_DAYS)},
    "sample": {"confidence": Whole(95, 50, 99), "margin": Whole(5, 1, 50), "errors": Whole(50, 1, 99), "days": Whole(30, *_DAYS)},
    "control": {"locations": Codes(True), "days": Whole(7, *_DAYS)},
    "list": {"locations": Codes(True)},
    "wall": {"since": Date()},
}
"""Every kind of rule and its parameters; each may be kept `within` some locations."""
COMMON: dict[str, _Parameter] = {"within": Codes(False)}
MOST_CODES = 1000


class BadParameter(ValueError):
    """A parameter that a rule can't have."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(slots=True)
class Place:
    """What is known of a location that can be counted."""

    id: int
    code: str
    walk: str
    zone: str
    above: frozenset[str]
    """Its code and those of all above it."""
    last: int | None = None
    """When it was counted last, whole."""
    count: str | None = None
    """The open count that it is in."""
    abc: str = ""
    """The best class of what is there."""
    zero: bool = True
    negative: bool = False
    moves: int = 0
    """Since it was counted last."""
    lines: int = 0
    right: int = 0
    """Lines of past counts, and how many of them had no variance."""
    value: int = 0
    """What moved in and out of late, in millionths of the currency."""


class Rule(NamedTuple):
    """A rule as it is kept."""

    code: str
    kind: str
    parameters: dict[str, Any]
    most: int
    changed_at: int


class Due(NamedTuple):
    """A location that is due from a day on: why (`n` says how much), and its rank: what comes first when not all can be counted."""

    place: Place
    day: int
    why: str
    n: int | None
    rank: tuple[Any, ...]


def parameters(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a rule of this kind, all of them; raises BadParameter."""
    known = KINDS[kind] | COMMON
    for name in given:
        if name not in known:
            raise BadParameter(name, f"A rule of this kind has no such parameter; it has {', '.join(known)}.")
    return {name: _read(name, wanted, given.get(name)) for name, wanted in known.items()}


def _read(name: str, wanted: _Parameter, value: Any) -> Any:
    if isinstance(wanted, Whole):
        value = wanted.default if value is None else value
        if type(value) is not int or not wanted.least <= value <= wanted.most:
            raise BadParameter(name, f"A whole number from {wanted.least} to {wanted.most}.")
    elif isinstance(wanted, Yes):
        value = wanted.default if value is None else value
        if type(value) is not bool:
            raise BadParameter(name, "true or false.")
    elif isinstance(wanted, Codes):
        value = [] if value is None else value
        if (
            not isinstance(value, list)
            or len(value) > MOST_CODES
            or not all(isinstance(code, str) and 0 < len(code) <= 128 for code in value)
        ):
            raise BadParameter(name, f"A list of at most {MOST_CODES} codes of locations.")
        if wanted.needed and not value:
            raise BadParameter(name, "Name at least one location.")
    else:
        try:
            value = datetime.date.fromisoformat(value).isoformat()
        except (TypeError, ValueError) as error:
            raise BadParameter(name, "A day, 2026-11-26.") from error
    return value


def period(rule: Rule, place: Place) -> int:
    """Return after how many days a location that was counted is due again by itself; 0: it isn't."""
    if rule.kind == "abc":
        return int(rule.parameters[(place.abc or "c").lower()])
    return int(rule.parameters["days"]) if rule.kind in ("age", "zone", "accuracy", "value", "control") else 0


def population(rule: Rule, places: Iterable[Place]) -> list[Place]:
    """Return the locations that a rule speaks of."""
    named = set(rule.parameters["within"])
    chosen = [place for place in places if place.above & named] if named else list(places)
    listed = set(rule.parameters.get("locations", ()))
    return [place for place in chosen if place.above & listed] if listed else chosen


def when(rule: Rule, places: Iterable[Place], today: int) -> list[Due]:
    """Return every location that is due or will be, each with the day from which on it is; in no order."""
    return _WHEN[rule.kind](rule, population(rule, places), today)


def chosen(rule: Rule, places: Iterable[Place], today: int) -> tuple[list[Due], list[Due]]:
    """Return what to count today in walking order, at most the rule's `most`, and what is due but in an open count already."""
    due = sorted((one for one in when(rule, places, today) if one.day <= today), key=by_rank)
    taken = [one for one in due if one.place.count is None][: rule.most]
    return sorted(taken, key=_by_walk), sorted((one for one in due if one.place.count), key=_by_walk)


def by_rank(one: Due) -> tuple[Any, ...]:
    """Return what sorts due locations: what can wait least first."""
    return (*one.rank, one.place.walk, one.place.code)


def _by_walk(one: Due) -> tuple[str, str]:
    return one.place.walk, one.place.code


def _counted_on(place: Place) -> int | None:
    return None if place.last is None else place.last // DAY


def _again(rule: Rule, place: Place, today: int, why: str, n: int | None, *rank: Any) -> Due:
    """Return when a location is due that is counted at intervals; one that was never counted is due now, and first."""
    on = _counted_on(place)
    if on is None:
        return Due(place, today, "never" if n is None else why, n, (*rank, -1))
    day = on + period(rule, place)
    return Due(place, day, why, n, (*rank, day))


def _abc(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    return [_again(rule, place, today, f"class_{(place.abc or 'c').lower()}", None, place.abc or "C") for place in places]


def _age(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    return [_again(rule, place, today, "age", None) for place in places]


def _zone(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    """A zone is due when the location is that waits longest there, and then all of it is but what was counted of late."""
    days = int(rule.parameters["days"])
    zones: dict[str, list[Place]] = {}
    for place in places:
        zones.setdefault(place.zone, []).append(place)
    due = []
    for zone, members in zones.items():
        counted = [on for on in map(_counted_on, members) if on is not None]
        day = today if len(counted) < len(members) else min(counted) + days
        first = -1 if not counted else min(counted)
        for place in members:
            on = _counted_on(place)
            late = on is not None and on > day - days / 2
            due.append(Due(place, (on or 0) + days if late else day, "zone", None, (first, zone)))
    return due


def _moves(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    least = rule.parameters["moves"]
    return [Due(place, today, "moves", place.moves, (-place.moves,)) for place in places if place.moves >= least]


def _book(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    """What the book says is empty or less than that, if anything moved since it was counted."""
    due = []
    for place in places:
        if place.moves and place.negative and rule.parameters["negative"]:
            due.append(Due(place, today, "negative", None, (0,)))
        elif place.moves and place.zero and rule.parameters["zero"]:
            due.append(Due(place, today, "zero", None, (1,)))
    return due


def _accuracy(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    due = []
    for place in places:
        if place.lines and place.right * 100 < rule.parameters["below"] * place.lines:
            share = place.right * 100 // place.lines
            due.append(_again(rule, place, today, "accuracy", share, share))
    return due


def _value(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    """The locations that together make the first `share` percent of what moved in value."""
    total, seen, due = sum(place.value for place in places), 0, []
    for place in sorted(places, key=lambda place: (-place.value, place.code)):
        if place.value == 0 or seen * 100 >= rule.parameters["share"] * total:
            break
        seen += place.value
        due.append(_again(rule, place, today, "value", place.value // 1_000_000, -place.value))
    return due


def _sample(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    """A sample for each period of `days`, due until each of it was counted in that period."""
    days = rule.parameters["days"]
    begun = today // days * days
    wanted = sample.size(len(places), *(rule.parameters[name] for name in ("confidence", "margin", "errors")))
    members = set(sample.draw(f"{rule.code}\0{begun}", (place.code for place in places), wanted))
    return [Due(place, begun, "sample", None, ()) for place in places if place.code in members and (_counted_on(place) or 0) < begun]


def _control(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    return [_again(rule, place, today, "control", None) for place in places]


def _list(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    begun = rule.changed_at
    return [Due(place, begun // DAY, "list", None, ()) for place in places if (place.last or 0) < begun]


def _wall(rule: Rule, places: Sequence[Place], today: int) -> list[Due]:
    begun = (datetime.date.fromisoformat(rule.parameters["since"]) - datetime.date(1970, 1, 1)).days
    return [Due(place, begun, "wall", None, ()) for place in places if (_counted_on(place) or 0) < begun]


_WHEN: dict[str, Callable[[Rule, Sequence[Place], int], list[Due]]] = {
    "abc": _abc, "age": _age, "zone": _zone, "moves": _moves, "book": _book, "accuracy": _accuracy, "value": _value, "sample": _sample,
    "control": _control, "list": _list, "wall": _wall,
}  # fmt: skip
