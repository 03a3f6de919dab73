"""Export, edit one cell, import: what was edited changes and nothing else, whatever the texts."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from flask import Flask

from app.db import reading
from app.imports.spooling import XLSX
from tests.calling import Wire, numbers

GTIN, CASE = "9520000000004", "19520000000001"
NAMES = [
    "Crème brûlée", '=HYPERLINK("http://x","y")', "'=1+1", "''quoted", "-5", "+49 30", "@home", "00123", "1E+05", 'a "b", c;d|e', " two  spaces ", "7.03207E+12", "TRUE",
    "2026-01-02", "_x0041_", "<b>&amp;</b>", "\u202egnp.exe", "日本語", "👍🏽", "#N/A", "NULL", "1/2", "\u00a0nbsp\u2003", "x" * 200,
]  # fmt: skip


@pytest.fixture
def wire(app: Flask) -> Wire:
    wire = Wire(app)
    for number, name in enumerate(NAMES):
        fields = {
            "name": name,
            "cost": f"{number}.{number:06d}",
            "unit": "kg" if number % 2 else "each",
            "decimals": 3 * (number % 2),
            "abc": "ABC"[number % 3],
        }
        wire.put(f"products/{number:05d}", fields)
    wire.put("products/00000", {"barcodes": [{"code": GTIN}, {"code": CASE, "quantity": "12"}, {"code": "=X-1", "quantity": "6"}]})
    wire.put("products/00001", {"barcodes": [{"code": "-7", "quantity": "0.125"}, {"code": "000", "quantity": "999999999"}]})
    wire.put("products/00002", {"archived": True})
    for code, parent, name in (("A", None, "'=Zone"), ("A-01", "A", "00"), ("=A-02", "A", " x "), ("007", "A-01", "007")):
        wire.put(f"locations/{code}", {"name": name, "kind": "zone" if code == "A" else "bin"} | ({"parent": parent} if parent else {}))
    wire.send("stock", "location,sku,quantity\n007,00000,5\nA-01,00001,0.125\n=A-02,00003,1.5\n")
    return wire


def exported(wire: Wire, name: str, kind: str) -> bytes:
    found = wire("supervisor", "GET", f"exports/{name}.{kind}")
    assert found.status_code == 200, found.text
    return found.get_data()


def sent(wire: Wire, name: str, kind: str, raw: bytes) -> tuple[int, int, int, int]:
    report = wire.send(name.replace("opening", "stock"), raw, content_type=XLSX if kind == "xlsx" else "text/csv")
    assert report["rejected"] == []
    assert report["applied"]
    return numbers(report)


EDITS = {
    "products": ("cost", 7, "77.5"),
    "barcodes": ("quantity", 2, "24"),
    "costs": ("cost", 3, "9.000001"),
    "locations": ("name", 2, "=new"),
    "opening": ("quantity", 2, "8"),
}


def edited(raw: bytes, kind: str, column: str, row: int, value: str) -> bytes:
    """Change one cell as people do; `row` counts as a spreadsheet does."""
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(raw.decode())))
        rows[row - 1][rows[0].index(column)] = value
        out = io.StringIO()
        csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL).writerows(rows)
        return out.getvalue().encode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(raw))
    sheet = book.worksheets[0]
    cell = sheet.cell(row, [c.value for c in sheet[1]].index(column) + 1)
    cell.value = float(value) if cell.data_type == "n" else value
    if isinstance(cell.value, str):
        cell.data_type = "s"
    out_ = io.BytesIO()
    book.save(out_)
    return out_.getvalue()


def state(wire: Wire) -> list[Any]:
    """All that the five exports tell, as the lists do."""
    products = {row["sku"]: {k: v for k, v in row.items() if k != "journal"} for row in wire.get("products?limit=500")["rows"]}
    places = {row["code"]: {k: v for k, v in row.items() if k != "journal"} for row in wire.get("locations?limit=500")["rows"]}
    return [products, places, wire.get("stock?limit=500")["rows"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", EDITS)
def test_what_comes_back_unchanged_changes_nothing_and_one_edited_cell_changes_one_row(wire: Wire, name: str, kind: str) -> None:
    before = state(wire)
    raw = exported(wire, name, kind)
    created, updated, unchanged, _ = sent(wire, name, kind, raw)
    assert (created, updated) == (0, 0)
    assert unchanged > 2
    assert state(wire) == before
    column, row, value = EDITS[name]
    assert sent(wire, name, kind, edited(raw, kind, column, row, value)) == (0, 1, unchanged - 1, 0)
    after = state(wire)
    differences = sum(after[n][key] != before[n][key] for n in (0, 1) for key in before[n])
    differences += sum(one not in before[2] for one in after[2])
    assert differences == 1
    assert len(after[2]) == len(before[2])


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_names_come_back_letter_by_letter_into_another_database(wire: Wire, kind: str) -> None:
    raw = exported(wire, "products", kind)
    prefix = (lambda cell: f"N{cell}") if kind == "csv" else None
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(raw.decode())))
        out = io.StringIO()
        csv.writer(out).writerows([rows[0], *([prefix(row[0]), *row[1:5], "", "", *row[7:]] for row in rows[1:])])  # type: ignore[misc]
        raw = out.getvalue().encode()
    else:
        book = openpyxl.load_workbook(io.BytesIO(raw))
        for row in book.worksheets[0].iter_rows(min_row=2):
            row[0].value, row[5].value, row[6].value = f"N{row[0].value}", None, None
        out_ = io.BytesIO()
        book.save(out_)
        raw = out_.getvalue()
    assert sent(wire, "products", kind, raw)[0] == len(NAMES)
    found = {row["sku"]: row for row in wire.get("products?limit=500")["rows"]}
    for number, name in enumerate(NAMES):
        assert found[f"N{number:05d}"]["name"] == name
        assert found[f"N{number:05d}"]["cost"] == found[f"{number:05d}"]["cost"]


def test_exports_of_masters_are_as_of_now_and_need_no_site_where_they_have_none(wire: Wire) -> None:
    from app.db import writing
    from app.locations.creating import add_site

    with writing() as tx:
        add_site(tx, "B", "Other")
    found = wire("accountant", "GET", "exports/products.csv")
    upto = int(found.headers["X-ScanLedger-Upto"])
    again = wire("accountant", "GET", f"exports/products.csv?upto={upto}")
    assert again.get_data() == found.get_data()
    wire.put("products/00003", {"name": "changed"})
    assert wire("accountant", "GET", f"exports/products.csv?upto={upto}").json["code"] == "changed"
    assert wire("accountant", "GET", "exports/locations.csv").json["code"] == "site_required"
    assert wire("accountant", "GET", "exports/locations.csv?site=B").get_data() == b"code,parent,kind,name,walk,blocked,single_product\r\n"
    assert wire("operator", "GET", "exports/costs.csv").status_code == 403
    with reading():
        pass
