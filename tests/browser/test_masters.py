"""Products and locations in the console: found while one types, made, changed, archived and brought back; a rack at once."""

import re
import uuid

from playwright.sync_api import Page, expect

from app import times
from tests.browser.harness import Server, go


def test_a_product_is_found_by_words_and_by_a_barcode(desk: Page, server: Server) -> None:
    code, name = server.barcodes()[3]
    go(desk, "Products")
    desk.get_by_label("Find a product").fill(code)
    expect(desk.locator("main tbody tr")).to_have_count(1)
    desk.get_by_label("Find a product").fill(" ".join(reversed(name.upper().replace(",", "").split())))
    expect(desk.locator("main tbody tr").first).to_contain_text(name)
    desk.get_by_label("Find a product").fill("nothing is called this")
    desk.get_by_text("Nothing found").wait_for()


def test_a_long_list_is_shown_bit_by_bit(desk: Page) -> None:
    go(desk, "Products")
    expect(desk.locator("main tbody tr")).to_have_count(50)
    desk.get_by_role("button", name="Show more").click()
    expect(desk.locator("main tbody tr")).to_have_count(100)


def test_a_product_is_made_gets_a_case_is_archived_and_brought_back(desk: Page, server: Server) -> None:
    go(desk, "Products")
    desk.get_by_role("button", name="Add a product").click()
    desk.get_by_label("SKU", exact=True).fill("NEW/1")
    desk.get_by_label("Name").fill("Brass hook")
    desk.locator("form").get_by_role("button", name="Add a product").click()
    desk.get_by_role("heading", name="Brass hook", exact=False).first.wait_for()
    desk.get_by_role("textbox", name="Add a barcode").fill("HOOK-CASE")
    desk.get_by_label("One scan means (each)").fill("12")
    desk.get_by_role("button", name="Add", exact=True).click()
    desk.locator("td", has_text="HOOK-CASE").wait_for()
    scan = {"id": str(uuid.uuid4()), "task": "receive", "location": server.bins()[7], "barcode": "NEW/1", "quantity": "27"}
    server.call("POST", "/api/v1/scans", {"scans": [scan | {"scanned_at": times.wire(times.now())}]})
    desk.reload()
    desk.get_by_text("2 cases of 12 + 3").wait_for()
    desk.get_by_role("button", name="Take away HOOK-CASE").click()
    desk.get_by_text("HOOK-CASE was taken away.").wait_for()
    expect(desk.get_by_text("2 cases of 12 + 3")).to_have_count(0)
    desk.get_by_role("button", name="Undo").click()
    desk.get_by_text("2 cases of 12 + 3").wait_for()
    desk.get_by_role("link", name=server.bins()[7]).click()
    desk.locator("tr", has_text="Brass hook").get_by_text("2 \u00d7 12 + 3").wait_for()
    desk.go_back()
    desk.get_by_label("Name").fill("Brass hook, large")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("Saved").wait_for()
    desk.get_by_role("heading", name="Brass hook, large", exact=False).first.wait_for()
    desk.get_by_role("button", name="Archive").click()
    desk.get_by_text("archived", exact=True).wait_for()
    go(desk, "Products")
    desk.get_by_label("Find a product").fill("hook")
    desk.get_by_text("Nothing found").wait_for()
    desk.get_by_role("button", name="Archived").click()
    desk.get_by_role("link", name="Brass hook, large").click()
    desk.get_by_role("button", name="Bring back").click()
    desk.get_by_role("button", name="Archive").wait_for()


def test_what_cannot_change_any_more_says_why(desk: Page, server: Server) -> None:
    sku = server.call("GET", "/api/v1/stock?site=MAIN&limit=1")["rows"][0]["sku"]
    desk.goto(f"{server.base}/console#/products/{sku}")
    desk.get_by_label("Decimals").select_option("6")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("can't change once the product has moves").wait_for()


def test_a_rack_is_shown_while_one_types_and_made_at_once(desk: Page, server: Server) -> None:
    go(desk, "Locations")
    desk.get_by_role("button", name="Make a rack").click()
    desk.get_by_label("First code").fill("R-01-1")
    desk.get_by_label("Last code").fill("R-02")
    desk.get_by_text("That is no rack yet").wait_for()
    desk.get_by_label("Last code").fill("R-12-4")
    desk.get_by_label("Made above").select_option("aisle")
    desk.get_by_text("48 locations: R-01-1 to R-12-4").wait_for()
    desk.get_by_text("12 locations are made above them.").wait_for()
    desk.get_by_role("button", name="Make 48 locations").click()
    desk.get_by_role("link", name="R-07").click()
    desk.get_by_role("link", name="R-07-3").click()
    desk.get_by_text(re.compile("check digits [0-9]{2}")).wait_for()
    desk.get_by_text("one product only").click()
    desk.get_by_label("Number in the walk").fill("70")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("number 70 in the walk").wait_for()
    row = server.call("GET", "/api/v1/locations/R-07-3?site=MAIN")
    assert (row["single_product"], row["walk"], row["parent"], row["blocked"]) == (True, 70, "R-07", False)


def test_labels_are_a_link_away(desk: Page, server: Server) -> None:
    desk.goto(f"{server.base}/console#/locations/A-02")
    desk.locator("main").get_by_role("link", name="Labels").click()
    expect(desk.get_by_label("Which ones")).to_have_value("A-02*")
    desk.get_by_text("11 labels").wait_for()


def test_a_site_can_do_without_check_digits(desk: Page, server: Server) -> None:
    go(desk, "Locations")
    desk.get_by_label("Check digits").uncheck()
    expect(desk.locator("main tbody tr").first.locator("td").last).to_have_text("")
    assert server.call("GET", "/api/v1/locations/A-01-01?site=MAIN")["check"] is None
    desk.get_by_label("Check digits").check()
    expect(desk.locator("main tbody tr").first.locator("td").last).to_have_text(re.compile("^[0-9]{2}$"))


def order(server: Server, parent: str) -> list[tuple[str, int | None]]:
    return [(row["code"], row["walk"]) for row in server.call("GET", f"/api/v1/locations?site=MAIN&archived=false&parent={parent}")["rows"]]


def test_the_walking_order_is_dragged_or_moved_by_keys_saved_at_once_and_undone(desk: Page, server: Server) -> None:
    server.call("POST", "/api/v1/locations/ranges", {"from": "W-01", "to": "W-05", "parent": "MAIN", "kind": "aisle"})
    server.call("POST", "/api/v1/locations/ranges", {"from": "W-01-1", "to": "W-01-5", "parent": "W-01"})
    server.call("PUT", "/api/v1/locations/W-01-2?site=MAIN", {"walk": 70})
    before = order(server, "W-01")
    assert before == [("W-01-2", 70), ("W-01-1", None), ("W-01-3", None), ("W-01-4", None), ("W-01-5", None)]
    desk.goto(f"{server.base}/console#/locations/W-01")
    desk.get_by_role("button", name="Walking order").click()
    rows = desk.get_by_role("list", name="Walking order").get_by_role("listitem")
    expect(rows).to_have_count(5)
    grip, target = rows.filter(has_text="W-01-5").locator(".grip").bounding_box(), rows.nth(1).bounding_box()
    assert grip
    assert target
    desk.mouse.move(grip["x"] + 20, grip["y"] + 20)
    desk.mouse.down()
    desk.mouse.move(grip["x"] + 20, target["y"] + 10, steps=4)
    expect(rows.nth(1)).to_have_class("before")
    desk.mouse.up()
    desk.get_by_text("W-01-5 is number 2 of 5").wait_for()
    desk.get_by_role("button", name="Move W-01-2 down").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Move W-01-2 down")).to_be_focused()
    desk.keyboard.press("End")
    desk.get_by_text("W-01-2 is number 5 of 5").wait_for()
    desk.get_by_label("First number").fill("200")
    with desk.expect_request(lambda request: request.method == "POST") as saved:
        desk.get_by_role("button", name="Save").first.click()
    assert "/imports/locations" in saved.value.url
    desk.get_by_text("5 locations have their new number").wait_for()
    assert order(server, "W-01") == [("W-01-5", 200), ("W-01-1", 210), ("W-01-3", 220), ("W-01-4", 230), ("W-01-2", 240)]
    desk.get_by_role("button", name="Undo").click()
    expect(rows.first).to_contain_text("W-01-2")
    assert order(server, "W-01") == before


def test_names_of_nothing_but_dots_are_opened_and_changed_like_any_other(desk: Page, server: Server) -> None:
    """A browser takes `.` and `..` out of every address: such a product could be listed, not opened."""
    for page, add, field, codes in (
        ("Products", "Add a product", "SKU", (".", "..")),
        ("Locations", "Add a location", "Code", (".", "..")),
    ):
        for code in codes:
            go(desk, page)
            desk.get_by_role("button", name=add).click()
            desk.get_by_label(field, exact=True).fill(code)
            desk.get_by_label("Name").first.fill(f"{page} of {len(code)} dots")
            desk.locator("form").get_by_role("button", name=add).click()
            desk.get_by_role("heading", name=f"{page} of {len(code)} dots").first.wait_for()
            desk.reload()
            desk.get_by_label("Name").first.fill(f"Renamed {page} {len(code)}")
            desk.get_by_role("button", name="Save").first.click()
            desk.get_by_role("heading", name=f"Renamed {page} {len(code)}").first.wait_for()
    desk.goto(f"{server.base}/console#/products/.")
    desk.get_by_role("textbox", name="Add a barcode").fill("...")
    desk.get_by_role("button", name="Add", exact=True).click()
    desk.get_by_role("button", name="Take away ...").click()
    desk.get_by_text("... was taken away.").wait_for()
