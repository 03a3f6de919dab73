"""Script payloads in every field that a stranger can fill, then every screen of the phone app and the console in a real Chromium, and
what a server of the local network serves over plain http.

What must not happen: a dialog, an element or attribute that somebody planted, a call of the canary, an error of a page, a report of the
content security policy. What must: each payload is read on a screen, letter for letter. The control is an app that takes texts for markup:
with the policy its attempts are reported, without the policy they run.
"""

import re
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from campaigns import Outcome, hold, nearby, payloads, progress, walks
from campaigns.ground import Ground
from campaigns.planting import Planted
from tests.browser.harness import CHROMIUM, FLAGS, LOG_VIOLATIONS, Server

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


class Watched:
    """A browser's context, and all that it complained of."""

    def __init__(self, browser: Browser, script: str = "", policy: bool = True, **options: Any) -> None:
        self.complaints: list[str] = []
        self.seen = ""
        self.screens: set[str] = set()
        self.showed: set[str] = set()
        """The screens on which a payload was read, the bar above all of them left out."""
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(60_000)
        self.context.add_init_script(CANARY + LOG_VIOLATIONS + script)
        if not policy:
            self.context.route(re.compile(r"/(console|setup|join)$"), _without_policy)
        self.page: Page = self.context.new_page()
        self.page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error {error}"))
        self.page.on("console", self._heard)

    def _heard(self, message: Any) -> None:
        if message.text.startswith("VIOLATION") or (message.type == "error" and not message.text.startswith("Failed to load resource")):
            self.complaints.append(message.text)

    def follow(self, walk: walks.Walk) -> None:
        """Judge what the page has become on each screen of a walk."""
        for screen in walk:
            self.screens.add(screen)
            self.look(screen)

    def look(self, screen: str) -> None:
        """Judge what the page has become."""
        found, read, shown = self.page.evaluate(f"() => [({LOOK})(), ({walks.READ})(), {walks.SHOWN}]")
        self.complaints += [f"{screen}: {one}" for one in found]
        self.seen += read
        if shown:
            self.showed.add(screen)


def _without_policy(route: Any) -> None:
    answer = nearby.fetched(route)
    route.fulfill(response=answer, headers={name: value for name, value in answer.headers.items() if name != "content-security-policy"})


def walked(server: Server, browser: Browser, texts: Sequence[str], detailed: Sequence[str]) -> Counter[str]:
    """Plant some payloads and walk through all screens; return what was done. Raises Broken."""
    planted = Planted(server, texts)
    gun = Watched(browser, viewport={"width": 480, "height": 800})
    gun.follow(walks.phone(gun.page, planted, detailed))
    office = Watched(browser, viewport={"width": 1180, "height": 900}, user_agent=texts[0])
    office.follow(walks.console(office.page, planted, detailed))
    near = Watched(browser, viewport={"width": 480, "height": 800}, service_workers="block")
    near.follow(nearby.walk(near.page, planted, detailed if len(detailed) == len(texts) else detailed[::2]))
    done = nearby.asked(server.port, texts)
    done += controls(planted, browser, office.context.storage_state())
    office.follow(walks.away(office.page, planted))
    for one in (office, gun, near):
        hold(one.complaints == [], "\n".join(one.complaints[:20]))
        one.context.close()
    for one in (office, gun):
        unread = [text for text in texts if text not in one.seen]
        hold(unread == [], f"never read on a screen: {unread[:5]}")
    screens, showed = office.screens | gun.screens | near.screens, office.showed | gun.showed | near.showed
    hold(screens >= walks.TOURED, f"screens that no walk passes: {sorted(walks.TOURED - screens)}")
    hold(screens - showed <= walks.BARE, f"screens that showed none of them: {sorted(screens - showed - walks.BARE)}")
    done["fields"] = sum(planted.planted.values())
    done["screens"] = len(screens)
    return done


def controls(planted: Planted, browser: Browser, state: Any) -> Counter[str]:
    """Show the same to an app that takes texts for markup; return what was noticed: by the policy, and without it."""
    noticed = Counter[str]()
    for policy in (True, False):
        naive = Watched(browser, NAIVE, policy, storage_state=state, user_agent="iPhone", service_workers="block")
        naive.page.goto(f"{planted.server.base}/console#/products")
        naive.page.wait_for_timeout(1500)
        naive.look("products")
        nearby.misled(naive.page, planted.server.base, payloads.ALL[15])
        naive.page.goto(f"{nearby.plain(planted.server.base)}/join")
        naive.page.wait_for_timeout(700)
        naive.look("trust")
        hold(policy or any("trust: the canary 15" in line for line in naive.complaints), "control: nothing ran on the steps to trust")
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
    done, screens = Counter[str](), 0
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        folder = ground.folder / f"injections-{uuid.uuid4().hex[:6]}"
        folder.mkdir(parents=True)
        server = Server(folder)
        server.env.update(nearby.ENV, DEMO="0")
        server.start()
        try:
            found = walked(server, browser, batch, batch if len(texts) > BATCH else batch[::5])
        finally:
            server.stop()
        screens = found.pop("screens")
        done += found
        progress(start + BATCH, len(texts), "payloads")
    hold(nearby.controlled() >= 4, "control: a server that says what it was asked went unnoticed")
    hold(min(done["reported"], done["ran"], done["stood"]) > 0, f"control: an app that takes texts for markup went unnoticed: {done}")
    control = (
        f"texts taken for markup: {done['reported']} reports with the policy, {done['ran']} ran and {done['stood']} stood there without it"
    )
    facts = {"screens": screens, "dialogs": 0, "reports": 0, "planted": 0, "fields": done["fields"], "requests": done["requests"]}
    return Outcome("script payloads", len(texts), "payloads", facts, control)
