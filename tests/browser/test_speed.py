"""How long a gun makes its operator wait, on a CPU slowed six times, with 50,000 products: the start offline, a beep, a search.

The browser's profile is on a disk, as a gun's is: a context in memory has no disk to wait for. Test machines are shared, so the start
and the keypad have three times what is wanted, the others are held by their median, and what is told is of the quietest round; what is
wanted, `python -m bench app` says.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright

from campaigns.trigger import Keys, Pace
from tests.browser.harness import CHROMIUM, FLAGS, Gun, Server
from tests.browser.test_never_lost import QUEUE

PRODUCTS, WAITING, SLOWED = 50_000, 4_000, 6
SCANS, ROUNDS = int(os.environ.get("BENCH_SCANS", "20")), 3
PATIENCE = 3
FASTEST = Pace(gap=2)

WATCH = """
window.told = {};
const tell = (what) => { if (!(what in told)) told[what] = performance.now(); };
const press = (text) => { for (const key of [...text, 'Enter']) for (const type of ['keydown', 'keyup'])
  document.dispatchEvent(new KeyboardEvent(type, { key, code: key === 'Enter' ? 'Enter' : '', bubbles: true, cancelable: true })); };
addEventListener('scanledger:saved', () => { window.savedAt = performance.now(); window.drawnBefore = window.drawn; });
addEventListener('keydown', (event) => {
  window.apart = Math.max(window.apart, event.timeStamp - window.pressedAt);
  window.pressedAt = event.timeStamp;
  if (event.key === 'Enter') window.drawn = 0;
}, true);
new MutationObserver((changes) => {
  window.drawn += changes.filter(({ type }) => type !== 'attributes').length;
  if (document.querySelector('.ready.yes') && !('ready' in told)) { tell('ready'); if (window.name) press(window.name.split('|')[0]); }
  const last = document.querySelector('.last');
  if (window.name && last && last.textContent.includes(window.name.split('|')[1])) tell('understood');
}).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
"""
"""Tells when the sign said ready, scans what the window's name asks for, and tells when its name stood there; how far apart the keys of a
scan came, and what was drawn between it and its beep."""

BEEPS = """async (codes) => {
  const took = [];
  for (const code of codes) {
    const done = new Promise((resolve) => addEventListener('scanledger:saved', resolve, { once: true }));
    let suffix = 0;
    for (const key of [...code, 'Enter']) {
      if (key === 'Enter') suffix = performance.now();
      document.dispatchEvent(new KeyboardEvent('keydown', { key, code: '', bubbles: true, cancelable: true }));
      document.dispatchEvent(new KeyboardEvent('keyup', { key, code: '', bubbles: true, cancelable: true }));
    }
    await done;
    took.push(window.savedAt - suffix);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return took;
}"""

SEARCH = """async (question) => {
  const field = document.getElementById('typed');
  const from = performance.now();
  field.value = question;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  while (!document.querySelector(`[data-hits="${question}"] .hit`) || field.value !== question) await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now() - from;
}"""


def sku(number: int) -> str:
    return f"SP-{number:05d}"


def name(number: int) -> str:
    return f"Hexagon screw M{number % 40} x {number % 97}, zinc-plated, bag {number}"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 50,000 products."""
    server = Server(tmp_path_factory.mktemp("warehouse"))
    server.env["DEMO"] = "1"
    server.start()
    rows = "\n".join(f'{sku(n)},"{name(n)}",SPB{n:07d}' for n in range(PRODUCTS))
    job = server.call("POST", "/api/v1/imports/products", raw=f"sku,name,barcode\n{rows}\n".encode(), kind="text/csv")
    server.finished(job)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture(scope="module")
def gun(playwright: Playwright, warehouse: Server, profile: Path) -> Iterator[Gun]:
    """A gun that has the whole list, in the middle of a receipt; its server is gone."""
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=[*FLAGS, "--remote-debugging-port=0"], viewport={"width": 480, "height": 800}
    )
    context.set_default_timeout(60_000)
    context.add_init_script(WATCH)
    gun = Gun(context, warehouse).enrol()
    gun.task("receive").scan(warehouse.bins()[0])
    gun.page.locator(".place", has_text=warehouse.bins()[0]).wait_for()
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.until(lambda: _copied(gun.page) >= PRODUCTS, 180)
    warehouse.stop()
    yield gun
    assert gun.complaints == []
    context.close()


@pytest.fixture(scope="module")
def laden(gun: Gun) -> Page:
    """The page of a gun with 4,000 scans waiting, the last 400 of them in its list."""
    gun.page.wait_for_selector(".ready.yes")
    place = gun.page.locator(".place").inner_text().strip()
    gun.page.evaluate(QUEUE.replace("task: 'count'", "task: 'receive'"), [WAITING, place])
    return gun.page


def _copied(page: Page) -> int:
    """How many products the device has a whole copy of."""
    ask = """() => new Promise((done) => {
      const open = indexedDB.open('scanledger');
      open.onsuccess = () => {
        const got = open.result.transaction('meta').objectStore('meta').get('catalogue');
        got.onsuccess = () => { open.result.close(); done((got.result && got.result.products && got.result.products.rows) || 0); };
      };
    })"""
    return int(page.evaluate(ask))


def slowed(page: Page, times: int) -> None:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": times})


def percentile(values: list[float], p: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * p))]


def cold_starts(gun: Gun, what: str) -> None:
    """Start three times on a page of its own, scan, and tell the quickest."""
    ready, understood = [], []
    gun.page.goto("about:blank")  # a gun has one page
    for number in (7, 49_999, 25_000):
        page = gun.context.new_page()
        slowed(page, SLOWED)
        page.add_init_script(f"window.name = 'SPB{number:07d}|bag {number}';")
        page.goto(gun.server.base)
        gun.until(lambda page=page: "understood" in page.evaluate("told"), 60)
        told: Any = page.evaluate("told")
        ready.append(told["ready"])
        understood.append(told["understood"])
        page.close()
    print(f"cold start {what}: ready {min(ready):.0f} ms, first scan understood {min(understood):.0f} ms")
    gun.page.goto(gun.server.base)
    assert min(understood) < 2000 * PATIENCE


def test_a_cold_start_offline_is_ready_and_understands_a_scan_within_two_seconds(gun: Gun) -> None:
    cold_starts(gun, "with nothing waiting")


def test_a_cold_start_is_as_quick_however_much_waits(laden: Page, gun: Gun) -> None:
    laden.reload()
    laden.wait_for_selector(".ready.yes")
    laden.wait_for_timeout(2000)  # the second copy has all that waits
    cold_starts(gun, f"with {WAITING:,} waiting")


@pytest.mark.parametrize(("times", "limit"), [(1, 50), (SLOWED, 100)])
def test_a_beep_follows_its_scan_at_once_however_much_waits(laden: Page, times: int, limit: int) -> None:
    page = laden
    page.reload()
    page.bring_to_front()
    page.wait_for_selector(".ready.yes")
    page.wait_for_timeout(3000)
    slowed(page, times)
    some = random.Random(times)
    rounds: list[list[float]] = [page.evaluate(BEEPS, [f"SPB{some.randrange(PRODUCTS):07d}" for _ in range(SCANS)]) for _ in range(ROUNDS)]
    slowed(page, 1)
    took = min(rounds, key=lambda one: percentile(one, 0.99))
    print(
        f"scan to beep at 1/{times} CPU: p50 {percentile(took, 0.5):.0f} ms, p99 {percentile(took, 0.99):.0f} ms"
        f" of {SCANS} scans, the quietest of {ROUNDS} rounds"
    )
    assert percentile(took, 0.5) < limit


def test_a_scan_that_closes_the_keypad_beeps_before_anything_is_drawn(laden: Page, profile: Path) -> None:
    page = laden
    page.bring_to_front()
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
    keys = Keys(int((profile / "DevToolsActivePort").read_text().split()[0]), target)
    slowed(page, SLOWED)
    told = [_with_a_quantity(page, keys, f"SPB{number:07d}") for number in range(SCANS // 4 * ROUNDS)]
    slowed(page, 1)
    keys.close()
    took = min(([ms for ms, _ in told[at::ROUNDS]] for at in range(ROUNDS)), key=max)
    print(
        f"scan to beep with the keypad open at 1/{SLOWED} CPU: p50 {percentile(took, 0.5):.0f} ms, most {max(took):.0f} ms"
        f" of {len(took)} scans, the quietest of {ROUNDS} rounds"
    )
    assert percentile(took, 0.5) < 100 * PATIENCE
    assert percentile([drawn for _, drawn in told], 0.5) == 0


def _with_a_quantity(page: Page, keys: Keys, code: str, tries: int = 6) -> tuple[float, int]:
    """Key 3 and scan, by real keys, which the field takes too; milliseconds from Enter to the beep, and what was drawn before it. Where
    the machine holds up the keys themselves, which cuts a code, again."""
    page.get_by_role("button", name="Quantity", exact=True).click()
    page.locator("#keyed").wait_for()
    page.keyboard.press("3")
    page.wait_for_timeout(200)  # from the key to the trigger: what follows sooner is the gun's own
    page.evaluate("window.savedAt = window.apart = 0; window.pressedAt = Infinity")
    keys.burst([code], FASTEST)
    page.wait_for_function("() => window.savedAt > 0")
    page.locator("#keyed").wait_for(state="detached")
    ms, drawn, apart = page.evaluate("[savedAt - pressedAt, drawnBefore, apart]")
    if apart > 100 and tries:
        return _with_a_quantity(page, keys, code, tries - 1)
    assert page.locator(".last").inner_text().rstrip().endswith("3")
    return ms, drawn


def test_search_answers_within_a_fifth_of_a_second_a_keystroke(laden: Page) -> None:
    page = laden
    page.bring_to_front()
    slowed(page, SLOWED)
    page.get_by_role("button", name="Type or search").click()
    page.locator("#typed").wait_for()
    words = "zinc screw bag 4242"
    took = [page.evaluate(SEARCH, words[:end]) for end in range(3, len(words) + 1) if words[end - 1] != " "]
    slowed(page, 1)
    print(f"search: first {took[0]:.0f} ms, then p50 {percentile(took[1:], 0.5):.0f} ms, most {max(took[1:]):.0f} ms a keystroke")
    assert percentile(took[1:], 0.5) < 200
    page.get_by_role("button", name="Cancel").click()
