"""No secret is in a log, in the audit trail or in a file of the server: all that people and devices say in confidence, on a real server."""

import base64
import json
import socket
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from app import times
from app.logs import JsonLines
from app.people import onetime
from tests.live import Live

PASSWORD, WRONG, CHANGED = "plum stone ladder", "ladder plum stone 741852", "another plum 963741"


class Told:
    """A server, and every secret that was said to it or by it, by what it is."""

    def __init__(self, folder: Path) -> None:
        self.server, self.folder = Live(folder, DEMO="0"), folder
        self.secrets = {"password": PASSWORD, "wrong password": WRONG, "password of a person": CHANGED}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, Any]:
        said = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
        request = urllib.request.Request(self.server.base + path, None if body is None else json.dumps(body).encode(), said, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null"), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null"), error.headers

    def raw(self, request: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=20) as line:
            line.sendall(request.encode("latin-1"))
            return line.recv(65536)

    def sign_in(self) -> dict[str, str]:
        """All ways in, right and wrong; return the headers of a session."""
        self.secrets["setup link"] = self.server.cli("setup-link").partition("#")[2]
        assert (
            self.call("POST", "/api/v1/setup", {"token": "x" + self.secrets["setup link"], "name": "Ada", "password": PASSWORD})[0] == 410
        )
        status, signed, _ = self.call("POST", "/api/v1/setup", {"token": self.secrets["setup link"], "name": "Ada", "password": PASSWORD})
        assert status == 201, signed
        assert self.call("POST", "/api/v1/setup", {"token": self.secrets["setup link"], "name": "Ada", "password": PASSWORD})[0] == 410
        assert self.call("POST", "/api/v1/session", {"name": "Ada", "password": WRONG})[0] == 401
        assert self.call("POST", "/api/v1/session", {"name": WRONG, "password": PASSWORD})[0] == 401
        status, signed, headers = self.call("POST", "/api/v1/session", {"name": "Ada", "password": PASSWORD})
        assert status == 200
        cookie = headers["Set-Cookie"].partition(";")[0]
        self.secrets |= {"cookie": cookie.partition("=")[2], "csrf": signed["csrf"]}
        return {"Cookie": cookie, "X_CSRF_Token": signed["csrf"]}

    def devices_and_keys(self, session: dict[str, str]) -> None:
        status, offer, _ = self.call("POST", "/api/v1/enrolments", {"name": "gun", "site": "MAIN"}, **session)
        assert status == 201, offer
        assert self.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"][:-1] + "0"})[0] in (200, 410)
        offer, claimed = self._claim("gun 2", session)
        assert self.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"]})[0] == 410
        self.secrets |= {
            "enrolment code": offer["code"],
            "token": claimed["token"],
            "token of the command line": self.server.cli("devices", "enrol", "gun 3"),
            "key": self.server.cli("keys", "create", "erp", "--role", "auditor"),
        }
        person = {"name": "Bo", "badge": "B-1", "roles": ["supervisor"], "site": "MAIN", "password": CHANGED}
        assert self.call("POST", "/api/v1/people", person, **session)[0] == 201

    def _claim(self, name: str, session: dict[str, str]) -> tuple[Any, Any]:
        status, offer, _ = self.call("POST", "/api/v1/enrolments", {"name": name, "site": "MAIN"}, **session)
        assert status == 201, offer
        status, claimed, _ = self.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"]})
        assert status == 200, claimed
        return offer, claimed

    def renewed(self, session: dict[str, str]) -> None:
        """A device's new token, and a person's new password from the command line."""
        _, claimed = self._claim("gun 4", session)
        status, offer, _ = self.call("POST", f"/api/v1/devices/{claimed['device']['id']}/rotation", {}, **session)
        assert status == 201, offer
        status, again, _ = self.call("POST", "/api/v1/enrolments/claim", {"code": offer["code"]})
        assert status == 200, again
        assert self.call("GET", "/api/v1/me", Authorization=f"Bearer {claimed['token']}")[0] == 401
        self.secrets |= {"rotation code": offer["code"], "token before": claimed["token"], "rotated token": again["token"]}
        self.secrets["new password"] = self.server.cli("people", "new-password", "Bo")

    def authenticator(self, session: dict[str, str]) -> None:
        """One is set up, its codes are given right and wrong, and recovery codes spent."""
        status, begun, _ = self.call("POST", "/api/v1/authenticator", {"password": PASSWORD}, **session)
        assert status == 201, begun
        key = base64.b32decode(begun["key"].replace(" ", ""))
        self.secrets |= {
            "key of an authenticator": begun["key"].replace(" ", ""),
            "the same as hex": key.hex(),
            "wrong code": "8302 5561 9947 2018",
        }
        assert self.call("POST", "/api/v1/authenticator/confirmation", {"code": self.secrets["wrong code"]}, **session)[0] == 403
        right = {"code": onetime.code(key, onetime.step_of(times.now()))}
        status, told, _ = self.call("POST", "/api/v1/authenticator/confirmation", right, **session)
        assert status == 200, told
        self.secrets |= {"recovery code": told["codes"][0], "spent recovery code": told["codes"][1]}
        enter = {"name": "Ada", "password": PASSWORD}
        assert self.call("POST", "/api/v1/session", {**enter, "code": self.secrets["wrong code"]})[0] == 403
        assert self.call("POST", "/api/v1/session", {**enter, "code": told["codes"][1]})[0] == 200
        assert self.call("POST", "/api/v1/session", {**enter, "code": told["codes"][1]})[0] == 403

    def stupidly(self) -> None:
        """Secrets where they don't belong: in addresses, in broken requests, in what fails on the server."""
        for name in (
            "token", "key", "cookie", "setup link", "enrolment code", "token before", "rotated token", "rotation code", "recovery code",
            "key of an authenticator", "new password",
        ):  # fmt: skip
            secret = self.secrets[name]
            self.call("GET", f"/api/v1/products?token={secret}&after={secret}")
            self.call("GET", f"/api/v1/{secret}")
            self.call("GET", "/api/v1/products", Authorization=f"Basic {secret}")
            self.call("POST", "/api/v1/session", {"name": {"password": secret}, "password": [secret]})
            self.raw(f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {secret}\r\n\r\n")
            self.raw(f"GET /?{secret} HTTP/9.1\r\nHost: x\r\n\r\n")
        for name in ("token", "key", "rotated token"):
            bearer = f"Bearer {self.secrets[name]}"
            assert self.call("GET", "/api/v1/products", Authorization=bearer)[0] == 200
            self.call("POST", "/api/v1/scans", {"scans": [{"id": "x"}]}, Authorization=bearer)

    def broken(self) -> None:
        """Faults of the database, which are logged with where they came from."""
        with sqlite3.connect(self.folder / "scanledger.db", timeout=20) as tx:
            tx.execute("ALTER TABLE attempts RENAME TO gone")
            tx.execute("ALTER TABLE sessions RENAME TO gone_too")
            tx.execute("ALTER TABLE devices RENAME TO gone_as_well")
        assert self.call("POST", "/api/v1/session", {"name": "Ada", "password": PASSWORD})[0] in (500, 503)
        assert self.call("POST", "/api/v1/enrolments/claim", {"code": self.secrets["enrolment code"]})[0] in (500, 503)
        assert self.call("GET", "/api/v1/me", Cookie=f"session={self.secrets['cookie']}")[0] in (500, 503)
        assert self.call("GET", f"/api/v1/lookup?code={self.secrets['token']}", Authorization="Bearer sld_" + "y" * 43)[0] in (500, 503)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    one = Told(tmp_path_factory.mktemp("secrets"))
    try:
        session = one.sign_in()
        one.devices_and_keys(session)
        one.renewed(session)
        one.authenticator(session)
        one.stupidly()
        one.broken()
    finally:
        one.server.stop()
    return one


def found(secrets: dict[str, str], text: bytes) -> list[str]:
    """Name the secrets that stand in a text as they are, without dashes, or in their last half."""
    forms = {name: {said, said.replace("-", ""), said[len(said) // 2 :]} for name, said in secrets.items()}
    return [name for name, some in forms.items() if any(len(one) >= 8 and one.encode() in text for one in some)]


def test_no_log_holds_a_secret(told: Told) -> None:
    log = told.server.log.read_bytes()
    assert b"no request: Invalid" in log
    assert b"OperationalError" in log
    assert len(told.secrets) >= 19
    assert all(len(secret) >= 15 for secret in told.secrets.values()), "they can be told from chance"
    assert found(told.secrets, log) == []


def test_no_audit_row_and_no_file_of_the_server_holds_a_secret(told: Told) -> None:
    with sqlite3.connect(told.folder / "scanledger.db") as tx:
        trail = "\n".join(map(str, tx.execute("SELECT * FROM audit").fetchall())).encode()
    assert b"device_enrolled" in trail
    assert found(told.secrets, trail) == []
    kept = b"".join(p.read_bytes() for p in told.folder.rglob("*") if p.is_file() and p != told.server.log)
    assert b"$argon2id$" in kept
    hidden = {
        name: said for name, said in told.secrets.items() if name != "csrf"
    }  # worth nothing without the cookie, of which only a hash is kept
    assert found(hidden, kept) == []


@pytest.mark.parametrize("name", ["password", "rotated token", "enrolment code", "cookie", "recovery code", "key of an authenticator"])
def test_control_a_planted_secret_is_found(told: Told, name: str) -> None:
    secret = told.secrets[name]
    assert name in found(told.secrets, told.server.log.read_bytes() + f'{{"message":"tried {secret}"}}'.encode())
    assert name in found(told.secrets, f"...{secret[4:]}".encode())


def test_a_token_that_somebody_logs_is_cut_short() -> None:
    import logging

    record = logging.LogRecord("x", logging.ERROR, "x", 1, "asked for /api/v1/sld_%s", ("k3J-_9" * 7,), None)
    record.path = "/slk_" + "A" * 43
    line = JsonLines().format(record)
    assert (json.loads(line)["message"], json.loads(line)["path"]) == ("asked for /api/v1/sld_...", "/slk_...")
