"""Script payloads in every field that a stranger can fill, then every screen of the console and the phone app in a real Chromium.

What must not happen: a dialog, an element or attribute that somebody planted, a call of the canary, an error of a page, a report of the
content security policy. What must: each payload is read on a screen, letter for letter. The control is an app that takes texts for markup:
with the policy its attempts are reported, without the policy they run.
"""

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from app import times
from campaigns import Outcome, hold, payloads, progress
from campaigns.ground import Ground
from tests.browser import tour
from tests.browser.harness import CHROMIUM, FLAGS, LOG_VIOLATIONS, PASSWORD, Server, first_sign_in, pull

BATCH = 20
CANARY = "window.hits = []; window.canary = (n) => { window.hits.push(n); };"
NAIVE = """{
  const make = Document.prototype.createTextNode;
  Document.prototype.createTextNode = function (text) {
    if (!/</.test(text)) return make.call(this, text);
    const span = this.createElement('span');
    span.innerHTML = text;
    return span;
  };
}"""
"""The control: an app that takes texts for markup."""
LOOK = r"""() => {
  const found = Array.from(window.hits, (n) => 'the canary ' + n + ' ran');
  for (const one of document.querySelectorAll('*')) {
    const name = one.tagName.toLowerCase();
    if (one.hasAttribute('planted')) found.push('planted ' + name);
    if (name === 'script' && !(one.src || '').startsWith(location.origin + '/s/')) found.push('a script');
    if (/^(iframe|object|embed|base|portal|applet|frameset|marquee)$/.test(name)) found.push(name);
    for (const its of one.attributes) {
      if (/^on/.test(its.name) || its.name === 'srcdoc') found.push(name + '.' + its.name);
      const leads = /^(href|src|action|formaction|data|xlink:href)$/.test(its.name);
      if (leads && /^\s*(javascript|data):/i.test(its.value)) found.push(name + '.' + its.name + '=' + its.value.slice(0, 40));
    }
  }
  return found;
}"""
READ = r"""() => {
  const fields = document.querySelectorAll('input:not([type=password]), textarea, option');
  return [document.body.textContent, ...Array.from(fields, (one) => one.value)].join('\n');
}"""
"""All that a page shows as texts, shown or folded away."""
SCREENS = {
    **tour.PAGES,
    **{page: page for page in ("stock", "products", "locations", "anything", "labels", "imports")},
    "overview": "", "profiles": "settings/profiles", "site": "settings/site",
}  # fmt: skip
UNFOLD = "document.querySelectorAll('main [aria-expanded=false], main details > summary').forEach((one, at) => at < 5 && one.click())"
PLANTED = r"/canary\(|x\.test|planted/"
"""What every payload has something of, as JavaScript and Python write it."""
SHOW = {
    "account", "board", "count", "counts", "devices", "imports", "locations", "lots", "measures", "overview", "people", "plan", "planning",
    "products", "reasons", "review", "unknown", "waiting", "stock", "labels",
}  # fmt: skip
"""The screens on which some payload must be read: a walk that shows none proves nothing. The others are forms."""


class Watched:
    """A browser's context, and all that it complained of."""

    def __init__(self, browser: Browser, script: str = "", policy: bool = True, **options: Any) -> None:
        self.complaints: list[str] = []
        self.seen = ""
        self.showed: set[str] = set()
        """The screens on which a payload was read."""
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(60_000)
        self.context.add_init_script(CANARY + LOG_VIOLATIONS + script)
        if not policy:
            self.context.route(re.compile(r"/(console|setup)$"), _without_policy)
        self.page: Page = self.context.new_page()
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error {error}"))
        self.page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.text.startswith("VIOLATION") or (message.type == "error" and not message.text.startswith("Failed to load resource")):
            self.complaints.append(message.text)

    def look(self, where: str) -> None:
        """Judge what the page has become."""
        self.complaints += [f"{where}: {one}" for one in self.page.evaluate(LOOK)]
        read = self.page.evaluate(READ)
        self.seen += read
        if re.search(PLANTED.strip("/"), read):
            self.showed.add(where)


def _without_policy(route: Any) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={name: value for name, value in answer.headers.items() if name != "content-security-policy"})


class Planted:
    """A server whose every field holds payloads; each has a letter behind it, so that one code never means two things."""

    def __init__(self, server: Server, texts: Sequence[str]) -> None:
        self.server, self.texts = server, texts
        self.planted = Counter[str]()
        self.masters()
        self.people()
        self.scans()
        self.count()

    def say(self, what: str, method: str, path: str, body: Any) -> Any:
        self.planted[what] += 1
        return self.server.call(method, path, body)

    def masters(self) -> None:
        for kind, rows in (
            ("products", [["sku", "name", "unit", "tracking", "barcode"], *([t, t, "pcs", "none", t + "b"] for t in self.texts)]),
            ("locations", [["code", "name"], *([t + "l", t] for t in self.texts)]),
        ):
            file = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
            report = self.server.call(
                "POST", f"/api/v1/imports/{kind}?site=MAIN&name={quote(self.texts[0], safe='')}", raw=file.encode(), kind="text/csv"
            )
            hold(report["rejected"] == [], f"refused as {kind}: {report['rejected'][:2]}")
            self.planted[kind] += len(self.texts)
        self.server.call("PUT", "/api/v1/products/LOTS", {"name": self.texts[0], "tracking": "lot", "barcodes": [{"code": "LOTS"}]})
        for number, text in enumerate(self.texts):
            file = f"/api/v1/imports/products?name={quote(text, safe='')}"
            self.server.call("POST", file, raw=b"sku,name\nPLAIN,plain\n", kind="text/csv")
            self.planted["file names"] += 1
            self.say("reasons of holds", "POST", "/api/v1/holds?site=MAIN", {"sku": text, "held": True, "reason": text})
            rule = {"name": text, "kind": "book", "active": False}
            self.say("rules", "PUT", f"/api/v1/count-rules/R{number}?site=MAIN", rule)
        rows = [{"code": text, "name": text, "account": text[:100]} for text in self.texts]
        self.say("reason codes", "PUT", "/api/v1/reason-codes", {"rows": rows})
        self.server.call("PUT", "/api/v1/exports/profiles/P?site=MAIN", {"headers": {"sku": self.texts[0], "location": self.texts[-1]}})

    def people(self) -> None:
        for text in self.texts:
            person = {"name": text, "badge": text + "p", "roles": ["operator", "supervisor"], "site": "MAIN", "password": PASSWORD + "!"}
            self.say("people", "POST", "/api/v1/people", person)
            offer = self.say("devices", "POST", "/api/v1/enrolments", {"name": text, "site": "MAIN"})
            self.claimed = self.server.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"]})

    def scans(self) -> None:
        said: list[dict[str, Any]] = []
        for text in self.texts:
            place = {"location": text + "l", "operator": text + "p"}
            said += [
                {"task": "receive", **place, "barcode": text + "b", "quantity": "3"},
                {"task": "receive", **place, "barcode": "LOTS", "lot": text},
                {"task": "receive", **place, "barcode": text + "unknown", "operator": text + "nobody"},
                {"task": "receive", "location": text + "nowhere", "barcode": text + "b"},
                {"task": "scrap", **place, "barcode": text + "b", "reason_code": text},
                {"task": text, **place, "barcode": text},
            ]
        for scan in said:
            scan |= {"id": str(uuid.uuid4()), "scanned_at": times.wire(times.now() - times.HOUR), "symbology": self.texts[0]}
        for start in range(0, len(said), 400):
            self.server.call("POST", "/api/v1/scans", {"scans": said[start : start + 400]})
        self.planted["scans"] += len(said)

    def count(self) -> None:
        self.code = self.server.call("POST", "/api/v1/counts", {"locations": [t + "l" for t in self.texts], "site": "MAIN"})["code"]
        said = []
        for text in self.texts:
            for barcode, lot in ((text + "b", None), ("LOTS", text), (text + "unknown", None)):
                said.append(
                    {"task": "count", "location": text + "l", "barcode": barcode, "lot": lot, "quantity": "7", "operator": text + "p"}
                )
            said.append({"task": "finish", "location": text + "l", "operator": text + "p"})
        for second, scan in enumerate(said):
            scan |= {"id": str(uuid.uuid4()), "scanned_at": times.wire(times.now() - times.MINUTE * 20 + second * 1000)}
        self.server.call("POST", "/api/v1/scans", {"scans": said})
        lines = self.server.call("GET", f"/api/v1/counts/{self.code}/reconciliation")["lines"]
        notes = [
            {"line": line["line"], "decision": "accept", "reason_code": text, "note": text}
            for line, text in zip(lines, [*self.texts] * 3, strict=False)
        ]
        self.say("notes", "PUT", f"/api/v1/counts/{self.code}/decisions", {"decisions": notes})


def console(planted: Planted, one: Watched, texts: Sequence[str]) -> Iterator[str]:
    """Walk through every page of the console, and those of some products, locations and people."""
    server, page = planted.server, one.page
    page.goto(f"{server.base}/console")
    page.locator(".desk h1").wait_for()
    count = planted.code
    more = {
        "count": f"counts/{count}",
        "board": f"counts/{count}/board",
        "review": f"counts/{count}/reconciliation",
        "paper": f"counts/{count}/paper/{count}-001",
    }
    for name, where in {**SCREENS, **more}.items():
        _go(page, where)
        if name in SHOW - {"stock", "labels"}:
            page.wait_for_function(f"() => {PLANTED}.test(({READ})())")
        else:
            page.wait_for_load_state("networkidle")
        page.evaluate(UNFOLD)
        page.wait_for_timeout(100)
        one.look(name)
        yield name
    people = {row["name"]: row["id"] for row in server.call("GET", "/api/v1/people?limit=500")["rows"]}
    for text in texts:
        for kind, code in (("products", text), ("locations", text + "l"), ("people", str(people[text]))):
            _go(page, f"{kind}/{quote(code, safe='')}")
            page.locator("main h1").wait_for()
            _until_read(page, text)
            one.look(f"{kind}/{text}")
        _go(page, "anything")
        page.fill("#any-code", text + "b")
        page.keyboard.press("Enter")
        _until_read(page, text)
        one.look(f"anything/{text}")
        _go(page, "stock")
        page.fill("#stock-code", text + "l")
        page.keyboard.press("Enter")
        page.locator("main table").wait_for()
        one.look("stock")
        _go(page, f"labels/locations/{quote(text + 'l', safe='')}")
        page.locator("#label-codes").wait_for()
        one.look("labels")
        progress(texts.index(text), len(texts), "payloads on their pages")
    yield "details"


def phone(planted: Planted, one: Watched) -> None:
    """Scan and look at each payload, by a device and an operator that are payloads themselves, and see what its screens make of it."""
    t = tour.Texts()
    page, server, texts = one.page, planted.server, planted.texts
    offer = server.call("POST", "/api/v1/enrolments", {"name": texts[0] + "gun", "site": "MAIN"})
    page.goto(f"{server.base}/join#{offer['code']}")
    page.get_by_role("button", name=t("ui.enrol.claim")).click()
    page.get_by_role("button", name=t("ui.enrol.start")).click()
    page.wait_for_function("() => document.hasFocus() && document.activeElement.id === 'sink'")
    one.look("enrolled")
    pull(page, texts[0] + "p")
    page.locator("[data-task=look]").wait_for()
    one.look("home")
    page.click("[data-task=look]")
    for text in texts:
        for code in (text + "b", text + "l", text):
            pull(page, code)
            page.wait_for_timeout(40)
            one.look(f"look at {code}")
        _until_read(page, text)
    page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
    page.click("[data-task=receive]")
    for text in texts:
        pull(page, text + "l")
        pull(page, text + "b")
        pull(page, text + "strange")
        page.wait_for_timeout(60)
        one.look(f"receive {text}")
    page.get_by_role("button", name=t("ui.task.type"), exact=True).click()
    page.locator("#typed").fill(texts[0][:8])
    page.wait_for_timeout(300)
    one.look("search")
    page.get_by_role("button", name=t("ui.cancel"), exact=True).click()
    page.locator(".waits").click()
    one.look("queue")
    page.get_by_role("button", name=t("ui.back"), exact=True).click()
    page.get_by_role("button", name=t("ui.task.tasks"), exact=True).click()
    page.get_by_role("button", name=t("ui.menu.title"), exact=True).click()
    page.get_by_role("button", name=t("ui.recent.title")).click()
    page.locator(".rows li button").first.click()
    one.look("recent")


def _go(page: Page, where: str) -> None:
    """Open another page of the console, and wait until the one before is gone."""
    turn = "new Promise((drawn) => { location.hash = '#/' + where; requestAnimationFrame(() => setTimeout(drawn, 50)); })"
    page.evaluate(f"(where) => {turn}", where)


def _until_read(page: Page, text: str) -> None:
    page.wait_for_function(f"(text) => ({READ})().includes(text)", arg=text)


def walked(server: Server, browser: Browser, texts: Sequence[str], detailed: Sequence[str]) -> Counter[str]:
    """Plant some payloads and walk through all screens; return what was done. Raises Broken."""
    planted = Planted(server, texts)
    office = Watched(browser, viewport={"width": 1180, "height": 900}, user_agent=texts[0])
    first_sign_in(office.page, server)
    pages = len(list(console(planted, office, detailed)))
    gun = Watched(browser, viewport={"width": 480, "height": 800})
    phone(planted, gun)
    for one in (office, gun):
        hold(one.complaints == [], "\n".join(one.complaints[:20]))
        unread = [text for text in texts if text not in one.seen]
        hold(unread == [], f"never read on a screen: {unread[:5]}")
    state = office.context.storage_state()
    hold(not SHOW - office.showed, f"screens that showed none of them: {sorted(SHOW - office.showed)}")
    office.context.close()
    gun.context.close()
    done = controls(planted, browser, state)
    done["fields"] = sum(planted.planted.values())
    done["pages"] = pages
    return done


def controls(planted: Planted, browser: Browser, state: Any) -> Counter[str]:
    """Show the same to an app that takes texts for markup; return what was noticed: by the policy, and without it."""
    noticed = Counter[str]()
    for policy in (True, False):
        naive = Watched(browser, NAIVE, policy, storage_state=state, viewport={"width": 1180, "height": 900}, service_workers="block")
        naive.page.goto(f"{planted.server.base}/console#/products")
        naive.page.wait_for_timeout(1500)
        naive.look("products")
        ran = sum("ran" in line for line in naive.complaints)
        hold(not policy or ran == 0, "with the policy nothing may run")
        if policy:
            noticed["reported"] += sum(line.startswith("VIOLATION") for line in naive.complaints)
        else:
            noticed["ran"] += ran
            noticed["stood"] += sum("planted" in line for line in naive.complaints)
        naive.context.close()
    return noticed


def campaign(ground: Ground, count: int, playwright: Playwright | None = None, browser: Browser | None = None) -> Outcome:
    """Take the first `count` payloads, or a sample of them where they are few, twenty at a time, each time a server of their own."""
    if browser is None:
        with sync_playwright() as own:
            return campaign(ground, count, own, own.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
    texts = payloads.ALL if count >= len(payloads.ALL) else payloads.sample(count)
    done = Counter[str]()
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        folder = ground.folder / f"injections-{uuid.uuid4().hex[:6]}"
        folder.mkdir(parents=True)
        server = Server(folder)
        server.env["DEMO"] = "0"
        server.start()
        try:
            facts = walked(server, browser, batch, batch if len(texts) > BATCH else batch[::5])
        finally:
            server.stop()
        done += facts
        progress(start + BATCH, len(texts), "payloads")
    hold(min(done["reported"], done["ran"], done["stood"]) > 0, f"control: an app that takes texts for markup went unnoticed: {done}")
    control = (
        f"texts taken for markup: {done['reported']} reports with the policy, {done['ran']} ran and {done['stood']} stood there without it"
    )
    return Outcome("script payloads", len(texts), "payloads", {"dialogs": 0, "reports": 0, "planted": 0, "fields": done["fields"]}, control)
