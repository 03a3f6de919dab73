"""Reach: the app speaks the language of whoever holds it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.harness import Gun, Server


def test_a_gun_speaks_its_browsers_language(guns: Callable[..., Gun], server: Server) -> None:
    page = guns(locale="de-AT").page
    page.goto(server.base)
    page.get_by_role("heading", name="Gerät einrichten").wait_for()
    assert page.get_attribute("html", "lang") == "de"


def test_a_language_without_texts_falls_back_to_english(guns: Callable[..., Gun], server: Server) -> None:
    page = guns(locale="fi-FI").page
    page.goto(server.base)
    page.get_by_role("heading", name="Enrol this device").wait_for()
    assert page.get_attribute("html", "lang") == "en"


def test_the_language_chosen_on_a_device_stays_there(guns: Callable[..., Gun]) -> None:
    gun = guns().enrol()
    gun.page.get_by_role("button", name="More").click()
    gun.page.get_by_role("button", name="Deutsch").click()
    expect(gun.page.get_by_role("heading", name="Mehr")).to_be_visible()
    gun.page.wait_for_function("navigator.serviceWorker.controller !== null")
    gun.context.set_offline(True)
    gun.page.reload()
    expect(gun.page.get_by_role("button", name="Zurück")).to_be_visible()
    expect(gun.page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")


def test_the_console_speaks_the_same_language(desk: Page) -> None:
    desk.get_by_role("button", name="Deutsch").click()
    desk.get_by_role("heading", name="Übersicht").wait_for()
    desk.reload()
    desk.get_by_role("heading", name="Übersicht").wait_for()
