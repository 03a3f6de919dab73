"""Scan anything: what it is, where it is, what happened to it; a code that nobody knows is linked on the spot."""

import uuid
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from app import times
from tests.browser.harness import Gun, Server, go


def ask(desk: Page, code: str) -> None:
    desk.get_by_label("Scan or type any code").fill(code)
    desk.keyboard.press("Enter")


def test_a_label_with_a_lot_tells_all_it_says_and_what_happened(desk: Page, server: Server) -> None:
    sku = server.call("GET", "/api/v1/shelf-life?days=730")["rows"][0]["sku"]
    server.call("PUT", f"/api/v1/products/{sku}", {"barcodes": [{"code": "9521234001003", "quantity": "1"}]})
    code, place = "(01)09521234001003(17)200131(10)OLD-1", server.bins()[7]
    server.call("POST", "/api/v1/scans", {"scans": [{"id": str(uuid.uuid4()), "task": "receive", "location": place, "barcode": code, "quantity": "3", "operator": "OP-17", "scanned_at": times.wire(times.now())}]})  # fmt: skip
    for lot, reason in ((None, "recalled"), ("OLD-1", "smells")):
        server.call("POST", "/api/v1/holds", {"sku": sku, "lot": lot, "held": True, "reason": reason})
    go(desk, "Scan anything")
    ask(desk, code)
    desk.locator("[data-kind=lot]").wait_for()
    expect(desk.locator(".says")).to_contain_text("OLD-1")
    expect(desk.locator(".says")).to_contain_text("2020-01-31")
    expect(desk.locator(".notice.warn")).to_contain_text("expired")
    where, happened = desk.locator("[data-kind=lot] table").all()
    expect(where).to_contain_text(place)
    rows = happened.locator("tbody tr")
    for row, told in enumerate((("Hold", "smells", "OLD-1"), ("Hold", "recalled", "all of it"), ("Receive",))):
        for text in told:
            expect(rows.nth(row)).to_contain_text(text)
    expect(happened).to_contain_text(f"SUPPLIER \u2192 {place}")
    for lot in (None, "OLD-1"):
        server.call("POST", "/api/v1/holds", {"sku": sku, "lot": lot, "held": False, "reason": "fine"})
    ask(desk, place)
    desk.locator("[data-kind=location]").wait_for()
    expect(desk.locator("[data-kind=location] table").first).to_contain_text(sku)
    desk.get_by_role("group", name="Scanned before").get_by_role("button").first.click()
    desk.locator("[data-kind=lot]").wait_for()


def test_an_unknown_code_is_linked_on_the_spot_without_a_change_of_stock(desk: Page, server: Server) -> None:
    _, name = server.barcodes()[0]
    before = server.call("GET", "/api/v1/moves?limit=500")["journal"]
    go(desk, "Scan anything")
    ask(desk, "SHELF-LABEL-9")
    desk.locator("[data-kind=unknown]").wait_for()
    desk.get_by_label("Product", exact=True).fill(name)
    desk.locator(".picks button", has_text=name).first.click()
    desk.get_by_role("button", name="Link", exact=True).click()
    desk.locator("[data-kind=product]").wait_for()
    expect(desk.locator("[data-kind=product]")).to_contain_text(name)
    assert server.call("GET", f"/api/v1/moves?since={before}")["rows"] == []


def test_a_supervisor_links_on_the_spot_what_the_app_does_not_know(guns: Callable[..., Gun], server: Server, signed_in: Any) -> None:
    code, (barcode, name) = f"Spot %/ü#{uuid.uuid4().hex[:4]}", server.barcodes()[1]
    before = server.call("GET", "/api/v1/moves?limit=500")["journal"]
    gun = guns(storage_state=signed_in).enrol().task("look")
    gun.scan(code)
    link = gun.page.get_by_role("link", name="Supervisor: link it")
    with gun.context.expect_page() as opened:
        link.click()
    desk = opened.value
    desk.locator("[data-kind=unknown]", has_text=code).wait_for()
    desk.get_by_label("Product", exact=True).fill(barcode)
    desk.locator(".picks button", has_text=name).first.click()
    desk.get_by_label("One scan means").fill("6")
    desk.get_by_role("button", name="Link", exact=True).click()
    desk.locator("[data-kind=product]", has_text=name).wait_for()
    desk.close()
    gun.scan(code)
    gun.page.locator(".fact", has_text=name).filter(has_text="\u00d76").wait_for()
    expect(link).to_have_count(0)
    assert server.call("GET", f"/api/v1/moves?since={before}")["rows"] == []


def test_a_scan_is_heard_wherever_the_focus_went(desk: Page, server: Server) -> None:
    go(desk, "Scan anything")
    one, two, three = server.bins()[:3]
    desk.get_by_role("heading", name="Scan anything").click()
    for place, lost in ((one, lambda: desk.get_by_role("heading", name="What happened").click()), (two, lambda: desk.get_by_role("link", name="Open").focus()), (three, lambda: None)):  # fmt: skip
        desk.keyboard.type(place)
        desk.keyboard.press("Enter")
        desk.locator("[data-kind=location]", has_text=place).wait_for()
        lost()
    expect(desk).to_have_url(f"{server.base}/console#/anything")


def test_a_gun_at_the_desk_keeps_its_separator_and_a_bad_message_says_why(desk: Page, server: Server) -> None:
    go(desk, "Scan anything")
    desk.get_by_label("Scan or type any code").press_sequentially("(10)A")
    desk.keyboard.press("F8")
    desk.keyboard.press("Control+]")
    assert desk.get_by_label("Scan or type any code").input_value() == "(10)A\x1d\x1d"
    ask(desk, "]C1010952000000000417271331")
    expect(desk.locator(".notice.warn")).to_contain_text("What stands behind 17 is nothing that 17 may hold")
    ask(desk, "(01)09520000000004(3103)001250(8005)000199")
    expect(desk.locator(".says")).to_contain_text("1.25 kg")
    ask(desk, "2112345012506")
    expect(desk.locator("[data-kind=unknown]")).to_contain_text("Own number of a shop")
