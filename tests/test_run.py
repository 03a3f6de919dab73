"""`python -m app.run`: the first minute, the second start, and every way to stop or to be refused."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import config
from tests import starting

ROOT = Path(__file__).parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A server of its own, in a process group of its own, started as people do."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.port, self.data_dir, self.log = free_port(), data_dir, data_dir.with_name(data_dir.name + ".log")
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "LAN", "BASE_URL", "HOST", "WEB_CONCURRENCY")}
        self.env = {**inherited, "PORT": str(self.port), "DATA_DIR": str(data_dir), "DEMO": "0", **env}
        self.base = f"http://127.0.0.1:{self.env['PORT']}"
        self.process: subprocess.Popen[bytes] | starting.Process | None = None

    def launch(self, out: Path, err: Path) -> subprocess.Popen[bytes] | starting.Process:
        with out.open("ab") as told, err.open("ab") as warned:
            command = [sys.executable, "-m", "app.run"]
            return subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=told, stderr=warned, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def start(self) -> float:
        began = time.monotonic()
        self.log.write_bytes(b"")
        self.process = self.launch(self.log, self.log)
        while time.monotonic() - began < 60:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.base + "/readyz", timeout=2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return time.monotonic() - began
        raise AssertionError(self.output())

    def stop(self, sign: signal.Signals) -> float:
        assert self.process is not None
        began = time.monotonic()
        os.killpg(self.process.pid, sign)
        self.process.wait(30)
        return time.monotonic() - began

    def refused(self) -> tuple[int, str]:
        out, err = (self.data_dir.with_name(name) for name in ("refused.out", "refused.err"))
        code = self.launch(out, err).wait(60)
        assert out.read_text() == ""
        return code, err.read_text()

    def cli(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *args], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def output(self) -> str:
        return self.log.read_text()

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(self.base + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())


class Copied(Running):
    """The same, started in a tenth of the time: for what it says and does once it has loaded the program."""

    def launch(self, out: Path, err: Path) -> starting.Process:
        return starting.server(self.env, out, err)

    def cli(self, *args: str) -> str:
        return starting.command(self.env, *args)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    yield from ended(Running(tmp_path / "data"))


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Running]:
    yield from ended(Copied(tmp_path / "data"))


def ended(running: Running) -> Iterator[Running]:
    yield running
    if running.process is not None and running.process.poll() is None:
        os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait(10)


def test_the_setup_link_is_printed_until_somebody_used_it(server: Running) -> None:
    server.start()
    assert f"ScanLedger is at {server.base}\n" in server.output()
    links = re.findall(rf"{server.base}/setup#(\S+)", server.output())
    assert len(links) == 1
    server.stop(signal.SIGINT)
    assert server.start() < 10
    (again,) = re.findall(rf"{server.base}/setup#(\S+)", server.output())
    said = {"name": "Ada", "password": "plum stone ladder"}
    assert server.call("POST", "/api/v1/setup", {**said, "token": links[0]})[0] == 410
    assert server.call("POST", "/api/v1/setup", {**said, "token": again})[0] == 201
    server.stop(signal.SIGTERM)
    server.start()
    assert "/setup#" not in server.output()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_is_clean_and_quick_whoever_is_connected(server: Running, sign: signal.Signals) -> None:
    token = ""
    for patience in (2, 1, 0):  # what else this machine does can hold up one stop
        server.start()
        token = token or server.cli("devices", "enrol", "gun")
        with contextlib.ExitStack() as silent:
            for _ in range(80):
                silent.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            assert server.call("GET", "/api/v1/me", token=token)[0] == 200
            took = server.stop(sign)
        if took < 5:
            break
        assert patience, f"it took {took:.1f} s"
    assert json.loads((server.data_dir / "witness").read_text())["epoch"]
    assert '"level":"error"' not in server.output()
    server.start()
    assert server.call("GET", "/api/v1/me", token=token)[0] == 200


def test_connections_that_say_nothing_take_no_thread(copied: Running) -> None:
    copied.start()
    silent = [socket.create_connection(("127.0.0.1", copied.port)) for _ in range(200)]
    began = time.monotonic()
    assert copied.call("GET", "/healthz")[0] == 200
    assert time.monotonic() - began < 2
    for connection in silent:
        connection.close()


def test_the_server_does_not_tell_what_it_is_made_of(copied: Running) -> None:
    copied.start()
    with urllib.request.urlopen(copied.base + "/healthz", timeout=10) as answer:
        assert answer.headers["Server"] == "ScanLedger"
    for raw in (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"NONSENSE\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", copied.port)) as connection:
            connection.sendall(raw)
            said = connection.recv(65536)
        assert said.startswith(b"HTTP/1.1 4")
        assert b"gunicorn" not in said.lower()
        assert b"python" not in said.lower()


def test_a_port_in_use_is_said_clearly(server: Running) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        server.env["PORT"] = str(other.getsockname()[1])
        code, said = server.refused()
    assert code == 2
    assert "can't listen on 127.0.0.1" in said
    assert "another port" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "env, why",
    [
        ({"PORT": "eight"}, "is no port"),
        ({"DATA_DIR": "/dev/null"}, "no folder /dev/null (File exists). DATA_DIR names it."),
        ({"DATABASE_URL": "mysql://me:secret@db/x"}, "only SQLite (sqlite:///FILE) and PostgreSQL"),
        ({"DATABASE_URL": "scanledger.db"}, "only SQLite (sqlite:///FILE) and PostgreSQL"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "the database can't be used"),
    ],
)
def test_what_can_not_work_is_said_in_one_line(copied: Running, env: dict[str, str], why: str) -> None:
    copied.env.update(env)
    code, said = copied.refused()
    assert code == 2
    assert why in said
    assert "secret" not in said
    assert len([line for line in said.splitlines() if not line.startswith("Loading the program")]) == 1, "but for a slow machine's progress"


@pytest.mark.parametrize("said", ["stock.example.com", "ftp://stock.example.com", "https://", "//stock.example.com"])
def test_links_begin_with_an_address_or_the_server_does_not_start(said: str) -> None:
    """`url = <base>/join#<code>`: it is scanned by a phone."""
    with pytest.raises(config.BadSetting, match="is no address; write"):
        config.from_environment({"BASE_URL": said})
    assert config.from_environment({"BASE_URL": "https://stock.example.com/"}).base_url == "https://stock.example.com"


def test_one_embedded_database_has_one_server(copied: Running) -> None:
    copied.start()
    second = Running(copied.data_dir)
    code, said = second.refused()
    assert code == 2
    assert "Another ScanLedger server uses" in said


def test_an_older_database_is_not_served_until_it_is_accepted(copied: Running) -> None:
    copied.start()
    copied.stop(signal.SIGTERM)
    older = (copied.data_dir / "scanledger.db").read_bytes()
    copied.start()
    copied.cli("devices", "enrol", "gun")
    copied.stop(signal.SIGTERM)
    copied.start()
    copied.stop(signal.SIGTERM)
    for name in ("scanledger.db-wal", "scanledger.db-shm"):
        (copied.data_dir / name).unlink(missing_ok=True)
    (copied.data_dir / "scanledger.db").write_bytes(older)
    code, said = copied.refused()
    assert code == 2
    assert "restore --accept" in said
    copied.cli("restore", "--accept")
    copied.start()


@pytest.mark.parametrize("line", ["release", "web"])
def test_the_procfile_needs_a_database(line: str) -> None:
    command = next(c for c in (ROOT / "Procfile").read_text().splitlines() if c.startswith(f"{line}:")).partition(":")[2]
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr
    assert "is missing" in done.stderr


def ask(connection: socket.socket) -> None:
    """Ask for something and keep the connection."""
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(4096).startswith(b"HTTP/1.1 200")


def connections(port: int) -> dict[int, int]:
    """Return how many open connections to this port each process has, without those of this one (Linux)."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    ours = {f"socket:[{row[9]}]" for row in rows if row[3] == "01" and row[1].endswith(f":{port:04X}")}
    found: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/fd/*"):
        pid = int(entry.parts[2])
        with contextlib.suppress(OSError):
            if pid != os.getpid() and str(entry.readlink()) in ours:
                found[pid] = found.get(pid, 0) + 1
    return found


@pytest.mark.postgres_only
def test_the_procfile_migrates_and_serves_and_shares_connections_among_its_workers(
    database_url: str, engine: str, tmp_path: Path, server: Running
) -> None:
    commands = dict(line.split(":", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    env = {**server.env, "DATABASE_URL": database_url, "HOST": "127.0.0.1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", commands["release"]], cwd=ROOT, env=env, check=True, timeout=60)
    server.env = env
    with server.log.open("wb") as log:
        server.process = subprocess.Popen(["sh", "-c", commands["web"]], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True)
    for _ in range(200):
        try:
            assert server.call("GET", "/readyz") == (200, {"status": "ok", "database": "ok", "migrations": "head"})
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise AssertionError(server.output())
    first: list[socket.socket] = []
    while len(connections(server.port)) < 2:  # the second worker may still be starting
        assert len(first) < 200, server.output()
        first.append(socket.create_connection(("127.0.0.1", server.port)))
        ask(first[-1])
        time.sleep(0.1)
    for connection in first:
        connection.close()
    time.sleep(0.5)
    kept = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]  # as when guns wake up together
    for connection in kept:
        ask(connection)
    shares = sorted(connections(server.port).values())
    assert sum(shares) == 40
    assert shares[0] >= 15, shares
    for connection in kept:
        connection.close()
    assert server.stop(signal.SIGTERM) < 5
