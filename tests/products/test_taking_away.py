"""A barcode that is taken away names nothing from then on; what was scanned stays what it was."""

import pytest
from sqlalchemy import text

from app.db import reading
from tests.shop import Shop

BOX = "PEN-BOX"


def away(shop: Shop, code: str = BOX, who: str = "supervisor") -> tuple[int, object]:
    answer = shop.person(who).client.delete(
        f"/api/v1/barcodes/{code}?reason=wrong", headers={"Authorization": f"Bearer {shop.person(who).token}"}
    )
    return answer.status_code, answer.json


def test_what_was_scanned_stays_and_what_comes_later_waits(shop: Shop) -> None:
    first = shop.gun.scan("receive", location="A-01", barcode=BOX, quantity="1")
    shop.gun.send(first)
    status, told = away(shop)
    assert status == 200
    assert isinstance(told, dict)
    assert BOX not in [one["code"] for one in told["barcodes"]]
    (again,) = shop.gun.send(first)["receipts"]
    assert (again["status"], again["outcome"]) == ("duplicate", "posted")
    (late,) = shop.gun.send(shop.gun.scan("receive", location="A-01", barcode=BOX, quantity="1"))["receipts"]
    assert (late["outcome"], late["reason"]) == ("refused", "unknown_barcode")
    with reading() as tx:
        kept = tx.execute(text("SELECT p.sku, s.quantity FROM scans s JOIN products p ON p.id = s.product_id")).all()
        assert [tuple(row) for row in kept] == [("PEN", 12)]
    shop.proven()


def test_it_may_name_another_product_or_come_back(shop: Shop) -> None:
    away(shop)
    office = shop.person("supervisor")
    assert office.call("PUT", "/api/v1/products/INK", {"barcodes": [{"code": BOX, "quantity": "6"}]}).status_code == 200
    shop.gun.do("receive", location="A-01", barcode=BOX, quantity="1")
    assert office.get("/api/v1/stock?location=A-01").json["rows"][0]["quantity"] == "6"
    away(shop)
    assert office.call("PUT", "/api/v1/products/PEN", {"barcodes": [{"code": BOX, "quantity": "12"}]}).status_code == 200
    assert office.get(f"/api/v1/lookup?code={BOX}").json["candidates"][0]["quantity"] == "12"


def test_who_follows_products_hears_of_it_and_it_is_found_no_longer(shop: Shop) -> None:
    office = shop.person("supervisor")
    known = office.get("/api/v1/products?limit=1").json["journal"]
    assert office.call("PUT", "/api/v1/products/PEN", {"name": "Pencil"}).status_code == 200
    assert [row["sku"] for row in office.get(f"/api/v1/products?search={BOX}").json["rows"]] == ["PEN"]
    away(shop)
    (row,) = office.get(f"/api/v1/products?since={known}").json["rows"]
    assert [one["code"] for one in row["barcodes"]] == ["9521234000013"]
    assert office.get(f"/api/v1/products?search={BOX}").json["rows"] == []


def test_the_audit_trail_has_what_it_was_and_why(shop: Shop) -> None:
    away(shop)
    with reading() as tx:
        (deed, subject, before, after, reason) = tx.execute(
            text("SELECT deed, subject, before, after, reason FROM audit WHERE deed = 'barcode_taken_away'")
        ).one()
    assert (deed, subject, reason) == ("barcode_taken_away", "product PEN", "wrong")
    assert BOX in str(before)
    assert BOX not in str(after)


@pytest.mark.parametrize(
    ("code", "who", "status"),
    [("pen-box", "supervisor", 404), ("PEN", "supervisor", 404), (BOX, "operator", 403), (BOX, "accountant", 403)],
)
def test_only_the_office_takes_away_what_is_named_exactly(shop: Shop, code: str, who: str, status: int) -> None:
    assert away(shop, code, who)[0] == status
