"""What a label weighs or measures, in the product's unit: exact, or not at all."""

from fractions import Fraction

import pytest

from app.scans import measures
from app.scans.gs1 import NET


@pytest.mark.parametrize(
    ("said", "unit", "much"),
    [
        ({"kg": "1.25"}, "kg", "1.25"),
        ({"kg": "1.25"}, "g", "1250"),
        ({"kg": "1.25"}, " Kgs. ", "1.25"),
        ({"kg": "1.25", "lb": "2.756"}, "Pounds", "2.756"),
        ({"kg": "1.25", "lb": "2"}, "oz", "32"),
        ({"lb": "100"}, "kg", "45.359237"),
        ({"lb": "1"}, "oz", "16"),
        ({"ft": "3"}, "yd", "1"),
        ({"in": "10"}, "mm", "254"),
        ({"gal": "1"}, "qt", "4"),
        ({"ft3": "1"}, "in3", "1728"),
        ({"m3": "0.5"}, "Liter", "500"),
        ({"yd2": "1"}, "ft\u00b2", "9"),
        ({"ozt": "12"}, "g", "373.2417216"),
    ],
)
def test_a_measure_is_told_in_the_products_unit(said: dict[str, str], unit: str, much: str) -> None:
    assert measures.of(said, unit) == Fraction(much)


@pytest.mark.parametrize(("said", "unit"), [({"kg": "1"}, "each"), ({"kg": "1"}, "m"), ({"m2": "1"}, "m"), ({}, "kg"), ({"l": "1"}, "")])
def test_a_measure_of_another_kind_is_none(said: dict[str, str], unit: str) -> None:
    assert measures.of(said, unit) is None


def test_all_units_of_gs1_are_of_a_kind_and_come_back() -> None:
    for unit in NET.values():
        assert measures.of({unit: "7.5"}, unit) == Fraction("7.5")
        others = [other for other in NET.values() if other != unit and measures.of({unit: "7.5"}, other) is not None]
        for other in others:
            there = measures.of({unit: "7.5"}, other)
            back = measures.of({other: "1"}, unit)
            assert there is not None
            assert back is not None
            assert there * back == Fraction("7.5"), (unit, other)
        assert others, unit
