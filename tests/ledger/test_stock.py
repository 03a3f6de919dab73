"""Stock as of now and as of a time, what a blind count hides, moves, and exceptions that a person closes."""

import random
import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import journal, times
from app.db import insert_many, reading, writing
from app.ledger import stock
from app.ledger.posting import Draft, assert_counted, post
from tests.calling import Wire

NOON = times.parse("2026-11-22T12:00:00Z")
PLACES = {"A": ("zone", None), "A-01": ("bin", "A"), "A-02": ("bin", "A"), "B-01": ("bin", None)}


@pytest.fixture
def wire(app: Flask) -> Wire:
    """Zone A with two bins, bin B-01; pens (each), milk (lots), rice (kg, 3 decimals)."""
    wire = Wire(app)
    wire.send("products", "sku,name,unit,decimals,tracking\nPEN,Pen,each,0,none\nMILK,Milk,each,0,lot\nRICE,Rice,kg,3,none\n")
    with writing() as tx:
        journal.lock(tx, 1)
        for code, (kind, parent) in PLACES.items():
            above = tx.execute(text("SELECT id, path FROM locations WHERE code = :c"), {"c": parent or "MAIN"}).one()
            tx.execute(
                text(
                    "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                    "VALUES (1, :c, :f, :c, :k, :p, '', :j)"
                ),
                {"c": code, "f": code.casefold(), "k": kind, "p": above.id, "j": journal.take(tx, 1)},
            )
            tx.execute(text("UPDATE locations SET path = :p || id || '/' WHERE code = :c"), {"p": above.path, "c": code})
        tx.execute(text("INSERT INTO lots (product_id, code, expiry) SELECT id, 'L1', '2027-01-31' FROM products WHERE sku = 'MILK'"))
    return wire


def moved(*told: tuple[Any, ...]) -> list[int]:
    """Post moves told as (minutes from noon, SKU, scaled quantity, source, target[, lot])."""
    with writing() as tx:
        journal.lock(tx, 1)
        place = {code: number for code, number in tx.execute(text("SELECT code, id FROM locations"))}
        product = {sku: number for sku, number in tx.execute(text("SELECT sku, id FROM products"))}
        drafts = [
            Draft("scan", None, product[sku], lot[0] if lot else "", "", n, place[a], place[b], NOON + at * times.MINUTE)
            for at, sku, n, a, b, *lot in told
        ]
        return post(tx, 1, drafts, NOON).journals


def shown(answer: Any) -> list[tuple[str, ...]]:
    return [(r["location"], r["sku"], r["lot"], r["quantity"]) for r in answer["rows"]]


def blind_count(place: str, status: str | None = None, blind: bool = True, kind: str = "cycle") -> None:
    with writing() as tx:
        count = tx.scalar(
            text(
                "INSERT INTO counts (site_id, code, kind, status, blind, policy, created_at, note, journal) "
                "VALUES (1, :code, :kind, :status, :blind, 'ask', 1, '', 1) RETURNING id"
            ),
            {"code": f"K-{place}", "kind": kind, "status": status, "blind": blind},
        )
        tx.execute(
            text(
                "INSERT INTO sheets (site_id, count_id, code, location_id, sequence, open, created_at, closed_uncertainty_ms, planned, "
                "journal) "
                "SELECT 1, :count, :code, id, 1, true, 1, 0, true, 1 FROM locations WHERE code = :place"
            ),
            {"count": count, "code": f"S-{place}", "place": place},
        )


def test_stock_is_told_by_place_product_and_lot_and_zero_is_left_out(wire: Wire) -> None:
    moved((0, "PEN", 5, "SUPPLIER", "A-01"), (1, "MILK", 7, "SUPPLIER", "A-02", "L1"), (2, "RICE", 1250, "SUPPLIER", "B-01"))
    moved((3, "PEN", 2, "A-01", "B-01"), (4, "RICE", 1250, "B-01", "SCRAP"))
    answer = wire.get("stock", "device")
    assert shown(answer) == [("A-01", "PEN", "", "3"), ("A-02", "MILK", "L1", "7"), ("B-01", "PEN", "", "2")]
    assert answer["rows"][1] == {
        "location": "A-02", "sku": "MILK", "name": "Milk", "lot": "L1", "serial": "", "expiry": "2027-01-31", "unit": "each",
        "quantity": "7", "held": False,
    }  # fmt: skip
    assert set(answer) == {"rows", "next", "journal", "epoch"}


def test_a_location_includes_what_is_below_it_and_virtual_ones_only_when_named(wire: Wire) -> None:
    moved((0, "PEN", 5, "SUPPLIER", "A-01"), (1, "PEN", 1, "SUPPLIER", "A"), (2, "PEN", 4, "SUPPLIER", "B-01"))
    assert shown(wire.get("stock?location=A")) == [("A", "PEN", "", "1"), ("A-01", "PEN", "", "5")]
    assert len(wire.get("stock?location=MAIN")["rows"]) == 3
    assert shown(wire.get("stock?location=SUPPLIER")) == [("SUPPLIER", "PEN", "", "-10")]
    assert wire.get("stock?location=A")["totals"] == [{"sku": "PEN", "unit": "each", "quantity": "6", "partial": False}]
    assert wire.get("stock?sku=PEN")["totals"][0]["quantity"] == "10"
    assert wire.get("stock?sku=PEN")["partial"] is False


@pytest.mark.parametrize("query", ["location=NOWHERE", "sku=NOTHING", "site=NOWHERE", "location=a-01"])
def test_what_does_not_exist_is_404(wire: Wire, query: str) -> None:
    assert wire.get(f"stock?{query}", status=404)["code"] == "not_found"


@pytest.mark.parametrize(
    "query", ["at=yesterday", "upto=-1", "limit=501", "after=%21", "after=WzFd", "location=", "location=%00", "sku=%00"]
)
def test_what_can_not_be_read_is_400(wire: Wire, query: str) -> None:
    assert wire.get(f"stock?{query}", status=400)["code"] == "bad_request"


def test_pages_give_each_row_once(wire: Wire) -> None:
    moved(*[(n, sku, n + 1, "SUPPLIER", place) for n, sku in enumerate(("PEN", "RICE")) for place in ("A-01", "A-02", "B-01")])
    seen, after = [], ""
    while True:
        page = wire.get(f"stock?limit=2{after}")
        seen += shown(page)
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == shown(wire.get("stock?limit=500"))
    assert len(seen) == 6


def test_stock_as_of_a_time_is_inclusive_and_as_of_a_journal_repeatable(wire: Wire) -> None:
    first = moved((0, "PEN", 5, "SUPPLIER", "A-01"))[0]
    moved((10, "PEN", 2, "A-01", "B-01"))
    moved((5, "PEN", 1, "SUPPLIER", "A-01"))  # arrives late
    at = "stock?at=2026-11-22T12:{}"
    assert shown(wire.get(at.format("00:00Z"))) == [("A-01", "PEN", "", "5")]
    assert shown(wire.get("stock?at=2026-11-22T11:59:59.999Z")) == []
    assert shown(wire.get(at.format("09:59Z") + "&location=A")) == [("A-01", "PEN", "", "6")]
    assert shown(wire.get(at.format("10:00Z"))) == [("A-01", "PEN", "", "4"), ("B-01", "PEN", "", "2")]
    assert shown(wire.get(f"stock?upto={first}")) == [("A-01", "PEN", "", "5")]
    assert shown(wire.get(at.format("10:00Z") + f"&upto={first + 1}&sku=PEN")) == [("A-01", "PEN", "", "3"), ("B-01", "PEN", "", "2")]


def test_now_equals_the_fold_of_all_moves(wire: Wire) -> None:
    dice = random.Random(3)
    places = ["A", "A-01", "A-02", "B-01", "SUPPLIER", "CUSTOMER"]
    told = [(n % 50, dice.choice(["PEN", "RICE"]), dice.randint(1, 9), *dice.sample(places, 2), dice.choice(["", "L"])) for n in range(300)]
    last = moved(*told)[-1]
    now = wire.get("stock?limit=500")
    for query in ("at=2027-01-01T00:00:00Z", f"upto={last}", "location=MAIN", "location=MAIN&at=2027-01-01T00:00:00Z"):
        assert wire.get(f"stock?limit=500&{query}")["rows"] == now["rows"]


def test_a_hold_shows_on_the_rows_it_covers(wire: Wire) -> None:
    moved((0, "MILK", 7, "SUPPLIER", "A-01", "L1"), (0, "MILK", 7, "SUPPLIER", "A-01", "L2"), (0, "PEN", 1, "SUPPLIER", "A-01"))
    hold = "INSERT INTO holds (site_id, product_id, lot, held, occurred_at) SELECT 1, id, :lot, :held, 1 FROM products WHERE sku = :sku"
    with writing() as tx:
        tx.execute(text(hold), [{"sku": "MILK", "lot": "L2", "held": True}, {"sku": "PEN", "lot": "", "held": False}])
    assert [(r["lot"], r["held"]) for r in wire.get("stock")["rows"]] == [("L1", False), ("L2", True), ("", False)]


def test_a_counter_learns_nothing_of_a_location_in_an_open_blind_count(wire: Wire) -> None:
    moved((0, "PEN", 5417, "SUPPLIER", "A-01"), (0, "PEN", 4, "SUPPLIER", "B-01"))
    blind_count("A-01")
    for who in ("device", "operator"):
        for query in ("", "?location=A-01", "?sku=PEN", "?at=2026-11-23T00:00:00Z&location=MAIN", "?upto=99&sku=PEN"):
            answer = wire(who, "GET", f"stock{query}")
            assert "5417" not in answer.text
            hidden = [r for r in answer.json["rows"] if r["location"] == "A-01"]
            assert [(r["quantity"], r["hidden"]) for r in hidden] == [(None, "blind_count")]
        assert wire.get("stock?sku=PEN", who)["totals"] == [{"sku": "PEN", "unit": "each", "quantity": "4", "partial": True}]
        assert wire.get("stock?sku=PEN", who)["partial"]
    assert wire.get("stock?location=A-01", "supervisor")["rows"][0]["quantity"] == "5417"


@pytest.mark.parametrize(
    "status, blind, kind", [("posted", True, "cycle"), ("cancelled", True, "cycle"), (None, False, "cycle"), (None, True, "free")]
)
def test_other_counts_hide_nothing(wire: Wire, status: str | None, blind: bool, kind: str) -> None:
    moved((0, "PEN", 5, "SUPPLIER", "A-01"))
    blind_count("A-01", status, blind, kind)
    assert wire.get("stock?location=A-01", "device")["rows"][0]["quantity"] == "5"


def test_an_approved_count_that_is_not_posted_still_hides(wire: Wire) -> None:
    moved((0, "PEN", 5, "SUPPLIER", "A-01"))
    blind_count("A-01", "approved")
    assert wire.get("stock?location=A-01", "device")["rows"][0]["quantity"] is None


def test_moves_are_listed_in_journal_order_for_the_office_only(wire: Wire) -> None:
    numbers = moved((0, "RICE", 1500, "SUPPLIER", "A-01"), (1, "PEN", 1, "SUPPLIER", "B-01"))
    first = wire.get("moves?limit=1")
    assert first["rows"] == [
        {
            "journal": numbers[0], "kind": "scan", "scan": None, "sku": "RICE", "lot": "", "serial": "", "quantity": "1.5",
            "source": "SUPPLIER", "target": "A-01", "occurred_at": "2026-11-22T12:00:00.000Z", "recorded_at": "2026-11-22T12:00:00.000Z",
            "reason_code": None, "reverses": None, "line": None, "person": None,
        }
    ]  # fmt: skip
    assert [m["journal"] for m in wire.get(f"moves?since={first['next']}")["rows"]] == numbers[1:]
    assert wire.get(f"moves?since={numbers[1]}")["next"] == numbers[1]
    for who in ("device", "operator"):
        assert wire.get("moves", who, 403)["code"] == "forbidden"
        assert wire.get("exceptions", who, 403)["code"] == "forbidden"


def test_a_negative_balance_is_listed_until_it_closes_by_itself(wire: Wire) -> None:
    moved((0, "PEN", 2, "A-01", "CUSTOMER"))
    (row,) = wire.get("exceptions")["rows"]
    assert (row["kind"], row["location"], row["sku"], row["status"]) == ("negative_balance", "A-01", "PEN", "open")
    closure = f"exceptions/{row['id']}/closure"
    assert wire("supervisor", "POST", closure, json={"note": "seen"}).json["code"] == "still_negative"
    moved((1, "PEN", 2, "SUPPLIER", "A-01"))
    assert wire.get("exceptions")["rows"] == []
    assert wire.get("exceptions?status=closed")["rows"][0]["status"] == "closed"


@pytest.mark.parametrize("decision, left", [("keep", "5"), ("reverse", "3")])
def test_a_supervisor_keeps_or_reverses_the_counter_move_of_a_late_move(wire: Wire, decision: str, left: str) -> None:
    moved((0, "PEN", 5, "SUPPLIER", "A-01"))
    with writing() as tx:
        place = tx.scalar(text("SELECT id FROM locations WHERE code = 'A-01'"))
        product = tx.scalar(text("SELECT id FROM products WHERE sku = 'PEN'"))
        counted = NOON + 10 * times.MINUTE
        assert_counted(
            tx, [{"line_id": 9, "site_id": 1, "location_id": place, "product_id": product, "lot": None, "at": counted, "until": counted}]
        )
    moved((5, "PEN", 2, "A-01", "CUSTOMER"))
    (row,) = wire.get("exceptions")["rows"]
    assert row["kind"] == "late_after_count"
    assert wire.get("stock?location=A-01")["rows"][0]["quantity"] == "5"
    closure = f"exceptions/{row['id']}/closure"
    assert wire("accountant", "POST", closure, json={"note": "x"}).status_code == 403
    assert wire("supervisor", "POST", closure, json={}).json["code"] == "bad_request"
    closed = wire("supervisor", "POST", closure, json={"note": "looked", "decision": decision})
    assert (closed.status_code, closed.json["status"], closed.json["note"]) == (200, "closed", "looked")
    assert wire("supervisor", "POST", closure, json={"note": "looked", "decision": decision}).json == closed.json
    assert wire("supervisor", "POST", closure, json={"note": "other"}).json["code"] == "changed"
    assert wire.get("stock?location=A-01")["rows"][0]["quantity"] == left
    assert wire("supervisor", "POST", "exceptions/99/closure", json={"note": "x"}).status_code == 404
    assert wire("supervisor", "POST", f"exceptions/{2**70}/closure", json={"note": "x"}).status_code == 404


def test_stock_as_of_a_time_does_not_cost_what_happens_elsewhere(wire: Wire) -> None:
    with writing() as tx:
        place = {code: number for code, number in tx.execute(text("SELECT code, id FROM locations"))}
        product = tx.scalar(text("SELECT id FROM products WHERE sku = 'PEN'"))

    def fill(first: int, number: int, target: str) -> None:
        columns = ("site_id", "journal", "kind", "product_id", "lot", "serial", "quantity", "source_id", "target_id", "occurred_at",
                   "uncertainty_ms", "recorded_at")  # fmt: skip
        rows = [(1, n, "scan", product, "", "", 1, place["SUPPLIER"], place[target], n, 0, n) for n in range(first, first + number)]
        with writing() as tx:
            insert_many(tx, "moves", columns, rows)
        with writing() as tx:
            tx.execute(text("ANALYZE"))

    def fastest() -> float:
        asked = stock.Question(1, location="A-01", at=10**12)
        best = 9.0
        for _ in range(7):
            with reading() as tx:
                began = time.perf_counter()
                rows, _ = stock.rows(tx, asked, frozenset())
                best = min(best, time.perf_counter() - began)
                assert rows[0]["quantity"] == "100"
        return best

    fill(1000, 100, "A-01")
    fill(2000, 5_000, "B-01")
    few = fastest()
    fill(10_000, 60_000, "B-01")
    assert fastest() < 2.5 * few + 0.001
