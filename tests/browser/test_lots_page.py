"""The page of lots: what expires is seen, held with a reason, released; when a lot expires can be corrected."""

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def test_what_expires_is_seen_held_and_released(desk: Page, server: Server) -> None:
    go(desk, "Lots")
    desk.get_by_label("Look ahead").select_option("730")
    row = desk.locator("section[aria-labelledby=life] tbody tr").first
    row.wait_for()
    expect(desk.locator(".bars dt").first).to_have_text("expired")
    bars = [int(n) for n in desk.locator(".bars dd").all_inner_texts()]
    told = server.call("GET", "/api/v1/shelf-life?days=730")
    assert sum(bars) == len(told["rows"]) > 0
    first = told["rows"][0]
    row.get_by_role("button", name="Hold").click()
    row.get_by_label("Reason").fill("Label is torn")
    row.get_by_role("button", name="Hold").click()
    held = desk.locator("section[aria-labelledby=held] tbody tr")
    held.first.wait_for()
    expect(held.first).to_contain_text(first["lot"])
    expect(held.first).to_contain_text("Label is torn")
    expect(desk.locator("section[aria-labelledby=life] tbody tr").first).to_contain_text("on hold")
    held.first.get_by_role("button", name="Release").click()
    held.first.get_by_label("Reason").fill("New label")
    held.first.get_by_role("button", name="Release").click()
    desk.get_by_text("Nothing is held").wait_for()


def test_when_a_lot_expires_is_corrected(desk: Page, server: Server) -> None:
    first = server.call("GET", "/api/v1/shelf-life?days=730")["rows"][0]
    go(desk, "Lots")
    desk.get_by_label("SKU of the product").fill(first["sku"])
    desk.get_by_label("Lot", exact=True).fill(first["lot"])
    desk.get_by_label("Expires", exact=True).fill("2031-02-28")
    desk.get_by_role("button", name="Save when it expires").click()
    desk.get_by_text(f"Saved: {first['sku']} {first['lot']}").wait_for()
    lots = {row["lot"]: row["expiry"] for row in server.call("GET", f"/api/v1/lots?sku={first['sku']}&limit=500")["rows"]}
    assert lots[first["lot"]] == "2031-02-28"
    desk.get_by_label("SKU of the product").fill("NO-SUCH")
    desk.get_by_role("button", name="Save when it expires").click()
    desk.get_by_text("There is no such product.").wait_for()


def test_a_product_shows_its_lots_and_why_one_is_held(desk: Page, server: Server) -> None:
    first = server.call("GET", "/api/v1/shelf-life?days=730")["rows"][0]
    server.call("POST", "/api/v1/holds", {"sku": first["sku"], "lot": first["lot"], "held": True, "reason": "Smells odd"})
    desk.goto(f"{server.base}/console#/products/{first['sku']}")
    row = desk.locator("section", has=desk.get_by_role("heading", name="Lots")).locator("tr", has_text=first["lot"])
    expect(row).to_contain_text("Smells odd")
    expect(row).to_contain_text("on hold")
    row.get_by_role("button", name="Release").click()
    row.get_by_label("Reason").fill("Aired")
    row.get_by_role("button", name="Release").click()
    expect(row).not_to_contain_text("on hold")
