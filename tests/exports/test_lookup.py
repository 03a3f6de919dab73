"""One meaning for a code: location, barcode, SKU, GTIN in all its lengths, SSCC, unknown; and what is where."""

from typing import Any
from urllib.parse import quote

import pytest
from calling import Wire
from flask import Flask
from sqlalchemy import text

from app import demo
from app.db import reading, writing

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
    assert set(answer) == {"code", "kind", "candidates", "parts", "warnings", "here", "at"}
    assert answer["code"] == code
    return answer


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
    assert look(wire, "00106141411234567897")["parts"] == {"sscc": "106141411234567897"}
    assert look(wire, "A-01-01")["parts"] == {}


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
    assert all((row["quantity"], row["hidden"]) == (None, "blind_count") for row in here)
    sku = here[0]["sku"]
    hidden = [row for row in look(wire, sku)["at"] if row["location"] == "A-01-01"]
    assert all(row["quantity"] is None for row in hidden)
    assert all(row["quantity"] for row in look(wire, "A-01-01", "supervisor")["here"])


def test_a_new_product_is_known_at_once(wire: Wire) -> None:
    assert look(wire, "4006381333931")["kind"] == "unknown"
    wire.put("products/NEW", {"name": "New", "barcodes": [{"code": "4006381333931", "quantity": "3"}]})
    assert look(wire, "4006381333931")["candidates"][0]["quantity"] == "3"


@pytest.mark.parametrize("query", ["", "code=", "code=" + "x" * 8193, "code=%00"])
def test_a_question_without_a_code_is_400(wire: Wire, query: str) -> None:
    assert wire.get(f"lookup?{query}", "device", 400)["code"] == "bad_request"
