"""A real server (gunicorn and its workers) that can be killed, and guns that talk to it over real sockets."""

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import times
from tests import starting


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server in a process group of its own, on a data folder and a database."""

    def __init__(self, data_dir: Path, url: str, **env: str) -> None:
        self.port, self.data_dir, self.url = free_port(), data_dir, url
        self.log = data_dir.with_name(data_dir.name + ".log")
        kept = {k: v for k, v in os.environ.items() if k not in ("LAN", "BASE_URL", "HOST", "WEB_CONCURRENCY", "SCANLEDGER_CRASH")}
        self.env = {**kept, "PORT": str(self.port), "DATA_DIR": str(data_dir), "DATABASE_URL": url, "DEMO": "0", **env}
        self.process: starting.Process | None = None
        self.boxes: list[Outbox] = []

    def start(self, **env: str) -> "Server":
        self.process = starting.server({**self.env, **env}, self.log)
        began = time.monotonic()
        while time.monotonic() - began < 60:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/readyz")[0] == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(f"the server doesn't start:\n{self.log.read_text()[-2000:]}")

    def end(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """End the server's own process group."""
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            self.process.wait(30)
        self.process = None

    def kill(self) -> None:
        """As the machine's out-of-memory killer would: every process at once, without a word."""
        self.end(signal.SIGKILL)

    def close(self) -> None:
        """It is over: end the server and hang up all guns."""
        self.kill()
        for box in self.boxes:
            box.hang_up()

    def workers(self) -> list[int]:
        """Return the process ids of gunicorn's workers."""
        assert self.process is not None
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with contextlib.suppress(OSError):
                    if f"\nPPid:\t{self.process.pid}\n" in (folder / "status").read_text():
                        found.append(int(folder.name))
        return found

    def cli(self, *args: str) -> str:
        return starting.command(self.env, *args)

    def ask(self, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return asked(connection, method, path, body, token)
        finally:
            connection.close()


def asked(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
    connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
    answer = connection.getresponse()
    raw = answer.read()
    return answer.status, json.loads(raw or b"null")


@contextlib.contextmanager
def served(data_dir: Path, url: str, **env: str) -> Iterator[Server]:
    server = Server(data_dir, url, **env)
    try:
        yield server.start()
    finally:
        server.close()


@dataclass
class Outbox:
    """A gun that keeps what it scanned until it is answered; one thread uses it."""

    server: Server
    token: str
    make: Callable[[int], dict[str, Any]]
    """The fields of its nth scan."""
    stream: str = field(default_factory=lambda: str(uuid.uuid4()))
    made: int = 0
    xor: int = 0
    waiting: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: dict[int, int] = field(default_factory=dict)
    """Answers that weren't 200."""
    errors: int = 0
    """Requests without an answer."""
    connection: http.client.HTTPConnection | None = None

    def __post_init__(self) -> None:
        self.server.boxes.append(self)

    def scan(self) -> None:
        self.made += 1
        number = uuid.uuid4()
        self.xor ^= number.int
        self.waiting[str(number)] = {"id": str(number), "seq": self.made, "scanned_at": times.wire(times.now()), **self.make(self.made)}

    def sync(self, most: int = 50) -> bool:
        """Send what waits; return whether the server took it."""
        few = list(self.waiting.values())[:most]
        if not few:
            return True
        batch = str(uuid.uuid4())
        body = {"batch": batch, "stream": self.stream, "made": self.made, "sent_at": times.wire(times.now()), "scans": few}
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
            status, answer = asked(self.connection, "POST", "/api/v1/scans", body, self.token)
        except (OSError, http.client.HTTPException, ValueError):
            self.errors += 1
            self.hang_up()
            return False
        if status != 200 or answer.get("batch") != batch:
            self.refusals[status] = self.refusals.get(status, 0) + 1
            return False
        for receipt in answer["receipts"]:
            scan = self.waiting.pop(receipt["id"], None)
            if scan is not None:
                self.acknowledged[receipt["id"]] = scan
        return True

    def hang_up(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def drain(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while self.waiting:
            if not self.sync(500):
                assert time.monotonic() < until, f"{len(self.waiting)} scans don't drain: {self.refusals}"
                time.sleep(0.1)

    def proof(self) -> dict[str, Any]:
        status, told = self.server.ask("GET", f"/api/v1/streams/{self.stream}/proof", token=self.token)
        assert status == 200, told
        return dict(told)


def together(*works: Callable[[], None]) -> None:
    """Run them at once, each in a thread; raise the first error."""
    errors: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
