"""The rules: which of some locations are due on a day, when the others will be, and how large a sample must be."""

import random
import re
from pathlib import Path
from typing import Any

import pytest

from app.due import classes, load, rules, sample
from app.due.rules import BadParameter, Place, Rule
from app.times import DAY

TODAY = 20_000


def place(code: str, ago: int | None = None, **facts: Any) -> Place:
    """A location that was counted so many days ago."""
    return Place(hash(code), code, code, code[0], frozenset({code, code[0]}), None if ago is None else (TODAY - ago) * DAY + 1, **facts)


def rule(kind: str, most: int = 100, changed: int = TODAY, **parameters: Any) -> Rule:
    return Rule(f"R-{kind}", kind, rules.parameters(kind, parameters), most, changed * DAY)


def due(asked: Rule, *places: Place, today: int = TODAY) -> list[str]:
    return [one.place.code for one in rules.chosen(asked, places, today)[0]]


def why(asked: Rule, *places: Place) -> dict[str, tuple[str, int | None]]:
    return {one.place.code: (one.why, one.n) for one in rules.chosen(asked, places, TODAY)[0]}


def test_a_class_is_counted_as_often_as_its_rule_says() -> None:
    asked = rule("abc", a=10, b=30, c=100)
    places = (
        place("A1", 10, abc="A"),
        place("A2", 9, abc="A"),
        place("A3", 29, abc="B"),
        place("A4", 30, abc="B"),
        place("A5", 100),
        place("A6"),
    )
    assert why(asked, *places) == {"A1": ("class_a", None), "A4": ("class_b", None), "A5": ("class_c", None), "A6": ("never", None)}
    assert due(rule("abc", most=2, a=10, b=30, c=100), *places) == ["A1", "A4"], "A comes before B comes before C"


def test_what_waits_longest_comes_first_and_is_walked_in_order() -> None:
    places = (place("A1", 50), place("A2", 70), place("A3", 40), place("A4"), place("A5", 60))
    assert due(rule("age", days=40), *places) == ["A1", "A2", "A3", "A4", "A5"]
    assert due(rule("age", days=40, most=3), *places) == ["A2", "A4", "A5"]
    assert due(rule("age", days=61), *places) == ["A2", "A4"]


def test_a_zone_is_toured_whole_and_goes_on_where_it_stopped() -> None:
    asked = rule("zone", days=90, most=2)
    first = (place("A1", 91), place("A2", 91), place("A3", 91), place("B1", 80), place("B2", 95))
    assert due(asked, *first) == ["B1", "B2"], "the zone in which one waits longest, all of it"
    then = (place("A1", 91), place("A2", 91), place("A3", 91), place("B1", 0), place("B2", 0))
    assert due(asked, *then) == ["A1", "A2"]
    at_last = (place("A1", 0), place("A2", 0), place("A3", 92), place("B1", 1), place("B2", 1))
    assert due(asked, *at_last) == ["A3"], "not what was counted a moment ago"


def test_moves_and_the_book_call_for_a_count_until_there_was_one() -> None:
    places = (place("A1", 3, moves=50), place("A2", 3, moves=49), place("A3", 1, moves=70))
    assert due(rule("moves", moves=50), *places) == ["A1", "A3"]
    assert due(rule("moves", moves=50, most=1), *places) == ["A3"]
    book = (place("A1", moves=1), place("A2", moves=0), place("A3", moves=2, zero=False, negative=True), place("A4", moves=2, zero=False))
    assert why(rule("book"), *book) == {"A1": ("zero", None), "A3": ("negative", None)}
    assert due(rule("book", zero=False), *book) == ["A3"]
    assert due(rule("book", negative=False), *book) == ["A1"]


def test_where_counts_were_often_wrong_counts_come_sooner() -> None:
    places = (place("A1", 40, lines=10, right=9), place("A2", 40, lines=20, right=20), place("A3", 40), place("A4", 5, lines=1, right=0))
    assert why(rule("accuracy", below=95, days=30), *places) == {"A1": ("accuracy", 90)}


def test_what_moves_most_value_comes_first() -> None:
    places = (place("A1", 40, value=70_000_000), place("A2", 40, value=20_000_000), place("A3", 40, value=10_000_000), place("A4", 40))
    assert why(rule("value", share=80), *places) == {"A1": ("value", 70), "A2": ("value", 20)}
    assert due(rule("value", share=100), *places) == ["A1", "A2", "A3"]


@pytest.mark.parametrize(
    ("population", "confidence", "margin", "errors", "size"),
    [
        (1000, 95, 5, 50, 278),
        (20_000, 95, 5, 50, 377),
        (1_000_000, 95, 5, 50, 384),
        (500, 99, 3, 50, 394),
        (10, 95, 5, 50, 10),
        (0, 95, 5, 50, 0),
    ],
)
def test_a_sample_is_as_large_as_cochrans_tables_say(population: int, confidence: int, margin: int, errors: int, size: int) -> None:
    assert sample.size(population, confidence, margin, errors) == size


def test_a_sample_is_the_same_all_its_period_and_another_in_the_next() -> None:
    places = [place(f"A{n:03}", 400) for n in range(500)]
    asked = rule("sample", margin=10, days=30)
    begun = TODAY // 30 * 30
    drawn = due(asked, *places, today=begun)
    assert len(drawn) == sample.size(500, 95, 10, 50) == 81
    assert due(asked, *reversed(places), today=begun + 29) == drawn
    again = due(asked, *places, today=begun + 30)
    assert len(again) == 81
    assert again != drawn
    counted = [place(one.code, TODAY - begun) if one.code in drawn[:80] else one for one in places]
    assert due(asked, *counted, today=begun + 29) == drawn[80:]


def test_lists_control_groups_and_wall_to_wall_speak_of_what_they_name() -> None:
    places = (place("A1", 10), place("A2", 1), place("B1", 10), place("B2"))
    assert due(rule("control", locations=["A"], days=7), *places) == ["A1"]
    assert due(rule("list", locations=["A2", "B1"]), *places) == ["A2", "B1"]
    assert due(rule("list", locations=["A2", "B1"], changed=TODAY - 3), *places) == ["B1"], "one was counted since"
    assert due(rule("wall", since="2024-10-04"), *places, today=TODAY) == ["A1", "A2", "B1", "B2"]
    assert due(rule("wall", since="2024-10-05"), *places, today=TODAY) == [], "it begins tomorrow"
    assert due(rule("wall", since="2024-10-02"), *places, today=TODAY) == ["A1", "B1", "B2"]
    assert due(rule("age", days=1, within=["B"]), *places) == ["B1", "B2"]


def test_what_is_in_an_open_count_is_left_out_and_told() -> None:
    taken, opened = rules.chosen(rule("age", days=5), [place("A1", 9, count="K7"), place("A2", 9)], TODAY)
    assert ([one.place.code for one in taken], [(one.place.code, one.place.count) for one in opened]) == (["A2"], [("A1", "K7")])


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("age", {"days": 0}), ("age", {"days": "90"}), ("age", {"days": True}), ("age", {"weeks": 3}), ("list", {}), ("list", {"locations": "A"}),
        ("list", {"locations": [""]}), ("wall", {}), ("wall", {"since": "2026-02-30"}), ("book", {"zero": 1}), ("sample", {"confidence": 100}),
    ],
)  # fmt: skip
def test_a_parameter_that_a_rule_can_not_have_is_refused(kind: str, given: dict[str, Any]) -> None:
    with pytest.raises(BadParameter):
        rules.parameters(kind, given)


def test_the_console_asks_for_the_parameters_that_there_are() -> None:
    script = (Path(__file__).parents[2] / "static" / "console" / "rule.js").read_text()
    told = dict(re.findall(r"^  (\w+): \{ (.+) \},$", script, re.M))
    found = {kind: {name: value for name, value in re.findall(r"(\w+): ([^,]+)", said)} for kind, said in told.items()}
    defaults = {
        kind: {
            name: str(getattr(one, "default", "[]" if isinstance(one, rules.Codes) else "''")).replace("True", "true")
            for name, one in known.items()
        }
        for kind, known in rules.KINDS.items()
    }
    assert found == defaults


def test_the_load_is_spread_over_days_and_comes_again() -> None:
    places = [place(f"A{n}", 30) for n in range(5)]
    ahead = load.ahead([rule("age", days=30, most=2)], places, TODAY, 33)
    assert [sum(day.values()) for day in ahead.days] == [2, 2, 1] + [0] * 27 + [2, 2, 1]
    assert (ahead.overdue, ahead.waiting) == ({}, {})
    assert load.ahead([rule("age", days=28, most=2)], places, TODAY, 2) == ([{"R-age": 2}, {"R-age": 2}], {"R-age": 5}, {"R-age": 1})


def test_what_a_rule_left_today_waits_until_tomorrow() -> None:
    places = [place("A1", 40, count="K1"), place("A2", 40), place("A3", 40)]
    ahead = load.ahead([rule("age", days=30, most=1)], places, TODAY, 3, {"R-age"})
    assert (ahead.days, ahead.overdue) == ([{}, {"R-age": 1}, {"R-age": 1}], {"R-age": 2})


def test_a_location_that_one_rule_counts_needs_no_other_that_day() -> None:
    places = [place("A1", 30), place("A2", 30, moves=9), place("A3", 3, moves=9), place("A4", 30, count="K1")]
    ahead = load.ahead([rule("age", days=30), rule("moves", moves=9)], places, TODAY, 1)
    assert ahead.days == [{"R-age": 2, "R-moves": 1}]


def test_a_new_sample_is_drawn_for_each_period_ahead() -> None:
    places = [place(f"A{n:03}", 400) for n in range(500)]
    begun = TODAY // 30 * 30
    asked = rule("sample", margin=10, days=30, most=100)
    assert load.ahead([asked], places, begun + 5, 1).overdue == {}, "there is time until the period ends"
    ahead = load.ahead([asked], places, begun, 61)
    assert [n for n, day in enumerate(ahead.days) if day] == [0, 30, 60]


@pytest.mark.parametrize("kind", sorted(set(rules.KINDS) - {"zone"}))
def test_the_calendar_is_what_planning_day_by_day_comes_to(kind: str) -> None:
    """Up to three rules of a kind, as often as they like, over the same locations; a tour of a zone is only foretold by location."""
    for seed in range(40):
        known, places = _drawn(kind, seed)
        foretold = load.ahead(known, places, TODAY, 40).days
        assert foretold == _day_by_day(known, places, 40), seed


def _drawn(kind: str, seed: int) -> tuple[list[Rule], list[Place]]:
    draw = random.Random(seed)
    places = [
        place(
            f"{draw.choice('AB')}{n}", draw.choice([None, draw.randint(0, 60)]), count=draw.choice([None, None, "K1"]),
            abc=draw.choice(["", "A", "B", "C"]), zero=draw.random() < 0.3, moves=draw.randint(0, 9), lines=5, right=draw.randint(0, 5),
            value=draw.randint(0, 5) * 10**7,
        )
        for n in range(draw.randint(3, 14))
    ]  # fmt: skip
    asked = {"control": {"locations": ["A"]}, "list": {"locations": ["A"]}, "wall": {"since": "2024-10-02"}, "moves": {"moves": 3}}
    known = []
    for number in range(draw.randint(1, 3)):
        days = {name: draw.randint(1, 30) for name in rules.KINDS[kind] if name in ("days", "a", "b", "c")}
        one = rule(kind, draw.randint(1, 6), **asked.get(kind, {}) | days)
        known.append(one._replace(code=f"R{number}"))
    return known, places


def _day_by_day(known: list[Rule], places: list[Place], days: int) -> list[dict[str, int]]:
    """Plan each day what the rules ask for, and count all of it on that day."""
    _count([one for one in places if one.count], TODAY)
    load = []
    for day in range(TODAY, TODAY + days):
        planned = {}
        for one in known:
            taken = [due.place for due in rules.chosen(one, places, day)[0]]
            for here in taken:
                here.count = one.code
            planned |= {one.code: len(taken)} if taken else {}
        _count([one for one in places if one.count], day)
        load.append(planned)
    return load


def _count(places: list[Place], day: int) -> None:
    for one in places:
        one.last, one.count, one.moves = day * DAY + DAY // 2, None, 0


def test_classes_are_what_makes_most_of_the_value() -> None:
    assert classes.classes({1: 70, 2: 20, 3: 6, 4: 4, 5: 0}, 80, 15) == {1: "A", 2: "A", 3: "B", 4: "C", 5: "C"}
    assert classes.classes({1: 0, 2: 0}, 80, 15) == {1: "C", 2: "C"}
    assert classes.classes({}, 80, 15) == {}
