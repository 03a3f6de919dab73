"""Resolutions: a person says what was meant; the scan posts as of its own time."""

from typing import Any

import pytest
from sqlalchemy import text

from app import times
from app.db import writing
from tests.shop import Shop


def resolve(shop: Shop, scan_id: str, role: str = "supervisor", **decision: Any) -> Any:
    return shop.person(role).call("POST", f"/api/v1/scans/{scan_id}/resolution", decision)


def test_an_unknown_code_posts_once_it_is_matched_with_its_own_time(shop: Shop) -> None:
    moment = times.now() - 600_000
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY", quantity="3", at=moment)
    answer = resolve(shop, receipt["id"], product="PEN-BOX", reason="label was torn")
    assert (answer.status_code, answer.json["outcome"]) == (200, "posted")
    assert shop.on_hand("A-01", "PEN") == 36
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][0]
    assert (row["outcome"], row["resolution"]["outcome"], row["resolution"]["reason"]) == ("refused", "posted", "label was torn")
    shop.proven()


def test_the_same_resolution_again_is_the_same_answer_another_one_is_not(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY")
    first = resolve(shop, receipt["id"], product="PEN")
    assert resolve(shop, receipt["id"], product="PEN").json == first.json
    assert resolve(shop, receipt["id"], product="INK").json["code"] == "not_refused"
    assert shop.on_hand("A-01", "PEN") == 1


def test_a_wrong_location_is_put_right(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="Q-99", barcode="PEN")
    assert resolve(shop, receipt["id"], location="A-02").json["outcome"] == "posted"
    assert shop.on_hand("A-02", "PEN") == 1


def test_a_missing_lot_is_said(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MILK")
    assert resolve(shop, receipt["id"], lot="L1").json["outcome"] == "posted"
    assert shop.on_hand("A-01", "MILK", "L1") == 1


def test_a_resolution_that_does_not_help_is_told(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="Q-99", barcode="MYSTERY")
    assert resolve(shop, receipt["id"], product="PEN").json["code"] == "still_refused"
    assert resolve(shop, receipt["id"], product="PEN", location="A-01").json["outcome"] == "posted"


def test_dismissed_scans_no_longer_wait_and_move_nothing(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY")
    assert resolve(shop, receipt["id"], dismiss=True, reason="scanned a poster").json["outcome"] == "dismissed"
    assert shop.person("supervisor").get("/api/v1/scans?unresolved=true").json["rows"] == []


def test_what_a_revoked_device_sent_posts_when_accepted(shop: Shop) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE devices SET revoked_at = 1 WHERE name = 'gun-1'"))
    receipt = shop.gun.do("receive", location="A-01", barcode="PEN")
    assert resolve(shop, receipt["id"], product="PEN").json["code"] == "still_refused"
    assert resolve(shop, receipt["id"], accept=True).json["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 1


def test_a_resolved_scan_can_be_voided(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY")
    resolve(shop, receipt["id"], product="PEN")
    assert shop.gun.do("void", voids=receipt["id"])["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 0
    shop.proven()


def test_a_posted_scan_does_not_wait(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="PEN")
    assert resolve(shop, receipt["id"], dismiss=True).json["code"] == "not_refused"


@pytest.mark.parametrize("body", [{}, {"dismiss": False}, {"dismiss": True, "product": "PEN"}, {"product": 7}, {"product": "\x00"}])
def test_a_decision_that_says_nothing_is_a_bad_request(shop: Shop, body: dict[str, Any]) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY")
    assert resolve(shop, receipt["id"], **body).status_code == 400


def test_only_a_supervisor_resolves(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode="MYSTERY")
    for role in ("operator", "accountant", "auditor", "administrator", "integration"):
        assert resolve(shop, receipt["id"], role, dismiss=True).status_code == 403


def test_a_counted_unknown_code_counts_on_its_sheet_once_matched(shop: Shop) -> None:
    receipt = shop.gun.do("count", location="A-01", barcode="MYSTERY", quantity="4")
    assert resolve(shop, receipt["id"], product="PEN").json["outcome"] == "noted"
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][0]
    assert row["sheet"] == "K1-001"


def test_a_count_at_an_unknown_place_counts_there_once_the_place_is_known(shop: Shop) -> None:
    receipt = shop.gun.do("count", location="A-1", barcode="PEN", quantity="4")
    assert receipt["reason"] == "unknown_location"
    assert resolve(shop, receipt["id"], location="A-01").json["outcome"] == "noted"
    shop.gun.do("finish", location="A-01")
    (line,) = shop.person("supervisor").get("/api/v1/counts/K1/reconciliation").json["lines"]
    assert (line["location"], line["sku"], line["counted"]) == ("A-01", "PEN", "4")
