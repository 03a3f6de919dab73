"""Passwords, sessions and keys go where nobody between can read them: over https, or on the server's own machine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.db import db, writing
from app.people import signing
from tests.callers import device, key, problem, signed_in
from tests.conftest import settings_for

FAR = {"REMOTE_ADDR": "192.168.1.77"}
SAID = {"name": "Ada Admin", "password": "plum stone ladder"}


def far(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base.update(FAR)
    return client


def link() -> str:
    with writing() as tx:
        return signing.new_setup_link(tx)


@pytest.fixture
def served(app: Flask, tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Serve the same database with other settings."""
    made: list[Flask] = []

    def serve(**settings: Any) -> Flask:
        made.append(create_app(settings_for(app.extensions["settings"].database_url, tmp_path, **settings)))
        if settings.get("lan"):
            made[-1].extensions["lan"].look()
        return made[-1]

    yield serve
    for one in made:
        with one.app_context():
            db.engine.dispose()


@pytest.fixture
def lan(served: Callable[..., Flask]) -> Flask:
    """Serve a local network."""
    return served(lan=True, lan_addresses=("192.168.1.20",))


def test_a_password_that_others_can_read_is_refused_and_spends_nothing(app: Flask) -> None:
    token = link()
    problem(far(app).post("/api/v1/setup", json={**SAID, "token": token}), "insecure")
    signed_in(app.test_client(), token)
    answer = far(app).post("/api/v1/session", json=SAID)
    problem(answer, "insecure")
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("near", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_on_the_servers_own_machine_http_will_do(app: Flask, near: str) -> None:
    signed_in(app.test_client(), link())
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = near
    assert client.post("/api/v1/session", json=SAID).status_code == 200


def test_over_https_one_may_sign_in_from_anywhere(app: Flask) -> None:
    signed_in(app.test_client(), link())
    answer = far(app).post("/api/v1/session", json=SAID, base_url="https://192.168.1.20:8000")
    assert answer.status_code == 200
    assert answer.headers["Set-Cookie"].startswith("__Host-session=")


def test_behind_a_proxy_elsewhere_base_url_says_that_it_is_https(app: Flask, served: Callable[..., Flask]) -> None:
    signed_in(app.test_client(), link())
    behind = served(base_url="https://stock.example.com")
    assert far(behind).post("/api/v1/session", json=SAID).status_code == 200
    plain = served(base_url="http://stock.example.com")
    problem(far(plain).post("/api/v1/session", json=SAID), "insecure")
    both = served(base_url="https://stock.example.com", lan=True, lan_addresses=("192.168.1.20",))
    problem(far(both).post("/api/v1/session", json=SAID), "insecure")


def test_a_header_that_anybody_can_send_makes_nothing_secure(app: Flask) -> None:
    signed_in(app.test_client(), link())
    for header in ("X-Forwarded-Proto", "X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "Host"):
        for value in ("https", "127.0.0.1", "for=127.0.0.1;proto=https", "localhost"):
            problem(far(app).post("/api/v1/session", json=SAID, headers={header: value}), "insecure")


def test_a_session_is_worth_nothing_where_others_can_read_it(app: Flask) -> None:
    client = app.test_client()
    signed_in(client, link())
    assert client.get("/api/v1/me").status_code == 200
    client.environ_base.update(FAR)
    problem(client.get("/api/v1/me"), "unauthorized")
    assert client.get("/api/v1/setup").json["signed_in"] is False


def test_pages_learn_that_signing_in_needs_https_and_where_it_is(app: Flask, lan: Flask) -> None:
    said: dict[str, Any] = far(app).get("/api/v1/setup").json
    assert (said["secure"], said["https"]) == (False, None)
    said = far(lan).get("/api/v1/setup", base_url="http://192.168.1.20:8000").json
    assert (said["secure"], said["https"]) == (False, "https://192.168.1.20:8000")
    answer = far(lan).post("/api/v1/session", json=SAID, base_url="http://192.168.1.20:8000")
    assert answer.json["detail"] == "Go to https://192.168.1.20:8000."
    assert app.test_client().get("/api/v1/setup").json["secure"] is True


@pytest.mark.parametrize(
    "host, leads_to",
    [
        ("192.168.1.20:8000", "https://192.168.1.20:8000"),
        ("192.168.1.20", "https://192.168.1.20"),
        ("localhost:8000", "https://192.168.1.20:8000"),
        ("127.0.0.1:8000", "https://192.168.1.20:8000"),
        ("bank.example.com:8000", "https://192.168.1.20:8000"),
        ("10.9.9.9:1", "https://192.168.1.20:1"),
        ("[fd00::9]:8000", "https://192.168.1.20:8000"),
    ],
)
def test_links_lead_only_to_names_that_our_certificate_is_for(lan: Flask, host: str, leads_to: str) -> None:
    said = far(lan).get("/trust", headers={"Host": host}).json
    assert said["https"] == leads_to


@pytest.mark.parametrize("host", ["x:notaport", "[::1", "a b", "192.168.1.20:8000;script-src *", "", "x:99999999"])
def test_a_strange_host_breaks_nothing(lan: Flask, host: str) -> None:
    for path in ("/trust", "/join", "/api/v1/setup"):
        answer = far(lan).get(path, headers={"Host": host})
        assert answer.status_code in (200, 400), (path, host)
        assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")


def test_on_a_lan_a_persons_key_needs_https_and_a_devices_token_does_not(app: Flask, lan: Flask) -> None:
    """A gun in tab mode has nothing else; a key opens much more, and https is at the same port. Without LAN the network is the owner's choice."""
    person, gun = key("supervisor"), device()
    problem(far(lan).get("/api/v1/me", headers=person), "insecure")
    assert far(lan).get("/api/v1/me", headers=person, base_url="https://192.168.1.20").status_code == 200
    assert lan.test_client().get("/api/v1/me", headers=person).status_code == 200
    assert far(lan).get("/api/v1/me", headers=gun).status_code == 200
    assert far(app).get("/api/v1/me", headers=person).status_code == 200
