"""Sheets as count scans name them."""

from sqlalchemy import text

from app.db import reading
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


def test_finish_closes_the_sheet_and_the_next_count_opens_another(shop: Shop) -> None:
    g = shop.gun
    g.do("count", location="A-01", barcode="PEN")
    assert g.do("finish", location="A-01", complete=False)["outcome"] == "noted"
    assert sheets() == [("K1-001", "A-01", "OP-1", False, False)] or sheets() == [("K1-001", "A-01", "OP-1", 0, 0)]
    g.do("count", location="A-01", barcode="PEN")
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
