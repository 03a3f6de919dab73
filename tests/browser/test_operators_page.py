"""The page of operators: a supervisor gives a code, lets in who is locked out, and takes a PIN off, each with what a gun then may."""

import json
import urllib.error
import urllib.request
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go

PIN = "204173"


def test_a_supervisor_sees_to_the_pins_of_operators(desk: Page, server: Server) -> None:
    badge = f"PG-{uuid.uuid4().hex[:6].upper()}"
    name = f"Paged {badge}"
    server.call("POST", "/api/v1/people", {"name": name, "badge": badge, "roles": ["operator"], "site": "MAIN"})
    token = server.cli("devices", "enrol", f"gun {badge}")

    def gun(path: str, **said: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{server.base}/api/v1/{path}", json.dumps({"badge": badge, **said}).encode(), headers)
        try:
            return json.load(urllib.request.urlopen(request, timeout=20)).get("name")
        except urllib.error.HTTPError as error:
            return json.load(error)["code"]

    go(desk, "Operators")
    row = desk.locator("tr", has_text=badge)
    row.get_by_role("button", name=f"Code for a PIN of {name}").click()
    code = desk.locator(".notice.good .prompt").inner_text()
    row.get_by_text("a code waits until").wait_for()
    assert gun("pins", code=code, pin=PIN) == name
    assert [gun("grants", pin="860351") for _ in range(5)] == ["wrong_pin"] * 4 + ["pin_locked"]
    go(desk, "Devices")
    go(desk, "Operators")
    row.get_by_text(f"locked out on gun {badge}").wait_for()
    row.get_by_text(f"gun {badge}, until").wait_for()
    row.get_by_role("button", name=f"Unlock {name}").click()
    desk.get_by_label("Reason", exact=True).fill("the wrong card")
    desk.locator(".panel").get_by_role("button", name=f"Unlock {name}").click()
    expect(row.get_by_text("locked out")).to_have_count(0)
    assert gun("grants", pin=PIN) == name
    row.get_by_role("button", name=f"Take the PIN of {name} off").click()
    desk.get_by_label("Reason", exact=True).fill("somebody watched")
    desk.locator(".panel").get_by_role("button", name=f"Take the PIN of {name} off").click()
    row.get_by_text("none").wait_for()
    assert gun("grants", pin=PIN) == "pin_needed"


def test_an_administrator_asks_for_pins_in_the_settings(desk: Page, server: Server) -> None:
    go(desk, "Settings")
    desk.get_by_role("radio", name="A PIN proves the badge").check()
    desk.get_by_label("Ask for the PIN again").fill("10")
    desk.get_by_label("Why is it changed?").fill("shared guns")
    desk.get_by_role("button", name="Save the settings").click()
    expect(desk.get_by_label("Why is it changed?")).to_have_value("")
    site = next(row for row in server.call("GET", "/api/v1/sites")["rows"] if row["code"] == "MAIN")
    assert (site["pin"], site["idle_minutes"]) == ("required", 10)
    server.call("PUT", "/api/v1/sites/MAIN", {"pin": "off", "idle_minutes": None, "reason": "back"})
