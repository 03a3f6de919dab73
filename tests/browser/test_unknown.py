"""The page of unknown codes: matched to a product or a new one, what waits posts; bad labels are listed."""

import uuid

from playwright.sync_api import Page, expect

from app import times
from tests.browser.harness import Server, go


def waiting(server: Server, code: str, quantity: str) -> None:
    """Two scans of a code that nobody knows."""
    scans = [
        {"id": str(uuid.uuid4()), "task": "receive", "location": server.bins()[5], "barcode": code, "quantity": quantity, "operator": "OP-17",
         "scanned_at": times.wire(times.now()), "via": via}
        for via in ("wedge", "keyed")
    ]  # fmt: skip
    server.call("POST", "/api/v1/scans", {"scans": scans})


def test_a_code_is_matched_to_a_product_and_what_waits_posts(desk: Page, server: Server) -> None:
    waiting(server, "CARTON-77", "2")
    name = server.barcodes()[0][1]
    go(desk, "Unknown codes")
    panel = desk.locator("[data-code=CARTON-77]")
    expect(panel).to_contain_text("2 scans wait")
    expect(panel).to_contain_text("OP-17")
    panel.get_by_role("button", name="Match").click()
    panel.get_by_label("Product", exact=True).fill(name)
    panel.locator(".picks button", has_text=name).first.click()
    panel.get_by_label("One scan means").fill("6")
    panel.get_by_label("Note").fill("New carton")
    panel.get_by_role("button", name="Match and post 2").click()
    desk.get_by_text("2 scans posted").wait_for()
    expect(desk.locator("[data-code=CARTON-77]")).to_have_count(0)
    found = server.call("GET", "/api/v1/lookup?code=CARTON-77")
    assert (found["kind"], found["candidates"][0]["quantity"]) == ("product", "6")
    row = desk.locator("section[aria-labelledby=bad-labels] tr", has_text="CARTON-77")
    expect(row).to_contain_text("keyed 1")
    expect(row).not_to_contain_text("unknown")


def test_a_code_becomes_a_new_product(desk: Page, server: Server) -> None:
    waiting(server, "NEW-THING", "1")
    go(desk, "Unknown codes")
    panel = desk.locator("[data-code=NEW-THING]")
    panel.get_by_role("button", name="Match").click()
    panel.get_by_role("button", name="a new product").click()
    expect(panel.get_by_label("SKU of the product")).to_have_value("NEW-THING")
    expect(panel.get_by_role("button", name="Match and post")).to_be_disabled()
    panel.get_by_label("Name").fill("A new thing")
    panel.get_by_label("The product learns").uncheck()
    panel.get_by_role("button", name="Match and post 2").click()
    desk.get_by_text("2 scans posted").wait_for()
    assert server.call("GET", "/api/v1/stock?sku=NEW-THING")["rows"][0]["quantity"] == "2"
