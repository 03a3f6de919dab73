"""What a file changed is in the trail, each code with what it was and is; what it made is counted there."""

from typing import Any

import pytest
from flask import Flask

from app.imports import taking
from tests.calling import Wire


@pytest.fixture(params=["at once", "beside"])
def wire(app: Flask, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Wire:
    """Return a client whose files come in parts of two rows, and are small ones or large ones."""
    monkeypatch.setattr(taking, "PART", 2)
    if request.param == "beside":
        monkeypatch.setattr(taking, "AT_ONCE", 0)
    return Wire(app)


def take(wire: Wire, kind: str, body: str, query: str = "") -> Any:
    answer = wire("supervisor", "POST", f"imports/{kind}?name=list.csv&{query}", data=body, content_type="text/csv")
    assert answer.status_code in (200, 202), answer.text
    return answer.json if answer.status_code == 200 else wire.finished(answer.headers["Location"])


def trail(wire: Wire, site: str, query: str = "") -> list[dict[str, Any]]:
    return list(wire.get(f"audit?site={site}&limit=500{query}", who="auditor")["rows"])


def changed(wire: Wire, site: str, number: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an import changed, all its rows together."""
    rows = trail(wire, site, f"&deed=changed_by_import&subject=import {number}")
    assert {row["actor"] for row in rows} <= {"key:supervisor None"}
    before, after = ({code: was for row in rows for code, was in row[side].items()} for side in ("before", "after"))
    return before, after


def test_what_a_file_changed_of_products_is_in_the_trail(wire: Wire) -> None:
    made = take(wire, "products", "sku,name,cost,barcode\nPEN,Pen,1.50,PEN-1\nINK,Ink,2,\nCAP,Cap,3,\n")
    assert changed(wire, "global", made["id"]) == ({}, {})
    again = take(wire, "products", "sku,name,cost,barcode\nPEN,Pencil,1.50,PEN-2\nINK,Ink,2,\nCAP,Cap,4,\nNIB,Nib,,\n")
    assert changed(wire, "global", again["id"]) == (
        {"PEN": {"name": "Pen", "barcodes": {"PEN-1": "1"}}, "CAP": {"cost": "3"}},
        {"PEN": {"name": "Pencil", "barcodes": {"PEN-1": "1", "PEN-2": "1"}}, "CAP": {"cost": "4"}},
    )
    costs = take(wire, "costs", "sku,cost\nPEN-1,1.75\n")
    assert changed(wire, "global", costs["id"]) == ({"PEN": {"cost": "1.5"}}, {"PEN": {"cost": "1.75"}})
    refused = take(wire, "products", "sku,name\nPEN,Other\n,nobody\n")
    assert changed(wire, "global", refused["id"]) == ({}, {}), "nothing of it was written"
    told = trail(wire, "global", "&deed=products_imported")
    assert [(one["after"]["import"], one["after"]["file"]) for one in told] == [(made["id"], "list.csv"), (again["id"], "list.csv")]
    assert [row["journal"] for row in trail(wire, "global")] == sorted({row["journal"] for row in trail(wire, "global")})


def test_what_a_file_changed_of_locations_is_in_the_trail(wire: Wire) -> None:
    take(wire, "locations", "code,parent,kind,name\nA,,zone,\nB,,zone,\nA-1,A,bin,one\nA-2,A,bin,two\n", "site=MAIN")
    again = take(wire, "locations", "code,parent,kind,name\nA-1,B,bin,one\nA-2,A,bin,second\nA-3,A,bin,new\n", "site=MAIN")
    assert changed(wire, "MAIN", again["id"]) == (
        {"A-1": {"parent": "A"}, "A-2": {"name": "two"}},
        {"A-1": {"parent": "B"}, "A-2": {"name": "second"}},
    )
