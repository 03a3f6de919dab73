"""The end of a shift: what waits is in view and can be corrected, a gun changes hands, and a receipt with a code proves what arrived."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.harness import Gun, Server

Guns = Callable[..., Gun]


@pytest.fixture
def gun(guns: Guns, server: Server) -> Gun:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[26])
    gun.page.locator(".place").wait_for()
    return gun


def test_a_gun_changes_hands_with_scans_waiting_and_the_receipt_names_both_authors(gun: Gun, server: Server, desk: Page) -> None:
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.context.set_offline(True)
    gun.scan_saved("HANDS-1", "HANDS-2")
    gun.page.goto(f"{server.base}/#menu")
    gun.page.get_by_role("button", name="Hand over").click()
    gun.scan("OP-22")
    gun.page.wait_for_selector("[data-task=count]")
    gun.task("count")
    gun.scan(server.bins()[26])
    gun.scan_saved("HANDS-3")
    gun.page.goto(f"{server.base}/#proof")
    gun.page.get_by_text("3 made, server not reached").wait_for()
    assert gun.page.locator(".shift-code").count() == 0, "no code without the server"
    gun.context.set_offline(False)
    gun.page.get_by_role("button", name="Compare again").click()
    gun.page.get_by_text("3 made, 3 on the server").wait_for()
    receipt = gun.page.get_by_role("region", name="Receipt")
    assert "OP-17: 2 today" in receipt.inner_text()
    assert "OP-22: 1 today" in receipt.inner_text()
    code = gun.page.locator(".shift-code").inner_text()
    (stream,) = gun.streams
    assert code.replace("-", "") == server.proof(stream)["code"]
    gun.page.get_by_role("button", name="Back").click()
    gun.scan_saved("HANDS-4")
    gun.drained()
    desk.goto(f"{server.base}/console#devices")
    desk.get_by_role("navigation").get_by_role("link", name="Devices").click()
    desk.get_by_role("textbox", name="Code of an end-of-shift receipt").fill(code.lower())
    desk.get_by_role("button", name="Look up").click()
    desk.get_by_text("all 3 scans it had made are on the server").wait_for()
    desk.get_by_text("OP-17: 2, OP-22: 1").wait_for()
    desk.get_by_text("1 came later").wait_for()


def test_a_screen_that_was_never_fetched_says_so_where_the_network_is_gone(guns: Guns) -> None:
    """A tab without a service worker has only what it fetched before."""
    gun = guns("delete Navigator.prototype.serviceWorker;").enrol()
    gun.context.set_offline(True)
    gun.page.get_by_role("button", name="More").click()
    gun.page.get_by_role("button", name="End of shift").click()
    gun.page.get_by_text("The server can't be reached").wait_for()
    gun.page.get_by_role("button", name="Back").click()
    gun.page.locator("[data-task=count]").wait_for()


def test_what_waits_is_voided_from_the_list_while_offline(gun: Gun, server: Server) -> None:
    gun.page.route("**/api/v1/scans", lambda route: route.abort())
    gun.scan_saved("WRONG-1")
    gun.page.locator(".waits").click()
    gun.page.get_by_text("No connection.").wait_for()
    gun.page.get_by_text("The oldest has waited").wait_for()
    assert gun.page.get_by_text("no second copy").count() == 0
    gun.page.get_by_role("button", name="Undo #1").click()
    assert len(gun.saved) == 1, "it asks first: a void can't be voided"
    gun.page.get_by_role("button", name="Sure? #1").click()
    gun.page.get_by_text("Undone here").wait_for()
    gun.until(lambda: len(gun.saved) == 2)
    gun.page.unroute("**/api/v1/scans")
    gun.page.get_by_role("button", name="Send now").click()
    gun.drained()
    gun.arrived_once()
    assert gun.saved[0][0] in [row["voids"] for row in server.scans()]


def test_nothing_is_proven_while_a_scan_is_missing_on_the_server(gun: Gun, server: Server) -> None:
    gun.scan_saved("GAP-1", "GAP-2")
    gun.drained()
    gun.page.route("**/proof", lambda route: route.fulfill(json={**route.fetch().json(), "held": 1}))
    gun.page.goto(f"{server.base}/#proof")
    gun.page.get_by_text("2 made, 1 on the server: they differ").wait_for()
    assert gun.page.locator("[data-proven=no]").count() == 1
    assert gun.page.locator(".shift-code").count() == 0
