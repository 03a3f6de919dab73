"""What a maker calls a symbology decides where the code alone means nothing or two things, and nowhere else."""

import pytest

from app.scans import symbologies
from tests.shop import Shop

BOTH, UPC_A = "10000007", "100000000007"
"""Eight digits that are a number of their own, and the UPC-A of which they are the UPC-E."""


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("LABEL-TYPE-EAN128", "]C1A"), ("gs1-128", "]C1A"), ("GS1_128", "]C1A"), ("UCC/EAN-128", "]C1A"), ("LABEL-TYPE-GS1-DATABAR-EXP", "]e0A"),
        ("gs1-datamatrix", "]d2A"), ("LABEL-TYPE-EAN8", "]E4A"), ("UPC-E", "]E0A"), ("ean-13", None), ("qr", None), ("", None), ("\ud800", None),
    ],
)  # fmt: skip
def test_names_of_makers_are_aims(name: str, marked: str | None) -> None:
    assert symbologies.marked("A", name) == marked
    assert symbologies.marked("]E4A", name) is None
    assert symbologies.marked(None, name) is None


def test_eight_digits_that_are_two_products_are_the_one_that_the_reader_saw(shop: Shop) -> None:
    rows = f"sku,name,barcode\nEIGHT,Eight,{BOTH:0>13}\nTWELVE,Twelve,{UPC_A}\n"
    answer = shop.person("supervisor").client.post(
        "/api/v1/imports/products",
        data=rows,
        content_type="text/csv",
        headers={"Authorization": f"Bearer {shop.person('supervisor').token}"},
    )
    assert answer.json["created"] == 2, answer.json
    for symbology, sku in (("LABEL-TYPE-EAN8", "EIGHT"), ("upc-e", "TWELVE")):
        receipt = shop.gun.do("receive", location="A-01", barcode=BOTH, symbology=symbology, quantity="7")
        assert receipt["outcome"] == "posted", receipt
        assert shop.on_hand("A-01", sku) == 7
    for more in ({}, {"symbology": "ean-13"}):
        assert shop.gun.do("receive", location="A-01", barcode=BOTH, **more)["reason"] == "ambiguous"
    shop.proven()


def test_a_wrong_name_takes_nothing_from_a_code_that_is_known(shop: Shop) -> None:
    for name in ("gs1-128", "ean-8", "upc-e", "gs1-datamatrix"):
        assert shop.gun.do("receive", location="A-01", barcode="9521234000013", symbology=name)["outcome"] == "posted"
        assert shop.gun.do("receive", location="A-01", barcode="NO-SUCH", symbology=name)["reason"] == "unknown_barcode"
    assert shop.on_hand("A-01", "PEN") == 4
