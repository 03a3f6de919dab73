"""Above a value two persons approve a count, and neither has counted in it (I10)."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import times
from app.db import reading, writing
from tests.callers import problem
from tests.counts.test_counting import MINUTE, PEN, approve, counted, decision, lines, reconciliation
from tests.shop import Gun, Shop, key


@pytest.fixture
def start() -> int:
    """When the shift began: two hours ago."""
    return times.now() - 120 * MINUTE


def second(who: Gun, seen: str, **more: Any) -> Any:
    return who.call("POST", "/api/v1/counts/K1/approval", {"hash": seen, **more})


def approved(shop: Shop, start: int) -> str:
    """PEN 10 at 1.25, counted 9, accepted: worth 1.25, and above 1 two approve. Return the hash."""
    counted(shop, start, second_above="1")
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"))
    assert (answer.status_code, answer.json["status"]) == (200, "approved"), answer.json
    return str(answer.json["hash"])


def test_two_persons_approve_and_only_then_it_posts(shop: Shop, start: int) -> None:
    seen = approved(shop, start)
    assert shop.on_hand("A-01", "PEN") == 10
    first, other = shop.person("supervisor"), key(shop.app, "Sue", "supervisor")
    again = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"), seen=seen)
    assert (again.status_code, again.json["status"]) == (200, "approved")
    problem(second(first, seen), "not_independent")
    problem(second(other, "0" * 64), "changed")
    problem(approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss"), seen=seen), "not_in_review")
    answer = second(other, seen)
    assert (answer.status_code, answer.json["status"], answer.json["hash"]) == (200, "posted", seen)
    assert (answer.json["approved_by"], answer.json["second_approved_by"]) == ("key-supervisor", "Sue")
    assert shop.on_hand("A-01", "PEN") == 9
    assert second(other, seen).json == answer.json
    problem(second(first, seen), "not_in_review")
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM moves WHERE kind = 'adjustment'")) == 1
    exported = shop.person("auditor").get("/api/v1/exports/reconciliation.csv?count=K1").text
    assert "key-supervisor, Sue" in exported
    shop.proven()


def test_the_second_covers_the_decisions_that_were_seen(shop: Shop, start: int) -> None:
    """
    The first accepts PEN as lost and approves; Sue looks; the first takes it back, says stolen, approves again; Sue approves what she saw
    """
    seen = approved(shop, start)
    first, sue = shop.person("supervisor"), key(shop.app, "Sue", "supervisor")
    looked = reconciliation(shop, "K1")["count_journal"]
    assert first.call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "it was stolen"}).status_code == 200
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept", reason_code="stolen")).json["hash"] == seen
    problem(second(sue, seen, count_journal=looked), "changed")
    assert shop.on_hand("A-01", "PEN") == 10
    answer = second(sue, seen, count_journal=reconciliation(shop, "K1")["count_journal"])
    assert (answer.status_code, answer.json["status"]) == (200, "posted")


def test_who_counted_can_not_be_the_second(shop: Shop, start: int) -> None:
    seen = approved(shop, start)
    problem(second(key(shop.app, "Ann", "supervisor"), seen), "not_independent")
    for role in ("operator", "accountant", "auditor", "administrator", "integration"):
        assert second(shop.person(role), seen).status_code == 403


def test_the_database_knows_that_the_two_are_different(shop: Shop, start: int) -> None:
    approved(shop, start)
    with pytest.raises(DBAPIError), writing() as tx:
        tx.execute(text("UPDATE counts SET seconded_by = approved_by"))
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'declare'"))
    problem(second(shop.person("supervisor"), reconciliation(shop, "K1")["hash"]), "not_independent")


@pytest.mark.parametrize(
    "site, planned, due", [(None, None, False), ("1", None, True), ("1", "500", True), ("1.25", None, False), ("500", "1.24", True)]
)
def test_the_lower_limit_of_site_and_count_decides(shop: Shop, start: int, site: str | None, planned: str | None, due: bool) -> None:
    if site:
        answer = shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", {"second_above": site})
        assert answer.json["second_above"] == site
    counted(shop, start, second_above=planned)
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"))
    assert answer.json["status"] == ("approved" if due else "posted")


def test_what_is_dismissed_is_worth_nothing_and_what_has_no_cost_anything(shop: Shop, start: int) -> None:
    counted(shop, start, second_above="1000000")
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = NULL WHERE sku = 'PEN'"))
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).json["status"] == "approved"
    withdrawn = shop.person("supervisor").call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "no"})
    assert (withdrawn.status_code, withdrawn.json["status"], withdrawn.json["approved_by"]) == (200, "review", None)
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss")).json["status"] == "posted"


def test_a_scan_that_arrives_after_the_first_approval_is_late_and_a_move_takes_a_new_one(shop: Shop, start: int) -> None:
    """
    approved; then OP-2 counts 1 PEN at the time of the count: late, changes nothing
    then a gun says that it picked 1 PEN before the count: 9 were expected
    """
    seen = approved(shop, start)
    pick = shop.other_gun.scan("pick", at=start + 30 * MINUTE, location="A-01", barcode=PEN, quantity="1")
    shop.other_gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1")
    assert [late["reason"] for late in reconciliation(shop, "K1")["late"]] == ["after_approval"]
    assert reconciliation(shop, "K1")["hash"] == seen
    shop.other_gun.send(pick)
    other = key(shop.app, "Sue", "supervisor")
    problem(second(other, seen), "changed")
    problem(second(other, reconciliation(shop, "K1")["hash"]), "changed")
    problem(shop.person("auditor").call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "moved"}), "forbidden")
    assert other.call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "a pick came late"}).status_code == 200
    assert lines(shop, "K1") == ["A-01 PEN 9 10 outside accept"], "the scan that was late counts for the next approval"
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [(row["deed"], row["reason"]) for row in trail if row["deed"].startswith(("count_approved", "approval"))] == [
        ("count_approved", ""), ("approval_withdrawn", "a pick came late"),
    ]  # fmt: skip
    problem(other.call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "again"}), "not_in_review")


def test_what_came_between_the_two_approvals_is_late_for_ever(shop: Shop, start: int) -> None:
    seen = approved(shop, start)
    shop.other_gun.do("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1")
    assert second(key(shop.app, "Sue", "supervisor"), seen).json["status"] == "posted"
    assert [late["reason"] for late in reconciliation(shop, "K1")["late"]] == ["after_approval"]


def test_an_approved_count_can_be_cancelled(shop: Shop, start: int) -> None:
    seen = approved(shop, start)
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K1/cancellation", {"reason": "no"}).json["status"] == "cancelled"
    problem(second(key(shop.app, "Sue", "supervisor"), seen), "not_in_review")
    assert shop.on_hand("A-01", "PEN") == 10


def test_what_goes_missing_between_the_approvals_needs_a_reason(shop: Shop, start: int) -> None:
    seen = approved(shop, start)
    shop.gun.scan("look", location="A-01")
    shop.gun.do("look", location="A-01")
    other = key(shop.app, "Sue", "supervisor")
    problem(second(other, seen), "not_drained")
    answer = second(other, seen, override="it only looked")
    assert (answer.status_code, answer.json["status"], answer.json["override"]) == (200, "posted", "it only looked")
