"""Ranges of codes: what people mean by from and to, and what spans nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.locations import pattern
from app.locations.pattern import BadRange, span


def codes(first: str, last: str, *steps: int) -> list[str]:
    return ["".join(pieces) for pieces in span(first, last, steps).codes()]


@pytest.mark.parametrize(
    "first, last, steps, made",
    [
        ("A-01", "A-03", (), ["A-01", "A-02", "A-03"]),
        ("A-01-1", "A-02-2", (), ["A-01-1", "A-01-2", "A-02-1", "A-02-2"]),
        ("A-9", "A-11", (), ["A-9", "A-10", "A-11"]),
        ("A-09", "A-11", (), ["A-09", "A-10", "A-11"]),
        ("A-0", "A-10", (5,), ["A-0", "A-5", "A-10"]),
        ("A-01-A", "A-02-B", (), ["A-01-A", "A-01-B", "A-02-A", "A-02-B"]),
        ("Y", "Z", (), ["Y", "Z"]),
        ("AY", "BA", (), ["AY", "AZ", "BA"]),
        ("x.a", "x.c", (2,), ["x.a", "x.c"]),
        ("A-01-01", "A-05-02", (2,), ["A-01-01", "A-01-02", "A-03-01", "A-03-02", "A-05-01", "A-05-02"]),
        ("A-02-01", "A-03-04", (1, 2), ["A-02-01", "A-02-03", "A-03-01", "A-03-03"]),
        ("R1", "R1", (), ["R1"]),
        ("Gänge 1", "Gänge 2", (), ["Gänge 1", "Gänge 2"]),
    ],
)
def test_a_range_is_what_people_mean(first: str, last: str, steps: tuple[int, ...], made: list[str]) -> None:
    assert codes(first, last, *steps) == made


def test_a_whole_rack_has_every_bin_once() -> None:
    made = codes("A-01-01", "A-40-06")
    assert (len(made), len(set(made)), made[0], made[-1]) == (240, 240, "A-01-01", "A-40-06")


@pytest.mark.parametrize(
    "first, last, steps, field",
    [
        ("A-01", "A-001", (), "to"),
        ("A-1", "A-05", (), "to"),
        ("A-05", "A-01", (), "to"),
        ("A-01-09", "A-02-03", (), "to"),
        ("A", "a", (), "to"),
        ("A", "BB", (), "to"),
        ("A1", "AB", (), "to"),
        ("A-01", "A_02", (), "to"),
        ("A-01", "A-01-02", (), "to"),
        ("Gäste", "Gisti", (), "to"),
        ("A-1", "A-10001", (), "to"),
        ("1-1-1-1", "999-999-999-999", (), "to"),
        ("0000000001", "9999999999", (), "to"),
        ("A-01", "A-02", (1, 2), "steps"),
    ],
)
def test_what_spans_nothing_or_too_much_is_refused_at_its_field(first: str, last: str, steps: tuple[int, ...], field: str) -> None:
    with pytest.raises(BadRange) as refused:
        span(first, last, steps)
    assert refused.value.field == field


NUMBER = st.integers(0, 20)
LETTER = st.sampled_from("ABCDEFGH")


@given(st.lists(st.tuples(NUMBER, NUMBER).map(sorted) | st.tuples(LETTER, LETTER).map(sorted), min_size=1, max_size=3), st.booleans())
def test_a_range_holds_both_ends_each_code_once_and_all_of_one_form(ends: list[list[int] | list[str]], padded: bool) -> None:
    def spelled(which: int) -> str:
        return "-".join(f"{end[which]:02}" if padded and isinstance(end[which], int) else str(end[which]) for end in ends)

    first, last = spelled(0), spelled(1)
    found = span(first, last)
    made = codes(first, last)
    assert len(made) == len(set(made)) == found.size()
    assert (made[0], made[-1]) == (first, last)
    assert all(len(code.split("-")) == len(ends) for code in made)
    assert sorted(made) == sorted("".join(pieces) for pieces in pattern.snake(found))
    if padded:
        assert made == sorted(made)


@given(st.text(max_size=30), st.text(max_size=30), st.lists(st.integers(1, 5), max_size=3))
def test_any_two_texts_span_a_range_or_are_refused(first: str, last: str, steps: list[int]) -> None:
    try:
        found = span(first, last, steps)
    except BadRange:
        return
    assert len(list(found.codes())) == found.size() <= pattern.MOST


def test_a_walk_turns_at_the_end_of_each_aisle() -> None:
    walked = ["".join(pieces) for pieces in pattern.snake(span("A-1-1", "A-3-2"))]
    assert walked == ["A-1-1", "A-1-2", "A-2-2", "A-2-1", "A-3-1", "A-3-2"]
