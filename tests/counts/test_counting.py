"""Counting, through the doors that people and guns use: plan, count, review, decide, approve; on both engines."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import times
from app.db import reading, writing
from tests.callers import problem
from tests.shop import Gun, Shop, gun, key

MINUTE = times.MINUTE
PEN, INK, MILK = "9521234000013", "INK-1", "MILK-1"


@pytest.fixture
def start() -> int:
    """When the shift began: two hours ago."""
    return times.now() - 120 * MINUTE


def plan(shop: Shop, *locations: str, **more: Any) -> dict[str, Any]:
    answer = shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": list(locations), **more})
    assert answer.status_code == 201, answer.json
    return dict(answer.json)


def reconciliation(shop: Shop, code: str) -> dict[str, Any]:
    answer = shop.person("supervisor").get(f"/api/v1/counts/{code}/reconciliation")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def lines(shop: Shop, code: str) -> list[str]:
    """Return `location sku[/lot] expected counted state [decision]` of each line."""
    return [
        " ".join(
            [
                line["location"], (line["sku"] or "nothing") + (f"/{line['lot']}" if line["lot"] else ""), line["expected"],
                line["counted"] or "-", line["state"], *([line["decision"]] if line["decision"] else []),
            ]
        )
        for line in reconciliation(shop, code)["lines"]
    ]  # fmt: skip


def approve(shop: Shop, code: str, *decisions: dict[str, Any], who: Gun | None = None, seen: str | None = None) -> Any:
    seen = seen or reconciliation(shop, code)["hash"]
    return (who or shop.person("supervisor")).call(
        "POST", f"/api/v1/counts/{code}/reconciliation", {"hash": seen, "decisions": list(decisions)}
    )


def decision(shop: Shop, code: str, sku: str | None, what: str | None, **more: Any) -> dict[str, Any]:
    line = next(line for line in reconciliation(shop, code)["lines"] if line["sku"] == sku)
    return {"line": line["line"], "decision": what, **more}


def received(shop: Shop, at: int, **stock: int) -> None:
    """Put stock into A-01 (names of barcodes as `PEN=10`)."""
    codes = {"PEN": PEN, "INK": INK, "ROPE": "ROPE-REEL"}
    shop.gun.send(*[shop.gun.scan("receive", at=at, location="A-01", barcode=codes[sku], quantity=str(q)) for sku, q in stock.items()])


def test_a_count_from_plan_to_adjustment(shop: Shop, start: int) -> None:
    """
    received PEN 10, INK 5; counted PEN 9 and nothing of INK
    """
    received(shop, start, PEN=10, INK=5)
    count = plan(shop, "A-01")
    assert (count["code"], count["status"], count["sheets_open"]) == ("K1", "planned", 1)
    assert [(s["code"], s["location"], s["sequence"], s["status"]) for s in count["sheets"]] == [("K1-001", "A-01", 1, "open")]
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 INK 5 0 outside", "A-01 PEN 10 9 outside"]
    seen = reconciliation(shop, "K1")
    assert seen["status"] == "review"
    assert [(line["unit_cost"], line["value"]) for line in seen["lines"]] == [("0.5", "-2.50"), ("1.25", "-1.25")]
    assert seen["totals"]["variance_value"] == "-3.75"
    assert seen["totals"]["counted_value"] == "11.25"
    answer = approve(shop, "K1")
    assert (answer.status_code, answer.json["code"]) == (409, "undecided")
    assert len(answer.json["errors"]) == 2
    answer = approve(
        shop,
        "K1",
        decision(shop, "K1", "PEN", "accept", reason_code="miscount"),
        decision(shop, "K1", "INK", "dismiss", note="it is in B-01"),
    )
    assert answer.status_code == 200, answer.json
    assert answer.json["status"] == "posted"
    assert answer.json["hash"] == seen["hash"]
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-01", "INK")) == (9, 5)
    assert answer.json["totals"]["accepted_value"] == "-1.25"
    by_sku = {line["sku"]: line for line in answer.json["lines"]}
    assert by_sku["PEN"]["adjustment"] is not None
    assert by_sku["INK"]["adjustment"] is None
    assert (by_sku["PEN"]["reason_code"], by_sku["INK"]["note"]) == ("miscount", "it is in B-01")
    shop.proven()


def test_a_count_is_counting_from_its_first_scan_or_closed_sheet_on(shop: Shop, start: int) -> None:
    for code, places, task, said in (("K1", ("A-01", "DOCK"), "count", {"barcode": PEN}), ("K2", ("A-02", "B-01"), "finish", {})):
        assert plan(shop, *places)["status"] == "planned"
        shop.gun.do(task, location=places[0], **said)
        assert shop.person("supervisor").get(f"/api/v1/counts/{code}").json["status"] == "counting"


def test_the_same_approval_again_is_the_same_answer_and_posts_nothing(shop: Shop, start: int) -> None:
    counted(shop, start)
    seen = reconciliation(shop, "K1")["hash"]
    accept = decision(shop, "K1", "PEN", "accept")
    first, second = approve(shop, "K1", accept, seen=seen), approve(shop, "K1", accept, seen=seen)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json == second.json
    assert shop.on_hand("A-01", "PEN") == 9
    other = approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss"), seen=seen)
    assert (other.status_code, other.json["code"]) == (409, "not_in_review")
    shop.proven()


def counted(shop: Shop, start: int, quantity: str = "9", **planned: Any) -> None:
    """PEN 10 in A-01, counted as K1."""
    received(shop, start, PEN=10)
    plan(shop, "A-01", **planned)
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity=quantity),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )


def test_sixteen_racing_approvals_post_once(shop: Shop, start: int) -> None:
    counted(shop, start)
    seen, accept = reconciliation(shop, "K1")["hash"], decision(shop, "K1", "PEN", "accept")
    answers: list[tuple[int, str]] = []

    def run() -> None:
        who = Gun(shop.app.test_client(), shop.person("supervisor").token)
        answer = approve(shop, "K1", accept, who=who, seen=seen)
        answers.append((answer.status_code, answer.get_data(as_text=True)))

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} == {200}
    assert len({body for _, body in answers}) == 1
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM moves WHERE kind = 'adjustment'")) == 1
    shop.proven()


def test_an_approval_covers_exactly_what_was_seen(shop: Shop, start: int) -> None:
    counted(shop, start)
    seen, accept = reconciliation(shop, "K1")["hash"], decision(shop, "K1", "PEN", "accept")
    shop.other_gun.do("receive", at=start + 10 * MINUTE, location="A-01", barcode=PEN, quantity="1")
    answer = approve(shop, "K1", accept, seen=seen)
    assert (answer.status_code, answer.json["code"]) == (409, "changed")
    assert shop.on_hand("A-01", "PEN") == 11
    assert lines(shop, "K1") == ["A-01 PEN 11 9 outside"]


def test_an_approval_covers_the_decisions_that_were_seen(shop: Shop, start: int) -> None:
    """
    Ann sees PEN dismissed; Sue accepts it; Ann approves what she saw
    """
    counted(shop, start)
    ann, sue = shop.person("supervisor"), key(shop.app, "Sue", "supervisor")
    ann.call("PUT", "/api/v1/counts/K1/decisions", {"decisions": [decision(shop, "K1", "PEN", "dismiss")]})
    seen = {name: reconciliation(shop, "K1")[name] for name in ("hash", "count_journal")}
    assert {name: ann.get("/api/v1/counts/K1/lines").json[name] for name in seen} == seen
    sue.call("PUT", "/api/v1/counts/K1/decisions", {"decisions": [decision(shop, "K1", "PEN", "accept")]})
    problem(ann.call("POST", "/api/v1/counts/K1/reconciliation", seen), "changed")
    assert shop.on_hand("A-01", "PEN") == 10
    now = reconciliation(shop, "K1")["count_journal"]
    answer = ann.call("POST", "/api/v1/counts/K1/reconciliation", seen | {"count_journal": now})
    assert (answer.status_code, answer.json["status"], shop.on_hand("A-01", "PEN")) == (200, "posted", 9)
    assert ann.call("POST", "/api/v1/counts/K1/reconciliation", seen | {"count_journal": now}).json == answer.json, (
        "the same approval again"
    )


def test_what_happens_after_the_count_leaves_its_hash_alone(shop: Shop, start: int) -> None:
    counted(shop, start)
    seen = reconciliation(shop, "K1")["hash"]
    shop.other_gun.do("pick", at=start + 90 * MINUTE, location="A-01", barcode=PEN, quantity="3")
    assert reconciliation(shop, "K1")["hash"] == seen
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept"), seen=seen).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 6
    shop.proven()


def test_unit_cost_is_that_of_the_review(shop: Shop, start: int) -> None:
    counted(shop, start)
    seen = reconciliation(shop, "K1")
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = 9000000, name = 'Gold pen' WHERE sku = 'PEN'"))
    assert reconciliation(shop, "K1")["hash"] == seen["hash"]
    assert reconciliation(shop, "K1")["totals"] == seen["totals"]


def test_a_late_move_changes_the_expectation_until_the_count_is_posted_and_is_countered_after(shop: Shop, start: int) -> None:
    """
    10:00 received PEN 10          11:00 counted PEN 10
    10:30 picked PEN 2, heard late: the count saw 10 though 8 should have been there
    10:40 picked PEN 1, heard after the posting: the count has seen it
    """
    counted(shop, start, "10")
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]
    late = shop.other_gun.scan("pick", at=start + 30 * MINUTE, location="A-01", barcode=PEN, quantity="2")
    later = shop.other_gun.scan("pick", at=start + 40 * MINUTE, location="A-01", barcode=PEN, quantity="1")
    shop.other_gun.send(late)
    assert lines(shop, "K1") == ["A-01 PEN 8 10 outside"]
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 10
    shop.other_gun.send(later)
    assert shop.on_hand("A-01", "PEN") == 10
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM moves WHERE kind = 'late_after_count'")) == 1
        assert tx.scalar(text("SELECT kind FROM exceptions")) == "late_after_count"
    shop.proven()


def test_a_move_while_counting_flags_the_line_and_a_person_decides(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", tolerance={"quantity": "5"})
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="4"),
        shop.gun.scan("count", at=start + 62 * MINUTE, sheet="K1-001", barcode=PEN, quantity="4"),
        shop.gun.scan("finish", at=start + 63 * MINUTE, sheet="K1-001"),
    )
    shop.other_gun.do("pick", at=start + 61 * MINUTE, location="A-01", barcode=PEN, quantity="1")
    assert lines(shop, "K1") == ["A-01 PEN 9 8 moved"]
    (line,) = reconciliation(shop, "K1")["lines"]
    assert [move["quantity"] for move in line["moves"]] == ["-1"]
    assert approve(shop, "K1").json["code"] == "undecided"
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 8
    assert reconciliation(shop, "K1")["lines"][0]["moves"] == line["moves"]
    shop.proven()


def test_a_voided_move_never_happened(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    wrong = shop.gun.scan("pick", at=start + 59 * MINUTE, location="A-01", barcode=PEN, quantity="4")
    shop.gun.send(wrong, shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10"))
    shop.gun.send(
        shop.gun.scan("void", at=start + 61 * MINUTE, voids=wrong["id"]), shop.gun.scan("finish", at=start + 62 * MINUTE, sheet="K1-001")
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]


def test_a_voided_count_scan_does_not_count(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    wrong = shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="90")
    shop.gun.send(wrong, shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10"))
    shop.gun.send(
        shop.gun.scan("void", at=start + 61 * MINUTE, voids=wrong["id"]), shop.gun.scan("finish", at=start + 62 * MINUTE, sheet="K1-001")
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]


@pytest.mark.parametrize("order", ["after", "in the same batch", "before"])
@pytest.mark.parametrize("task", ["finish", "empty"])
def test_a_voided_finish_says_no_more_that_all_was_counted(shop: Shop, start: int, task: str, order: str) -> None:
    """CONTRACT: a void of a count or look: noted. Decision 11: undo means the same in every order: PEN isn't 0, it wasn't counted."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    closing = shop.gun.scan(task, at=start + 60 * MINUTE, sheet="K1-001", location="A-01")
    void = shop.gun.scan("void", at=start + 61 * MINUTE, voids=closing["id"])
    for batch in {"after": [[closing], [void]], "in the same batch": [[closing, void]], "before": [[void], [closing]]}[order]:
        assert {receipt["outcome"] for receipt in shop.gun.send(*batch)["receipts"]} == {"noted"}
    assert lines(shop, "K1") == ["A-01 PEN 10 - not_counted"]
    assert approve(shop, "K1").json["status"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 10


@pytest.mark.parametrize("batches", [1, 2])
def test_a_voided_finish_that_closed_nothing_takes_back_nothing(shop: Shop, start: int, batches: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    first, again = (shop.gun.scan("finish", at=start + minute * MINUTE, sheet="K1-001") for minute in (60, 61))
    said = [first, again, shop.gun.scan("void", at=start + 62 * MINUTE, voids=again["id"])]
    for batch in [said] if batches == 1 else [said[:2], said[2:]]:
        shop.gun.send(*batch)
    assert lines(shop, "K1") == ["A-01 PEN 10 0 outside"]


def test_a_finish_that_is_voided_after_the_approval_stands(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    closing = shop.gun.scan("finish", at=start + 60 * MINUTE, sheet="K1-001")
    shop.gun.send(closing)
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).status_code == 200
    shop.gun.do("void", voids=closing["id"])
    assert lines(shop, "K1") == ["A-01 PEN 10 0 outside accept"]
    assert shop.person("supervisor").get("/api/v1/measures/coverage").json["total"]["counted_locations"] == 1


def test_a_scan_after_the_sheet_closed_is_late_not_lost(shop: Shop, start: int) -> None:
    counted(shop, start, "10")
    shop.gun.do("count", at=start + 59 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1")
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]
    (late,) = reconciliation(shop, "K1")["late"]
    assert (late["sku"], late["quantity"], late["operator"], late["reason"]) == ("PEN", "1", "OP-1", "after_finish")
    assert approve(shop, "K1").status_code == 200
    shop.other_gun.do("count", at=start + 50 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1")
    assert [one["reason"] for one in reconciliation(shop, "K1")["late"]] == ["after_finish", "after_approval"]
    assert shop.on_hand("A-01", "PEN") == 10


@pytest.mark.parametrize("how", ["finished", "closed by hand"])
def test_what_a_gun_had_counted_before_its_count_was_posted_is_late_there_though_it_names_no_sheet(
    shop: Shop, start: int, how: str
) -> None:
    """CONTRACT.md: a count scan is late if it arrives after approval; late scans are listed and change nothing. Phones that scan a location name
    no sheet."""
    received(shop, start, PEN=10)
    shop.other_gun.operator = shop.gun.operator
    plan(shop, "A-01")
    with writing() as tx:
        tx.execute(text("UPDATE sheets SET created_at = :at"), {"at": start + 10 * MINUTE})
    early = shop.other_gun.scan("count", at=start + 5 * MINUTE, location="A-01", barcode=PEN, quantity="2")
    offline = [
        shop.other_gun.scan("count", at=start + 20 * MINUTE, location="A-01", barcode=PEN, quantity="7"),
        shop.other_gun.scan("finish", at=start + 21 * MINUTE, location="A-01"),
    ]
    if how == "finished":
        shop.gun.do("count", at=start + 50 * MINUTE, location="A-01", barcode=PEN, quantity="10")
        shop.gun.do("finish", at=start + 60 * MINUTE, sheet="K1-001")
    else:
        answer = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {"complete": True, "reason": "the gun is lost"})
        assert answer.status_code == 200, answer.json
    accepted = decision(shop, "K1", "PEN", "accept", reason_code="lost")
    answer = approve(shop, "K1", accepted)
    assert answer.status_code == 200, answer.json
    before = shop.on_hand("A-01", "PEN")
    receipts = shop.other_gun.send(*offline)["receipts"]
    assert [receipt["outcome"] for receipt in receipts] == ["noted", "noted"], receipts
    (late,) = reconciliation(shop, "K1")["late"]
    assert (late["quantity"], late["reason"]) == ("7", "after_approval")
    assert shop.on_hand("A-01", "PEN") == before
    assert [row["code"] for row in shop.person("supervisor").get("/api/v1/counts").json["rows"]] == [], "no count is opened"
    shop.other_gun.do("count", location="A-01", barcode=PEN, quantity="1")
    shop.other_gun.send(early)
    assert len(reconciliation(shop, "K1")["late"]) == 1, "what was counted before the count was planned, or after it, is another count"
    assert len(shop.person("supervisor").get("/api/v1/counts").json["rows"]) == 1


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("order", ["21f3", "f321", "f3 21", "f 3 2 1", "3 f 1 2", "1 f 3 2"])
def test_scans_made_before_the_finish_count_in_whatever_order_they_arrive(shop: Shop, start: int, order: str, named: bool) -> None:
    """CONTRACT.md: a count scan is late only if it was made after the finish (higher seq in the same stream). Every other scan counts whenever
    it arrives."""
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    sheet = {"sheet": "K1-001"} if named else {}
    g, at = shop.gun, times.now()
    scans = {
        name: g.scan(*said, at=at, location="A-01", **sheet, **more)
        for name, said, more in (
            ("1", ["count"], {"barcode": PEN, "quantity": "4"}), ("2", ["count"], {"barcode": PEN, "quantity": "6"}),
            ("f", ["finish"], {}), ("3", ["count"], {"barcode": PEN, "quantity": "1"}),
        )
    }  # fmt: skip
    for batch in order.split():
        g.send(*[scans[name] for name in batch])
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]
    was_open = order.index("3") < order.index("f")
    late = [one["scan"] for one in reconciliation(shop, "K1")["late"]]
    assert late == ([scans["3"]["id"]] if named or was_open else []), "what names no sheet, and finds none open, is another count"


@pytest.mark.parametrize("closed", ["finished", "closed by hand"])
def test_what_was_counted_before_the_sheet_was_closed_counts_though_another_pass_is_open(shop: Shop, start: int, closed: str) -> None:
    """CONTRACT.md: every other scan counts whenever it arrives. Here a gun was out of reach when its sheet was closed and a recount ordered."""
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01")
    with writing() as tx:
        tx.execute(text("UPDATE sheets SET created_at = :at"), {"at": start + 10 * MINUTE})
    g, supervisor = shop.gun, shop.person("supervisor")
    waiting = [
        g.scan("count", at=start + 20 * MINUTE, location="A-01", barcode=PEN, quantity="10"),
        g.scan("count", at=start + 21 * MINUTE, location="A-01", barcode=INK, quantity="5"),
    ]
    if closed == "finished":
        g.send(waiting.pop(0), g.scan("finish", at=start + 22 * MINUTE, location="A-01"))
        answer = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]})
    else:
        answer = supervisor.call("POST", "/api/v1/sheets/K1-001/closure", {"complete": True, "reason": "the gun is out of reach"})
    assert answer.status_code in (200, 201), answer.json
    assert [(one["outcome"], one["reason"]) for one in g.send(*waiting)["receipts"]] == [("noted", None)] * len(waiting)
    assert lines(shop, "K1") == ["A-01 INK 5 5 equal accept", "A-01 PEN 10 10 equal accept"]
    assert len(supervisor.get("/api/v1/counts").json["rows"]) == 1, "no count is opened"


def test_what_two_people_counted_on_one_sheet_is_never_accepted_by_itself(shop: Shop, start: int) -> None:
    """
    PEN 10 and INK 3 in A-01; 10:00 OP-1 counts 5 pens and leaves; the lease is over
    10:30 OP-2 begins anew? or goes on? 5 pens and 3 ink: the sum is the book's, and may be wrong all the same
    """
    received(shop, start, PEN=10, INK=3)
    plan(shop, "A-01")
    shop.gun.do("count", at=start + 60 * MINUTE, location="A-01", barcode=PEN, quantity="5")
    for barcode, quantity in ((PEN, "5"), (INK, "3")):
        shop.other_gun.do("count", at=start + 90 * MINUTE, location="A-01", barcode=barcode, quantity=quantity)
    shop.other_gun.do("finish", at=start + 91 * MINUTE, sheet="K1-001")
    shop.gun.do("look", location="A-01")
    assert lines(shop, "K1") == ["A-01 INK 3 3 equal accept", "A-01 PEN 10 10 equal"]
    told = {line["sku"]: line["counters"] for line in reconciliation(shop, "K1")["lines"]}
    assert told == {"INK": [], "PEN": ["OP-1", "OP-2"]}
    problem(approve(shop, "K1"), "undecided")
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).status_code == 200
    assert {line["sku"]: line["counters"] for line in reconciliation(shop, "K1")["lines"]} == told


def test_a_location_is_in_one_open_count(shop: Shop) -> None:
    plan(shop, "A-01", "A-02")
    answer = shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["MAIN"]})
    assert (answer.status_code, answer.json["code"]) == (409, "already_counting")
    assert "A-01, A-02" in answer.json["detail"]
    cancelled = shop.person("supervisor").call("POST", "/api/v1/counts/K1/cancellation", {"reason": "planned twice"})
    assert (cancelled.status_code, cancelled.json["status"], cancelled.json["sheets_open"]) == (200, "cancelled", 0)
    assert [sheet["location"] for sheet in plan(shop, "MAIN")["sheets"]] == ["A-01", "A-02", "B-01", "DOCK"]


@pytest.mark.parametrize(
    "body",
    [
        {"locations": ["NOWHERE"]}, {"locations": []}, {"locations": ["SUPPLIER"]}, {"locations": ["A-01"], "policy": "guess"}, {},
        {"locations": ["A-01"], "tolerance": {"quantity": "1e3"}}, {"locations": ["A-01"], "tolerance": {"percent": "-1"}}, {"locations": "A-01"},
        {"locations": ["A-01"], "tolerance": {"value": "٣"}}, {"locations": ["A\u0000"]},
    ],
)  # fmt: skip
def test_a_plan_that_can_not_be_understood_is_400(shop: Shop, body: dict[str, Any]) -> None:
    answer = shop.person("supervisor").call("POST", "/api/v1/counts", body)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_an_incomplete_sheet_leaves_what_it_did_not_see(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01")
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001", complete=False),
    )
    assert lines(shop, "K1") == ["A-01 INK 5 - not_counted", "A-01 PEN 10 10 equal accept"]
    assert approve(shop, "K1", decision(shop, "K1", "INK", "accept")).status_code == 200
    assert shop.on_hand("A-01", "INK") == 5
    assert lines(shop, "K1") == ["A-01 INK 5 - not_counted", "A-01 PEN 10 10 equal accept"]
    shop.proven()


def test_an_empty_place_is_a_line(shop: Shop, start: int) -> None:
    plan(shop, "A-01", "A-02")
    shop.gun.do("empty", at=start, location="A-01", sheet="K1-001")
    answer = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-002/closure", {"complete": False})
    assert (answer.status_code, answer.json["status"]) == (200, "review")
    assert lines(shop, "K1") == ["A-01 nothing 0 0 empty accept", "A-02 nothing 0 - not_counted"]
    assert approve(shop, "K1").status_code == 200
    assert lines(shop, "K1") == ["A-01 nothing 0 0 empty accept", "A-02 nothing 0 - not_counted"]


def test_a_count_is_approved_in_review_only(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    answer = approve(shop, "K1")
    assert (answer.status_code, answer.json["code"]) == (409, "not_in_review")
    shop.gun.do("count", at=start + MINUTE, sheet="K1-001", barcode=PEN, quantity="10")
    assert shop.person("supervisor").get("/api/v1/counts/K1").json["status"] == "counting"
    closed = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    assert closed.json["status"] == "review"
    again = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-001/closure", {})
    assert (again.status_code, again.json["code"]) == (409, "sheet_closed")
    shop.person("supervisor").call("POST", "/api/v1/counts/K1/cancellation", {"reason": "no"})
    answer = approve(shop, "K1")
    assert (answer.status_code, answer.json["code"]) == (409, "not_in_review")


def test_a_recount_is_the_next_sheet_and_by_somebody_else(shop: Shop, start: int) -> None:
    counted(shop, start)
    supervisor = shop.person("supervisor")
    line = decision(shop, "K1", "PEN", "recount")
    supervisor.call("PUT", "/api/v1/counts/K1/decisions", {"decisions": [line]})
    assert lines(shop, "K1") == ["A-01 PEN 10 9 outside recount"]
    assert approve(shop, "K1").json["code"] == "undecided"
    same = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"lines": [line["line"]], "operator": "OP-1"})
    assert (same.status_code, same.json["code"]) == (409, "not_independent")
    made = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"lines": [line["line"]], "operator": "OP-2"})
    assert made.status_code == 201
    sheet = made.json["sheets"][1]
    assert (sheet["code"], sheet["sequence"], sheet["lines"]) == ("K1-002", 2, [{"sku": "PEN", "name": "Pen", "lot": None}])
    twice = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]})
    assert (twice.status_code, twice.json["code"]) == (409, "already_counting")
    shop.other_gun.send(
        shop.other_gun.scan("count", at=start + 70 * MINUTE, sheet="K1-002", barcode=PEN, quantity="10"),
        shop.other_gun.scan("finish", at=start + 71 * MINUTE, sheet="K1-002"),
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]
    (shown,) = reconciliation(shop, "K1")["lines"]
    assert [one[:2] for one in shown["passes"]] == [["9", "OP-1"], ["10", "OP-2"]]


def test_what_only_the_second_pass_found_was_0_in_the_first(shop: Shop, start: int) -> None:
    counted(shop, start)
    supervisor = shop.person("supervisor")
    assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-2"}).status_code == 201
    shop.other_gun.send(
        shop.other_gun.scan("count", at=start + 70 * MINUTE, sheet="K1-002", barcode=INK, quantity="5"),
        shop.other_gun.scan("finish", at=start + 71 * MINUTE, sheet="K1-002"),
    )
    ink, pen = reconciliation(shop, "K1")["lines"]
    assert [one[:2] for one in ink["passes"]] == [["0", "OP-1"], ["5", "OP-2"]]
    assert [one[:2] for one in pen["passes"]] == [["9", "OP-1"], ["0", "OP-2"]]


def test_a_place_that_nobody_counted_is_ordered_again_for_whoever_comes(shop: Shop, start: int) -> None:
    plan(shop, "A-01")
    supervisor = shop.person("supervisor")
    assert supervisor.call("POST", "/api/v1/sheets/K1-001/closure", {"complete": False, "reason": "blocked"}).status_code == 200
    made = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]})
    assert (made.status_code, made.json["sheets"][1]["code"]) == (201, "K1-002")


def test_lines_without_a_cost_are_told_before_and_after_the_posting(shop: Shop, start: int) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = NULL"))
    received(shop, start, INK=5)
    counted(shop, start, "10")
    look = "/api/v1/counts/K1/lines"
    for _ in range(2):
        listed = shop.person("supervisor").get(look).json["totals"]
        assert (listed["unpriced"], reconciliation(shop, "K1")["totals"]["unpriced"]) == (2, 2)
        approve(shop, "K1", decision(shop, "K1", "INK", "accept"), decision(shop, "K1", "PEN", "accept"))
    assert reconciliation(shop, "K1")["status"] == "posted"


def test_two_people_count_each_location_and_where_they_agree_the_line_is_closed(shop: Shop, start: int) -> None:
    """
    book PEN 10, INK 5; OP-1 counts 9 and 5, OP-2 counts 9 and 4
    """
    received(shop, start, PEN=10, INK=5)
    count = plan(shop, "A-01", twice=True)
    assert (count["twice"], [(s["code"], s["sequence"]) for s in count["sheets"]]) == (True, [("K1-001", 1), ("K1-002", 2)])
    begun = shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, location="A-01", barcode=PEN, quantity="9"),
        shop.gun.scan("count", at=start + 61 * MINUTE, location="A-01", barcode=INK, quantity="5"),
        shop.gun.scan("finish", at=start + 62 * MINUTE, location="A-01"),
        shop.gun.scan("count", at=start + 63 * MINUTE, location="A-01", barcode=PEN, quantity="1"),
    )
    assert [one["reason"] for one in begun["receipts"]] == [None, None, None, "not_yours"], "the other sheet is for somebody else"
    assert reconciliation(shop, "K1")["status"] == "counting"
    shop.other_gun.send(
        shop.other_gun.scan("count", at=start + 70 * MINUTE, location="A-01", barcode=PEN, quantity="9"),
        shop.other_gun.scan("count", at=start + 71 * MINUTE, location="A-01", barcode=INK, quantity="4"),
        shop.other_gun.scan("finish", at=start + 72 * MINUTE, location="A-01"),
    )
    seen = reconciliation(shop, "K1")
    assert [(one["sku"], one["agreed"], one["decision"]) for one in seen["lines"]] == [("INK", False, None), ("PEN", True, "accept")]
    assert [[one[:2] for one in line["passes"]] for line in seen["lines"]] == [
        [["5", "OP-1"], ["4", "OP-2"]],
        [["9", "OP-1"], ["9", "OP-2"]],
    ], "both are kept"
    flagged = shop.person("supervisor").get("/api/v1/counts/K1/lines?flagged=true").json["rows"]
    assert [one["sku"] for one in flagged] == ["INK"]
    assert approve(shop, "K1").json["code"] == "undecided"
    assert approve(shop, "K1", decision(shop, "K1", "INK", "dismiss")).status_code == 200
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-01", "INK")) == (9, 5)
    assert [one["agreed"] for one in reconciliation(shop, "K1")["lines"]] == [False, True], "it is kept with what was posted"


@pytest.mark.parametrize("given", [None, "OP-2"])
def test_a_sheet_that_was_only_closed_by_hand_agrees_with_nobody(shop: Shop, start: int, given: str | None) -> None:
    """
    book PEN 10, INK 5; OP-1 counts PEN 9 and finds no INK; nobody was at the second sheet, and the supervisor closes it
    """
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01", twice=True)
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("finish", at=start + 62 * MINUTE, sheet="K1-001"),
    )
    if given is not None:
        with writing() as tx:
            tx.execute(text("UPDATE sheets SET operator = :given WHERE code = 'K1-002'"), {"given": given})
    assert shop.person("supervisor").call("POST", "/api/v1/sheets/K1-002/closure", {"complete": True}).status_code == 200
    assert lines(shop, "K1") == ["A-01 INK 5 0 outside", "A-01 PEN 10 9 outside"], "left to a person"
    assert [one["agreed"] for one in reconciliation(shop, "K1")["lines"]] == [False, False]


def test_two_of_whom_one_only_finishes_agree_that_nothing_is_there(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", twice=True)
    for gun_, code in ((shop.gun, "K1-001"), (shop.other_gun, "K1-002")):
        gun_.send(gun_.scan("finish", at=start + 60 * MINUTE, sheet=code))
    assert lines(shop, "K1") == ["A-01 PEN 10 0 outside accept"]


def test_who_counted_can_not_approve_and_the_database_says_so(shop: Shop, start: int) -> None:
    counted(shop, start)
    ann = key(shop.app, "Ann", "supervisor")
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"), who=ann)
    assert (answer.status_code, answer.json["code"]) == (409, "not_independent")
    assert shop.on_hand("A-01", "PEN") == 10
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = 'declare'"))
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"), who=ann)
    assert answer.status_code == 200
    assert answer.json["declared"] == "Ann"
    assert answer.json["approved_by"] == "Ann"


def test_what_only_unknown_operators_counted_needs_a_note(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    stranger = gun(shop.app, "gun-3", operator="NOBODY")
    stranger.send(
        stranger.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="10"),
        stranger.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal"]
    assert reconciliation(shop, "K1")["lines"][0]["unknown_operator"] is True
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).json["code"] == "undecided"
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept", note="it was Dan, without his badge")).status_code == 200


def test_lots_must_be_chosen_where_the_count_did_not_tell_them(shop: Shop, start: int) -> None:
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=MILK, quantity="5", lot="L1"),
        shop.gun.scan("receive", at=start, location="A-01", barcode=MILK, quantity="3", lot="L2"),
    )
    plan(shop, "A-01")
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=MILK, quantity="6"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 MILK 8 6 outside"]
    assert reconciliation(shop, "K1")["lines"][0]["needs_lots"] is True
    for lots in (None, {"L1": "-1"}, {"L1": "-1.5", "L2": "-0.5"}):
        answer = approve(shop, "K1", decision(shop, "K1", "MILK", "accept", lots=lots))
        assert (answer.status_code, answer.json["code"]) == (409, "lots_needed"), lots
    assert approve(shop, "K1", decision(shop, "K1", "MILK", "accept", lots={"L1": "-3", "L2": "1"})).status_code == 200
    assert (shop.on_hand("A-01", "MILK", "L1"), shop.on_hand("A-01", "MILK", "L2")) == (2, 4)
    shop.proven()


def test_two_lots_at_a_place_are_two_lines_each_decided_by_itself(shop: Shop, start: int) -> None:
    """
    received MILK L1 5, L2 3; counted L1 4, L2 4
    """
    g = shop.gun
    g.send(*(g.scan("receive", at=start, location="A-01", barcode=MILK, quantity=q, lot=lot) for lot, q in (("L1", "5"), ("L2", "3"))))
    plan(shop, "A-01")
    g.send(
        *(g.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=MILK, quantity="4", lot=lot) for lot in ("L1", "L2")),
        g.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 MILK/L1 5 4 outside", "A-01 MILK/L2 3 4 outside"]
    first, second = reconciliation(shop, "K1")["lines"]
    decided = [{"line": first["line"], "decision": "accept"}, {"line": second["line"], "decision": "dismiss", "note": "an odd label"}]
    assert approve(shop, "K1", *decided).status_code == 200
    assert (shop.on_hand("A-01", "MILK", "L1"), shop.on_hand("A-01", "MILK", "L2")) == (4, 3)
    shop.proven()


def test_a_scan_that_was_resolved_counts(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    odd = shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode="SMUDGED", quantity="4")
    shop.gun.send(
        odd,
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="6"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 6 outside"]
    resolved = shop.person("supervisor").call(
        "POST", f"/api/v1/scans/{odd['id']}/resolution", {"product": "PEN", "reason": "a smudged pen"}
    )
    assert resolved.status_code in (200, 201), resolved.json
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]


def test_what_was_scanned_and_taken_back_while_a_line_was_counted_did_not_move(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    g, other = shop.gun, shop.other_gun
    slip = other.scan("pick", at=start + 61 * MINUTE, location="A-01", barcode=PEN, quantity="3")
    other.send(slip, other.scan("void", at=start + 62 * MINUTE, voids=slip["id"]))
    g.send(
        *(g.scan("count", at=start + minute * MINUTE, sheet="K1-001", barcode=PEN, quantity="5") for minute in (60, 65)),
        g.scan("finish", at=start + 66 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]


def test_a_free_count_reconciles_too(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, location="A-01", barcode=PEN, quantity="11"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, location="A-01"),
    )
    (row,) = shop.person("auditor").get("/api/v1/counts?status=open").json["rows"]
    assert (row["kind"], row["status"], row["operator"], row["locations"], row["lines"]) == ("free", "review", "OP-1", ["A-01"], 1)
    assert row["blind"] is False
    assert approve(shop, row["code"], decision(shop, row["code"], "PEN", "accept")).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 11
    shop.proven()


def test_who_counts_a_place_again_of_their_own_accord_corrects_themselves(shop: Shop, start: int) -> None:
    """CONTRACT.md: if there is none, the server opens one in the operator's free count of the day."""
    received(shop, start, PEN=10)
    g, supervisor = shop.gun, shop.person("supervisor")

    def count(quantity: str, minute: int) -> list[Any]:
        at = start + minute * MINUTE
        answer = g.send(g.scan("count", at=at, location="A-01", barcode=PEN, quantity=quantity), g.scan("finish", at=at, location="A-01"))
        return [(one["outcome"], one["reason"]) for one in answer["receipts"]]

    assert count("1", 60) == count("10", 61) == [("noted", None)] * 2
    assert lines(shop, "K1") == ["A-01 PEN 10 10 equal accept"]
    assert [one[:2] for one in reconciliation(shop, "K1")["lines"][0]["passes"]] == [["1", "OP-1"], ["10", "OP-1"]]
    assert supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-1"}).status_code == 409
    recount = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": "OP-2"})
    assert recount.status_code == 201, recount.json
    other, sheet = shop.other_gun, recount.json["sheets"][-1]["code"]
    other.send(
        other.scan("count", at=start + 62 * MINUTE, sheet=sheet, barcode=PEN, quantity="9"),
        other.scan("finish", at=start + 62 * MINUTE, sheet=sheet),
    )
    assert count("10", 63) == [("refused", "not_yours"), ("refused", "unknown_sheet")], "a recount is by somebody else, and stands"
    assert lines(shop, "K1") == ["A-01 PEN 10 9 outside"]
    assert len(supervisor.get("/api/v1/counts").json["rows"]) == 1, "no sheet is left open"


def test_two_counts_of_one_place_never_adjust_twice(shop: Shop, start: int) -> None:
    """
    10 in the book, 9 there: Ann counts freely at 11:00, Ben in K1 at 11:30; both are approved, in either order
    """
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    shop.other_gun.send(
        shop.other_gun.scan("count", at=start + 90 * MINUTE, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.other_gun.scan("finish", at=start + 91 * MINUTE, sheet="K1-001"),
    )
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, location="A-01", barcode=PEN, quantity="9"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, location="A-01"),
    )
    free = next(r["code"] for r in shop.person("supervisor").get("/api/v1/counts").json["rows"] if r["kind"] == "free")
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).status_code == 200
    assert approve(shop, free, decision(shop, free, "PEN", "accept")).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 9
    shop.proven()


def test_sheets_tell_operators_where_to_count_and_nothing_else(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", "A-02")
    shop.gun.do("count", at=times.now() - MINUTE, sheet="K1-001", barcode=PEN, quantity="7")
    mine = shop.gun.get("/api/v1/sheets?status=open&operator=OP-1").json["rows"]
    others = shop.other_gun.get("/api/v1/sheets?status=open&operator=OP-2").json["rows"]
    assert [(row["code"], row["operator"]) for row in mine] == [("K1-001", "OP-1"), ("K1-002", None)]
    assert [row["code"] for row in others] == ["K1-002"]
    assert set(mine[0]) == {"code", "count", "location", "sequence", "operator", "lines", "status", "lease_until", "blind", "may_count"}
    page = shop.gun.get("/api/v1/sheets?limit=1").json
    assert (len(page["rows"]), page["next"]) == (1, "K1-001")
    assert [r["code"] for r in shop.gun.get("/api/v1/sheets?limit=1&after=K1-001").json["rows"]] == ["K1-002"]


@pytest.mark.parametrize(("independence", "may"), [("enforce", False), ("declare", True)])
def test_a_recount_says_whether_an_operator_may_make_it(shop: Shop, start: int, independence: str, may: bool) -> None:
    received(shop, start, PEN=10)
    rule = {"independence": independence, "reason": "who is there"}
    assert shop.person("administrator").call("PUT", "/api/v1/sites/MAIN", rule).status_code == 200
    plan(shop, "A-01")
    shop.gun.do("count", at=start + MINUTE, sheet="K1-001", barcode=PEN, quantity="7")
    shop.gun.do("finish", at=start + 2 * MINUTE, sheet="K1-001")
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]}).status_code == 201
    told = {
        operator: shop.gun.get(f"/api/v1/sheets?status=open&operator={operator}").json["rows"][0]["may_count"]
        for operator in ("OP-1", "OP-2")
    }
    assert told == {"OP-1": may, "OP-2": True}
    assert shop.gun.get("/api/v1/sheets?status=open").json["rows"][0]["may_count"], "asked for nobody"
    receipt = shop.gun.do("count", at=start + 3 * MINUTE, sheet="K1-002", barcode=PEN, quantity="7")
    assert receipt.get("reason") == (None if may else "not_yours")


def test_who_has_one_of_two_sheets_of_a_location_is_not_offered_the_other(shop: Shop, start: int) -> None:
    """
    A-01 and A-02 for two people each; OP-1 begins A-01; a finish without a scan says that nothing is in A-02: that is a count too
    """
    received(shop, start, PEN=10)
    plan(shop, "A-01", "A-02", twice=True)

    def offered(operator: str) -> list[str]:
        rows = shop.gun.get(f"/api/v1/sheets?status=open&operator={operator}").json["rows"]
        return [row["code"] for row in rows if row["may_count"]]

    assert offered("OP-1") == ["K1-001", "K1-002", "K1-003", "K1-004"]
    shop.gun.do("count", at=times.now() - MINUTE, location="A-01", barcode=PEN, quantity="10")
    shop.gun.do("finish", at=times.now() - MINUTE, sheet="K1-003")
    assert (offered("OP-1"), offered("OP-2")) == (["K1-001"], ["K1-002", "K1-004"])
    assert shop.gun.do("count", sheet="K1-004", barcode=PEN, quantity="1")["reason"] == "not_yours"
    shop.gun.do("finish", at=times.now() - MINUTE, sheet="K1-001")
    assert offered("OP-1") == []


def test_who_was_given_one_of_two_sheets_is_not_offered_the_other(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", twice=True)
    with writing() as tx:
        tx.execute(text("UPDATE sheets SET operator = 'OP-1', given = (1 = 1) WHERE code = 'K1-002'"))
    rows = shop.gun.get("/api/v1/sheets?status=open&operator=OP-1").json["rows"]
    assert [(row["code"], row["may_count"]) for row in rows] == [("K1-001", False), ("K1-002", True)]


def test_a_sheet_says_whether_its_counter_may_know_what_is_expected(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01", blind=False)
    plan(shop, "A-02")
    shop.gun.do("count", at=start + MINUTE, location="A-02", barcode=PEN, operator="OP-1")
    shop.gun.do("count", at=start + MINUTE, location="A-02", barcode=PEN, operator="OP-2")
    rows = shop.gun.get("/api/v1/sheets?status=open").json["rows"]
    assert {(row["code"], row["location"], row["blind"]) for row in rows} == {
        ("K1-001", "A-01", False),
        ("K2-001", "A-02", True),
        ("K3-001", "A-02", True),
    }, "a free count in the place of a blind one is as blind"


def test_lines_are_paged(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10, INK=5, ROPE=1)
    plan(shop, "A-01")
    shop.gun.do("finish", at=start + MINUTE, sheet="K1-001")
    first = shop.person("auditor").get("/api/v1/counts/K1/reconciliation?limit=2").json
    assert [line["sku"] for line in first["lines"]] == ["INK", "PEN"]
    rest = shop.person("auditor").get(f"/api/v1/counts/K1/reconciliation?limit=2&after={first['next']}").json
    assert ([line["sku"] for line in rest["lines"]], rest["next"]) == (["ROPE"], None)
    assert rest["hash"] == first["hash"]
    assert rest["totals"]["lines"] == 3
    everything = [decision(shop, "K1", sku, "accept") for sku in ("PEN", "INK", "ROPE")]
    assert approve(shop, "K1", *everything).status_code == 200
    first = shop.person("auditor").get("/api/v1/counts/K1/reconciliation?limit=2").json
    rest = shop.person("auditor").get(f"/api/v1/counts/K1/reconciliation?limit=2&after={first['next']}").json
    assert ([line["sku"] for line in first["lines"] + rest["lines"]], rest["next"]) == (["INK", "PEN", "ROPE"], None)


def test_a_decision_about_no_line_is_refused(shop: Shop, start: int) -> None:
    counted(shop, start)
    body = {"decisions": [{"line": "no-such-line", "decision": "accept"}]}
    answer = shop.person("supervisor").call("PUT", "/api/v1/counts/K1/decisions", body)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_decision_can_be_taken_back(shop: Shop, start: int) -> None:
    counted(shop, start)
    for what, shown in (("dismiss", "A-01 PEN 10 9 outside dismiss"), (None, "A-01 PEN 10 9 outside")):
        body = {"decisions": [decision(shop, "K1", "PEN", what)]}
        assert shop.person("supervisor").call("PUT", "/api/v1/counts/K1/decisions", body).status_code == 200
        assert lines(shop, "K1") == [shown]


def test_gaps_of_a_stream_that_counted_are_shown(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10)
    plan(shop, "A-01")
    shop.gun.scan("count", at=start + 59 * MINUTE, sheet="K1-001", barcode=PEN, quantity="1")  # never sent
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert [(gap["stream"], gap["device"], gap["missing_total"]) for gap in reconciliation(shop, "K1")["gaps"]] == [
        (shop.gun.stream, "gun-1", 1)
    ]


@pytest.mark.parametrize("role, allowed", [("operator", False), ("supervisor", True), ("accountant", True), ("auditor", True),
                                           ("administrator", True), ("integration", True)])  # fmt: skip
def test_who_may_read_a_reconciliation(shop: Shop, role: str, allowed: bool) -> None:
    plan(shop, "A-01")
    for path in ("/api/v1/counts/K1/reconciliation", "/api/v1/counts/K1", "/api/v1/counts"):
        assert shop.person(role).get(path).status_code == (200 if allowed else 403)
    assert shop.gun.get("/api/v1/counts/K1/reconciliation").status_code == 403


@pytest.mark.parametrize("role", ["operator", "accountant", "auditor", "administrator", "integration"])
def test_only_supervisors_plan_decide_and_approve(shop: Shop, role: str) -> None:
    plan(shop, "A-01")
    for method, path, body in (
        ("POST", "/api/v1/counts", {"locations": ["A-02"]}),
        ("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]}),
        ("PUT", "/api/v1/counts/K1/decisions", {"decisions": []}),
        ("POST", "/api/v1/counts/K1/reconciliation", {"hash": "x"}),
        ("POST", "/api/v1/counts/K1/cancellation", {"reason": "x"}),
        ("POST", "/api/v1/sheets/K1-001/closure", {}),
    ):
        assert shop.person(role).call(method, path, body).status_code == 403


def test_what_is_not_there_is_404(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    for method, path, body in (
        ("GET", "/api/v1/counts/K9", None),
        ("GET", "/api/v1/counts/K9/reconciliation", None),
        ("POST", "/api/v1/counts/K9/sheets", {"locations": ["A-01"]}),
        ("POST", "/api/v1/counts/K9/reconciliation", {"hash": "x"}),
        ("POST", "/api/v1/sheets/K9-001/closure", {}),
        ("POST", "/api/v1/counts/K9/cancellation", {"reason": "x"}),
    ):
        assert supervisor.call(method, path, body).status_code == 404


def test_every_deed_is_in_the_audit_trail(app: Flask, shop: Shop, start: int) -> None:
    counted(shop, start)
    approve(shop, "K1", decision(shop, "K1", "PEN", "accept"))
    plan(shop, "A-02")
    shop.person("supervisor").call("POST", "/api/v1/counts/K2/cancellation", {"reason": "rain"})
    with reading() as tx:
        deeds = tx.execute(text("SELECT deed, subject, reason FROM audit WHERE site_id = 1 AND actor LIKE 'key:%' ORDER BY journal")).all()
    assert [tuple(row) for row in deeds] == [
        ("count_planned", "count K1", ""), ("costs_frozen", "count K1", ""), ("lines_decided", "count K1", ""), ("count_posted", "count K1", ""),
        ("count_planned", "count K2", ""), ("count_cancelled", "count K2", "rain"),
    ]  # fmt: skip


def test_what_was_not_counted_says_why(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01", "A-02")
    supervisor = shop.person("supervisor")
    for sheet, why in (("K1-001", " the aisle is blocked "), ("K1-002", None)):
        answer = supervisor.call("POST", f"/api/v1/sheets/{sheet}/closure", {"complete": False, "reason": why})
        assert answer.status_code == 200, answer.json
    assert [sheet["reason"] for sheet in answer.json["sheets"]] == ["the aisle is blocked", ""]
    shown = reconciliation(shop, "K1")["lines"]
    assert [(line["state"], line["note"]) for line in shown] == [
        ("not_counted", "the aisle is blocked"), ("not_counted", "the aisle is blocked"), ("not_counted", ""),
    ]  # fmt: skip
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "dismiss", note="next week"))
    assert answer.status_code == 200, answer.json
    assert [(line["sku"], line["decision"], line["note"]) for line in answer.json["lines"]] == [
        ("INK", None, "the aisle is blocked"), ("PEN", "dismiss", "next week"), (None, None, ""),
    ]  # fmt: skip
    exported = shop.person("auditor").get("/api/v1/exports/reconciliation.csv?count=K1").text
    assert "the aisle is blocked" in exported
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [row["reason"] for row in trail if row["deed"] == "sheet_closed"] == ["the aisle is blocked", ""]
