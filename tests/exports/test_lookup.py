"""One meaning for a code: location, barcode, SKU, GTIN in all its lengths, SSCC, unknown; and what is where."""

from typing import Any
from urllib.parse import quote

import pytest
from each import each
from flask import Flask
from sqlalchemy import text

from app import demo
from app.db import reading, writing
from app.products.codes import check_digit, gtin14, upc_e
from tests.calling import Wire

PEN = "9520000000004"
CASE = "19520000000001"
UPC = "614141999996"


@pytest.fixture
def wire(app: Flask) -> Wire:
    demo.load()
    wire = Wire(app)
    wire.send("products", f"sku,name,barcode,barcode_quantity\nPen-1,Pen,{PEN},1\nPen-1,Pen,{CASE},12\nInk,Ink,{UPC},1\nÄpfel,Apples,,\n")
    return wire


def look(wire: Wire, code: str, who: str = "device") -> Any:
    answer = wire.get(f"lookup?code={quote(code)}", who)
    assert set(answer) - {"refused"} == {"code", "kind", "candidates", "parts", "warnings", "here", "at"}
    assert answer["code"] == code
    return answer


@each(
    "code, kind, named, quantity, warnings",
    [
        ("A-01-01", "location", "A-01-01", None, []),
        ("a-01-01", "location", "A-01-01", None, ["folded"]),
        ("SUPPLIER", "location", "SUPPLIER", None, []),
        (PEN, "product", "Pen-1", "1", []),
        ("]E0" + PEN, "product", "Pen-1", "1", []),
        ("0" + PEN, "product", "Pen-1", "1", []),
        (CASE, "product", "Pen-1", "12", []),
        (UPC, "product", "Ink", "1", []),
        ("0" + UPC, "product", "Ink", "1", []),
        ("00" + UPC, "product", "Ink", "1", []),
        ("Pen-1", "product", "Pen-1", "1", []),
        ("PEN-1", "product", "Pen-1", "1", ["folded"]),
        ("A\u0308pfel", "product", "Äpfel", "1", []),
    ],
)
def test_a_code_names_one_thing(wire: Wire, code: str, kind: str, named: str, quantity: str | None, warnings: list[str]) -> None:
    found = look(wire, code)
    assert (found["kind"], found["warnings"]) == (kind, warnings)
    (candidate,) = found["candidates"]
    assert candidate["code" if kind == "location" else "sku"] == named
    assert candidate.get("quantity") == quantity


@each(
    "code, kind, warnings",
    [
        ("106141411234567897", "sscc", []),
        ("00106141411234567897", "sscc", []),
        ("9520000000005", "unknown", ["check_digit"]),
        ("95200003", "unknown", ["check_digit"]),
        ("4006381333931", "unknown", []),
        ("nothing like it", "unknown", []),
        ("]", "unknown", []),
        ("\x1d<script>\u202e", "unknown", []),
        ("x" * 8192, "unknown", []),
    ],
)
def test_what_names_nothing_here_says_what_it_could_be(wire: Wire, code: str, kind: str, warnings: list[str]) -> None:
    found = look(wire, code)
    assert (found["kind"], found["warnings"], found["candidates"], found["here"], found["at"]) == (kind, warnings, [], [], [])


def test_parts_say_what_the_code_is_made_of(wire: Wire) -> None:
    assert look(wire, "]E0" + PEN)["parts"] == {"aim": "]E0", "gtin": "0" + PEN}
    assert [look(wire, aim + "01234565")["parts"]["gtin"] for aim in ("]E0", "]E4", "")] == [
        "00012345000065",
        "00000001234565",
        "00000001234565",
    ]
    assert look(wire, "00106141411234567897")["parts"] == {"sscc": "106141411234567897"}
    assert look(wire, "A-01-01")["parts"] == {}


def test_stock_is_told_in_packs_that_have_barcodes(wire: Wire) -> None:
    with reading() as tx:
        place, sku, quantity, pack = tx.execute(
            text(
                "SELECT l.code, p.sku, x.quantity, b.quantity FROM balances x JOIN locations l ON l.id = x.location_id "
                "JOIN products p ON p.id = x.product_id JOIN barcodes b ON b.product_id = p.id "
                "WHERE l.kind = 'bin' AND p.decimals = 0 AND b.quantity > 1 AND x.quantity > b.quantity ORDER BY l.code, p.sku LIMIT 1"
            )
        ).one()
    rows = [row for row in look(wire, place)["here"] + look(wire, sku)["at"] if row["sku"] == sku and row["quantity"] == str(quantity)]
    rows += [row for row in wire.get(f"stock?location={place}")["rows"] if row["sku"] == sku]
    assert len(rows) >= 3
    left = quantity % pack
    assert {row["packed"] for row in rows} == {f"{quantity // pack} × {pack}" + (f" + {left}" if left else "")}


def test_a_location_tells_what_is_here_and_a_product_where_it_is(wire: Wire) -> None:
    with reading() as tx:
        place, sku = tx.execute(
            text(
                "SELECT l.code, p.sku FROM balances b JOIN locations l ON l.id = b.location_id JOIN products p ON p.id = b.product_id "
                "WHERE l.kind = 'bin' ORDER BY l.code, p.sku LIMIT 1"
            )
        ).one()
    assert look(wire, place)["here"] == wire.get(f"stock?location={place}")["rows"]
    at = look(wire, sku)["at"]
    assert at == wire.get(f"stock?sku={sku}")["rows"]
    assert place in [row["location"] for row in at]
    assert look(wire, place)["at"] == []


def test_a_blind_count_hides_quantities_here_too(wire: Wire) -> None:
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO counts (site_id, code, kind, blind, policy, created_at, note, journal) "
                "VALUES (1, 'K-1', 'cycle', true, 'ask', 1, '', 1)"
            )
        )
        tx.execute(
            text(
                "INSERT INTO sheets (site_id, count_id, code, location_id, sequence, open, created_at, closed_uncertainty_ms, planned, "
                "journal) SELECT 1, c.id, 'S', l.id, 1, true, 1, 0, true, 1 FROM locations l, counts c WHERE l.code = 'A-01-01'"
            )
        )
    here = look(wire, "A-01-01")["here"]
    assert here
    assert all((row["quantity"], row["hidden"], "packed" in row) == (None, "blind_count", False) for row in here)
    sku = here[0]["sku"]
    hidden = [row for row in look(wire, sku)["at"] if row["location"] == "A-01-01"]
    assert all(row["quantity"] is None for row in hidden)
    assert all(row["quantity"] for row in look(wire, "A-01-01", "supervisor")["here"])


def test_a_new_product_is_known_at_once(wire: Wire) -> None:
    assert look(wire, "4006381333931")["kind"] == "unknown"
    wire.put("products/NEW", {"name": "New", "barcodes": [{"code": "4006381333931", "quantity": "3"}]})
    assert look(wire, "4006381333931")["candidates"][0]["quantity"] == "3"


@each("query", ["", "code=", "code=" + "x" * 8193, "code=%00"])
def test_a_question_without_a_code_is_400(wire: Wire, query: str) -> None:
    assert wire.get(f"lookup?{query}", "device", 400)["code"] == "bad_request"


BEST = f"01{'0' + PEN}17991231"
"""The pen's number and a date far ahead, as element strings."""


@each(
    "code",
    [
        f"]C1{BEST}10L-7", f"{BEST}10L-7", f"\x1d{BEST}10L-7", f"]d2{BEST}10L-7\x1d", f"(01)0{PEN}(17)991231(10)L-7", f"https://id.gs1.org/01/{PEN}/10/L-7?17=991231",
        f"]Q1https://example.com/x/gtin/{PEN}/lot/L-7?exp=991231",
    ],
)  # fmt: skip
def test_a_message_names_a_product_and_its_lot_however_it_came(wire: Wire, code: str) -> None:
    found = look(wire, code)
    assert (found["kind"], [row["sku"] for row in found["candidates"]], found["warnings"]) == ("lot", ["Pen-1"], ["expired"])
    assert {name: found["parts"][name] for name in ("gtin", "lot", "expiry")} == {"gtin": f"0{PEN}", "lot": "L-7", "expiry": "1999-12-31"}
    assert found["parts"]["ais"] == {"01": f"0{PEN}", "17": "991231", "10": "L-7"}


def test_the_parts_of_a_message(wire: Wire) -> None:
    found = look(wire, f"(01){CASE}(3103)001250(30)12(21)S-1(3922)199")
    assert found["kind"] == "product"
    assert found["candidates"][0]["quantity"] == "12"
    assert found["parts"] == {
        "gtin": CASE, "serial": "S-1", "quantity": "12", "weight": "1.25", "measures": {"kg": "1.25"}, "price": "1.99",
        "ais": {"01": CASE, "3103": "001250", "30": "12", "21": "S-1", "3922": "199"},
    }  # fmt: skip


def test_the_lot_of_a_message_is_the_lot_that_is_where_it_is(wire: Wire) -> None:
    wire.put("products/MILK", {"name": "Milk", "tracking": "lot", "barcodes": [{"code": "9506000134352", "quantity": "1"}]})
    wire.send("stock", "location,sku,lot,quantity\nA-01-01,MILK,L1,3\nA-01-02,MILK,L2,5\n")
    assert [row["lot"] for row in look(wire, "9506000134352")["at"]] == ["L1", "L2"]
    found = look(wire, "]C1010950600013435210L2")
    assert found["kind"] == "lot"
    assert [(row["location"], row["lot"], row["quantity"]) for row in found["at"]] == [("A-01-02", "L2", "5")]


@each(
    "code, place, warnings",
    [
        ("(414)9501101530003(254)A-01-02", "A-01-02", []),
        ("]C14149501101530003254a-01-02", "A-01-02", ["folded"]),
        ("https://id.gs1.org/414/9501101530003/254/A%2D01-02", "A-01-02", []),
        ("(254)A-01-02", "A-01-02", ["pairing"]),
    ],
)
def test_gs1_names_a_location_by_its_extension(wire: Wire, code: str, place: str, warnings: list[str]) -> None:
    found = look(wire, code)
    assert (found["kind"], [row["code"] for row in found["candidates"]], found["warnings"]) == ("location", [place], warnings)
    assert found["parts"]["extension"].upper() == place
    assert found["here"] == wire.get(f"stock?location={place}")["rows"]


@each(
    "code, kind, warnings",
    [
        (f"]C101{'0' + PEN[:-1]}510L", "unknown", ["check_digit"]),
        (f"]C1{BEST}10L-717261231", "lot", ["gs_missing", "expired"]),
        (f"]C101{'0' + PEN}10LOT-12345678917261231" + "21S", "unknown", ["gs_missing"]),
        ("]C100106141411234567897", "sscc", []),
        (f"(00)106141411234567897(02)0{PEN}(37)24", "product", []),
        ("(00)106141411234567897(02)09506000134352(37)24", "sscc", []),
        ("]C1" + "10L\x1d10M", "unknown", []),
        (f"(01)0{PEN}(17)991332", "unknown", []),
    ],
)
def test_what_is_wrong_with_a_message_is_told(wire: Wire, code: str, kind: str, warnings: list[str]) -> None:
    found = look(wire, code)
    assert (found["kind"], found["warnings"]) == (kind, warnings)


@each(
    "code, why, ai",
    [
        (f"]C1{BEST}17271331", "yymmd0", "17"),
        (f"{BEST}17271331", "yymmd0", "17"),
        (f"(01)0{PEN}(10)A(10)B", "repeated", None),
        (f"]d201{PEN}", "format", "01"),
        (f"]d2{BEST}19271231", "unknown_ai", "1927"),
        (f"https://example.com/01/0{PEN}/21/S/10/L", "qualifiers", "01"),
        (f"https://example.com/01/0{PEN}?10=L", "not_in_query", "10"),
        ("https://id.gs1.org/ARFKk4XB0CDKWcnpq", "no_key", None),
        ("]C1", "empty", None),
        ("A-99-99", None, None),
        (f"(01)0{PEN}(10)L-7", None, None),
    ],
)
def test_why_a_code_that_claims_to_be_gs1_is_none_is_told(wire: Wire, code: str, why: str | None, ai: str | None) -> None:
    refused = look(wire, code).get("refused")
    assert (refused and refused["why"], refused and refused["ai"]) == (why, ai)


def test_a_code_that_is_a_barcode_is_that_barcode_whatever_it_could_say(wire: Wire) -> None:
    wire.put("products/ODD", {"name": "Odd", "barcodes": [{"code": f"{BEST}10L-7", "quantity": "1"}]})
    found = look(wire, f"]C1{BEST}10L-7")
    assert (found["kind"], found["candidates"][0]["sku"], found["parts"]) == ("product", "ODD", {"aim": "]C1", "gtin": f"0{PEN}"})


def test_eight_digits_may_be_two_things_and_the_catalogue_decides(wire: Wire) -> None:
    """01000005 is an EAN-8, and a UPC-E of 010000000005... whichever the catalogue has."""
    ean8, upc_a = next((code, upc_e(code)) for code in (f"{n:08d}" for n in range(1_000_000, 1_100_000)) if gtin14(code) and upc_e(code))
    assert upc_a is not None
    wire.put("products/AS-UPC", {"name": "U", "barcodes": [{"code": upc_a[2:], "quantity": "6"}]})
    found = look(wire, ean8)
    assert ([row["sku"] for row in found["candidates"]], found["parts"]["gtin"]) == (["AS-UPC"], upc_a)
    wire.put("products/AS-EAN", {"name": "E", "barcodes": [{"code": "000000" + ean8, "quantity": "1"}]})
    assert sorted(row["sku"] for row in look(wire, ean8)["candidates"]) == ["AS-EAN", "AS-UPC"]


def test_a_upc_e_of_the_catalogue_is_found_however_a_gun_sends_it(wire: Wire) -> None:
    """Half of all UPC-E are a right EAN-8 too, and may be kept as such. What is in the catalogue by its own number wins."""
    report = wire.send("products", "sku,name,barcode\nSODA,Soda,042100005264\nGUM,Gum,01234565\nBAD,Bad,04252614\n", "mode=rows")
    assert "give it as UPC-A: 042100005264." in report["rejected"][0]["message"]
    for code, sku in {
        "04252614": "SODA",
        "01234565": "GUM",
        "012345000065": "GUM",
        "]E00012345000065": "GUM",
        "(01)00012345000065": "GUM",
    }.items():
        assert [row["sku"] for row in look(wire, code)["candidates"]] == [sku], code
    wire.put("products/OTHER", {"name": "O", "barcodes": [{"code": "012345000065", "quantity": "1"}]})
    assert [row["sku"] for row in look(wire, "0012345000065")["candidates"]] == ["OTHER"]


def test_a_shops_own_code_names_the_product_and_tells_its_weight(app: Flask, wire: Wire) -> None:
    plain = "211234500000" + check_digit("211234500000")
    weighed = "211234501250" + check_digit("211234501250")
    wire.put("products/HAM", {"name": "Ham", "unit": "kg", "decimals": 3, "barcodes": [{"code": plain, "quantity": "1"}]})
    assert look(wire, weighed)["kind"] == "unknown"
    assert wire.get("me", "device")["in_store"] == ""
    assert wire("administrator", "PUT", "sites/MAIN", json={"in_store": "21iiiiiwwwwwc=kg3"}).status_code == 200
    assert wire.get("me", "device")["in_store"] == "21iiiiiwwwwwc=kg3", "devices read them too"
    found = look(wire, weighed)
    assert ([row["sku"] for row in found["candidates"]], found["parts"]) == (
        ["HAM"],
        {"gtin": f"0{plain}", "weight": "1.25", "measures": {"kg": "1.25"}, "in_store": True},
    )
    assert look(wire, plain)["parts"] == {"gtin": f"0{plain}", "in_store": True}
