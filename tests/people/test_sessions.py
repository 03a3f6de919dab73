"""Sessions: who sees and ends them, how long they last, and that what is taken away is gone with the next request."""

import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import times
from app.db import db, reading, writing
from app.locations.creating import add_site
from app.people import browser, hashing, signing
from tests.callers import key, problem, signed_in

WORD = "plum stone ladder"
OTHER = "nine green chairs"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def ada(app: Flask) -> tuple[FlaskClient, dict[str, str]]:
    """The first administrator, signed in."""
    with writing() as tx:
        link = signing.new_setup_link(tx)
    client = app.test_client()
    return client, signed_in(client, link, name="Ada", password=WORD)


def add(ada: tuple[FlaskClient, dict[str, str]], name: str, *roles: str, site: str | None = None) -> int:
    said = {"name": name, "roles": roles or ("supervisor",), "password": WORD, "site": site}
    made = ada[0].post("/api/v1/people", json=said, headers=ada[1])
    assert made.status_code == 201, made.json
    return int(made.json["id"])


def enter(app: Flask, name: str, password: str = WORD, agent: str = FIREFOX) -> tuple[FlaskClient, dict[str, str]]:
    client = app.test_client()
    answer = client.post("/api/v1/session", json={"name": name, "password": password}, headers={"User-Agent": agent})
    assert answer.status_code == 200, answer.json
    return client, {"X-CSRF-Token": answer.json["csrf"]}


def rows(client: FlaskClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get("/api/v1/sessions" + query)
    assert answer.status_code == 200, answer.json
    return list(answer.json["rows"])


def test_people_see_and_end_their_own_sessions_and_nobody_elses(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    bo, cy = add(ada, "Bo"), add(ada, "Cy")
    (here, mine), (there, _), (third, _) = enter(app, "Bo"), enter(app, "Bo", agent="curl/8.5\x1b[2J"), enter(app, "Bo")
    cys, _ = enter(app, "Cy")
    seen = rows(here)
    assert [one["this"] for one in seen].count(True) == 1
    assert {one["browser"] for one in seen} == {"Firefox, Linux", "curl/8.5[2J"}
    assert {one["address"] for one in seen} == {"127.0.0.1"}
    other = next(one["id"] for one in seen if one["browser"].startswith("curl"))
    problem(here.get(f"/api/v1/sessions?person={cy}"), "forbidden")
    problem(here.delete(f"/api/v1/sessions?person={cy}", headers=mine), "forbidden")
    problem(here.delete(f"/api/v1/sessions/{rows(cys)[0]['id']}", headers=mine), "not_found")
    problem(here.delete(f"/api/v1/sessions/{other}"), "csrf")
    assert here.delete(f"/api/v1/sessions/{other}", headers=mine).status_code == 204
    problem(there.get("/api/v1/me"), "unauthorized")
    assert third.get("/api/v1/me").status_code == 200
    assert here.delete("/api/v1/sessions", headers=mine).status_code == 204
    problem(third.get("/api/v1/me"), "unauthorized")
    assert [one["this"] for one in rows(here)] == [True]
    assert cys.get("/api/v1/me").status_code == 200
    assert [one["this"] for one in rows(ada[0], f"?person={bo}")] == [False]


def test_an_administrator_ends_the_sessions_of_those_they_may_see_to(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    bo, nora = add(ada, "Bo", site="MAIN"), add(ada, "Nora", "administrator", site="NORTH")
    (bos, _), (noras, hers) = enter(app, "Bo"), enter(app, "Nora")
    for answer in (noras.get(f"/api/v1/sessions?person={bo}"), noras.put(f"/api/v1/people/{bo}", json={"archived": True}, headers=hers)):
        problem(answer, "not_found")
    problem(noras.put("/api/v1/people/1", json={"password": OTHER}, headers=hers), "not_found")  # Ada has a say everywhere
    assert ada[0].delete(f"/api/v1/sessions?person={bo}", headers=ada[1]).status_code == 204
    problem(bos.get("/api/v1/me"), "unauthorized")
    assert ada[0].delete(f"/api/v1/sessions/{rows(noras)[0]['id']}?person={nora}", headers=ada[1]).status_code == 204
    problem(noras.get("/api/v1/me"), "unauthorized")
    with reading() as tx:
        ended = tx.execute(text("SELECT subject, actor FROM audit WHERE deed = 'sessions_ended' ORDER BY journal")).all()
    assert [tuple(one) for one in ended] == [(f"person {bo}", "session:Ada"), (f"person {nora}", "session:Ada")]


def test_what_is_taken_away_is_gone_with_the_next_request(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    bo = add(ada, "Bo", "supervisor", "auditor")
    client, _ = enter(app, "Bo")
    assert client.get("/api/v1/counts").status_code == 200
    taken = ada[0].put(f"/api/v1/people/{bo}", json={"roles": ["operator"], "reason": "moved to picking"}, headers=ada[1])
    assert taken.json["roles"] == ["operator"]
    problem(client.get("/api/v1/counts"), "forbidden")
    assert ada[0].put(f"/api/v1/people/{bo}", json={"archived": True}, headers=ada[1]).json["archived"] is True
    problem(client.get("/api/v1/me"), "unauthorized")
    problem(app.test_client().post("/api/v1/session", json={"name": "Bo", "password": WORD}), "unauthorized")
    assert ada[0].put(f"/api/v1/people/{bo}", json={"archived": False}, headers=ada[1]).json["archived"] is False
    problem(client.get("/api/v1/me"), "unauthorized")  # what ended stays ended
    again, _ = enter(app, "Bo")
    assert ada[0].put(f"/api/v1/people/{bo}", json={"password": OTHER}, headers=ada[1]).status_code == 200
    problem(again.get("/api/v1/me"), "unauthorized")
    enter(app, "Bo", OTHER)
    with reading() as tx:
        deed = tx.execute(text("SELECT before, after, reason FROM audit WHERE deed = 'person_changed' ORDER BY journal LIMIT 1")).one()
        assert OTHER not in str(tx.execute(text("SELECT * FROM audit")).all())
    assert '"supervisor"' in deed.before
    assert '"operator"' in deed.after
    assert '"archived":false' in deed.after
    assert '"password":"as it was"' in deed.after
    assert deed.reason == "moved to picking"


def test_the_keys_of_an_archived_person_open_nothing(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    sam = key("auditor", name="Sam")
    number = app.test_client().get("/api/v1/me", headers=sam).json["person"]["id"]
    ada[0].put(f"/api/v1/people/{number}", json={"archived": True}, headers=ada[1])
    problem(app.test_client().get("/api/v1/me", headers=sam), "unauthorized")


@pytest.mark.parametrize("said", [{"archived": True}, {"roles": ["supervisor"]}])
def test_nobody_shuts_themselves_out(ada: tuple[FlaskClient, dict[str, str]], said: dict[str, object]) -> None:
    mine = ada[0].get("/api/v1/me").json["person"]["id"]
    problem(ada[0].put(f"/api/v1/people/{mine}", json=said, headers=ada[1]), "forbidden")
    for harmless in ({"archived": False}, {"roles": ["administrator"]}):
        assert ada[0].put(f"/api/v1/people/{mine}", json=harmless, headers=ada[1]).json["archived"] is False


def test_one_changes_ones_password_by_the_old_one_and_ends_ones_other_sessions(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    elsewhere, _ = enter(app, "Ada")
    client, csrf = ada
    assert client.put("/api/v1/password", json={"old": "wrong", "new": OTHER}, headers=csrf).json["errors"][0]["field"] == "old"
    assert client.put("/api/v1/password", json={"old": WORD, "new": "short"}, headers=csrf).json["errors"][0]["field"] == "new"
    assert client.put("/api/v1/password", json={"old": WORD, "new": OTHER}, headers=csrf).status_code == 204
    assert client.get("/api/v1/me").status_code == 200
    problem(elsewhere.get("/api/v1/me"), "unauthorized")
    problem(app.test_client().post("/api/v1/session", json={"name": "Ada", "password": WORD}), "unauthorized")
    enter(app, "Ada", OTHER)
    problem(client.put("/api/v1/password", json={"old": OTHER, "new": WORD}, headers=key("administrator")), "bad_request")


def test_the_old_password_can_not_be_guessed_in_a_session_that_was_left_open(ada: tuple[FlaskClient, dict[str, str]]) -> None:
    tries = [ada[0].put("/api/v1/password", json={"old": f"guess {n}", "new": OTHER}, headers=ada[1]).status_code for n in range(21)]
    assert tries.count(429) >= 1  # ten a minute, and the minute may change once


def test_signing_in_anew_ends_the_session_that_the_browser_had(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    client, _ = ada
    old = client.get_cookie("session")
    assert client.post("/api/v1/session", json={"name": "Ada", "password": WORD}).status_code == 200
    new = client.get_cookie("session")
    assert old is not None
    assert new is not None
    assert old.value != new.value
    stranger = app.test_client()
    stranger.set_cookie("session", old.value)
    problem(stranger.get("/api/v1/me"), "unauthorized")
    assert len(rows(client)) == 1


def test_a_session_that_nobody_uses_ends_after_two_hours_and_is_seen_once_a_minute(
    app: Flask, ada: tuple[FlaskClient, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, began = ada[0], times.now()

    def at(minutes: float) -> int:
        monkeypatch.setattr(times, "now", lambda: began + int(minutes * times.MINUTE))
        return int(client.get("/api/v1/me").status_code)

    def seen() -> float:
        with reading() as tx:
            return round((tx.scalar(text("SELECT seen_at FROM sessions")) - began) / times.MINUTE, 1)

    assert (at(0.5), seen()) == (200, 0)
    assert (at(2), seen()) == (200, 2)
    assert (at(2.9), seen()) == (200, 2)
    assert (at(119), seen()) == (200, 119)
    assert (at(238), seen()) == (200, 238)
    assert at(359) == 401
    monkeypatch.undo()
    with writing() as tx:
        tx.execute(text("UPDATE sessions SET seen_at = :now"), {"now": times.now()})
    assert client.get("/api/v1/me").status_code == 200


def test_reading_in_a_session_never_waits_for_a_writer(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE sessions SET seen_at = seen_at - 120000"))
    if db.engine.dialect.name == "sqlite":
        with writing():
            assert ada[0].get("/api/v1/me").status_code == 200
    with reading() as tx:
        before = tx.scalar(text("SELECT seen_at FROM sessions"))
    assert ada[0].get("/api/v1/me").status_code == 200
    with reading() as tx:
        assert tx.scalar(text("SELECT seen_at FROM sessions")) > before


@pytest.mark.parametrize(
    "agent, shown",
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 9; TC26) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/66.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/604.1",
            "Safari, iPad",
        ),
        ("x" * 500, "x" * 80),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_a_few_words(agent: str, shown: str) -> None:
    assert browser.shortened(agent) == shown


@pytest.mark.parametrize("password", ["1234567890", "Qwertyuiop", "monkey 123!", "scanledger2026", "password!!!!", "WAREHOUSE-24"])
def test_a_common_password_is_refused_with_a_few_signs_behind_it_too(password: str) -> None:
    with pytest.raises(Exception, match="tried first"):
        hashing.check(password, "Ada")


@pytest.mark.parametrize("password", ["plum stone ladder", "monkey 73518 ladder", "7Zq-pale-otter", "grüne Leiter im Hof"])
def test_a_password_that_nobody_tries_first_is_taken(password: str) -> None:
    hashing.check(password, "Ada")
    assert len(hashing.common()) > 18_000


def test_a_sign_in_that_fails_is_in_the_trail_without_what_was_typed(app: Flask, ada: tuple[FlaskClient, dict[str, str]]) -> None:
    bo, typed = add(ada, "Bo"), {"User-Agent": FIREFOX}
    for name, password in (("Bo", OTHER), (OTHER, OTHER)):  # a password typed where the name belongs
        problem(app.test_client().post("/api/v1/session", json={"name": name, "password": password}, headers=typed), "unauthorized")
    with reading() as tx:
        rows = tx.execute(text("SELECT subject, after FROM audit WHERE deed = 'sign_in_failed' ORDER BY journal")).all()
        assert OTHER not in str(tx.execute(text("SELECT * FROM audit")).all())
    assert [one.subject for one in rows] == [f"person {bo}", "nobody"]
    assert [json.loads(one.after) for one in rows] == [{"address": "127.0.0.1", "browser": "Firefox, Linux", "wrong": "password"}] * 2
