"""A count is approved when all that was scanned for it has arrived, or somebody says why not (I14)."""

from typing import Any

import pytest

from app import times
from tests.callers import problem
from tests.counts.test_counting import MINUTE, PEN, approve, plan, received, reconciliation
from tests.scans.test_carrying import carried
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
    assert seen["unfinished"] == [
        {
            "sheet": "K1-001",
            "location": "A-01",
            "operator": "OP-1",
            "closed_by": "key-supervisor",
            "reason": "",
            "drained": False,
            "by_device": True,
        }
    ]
    assert seen["devices"][0]["finished"] is False
    assert seen["needs_override"] is True
    answer = override(shop, None)
    problem(answer, "not_drained")
    assert answer.json["errors"] == [{"field": "K1-001", "message": "A-01: OP-1 has not finished the sheet."}]
    assert override(shop, "Ann went home ill").status_code == 200


def begun_and_closed(shop: Shop, start: int, reason: str | None = None) -> None:
    """PEN 10 in A-01: OP-1 counts them and doesn't finish; a supervisor does in their place."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    closed = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {"reason": reason})
    assert closed.status_code == 200


def drained(shop: Shop) -> list[bool]:
    return [sheet["drained"] for sheet in reconciliation(shop, "K1")["unfinished"]]


def test_a_sheet_that_a_supervisor_finished_tells_who_and_why_wherever_the_receipt_is(shop: Shop, start: int) -> None:
    """CONTRACT.md: "or by `POST /api/v1/sheets/{code}/closure {"complete"}`": a reason may be given, and none is wanted."""
    begun_and_closed(shop, start, " Ann went home ill ")
    told = {"closed_by": "key-supervisor", "reason": "Ann went home ill", "drained": False, "by_device": True}
    sheet = {"sheet": "K1-001", "location": "A-01", "operator": "OP-1"} | told
    assert reconciliation(shop, "K1")["unfinished"] == [sheet]
    assert shop.person("supervisor").get("/api/v1/counts/K1/board").json["unfinished"] == [sheet]
    assert override(shop, "not needed").json["override"] is None, "the reason was given where it was closed"
    assert reconciliation(shop, "K1")["unfinished"] == [sheet], "as it was at the approval"
    trail = shop.person("auditor").get("/api/v1/audit?deed=sheet_closed").json["rows"]
    assert [(row["person"], row["reason"]) for row in trail] == [("key-supervisor", "Ann went home ill")]


def test_a_device_that_was_heard_since_proves_that_a_sheet_closed_in_its_place_is_whole(shop: Shop, start: int) -> None:
    """By the order of the journal, not by a clock: the gun's clock is a day ahead, then a day behind."""
    shop.gun.skew_ms = 24 * 60 * MINUTE
    begun_and_closed(shop, start)
    enforce(shop)
    assert drained(shop) == [False], "it was heard before only"
    problem(override(shop, None), "not_drained")
    shop.gun.skew_ms = -shop.gun.skew_ms
    waiting = shop.gun.scan("look", location="A-01")
    shop.gun.send(shop.gun.scan("look", location="A-01"))
    assert drained(shop) == [False], "it made one more that is not here"
    shop.gun.send(waiting)
    assert drained(shop) == [True]
    assert override(shop, None).json["status"] == "posted"


def test_a_resend_after_the_closing_says_that_all_is_here(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    scan = shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    shop.gun.send(scan)
    shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    shop.gun.send(scan, made=None)
    assert drained(shop) == [False], "it doesn't say how many it made"
    shop.gun.send(scan)
    assert drained(shop) == [True]


def test_what_a_courier_carries_in_is_as_old_as_the_file(shop: Shop, start: int) -> None:
    """The file was saved before the sheet was closed, so what the gun made since is not in it."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    look = shop.gun.scan("look", location="A-01")
    file = {"device": "gun-1", "stream": shop.gun.stream, "made": shop.gun.made, "scans": [look]}
    shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    carried(shop.person("supervisor"), file)
    assert drained(shop) == [False]
    shop.gun.send(look)
    assert drained(shop) == [True]


def test_every_device_that_began_a_sheet_is_to_be_heard_and_a_key_never_is(shop: Shop, start: int) -> None:
    begun_and_closed(shop, start)
    shop.other_gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="0")
    shop.gun.do("look", location="A-01")
    assert drained(shop) == [True], "the other one was heard after the closing, with a scan from before"
    script = key(shop.app, "Script", "integration")
    script.send(script.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="0", operator="OP-1"))
    assert drained(shop) == [False]


@pytest.mark.parametrize("begun", [True, False])
def test_a_sheet_closed_without_a_word_takes_a_reason_when_it_was_begun_or_given(shop: Shop, start: int, begun: bool) -> None:
    """Where nobody has scanned yet, the device of whom it was given to may hold what they did."""
    supervisor = shop.person("supervisor")
    if begun:
        begun_and_closed(shop, start)
    else:
        received(shop, start, PEN=10)
        plan(shop, "A-01")
        shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
        shop.gun.do("finish", at=start + 61 * MINUTE, sheet="K1-001")
        assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-2"}).status_code == 201
        assert supervisor.call("POST", "/api/v1/sheets/K1-002/closure", {"complete": False}).status_code == 200
    answer = override(shop, None)
    problem(answer, "not_drained")
    whose = "K1-001 OP-1" if begun else "K1-002 OP-2"
    assert [f"{one['field']} {one['message'].split()[1]}" for one in answer.json["errors"]] == [whose]
    assert override(shop, "Ann's gun is in the charger").json["override"] == "Ann's gun is in the charger"


def test_a_sheet_that_programs_alone_counted_is_closed_without_a_word_unless_the_site_enforces(shop: Shop, start: int) -> None:
    """Who was answered holds no queue."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    script = key(shop.app, "Script", "integration")
    script.send(script.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10", operator="OP-1"))
    shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    seen = reconciliation(shop, "K1")
    assert [one["by_device"] for one in seen["unfinished"]] == [False]
    assert seen["needs_override"] is False
    enforce(shop)
    problem(override(shop, None), "not_drained")


def test_a_device_of_which_nothing_was_understood_has_begun_its_sheet(shop: Shop, start: int) -> None:
    """Nobody has the sheet yet, but the gun may hold the rest of the shelf."""
    plan(shop, "A-01")
    shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode="NOBODY-KNOWS", quantity="10")
    shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    assert [(one["operator"], one["by_device"]) for one in reconciliation(shop, "K1")["unfinished"]] == [("OP-1", True)]
    assert reconciliation(shop, "K1")["waiting"] == 1, "the review says so"
    problem(override(shop, None), "not_drained")
    shop.gun.do("look", location="A-01")
    assert override(shop, None).json["status"] == "posted"


def test_a_device_has_begun_the_sheet_that_a_person_put_its_scan_on(shop: Shop, start: int) -> None:
    plan(shop, "A-01")
    script = key(shop.app, "Script", "integration")
    script.send(script.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="0", operator="OP-1"))
    scan = shop.gun.scan("count", at=start + 60 * MINUTE, location="NOWHERE", barcode=PEN, quantity="0")
    shop.gun.send(scan)
    resolution = {"location": "A-01", "reason": "its label was torn"}
    assert shop.person("supervisor").call("POST", f"/api/v1/scans/{scan['id']}/resolution", resolution).status_code == 200
    assert reconciliation(shop, "K1")["waiting"] == 0
    shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    assert [one["by_device"] for one in reconciliation(shop, "K1")["unfinished"]] == [True]
    problem(override(shop, None), "not_drained")


def test_a_device_is_to_be_heard_after_another_one_finished_the_sheet_that_it_had_begun(shop: Shop, start: int) -> None:
    """The lease is over and Ben goes on; what Ann's gun still holds is late once the count is approved."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    ann, ben = shop.gun, shop.other_gun
    ben.operator = "OP-2"
    ann.do("count", at=start + 30 * MINUTE, sheet="K1-001", barcode=PEN, quantity="4")
    held = ann.scan("count", at=start + 31 * MINUTE, sheet="K1-001", barcode=PEN, quantity="6")
    ben.do("finish", at=start + 61 * MINUTE, sheet="K1-001")
    told = [(one["operator"], one["closed_by"], one["drained"]) for one in reconciliation(shop, "K1")["unfinished"]]
    assert told == [("OP-1", "Ben", False)]
    problem(override(shop, None), "not_drained")
    ann.send(held)
    assert reconciliation(shop, "K1")["unfinished"] == []
    assert override(shop, None).json["status"] == "posted"


def test_a_program_that_sends_a_finish_closes_in_somebodys_place_too(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    shop.gun.do("count", at=start + 30 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    script = key(shop.app, "Script", "integration")
    script.send(script.scan("finish", at=start + 60 * MINUTE, sheet="K1-001", operator="OP-1"))
    problem(override(shop, None), "not_drained")
    assert override(shop, "Ann says that this was all").json["override"] == "Ann says that this was all"


def test_who_was_given_a_sheet_that_somebody_else_finished_may_hold_scans_of_it(shop: Shop, start: int) -> None:
    plan(shop, "A-01")
    supervisor, ann, ben = shop.person("supervisor"), shop.gun, shop.other_gun
    ann.do("finish", at=start + 30 * MINUTE, sheet="K1-001")
    assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-2"}).status_code == 201
    ben.operator = "OP-3"
    ben.do("finish", at=start + 61 * MINUTE, sheet="K1-002")
    assert [(one["sheet"], one["operator"]) for one in reconciliation(shop, "K1")["unfinished"]] == [("K1-002", "OP-2")]
    problem(override(shop, None), "not_drained")
    ben.do("finish", at=start + 62 * MINUTE, sheet="K1-002", operator="OP-2")
    assert override(shop, None).json["status"] == "posted"


def test_the_second_approval_answers_for_what_the_first_has_not(shop: Shop, start: int) -> None:
    """`needs_override` says of each approval what it takes."""
    received(shop, start, PEN=10)
    shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-01"], "second_above": "0"})
    shop.gun.scan("look", location="A-01")
    shop.gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="4")
    shop.other_gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="0")
    shop.gun.do("finish", at=start + 61 * MINUTE, sheet="K1-001")
    shop.other_gun.do("look", location="A-01")
    seen = reconciliation(shop, "K1")
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    first = {"hash": seen["hash"], "decisions": decisions, "override": "that one was a look"}
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K1/reconciliation", first).json["status"] == "approved"
    assert reconciliation(shop, "K1")["needs_override"] is False, "the first has said why"
    shop.other_gun.scan("look", location="A-01")
    shop.other_gun.do("look", location="A-01")
    waits = reconciliation(shop, "K1")
    assert (waits["needs_override"], waits["override"], len(waits["gaps"])) == (True, "that one was a look", 2)
    second = key(shop.app, "Second", "supervisor")
    problem(second.call("POST", "/api/v1/counts/K1/approval", {"hash": seen["hash"]}), "not_drained")
    answer = second.call("POST", "/api/v1/counts/K1/approval", {"hash": seen["hash"], "override": "so were these"})
    assert (answer.status_code, answer.json["status"], answer.json["override"]) == (200, "posted", "so were these")


def test_only_an_administrator_changes_what_counts_must_hold_to(shop: Shop) -> None:
    for change in ({"proof": "enforce"}, {"independence": "declare"}):
        problem(shop.person("supervisor").call("PUT", "/api/v1/sites/MAIN", change), "forbidden")
    answer = shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"independence": "declare", "reason": "two of us at night"})
    assert (answer.status_code, answer.json["independence"], answer.json["proof"]) == (200, "declare", "declare")
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [(row["before"], row["after"], row["reason"]) for row in trail if row["deed"] == "site_put"] == [
        ({"independence": "enforce"}, {"independence": "declare"}, "two of us at night")
    ]
