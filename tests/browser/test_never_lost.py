"""No scan that beeped is lost, none counts twice: whatever happens to the network, the server, the page or the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.harness import AHEAD, HOME, Gun, Killable, Server

Guns = Callable[..., Gun]
SCANS = "**/api/v1/scans"
QUICKER = "const later = window.setTimeout; window.setTimeout = (run, ms, ...more) => later(run, ms === 30000 ? 1500 : ms, ...more);"
PORTAL = {"status": 200, "content_type": "text/html", "body": "<html>Welcome to the hotel</html>"}
QUEUE = """async ([count, at]) => {
  const base = document.querySelector('script[type=module]').src.replace(/main\\.js$/, '');
  const { openOutbox } = await import(base + 'outbox.js');
  const { platformBytes } = await import(base + 'ids.js');
  const outbox = await openOutbox({ factory: indexedDB, now: Date.now, bytes: platformBytes });
  let kept = [];
  for (let i = 0; i < count; i += 500) {
    const some = Array.from({ length: Math.min(500, count - i) }, (_, n) => ({
      scanned_at: new Date().toISOString(), operator: 'OP-17', via: 'wedge',
      task: 'count', location: at, barcode: 'BULK-' + (i + n), quantity: '1' }));
    kept = await outbox.addAll(some);
  }
  outbox.close();
  return [kept[0].stream, kept[kept.length - 1].scan.seq];
}"""


@pytest.fixture
def gun(guns: Guns, server: Server) -> Gun:
    gun = guns(QUICKER).enrol().task("count")
    gun.scan(server.bins()[20])
    gun.page.locator(".place", has_text=server.bins()[20]).wait_for()
    return gun


def settled(gun: Gun) -> None:
    """Everything arrives, without anybody touching the device."""
    gun.sent(60)
    gun.arrived_once()


def test_offline_keep_scanning_reload_keep_scanning_come_back(gun: Gun) -> None:
    gun.scan_saved("ONLINE-1")
    gun.drained()
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.context.set_offline(True)
    gun.scan_saved("OFF-1", "OFF-2", "OFF-3")
    gun.page.reload()
    gun.page.locator('[data-waiting="3"]').wait_for()
    assert gun.page.locator(".lines li .count").count() == 4, "the reload kept task, place and list"
    gun.scan_saved("OFF-4")
    gun.page.reload()
    gun.page.locator(".place").wait_for()
    gun.scan_saved("OFF-5")
    assert gun.waiting() == 5
    gun.context.set_offline(False)
    settled(gun)


def test_each_of_what_may_let_scans_through_sends_them(guns: Guns, server: Server) -> None:
    """Scans that the page doesn't know of, as another tab stores them, so that nothing else sends them."""
    gun = guns(AHEAD).enrol().task("count")
    gun.scan(server.bins()[20])
    gun.scan_saved("FIRST")
    gun.sent()
    (stream,) = gun.streams
    gun.page.locator(".waits").click()
    triggers = {
        "online": "dispatchEvent(new Event('online'))",
        "visibilitychange": "document.dispatchEvent(new Event('visibilitychange'))",
        "pageshow": "dispatchEvent(new Event('pageshow'))",
        "every 30 s": "window.ahead += 30000",
        "a button": "document.querySelector('button.primary').click()",
    }
    for held, (name, trigger) in enumerate(triggers.items(), 1):
        gun.page.evaluate(QUEUE, [1, server.bins()[20]])
        assert server.proof(stream)["held"] == held, name
        gun.page.evaluate(trigger)
        gun.until(lambda held=held: server.proof(stream)["held"] == held + 1, 15)


def test_the_server_is_stopped_and_comes_back(gun: Gun, server: Server) -> None:
    gun.scan_saved("BEFORE")
    gun.drained()
    server.stop()
    try:
        gun.scan_saved("WHILE-1", "WHILE-2")
        gun.page.locator(".waits.stuck").wait_for()
    finally:
        server.start()
    settled(gun)


def test_a_request_that_never_answers_is_given_up_and_sent_again(gun: Gun) -> None:
    held: list[Route] = []

    def never(route: Route) -> None:
        held.append(route)

    gun.page.route(SCANS, never)
    gun.scan_saved("HUNG-1")
    gun.page.locator(".waits.stuck").wait_for()
    gun.scan_saved("HUNG-2")
    gun.page.unroute(SCANS)
    settled(gun)
    assert held


@pytest.mark.parametrize("answer", [PORTAL, {"status": 302, "headers": {"Location": "http://portal.example/"}}], ids=["200", "302"])
def test_a_captive_portals_page_changes_nothing(gun: Gun, answer: dict[str, Any]) -> None:
    gun.page.route(SCANS, lambda route: route.fulfill(**answer))
    gun.scan_saved("PORTAL-1", "PORTAL-2")
    gun.page.locator(".waits.stuck").wait_for()
    gun.page.locator(".waits").click()
    gun.page.get_by_text("is there a sign-in page in this network").wait_for()
    assert gun.waiting() == 2
    gun.page.unroute(SCANS)
    settled(gun)


def faults(gun: Gun) -> list[int]:
    """Answer 500 to the first three posts; return the list that counts them."""
    seen: list[int] = []

    def answer(route: Route) -> None:
        seen.append(1)
        if len(seen) <= 3:
            route.fulfill(status=500, content_type="application/problem+json", body='{"code": "internal", "status": 500}')
        else:
            route.continue_()

    gun.page.route(SCANS, answer)
    return seen


def test_server_faults_change_nothing(gun: Gun) -> None:
    seen = faults(gun)
    gun.scan_saved("FAULT-1", "FAULT-2", "FAULT-3")
    settled(gun)
    assert len(seen) >= 4


def test_negative_control_an_outbox_that_deletes_before_the_answer_loses_them(guns: Guns, server: Server) -> None:
    gun = guns(service_workers="block")

    def naive(route: Route) -> None:
        text = (HOME / "static" / "sync.js").read_text()
        broken = text.replace(
            "const answer = await api('POST', '/api/v1/scans'",
            "await outbox.settle(batch.kept, new Map(batch.kept.map((kept) => [kept.scan.id, {}])));\n"
            "const answer = await api('POST', '/api/v1/scans'",
        )
        assert broken != text
        route.fulfill(status=200, content_type="text/javascript", body=broken)

    gun.page.route("**/sync.js", naive)
    gun.enrol().task("count")
    gun.scan(server.bins()[21])
    seen = faults(gun)
    gun.scan_saved("NAIVE-1", "NAIVE-2", "NAIVE-3")
    gun.until(lambda: bool(seen))
    gun.page.wait_for_timeout(3000)
    gun.page.reload()
    gun.page.locator(".place").wait_for()
    assert gun.on_server() + gun.waiting() < len(gun.saved), "the naive outbox must lose, or the test above proves nothing"


def test_an_unknown_token_pauses_and_scanning_goes_on(gun: Gun, server: Server) -> None:
    """In the middle of a drain: the first batch is answered, then the server knows the token no more."""
    refuse = '{"type": "x", "title": "x", "status": 401, "detail": "x", "code": "unauthorized", "errors": []}'
    gun.context.set_offline(True)
    stream, _ = gun.page.evaluate(QUEUE, [200, server.bins()[20]])
    posts: list[int] = []

    def only_the_first(route: Route) -> None:
        posts.append(1)
        if len(posts) == 1:
            route.continue_()
        else:
            route.fulfill(status=401, content_type="application/problem+json", body=refuse)

    gun.page.route(SCANS, only_the_first)
    gun.context.set_offline(False)
    gun.page.get_by_text("does not know this device").wait_for()
    assert 0 < server.proof(stream)["held"] < 200
    gun.scan_saved("PAUSED-1")
    gun.page.unroute(SCANS)
    gun.page.get_by_role("button", name="Send now").click()
    gun.until(lambda: server.proof(stream)["held"] == 201)
    assert server.proof(stream)["missing"] == []


def test_a_device_revoked_in_the_middle_of_a_drain_loses_nothing(gun: Gun, server: Server) -> None:
    gun.scan_saved("OWN-1")
    gun.drained()
    (stream,) = gun.streams
    gun.context.set_offline(True)
    gun.page.evaluate(QUEUE, [1200, server.bins()[20]])
    device = next(
        row
        for row in server.call("GET", "/api/v1/devices?site=MAIN&limit=500")["rows"]
        if any(one["stream"] == stream for one in row["streams"])
    )
    posts: list[int] = []

    def revoke_after_the_first(route: Route) -> None:
        posts.append(1)
        if len(posts) == 2:
            server.call("POST", f"/api/v1/devices/{device['id']}/revocation", {"reason": "lost"})
        route.continue_()

    gun.page.route(SCANS, revoke_after_the_first)
    gun.context.set_offline(False)
    gun.until(lambda: server.proof(stream)["held"] == 1201, 40)
    gun.page.get_by_text("This device was revoked").wait_for()
    gun.scan("AFTER-1")
    gun.until(lambda: server.proof(stream)["held"] == 1202, 40)
    proof = server.proof(stream)
    assert (proof["through"], proof["missing"]) == (1202, [])


def test_two_tabs_number_without_a_gap_and_deliver_once(gun: Gun, server: Server) -> None:
    other = Gun.__new__(Gun)
    other.__dict__.update(gun.__dict__)
    other.page = gun.context.new_page()
    other.page.on("console", gun._heard)
    other.page.goto(server.base)
    other.page.locator(".place").wait_for()
    for i in range(8):
        (gun, other)[i % 2].page.bring_to_front()
        (gun, other)[i % 2].scan_saved(f"TAB-{i}")
    gun.page.bring_to_front()
    gun.until(lambda: gun.on_server() == 8)
    assert sorted(seq for _, seq, _ in gun.saved) == list(range(1, 9))
    assert server.proof(next(iter(gun.streams)))["missing"] == []


def test_what_waits_can_be_carried_to_the_server_as_a_file(gun: Gun, server: Server) -> None:
    gun.context.set_offline(True)
    gun.scan_saved("FILE-1", "FILE-2")
    gun.page.locator(".waits").click()
    with gun.page.expect_download() as download:
        gun.page.get_by_role("button", name="Save to a file").click()
    text = download.value.path().read_text()
    told = server.call("POST", "/api/v1/imports/scans", raw=text.encode())
    assert (told["recorded"], told["rejected"]) == (2, 0)
    assert gun.on_server() == 2
    gun.context.set_offline(False)
    settled(gun)


def test_the_browser_is_killed_while_syncing(killable: Killable, server: Server) -> None:
    gun = killable.start().enrol().task("count")
    gun.scan(server.bins()[23])
    gun.scan_saved("FIRST")
    gun.drained()
    (stream,) = gun.streams
    total = 1
    for _ in range(2):
        gun = killable.gun  # type: ignore[assignment]
        gun.context.set_offline(True)
        gun.page.evaluate(QUEUE, [4000, server.bins()[23]])
        total += 4000
        before = server.proof(stream)["held"]
        gun.context.set_offline(False)
        gun.page.reload()
        gun.until(lambda before=before: server.proof(stream)["held"] > before)
        killable.kill()
        gun = killable.start()
        gun.page.goto(server.base)
        gun.drained(60)
        proof = server.proof(stream)
        assert (proof["held"], proof["through"], proof["missing"]) == (total, total, [])
