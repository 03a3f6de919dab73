"""The accountant's package: one file with all of a posted count, its data the same bytes each time, its sums those of the ledger."""

import csv
import hashlib
import io
import json
import re
import time
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import text

from app import times
from app.db import reading, writing
from tests.exports.test_exports import MINUTE, PEN, posted, reconciliation
from tests.shop import Shop, key

__all__ = ["posted"]

DATA = ["control.json", "journal.csv", "lines.csv", "people.csv", "scans.csv", "summary.pdf", "summary.xlsx"]


def take(shop: Shop, role: str = "accountant", code: str = "K1", **query: Any) -> Any:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return shop.person(role).get(f"/api/v1/exports/package.zip?count={code}{more}")


def parts(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def rows(part: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(part.decode(), newline="")))


def data(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: part for name, part in found.items() if not name.startswith("cover")}


def test_a_package_has_all_parts_and_the_hash_of_each(posted: Shop) -> None:
    answer = take(posted)
    found = parts(answer)
    assert sorted(found) == sorted([*DATA, "SHA256SUMS", "cover.txt", "cover.pdf"])
    told = dict(reversed(line.split("  ")) for line in found["SHA256SUMS"].decode().splitlines())
    assert told == {name: hashlib.sha256(found[name]).hexdigest() for name in DATA}
    assert hashlib.sha256(found["SHA256SUMS"]).hexdigest() in found["cover.txt"].decode()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="count-K1-export-1.zip"'
    assert found["lines.csv"] == posted.person("accountant").get("/api/v1/exports/reconciliation.csv?count=K1").data


def test_taken_again_the_data_is_the_same_bytes_and_the_cover_says_so(posted: Shop) -> None:
    """
    A scan that came too late since, another day, another person: only the cover differs, and counts.
    """
    first = take(posted)
    time.sleep(2.1)  # a zip's clock is no finer than two seconds
    posted.gun.send(
        posted.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="3"), posted.gun.scan("receive", location="A-01", barcode=PEN)
    )
    again = take(posted, "supervisor")
    assert data(parts(again)) == data(parts(first))
    assert [(a.headers["X-ScanLedger-Export"], a.headers["X-ScanLedger-Exported-Before"]) for a in (first, again)] == [
        ("1", "0"),
        ("2", "1"),
    ]
    one, two = cover(first), cover(again)
    assert "Already exported: no" in one
    assert "Exported by: key-accountant" in one
    assert "Already exported: 1 time, first on " in two
    assert "Same data as export: 1: yes" in two
    assert "Scans of the count since: 1;" in two
    later = parts(take(posted, upto=journal(posted)))
    assert [row["late"] for row in rows(later["scans.csv"]) if row["late"]] == ["after_approval"]
    assert "Same data" not in later["cover.txt"].decode()
    assert data(parts(take(posted))) == data(parts(first))


def cover(answer: Any) -> str:
    return re.sub(" +", " ", parts(answer)["cover.txt"].decode())


def journal(shop: Shop) -> int:
    with reading() as tx:
        return int(tx.scalar(text("SELECT value FROM journals WHERE site_id = 1")))


def test_the_journal_balances_and_is_the_sum_of_the_adjusting_moves(posted: Shop) -> None:
    found = parts(take(posted))
    entries = rows(found["journal.csv"])
    assert [tuple(row[name] for name in ("entry", "reason_code", "side", "debit", "credit", "lines")) for row in entries] == [
        ("1", "miscount", "stock", "1.00", "", "1"),
        ("1", "miscount", "variance", "", "1.00", "1"),
        ("2", "miscount", "stock", "", "77.75", "2"),
        ("2", "miscount", "variance", "77.75", "", "2"),
    ]
    debit, credit = (sum(Decimal(row[side] or 0) for row in entries) for side in ("debit", "credit"))
    assert debit == credit
    with reading() as tx:
        moved = tx.execute(
            text(
                "SELECT m.quantity, p.cost, p.decimals, s.code FROM moves m JOIN products p ON p.id = m.product_id "
                "JOIN locations s ON s.id = m.source_id WHERE m.kind = 'adjustment'"
            )
        ).all()
    ledger = sum(
        (Decimal(q) / 10**decimals * cost / 10**6).quantize(Decimal("0.01")) * (1 if source == "VARIANCE" else -1)
        for q, cost, decimals, source in moved
    )
    stock = sum(Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0) for row in entries if row["side"] == "stock")
    assert stock == ledger
    control = json.loads(found["control.json"])
    assert (Decimal(control["adjusted_value"]), control["journal_debit"], control["journal_credit"]) == (ledger, "78.75", "78.75")


def test_control_totals_are_those_of_the_files_beside_them(posted: Shop) -> None:
    found = parts(take(posted))
    control, lines = json.loads(found["control.json"]), rows(found["lines.csv"])
    assert control["lines"] == len(lines) == 5
    assert Decimal(control["absolute_variance"]) == sum(abs(Decimal(row["variance"])) for row in lines) == Decimal("28.5")
    assert Decimal(control["variance_value"]) == sum(Decimal(row["variance_value"] or 0) for row in lines)
    assert control["scans"] == len(rows(found["scans.csv"]))
    assert control["hash"] == reconciliation(posted)["hash"]
    totals = reconciliation(posted)["totals"]
    assert {name: control[name] for name in ("expected_value", "counted_value", "absolute_value")} == {
        name: totals[name] for name in ("expected_value", "counted_value", "absolute_value")
    }
    page = openpyxl.load_workbook(io.BytesIO(found["summary.xlsx"]))["summary"]
    cells = {row[0].value: row[1].value for row in page if row[0].value and row[1].value is not None}
    assert Decimal(str(cells["Book value after"])) == Decimal(control["expected_value"]) + Decimal(control["adjusted_value"])
    assert cells["Lines"] == 5


def cells_of(found: dict[str, bytes], head: str, rows: int) -> list[tuple[Any, ...]]:
    """Rows of a table of the summary, by the name of its first column."""
    page = list(openpyxl.load_workbook(io.BytesIO(found["summary.xlsx"]))["summary"].iter_rows(values_only=True))
    at = next(number for number, row in enumerate(page) if row[0] == head)
    return page[at + 1 : at + 1 + rows]


def test_what_was_adjusted_without_a_cost_is_told_apart(shop: Shop) -> None:
    """Of three adjusted lines two are in the journal: rope has no cost. Large sums have commas between their thousands, small ones none."""
    with writing() as tx:
        tx.execute(text("UPDATE products SET cost = NULL WHERE sku = 'ROPE'"))
    supervisor = shop.person("supervisor")
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    shop.gun.send(
        shop.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="1000000"),
        shop.gun.scan("count", sheet="K1-001", barcode="INK-1", quantity="1"),
        shop.gun.scan("count", sheet="K1-001", barcode="ROPE-REEL", quantity="1"),
        shop.gun.scan("finish", sheet="K1-001"),
    )
    seen = reconciliation(shop)
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    assert supervisor.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions}).status_code == 200
    found = parts(take(shop))
    control = json.loads(found["control.json"])
    entered = sum(int(row["lines"]) for row in rows(found["journal.csv"]) if row["side"] == "stock")
    assert (control["lines_adjusted"], control["lines_adjusted_without_value"], entered) == (3, 1, 2)
    page = openpyxl.load_workbook(io.BytesIO(found["summary.xlsx"]))["summary"]
    shown = {row[0].value: (row[1].value, row[1].number_format) for row in page if row[0].value}
    assert shown["Variance in units, absolute"] == (1000026.5, "#,##0.0_)"), "not cut to cents"
    assert shown["Adjusted"] == (1250000.5, "#,##0.00_)")
    said = "".join(one.get_textpage().get_text_bounded() for one in PdfDocument(found["summary.pdf"]))
    for words in ("1,250,000.50", "1,000,026.5", "page 2 of 2"):
        assert words in said, words


def test_scans_and_people_say_who_counted_with_what(posted: Shop) -> None:
    found = parts(take(posted))
    scans = rows(found["scans.csv"])
    assert [(row["task"], row["sheet"], row["pass"], row["sku"], row["quantity"], row["operator"], row["device"]) for row in scans] == [
        ("count", "K1-001", "1", "PEN", "9", "OP-1", "gun-1"),
        ("count", "K1-001", "1", "INK", "4", "OP-1", "gun-1"),
        ("finish", "K1-001", "1", "", "", "OP-1", "gun-1"),
        ("count", "K1-002", "1", "MILK", "4", "OP-1", "gun-1"),
        ("finish", "K1-002", "1", "", "", "OP-1", "gun-1"),
        ("empty", "K1-003", "1", "", "", "OP-1", "gun-1"),
        ("count", "K1-004", "2", "INK", "7", "OP-2", "gun-2"),
        ("finish", "K1-004", "2", "", "", "OP-2", "gun-2"),
    ]
    assert json.loads(scans[0]["said"])["barcode"] == PEN
    assert [
        tuple(row[name] for name in ("part", "operator", "name", "device", "scans", "sheets")) for row in rows(found["people.csv"])
    ] == [
        ("planner", "", "key-supervisor", "", "0", "0"),
        ("counter", "OP-1", "Ann", "gun-1", "6", "3"),
        ("counter", "OP-2", "Ben", "gun-2", "2", "1"),
        ("approver", "", "key-supervisor", "", "0", "0"),
    ]


def test_late_and_voided_scans_are_marked(shop: Shop) -> None:
    at = times.now() - 60 * MINUTE
    supervisor = shop.person("supervisor")
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    wrong = shop.gun.scan("count", at=at, sheet="K1-001", barcode=PEN, quantity="8")
    shop.gun.send(
        wrong,
        shop.gun.scan("void", at=at + 1000, voids=wrong["id"]),
        shop.gun.scan("count", at=at + 2000, sheet="K1-001", barcode=PEN, quantity="2"),
        shop.gun.scan("finish", at=at + 3000, sheet="K1-001"),
        shop.gun.scan("count", at=at + 9000, sheet="K1-001", barcode=PEN, quantity="1"),
    )
    seen = reconciliation(shop)
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    assert supervisor.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions}).status_code == 200
    told = [(row["task"], row["quantity"], row["voided"], row["late"]) for row in rows(parts(take(shop))["scans.csv"])]
    assert told == [
        ("count", "8", "yes", ""), ("void", "", "", ""), ("count", "2", "", ""), ("finish", "", "", ""), ("count", "1", "", "after_finish"),
    ]  # fmt: skip
    assert len(reconciliation(shop)["late"]) == 1


def test_no_cell_is_a_formula_that_came_from_data(posted: Shop) -> None:
    found = parts(take(posted))
    for name in ("lines.csv", "scans.csv", "people.csv", "journal.csv"):
        for row in rows(found[name]):
            for cell in row.values():
                assert not cell or cell[0] not in "=+@\t\r", (name, cell)
                assert cell[:1] != "-" or Decimal(cell) < 0, (name, cell)
    with zipfile.ZipFile(io.BytesIO(found["summary.xlsx"])) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_the_summary_can_be_read_as_pdf(posted: Shop) -> None:
    found = parts(take(posted))
    said = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(found["summary.pdf"]))
    for words in (
        "Count K1: summary",
        "Before and after",
        "Lines by state",
        "miscount",
        "-76.75",
        "OP-2",
        "approver",
        "page 1 of 2",
        "Signature",
    ):
        assert words in said, words
    cover = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(found["cover.pdf"]))
    assert "export 1" in cover


def test_what_had_not_arrived_and_why_it_was_approved_is_printed_whole(shop: Shop) -> None:
    """A gun that keeps its first scan, one that numbers none, a sheet that was closed by hand; the reason fills several lines of the PDF."""
    why = " ".join(f"word{n}" for n in range(100)) + " " + "x" * 300
    supervisor = shop.person("supervisor")
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01", "A-02"]})
    lost = shop.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="9")
    shop.gun.send(shop.gun.scan("finish", sheet="K1-001"))
    shop.other_gun.send({**shop.other_gun.scan("count", sheet="K1-002", barcode=PEN), "seq": None}, stream=None, made=None)
    supervisor.call("POST", "/api/v1/sheets/K1-002/closure", {})
    seen = reconciliation(shop)
    approval = {"hash": seen["hash"], "decisions": [{"line": one["line"], "decision": "dismiss"} for one in seen["lines"]]}
    assert supervisor.call("POST", "/api/v1/counts/K1/reconciliation", approval).json["code"] == "not_drained"
    assert supervisor.call("POST", "/api/v1/counts/K1/reconciliation", approval | {"override": why}).status_code == 200
    found = parts(take(shop))
    page = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(found["summary.xlsx"]))["summary"]]
    assert [row[:2] for row in page if row[0] == "override"] == [["override", why]]
    at = next(n for n, row in enumerate(page) if row[0] == "What had arrived at the approval")
    assert page[at + 1] == ["device", "stream", "scans", "missing", "proven", "finished", "last seen"]
    assert [row[:1] + row[2:6] for row in page[at + 2 : at + 4]] == [["gun-1", 1, 1, "no", "yes"], ["gun-2", 1, 0, "no", "no"]]
    assert ["K1-002", "A-02", "OP-2"] in [row[:3] for row in page]
    said = "".join(one.get_textpage().get_text_bounded() for one in PdfDocument(found["summary.pdf"]))
    assert "".join(why.split()) in "".join(said.split())
    shop.gun.send(lost)
    assert data(parts(take(shop))) == data(found), "the receipt is that of the approval"


def test_only_a_posted_count_has_a_package(posted: Shop) -> None:
    posted.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    answer = take(posted, code="K2")
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        409, "not_posted", "The count is planned; a package is of what was posted.",
    )  # fmt: skip
    assert take(posted, code="K9").json["code"] == "not_found"
    assert take(posted, upto=1).json["code"] == "changed"
    assert take(posted, upto=10**9).json["code"] == "bad_request"
    assert take(posted, epoch="other").json["code"] == "epoch_changed"
    assert posted.person("accountant").get("/api/v1/exports/package.zip").json["code"] == "bad_request"
    assert take(posted).headers["X-ScanLedger-Export"] == "1"


def test_packages_that_were_taken_are_told_before_it_is_taken_again(posted: Shop) -> None:
    def told(role: str = "accountant", code: str = "K1") -> Any:
        return posted.person(role).get(f"/api/v1/exports/packages?count={code}")

    assert told().json == {"rows": []}
    first, second = take(posted), take(posted, "auditor")
    assert [(one["number"], one["by"], str(one["upto"])) for one in told().json["rows"]] == [
        (1, "key-accountant", first.headers["X-ScanLedger-Upto"]),
        (2, "key-auditor", second.headers["X-ScanLedger-Upto"]),
    ]
    assert (told("operator").status_code, told(code="K9").json["code"]) == (403, "not_found")


@pytest.mark.parametrize("role, status", [("operator", 403), ("accountant", 200), ("auditor", 200)])
def test_who_may_take_a_package(posted: Shop, role: str, status: int) -> None:
    assert take(posted, role).status_code == status
    assert posted.gun.get("/api/v1/exports/package.zip?count=K1").status_code == 403


_TERMS: dict[str, Any] = {
    "locations": ["A-01"], "second_above": "1", "tolerance": {"percent": "2", "value": "1"},
    "tolerances": [{"sku": "INK", "quantity": "3"}, {"abc": "A"}],
}  # fmt: skip


def test_both_approvers_are_named_and_the_journal_has_the_day_of_the_second(shop: Shop) -> None:
    shop.gun.do("receive", at=times.now() - 120 * MINUTE, location="A-01", barcode=PEN, quantity="10")
    shop.person("supervisor").call("POST", "/api/v1/counts", _TERMS)
    shop.gun.send(shop.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="9"), shop.gun.scan("finish", sheet="K1-001"))
    seen = reconciliation(shop)
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    shop.person("supervisor").call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    assert take(shop).json["detail"] == "The count is approved; a package is of what was posted."
    assert key(shop.app, "Sue", "supervisor").call("POST", "/api/v1/counts/K1/approval", {"hash": seen["hash"]}).status_code == 200
    found = parts(take(shop))
    people = rows(found["people.csv"])
    assert [row["name"] for row in people if row["part"] == "approver"] == ["key-supervisor", "Sue"]
    assert people[-1]["from"] > people[-2]["from"]
    control = json.loads(found["control.json"])
    assert {name: control[name] for name in ("tolerance", "tolerances")} == {name: _TERMS[name] for name in ("tolerance", "tolerances")}
    page = openpyxl.load_workbook(io.BytesIO(found["summary.xlsx"]))["summary"]
    cells = {row[0].value: row[1].value for row in page if row[0].value}
    assert (cells["blind"], cells["tolerance"], cells["tolerances"]) == ("yes", "percent 2, value 1", "quantity 3, sku INK; abc A")


def test_the_journal_names_the_account_of_then_and_what_was_reversed_since(shop: Shop) -> None:
    shop.gun.do("receive", at=times.now() - 120 * MINUTE, location="A-01", barcode=PEN, quantity="10")
    supervisor, accountant = shop.person("supervisor"), shop.person("accountant")
    codes = [{"code": "lost", "account": "6300"}]
    assert accountant.call("PUT", "/api/v1/reason-codes", {"rows": codes}).status_code == 200
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    shop.gun.send(shop.gun.scan("count", sheet="K1-001", barcode=PEN, quantity="8"), shop.gun.scan("finish", sheet="K1-001"))
    seen = reconciliation(shop)
    decisions = [{"line": line["line"], "decision": "accept", "reason_code": "lost"} for line in seen["lines"]]
    supervisor.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    first = take(shop)
    accountant.call("PUT", "/api/v1/reason-codes", {"rows": [{"code": "lost", "account": "7000"}]})
    assert supervisor.call("POST", "/api/v1/counts/K1/reversal", {"reason": "Wrong bin"}).status_code == 200
    told = [tuple(row[name] for name in ("kind", "side", "account", "debit", "credit")) for row in rows(parts(first)["journal.csv"])]
    assert told == [("adjustment", "stock", "", "", "2.50"), ("adjustment", "variance", "6300", "2.50", "")]
    again = take(shop)
    assert data(parts(again)) == data(parts(first))
    assert "Lines reversed since: 1; upto= names a later state" in cover(again)
    later = parts(take(shop, upto=journal(shop)))
    assert "reversed since" not in later["cover.txt"].decode()
    told = [tuple(row[name] for name in ("kind", "side", "account", "debit", "credit")) for row in rows(later["journal.csv"])]
    assert told[2:] == [("reversal", "stock", "", "2.50", ""), ("reversal", "variance", "6300", "", "2.50")]
    assert cells_of(later, "reason code", 2) == [("lost", 1, 0, 2.5, 1, 2.5, 0), ("all", 1, 0, 2.5, 1, 2.5, 0)], "made once, reversed once"
    control = json.loads(later["control.json"])
    assert (control["adjusted_value"], control["reversed_value"], control["journal_debit"]) == ("-2.50", "2.50", "5.00")
