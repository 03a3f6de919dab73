"""Reach: every screen speaks the language of whoever holds it, fits in the hand, and is there for eyes, ears, gloves and keyboards."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import tour
from tests.browser.harness import HOME, Gun, Server, counted

SIZES = ((320, 480), (800, 1280), (480, 800))
"""An old gun, a tablet, and last a gun, which most screens are shown on."""
AXE = (HOME / "node_modules" / "axe-core" / "axe.min.js").read_text()
FIND = """async ([runOnly, rules]) => {
  const found = await axe.run(document, { resultTypes: ['violations'], runOnly, rules });
  return found.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120) + ' ' + (node.any[0] ? node.any[0].message : '')).slice(0, 3).join(' | '));
}"""
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_A_LOOK = ["color-contrast", "button-name", "html-lang-valid", "image-alt", "input-button-name", "label", "link-name", "select-name"]
"""What depends on colours and texts. The rest is of elements, which are the same in each look."""
CONTRAST = {"color-contrast-enhanced": {"enabled": True}}
"""7:1, for the sun."""
WIDER = """() => Array.from(document.querySelectorAll('*')).filter((one) => one.scrollWidth > one.clientWidth + 1
  && (one === document.documentElement || getComputedStyle(one).overflowX === 'auto') && !one.closest('.scroll'))
  .map((one) => one.tagName + '.' + one.className + ' by ' + (one.scrollWidth - one.clientWidth))"""
SMALL = """(least) => Array.from(document.querySelectorAll('button, select, .button, input:not(.sink):not([type=file])')).filter((one) => {
  const box = (one.type === 'checkbox' ? one.closest('label') : one).getBoundingClientRect();
  return !one.classList.contains('link') && box.width > 0 && (box.height < least || box.width < least);
}).map((one) => (one.textContent || one.id).trim().slice(0, 30) + ' ' + Math.round(one.getBoundingClientRect().width) + 'x' + Math.round(one.getBoundingClientRect().height))"""
LITTLE = """() => Array.from(document.querySelectorAll('.op *')).filter((one) => one.getClientRects().length && (one.matches('.pad input') || Array.from(one.childNodes).some((node) => node.nodeType === 3 && node.data.trim())))
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < (one.matches('.last .count, .pad input, .pad output') ? 48 : 18))
  .map((one) => getComputedStyle(one).fontSize + ' ' + one.textContent.trim().slice(0, 30))"""
"""What an arm's length makes too small to read on a gun: text of less than 18 px, the quantity of less than 48."""
HAND = 500
"""ms: a Tab that comes too soon after a code is a gun's suffix."""
FOCUS = """const all = () => Array.from(document.querySelectorAll('button:enabled, a[href], select, textarea, input:not(.sink):not([type=file]):not([type=radio]:not(:checked))')).filter((one) => one.getClientRects().length);"""
"""All that Tab must reach: of a group of radios the chosen one, arrows reach the others."""
WATCH = f"""() => {{
  {FOCUS}
  window.visits = [];
  window.note = window.note || (({{ target }}) => {{
    if (target === document) return;
    const {{ outlineWidth, outlineStyle }} = getComputedStyle(target);
    visits.push([target, !/^(date|time)/.test(target.type) && (outlineStyle === 'none' || outlineWidth === '0px')]);
  }});
  document.addEventListener('focusin', window.note);
  return all().length;
}}"""
VISITS = f"""() => {{
  {FOCUS}
  const there = all(), known = visits.filter(([one]) => there.includes(one));
  return [known.map(([one]) => there.indexOf(one)), there.length, known.filter(([, unseen]) => unseen).map(([one]) => one.outerHTML.slice(0, 80))];
}}"""
"""What of it had the focus, how much there is, and what didn't show the focus."""
GLOVES, FINGERS = 44, 24
"""The smallest button in CSS pixels: for the floor and for the office (WCAG 2.2, 2.5.8)."""


def test_a_gun_speaks_its_browsers_language(guns: Callable[..., Gun], server: Server) -> None:
    page = guns(locale="de-AT").page
    page.goto(server.base)
    page.get_by_role("heading", name="Gerät einrichten").wait_for()
    assert page.get_attribute("html", "lang") == "de"


def test_neither_a_long_code_nor_a_long_word_pushes_a_button_out_of_view(guns: Callable[..., Gun], server: Server) -> None:
    gun = guns().enrol()
    gun.page.evaluate("localStorage.setItem('language', 'de')")
    gun.page.reload()
    gun.page.click("[data-task=count]")
    t = tour.Texts("de")
    gun.scan(server.bins()[60])
    gun.page.locator(".place", has_text=server.bins()[60]).wait_for()
    gun.scan_saved("X" * 300)
    expect(gun.page.get_by_role("button", name=t("ui.task.finish"), exact=True)).to_be_in_viewport(ratio=1)
    gun.page.set_viewport_size({"width": 320, "height": 480})
    gun.page.evaluate(tour.FULL_DISK)
    gun.scan(server.barcodes()[0][0])
    expect(gun.page.locator(".unsaved em")).to_be_in_viewport(ratio=1)
    word = gun.page.locator(".unsaved strong")
    assert word.evaluate("(one) => one.getClientRects()[0].height / parseFloat(getComputedStyle(one).fontSize)") < 3, "two words, two lines"


BANNERS = """StorageManager.prototype.persisted = StorageManager.prototype.persist = async () => false;
navigator.serviceWorker.register = async () => {
  if (localStorage.getItem('language') === 'de') throw new DOMException('no trust', 'SecurityError');
  return { waiting: { postMessage: () => undefined }, addEventListener: () => undefined, update: async () => undefined };
};
Object.defineProperty(navigator.serviceWorker, 'controller', { get: () => ({}) });"""
"""A browser that may drop its data, with a new version that waits; in German one that doesn't trust the server's certificate."""
OUT_OF_REACH = """() => Array.from(document.querySelectorAll('.bar > *, .banners > :first-child, .actions button, .ask button, .sheet .row button, .keys button, #keyed, #pin, .pin .notice, .pin .row button')).filter((one) => {
  const { left, right, top, bottom } = one.getBoundingClientRect();
  const touched = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || !one.contains(touched);
}).map((one) => one.textContent.trim() || one.id)"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_smallest_gun_has_all_buttons_in_view_whatever_banners_there_are(
    guns: Callable[..., Gun], server: Server, language: str
) -> None:
    t = tour.Texts(language)
    gun = guns(BANNERS, viewport={"width": 320, "height": 480}).enrol()
    gun.page.evaluate("(one) => localStorage.setItem('language', one)", language)
    page, places = gun.page, server.bins()[70:72]
    names = dict(server.barcodes())
    code = max(names, key=lambda one: len(names[one]))
    faults: list[str] = []

    def look(screen: str) -> None:
        page.locator(".banners .notice").nth(1).wait_for(state="attached")
        faults.extend(f"{screen}: {one}" for one in page.evaluate(OUT_OF_REACH))

    def press(key: str) -> None:
        page.get_by_role("button", name=t(key), exact=True).click()

    page.route("**/api/v1/me", lambda route: route.fulfill(status=403, json={"code": "forbidden"}))
    page.route("**/api/v1/scans", lambda route: route.fulfill(status=401, json={"code": "unauthorized"}))
    page.reload()
    for task in ("count", "move", "scrap", "hold"):  # the others have the same parts
        page.click(f"[data-task={task}]")
        page.locator(".work").wait_for()
        look(task)
        for place in {"move": places, "hold": []}.get(task, places[:1]):
            gun.scan(place)
            page.locator(".place", has_text=place).wait_for()
        gun.scan_saved(code)
        look(f"{task}, after a scan")
        if task != "hold":
            press("ui.task.quantity")
            page.locator(".keys button").first.click()
            page.get_by_role("button", name=f"× {t('ui.task.pack')}", exact=True).click()
            page.locator(".keys button").nth(1).click()
            page.locator(".pad output").wait_for()
            look(f"{task}, keypad")
            press("ui.cancel")
        if task == "count":
            press("ui.task.finish")
            look("finish")
            press("ui.task.go_on")
            press("ui.task.type")
            page.locator("#typed").fill("a")
            page.locator(".hit").first.wait_for()
            look("typing")
            press("ui.cancel")
        press("ui.task.tasks")
    page.unroute("**/api/v1/me")
    server.call("PUT", "/api/v1/sites/MAIN", {"pin": "required", "reason": "the test"})
    try:
        page.reload()
        page.locator("[data-step=pin]").wait_for()
        look("PIN")
        errors = json.loads((HOME / "static" / "messages.json").read_text())["ui"]["pin"]["trouble"]
        for error in sorted(errors, key=lambda one: one == "pin_needed"):  # which asks for the code instead
            page.route("**/api/v1/grants", partial(_refused, error))
            page.keyboard.press("1")
            press("ui.ok")
            page.locator(".pin .notice", has_text=t(f"ui.pin.trouble.{error}")).wait_for()
            look(f"PIN, {error}")
    finally:
        server.call("PUT", "/api/v1/sites/MAIN", {"pin": "off", "reason": "the test"})
    assert not faults, "\n".join(faults)


LATER = "window.later = 0; const clock = Date.now; Date.now = () => clock() + window.later;"
HEAR = """() => {
  window.spoken = [];
  new MutationObserver(() => { spoken.push(document.querySelector('.last').innerText); }).observe(document.querySelector('.last'), { childList: true, characterData: true, subtree: true });
}"""
"""What a screen reader says of the last scan: all of it whenever something of it changed."""


def test_a_screen_reader_says_each_scan_once_and_nothing_again_while_time_passes(guns: Callable[..., Gun], server: Server) -> None:
    gun = guns(LATER).enrol().task("receive")
    page, said = gun.page, "() => window.spoken.length"
    gun.scan(server.bins()[75])
    gun.scan_saved("SAID-AGAIN")
    gun.drained()
    gun.context.set_offline(True)
    gun.scan_saved("SAID-AGAIN")
    page.locator(".last", has_text="not in this device's copy").wait_for()
    page.evaluate(HEAR)
    for scans in (1, 2):
        gun.scan_saved("SAID-AGAIN")
        page.wait_for_function(f"() => window.spoken.length >= {scans}")
        page.evaluate("window.later += 30000; dispatchEvent(new Event('pageshow'))")
        page.locator(".waits small", has_text="30 s" if scans == 1 else "1 min").wait_for()
        assert page.evaluate(said) == scans
    gun.scan_saved(server.barcodes()[0][0])
    page.wait_for_function("() => window.spoken.length === 3")
    gun.scan_saved(server.barcodes()[0][0])
    page.wait_for_function("() => window.spoken.length === 4 && window.spoken[2] === window.spoken[3]")
    gun.context.set_offline(False)


ROWS = "(one) => { const all = document.createRange(); all.selectNodeContents(one); return new Set(Array.from(all.getClientRects(), (box) => box.top)).size; }"
"""How many lines of text an element has."""
COVERED = "(one) => { const { left, top, height } = one.getBoundingClientRect(); return document.elementFromPoint(left + 9, top + height / 2) !== one; }"


def test_on_the_smallest_gun_nothing_is_cut_and_each_screen_begins_at_its_top(guns: Callable[..., Gun], server: Server) -> None:
    gun = guns(BANNERS, viewport={"width": 320, "height": 480}).enrol().task("receive")
    page, place = gun.page, server.bins()[73]
    gun.scan(place)
    page.locator(".place", has_text=place).wait_for()
    gun.scan_saved(server.barcodes()[0][0])
    assert page.locator(".total").evaluate(ROWS) == 1, "the arrow stands beside what it belongs to"
    page.get_by_role("button", name="Type or search").click()
    page.locator("#typed").fill(server.bins()[74])
    page.locator(".hit").first.wait_for()
    assert not page.locator(".prompt").evaluate(COVERED)
    page.locator(".hit").first.click()  # another location moves on, typed too
    page.get_by_text(f"Key the [digits] of {server.bins()[74]}").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Tasks", exact=True).click()
    for button, title in (("More", "More"), ("Hand over", "Who are you?")):
        page.get_by_role("button", name=button).click()
        heading = page.get_by_role("heading", name=title)
        heading.wait_for()
        assert page.evaluate("scrollY") == 0
        expect(heading).to_be_in_viewport(ratio=1)


def _refused(code: str, route: Route) -> None:
    route.fulfill(status=409, json={"code": code})


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
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.context.set_offline(True)
    gun.page.reload()
    expect(gun.page.get_by_role("button", name="Zurück")).to_be_visible()
    expect(gun.page.get_by_role("button", name="Deutsch")).to_have_attribute("aria-pressed", "true")


def test_the_console_speaks_the_same_language(desk: Page) -> None:
    desk.get_by_role("button", name="Deutsch").click()
    desk.get_by_role("heading", name="Übersicht").wait_for()
    desk.reload()
    desk.get_by_role("heading", name="Übersicht").wait_for()


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "locale": "de-DE"}], ids=["light", "dark, in German"])
def test_every_screen_of_an_operator_is_for_everybody(guns: Callable[..., Gun], server: Server, look: dict[str, Any]) -> None:
    gun = guns(**look)
    faults = []
    for screen in tour.operator(gun, server, tour.Texts("de" if look else "en")):
        faults += examined(gun.page, screen, CONTRAST, GLOVES, OF_A_LOOK if look else ALL)
        faults += [f"{screen}: little: {one}" for one in gun.page.evaluate(LITTLE)]
        faults += [] if look else by_keyboard(gun.page, screen)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "locale": "de-DE"}], ids=["light", "dark, in German"])
def test_every_page_beside_is_for_everybody(guns: Callable[..., Gun], server: Server, look: dict[str, Any]) -> None:
    page = guns(**look).page
    faults = [
        fault for screen in tour.beside(page, server) for fault in examined(page, screen, CONTRAST, GLOVES) + by_keyboard(page, screen)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark", "locale": "de-DE"}], ids=["light", "dark, in German"])
def test_every_page_of_the_console_is_for_everybody(guns: Callable[..., Gun], server: Server, look: dict[str, Any]) -> None:
    page = guns(viewport={"width": 1180, "height": 820}, **look).page
    pages = tour.console(page, server, tour.Texts("de" if look else "en"), counted(server, server.bins()[104 + bool(look)]))
    faults = []
    for screen in pages:
        faults += examined(page, screen, {}, FINGERS, OF_A_LOOK if look else ALL)
        faults += [] if look else by_keyboard(page, screen)
    assert not faults, "\n".join(faults)


def test_faults_are_found(guns: Callable[..., Gun], server: Server) -> None:
    """The control: without it "no faults" means nothing."""
    page = guns().page
    page.goto(server.base)
    page.locator("#enrol-code").wait_for()
    page.evaluate("""() => {
      const put = (name, text, style) => fault.appendChild(Object.assign(document.createElement(name), { textContent: text })).style.cssText = style;
      const fault = document.createElement('div');
      fault.style.width = '500px';
      put('p', 'faint', 'color: #666');
      put('button', 'tiny', 'min-height: 0; height: 9px; padding: 0');
      put('button', 'by no key', '');
      put('input', '', '');
      put('p', 'a word', 'font-size: 17px');
      fault.children[2].tabIndex = -1;
      document.querySelector('main').append(fault);
    }""")
    found = "\n".join(examined(page, "here", CONTRAST, GLOVES) + by_keyboard(page, "here"))
    for fault in ("color-contrast-enhanced", "label", "small: tiny", "wider than 320", "Tab reaches"):
        assert fault in found
    assert page.evaluate(LITTLE) == ["17px a word"]


def test_the_display_is_what_was_chosen_else_what_the_browser_asks_for(guns: Callable[..., Gun], server: Server) -> None:
    paper = "() => Math.max(...getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number))"
    for wanted, chosen in (("dark", "Light"), ("light", "Dark")):
        page = guns(color_scheme=wanted).page
        page.goto(server.base)
        page.get_by_role("button", name=chosen).wait_for()
        assert (page.evaluate(paper) < 40) == (wanted == "dark")
        page.get_by_role("button", name=chosen).click()
        expect(page.get_by_role("button", name=chosen)).to_have_attribute("aria-pressed", "true")
        page.reload()
        page.get_by_role("button", name=chosen).wait_for()
        assert (page.evaluate(paper) < 40) == (chosen == "Dark")


def examined(page: Page, screen: str, extra: dict[str, Any], least: int, rules: list[str] = ALL) -> list[str]:
    """Return what is wrong with a screen: by axe's rules and extra ones, by size of buttons, and where it is wider than a device."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    only = rules if rules is ALL else [*rules, *extra]
    faults = [f"{screen}: {fault}" for fault in page.evaluate(FIND, [only, extra])]
    before = page.viewport_size
    assert before is not None
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"{screen}: wider than {width}: {one}" for one in page.evaluate(WIDER)]
        faults += [f"{screen} at {width}: small: {one}" for one in page.evaluate(SMALL, least)]
    if page.viewport_size != before:
        page.set_viewport_size(before)
    return faults


def by_keyboard(page: Page, screen: str) -> list[str]:
    """Go round with Tab; return what can't be reached, and what doesn't show that it has the focus."""
    page.wait_for_timeout(HAND)
    reached, total = set[int](), page.evaluate(WATCH)
    while True:
        for _ in range(1 + total - len(reached)):
            page.keyboard.press("Tab")
        before = reached
        now, total, unseen = page.evaluate(VISITS)
        reached = set(now)
        if len(reached) == total or reached == before:
            faults = [f"{screen}: no focus to be seen: {one}" for one in dict.fromkeys(unseen)]
            return faults if len(reached) == total else [*faults, f"{screen}: Tab reaches {len(reached)} of {total}"]
