"""The headers of every kind of answer: nobody runs, frames, guesses or keeps what isn't theirs."""

import re
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app, headers, shell
from tests.conftest import settings_for
from tests.live import Live
from tests.shop import Shop
from tests.test_hostile import filled

DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
BOTH = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": None,
    "X-Powered-By": None,
}
KINDS: dict[str, dict[str, str | None]] = {
    "page": {
        **BOTH,
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types scanledger",
        "Cache-Control": "no-cache",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), display-capture=(), geolocation=(), hid=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    },
    "data": {**BOTH, "Content-Security-Policy": DATA, "Cache-Control": "no-store"},
}
KINDS["file"] = KINDS["page"] | {"Cache-Control": "public, max-age=31536000, immutable"}
KINDS["decoder"] = KINDS["file"] | {
    "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
}
"""What each kind of answer says; None: it doesn't say that."""


def told(response: Any, kind: str, where: str) -> None:
    found = {name: response.headers.get(name) for name in KINDS[kind]}
    response.close()
    assert found == KINDS[kind], where
    assert all(len(response.headers.getlist(name)) <= 1 for name in KINDS[kind]), where


def test_every_kind_of_answer_has_its_headers(shop: Shop) -> None:
    """All routes, as somebody who may and as somebody who may not."""
    client, seen = shop.app.test_client(), set()
    build = shell.read()
    for rule in sorted(shop.app.url_map.iter_rules(), key=str):
        for method in sorted(rule.methods or ()):
            for token in (shop.person("supervisor").token, ""):
                where = f"/s/{build.name}/app.css" if rule.endpoint == "shell.file" else filled(rule.rule, "K1")
                response = client.open(where, method=method, headers={"Authorization": f"Bearer {token}"})
                page = rule.endpoint.startswith("shell.") and method in ("GET", "HEAD")
                kind = "file" if page and rule.endpoint == "shell.file" else "page" if page else "data"
                seen.add((kind, response.status_code))
                told(response, kind, f"{method} {where} {response.status_code}")
    assert {("page", 200), ("file", 200), *(("data", code) for code in (200, 400, 401, 404))} <= seen


@pytest.mark.sqlite_only
def test_files_that_people_take_away_have_them_too(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN", quantity="3")
    office = shop.person("supervisor")
    office.call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    types = set()
    for path in (
        *(f"/api/v1/exports/{name}.{kind}" for name in ("stock", "scans", "moves") for kind in ("csv", "xlsx", "json")),
        *(f"/api/v1/labels/preview.{kind}?of=locations&code=A-01&stock=roll-57x32" for kind in ("png", "svg")),
        "/api/v1/counts/K1/paper.pdf",
        "/api/v1/openapi.json",
    ):
        response = office.get(path)
        assert response.status_code == 200, (path, response.get_data()[:300])
        types.add(response.mimetype)
        told(response, "data", path)
    assert len(types) == 6, types


@pytest.mark.sqlite_only
def test_a_worker_that_decodes_may_compile_and_make_no_types(app: Flask) -> None:
    told(app.test_client().get(f"/s/{shell.read().name}/{shell.DECODER}"), "decoder", "the decoder")


@pytest.mark.sqlite_only
def test_what_is_found_nowhere_and_what_was_seen_already_have_them(app: Flask) -> None:
    client, file = app.test_client(), f"/s/{shell.read().name}/app.css"
    for path in ("/nothing", "/api/v1/nothing", "/s/x/y.js", "/api/v1//scans", "/.git/config"):
        told(client.get(path), "data", path)
    seen = client.get(file, headers={"If-None-Match": client.get(file).headers["ETag"]})
    assert seen.status_code == 304
    told(seen, "file", "304")


@pytest.mark.sqlite_only
def test_a_bug_tells_nothing_and_has_them(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise RuntimeError("a secret")

    app.view_functions["healthz"] = shell.public(broken)
    response = app.test_client().get("/healthz")
    assert response.status_code == 500
    assert "secret" not in response.text
    told(response, "data", "500")


@pytest.mark.parametrize(
    ("base_url", "lan", "said"),
    [
        ("https://stock.example.com", False, f"max-age={365 * 24 * 3600}"),
        ("HTTPS://stock.example.com/", False, f"max-age={365 * 24 * 3600}"),
        ("https://192.168.1.20:8000", True, None),
        ("http://stock.example.com", False, None),
        (None, True, None),
        (None, False, None),
    ],
)
def test_only_a_public_certificate_binds_browsers_to_https(
    base_url: str | None, lan: bool, said: str | None, sqlite_template: Path, tmp_path: Path
) -> None:
    """Never the authority of a local network: who removes it could not get back in."""
    settings = settings_for(
        f"sqlite:///{tmp_path / 'scanledger.db'}", tmp_path, base_url=base_url, lan=lan, lan_addresses=("192.168.1.20",)
    )
    assert dict(headers.of_every_answer(settings)).get("Strict-Transport-Security") == said
    if lan and base_url is None:
        return
    (tmp_path / "scanledger.db").write_bytes(sqlite_template.read_bytes())
    client = create_app(settings).test_client()
    for path in ("/", "/console", "/healthz", "/api/v1/products", "/nothing"):
        assert client.get(path).headers.get("Strict-Transport-Security") == said, path


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthoriz\xe9tion: Bearer sld_SECRET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization Bearer slk_SECRET\r\n\r\n",
        b"GET /" + b"SECRET" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-SECRET: " + b"x" * 9000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-SECRET: 1\r\n" * 200 + b"\r\n",
        b"SECRET<script> / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: SECRET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: SECRET\r\n\r\n",
        b"\x00\x01SECRET\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_in_the_one_shape_and_not_repeated(raw: bytes, bare: Live) -> None:
    with socket.create_connection(("127.0.0.1", bare.port), timeout=20) as line:
        line.sendall(raw)
        got = b""
        while more := line.recv(65536):
            got += more
    head, _, body = got.partition(b"\r\n\r\n")
    found = dict(re.findall(r"^([\w-]+): (.*?)\r?$", head.decode(), re.MULTILINE))
    assert head.startswith(b"HTTP/1.1 400 "), got
    assert found["Content-Type"] == "application/problem+json"
    assert {name: found.get(name) for name in KINDS["data"]} == KINDS["data"]
    assert b'"code":"bad_request"' in body
    assert b"SECRET" not in got
    assert "SECRET" not in bare.log.read_text()


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER"])
def test_no_header_moves_a_request_to_another_address(name: str, bare: Live) -> None:
    """Gunicorn would believe the first two of a proxy on this machine, which may pass them on from anybody."""
    request = urllib.request.Request(bare.base + "/healthz", headers={name: "/healthz"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert (response.status, response.read()) == (200, b'{"status":"ok"}')


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Any:
    server = Live(tmp_path_factory.mktemp("bare"), DEMO="0")
    yield server
    server.stop()
