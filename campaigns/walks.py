"""Walks through every screen of the phone app and the console, on a server whose every field holds payloads.

As a tour (`tests/browser/tour.py`), which they may not fall behind: a walk brings a page to its next screen and yields the screen's name.
"""

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from playwright.sync_api import Page

from campaigns import progress
from campaigns.planting import Planted
from tests.browser import tour
from tests.browser.harness import PASSWORD, pull

PLANTED = r"/canary\(|x\.test|planted/"
"""What every payload has something of, as JavaScript and Python write it."""
READ = r"""() => {
  const fields = document.querySelectorAll('input:not([type=password]), textarea, option');
  return [document.body.textContent, ...Array.from(fields, (one) => one.value)].join('\n');
}"""
"""All that a page shows as texts, shown or folded away."""
_MAIN = "(document.querySelector('main') || document.body)"
SHOWN = f"{PLANTED}.test(({READ.replace('document.querySelectorAll', f'{_MAIN}.querySelectorAll').replace('document.body', _MAIN)})())"
"""Whether it shows a payload, the bar above all screens left out."""
BARE = {
    "enrol", "badge", "camera-trouble", "more", "queue-empty", "gun-sheet", "plan", "seals", "settings", "site",
}  # fmt: skip
"""The screens that show no text of anybody's. On all others some payload must be read: a walk that shows none proves nothing."""
TOURED = {
    *re.findall(r'yield "([\w-]+)"', inspect.getsource(tour)), *tour.TASKS, *tour.PAGES,
}  # fmt: skip
"""What the tour passes."""
UNFOLD = "document.querySelectorAll('main [aria-expanded=false], main details > summary').forEach((one, at) => at < 5 && one.click())"

Walk = Iterator[str]


def phone(page: Page, planted: Planted, detailed: Sequence[str]) -> Walk:
    """Work on a device and as an operator that are payloads themselves; see all of them, and scan some in each task."""
    t, server, texts = tour.Texts(), planted.server, planted.texts
    page.goto(server.base)
    page.locator("#enrol-code").wait_for()
    page.fill("#enrol-code", texts[0])
    yield "not-enrolled"
    page.get_by_role("button", name=t("ui.enrol.go"), exact=True).click()
    page.get_by_role("button", name=t("ui.enrol.claim")).click()
    page.locator(".notice.bad").wait_for()
    yield "enrol"
    page.goto(server.base)
    page.goto(server.enrolment(texts[1] + "gun"))
    page.fill("#device-name", texts[0] + "gun")
    page.get_by_role("button", name=t("ui.enrol.claim")).click()
    page.get_by_role("button", name=t("ui.enrol.start")).wait_for()
    yield "enrolled"
    page.get_by_role("button", name=t("ui.enrol.start")).click()
    _ready(page)
    yield "badge"
    pull(page, texts[0] + "p")
    page.locator("[data-task=look]").wait_for()
    yield "home"
    yield from tour.out_of_sight(page)
    yield from _looking(page, planted, t)
    yield from _counting(page, planted, detailed, t)
    for task in sorted(tour.TASKS, reverse=True):  # holds come last: who releases all of them leaves the console none to show
        _choose(page, t, task)
        for text in detailed:
            places = {"move": "lm", "putaway": "lm", "hold": "", "release": ""}.get(task, "l")
            for code in (*(text + end for end in places), text + "b", text + "strange"):
                pull(page, code)
            page.wait_for_timeout(60)
            yield task
    yield from _leaving(page, planted, t)
    page.goto(f"{server.base}/gun-test")
    page.locator(".ready").wait_for()
    for text in detailed:
        pull(page, text)
        _until_read(page, text)
        yield "gun-test"
    page.goto(f"{server.base}/gun-sheet")
    page.locator("img").nth(20).wait_for()
    yield "gun-sheet"


def _looking(page: Page, planted: Planted, t: tour.Texts) -> Walk:
    page.click("[data-task=look]")
    for text in planted.texts:
        for code, screen in ((text + "b", "look-product"), (text + "l", "look-location"), (text, "look-product")):
            pull(page, code)
            page.wait_for_timeout(40)
            yield screen
        _until_read(page, text)
    yield from tour.without_a_camera(page, t)


def _counting(page: Page, planted: Planted, detailed: Sequence[str], t: tour.Texts) -> Walk:
    """Take a sheet of the count by two that shows what it expects, and count payloads there, and packs of them."""
    texts = planted.texts
    _choose(page, t, "count")
    page.locator(".hit").first.wait_for()
    yield "count-start"
    page.locator(".hit", has_text=texts[0]).first.click()
    yield "count-sheet"
    pull(page, texts[-1] + "elsewhere")
    page.locator(".ask").wait_for()
    yield "question"
    pull(page, texts[0] + "m")
    page.locator(".place", has_text=texts[0]).wait_for()
    yield "count-place"
    for text in detailed:
        pull(page, text + "b")
        pull(page, text + "x")
        page.wait_for_timeout(60)
        yield "count"
    yield from tour.keyed(page, t, texts[0][:8])
    for text in detailed:
        pull(page, text + "strange")
    _drain(page)
    yield "count-refused"
    yield from tour.finished(page, t)
    _drain(page)


def _leaving(page: Page, planted: Planted, t: tour.Texts) -> Walk:
    """Lose the network, prove the shift, lose the disk, and be asked for a PIN."""
    texts, server = planted.texts, planted.server
    _drain(page)
    page.context.set_offline(True)
    _choose(page, t, "receive")
    for code in (texts[0] + "l", texts[0] + "b", texts[1] + "strange"):
        pull(page, code)
    yield from tour.two_waiting(page, t, lambda: _drain(page))
    for screen in tour.menu(page, t):
        if screen == "proof":
            planted.shift = page.locator(".shift-code").first.inner_text()
        yield screen
    page.get_by_role("button", name=t("ui.menu.title"), exact=True).click()
    page.get_by_role("button", name=t("ui.menu.hand_over")).click()
    _ready(page)
    pull(page, texts[0] + "b")
    page.locator("main .notice").wait_for()
    yield "badge"
    pull(page, texts[0] + "p")
    page.click("[data-task=receive]")
    page.evaluate(tour.FULL_DISK)
    pull(page, texts[0] + "l")
    page.locator(".place", has_text=texts[0]).wait_for()
    for text in texts:
        pull(page, text + "b")
    page.locator(".unsaved").wait_for()
    yield "not-saved"
    yield from tour.asked_for_a_pin(page, server, texts[0])


def console(page: Page, planted: Planted, detailed: Sequence[str]) -> Walk:
    """Be set up as a person whose name is a payload, with roles in sites whose names are, and see every page of the console."""
    t, server, texts = tour.Texts(), planted.server, planted.texts
    page.goto(server.cli("setup-link"))
    page.fill("#name", texts[1] + "boss")
    page.fill("#password", PASSWORD)
    yield "setup"
    page.locator("button[type=submit]").click()
    page.locator(".desk h1").wait_for()
    planted.places(texts[1] + "boss")
    page.reload()
    page.locator(".head select").nth(1).wait_for()
    count = planted.code
    pages = {
        **tour.PAGES, "overview": "", "rule": "planning/R0", "site": "settings/site", "device": f"devices/{planted.device}",
        "count": f"counts/{count}", "board": f"counts/{count}/board", "locations": "locations",
    }  # fmt: skip
    for name, where in pages.items():
        _go(page, where)
        page.wait_for_function(f"() => {SHOWN}") if name not in BARE else page.wait_for_load_state("networkidle")
        page.evaluate(UNFOLD)
        page.wait_for_timeout(100)
        yield name
    yield from _asking(page, planted, t)
    yield from _files(page, planted, t)
    people = {row["name"]: row["id"] for row in server.call("GET", "/api/v1/people?limit=500")["rows"]}
    for text in detailed:
        yield from _details(page, text, people[text])
        progress(detailed.index(text), len(detailed), "payloads on their pages")


def _asking(page: Page, planted: Planted, t: tour.Texts) -> Walk:
    """Open what is only there once it is asked for, and type payloads into what is typed into."""
    text, count = planted.texts[0], planted.code
    _go(page, f"counts/{count}/reconciliation")
    page.get_by_role("button", name=t("ui.console.review.show.all")).click()
    page.locator("[role=row][data-line]").first.click()
    page.wait_for_timeout(100)
    page.evaluate(UNFOLD)
    page.wait_for_timeout(200)
    yield "review"
    sheet = planted.server.call("GET", "/api/v1/sheets?status=open&site=MAIN&limit=500")["rows"][-1]
    _go(page, f"counts/{sheet['count']}/paper/{sheet['code']}")
    page.fill("#paper-operator", text + "p")
    yield "paper"
    _go(page, "waiting")
    page.get_by_role("button", name=t("ui.console.waiting.resolve"), exact=True).first.click()
    for field in ("value", "reason"):
        page.locator(f"[id^={field}-]").fill(text + "nothing")
    page.get_by_role("button", name=t("ui.save"), exact=True).click()
    page.locator(".notice.bad").wait_for()
    yield "resolve"
    _go(page, "unknown")
    page.locator("[data-code] button").first.click()
    page.locator("[id$=-product]").fill(text[:8])
    page.locator(".picks button").first.wait_for()
    yield "unknown"
    _go(page, "devices")
    page.fill("#shift-code", planted.shift)
    page.get_by_role("button", name=t("ui.console.shift_code.look")).click()
    page.locator(".notice.good").wait_for()
    yield "devices"
    page.fill("#new-device", text + "new")
    page.get_by_role("button", name=t("ui.console.devices.enrol"), exact=True).click()
    page.locator(".qr").wait_for()
    yield "enrolment"
    _go(page, "locations/MAIN")
    page.get_by_role("button", name=t("ui.console.walk.title")).click()
    page.locator(".walking li").first.wait_for()
    yield "walking"
    _go(page, "locations")
    page.get_by_role("button", name=t("ui.console.rack.title")).click()
    page.fill("#rack-from", text + "01")
    page.fill("#rack-to", text + "03")
    page.locator("main .notice").wait_for()
    yield "rack"
    _go(page, "settings/profiles")
    page.get_by_role("button", name=t("ui.console.profiles.edit_one").format(name="P")).click()
    page.locator("pre.sample").wait_for()
    yield "profiles"


def _files(page: Page, planted: Planted, t: tour.Texts) -> Walk:
    """Choose files whose names, columns and cells are payloads; one comes from a device that nobody knows."""
    rows = [["sku", *planted.texts], *([text + "new", *planted.texts] for text in planted.texts)]
    table = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    _go(page, "imports")
    page.set_input_files("#import-file", {"name": planted.texts[0], "mimeType": "text/csv", "buffer": table.encode()})
    page.locator("#column-sku").wait_for()
    page.select_option("#column-name", planted.texts[0])
    page.select_option("#column-cost", planted.texts[1])
    page.get_by_role("button", name=t("ui.console.imports.try")).click()
    page.locator("main .notice.warn").wait_for()
    yield "imports"
    page.get_by_role("button", name=t("ui.console.imports.keep")).click()
    page.fill("#mapping-name", planted.texts[0][:90])
    page.get_by_role("button", name=t("ui.save"), exact=True).click()
    page.locator("main .notice.good").wait_for()
    yield "imports"
    _go(page, "devices")
    page.evaluate(UNFOLD)
    courier = "\n".join(json.dumps({"device": text, "scans": [{"id": text}]}) for text in planted.texts)
    page.set_input_files("#courier-file", {"name": planted.texts[0], "mimeType": "text/plain", "buffer": courier.encode()})
    page.locator("details .notice").wait_for()
    yield "devices"


def _details(page: Page, text: str, person: int) -> Walk:
    """See the pages of one payload."""
    for kind, code in (("products", text), ("locations", text + "l"), ("people", str(person))):
        _go(page, f"{kind}/{quote(code, safe='')}")
        page.locator("main h1").wait_for()
        _until_read(page, text)
        yield {"products": "product", "locations": "location", "people": "person"}[kind]
    _go(page, "anything")
    page.fill("#any-code", text + "b")
    page.keyboard.press("Enter")
    _until_read(page, text)
    yield "anything"
    _go(page, "products")
    page.fill("#find-product", text)
    _until_read(page, text)
    yield "products"
    _go(page, "stock")
    page.fill("#stock-code", text + "l")
    page.keyboard.press("Enter")
    page.locator("main table").wait_for()
    yield "stock"
    _go(page, f"labels/locations/{quote(text + 'l', safe='')}")
    page.locator("#label-codes").wait_for()
    yield "labels"


def away(page: Page, planted: Planted) -> Walk:
    """Sign out, and fail to sign in as a payload."""
    page.get_by_role("button", name=tour.Texts()("ui.console.sign_out")).click()
    page.locator("#password").wait_for()
    page.fill("#name", planted.texts[0])
    page.fill("#password", planted.texts[0])
    page.locator("button[type=submit]").click()
    page.locator(".notice.bad").wait_for()
    yield "sign-in"


def _go(page: Page, where: str) -> None:
    """Open another page of the console, and wait until the one before is gone."""
    turn = "new Promise((drawn) => { location.hash = '#/' + where; requestAnimationFrame(() => setTimeout(drawn, 50)); })"
    page.evaluate(f"(where) => {turn}", where)


def _choose(page: Page, t: tour.Texts, task: str) -> None:
    page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
    page.click(f"[data-task={task}]")
    page.locator(".work").wait_for()


def _drain(page: Page) -> None:
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    page.locator('[data-waiting="0"]').wait_for()


def _ready(page: Page) -> None:
    page.wait_for_function("() => document.hasFocus() && document.activeElement.id === 'sink'")


def _until_read(page: Page, text: str) -> None:
    page.wait_for_function(f"(text) => ({READ})().includes(text)", arg=text)
