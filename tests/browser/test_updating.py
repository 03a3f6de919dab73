"""A new version is offered when nothing waits, and a broken one leaves the old one working."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.harness import HOME, Gun, Server

BUILD = "document.querySelector('script[type=module]').src"
CHECK = "navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true, () => false)"

READY = "navigator.serviceWorker.getRegistration().then((r) => new Promise((go) => { const look = () => (r.waiting ? go(true) : setTimeout(look, 50)); look(); }))"
CONTROLLED = "new Promise((go) => { const look = () => (navigator.serviceWorker.controller ? go(true) : setTimeout(look, 50)); look(); })"


class Deployed(Server):
    """The product from a copy in its folder, whose files a test may change."""

    def launch(self, log: Path) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "app.run"]
        with open(log, "ab") as out:
            return subprocess.Popen(command, cwd=self.folder / "copy", env=self.env, stdout=out, stderr=out, start_new_session=True)

    def file(self, name: str) -> Path:
        return self.folder / "copy" / "static" / name

    def deploy(self, page: Page, **texts: str | None) -> None:
        """Serve other files, or without them, and let a page look for what is new."""
        self.stop()
        for name, text in texts.items():
            file = self.file(name.replace("_", "."))
            file.unlink() if text is None else file.write_text(text)
        self.start()
        page.evaluate(CHECK)

    def next_build(self) -> dict[str, str]:
        return {"app_css": self.file("app.css").read_text() + "a { color: inherit; }\n"}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("deployed")
    for name in ("app", "static", "migrations"):
        shutil.copytree(HOME / name, folder / "copy" / name)
    shutil.copy(HOME / "wsgi.py", folder / "copy")
    server = Deployed(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def gun(guns: Callable[..., Gun], deployed: Deployed) -> Gun:
    """A gun that counts, with all of the build that is deployed."""
    gun = guns()
    gun.server = deployed
    gun.enrol().task("count")
    gun.page.evaluate(CONTROLLED)
    return gun


def take(page: Page, button: str = "Update") -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def test_an_update_is_a_question_asked_when_nothing_waits(gun: Gun, deployed: Deployed) -> None:
    gun.scan(deployed.bins()[0])
    old = gun.page.evaluate(BUILD)
    gun.page.route("**/api/v1/scans", lambda route: route.abort())
    gun.scan_saved("BEFORE-THE-UPDATE")
    deployed.deploy(gun.page, **deployed.next_build())
    gun.page.evaluate(READY)
    gun.page.wait_for_timeout(300)
    assert gun.page.get_by_text("A new version is ready").count() == 0, "nothing is asked while something waits"
    gun.page.unroute("**/api/v1/scans")
    gun.drained(30)
    gun.page.reload()
    assert gun.page.evaluate(BUILD) == old, "no version takes over by itself"
    offer = gun.page.get_by_text("A new version is ready")
    offer.wait_for()
    gun.page.get_by_role("button", name="Quantity").click()
    gun.page.locator("#keyed").wait_for()
    assert offer.count() == 0, "nor while a quantity is keyed, which a start would forget"
    gun.page.get_by_role("button", name="Cancel").click()
    take(gun.page)
    gun.page.locator(".place").wait_for()
    assert gun.page.evaluate(BUILD) != old
    gun.scan_saved("AFTER-THE-UPDATE")
    gun.drained()
    gun.arrived_once()


def test_an_updated_gun_still_speaks_its_language_without_a_network(guns: Callable[..., Gun], deployed: Deployed) -> None:
    gun = guns(locale="de-DE")
    gun.page.goto(deployed.base)
    gun.page.evaluate(CONTROLLED)
    deployed.deploy(gun.page, **deployed.next_build())
    take(gun.page, "Jetzt nehmen")
    gun.context.set_offline(True)
    gun.page.reload()
    gun.page.get_by_role("heading", name="Gerät einrichten").wait_for()


def test_a_version_that_does_not_start_gives_way_to_the_one_before(gun: Gun, deployed: Deployed) -> None:
    """A file without its end, as a copy that was cut off leaves it: the worker can keep all files of this build, and none of its pages can run."""
    worker, module = (deployed.file(name).read_text() for name in ("sw.js", "dialog.js"))
    old = gun.page.evaluate(BUILD)
    deployed.deploy(gun.page, sw_js=worker.replace("PATIENCE = 30000", "PATIENCE = 1000"), dialog_js=module.rstrip().removesuffix("}"))
    take(gun.page)
    gun.page.get_by_text("ScanLedger starts").wait_for()
    assert gun.page.evaluate(BUILD) != old
    gun.page.locator(".work").wait_for()
    assert gun.page.evaluate(BUILD) == old
    gun.context.set_offline(True)
    gun.page.reload()
    gun.page.locator(".work").wait_for()
    gun.scan(deployed.bins()[0])
    gun.scan_saved("WITHOUT-THE-BROKEN-ONE")
    gun.context.set_offline(False)
    gun.drained(30)
    gun.arrived_once()
    deployed.deploy(gun.page, sw_js=worker, dialog_js=module, **deployed.next_build())
    take(gun.page)
    gun.page.locator(".work").wait_for()
    assert gun.page.evaluate(BUILD) != old
    only = "() => caches.keys().then((names) => names.filter((name) => name.startsWith('scanledger-')).length === 1)"
    gun.page.wait_for_function(only)
    assert gun.complaints == ["Unexpected end of input"], "the broken version ran once"
    gun.complaints.clear()


def test_a_deploy_without_one_of_its_modules_is_never_offered(gun: Gun, deployed: Deployed) -> None:
    whole = deployed.file("signal.js").read_text()
    deployed.deploy(gun.page, signal_js=None)
    gun.page.wait_for_function("() => navigator.serviceWorker.getRegistration().then((r) => !r.waiting && !r.installing)")
    assert gun.page.get_by_text("A new version is ready").count() == 0
    deployed.deploy(gun.page, signal_js=whole)


def test_a_broken_deploy_leaves_the_old_version_working(gun: Gun, deployed: Deployed) -> None:
    old = gun.page.evaluate(BUILD)
    worker = deployed.file("sw.js").read_text()
    deployed.deploy(gun.page, sw_js=worker.replace("['__FILES__']", "['/s/gone/main.js'].concat(['__FILES__'])"))
    gun.page.wait_for_timeout(1000)
    gun.page.reload()
    gun.page.locator(".prompt").wait_for()
    assert gun.page.evaluate(BUILD) == old
    gun.scan(deployed.bins()[0])
    gun.scan_saved("STILL-WORKS")
    gun.drained(30)
    gun.arrived_once()
    assert gun.page.evaluate("navigator.serviceWorker.getRegistration().then((r) => !r.waiting && !r.installing)"), "all files or none"
