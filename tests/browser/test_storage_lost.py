"""The browser loses what it stored: damaged bytes, eviction, a full disk, cleared data. What can be put back is, the rest is said."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.harness import Gun, Killable, Server
from tests.browser.test_never_lost import QUEUE, SCANS

Guns = Callable[..., Gun]
NO_FILES = "if (navigator.storage) Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined });"


def damage(profile: Path) -> int:
    """Overwrite bytes in all files of the profile's IndexedDB; return how many files."""
    chance = random.Random(7)
    files = [p for p in (profile / "Default" / "IndexedDB").rglob("*") if p.is_file() and p.stat().st_size > 64]
    for path in files:
        raw = bytearray(path.read_bytes())
        for _ in range(64):
            raw[chance.randrange(len(raw))] ^= 0xFF
        path.write_bytes(raw)
    return len(files)


def scanned_offline_and_damaged(killable: Killable, server: Server, script: str = "") -> Gun:
    """Scan eight times without a network, end the browser, damage its database, and start it again."""
    gun = killable.start()
    if script:
        gun.context.add_init_script(script)
    gun.enrol().task("count")
    gun.scan(server.bins()[24])
    gun.page.locator(".place").wait_for()
    gun.scan_saved("SENT-1")
    gun.drained()
    gun.context.set_offline(True)
    gun.scan_saved(*(f"LOST-{i}" for i in range(8)))
    gun.page.wait_for_timeout(300)
    killable.kill()
    assert damage(killable.folder) > 0
    gun = killable.start()
    if script:
        gun.context.add_init_script(script)
    gun.page.goto(server.base)
    return gun


def test_damaged_bytes_that_cost_the_browser_its_database_cost_no_scan(killable: Killable, server: Server) -> None:
    gun = scanned_offline_and_damaged(killable, server)
    gun.page.get_by_text("Put back from the second copy: 8 scans").wait_for()
    gun.drained()
    gun.arrived_once()
    assert gun.page.locator("#badge").count() == 1, "the device is enrolled still, and asks who works"
    before = gun.streams
    gun.scan("OP-17")
    gun.page.wait_for_selector("[data-task=look]")
    gun.scan_saved("AFTER-1")
    assert gun.saved[-1][1] == 1, "in new numbers: the copy may not know the last one"
    assert gun.saved[-1][2] not in before
    gun.drained()
    gun.arrived_once()


def test_negative_control_without_the_second_copy_damaged_bytes_cost_scans(killable: Killable, server: Server) -> None:
    gun = scanned_offline_and_damaged(killable, server, NO_FILES)
    gun.page.locator("#enrol-code").wait_for()
    gun.page.wait_for_timeout(1000)
    assert gun.on_server() == 1, "the naive device must lose, or the test above proves nothing"


@pytest.fixture
def gun(guns: Guns, server: Server) -> Gun:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[25])
    gun.page.locator(".place").wait_for()
    return gun


def test_a_browser_that_evicts_its_database_under_a_page_at_work_loses_no_scan(gun: Gun, server: Server) -> None:
    gun.context.set_offline(True)
    gun.scan_saved("EVICTED-1", "EVICTED-2", "EVICTED-3")
    gun.context.new_cdp_session(gun.page).send("Storage.clearDataForOrigin", {"origin": server.base, "storageTypes": "indexeddb"})
    gun.scan_saved("AFTER-1")
    gun.context.set_offline(False)
    gun.drained()
    gun.until(lambda: gun.on_server() == 4)
    gun.arrived_once()
    assert len(gun.streams) == 2, "what came after has a stream of its own"


FULL = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  const asked = put.apply(this, given);
  if (window.full && this.name === 'outbox') asked.addEventListener('success', () => { if (window.full) this.transaction.abort(); });
  return asked;
};"""
"""A disk that is full: the put's request succeeds, then its transaction can't be written."""


def test_what_can_not_be_written_is_said_loudly_and_only_what_beeped_counts(guns: Guns, server: Server) -> None:
    gun = guns(FULL).enrol().task("count")
    gun.scan(server.bins()[25])
    gun.page.locator(".place").wait_for()
    gun.context.set_offline(True)
    gun.scan_saved("ROOM-1", "ROOM-2")
    gun.page.evaluate("window.full = true")
    gun.scan("FULL-1")
    gun.page.locator(".unsaved", has_text="FULL-1").wait_for()
    gun.page.wait_for_timeout(1500)
    assert gun.page.locator(".unsaved").is_visible(), "it stays until somebody touches it"
    assert len(gun.saved) == 2, "no beep: a request's success is not yet a scan on the disk"
    gun.page.evaluate("window.full = false")
    gun.page.locator(".unsaved").click()
    gun.scan_saved("FULL-1")
    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()


def test_cleared_site_data_start_a_new_stream_and_the_server_shows_the_gap(gun: Gun, server: Server, desk: Page) -> None:
    gun.scan_saved("KEPT-1")
    gun.drained()
    (old,) = gun.streams
    gun.context.set_offline(True)
    gun.page.evaluate(QUEUE, [300, server.bins()[25]])
    posts: list[Route] = []

    def only_the_first(route: Route) -> None:
        posts.append(route)
        if len(posts) == 1:
            route.continue_()
        else:
            route.abort()

    gun.page.route(SCANS, only_the_first)
    gun.context.set_offline(False)
    gun.until(lambda: len(posts) > 1)
    gun.page.goto("about:blank")
    gun.context.new_cdp_session(gun.page).send("Storage.clearDataForOrigin", {"origin": server.base, "storageTypes": "all"})
    gun.page.unroute(SCANS)
    gun.enrol().task("count")
    gun.scan(server.bins()[25])
    gun.scan_saved("NEW-1")
    gun.drained()
    new = gun.streams - {old}
    assert len(new) == 1
    assert gun.saved[-1][1] == 1, "a new stream begins at 1"
    held, missing = (server.proof(old)[key] for key in ("held", "missing"))
    assert 1 < held < 301
    assert missing == [[held + 1, 301]], "it had said how many it made"
    devices = server.call("GET", "/api/v1/devices?site=MAIN&limit=500")["rows"]
    (cleared,) = [row["id"] for row in devices if any(one["stream"] == old for one in row["streams"])]
    desk.goto(f"{server.base}/console#/devices/{cleared}")
    expect(desk.get_by_role("table", name="Scans that have not arrived").get_by_role("row").nth(1)).to_have_text(f"{old}{held + 1}301")
