"""Who calls: a token is looked up once, and a site is only ever the caller's own."""

import gc
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, g, request
from sqlalchemy import event, text

from app import access, config, create_app
from app.access import Caller
from app.db import db, reading, writing
from app.devices.authenticating import by_token
from app.devices.enrolling import enrol
from app.errors import Problem
from app.locations.creating import add_site
from app.scans import gathering, recording
from tests import callers


def enrolled(name: str = "gun", site: str = "MAIN", tasks: list[str] | None = None) -> str:
    with writing() as tx:
        return enrol(tx, access.site_for(tx, site), name, tasks)[1]


def test_making_an_app_leaves_the_garbage_collector_on(app: Flask) -> None:
    assert gc.isenabled()
    with pytest.raises(config.BadSetting, match="no pattern"):
        create_app(replace(app.extensions["settings"], in_store="no pattern"))
    assert gc.isenabled()


def test_a_token_finds_its_device_and_leaves_no_transaction_open(app: Flask) -> None:
    token = enrolled(tasks=["count", "look"])
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        caller = by_token(request)
    assert caller is not None
    assert (caller.kind, caller.name, caller.revoked, caller.tasks, caller.floor) == ("device", "gun", False, {"count", "look"}, True)
    with writing() as tx:
        tx.execute(text("UPDATE devices SET revoked_at = 1"))
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        again = by_token(request)
    assert again is not None
    assert again.revoked
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer sld_", "Bearer sld_wrong", "Basic sld_x", "Bearer \udcff", "bearer slk_x"]
)
def test_what_is_no_device_token_finds_no_device(app: Flask, header: str | None) -> None:
    with app.test_request_context("/", headers={} if header is None else {"Authorization": header}):
        assert by_token(request) is None


def test_the_token_of_a_request_costs_no_transaction(app: Flask) -> None:
    token = enrolled()
    begun: list[object] = []
    event.listen(db.engine, "begin", begun.append)
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        assert by_token(request) is not None
    assert begun == []


def ask(app: Flask, caller: Caller | None, code: str | None) -> int:
    with app.test_request_context("/"):
        if caller is not None:
            g.caller = caller
        with reading() as tx:
            return access.site_for(tx, code)


def code_of(app: Flask, caller: Caller | None, code: str | None) -> str:
    with pytest.raises(Problem) as raised:
        ask(app, caller, code)
    return raised.value.code


def test_the_only_site_needs_no_name(app: Flask) -> None:
    assert ask(app, None, None) == ask(app, None, "MAIN")
    assert code_of(app, None, "NOWHERE") == "not_found"


def test_who_belongs_to_a_site_uses_no_other(app: Flask) -> None:
    with writing() as tx:
        north = add_site(tx, "NORTH", "Northern site")
    everywhere, bound = Caller("key", frozenset({"auditor"})), Caller("key", frozenset({"auditor"}), site_id=north)
    assert code_of(app, everywhere, None) == "site_required"
    assert ask(app, everywhere, "NORTH") == north
    assert ask(app, bound, None) == north
    assert ask(app, bound, "NORTH") == north
    assert code_of(app, bound, "MAIN") == "forbidden"
    assert code_of(app, bound, "NOWHERE") == "forbidden"
    assert code_of(app, everywhere, "\0") == "not_found"


CALLERS = ("nobody", "device", "revoked_device", *access.ROLES)


def routes(app: Flask) -> list[tuple[str, str, frozenset[str] | None]]:
    """Return method, rule and allowed roles of every route, read from the running app."""
    found = []
    for rule in app.url_map.iter_rules():
        allowed = access.declared(app.view_functions[rule.endpoint])
        found += [(method, rule.rule, allowed) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(found, key=lambda route: route[:2])


def path_of(rule: str) -> str:
    """Fill a rule's variables with something of the right type that doesn't exist."""
    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda found: {"int": "987654", "any": "x"}.get(found[1] or "", "nothing"), rule)


def test_every_route_lets_in_exactly_whom_it_declares(app: Flask) -> None:
    client = app.test_client()
    headers = {"nobody": {}, "device": callers.device(), "revoked_device": callers.revoked_device()}
    headers |= {role: callers.key(role) for role in access.ROLES}
    wrong = []
    for method, rule, allowed in routes(app):
        for who in CALLERS:
            body = {"json": {}} if method != "GET" else {}
            response = client.open(path_of(rule), method=method, headers=headers[who], **body)
            refused = response.status_code in (401, 403) and response.json["code"] in ("unauthorized", "forbidden")
            response.close()
            if allowed is None:
                fine = response.status_code < 500 and response.status_code != 403
            elif who == "nobody":
                fine = response.status_code == 401
            elif who in allowed:
                fine = not refused and response.status_code < 500
            else:
                fine = response.status_code == 403
            if not fine:
                wrong.append(f"{who}: {method} {rule} gives {response.status_code}, declared {sorted(allowed or ['everybody'])}")
    assert wrong == []


FLOOR = {
    ("GET", "/api/v1/locations"), ("GET", "/api/v1/lookup"), ("GET", "/api/v1/me"), ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/products"), ("GET", "/api/v1/sheets"), ("GET", "/api/v1/stock"), ("GET", "/api/v1/streams/<stream>/proof"),
    ("POST", "/api/v1/scans"),
}  # fmt: skip
"""What CONTRACT lets devices and operators do."""
ON_A_DEVICE = {("POST", "/api/v1/grants"), ("POST", "/api/v1/pins")}
"""How a device that is shared learns who works with it; no person does that without one."""


def test_a_device_may_do_what_the_contract_says_and_no_more(app: Flask) -> None:
    named = {(method, re.sub(r"<.*?>", "<stream>", rule)): allowed for method, rule, allowed in routes(app)}
    assert {route for route, allowed in named.items() if allowed is not None and "device" in allowed} == (
        FLOOR | ON_A_DEVICE
    ) & named.keys()


def test_an_operator_may_do_what_a_device_may(app: Flask) -> None:
    own_session = {
        ("DELETE", "/api/v1/session"), ("GET", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions"),
        ("DELETE", "/api/v1/sessions/<session>"), ("PUT", "/api/v1/password"), ("PUT", "/api/v1/session/site"),
        ("POST", "/api/v1/session/code"), ("GET", "/api/v1/authenticator"), ("POST", "/api/v1/authenticator"),
        ("POST", "/api/v1/authenticator/confirmation"), ("POST", "/api/v1/authenticator/removal"),
    }  # fmt: skip
    for method, rule, allowed in routes(app):
        if allowed is not None and (method, rule) not in own_session | ON_A_DEVICE:
            assert ("operator" in allowed) == ("device" in allowed), (method, rule)


def test_a_revoked_device_may_only_send_scans(app: Flask) -> None:
    mine = {(method, rule) for method, rule, allowed in routes(app) if allowed is not None and "revoked_device" in allowed}
    assert mine <= {("POST", "/api/v1/scans")}


def test_only_what_must_be_is_public(app: Flask) -> None:
    mine = {(method, rule) for method, rule, allowed in routes(app) if allowed is None and rule.startswith("/api")}
    assert mine == {
        ("GET", "/api/v1/setup"),
        ("POST", "/api/v1/setup"),
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/enrolments/claim"),
    }


def test_an_app_with_a_route_that_declares_nothing_does_not_start(app: Flask) -> None:
    forgetful = create_app(app.extensions["settings"])
    access.check_declared(forgetful)

    @forgetful.get("/forgotten")
    def forgotten() -> str:
        return "everybody"

    with pytest.raises(RuntimeError, match="forgotten declares no permission"):
        access.check_declared(forgetful)
    assert forgetful.test_client().get("/forgotten").status_code == 500


def sent(app: Flask, token: str, task: str = "look") -> Any:
    said = {"id": str(uuid.uuid4()), "task": task, "scanned_at": "2026-01-01T00:00:00Z", "location": "MAIN", "barcode": "NO-SUCH"}
    return app.test_client().post("/api/v1/scans", json={"scans": [said]}, headers={"Authorization": f"Bearer {token}"})


def test_only_the_door_for_scans_lets_in_a_device_that_is_not_proven_yet(app: Flask) -> None:
    views = {rule.endpoint: app.view_functions[rule.endpoint] for rule in app.url_map.iter_rules()}
    assert [endpoint for endpoint, view in views.items() if access.proves(view)] == ["scans.post_scans"]
    with pytest.raises(AssertionError):
        access.allow("device", proves=True)


def test_a_token_that_is_remembered_is_proven_when_its_scans_are_recorded(app: Flask) -> None:
    token, other = enrolled("one"), enrolled("two")
    assert sent(app, "sld_nobody").status_code == 401
    assert [sent(app, token).status_code, sent(app, token).status_code, sent(app, other).status_code] == [200, 200, 200]
    with writing() as tx:
        tx.execute(text("UPDATE devices SET token_hash = :h WHERE name = 'one'"), {"h": b"another" * 4})
        scans = tx.scalar(text("SELECT COUNT(*) FROM scans"))
    assert sent(app, token).json["code"] == "unauthorized"
    assert sent(app, token).status_code == 401
    assert sent(app, other).status_code == 200
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM scans")) == scans + 1


def test_what_another_process_revokes_or_narrows_holds_for_the_next_scan(app: Flask) -> None:
    token = enrolled(tasks=["receive"])
    assert sent(app, token, "receive").json["receipts"][0]["reason"] == "unknown_barcode"
    for change, reason in (("tasks = '[\"count\"]'", "task_not_allowed"), ("revoked_at = 1", "revoked_device")):
        with writing() as tx:  # this process isn't told
            tx.execute(text(f"UPDATE devices SET {change}"))
        answer = sent(app, token, "receive").json
        assert answer["receipts"][0]["reason"] == reason
        assert answer["do"]["revoked"] == (reason == "revoked_device")
    me = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 403


def test_one_token_that_is_not_proven_stops_nobody_in_its_gathering(app: Flask) -> None:
    good, bad = enrolled("good"), enrolled("bad")
    assert sent(app, good).status_code == sent(app, bad).status_code == 200
    with writing() as tx:
        tx.execute(text("UPDATE devices SET token_hash = :h WHERE name = 'bad'"), {"h": b"another" * 4})
    began, go = threading.Event(), threading.Event()

    def first() -> int:
        return int(sent(app, good).status_code)

    def hold(numbers: Any, envelopes: Any, careful: bool = False) -> Any:
        began.set()
        assert go.wait(10)
        return recording.record(numbers, envelopes, careful)

    with ThreadPoolExecutor(3) as pool, pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "record", hold)
        leader = pool.submit(first)
        assert began.wait(10)
        followers = [pool.submit(lambda token=token: sent(app, token).status_code) for token in (bad, good)]
        line = app.extensions["gathering"][1]
        while len(line.waiting) < 2:
            time.sleep(0.01)
        go.set()
        assert (leader.result(10), *(f.result(10) for f in followers)) == (200, 401, 200)
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM scans")) == 4


def test_the_site_of_its_token_decides_which_line_a_scan_joins(app: Flask) -> None:
    with writing() as tx:
        north = add_site(tx, "NORTH", "Northern site")
    token = enrolled("northern", "NORTH")
    assert [sent(app, token).status_code for _ in range(3)] == [200, 200, 200]
    with reading() as tx:
        assert set(tx.scalars(text("SELECT site_id FROM scans"))) == {north}
    assert set(app.extensions["gathering"]) == {north}
