"""One's own account and that of others: where somebody is signed in, and how that ends."""

import base64
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Route, expect

from app import times
from app.people import onetime
from tests.browser.harness import PASSWORD, Gun, Server, counted, go

OTHER = "nine green chairs"


def enter(page: Page, server: Server, name: str, password: str) -> None:
    page.goto(f"{server.base}/console")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".desk h1").wait_for()


def test_a_person_ends_their_sessions_and_changes_their_password(guns: Callable[..., Gun], server: Server) -> None:
    wide = {"viewport": {"width": 1180, "height": 820}}
    here, there = guns(**wide).page, guns(**wide).page
    here.goto(server.cli("setup-link"))
    here.fill("#name", "Mira Holm")
    here.fill("#password", PASSWORD)
    here.keyboard.press("Enter")
    here.locator(".desk h1").wait_for()
    enter(there, server, "Mira Holm", PASSWORD)
    here.get_by_role("link", name="Mira Holm: your account").click()
    rows = here.locator("tr[data-session]")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="this one")).to_have_count(1)
    expect(rows.first).to_contain_text("Chrome, ")
    rows.get_by_role("button", name="End the session in Chrome").click()
    expect(rows).to_have_count(1)
    there.reload()
    there.get_by_role("heading", name="Sign in").wait_for()
    enter(there, server, "Mira Holm", PASSWORD)
    here.get_by_label("The password until now").fill("not this one")
    here.get_by_label("New password").fill("password123")
    here.get_by_role("button", name="Change it").click()
    expect(here.get_by_label("The password until now")).to_have_attribute("aria-invalid", "true")
    here.get_by_label("The password until now").fill(PASSWORD)
    here.get_by_role("button", name="Change it").click()
    expect(here.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    here.get_by_label("New password").fill(OTHER)
    here.get_by_role("button", name="Change it").click()
    here.get_by_text("The password was changed").wait_for()
    expect(rows).to_have_count(1)
    there.reload()
    there.get_by_role("heading", name="Sign in").wait_for()


def test_an_administrator_sees_to_the_roles_sessions_and_password_of_others(desk: Page, guns: Callable[..., Gun], server: Server) -> None:
    said = {"name": "Timo Vale", "roles": ["supervisor"], "password": PASSWORD}
    server.call("POST", "/api/v1/people", said)
    timo = guns(viewport={"width": 1180, "height": 820}).page
    enter(timo, server, "Timo Vale", PASSWORD)
    go(desk, "People")
    desk.get_by_role("link", name="Timo Vale").click()
    desk.get_by_role("checkbox", name="supervisor").uncheck()
    desk.get_by_role("checkbox", name="auditor").check()
    desk.get_by_label("Reason").fill("only looks now")
    desk.get_by_role("button", name="Save the roles").click()
    desk.get_by_text("Saved").wait_for()
    timo.reload()
    timo.locator(".desk h1").wait_for()
    expect(timo.get_by_role("button", name="Plan a count")).to_have_count(0)
    desk.get_by_role("button", name="End the session").click()
    desk.get_by_text("Not signed in anywhere").wait_for()
    timo.reload()
    timo.get_by_role("heading", name="Sign in").wait_for()
    desk.locator("#person-password").fill(OTHER)
    desk.get_by_role("button", name="Set it").click()
    desk.get_by_text("The new password is set").wait_for()
    enter(timo, server, "Timo Vale", OTHER)
    desk.get_by_role("button", name="Archive").click()
    desk.get_by_label("Reason").fill("left")
    desk.get_by_role("button", name="Archive Timo Vale?").click()
    desk.get_by_text("archived").wait_for()
    timo.reload()
    timo.get_by_role("heading", name="Sign in").wait_for()


def test_who_has_roles_in_several_sites_works_in_one_at_a_time(chromium: Browser, tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.env["DEMO"] = "0"
    server.start()
    try:
        server.cli("sites", "add", "NORTH", "Northern site")
        with chromium.new_context(viewport={"width": 1180, "height": 820}, base_url=server.base) as context:
            page = context.new_page()
            page.goto(server.cli("setup-link"))
            page.fill("#name", "Mira Holm")
            page.fill("#password", PASSWORD)
            page.keyboard.press("Enter")
            page.locator(".desk h1").wait_for()
            server.call("POST", "/api/v1/people", {"name": "Bo Lund", "roles": ["auditor"], "site": "MAIN", "password": PASSWORD})
            go(page, "People")
            page.get_by_role("link", name="Bo Lund").click()
            page.get_by_label("Roles in another site").select_option("NORTH")
            page.get_by_role("group", name="NORTH").get_by_role("checkbox", name="supervisor").check()
            page.get_by_label("Reason").fill("covers for Nora")
            page.get_by_role("button", name="Save the roles").click()
            page.get_by_text("Saved").wait_for()
            go(page, "People")
            expect(page.locator("tr", has_text="Bo Lund")).to_contain_text("MAIN, NORTH")
            page.get_by_role("button", name="Sign out").click()
            page.get_by_role("heading", name="Sign in").wait_for()
            enter(page, server, "Bo Lund", PASSWORD)
            menu, where = page.get_by_role("navigation"), page.get_by_label("Where you work")
            expect(where).to_have_value("MAIN")
            expect(menu.get_by_role("link", name="Audit trail")).to_have_count(1)
            where.select_option("NORTH")
            menu.get_by_role("link", name="Labels").wait_for()
            expect(menu.get_by_role("link", name="Audit trail")).to_have_count(0)
            page.reload()
            expect(where).to_have_value("NORTH")
    finally:
        server.stop()


def test_an_authenticator_is_set_up_and_asked_for_at_approvals_and_at_the_next_sign_in(guns: Callable[..., Gun], server: Server) -> None:
    wide = {"viewport": {"width": 1180, "height": 820}}
    here, there = guns(**wide).page, guns(**wide).page
    server.call("POST", "/api/v1/people", {"name": "Nils Aune", "roles": ["supervisor"], "password": PASSWORD})
    for page in (there, here):
        enter(page, server, "Nils Aune", PASSWORD)
    here.get_by_role("link", name="Nils Aune: your account").click()
    here.get_by_label("Password", exact=True).fill(PASSWORD)
    here.get_by_role("button", name="Set it up").click()
    here.get_by_role("img", name="QR code for the app").wait_for()
    key = base64.b32decode(here.locator(".enrolment .raw").inner_text().replace(" ", ""))
    step = onetime.step_of(times.now())
    here.get_by_label("Code of the authenticator").fill("12345")
    here.get_by_role("button", name="Confirm").click()
    here.get_by_text("That code is wrong").wait_for()
    here.get_by_label("Code of the authenticator").fill(onetime.code(key, step))
    here.get_by_role("button", name="Confirm").click()
    expect(here.locator(".codes li")).to_have_count(10)
    recovery, another = here.locator(".codes li").all_inner_texts()[:2]
    here.get_by_role("button", name="I have them").click()
    here.get_by_text("10 recovery codes are left").wait_for()

    code = counted(server, server.bins()[-20])
    there.goto(f"{server.base}/console#/counts/{code}/reconciliation")
    there.locator("[role=row]").nth(1).wait_for()
    hash_ = server.call("GET", f"/api/v1/counts/{code}/reconciliation")["hash"]
    lines = server.call("GET", f"/api/v1/counts/{code}/reconciliation")["lines"]
    said = [{"line": one["line"], "decision": "accept", "reason_code": "found"} for one in lines]
    assert hash_ == server.call("PUT", f"/api/v1/counts/{code}/decisions", {"decisions": said})["hash"]
    there.reload()
    there.get_by_role("button", name="Approve and post").click()
    there.get_by_role("button", name="Yes, post it").click()
    there.get_by_label("To go on, the code of your authenticator").fill(onetime.code(key, step))
    there.get_by_role("button", name="Go on").click()
    there.get_by_text("That code is wrong, too old, or was used.").wait_for()
    there.get_by_label("To go on, the code of your authenticator").fill(onetime.code(key, step + 1))
    there.get_by_role("button", name="Go on").click()
    there.locator("h1 .tag.posted").wait_for()
    unproven = [1]

    def ask(route: Route) -> None:
        """Answer as after ten minutes: the server's own rule is tested without a browser."""
        if unproven and unproven.pop():
            route.fulfill(status=403, content_type="application/problem+json", body='{"code": "code_needed", "title": "", "status": 403}')
        else:
            route.continue_()

    there.route("**/reversal?*", ask)
    there.get_by_role("button", name="Reverse the whole count").click()
    there.get_by_label("Reason", exact=True).fill("counted in the wrong aisle")
    there.get_by_role("button", name="Reverse the whole count").click()
    there.get_by_label("To go on, the code of your authenticator").fill(another)
    there.get_by_role("button", name="Go on").click()
    there.get_by_text("The count is reversed").wait_for()

    here.get_by_role("button", name="Sign out").click()
    here.get_by_label("Name").fill("Nils Aune")
    here.get_by_label("Password").fill(PASSWORD)
    here.get_by_role("button", name="Sign in").click()
    here.get_by_label("Code of the authenticator").fill(recovery)
    here.get_by_role("button", name="Sign in").click()
    here.locator(".desk h1").wait_for()
