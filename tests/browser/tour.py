"""Every screen, one after the other: what the tests of reach look at, and what the pictures in the documents show.

A tour is a generator: it brings a page to its next screen and yields the screen's name.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from itertools import count

from playwright.sync_api import Page

from app import times
from tests.browser import past
from tests.browser.harness import HOME, PASSWORD, Gun, Server, expected

Tour = Iterator[str]
_turn = count()

STRANGE = "5012345-UNKNOWN"
"""A barcode that nobody knows."""
TASKS = ("receive", "putaway", "move", "pick", "return", "scrap", "hold", "release")
FULL_DISK = """() => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    if (this.name === 'outbox') throw new DOMException('no space', 'QuotaExceededError');
    return put.apply(this, given);
  };
}"""


class Texts:
    """What the screens say, in one language."""

    def __init__(self, language: str = "en") -> None:
        name = "messages.json" if language == "en" else f"messages.{language}.json"
        self.files = [json.loads((HOME / "static" / folder / name).read_text()) for folder in ("", "console")]

    def __call__(self, key: str) -> str:
        """Return the text that a key stands for."""
        for found in self.files:
            for part in key.split("."):
                found = found.get(part, {})
            if found:
                return str(found)
        raise KeyError(key)


def operator(gun: Gun, server: Server, t: Texts) -> Tour:
    """What an operator sees in a shift, from the first start to a full disk. One planned count is open meanwhile."""
    page = gun.page
    places = server.bins()[80 + 10 * next(_turn) :][:10]
    here, there = ([code for code, _ in expected(server, place).values()] for place in places[:2])
    names = dict(server.barcodes())
    others = [code for code in names if code not in here + there]
    code, other = (here or others)[0], (there or others)[0]
    name = names[code]
    server.call("POST", "/api/v1/counts", {"locations": places[:2], "blind": False})
    page.goto(server.base)
    page.locator("#enrol-code").wait_for()
    yield "not-enrolled"
    page.goto(server.enrolment())
    page.get_by_role("button", name=t("ui.enrol.claim"), exact=True).wait_for()
    yield "enrol"
    page.get_by_role("button", name=t("ui.enrol.claim"), exact=True).click()
    page.get_by_role("button", name=t("ui.enrol.start")).wait_for()
    yield "enrolled"
    page.get_by_role("button", name=t("ui.enrol.start")).click()
    page.wait_for_function("() => document.hasFocus() && document.activeElement.id === 'sink'")
    yield "badge"
    gun.scan("OP-17")
    page.locator("[data-task=count]").wait_for()
    yield "home"
    yield from out_of_sight(page)
    page.click("[data-task=count]")
    page.locator(".work").wait_for()
    page.get_by_text(places[0]).first.wait_for()
    yield "count-start"
    page.locator(".hit", has_text=places[0]).click()
    yield "count-sheet"
    gun.scan("BIN-NOBODY-KNOWS")
    page.locator(".ask").wait_for()
    yield "question"
    gun.scan(places[0])
    page.locator(".place", has_text=places[0]).wait_for()
    yield "count-place"
    gun.scan_saved(other, code, code, others[2], code)
    page.locator(".lines li", has_text=name).wait_for()
    gun.drained()
    yield "count"
    yield from keyed(page, t, name[:4])
    gun.scan_saved(STRANGE)
    gun.drained()
    page.locator(".last.warn").wait_for()
    yield "count-refused"
    yield from finished(page, t)
    gun.drained()
    gun.context.set_offline(True)
    gun.scan(places[2])
    gun.scan_saved(code, other)
    yield from two_waiting(page, t, gun.drained)
    for task in TASKS:
        page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
        page.click(f"[data-task={task}]")
        page.locator(".work").wait_for()
        for place in {"move": places[3:5], "putaway": places[3:5], "hold": [], "release": []}.get(task, places[3:4]):
            gun.scan(place)
            page.locator(".place", has_text=place).wait_for()
        gun.scan_saved(code)
        yield task
    page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
    page.click("[data-task=look]")
    gun.scan(code)
    page.locator(".fact").first.wait_for()
    gun.drained()
    yield "look-product"
    gun.scan(places[3])
    page.locator(".fact", has_text=places[3]).first.wait_for()
    yield "look-location"
    yield from without_a_camera(page, t)
    yield from menu(page, t)
    page.click("[data-task=receive]")
    page.evaluate(FULL_DISK)
    gun.scan(places[3])
    page.locator(".place", has_text=places[3]).wait_for()
    gun.scan(code)
    page.locator(".unsaved").wait_for()
    yield "not-saved"
    yield from asked_for_a_pin(page, server, "the tour")


def out_of_sight(page: Page) -> Tour:
    page.evaluate("document.hasFocus = () => false; document.dispatchEvent(new Event('focusin'))")
    page.locator(".ready.no").wait_for()
    yield "not-ready"
    page.evaluate("delete document.hasFocus; document.dispatchEvent(new Event('focusin'))")
    page.locator(".ready.yes").wait_for()


def keyed(page: Page, t: Texts, name: str) -> Tour:
    """Key a quantity, and what a product's name begins with; leave both."""
    page.get_by_role("button", name=t("ui.task.quantity"), exact=True).click()
    for key in "24":
        page.locator(".keys").get_by_role("button", name=key, exact=True).click()
    yield "quantity"
    page.get_by_role("button", name=t("ui.cancel"), exact=True).click()
    page.get_by_role("button", name=t("ui.task.type"), exact=True).click()
    page.locator("#typed").fill(name)
    page.locator(".hit").first.wait_for()
    yield "search"
    page.get_by_role("button", name=t("ui.cancel"), exact=True).click()


def finished(page: Page, t: Texts) -> Tour:
    page.get_by_role("button", name=t("ui.task.finish"), exact=True).click()
    page.locator(".ask").wait_for()
    yield "finish"
    page.get_by_role("button", name=t("ui.task.finish_all")).click()
    page.locator(".last", has_text=t("prompts.finished")).wait_for()


def two_waiting(page: Page, t: Texts, drained: Callable[[], None]) -> Tour:
    """Look at two scans that wait for the network, which comes back."""
    page.locator('[data-waiting="2"]').wait_for()
    yield "offline"
    page.locator(".waits").click()
    page.locator(".rows li").first.wait_for()
    yield "queue"
    page.context.set_offline(False)
    page.get_by_role("button", name=t("ui.queue.retry")).click()
    drained()
    yield "queue-empty"
    page.get_by_role("button", name=t("ui.back"), exact=True).click()


def without_a_camera(page: Page, t: Texts) -> Tour:
    page.get_by_role("button", name=t("ui.camera.open"), exact=True).click()
    page.locator(".camera .notice").wait_for()
    yield "camera-trouble"
    page.get_by_role("button", name=t("ui.camera.close"), exact=True).click()


def menu(page: Page, t: Texts) -> Tour:
    """From a task to the menu, the proof of the shift and the last scans."""
    page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
    page.get_by_role("button", name=t("ui.menu.title"), exact=True).click()
    page.get_by_role("button", name=t("ui.menu.hand_over")).wait_for()
    yield "more"
    page.get_by_role("button", name=t("ui.proof.title")).click()
    page.locator("[data-proven=yes]").wait_for()
    yield "proof"
    page.get_by_role("button", name=t("ui.back"), exact=True).click()
    page.get_by_role("button", name=t("ui.menu.title"), exact=True).click()
    page.get_by_role("button", name=t("ui.recent.title")).click()
    page.locator(".rows li button").first.click()
    yield "recent"
    page.get_by_role("button", name=t("ui.back"), exact=True).click()


def asked_for_a_pin(page: Page, server: Server, reason: str) -> Tour:
    server.call("PUT", "/api/v1/sites/MAIN", {"pin": "required", "reason": reason})
    try:
        page.reload()
        page.locator("[data-step=pin]").wait_for()
        yield "pin"
    finally:
        server.call("PUT", "/api/v1/sites/MAIN", {"pin": "off", "reason": reason})


def beside(page: Page, server: Server) -> Tour:
    """The pages that need neither enrolment nor sign-in."""
    page.goto(f"{server.base}/gun-test")
    page.locator(".ready").wait_for()
    yield "gun-test"
    page.goto(f"{server.base}/gun-sheet")
    page.locator("img").nth(20).wait_for()
    yield "gun-sheet"


def console(page: Page, server: Server, t: Texts, count: str, weeks: int = 2) -> Tour:
    """What a supervisor sees: setup, every page, and the count that is named, with its review; measures are of so many weeks."""
    past.weeks(server, weeks)
    server.call("POST", "/api/v1/scans", {"scans": [_strange(server)]})
    _rules(server)
    page.goto(server.cli("setup-link"))
    page.locator("#password").wait_for()
    yield "setup"
    page.fill("#name", f"Ada Sundqvist {next(_turn)}")
    page.fill("#password", PASSWORD)
    page.locator("button[type=submit]").click()
    page.locator(".desk h1").wait_for()
    yield "overview"
    for name, where in {**PAGES, "count": f"counts/{count}"}.items():
        page.goto(f"{server.base}/console#/{where}")
        page.locator("main h1").wait_for()
        page.wait_for_load_state("networkidle")
        yield name
    page.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    page.get_by_role("button", name=t("ui.console.review.show.all")).click()
    page.locator("[role=row][data-line]").first.wait_for()
    yield "review"
    page.goto(f"{server.base}/console#/counts/{count}/board")
    page.locator("svg.minutes").wait_for()
    yield "board"
    page.goto(f"{server.base}/console#/waiting")
    page.get_by_role("button", name=t("ui.console.waiting.resolve"), exact=True).first.click()
    yield "resolve"
    page.goto(f"{server.base}/console#/stock")
    page.fill("#stock-code", server.bins()[0])
    page.keyboard.press("Enter")
    page.locator("main table").wait_for()
    yield "stock"
    page.goto(f"{server.base}/console#/products")
    page.fill("#find-product", server.barcodes()[0][0])
    page.locator("main [role=status]", has_text="1").wait_for()
    yield "products"
    page.locator("main tbody a").first.click()
    page.locator("#product-name").wait_for()
    page.locator("main .scroll").nth(1).wait_for()
    yield "product"
    page.goto(f"{server.base}/console#/locations")
    page.locator("main tbody a").first.wait_for()
    yield "locations"
    page.get_by_role("button", name=t("ui.console.rack.title")).click()
    page.fill("#rack-from", "R-01-01")
    page.fill("#rack-to", "R-40-06")
    page.locator("main .notice.info").wait_for()
    yield "rack"
    above = server.call("GET", f"/api/v1/locations/{server.bins()[0]}?site=MAIN")["parent"]
    page.goto(f"{server.base}/console#/locations/{above}")
    page.get_by_role("button", name=t("ui.console.walk.title")).click()
    page.locator(".walking li").first.wait_for()
    yield "walking"
    page.goto(f"{server.base}/console#/locations/{server.bins()[0]}")
    page.locator("#location-name").wait_for()
    page.locator("main .scroll").first.wait_for()
    yield "location"
    page.goto(f"{server.base}/console#/anything")
    page.fill("#any-code", server.barcodes()[0][0])
    page.keyboard.press("Enter")
    page.locator("[data-kind=product] table").first.wait_for()
    yield "anything"
    page.goto(f"{server.base}/console#/labels")
    page.fill("#label-codes", server.bins()[0][:4] + "*")
    page.locator(".labels img").evaluate("(one) => one.decode()")
    yield "labels"
    server.call("PUT", "/api/v1/exports/profiles/DATEV", {"delimiter": "semicolon", "decimal": "comma", "dates": "DD.MM.YYYY hh:mm"})
    written = server.call("POST", "/api/v1/counts", {"locations": [server.bins()[-14]]})["code"]
    page.goto(f"{server.base}/console#/counts/{written}/paper/{written}-001")
    page.fill("#paper-operator", "OP-17")
    page.fill("#paper-from", "08:00")
    page.fill("#paper-to", "08:20")
    page.locator("input.quantity").first.fill("12")
    yield "paper"
    server.call("POST", f"/api/v1/counts/{written}/cancellation", {"reason": "for the tour"})
    page.goto(f"{server.base}/console#/settings/profiles")
    page.get_by_role("button", name=t("ui.console.profiles.edit_one").format(name="DATEV")).click()
    page.locator("pre.sample").wait_for()
    yield "profiles"
    server.call("DELETE", "/api/v1/exports/profiles/DATEV")
    page.goto(f"{server.base}/console#/imports")
    page.locator("main .empty").first.wait_for()
    table = "Artikelnr;Bezeichnung;EAN;Preis\nN-1;Messinghaken;4006381333931;1,20\nN-2;Haken, groß;;2.40\n"
    page.set_input_files("#import-file", {"name": "hooks.csv", "mimeType": "text/csv", "buffer": table.encode()})
    page.locator("#column-sku").wait_for()
    page.get_by_role("button", name=t("ui.console.imports.try")).click()
    page.locator("main .notice.warn").wait_for()
    yield "imports"
    page.goto(f"{server.base}/console#/devices")
    page.fill("#new-device", "GUN-08")
    page.get_by_role("button", name=t("ui.console.devices.enrol"), exact=True).click()
    page.locator(".qr").wait_for()
    yield "enrolment"
    page.goto(f"{server.base}/console")
    page.get_by_role("button", name=t("ui.console.sign_out")).click()
    page.locator("#password").wait_for()
    yield "sign-in"


def _rules(server: Server) -> None:
    for code, kind, most in (("ABC", "abc", 40), ("SAMPLE", "sample", 25), ("EMPTY", "book", 30)):
        server.call("PUT", f"/api/v1/count-rules/{code}", {"name": code.title(), "kind": kind, "most": most, "active": code != "EMPTY"})


def _strange(server: Server) -> dict[str, str]:
    return {
        "id": str(uuid.uuid4()),
        "task": "receive",
        "location": server.bins()[0],
        "barcode": STRANGE,
        "scanned_at": times.wire(times.now()),
    }


PAGES = {
    "measures": "measures",
    "counts": "counts",
    "plan": "counts/new",
    "planning": "planning",
    "rule": "planning/new",
    "waiting": "waiting",
    "unknown": "unknown",
    "lots": "lots",
    "devices": "devices",
    "device": "devices/1",
    "operators": "operators",
    "people": "people",
    "account": "account",
    "keys": "keys",
    "audit": "audit",
    "seals": "seals",
    "settings": "settings",
    "reasons": "settings/reasons",
}
"""The console's pages, by name of screen."""
