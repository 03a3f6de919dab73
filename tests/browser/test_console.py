"""The console in a real browser: the first sign-in, and what a supervisor does all day."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.harness import PASSWORD, Gun, Server, go

Guns = Callable[..., Gun]


def test_the_setup_link_works_once_and_then_name_and_password(desk: Page, guns: Guns, server: Server) -> None:
    link = server.cli("setup-link")
    server.cli("setup-link")
    stranger = guns().page
    stranger.goto(link)
    stranger.get_by_label("Name").fill("Mallory")
    stranger.get_by_label("New password").fill(PASSWORD)
    stranger.get_by_role("button", name="Make my sign-in").click()
    stranger.get_by_text("This setup link was used").wait_for()
    assert "#" not in stranger.url
    stranger.get_by_role("link", name="Sign in").click()
    stranger.get_by_label("Name").fill("Ada Sundqvist")
    stranger.get_by_label("Password").fill("wrong")
    stranger.get_by_role("button", name="Sign in").click()
    stranger.get_by_text("Name or password is wrong").wait_for()
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in").click()
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.reload()
    stranger.get_by_role("heading", name="Overview").wait_for()
    stranger.get_by_role("button", name="Sign out").click()
    stranger.get_by_role("heading", name="Sign in").wait_for()


def test_a_weak_password_is_refused_with_a_reason(guns: Guns, server: Server) -> None:
    page = guns().page
    page.goto(server.cli("setup-link"))
    page.get_by_label("Name").fill("Ada Sundqvist")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Make my sign-in").click()
    page.get_by_text("That was not done").wait_for()


def test_enrol_by_link_and_qr_then_revoke(desk: Page, guns: Guns, server: Server) -> None:
    go(desk, "Devices")
    desk.get_by_label("Name of the device").fill("GUN-QR")
    desk.get_by_role("button", name="Enrol a device").click()
    link = desk.locator("#enrol-link").inner_text()
    assert desk.locator(".qr path").get_attribute("d").count("M") > 200  # type: ignore[union-attr]
    gun = guns()
    gun.page.goto(link)
    gun.page.get_by_role("button", name="Enrol").click()
    gun.page.get_by_text("Enrolled as GUN-QR").wait_for()
    row = desk.locator("tr", has_text="GUN-QR")
    row.get_by_role("button", name="Revoke GUN-QR").click()
    row.get_by_role("button", name="Really revoke").click()
    desk.get_by_role("heading", name="GUN-QR").wait_for()
    desk.get_by_text("revoked").first.wait_for()


def test_what_was_not_understood_is_resolved_by_a_person(desk: Page, guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("receive")
    gun.scan(server.bins()[30])
    gun.scan_saved("STRANGE-77")
    gun.drained()
    go(desk, "Waiting scans")
    panel = desk.locator(f'[data-scan="{gun.saved[0][0]}"]')
    panel.get_by_text("unknown barcode").wait_for()
    panel.get_by_role("button", name="Resolve").click()
    panel.get_by_label("SKU or barcode").fill("NO-SUCH-SKU")
    panel.get_by_label("Reason").fill("label of the supplier")
    panel.get_by_role("button", name="Save").click()
    panel.get_by_text("That was not done").wait_for()
    panel.get_by_label("SKU or barcode").fill(server.barcodes()[5][0])
    panel.get_by_role("button", name="Save").click()
    panel.wait_for(state="detached")
    desk.get_by_text("1 resolved").wait_for()


def test_an_administrator_adds_an_operator(desk: Page) -> None:
    go(desk, "People")
    desk.get_by_role("button", name="Add a person").click()
    desk.get_by_label("Name").fill("Ines Duarte")
    desk.get_by_label("Badge").fill("OP-88")
    desk.get_by_role("button", name="Add a person").click()
    desk.locator("tr", has_text="OP-88").get_by_text("operator").wait_for()


def test_the_console_works_by_keyboard_alone(guns: Guns, server: Server) -> None:
    page = guns().page
    page.goto(server.cli("setup-link"))
    page.wait_for_selector("#name")
    page.keyboard.type("Kay Board")  # a new password of Ada would end the session that the other tests use
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Overview").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Counts":
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Counts", exact=True).wait_for()


def test_every_field_and_button_has_a_name(desk: Page, server: Server) -> None:
    for where in (
        "",
        "counts",
        "counts/new",
        "waiting",
        "stock",
        "products",
        "products/ADH-001",
        "locations",
        "locations/A-01-01",
        "devices",
        "operators",
        "people",
    ):
        desk.goto(f"{server.base}/console#/{where}")
        desk.locator("main h1").wait_for()
        nameless = desk.evaluate("""() => Array.from(document.querySelectorAll('input, select, button, a')).filter((one) =>
          !(one.textContent.trim() || one.getAttribute('aria-label') || (one.labels && one.labels.length))).map((one) => one.outerHTML)""")
        assert nameless == []
