"""What an office does with a device: names it, limits its tasks, gives it a new token, revokes a lost one and sees what it owes."""

import json
import uuid
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.db import reading, writing
from app.locations.creating import add_site
from tests.callers import device, key, problem
from tests.shop import Gun, Shop


def listed(shop: Shop, name: str = "gun-1") -> dict[str, Any]:
    return next(row for row in shop.person("auditor").get("/api/v1/devices").json["rows"] if row["name"] == name)


def test_a_device_is_named_and_its_tasks_are_limited_at_once(shop: Shop) -> None:
    row, supervisor = listed(shop), shop.person("supervisor")
    path = f"/api/v1/devices/{row['id']}"
    changed = supervisor.call("PUT", path, {"name": " Dock gun ", "tasks": ["look", "count", "look"], "reason": "only counts"})
    assert (changed.status_code, changed.json["name"], changed.json["tasks"]) == (200, "Dock gun", ["count", "look"])
    assert changed.json["journal"] > row["journal"]
    assert shop.gun.do("receive", location="A-01", barcode="INK-1")["reason"] == "task_not_allowed"
    assert supervisor.call("PUT", path, {"site": "MAIN"}).json["journal"] == changed.json["journal"]
    assert supervisor.call("PUT", path, {"tasks": None}).json["tasks"] is None
    assert shop.gun.do("receive", location="A-01", barcode="INK-1")["outcome"] == "posted"
    with reading() as tx:
        first, second = tx.execute(text("SELECT before, after, reason FROM audit WHERE deed = 'device_changed' ORDER BY journal")).all()
    assert json.loads(first.before) == {"name": "gun-1", "tasks": None}
    assert (json.loads(first.after), first.reason) == ({"name": "Dock gun", "tasks": ["count", "look"]}, "only counts")
    assert json.loads(second.after)["tasks"] is None


def test_a_device_never_changes_its_site(shop: Shop) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    supervisor, gun = shop.person("supervisor"), shop.gun
    id_ = gun.get("/api/v1/me").json["device"]["id"]
    refused = supervisor.call("PUT", f"/api/v1/devices/{id_}", {"name": "x", "site": "NORTH"})
    problem(refused, "bad_request")
    assert "never changes its site" in refused.json["detail"]
    assert gun.get("/api/v1/me").json["device"]["name"] == "gun-1"
    for body in ({"name": " "}, {"tasks": ["dance"]}, {"tasks": []}):
        problem(supervisor.call("PUT", f"/api/v1/devices/{id_}", body), "bad_request")


def test_a_new_token_keeps_the_device_and_its_streams_and_ends_the_old_one(shop: Shop) -> None:
    gun, client = shop.gun, shop.app.test_client()
    gun.do("receive", location="A-01", barcode="INK-1")
    before, supervisor = listed(shop), shop.person("supervisor")
    assert supervisor.call("PUT", f"/api/v1/devices/{before['id']}", {"tasks": ["look", "receive"]}).status_code == 200
    offered = supervisor.call("POST", f"/api/v1/devices/{before['id']}/rotation", {"reason": "once a year"})
    assert offered.status_code == 201
    assert gun.do("receive", location="A-01", barcode="INK-1")["outcome"] == "posted"
    claimed = client.post("/api/v1/enrolments/claim", json={"code": offered.json["code"], "name": "another name"}).json
    assert claimed["device"] == {"id": before["id"], "name": "gun-1", "tasks": ["look", "receive"]}
    old, gun.token = gun.token, claimed["token"]
    assert Gun(client, old).post({"scans": [gun.scan("look", barcode="INK-1")]}).status_code == 401
    problem(Gun(client, old).get("/api/v1/me"), "unauthorized")
    scan = gun.scan("receive", location="A-01", barcode="INK-1")
    answer = gun.send(scan)
    assert answer["receipts"][0]["outcome"] == "posted"
    assert (answer["stream"]["forked"], answer["do"]["rotate_stream"]) == (False, False)
    after = listed(shop)
    assert (after["held"], len(after["streams"])) == (3, 1)
    assert after["prefix"] == claimed["token"][:12] != before["prefix"]
    problem(client.post("/api/v1/enrolments/claim", json={"code": offered.json["code"]}), "code_spent")
    with reading() as tx:
        (deed,) = tx.execute(text("SELECT before, after FROM audit WHERE deed = 'device_token_rotated'")).all()
    assert json.loads(deed.before) == {"prefix": before["prefix"]}


def test_a_revoked_device_gets_no_new_token(shop: Shop) -> None:
    supervisor, id_ = shop.person("supervisor"), listed(shop)["id"]
    offered = supervisor.call("POST", f"/api/v1/devices/{id_}/rotation", {}).json
    assert supervisor.call("POST", f"/api/v1/devices/{id_}/revocation", {"reason": "lost"}).status_code == 200
    problem(shop.app.test_client().post("/api/v1/enrolments/claim", json={"code": offered["code"]}), "code_spent")
    problem(supervisor.call("POST", f"/api/v1/devices/{id_}/rotation", {}), "revoked")


def test_a_lost_device_shows_what_it_owes(shop: Shop) -> None:
    gun, supervisor = shop.gun, shop.person("supervisor")
    code = supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).json["code"]
    sheet = next(row for row in gun.get("/api/v1/sheets?status=open").json["rows"] if row["location"] == "A-01")["code"]
    scans = [gun.scan("count", sheet=sheet, barcode="INK-1") for _ in range(6)]
    gun.send(scans[0], scans[3], made=6)
    assert listed(shop, "gun-2")["waiting"] is None
    supervisor.call("POST", f"/api/v1/devices/{listed(shop)['id']}/revocation", {"reason": "left in a lorry"})
    row = listed(shop)
    assert (row["made"], row["held"], row["waiting"], row["gaps"], row["missing_total"]) == (6, 2, 2, 2, 4)
    assert isinstance(row["offset_ms"], int)
    told = shop.person("auditor").get(f"/api/v1/devices/{row['id']}").json
    assert [(one["first"], one["last"]) for one in told["missing"]] == [(2, 3), (5, 6)]
    assert {one["stream"] for one in told["missing"]} == {gun.stream}
    assert [(one["count"], one["status"], one["scans"]) for one in told["counts"]] == [(code, "open", 2)]
    assert {name: told[name] for name in row} == row
    assert gun.send(scans[1])["receipts"][0]["reason"] == "revoked_device"
    assert [(m["first"], m["last"]) for m in shop.person("auditor").get(f"/api/v1/devices/{row['id']}").json["missing"]] == [(3, 3), (5, 6)]


def test_a_device_tells_its_version_with_its_scans_and_an_older_one_is_marked(shop: Shop) -> None:
    def heard(**envelope: Any) -> tuple[str | None, bool]:
        shop.gun.send(shop.gun.scan("look", location="A-01"), **envelope)
        row = listed(shop)
        return row["app"], row["outdated"]

    ours = shop.app.extensions["build"]
    assert heard() == (None, False)
    assert heard(app="0123456789abcdef") == ("0123456789abcdef", True)
    assert heard() == ("0123456789abcdef", True)
    assert heard(app=ours) == (ours, False)
    for no_version in (7, "", " ", "a\x00b", "x" * 41, ["a"], "\u202e1"):
        assert heard(app=no_version) == (ours, False)
    assert heard(app="Warehouse Gun 3.2.1") == ("Warehouse Gun 3.2.1", False)
    shop.gun.stream = str(uuid.uuid4())
    assert heard(app="4.0") == ("4.0", False)


def test_a_device_of_another_site_can_not_be_seen_changed_or_renewed(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    gun = device("main gun")
    id_ = app.test_client().get("/api/v1/me", headers=gun).json["device"]["id"]
    north, client = key("supervisor", name="Nora", site="NORTH"), app.test_client()
    for method, path, body in (("GET", "", None), ("PUT", "", {"name": "mine"}), ("POST", "/rotation", {}), ("POST", "/revocation", {})):
        for number in (id_, 2**70):
            problem(client.open(f"/api/v1/devices/{number}{path}", method=method, json=body, headers=north), "not_found")
    for role in ("operator", "accountant", "auditor", "integration"):
        problem(client.put(f"/api/v1/devices/{id_}", json={}, headers=key(role)), "forbidden")
        problem(client.post(f"/api/v1/devices/{id_}/rotation", json={}, headers=key(role)), "forbidden")
