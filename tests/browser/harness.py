"""A server as people run it, and guns that scan in a real Chromium."""

import json
import os
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright

from app import config, create_app, demo_shift, times
from app.db import db
from tests import starting

HOME = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PLAYWRIGHT_WITHOUT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
"""What Playwright lets Chromium be without; of two lists the later one counts."""
WITHOUT = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "SpareRendererForSitePerProcess")
"""What isn't the page: two popups of the address field and a process to spare, which each window loads at twice the cost of our console."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join((*PLAYWRIGHT_WITHOUT, *WITHOUT))}",
]
PASSWORD = "a long sentence for tests"
PATIENCE = 60
"""Seconds for what comes in one on a machine that does nothing else."""
LOG_SAVED = "addEventListener('scanledger:saved', (e) => console.log('SAVED ' + e.detail.id + ' ' + e.detail.seq + ' ' + e.detail.stream));"
AHEAD = "window.ahead = 0; const steady = performance.now.bind(performance); performance.now = () => steady() + window.ahead;"
"""The time that passes without anybody waiting for it."""
LOG_VIOLATIONS = "addEventListener('securitypolicyviolation', (e) => console.log('VIOLATION ' + e.violatedDirective + ' ' + e.blockedURI));"


class Server:
    """The product as `make run` serves it, on its own port and data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "PORT": str(self.port), "HOST": "127.0.0.1", "DATA_DIR": str(folder / "data")}
        self.process: starting.Process | subprocess.Popen[bytes] | None = None
        self._key: str | None = None

    def start(self) -> None:
        self.process = self.launch(self.folder / "server.log")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.base + "/readyz", timeout=2)
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self.process.poll() is None, self.log()
                time.sleep(0.1)
        raise AssertionError(self.log())

    def launch(self, log: Path) -> starting.Process | subprocess.Popen[bytes]:
        return starting.server(self.env, log)

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is None:
            return
        os.killpg(self.process.pid, how)
        self.process.wait(20)
        self.process = None

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")[-3000:]

    def cli(self, *args: str) -> str:
        """Give a command on the server's data, as `flask --app wsgi` does, but in this process."""
        app = create_app(config.from_environment(self.env))
        done = app.test_cli_runner().invoke(args=args, env=self.env)
        with app.app_context():
            db.engine.dispose()
        assert done.exit_code == 0, done.output
        return str(done.stdout).strip()

    def cli_apart(self, *args: str) -> None:
        """Give a command that takes the data folder for itself until its process ends."""
        starting.command(self.env, *args)

    def call(
        self, method: str, path: str, body: Any = None, status: int | None = None, raw: bytes | None = None, kind: str = "", token: str = ""
    ) -> Any:
        """Call the API with a token, or the key of a supervisor and administrator."""
        if self._key is None:
            self._key = self.cli("keys", "create", "browser-tests", "--role", "supervisor", "--role", "administrator")
        data = raw if body is None else json.dumps(body).encode()
        headers = {
            "Authorization": f"Bearer {token or self._key}",
            "Content-Type": kind or ("application/x-ndjson" if raw else "application/json"),
        }
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                got, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            got, text = error.code, error.read()
        assert got < 300 if status is None else got == status, (method, path, got, text[:500])
        return json.loads(text) if text else None

    def finished(self, job: Any) -> None:
        """Wait for an import that runs beside the requests."""
        deadline = time.monotonic() + 120
        while job["status"] == "running":
            assert time.monotonic() < deadline, job
            time.sleep(0.2)
            job = self.call("GET", f"/api/v1/imports/{job['id']}")
        assert job["status"] == "done", job

    def enrolment(self, name: str | None = None) -> str:
        """Return a fresh enrolment link."""
        offer = self.call("POST", "/api/v1/enrolments", {"name": name or f"gun-{uuid.uuid4().hex[:6]}", "site": "MAIN"})
        return f"{self.base}/join#{offer['code']}"

    def proof(self, stream: str) -> dict[str, Any]:
        return self.call("GET", f"/api/v1/streams/{stream}/proof")

    def stored(self, streams: set[str]) -> int:
        """Return how many scans of these streams the server holds."""
        return sum(self.proof(stream)["held"] for stream in streams)

    def scans(self, since: int = 0) -> list[Any]:
        """Return all scans after a journal number, in their order."""
        rows: list[Any] = []
        while True:
            page = self.call("GET", f"/api/v1/scans?since={since}&limit=500&site=MAIN")
            rows += page["rows"]
            if len(page["rows"]) < 500:
                return rows
            since = page["next"]

    def bins(self) -> list[str]:
        """Return the codes of the demo's bins, whose stock is older than any test; those that other tests have made aren't among them."""
        rows = self.call("GET", "/api/v1/locations?limit=500")["rows"]
        return [row["code"] for row in rows if re.fullmatch("[ABC]-[0-9]{2}-[0-9]{2}", row["code"])]

    def barcodes(self) -> list[tuple[str, str]]:
        """Return barcode and name of products that have neither lots nor decimals."""
        rows = self.call("GET", "/api/v1/products?limit=500")["rows"]
        plain = [row for row in rows if row["tracking"] == "none" and row["decimals"] == 0 and row["barcodes"]]
        return [(row["barcodes"][0]["code"], row["name"]) for row in plain if row["barcodes"][0]["quantity"] == "1"]


class Gun:
    """One page on one device: scans by keyboard, knows what was confirmed."""

    def __init__(self, context: BrowserContext, server: Server) -> None:
        self.context = context
        self.server = server
        self.page = context.pages[0] if context.pages else context.new_page()
        self.saved: list[tuple[str, int, str]] = []
        self.complaints: list[str] = []
        self.context.add_init_script(LOG_SAVED + LOG_VIOLATIONS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        text = message.text
        if text.startswith("SAVED "):
            _, scan, seq, stream = text.split(" ")
            self.saved.append((scan, int(seq), stream))
        elif text.startswith("VIOLATION") or (message.type == "error" and not text.startswith("Failed to load resource")):
            self.complaints.append(text)

    @property
    def streams(self) -> set[str]:
        return {stream for _, _, stream in self.saved}

    def enrol(self, operator: str = "OP-17") -> "Gun":
        self.page.goto(self.server.enrolment())
        self.page.get_by_role("button", name="Enrol").click()
        self.page.get_by_role("button", name="Start scanning").click()
        if operator:
            self.page.wait_for_function("() => document.hasFocus() && document.activeElement.id === 'sink'")
            self.scan(operator)
            self.page.wait_for_selector("[data-task=count]")
        return self

    def task(self, name: str) -> "Gun":
        self.page.click(f"[data-task={name}]")
        self.page.wait_for_selector(".work")
        return self

    def scan(self, text: str, delay: float | None = None) -> None:
        """Pull the trigger; with a `delay`, as real keys with so many ms between them, which a busy machine may draw out."""
        if delay is None:
            pull(self.page, text)
        else:
            self.page.keyboard.type(text, delay=delay)
            self.page.keyboard.press("Enter")

    def scan_saved(self, *texts: str) -> None:
        """Scan and wait for each beep."""
        for text in texts:
            before = len(self.saved)
            self.scan(text)
            self.until(lambda before=before: len(self.saved) > before)

    def until(self, fact: Callable[[], Any], seconds: float = PATIENCE) -> None:
        deadline = time.monotonic() + seconds
        while not fact():
            if time.monotonic() > deadline:
                shown = self.page.locator("body").inner_text()[-800:]
                raise AssertionError(f"not in {seconds} s; {self.complaints}; the screen: {shown}; the server: {self.server.log()[-500:]}")
            self.page.wait_for_timeout(25)

    def waiting(self) -> int:
        return int(self.page.get_attribute("[data-waiting]", "data-waiting") or 0)

    def drained(self, seconds: float = PATIENCE) -> None:
        """Take the device in hand, so that it sends at once, and wait until nothing waits."""
        self.page.evaluate("dispatchEvent(new Event('pageshow'))")
        self.sent(seconds)

    def sent(self, seconds: float = PATIENCE) -> None:
        """Wait until nothing waits, without touching the device."""
        self.page.evaluate("new Promise((drawn) => setTimeout(drawn, 0))")  # a beep comes before its screen
        self.page.wait_for_selector('[data-waiting="0"]', timeout=seconds * 1000)

    def on_server(self) -> int:
        return self.server.stored(self.streams)

    def arrived_once(self) -> None:
        """All that beeped is on the server, once, without a gap; nothing waits."""
        assert len(set(self.saved)) == len(self.saved)
        for stream in self.streams:
            mine = [seq for _, seq, its in self.saved if its == stream]
            proof = self.server.proof(stream)
            assert proof["held"] == len(mine) == max(mine), proof
            assert proof["missing"] == []
            assert int(proof["xor"], 16) == _xor([scan for scan, _, its in self.saved if its == stream])
        assert self.waiting() == 0


def pull(page: Page, text: str, suffix: str = "Enter") -> None:
    """Type as a gun does that is quick whatever this machine is busy with; real keys at their pace are test_wedge.py's."""
    keys = ["F8" if key == "\x1d" else key for key in text] + ([suffix] if suffix else [])
    press = "(key) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))"
    page.evaluate(f"(keys) => keys.forEach({press})", keys)


def _xor(ids: list[str]) -> int:
    out = 0
    for one in ids:
        out ^= uuid.UUID(one).int
    return out


class Killable:
    """A Chromium of our own on a profile that outlives it."""

    def __init__(self, playwright: Playwright, folder: Path, server: Server, under: Sequence[str] = ()) -> None:
        self.playwright, self.folder, self.server, self.under = playwright, folder, server, under
        self.saved: list[tuple[str, int, str]] = []
        self.gun: Gun | None = None

    def start(self) -> Gun:
        (self.folder / "DevToolsActivePort").unlink(missing_ok=True)
        with open(self.folder.parent / "chromium.log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    *self.under,
                    CHROMIUM,
                    *FLAGS,
                    "--headless=new",
                    "--remote-debugging-port=0",
                    f"--user-data-dir={self.folder}",
                    "about:blank",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        port_file = self.folder / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while not (port_file.exists() and re.match(r"\d+\n/", port_file.read_text())):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.browser = self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port_file.read_text().split()[0]}")
        self.gun = Gun(self.browser.contexts[0], self.server)
        self.gun.saved = self.saved
        return self.gun

    def kill(self) -> None:
        """End the browser's whole process group at once, as a pulled battery would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)
        self.drop()

    def drop(self) -> None:
        """Forget the connection to a browser that is dead."""
        try:
            self.browser.close()
        except Exception as gone:
            assert "closed" in str(gone).lower()  # noqa: PT017 - the connection died with the process

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()


def expected(server: Server, location: str) -> dict[str, tuple[str, Decimal]]:
    """Return barcode and quantity by SKU of what the book has at a location."""
    rows = server.call("GET", f"/api/v1/stock?location={location}&site=MAIN&limit=500")["rows"]
    codes = {
        row["sku"]: row["barcodes"][0]["code"]
        for row in server.call("GET", "/api/v1/products?limit=500")["rows"]
        if row["tracking"] == "none" and row["decimals"] == 0 and row["barcodes"] and row["barcodes"][0]["quantity"] == "1"
    }
    return {row["sku"]: (codes[row["sku"]], Decimal(row["quantity"])) for row in rows if row["sku"] in codes}


def counted(server: Server, bin_: str, operator: str = "OP-17", **terms: Any) -> str:
    """Let somebody count another product than is in the book, in one bin, and finish; return the count, planned with these terms."""
    count: str = server.call("POST", "/api/v1/counts", {"locations": [bin_], **terms})["code"]
    remote = demo_shift.Server(server.base)
    gun = demo_shift.Gun(remote, "gun", server.cli("devices", "enrol", f"gun {uuid.uuid4().hex[:6]}"), operator, 0)
    there = {row["sku"] for row in server.call("GET", f"/api/v1/stock?location={bin_}")["rows"]}
    new = [row for row in server.call("GET", "/api/v1/products?limit=500")["rows"] if row["sku"] not in there]
    plain = [row for row in new if row["tracking"] == "none" and row["decimals"] == 0 and row["barcodes"]]
    for row in plain[:2]:
        gun.scan("count", times.now(), location=bin_, barcode=row["barcodes"][0]["code"])
    gun.scan("finish", times.now(), location=bin_, complete=True)
    gun.drain(random.Random(1))
    return count


def first_sign_in(page: Page, server: Server) -> None:
    page.goto(server.cli("setup-link"))
    page.get_by_label("Name").fill("Ada Sundqvist")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Make my sign-in").click()
    page.get_by_role("heading", name="Overview").wait_for()


def go(page: Page, where: str) -> None:
    page.get_by_role("navigation").get_by_role("link", name=where).click()
