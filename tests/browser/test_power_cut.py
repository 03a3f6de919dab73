"""A battery is pulled: what the browser had only written, and not yet synced, is gone. What beeped is not.

strace records what Chromium writes and syncs; after the browser is killed its database's log is cut to what was synced.
"""

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from tests.browser.harness import Killable, Server
from tests.browser.test_storage_lost import NO_FILES

STRACE = ["strace", "-f", "-q", "-y", "-s", "0", "--seccomp-bpf", "-e", "trace=write,pwrite64,fdatasync,fsync", "-o"]
CALL = re.compile(r"^(\d+) +(write|pwrite64|fdatasync|fsync)\(\d+<([^>]*)>.*?(?:\) += (-?\d+)|<unfinished \.\.\.>)")
RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>.*\) += (-?\d+)")
RELAXED = """
const open = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode) { return open.call(this, stores, mode); };
"""
"""What a browser does unless it is asked for more: a transaction is complete when the system has its bytes, on the disk or not."""


def synced(trace: Path) -> dict[str, int]:
    """Return how many bytes of each file that was written were synced."""
    written: dict[str, int] = {}
    done: dict[str, int] = {}
    pending: dict[str, tuple[str, str, int]] = {}
    for line in trace.read_text(errors="replace").splitlines():
        call, resumed = CALL.match(line), RESUMED.match(line)
        if call:
            pid, name, path, result = call.groups()
            pending[pid] = (name, path, written.get(path, 0))
        elif resumed and resumed[1] in pending:
            pid, result = resumed.groups()
            name, path, _ = pending[pid]
        else:
            continue
        if result is None:
            continue
        name, path, before = pending.pop(pid)
        if name in ("write", "pwrite64"):
            written[path] = written.get(path, 0) + max(0, int(result))
        elif result == "0":
            done[path] = max(done.get(path, 0), before)
    return {path: done.get(path, 0) for path in written}


def pull_the_battery(killable: Killable, trace: Path) -> int:
    """Kill the browser, and cut the log of its database to what was synced; return how many bytes that cost."""
    strace = killable.process.pid
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != strace:
            try:
                group = int((entry / "stat").read_text().rpartition(")")[2].split()[2])
            except OSError:
                continue
            if group == strace:
                os.kill(int(entry.name), signal.SIGKILL)
    killable.process.wait(20)  # strace ends with the last of them, when it has told all
    killable.drop()
    cost = 0
    for path, length in synced(trace).items():
        file = Path(path)
        if "IndexedDB" in path and file.suffix == ".log" and file.exists():
            cost += file.stat().st_size - length
            os.truncate(file, length)
    return cost


@pytest.fixture
def cut(playwright: Playwright, server: Server, tmp_path: Path) -> Callable[[str], tuple[int, int, int]]:
    def run(script: str) -> tuple[int, int, int]:
        """Scan offline, pull the battery, start again; return what beeped, what is left, and the bytes that the cut cost."""
        profile, trace = tmp_path / "profile", tmp_path / "trace"
        profile.mkdir()
        killable = Killable(playwright, profile, server, [*STRACE, str(trace)])
        gun = killable.start()
        gun.context.add_init_script(NO_FILES + script)
        gun.context.set_default_timeout(60000)
        gun.enrol().task("count")
        gun.scan(server.bins()[26])
        gun.page.locator(".place").wait_for()
        gun.scan_saved("SENT")
        gun.drained()
        gun.context.set_offline(True)
        gun.scan_saved(*(f"CUT-{i}" for i in range(12)))
        cost = pull_the_battery(killable, trace)
        killable.under = ()
        gun = killable.start()
        gun.context.add_init_script(NO_FILES)
        gun.page.goto(server.base)
        gun.page.locator(".place, #enrol-code").first.wait_for()
        if gun.page.locator(".place").count():
            gun.drained(60)
        left = gun.on_server()
        killable.close()
        return len(killable.saved), left, cost

    return run


def test_a_pulled_battery_costs_no_scan_that_beeped(cut: Callable[[str], tuple[int, int, int]]) -> None:
    beeped, left, _ = cut("")
    assert left >= beeped == 13


def test_negative_control_a_relaxed_put_is_lost_by_a_pulled_battery(cut: Callable[[str], tuple[int, int, int]]) -> None:
    beeped, left, cost = cut(RELAXED)
    assert cost > 0
    assert left < beeped == 13, "the naive put must lose, or the test above proves nothing"
