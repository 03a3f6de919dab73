"""What a component of a GS1 message may be: each rule on examples from the standard's own text, and on what is one step beside."""

import pytest

from app.scans import gs1_coupons, gs1_rules

RIGHT_AND_WRONG: dict[str, tuple[list[str], list[str]]] = {
    "csetnumeric": (["0", "0123456789"], ["12a", "1 2", "１"]),
    "cset82": ([gs1_rules.CSET82], ["a b", "a#", "$", "ä", "\x1d"]),
    "cset39": ([gs1_rules.CSET39], ["a", "_", "A B", "É"]),
    "cset64": (["AB-_09az", "AB=", "A==", "ABC123"], ["A+", "A===", "AB==", "=A"]),
    "csum": (["09506000134352", "106141411234567897"], ["09506000134353", "0950600013435a", "0", ""]),
    "csumalpha": (["1987654Ad4X4bL5ttr2310c2K"], ["1987654Ad4X4bL5ttr2310c2L", "K", "1987654Ad4X4bL5ttr2310c20"]),
    "key": (["9506", "95060001"], ["950", "A506", "950A"]),
    "keyoff1": (["09506"], ["0950", "0950A"]),
    "yymmd0": (["240229", "270200", "271231"], ["271300", "270032", "270229", "2712", "27123a", "2712310"]),
    "yymmdd": (["240229", "000229", "271231"], ["270200", "271301", "270229", "27-1-1"]),
    "yyyymmdd": (["20000229", "19991231"], ["19000229", "20231301", "2023010"]),
    "yyyymmd0": (["20230100"], ["20231300", "2023010"]),
    "yymmddhh": (["27123123"], ["27123124", "271231"]),
    "hh": (["00", "23"], ["24", "1", "1a"]),
    "mi": (["00", "59"], ["60", "5"]),
    "ss": (["00", "59"], ["60"]),
    "hhmi": (["2359"], ["2400", "2360", "23"]),
    "mmoptss": (["59", "5959"], ["60", "5960", "591"]),
    "iso3166": (["276", "004"], ["000", "4", "999"]),
    "iso3166999": (["276", "999"], ["998"]),
    "iso3166list": (["276", "276826", "276" * 5], ["27", "276999", "276" * 6]),
    "iso3166alpha2": (["DE", "AX"], ["ZZ", "de", "D"]),
    "iso4217": (["978", "840"], ["987", "97"]),
    "iso5218": (["0", "1", "2", "9"], ["3", ""]),
    "iban": (
        ["GB82WEST12345698765432", "DE89370400440532013000"],
        ["GB82WEST12345698765433", "GB82", "ZZ82WEST12345698765432", "gb82WEST1"],
    ),
    "nonzero": (["0001"], ["0000", "a"]),
    "zero": (["0", "000"], ["01"]),
    "nozeroprefix": (["10"], ["0", "01", "a"]),
    "hasnondigit": (["1a"], ["12"]),
    "hyphen": (["-"], ["+", "0"]),
    "yesno": (["0", "1"], ["2", "01"]),
    "winding": (["0", "1", "9"], ["2", "11"]),
    "importeridx": (["-", "_", "z"], ["=", "ab", ""]),
    "mediatype": (["01", "10", "80", "99"], ["00", "11", "79"]),
    "packagetype": (["PX", "201", "ZZ"], ["px", "Q", "213"]),
    "latitude": (["0000000000", "1800000000"], ["1800000001", "180"]),
    "longitude": (["3600000000"], ["3600000001"]),
    "pieceoftotal": (["0102", "0202"], ["0002", "0302", "010", "0100"]),
    "posinseqslash": (["1/3", "10/12"], ["0/3", "3/1", "1/03", "1-3", "/3", "1/"]),
    "pcenc": (["a", "%41%2f"], ["%", "%4", "%4g"]),
}


def test_every_rule_has_examples() -> None:
    assert set(RIGHT_AND_WRONG) == set(gs1_rules.RULES)


@pytest.mark.parametrize("name", gs1_rules.RULES)
def test_a_rule_tells_right_from_wrong(name: str) -> None:
    right, wrong = RIGHT_AND_WRONG[name]
    rule = gs1_rules.RULES[name]
    assert [text for text in right if not rule(text)] == []
    assert [text for text in wrong if rule(text)] == []


COUPON = "0" + "614141" + "123456" + "3" + "150" + "2" + "12" + "0" + "003"
"""Company prefix, offer, save value 150, requirement 12 of code 0, family 003."""


@pytest.mark.parametrize(
    "more", ["", "10" + "11" + "0" + "001" + "9", "3271231", "4260101" + "50" + "123456", "61" + "0614141", "9" + "0010"]
)
def test_coupons(more: str) -> None:
    assert gs1_coupons.couponcode(COUPON + more)


@pytest.mark.parametrize(
    "text",
    [COUPON[:-1], COUPON + "7", COUPON + "3271331", COUPON + "32601014270101", COUPON + "9", COUPON + "4260101" + "3271231", "7" + COUPON[1:], COUPON + "a"],
)  # fmt: skip
def test_coupons_that_are_none(text: str) -> None:
    assert not gs1_coupons.couponcode(text)


@pytest.mark.parametrize("text, right", [("00614141" + "123456" + "0" + "123456", True), ("20614141123456" + "0123456", False), ("0061414112345", False),
    ("00614141" + "123456" + "0" + "1234567", False), ("0a614141", False), ("", False)])  # fmt: skip
def test_offers(text: str, right: bool) -> None:
    assert gs1_coupons.couponposoffer(text) is right
