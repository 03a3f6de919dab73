"""Exports: every line, totals that tie to the ledger, and the same bytes whenever the same state is asked for."""

import csv
import io
import json
import time
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from each import each
from sqlalchemy import text

from app import times
from app.db import reading, writing
from app.exports.formatting import NUMBER, Column, Table, csv_chunks, json_chunks, xlsx_chunks
from tests.shop import Shop

MINUTE = times.MINUTE
PEN, INK, MILK = "9521234000013", "INK-1", "MILK-1"
COLUMNS = [
    "count", "location", "sku", "name", "lot", "expected", "counted", "operator", "from", "to", "variance", "unit_cost", "variance_value",
    "state", "decision", "reason_code", "note", "approved_by", "approved_at", "adjustment",
]  # fmt: skip


def export(shop: Shop, name: str, kind: str, role: str = "accountant", **query: Any) -> Any:
    parts = "&".join(f"{key}={value}" for key, value in query.items())
    return shop.person(role).get(f"/api/v1/exports/{name}.{kind}?{parts}")


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))


@pytest.fixture
def posted(shop: Shop) -> Shop:
    """PEN 10 counted 9, INK 5 counted 7 on a recount, ROPE 25.5 counted 25.25, MILK by lots; B-01 empty; all posted as K1."""
    start = times.now() - 120 * MINUTE
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=PEN, quantity="10"),
        shop.gun.scan("receive", at=start, location="A-01", barcode=INK, quantity="5"),
        shop.gun.scan("receive", at=start, location="A-02", barcode="ROPE-REEL", quantity="1"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=MILK, quantity="4", lot="=L1"),
    )
    supervisor = shop.person("supervisor")
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01", "A-02", "B-01"]})
    at = start + 60 * MINUTE
    shop.gun.send(
        shop.gun.scan("count", at=at, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("count", at=at, sheet="K1-001", barcode=INK, quantity="4"),
        shop.gun.scan("finish", at=at, sheet="K1-001"),
        shop.gun.scan("count", at=at, sheet="K1-002", barcode=MILK, quantity="4", lot="=L1"),
        shop.gun.scan("finish", at=at, sheet="K1-002"),
        shop.gun.scan("empty", at=at, location="B-01", sheet="K1-003"),
    )
    ink = next(line for line in reconciliation(shop)["lines"] if line["sku"] == "INK")
    supervisor.call("POST", "/api/v1/counts/K1/sheets", {"lines": [ink["line"]], "operator": "OP-2"})
    shop.other_gun.send(
        shop.other_gun.scan("count", at=at + 10 * MINUTE, sheet="K1-004", barcode=INK, quantity="7"),
        shop.other_gun.scan("finish", at=at + 10 * MINUTE, sheet="K1-004"),
    )
    seen = reconciliation(shop)
    decisions = [
        {"line": line["line"], "decision": "accept", "reason_code": "miscount", "note": "=HYPERLINK(1)"}
        for line in seen["lines"]
        if line["state"] == "outside"
    ]
    answer = supervisor.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    assert answer.status_code == 200, answer.json
    return shop


def reconciliation(shop: Shop) -> dict[str, Any]:
    return dict(shop.person("supervisor").get("/api/v1/counts/K1/reconciliation").json)


def test_the_reconciliation_has_every_line_and_the_columns_of_the_contract(posted: Shop) -> None:
    answer = export(posted, "reconciliation", "csv", count="K1")
    found = rows(answer)
    again = [f"{name}_2" for name in ("counted", "operator", "from", "to")]
    assert list(found[0]) == COLUMNS[:10] + again + COLUMNS[10:]
    shown = ("location", "sku", "lot", "expected", "counted", "counted_2", "operator_2", "variance", "unit_cost", "variance_value", "state")
    assert [[row[name] for name in shown] for row in found] == [
        ["A-01", "INK", "", "5", "4", "7", "OP-2", "2", "0.5", "1.00", "outside"],
        ["A-01", "PEN", "", "10", "9", "", "", "-1", "1.25", "-1.25", "outside"],
        ["A-02", "MILK", "'=L1", "4", "4", "", "", "0", "0.8", "0.00", "equal"],
        ["A-02", "ROPE", "", "25.5", "0", "", "", "-25.5", "3", "-76.50", "outside"],
        ["B-01", "", "", "0", "0", "", "", "0", "", "", "empty"],
    ]
    assert {row["count"] for row in found} == {"K1"}
    assert {row["approved_by"] for row in found} == {"key-supervisor"}
    assert found[0]["from"].endswith("Z")
    assert found[0]["note"] == "'=HYPERLINK(1)"
    assert [bool(row["adjustment"]) for row in found] == [True, True, False, True, False]


def test_quantities_in_json_are_decimal_strings_before_and_after_posting(posted: Shop) -> None:
    """`Quantities are decimal strings`, in the file as in the answer of the route."""
    lines = reconciliation(posted)["lines"]
    written = export(posted, "reconciliation", "json", count="K1").json["rows"]
    for line, row in zip(lines, written, strict=True):
        said = [line[name] for name in ("expected", "variance", "unit_cost", "value")]
        assert [row[name] for name in ("expected", "variance", "unit_cost", "variance_value")] == said
        assert {type(row[name]) for name in ("expected", "counted", "variance")} == {str}


def test_one_pass_has_the_contract_s_columns_and_no_others(shop: Shop) -> None:
    shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    assert export(shop, "reconciliation", "csv", count="K1").get_data(as_text=True).splitlines()[0] == ",".join(COLUMNS)


def test_totals_tie_to_the_ledger(posted: Shop) -> None:
    """
    The values of the accepted lines are the values of the adjusting moves, each rounded once.
    """
    found = rows(export(posted, "reconciliation", "csv", count="K1"))
    with reading() as tx:
        moved = tx.execute(
            text(
                "SELECT m.quantity, p.cost, p.decimals, s.code FROM moves m JOIN products p ON p.id = m.product_id "
                "JOIN locations s ON s.id = m.source_id WHERE m.kind = 'adjustment'"
            )
        ).all()
    adjustments = sum(
        (Decimal(q) / 10**decimals * cost / 10**6).quantize(Decimal("0.01")) * (1 if source == "VARIANCE" else -1)
        for q, cost, decimals, source in moved
    )
    assert sum(Decimal(row["variance_value"]) for row in found if row["adjustment"]) == adjustments
    totals = export(posted, "reconciliation", "json", count="K1").json["totals"]
    assert Decimal(totals["accepted_value"]) == adjustments
    assert Decimal(totals["expected_value"]) + Decimal(totals["variance_value"]) == Decimal(totals["counted_value"])
    assert totals == reconciliation(posted)["totals"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("name", ["reconciliation", "stock", "scans", "moves"])
def test_the_same_state_is_the_same_bytes_whatever_happened_since(posted: Shop, name: str, kind: str) -> None:
    query = {"count": "K1"} if name == "reconciliation" else {}
    first = export(posted, name, kind, **query)
    assert first.status_code == 200, first.get_data(as_text=True)
    upto, epoch = first.headers["X-ScanLedger-Upto"], first.headers["X-ScanLedger-Epoch"]
    assert f"upto-{upto}-epoch-{epoch}" in first.headers["Content-Disposition"]
    time.sleep(1.1 if kind == "xlsx" else 0)  # a zip's clock is no finer than two seconds
    posted.gun.send(
        posted.gun.scan("receive", location="A-01", barcode=PEN, quantity="3"),
        posted.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="3"),
        posted.gun.scan("receive", location="A-01", barcode="SMUDGED"),
    )
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = 7, name = 'renamed'"))
    again = export(posted, name, kind, **query, upto=upto, epoch=epoch)
    assert again.data == first.data
    assert again.headers["X-ScanLedger-Upto"] == upto
    if name != "reconciliation":
        assert export(posted, name, kind).data != first.data


def test_upto_and_epoch_are_named_in_the_file_where_it_has_room(posted: Shop) -> None:
    body = export(posted, "stock", "json").json
    with reading() as tx:
        epoch = str(tx.scalar(text("SELECT epoch FROM instance")))
        journal = tx.scalar(text("SELECT value FROM journals WHERE site_id = 1"))
    assert (body["upto"], body["epoch"], body["totals"]) == (journal, epoch, {"rows": 3})
    about = openpyxl.load_workbook(io.BytesIO(export(posted, "stock", "xlsx").data))["about"]
    assert {row[0].value: row[1].value for row in about} == {"upto": journal, "epoch": epoch, "rows": 3}


def test_stock_as_of_a_number_of_the_journal(posted: Shop) -> None:
    now = rows(export(posted, "stock", "csv"))
    assert [(row["location"], row["sku"], row["lot"], row["quantity"]) for row in now] == [
        ("A-01", "INK", "", "7"),
        ("A-01", "PEN", "", "9"),
        ("A-02", "MILK", "'=L1", "4"),
    ]
    with reading() as tx:
        first = tx.scalar(text("SELECT MIN(journal) FROM moves WHERE site_id = 1"))
    assert [(row["sku"], row["quantity"]) for row in rows(export(posted, "stock", "csv", upto=first))] == [("PEN", "10")]


def test_scans_and_moves_are_all_there(posted: Shop) -> None:
    scans, moves = rows(export(posted, "scans", "csv")), rows(export(posted, "moves", "csv"))
    with reading() as tx:
        assert len(scans) == tx.scalar(text("SELECT COUNT(*) FROM scans"))
        assert len(moves) == tx.scalar(text("SELECT COUNT(*) FROM moves"))
    assert [row["task"] for row in scans][:4] == ["receive"] * 4
    assert scans[0]["barcode"] == PEN
    adjusted = [row for row in moves if row["kind"] == "adjustment"]
    assert {(row["count"], row["person"], row["reason_code"]) for row in adjusted} == {("K1", "key-supervisor", "miscount")}


def test_xlsx_has_texts_as_texts_and_numbers_as_numbers(posted: Shop) -> None:
    book = openpyxl.load_workbook(io.BytesIO(export(posted, "reconciliation", "xlsx", count="K1").data))
    page = book["reconciliation K1"]
    names = [cell.value for cell in page[1]]
    pen = dict(zip(names, (cell.value for cell in page[3]), strict=True))
    assert (pen["sku"], pen["expected"], pen["variance_value"]) == ("PEN", 10, -1.25)
    assert pen["note"] == "=HYPERLINK(1)"
    assert page.cell(3, names.index("note") + 1).data_type == "s"
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref is not None
    assert page.column_dimensions["D"].width > 30


def test_an_unposted_reconciliation_is_exported_as_it_stands_only(posted: Shop) -> None:
    posted.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    posted.gun.do("finish", sheet="K2-001")
    first = export(posted, "reconciliation", "csv", count="K2")
    assert [row["state"] for row in rows(first)] == ["outside", "outside"]
    assert [row["unit_cost"] for row in rows(first)] == ["0.5", "1.25"]
    upto = first.headers["X-ScanLedger-Upto"]
    assert export(posted, "reconciliation", "csv", count="K2", upto=upto).data == first.data
    posted.gun.do("receive", location="B-01", barcode=PEN)
    answer = export(posted, "reconciliation", "csv", count="K2", upto=upto)
    assert (answer.status_code, answer.json["code"]) == (409, "changed")


@each(
    "path, status, code",
    [
        ("stock.pdf", 404, "not_found"), ("people.csv", 404, "not_found"), ("reconciliation.csv", 400, "bad_request"),
        ("reconciliation.csv?count=K9", 404, "not_found"), ("stock.csv?upto=999999", 400, "bad_request"), ("stock.csv?upto=x", 400, "bad_request"),
        ("stock.csv?epoch=other", 409, "epoch_changed"), ("stock.csv?site=NOWHERE", 404, "not_found"),
    ],
)  # fmt: skip
def test_what_can_not_be_exported(shop: Shop, path: str, status: int, code: str) -> None:
    answer = shop.person("accountant").get(f"/api/v1/exports/{path}")
    assert (answer.status_code, answer.json["code"]) == (status, code)


@each("role, allowed", [("operator", False), ("supervisor", True), ("accountant", True), ("auditor", True),
                                           ("administrator", True), ("integration", True)])  # fmt: skip
def test_who_may_export(shop: Shop, role: str, allowed: bool) -> None:
    assert export(shop, "stock", "csv", role).status_code == (200 if allowed else 403)
    assert shop.gun.get("/api/v1/exports/stock.csv").status_code == 403


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    'say "hi", you',
    "line\nbreak",
    "plain",
    "",
    "<script>",
    "\x1d\x07",
    "\u202e",
    "０",
]


def hostile() -> Table:
    rows = [[value, -index, "-1.50"] for index, value in enumerate(HOSTILE)]
    return Table("hostile", [Column("text"), Column("n", NUMBER), Column("d", NUMBER)], rows, {}, lambda: {"rows": len(HOSTILE)})


def test_csv_texts_never_begin_like_a_formula_and_numbers_are_bare() -> None:
    read = list(csv.reader(io.StringIO(b"".join(csv_chunks(hostile())).decode(), newline="")))[1:]
    assert [row[0] for row in read] == [f"'{value}" if value[:1] in tuple("=+-@\t\r") and value else value for value in HOSTILE]
    assert [row[1:] for row in read] == [[str(-index), "-1.50"] for index in range(len(HOSTILE))]


def test_xlsx_shows_numbers_as_they_are_written_and_is_printed_page_by_page() -> None:
    columns = [Column("journal", NUMBER, 8), Column("quantity", NUMBER, 3), Column("variance_value_percent", NUMBER, 5), Column("note")]
    raw = b"".join(xlsx_chunks(Table("K1 & more", columns, [(12345, "3", "1234.50", "one\ntwo")], {}, dict)))
    page = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
    assert [page.cell(2, column).number_format for column in (1, 2, 3)] == ["0_)", "#,##0_)", "#,##0.00_)"]
    assert [page.column_dimensions[letter].width > len(page[f"{letter}1"].value) for letter in "ABC"] == [True] * 3, "headings are whole"
    assert page["D2"].alignment.wrap_text
    assert (page.print_title_rows, page.page_setup.orientation, page.page_setup.fitToHeight) == ("$1:$1", "landscape", 0)
    assert (page.oddFooter.left.text, page.oddFooter.right.text) == ("K1 && more", "page &P of &N")


def test_xlsx_texts_are_strings_even_when_they_look_like_formulas() -> None:
    raw = b"".join(xlsx_chunks(hostile()))
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")
    page = openpyxl.load_workbook(io.BytesIO(raw))["hostile"]
    assert [page.cell(row, 1).data_type for row in range(2, 6)] == ["s"] * 4
    assert [page.cell(row, 2).value for row in range(2, 5)] == [0, -1, -2]


def test_json_is_what_was_given() -> None:
    assert [row["text"] for row in json.loads(b"".join(json_chunks(hostile())))["rows"]] == HOSTILE


@pytest.mark.parametrize("value", ["1e9", "=1", "１", "", "1,5", "0x1", "--1", "1\n"])
def test_what_is_written_bare_is_proven_numeric_first(value: str) -> None:
    table = Table("bad", [Column("n", NUMBER)], [[value]], {}, dict)
    with pytest.raises(AssertionError):
        list(csv_chunks(table))


def test_moves_and_scans_are_those_of_the_count_that_is_named(posted: Shop) -> None:
    """CONTRACT: `GET /api/v1/exports/{reconciliation|stock|scans|moves}.{csv|xlsx|json}?count=&site=&upto=`."""
    accountant = posted.person("accountant")
    moves = accountant.get("/api/v1/exports/moves.json?count=K1")
    found = accountant.get("/api/v1/exports/moves.json").json["rows"]
    assert moves.json["rows"] == [row for row in found if row["count"] == "K1"]
    assert {row["kind"] for row in moves.json["rows"]} == {"adjustment"}
    assert "moves-K1-upto-" in moves.headers["Content-Disposition"]
    scans = accountant.get("/api/v1/exports/scans.json?count=K1").json["rows"]
    assert {row["sheet"] for row in scans} == {"K1-001", "K1-002", "K1-003", "K1-004"}
    assert {row["task"] for row in scans} == {"count", "finish", "empty"}
    assert accountant.get("/api/v1/exports/moves.json?count=K9").json["code"] == "not_found"
