"""Look up: what the server knows, and admitting what this device does not."""

import uuid
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
    gun.scan(f"]C101{code[:-1].zfill(13)}{(int(code[-1]) + 1) % 10}10L-7")
    gun.page.get_by_text("check digit is wrong").wait_for()
    gun.scan("00106141411234567897")
    gun.page.get_by_text("Logistic unit (SSCC)").wait_for()
    gun.scan(f"(01){code.zfill(14)}(3103)001250(30)3")
    gun.page.get_by_text("1.25 kg \u00b7 \u00d7 3").wait_for()
    for name, barcode in (("Small", "00000001234565"), ("Big", "012345000065")):
        server.call("PUT", f"/api/v1/products/EIGHT-{name}", {"name": f"Eight {name}", "barcodes": [{"code": barcode, "quantity": "1"}]})
    gun.scan("01234565")
    gun.page.locator(".fact", has_text="Eight Small").wait_for()
    gun.page.locator(".fact", has_text="Eight Big").wait_for()
    assert gun.page.get_by_text("Nothing on hand").count() == 0, "of which of the two?"
    lot = server.call("GET", "/api/v1/shelf-life?days=730")["rows"][0]
    gun.scan(lot["sku"])
    gun.page.locator("li", has_text=lot["location"]).filter(has_text=f"{lot['lot']} \u00b7 {lot['expiry']}").first.wait_for()
    gun.context.set_offline(True)
    gun.scan("NO-SUCH-CODE-2")
    gun.page.get_by_text("Stock is not known here").wait_for()
    gun.page.locator(".fact", has_text="not in this device's copy (").wait_for()
    gun.page.get_by_text("Its list is").wait_for()
    gun.context.set_offline(False)


def test_a_gs1_code_shows_its_lot_its_date_and_that_it_has_expired_without_the_network(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("look")
    code, name = server.barcodes()[4]
    gun.scan(code)
    gun.page.locator(".fact", has_text=name).wait_for()
    gun.context.set_offline(True)
    gun.scan(f"(01){code.zfill(14)}(17)991231(10)L-7")
    gun.page.locator(".fact", has_text=name).filter(has_text="L-7 \u00b7 1999-12-31 \u00b7 expired").wait_for()
    gun.page.get_by_role("button", name="Tasks").click()
    gun.task("receive").scan(server.bins()[0])
    gun.scan_saved(f"https://id.example.com/01/{code}/10/L-8?17=491231")
    gun.page.locator(".last", has_text=name).filter(has_text="L-8 \u00b7 2049-12-31").wait_for()
    gun.context.set_offline(False)


def test_a_shops_own_code_shows_its_product_without_the_network(guns: Guns, server: Server) -> None:
    server.call(
        "PUT",
        "/api/v1/products/HAM",
        {"name": "Ham", "unit": "kg", "decimals": 3, "barcodes": [{"code": "2112345000008", "quantity": "1"}]},
    )
    server.call("PUT", "/api/v1/sites/MAIN", {"in_store": "21iiiiiwwwwwc=kg3"})
    gun = guns().enrol().task("look")
    gun.scan("2112345000008")
    gun.until(lambda: "Ham" in (told := gun.page.locator(".lines").inner_text()) and "copy" not in told)
    gun.context.set_offline(True)
    gun.scan("2112345012506")
    gun.page.get_by_text("Stock is not known here").wait_for()
    gun.page.locator(".fact", has_text="Ham").wait_for()
    gun.context.set_offline(False)
    server.call("PUT", "/api/v1/sites/MAIN", {"in_store": None})


def test_not_in_my_copy_no_copy_yet_and_unknown_to_the_server_are_three_answers(guns: Guns, server: Server) -> None:
    fresh = f"FRESH-{uuid.uuid4().hex[:6]}"
    with_copy = guns().enrol().task("look")
    without = guns()
    without.context.route("**/api/v1/products?*", lambda route: route.abort())
    without.enrol().task("receive").scan(server.bins()[30])
    server.call("PUT", f"/api/v1/products/{fresh}", {"name": "Just made"})
    with_copy.scan(fresh)
    known = with_copy.page.locator(".fact", has_text="not in this device's copy").filter(has_text=fresh)
    known.filter(has_text="known to the server").wait_for()
    with_copy.page.locator(".fact", has_text="Just made").wait_for()
    with_copy.scan("NO-SUCH-CODE-3")
    with_copy.page.get_by_text("Unknown to the server too").wait_for()
    without.context.set_offline(True)
    without.scan_saved(fresh)
    without.page.locator(".last", has_text="no product list yet").wait_for()
    without.context.set_offline(False)
    without.drained()
    without.page.locator(".last", has_text="known to the server").wait_for()


def test_search_by_name_finds_offline_and_touching_is_like_scanning(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("look")
    code, name = server.barcodes()[3]
    gun.scan(code)
    gun.page.locator(".fact", has_text=name).wait_for()
    gun.context.set_offline(True)
    gun.page.get_by_role("button", name="Type or search").click()
    gun.page.get_by_label("Code or name").fill(" ".join(reversed(name.upper().split()[:2])))
    gun.page.locator(".hit", has_text=name).first.click()
    gun.page.locator(".fact", has_text=name).wait_for()
    gun.page.get_by_role("button", name="Tasks").click()
    gun.task("receive").scan(server.bins()[0])
    gun.page.get_by_role("button", name="Type or search").click()
    gun.page.get_by_label("Code or name").fill(name)
    before = len(gun.saved)
    gun.page.locator(".hit", has_text=name).first.click()
    gun.until(lambda: len(gun.saved) > before)
    gun.page.locator(".last", has_text=name).wait_for()
    gun.context.set_offline(False)


def test_stock_here_where_and_as_of_a_time(desk: Page, guns: Guns, server: Server) -> None:
    code, name = server.barcodes()[6]
    bin_ = server.bins()[31]
    gun = guns().enrol().task("receive")
    gun.scan(bin_)
    gun.scan_saved(code, code)
    gun.drained()
    go(desk, "Stock")
    desk.get_by_role("heading", name="All stock").wait_for()
    desk.locator("tbody tr").nth(49).wait_for()
    desk.get_by_role("button", name="Show more").click()
    desk.locator("tbody tr").nth(99).wait_for()
    field = desk.get_by_label("Location, SKU or barcode")
    field.fill(bin_)
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.get_by_role("heading", name=f"What is at {bin_}").wait_for()
    desk.locator("tr", has_text=name).wait_for()
    field.fill(code)
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.get_by_role("heading", name=f"Where {name} is").wait_for()
    desk.locator("tr", has_text=bin_).wait_for()
    desk.get_by_label("As of").fill("2001-01-01T12:00")
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.get_by_text("Nothing on hand").wait_for()
    field.fill("NO-SUCH-THING")
    desk.get_by_role("button", name="Show", exact=True).click()
    desk.get_by_text("is unknown").wait_for()
