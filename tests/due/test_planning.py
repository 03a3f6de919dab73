"""Planning by rules over the API: rules are kept, looked at, run once a day; a calendar; classes from picks."""

from typing import Any

import pytest
from sqlalchemy import text

from app import times
from app.db import reading, writing
from app.due import planning
from tests.shop import Shop

AGE = {"name": "Every half year", "kind": "age", "parameters": {"days": 180}}


def put(shop: Shop, code: str = "AGE", **said: Any) -> Any:
    return shop.person("supervisor").call("PUT", f"/api/v1/count-rules/{code}", AGE | said)


def run(shop: Shop, code: str = "AGE") -> dict[str, Any]:
    answer = shop.person("supervisor").call("POST", f"/api/v1/count-rules/{code}/runs")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def preview(shop: Shop, code: str = "AGE", **said: Any) -> dict[str, Any]:
    answer = shop.person("supervisor").call("POST", f"/api/v1/count-rules/{code}/preview", said)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def counts(shop: Shop) -> list[dict[str, Any]]:
    return list(shop.person("supervisor").get("/api/v1/counts?status=all").json["rows"])


def why(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["location"], one["why"]) for one in found["locations"]]


def count(shop: Shop, location: str, **quantities: str) -> None:
    """Count a location, whole, and post what was found."""
    supervisor = shop.person("supervisor")
    planned = supervisor.call("POST", "/api/v1/counts", {"locations": [location]}).json
    for sku, quantity in quantities.items():
        assert shop.gun.do("count", location=location, barcode=sku, quantity=quantity)["outcome"] == "noted"
    shop.gun.do("finish" if quantities else "empty", location=location)
    seen = supervisor.get(f"/api/v1/counts/{planned['code']}/reconciliation").json
    decisions = [{"line": one["line"], "decision": "accept"} for one in seen["lines"] if one["decision"] is None]
    answer = supervisor.call(
        "POST", f"/api/v1/counts/{planned['code']}/reconciliation", {"hash": seen["hash"], "decisions": decisions, "override": "test"}
    )
    assert answer.status_code == 200, answer.json


def test_a_rule_is_made_changed_archived_and_brought_back(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    made = put(shop).json
    assert made | {"changed_at": None} == {
        "code": "AGE", "name": "Every half year", "kind": "age", "parameters": {"days": 180, "within": []}, "blind": True, "twice": False, "policy": "ask",
        "tolerance": None, "tolerances": [], "second_above": None, "most": 100, "active": True, "changed_at": None,
    }  # fmt: skip
    assert put(shop).json == made, "said again it changes nothing"
    changed = put(shop, most=20, tolerance={"percent": "2"}, active=False).json
    assert (changed["most"], changed["tolerance"], changed["active"], changed["changed_at"]) == (
        20,
        {"percent": "2"},
        False,
        made["changed_at"],
    )
    assert [one["code"] for one in shop.person("auditor").get("/api/v1/count-rules").json["rows"]] == ["AGE"]
    assert supervisor.call("DELETE", "/api/v1/count-rules/AGE").status_code == 204
    assert supervisor.get("/api/v1/count-rules/AGE").status_code == 404
    assert supervisor.call("POST", "/api/v1/count-rules/AGE/runs").status_code == 404
    assert supervisor.get("/api/v1/count-rules").json["rows"] == []
    assert put(shop).json["active"]
    deeds = [
        one["deed"] for one in shop.person("auditor").get("/api/v1/audit?limit=500").json["rows"] if one["deed"].startswith("count_rule")
    ]
    assert deeds == ["count_rule_put", "count_rule_put", "count_rule_archived", "count_rule_put"]


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "mood"}, {"parameters": {"days": 0}}, {"parameters": {"within": ["NO-SUCH"]}}, {"kind": "list", "parameters": {}}, {"most": 0},
        {"most": 20_001}, {"policy": "guess"}, {"tolerance": {"percent": "-1"}}, {"name": ""}, {"parameters": {"no": 1}},
        {"tolerances": [{"sku": "NO-SUCH"}]}, {"tolerances": [{"quantity": "1"}]}, {"second_above": "-1"},
    ],
)  # fmt: skip
def test_a_rule_that_can_not_be_is_refused_and_nothing_is_kept(shop: Shop, said: dict[str, Any]) -> None:
    assert put(shop, **said).status_code == 400
    assert shop.person("supervisor").get("/api/v1/count-rules").json["rows"] == []


def test_only_supervisors_plan(shop: Shop) -> None:
    put(shop)
    for role in ("operator", "accountant", "auditor", "integration"):
        who = shop.person(role)
        assert who.call("PUT", "/api/v1/count-rules/X", AGE).status_code == 403
        assert who.call("POST", "/api/v1/count-rules/AGE/runs").status_code == 403
        assert who.call("POST", "/api/v1/count-rules/AGE/preview").status_code == 403
        assert who.get("/api/v1/count-calendar").status_code == (403 if role == "operator" else 200)
    assert shop.gun.get("/api/v1/count-rules").status_code == 403


def test_planning_twice_plans_nothing_new(shop: Shop) -> None:
    put(shop, most=2, tolerance={"quantity": "1"}, blind=False)
    first = run(shop)
    assert (first["planned"], first["in_open_count"]) == (2, 0)
    assert run(shop) == first | {"planned": 0}
    with shop.app.app_context():
        assert planning.run_all(1) == [first | {"planned": 0}]
    (made,) = counts(shop)
    assert (made["code"], made["locations"], made["blind"], made["tolerance"]) == (
        first["count"],
        ["A-01", "A-02"],
        False,
        {"quantity": "1"},
    )
    assert made["note"] == "Every half year"


def test_a_rules_counts_have_its_tolerances_and_its_second_approver(shop: Shop) -> None:
    wanted = [{"location": "A-01", "quantity": "3"}, {"abc": "A", "percent": "1"}]
    assert put(shop, tolerances=wanted, second_above="500").json["tolerances"] == wanted
    run(shop)
    (made,) = counts(shop)
    assert (made["tolerances"], made["second_above"]) == (wanted, "500")
    assert put(shop).json["second_above"] is None


def test_a_location_that_is_in_an_open_count_is_skipped_and_told(shop: Shop) -> None:
    assert shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-02"]}).status_code == 201
    put(shop)
    told = preview(shop)
    assert [one["location"] for one in told["locations"]] == ["A-01", "B-01", "DOCK"]
    assert [(one["location"], one["count"]) for one in told["in_open_count"]] == [("A-02", "K1")]
    assert counts(shop)[0]["code"] == "K1"
    made = run(shop)
    assert (made["planned"], made["in_open_count"]) == (3, 1)
    put(shop, "OTHER", most=5)
    assert run(shop, "OTHER") | {"day": ""} == {
        "rule": "OTHER", "day": "", "count": None, "planned": 0, "locations": 0, "in_open_count": 4,
    }  # fmt: skip
    assert len(counts(shop)) == 2


def test_a_preview_tells_of_a_rule_that_is_not_kept_and_writes_nothing(shop: Shop) -> None:
    told = preview(shop, "NEW", name="x", kind="list", parameters={"locations": ["B-01", "A-01"]}, most=1)
    assert (told["population"], told["due"], told["planned"], why(told)) == (2, 2, 1, [("A-01", "list")])
    assert shop.person("supervisor").get("/api/v1/count-rules").json["rows"] == []
    assert shop.person("supervisor").call("POST", "/api/v1/count-rules/NEW/preview", {}).status_code == 404


def test_what_was_counted_is_not_due_until_its_time_comes(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN", quantity="5")
    count(shop, "A-01", PEN="5")
    put(shop)
    assert why(preview(shop)) == [("A-02", "never"), ("B-01", "never"), ("DOCK", "never")]
    with writing() as tx:
        tx.execute(text("UPDATE sheets SET closed_at = closed_at - :half"), {"half": 180 * times.DAY})
    told = preview(shop)
    assert (told["locations"][0]["location"], told["locations"][0]["why"]) == ("A-01", "age")
    assert told["locations"][0]["counted_at"] is not None


def test_moves_since_the_last_count_an_empty_book_and_a_negative_one_are_seen(shop: Shop) -> None:
    for quantity in ("5", "4"):
        shop.gun.do("receive", location="A-01", barcode="PEN", quantity=quantity)
    shop.gun.do("pick", location="B-01", barcode="INK", quantity="2")
    shop.gun.do("receive", location="A-02", barcode="INK", quantity="2")
    shop.gun.do("pick", location="A-02", barcode="INK", quantity="2")
    assert why(preview(shop, "M", name="m", kind="moves", parameters={"moves": 2})) == [("A-01", "moves"), ("A-02", "moves")]
    assert why(preview(shop, "B", name="b", kind="book")) == [("A-02", "zero"), ("B-01", "negative")]
    count(shop, "A-02")
    assert why(preview(shop, "M", name="m", kind="moves", parameters={"moves": 2})) == [("A-01", "moves")]
    assert why(preview(shop, "B", name="b", kind="book")) == [("B-01", "negative")]


def test_value_accuracy_and_class_are_read_from_the_ledger_and_from_past_counts(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN", quantity="100")
    shop.gun.do("receive", location="B-01", barcode="INK", quantity="10")
    told = preview(shop, "V", name="v", kind="value", parameters={"share": 50})
    assert [(one["location"], one["n"]) for one in told["locations"]] == [("A-01", 125)]
    count(shop, "B-01", INK="9")
    told = preview(shop, "Q", name="q", kind="accuracy", parameters={"days": 1})
    assert (told["due"], told["planned"]) == (0, 0), "counted today"
    with writing() as tx:
        tx.execute(text("UPDATE sheets SET closed_at = closed_at - :day"), {"day": times.DAY})
        tx.execute(text("UPDATE products SET abc = 'A' WHERE sku = 'INK'"))
    told = preview(shop, "Q", name="q", kind="accuracy", parameters={"days": 1})
    assert [(one["location"], one["why"], one["n"]) for one in told["locations"]] == [("B-01", "accuracy", 0)]
    told = preview(shop, "C", name="c", kind="abc", parameters={"a": 1}, most=1)
    assert why(told) == [("B-01", "class_a")]


def test_what_was_taken_back_or_only_booked_has_not_moved(shop: Shop) -> None:
    """
    A-01  receives 500 pens by mistake, and it is taken back
    A-02  has 300 pens by its opening balance, and was counted; the count was reversed
    B-01  received 4 ink and 2 were picked; a pick of 400 pens there was taken back
    """
    supervisor = shop.person("supervisor")
    wrong = shop.gun.scan("receive", location="A-01", barcode="PEN", quantity="500")
    picked = shop.gun.scan("pick", location="B-01", barcode="PEN", quantity="400")
    shop.gun.send(wrong, picked)
    shop.gun.send(shop.gun.scan("void", voids=wrong["id"]), shop.gun.scan("void", voids=picked["id"]))
    opening = supervisor.client.post(
        "/api/v1/imports/stock?site=MAIN", data=b"location,sku,quantity\nA-02,PEN,300\n", content_type="text/csv",
        headers={"Authorization": f"Bearer {shop.person('administrator').token}"},
    )  # fmt: skip
    assert opening.json["created"] == 1, opening.json
    count(shop, "A-02", PEN="298")
    assert supervisor.call("POST", "/api/v1/counts/K1/reversal", {"reason": "two in a drawer"}).status_code == 200
    shop.gun.do("receive", location="B-01", barcode="INK", quantity="4")
    shop.gun.do("pick", location="B-01", barcode="INK", quantity="2")
    told = preview(shop, "V", name="v", kind="value", parameters={"share": 100, "days": 1})
    assert [(one["location"], one["n"]) for one in told["locations"]] == [("B-01", 3)]
    assert why(preview(shop, "M", name="m", kind="moves", parameters={"moves": 1})) == [("B-01", "moves")]
    assert why(preview(shop, "B", name="b", kind="book")) == []
    assert [(one["sku"], one["after"], one["value"]) for one in classify(shop)["changes"]][:2] == [("INK", "A", 1), ("DRILL", "C", 0)]


def test_a_random_sample_says_how_large_it_is(shop: Shop) -> None:
    told = preview(shop, "S", name="s", kind="sample", parameters={"margin": 50})
    assert (told["population"], told["sample"], told["planned"]) == (4, 3, 3)


def test_the_calendar_tells_what_comes_what_is_planned_and_what_is_late(shop: Shop) -> None:
    put(shop, most=1)
    put(shop, "IDLE", active=False)
    assert run(shop)["planned"] == 1
    told = shop.person("auditor").get("/api/v1/count-calendar?days=4").json
    assert [day["due"] for day in told["days"]] == [{}, {"AGE": 1}, {"AGE": 1}, {"AGE": 1}], "a rule plans once a day"
    assert told["days"][0]["day"] == times.wire(times.now())[:10]
    assert [(one["count"], one["rule"], one["locations"], one["open"]) for one in told["planned"]] == [("K1", "AGE", 1, 1)]
    assert (told["overdue"], told["waiting"]) == ({}, {})
    assert shop.person("auditor").get("/api/v1/count-calendar?days=93").status_code == 400


def classify(shop: Shop, **said: Any) -> dict[str, Any]:
    answer = shop.person("supervisor").call("POST", "/api/v1/product-classes", said)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def classes(shop: Shop) -> dict[str, str]:
    with reading() as tx:
        return {row[0]: row[1] for row in tx.execute(text("SELECT sku, abc FROM products"))}


def test_classes_follow_the_value_of_picks_and_leave_what_was_set_by_hand(shop: Shop) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = NULL WHERE sku = 'MILK'"))
        tx.execute(text("UPDATE products SET abc = 'B' WHERE sku = 'ROPE'"))
    for sku, quantity in (("PEN", "64"), ("INK", "30"), ("ROPE", "1")):
        shop.gun.do("receive", location="A-01", barcode=sku, quantity="200")
        shop.gun.do("pick", location="A-01", barcode=sku, quantity=quantity)
    told = classify(shop)
    assert (told["classes"], told["without_cost"], told["by_hand"]) == ({"A": 1, "B": 1, "C": 2}, 1, 1)
    assert [(one["sku"], one["before"], one["after"], one["value"]) for one in told["changes"]] == [
        ("PEN", None, "A", 80), ("INK", None, "B", 15), ("DRILL", None, "C", 0),
    ]  # fmt: skip
    assert set(classes(shop).values()) == {"", "B"}, "only told"
    assert classify(shop, dry_run=False) == told
    assert classes(shop) == {"PEN": "A", "INK": "B", "ROPE": "B", "MILK": "", "DRILL": "C"}
    assert classify(shop, dry_run=False)["changed"] == 0
    shop.person("supervisor").call("PUT", "/api/v1/products/PEN", {"name": "Pen", "abc": "C"})
    assert classify(shop)["changed"] == 0
    assert [one["sku"] for one in classify(shop, keep=False)["changes"]] == ["PEN", "ROPE"]
    deeds = [one["deed"] for one in shop.person("auditor").get("/api/v1/audit?site=global&limit=500").json["rows"]]
    assert deeds.count("products_classified") == 1


def test_shares_of_more_than_everything_are_refused(shop: Shop) -> None:
    assert shop.person("supervisor").call("POST", "/api/v1/product-classes", {"a": 90, "b": 20}).status_code == 400
    assert shop.person("operator").call("POST", "/api/v1/product-classes", {}).status_code == 403
