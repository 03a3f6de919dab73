"""Sheets on paper: what is printed, what isn't where the count is blind, and that what was written is counted like any scan."""

import re
import uuid
from typing import Any

import pytest

from app import times
from app.paper import drawing
from app.paper.asking import Asked, Paper, Row
from app.paper.drawing import Look
from campaigns import readers
from tests.callers import problem
from tests.counts.test_counting import MINUTE, approve, decision, lines, plan, received
from tests.shop import Shop, key


def printed(shop: Shop, role: str = "supervisor", **query: Any) -> Any:
    return shop.person(role).get("/api/v1/counts/K1/paper.pdf?" + "&".join(f"{name}={value}" for name, value in query.items()))


def words(file: bytes) -> str:
    """All texts of the pages."""
    return "\n".join(readers.pdf_texts(file))


def test_the_open_sheets_are_printed_in_walking_order_with_barcodes_that_can_be_read(shop: Shop) -> None:
    received(shop, times.now() - 120 * MINUTE, PEN=10)
    plan(shop, "A-01", "A-02")
    answer = printed(shop)
    assert (answer.status_code, answer.content_type, answer.headers["X-ScanLedger-Parts"]) == (200, "application/pdf", "1")
    (page,) = readers.pdf(answer.data)
    assert {"K1", "A-01", "A-02", "K1-001", "K1-002"} <= readers.all_read(page)
    said = words(answer.data)
    assert said.index("A-01") < said.index("PEN") < said.index("A-02")
    assert "Page 1 of 1" in said
    only = printed(shop, sheet="K1-002", size="letter", language="de")
    assert "A-01" not in words(only.data)
    assert "Zählliste K1" in words(only.data)


def test_a_blind_sheet_has_no_expected_quantity_unless_the_office_asks(shop: Shop) -> None:
    received(shop, times.now() - 120 * MINUTE, PEN=8731)
    plan(shop, "A-01")
    assert "8731" not in words(printed(shop).data)
    assert "8731" in words(printed(shop, expected=1).data)
    assert b"8731" not in shop.person("supervisor").get("/api/v1/sheets/K1-001/paper").data
    for path in ("/api/v1/counts/K1/paper.pdf?expected=1", "/api/v1/sheets/K1-001/paper"):
        problem(shop.person("operator").get(path), "forbidden")
        assert shop.gun.get(path).status_code == 403


def test_a_count_that_is_not_blind_prints_the_book(shop: Shop) -> None:
    received(shop, times.now() - 120 * MINUTE, PEN=8731)
    plan(shop, "A-01", blind=False)
    assert "8731" in words(printed(shop).data)
    assert "8731" not in words(printed(shop, expected=0).data)


def test_what_is_typed_in_from_paper_is_counted_once_and_moves_meanwhile_are_seen(shop: Shop) -> None:
    """
    09:00 to 09:30 on paper: PEN 9 (book 10), INK a cross for nothing: 0 (book 5), ROPE left blank
    09:20 a pick of INK: the line is flagged, for nobody knows when within the half hour it was counted
    """
    start = times.now() - 300 * MINUTE
    received(shop, start, PEN=10, INK=5, ROPE=3)
    plan(shop, "A-01")
    paper = shop.person("supervisor").get("/api/v1/sheets/K1-001/paper").json
    assert [row["sku"] for row in paper["rows"]] == ["INK", "PEN", "ROPE"]
    assert (paper["whole"], paper["location"]) == (True, "A-01")
    shop.gun.send(shop.gun.scan("pick", at=start + 80 * MINUTE, location="A-01", barcode="INK", quantity="1"))
    batch = typed(start + 60 * MINUTE, start + 90 * MINUTE, {"PEN": "9", "INK": "0"}, complete=False)
    supervisor = shop.person("supervisor")
    for status in ("recorded", "duplicate"):
        receipts = supervisor.call("POST", "/api/v1/scans", batch).json["receipts"]
        assert {receipt["status"] for receipt in receipts} == {status}
    found = lines(shop, "K1")
    assert [line.split()[:2] for line in found] == [["A-01", "INK"], ["A-01", "PEN"], ["A-01", "ROPE"]]
    assert "10 9 outside" in found[1]
    assert "moved" in found[0]
    assert "not_counted" in found[2]
    chosen = [decision(shop, "K1", sku, "accept", reason_code="miscount") for sku in ("PEN", "INK")]
    problem(approve(shop, "K1", *chosen), "not_independent")
    assert approve(shop, "K1", *chosen, who=key(shop.app, "Sue", "supervisor")).status_code == 200, "who typed it in doesn't approve"
    problem(supervisor.get("/api/v1/sheets/K1-001/paper"), "sheet_closed")
    problem(printed(shop), "sheet_closed")


def typed(began: int, ended: int, quantities: dict[str, str], complete: bool) -> dict[str, Any]:
    """A batch as the console makes it of a sheet: each line at the beginning with nothing and at the end with its quantity."""
    scans = [
        {"task": "count", "scanned_at": times.wire(at), "barcode": sku, "quantity": quantity if at == ended else "0"}
        for at in (began, ended)
        for sku, quantity in quantities.items()
    ]
    scans.append({"task": "finish", "scanned_at": times.wire(ended), "complete": complete})
    for seq, scan in enumerate(scans, 1):
        scan |= {"id": str(uuid.uuid4()), "seq": seq, "sheet": "K1-001", "operator": "OP-1", "via": "keyed"}
    return {"batch": str(uuid.uuid4()), "stream": str(uuid.uuid4()), "made": len(scans), "scans": scans}


def test_a_recount_asks_for_its_lines_only(shop: Shop) -> None:
    start = times.now() - 300 * MINUTE
    received(shop, start, PEN=10, INK=5)
    plan(shop, "A-01")
    shop.person("supervisor").call("POST", "/api/v1/scans", typed(start + MINUTE, start + 2 * MINUTE, {"PEN": "9", "INK": "5"}, True))
    line = decision(shop, "K1", "PEN", None)["line"]
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K1/sheets", {"lines": [line]}).status_code == 201
    paper = shop.person("supervisor").get("/api/v1/sheets/K1-002/paper").json
    assert ([row["sku"] for row in paper["rows"]], paper["whole"], paper["sequence"]) == (["PEN"], False, 2)
    assert paper["may_count"] is False, "who typed the first count in doesn't type in the second"
    assert key(shop.app, "Sue", "supervisor").get("/api/v1/sheets/K1-002/paper").json["may_count"] is True
    assert "recount 2" in words(printed(shop).data)


def test_what_there_is_no_sheet_of_is_not_found(shop: Shop) -> None:
    plan(shop, "A-01")
    problem(shop.person("supervisor").get("/api/v1/counts/K9/paper.pdf"), "not_found")
    problem(shop.person("supervisor").get("/api/v1/sheets/K9-001/paper"), "not_found")
    problem(printed(shop, sheet="K9-001"), "not_found")
    for query in ({"part": 2}, {"part": 0}, {"size": "a5"}, {"language": "fi"}):
        problem(printed(shop, **query), "bad_request")


def sheet(number: int, rows: int) -> Asked:
    wide = "A very long name of a product, longer than any line of a sheet is wide " * 3
    some = [Row(f"SKU-{at}", wide, "each", "L1", "", "5") for at in range(rows)]
    return Asked(f"K1-{number:03}", f"A-{number:02}", "", 1, None, True, True, some)


@pytest.mark.parametrize("size", list(drawing.SIZES))
def test_a_sheet_stays_on_one_page_where_it_fits_and_goes_on_where_it_does_not(size: str) -> None:
    paper = Paper("K1", "night", True, 1, [sheet(1, 3), sheet(2, 60), sheet(3, 0)])
    file = drawing.draw(paper, Look(size))
    texts = list(readers.pdf_texts(file))
    assert all(f"Page {at} of {len(texts)}" in text for at, text in enumerate(texts, 1))
    assert sorted(re.findall(r"SKU-\d+", "".join(texts))) == sorted(row.sku for one in paper.sheets for row in one.rows)
    assert ["A-01" in text for text in texts][:2] == [True, False]
    assert "continued" in texts[2]
    assert file == drawing.draw(paper, Look(size))


def test_what_bars_can_not_hold_is_a_qr_code_and_no_text_leaves_its_place() -> None:
    long = Asked("K1-001", "Z\u00fcrich/" + "X" * 100, "n" * 200, 1, "OP-1", True, True, [])
    (page,) = readers.pdf(drawing.draw(Paper("K1", "", True, 1, [long]), Look()))
    assert long.location in readers.all_read(page)
