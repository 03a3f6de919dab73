"""kill -9 of the browser at any moment: while it scans with and without a network, while it sends, while it starts.

A real Chromium on a profile that outlives it, and a real server. At the end everything that beeped is on the server, once, no number is
missing, and the stock is what the scans say. The control beeps before its transaction is complete, and must lose.
"""

import random
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright

from campaigns import Broken, Outcome, hold, progress
from campaigns.ground import Ground
from tests.browser.harness import HOME, Gun, Killable, Server

TRIGGER = """([code, every]) => {
  const press = (key) => document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  setInterval(() => [...code, 'Enter'].forEach(press), every);
}"""
"""Somebody who scans without a pause."""

HASTY = """
delete Navigator.prototype.serviceWorker;
Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined });
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  const asked = put.apply(this, given);
  const until = performance.now() + 300;
  const again = () => { if (performance.now() < until) this.count().onsuccess = again; };
  if (this.name === 'outbox') again();
  return asked;
};"""
"""A disk that takes 300 ms for a transaction, under an app without a second copy, whose scripts can be changed."""


class Field:
    """A gun that receives one product into one bin, in a browser that is killed and started again."""

    def __init__(self, folder: Path, playwright: Playwright, seed: int, script: str = "", served: Mapping[str, str] | None = None) -> None:
        """`script` runs before the app's; `served` are files of it that are otherwise than they are, by name."""
        folder.mkdir(parents=True)
        self.server = Server(folder)
        self.server.env["DEMO"] = "1"
        self.server.start()
        self.browser = Killable(playwright, folder / "profile", self.server)
        self.browser.folder.mkdir()
        self.chance, self.facts = random.Random(seed), Counter[str]()
        self.script, self.served = script, served or {}
        self.bin, self.code = self.server.bins()[0], self.server.barcodes()[0][0]
        self.before = self.stock()
        self.since = int(self.server.call("GET", "/api/v1/scans?since=0&limit=1&site=MAIN")["journal"])
        gun = self.start().enrol().task("receive")
        gun.scan(self.bin)
        gun.page.locator(".place", has_text=self.bin).wait_for()
        gun.scan_saved(self.code)

    def close(self) -> None:
        self.browser.close()
        self.server.stop()

    def stock(self) -> int:
        (product,) = self.server.call("GET", f"/api/v1/lookup?code={self.code}&site=MAIN")["candidates"]
        rows = self.server.call("GET", f"/api/v1/stock?location={self.bin}&sku={product['sku']}&site=MAIN")["rows"]
        return sum(int(row["quantity"]) for row in rows)

    def start(self) -> Gun:
        gun = self.browser.start()
        gun.context.set_default_timeout(60_000)
        if self.script:
            gun.context.add_init_script(self.script)
        for name in self.served:
            gun.context.route(
                f"**/{name}",
                lambda route: route.fulfill(content_type="text/javascript", body=self.served[route.request.url.rpartition("/")[2]]),
            )
        return gun

    def kill(self, moment: str) -> None:
        """Kill the browser in the middle of something, and start it again."""
        gun = self.browser.gun
        assert gun is not None
        if moment == "starting":
            gun.page.goto(self.server.base, wait_until="commit")
        else:
            gun.context.set_offline(moment != "scanning online")
            gun.page.evaluate(TRIGGER, [self.code, self.chance.choice([15, 25, 60])])
            if moment == "sending":
                gun.page.wait_for_timeout(self.chance.uniform(200, 800))
                gun.context.set_offline(False)
        gun.page.wait_for_timeout(self.chance.uniform(20, 900))
        self.browser.kill()
        self.facts[moment] += 1
        gun = self.start()
        gun.page.goto(self.server.base)
        gun.until(lambda: gun.page.locator(".place").is_visible())

    def judge(self) -> None:
        """Everything that beeped is stored once; so is what was stored without a beep, and nothing else."""
        gun = self.browser.gun
        assert gun is not None
        gun.context.set_offline(False)
        gun.drained(120)
        rows = self.stored()
        stored = {row["id"] for row in rows}
        lost = [said for said in self.browser.saved if said[0] not in stored]
        hold(
            not lost,
            f"{len(lost)} of {len(self.browser.saved)} scans that beeped are not on the server, the first {lost[0][0] if lost else None}",
        )
        streams = {stream for _, _, stream in self.browser.saved}
        for stream in streams:
            proof = self.server.proof(stream)
            hold(proof["missing"] == [] and proof["through"] == proof["held"], f"numbers are missing: {proof}")
        hold(len(rows) == len(stored), "a scan is stored twice")
        received = [row for row in rows if (row["task"], row["location"], row["barcode"]) == ("receive", self.bin, self.code)]
        hold(
            self.stock() - self.before == len(received), f"{len(received)} scans of one piece made a stock of {self.stock() - self.before}"
        )
        self.facts["beeped"], self.facts["stored"] = len(self.browser.saved), len(rows)

    def stored(self) -> list[Any]:
        """Return what the server was sent since this began."""
        return self.server.scans(self.since)


MOMENTS = ("scanning offline", "sending", "scanning online", "starting")


def killed(ground: Ground, playwright: Playwright, kills: int, seed: int) -> Counter[str]:
    """Kill the browser at random moments of each kind in turn."""
    field = Field(ground.folder / f"browsers-{seed}", playwright, seed)
    try:
        for number in range(kills):
            progress(number, kills, "kills of the browser")
            field.kill(MOMENTS[number % len(MOMENTS)])
            if number % 25 == 24:
                field.judge()
        field.judge()
    finally:
        field.close()
    return field.facts


def hasty(ground: Ground, playwright: Playwright, seed: int) -> str:
    """The control: a beep before the transaction is complete is lost by a kill, and that is noticed."""
    text = (HOME / "static" / "db.js").read_text()
    naive = text.replace("tx.oncomplete = () => resolve(result);", "").replace("{ result = value; }", "{ result = value; resolve(value); }")
    hold(naive != text, "control: db.js is written otherwise now")
    field = Field(ground.folder / f"hasty-{seed}", playwright, seed, HASTY, {"db.js": naive})
    try:
        for _ in range(3):
            field.kill("scanning offline")
        field.judge()
    except Broken as caught:
        return f"a beep before the transaction is complete: {caught}"
    finally:
        field.close()
    raise Broken("control: a beep before the transaction is complete lost nothing")


def campaign(ground: Ground, kills: int, seed: int, playwright: Playwright | None = None) -> Outcome:
    if playwright is None:
        with sync_playwright() as own:
            return campaign(ground, kills, seed, own)
    facts = killed(ground, playwright, kills, seed)
    return Outcome("kill -9 of the browser", kills, "kills", {"lost": 0, "twice": 0, **facts}, hasty(ground, playwright, seed))
