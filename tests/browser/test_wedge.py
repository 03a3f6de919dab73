"""The traces of tests/cases/wedge.json as real keys in a real Chromium, at their real pace; then the app itself, scanned from anywhere.

Each key carries the time at which the trace presses it. A loaded machine may send it so late that a silence lies before it; such a
trial says nothing about the wedge and is made again.
"""

import contextlib
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route, TimeoutError

from tests.browser.harness import Gun, Server

Guns = Callable[..., Gun]
Trace = dict[str, Any]
TRACES: list[Trace] = json.loads((Path(__file__).parents[1] / "cases" / "wedge.json").read_text())
GROUPS = 8
TRIALS = 12
SILENCE = 120
SAME_TEXT = 30
LATE = SAME_TEXT / 1000
"""So late, in seconds, a trial can't fail: between events that carry their times and those that don't, its pauses were others."""
CTRL, ALT = 2, 1
NAMED = {
    "Enter": 13,
    "Tab": 9,
    "Escape": 27,
    " ": 32,
    "Backspace": 8,
    "F1": 112,
    "F5": 116,
    "F8": 119,
    "ArrowLeft": 37,
    "]": 221,
    "Unidentified": 229,
}
BENCH = """<!doctype html><title>bench</title><body>
<form><input id=quantity><select id=reason><option>none<option>ZEBRA<option>other</select><button type=button id=button>Press</button></form>
<script type=module>
import { listen } from '/s/%s/ear.js';
const seen = window.seen = { scans: [], keys: [], pressed: 0, sent: 0, late: 0 };
addEventListener('keydown', (event) => { seen.keys.push(event); seen.late = Math.max(seen.late, performance.now() - event.timeStamp); }, true);
document.forms[0].addEventListener('submit', (event) => { event.preventDefault(); seen.sent += 1; });
document.getElementById('button').addEventListener('click', () => { seen.pressed += 1; });
window.ear = listen({ page: document, label: () => 'Scanner input', now: () => performance.now(), onReady: (ready) => { seen.ready = ready; },
  onScan: (scan) => seen.scans.push(scan.type === 'broken' ? { broken: scan.text } : scan.text) });
window.look = () => ({ scans: seen.scans, pressed: seen.pressed, sent: seen.sent, late: seen.late / 1000, value: document.getElementById('quantity').value,
  reason: document.getElementById('reason').selectedIndex, focus: document.activeElement.id,
  eaten: seen.keys.filter((e) => e.defaultPrevented).map((e) => e.key), passed: seen.keys.filter((e) => !e.defaultPrevented).map((e) => e.key) });
</script>"""


class TooSlow(Exception):
    """The machine pressed a key later than the trace says."""


class Bench:
    """A page with nothing but the ear, a field, a list and a button."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.context = browser.new_context()
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page: Page = self.context.new_page()
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)
        self.page.goto(server.base + "/")
        self.build = re.search(r"/s/(\w+)/", self.page.content()).group(1)
        self.address = server.base + "/bench"
        self.page.route("**/bench", self._answer)

    def _answer(self, route: Route) -> None:
        route.fulfill(content_type="text/html", body=BENCH % self.build)

    def fresh(self, trace: Trace) -> None:
        self.page.goto(self.address)
        self.page.wait_for_function("() => window.ear && seen.ready")
        focus = trace.get("focus", "none")
        if focus != "none":
            self.page.evaluate(
                "([id, value]) => { const at = document.getElementById(id); if (value) at.value = value; at.focus(); }",
                [focus, trace.get("value", "")],
            )
        for event in trace["events"]:
            if "paste" in event:
                self.page.evaluate("(text) => navigator.clipboard.writeText(text)", event["paste"])

    def press(self, key: str, event: dict[str, Any], *, down: bool = True, up: bool = True) -> None:
        modifiers = CTRL * bool(event.get("ctrl")) + ALT * bool(event.get("alt"))
        said: dict[str, Any] = {"key": key, "modifiers": modifiers, "autoRepeat": bool(event.get("repeat")), "timestamp": self.clock}
        if event.get("code"):
            said["code"] = event["code"]
            said["isKeypad"] = event["code"].startswith("Numpad")
        if key in NAMED:
            said["windowsVirtualKeyCode"] = NAMED[key]
        text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
        if text and not event.get("ctrl"):
            said["text"] = text
        if down:
            self.cdp.send("Input.dispatchKeyEvent", {"type": "keyDown" if "text" in said else "rawKeyDown", **said})
        if up:
            self.cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **said})

    def play(self, trace: Trace) -> None:
        self.clock = self.sent = time.time()
        self.late = 0.0
        for event in trace["events"]:
            if "keys" in event:
                gap = event["gap"]
                for i, key in enumerate(event["keys"] * event.get("times", 1)):
                    first = event.get("after", gap) if i == 0 else gap
                    self._wait(first, SILENCE if i < 2 else max(SILENCE, 3 * gap))
                    self.press(key, event, up=key == " ")
                continue
            self._wait(event.get("after", 0), SAME_TEXT if "text" in event else SILENCE)
            if "key" in event:
                self.press(event["key"], event, down=event.get("hold") != "up", up=event.get("hold") != "down")
            elif "text" in event:
                self.cdp.send("Input.insertText", {"text": event["text"] * event.get("times", 1)})
            elif "compose" in event:
                for end in range(1, len(event["compose"]) + 1, 4):
                    self.cdp.send("Input.imeSetComposition", {"text": event["compose"][:end], "selectionStart": end, "selectionEnd": end})
                self.cdp.send("Input.insertText", {"text": event["compose"]})
            elif "focus" in event:
                self.page.evaluate("(id) => document.getElementById(id).focus()", event["focus"])
            elif "paste" in event:
                self.cdp.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", "key": "v", "modifiers": CTRL, "commands": ["paste"]})
            elif event.get("hidden"):
                self.page.evaluate(
                    """() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden' }); document.dispatchEvent(new Event('visibilitychange')); }"""
                )
            else:
                self.cdp.send("Emulation.setFocusEmulationEnabled", {"enabled": bool(event.get("found"))})
                self.page.evaluate("(name) => dispatchEvent(new Event(name))", "focus" if event.get("found") else "blur")

    def _wait(self, ms: float, silence: float) -> None:
        """Wait until `ms` after the last event; a pause that was to be shorter than a silence must be."""
        self.clock += ms / 1000
        time.sleep(max(0.0, self.clock - time.time()))
        before, self.sent = self.sent, time.time()
        self.late = max(self.late, self.sent - self.clock)
        if ms < silence <= (self.sent - before) * 1000 + 5:
            raise TooSlow

    def settled(self, trace: Trace) -> dict[str, Any]:
        """Look when all that is expected came, and nothing more can."""
        with contextlib.suppress(TimeoutError):
            self.page.wait_for_function("(n) => seen.scans.length >= n", arg=len(trace["scans"]), timeout=3000)
        last = trace["events"][-1]
        self.page.wait_for_timeout(
            30 if last.get("key") in ("Enter", "Tab") and trace["scans"] else max(SILENCE, 3 * last.get("gap", last.get("after", 0))) + 60
        )
        return dict(self.page.evaluate("look()"))


@pytest.fixture(scope="module")
def bench(chromium: Browser, server: Server) -> Iterator[Bench]:
    bench = Bench(chromium, server)
    yield bench
    bench.context.close()


def whole(one: Any) -> Any:
    return one["text"] * one.get("times", 1) if isinstance(one, dict) and "text" in one else one


def expected(trace: Trace) -> dict[str, Any]:
    focus = trace.get("focus", "none")
    return {
        "scans": [whole(one) for one in trace["scans"]],
        "pressed": trace.get("pressed", 0),
        "sent": trace.get("sent", 0),
        "value": trace.get("holds", trace.get("value", "")),
        "reason": 0,
        "focus": trace.get("left", "sink" if focus == "none" else focus),
    }


def difference(got: dict[str, Any], trace: Trace) -> dict[str, Any]:
    differs: dict[str, Any] = {name: (got[name], value) for name, value in expected(trace).items() if got[name] != value}
    eaten, passed = set(got["eaten"]), set(got["passed"])
    differs |= {key: "not swallowed" for key in trace.get("swallowed", []) if key not in eaten - passed}
    differs |= {key: "not passed on" for key in trace.get("passed", []) if key not in passed - eaten}
    return differs


def trial(bench: Bench, trace: Trace) -> dict[str, Any]:
    """Play a trace until this machine was quick enough for it; give what was wrong then."""
    for _ in range(TRIALS):
        bench.fresh(trace)
        with contextlib.suppress(TooSlow):
            bench.play(trace)
            got = bench.settled(trace)
            differs = difference(got, trace)
            if not differs or max(bench.late, got["late"]) < LATE:
                return differs
    return {"machine": "too busy to press keys in time"}


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_trace_gives_its_scans_and_leaves_the_page_alone(bench: Bench, group: int) -> None:
    wrong = {trace["name"]: trial(bench, trace) for trace in TRACES[group::GROUPS]}
    assert {name: differs for name, differs in wrong.items() if differs} == {}


def test_a_page_that_does_not_listen_hears_nothing(bench: Bench) -> None:
    """The negative control: without the ear the same keys press the button and give no scan."""
    trace = next(one for one in TRACES if one["name"] == "a space inside a code does not press the focused button")
    bench.fresh(trace)
    bench.page.evaluate("document.body.innerHTML = '<button id=button>Press</button><input id=quantity><input id=reason>'")
    bench.page.evaluate("window.addEventListener('keydown', (e) => e.stopImmediatePropagation(), true)")
    bench.page.evaluate("document.body.firstChild.onclick = () => { seen.pressed += 1; }; document.body.firstChild.focus()")
    bench.play(trace)
    got = bench.settled(trace)
    assert (got["scans"], got["pressed"] > 0) == ([], True)


def test_after_every_change_of_screen_keys_and_input_methods_are_heard(guns: Guns, server: Server) -> None:
    gun = guns().enrol()
    page = gun.page

    def heard(where: str, by: str = "sink") -> None:
        page.wait_for_timeout(50)
        assert page.evaluate("document.activeElement.id + ' ' + document.activeElement.inputMode") == f"{by} none", where

    heard("tasks")
    gun.task("count")
    heard("a task")
    page.locator(".waits").click()
    page.get_by_role("heading", name="What waits").wait_for()
    heard("what waits")
    page.get_by_role("button", name="Back").click()
    heard("back in the task")
    gun.scan(server.bins()[12])
    page.get_by_role("button", name="Quantity").click()
    heard("the keypad, which needs no keyboard on the screen", "keyed")
    page.get_by_role("button", name="5", exact=True).click()
    heard("a key of it", "keyed")
    page.wait_for_timeout(200)  # a hand that keyed is not yet at the trigger
    page.keyboard.insert_text("INPUT-METHOD-1")
    gun.until(lambda: len(gun.saved) == 1)
    page.locator(".lines li", has_text="INPUT-METHOD-1").locator(".count", has_text="5").wait_for()


def test_a_control_that_was_reached_by_keyboard_keeps_the_focus(guns: Guns, server: Server) -> None:
    gun = guns().enrol()

    def focused() -> str:
        return str(gun.page.evaluate("document.activeElement.tagName"))

    gun.page.wait_for_timeout(1000)  # nobody is as quick after a scan; a Tab at once would be the gun's second suffix
    gun.page.keyboard.press("Tab")
    gun.until(lambda: focused() == "BUTTON")
    gun.page.keyboard.press("Tab")
    gun.page.wait_for_timeout(300)
    assert focused() == "BUTTON"


def test_the_sign_says_not_ready_while_the_page_has_no_focus_and_a_touch_brings_it_back(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.page.locator(".ready.yes").wait_for()
    gun.page.evaluate("() => { window.held = document.hasFocus; document.hasFocus = () => false; dispatchEvent(new Event('blur')); }")
    gun.page.locator(".ready.no", has_text="NOT READY").wait_for()
    gun.page.evaluate("() => { document.hasFocus = window.held; }")
    gun.page.locator(".where").click()
    gun.page.locator(".ready.yes").wait_for()
    gun.scan(server.bins()[13])
    gun.scan_saved("READY-AGAIN")


def test_a_page_that_was_busy_in_the_middle_of_a_code_does_not_cut_it(guns: Guns, server: Server) -> None:
    """Keys that waited behind 300 ms of work are heard late and all at once; their own times say that there was no pause."""
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[14])
    gun.page.locator(".place", has_text=server.bins()[14]).wait_for()
    gun.page.evaluate(
        """() => { let keys = 0; addEventListener('keydown', () => { keys += 1; if (keys === 3) { const until = performance.now() + 300; while (performance.now() < until); } }); }"""
    )
    gun.scan("BUSY-PAGE-1", delay=0)
    gun.until(lambda: len(gun.saved) == 1)
    gun.page.locator(".lines li", has_text="BUSY-PAGE-1").wait_for()


ANSWERS_AT_ONCE = "Permissions.prototype.query = () => Promise.resolve({ state: 'denied' });"


def stopped(gun: Gun, bin_: str, code: str) -> list[str]:
    """Type a code with 10 ms between its keys into a count, and let the browser's own process, through which keys come, stand still for
    300 ms in the middle, as a slow phone's does now and then: the page is idle meanwhile. Give what is listed."""
    gun.enrol().task("count")
    gun.scan(bin_)
    gun.page.locator(".place", has_text=bin_).wait_for()
    assert gun.context.browser is not None
    [process] = [
        one
        for one in gun.context.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        if one["type"] == "browser"
    ]
    cdp = gun.context.new_cdp_session(gun.page)
    start = time.time()
    for at, key in enumerate(code):
        if at == len(code) // 2:
            os.kill(process["id"], signal.SIGSTOP)
            threading.Timer(0.3, os.kill, (process["id"], signal.SIGCONT)).start()
        cdp.send("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, "text": key, "timestamp": start + at / 100})
    gun.until(lambda: gun.saved)
    gun.page.wait_for_timeout(300)
    return [str(text).strip() for text in gun.page.locator(".lines ul:first-of-type .name").all_inner_texts()]


def test_a_browser_that_stood_still_in_the_middle_of_a_code_does_not_cut_it(guns: Guns, server: Server) -> None:
    """The page is idle and its timer in time; what the browser itself answers comes after the keys that waited in it."""
    assert stopped(guns(), server.bins()[15], "STOPPED-BROWSER-1") == ["STOPPED-BROWSER-1"]


def test_negative_control_a_silence_that_only_the_page_hears_cuts_it(guns: Guns, server: Server) -> None:
    """Unless the page waits for the browser too, as it does when it happens to store something: then it is tried again."""
    tries = ((server.bins()[n], f"STOPPED-BROWSER-{n}") for n in range(64, 70))
    assert any(stopped(guns(ANSWERS_AT_ONCE), bin_, code) != [code] for bin_, code in tries)
