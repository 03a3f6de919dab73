"""Numbers and dates of CSV files as German and American spreadsheets write them: guessed, said, kept with the mapping, shown."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheets import workbook

from app.imports.notation import Notation, Odd, guess, number, readers
from app.imports.spooling import XLSX
from tests.calling import Wire, numbers


@pytest.mark.parametrize(
    "said, meant",
    [("1,5", "1.5"), ("0,125", "0.125"), ("1.234,5", "1234.5"), ("1.234", "1234"), ("1.234.567", "1234567"), ("7", "7"), (" 2,50 ", "2.50"), ("", "")],
)  # fmt: skip
def test_a_decimal_comma_is_a_point_and_points_set_thousands_apart(said: str, meant: str) -> None:
    assert number(said) == meant


@pytest.mark.parametrize(
    "said", ["1.5", "1,5,0", "1,", ",5", "12.34", "1.2345", "1,234.5", "-1,5", "1 234,5", "\u0661,5", "1,5\n2", "1e3", "0x1", "1_000"]
)
def test_what_is_no_number_with_a_decimal_comma_is_odd(said: str) -> None:
    with pytest.raises(Odd):
        number(said)


@given(st.decimals(0, 10**12, places=6, allow_nan=False), st.booleans())
def test_every_number_comes_back_from_how_german_spreadsheets_write_it(value: Decimal, apart: bool) -> None:
    said = (f"{value:,f}" if apart else f"{value:f}").translate(str.maketrans(",.", ".,"))
    assert Decimal(number(said)) == value


@given(st.text(max_size=12), st.sampled_from(["DD.MM.YYYY", "MM/DD/YYYY"]))
def test_any_cell_is_understood_or_odd(cell: str, dates: str) -> None:
    for read in readers(Notation("comma", dates), ["n"], ["d"], ["m"]).values():
        try:
            read(cell)
        except Odd:
            continue


@pytest.mark.parametrize(
    "dates, said, day, moment",
    [
        ("DD.MM.YYYY", "31.01.2027", "2027-01-31", "2027-01-31T00:00:00Z"),
        ("DD.MM.YYYY", "1/2/2027", "2027-02-01", "2027-02-01T00:00:00Z"),
        ("MM/DD/YYYY", "1/2/2027", "2027-01-02", "2027-01-02T00:00:00Z"),
        ("DD.MM.YYYY", "31.01.2027 08:05", "31.01.2027 08:05", "2027-01-31T08:05:00Z"),
        ("DD.MM.YYYY", "31.01.2027 00:00:00", "2027-01-31", "2027-01-31T00:00:00Z"),
        ("DD.MM.YYYY", "2027-01-31", "2027-01-31", "2027-01-31"),
        ("DD.MM.YYYY", "2027-01-31T08:05:00+01:00", "2027-01-31T08:05:00+01:00", "2027-01-31T08:05:00+01:00"),
        ("DD.MM.YYYY", "31.01.27", "31.01.27", "31.01.27"),
        ("DD.MM.YYYY", "31.01/2027", "31.01/2027", "31.01/2027"),
        ("DD.MM.YYYY", "", "", ""),
    ],
)
def test_days_are_read_in_the_order_that_is_said(dates: str, said: str, day: str, moment: str) -> None:
    read = readers(Notation("point", dates), [], ["expiry"], ["at"])
    assert (read["expiry"](said), read["at"](said)) == (day, moment)


@pytest.mark.parametrize("dates, said", [("DD.MM.YYYY", "01/31/2027"), ("MM/DD/YYYY", "31.01.2027"), ("DD.MM.YYYY", "29.02.2027")])
def test_a_day_that_is_not_is_odd(dates: str, said: str) -> None:
    with pytest.raises(Odd):
        readers(Notation("point", dates), [], ["expiry"], [])["expiry"](said)


@pytest.mark.parametrize(
    "cells, delimiter, decimal",
    [
        (["1", "2,50", ""], ";", "comma"),
        (["1,125"], ";", "comma"),
        (["1,125"], ",", "point"),  # thousands, as likely as not
        (["1,125", "2,5"], ",", "comma"),
        (["0,125"], ",", "comma"),
        (["1.234,50"], "\t", "comma"),
        (["2.50", "2,50"], ";", "point"),  # both: somebody has to say
        (["1.234", "7"], ";", "point"),
        (["2.5"], ";", "point"),
        (["x,5", "A,B"], ";", "point"),
        ([], ";", "point"),
    ],
)  # fmt: skip
def test_a_comma_is_guessed_where_nothing_else_is_meant(cells: list[str], delimiter: str, decimal: str) -> None:
    assert guess(cells, [], delimiter).decimal == decimal


@pytest.mark.parametrize(
    "cells, dates",
    [
        (["31.01.2027"], "DD.MM.YYYY"),
        (["01.02.2027"], "DD.MM.YYYY"),
        (["1/2/2027", "1/31/2027"], "MM/DD/YYYY"),
        (["1/2/2027", "31/1/2027"], "DD.MM.YYYY"),
        (["1/2/2027"], "YYYY-MM-DD"),
        (["31/1/2027", "1/31/2027"], "YYYY-MM-DD"),
        (["2027-01-31"], "YYYY-MM-DD"),
    ],
)
def test_the_order_of_days_is_guessed_where_only_one_is_possible(cells: list[str], dates: str) -> None:
    assert guess([], cells, ";").dates == dates


GERMAN = "Lagerplatz;Artikel;Menge;Charge;MHD;Stichtag\nA-1;OIL;1,5;L1;31.01.2027;25.11.2026 06:30\nA-1;OIL;1.000;L2;1.2.2027;\n"


def look(wire: Wire, body: str | bytes, kind: str = "stock", **more: Any) -> Any:
    more.setdefault("content_type", "text/csv")
    found = wire("supervisor", "POST", f"imports/{kind}/columns", data=body, **more)
    assert found.status_code == 200, found.text
    return found.json


def test_a_german_file_is_guessed_shown_imported_and_known_again(wire: Wire) -> None:
    wire.send("products", "sku;name;decimals;tracking;cost\nOIL;Oil;3;lot;12,5\n", "decimal=comma")
    wire.send("locations", "code\nA-1\n")
    assert wire.get("products/OIL")["cost"] == "12.5"
    found = look(wire, GERMAN)
    assert (found["decimal"], found["dates"], found["mapping"]) == ("comma", "DD.MM.YYYY", None)
    saved = {"columns": found["guess"], "header": found["header"], "decimal": found["decimal"], "dates": found["dates"]}
    assert wire.put("imports/mappings/stock/ERP", saved)["decimal"] == "comma"
    assert look(wire, GERMAN.replace("1,5", "2"))["mapping"]["dates"] == "DD.MM.YYYY"
    tried = wire.send("stock", GERMAN, "mapping=ERP&dry_run=1")
    assert numbers(tried) == (2, 0, 0, 0)
    assert tried["sample"][0] == {
        "row": 2,
        "cells": {"location": "A-1", "sku": "OIL", "quantity": "1.5", "lot": "L1", "expiry": "2027-01-31", "at": "2026-11-25T06:30:00Z"},
    }
    assert wire.get(f"imports/{tried['id']}")["sample"] == tried["sample"]
    assert "sample" not in wire.get("imports")["rows"][0]
    assert numbers(wire.send("stock", GERMAN, "mapping=ERP")) == (2, 0, 0, 0)
    assert [(r["lot"], r["quantity"], r["expiry"]) for r in wire.get("stock")["rows"]] == [
        ("L1", "1.5", "2027-01-31"),
        ("L2", "1000", "2027-02-01"),
    ]
    assert numbers(wire.send("stock", GERMAN, "mapping=ERP")) == (0, 0, 2, 0)


def test_what_a_request_says_comes_before_the_mapping_and_a_point_stays_the_default(wire: Wire) -> None:
    wire.send("products", "sku,name\nA,Anvil\n")
    wire.put("imports/mappings/costs/list", {"columns": {"sku": "sku", "cost": "cost"}, "decimal": "comma"})
    assert [r["code"] for r in wire.send("costs", "sku,cost\nA,1.5\n", "mapping=list")["rejected"]] == ["bad_field"]
    assert numbers(wire.send("costs", "sku,cost\nA,1.5\n", "mapping=list&decimal=point")) == (0, 1, 0, 0)
    assert [(r["field"], r["code"]) for r in wire.send("costs", 'sku,cost\nA,"1,5"\n')["rejected"]] == [("cost", "bad_field")]
    assert wire.send("costs", "sku,cost\nA,1\n", "decimal=dot", status=400)["code"] == "bad_request"
    assert wire.put("imports/mappings/costs/list", {"columns": {"sku": "sku"}, "dates": "D"}, status=400)["code"] == "bad_request"


def test_refused_rows_come_back_as_they_were_and_import_in_the_same_notation(wire: Wire) -> None:
    wire.send("products", "sku,name\nA,Anvil\n")
    report = wire.send("costs", "sku;cost\nA;1.5\nNONE;2,5\n", "decimal=comma&mode=rows")
    assert [r["message"] for r in report["rejected"]] == [
        "Not a number with a decimal comma, as the file is said to have.",
        "No product has this SKU or code.",
    ]
    mended = wire("supervisor", "GET", f"imports/{report['id']}/rejected.csv").get_data().decode("utf-8-sig")
    assert '"2,5"' in mended
    assert numbers(wire.send("costs", mended.replace("NONE", "A").replace("A,1.5", "A,"), "decimal=comma&mode=rows"))[1] == 1
    assert wire.get("products/A")["cost"] == "2.5"


def test_a_spreadsheet_tells_its_numbers_itself_whatever_is_said(wire: Wire) -> None:
    body = workbook([["sku", "name", "cost"], ["A", "Anvil", 1.5], ["B", "Bolt", 1500]])
    assert look(wire, body, "products", content_type=XLSX)["decimal"] == "point"
    assert numbers(wire.send("products", body, "decimal=comma", content_type=XLSX)) == (2, 0, 0, 0)
    assert [row["cost"] for row in wire.get("products")["rows"]] == ["1.5", "1500"]


def test_what_a_profile_with_a_comma_exports_comes_back_unchanged(wire: Wire) -> None:
    wire.send("products", "sku,name,cost\nA,Anvil,1234.5\nB,Bolt,0.125\n")
    profile = {
        "columns": {},
        "headers": {},
        "delimiter": "semicolon",
        "decimal": "comma",
        "dates": "DD.MM.YYYY hh:mm",
        "encoding": "windows-1252",
    }
    wire.put("exports/profiles/Excel", profile, who="administrator")
    out = wire("supervisor", "GET", "exports/costs.csv?profile=Excel").get_data()
    assert b"1234,5" in out
    assert look(wire, out, "costs")["decimal"] == "comma"
    assert numbers(wire.send("costs", out, "decimal=comma")) == (0, 0, 2, 0)
