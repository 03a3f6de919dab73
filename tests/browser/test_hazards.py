"""What befalls a device: a database that hangs, no room, an older or newer app, a copied profile, a restored server, an eviction.

The table in docs/guarantees.md names the test of each hazard; other files hold the rest of them. Where a fault is injected, the naive way
stands beside it and must lose.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, Response

from tests.browser.harness import HOME, Gun, Killable, Server
from tests.browser.test_storage_lost import FULL, NO_FILES

Guns = Callable[..., Gun]
BARE = "/manifest.webmanifest"
"""A page of the origin on which the app doesn't run."""


def at_work(gun: Gun, bin_: str, task: str = "count") -> Gun:
    gun.enrol().task(task)
    gun.scan(bin_)
    gun.page.locator(".place", has_text=bin_).wait_for()
    return gun


def changed(gun: Gun, file: str, *changes: tuple[str, str]) -> None:
    """Serve this page one script of the app otherwise than it is."""
    text = (HOME / "static" / file).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    gun.page.route(f"**/{file}", lambda route: route.fulfill(status=200, content_type="text/javascript", body=text))


def journal(server: Server) -> int:
    return int(server.call("GET", "/api/v1/scans?since=0&limit=1&site=MAIN")["journal"])


def scans(server: Server, since: int) -> list[Any]:
    return list(server.call("GET", f"/api/v1/scans?since={since}&limit=500&site=MAIN")["rows"])


def on_hand(server: Server, bin_: str, code: str) -> int:
    (product,) = server.call("GET", f"/api/v1/lookup?code={code}&site=MAIN")["candidates"]
    rows = server.call("GET", f"/api/v1/stock?location={bin_}&sku={product['sku']}&site=MAIN")["rows"]
    return sum(int(row["quantity"]) for row in rows)


HOLD = """() => new Promise((held) => {
  indexedDB.open('scanledger').onsuccess = (event) => {
    const tx = event.target.result.transaction(['meta', 'outbox', 'aside', 'archive'], 'readwrite');
    const again = () => { if (!window.released) tx.objectStore('meta').count().onsuccess = again; };
    tx.oncomplete = () => event.target.result.close();
    again();
    held();
  };
})"""
"""Another page's transaction that doesn't end: everybody else's wait for it."""


def test_a_database_that_hangs_is_not_saved_and_what_is_scanned_again_counts_once(guns: Guns, server: Server) -> None:
    gun = at_work(guns(), server.bins()[27])
    gun.scan_saved("BEFORE")
    gun.drained()
    other = gun.context.new_page()
    other.goto(server.base + BARE)
    other.evaluate(HOLD)
    gun.page.bring_to_front()
    gun.scan("HUNG-1")
    gun.scan("HUNG-2")
    gun.page.locator(".unsaved", has_text="HUNG-1").wait_for(timeout=8000)
    gun.page.locator(".unsaved", has_text="HUNG-2").wait_for(timeout=8000)
    assert len(gun.saved) == 1, "no beep"
    other.evaluate("window.released = true")
    gun.page.locator(".unsaved").click()
    gun.scan_saved("HUNG-1", "HUNG-2")
    gun.drained()
    gun.arrived_once()


def test_a_page_whose_database_another_tab_keeps_busy_says_so_and_starts_when_it_is_free(guns: Guns, server: Server) -> None:
    gun = at_work(
        guns("const later = setTimeout; window.setTimeout = (run, ms, ...more) => later(run, ms === 5000 ? 2000 : ms, ...more);"),
        server.bins()[26],
    )
    other = gun.context.new_page()
    other.goto(server.base + BARE)
    other.evaluate(HOLD)
    gun.page.bring_to_front()
    gun.page.reload()
    gun.page.get_by_text("The data is not open yet. Close other tabs of ScanLedger; nothing is lost.").wait_for()
    other.evaluate("window.released = true")
    gun.page.locator(".place").wait_for()
    gun.scan_saved("FREE-AGAIN")
    gun.drained()
    gun.arrived_once()


SLOW = """
const later = window.setTimeout;
window.setTimeout = (run, ms, ...more) => later(run, ms === 5000 ? 2000 : ms, ...more);
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...given) {
  const asked = put.apply(this, given);
  const again = () => { if (window.slow) this.count().onsuccess = again; };
  if (this.name === 'outbox') again();
  return asked;
};"""
"""A disk that is asked in time and answers late: the put is made, and its transaction doesn't end."""


def test_negative_control_without_a_limit_of_time_a_database_that_hangs_is_silent(guns: Guns, server: Server) -> None:
    gun = guns(SLOW, service_workers="block")
    changed(gun, "outbox.js", ("return soon(stored, TOO_LONG,", "return soon(stored, 1e9,"))
    at_work(gun, server.bins()[27])
    gun.page.evaluate("window.slow = true")
    gun.scan("HUNG-1")
    gun.page.wait_for_timeout(3000)
    assert (len(gun.saved), gun.page.locator(".unsaved").count()) == (0, 0), (
        "the naive outbox says nothing, or the test above proves nothing"
    )
    gun.page.evaluate("window.slow = false")


def late_then_again(gun: Gun, server: Server, bin_: str, code: str) -> None:
    """A scan is not saved in time; then it is, and it was scanned again."""
    at_work(gun, bin_, "receive")
    gun.page.evaluate("window.slow = true")
    gun.scan(code)
    gun.page.locator(".unsaved").wait_for()
    gun.page.evaluate("window.slow = false")
    gun.page.locator(".unsaved").click()
    gun.scan_saved(code)
    gun.drained()


def test_a_scan_that_is_stored_after_it_was_not_saved_is_voided(guns: Guns, server: Server) -> None:
    bin_, code = server.bins()[28], server.barcodes()[3][0]
    before, since = on_hand(server, bin_, code), journal(server)
    gun = guns(SLOW)
    late_then_again(gun, server, bin_, code)
    (stream,) = gun.streams
    gun.until(lambda: server.proof(stream)["held"] == 3)
    assert server.proof(stream)["missing"] == []
    assert sorted(row["task"] for row in scans(server, since)) == ["receive", "receive", "void"]
    assert on_hand(server, bin_, code) == before + 1


def test_negative_control_without_the_void_it_counts_twice(guns: Guns, server: Server) -> None:
    bin_, code = server.bins()[29], server.barcodes()[4][0]
    before = on_hand(server, bin_, code)
    gun = guns(SLOW, service_workers="block")
    changed(gun, "outbox.js", ("if (all.length === 0) return undefined;", "if (all.length >= 0) return undefined;"))
    late_then_again(gun, server, bin_, code)
    gun.until(lambda: server.proof(next(iter(gun.streams)))["held"] == 2)
    assert on_hand(server, bin_, code) == before + 2, "the naive outbox must count twice, or the test above proves nothing"


def test_a_quota_that_is_used_up_is_said_by_name_and_only_what_beeped_counts(killable: Killable, server: Server) -> None:
    at_work(killable.start(), server.bins()[30]).scan_saved("ROOM")
    killable.kill()  # a database that is open remembers how much room there was
    gun = killable.start()
    browser = gun.context.new_cdp_session(gun.page)
    browser.send("Storage.overrideQuotaForOrigin", {"origin": server.base, "quotaSize": 1})
    gun.page.goto(server.base)
    gun.page.locator(".place").wait_for()
    gun.scan("NO-ROOM")
    gun.page.locator(".unsaved").wait_for()
    assert "QuotaExceededError" in gun.page.locator(".unsaved").inner_text()
    browser.send("Storage.overrideQuotaForOrigin", {"origin": server.base})
    gun.page.locator(".unsaved").click()
    gun.page.reload()
    gun.page.locator(".place").wait_for()
    gun.scan_saved("ROOM-AGAIN")
    gun.drained()
    gun.arrived_once()


def test_negative_control_a_beep_before_the_transaction_is_complete_is_a_lie(guns: Guns, server: Server) -> None:
    gun = guns(FULL + NO_FILES, service_workers="block")
    changed(gun, "db.js", ("tx.oncomplete = () => resolve(result);", ""), ("{ result = value; }", "{ result = value; resolve(value); }"))
    at_work(gun, server.bins()[30])
    gun.scan_saved("ROOM")
    gun.page.evaluate("window.full = true")
    gun.scan_saved("FULL")
    gun.page.reload()
    gun.drained()
    assert gun.on_server() == 1 < len(gun.saved), "the naive beep must lie, or the tests of full disks prove nothing"


PERSIST = """StorageManager.prototype.persisted = async () => false;
StorageManager.prototype.persist = async () => { console.log('PERSIST'); return !!window.granted; };"""


def test_lasting_storage_is_asked_for_at_the_enrolment_and_each_start_and_its_lack_is_said(guns: Guns, server: Server) -> None:
    gun = guns(PERSIST)
    asked: list[str] = []
    gun.page.on("console", lambda message: asked.append(message.text) if message.text == "PERSIST" else None)
    gun.enrol()
    banner = gun.page.locator(".notice.bad", has_text="may drop scans")
    banner.wait_for()
    assert len(asked) == 1
    gun.page.reload()
    banner.wait_for()
    assert len(asked) == 2
    gun.page.evaluate("window.granted = true")
    banner.get_by_role("button").click()
    banner.wait_for(state="detached")


def test_a_browser_that_grants_lasting_storage_shows_no_banner(killable: Killable, server: Server) -> None:
    granted = '{"profile": {"content_settings": {"exceptions": {"durable_storage": {"%s,*": {"setting": 1}}}}}}'
    (killable.folder / "Default").mkdir()
    (killable.folder / "Default" / "Preferences").write_text(granted % server.base)
    gun = killable.start().enrol()
    assert gun.page.evaluate("navigator.storage.persisted()")
    gun.page.reload()
    gun.page.locator("[data-task=count]").wait_for()
    assert gun.page.locator(".notice.bad").count() == 0


FIRST_VERSION = """async (device) => {
  const root = await navigator.storage.getDirectory();
  for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
  await new Promise((gone) => { indexedDB.deleteDatabase('scanledger').onsuccess = gone; });
  const db = await new Promise((made) => {
    const open = indexedDB.open('scanledger', 1);
    open.onupgradeneeded = () => {
      const db = open.result;
      db.createObjectStore('meta');
      db.createObjectStore('outbox', { keyPath: 'n' });
      db.createObjectStore('aside', { keyPath: 'n' });
      db.createObjectStore('archive', { keyPath: 'n' }).createIndex('id', 'scan.id');
      db.createObjectStore('chunks');
    };
    open.onsuccess = () => made(open.result);
  });
  const stream = crypto.randomUUID();
  const ids = [1, 2, 3].map(() => crypto.randomUUID());
  const words = ids.map((id) => BigInt('0x' + id.replace(/-/g, '')));
  const xor = words.reduce((sum, word) => sum ^ word, 0n).toString(16).padStart(32, '0');
  const kept = (n) => ({ n, stream, saved: Date.now(), scan: { id: ids[n - 1], seq: n, scanned_at: new Date().toISOString(), operator: 'OP-17', via: 'wedge', task: 'look', barcode: 'V1-' + n } });
  const tx = db.transaction(['meta', 'outbox', 'aside'], 'readwrite');
  const meta = tx.objectStore('meta');
  meta.put(device, 'device');
  meta.put({ badge: 'OP-17', since: Date.now() }, 'operator');
  meta.put({ task: 'count', location: 'A-01-01', target: null, quantity: '1', reason: null, ask: null }, 'flow');
  meta.put(3, 'order');
  meta.put(stream, 'stream');
  meta.put({ id: stream, made: 3, xor }, 'streams/' + stream);
  [1, 3].forEach((n) => tx.objectStore('outbox').put(kept(n)));
  tx.objectStore('aside').put(Object.assign(kept(2), { aside: { why: 'bad_request', build: 'another' } }));
  await new Promise((done) => { tx.oncomplete = done; });
  db.close();
  return stream;
}"""
"""What the first version of the app left on a device, written out here so that no later one forgets it."""
DEVICE = """() => new Promise((told) => { indexedDB.open('scanledger').onsuccess = (event) => {
  event.target.result.transaction('meta').objectStore('meta').get('device').onsuccess = (got) => { event.target.result.close(); told(got.target.result); };
}; })"""


def test_a_database_of_the_first_version_with_scans_waiting_opens_and_its_numbers_go_on(guns: Guns, server: Server) -> None:
    gun = guns().enrol()
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.page.goto(server.base + BARE)
    stream = gun.page.evaluate(FIRST_VERSION, gun.page.evaluate(DEVICE))
    gun.context.set_offline(True)
    gun.page.goto(server.base)
    gun.page.locator('[data-waiting="3"]').wait_for()
    gun.scan_saved("FOURTH")
    assert gun.saved[-1][1:] == (4, stream)
    gun.context.set_offline(False)
    gun.drained()
    proof = server.proof(stream)
    assert (proof["held"], proof["through"], proof["missing"]) == (4, 4, [])


NEXT_VERSION = (
    ("const VERSION = 1;", "const VERSION = 2;"),
    ("  if (from < 1) {", "  if (from < 2) db.createObjectStore('more');\n  if (from < 1) {"),
)


def test_a_newer_app_takes_the_database_over_with_all_that_waits_and_the_older_page_says_so(guns: Guns, server: Server) -> None:
    gun = at_work(guns(service_workers="block"), server.bins()[31])
    gun.page.route("**/api/v1/scans", lambda route: route.abort())
    gun.scan_saved("OLD-1", "OLD-2")
    newer = Gun.__new__(Gun)
    newer.__dict__.update(gun.__dict__)
    newer.page = gun.context.new_page()
    newer.page.on("console", gun._heard)
    changed(newer, "outbox.js", *NEXT_VERSION)
    newer.page.goto(server.base)
    newer.page.locator(".place").wait_for()
    gun.page.locator(".notice.bad", has_text="newer version").wait_for()
    gun.page.bring_to_front()
    gun.scan("TOO-OLD")
    gun.page.locator(".unsaved", has_text="TOO-OLD").wait_for()
    newer.page.bring_to_front()
    newer.scan_saved("NEW-1")
    newer.drained()
    newer.arrived_once()
    gun.page.reload()
    gun.page.get_by_text("A newer version is at work here. Reload the page; nothing is lost.").wait_for()


MANY = """(count) => { window.job = (async () => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js$/, '');
  const { openOutbox } = await import(base + 'outbox.js');
  const { platformBytes } = await import(base + 'ids.js');
  const outbox = await openOutbox({ factory: indexedDB, now: Date.now, bytes: platformBytes });
  for (let i = 0; i < count; i += 1) await outbox.add({ scanned_at: new Date().toISOString(), operator: 'OP-17', via: 'wedge', task: 'look', barcode: 'TABS' });
  outbox.close();
  return true;
})(); }"""


def test_two_tabs_that_scan_at_once_number_without_a_gap_and_one_of_them_sends(guns: Guns, server: Server) -> None:
    gun = at_work(guns(), server.bins()[32])
    gun.scan_saved("FIRST")
    gun.drained()
    (stream,) = gun.streams
    answers: list[Response] = []
    gun.context.on("response", lambda response: answers.append(response) if response.url.endswith("/api/v1/scans") else None)
    other = gun.context.new_page()
    other.goto(server.base)
    other.locator(".place").wait_for()
    gun.context.set_offline(True)
    for page in (gun.page, other):
        page.evaluate(MANY, 300)
    for page in (gun.page, other):
        page.evaluate("window.job")
    gun.context.set_offline(False)
    gun.until(lambda: server.proof(stream)["held"] == 601, 60)
    proof = server.proof(stream)
    assert (proof["through"], proof["missing"], proof["forked"]) == (601, [], False)
    other.wait_for_timeout(500)
    statuses = [receipt["status"] for answer in answers for receipt in answer.json()["receipts"]]
    assert statuses == ["recorded"] * 600, "one of them sends, so that nothing comes twice"


SAME_IDS = """
Date.now = () => 1800000000000;
crypto.getRandomValues = (bytes) => {
  localStorage.setItem('drawn', Number(localStorage.getItem('drawn') || 0) + 1);
  const drawn = Number(localStorage.getItem('drawn'));
  return bytes.fill(drawn % 256).fill(Math.floor(drawn / 256), 0, 8);
};"""
"""Ids that a copy of the profile makes too, as if they were made of stream and number."""


@pytest.fixture
def two(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Callable[..., tuple[list[Any], list[Any]]]]:
    """Make a gun, copy its profile, and scan with both; give what each has confirmed."""
    browsers: list[Killable] = []

    def browser(name: str, script: str) -> Gun:
        folder = tmp_path / name / "profile"
        folder.mkdir(parents=True, exist_ok=True)
        browsers.append(Killable(playwright, folder, server))
        gun = browsers[-1].start()
        gun.context.add_init_script(script)
        return gun

    def run(bin_: str, script: str = "", running: bool = False) -> tuple[list[Any], list[Any]]:
        gun = at_work(browser("first", script), bin_)
        gun.scan_saved("SENT-1", "SENT-2", "SENT-3")
        gun.drained()
        gun.context.set_offline(True)
        gun.scan_saved("BOTH-1", "BOTH-2")
        gun.page.wait_for_timeout(300)
        if not running:
            browsers[0].kill()
        files = shutil.ignore_patterns("Singleton*", "DevToolsActivePort", "*.tmp")
        shutil.copytree(tmp_path / "first" / "profile", tmp_path / "second" / "profile", ignore=files, dirs_exist_ok=True)
        if not running:
            gun = browsers[0].start()
            gun.context.add_init_script(script)
            gun.context.set_offline(True)
            gun.page.goto(server.base)
            gun.page.locator(".place").wait_for()
        copy = browser("second", script)
        copy.context.set_offline(True)
        copy.page.goto(server.base)
        copy.page.locator(".place").wait_for()
        gun.scan_saved("MINE-1", "MINE-2", "MINE-3")
        copy.scan_saved("YOURS-1", "YOURS-2")
        gun.context.set_offline(False)
        gun.drained(40)
        copy.context.set_offline(False)
        copy.drained(40)
        gun.scan_saved("MINE-4")
        copy.scan_saved("YOURS-3")
        gun.drained(40)
        copy.drained(40)
        return gun.saved, copy.saved

    yield run
    for one in browsers:
        one.close()


@pytest.mark.parametrize("running", [False, True], ids=["at rest", "running"])
def test_two_browsers_of_one_copied_profile_lose_nothing_and_count_nothing_twice(two: Any, server: Server, running: bool) -> None:
    since = journal(server)
    mine, yours = two(server.bins()[33 + running], running=running)
    rows = scans(server, since)
    confirmed = [scan for scan, _, _ in mine + yours]
    assert len(set(confirmed)) == len(confirmed) >= 12
    assert sorted(row["id"] for row in rows) == sorted(confirmed), [(row["id"], row["seq"], row["barcode"]) for row in rows]
    (shared,) = {stream for _, _, stream in mine} & {stream for _, _, stream in yours}
    assert server.proof(shared)["forked"], "two scans have one number, and the server says so"
    assert mine[-1][2] != yours[-1][2], "the fork has ended"


def test_negative_control_ids_that_a_copy_makes_too_lose_scans(two: Any, server: Server) -> None:
    since = journal(server)
    mine, yours = two(server.bins()[35], SAME_IDS)
    stored = {row["barcode"] for row in scans(server, since)}
    assert len(stored) < 12 <= len(mine) + len(yours), "the naive ids must lose, or the test above proves nothing"


@pytest.fixture
def restorable(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()


def restored(gun: Gun, server: Server, tmp_path: Path) -> set[str]:
    """Scan before and after a backup, put the backup back; return the stored ids once the device has met the server again."""
    gun.server = server
    at_work(gun, server.bins()[0])
    gun.scan_saved("BEFORE-1", "BEFORE-2")
    gun.drained()
    server.cli("backup", str(tmp_path / "backup"))
    gun.scan_saved("AFTER-1", "AFTER-2", "AFTER-3")
    gun.drained()
    server.stop()
    server.cli_apart("restore", str(tmp_path / "backup"))
    server.start()
    (stream,) = gun.streams
    assert server.proof(stream)["held"] == 2
    gun.scan_saved("THEN")
    gun.until(lambda: server.proof(stream)["held"] >= 3)
    gun.drained()
    gun.page.wait_for_timeout(1000)
    return {row["id"] for row in scans(server, 0)}


def test_a_server_that_was_restored_is_sent_the_archive_again(guns: Guns, restorable: Server, tmp_path: Path) -> None:
    gun = guns()
    assert restored(gun, restorable, tmp_path) == {scan for scan, _, _ in gun.saved}
    gun.arrived_once()


def test_negative_control_a_device_without_an_archive_loses_what_the_restored_server_lost(
    guns: Guns, restorable: Server, tmp_path: Path
) -> None:
    gun = guns(service_workers="block")
    changed(gun, "outbox.js", ("store('archive').put({ n: kept.n, stream", "Object({ n: kept.n, stream"))
    assert len(restored(gun, restorable, tmp_path)) == 3 < len(gun.saved), "the naive device must lose, or the test above proves nothing"


def evicted(gun: Gun, server: Server, bin_: str) -> None:
    at_work(gun, bin_)
    gun.context.set_offline(True)
    gun.scan_saved("EVICTED-1", "EVICTED-2")
    gun.context.new_cdp_session(gun.page).send("Storage.clearDataForOrigin", {"origin": server.base, "storageTypes": "indexeddb"})
    gun.scan_saved("AFTER-1")
    gun.context.set_offline(False)


def test_what_waits_is_put_back_from_the_pages_memory_alone(guns: Guns, server: Server) -> None:
    gun = guns(NO_FILES)
    evicted(gun, server, server.bins()[36])
    gun.until(lambda: gun.on_server() == 3)
    gun.drained()
    gun.arrived_once()


def test_negative_control_a_page_that_remembers_nothing_loses_it(guns: Guns, server: Server) -> None:
    gun = guns(NO_FILES, service_workers="block")
    changed(gun, "outbox.js", ("db = null; lost = true;", "db = null;"))
    evicted(gun, server, server.bins()[37])
    gun.page.wait_for_timeout(3000)
    assert gun.on_server() < len(gun.saved), "the naive page must lose, or the test above proves nothing"
