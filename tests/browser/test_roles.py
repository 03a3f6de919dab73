"""The console shows what the roles of whoever signed in allow, and the site they chose."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.browser.harness import PASSWORD, Gun, Server, first_sign_in, go

Guns = Callable[..., Gun]
ALL = [
    "Overview", "Measures", "Counts", "Planning", "Waiting scans", "Unknown codes", "Scan anything", "Stock", "Lots", "Products", "Locations",
    "Devices", "Settings",
]  # fmt: skip
_EDITS = [*ALL[:11], "Labels", "Imports", "Devices", "Operators"]
MORE = {
    "supervisor": [*_EDITS, "Settings"], "administrator": [*_EDITS, "People", "Keys", "Audit trail", "Seals", "Settings"],
    "auditor": [*ALL[:12], "Audit trail", "Seals", "Settings"],
}  # fmt: skip


def sign_in(page: Page, server: Server, *roles: str) -> Page:
    """Sign in as a person with just these roles."""
    name = "Only " + " and ".join(roles)
    if name not in [row["name"] for row in server.call("GET", "/api/v1/people?limit=500")["rows"]]:
        server.call("POST", "/api/v1/people", {"name": name, "roles": roles, "password": PASSWORD})
    page.goto(f"{server.base}/console")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").wait_for()
    return page


def menu(page: Page) -> list[str]:
    return page.get_by_role("navigation").get_by_role("link").all_inner_texts()


def test_an_operator_sees_what_operators_may_see_and_the_way_to_the_scanner(guns: Guns, server: Server) -> None:
    page = sign_in(guns().page, server, "operator")
    assert menu(page) == ["Stock"]
    page.get_by_text("You are signed in as operator").wait_for()
    assert page.get_by_text("You may not do this").count() == 0
    go(page, "Stock")
    page.get_by_label("Location, SKU or barcode").fill(server.bins()[3])
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("heading", name="What is at").wait_for()
    page.goto(f"{server.base}/console#/devices")
    page.get_by_role("link", name="To the scanner").click()
    page.get_by_text("Enrol this device").wait_for()


@pytest.mark.parametrize("role, plans, enrols", [("accountant", 0, 0), ("auditor", 0, 0), ("administrator", 0, 1), ("supervisor", 1, 1)])
def test_what_a_role_may_not_do_is_not_offered(guns: Guns, server: Server, role: str, plans: int, enrols: int) -> None:
    server.cli("devices", "enrol", f"gun of {role}")
    page = sign_in(guns(viewport={"width": 1180, "height": 820}).page, server, role)
    assert menu(page) == MORE.get(role, ALL)
    page.locator(".card", has_text="device").wait_for()
    expect(page.get_by_role("link", name="Plan a count")).to_have_count(plans)
    go(page, "Counts")
    page.get_by_role("heading", name="Counts", exact=True).wait_for()
    expect(page.get_by_role("link", name="Plan a count")).to_have_count(plans)
    go(page, "Devices")
    page.locator("tr", has_text=f"gun of {role}").wait_for()
    expect(page.get_by_role("button", name="Enrol a device")).to_have_count(enrols)
    expect(page.get_by_role("button", name=f"Revoke gun of {role}")).to_have_count(enrols)
    page.goto(f"{server.base}/console#/counts/new")
    page.get_by_role("heading", name="Plan a count" if plans else "Not your page").wait_for()


def test_the_password_hint_says_the_number_that_holds(guns: Guns, server: Server) -> None:
    page = guns().page
    page.goto(server.cli("setup-link"))
    page.get_by_text("At least 10 characters").wait_for()
    page.get_by_label("Name").fill("Ada Sundqvist")
    page.get_by_label("New password").fill("nine char")
    page.get_by_role("button", name="Make my sign-in").click()
    page.get_by_text("Take at least 10 characters").wait_for()


def test_the_first_visit_is_no_error_in_the_browser(guns: Guns, server: Server) -> None:
    page, told = guns().page, []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            told.append(message.text)

    page.on("console", hear)
    page.goto(f"{server.base}/console")
    page.locator("h1").wait_for()
    assert told == []


@pytest.fixture
def two_sites(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    server.cli("sites", "add", "NORTH", "Northern site")
    yield server
    server.stop()


def test_whoever_works_for_all_sites_chooses_one(guns: Guns, two_sites: Server) -> None:
    server = two_sites
    server.cli("devices", "enrol", "gun of main")
    server.cli("devices", "enrol", "gun of north", "--site", "NORTH")
    page = guns(viewport={"width": 1180, "height": 820}).page
    first_sign_in(page, server)
    expect(page.locator("select.site")).to_have_value("MAIN")
    go(page, "Devices")
    page.locator("tr", has_text="gun of main").wait_for()
    page.locator("select.site").select_option("NORTH")
    page.locator("tr", has_text="gun of north").wait_for()
    assert page.get_by_text("gun of main").count() == 0
    go(page, "Counts")
    page.get_by_role("link", name="Plan a count").click()
    page.locator(".pick", has_text="NORTH").wait_for()
    expect(page.locator(".picks .pick")).to_have_count(1)
    page.reload()
    expect(page.locator("select.site")).to_have_value("NORTH")
    go(page, "People")
    page.get_by_role("button", name="Add a person").click()
    page.get_by_label("Name").fill("Nora of the north")
    page.locator("fieldset").get_by_label("supervisor").check()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Add a person").click()
    page.locator("tr", has_text="Nora of the north").get_by_text("NORTH", exact=True).wait_for()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("Name").fill("Nora of the north")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
    go(page, "Devices")
    page.locator("tr", has_text="gun of north").wait_for()
    expect(page.locator("select.site")).to_have_count(0)
