"""A gun's own keys: pressed in a real Chromium at their pace, whatever the page is busy with, and what the page made of them.

Playwright waits until a page has heard a key, and so would follow the page's pace; no gun does. These go to Chromium's own door (its
debugging port) and carry no times, so that each has the one at which it came: where a code's own keys came far apart, this machine was
to blame.
"""

import base64
import gc
import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright

from campaigns import hold
from tests.browser.harness import PATIENCE, Gun, Killable, Server

WATCH = """
window.heard = { codes: [], saved: [], tones: [], shown: [] };
let text = '', before = 0, apart = 0;
addEventListener('keydown', (event) => {
  if (text) apart = Math.max(apart, event.timeStamp - before);
  before = event.timeStamp;
  if (event.key !== 'Enter') text += event.key;
  else { heard.codes.push({ text, apart, at: before }); text = ''; apart = 0; }
}, true);
addEventListener('scanledger:saved', () => heard.saved.push(performance.now()));
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { heard.tones.push(this.frequency.value); return start.apply(this, at); };
new MutationObserver(() => {
  const raw = document.querySelector('.raw');
  if (raw && raw.textContent !== heard.shown[heard.shown.length - 1]) heard.shown.push(raw.textContent);
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
"""What keys came and when, what was stored, what sounded, what the test of a gun showed."""

SILENCE = 120
"""Milliseconds without a key that end a code."""
QUIET = """([scans, ms]) => heard.saved.length >= scans
  || performance.now() - Math.max(...heard.saved, ...heard.codes.map((code) => code.at)) > ms"""
ACCEPTED = [1320, 1760]
"""The hertz of the one tone that is right for a scan."""


@dataclass(frozen=True)
class Pace:
    """How a gun sends: codes in a second, milliseconds between the keys of a code (0: as fast as they go)."""

    rate: float = 10
    gap: float = 0

    def __str__(self) -> str:
        return f"{self.rate:g}/s" + (f" with {self.gap:g} ms a key" if self.gap else "")


class Keys:
    """What presses them: a WebSocket to the page's own address at Chromium's debugging port."""

    def __init__(self, port: int, target: str) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        asked = (
            f"GET /devtools/page/{target} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        )
        self.line.sendall("\r\n".join((*asked, "", "")).encode())
        hold(b" 101 " in self.line.recv(4096), "Chromium opened no door to its page")

    def burst(self, codes: Sequence[str], pace: Pace = Pace()) -> None:
        """Pull the trigger once for each code, at this pace; return when the page has heard all keys."""
        presses = [[press(key) for key in (*code, "Enter")] for code in codes]
        collects = gc.isenabled()
        gc.disable()  # it may take longer than the silence that ends a code
        try:
            began = time.monotonic()
            for number, keys in enumerate(presses):
                due = began + number / pace.rate
                for at, key in enumerate(keys if pace.gap else [b"".join(keys)]):
                    time.sleep(max(0.0, due + at * pace.gap / 1000 - time.monotonic()))
                    self.line.sendall(key)
        finally:
            if collects:
                gc.enable()
        answers, wanted = b"", sum(map(len, presses))
        while answers.count(b'{"id"') < wanted:
            more = self.line.recv(65536)
            hold(bool(more), "Chromium closed its door")
            answers += more

    def close(self) -> None:
        self.line.close()


def press(key: str) -> bytes:
    """Return the frame that presses a key."""
    code = {"Enter": 13}.get(key) or ord(key.upper())
    said = {"type": "keyDown", "key": key, "text": "\r" if key == "Enter" else key, "windowsVirtualKeyCode": code}
    text = json.dumps({"id": 1, "method": "Input.dispatchKeyEvent", "params": said}).encode()
    size = bytes([0x80 | len(text)]) if len(text) < 126 else bytes([0xFE]) + len(text).to_bytes(2, "big")
    return b"\x81" + size + bytes(4) + text


class Stand:
    """A gun in a Chromium of its own, whose keys are real and whose CPU can be slowed."""

    def __init__(self, playwright: Playwright, server: Server, folder: Path, script: str = "") -> None:
        """`script` runs before the app's."""
        self.server = server
        self.patience = 20_000
        """So many milliseconds after the last beep none comes any more."""
        self.browser = Killable(playwright, folder / "profile", server)
        self.browser.folder.mkdir(parents=True)
        self.gun: Gun = self.browser.start()
        self.page = self.gun.page
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.set_viewport_size({"width": 480, "height": 800})
        self.page.add_init_script(WATCH + script)
        self.devtools = self.gun.context.new_cdp_session(self.page)
        self.keys = Keys(self.port(), self.devtools.send("Target.getTargetInfo")["targetInfo"]["targetId"])

    def port(self) -> int:
        return int((self.browser.folder / "DevToolsActivePort").read_text().split()[0])

    def serve(self, name: str, text: str) -> None:
        """From the next start on a file of the app is otherwise than it is; where no service worker keeps it."""
        self.page.route(f"**/{name}", lambda route: route.fulfill(content_type="text/javascript", body=text))

    def slow(self, times: int) -> None:
        self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": times})

    def forget(self) -> None:
        """From here on is what is told."""
        self.page.evaluate("Object.values(heard).forEach((list) => { list.length = 0; })")

    def settled(self, scans: int) -> dict[str, Any]:
        """Wait for so many scans, or until none comes any more, and for what may come besides; return what was heard."""
        self.page.wait_for_function(QUIET, arg=[scans, self.patience], polling=50)
        self.page.wait_for_timeout(SILENCE + 30)
        return dict(self.page.evaluate("heard"))

    def close(self) -> None:
        self.keys.close()
        self.browser.close()
