"""Until the setup link was used the console answers nothing but its page; devices, keys and health work."""

import uuid

from flask import Flask

from app import times
from tests.callers import device, key, problem
from tests.test_access import path_of, routes

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/api/v1/setup")}


def test_no_route_tells_anything_before_somebody_can_sign_in(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("session", "a guess")
    told = []
    for method, rule, allowed in routes(app):
        answer = client.open(path_of(rule), method=method, **({} if method == "GET" else {"json": {}}))
        pages = answer.status_code in (200, 404) and allowed is None and not rule.startswith("/api/")
        if answer.status_code < 400 and (method, rule) not in OPEN and not pages:
            told.append((method, rule, answer.status_code))
        if allowed is not None:
            assert answer.status_code == 401, (method, rule, answer.status_code)
        answer.close()
    assert told == []
    problem(client.post("/api/v1/session", json={"name": "administrator", "password": "administrator"}), "unauthorized")
    assert client.get("/api/v1/setup").json["needed"] is True
    assert client.get("/console").data == client.get("/setup").data


def test_devices_keys_and_health_work_before_somebody_can_sign_in(app: Flask) -> None:
    client, gun, auditor = app.test_client(), device(), key("auditor")
    scan = {"id": str(uuid.uuid4()), "task": "look", "scanned_at": times.wire(times.now()), "location": "MAIN"}
    assert client.post("/api/v1/scans", json={"scans": [scan]}, headers=gun).json["receipts"][0]["status"] == "recorded"
    assert client.get("/api/v1/scans", headers=auditor).status_code == 200
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/api/v1/setup").json["needed"] is True
