"""Imports over the wire: every kind as CSV and XLSX, refused rows to mend, mappings, parts, progress, cancelling, the list of all."""

import csv
import gzip
import io
import threading
from typing import Any

import openpyxl
import pytest
from sheets import workbook
from sqlalchemy import text

from app.db import reading, writing
from app.imports import taking
from app.imports.columns import guess
from app.imports.kinds import KINDS
from app.imports.spooling import XLSX
from app.locations import creating
from app.products import storing
from tests.calling import Wire, numbers, product, rejections

GTIN, CASE, EAN8 = "9520000000004", "19520000000001", "95200002"


def mended(wire: Wire, number: str) -> list[list[str]]:
    found = wire("supervisor", "GET", f"imports/{number}/rejected.csv")
    assert found.status_code == 200
    assert found.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(found.get_data().decode("utf-8-sig"))))


def test_every_kind_comes_as_xlsx(wire: Wire) -> None:
    def send(kind: str, rows: list[list[Any]], query: str = "") -> tuple[int, int, int, int]:
        return numbers(wire.send(kind, workbook(rows), query, content_type=XLSX))

    assert send(
        "products", [["SKU", "Name", "decimals", "barcode", "cost"], ["P-1", "Pen", 0, int(GTIN), 1.25], ["P-2", "Ink", 3, None, 0.1 + 0.2]]
    ) == (2, 0, 0, 0)
    assert product(wire, "P-1")["barcodes"] == [{"code": GTIN, "quantity": "1"}]
    assert product(wire, "P-2")["cost"] == "0.3"
    assert send("barcodes", [["sku", "barcode", "quantity"], ["P-1", int(CASE), 12]]) == (0, 1, 0, 0)
    assert send("costs", [["sku", "cost"], ["P-1", 2]]) == (0, 1, 0, 0)
    assert send("locations", [["code", "parent", "kind"], ["A-01", "A", "bin"], ["A", None, "zone"]]) == (2, 0, 0, 0)
    assert send("stock", [["location", "sku", "quantity"], ["A-01", "P-2", 1.125]]) == (1, 0, 0, 0)
    assert [row["quantity"] for row in wire.get("stock")["rows"]] == ["1.125"]


def test_xlsx_is_known_by_its_bytes_too_and_a_body_may_be_gzipped(wire: Wire) -> None:
    raw = workbook([["sku", "name"], ["A", "Anvil"]])
    assert numbers(wire.send("products", raw, content_type="application/octet-stream")) == (1, 0, 0, 0)
    zipped = {"Content-Encoding": "gzip"}
    assert numbers(wire.send("products", gzip.compress(b"sku,name\nB,Bolt\n"), headers=zipped)) == (1, 0, 0, 0)
    assert wire.send("products", b"\x1f\x8b\x08\x00broken", headers=zipped, status=400)["code"] == "bad_file"
    assert wire.send("products", gzip.compress(b"sku,name\nB,Bolt\n")[:-9], headers=zipped, status=400)["code"] == "bad_file"
    assert wire.send("products", gzip.compress(b"x" * (33 << 20)), headers=zipped, status=413)["code"] == "too_large"
    assert wire.send("products", raw, "sheet=other", content_type=XLSX, status=400)["code"] == "bad_file"


def test_barcodes_name_their_product_by_any_of_its_codes(wire: Wire) -> None:
    wire.send("products", f"sku,name,decimals,barcode\nP-1,Pen,0,{GTIN}\nP-2,Ink,1,\n")
    report = wire.send(
        "barcodes", f"sku,barcode,quantity\nP-1,X-1,6\n{GTIN},X-2,\n0{GTIN},X-3,2\nP-2,X-4,0.5\nP-1,{GTIN},1\nnothing,X-5,1\np-1,X-6,1\nP-2,X-1,1\nP-1,X-1,7\nP-1,,1\n", "mode=rows"
    )  # fmt: skip
    assert rejections(report) == [
        (7, "sku", "unknown_product"), (8, "sku", "unknown_product"), (9, "barcode", "barcode_taken"), (10, "barcode_quantity", "contradicts"),
        (11, "barcode", "missing_field"),
    ]  # fmt: skip
    assert numbers(report) == (0, 4, 1, 5)
    assert {b["code"]: b["quantity"] for b in product(wire, "P-1")["barcodes"]} == {GTIN: "1", "X-1": "6", "X-2": "1", "X-3": "2"}
    assert wire.send("barcodes", "sku\nA\n", status=400)["code"] == "bad_file"


def test_costs_change_costs_and_nothing_else(wire: Wire) -> None:
    wire.send("products", f"sku,name,barcode,cost\nP-1,Pen,{GTIN},1\nP-2,Ink,,2\n")
    report = wire.send("costs", f"sku,cost\n{GTIN},1.5\nP-2,2\nP-3,1\nP-1,9\nP-2,\nP-2,-1\n", "mode=rows")
    assert rejections(report) == [
        (4, "sku", "unknown_product"),
        (5, "cost", "contradicts"),
        (6, "cost", "missing_field"),
        (7, "cost", "bad_field"),
    ]
    assert numbers(report) == (0, 1, 1, 4)
    assert (product(wire, "P-1")["cost"], product(wire, "P-1")["name"]) == ("1.5", "Pen")
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM audit WHERE deed = 'costs_imported'")) == 1


def test_cells_that_a_spreadsheet_has_spoiled_are_refused_with_their_row(wire: Wire) -> None:
    report = wire.send("products", "sku,name,barcode,cost\nP-1,Pen,7.03207E+12,\nP-2,1E+5 lumen,,\n1E+05,Odd,,\n", "mode=rows")
    assert rejections(report) == [(2, "barcode", "cut_short"), (4, "sku", "cut_short")]
    report = wire.send(
        "products",
        workbook([["sku", "name", "barcode", "note"], ["P-3", "=1+1", None, "x"], ["P-4", "Pen", 123456789012345678, "x"]]),
        "mode=rows",
        content_type=XLSX,
    )
    assert rejections(report) == [(2, "name", "no_value"), (3, "barcode", "not_exact")]
    assert numbers(report) == (0, 0, 0, 2)


def test_refused_rows_come_back_as_a_file_that_imports_once_mended(wire: Wire) -> None:
    report = wire.send(
        "products", 'Name;SKU;colour;cost\n"=Pen; ""blue""";P-1;red;1\nInk;;blue;2\nOil;P-3;-5;"1,5"\n', "mode=rows&name=list.csv"
    )
    assert numbers(report) == (1, 0, 0, 2)
    found = mended(wire, report["id"])
    assert found == [
        ["Name", "SKU", "colour", "cost", "rejected_column", "rejected_because"],
        ["Ink", "", "blue", "2", "sku", "There is no sku."],
        ["Oil", "P-3", "-5", "1,5", "cost", "Not a decimal number with at most 6 decimals and a point: no currency, no thousands."],
    ]
    found[1][1], found[2][3] = "P-2", "1.5"
    out = io.StringIO()
    csv.writer(out).writerows(found)
    again = wire.send("products", out.getvalue())
    assert numbers(again) == (2, 0, 0, 0)
    assert wire("supervisor", "GET", f"imports/{again['id']}/rejected.csv").status_code == 404
    row = wire.get(f"imports/{report['id']}")
    assert (row["name"], row["kind"], row["status"], row["rejected_total"], row["rows_done"]) == ("list.csv", "products", "done", 2, 3)
    assert rejections(row) == rejections(report)


def test_formulas_among_refused_rows_are_guarded_and_why_is_told_once(wire: Wire) -> None:
    report = wire.send("products", "sku,name,rejected_column,rejected_because\n,'=1+1,sku,old\n")
    assert mended(wire, report["id"])[1] == ["", "'=1+1", "sku", "There is no sku."]


def test_refused_rows_of_a_spreadsheet_come_back_as_one_whose_cells_are_texts(wire: Wire) -> None:
    rows = [["sku", "name", "cost", "barcode"], [None, "+1+1", 2.5, int(GTIN)], ["P-1", "00123", "x", None], ["P-2", "Oil", 1, None]]
    report = wire.send("products", workbook(rows), "mode=rows", content_type=XLSX)
    found = wire("supervisor", "GET", f"imports/{report['id']}/rejected.xlsx")
    assert found.mimetype == XLSX
    book = openpyxl.load_workbook(io.BytesIO(found.get_data()))
    cells = [[cell.value or None for cell in row] for row in book.worksheets[0].iter_rows()]
    assert cells == [
        ["sku", "name", "cost", "barcode", "rejected_column", "rejected_because"],
        [None, "+1+1", "2.5", GTIN, "sku", "There is no sku."],
        ["P-1", "00123", "x", None, "cost", "Not a decimal number with at most 6 decimals and a point: no currency, no thousands."],
    ]
    assert {cell.data_type for row in book.worksheets[0].iter_rows() for cell in row if cell.value} == {"s"}
    book.worksheets[0]["A2"], book.worksheets[0]["C3"] = "P-3", "7"
    out = io.BytesIO()
    book.save(out)
    again = wire.send("products", out.getvalue(), content_type=XLSX)
    assert again["rejected"] == []
    assert numbers(again) == (2, 0, 0, 0)
    assert product(wire, "P-3")["barcodes"] == [{"code": GTIN, "quantity": "1"}]


def test_refused_rows_are_thrown_away_when_they_are_old(wire: Wire) -> None:
    report = wire.send("products", "sku,name\n,Pen\n")
    with writing() as tx:
        tx.execute(text("UPDATE imports SET created_at = created_at - :kept - 1"), {"kept": taking.KEPT_FOR})
    wire.send("products", "sku,name\n,Pen\n")
    assert wire("supervisor", "GET", f"imports/{report['id']}/rejected.csv").status_code == 404
    row = wire.get(f"imports/{report['id']}")
    assert (row["rejected_total"], row["rejected"], row["keeps_rejected"]) == (1, [], False)


def test_refused_rows_are_kept_of_so_many_imports_only(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "MOST_IMPORTS", 2)
    ids = [wire.send("products", "sku,name\n,Pen\n")["id"] for _ in range(4)]
    assert [wire.get(f"imports/{number}")["keeps_rejected"] for number in ids] == [
        False,
        True,
        True,
        True,
    ]  # the last came after it was looked


def test_all_imports_are_listed_the_newest_first_page_by_page(wire: Wire) -> None:
    ids = [wire.send("products", f"sku,name\nP-{n},Pen\n", f"dry_run={n % 2}")["id"] for n in range(5)]
    seen, after = [], ""
    while after is not None:
        page = wire.get(f"imports?limit=2{after and '&after=' + after}")
        seen += [row["id"] for row in page["rows"]]
        after = page["next"]
    assert sorted(seen) == sorted(ids)
    assert wire.get("imports?after=x", status=400)["code"] == "bad_request"
    assert wire.get("imports", "device", 403)["code"] == "forbidden"
    row = wire.get("imports?limit=1")["rows"][0]
    assert "rejected" not in row
    assert (row["created"], row["status"], row["site"]) == (1, "done", None)


def test_imports_of_another_site_are_not_told(wire: Wire) -> None:
    from app.locations.creating import add_site

    with writing() as tx:
        add_site(tx, "B", "Other")
    number = wire.send("locations", "code\nB-1\n", "site=B")["id"]
    everywhere = wire.send("products", "sku,name\nA,B\n")["id"]
    assert {row["id"] for row in wire.get("imports")["rows"]} == {number, everywhere}
    assert [row["id"] for row in wire.get("imports", site="MAIN")["rows"]] == [everywhere]
    assert wire.get(f"imports/{number}", site="MAIN", status=404)["code"] == "not_found"
    for method, path in (("GET", "rejected.csv"), ("GET", "rejected.xlsx"), ("POST", "cancellation")):
        assert wire("supervisor", method, f"imports/{number}/{path}", site="MAIN").status_code == 404


# Parts


def test_rows_far_apart_must_not_contradict_each_other_either(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file gives the same report, whatever the size of the parts."""
    body = (
        f"sku,name,unit,cost,barcode,barcode_quantity\nA,Anvil,each,,{GTIN},1\nB,Bolt,,2,X-1,5\nA,Other,,,,\nA,Anvil,kg,,,\nA,,,,{GTIN},2\nA,,,3,X-2,1\nA,,,4,,\n"
        f"B,Bolt,,2,X-1,5\nB,,,,X-1,6\nC,,,,,\nb,Small,,,,\nC,Cog,,,{GTIN},\nC,Cog,,,0{GTIN},\nA,,,,X-1,1\nX-1,It is a barcode,,,,\n"
    )  # fmt: skip
    expected = None
    wire.send("products", "sku,name,barcode,cost\nZ,Known,Z-1,1\n")
    for part in (5000, 1, 2, 3):
        monkeypatch.setattr(taking, "PART", part)
        monkeypatch.setattr(taking, "AT_ONCE", 0)  # as if it were a large file: written part by part, and undone
        started = wire("supervisor", "POST", "imports/products?mode=rows&dry_run=1", data=body, content_type="text/csv")
        job = wire.finished(started.headers["Location"])
        found = [rejections(job), numbers(job)]
        expected = expected or found
        assert found == expected, part
        assert len(wire.get("products")["rows"]) == 1
    assert expected is not None
    assert [code for _, _, code in expected[0]] == [  # type: ignore[misc]
        "contradicts", "contradicts", "contradicts", "contradicts", "contradicts", "missing_field", "code_collides", "barcode_taken", "barcode_taken",
        "barcode_taken", "code_collides",
    ]  # fmt: skip


TREE = """code,parent,kind,walk
A-1-1,A-1,,
A-1,A,aisle,
A,,zone,1
Z,,zone,
A-1-1,A-1,,
A-1,A,aisle,2
Z-1,A-1,,
B,NOWHERE,,
B-1,B,,
R,S,,
S,R,,
z,,,
A-2,SUPPLIER,,
A-1-2,a-1,,
D-3,D-2,,
D-2,D-1,,
D-1,D,,
D,,zone,
D-2,D-1,,
D-1,Z,,
Z,Z-2,,
Z-2,Z-1,,
SUPPLIER,NOWHERE,,
"""
STOCK = """location,sku,lot,quantity,expiry
A,PEN,,9,
A,PEN,,8,
A,MILK,L2,4,2027-01-31
A,PEN,,9,
C,PEN,,1,
B,PEN,,2,
B,MILK,L1,3,
B,MILK,,3,
B,PEN,,2,
"""


def by_parts(wire: Wire, kind: str, body: str, site: str) -> Any:
    """Import a file as if it were a large one."""
    started = wire("supervisor", "POST", f"imports/{kind}?mode=rows&site={site}", data=body, content_type="text/csv")
    job = wire.finished(started.headers["Location"])
    return sorted(rejections(job)), numbers(job)


def test_a_tree_comes_out_the_same_whatever_the_size_of_the_parts(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = None
    for part in (5000, 1, 2, 3):
        site = f"PARTS-OF-{part}"
        with writing() as tx:
            creating.add_site(tx, site, "Site")
        wire.send("locations", "code,parent\nZ,\nZ-1,Z\nZ-1-1,Z-1\n", f"site={site}")
        with monkeypatch.context() as large:
            large.setattr(taking, "PART", part)
            large.setattr(taking, "AT_ONCE", 0)
            report = by_parts(wire, "locations", TREE, site)
        with reading() as tx:
            codes = {str(number): code for number, code in tx.execute(text("SELECT id, code FROM locations"))}
            paths = tx.scalars(text("SELECT path FROM locations l JOIN sites s ON s.id = l.site_id WHERE s.code = :site"), {"site": site})
            tree = sorted("/".join(codes[number] for number in path.strip("/").split("/")[1:]) for path in paths)
        expected = expected or (report, tree)
        assert (report, tree) == expected, part
    assert expected is not None
    assert {"A/A-1/Z-1/Z-1-1", "A/A-1/Z-1/Z-2", "D/D-1/D-2/D-3"} <= set(expected[1])


def test_stock_comes_out_the_same_whatever_the_size_of_the_parts(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    wire.send("products", "sku,name,tracking\nPEN,Pen,none\nMILK,Milk,lot\n")
    expected = None
    for part in (5000, 1, 2):
        site = f"PARTS-OF-{part}"
        with writing() as tx:
            creating.add_site(tx, site, "Site")
        wire.send("locations", "code\nA\nB\n", f"site={site}")
        wire.send("stock", "location,sku,lot,quantity\nA,PEN,,7\nB,MILK,L1,3\n", f"site={site}")
        with monkeypatch.context() as large:
            large.setattr(taking, "PART", part)
            large.setattr(taking, "AT_ONCE", min(part, 8))  # such a file is read by parts of that size, and posted so
            report = by_parts(wire, "stock", STOCK, site)
        kept = [[row[name] for name in ("location", "sku", "lot", "quantity", "expiry")] for row in wire.get(f"stock?site={site}")["rows"]]
        expected = expected or (report, kept)
        assert (report, kept) == expected, part
    assert expected == (
        ([(3, "quantity", "contradicts"), (6, "location", "unknown_location"), (9, "lot", "lot_required")], (2, 1, 3, 3)),
        [["A", "MILK", "L2", "4", "2027-01-31"], ["A", "PEN", "", "9", None], ["B", "MILK", "L1", "3", None], ["B", "PEN", "", "2", None]],
    )


def test_one_bad_row_at_the_end_of_a_large_file_undoes_all_of_it(wire: Wire) -> None:
    wire.send("products", "sku,name\nP-7,Before\n")
    before = wire.get("products?since=0")
    body = "sku,name\n" + "".join(f"P-{n},Product {n}\n" for n in range(6000)) + ",Nobody\n"
    for query in ("", "dry_run=1&mode=rows"):
        job = wire.finished(wire("supervisor", "POST", f"imports/products?{query}", data=body, content_type="text/csv").headers["Location"])
        assert numbers(job) == (5999, 1, 0, 1)
        assert (job["applied"], job["status"]) == (False, "done")
        assert wire.get("products?since=0") == before
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM audit WHERE deed = 'products_imported'")) == 1


def test_a_running_import_can_be_cancelled_and_leaves_nothing(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    going, on = threading.Event(), threading.Event()
    apply = storing._apply

    def slowly(*args: Any) -> None:
        going.set()
        assert on.wait(30)
        apply(*args)

    monkeypatch.setattr(storing, "_apply", slowly)
    body = "sku,name\n" + "".join(f"P-{n},Product {n}\n" for n in range(6000))
    wire.token("administrator")
    where = wire("supervisor", "POST", "imports/products", data=body, content_type="text/csv").headers["Location"].removeprefix("/api/v1/")
    assert going.wait(30)
    assert wire("administrator", "POST", f"{where}/cancellation").status_code == 200
    on.set()
    job = wire.finished(where)
    assert (job["status"], job["applied"], job["created"]) == ("cancelled", False, 0)
    assert wire.get("products")["rows"] == []
    with reading() as tx:
        deeds = tx.execute(text("SELECT deed, subject, actor FROM audit WHERE site_id = 0 AND deed LIKE '%import%'")).all()
    assert [tuple(one) for one in deeds] == [("import_cancelled", where.replace("imports/", "import "), "key:administrator None")]
    done = wire.send("products", "sku,name\nA,B\n")["id"]
    assert wire("supervisor", "POST", f"imports/{done}/cancellation").json["status"] == "done"


# Columns and mappings


def look(wire: Wire, kind: str, body: str | bytes, query: str = "", **more: Any) -> Any:
    found = wire(
        "supervisor", "POST", f"imports/{kind}/columns?{query}", data=body, content_type=more.pop("content_type", "text/csv"), **more
    )
    assert found.status_code == more.get("status", 200), found.text
    return found.json


def test_a_look_tells_how_a_file_is_written_and_keeps_nothing(wire: Wire) -> None:
    body = "Artikelnummer;Bezeichnung;EAN;VPE;EK-Preis\n" + "".join(f"A{n};Müsli;{GTIN};1;2,50\n" for n in range(30))
    found = look(wire, "products", body.encode("cp1252"))
    assert (found["encoding"], found["delimiter"], found["sheets"]) == ("cp1252", ";", [])
    assert found["guess"] == {
        "sku": "Artikelnummer",
        "name": "Bezeichnung",
        "barcode": "EAN",
        "barcode_quantity": "VPE",
        "cost": "EK-Preis",
    }
    assert len(found["sample"]) == 20
    assert found["sample"][0] == ["A0", "Müsli", GTIN, "1", "2,50"]
    assert [c["name"] for c in found["columns"] if c["required"]] == ["sku", "name"]
    assert wire.get("imports")["rows"] == []
    sheets = look(wire, "stock", workbook([["Lagerplatz", "Artikel-Nr", "Bestand", "MHD"], ["A", "B", 1, None]]), content_type=XLSX)
    assert (sheets["sheets"], sheets["sheet"]) == (["Sheet"], "Sheet")
    assert sheets["guess"] == {"location": "Lagerplatz", "quantity": "Bestand", "expiry": "MHD"} | (
        {"sku": "Artikel-Nr"} if "sku" in sheets["guess"] else {}
    )
    assert wire("supervisor", "POST", "imports/nothing/columns", data="a", content_type="text/csv").status_code == 404
    assert wire("accountant", "POST", "imports/products/columns", data="a", content_type="text/csv").status_code == 403


@pytest.mark.parametrize(
    "kind, header, row, expected",
    [
        ("products", ["Item No.", "Item Name", "UPC"], ["1", "Pen", GTIN], {"name": "Item Name", "barcode": "UPC"}),
        ("products", ["x", "y", "z", "w"], ["P1", "A blue pen", GTIN, "1.25"], {"name": "y", "barcode": "z", "cost": "w"}),
        ("products", ["sku", "sku", "name"], ["1", "2", "Pen"], {"name": "name"}),
        ("locations", ["Lagerplatz", "Bereich", "Typ"], ["A-1", "A", "bin"], {"code": "Lagerplatz", "parent": "Bereich"}),
        ("stock", ["Bin", "SKU", "On hand", "Batch"], ["A", "P", "3", "L"], {"location": "Bin", "sku": "SKU", "quantity": "On hand", "lot": "Batch"}),
        ("costs", ["Artikel", "Einkaufspreis"], ["P", "1"], {"sku": "Artikel", "cost": "Einkaufspreis"}),
        ("barcodes", ["Artikel", "Strichcode", "Menge"], ["P", GTIN, "1"], {"sku": "Artikel", "barcode": "Strichcode", "quantity": "Menge"}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_name_in_two_languages_and_by_contents(
    kind: str, header: list[str], row: list[str], expected: dict[str, str]
) -> None:
    found = guess(header, [row], KINDS[kind])
    assert {ours: found.get(ours) for ours in expected} == expected


def test_a_mapping_has_a_name_and_is_found_by_the_header_it_was_made_for(wire: Wire) -> None:
    columns = {"sku": "Nr, neu", "name": "Text"}
    saved = wire.put("imports/mappings/products/ERP%20list", {"columns": columns, "header": ["Text", "Nr, neu", "Rest"]})
    assert (saved["name"], saved["columns"], saved["for_all_sites"]) == ("ERP list", columns, True)
    body = 'Rest,"Nr, neu",Text\n,P-1,Pen\n'
    assert look(wire, "products", body)["mapping"]["name"] == "ERP list"
    assert look(wire, "products", "sku,name\n1,2\n")["mapping"] is None
    assert numbers(wire.send("products", body, "mapping=ERP list")) == (1, 0, 0, 0)
    assert numbers(wire.send("products", body, 'map={"sku":"Nr, neu","name":"Text"}')) == (0, 0, 1, 0)
    assert wire.send("products", body, "mapping=other", status=404)["code"] == "not_found"
    for bad in ("{", '{"colour":"Text"}', '{"sku":1}', "{}", '{"sku":" "}'):
        assert wire.send("products", body, f"map={bad}", status=400)["code"] == "bad_request"
    assert wire.put("imports/mappings/products/x", {"columns": {"colour": "Text"}}, status=400)["code"] == "bad_request"
    assert wire.put("imports/mappings/colours/x", {"columns": columns}, status=404)["code"] == "not_found"
    wire.put("imports/mappings/products/ERP%20list", {"columns": {"sku": "Text", "name": "Text"}})
    assert wire.get("imports/mappings/products/ERP list")["columns"]["sku"] == "Text"
    assert [row["name"] for row in wire.get("imports/mappings?kind=products")["rows"]] == ["ERP list"]
    assert wire("supervisor", "DELETE", "imports/mappings/products/ERP list").status_code == 204
    assert wire("supervisor", "DELETE", "imports/mappings/products/ERP list").status_code == 404
    with reading() as tx:
        assert tx.scalars(text("SELECT deed FROM audit WHERE subject = 'mapping products ERP list' ORDER BY journal")).all() == [
            "mapping_put",
            "mapping_put",
            "mapping_removed",
        ]


def test_a_sites_mapping_comes_before_that_of_all_sites(wire: Wire) -> None:
    everywhere, own = {"code": "Platz"}, {"code": "Fach"}
    wire.put("imports/mappings/locations/list", {"columns": everywhere})
    assert wire("supervisor", "PUT", "imports/mappings/locations/list", site="MAIN", json={"columns": own}).json["for_all_sites"] is False
    assert [row["columns"] for row in wire.get("imports/mappings", site="MAIN")["rows"]] == [own, everywhere]
    assert [row["columns"] for row in wire.get("imports/mappings")["rows"]] == [everywhere]
    assert numbers(wire.send("locations", "Fach\nA-1\n", "mapping=list", site="MAIN")) == (1, 0, 0, 0)
    assert wire("supervisor", "DELETE", "imports/mappings/locations/list", site="MAIN").status_code == 204
    assert [row["columns"] for row in wire.get("imports/mappings", site="MAIN")["rows"]] == [everywhere]


@pytest.mark.postgres_only  # on SQLite the second waits to be written down until the first is done
def test_four_imports_run_or_wait_and_a_fifth_is_asked_to_come_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    on = threading.Event()
    apply = storing._apply
    monkeypatch.setattr(storing, "_apply", lambda *args: (on.wait(5), apply(*args)))
    body = "sku,name\n" + "".join(f"P-{n},Product {n}\n" for n in range(5001))
    places = [wire("supervisor", "POST", "imports/products", data=body, content_type="text/csv").headers["Location"] for _ in range(4)]
    late = wire("supervisor", "POST", "imports/products", data=body, content_type="text/csv")
    on.set()
    assert (late.status_code, late.headers["Retry-After"]) == (429, "10")
    assert sorted(numbers(wire.finished(place)) for place in places) == [(0, 0, 5001, 0)] * 3 + [(5001, 0, 0, 0)]
