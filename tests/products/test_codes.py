"""GTINs, SSCCs and AIM ids, by the standard's own examples."""

import random

import pytest

from app.products import codes


@pytest.mark.parametrize(
    "code, gtin",
    [
        ("9506000134352", "09506000134352"),
        ("614141999996", "00614141999996"),
        ("95200002", "00000095200002"),
        ("19506000134359", "19506000134359"),
        ("04252614", None),
        ("01234565", "00000001234565"),
        ("9506000134353", None),
        ("950600013435", None),
        ("9506000134352 ", None),
        ("\uff19506000134352", None),
        ("", None),
        ("ABC", None),
    ],
)
def test_a_gtin_is_read_in_its_14_digit_form(code: str, gtin: str | None) -> None:
    assert codes.gtin14(code) == gtin


@pytest.mark.parametrize(
    "text, whole", [("01234565", "00012345000065"), ("04252614", "00042100005264"), ("22345670", None), ("12345671", None), ("1", None)]
)
def test_a_upc_e_is_a_upc_a(text: str, whole: str | None) -> None:
    assert codes.upc_e(text) == whole


def test_every_upc_e_that_is_a_gtin_8_too_is_found_from_its_upc_a() -> None:
    dice = random.Random(3)
    both = 0
    for _ in range(3000):
        eight = dice.choice("01") + "".join(dice.choices("0123456789", k=7))
        upc_a = codes.upc_e(eight)
        if upc_a is not None and codes.has_check_digit(eight):
            both += 1
            assert eight.zfill(14) in codes.gtin8s_like(upc_a), eight
            assert all(codes.upc_e(one[6:]) == upc_a for one in codes.gtin8s_like(upc_a)), eight
    assert both > 50
    assert codes.gtin8s_like("00614141999996") == codes.gtin8s_like("09506000134352") == codes.gtin8s_like("10000000000007") == ()


def test_any_single_wrong_digit_is_noticed() -> None:
    dice = random.Random(1)
    for _ in range(500):
        body = "".join(dice.choices("0123456789", k=dice.choice((7, 11, 12, 13))))
        code = body + codes.check_digit(body)
        assert codes.gtin14(code)
        assert not codes.has_wrong_check_digit(code)
        at = dice.randrange(len(code))
        wrong = code[:at] + str((int(code[at]) + dice.randint(1, 9)) % 10) + code[at + 1 :]
        assert codes.gtin14(wrong) is None
        assert codes.has_wrong_check_digit(wrong)


def test_other_lengths_have_no_check_digit_to_be_wrong() -> None:
    assert not any(codes.has_wrong_check_digit("1" * n) for n in (1, 7, 9, 10, 11, 15, 18, 20))


def test_an_sscc_has_18_digits_or_20_with_00() -> None:
    assert codes.sscc("106141411234567897") == "106141411234567897"
    assert codes.sscc("00106141411234567897") == "106141411234567897"
    assert codes.sscc("106141411234567898") is None
    assert codes.sscc("01106141411234567897") is None


def test_an_aim_id_is_taken_off_and_kept() -> None:
    assert codes.split_aim("]C1010950600013435210L7") == ("]C1", "010950600013435210L7")
    assert codes.split_aim("]") == (None, "]")
    assert codes.split_aim("]1x") == (None, "]1x")
    assert codes.split_aim("A-01") == (None, "A-01")
