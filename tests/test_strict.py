"""JSON is strict, sizes have limits, and both hold on every route, not only where somebody thought of it."""

import gzip
import json
import math
from typing import Any

import pytest
from flask import Flask

from app import http, limits
from app.config import MAX_BODY, MAX_IMPORT
from app.scans.envelopes import MOST_SCANS
from app.wire import DEEPEST
from tests.shop import Shop
from tests.test_hostile import call, filled

NOT_STRICT = {
    "a key twice": b'{"a": 1, "a": 2}',
    "a key twice, once escaped": b'{"a": 1, "\\u0061": 2}',
    "a key twice, deep inside": b'{"a": [{"b": 1, "b": 1}]}',
    "NaN": b'{"a": NaN}',
    "-Infinity": b'{"a": -Infinity}',
    "too deep": b'{"a": ' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "far too deep": b"[" * 100_000,
    "not UTF-8": b'{"a": "\xff"}',
    "two values": b"{}{}",
    "a comma too many": b'{"a": 1,}',
    "cut off": b'{"a": ',
}
NOT_OF_ITS_TYPE: dict[str, tuple[Any, ...]] = {
    "boolean": (1, 0, "true", "yes", 1.0),
    "integer": ("1", 1.5, True, [], {}),
    "string": (1, True, [], {}, 0.5),
    "array": ("x", {}, 1, True, 0.5),
    "object": ("x", [], 1, True, 0.5),
}
ENVELOPES = ("/api/v1/scans",)
"""Where what is wrong counts as absent, or is malformed and kept."""
LINES = ("/api/v1/imports/scans",)
"""Where each line of the body is a JSON of its own, and judged alone."""


def operations(shop: Shop) -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation with a body of JSON, by method and path."""
    spec = shop.person("auditor").get("/api/v1/openapi.json").json
    return [
        (method.upper(), path, operation)
        for path, named in spec["paths"].items()
        for method, operation in named.items()
        if method in ("post", "put", "patch", "delete") and path not in LINES
    ]


def takes_json(operation: dict[str, Any]) -> bool:
    return "application/json" in operation.get("requestBody", {}).get("content", {})


def token_of(shop: Shop, operation: dict[str, Any]) -> str:
    """Return the token of somebody who may; nothing where everybody may."""
    roles = operation.get("x-roles", ())
    return next((shop.keys[role].token for role in roles if role in shop.keys), shop.gun.token if "device" in roles else "")


def test_every_route_that_takes_json_takes_strict_json_only(shop: Shop) -> None:
    client, asked = shop.app.test_client(), 0
    for method, path, operation in operations(shop):
        if not takes_json(operation):
            continue
        token = token_of(shop, operation)
        address = filled(path.replace("{", "<").replace("}", ">"), "7")
        for name, body in NOT_STRICT.items():
            response = call(client, token, method, address, body)
            assert (response.status_code, response.json.get("code")) == (400, "bad_json"), f"{method} {path}: {name}: {response.text[:200]}"
            asked += 1
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json-seq"):
            response = call(client, token, method, address, b"{}", **{"Content-Type": kind})
            assert response.status_code == 415, f"{method} {path}: {kind}: {response.text[:200]}"
    assert asked > 30 * len(NOT_STRICT)


def test_a_body_need_not_be_there_where_the_description_says_so(shop: Shop) -> None:
    client, without = shop.app.test_client(), 0
    spec = shop.person("auditor").get("/api/v1/openapi.json").json
    for method, path, operation in operations(shop):
        if not takes_json(operation) or path in ENVELOPES:
            continue
        needed = body_of(spec, operation).get("required", [])
        assert operation["requestBody"].get("required", False) == bool(needed), f"{method} {path}: {needed}"
        response = call(
            client, token_of(shop, operation), method, filled(path.replace("{", "<").replace("}", ">"), "7"), **{"Content-Type": ""}
        )
        told = {error["field"] for error in response.json.get("errors", [])} if response.status_code == 400 else set()
        assert set(needed) <= told, f"{method} {path}: {response.text[:200]}"
        without += not needed
    assert without > 5


def resolved(spec: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    one = next(iter(shape.get("anyOf", shape.get("allOf", ()))), shape)
    schema: dict[str, Any] = spec["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
    return schema


def body_of(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an operation's body."""
    return resolved(spec, operation["requestBody"]["content"]["application/json"]["schema"])


def properties(spec: dict[str, Any], operation: dict[str, Any]) -> dict[str, str]:
    """Return the type of each property that the body of an operation has."""
    return {name: resolved(spec, shape).get("type", "") for name, shape in body_of(spec, operation).get("properties", {}).items()}


def test_every_field_of_a_body_takes_its_own_type_only(shop: Shop) -> None:
    client, asked = shop.app.test_client(), 0
    spec = shop.person("auditor").get("/api/v1/openapi.json").json
    for method, path, operation in operations(shop):
        if not takes_json(operation) or path in ENVELOPES:
            continue
        token, address = token_of(shop, operation), filled(path.replace("{", "<").replace("}", ">"), "7")
        types = {name: kind for name, kind in properties(spec, operation).items() if kind}
        for turn in range(len(NOT_OF_ITS_TYPE["boolean"]) if types else 0):
            body = {name: NOT_OF_ITS_TYPE[kind][turn] for name, kind in types.items()}
            response = call(client, token, method, address, json.dumps(body).encode())
            told = {error["field"].split(".")[0] for error in response.json.get("errors", [])}
            assert (response.status_code, told & set(body)) == (400, set(body)), f"{method} {path}: {body}: {response.text[:300]}"
            asked += len(body)
    assert asked > 500


def test_each_line_of_a_courier_file_is_strict_json(shop: Shop) -> None:
    lines = [body for name, body in NOT_STRICT.items() if "far" not in name]
    response = call(shop.app.test_client(), shop.person("supervisor").token, "POST", *LINES, b"\n".join(lines))
    assert [row["problem"]["code"] for row in response.json["rows"]] == ["bad_json"] * len(lines)


def test_every_route_that_takes_json_refuses_more_than_its_limit(shop: Shop) -> None:
    client, asked = shop.app.test_client(), 0
    padded = b'{"a": "' + b"x" * (MAX_BODY - 9) + b'" }'
    bomb = gzip.compress(padded)
    assert (len(padded), len(bomb) < 2_000) == (MAX_BODY + 1, True)
    for method, path, operation in operations(shop):
        if not takes_json(operation):
            continue
        token = token_of(shop, operation)
        address = filled(path.replace("{", "<").replace("}", ">"), "7")
        for body, encoding in ((padded, "identity"), (bomb, "gzip")):
            response = call(client, token, method, address, body, **{"Content-Encoding": encoding})
            assert (response.status_code, response.json.get("code")) == (413, "too_large"), f"{method} {path}: {response.text[:200]}"
            asked += 1
    assert asked > 60


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 25, "9" * 400, "9" * 5000])
def test_a_number_that_no_double_holds_is_kept_and_breaks_no_batch(shop: Shop, number: str) -> None:
    """`Unknown keys are ignored and kept`, `one bad item never touches the others`: beside a text that only we can write too."""
    gun, scans = shop.gun, []
    for extra in (
        f'"known": {number}',
        f'"known": {number}, "operator": "\\ud800"',
        f'"seq": {number}, "operator": "\\ud800"',
        f'"quantity": {number}',
        '"known": 1',
    ):
        said = gun.scan("look", location="A-01")
        good = {key: said[key] for key in ("id", "task", "scanned_at", "location")}
        scans.append(json.dumps(good)[:-1] + f", {extra}}}")
    for status in ("recorded", "duplicate"):
        answer = gun.post(f'{{"scans": [{", ".join(scans)}]}}'.encode())
        assert [r["status"] for r in answer.json["receipts"]] == [status, status, "malformed", "malformed", status]
    rows = json.loads(shop.person("supervisor").get("/api/v1/scans?limit=500").get_data())["rows"]
    kept = [row["said"]["known"] for row in rows if "known" in row["said"]]
    assert all(math.isfinite(value) and abs(value) >= 1 for value in kept)
    assert len(kept) == 3


def test_every_error_says_what_to_do(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    for answer, detail in (
        (supervisor.get("/api/v1/lookup"), "`code`: Missing data for required field."),
        (supervisor.get("/api/v1/scans?limit=0"), "`limit`: Must be greater than or equal to 1 and less than or equal to 500."),
        (supervisor.call("DELETE", "/api/v1/stock"), "This address takes "),
        (supervisor.get("/api/v1/people"), "Your roles don't let you; it takes administrator."),
        (shop.gun.get("/api/v1/moves"), "No device may; it takes one of supervisor, accountant, auditor, administrator, integration."),
        (shop.gun.post(b'{"scans": ["\xff"]}'), "not UTF-8 at byte 12"),
    ):
        assert 400 <= answer.status_code < 500
        assert answer.json["detail"].startswith(detail), answer.json


def test_every_list_has_a_limit_of_rows(shop: Shop) -> None:
    spec = shop.person("auditor").get("/api/v1/openapi.json").json
    found = 0
    for path, named in spec["paths"].items():
        for limit in (one for one in named.get("get", {}).get("parameters", ()) if one.get("name") == "limit"):
            found += 1
            most = limit["schema"]["maximum"]
            who = next(role for role in named["get"]["x-roles"] if role in shop.keys)
            address = filled(path.replace("{", "<").replace("}", ">"), "7")
            for value in (0, most + 1, -1, "all", "１", "1_0", "%2B1", "%201"):
                response = shop.person(who).get(f"{address}?limit={value}")
                assert response.status_code == 400, f"{path}?limit={value}: {response.text[:200]}"
    assert found > 15


@pytest.mark.sqlite_only
def test_the_api_description_states_the_limits(app: Flask) -> None:
    """Each number that is stated is the one that holds."""
    told = " ".join(http.DESCRIPTION.split())
    for stated in (
        f"JSON bodies {MAX_BODY >> 20} MiB before and after gunzip and {DEEPEST} levels deep",
        f"{http.PAGE} rows a page",
        f"imports {MAX_IMPORT >> 20} MiB",
        f"{MOST_SCANS} scans a batch",
        f"{limits.COSTLY} files in and out a minute",
    ):
        assert stated in told, stated
