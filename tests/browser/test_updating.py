"""A new version is offered when nothing waits, and a broken one leaves the old one working."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.harness import HOME, Gun, Server

BUILD = "document.querySelector('script[type=module]').src"
CHECK = "navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true, () => false)"

READY = "navigator.serviceWorker.getRegistration().then((r) => new Promise((go) => { const look = () => (r.waiting ? go(true) : setTimeout(look, 50)); look(); }))"
CONTROLLED = "new Promise((go) => { const look = () => (navigator.serviceWorker.controller ? go(true) : setTimeout(look, 50)); look(); })"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product in a folder of its own, whose files a test may change."""
    tmp_path = tmp_path_factory.mktemp("deployed")
    for name in ("app", "static", "migrations"):
        shutil.copytree(HOME / name, tmp_path / "copy" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HOME / "wsgi.py", tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture(scope="module")
def deployed(copy: Path) -> Iterator[Server]:
    server = Server(copy.parent, copy)
    server.start()
    yield server
    server.stop()


def test_an_update_is_a_question_asked_when_nothing_waits(guns: Callable[..., Gun], deployed: Server, copy: Path) -> None:
    gun = guns()
    gun.server = deployed
    gun.enrol().task("count")
    gun.scan(deployed.bins()[0])
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    old = gun.page.evaluate(BUILD)
    deployed.stop()
    with open(copy / "static" / "app.css", "a") as css:
        css.write("/* new */\n")
    deployed.start()
    gun.page.route("**/api/v1/scans", lambda route: route.abort())
    gun.scan_saved("BEFORE-THE-UPDATE")
    gun.page.evaluate(CHECK)
    gun.page.evaluate(READY)
    gun.page.wait_for_timeout(300)
    assert gun.page.get_by_text("A new version is ready").count() == 0, "nothing is asked while something waits"
    gun.page.unroute("**/api/v1/scans")
    gun.drained(30)
    gun.page.reload()
    assert gun.page.evaluate(BUILD) == old, "no version takes over by itself"
    gun.page.get_by_text("A new version is ready").wait_for()
    with gun.page.expect_navigation():
        gun.page.get_by_role("button", name="Update").click()
    gun.page.locator(".place").wait_for()
    assert gun.page.evaluate(BUILD) != old
    gun.scan_saved("AFTER-THE-UPDATE")
    gun.drained()
    gun.arrived_once()


def test_an_updated_gun_still_speaks_its_language_without_a_network(guns: Callable[..., Gun], deployed: Server, copy: Path) -> None:
    gun = guns(locale="de-DE")
    gun.server = deployed
    gun.page.goto(deployed.base)
    gun.page.evaluate(CONTROLLED)
    deployed.stop()
    with open(copy / "static" / "app.css", "a") as css:
        css.write("a { color: inherit; }\n")
    deployed.start()
    gun.page.evaluate(CHECK)
    with gun.page.expect_navigation():
        gun.page.get_by_role("button", name="Jetzt nehmen").click()
    gun.context.set_offline(True)
    gun.page.reload()
    gun.page.get_by_role("heading", name="Gerät einrichten").wait_for()


def test_a_version_that_does_not_start_gives_way_to_the_one_before(guns: Callable[..., Gun], deployed: Server, copy: Path) -> None:
    """Half a file, as a copy that was cut off leaves it: the worker can keep all files of this build, and none of its pages can run."""
    worker, module = copy / "static" / "sw.js", copy / "static" / "dialog.js"
    whole = {path: path.read_text() for path in (worker, module)}
    gun = guns()
    gun.server = deployed
    gun.enrol().task("count")
    gun.page.evaluate(CONTROLLED)
    old = gun.page.evaluate(BUILD)
    deployed.stop()
    worker.write_text(whole[worker].replace("PATIENCE = 30000", "PATIENCE = 1000"))
    module.write_text(whole[module][: len(whole[module]) // 2])
    deployed.start()
    gun.page.evaluate(CHECK)
    with gun.page.expect_navigation():
        gun.page.get_by_role("button", name="Update").click()
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
    deployed.stop()
    for path, text in whole.items():
        path.write_text(text)
    with open(copy / "static" / "app.css", "a") as css:
        css.write("b { color: inherit; }\n")
    deployed.start()
    gun.page.evaluate(CHECK)
    with gun.page.expect_navigation():
        gun.page.get_by_role("button", name="Update").click()
    gun.page.locator(".work").wait_for()
    assert gun.page.evaluate(BUILD) != old
    only = "() => caches.keys().then((names) => names.filter((name) => name.startsWith('scanledger-')).length === 1)"
    gun.page.wait_for_function(only)
    assert gun.complaints == ["Unexpected end of input"], "the broken version ran once"
    gun.complaints.clear()


def test_a_deploy_without_one_of_its_modules_is_never_offered(guns: Callable[..., Gun], deployed: Server, copy: Path) -> None:
    gun = guns()
    gun.server = deployed
    gun.enrol().task("count")
    gun.page.evaluate(CONTROLLED)
    module = copy / "static" / "signal.js"
    whole = module.read_text()
    deployed.stop()
    module.unlink()
    deployed.start()
    gun.page.evaluate(CHECK)
    gun.page.wait_for_function("() => navigator.serviceWorker.getRegistration().then((r) => !r.waiting && !r.installing)")
    assert gun.page.get_by_text("A new version is ready").count() == 0
    deployed.stop()
    module.write_text(whole)
    deployed.start()


def test_a_broken_deploy_leaves_the_old_version_working(guns: Callable[..., Gun], deployed: Server, copy: Path) -> None:
    gun = guns()
    gun.server = deployed
    gun.enrol().task("count")
    gun.page.evaluate(CONTROLLED)
    old = gun.page.evaluate(BUILD)
    deployed.stop()
    worker = copy / "static" / "sw.js"
    worker.write_text(
        worker.read_text().replace("const FILES = ['__FILES__'];", "const FILES = ['/s/gone/main.js'].concat(['__FILES__']);")
    )
    deployed.start()
    gun.page.evaluate(CHECK)
    gun.page.wait_for_timeout(1000)
    gun.page.reload()
    gun.page.locator(".prompt").wait_for()
    assert gun.page.evaluate(BUILD) == old
    gun.scan(deployed.bins()[0])
    gun.scan_saved("STILL-WORKS")
    gun.drained(30)
    gun.arrived_once()
    assert gun.page.evaluate("navigator.serviceWorker.getRegistration().then((r) => !r.waiting && !r.installing)"), "all files or none"
