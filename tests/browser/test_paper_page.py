"""A count with a pen: its sheets are printed, and what was written is typed in by keyboard and counted like any scan."""

import re

from playwright.sync_api import Page, expect

from tests.browser.harness import Server
from tests.browser.harness import expected as expected_at


def test_a_sheet_is_printed_typed_in_by_keyboard_and_reviewed(desk: Page, server: Server) -> None:
    mine = server.bins()[260:280]  # where no other test begins a count of its own
    place = next(code for code in mine if sum(quantity > 0 for _, quantity in expected_at(server, code).values()) >= 2)
    count = server.call("POST", "/api/v1/counts", {"locations": [place]})["code"]
    desk.goto(f"{server.base}/console#/counts/{count}")
    desk.get_by_text("Count with a pen").click()
    link = desk.get_by_role("link", name="Open the sheets (PDF)")
    assert desk.request.get(server.base + str(link.get_attribute("href"))).body().startswith(b"%PDF")
    desk.get_by_role("link", name=f"Enter from paper: {place}").press("Enter")
    expect(desk.get_by_label("Badge")).to_be_focused()
    desk.keyboard.type("OP-17")
    desk.get_by_label("From", exact=True).fill("00:01")
    desk.get_by_label("To", exact=True).fill("00:02")
    send = desk.get_by_role("button", name="Record and close the sheet")
    check = desk.get_by_label("Check digits")
    right = server.call("GET", f"/api/v1/locations/{place}")["check"]
    check.fill("99" if right != "99" else "98")
    desk.get_by_text("on the label of another location").wait_for()
    expect(send).to_be_disabled()
    check.fill(right)
    rows = desk.locator("input.quantity")
    rows.first.focus()
    desk.keyboard.type("0")
    desk.keyboard.press("Enter")
    expect(rows.nth(1)).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(rows.first).to_be_focused()
    desk.get_by_label("Something else, 1", exact=True).fill("NO-SUCH-CODE")
    desk.get_by_text("Something else needs a code and a quantity").wait_for()
    desk.get_by_label("Counted: something else, 1").fill("3")
    desk.get_by_text(re.compile("Lines with a quantity: 2, of which 0: 1. Blank: [1-9]")).wait_for()
    expect(desk.get_by_role("checkbox", name="All that is here is written down")).not_to_be_checked()
    desk.get_by_label("Counted: something else, 1").press("Enter")
    desk.keyboard.press("Enter")
    expect(send).to_be_focused()
    desk.keyboard.press("Enter")
    desk.get_by_text("Recorded").wait_for()
    desk.get_by_text("NO-SUCH-CODE: ").wait_for()
    desk.locator("#paper-back").click()
    desk.get_by_role("heading", name=f"Count {count}").wait_for()
    lines = server.call("GET", f"/api/v1/counts/{count}/reconciliation")["lines"]
    assert sorted({line["counted"] or "blank" for line in lines}) == ["0", "blank"], lines
    assert server.call("GET", f"/api/v1/counts/{count}")["sheets_open"] == 0


def test_an_empty_location_is_confirmed_and_the_badge_is_remembered(desk: Page, server: Server) -> None:
    places = server.bins()[-10:-8]
    count = server.call("POST", "/api/v1/counts", {"locations": places})["code"]
    sheets = [f"{count}-001", f"{count}-002"]
    for sheet in sheets:
        desk.goto(f"{server.base}/console#/counts/{count}/paper/{sheet}")
        if sheet == sheets[0]:
            desk.get_by_label("Badge").fill("OP-17")
            desk.get_by_label("From", exact=True).fill("00:01")
            desk.get_by_label("To", exact=True).fill("00:01")
        expect(desk.get_by_label("Badge")).to_have_value("OP-17")
        desk.get_by_role("checkbox", name="Nothing is here").check()
        desk.get_by_role("button", name="Record and close the sheet").click()
        desk.get_by_text("Recorded").wait_for()
    desk.goto(f"{server.base}/console#/counts/{count}/paper/{sheets[0]}")
    desk.locator(".notice.bad", has_text="The sheet is closed").wait_for()
