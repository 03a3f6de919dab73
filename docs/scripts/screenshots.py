"""Make the pictures of the documentation: every screen of the app, of the pages beside it and of the console, on a server of its own.

`make screenshots` plays a demo shift, then walks the tour that the tests of reach walk (tests/browser/tour.py).

Needs the system's Chromium.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME))

from tests.browser import tour  # noqa: E402 - the project isn't installed
from tests.browser.harness import CHROMIUM, FLAGS, Gun, Server  # noqa: E402

IMAGES = HOME / "docs" / "img"
PHONE = {"width": 480, "height": 800}
DESK = {"width": 1180, "height": 820}
COLOURS = 128
"""A picture of a screen has few; with these it takes a third of the room."""


def main() -> None:
    """Write docs/img/*.png."""
    began = time.monotonic()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        server = Server(Path(folder))
        server.start()
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            subprocess.run([sys.executable, "-m", "app.demo_shift"], cwd=HOME, env=server.env, check=True)
            _take(browser, server)
        finally:
            browser.close()
            server.stop()
    print(f"{len(list(IMAGES.glob('*.png')))} pictures in {IMAGES.relative_to(HOME)}, {time.monotonic() - began:.0f} s")


def _take(browser: Browser, server: Server) -> None:
    texts = tour.Texts()
    count = server.call("GET", "/api/v1/counts?status=all&limit=500&site=MAIN")["rows"][-1]["code"]
    gun = Gun(browser.new_context(viewport=PHONE), server)
    session = gun.context.new_cdp_session(gun.page)
    mine = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    session.send("Browser.grantPermissions", {"permissions": ["durableStorage"], "browserContextId": mine})
    _shoot(gun.page, "gun", tour.operator(gun, server, texts))
    dark = Gun(browser.new_context(viewport=PHONE, color_scheme="dark", locale="de-DE"), server)
    _shoot(dark.page, "gun-dark-german", tour.operator(dark, server, tour.Texts("de")), only="count")
    beside = browser.new_context(viewport=PHONE).new_page()
    _shoot(beside, "beside", tour.beside(beside, server))
    desk = browser.new_context(viewport=DESK).new_page()
    _shoot(desk, "console", tour.console(desk, server, texts, count, 9))


def _shoot(page: Page, prefix: str, screens: Iterable[str], only: str = "") -> None:
    for screen in screens:
        if only and screen != only:
            continue
        page.wait_for_timeout(350)
        path = IMAGES / f"{prefix}{'' if only else '-' + screen}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
        if only:
            return


if __name__ == "__main__":
    main()
