"""Sheets as count scans name them."""

import pytest
from sqlalchemy import text

from app import times
from app.db import reading
from app.scans.sheets import LEASE
from tests.shop import Shop


def sheets() -> list[tuple[object, ...]]:
    with reading() as tx:
        rows = tx.execute(
            text(
                "SELECT s.code, l.code, s.operator, s.open, s.complete FROM sheets s JOIN locations l ON l.id = s.location_id ORDER BY s.id"
            )
        )
        return [tuple(r) for r in rows]


def test_a_count_without_a_sheet_opens_one_in_the_operators_free_count(shop: Shop) -> None:
    g = shop.gun
    g.send(
        g.scan("count", location="A-01", barcode="PEN"),
        g.scan("count", location="A-02", barcode="PEN"),
        g.scan("count", location="A-01", barcode="INK"),
    )
    g.do("count", location="B-01", barcode="PEN")
    shop.other_gun.do("count", location="A-01", barcode="PEN")
    assert [s[:3] for s in sheets()] == [
        ("K1-001", "A-01", "OP-1"), ("K1-002", "A-02", "OP-1"), ("K1-003", "B-01", "OP-1"), ("K2-001", "A-01", "OP-2"),
    ]  # fmt: skip


def test_the_free_count_of_another_day_is_another_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.gun.do("count", location="A-01", barcode="PEN")
    shop.gun.do("finish", location="A-01")
    tomorrow = times.now() + times.DAY
    monkeypatch.setattr(times, "now", lambda: tomorrow)
    shop.gun.do("count", location="A-02", barcode="PEN")
    assert [s[0] for s in sheets()] == ["K1-001", "K2-001"]


def test_finish_closes_the_sheet_and_the_next_count_opens_another(shop: Shop) -> None:
    g = shop.gun
    g.do("count", location="A-01", barcode="PEN")
    assert g.do("finish", location="A-01", complete=False)["outcome"] == "noted"
    assert sheets() == [("K1-001", "A-01", "OP-1", False, False)] or sheets() == [("K1-001", "A-01", "OP-1", 0, 0)]
    assert g.do("count", location="A-01", barcode="PEN")["outcome"] == "noted"
    assert [s[0] for s in sheets()] == ["K1-001", "K1-002"]


def test_a_count_made_before_the_finish_belongs_to_the_finished_sheet_whenever_it_arrives(shop: Shop) -> None:
    g = shop.gun
    g.do("count", location="A-01", barcode="PEN")
    late = g.scan("count", location="A-01", barcode="INK")
    g.do("finish", location="A-01")
    g.send(late)
    assert [s[0] for s in sheets()] == ["K1-001"]


def test_empty_closes_a_sheet_without_counts_and_is_refused_with(shop: Shop) -> None:
    g = shop.gun
    assert g.do("empty", location="A-01")["outcome"] == "noted"
    scan = g.scan("count", location="A-02", barcode="PEN")
    g.send(scan)
    assert g.do("empty", location="A-02")["reason"] == "not_empty"
    g.do("void", voids=scan["id"])
    assert g.do("empty", location="A-02")["outcome"] == "noted"


def test_empty_sees_what_was_counted_in_the_same_batch(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("count", location="A-01", barcode="PEN")
    assert g.send(scan, g.scan("empty", location="A-01"))["receipts"][1]["reason"] == "not_empty"
    scan = g.scan("count", location="A-02", barcode="PEN")
    assert g.send(scan, g.scan("void", voids=scan["id"]), g.scan("empty", location="A-02"))["receipts"][2]["outcome"] == "noted"


def test_a_sheet_is_named_by_its_code(shop: Shop) -> None:
    g = shop.gun
    g.do("count", location="A-01", barcode="PEN")
    assert g.do("count", sheet="K1-001", barcode="INK")["outcome"] == "noted"
    assert g.do("count", sheet="K1-001", location="A-02", barcode="INK")["warnings"] == ["other_location"]
    assert [s[:2] for s in sheets()] == [("K1-001", "A-01"), ("K1-002", "A-02")]


def test_zero_counts_and_is_kept(shop: Shop) -> None:
    assert shop.gun.do("count", location="A-01", barcode="PEN", quantity="0")["outcome"] == "noted"


def test_500_counts_at_unplanned_places_are_one_batch(shop: Shop) -> None:
    g = shop.gun
    g.send(*[g.scan("count", location=("A-01", "A-02", "B-01", "DOCK")[n % 4], barcode="PEN", operator=f"X{n % 40}") for n in range(500)])
    assert len(sheets()) == 40


def planned(shop: Shop, *, operator: str | None = None) -> None:
    """A-01 as K1, one sheet: K1-001 to take, or, given to an operator, K1-002."""
    supervisor = shop.person("supervisor")
    assert supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).status_code == 201
    if operator:
        assert supervisor.call("POST", "/api/v1/sheets/K1-001/closure", {}).status_code == 200
        again = supervisor.call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"], "operator": operator})
        assert again.status_code == 201, again.json


def to_count(shop: Shop, operator: str) -> list[tuple[str, str | None, bool]]:
    rows = shop.gun.get(f"/api/v1/sheets?operator={operator}").json["rows"]
    return [(row["code"], row["operator"], row["lease_until"] is not None) for row in rows]


def test_who_takes_a_sheet_has_it_until_15_minutes_after_its_last_scan(shop: Shop) -> None:
    """
    now-40  OP-1 counts     K1-001 is OP-1's until now-25
    now-26  OP-1 counts     ... until now-11
    now-12  OP-2 counts     a free count: the lease holds
    now-10  OP-2 counts     K1-001 is free, and OP-2's now
    now-9   OP-1 counts     K1-001 still: OP-1 has begun it
    """
    planned(shop)
    now = times.now()
    shop.gun.do("count", at=now - 40 * times.MINUTE, location="A-01", barcode="PEN")
    assert to_count(shop, "OP-2") == [("K1-001", None, True)]
    assert to_count(shop, "OP-1") == [("K1-001", "OP-1", True)]
    shop.gun.do("count", at=now - 26 * times.MINUTE, location="A-01", barcode="PEN")
    shop.other_gun.do("count", at=now - 12 * times.MINUTE, location="A-01", barcode="PEN")
    assert sheets()[0][2] == "OP-1"
    assert [row[:3] for row in sheets()[1:]] == [("K2-001", "A-01", "OP-2")]
    shop.other_gun.do("finish", at=now - 11 * times.MINUTE, sheet="K2-001")
    shop.other_gun.do("count", at=now - 10 * times.MINUTE, location="A-01", barcode="INK")
    shop.gun.do("count", at=now - 9 * times.MINUTE, location="A-01", barcode="INK")
    assert [(row[0], row[2]) for row in sheets()] == [("K1-001", "OP-2"), ("K2-001", "OP-2")]
    assert to_count(shop, "OP-2") == [("K1-001", "OP-2", True)]
    assert to_count(shop, "OP-1") == []
    counted = shop.person("supervisor").get("/api/v1/counts/K1").json["sheets"][0]
    assert (counted["operator"], counted["scans"]) == ("OP-2", 4)
    assert counted["lease_until"] == times.wire(times.parse(counted["last_scan_at"]) + LEASE)


def test_a_sheet_is_taken_again_by_its_code_too(shop: Shop) -> None:
    planned(shop)
    now = times.now()
    shop.gun.do("count", at=now - 40 * times.MINUTE, sheet="K1-001", barcode="PEN")
    shop.other_gun.do("count", at=now - 30 * times.MINUTE, sheet="K1-001", barcode="PEN")
    assert sheets()[0][2] == "OP-1", "two may count on one sheet; it stays with who took it"
    shop.other_gun.do("count", at=now - 5 * times.MINUTE, sheet="K1-001", barcode="PEN")
    assert sheets()[0][2] == "OP-2"


def test_who_counted_the_first_pass_can_not_take_the_second_when_its_lease_is_over(shop: Shop) -> None:
    planned(shop)
    now = times.now()
    shop.gun.do("count", at=now - 60 * times.MINUTE, sheet="K1-001", barcode="PEN")
    shop.gun.do("finish", at=now - 59 * times.MINUTE, sheet="K1-001")
    shop.person("supervisor").call("POST", "/api/v1/counts/K1/sheets", {"locations": ["A-01"]})
    shop.other_gun.do("count", at=now - 40 * times.MINUTE, sheet="K1-002", barcode="PEN")
    assert shop.gun.do("count", at=now - 5 * times.MINUTE, sheet="K1-002", barcode="PEN")["reason"] == "not_yours"
    assert sheets()[1][2] == "OP-2"


def test_a_sheet_that_was_given_stays_who_was_given_it(shop: Shop) -> None:
    planned(shop, operator="OP-1")
    now = times.now()
    shop.gun.do("count", at=now - 60 * times.MINUTE, sheet="K1-002", barcode="PEN")
    shop.other_gun.do("count", at=now - 5 * times.MINUTE, location="A-01", barcode="PEN")
    assert [(row[0], row[2]) for row in sheets()] == [("K1-001", None), ("K1-002", "OP-1"), ("K2-001", "OP-2")]
    assert to_count(shop, "OP-1") == [("K1-002", "OP-1", False)]
