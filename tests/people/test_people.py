"""The list of people: names and badges that can't be told apart are refused; a site's administrator keeps to the site."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import reading, writing
from app.locations.creating import add_site
from tests.callers import key, problem


def test_an_administrator_adds_people(app: Flask) -> None:
    client, admin = app.test_client(), key("administrator")
    made = client.post("/api/v1/people", json={"name": "Mira", "badge": "OP-17", "roles": ["operator"], "site": "MAIN"}, headers=admin)
    assert made.status_code == 201
    assert made.json["roles"] == ["operator"]
    assert made.json["site"] == "MAIN"
    assert made.json["user"] is False
    listed = client.get("/api/v1/people", headers=admin).json
    assert made.json in listed["rows"]
    assert listed["next"] is None
    with reading() as tx:
        audit = tx.execute(
            text("SELECT actor FROM audit WHERE deed = 'person_added' AND subject = :s"), {"s": f"person {made.json['id']}"}
        ).one()
    assert audit.actor == "key:administrator"


def test_a_person_with_a_password_can_sign_in_and_is_bound_to_their_site(app: Flask) -> None:
    client, admin = app.test_client(), key("administrator")
    said = {"name": "Sofia", "badge": None, "roles": ["supervisor"], "site": "MAIN", "password": "plum stone ladder"}
    assert client.post("/api/v1/people", json=said, headers=admin).json["user"] is True
    signed = client.post("/api/v1/session", json={"name": "sofia", "password": "plum stone ladder"})
    assert signed.json["person"]["roles"] == ["supervisor"]
    me = client.get("/api/v1/me").json
    assert (me["site"], me["person"]["roles"]) == ("MAIN", ["supervisor"])
    weak = {**said, "name": "Theo", "password": "password123"}
    assert client.post("/api/v1/people", json=weak, headers=admin).json["errors"][0]["field"] == "password"


@pytest.mark.parametrize(
    "said, code",
    [
        ({"name": "MIRA ", "roles": ["operator"]}, "code_collides"),
        ({"name": "Mira\u200b", "roles": ["operator"]}, "code_collides"),
        ({"name": "Bo", "badge": "op-17", "roles": ["operator"]}, "code_collides"),
        ({"name": "Bo", "roles": []}, "bad_request"),
        ({"name": "Bo", "roles": ["king"]}, "bad_request"),
        ({"name": " ", "roles": ["operator"]}, "bad_request"),
        ({"name": "\u200b", "roles": ["operator"]}, "bad_request"),
        ({"name": "a\0b", "roles": ["operator"]}, "bad_request"),
        ({"name": "\ud800", "roles": ["operator"]}, "bad_request"),
        ({"name": "Bo", "roles": ["operator"], "site": "NOWHERE"}, "not_found"),
    ],
)
def test_who_can_not_be_told_apart_is_refused(app: Flask, said: dict[str, object], code: str) -> None:
    client, admin = app.test_client(), key("administrator")
    client.post("/api/v1/people", json={"name": "Mira", "badge": "OP-17", "roles": ["operator"]}, headers=admin)
    problem(client.post("/api/v1/people", json=said, headers=admin), code)


def test_a_sites_administrator_keeps_to_the_site(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    client, north = app.test_client(), key("administrator", name="Nora", site="NORTH")
    everywhere = key("administrator", name="Ada")
    made = client.post("/api/v1/people", json={"name": "Bo", "roles": ["operator"]}, headers=north)
    assert made.json["site"] == "NORTH"
    problem(client.post("/api/v1/people", json={"name": "Cy", "roles": ["operator"], "site": "MAIN"}, headers=north), "forbidden")
    assert {p["name"] for p in client.get("/api/v1/people", headers=north).json["rows"]} == {"Bo", "Nora"}
    assert {p["name"] for p in client.get("/api/v1/people", headers=everywhere).json["rows"]} == {"Ada", "Bo", "Nora"}


def test_the_list_is_paged(app: Flask) -> None:
    client, admin = app.test_client(), key("administrator")
    for n in range(6):
        client.post("/api/v1/people", json={"name": f"Person {n}", "roles": ["operator"]}, headers=admin)
    seen, after = [], None
    for _ in range(10):
        page = client.get("/api/v1/people", query_string={"limit": 2, **({"after": after} if after else {})}, headers=admin).json
        seen += [p["name"] for p in page["rows"]]
        after = page["next"]
        if after is None:
            break
    assert seen == ["administrator", *(f"Person {n}" for n in range(6))]
    problem(client.get("/api/v1/people?after=x", headers=admin), "bad_request")
    problem(client.get("/api/v1/people?epoch=other", headers=admin), "epoch_changed")
