"""Make the pictures of the documentation: `make run` in one terminal, `make screenshots` in another (same DATA_DIR).

Needs the system's Chromium. Enrols a device and makes a sign-in through the command line, so use a throwaway DATA_DIR.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HOME = Path(__file__).parents[2]
IMAGES = HOME / "docs" / "img"
PASSWORD = "a sentence only for pictures"
PHONE = {"width": 480, "height": 800}
DESK = {"width": 1180, "height": 820}


def main() -> None:
    """Write docs/img/*.png."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    options = parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=options.chromium, args=["--no-sandbox", "--disable-gpu"])
        count, link = _console(browser, options.base)
        _gun(browser, options.base, link)
        _review(browser, options.base, count)
        browser.close()
    print(f"{len(list(IMAGES.glob('*.png')))} pictures in {IMAGES.relative_to(HOME)}")


_state: dict[str, object] = {}


def _cli(*args: str) -> str:
    done = subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", *args], cwd=HOME, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _rows(base: str, path: str) -> list[dict[str, Any]]:
    """Ask the server for a list, as a supervisor."""
    key = _state.setdefault("key", _cli("keys", "create", f"pictures-{uuid.uuid4().hex[:6]}", "--role", "supervisor"))
    request = urllib.request.Request(f"{base}/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return list(json.load(answer)["rows"])


def _shooter(page: Page, prefix: str) -> Callable[[str], None]:
    def shoot(name: str) -> None:
        page.wait_for_timeout(350)
        page.screenshot(path=IMAGES / f"{prefix}-{name}.png")

    return shoot


def _console(browser: Browser, base: str) -> tuple[str, str]:
    """Sign in, plan a count, enrol a device; return the count's code and the enrolment link."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    shoot = _shooter(page, "console")
    page.goto(_cli("setup-link").split()[-1])
    page.fill("#name", f"Ada {uuid.uuid4().hex[:4]}")
    page.fill("#password", PASSWORD)
    shoot("setup")
    page.click("button[type=submit]")
    page.get_by_role("heading", name="Overview").wait_for()
    page.goto(f"{base}/console#/counts/new")
    page.locator(".pick").nth(3).wait_for()
    page.fill("#find", "A-01-0")
    for box in page.locator(".picks .pick").all()[:4]:
        box.click()
    shoot("plan")
    page.get_by_label("Blind").uncheck()
    page.get_by_role("button", name="Make the sheets").click()
    page.locator("table").wait_for()
    count = page.url.rsplit("/", 1)[1]
    page.goto(f"{base}/console#/devices")
    page.fill("#new-device", f"GUN-{uuid.uuid4().hex[:3].upper()}")
    page.get_by_role("button", name="Enrol a device").click()
    page.locator(".qr").wait_for()
    shoot("devices")
    link = page.inner_text("#enrol-link")
    _state["context"] = context
    return count, link


def _gun(browser: Browser, base: str, link: str) -> None:
    """Count by a sheet, with strangers in between, online and offline; put away, hold, look up; the end of the shift."""
    stock = _rows(base, "stock?location=A-01&limit=500")
    barcodes = {row["sku"]: row["barcodes"][0]["code"] for row in _rows(base, "products?limit=500") if row["barcodes"]}
    bins = sorted({row["location"] for row in stock})
    here, there = ([row["sku"] for row in stock if row["location"] == bin_] for bin_ in bins[:2])
    stranger = next(sku for sku in barcodes if sku not in {row["sku"] for row in stock})
    context = browser.new_context(viewport=PHONE)
    session = context.new_cdp_session(context.new_page())
    context_id = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    session.send("Browser.grantPermissions", {"permissions": ["durableStorage"], "browserContextId": context_id})
    page = context.pages[0]
    shoot = _shooter(page, "gun")

    def scan(*texts: str) -> None:
        for text in texts:
            page.keyboard.type(text, delay=2)
            page.keyboard.press("Enter")
            page.wait_for_timeout(200)

    def task(name: str) -> None:
        page.get_by_role("button", name="Tasks").click()
        page.click(f"[data-task={name}]")

    page.goto(link)
    shoot("enrol")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_role("button", name="Start scanning").click()
    page.wait_for_function("document.activeElement.id === 'sink'")
    shoot("badge")
    scan("OP-17")
    shoot("home")
    page.click("[data-task=count]")
    page.locator(".hit").first.wait_for()
    shoot("count-start")
    page.locator(".hit").first.click()
    shoot("sheet")
    scan(bins[1])
    shoot("sheet-elsewhere")
    page.get_by_role("button", name="No", exact=True).click()
    scan(bins[0])
    page.get_by_text("Not seen yet").wait_for()
    shoot("expected")
    scan(*(barcodes[sku] for sku in (*here[:3], here[0], here[0])))
    page.locator("[data-waiting='0']").wait_for()
    shoot("count")
    scan(barcodes[stranger], barcodes[next(sku for sku in there if sku not in here)])
    shoot("misplaced")
    page.get_by_role("button", name="Quantity").click()
    page.locator(".keys").get_by_role("button", name="3", exact=True).click()
    page.get_by_role("button", name="\u00d7 pack").click()
    for key in "12":
        page.locator(".keys").get_by_role("button", name=key, exact=True).click()
    shoot("quantity")
    page.get_by_role("button", name="OK").click()
    scan(barcodes[here[0]], "5012345-UNKNOWN")
    page.get_by_text("waits for a supervisor").first.wait_for()
    shoot("count-refused")
    page.get_by_role("button", name="Here: products").click()
    page.get_by_role("button", name="Undo #7").click()
    shoot("last-scans")
    page.get_by_role("button", name="Sure? #7").click()
    page.get_by_text("Undone on the server").wait_for()
    shoot("undone")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Finish location").click()
    shoot("finish")
    page.get_by_role("button", name="All counted").click()
    scan("BIN-NOBODY-KNOWS")
    shoot("question")
    page.locator("[data-waiting='0']").wait_for()
    context.set_offline(True)
    scan(bins[1], *(barcodes[sku] for sku in there[:2]))
    page.locator("[data-waiting='2'].stuck").wait_for()
    shoot("offline")
    page.locator(".waits").click()
    shoot("queue")
    page.get_by_role("button", name="Back").click()
    context.set_offline(False)
    page.get_by_role("button", name="Finish location").click()
    page.get_by_role("button", name="All counted").click()
    task("putaway")
    scan("DOCK-1", bins[2], barcodes[stranger])
    shoot("putaway")
    task("hold")
    page.get_by_label("Reason").select_option(label="Recalled")
    scan(barcodes[stranger])
    shoot("hold")
    task("look")
    scan(barcodes[stranger])
    page.get_by_text("on hold").first.wait_for()
    shoot("look")
    page.get_by_role("button", name="Tasks").click()
    page.get_by_role("button", name="More").click()
    shoot("more")
    page.get_by_role("button", name="End of shift").click()
    page.locator("[data-proven]").wait_for()
    shoot("proof")
    page.evaluate("""() => {
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...given) {
        if (this.name === 'outbox') throw new DOMException('no space', 'QuotaExceededError');
        return put.apply(this, given);
      };
    }""")
    scan(barcodes[stranger])
    shoot("not-saved")
    context.close()


def _review(browser: Browser, base: str, count: str) -> None:
    """Look at the live count, the review, what waits, and stock."""
    context = _state["context"]
    page = context.pages[0]  # type: ignore[attr-defined]
    shoot = _shooter(page, "console")
    for name, where in (
        ("overview", ""),
        ("count", f"counts/{count}"),
        ("review", f"counts/{count}/reconciliation"),
        ("waiting", "waiting"),
        ("stock", "stock"),
    ):
        page.goto(f"{base}/console#/{where}")
        page.wait_for_timeout(700)
        if name == "review":
            page.get_by_role("button", name="All lines").click()
        if name == "waiting":
            page.get_by_role("button", name="Resolve").first.click()
        if name == "stock":
            page.fill("#stock-code", "A-01-01")
            page.get_by_role("button", name="Show").click()
            page.wait_for_timeout(500)
        shoot(name)
    page.set_viewport_size(PHONE)
    page.goto(f"{base}/console#/counts/{count}/reconciliation")
    shoot("review-480")
    context.close()  # type: ignore[attr-defined]


if __name__ == "__main__":
    start = time.monotonic()
    main()
    print(f"{time.monotonic() - start:.0f} s")
