"""Old engines: each interface that a rugged gun may lack is taken away, and the app does without it what docs/guarantees.md says.

They are taken from the page before its scripts run. What the syntax asks of an engine, tests/js/shape.test.mjs holds.
"""

import re
from collections.abc import Callable

import pytest

from tests.browser.harness import HOME, Gun, Server

Guns = Callable[..., Gun]

LACKS = {
    "file system": "Object.defineProperty(navigator.storage, 'getDirectory', { value: undefined });",
    "module worker": "window.Worker = function () { throw new TypeError('module'); };",
    "lasting storage": "delete Navigator.prototype.storage;",
    "durability": "const open = IDBDatabase.prototype.transaction;"
    "IDBDatabase.prototype.transaction = function (stores, mode) { return open.call(this, stores, mode); };",
    "locks": "delete Navigator.prototype.locks;",
    "gzip": "delete window.CompressionStream;",
    "abort": "delete window.AbortController; delete window.AbortSignal;",
    "sound": "delete window.AudioContext;",
    "vibration": "delete Navigator.prototype.vibrate;",
    "service worker": "delete Navigator.prototype.serviceWorker;",
}
"""What is taken away, by the name that the guarantees give it."""


def test_the_guarantees_say_what_an_engine_without_it_does() -> None:
    table = re.findall(r"^\| ([a-z ]+) \| Chrome", (HOME / "docs" / "guarantees.md").read_text(), re.M)
    assert table == list(LACKS)


def delivers(gun: Gun, server: Server, bin_: str) -> None:
    """Scan with the network, without it, and with it again."""
    gun.enrol().task("count")
    gun.scan(bin_)
    gun.page.locator(".place", has_text=bin_).wait_for()
    gun.scan_saved("ON-1")
    gun.drained()
    gun.context.set_offline(True)
    gun.scan_saved(*(f"OFF-{i}" for i in range(5)))  # a body of less than 1 kB is never gzipped
    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()


@pytest.mark.parametrize("lack", LACKS)
def test_an_engine_without_it_delivers_every_scan_once(guns: Guns, server: Server, lack: str) -> None:
    delivers(guns(LACKS[lack]), server, server.bins()[40])


def test_an_engine_without_any_of_them_delivers_every_scan_once_and_says_what_it_can_not_promise(guns: Guns, server: Server) -> None:
    gun = guns("\n".join(script for lack, script in LACKS.items() if lack != "file system"))
    delivers(gun, server, server.bins()[41])
    gun.page.locator(".notice.bad", has_text="may drop scans").wait_for()
    gun.page.reload()
    gun.page.locator(".place").wait_for()
    gun.scan_saved("AGAIN")
    gun.drained()
    gun.arrived_once()


def test_two_tabs_of_an_engine_without_locks_deliver_every_scan_once(guns: Guns, server: Server) -> None:
    gun = guns(LACKS["locks"]).enrol().task("count")
    gun.scan(server.bins()[42])
    gun.page.locator(".place").wait_for()
    other = gun.context.new_page()
    other.on("console", gun._heard)
    other.goto(server.base)
    other.locator(".place").wait_for()
    gun.page.bring_to_front()
    gun.context.set_offline(True)
    gun.scan_saved("BOTH-1", "BOTH-2", "BOTH-3")
    gun.context.set_offline(False)
    gun.until(lambda: gun.on_server() == 3)
    gun.drained()
    gun.arrived_once()
