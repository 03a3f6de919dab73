"""A shop's own codes: the product is the one whose barcode has the value's digits zero, the value is a weight or a price."""

import dataclasses
from pathlib import Path

import pytest

from app import create_app, own_codes
from app.config import BadSetting
from app.products.codes import check_digit
from app.scans import codes, in_store
from tests.conftest import settings_for

KNOWN = own_codes.patterns("21iiiiiwwwwwc=kg3, 23iiiiivppppc=EUR2")


def ean(body: str) -> str:
    return body + check_digit(body)


def test_a_weight() -> None:
    gtin, said = in_store.read("0" + ean("211234501250"), KNOWN) or ("", None)
    assert gtin == "0" + ean("211234500000")
    assert said is not None
    assert said.measures == {"kg": "1.25"}
    assert said.price is None


def test_a_price_with_its_own_check_digit() -> None:
    gtin, said = in_store.read("0" + ean("231234570199"), KNOWN) or ("", None)
    assert gtin == "0" + ean("231234500000")
    assert said is not None
    assert said.price == "1.99 EUR"
    assert said.measures == {}


@pytest.mark.parametrize("code", [ean("221234501250"), "2112345012501", ean("950600013435"), "21123450125", "", "21123450125ab"])
def test_other_codes_are_none_of_the_shops(code: str) -> None:
    assert codes.asked(code, codes.House(2026, KNOWN)).parts is None


@pytest.mark.parametrize("front", ["", "0", "00", "]E0", "]E00"])
def test_a_upc_a_is_the_shops_own_in_each_length_that_a_gun_may_send(front: str) -> None:
    """UPC-A with a 2 in front is EAN-13 with 02."""
    house = codes.House(2026, own_codes.patterns("02iiiiiwwwwwc=kg3"))
    found = codes.asked(front + ean("21234501250"), house)
    assert found.parts is not None
    assert (found.gtins[1], found.parts.measures) == ("0" + ean("021234500000"), {"kg": "1.25"})
    assert codes.asked(front + ean("21234500000"), house).parts is None, "the product's barcode itself"


@pytest.mark.parametrize(
    "said",
    ["21iiiiiwwwwwc", "21iiiiiwwwwc=kg3", "19iiiiiwwwwwc=kg3", "21iiiiiwwpppc=kg3", "21wwwwwwwwwwc=kg3", "21iiiiiwwwwwc=kg7", "x", "21iiiiivvwwwc=kg3"],
)  # fmt: skip
def test_a_pattern_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=said[:2]):
        own_codes.patterns(said)


def test_a_server_with_a_bad_pattern_says_so_and_doesnt_start(tmp_path: Path) -> None:
    settings = dataclasses.replace(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path), in_store="21iiiiiwwwwc=kg3")
    with pytest.raises(BadSetting, match="IN_STORE"):
        create_app(settings)


@pytest.mark.parametrize(
    "gtin, restricted", [("02112345012504", True), ("00212345678901", True), ("09506000134352", False), ("20012345678901", False)]
)
def test_numbers_that_any_shop_may_give(gtin: str, restricted: bool) -> None:
    assert in_store.is_restricted(gtin) is restricted
