"""GS1 codes: what they say, as the phone reads them too (tests/cases/gs1.json), as biip reads them, and no text that upsets us."""

import contextlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import biip
import biip.gs1_messages
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import times
from app.products.codes import split_aim
from app.scans import codes, digital_link, gs1
from app.scans.gs1_refused import Refused
from tests.scans import gs1_messages

CASES = json.loads((Path(__file__).parents[1] / "cases" / "gs1.json").read_text())
YEAR = 2026


def says(code: str) -> dict[str, Any] | None:
    """What a code says, in the words of the shared cases: only what it has."""
    aim, rest = split_aim(code)
    found = gs1.read(rest, aim, YEAR)
    if found is None:
        return None
    told = found._asdict() | {"warnings": [warning for warning in found.warnings if warning != "pairing"]}
    return {name: value for name, value in told.items() if value and name not in ("aim", "ais", "price")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["code"]))
def test_a_code_says_what_it_says_on_the_phone(case: dict[str, Any]) -> None:
    assert says(case["code"]) == case["says"]


@pytest.mark.parametrize(
    "code, parts",
    [
        ("]C1253950600013435XABC", None), ("]C12559506000134352ABC", None), ("]C101095060001343527030000ABC123", None),
        ("]C1010950600013435270032712312430", None), ("]C10109506000134352422000", None), ("]C10109506000134352421276\x1d", None),
        ("]C1401ABC", None), ("https://user@example.com/01/09506000134352", None),
        ("https://id.gs1.org/01/09506000134352?17=271231&17=271231", None),
        ("https://id.gs1.org/8003/09506000134352SER", {}),
    ],
)  # fmt: skip
def test_what_the_phone_leaves_to_the_server(code: str, parts: dict[str, Any] | None) -> None:
    assert says(code) == parts


def test_identifiers_keep_their_order_and_their_data() -> None:
    found = gs1.read("17271231010950600013435210A\x1d3922199", "]C1", YEAR)
    assert found is not None
    assert found.ais == (("17", "271231"), ("01", "09506000134352"), ("10", "A"), ("3922", "199"))
    assert found.price == "1.99"
    assert gs1.read("0109506000134352393297800199", "]C1", YEAR)._replace(ais=()).price == "1.99 978"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text, together",
    [
        ("(10)A", False), ("(01)09506000134352(10)A", True), ("(01)09506000134352(37)4", False), ("(02)09506000134352", False),
        ("(02)09506000134352(37)4(00)106141411234567897", True), ("(01)09506000134352(3100)000001(3101)000001", False),
        ("(01)09506000134352(21)A(235)B", False), ("(01)09506000134352(250)A", False), ("(01)09506000134352(250)A(21)B", True),
        ("(01)09506000134352(3922)199", False), ("(01)09506000134352(3922)199(3103)000250", True), ("(8030)A", False),
        ("(8030)A(01)09506000134352(21)7", True), ("(254)A", False), ("(400)A", True),
    ],
)  # fmt: skip
def test_what_doesnt_belong_together_is_told(text: str, together: bool) -> None:
    found = gs1.read(text, None, YEAR)
    assert found is not None
    assert ("pairing" not in found.warnings) is together


@pytest.mark.parametrize(
    "digits, year, date",
    [("510101", 2000, "1951-01-01"), ("500101", 2000, "2050-01-01"), ("000101", 2060, "2100-01-01"), ("260200", 2026, "2026-02-28"), ("240200", 2026, "2024-02-29")],
)  # fmt: skip
def test_a_date_gets_the_nearest_century_and_day_00_is_the_last_of_its_month(digits: str, year: int, date: str) -> None:
    assert gs1.date(digits, year) == date


@pytest.mark.parametrize(
    "digits, decimals, text", [("000195", 3, "0.195"), ("001250", 3, "1.25"), ("000000", 5, "0"), ("000100", 0, "100"), ("1", 4, "0.0001")]
)
def test_measures_are_exact(digits: str, decimals: int, text: str) -> None:
    assert gs1.decimal(digits, decimals) == text


@pytest.mark.parametrize(
    "address, ais",
    [
        ("https://a.example/253/9506000134352X1?17=271231", "253 17"), ("https://a.example:8443/01/9506000134352?7003=2712311430", "01 7003"),
        ("https://a.example/01/9506000134352/235/T/22/V", None), ("https://a.example/01/9506000134352/22/V/10/L/21/S", "01 22 10 21"),
        ("https://a.example/414/9501101530003/254/A/7040/1ABC", None), ("https://a.example/00/106141411234567897?21=S", None),
        ("https://a.example/00/106141411234567897?10=L;99=A", "00 10 99"), ("https://a.example/01/9506000134352?8200=x", None),
        ("https://a.example/01/9506000134352?99=", None), ("https://a.example/01/9506000134352/", None), ("https://a.example?01=9506000134352", None),
        ("https://a.example/01/9506000134352?99=A&99=A", None), ("https://a.example/01/9506000134352?99=%4", None), ("ftp://a/01/9506000134352", None),
        ("https://a.example/8004/9506AB?90=x#fragment?99=y", "8004 90"), ("https://user@a.example/01/9506000134352", None),
    ],
)  # fmt: skip
def test_a_link_has_its_key_and_qualifiers_in_the_path_and_attributes_in_the_query(address: str, ais: str | None) -> None:
    found = gs1.read(address, None, YEAR)
    assert (" ".join(ai for ai, _ in found.ais) if found else None) == ais


def test_a_message_too_long_for_its_lot_says_that_separators_may_be_missing() -> None:
    code = "0109506000134352" + "10LOT-123456789" + "17271231" + "21SER"
    assert gs1.read(code, "]C1", YEAR) is None
    assert gs1.seems_to_lack_separators(code, "]C1")
    assert not gs1.seems_to_lack_separators("0109506000134352" + "10LOT", "]C1")


@pytest.mark.parametrize(
    "code", ["0109506000134352" "17270229" "10A", "0109506000134352" "17270431" "21S", "0109506000134352" "30123456789" "10L"]
)  # fmt: skip
def test_a_date_that_is_none_in_its_own_place_has_lost_no_separator(code: str) -> None:
    assert gs1.read(code, "]C1", YEAR) is None
    assert not gs1.seems_to_lack_separators(code, "]C1")


def test_a_thousand_random_messages_are_read_as_biip_reads_them() -> None:
    """Dates are left to the next test: biip 5.2 refuses the two dates that a harvest (7007) may have."""
    rand = random.Random(4)
    lax = biip.ParseConfig(gs1_element_strings_verify_date=False)
    for _ in range(1_000):
        ais = gs1_messages.message(rand)
        text = gs1.encoded(ais)
        theirs = biip.gs1_messages.GS1Message.parse(text, config=lax)
        assert [(one.ai.ai, one.value) for one in theirs.element_strings] == ais
        assert gs1.element_strings(text) == ais
        hri = "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in ais)
        assert gs1.bracketed(hri) == ais


def test_dates_are_biips() -> None:
    this_year = times.year(times.now())
    for digits in (f"{year:02d}{month:02d}00" for year in range(100) for month in range(1, 13)):
        (theirs,) = biip.gs1_messages.GS1Message.parse("17" + digits).element_strings
        assert theirs.date is not None
        assert theirs.date.isoformat() == gs1.date(digits, this_year)


STARTS = st.sampled_from(
    ["", "]C1", "]E0", "]d2", "]Q1", "]Q3", "(", "(01)", "01", "https://a/01/", "https://a/01/09506000134352?", "\x1d"]
)


@settings(max_examples=2_000, deadline=None)
@given(STARTS, st.text(max_size=60) | st.text("0123456789()\x1d%/?&=;AB ", max_size=60))
def test_no_text_upsets_a_parser(start: str, text: str) -> None:
    aim, rest = split_aim(start + text)
    parsers: list[Callable[[], object]] = [
        lambda: gs1.message(rest, aim, YEAR), lambda: gs1.element_strings(rest), lambda: gs1.bracketed(rest), lambda: digital_link.read(rest)
    ]  # fmt: skip
    for parse in parsers:
        with contextlib.suppress(Refused):
            parse()
    gs1.seems_to_lack_separators(rest, aim)


@settings(max_examples=1_000, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 200), st.text(max_size=2), st.integers(0, 3))
def test_a_damaged_message_is_read_or_refused_and_what_is_read_can_be_written(rand: random.Random, at: int, put: str, drop: int) -> None:
    text = gs1.encoded(gs1_messages.message(rand))
    text = text[: at % len(text)] + put + text[at % len(text) + drop :]
    try:
        found = gs1.element_strings(text)
    except Refused:
        return
    assert gs1.element_strings(gs1.encoded(found)) == found
    again = gs1.read(gs1.encoded(found), "]C1", YEAR)
    assert again is None or dict(again.ais) == dict(found)


def test_a_magazines_add_on_is_passed_over_and_is_no_logistic_unit() -> None:
    number = "9506000134352"
    for add_on in (f"{n:05d}" for n in range(200)):
        assert codes.asked(f"]E3{number}{add_on}", codes.House(YEAR)).gtins == ("0" + number,), add_on
    for add_on in (f"{n:02d}" for n in range(100)):  # with two digits a UPC-A is as long as a GTIN-14, and one in ten has its check digit
        assert codes.asked(f"]E3614141999996{add_on}", codes.House(YEAR)).gtins == ("00614141999996",), add_on
