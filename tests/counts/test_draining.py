"""A count is approved when all that was scanned for it has arrived, or somebody says why not (I14)."""

from typing import Any

import pytest

from app import times
from tests.callers import problem
from tests.counts.test_counting import MINUTE, PEN, approve, plan, received, reconciliation
from tests.shop import Gun, Shop, key


@pytest.fixture
def start() -> int:
    """When the shift began: two hours ago."""
    return times.now() - 120 * MINUTE


def count_with(shop: Shop, who: Gun, start: int, *unsent: Any, **envelope: Any) -> None:
    """PEN 10 in A-01, counted as K1 by `who`; the scans at `unsent` were made before and stay on the device."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    for _ in unsent:
        who.scan("look", at=start + 50 * MINUTE, location="A-01")
    who.send(
        who.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10"),
        who.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
        **envelope,
    )


def enforce(shop: Shop) -> None:
    answer = shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"proof": "enforce"})
    assert answer.status_code == 200, answer.json
    assert answer.json["proof"] == "enforce"


def override(shop: Shop, reason: str | None) -> Any:
    seen = reconciliation(shop, "K1")["hash"]
    return shop.person("supervisor").call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen, "override": reason})


@pytest.mark.parametrize("wanted", ["declare", "enforce"])
def test_a_count_whose_scans_all_came_is_approved(shop: Shop, start: int, wanted: str) -> None:
    count_with(shop, shop.gun, start)
    if wanted == "enforce":
        enforce(shop)
    (device,) = reconciliation(shop, "K1")["devices"]
    assert device | {"last_seen": ""} == {
        "device": "gun-1", "sender": None, "stream": shop.gun.stream, "scans": 2, "held": 3, "missing_total": 0, "unproven": False,
        "finished": True, "last_seen": "",
    }  # fmt: skip
    answer = override(shop, "not needed")
    assert (answer.status_code, answer.json["override"], answer.json["proof"]) == (200, None, wanted)


def test_a_count_waits_for_scans_that_a_device_has_left(shop: Shop, start: int) -> None:
    count_with(shop, shop.gun, start, "one", "two")
    last = shop.gun.scan("look", at=start + 62 * MINUTE, location="A-01")
    shop.gun.send(shop.gun.scan("look", at=start + 63 * MINUTE, location="A-01"))
    assert [gap["missing_total"] for gap in reconciliation(shop, "K1")["gaps"]] == [3]
    for reason in (None, "", "  "):
        answer = override(shop, reason)
        problem(answer, "not_drained")
        assert answer.json["errors"] == [{"field": shop.gun.stream, "message": "gun-1: 3 scans have not arrived."}]
    shop.gun.send(last)
    assert override(shop, None).json["errors"][0]["message"] == "gun-1: 2 scans have not arrived."
    answer = override(shop, "the gun fell into the river")
    assert (answer.status_code, answer.json["status"], answer.json["override"]) == (200, "posted", "the gun fell into the river")
    kept = reconciliation(shop, "K1")
    assert kept["devices"][0]["missing_total"] == 2
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [row["reason"] for row in trail if row["deed"] == "count_posted"] == ["the gun fell into the river"]
    exported = shop.person("auditor").get("/api/v1/exports/reconciliation.json?count=K1").json
    assert (exported["devices_missing"], exported["override"]) == ("1", "the gun fell into the river")


def test_what_was_proven_at_the_approval_stays(shop: Shop, start: int) -> None:
    count_with(shop, shop.gun, start)
    assert approve(shop, "K1").status_code == 200
    before = reconciliation(shop, "K1")
    shop.gun.scan("look", location="A-01")
    shop.gun.send(shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1"))
    after = reconciliation(shop, "K1")
    assert (after["devices"], after["gaps"]) == (before["devices"], [])


@pytest.mark.parametrize("envelope", [{"stream": None, "made": None}, {"made": None}])
def test_a_device_without_a_proof_is_unproven(shop: Shop, start: int, envelope: dict[str, Any]) -> None:
    count_with(shop, shop.other_gun, start, **envelope)
    seen = reconciliation(shop, "K1")
    assert [(one["device"], one["unproven"]) for one in seen["devices"]] == [("gun-2", True)]
    assert (seen["proof"], seen["needs_override"]) == ("declare", True)
    answer = override(shop, None)
    problem(answer, "not_drained")
    assert [error["message"] for error in answer.json["errors"]] == ["gun-2: nothing proves that all its scans have arrived."]
    assert override(shop, "an old gun").json["override"] == "an old gun"


def test_a_device_that_does_not_number_a_scan_of_the_count_is_unproven(shop: Shop, start: int) -> None:
    count_with(shop, shop.gun, start)
    shop.gun.send(shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="0") | {"seq": None}, made=2)
    (device,) = reconciliation(shop, "K1")["devices"]
    assert (device["missing_total"], device["unproven"]) == (0, True)
    problem(override(shop, None), "not_drained")


def test_a_device_that_numbers_more_than_it_says_it_made_is_unproven(shop: Shop, start: int) -> None:
    """`made` is as old as the batch that last said it: what was made since nobody knows."""
    count_with(shop, shop.gun, start)
    shop.gun.send(shop.gun.scan("look", location="A-01"), made=None)
    problem(override(shop, None), "not_drained")
    shop.gun.send(shop.gun.scan("look", location="A-01"))
    assert override(shop, None).json["status"] == "posted"


def test_two_phones_that_are_one_clone_of_the_other_prove_nothing(shop: Shop, start: int) -> None:
    """Both hold the same token and stream, and count on from the same number: what either has left to send shows no gap."""
    clone = Gun(shop.app.test_client(), shop.gun.token, stream=shop.gun.stream, made=shop.gun.made)
    count_with(shop, shop.gun, start)
    clone.send(clone.scan("look", location="A-01"))
    (device,) = reconciliation(shop, "K1")["devices"]
    assert (device["missing_total"], device["unproven"]) == (0, True)
    problem(override(shop, None), "not_drained")
    assert override(shop, "both were asked: nothing waits").json["override"] == "both were asked: nothing waits"


def test_a_program_that_sends_without_numbers_is_approved_and_printed_unless_the_site_enforces(shop: Shop, start: int) -> None:
    """CONTRACT.md: "Without `stream`, `seq`, `made` there is just no gap proof"."""
    script = key(shop.app, "Script", "integration")
    script.operator = "OP-1"
    count_with(shop, script, start, stream=None, made=None)
    assert reconciliation(shop, "K1")["needs_override"] is False
    enforce(shop)
    assert reconciliation(shop, "K1")["needs_override"] is True
    problem(override(shop, None), "not_drained")
    assert shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"proof": "declare"}).status_code == 200
    answer = approve(shop, "K1")
    assert (answer.status_code, answer.json["override"]) == (200, None)
    assert [(one["device"], one["sender"], one["stream"], one["unproven"]) for one in answer.json["devices"]] == [
        (None, "Script", None, True)
    ]
    exported = shop.person("auditor").get("/api/v1/exports/reconciliation.json?count=K1").json
    assert (exported["devices"], exported["devices_unproven"]) == ("1", "1")


def test_a_sheet_that_was_begun_or_given_and_closed_by_hand_is_unfinished(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", "A-02")
    shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    for sheet in ("K1-001", "K1-002"):
        shop.person("supervisor").call("POST", f"/api/v1/sheets/{sheet}/closure", {})
    seen = reconciliation(shop, "K1")
    assert seen["unfinished"] == [{"sheet": "K1-001", "location": "A-01", "operator": "OP-1"}]
    assert seen["devices"][0]["finished"] is False
    enforce(shop)
    answer = override(shop, None)
    problem(answer, "not_drained")
    assert answer.json["errors"] == [{"field": "K1-001", "message": "A-01: OP-1 has not finished the sheet."}]
    assert override(shop, "Ann went home ill").status_code == 200


def test_only_an_administrator_changes_what_counts_must_hold_to(shop: Shop) -> None:
    for change in ({"proof": "enforce"}, {"independence": "declare"}):
        problem(shop.person("supervisor").call("PUT", "/api/v1/sites/MAIN", change), "forbidden")
    answer = shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"independence": "declare", "reason": "two of us at night"})
    assert (answer.status_code, answer.json["independence"], answer.json["proof"]) == (200, "declare", "declare")
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [(row["before"], row["after"], row["reason"]) for row in trail if row["deed"] == "site_put"] == [
        ({"independence": "enforce"}, {"independence": "declare"}, "two of us at night")
    ]
