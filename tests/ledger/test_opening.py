"""Opening stock by a file: the difference to what OPENING gave is posted, so the same file twice changes nothing."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from each import each
from flask import Flask
from sqlalchemy import text

from app import journal, times
from app.db import reading, writing
from app.imports import taking
from app.ledger import opening, replaying
from app.ledger.posting import Draft, post
from tests.calling import Wire, numbers


@pytest.fixture
def wire(app: Flask) -> Wire:
    wire = Wire(app)
    wire.send("locations", "code,parent,kind\nA,,zone\nA-1,A,\nA-2,A,\nOLD,A,\n")
    wire.put("locations/OLD", {"archived": True})
    wire.send(
        "products",
        "sku,name,decimals,tracking\nPEN,Pen,0,none\nMILK,Milk,0,lot\nRICE,Rice,3,none\nPHONE,Phone,0,serial\nGONE,Gone,0,none\n",
    )
    wire.put("products/GONE", {"archived": True})
    return wire


def stock(wire: Wire, query: str = "") -> dict[tuple[str, str, str], str]:
    return {(r["location"], r["sku"], r["lot"]): r["quantity"] for r in wire.get(f"stock?{query}")["rows"]}


def test_a_file_sets_what_was_there_when_the_ledger_began(wire: Wire) -> None:
    csv = "location,sku,lot,quantity,at,expiry\nA-1,PEN,,12,2026-01-01T08:00:00Z,\nA-1,MILK,L1,6,,2027-01-31\nA-2,RICE,,1.250,,\nA-2,PEN,,0,,\n"
    report = wire.send("stock", csv)
    assert numbers(report) == (3, 0, 1, 0)
    assert stock(wire) == {("A-1", "PEN", ""): "12", ("A-1", "MILK", "L1"): "6", ("A-2", "RICE", ""): "1.25"}
    assert stock(wire, "at=2026-01-01T08:00:00Z") == {("A-1", "PEN", ""): "12"}
    assert wire.get("stock?sku=MILK")["rows"][0]["expiry"] == "2027-01-31"
    assert {(m["kind"], m["source"]) for m in wire.get("moves")["rows"]} == {("opening", "OPENING")}
    assert numbers(wire.send("stock", csv)) == (0, 0, 4, 0)
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM moves")) == 3
        assert replaying.check(tx) == []


def test_a_corrected_file_posts_the_difference_whatever_moved_since(wire: Wire) -> None:
    wire.send("stock", "location,sku,quantity\nA-1,PEN,10\nA-2,PEN,5\n")
    with writing() as tx:
        journal.lock(tx, 1)
        place = {code: number for code, number in tx.execute(text("SELECT code, id FROM locations"))}
        pen = tx.scalar(text("SELECT id FROM products WHERE sku = 'PEN'"))
        post(tx, 1, [Draft("scan", None, pen, "", "", 4, place["A-1"], place["A-2"], times.now())], times.now())
    assert numbers(wire.send("stock", "location,sku,quantity\nA-1,PEN,13\nA-2,PEN,2\n")) == (0, 2, 0, 0)
    assert stock(wire) == {("A-1", "PEN", ""): "9", ("A-2", "PEN", ""): "6"}
    assert numbers(wire.send("stock", "location,sku,quantity\nA-1,PEN,13\nA-2,PEN,2\n")) == (0, 0, 2, 0)


BAD_ROWS = [
    ("NOWHERE,PEN,,1,", "location", "unknown_location"),
    (",PEN,,1,", "location", "unknown_location"),
    ("a-1,PEN,,1,", "location", "unknown_location"),
    ("SUPPLIER,PEN,,1,", "location", "bad_location"),
    ("MAIN,PEN,,1,", "location", "bad_location"),
    ("OLD,PEN,,1,", "location", "bad_location"),
    ("A-1,NOTHING,,1,", "sku", "unknown_product"),
    ("A-1,GONE,,1,", "sku", "archived"),
    ("A-1,PHONE,,1,", "sku", "serial_tracked"),
    ("A-1,MILK,,1,", "lot", "lot_required"),
    ("A-1,PEN,L1,1,", "lot", "bad_field"),
    (f"A-1,MILK,{'L' * 129},1,", "lot", "bad_text"),
    ("A-1,MILK,L\x00,1,", "lot", "bad_text"),
    ("A-1,PEN,,,", "quantity", "bad_field"),
    ("A-1,PEN,,-1,", "quantity", "bad_field"),
    ("A-1,PEN,,1e3,", "quantity", "bad_field"),
    ("A-1,PEN,,1.5,", "quantity", "quantity_precision"),
    ("A-1,RICE,,999999999999.999,", "quantity", None),
    ("A-1,PEN,,1,yesterday", "at", "bad_field"),
    ("A-1,PEN,,1,2999-01-01T00:00:00Z", "at", "bad_field"),
    ("A-1,PEN,,1,,x", "", "too_many_cells"),
    ("A-2,PEN,,2,", "quantity", "contradicts"),
]


@each("row, field, code", BAD_ROWS)
def test_a_bad_row_is_refused_with_its_reason(wire: Wire, row: str, field: str, code: str | None) -> None:
    report: Any = wire.send("stock", f"location,sku,lot,quantity,at\nA-2,PEN,,1,\n{row}\n", "mode=rows")
    assert [(r["row"], r["field"], r["code"]) for r in report["rejected"]] == ([(3, field, code)] if code else [])
    numbers(report)
    assert stock(wire)["A-2", "PEN", ""] == "1"


def test_a_dry_run_writes_nothing(wire: Wire) -> None:
    assert numbers(wire.send("stock", "location,sku,lot,quantity\nA-1,MILK,L1,10\n", "dry_run=1")) == (1, 0, 0, 0)
    assert stock(wire) == {}
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM lots")) == 0


LARGE = "location,sku,lot,quantity,expiry\nA-1,PEN,,10,\nA-2,PEN,,5,\nA-1,MILK,L1,6,2027-01-31\nA-2,RICE,,0,\n"


def test_nobody_waits_while_a_large_file_is_decided_about(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """What others changed meanwhile is never overlooked: the file is then decided about anew, and they wait."""
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    deeds: list[Callable[[], Any]] = []
    told: list[Any] = []
    changes = opening._changes

    def beside(*args: Any) -> Any:
        if deeds:
            deed = deeds.pop()
            other = threading.Thread(target=lambda: told.append(deed()))
            other.start()
            other.join(20)
            assert not other.is_alive(), "it waits for the import"
        return changes(*args)

    def send(deed: Callable[[], Any] | None, body: str = LARGE) -> Any:
        deeds[:] = [deed] if deed else []
        found = wire("supervisor", "POST", "imports/stock", data=body, content_type="text/csv")
        return wire.finished(found.headers["Location"])

    monkeypatch.setattr(opening, "_changes", beside)
    wire.token("supervisor")
    assert numbers(send(lambda: wire.put("locations/A-3", {"kind": "bin", "parent": "A"}))) == (3, 0, 1, 0), "others made a location"
    assert told.pop()["code"] == "A-3"
    assert stock(wire) == {("A-1", "PEN", ""): "10", ("A-2", "PEN", ""): "5", ("A-1", "MILK", "L1"): "6"}
    assert wire.get("stock?sku=MILK")["rows"][0]["expiry"] == "2027-01-31"
    assert numbers(send(None)) == (0, 0, 4, 0), "the same file again"
    small = "location,sku,quantity\nA-1,PEN,11\n"
    assert numbers(send(lambda: wire.send("stock", small), LARGE.replace("PEN,,10", "PEN,,12"))) == (0, 1, 3, 0)
    assert numbers(told.pop()) == (0, 1, 0, 0)
    assert stock(wire)["A-1", "PEN", ""] == "12", "the later word, by the difference to the other file"
    wire.put("locations/A-2", {"archived": False})
    refused = send(lambda: wire.put("locations/A-2", {"archived": True}), LARGE.replace("PEN,,10", "PEN,,14"))
    assert (refused["applied"], [r["code"] for r in refused["rejected"]]) == (False, ["bad_location", "bad_location"])
    assert stock(wire)["A-1", "PEN", ""] == "12"
    with reading() as tx:
        assert replaying.check(tx) == []
