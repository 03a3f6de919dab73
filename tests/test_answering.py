"""The short way: a plain batch is answered by who records it; what it answers is what the long way answers."""

import contextlib
import gzip
import json
import os
import re
import signal
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from app import create_app
from app.scans import plain
from tests import shop as shops
from tests.conftest import settings_for
from tests.live import Live

PLAIN = "application/json"
LONG = "application/json; charset=utf-8"
"""A type that is read by the long way alone."""


class Hasty(Live):
    """A server that waits for a body two seconds, not thirty, and finds it slow after one, not five."""

    changed: ClassVar = {"EACH_READ": 2, "SLOW": 1}


class Door:
    """A running server, two guns, a supervisor's key, and bare connections to it."""

    def __init__(self, server: Live, folder: Path, tokens: list[str], key: str = "") -> None:
        self.server, self.folder, self.tokens, self.key = server, folder, tokens, key
        for token in tokens * 4:  # every process has met them
            with self.connection() as line:
                line.sendall(self.batch(token, 1))
                assert status(line) == 200

    @contextlib.contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as line:
            yield line

    def batch(self, token: str, scans: int, kind: str = PLAIN, ids: Any = None, **headers: str) -> bytes:
        said = [
            {"id": number, "task": "look", "scanned_at": "2026-01-01T00:00:00Z", "location": "MAIN", "barcode": "NO-SUCH"}
            for number in (ids or [str(uuid.uuid4()) for _ in range(scans)])
        ]
        return self.request(token, json.dumps({"scans": said}).encode(), kind, **headers)

    def request(self, token: str, body: bytes, kind: str = PLAIN, **headers: str) -> bytes:
        lines = {"Host": "test", "Authorization": f"Bearer {token}", "Content-Type": kind, "Content-Length": str(len(body)), **headers}
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
        return f"POST /api/v1/scans HTTP/1.1\r\n{head}\r\n".encode() + body


def answer(line: socket.socket, left: bytearray | None = None) -> tuple[int, dict[str, str], bytes]:
    """Read one answer; what comes after it stays in `left`."""
    got = left if left is not None else bytearray()
    while b"\r\n\r\n" not in got:
        more = line.recv(65536)
        assert more, "hung up"
        got += more
    head, _, _ = bytes(got).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (text.split(": ", 1) for text in lines)}
    end = len(head) + 4 + int(headers["content-length"])
    while len(got) < end:
        more = line.recv(65536)
        assert more, "hung up"
        got += more
    body = bytes(got[len(head) + 4 : end])
    del got[:end]
    return int(first.split()[1]), headers, body


def status(line: socket.socket) -> int:
    return answer(line)[0]


@pytest.fixture(scope="module")
def door(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("door")
    (folder / "scanledger.db").write_bytes(sqlite_template.read_bytes())
    app = create_app(settings_for(f"sqlite:///{folder / 'scanledger.db'}", folder))
    with app.app_context():
        shop = shops.open_shop(app)
    server = Hasty(folder, DEMO="0", DATABASE_URL=f"sqlite:///{folder / 'scanledger.db'}")
    try:
        yield Door(server, folder, [shop.gun.token, shop.other_gun.token], shop.person("supervisor").token)
    finally:
        server.stop()


def test_only_what_needs_no_deciding_is_plain(app: Any) -> None:
    shop = shops.open_shop(app)
    token = shop.gun.token
    assert plain.read(app, "POST", plain.PATH, []) is None
    good = [("AUTHORIZATION", f"Bearer {token}"), ("CONTENT-TYPE", PLAIN), ("CONTENT-LENGTH", "2")]
    app.extensions.pop("tokens", None)
    assert plain.read(app, "POST", plain.PATH, good) is None, "nobody has looked this device up"
    app.test_client().post(plain.PATH, json={"scans": []}, headers={"Authorization": f"Bearer {token}"})
    found = plain.read(app, "POST", plain.PATH, good)
    assert found is not None
    assert (found.length, found.gzip, found.sender.device_id is not None, found.sender.proof is not None) == (2, False, True, True)
    assert found.envelope(b"{}") is None
    for accepted, zipped in (
        ("gzip, br", True),
        ("GZIP ; q=0.5", True),
        ("br, gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("br", False),
    ):
        found = plain.read(app, "POST", plain.PATH, [*good, ("ACCEPT-ENCODING", accepted)])
        assert found is not None
        assert found.gzip == zipped, accepted
    others = [
        ("PUT", plain.PATH, good),
        ("POST", plain.PATH + "?site=MAIN", good),
        ("POST", "/api/v1/scans/", good),
        *(("POST", plain.PATH, [h for h in good if h != missing]) for missing in good),
        *(("POST", plain.PATH, [*good, again]) for again in good),
        *(("POST", plain.PATH, [*good, (name, "x")]) for name in ("CONTENT-ENCODING", "TRANSFER-ENCODING", "COOKIE", "EXPECT")),
        *(("POST", plain.PATH, [*good[:2], ("CONTENT-LENGTH", n)]) for n in ("0", "-1", "+2", "1048577", "2x", "\u0662")),
        ("POST", plain.PATH, [good[0], ("CONTENT-TYPE", LONG), good[2]]),
        ("POST", plain.PATH, [("AUTHORIZATION", "Bearer sld_nobody"), *good[1:]]),
        ("POST", plain.PATH, [("AUTHORIZATION", f"Basic {token}"), *good[1:]]),
    ]
    assert [plain.read(app, *other) for other in others] == [None] * len(others)


@pytest.mark.parametrize("accepted", ["identity", "gzip", "gzip;q=0"])
@pytest.mark.parametrize("scans", [1, 60])
def test_both_ways_answer_alike(door: Door, scans: int, accepted: str) -> None:
    found = []
    for kind in (PLAIN, LONG):
        with door.connection() as line:
            line.sendall(door.batch(door.tokens[0], scans, kind, Accept_Encoding=accepted))
            code, headers, body = answer(line)
            assert ("content-encoding" in headers) == (accepted == "gzip" and scans == 60)
            told = json.loads(gzip.decompress(body) if "content-encoding" in headers else body)
            receipts = [{**r, "id": None, "journal": None} for r in told.pop("receipts")]
            changing = {"date", "content-length"}
            found.append((code, {k: v for k, v in headers.items() if k not in changing}, sorted(told), receipts))
    assert found[0] == found[1]


def test_a_scan_sent_both_ways_counts_once(door: Door) -> None:
    number = str(uuid.uuid4())
    statuses = []
    with door.connection() as line:
        for kind in (PLAIN, LONG, PLAIN):
            line.sendall(door.batch(door.tokens[0], 1, kind, [number]))
            statuses.append(json.loads(answer(line)[2])["receipts"][0]["status"])
    assert statuses == ["recorded", "duplicate", "duplicate"]


@pytest.mark.parametrize(
    ("body", "code"), [(b"{", "bad_json"), (b"[]", "bad_envelope"), (b'{"scans":[]}', "bad_envelope"), (b'{"a":1,"a":2}', "bad_json")]
)
def test_what_is_no_batch_is_told_so_and_the_connection_goes_on(door: Door, body: bytes, code: str) -> None:
    with door.connection() as line:
        for kind in (PLAIN, LONG):
            line.sendall(door.request(door.tokens[0], body, kind))
            said, headers, problem = answer(line)
            assert (said, headers["content-type"], json.loads(problem)["code"]) == (400, "application/problem+json", code)
        line.sendall(door.batch(door.tokens[0], 1))
        assert status(line) == 200


def test_requests_that_come_together_are_answered_in_order(door: Door) -> None:
    ids = [str(uuid.uuid4()) for _ in range(8)]
    left = bytearray()
    with door.connection() as line:
        line.sendall(b"".join(door.batch(door.tokens[0], 1, PLAIN, [number]) for number in ids))
        answers = [json.loads(answer(line, left)[2])["receipts"][0]["id"] for _ in ids]
    assert answers == ids


def test_a_token_that_another_process_has_taken_away_is_refused(door: Door) -> None:
    with sqlite3.connect(door.folder / "scanledger.db", timeout=20) as tx:
        (number, before), *_ = tx.execute("SELECT id, token_hash FROM devices ORDER BY id")
        tx.execute("UPDATE devices SET token_hash = ? WHERE id = ?", (b"another" * 4, number))
    try:
        with door.connection() as line:
            line.sendall(door.batch(door.tokens[0], 1))
            said, _, problem = answer(line)
        assert (said, json.loads(problem)["code"]) == (401, "unauthorized")
    finally:
        with sqlite3.connect(door.folder / "scanledger.db", timeout=20) as tx:
            tx.execute("UPDATE devices SET token_hash = ? WHERE id = ?", (before, number))
    with door.connection() as line:
        line.sendall(door.batch(door.tokens[0], 1))
        assert status(line) == 200


@pytest.mark.parametrize(("kind", "free"), [(PLAIN, True), (LONG, False)])
def test_a_scan_that_waits_takes_no_thread(door: Door, kind: str, free: bool) -> None:
    """The long way is the control: there, eighty that wait take all threads."""
    with contextlib.ExitStack() as stack:
        held = sqlite3.connect(door.folder / "scanledger.db", isolation_level=None, timeout=20)
        held.execute("BEGIN IMMEDIATE")
        lines = [stack.enter_context(door.connection()) for _ in range(80)]
        for line in lines:
            line.sendall(door.batch(door.tokens[0], 1, kind))
        time.sleep(0.5)
        health = stack.enter_context(door.connection())
        health.sendall(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n")
        health.settimeout(1)
        try:
            answered = status(health) == 200
        except TimeoutError:
            answered = False
        held.execute("ROLLBACK")
        held.close()
        assert [status(line) for line in lines] == [200] * 80
    assert answered == free


def test_who_doesnt_read_keeps_nobody_waiting(door: Door) -> None:
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", door.server.port))
        deaf.setblocking(False)
        asked = 0
        until = time.monotonic() + 20
        batch = memoryview(door.batch(door.tokens[1], 400, PLAIN, [str(uuid.uuid4()) for _ in range(400)]))
        rest = batch
        while asked < 200 and time.monotonic() < until:
            try:
                rest = rest[deaf.send(rest) :]
            except BlockingIOError:
                if asked and time.monotonic() > until - 17:
                    break  # the server takes no more: it waits for this client
                time.sleep(0.01)
            if not rest:
                rest, asked = batch, asked + 1
        assert 1 <= asked < 200, "the client was heard to the end"
        for _ in range(5):
            began = time.monotonic()
            with door.connection() as line:
                line.sendall(door.batch(door.tokens[0], 1))
                assert status(line) == 200
            assert time.monotonic() - began < 5


def test_who_has_gone_is_recorded_and_the_others_are_answered(door: Door) -> None:
    number = str(uuid.uuid4())
    held = sqlite3.connect(door.folder / "scanledger.db", isolation_level=None, timeout=20)
    held.execute("BEGIN IMMEDIATE")
    with door.connection() as gone, door.connection() as line:
        gone.sendall(door.batch(door.tokens[0], 1, PLAIN, [number]))
        time.sleep(0.2)
        gone.close()
        line.sendall(door.batch(door.tokens[1], 1))
        held.execute("ROLLBACK")
        assert status(line) == 200
    assert held.execute("SELECT COUNT(*) FROM scans WHERE id = ?", (number,)).fetchone() == (1,)
    held.close()


def test_who_asks_to_close_is_closed(door: Door) -> None:
    for more, closes in (({"Connection": "close"}, True), ({}, False)):
        with door.connection() as line:
            line.sendall(door.batch(door.tokens[0], 1, PLAIN, None, **more))
            _, headers, _ = answer(line)
            assert headers["connection"] == ("close" if closes else "keep-alive")


def test_who_sends_far_too_much_reads_why(door: Door) -> None:
    """`413 over size`: clients write all of a body before they read the answer, and most ask to close."""
    body = b" " * (20 << 20)
    for token, expected in ((door.tokens[0], 413), ("nobody", 401)):
        for more in ({"Connection": "close"}, {}):
            with door.connection() as line:
                line.sendall(door.request(token, body, PLAIN, **more))
                code, _, problem = answer(line)
                assert (code, json.loads(problem)["status"]) == (expected, expected)


@pytest.mark.parametrize(("kind", "scans"), [(PLAIN, 1), (LONG, 1), (PLAIN, 0)])
def test_a_body_that_is_shorter_than_it_says_is_none(door: Door, kind: str, scans: int) -> None:
    whole = door.batch(door.tokens[0], scans, kind) if scans else door.request(door.tokens[0], b"", kind)
    head, _, body = whole.partition(b"\r\n\r\n")
    head = re.sub(rb"(?<=Content-Length: )\d+", b"%d" % (len(body) + 10), head)
    with door.connection() as line:
        line.sendall(head + b"\r\n\r\n" + body)
        line.shutdown(socket.SHUT_WR)
        code, _, problem = answer(line)
    assert (code, json.loads(problem)["code"]) == (400, "bad_request")


def test_a_file_whose_end_is_missing_is_not_imported(door: Door) -> None:
    """A client that is killed while it sends leaves a file that looks whole: `120` may have become `12`."""
    rows = b"sku,name\nHALF-1,one\nHALF-2,one hundred and twenty\n"
    head = f"POST /api/v1/imports/products HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.key}\r\nContent-Type: text/csv\r\n"
    with door.connection() as line:
        line.sendall(f"{head}Content-Length: {len(rows)}\r\n\r\n".encode() + rows[:-12])
        line.shutdown(socket.SHUT_WR)
        code, _, problem = answer(line)
    assert (code, json.loads(problem)["code"]) == (400, "bad_request")
    with contextlib.closing(sqlite3.connect(door.folder / "scanledger.db")) as database:
        assert database.execute("SELECT count(*) FROM products WHERE sku LIKE 'HALF%'").fetchone() == (0,)


@pytest.mark.parametrize("kind", [PLAIN, LONG])
def test_a_body_that_stops_coming_is_to_be_sent_again(door: Door, kind: str) -> None:
    with door.connection() as line:
        line.sendall(door.batch(door.tokens[0], 1, kind)[:-10])
        code, headers, problem = answer(line)
    assert (code, json.loads(problem)["code"], headers["retry-after"]) == (503, "unavailable", "1")
    assert "Traceback" not in door.server.log.read_text()


@pytest.mark.parametrize("path", ["scans", "imports/products"])
@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\nab", b"5\r\nabcdefg\r\n", b"-1\r\n", b""])
def test_a_body_that_breaks_off_is_told_so(door: Door, path: str, body: bytes) -> None:
    """It is no fault of the server's, so no 500, which devices would send again for ever."""
    kind, token = ("text/csv", door.key) if path != "scans" else (PLAIN, door.tokens[0])
    with door.connection() as line:
        head = f"POST /api/v1/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
        line.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + body)
        line.shutdown(socket.SHUT_WR)
        code, _, problem = answer(line)
    assert code == 400, problem


def test_who_asks_to_close_and_doesnt_keeps_nobody_waiting(door: Door) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(10):
            line = held.enter_context(door.connection())
            line.sendall(door.batch(door.tokens[0], 1, LONG, None, Connection="close"))
            assert status(line) == 200
        began = time.monotonic()
        with door.connection() as line:
            line.sendall(door.batch(door.tokens[1], 1))
            assert status(line) == 200
        assert time.monotonic() - began < 2, "each of them would have kept all others waiting for two seconds"


@pytest.mark.parametrize(
    "begun", [b"POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{", b"G"]
)
def test_who_sends_byte_by_byte_keeps_nobody_waiting(door: Door, begun: bytes) -> None:
    """More of them than there are threads: without making room, whoever comes later would wait as long as they go on."""
    over = threading.Event()

    def drip(lines: list[socket.socket]) -> None:
        while not over.wait(0.3):
            for line in lines:
                with contextlib.suppress(OSError):
                    line.sendall(b"a")

    with contextlib.ExitStack() as held:
        lines = [held.enter_context(door.connection()) for _ in range(70)]
        for line in lines:
            line.sendall(begun)
        dripping = threading.Thread(target=drip, args=(lines,))
        dripping.start()
        try:
            with door.connection() as line:
                line.sendall(door.batch(door.tokens[0], 1))
                line.settimeout(10)
                assert status(line) == 200
        finally:
            over.set()
            dripping.join()


def test_a_stop_answers_what_waits(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "scanledger.db"
    path.write_bytes(sqlite_template.read_bytes())
    app = create_app(settings_for(f"sqlite:///{path}", tmp_path))
    with app.app_context():
        shop = shops.open_shop(app)
        tokens = [shop.gun.token, shop.other_gun.token]
    server = Live(tmp_path, DEMO="0", DATABASE_URL=f"sqlite:///{path}")
    try:
        door = Door(server, tmp_path, tokens)
        held = sqlite3.connect(path, isolation_level=None, timeout=20)
        held.execute("BEGIN IMMEDIATE")
        with door.connection() as line:
            line.sendall(door.batch(tokens[0], 1))
            time.sleep(0.3)
            os.kill(server.process.pid, signal.SIGTERM)
            time.sleep(0.5)
            held.execute("ROLLBACK")
            code, headers, _ = answer(line)
        held.close()
        assert (code, headers["connection"]) == (200, "close")
        assert server.process.wait(20) == 0
    finally:
        server.stop()
