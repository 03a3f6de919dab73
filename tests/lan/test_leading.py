"""Who comes by plain http is led to trust the server; everybody else gets the app."""

import plistlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, headers, shell
from tests.conftest import settings_for


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("leading")
    app = create_app(settings_for(f"sqlite:///{folder / 'none.db'}", folder, lan=True, lan_addresses=("192.168.1.20",)))
    app.extensions["lan"].look()
    return app


@pytest.fixture
def client(lan: Flask) -> FlaskClient:
    return lan.test_client()


@pytest.mark.parametrize(
    "url, script",
    [
        ("http://192.168.1.20:8000/join", "trust/main.js"),
        ("http://depot.example:8000/join", "trust/main.js"),
        ("http://192.168.1.20:8000/join?tab", "main.js"),
        ("http://192.168.1.20:8000/", "main.js"),
        ("http://192.168.1.20:8000/console", "console/main.js"),
        ("https://192.168.1.20:8000/join", "main.js"),
        ("http://127.0.0.1:8000/join", "main.js"),
        ("http://localhost/join", "main.js"),
        ("http://[::1]:8000/join", "main.js"),
    ],
)
def test_only_plain_http_that_browsers_do_not_trust_leads_to_the_steps(client: FlaskClient, url: str, script: str) -> None:
    base, _, rest = url.partition("://")[2].partition("/")
    got = client.get("/" + rest, base_url=f"{url.partition('://')[0]}://{base}/")
    assert f"/{script}" in got.text
    assert (("trust/" in got.text), got.status_code) == (script.startswith("trust/"), 200)


def test_without_a_lan_join_is_the_app_itself(tmp_path: Path) -> None:
    client = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path)).test_client()
    assert "trust/" not in client.get("/join", base_url="http://192.168.1.20:8000/").text


def test_the_steps_may_ask_our_own_https_and_nobody_else(client: FlaskClient) -> None:
    for host, asked in (("192.168.1.20:8000", "192.168.1.20:8000"), ("evil.example", "192.168.1.20")):
        policy = client.get("/join", base_url=f"http://{host}/").headers["Content-Security-Policy"]
        assert policy == headers.PAGE_POLICY.replace("connect-src 'self'", f"connect-src 'self' https://{asked}")
    assert client.get("/join", base_url="https://192.168.1.20:8000/").headers["Content-Security-Policy"] == headers.PAGE_POLICY


def test_the_steps_hold_nothing_inline() -> None:
    page = shell.read().files["trust.html"].plain.decode()
    assert "__BUILD__" not in page
    assert "style=" not in page
    assert page.count("<script") == page.count('<script type="module" src=') == 1


def test_guns_do_not_carry_the_steps() -> None:
    build = shell.read()
    assert "trust/main.js" in build.files
    assert [path for path in build.operator if path.startswith("trust/")] == []


def test_the_authority_is_handed_out_in_both_forms(client: FlaskClient, lan: Flask) -> None:
    der, fingerprint, name = lan.extensions["lan"].shown
    certificate = client.get("/ca.crt")
    assert certificate.content_type == "application/x-x509-ca-cert"
    assert certificate.headers["Content-Disposition"] == 'attachment; filename="scanledger-ca.crt"'
    assert x509.load_der_x509_certificate(certificate.data).public_bytes(serialization.Encoding.DER) == der
    profile = client.get("/ca.mobileconfig")
    assert profile.content_type == "application/x-apple-aspen-config"
    assert plistlib.loads(profile.data)["PayloadContent"][0]["PayloadContent"] == der
    said = client.get("/trust", base_url="http://192.168.1.20:8000/").json
    assert said == {"https": "https://192.168.1.20:8000", "fingerprint": fingerprint, "name": name, "steps": "/join"}
    doubted = client.get("/trust", base_url="https://192.168.1.20:8000/").json
    assert doubted == {**said, "steps": "http://192.168.1.20:8000/join?untrusted"}


def test_the_keys_are_nowhere_to_be_had(client: FlaskClient) -> None:
    for path in ("/ca.key", "/tls/authority.pem", "/ca.pem", "/s/../var/tls/authority.pem", "/authority.pem"):
        assert client.get(path).status_code in (404, 308)
    for path in ("/ca.crt", "/ca.mobileconfig", "/trust"):
        assert b"PRIVATE" not in client.get(path).data


def test_no_page_promises_https_for_later(client: FlaskClient) -> None:
    for base in ("http://192.168.1.20:8000/", "https://192.168.1.20:8000/"):
        for path in ("/", "/join", "/console", "/trust", "/healthz"):
            assert "Strict-Transport-Security" not in client.get(path, base_url=base).headers
