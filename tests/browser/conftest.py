"""A real server, a real Chromium, and helpers that hold a gun's trigger.

Each page fails its test when the browser reports a script error or a violation of the content security policy.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

from tests.browser.harness import PATIENCE, Gun, Killable, Server, first_sign_in


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def guns(chromium: Browser, server: Server) -> Iterator[Callable[..., Gun]]:
    """Make guns; afterwards none may have complained."""
    made: list[Gun] = []

    def make(script: str = "", **options: Any) -> Gun:
        context = chromium.new_context(**{"viewport": {"width": 480, "height": 800}, **options})
        context.set_default_timeout(PATIENCE * 1000)
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


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, server: Server) -> Any:
    """The cookies of a supervisor who came in by a setup link."""
    context = chromium.new_context()
    first_sign_in(context.new_page(), server)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(guns: Callable[..., Gun], server: Server, signed_in: Any) -> Page:
    """A supervisor's page."""
    page = guns(viewport={"width": 1180, "height": 820}, storage_state=signed_in).page
    page.goto(f"{server.base}/console")
    page.get_by_role("heading", name="Overview").wait_for()
    return page
