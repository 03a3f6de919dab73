"""What a posted count decided can be reversed, once, as of the same moment."""

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import times
from app.db import reading, writing
from tests.callers import problem
from tests.counts.test_counting import INK, MINUTE, PEN, approve, counted, decision, plan, received, reconciliation
from tests.shop import Gun, Shop, key


@pytest.fixture
def start() -> int:
    """When the shift began: two hours ago."""
    return times.now() - 120 * MINUTE


def posted(shop: Shop, start: int) -> str:
    """PEN 10, counted 9, accepted. Return the line."""
    counted(shop, start)
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept", reason_code="miscount"))
    assert (answer.status_code, answer.json["status"]) == (200, "posted"), answer.json
    return str(answer.json["lines"][0]["line"])


def worth(totals: dict[str, Any]) -> tuple[Any, ...]:
    """What the book was worth, what was accepted and stands, what was reversed, what the book is worth after that."""
    return tuple(totals[name] for name in ("expected_value", "accepted_value", "reversed", "reversed_value", "after_value"))


def reverse(shop: Shop, line: str | None = None, who: Gun | None = None, reason: str = "it was a box, not a pen") -> Any:
    path = "/api/v1/counts/K1/reversal" if line is None else f"/api/v1/counts/K1/lines/{line}/reversal"
    return (who or shop.person("supervisor")).call("POST", path, {"reason": reason})


def test_a_reversal_posts_the_exact_opposite_as_of_the_same_moment(shop: Shop, start: int) -> None:
    line = posted(shop, start)
    assert shop.on_hand("A-01", "PEN") == 9
    before = reconciliation(shop, "K1")["totals"]
    assert worth(before) == ("12.50", "-1.25", 0, "0.00", "11.25")
    answer = reverse(shop, line)
    assert answer.status_code == 200, answer.json
    assert worth(answer.json["totals"]) == ("12.50", "0.00", 1, "1.25", "12.50")
    told = answer.json["lines"][0]["reversal"]
    assert (told["by"], told["reason"]) == ("key-supervisor", "it was a box, not a pen")
    assert shop.on_hand("A-01", "PEN") == 10
    with reading() as tx:
        first, second = tx.execute(text("SELECT * FROM moves WHERE kind IN ('adjustment', 'reversal') ORDER BY journal")).all()
    assert (second.reverses, second.occurred_at, second.quantity) == (first.journal, first.occurred_at, first.quantity)
    assert (second.source_id, second.target_id, second.reason_code) == (first.target_id, first.source_id, "miscount")
    problem(reverse(shop, line), "already_reversed")
    problem(reverse(shop), "already_reversed")
    trail = shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"]
    assert [row["reason"] for row in trail if row["deed"] == "lines_reversed"] == ["it was a box, not a pen"]
    shop.proven()


def test_an_export_of_before_stays_and_one_of_now_says_so(shop: Shop, start: int) -> None:
    line = posted(shop, start)
    before = shop.person("auditor").get("/api/v1/exports/reconciliation.csv?count=K1")
    file = shop.person("auditor").get("/api/v1/exports/reconciliation.json?count=K1")
    reverse(shop, line)
    upto = before.headers["X-ScanLedger-Upto"]
    assert shop.person("auditor").get(f"/api/v1/exports/reconciliation.json?count=K1&upto={upto}").data == file.data
    assert worth(file.json["totals"]) == ("12.50", "-1.25", 0, "0.00", "11.25")
    assert worth(shop.person("auditor").get("/api/v1/exports/reconciliation.json?count=K1").json["totals"]) == (
        "12.50",
        "0.00",
        1,
        "1.25",
        "12.50",
    )
    assert shop.person("auditor").get(f"/api/v1/exports/reconciliation.csv?count=K1&upto={upto}").data == before.data
    now = shop.person("auditor").get("/api/v1/exports/reconciliation.csv?count=K1").text.splitlines()
    assert now[0].endswith(",adjustment,reversed_by,reversed_at,reversal_reason")
    assert '"it was a box, not a pen"' in now[1]


def test_a_whole_count_is_reversed_but_for_what_was_already(shop: Shop, start: int) -> None:
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01")
    shop.gun.send(
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=INK, quantity="7"),
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    answer = approve(shop, "K1", decision(shop, "K1", "PEN", "accept"), decision(shop, "K1", "INK", "accept"))
    pen = next(line["line"] for line in answer.json["lines"] if line["sku"] == "PEN")
    assert reverse(shop, pen).status_code == 200
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-01", "INK")) == (10, 7)
    answer = reverse(shop, reason="all of it was wrong")
    assert {line["sku"]: line["reversal"]["reason"] for line in answer.json["lines"]} == {
        "PEN": "it was a box, not a pen", "INK": "all of it was wrong",
    }  # fmt: skip
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-01", "INK")) == (10, 5)
    shop.proven()


def test_what_is_reversed_asserts_nothing_any_more(shop: Shop, start: int) -> None:
    """
    counted 9 of 10 and posted; a pick of 1 before the count is heard: countered. The missing pen was that pick, so the count is
    reversed, and its counter-move with it: 10 - 1. What is heard later of before the count posts as usual.
    """
    line = posted(shop, start)
    shop.other_gun.do("pick", at=start + 30 * MINUTE, location="A-01", barcode=PEN, quantity="1")
    assert shop.on_hand("A-01", "PEN") == 9
    assert reverse(shop, line).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 9
    shop.other_gun.do("pick", at=start + 31 * MINUTE, location="A-01", barcode=PEN, quantity="2")
    assert shop.on_hand("A-01", "PEN") == 7
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM moves WHERE kind = 'late_after_count'")) == 1
    shop.proven()


def test_a_later_count_of_the_place_stays_right(shop: Shop, start: int) -> None:
    """
    K1 counted 9 of 10; K2, later, found 9: equal. Reversing K1 changes nothing that K2 has seen.
    """
    line = posted(shop, start)
    plan(shop, "A-01")
    shop.other_gun.send(
        shop.other_gun.scan("count", at=start + 90 * MINUTE, sheet="K2-001", barcode=PEN, quantity="9"),
        shop.other_gun.scan("finish", at=start + 91 * MINUTE, sheet="K2-001"),
    )
    assert approve(shop, "K2").status_code == 200
    assert reverse(shop, line).status_code == 200
    assert shop.on_hand("A-01", "PEN") == 9
    shop.proven()


def test_what_was_not_posted_or_accepted_or_by_whom_can_not_be_reversed(shop: Shop, start: int) -> None:
    counted(shop, start)
    problem(reverse(shop), "not_posted")
    seen = decision(shop, "K1", "PEN", "dismiss")
    assert approve(shop, "K1", seen).status_code == 200
    problem(reverse(shop, seen["line"]), "not_accepted")
    problem(reverse(shop, "no-such-line"), "not_found")
    for role in ("operator", "accountant", "auditor", "administrator", "integration"):
        problem(reverse(shop, who=shop.person(role)), "forbidden")


def test_who_counted_can_not_reverse(shop: Shop, start: int) -> None:
    line = posted(shop, start)
    problem(reverse(shop, line, key(shop.app, "Ann", "supervisor")), "not_independent")
    assert shop.on_hand("A-01", "PEN") == 9


@pytest.mark.as_owner
def test_racing_reversals_reverse_once_and_nobody_changes_who_did(shop: Shop, start: int) -> None:
    line = posted(shop, start)
    answers: list[int] = []

    def run() -> None:
        answers.append(reverse(shop, line, Gun(shop.app.test_client(), shop.person("supervisor").token)).status_code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
    assert shop.on_hand("A-01", "PEN") == 10
    for deed in ("UPDATE line_reversals SET reason = ''", "DELETE FROM line_reversals"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), writing() as tx:
            tx.execute(text(deed))
    shop.proven()
