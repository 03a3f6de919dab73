"""I10 and I12, for every pair of roles: who counted never approves what was counted, whatever else they may do; who didn't, if a supervisor."""

import itertools
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import access, times
from app.db import writing
from tests.callers import problem
from tests.counts.test_counting import MINUTE, approve, decision, plan, received, reconciliation
from tests.scans.test_carrying import carried
from tests.shop import Gun, Shop, key

PAIRS = list(itertools.combinations_with_replacement(access.ROLES, 2))


@pytest.fixture
def start() -> int:
    return times.now() - 600 * MINUTE


def test_who_counted_never_approves_and_who_did_not_may_as_a_supervisor(shop: Shop, start: int) -> None:
    received(shop, start, PEN=100)
    wrong = []
    left = 100
    for number, pair in enumerate(PAIRS, 1):
        ann, other = key(shop.app, "Ann", *set(pair)), key(shop.app, f"Other {number}", *set(pair))
        code = plan(shop, "A-01")["code"]
        left -= 1
        at = start + (number * 10) * MINUTE
        shop.gun.send(
            shop.gun.scan("count", at=at, sheet=f"{code}-001", barcode="PEN", quantity=str(left)),
            shop.gun.scan("finish", at=at + MINUTE, sheet=f"{code}-001"),
        )
        seen = reconciliation(shop, code)["hash"]
        may = "supervisor" in pair

        def say(who: Gun, hashed: str, code: str = code) -> str:
            answer = approve(shop, code, decision(shop, code, "PEN", "accept"), who=who, seen=hashed)
            return str(answer.json.get("code") if answer.status_code != 200 else answer.json["status"])

        told = [say(ann, seen), say(other, "0" * 64), say(other, seen)]
        if told != (["not_independent", "changed", "posted"] if may else ["forbidden"] * 3):
            wrong.append((pair, told))
        if not may:
            assert approve(shop, code, decision(shop, code, "PEN", "accept")).json["status"] == "posted"
        assert shop.on_hand("A-01", "PEN") == left
    assert wrong == []
    shop.proven()


def counted_by(code: str, sender: Gun, badge: str, at: int, left: int, sheet: int = 1) -> dict[str, Any]:
    """Count on a sheet under somebody's badge, with a key: no device, no numbers."""
    name = f"{code}-{sheet:03}"
    some = {"sheet": name, "operator": badge}
    scans = (sender.scan("count", at=at, barcode="PEN", quantity=str(left), **some), sender.scan("finish", at=at + MINUTE, **some))
    answer = sender.post({"scans": scans})
    return {"status": answer.status_code, "reasons": [one["reason"] for one in answer.json.get("receipts", ())]}


def test_who_sent_what_others_counted_counted_too_whatever_the_badge_says(shop: Shop, start: int) -> None:
    """Of every pair of roles: who may send and approve does not approve what they sent, nor count it again; another supervisor does."""
    received(shop, start, PEN=100)
    wrong, left = [], 100
    for number, pair in enumerate(PAIRS, 1):
        kim = key(shop.app, f"Kim {number}", *set(pair))
        at = start + (number * 10) * MINUTE
        if not {"operator", "supervisor", "integration"} & set(pair):
            assert counted_by("K1", kim, "OP-1", at, 0)["status"] == 403, pair
            continue
        code = plan(shop, "A-01")["code"]
        left -= 1
        assert counted_by(code, kim, "OP-1", at, left) == {"status": 200, "reasons": [None, None]}, pair
        found = reconciliation(shop, code)
        accepted = {"line": found["lines"][0]["line"], "decision": "accept"}
        says = approve(shop, code, accepted, who=kim, seen=found["hash"]).json["code"]
        again = shop.person("supervisor").call("POST", f"/api/v1/counts/{code}/sheets", {"locations": ["A-01"]})
        assert again.status_code == 201, again.json
        second = counted_by(code, kim, "OP-2", at + 3 * MINUTE, left, sheet=2)["reasons"]
        is_person = bool({"operator", "supervisor"} & set(pair))
        if (says, second) != (
            "not_independent" if "supervisor" in pair else "forbidden",
            ["not_yours", "not_yours"] if is_person else [None, None],
        ):
            wrong.append((pair, says, second))
        if is_person:
            shop.other_gun.send(
                shop.other_gun.scan("count", at=at + 4 * MINUTE, sheet=f"{code}-002", barcode="PEN", quantity=str(left)),
                shop.other_gun.scan("finish", at=at + 5 * MINUTE, sheet=f"{code}-002"),
            )
        assert approve(shop, code, accepted).json["status"] == "posted"
        assert shop.on_hand("A-01", "PEN") == left
    assert wrong == []
    shop.proven()


def test_who_sent_can_not_be_the_second_approver_nor_reverse_unless_the_site_declares_it(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", second_above="0")
    sue = key(shop.app, "Sue", "supervisor")
    counted_by("K1", sue, "OP-1", start + MINUTE, 9)
    seen = approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).json["hash"]
    answer = sue.call("POST", "/api/v1/counts/K1/approval", {"hash": seen})
    problem(answer, "not_independent")
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'declare'"))
    answer = sue.call("POST", "/api/v1/counts/K1/approval", {"hash": seen})
    assert (answer.status_code, answer.json["status"], answer.json["declared"]) == (200, "posted", "Sue")
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'enforce'"))
    problem(sue.call("POST", "/api/v1/counts/K1/reversal", {"reason": "mine"}), "not_independent")


def test_who_sent_a_count_does_not_count_it_again_with_a_gun_nor_the_other_way_round(shop: Shop, start: int) -> None:
    """Ann has the badge OP-1 and a key: she sends the first count of A-01 as OP-2's, and counts A-02 with a gun."""
    received(shop, start, PEN=10)
    plan(shop, "A-01", "A-02")
    ann = key(shop.app, "Ann", "operator")
    counted_by("K1", ann, "OP-2", start + MINUTE, 9)
    shop.gun.do("finish", at=start + 2 * MINUTE, sheet="K1-002")
    shop.gun.do("count", at=start + MINUTE, sheet="K1-002", barcode="PEN", quantity="1")
    supervisor = shop.person("supervisor")
    answer = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-1"})
    problem(answer, "not_independent")
    assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01", "A-02"]}).status_code == 201
    offered = shop.gun.get("/api/v1/sheets?operator=OP-1").json["rows"]
    assert [(row["location"], row["may_count"]) for row in offered] == [("A-01", False), ("A-02", False)]
    assert shop.gun.do("count", at=start + 9 * MINUTE, sheet="K1-003", barcode="PEN")["reason"] == "not_yours"
    assert counted_by("K1", ann, "OP-3", start + 9 * MINUTE, 1, sheet=4)["reasons"] == ["not_yours", "not_yours"]
    assert shop.other_gun.do("count", at=start + 9 * MINUTE, sheet="K1-004", barcode="PEN")["reason"] is None


def test_a_refused_scan_that_is_resolved_into_a_count_is_of_who_sent_it(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    sue = key(shop.app, "Sue", "supervisor")
    strange = sue.scan("count", at=start + MINUTE, location="A-01", barcode="NO-SUCH-CODE", operator="OP-1")
    sue.post({"scans": [strange]})
    other = shop.person("supervisor")
    resolved = other.call("POST", f"/api/v1/scans/{strange['id']}/resolution", {"product": "PEN", "reason": "a new label"})
    assert resolved.json["outcome"] == "noted", resolved.json
    other.call("POST", "/api/v1/sheets/K1-001/closure", {})
    problem(approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss"), who=sue), "not_independent")
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss")).json["status"] == "posted", "who resolves or closes counts nothing"


def test_who_carries_a_courier_file_in_has_counted_nothing(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    gun, supervisor = shop.gun, shop.person("supervisor")
    some = {"sheet": "K1-001"}
    scans = [gun.scan("count", at=start + MINUTE, barcode="PEN", quantity="9", **some), gun.scan("finish", at=start + 2 * MINUTE, **some)]
    carried(supervisor, {"device": "gun-1", "stream": gun.stream, "made": gun.made, "scans": scans})
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).json["status"] == "posted"


def test_the_database_lets_no_sender_approve_though_nobody_wrote_down_that_they_counted(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    sue = key(shop.app, "Sue", "supervisor")
    counted_by("K1", sue, "OP-1", start + MINUTE, 9)

    def sign(declared: int) -> None:
        with writing() as tx:
            tx.execute(text("DELETE FROM participants"))
            sql = (
                "INSERT INTO participants (count_id, person_id, declared, part) "
                "SELECT 1, id, :declared, 'approver' FROM people WHERE name = 'Sue'"
            )
            tx.execute(text(sql), {"declared": declared})

    for declared in (0, 1):
        with pytest.raises(DBAPIError):
            sign(declared)
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'declare'"))
    sign(1)


def test_two_sheets_that_one_person_sent_do_not_agree(shop: Shop, start: int) -> None:
    """Where a site declares, one may send both under two badges: that is one pair of eyes, so a person decides."""
    received(shop, start, PEN=10)
    plan(shop, "A-01", twice=True)
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'declare'"))
    sue = key(shop.app, "Sue", "supervisor")
    for sheet, badge in ((1, "OP-1"), (2, "OP-2")):
        counted_by("K1", sue, badge, start + sheet * 5 * MINUTE, 9, sheet=sheet)
    (line,) = reconciliation(shop, "K1")["lines"]
    assert (line["counted"], line["agreed"], line["decision"]) == ("9", False, None)
