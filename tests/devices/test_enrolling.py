"""Enrolment: a code of one use and ten minutes makes one device; a revoked one may do nothing but send scans."""

import concurrent.futures
import json

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import reading, writing
from app.locations.creating import add_site
from tests.callers import device, key, problem


def offered(app: Flask, **said: object) -> dict[str, object]:
    response = app.test_client().post("/api/v1/enrolments", json={"name": "gun 1", **said}, headers=key("supervisor"))
    assert response.status_code == 201, response.json
    return dict(response.json)


def claim(app: Flask, code: object, **said: object):
    return app.test_client().post("/api/v1/enrolments/claim", json={"code": code, **said})


def test_a_code_makes_one_device(app: Flask) -> None:
    offer = offered(app, tasks=["count", "look", "count"])
    assert offer["url"] == f"http://localhost/join#{offer['code']}"
    first = claim(app, offer["code"], name="Anna's phone")
    assert first.status_code == 200
    assert first.json["site"] == "MAIN"
    assert first.json["device"]["name"] == "Anna's phone"
    assert first.json["device"]["tasks"] == ["count", "look"]
    me = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {first.json['token']}"}).json
    assert (me["device"]["name"], me["device"]["tasks"], me["epoch"]) == ("Anna's phone", ["count", "look"], first.json["epoch"])
    problem(claim(app, offer["code"]), "code_spent")


def test_a_code_may_be_typed_as_people_type(app: Flask) -> None:
    code = str(offered(app)["code"])
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    made = claim(app, typed)
    assert made.status_code == 200
    assert made.json["device"]["name"] == "gun 1"


def test_an_old_or_wrong_code_is_spent(app: Flask) -> None:
    offer = offered(app)
    with writing() as tx:
        tx.execute(text("UPDATE enrolments SET expires_at = expires_at - 600001"))
    problem(claim(app, offer["code"]), "code_spent")
    problem(claim(app, "WRONG"), "code_spent")
    problem(claim(app, ""), "bad_request")


def test_a_code_claimed_twice_at_once_makes_one_device(app: Flask) -> None:
    offer = offered(app)

    def one(_: int) -> int:
        with app.app_context():
            return int(claim(app, offer["code"]).status_code)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(one, range(8)))
    assert sorted(statuses) == [200] + [410] * 7
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM devices")) == 1


def test_guessing_codes_is_slowed_down(app: Flask) -> None:
    statuses = [claim(app, f"WRONG-{n}").status_code for n in range(62)]
    assert statuses[0] == 410
    assert 429 in statuses


def test_the_qr_code_says_the_link(app: Flask) -> None:
    import segno

    offer = offered(app)
    expected = [[int(module) for module in row] for row in segno.make_qr(str(offer["url"]), error="m").matrix]
    assert offer["qr"] == expected


def test_a_gun_is_offered_only_for_a_site_there_is(app: Flask) -> None:
    supervisor = key("supervisor", name="Sam")
    post = app.test_client().post
    problem(post("/api/v1/enrolments", json={"name": "gun", "site": "NOWHERE"}, headers=supervisor), "not_found")
    problem(post("/api/v1/enrolments", json={"name": "gun", "tasks": ["dance"]}, headers=supervisor), "bad_request")
    problem(post("/api/v1/enrolments", json={"name": ""}, headers=supervisor), "bad_request")
    problem(post("/api/v1/enrolments", headers=supervisor), "bad_request")


def test_a_revoked_device_may_do_nothing_here(app: Flask) -> None:
    gun, supervisor, client = device("gun 1"), key("supervisor"), app.test_client()
    (row,) = client.get("/api/v1/devices", headers=supervisor).json["rows"]
    assert row["revoked_at"] is None
    path = f"/api/v1/devices/{row['id']}/revocation"
    problem(client.post(path, json={}, headers=gun), "forbidden")
    once = client.post(path, json={"reason": "left in a lorry"}, headers=supervisor)
    assert once.status_code == 200
    assert once.json["revoked_at"] is not None
    again = client.post(path, headers=supervisor)
    assert again.json == once.json
    problem(client.get("/api/v1/me", headers=gun), "forbidden")
    with reading() as tx:
        (deed,) = tx.execute(text("SELECT actor, reason, before FROM audit WHERE deed = 'device_revoked'")).all()
    assert (deed.actor, deed.reason, json.loads(deed.before)) == ("key:supervisor", "left in a lorry", {"name": "gun 1"})
    problem(client.post("/api/v1/devices/999999/revocation", json={}, headers=supervisor), "not_found")
    problem(client.post(f"/api/v1/devices/{2**70}/revocation", json={}, headers=supervisor), "not_found")


def test_a_device_of_another_site_can_not_be_seen_or_revoked(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    device("main gun", site="MAIN")
    device("north gun", site="NORTH")
    client, north, everywhere = app.test_client(), key("supervisor", name="Nora", site="NORTH"), key("supervisor", name="Sam")
    assert [d["name"] for d in client.get("/api/v1/devices", headers=north).json["rows"]] == ["north gun"]
    problem(client.get("/api/v1/devices", headers=everywhere), "site_required")
    (main,) = client.get("/api/v1/devices?site=MAIN", headers=everywhere).json["rows"]
    problem(client.post(f"/api/v1/devices/{main['id']}/revocation", json={}, headers=north), "not_found")
    problem(client.post("/api/v1/enrolments", json={"name": "gun", "site": "MAIN"}, headers=north), "forbidden")


def test_a_device_that_claims_more_than_any_number_holds_is_listed_and_revoked(app: Flask) -> None:
    """Each stream may say that it made 2**53 scans; with a thousand of them the list couldn't be read, nor the device be found to revoke."""
    device("liar")
    with writing() as tx:
        gun, site = tx.execute(text("SELECT id, site_id FROM devices")).one()
        for n in range(1100):
            one = {"id": f"00000000-0000-7000-8000-{n:012}", "site": site, "gun": gun, "many": 2**53, "at": n}
            tx.execute(
                text(
                    "INSERT INTO streams (id, site_id, device_id, made, held, xor, highest, gaps, extras, forked, heard_at) "
                    "VALUES (:id, :site, :gun, :many, 1, '', 1, 0, 0, false, :at)"
                ),
                one,
            )
    client, boss = app.test_client(), key("supervisor")
    (row,) = client.get("/api/v1/devices", headers=boss).json["rows"]
    assert row["made"] == pytest.approx(1100 * 2**53)
    assert client.get(f"/api/v1/devices/{gun}", headers=boss).json["made"] == row["made"]
    assert client.post(f"/api/v1/devices/{gun}/revocation", json={"reason": "lies"}, headers=boss).status_code == 200


def test_the_list_says_what_a_device_made_and_what_arrived(app: Flask) -> None:
    device("gun 1")
    device("gun 2")
    stream = "00000000-0000-7000-8000-0000000000{:02d}"
    with writing() as tx:
        gun, site = tx.execute(text("SELECT id, site_id FROM devices WHERE name = 'gun 1'")).one()
        for n in range(12):
            tx.execute(
                text(
                    "INSERT INTO streams (id, site_id, device_id, made, held, xor, highest, gaps, extras, forked, heard_at) "
                    "VALUES (:id, :site, :gun, 10, 5, '', 8, 1, 0, :forked, :at)"
                ),
                {"id": stream.format(n), "site": site, "gun": gun, "forked": n == 11, "at": 1_700_000_000_000 + n},
            )
            tx.execute(text("INSERT INTO stream_gaps (stream_id, first, last) VALUES (:id, 3, 5)"), {"id": stream.format(n)})
    first, second = app.test_client().get("/api/v1/devices", headers=key("auditor")).json["rows"]
    assert (first["made"], first["held"], first["missing_total"]) == (120, 60, 60)
    assert first["last_seen"] == "2023-11-14T22:13:20.011Z"
    assert len(first["streams"]) == 10
    assert first["streams"][0] == {
        "stream": stream.format(11), "made": 10, "held": 5, "missing_total": 5, "waiting": 2, "gaps": 3, "offset_ms": None,
        "forked": True, "last_seen": first["last_seen"],
    }  # fmt: skip
    assert (first["waiting"], first["gaps"], first["offset_ms"]) == (24, 36, None)
    assert (first["app"], first["outdated"], second["app"], second["outdated"]) == (None, False, None, False)
    assert (second["made"], second["streams"], second["last_seen"], second["waiting"]) == (0, [], None, None)
    assert "token" not in str(first).replace("prefix", "")
