"""Why a line differs: what a supervisor would walk to find out, said beside it."""

from typing import Any

import pytest

from app import times
from tests.counts.test_counting import INK, MINUTE, PEN, approve, decision, plan, reconciliation
from tests.shop import Shop


def why(shop: Shop, sku: str, location: str) -> dict[str, Any]:
    line = next(one["line"] for one in reconciliation(shop, "K1")["lines"] if (one["sku"], one["location"]) == (sku, location))
    answer = shop.person("accountant").get(f"/api/v1/counts/K1/lines/{line}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


@pytest.fixture
def counted(shop: Shop) -> Shop:
    """PEN 10 in A-01, INK 5 in A-01, PEN 4 in A-02; two pens were put into A-02 unsaid, one ink was taken for a pen."""
    start = times.now() - 120 * MINUTE
    at = start + 60 * MINUTE
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=PEN, quantity="10"),
        shop.gun.scan("receive", at=start, location="A-01", barcode=INK, quantity="5"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=PEN, quantity="4"),
        shop.gun.scan("receive", at=start, location="B-01", barcode=PEN, quantity="1"),
    )
    plan(shop, "A-01", "A-02")
    wrong = shop.gun.scan("count", at=at, sheet="K1-001", barcode=PEN, quantity="80")
    shop.gun.send(
        wrong,
        shop.gun.scan("void", at=at + 1, voids=wrong["id"]),
        shop.gun.scan("count", at=at + 10_000, sheet="K1-001", barcode=PEN, quantity="8"),
        shop.gun.scan("count", at=at + 20_000, sheet="K1-001", location="A-01", barcode="SMUDGED", quantity="1"),
        shop.gun.scan("count", at=at + 30_000, sheet="K1-001", barcode=INK, quantity="7"),
        shop.gun.scan("finish", at=at + MINUTE, sheet="K1-001"),
        shop.gun.scan("pick", at=at + 5 * MINUTE, location="A-01", barcode=PEN, quantity="1"),
        shop.gun.scan("count", at=at + 6 * MINUTE, sheet="K1-002", barcode=PEN, quantity="6"),
        shop.gun.scan("finish", at=at + 7 * MINUTE, sheet="K1-002"),
    )
    return shop


def test_a_line_tells_who_scanned_it_and_what_moved(counted: Shop) -> None:
    told = why(counted, "PEN", "A-01")
    assert [(one["quantity"], one["voided"], one["late"], one["person"], one["device"], one["pass"]) for one in told["scans"]] == [
        ("80", True, None, "Ann", "gun-1", 1),
        ("8", False, None, "Ann", "gun-1", 1),
    ]
    assert [(one["quantity"], one["deed"], one["when"], one["other_location"], one["late"]) for one in told["moves"]] == [
        ("10", "receive", "before", "SUPPLIER", False),
        ("-1", "pick", "after", "CUSTOMER", False),
    ]
    assert [(one["code"], one["operator"], one["resolution"]) for one in told["unknown_codes"]] == [("SMUDGED", "OP-1", None)]
    assert (told["value_before"], told["value_after"]) == ("12.50", "10.00")


def test_what_moved_between_two_passes_is_before_the_one_that_counts(counted: Shop) -> None:
    """
    A-01 is counted, a pen is picked there, it is counted again: the pick is before the count that the line has
    """
    supervisor, start = counted.person("supervisor"), times.now() - 60 * MINUTE
    pens = [one["line"] for one in reconciliation(counted, "K1")["lines"] if (one["sku"], one["location"]) == ("PEN", "A-01")]
    assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"lines": pens}).status_code == 201
    assert [(one["quantity"], one["when"]) for one in why(counted, "PEN", "A-01")["moves"]] == [("10", "before"), ("-1", "after")]
    counted.other_gun.send(
        counted.other_gun.scan("count", at=start + 20 * MINUTE, sheet="K1-003", barcode=PEN, quantity="7"),
        counted.other_gun.scan("finish", at=start + 21 * MINUTE, sheet="K1-003"),
    )
    told = why(counted, "PEN", "A-01")
    assert [(one["quantity"], one["when"]) for one in told["moves"]] == [("10", "before"), ("-1", "before")]
    line = next(one for one in reconciliation(counted, "K1")["lines"] if one["line"] == pens[0])
    assert (line["expected"], line["counted"], line["moves"]) == ("9", "7", [])


def test_a_location_that_was_found_empty_has_a_line_that_tells_so(shop: Shop) -> None:
    plan(shop, "A-01")
    shop.gun.do("empty", location="A-01")
    told = shop.person("accountant").get(f"/api/v1/counts/K1/lines/{reconciliation(shop, 'K1')['lines'][0]['line']}").json
    assert (told["scans"], told["moves"]) == ([], [])


def test_a_swap_and_a_mix_are_suspected(counted: Shop) -> None:
    told = why(counted, "PEN", "A-01")
    assert [(one["location"], one["sku"], one["variance"], one["exact"], one["steps"]) for one in told["swaps"]] == [
        ("A-02", "PEN", "2", True, 1)
    ]
    assert [(one["location"], one["sku"], one["variance"]) for one in told["mixes"]] == [("A-01", "INK", "2")]
    assert [(one["location"], one["quantity"]) for one in told["elsewhere"]] == [("A-02", "4"), ("B-01", "1")]


def test_what_a_second_person_counted_there_is_shown_with_the_line(counted: Shop) -> None:
    assert why(counted, "PEN", "A-01")["others"] == []
    counted.other_gun.send(
        counted.other_gun.scan("count", location="A-01", barcode=PEN, quantity="5"),
        counted.other_gun.scan("count", location="A-01", barcode="INK-1", quantity="1"),
        counted.other_gun.scan("count", location="A-02", barcode=PEN, quantity="1"),
    )
    assert [(one["count"], one["quantity"], one["operator"], one["device"]) for one in why(counted, "PEN", "A-01")["others"]] == [
        ("K2", "5", "OP-2", "gun-2")
    ]


def test_a_posted_line_tells_the_same_and_what_came_late(counted: Shop) -> None:
    before = why(counted, "PEN", "A-01")
    decided = [decision(counted, "K1", "INK", "dismiss")]
    pens = [one["line"] for one in reconciliation(counted, "K1")["lines"] if one["sku"] == "PEN"]
    assert approve(counted, "K1", *decided, *[{"line": line, "decision": "accept"} for line in pens]).status_code == 200
    counted.gun.send(
        counted.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="3"),
        counted.gun.scan("receive", at=times.now() - 90 * MINUTE, location="A-01", barcode=PEN, quantity="2"),
    )
    after = why(counted, "PEN", "A-01")
    assert (after["swaps"], after["mixes"], after["value_after"]) == (before["swaps"], before["mixes"], before["value_after"])
    assert [(one["quantity"], one["late"]) for one in after["scans"]][-1] == ("3", "after_approval")
    assert ("2", "receive", True) in [(one["quantity"], one["deed"], one["late"]) for one in after["moves"]]
    assert counted.person("supervisor").call("POST", "/api/v1/counts/K1/reversal", {"reason": "wrong aisle"}).status_code == 200
    reversed_ = why(counted, "PEN", "A-01")
    assert [one for one in reversed_["moves"] if one["deed"] != "late_after_count"] == [
        one for one in after["moves"] if one["deed"] != "late_after_count"
    ]
    assert not {"adjustment", "reversal"} & {one["deed"] for one in reversed_["moves"]}, "what a count posted doesn't explain it"


def test_who_may_ask_why(counted: Shop) -> None:
    line = reconciliation(counted, "K1")["lines"][0]["line"]
    assert counted.gun.get(f"/api/v1/counts/K1/lines/{line}").status_code == 403
    assert counted.person("operator").get(f"/api/v1/counts/K1/lines/{line}").status_code == 403
    assert counted.person("auditor").get("/api/v1/counts/K1/lines/none").json["code"] == "not_found"


def test_a_code_that_nobody_knew_is_told_though_a_gun_without_network_said_it_before_its_sheet_was_made(shop: Shop) -> None:
    """Nobody planned the count: the server makes the sheet hours later, when it hears the scans. The unread label was the first of them."""
    start = times.now() - 120 * MINUTE
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=PEN, quantity="10"),
        shop.gun.scan("receive", at=start, location="A-01", barcode=INK, quantity="5"),
    )
    shop.gun.send(
        shop.gun.scan("count", at=start + MINUTE, location="A-01", barcode="SMUDGED", quantity="10"),
        shop.gun.scan("count", at=start + 2 * MINUTE, location="A-01", barcode=INK, quantity="5"),
        shop.gun.scan("finish", at=start + 3 * MINUTE, location="A-01"),
    )
    assert [one["code"] for one in why(shop, "PEN", "A-01")["unknown_codes"]] == ["SMUDGED"]
    assert [one["code"] for one in why(shop, "INK", "A-01")["unknown_codes"]] == ["SMUDGED"]
