"""A location that takes one product at a time: what happened is recorded, and another product there is warned of."""

from typing import Any

import pytest
from flask import Flask

from app.db import db, writing
from tests.calling import Wire
from tests.shop import Shop


@pytest.fixture
def floor(shop: Shop, app: Flask) -> Shop:
    """The shop, with A-02 for one product only."""
    Wire(app).put("locations/A-02", {"single_product": True})
    return shop


def warned(*receipts: Any) -> list[bool]:
    assert {receipt["outcome"] for receipt in receipts} == {"posted"}
    return ["other_product" in receipt["warnings"] for receipt in receipts]


def test_a_second_product_is_recorded_and_warned_of(floor: Shop) -> None:
    g = floor.gun
    assert warned(g.do("receive", location="A-02", barcode="PEN"), g.do("receive", location="A-02", barcode="PEN")) == [False, False]
    assert warned(g.do("receive", location="A-02", barcode="INK-1")) == [True]
    assert floor.on_hand("A-02", "PEN") == 2
    assert warned(g.do("receive", location="A-01", barcode="PEN"), g.do("receive", location="A-01", barcode="INK-1")) == [False, False]
    floor.proven()


def test_it_is_warned_of_within_one_batch_too_and_a_move_out_makes_room(floor: Shop) -> None:
    g = floor.gun
    answer = g.send(
        g.scan("receive", location="A-02", barcode="PEN"),
        g.scan("receive", location="A-02", barcode="INK-1"),
        g.scan("move", location="A-02", target="A-01", barcode="PEN"),
        g.scan("receive", location="A-02", barcode="INK-1"),
        g.scan("move", location="A-01", target="A-02", barcode="PEN"),
        g.scan("pick", location="A-02", barcode="INK-1", quantity="2"),
        g.scan("receive", location="A-02", barcode="PEN"),
    )
    assert warned(*answer["receipts"]) == [False, True, False, False, True, False, False]
    floor.proven()


def test_what_was_voided_is_not_there(floor: Shop) -> None:
    g = floor.gun
    first = g.scan("receive", location="A-02", barcode="PEN")
    answer = g.send(first, g.scan("void", voids=first["id"]), g.scan("receive", location="A-02", barcode="INK-1"))
    assert warned(*answer["receipts"]) == [False] * 3


def test_one_statement_more_is_read_only_where_such_a_location_is_posted_to(floor: Shop) -> None:
    asked = []
    for place in ("A-01", "A-02", "A-01"):
        floor.gun.do("receive", location=place, barcode="PEN")
        with writing() as tx:
            tx.info["raw_statements"] = 0
        floor.gun.do("receive", location=place, barcode="PEN")
        with writing() as tx:
            asked.append(tx.info["raw_statements"])
    assert asked == [asked[0], asked[0] + (db.engine.dialect.name == "sqlite"), asked[0]]


def asked(shop: Shop, method: str, path: str, body: Any = None) -> Any:
    found = shop.person("supervisor").call(method, f"/api/v1/{path}", body)
    assert found.status_code < 300, found.text
    return found.json


def test_a_resolved_scan_warns_too_and_again_when_it_is_asked_again(floor: Shop) -> None:
    floor.gun.do("receive", location="A-02", barcode="PEN")
    for place, product, expected in (("A-02", "PEN", []), ("A-02", "INK", ["other_product"]), ("A-01", "INK", [])):
        waiting = floor.gun.do("receive", location=place, barcode=f"NEW {product}")
        path, decision = f"scans/{waiting['id']}/resolution", {"product": product, "reason": "label"}
        assert [asked(floor, "POST", path, decision)["warnings"] for _ in range(2)] == [expected] * 2
    floor.proven()


def test_lines_of_two_products_counted_there_are_flagged(floor: Shop) -> None:
    code = asked(floor, "POST", "counts", {"locations": ["A-01", "A-02"]})["code"]
    for place in ("A-01", "A-02"):
        for barcode in ("PEN", "INK-1"):
            floor.gun.do("count", location=place, barcode=barcode)
        floor.gun.do("finish", location=place)

    def told(path: str) -> dict[tuple[str, str], bool]:
        return {(line["location"], line["sku"]): line["other_product"] for line in asked(floor, "GET", path)["lines"]}

    both = {("A-01", "PEN"): False, ("A-01", "INK"): False, ("A-02", "PEN"): True, ("A-02", "INK"): True}
    assert told(f"counts/{code}/reconciliation") == both
    flagged = asked(floor, "GET", f"counts/{code}/lines?flagged=1")["rows"]
    assert [(line["location"], line["sku"], line["other_product"]) for line in flagged] == [("A-02", "INK", True), ("A-02", "PEN", True)]
