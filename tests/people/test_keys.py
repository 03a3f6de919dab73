"""Keys of programs: shown once, limited by roles, site and reading, ended by time or by hand, and their use is seen."""

import json
from typing import Any

from flask import Flask
from sqlalchemy import event, text

from app import times
from app.db import db, reading, writing
from app.locations.creating import add_site
from tests.callers import key, problem


def make(app: Flask, who: dict[str, str], status: int = 201, **said: Any) -> Any:
    answer = app.test_client().post("/api/v1/keys", json={"name": "ERP", "roles": ["integration"], **said}, headers=who)
    assert answer.status_code == status, answer.json
    return answer


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_key_is_shown_once_and_listed_by_how_it_begins(app: Flask) -> None:
    admin, client = key("administrator", name="Ada"), app.test_client()
    made = make(app, admin, expires_at="2099-01-01T00:00:00Z").json
    assert client.get("/api/v1/products", headers=bearer(made["token"])).status_code == 200
    rows = client.get("/api/v1/keys", headers=admin).json["rows"]
    row = next(one for one in rows if one["name"] == "ERP")
    assert made["token"].startswith(row["prefix"])
    assert made["token"] not in json.dumps(rows)
    assert (row["made_by"], row["roles"], row["site"], row["state"], row["expires_at"]) == (
        "Ada", ["integration"], None, "active", "2099-01-01T00:00:00.000Z",
    )  # fmt: skip
    assert row["used_at"] is not None
    assert client.get("/api/v1/keys?limit=1", headers=admin).json["next"] == str(rows[0]["id"])


def test_a_key_that_only_reads_changes_nothing(app: Flask) -> None:
    token = make(app, key("administrator"), roles=["administrator", "supervisor"], reads_only=True).json["token"]
    client = app.test_client()
    assert client.get("/api/v1/people", headers=bearer(token)).status_code == 200
    for method, path in (("POST", "/api/v1/people"), ("POST", "/api/v1/scans"), ("PUT", "/api/v1/products/X"), ("POST", "/api/v1/keys")):
        problem(client.open(path, method=method, json={}, headers=bearer(token)), "forbidden")


def test_a_key_warns_before_it_expires_and_then_opens_nothing(app: Flask) -> None:
    admin, client = key("administrator"), app.test_client()
    soon = times.now() + 3 * times.DAY
    token = make(app, admin, expires_at=times.wire(soon)).json["token"]
    answer = client.get("/api/v1/products", headers=bearer(token))
    assert answer.headers["X-ScanLedger-Key-Expires"] == times.wire(soon)
    assert "X-ScanLedger-Key-Expires" not in client.get("/api/v1/products", headers=admin).headers
    assert [row["state"] for row in client.get("/api/v1/keys", headers=admin).json["rows"]] == ["active", "expires_soon"]
    with writing() as tx:
        tx.execute(text("UPDATE keys SET expires_at = :now WHERE name = 'ERP'"), {"now": times.now()})
    for path, method in (("/api/v1/products", "GET"), ("/api/v1/scans", "POST")):
        refused = client.open(path, method=method, headers=bearer(token))
        problem(refused, "unauthorized")
        assert "expired" in refused.json["detail"]
    assert client.get("/api/v1/keys", headers=admin).json["rows"][1]["state"] == "expired"
    problem(make(app, admin, 400, expires_at="2001-01-01T00:00:00Z"), "bad_request")


def test_a_key_that_is_ended_opens_nothing_and_the_trail_says_why(app: Flask) -> None:
    admin, client = key("administrator"), app.test_client()
    made = make(app, admin).json
    path = f"/api/v1/keys/{made['id']}/revocation"
    ended = client.post(path, json={"reason": "the ERP was replaced"}, headers=admin)
    assert (ended.status_code, ended.json["state"]) == (200, "revoked")
    assert client.post(path, json={}, headers=admin).json == ended.json
    problem(client.get("/api/v1/products", headers=bearer(made["token"])), "unauthorized")
    with reading() as tx:
        (deed,) = tx.execute(text("SELECT before, reason FROM audit WHERE deed = 'key_revoked'")).all()
    assert (json.loads(deed.before), deed.reason) == ({"name": "ERP", "prefix": made["prefix"]}, "the ERP was replaced")


def test_no_key_acts_as_somebody_who_scans_or_signs_in(app: Flask) -> None:
    admin, client = key("administrator"), app.test_client()
    for name, more in (("Mira", {"badge": "OP-1"}), ("Sam", {"password": "plum stone ladder"})):
        assert client.post("/api/v1/people", json={"name": name, "roles": ["operator"], **more}, headers=admin).status_code == 201
        problem(make(app, admin, 409, name=name), "code_collides")
    first = make(app, admin).json
    assert make(app, admin).json["id"] != first["id"]


def test_an_administrator_of_one_site_sees_and_makes_keys_of_that_site_alone(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    admin, north, client = key("administrator"), key("administrator", name="Nora", site="NORTH"), app.test_client()
    everywhere = make(app, admin, name="everywhere").json
    mine = make(app, north).json
    assert mine["site"] == "NORTH"
    assert {row["site"] for row in client.get("/api/v1/keys", headers=north).json["rows"]} == {"NORTH"}
    problem(make(app, north, 403, name="other", site="MAIN"), "forbidden")
    problem(make(app, north, 409, name="everywhere"), "code_collides")
    for number in (everywhere["id"], 2**70):
        problem(client.post(f"/api/v1/keys/{number}/revocation", json={}, headers=north), "not_found")
    for role in ("operator", "supervisor", "accountant", "auditor", "integration"):
        problem(client.get("/api/v1/keys", headers=key(role)), "forbidden")


def test_the_use_of_a_key_is_kept_once_a_minute(app: Flask) -> None:
    client, who = app.test_client(), key("integration")
    assert client.get("/api/v1/me", headers=who).status_code == 200
    written: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def hear(_c: Any, _cursor: Any, sql: str, *_: Any) -> None:
        written.extend([sql] if sql.startswith("UPDATE keys") else [])

    for _ in range(3):
        client.get("/api/v1/me", headers=who)
    assert written == []
    with writing() as tx:
        tx.execute(text("UPDATE keys SET used_at = used_at - 60000"))
    written.clear()
    client.get("/api/v1/me", headers=who)
    client.get("/api/v1/me", headers=who)
    assert len(written) == 1
    event.remove(db.engine, "before_cursor_execute", hear)
