"""The page of imports: a file's columns are guessed, said, kept under a name; tried, mended, imported, cancelled, listed."""

import csv
import io
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def choose(page: Page, name: str, text: str | bytes) -> None:
    raw = text if isinstance(text, bytes) else text.encode()
    page.set_input_files("#import-file", {"name": name, "mimeType": "application/octet-stream", "buffer": raw})


def test_a_german_list_is_understood_tried_mended_and_imported(desk: Page, server: Server, tmp_path: Path) -> None:
    go(desk, "Imports")
    desk.get_by_text("No file chosen yet").wait_for()
    choose(
        desk,
        "haken.csv",
        'Artikelnr;Bezeichnung;Preis;Farbe\nBH-1;Messinghaken;1.20;gelb\nBH-2;"=Haken";2,40;rot\n;Ohne;1;\n'.encode("cp1252"),
    )
    expect(desk.get_by_label("SKU needed")).to_have_value("Artikelnr")
    expect(desk.get_by_label("Name needed")).to_have_value("Bezeichnung")
    expect(desk.get_by_label("Unit cost")).to_have_value("Preis")
    desk.get_by_text("BH-1 · BH-2").wait_for()
    desk.get_by_role("button", name="Try it").click()
    desk.locator("main .notice", has_text="2 rows would be refused").wait_for()
    assert server.call("GET", "/api/v1/products/BH-1", status=404)
    desk.get_by_label("When a row is refused").select_option("rows")
    desk.get_by_role("button", name="Import", exact=True).click()
    desk.locator("main .notice", has_text="2 rows were refused").wait_for()
    expect(desk.locator("tr", has_text="Not a decimal number")).to_contain_text("Unit cost")
    with desk.expect_download() as file:
        desk.get_by_role("link", name="2 refused rows as CSV").first.click()
    file.value.save_as(tmp_path / "rejected.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "rejected.csv").read_text("utf-8-sig"))))
    assert [row[:4] for row in rows[1:]] == [["BH-2", "'=Haken", "2,40", "rot"], ["", "Ohne", "1", ""]]
    rows[1][2], rows[2][0] = "2.40", "BH-3"
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    choose(desk, "rejected.csv", out.getvalue())
    desk.get_by_role("button", name="Import", exact=True).click()
    desk.get_by_text("2 rows: 2 new").first.wait_for()
    assert server.call("GET", "/api/v1/products/BH-2")["name"] == "=Haken"
    known = len(server.call("GET", "/api/v1/imports?limit=500")["rows"])
    assert known >= 3
    expect(desk.locator("section", has=desk.get_by_role("heading", name="Earlier imports")).locator("tbody tr")).to_have_count(
        min(known, 20)
    )


def test_columns_that_nobody_could_guess_are_said_once_and_known_again(desk: Page, server: Server) -> None:
    go(desk, "Imports")
    text = "x1;x2\nQX-1;Zange\n"
    choose(desk, "odd.csv", text)
    desk.get_by_text("Say where to find: SKU").wait_for()
    expect(desk.get_by_role("button", name="Import", exact=True)).to_be_disabled()
    desk.get_by_label("SKU needed").select_option("x1")
    desk.get_by_label("Name needed").select_option("x2")
    desk.get_by_role("button", name="Save these columns").click()
    desk.locator("#mapping-name").fill("Old ERP")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("Saved as “Old ERP”").wait_for()
    choose(desk, "again.csv", text.replace("QX-1", "QX-2"))
    desk.get_by_text("Columns as in “Old ERP”").wait_for()
    desk.get_by_role("button", name="Import", exact=True).click()
    desk.get_by_text("1 rows: 1 new").first.wait_for()
    assert server.call("GET", "/api/v1/products/QX-2")["name"] == "Zange"


def test_a_decimal_comma_and_german_days_are_guessed_shown_and_kept_with_the_columns(desk: Page, server: Server) -> None:
    server.call("PUT", "/api/v1/products/KOMMA", {"name": "Komma", "decimals": 3, "tracking": "lot"})
    place = next(row["code"] for row in server.call("GET", "/api/v1/locations?site=MAIN&limit=500")["rows"] if row["kind"] == "bin")
    go(desk, "Imports")
    desk.get_by_label("What is in the file").select_option("stock")
    text = f"Lagerplatz;Artikel;Charge;Menge;MHD\n{place};KOMMA;K1;1.250,5;1.2.2031\n{place};KOMMA;K2;2,5;28.2.2031\n"
    choose(desk, "bestand.csv", text)
    expect(desk.get_by_label("How it writes numbers")).to_have_value("comma")
    expect(desk.get_by_label("How it writes dates")).to_have_value("DD.MM.YYYY")
    desk.get_by_role("button", name="Try it").click()
    understood = desk.locator("table", has=desk.get_by_role("columnheader", name="Expires"))
    expect(understood.locator("tbody tr").first).to_contain_text("1250.5")
    expect(understood.locator("tbody tr").first).to_contain_text("2031-02-01")
    desk.get_by_label("How it writes numbers").select_option("point")
    desk.get_by_role("button", name="Try it").click()
    desk.locator("main .notice", has_text="2 rows would be refused").wait_for()
    desk.get_by_label("How it writes numbers").select_option("comma")
    desk.get_by_role("button", name="Save these columns").click()
    desk.locator("#mapping-name").fill("Stock list")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.get_by_text("Saved as “Stock list”").wait_for()
    choose(desk, "again.csv", text.replace("1.250,5", "3").replace("2,5", "4"))
    desk.get_by_text("Columns as in “Stock list”").wait_for()
    expect(desk.get_by_label("How it writes numbers")).to_have_value("comma")


def test_a_file_that_cannot_be_read_says_so_and_a_text_is_never_markup(desk: Page) -> None:
    go(desk, "Imports")
    choose(desk, "bomb.xlsx", b"PK\x03\x04 no zip")
    desk.get_by_role("alert").get_by_text("no XLSX").wait_for()
    choose(desk, "<img src=x onerror=alert(1)>.csv", "<b>sku</b>,name\n<script>alert(1)</script>,<i>x</i>\n")
    desk.locator("#column-sku").wait_for()
    assert desk.locator("main script, main b, main img").count() == 0


def test_a_large_import_shows_how_far_it_is_and_ends(desk: Page, server: Server) -> None:
    go(desk, "Imports")
    choose(desk, "large.csv", "sku,name\n" + "".join(f"LARGE-{n},Product {n}\n" for n in range(20_000)))
    desk.get_by_role("button", name="Try it").click()
    desk.get_by_text("all rows are good").first.wait_for(timeout=60_000)
    desk.get_by_text("20,000 rows: 20,000 new").first.wait_for()


def test_files_to_edit_are_a_link_away(desk: Page) -> None:
    go(desk, "Imports")
    with desk.expect_download() as file:
        desk.get_by_role("link", name="Locations, XLSX").click()
    assert file.value.suggested_filename.startswith("locations-")
    with desk.expect_download() as file:
        desk.get_by_role("link", name="Opening stock, CSV").click()
    assert file.value.suggested_filename.startswith("opening-")
