"""Products over the wire: pages, changes, imports that account for every row, single changes."""

from typing import Any

import pytest
from each import each
from sqlalchemy import text

from app import demo
from app.db import reading, writing
from tests.calling import Wire, numbers, product, rejections

GTIN = "9520000000004"
CASE = "19520000000001"
EAN8 = "95200002"


def test_pages_give_every_product_once_in_the_order_of_skus(wire: Wire) -> None:
    demo.load()
    seen, after = [], ""
    while True:
        page = wire.get(f"products?limit=150{after}", "device")
        seen += [row["sku"] for row in page["rows"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 400
    assert seen == sorted(seen)
    assert set(page) == {"rows", "next", "journal", "epoch"}
    assert set(page["rows"][0]) == {"sku", "name", "unit", "decimals", "tracking", "cost", "abc", "archived", "barcodes", "journal"}


def test_since_gives_what_changed_and_its_cursor_is_never_null(wire: Wire) -> None:
    wire.send("products", "sku,name\nA,Anvil\nB,Bolt\n")
    first = wire.get("products?since=0")
    assert [row["sku"] for row in first["rows"]] == ["A", "B"]
    assert wire.get(f"products?since={first['next']}")["rows"] == []
    wire.put("products/A", {"name": "Big anvil"})
    after = wire.get(f"products?since={first['next']}")
    assert [row["name"] for row in after["rows"]] == ["Big anvil"]
    assert wire.get(f"products?since={after['next']}")["next"] == after["next"]


@pytest.mark.parametrize(
    "change", [{"barcodes": [{"code": CASE, "quantity": "12"}]}, {"barcodes": [{"code": GTIN, "quantity": "2"}]}, {"archived": True}]
)
def test_whoever_follows_products_hears_of_every_barcode_and_of_archiving(wire: Wire, change: dict[str, Any]) -> None:
    wire.send("products", f"sku,name,barcode\nA,Anvil,{GTIN}\nB,Bolt,\n")
    known = wire.get("products?since=0")["next"]
    wire.put("products/A", change)
    (row,) = wire.get(f"products?since={known}", "device")["rows"]
    assert row["sku"] == "A"
    assert row["archived"] == bool(change.get("archived"))
    assert all(barcode in row["barcodes"] for barcode in change.get("barcodes", []))


def test_a_list_is_not_told_again_to_who_holds_its_etag(wire: Wire) -> None:
    wire.send("products", "sku,name\nA,Anvil\n")
    tag = wire("device", "GET", "products").headers["ETag"]
    assert wire("device", "GET", "products", headers={"If-None-Match": tag}).status_code == 304
    assert wire("device", "GET", "products", headers={"If-None-Match": 'W/"other"'}).status_code == 200
    wire.put("products/A", {"name": "Big anvil"})
    again = wire("device", "GET", "products", headers={"If-None-Match": tag})
    assert again.json["rows"][0]["name"] == "Big anvil"
    assert again.headers["ETag"] != tag


@each("query", ["limit=0", "limit=501", "limit=x", "since=-1", "since=x", "after=%00"])
def test_a_bad_page_is_400(wire: Wire, query: str) -> None:
    assert wire.get(f"products?{query}", status=400)["code"] == "bad_request"


def test_another_epoch_is_409(wire: Wire) -> None:
    assert wire.get("products?epoch=other", status=409)["code"] == "epoch_changed"


def test_a_file_makes_products_with_all_their_fields(wire: Wire) -> None:
    report = wire.send(
        "products",
        "SKU;Name;unit;decimals;Tracking;barcode;barcode quantity;cost;abc;colour\r\n"
        f"P-1;Crème brûlée;each;0;LOT;{GTIN};;1.25;a;red\r\n"
        f"P-1;Crème brûlée;;;;{CASE};12;;;\r\n"
        "P-2;'=SUM(A1);kg;3;;;;0.000001;;\r\n",
    )
    assert numbers(report) == (2, 1, 0, 0)
    assert report["applied"]
    assert product(wire, "P-1") | {"journal": 0} == {
        "sku": "P-1",
        "name": "Crème brûlée",
        "unit": "each",
        "decimals": 0,
        "tracking": "lot",
        "cost": "1.25",
        "abc": "A",
        "archived": False,
        "barcodes": [{"code": GTIN, "quantity": "1"}, {"code": CASE, "quantity": "12"}],
        "journal": 0,
    }
    assert product(wire, "P-2")["name"] == "=SUM(A1)"
    assert product(wire, "P-2")["cost"] == "0.000001"


def test_the_same_file_twice_changes_nothing(wire: Wire) -> None:
    csv = f"sku,name,barcode,barcode_quantity,cost\nP-1,Pen,{GTIN},1,2\nP-1,Pen,{CASE},10,\nP-2,Ink,,,\n"
    wire.send("products", csv)
    before = wire.get("products?since=0")
    report = wire.send("products", csv)
    assert numbers(report) == (0, 0, 3, 0)
    after = wire.get("products?since=0")
    assert after["rows"] == before["rows"]
    assert after["journal"] == before["journal"] + 1  # the import itself is a deed


def test_a_changed_file_updates_what_it_says_and_no_more(wire: Wire) -> None:
    wire.send("products", f"sku,name,barcode,cost,abc\nP-1,Pen,{GTIN},2,A\nP-2,Ink,,3,\n")
    assert numbers(wire.send("products", f"sku,name,barcode,barcode_quantity,cost\nP-1,Pencil,{GTIN},5,\nP-2,Ink,,,\n")) == (0, 1, 1, 0)
    found = product(wire, "P-1")
    assert (found["name"], found["cost"], found["abc"]) == ("Pencil", "2", "A")
    assert found["barcodes"] == [{"code": GTIN, "quantity": "5"}]


BAD_ROWS = [
    (",No sku,,,,,,,", "sku", "missing_field"),
    (f"{'x' * 129},Long,,,,,,,", "sku", "too_long"),
    ("A\x07,Bell,,,,,,,", "sku", "bad_text"),
    ("A\x00,Nul,,,,,,,", "sku", "bad_text"),
    ("\u200b,Nothing to see,,,,,,,", "sku", "bad_text"),
    ("A,,,,,,,,", "name", "missing_field"),
    ("A,  ,,,,,,,", "name", "missing_field"),
    (f"A,{'x' * 201},,,,,,,", "name", "too_long"),
    ("A,Nul\x00,,,,,,,", "name", "bad_text"),
    (f"A,Unit,{'x' * 21},,,,,,", "unit", "too_long"),
    ("A,Decimals,,7,,,,,", "decimals", "bad_field"),
    ("A,Decimals,,１,,,,,", "decimals", "bad_field"),
    ("A,Tracking,,,batch,,,,", "tracking", "bad_field"),
    ("A,Check digit,,,,9520000000005,,,", "barcode", "check_digit"),
    ("A,Check digit,,,,95200003,,,", "barcode", "check_digit"),
    ("12345678901,Eleven digits,,,,12345678901,,,", "barcode", "not_gtin"),
    ("A,Zero,,,,X-1,0,,", "barcode_quantity", "bad_field"),
    ("A,Infinity,,,,X-1,1e9,,", "barcode_quantity", "bad_field"),
    ("A,Half,,,,X-1,0.5,,", "barcode_quantity", "quantity_precision"),
    ("A,Far,,6,,X-1,999999999999,,", "barcode_quantity", "bad_field"),
    ("A,No barcode,,,,,3,,", "barcode_quantity", "missing_field"),
    ('A,Comma,,,,,,"1,5",', "cost", "bad_field"),
    ("A,Negative,,,,,,-1,", "cost", "bad_field"),
    ("A,Class,,,,,,,D", "abc", "bad_field"),
    ("A,Too many,,,,,,,A,more", "", "too_many_cells"),
    ("p-0,Case,,,,,,,", "sku", "code_collides"),
    ("Ｐ-0,Width,,,,,,,", "sku", "code_collides"),
    (f"{GTIN},It is a barcode,,,,,,,", "sku", "code_collides"),
    (f"A,Taken,,,,{GTIN},,,", "barcode", "barcode_taken"),
    (f"A,Taken as GTIN-14,,,,0{GTIN},,,", "barcode", "barcode_taken"),
    ("A,It is an SKU,,,,P-0,,,", "barcode", "barcode_taken"),
]
HEADER = "sku,name,unit,decimals,tracking,barcode,barcode_quantity,cost,abc\n"


@pytest.mark.parametrize("row, field, code", BAD_ROWS)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_stand(wire: Wire, row: str, field: str, code: str) -> None:
    wire.send("products", f"sku,name,barcode\nP-0,First,{GTIN}\n")
    report = wire.send("products", f"{HEADER}{row}\nGOOD,Good,,,,,,,\n", "mode=rows")
    assert rejections(report) == [(2, field, code)]
    assert numbers(report) == (1, 0, 0, 1)
    assert [row["sku"] for row in wire.get("products?since=0")["rows"]] == ["P-0", "GOOD"]


def test_all_or_nothing_is_the_default_and_a_dry_run_writes_nothing(wire: Wire) -> None:
    csv = "sku,name\nA,Anvil\nB,\n"
    assert not wire.send("products", csv)["applied"]
    assert not wire.send("products", csv, "mode=rows&dry_run=1")["applied"]
    report = wire.send("products", "sku,name\nA,Anvil\n", "dry_run=1")
    assert report["dry_run"]
    assert numbers(report) == (1, 0, 0, 0)
    assert wire.get("products")["rows"] == []


def test_rows_of_one_sku_must_not_contradict_each_other(wire: Wire) -> None:
    csv = f"sku,name,unit,barcode,barcode_quantity\nA,Anvil,each,{GTIN},1\nA,Other,,X,1\nA,Anvil,kg,Y,1\nA,Anvil,,{GTIN},2\nA,Anvil,,Z,\n"
    report = wire.send("products", csv, "mode=rows")
    assert rejections(report) == [(3, "name", "contradicts"), (4, "unit", "contradicts"), (5, "barcode_quantity", "contradicts")]
    assert product(wire, "A")["barcodes"] == [{"code": GTIN, "quantity": "1"}, {"code": "Z", "quantity": "1"}]


def test_decimals_may_change_until_there_are_moves_and_barcodes_follow(wire: Wire) -> None:
    wire.send("products", f"sku,name,decimals,barcode,barcode_quantity\nA,Anvil,1,{GTIN},2.5\n")
    assert rejections(wire.send("products", "sku,name,decimals\nA,Anvil,0\n")) == [(2, "decimals", "quantity_precision")]
    wire.send("products", "sku,name,decimals\nA,Anvil,3\n")
    assert product(wire, "A")["barcodes"] == [{"code": GTIN, "quantity": "2.5"}]
    with writing() as tx:
        tx.execute(text("INSERT INTO balances (location_id, product_id, lot, serial, quantity) SELECT 2, id, '', '', 0 FROM products"))
    assert rejections(wire.send("products", "sku,name,unit\nA,Anvil,kg\n")) == [(2, "unit", "fixed")]
    assert wire.put("products/A", {"tracking": "lot"}, status=409)["code"] == "fixed"
    assert numbers(wire.send("products", "sku,name,cost\nA,Anvil,9\n")) == (0, 1, 0, 0)


def test_a_map_reads_files_with_other_columns(wire: Wire) -> None:
    report = wire.send("products", f"Barcode\tTitle\n{GTIN}\tPen\n{EAN8}\tInk\n", "map=sku:barcode,barcode:barcode,name:title")
    assert numbers(report) == (2, 0, 0, 0)
    assert product(wire, EAN8)["barcodes"] == [{"code": EAN8, "quantity": "1"}]
    assert wire.send("products", "a,b\n1,2\n", "map=colour:a", status=400)["code"] == "bad_request"


@each(
    "body",
    [
        "",
        "\n\n",
        "name\nPen\n",
        "sku\nA\n",
        'sku,name\nA,"open\n',
        'sku,name\nA,"x"y\n',
        "sku,name,SKU\nA,B,C\n",
        b"\x81\x8d\n\x90",
        b"sku,name\nA,caf\xe9 cr\xc3\xa8me br\xc3\xbbl\xc3\xa9e\n",
        "sku,name\nA," + "x" * 200_000 + "\n",
    ],
)
def test_a_file_that_is_no_table_is_400_with_a_reason(wire: Wire, body: str | bytes) -> None:
    found = wire.send("products", body, status=400)
    assert found["code"] == "bad_file"
    assert found["detail"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_no_name_is_mojibake_whatever_the_encoding_and_line_end(wire: Wire, encoding: str, end: str) -> None:
    names = ["Crème brûlée", "Müsli €5", 'Say "hi", twice', "two words "]
    rows = [f'P-{n},"{name.replace(chr(34), chr(34) * 2)}"' for n, name in enumerate(names)]
    wire.send("products", end.join(["sku,name", *rows]).encode(encoding))
    assert [row["name"] for row in wire.get("products")["rows"]] == names


def test_an_old_or_protected_spreadsheet_is_415_with_advice(wire: Wire) -> None:
    assert "CSV" in wire.send("products", b"\xd0\xcf\x11\xe0rest", status=415, content_type="application/vnd.ms-excel")["detail"]
    assert wire.send("products", "{}", status=415, content_type="application/json")["code"] == "unsupported_media_type"


@pytest.mark.parametrize("who", ["operator", "accountant", "auditor", "device"])
def test_only_who_keeps_the_catalogue_may_change_it(wire: Wire, who: str) -> None:
    assert wire.send("products", "sku,name\nA,B\n", who=who, status=403)["code"] == "forbidden"
    assert wire.put("products/A", {"name": "B"}, who, 403)["code"] == "forbidden"


def test_a_large_file_runs_beside_the_requests(wire: Wire) -> None:
    csv = "sku,name\n" + "".join(f"P-{n},Product {n}\n" for n in range(6000)) + "P-1,Other\n"
    started = wire("supervisor", "POST", "imports/products?mode=rows", data=csv, content_type="text/csv")
    assert started.status_code == 202
    assert started.json["status"] == "running"
    job = wire.finished(started.headers["Location"])
    assert job["status"] == "done"
    assert (job["rows"], job["rows_done"], job["applied"]) == (6001, 6001, True)
    assert numbers(job) == (6000, 0, 0, 1)
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM products")) == 6000
        assert tx.scalar(text("SELECT actor FROM audit WHERE deed = 'products_imported'")) == "key:supervisor None"


def test_an_import_that_died_with_its_server_is_failed(wire: Wire) -> None:
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO imports (id, kind, mode, dry_run, status, rows, rows_done, created_at, heard_at) "
                "VALUES ('0192f0c0-0000-7000-8000-000000000000', 'products', 'all', false, 'running', 9, 1, 1, 1)"
            )
        )
    job = wire.get("imports/0192f0c0-0000-7000-8000-000000000000")
    assert (job["status"], job["applied"]) == ("failed", False)
    assert job["detail"]
    assert wire.get("imports/nothing", status=404)["code"] == "not_found"


def test_one_product_can_be_made_changed_and_archived(wire: Wire) -> None:
    made = wire.put("products/A%2F1", {"name": "Anvil", "cost": "12.5", "barcodes": [{"code": GTIN}, {"code": "X", "quantity": "6"}]})
    assert (made["sku"], made["cost"], len(made["barcodes"])) == ("A/1", "12.5", 2)
    assert wire.put("products/A/1", {"archived": True})["archived"]
    assert not wire.put("products/A/1", {"archived": False})["archived"]
    assert wire.put("products/B", {}, status=400)["code"] == "bad_request"
    assert wire.put("products/a%2f1", {"name": "x"}, status=409)["code"] == "code_collides"
    assert wire.put("products/B", {"name": "x", "barcodes": [{"code": GTIN}]}, status=409)["code"] == "code_collides"
    assert wire.put("products/B", {"name": "x\u0000"}, status=400)["code"] == "bad_request"
    with reading() as tx:
        assert tx.scalars(text("SELECT deed FROM audit WHERE subject = 'product A/1'")).all() == ["product_put"] * 3


def test_products_are_found_by_words_in_sku_name_and_barcodes(wire: Wire) -> None:
    wire.put("products/SCR-10", {"name": "Große Schraube", "barcodes": [{"code": "4006381333931"}]})
    wire.put("products/SCR-9", {"name": "Small screw", "barcodes": [{"code": "CASE-9", "quantity": "12"}]})
    wire.put("products/9", {"name": "Nine"})

    def found(query: str) -> list[str]:
        return [row["sku"] for row in wire.get(f"products?search={query}", "device")["rows"]]

    assert found("schraube gROSSE") == ["SCR-10"]
    assert found("scr") == ["SCR-10", "SCR-9"]
    assert found("333931") == ["SCR-10"]
    assert found("9") == ["9", "SCR-10", "SCR-9"]
    assert found("case-9 nine") == found("%25") == found("_") == []
    wire.put("products/SCR-9", {"name": "Bolt", "barcodes": [{"code": "BOX-9"}], "archived": True})
    assert found("screw") == []
    assert found("box-9") == found("case-9") == ["SCR-9"]
    assert found("bolt&archived=false") == []
    assert found("bolt&archived=true") == ["SCR-9"]


def test_a_search_of_products_is_paged_with_the_very_code_first(wire: Wire) -> None:
    wire.send(
        "products",
        "sku,name,barcode\n" + "".join(f"P-{n:02},Pen {n:02},{'77' if n == 5 else ''}\n" for n in range(8)) + "77,Pen,\n",
        "mode=rows",
    )
    wire.put("products/Z-77", {"name": "Pen 77"})
    wire.put("products/A-77", {"name": "Pen 77"})
    seen, after, total = [], "", None
    while after is not None:
        page = wire.get(f"products?search=77&limit=1{after and '&after=' + after}")
        total = page["total"]
        seen += [row["sku"] for row in page["rows"]]
        after = page["next"]
    assert seen == ["P-05", "A-77", "Z-77"]
    assert total == 3


def test_one_product_is_told_and_lists_may_leave_out_the_archived(wire: Wire) -> None:
    wire.put("products/P%2F1", {"name": "Pen"})
    wire.put("products/OLD", {"name": "Old", "archived": True})
    assert wire.get("products/P%2F1")["name"] == "Pen"
    assert wire.get("products/P%2F1", "device", 403)["code"] == "forbidden", "the contract gives devices the list"
    assert wire.get("products/NONE", status=404)["code"] == "not_found"
    assert [row["sku"] for row in wire.get("products?archived=false")["rows"]] == ["P/1"]
    assert [row["sku"] for row in wire.get("products?archived=true")["rows"]] == ["OLD"]


def test_a_name_of_dots_arrives_with_a_space_behind_it(wire: Wire) -> None:
    """Browsers and proxies take `.` and `..` out of an address."""
    for sku, address in ((".", ".%20"), ("..", "..%20")):
        assert wire.put(f"products/{address}", {"name": "Dots", "barcodes": [{"code": f"D{sku}"}]})["sku"] == sku
        assert wire.get(f"products/{address}")["sku"] == sku
    assert wire.get("products/a.%20", status=404)["code"] == "not_found"
