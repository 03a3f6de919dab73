"""Look up: what the server knows, and admitting what this device does not."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.harness import Gun, Server, go

Guns = Callable[..., Gun]


def test_a_look_up_tells_where_it_is_and_admits_ignorance(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("look")
    code, name = server.barcodes()[0]
    gun.scan(code)
    gun.page.locator(".fact", has_text=name).wait_for()
    gun.scan("NO-SUCH-CODE-1")
    gun.page.get_by_text("Unknown to the server too").wait_for()
    gun.context.set_offline(True)
    gun.scan("NO-SUCH-CODE-2")
    gun.page.get_by_text("Stock is not known here").wait_for()
    gun.page.locator(".fact", has_text="not in this device's copy").wait_for()
    gun.context.set_offline(False)


def test_stock_here_where_and_as_of_a_time(desk: Page, guns: Guns, server: Server) -> None:
    code, name = server.barcodes()[6]
    bin_ = server.bins()[31]
    gun = guns().enrol().task("receive")
    gun.scan(bin_)
    gun.scan_saved(code, code)
    gun.drained()
    go(desk, "Stock")
    field = desk.get_by_label("Location, SKU or barcode")
    field.fill(bin_)
    desk.get_by_role("button", name="Show").click()
    desk.locator("tr", has_text=name).wait_for()
    field.fill(code)
    desk.get_by_role("button", name="Show").click()
    desk.locator("tr", has_text=bin_).wait_for()
    desk.get_by_label("As of").fill("2001-01-01T12:00")
    desk.get_by_role("button", name="Show").click()
    desk.get_by_text("Nothing on hand").wait_for()
    field.fill("NO-SUCH-THING")
    desk.get_by_role("button", name="Show").click()
    desk.get_by_text("is unknown").wait_for()
