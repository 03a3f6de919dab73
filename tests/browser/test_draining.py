"""A shift's 10,000 scans, all made offline, until the server has named each: as it is, on a slowed CPU, on a slow link.

The profile is on a disk. The link is the browser's own emulation of one; what goes over it is gzipped.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, Request

from tests.browser.harness import CHROMIUM, FLAGS, Gun, Server
from tests.browser.test_never_lost import QUEUE
from tests.browser.test_updating import CONTROLLED

SHIFT = 10_000
QUEUED = int(os.environ.get("BENCH_QUEUED", "1500"))
"""How many where something is slow: the bench takes a whole shift."""
LINK = {"latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8, "offline": False}
"""400 kbit/s each way, and 400 ms from a request to the first byte of its answer."""
FREE = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1, "offline": False}
HOW: dict[str, tuple[int, int, Any]] = {
    "as it is": (SHIFT, 1, FREE),
    "CPU / 6": (QUEUED, 6, FREE),
    "400 kbit/s, 400 ms": (QUEUED, 1, LINK),
    "CPU / 6, 400 kbit/s, 400 ms": (QUEUED, 6, LINK),
}


@pytest.fixture
def gun(playwright: Playwright, server: Server, tmp_path: Path) -> Iterator[Gun]:
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=CHROMIUM, args=FLAGS, viewport={"width": 480, "height": 800}
    )
    gun = Gun(context, server).enrol().task("count")
    gun.scan(server.bins()[20])
    gun.page.locator(".place", has_text=server.bins()[20]).wait_for()
    gun.page.evaluate(CONTROLLED)
    yield gun
    assert gun.complaints == []
    context.close()


@pytest.mark.parametrize("how", HOW)
def test_a_shift_of_scans_queued_offline_drains_and_the_proof_agrees(
    gun: Gun, server: Server, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    count, times, link = HOW[how]
    browser = gun.context.new_cdp_session(gun.page)
    browser.send("Network.enable")
    browser.send("Network.emulateNetworkConditions", {**FREE, "offline": True})
    stream, last = gun.page.evaluate(QUEUE, [count, server.bins()[20]])
    assert last == count
    gun.page.reload()
    gun.page.locator(f'[data-waiting="{count}"]').wait_for()
    gun.page.wait_for_timeout(2000)
    batches: list[Request] = []
    gun.page.on("requestfinished", lambda request: batches.append(request) if request.url.endswith("/api/v1/scans") else None)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": times})
    start = time.monotonic()
    browser.send("Network.emulateNetworkConditions", link)
    gun.page.evaluate("dispatchEvent(new Event('online'))")
    gun.drained(300)
    seconds = time.monotonic() - start
    sent = [request.all_headers() for request in batches]
    assert {headers.get("content-encoding") for headers in sent} == {"gzip"}
    up = sum(int(headers["content-length"]) for headers in sent)
    down = sum(request.sizes()["responseBodySize"] for request in batches)
    browser.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    browser.send("Network.emulateNetworkConditions", FREE)
    proof = server.proof(stream)
    assert (proof["held"], proof["through"], proof["missing"]) == (count, count, [])
    gun.page.goto(f"{server.base}/#proof")
    gun.page.get_by_text(f"{count:,} made, {count:,} on the server").wait_for()
    assert gun.page.locator("[data-proven=yes]").count() == 1
    told = f"{len(batches)} batches, {up:,} bytes up, {down:,} down"
    with capsys.disabled():
        print(f"\n{count:,} scans queued offline, drained in {seconds:.1f} s ({how}): {told}")
