"""A real server, a real Chromium, and helpers that hold a gun's trigger.

Each page fails its test when the browser reports a script error or a violation of the content security policy.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.harness import CHROMIUM, FLAGS, Gun, Killable, Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as p:
        yield p


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), f"Chromium is needed at {CHROMIUM} (Debian: apt-get install chromium), or name it by CHROMIUM."
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def guns(chromium: Browser, server: Server) -> Iterator[Callable[..., Gun]]:
    """Make guns; afterwards none may have complained."""
    made: list[Gun] = []

    def make(script: str = "", **options: Any) -> Gun:
        context = chromium.new_context(**{"viewport": {"width": 480, "height": 800}, **options})
        context.set_default_timeout(20000)
        if script:
            context.add_init_script(script)
        made.append(Gun(context, server))
        return made[-1]

    yield make
    for gun in made:
        gun.context.close()
    assert [c for gun in made for c in gun.complaints] == []


@pytest.fixture
def killable(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Killable]:
    profile = tmp_path / "profile"
    profile.mkdir()
    one = Killable(playwright, profile, server)
    yield one
    one.close()
    assert one.gun is None or one.gun.complaints == []
