"""`LAN=1`: https and http on one port, an invitation in the terminal, and nobody who takes a thread by saying nothing."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import config, create_app, run
from tests.conftest import settings_for
from tests.live import Live, free_port
from tests.starting import ROOT

LAN = {"LAN": "1", "LAN_ADDRESS": "127.0.0.1", "DEMO": "0"}


class Served(Live):
    """A server on the loopback's network."""

    def __init__(self, folder: Path, **env: str) -> None:
        super().__init__(folder, **LAN, **env)
        with urllib.request.urlopen(f"{self.base}/ca.crt", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            self.trusting = ssl.create_default_context(cadata=answer.read())

    @property
    def secure(self) -> str:
        return self.base.replace("http:", "https:")

    def call(self, path: str, body: Any = None, token: str | None = None, base: str | None = None, **headers: str) -> tuple[int, Any, Any]:
        request = urllib.request.Request((base or self.secure) + path, None if body is None else json.dumps(body).encode(), headers)
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=20, context=self.trusting if request.type == "https" else None) as answer:
                return answer.status, answer.headers, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, json.loads(error.read())

    def output(self) -> str:
        return self.log.read_text()

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("lan"))
    yield served
    served.stop()
    assert "Traceback" not in served.output()


def test_https_and_http_answer_at_one_port(server: Served) -> None:
    assert server.call("/healthz")[0] == 200
    assert server.call("/healthz", base=server.base)[0] == 200
    assert server.call("/readyz")[2]["migrations"] == "head"


def test_who_does_not_trust_the_authority_gets_nowhere(server: Served) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{server.secure}/healthz", timeout=10, context=ssl.create_default_context())


def test_a_session_over_https_has_a_cookie_for_https_only_and_no_hsts(server: Served) -> None:
    """A browser that kept HSTS for an address would refuse whatever else is served there later."""
    token = re.search(r"/setup#(\S+)", server.cli("setup-link"))
    assert token is not None
    status, headers, _ = server.call(
        "/api/v1/setup", {"token": token[1], "name": "Ada", "password": "plum stone ladder"}, Origin=server.secure
    )
    assert status == 201
    assert headers["Set-Cookie"].startswith("__Host-session=")
    assert "Secure" in headers["Set-Cookie"]
    assert headers["Strict-Transport-Security"] is None


def test_a_plain_page_can_not_act_on_the_secure_one_of_its_own_port(server: Served) -> None:
    status, _, said = server.call("/api/v1/session", {"name": "Ada", "password": "x"}, Origin=server.base)
    assert (status, said["code"]) == (403, "csrf")


def test_another_page_learns_that_it_is_trusted_and_no_more(server: Served) -> None:
    """Our own plain page is another page: it may have been asked for by a name that the certificate doesn't hold."""
    assert server.call("/trust")[2]["https"] == server.secure
    status, headers, said = server.call("/trust", Origin="http://depot.example")
    assert (status, headers["Access-Control-Allow-Origin"], said) == (200, "*", {})


def test_a_long_body_comes_through_in_both_ways(server: Served) -> None:
    token = server.cli("devices", "enrol", "gun")
    scan = {"task": "look", "scanned_at": "2026-11-22T07:04:05Z", "location": "X" * 100, "note": "n" * 800}
    for base in (server.secure, server.base):
        scans = [{**scan, "id": f"{base[4] == 's':08x}-0000-4000-8000-{n:012x}"} for n in range(500)]
        status, _, said = server.call(
            "/api/v1/scans", {"batch": f"{base[4] == 's':08x}-0000-4000-8000-ffffffffffff", "scans": scans}, token, base
        )
        assert (status, len(said["receipts"])) == (200, 500)


def test_requests_follow_each_other_on_one_connection(server: Served) -> None:
    with server.trusting.wrap_socket(server.connected(), server_hostname="127.0.0.1") as tls:
        for _ in range(3):
            tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            said = tls.recv(65536)
            while not said.endswith(b"}"):
                said += tls.recv(65536)
            assert said.startswith(b"HTTP/1.1 200 OK")


def test_connections_that_say_nothing_take_no_thread(server: Served) -> None:
    """Nor those that stop amid the handshake, or after it, as browsers' spare connections do; 64 threads serve."""
    silent = [server.connected() for _ in range(80)]
    halfway = [server.connected() for _ in range(80)]
    for one in halfway:
        one.sendall(b"\x16\x03\x01")
    ready = [server.trusting.wrap_socket(server.connected(), server_hostname="127.0.0.1") for _ in range(80)]
    began = time.monotonic()
    assert server.call("/healthz")[0] == 200
    assert server.call("/healthz", base=server.base)[0] == 200
    assert time.monotonic() - began < 2
    for one in (*silent, *halfway, *ready):
        one.close()


@pytest.mark.parametrize(
    "garbage", [b"\x16", b"\x16\x03\x01\x00\x05hello", b"\x16" * 5000, b"\x00" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 70000]
)
def test_garbage_in_place_of_a_handshake_harms_nobody(server: Served, garbage: bytes) -> None:
    with server.connected() as one, contextlib.suppress(OSError):
        one.sendall(garbage)
        one.shutdown(socket.SHUT_WR)
        while one.recv(65536):
            pass
    assert server.call("/healthz")[0] == 200


def test_garbage_within_tls_harms_nobody(server: Served) -> None:
    plain = server.connected()
    tls = server.trusting.wrap_socket(plain.dup(), server_hostname="127.0.0.1")
    plain.sendall(b"\x17\x03\x03\x00\x10" + b"z" * 16)
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        assert b"200" not in tls.recv(100)
    tls.close()
    plain.close()
    assert server.call("/healthz")[0] == 200


def test_an_old_protocol_is_refused(server: Served) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(server.connected())


def test_the_terminal_tells_where_and_what_to_compare_and_invites_one_phone(server: Served) -> None:
    said = server.output()
    assert f"ScanLedger is at {server.secure} and {server.base}\n" in said
    assert f"  {server.secure}/setup#" in said
    assert said.count("█") > 100
    assert server.call("/trust")[2]["fingerprint"] in said
    code = re.search(rf"{server.base}/join#([0-9A-Z-]{{19}})\n", said)
    assert code is not None
    assert server.call("/api/v1/enrolments/claim", {"code": code[1]})[2]["site"] == "MAIN"
    assert server.call("/api/v1/enrolments/claim", {"code": code[1]})[0] == 410


def test_a_console_on_this_machine_invites_to_an_address_that_phones_reach(server: Served) -> None:
    key = server.cli("keys", "create", "Sam", "--role", "supervisor")
    offered = server.call("/api/v1/enrolments", {"name": "gun"}, key, server.secure.replace("127.0.0.1", "localhost"))
    assert offered[2]["url"] == f"{server.base}/join#{offered[2]['code']}"


def test_each_enter_invites_another_phone_until_the_server_ends(tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, **LAN, "PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.run"], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    codes = []
    for line in process.stdout:
        codes += re.findall(r"/join#([0-9A-Z-]{19})$", line)
        if line.startswith("Ctrl-C"):
            break
    for _ in range(2):
        process.stdin.write("\n")
        process.stdin.flush()
        while not (found := re.findall(r"/join#([0-9A-Z-]{19})$", process.stdout.readline())):
            assert process.poll() is None
        codes += found
    assert len(set(codes)) == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdin.close()
    assert process.stdout.read() is not None, "the reader has ended too: nobody holds the pipe"
    process.stdout.close()


def test_a_certificate_is_renewed_while_serving(tmp_path: Path) -> None:
    served = Served(tmp_path / "data")
    try:
        before = ssl.get_server_certificate(("127.0.0.1", served.port))
        (tmp_path / "data" / "tls" / "server.pem").unlink()
        until = time.monotonic() + 20
        while ssl.get_server_certificate(("127.0.0.1", served.port)) == before:
            assert time.monotonic() < until
            time.sleep(0.2)
        assert served.call("/healthz")[0] == 200
    finally:
        served.stop()


@pytest.mark.parametrize(
    "env, why",
    [({"LAN_ADDRESS": "8.8.8.8"}, "only private ones are certified"), ({"HOST": "198.51.100.7"}, "can't listen on 198.51.100.7")],
)
def test_what_can_not_work_is_said_in_one_line(tmp_path: Path, env: dict[str, str], why: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.run"], cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, **LAN, "PORT": str(free_port()), "DATA_DIR": str(tmp_path), **env},
    )  # fmt: skip
    assert done.returncode == 2
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_without_a_network_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ifaddr.get_adapters", lambda: [])
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path, lan=True))
    with pytest.raises(run.CannotStart, match="no address on a local network"):
        run._lan(app, "0.0.0.0", 8000)


def test_an_address_that_nobody_listens_at_is_not_offered(tmp_path: Path) -> None:
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path, lan=True, lan_addresses=("fd00::7",)))
    with pytest.raises(run.CannotStart, match="Set HOST=::"):
        run._lan(app, "0.0.0.0", 8000)
    lan = run._lan(app, "::", 8000)
    assert lan is not None
    assert lan.bases("http://[::1]:8000") == ["https://[fd00::7]:8000", "http://[::1]:8000"]


def test_certificates_that_can_not_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("")
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path, lan=True, lan_addresses=("10.0.0.1",)))
    with pytest.raises(run.CannotStart, match="can't be used"):
        run._lan(app, "0.0.0.0", 8000)


def test_without_lan_there_is_no_authority(tmp_path: Path) -> None:
    assert not config.from_environment({}).lan
    client = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)).test_client()
    for path in ("/trust", "/ca.crt", "/ca.mobileconfig"):
        assert client.get(path).status_code == 404
    assert not (tmp_path / "tls").exists()
