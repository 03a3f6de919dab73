"""Reason codes are a list that people extend, each with an account; what devices say may be others."""

from typing import Any

import pytest
from sqlalchemy import text

from app import times
from app.db import reading
from tests.callers import problem
from tests.counts.test_counting import approve, counted, decision, reconciliation
from tests.shop import Shop

KNOWN = ["damaged", "expired", "found", "lost", "miscount", "other", "unknown", "wrong_location"]


def listed(shop: Shop, role: str = "auditor") -> dict[str, tuple[str, str, bool]]:
    answer = shop.person(role).get("/api/v1/reason-codes")
    assert answer.status_code == 200, answer.json
    return {row["code"]: (row["name"], row["account"], row["archived"]) for row in answer.json["rows"]}


def put(shop: Shop, *rows: dict[str, Any], role: str = "accountant") -> Any:
    return shop.person(role).call("PUT", "/api/v1/reason-codes", {"rows": list(rows)})


def test_the_list_is_extended_and_archived_never_shortened(shop: Shop) -> None:
    assert list(listed(shop)) == KNOWN
    assert put(shop, {"code": "theft", "name": "Stolen", "account": "6960"}, {"code": "lost", "account": "6961"}).status_code == 200
    assert put(shop, {"code": "theft", "archived": True}).status_code == 200
    found = listed(shop)
    assert (found["theft"], found["lost"], found["found"]) == (("Stolen", "6960", True), ("", "6961", False), ("", "", False))
    assert put(shop, {"code": "theft"}, {"code": "lost"}).status_code == 200
    with reading() as tx:
        deeds = tx.scalars(text("SELECT subject FROM audit WHERE deed = 'reason_code_put' ORDER BY journal")).all()
    assert list(deeds) == ["reason code theft", "reason code lost", "reason code theft"]


@pytest.mark.parametrize("role", ["operator", "supervisor", "auditor", "integration"])
def test_accountants_and_administrators_keep_it(shop: Shop, role: str) -> None:
    problem(put(shop, {"code": "theft"}, role=role), "forbidden")
    assert put(shop, {"code": "theft"}, role="administrator").status_code == 200


@pytest.mark.parametrize("row", [{}, {"code": ""}, {"code": "x" * 201}, {"code": "a\u0000"}, {"code": "x", "archived": "no"}])
def test_what_is_no_reason_code_is_refused(shop: Shop, row: dict[str, Any]) -> None:
    problem(put(shop, row), "bad_request")
    assert list(listed(shop)) == KNOWN


def test_a_posted_line_keeps_the_account_of_then(shop: Shop) -> None:
    put(shop, {"code": "miscount", "account": "6960"})
    counted(shop, times.now() - 120 * times.MINUTE)
    line = decision(shop, "K1", "PEN", "accept", reason_code="miscount")
    assert reconciliation(shop, "K1")["lines"][0]["account"] is None
    shop.person("supervisor").call("PUT", "/api/v1/counts/K1/decisions", {"decisions": [line]})
    assert reconciliation(shop, "K1")["lines"][0]["account"] == "6960"
    assert approve(shop, "K1").status_code == 200
    put(shop, {"code": "miscount", "account": "1"})
    assert reconciliation(shop, "K1")["lines"][0]["account"] == "6960"


def test_they_are_offered_in_their_order(shop: Shop) -> None:
    put(shop, {"code": "lost", "place": 0}, *({"code": code, "place": 1} for code in KNOWN if code != "lost"))
    assert list(listed(shop))[:3] == ["lost", "damaged", "expired"]
    problem(put(shop, {"code": "lost", "place": -1}), "bad_request")


@pytest.mark.parametrize(("quantity", "account"), [("9", "6960"), ("12", "2660")])
def test_what_was_found_is_posted_to_another_account_than_what_is_missing(shop: Shop, quantity: str, account: str) -> None:
    put(shop, {"code": "miscount", "account": "6960", "account_found": "2660"})
    counted(shop, times.now() - 120 * times.MINUTE, quantity)
    line = decision(shop, "K1", "PEN", "accept", reason_code="miscount")
    shop.person("supervisor").call("PUT", "/api/v1/counts/K1/decisions", {"decisions": [line]})
    assert reconciliation(shop, "K1")["lines"][0]["account"] == account
    assert approve(shop, "K1").status_code == 200
    assert reconciliation(shop, "K1")["lines"][0]["account"] == account


def test_a_code_that_is_not_listed_is_taken_from_a_device(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN", quantity="2")
    assert shop.gun.do("scrap", location="A-01", barcode="PEN", reason_code="eaten by mice")["outcome"] == "posted"
