"""Sessions and the setup link: one use, no default password, nothing to learn from a wrong try."""

import statistics
import time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import times, tokens
from app.db import reading, writing
from app.people import signing
from tests.callers import device, key, problem, signed_in

WORD = "plum stone ladder"


def link() -> str:
    with writing() as tx:
        return signing.new_setup_link(tx)


def test_the_setup_link_makes_one_administrator_once(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/api/v1/setup").json == {"needed": True, "signed_in": False, "password_length": 10, "secure": True, "https": None}
    token = link()
    said = {"token": token, "name": "Ada", "password": WORD}
    first = client.post("/api/v1/setup", json=said)
    assert first.status_code == 201
    assert first.json["person"]["roles"] == ["administrator", "supervisor"]
    cookie = first.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Max-Age=7776000" in cookie
    assert client.get("/api/v1/setup").json == {"needed": False, "signed_in": True, "password_length": 10, "secure": True, "https": None}
    assert app.test_client().get("/api/v1/setup").json["signed_in"] is False
    me = client.get("/api/v1/me").json
    assert (me["kind"], me["site"], me["device"], me["csrf"]) == ("session", None, None, first.json["csrf"])
    assert me["person"]["name"] == "Ada"
    problem(app.test_client().post("/api/v1/setup", json={**said, "name": "Eve"}), "code_spent")
    problem(app.test_client().post("/api/v1/setup", json={**said, "token": "guess"}), "code_spent")


def test_a_new_setup_link_voids_the_old_one(app: Flask) -> None:
    old, new = link(), link()
    client = app.test_client()
    problem(client.post("/api/v1/setup", json={"token": old, "name": "Ada", "password": WORD}), "code_spent")
    signed_in(client, new)


def test_a_setup_link_gives_back_a_lost_password(app: Flask) -> None:
    signed_in(app.test_client(), link(), name="Ada")
    signed_in(app.test_client(), link(), name="ADA", password="another good one")
    client = app.test_client()
    problem(client.post("/api/v1/session", json={"name": "Ada", "password": WORD}), "unauthorized")
    assert client.post("/api/v1/session", json={"name": "Ada", "password": "another good one"}).status_code == 200
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM people")) == 1


@pytest.mark.parametrize(
    "password, why",
    [
        ("short", "at least 10"),
        ("Password123", "tried first"),
        ("aaaaaaaaaaaaaa", "three different"),
        ("ada lovelace", "Your name"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays_good(app: Flask, password: str, why: str) -> None:
    token, client = link(), app.test_client()
    refused = client.post("/api/v1/setup", json={"token": token, "name": "Ada Lovelace", "password": password})
    assert refused.status_code == 400
    assert refused.json["errors"][0]["field"] == "password"
    assert why in refused.json["detail"]
    signed_in(client, token)


def test_a_session_ends_when_its_person_signs_out(app: Flask) -> None:
    client = app.test_client()
    csrf = signed_in(client, link())
    cookie = client.get_cookie("session")
    assert cookie is not None
    problem(client.delete("/api/v1/session"), "csrf")
    assert client.delete("/api/v1/session", headers=csrf).status_code == 204
    client.set_cookie("session", cookie.value)
    problem(client.get("/api/v1/me"), "unauthorized")


def test_a_session_lasts_twelve_hours(app: Flask) -> None:
    client = app.test_client()
    signed_in(client, link())
    with writing() as tx:
        assert tx.scalar(text("SELECT expires_at - created_at FROM sessions")) == 12 * 3600 * 1000
        tx.execute(text("UPDATE sessions SET expires_at = 1"))
    problem(client.get("/api/v1/me"), "unauthorized")


def test_another_sites_page_can_not_use_a_session(app: Flask) -> None:
    client = app.test_client()
    csrf = signed_in(client, link())
    person = {"name": "Bo", "roles": ["operator"]}
    problem(client.post("/api/v1/people", json=person, headers={**csrf, "Origin": "https://evil.example"}), "csrf")
    problem(client.post("/api/v1/people", json=person, headers={**csrf, "Origin": "null"}), "csrf")
    problem(client.post("/api/v1/people", json=person, headers={"X-CSRF-Token": "guess"}), "csrf")
    problem(client.post("/api/v1/session", json={"name": "x", "password": "y"}, headers={"Origin": "https://evil.example"}), "csrf")
    assert client.post("/api/v1/people", json=person, headers={**csrf, "Origin": "http://localhost"}).status_code == 201
    for scheme, status in (
        ("http", 403),
        ("https", 401),
    ):  # beside a page of https stands one of plain http that anybody may have put there
        told = client.post(
            "/api/v1/session",
            base_url="https://localhost",
            json={"name": "x", "password": "y"},
            headers={"Origin": f"{scheme}://localhost"},
        )
        assert told.status_code == status


def test_a_wrong_token_is_not_rescued_by_a_cookie(app: Flask) -> None:
    client = app.test_client()
    signed_in(client, link())
    problem(client.get("/api/v1/me", headers={"Authorization": "Bearer sld_wrong"}), "unauthorized")


def test_over_https_the_cookie_is_bound_to_the_host(app: Flask) -> None:
    client = app.test_client()
    said = {"token": link(), "name": "Ada", "password": WORD}
    cookie = client.post("/api/v1/setup", json=said, base_url="https://localhost").headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert client.get("/api/v1/me", base_url="https://localhost").status_code == 200


def test_a_wrong_password_and_an_unknown_name_look_the_same(app: Flask) -> None:
    signed_in(app.test_client(), link(), name="Ada")
    client = app.test_client()

    def took(name: str) -> tuple[float, bytes]:
        times, answers = [], set()
        for _ in range(3):
            began = time.perf_counter()
            response = client.post("/api/v1/session", json={"name": name, "password": "wrong password"})
            times.append(time.perf_counter() - began)
            assert response.status_code == 401
            answers.add(response.data)
        return statistics.median(times), answers.pop()

    took("Warm Up")
    (known, one), (unknown, other) = took("Ada"), took("Nobody")
    assert one == other
    assert unknown > known / 4  # without the same work it would be a hundredth


def test_guessing_a_password_is_slowed_down_and_being_right_is_not(app: Flask) -> None:
    signed_in(app.test_client(), link(), name="Ada")
    client = app.test_client()
    for _ in range(12):
        assert client.post("/api/v1/session", json={"name": "Ada", "password": WORD}).status_code == 200
    statuses = [client.post("/api/v1/session", json={"name": "Ada", "password": "wrong password"}) for _ in range(11)]
    if {r.status_code for r in statuses} == {401}:  # the minute changed in between
        statuses = [client.post("/api/v1/session", json={"name": "Ada", "password": "wrong password"}) for _ in range(11)]
    assert statuses[-1].status_code == 429
    assert 1 <= int(statuses[-1].headers["Retry-After"]) <= 60
    problem(statuses[-1], "too_many_requests")


def test_who_signed_in_there_before_is_not_kept_out_by_guessing_elsewhere(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that holds a session of theirs, were it long over, has tries of its own: as many, and none where somebody ended it."""
    now = times.now()
    monkeypatch.setattr(times, "now", lambda: now)
    known, stranger, right = app.test_client(), app.test_client(), {"name": "Ada", "password": WORD}
    signed_in(known, link(), name="Ada", password=WORD)
    with writing() as tx:
        tx.execute(text("UPDATE sessions SET expires_at = 1, seen_at = 1"))

    def guess(client: FlaskClient) -> set[int]:
        return {client.post("/api/v1/session", json={"name": "Ada", "password": "wrong password"}).status_code for _ in range(11)}

    assert guess(stranger) == {401, 429}
    assert stranger.post("/api/v1/session", json=right).status_code == 429
    assert known.post("/api/v1/session", json=right).status_code == 200
    stranger.set_cookie("session", tokens.mint())
    assert stranger.post("/api/v1/session", json=right).status_code == 429
    cookie = known.get_cookie("session")
    assert cookie is not None
    with writing() as tx:
        tx.execute(text("DELETE FROM attempts WHERE what = 'sign_in_place'"))
    assert guess(known) == {401, 429}, "nor may a thief of the cookie guess without end"
    with writing() as tx:
        tx.execute(text("UPDATE sessions SET ended_at = 1"))
        tx.execute(text("DELETE FROM attempts WHERE what = 'sign_in_known'"))
    assert known.post("/api/v1/session", json=right).status_code == 429, "who ended it doesn't trust that browser any more"


def test_nothing_secret_is_kept(app: Flask) -> None:
    token, client = link(), app.test_client()
    signed_in(client, token, password=WORD)
    cookie = client.get_cookie("session")
    assert cookie is not None
    kept = ""
    with reading() as tx:
        for table in ("people", "sessions", "setup_links", "audit"):
            kept += str(tx.execute(text(f"SELECT * FROM {table}")).all())
    assert WORD not in kept
    assert token not in kept
    assert cookie.value not in kept
    assert "$argon2id$" in kept


def test_me_says_who_calls(app: Flask) -> None:
    client = app.test_client()
    gun = client.get("/api/v1/me", headers=device("gun 7", tasks=["look", "count"])).json
    assert (gun["kind"], gun["site"], gun["person"], gun["csrf"]) == ("device", "MAIN", None, None)
    assert gun["device"] == {"id": gun["device"]["id"], "name": "gun 7", "tasks": ["count", "look"], "revoked": False}
    sam = client.get("/api/v1/me", headers=key("auditor", "operator", name="Sam", site="MAIN")).json
    assert (sam["kind"], sam["site"], sam["device"]) == ("key", "MAIN", None)
    assert sam["person"]["roles"] == ["auditor", "operator"]
    assert sam["epoch"] == gun["epoch"]
