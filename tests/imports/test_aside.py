"""Large files on SQLite: others write while the rows are decided about, and what they change is never overlooked."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import reading
from app.imports import taking
from app.ledger import opening
from app.locations import storing as locations
from app.products import storing as products
from tests.calling import Wire, numbers

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def wire(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Return a client; files of two rows are large ones, taken in parts of two."""
    wire = Wire(app)
    wire.send("products", "sku,name,barcode\nPEN,Pen,P-1\nINK,Ink,\n")
    wire.send("locations", "code,parent,kind\nA,,zone\nA-1,A,bin\nA-2,A,bin\n")
    wire.token("device")
    monkeypatch.setattr(taking, "AT_ONCE", 1)
    monkeypatch.setattr(taking, "PART", 2)
    return wire


def taken(wire: Wire, kind: str, body: str, query: str = "site=MAIN") -> Any:
    return wire.finished(wire("supervisor", "POST", f"imports/{kind}?{query}", data=body, content_type="text/csv").headers["Location"])


def receive(wire: Wire, barcode: str) -> Any:
    said = {"id": str(uuid.uuid4()), "task": "receive", "scanned_at": "2026-11-26T10:00:00Z", "location": "A-1", "barcode": barcode}
    answer = wire("device", "POST", "scans", json={"scans": [said]})
    assert answer.status_code == 200, answer.text
    return answer.json["receipts"][0]


class Meanwhile:
    """Has somebody do something as soon as the rows are decided about, `times` times; they must not wait for the import to end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, where: Any, what: str, deed: Callable[[], Any], times: int = 1) -> None:
        self.work, self.deed, self.times = getattr(where, what), deed, times
        self.told: list[Any] = []
        self.decided = 0
        monkeypatch.setattr(where, what, self)

    def __call__(self, *args: Any) -> None:
        self.work(*args)
        self.decided += 1
        if self.decided <= self.times:
            other = threading.Thread(target=lambda: self.told.append(self.deed()))
            other.start()
            other.join(10)
            assert not other.is_alive(), "it waits for the import"


def catalogue(wire: Wire) -> dict[str, tuple[str, list[str]]]:
    return {row["sku"]: (row["name"], [b["code"] for b in row["barcodes"]]) for row in wire.get("products")["rows"]}


@pytest.mark.parametrize("query", ["", "dry_run=1"])
def test_a_scan_does_not_wait_for_a_large_file(wire: Wire, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    scan = Meanwhile(monkeypatch, products, "take_products", lambda: receive(wire, "P-1"))
    job = taken(wire, "products", "sku,name,barcode\nPEN,Pencil,\nNIB,Nib,N-1\nCAP,Cap,\nCAP,,C-1\n", query)
    assert [receipt["outcome"] for receipt in scan.told] == ["posted"]
    assert scan.decided == 1
    assert (numbers(job), job["applied"]) == ((2, 2, 0, 0), not query)
    made = {"CAP": ("Cap", ["C-1"]), "NIB": ("Nib", ["N-1"]), "PEN": ("Pencil", ["P-1"])}
    assert catalogue(wire) == {"INK": ("Ink", [])} | ({"PEN": ("Pen", ["P-1"])} if query else made)


def test_numbers_of_the_journal_go_behind_those_that_scans_took_meanwhile(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locations take their numbers from the journal of the site, as scans do."""
    scan = Meanwhile(monkeypatch, locations, "take", lambda: receive(wire, "P-1"))
    before = wire.get("locations?since=0&limit=500&site=MAIN")["next"]
    job = taken(wire, "locations", "code,parent,walk\nB-1,B,\nB,,\nA,B,3\nA-2,A,7\n")
    assert scan.decided == 1
    assert numbers(job) == (2, 2, 0, 0)
    rows = wire.get(f"locations?since={before}&site=MAIN")["rows"]
    assert {row["code"] for row in rows} == {"A", "A-2", "B", "B-1"}
    found = [row["journal"] for row in rows]
    assert min(found) > scan.told[0]["journal"]
    assert len({*found, scan.told[0]["journal"]}) == 5
    with reading() as tx:
        journal, deed = tx.execute(text("SELECT journal, deed FROM audit WHERE site_id = 1 ORDER BY journal DESC LIMIT 1")).one()
        last = tx.scalar(text("SELECT value FROM journals WHERE site_id = 1"))
        paths = dict(tx.execute(text("SELECT code, path FROM locations")).all())
    assert (deed, journal) == ("locations_imported", last)
    assert journal > max(found)
    assert paths["A-1"].startswith(paths["A"])
    assert paths["A"].startswith(paths["B"])


def test_what_somebody_changed_meanwhile_is_seen(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Meanwhile(
        monkeypatch, products, "take_products", lambda: wire.put("products/NIB", {"name": "Mine", "barcodes": [{"code": "N-1"}]})
    )
    job = taken(wire, "products", "sku,name,barcode\nCAP,Cap,N-1\nPEN,Pencil,\n")
    assert put.decided == 2
    assert [(one["row"], one["code"]) for one in job["rejected"]] == [(2, "barcode_taken")]
    assert not job["applied"]
    assert catalogue(wire) == {"INK": ("Ink", []), "PEN": ("Pen", ["P-1"]), "NIB": ("Mine", ["N-1"])}


def test_what_somebody_said_meanwhile_of_a_product_in_the_file_stands(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Meanwhile(monkeypatch, products, "take_costs", lambda: wire.put("products/PEN", {"name": "Pencil"}))
    assert numbers(taken(wire, "costs", "sku,cost\nPEN,2\nINK,3\n")) == (0, 2, 0, 0)
    assert put.decided == 2
    assert [(row["name"], row["cost"]) for row in wire.get("products")["rows"]] == [("Ink", "3"), ("Pencil", "2")]


def test_the_first_move_of_a_product_keeps_its_unit_though_a_file_would_change_it(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Meanwhile(monkeypatch, products, "take_products", lambda: receive(wire, "INK"))
    job = taken(wire, "products", "sku,name,unit\nPEN,Pencil,box\nINK,Ink,litre\n")
    assert put.decided == 2
    assert [(one["row"], one["code"]) for one in job["rejected"]] == [(3, "fixed")]
    assert catalogue(wire)["PEN"][0] == "Pen"


def test_where_somebody_always_changes_something_the_others_wait_at_last(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter("abcdefgh")
    put = Meanwhile(
        monkeypatch, products, "take_costs", lambda: wire.put("products/INK", {"name": next(names)}), times=taking.ATTEMPTS
    )  # fmt: skip
    assert numbers(taken(wire, "costs", "sku,cost\nPEN,2\nP-1,2\n")) == (0, 1, 1, 0)
    assert put.decided == taking.ATTEMPTS + 1
    assert catalogue(wire)["INK"][0] == "c"


def test_a_large_file_of_stock_is_tried_while_scans_are_recorded(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = Meanwhile(monkeypatch, opening, "take", lambda: receive(wire, "P-1"))
    assert numbers(taken(wire, "stock", "location,sku,quantity\nA-2,INK,4\nA-1,NONE,1\n", "dry_run=1&site=MAIN")) == (1, 0, 0, 1)
    assert [receipt["outcome"] for receipt in scan.told] == ["posted"]


def test_a_process_that_dies_in_the_middle_leaves_no_file(wire: Wire, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = app.extensions["settings"].data_dir
    seen = Meanwhile(monkeypatch, products, "take_products", lambda: [file.name for file in folder.glob("import-*")])
    assert numbers(taken(wire, "products", "sku,name\nNIB,Nib\nCAP,Cap\n")) == (2, 0, 0, 0)
    assert seen.told == [[]]
