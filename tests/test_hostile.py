"""Every user, gun, barcode and file is hostile: whatever comes in, no answer is a 5xx, and every error has the one shape."""

import gzip
import json
import random
import re
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import errors, times
from app.db import reading
from app.ledger import replaying
from tests.shop import Shop

GS = "\x1d"
TEXTS = {
    "empty": "", "space": " ", "nul": "PEN\0", "lone surrogate": "\ud800", "lone low": "a\udfffb", "newline": "PEN\n", "cr": "\r", "tab": "\t",
    "c0": "".join(map(chr, range(1, 32))), "del": "\x7f", "c1": "\x80\x9f", "gs": f"]C10195206000134352{GS}10L7", "gs glyph": "␝10L7",
    "gs caret": "^]10L7", "gs escape": "\\x1d10L7", "gs brace": "{GS}10L7", "gs angle": "<GS>10L7", "fnc1": "]d20100614141543219", "rs eot": "[)>\x1e06\x1d\x1e\x04",
    "bidi": "\u202eNEP\u202c", "rtl mark": "PEN\u200f", "zero width": "P\u200bE\u200bN", "bom": "\ufeffPEN", "full width": "ＰＥＮ", "combining": "e\u0301" * 20,
    "zalgo": "P" + "\u0336\u0489" * 40, "nfd": "Ü", "ligature": "ﬁ", "astral": "\U0001f4a9", "nonchar": "\ufffe\uffff", "private": "\ue000",
    "turkish": "İıI", "sharp s": "ẞß", "kelvin": "K", "line sep": "\u2028\u2029", "formula": "=cmd|' /C calc'!A0", "plus": "+1+1", "minus": "-2+3",
    "at": "@SUM(1)", "dde": "=HYPERLINK(\"http://x\",\"y\")", "sql": "'; DROP TABLE scans; --", "sql or": "' OR 1=1 --", "sql like": "%_\\%",
    "sql json": '{"$gt": ""}', "pg dollar": "$$; SELECT pg_sleep(9) $$", "html": "<script>alert(1)</script>", "img": '"><img src=x onerror=alert(1)>',
    "js": "javascript:alert(1)", "entity": "&lt;b&gt;", "xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "zpl": "^XA^FDx^FS^XZ", "zpl reset": "~JR", "epl": "N\nA50,0\n",
    "esc": "\x1b[2J\x1b]0;owned\x07", "template": "{{7*7}}${7*7}<%=7*7%>", "format": "{0.__class__}%s%n%x", "path": "../../../etc/passwd",
    "path win": "..\\..\\windows", "path enc": "%2e%2e%2f", "url": "http://169.254.169.254/", "null word": "null", "none": "None", "true": "true",
    "nan": "NaN", "inf": "Infinity", "exp": "1e999999", "neg": "-1", "underscore": "1_000", "hex": "0x10", "big": "9" * 400, "comma": "1,5",
    "arabic digits": "٣", "fraction": "½", "long": "A" * 9_000, "longest": "A" * 8_192, "code 129": "B" * 129, "many combining": "a" + "\u0301" * 8_000,
    "uuid braces": "{0195206000-0000}", "uuid urn": "urn:uuid:01952060-0000-4000-8000-000000000000", "time": "2026-02-30T25:61:61Z", "leap": "2016-12-31T23:59:60Z",
    "year 0": "0000-01-01T00:00:00Z", "year 9999": "9999-12-31T23:59:59-23:59", "offset": "2026-01-01T00:00:00+99:99", "regex bomb": "a" * 60 + "!",
    "crlf header": "x\r\nSet-Cookie: a=b", "json in text": '{"id": 1}', "quote": '"', "backslash": "\\", "percent": "%", "semicolon": ";", "colon": ":::",
}  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 1.5, -0.0, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**40, 1e308, [], {}, [[]], [None], {"": ""}, [1, 2, 3],
    {"__proto__": {"x": 1}}, {"$ne": None}, ["PEN"], {"code": "PEN"},
]  # fmt: skip
DIGITS = "1" + "0" * 5000


def raw_bodies() -> dict[str, bytes]:
    """Bodies that are no JSON object, or barely."""
    deep = b"[" * 100_000
    return {
        "nothing": b"", "space": b" ", "zero": b"\0", "text": b"hello", "half": b'{"scans": [', "not utf-8": b'{"scans": ["\xff\xfe"]}', "utf-16": '{"scans": []}'.encode("utf-16"),
        "utf-8 bom": b'\xef\xbb\xbf{"scans": []}', "overlong": b'{"a": "\xc0\xaf"}', "surrogate bytes": b'{"a": "\xed\xa0\x80"}', "deep array": deep,
        "deep object": b'{"a":' * 50_000, "deep closed": b"[" * 900 + b"]" * 900, "deep in scan": b'{"scans": [' + b"[" * 20 + b"]" * 20 + b"]}", "nan": b'{"scans": [NaN]}', "inf": b'{"scans": [-Infinity]}',
        "duplicate key": b'{"scans": [], "scans": [{}]}', "duplicate inside": b'{"scans": [{"id": 1, "id": 2}]}', "duplicate escaped": b'{"scans": [{"id": 1, "\\u0069d": 2}]}', "long number": b'{"made": ' + DIGITS.encode() + b"}",
        "huge exponent": b'{"made": 1e400}', "negative zero": b'{"made": -0}', "number": b"7", "string": b'"x"', "null": b"null", "true": b"true", "array": b"[]", "array of scans": b"[{}]",
        "comment": b'{} // x', "trailing comma": b'{"a": 1,}', "single quotes": b"{'a': 1}", "two values": b"{}{}", "unquoted": b"{a: 1}", "lone escape": b'{"scans": ["\\ud800"]}',
        "key surrogate": b'{"\\ud800": 1}', "key nul": b'{"\\u0000": 1}', "empty key": b'{"": 1}', "many keys": json.dumps({str(n): n for n in range(20_000)}).encode(),
        "megabyte": b'{"a": "' + b"x" * (1 << 20) + b'"}', "501 scans": json.dumps({"scans": [{}] * 501}).encode(), "gzip magic": b"\x1f\x8b\x08\x00broken", "form": b"scans=1&a=b", "xml": b"<scans/>",
        "multipart": b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n--x--', "pickle": b"\x80\x04K\x01.", "zip": b"PK\x03\x04", "csv": b"sku,name\r\n=1,\"", "csv nul": b"sku,name\r\na\0,b", "csv wide": b",".join([b"a"] * 5_000),
        "csv quote": b'sku,name\n"open', "csv latin": "sku,name\nÄ,Ö".encode("latin-1"), "csv utf-16": "sku,name\na,b".encode("utf-16"), "csv long field": b"sku,name\n" + b"x" * 200_000,
    }  # fmt: skip


@pytest.fixture
def callers(shop: Shop) -> dict[str, str]:
    tokens = {role: gun.token for role, gun in shop.keys.items()}
    return {"device": shop.gun.token, **tokens, "nobody": "sl_nothing", "no token": ""}


@pytest.fixture
def turn(engine: str) -> int:
    """Where routes, fields and values are thousands of pairs each engine takes every second one, so that both meet each value and each field."""
    return ("sqlite", "postgres").index(engine)


def judged(response: Any, where: str) -> int:
    """No 5xx; an error has the one shape."""
    status = int(response.status_code)
    assert status < 500, f"{where}: {status} {response.get_data()[:300]!r}"
    if status >= 400:
        assert response.content_type == "application/problem+json", (
            f"{where}: {status} {response.content_type} {response.get_data()[:200]!r}"
        )
        body = json.loads(response.get_data())
        assert set(body) == {"type", "title", "status", "detail", "code", "errors"}, f"{where}: {sorted(body)}"
        assert body["status"] == status, where
        assert body["code"] in errors.CODES, where
        assert isinstance(body["errors"], list), where
    response.close()
    return status


def call(client: FlaskClient, token: str, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
    if token:
        headers = {"Authorization": f"Bearer {token}", **headers}
    return client.open(path, method=method, data=body, content_type=headers.pop("Content-Type", "application/json"), headers=headers)


def routes(app: Flask) -> list[tuple[str, str]]:
    """Every route of the API and its methods, static files left out."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if rule.rule.startswith(("/api/", "/healthz", "/readyz")):
            found += [(method, rule.rule) for method in sorted(rule.methods or ()) if method not in ("HEAD", "OPTIONS")]
    return found


def filled(rule: str, value: str) -> str:
    from urllib.parse import quote

    return re.sub(r"<(int:)?[^>]+>", lambda m: "7" if m.group(1) else quote(value, safe="", errors="surrogatepass"), rule)


def test_no_body_breaks_any_route_for_anybody(app: Flask, callers: dict[str, str]) -> None:
    client, statuses = app.test_client(), Counter[int]()
    bodies = raw_bodies()
    for number, (method, rule) in enumerate(routes(app)):
        path = filled(rule, "K1")
        for index, (name, body) in enumerate(bodies.items()):
            # a big body once a route; the small ones as every role in turn
            who = list(callers)[(number + index) % len(callers)] if len(body) < 10_000 else "supervisor"
            response = call(client, callers[who], method, path, body)
            statuses[judged(response, f"{method} {path} as {who}: {name}")] += 1
    assert sum(statuses.values()) > 2_000 or len(bodies) * len(routes(app)) == sum(statuses.values())
    print(dict(statuses))


def test_every_role_on_every_route_with_odd_headers(app: Flask, callers: dict[str, str]) -> None:
    client = app.test_client()
    headers: list[dict[str, str]] = [
        {"Content-Type": "text/plain"}, {"Content-Type": "application/json; charset=utf-16"}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": ""},
        {"Content-Encoding": "br"}, {"Content-Encoding": "gzip"}, {"Content-Encoding": "gzip, gzip"}, {"Content-Encoding": "\xff"}, {"Accept": "image/png"}, {"Accept": "*/*;q=x"},
        {"Accept-Encoding": "gzip;q=0"}, {"Authorization": "Bearer"}, {"Authorization": "Bearer " + "x" * 5_000}, {"Authorization": "Basic Og=="}, {"Authorization": "Bearer \xe9\xff"},
        {"Authorization": "Bearer a b"}, {"Cookie": "session=" + "%00" * 40}, {"Cookie": "session=.eJw.x.y; session=2"}, {"Origin": "null"}, {"Origin": "http://[::1"}, {"X-CSRF-Token": "\xff"},
        {"X-Forwarded-For": "::1, x"}, {"Host": "evil.example"}, {"If-None-Match": '"' * 50}, {"If-Modified-Since": "yesterday"}, {"Range": "bytes=-1"}, {"X-HTTP-Method-Override": "DELETE"},
    ]  # fmt: skip
    for number, (method, rule) in enumerate(routes(app)):
        path = filled(rule, "K1")
        for index, who in enumerate(callers):
            judged(call(client, callers[who], method, path, b"{}"), f"{method} {path} as {who}")
            odd = headers[(number + index) % len(headers)]
            judged(call(client, callers[who], method, path, b"{}", **odd), f"{method} {path} as {who} with {odd}")
        for index, odd in enumerate(headers):
            if (number + index) % 3 == 0:
                judged(call(client, callers["supervisor"], method, path, gzip.compress(b"{}"), **odd), f"{method} {path} with {odd}")


def test_no_text_in_a_path_or_query_breaks_a_route(app: Flask, callers: dict[str, str], turn: int) -> None:
    from urllib.parse import quote

    client = app.test_client()
    names = (
        "limit",
        "since",
        "after",
        "site",
        "epoch",
        "code",
        "location",
        "sku",
        "lot",
        "at",
        "upto",
        "status",
        "operator",
        "outcome",
        "unresolved",
        "mode",
        "dry_run",
        "count",
    )
    texts = list(TEXTS.items())
    for number, (method, rule) in enumerate(routes(app)):
        for index, (name, text) in enumerate(texts):
            if (number + index // len(names)) % 2 != turn:
                continue
            if "<" in rule:
                judged(call(client, callers["supervisor"], method, filled(rule, text), b"{}"), f"{method} {rule}: {name}")
            if method == "GET" and len(text) < 5_000:
                key = names[(number + index) % len(names)]
                query = f"{key}={quote(text, errors='surrogatepass')}"
                who = ("supervisor", "device", "auditor")[index % 3]
                judged(call(client, callers[who], method, f"{filled(rule, 'K1')}?{query}"), f"{method} {rule}?{key}: {name} as {who}")
    for path in ("//api/v1/scans", "/api/v1/../v1/scans", "/api/v1/scans/", "/api/v1/scans%00", "/api/v1/%2e%2e/scans", "/api/v1/scans;a=b", "/API/V1/SCANS", "/api/v1/streams/%ff/proof",
                 "/api/v1/streams//proof", "/s/../wsgi.py", "/s/%2e%2e/%2e%2e/wsgi.py", "/static/../../x", "/.git/config", "/api", "/api/v2/scans", "/x" * 2_000):  # fmt: skip
        response = call(client, callers["supervisor"], "GET", path)
        assert response.status_code < 500, path
        assert b"import " not in response.get_data(), path


def scan(**said: Any) -> dict[str, Any]:
    import uuid

    return {
        "id": str(uuid.uuid4()),
        "seq": 1,
        "scanned_at": times.wire(times.now()),
        "task": "receive",
        "location": "A-01",
        "barcode": "PEN-BOX",
        **said,
    }


FIELDS = (
    "id", "seq", "scanned_at", "task", "location", "barcode", "quantity", "target", "origin", "sheet", "operator", "via", "symbology", "lot", "reason_code", "complete", "voids", "unknown",
)  # fmt: skip


def test_no_value_in_a_scan_is_lost_or_breaks_its_batch(shop: Shop) -> None:
    """Each value in each field: one receipt at its index, and its good neighbours post."""
    values = [*VALUES, *TEXTS.values(), DIGITS]
    tasks = ("receive", "move", "pick", "count", "void", "finish", "hold", "look", "empty", "scrap")
    good = 0
    for index, field in enumerate(FIELDS):
        for start in range(0, len(values), 40):
            few = values[start : start + 40]
            odd = [
                scan(task=tasks[(index + n) % len(tasks)], target="A-02", operator="OP-1", voids=None, seq=None) | {field: v}
                for n, v in enumerate(few)
            ]
            neighbours = [scan(seq=None), scan(seq=None)]
            answer = shop.gun.send(neighbours[0], *odd, neighbours[1], stream=None, made=None)
            statuses = [r["status"] for r in answer["receipts"]]
            assert set(statuses) <= {"recorded", "malformed", "duplicate", "conflict"}
            assert (statuses[0], statuses[-1]) == ("recorded", "recorded"), (field, start)
            good += 2 * 12
    with reading() as tx:
        assert replaying.check(tx) == []
    assert shop.on_hand("A-01", "PEN") != 0
    for path in (
        "/api/v1/scans?limit=500",
        "/api/v1/feed?limit=500",
        "/api/v1/moves?limit=500",
        "/api/v1/exceptions",
        "/api/v1/stock?limit=500",
        "/api/v1/sheets",
        "/api/v1/counts",
        "/api/v1/counts?status=all",
    ):
        since, key = 0, "since"
        for _ in range(20):
            response = shop.person("supervisor").get(
                f"{path}{'&' if '?' in path else '?'}{key}={since}" if path.split("?")[0].endswith(("scans", "feed", "moves")) else path
            )
            assert response.status_code == 200, (path, response.get_data()[:300])
            json.loads(response.get_data())
            if not response.json["rows"] or response.json["next"] in (None, since):
                break
            since = response.json["next"]
    for path in sorted(leaving(shop)):
        for role in ("supervisor", "auditor"):
            response = call(shop.app.test_client(), shop.person(role).token, "GET", path)
            assert judged(response, path) != 200 or response.get_data(), f"{path} as {role}"


def leaving(shop: Shop) -> set[str]:
    """Every list and file without a name in its address, each export in each form, and what is told of the counts that were opened."""
    paths = {rule for method, rule in routes(shop.app) if method == "GET" and "<" not in rule}
    paths |= {
        f"/api/v1/exports/{name}.{kind}"
        for name in ("stock", "scans", "moves", "products", "locations")
        for kind in ("csv", "xlsx", "json")
    }
    for one in shop.person("supervisor").get("/api/v1/counts?limit=5").json["rows"]:
        code = one["code"]
        paths |= {f"/api/v1/counts/{code}/{what}" for what in ("reconciliation", "board", "lines", "paper.pdf")}
        paths |= {
            f"/api/v1/exports/{what}?count={code}" for what in ("scans.csv", "scans.xlsx", "reconciliation.csv", "reconciliation.xlsx")
        }
        lines = shop.person("supervisor").get(f"/api/v1/counts/{code}/lines?limit=3").json["rows"]
        paths |= {f"/api/v1/counts/{code}/lines/{line['line']}" for line in lines}
    return paths


def test_no_value_in_an_envelope_breaks_it(shop: Shop) -> None:
    for field in ("batch", "stream", "made", "xor", "sent_at", "scans", "unknown"):
        for value in [*VALUES, *TEXTS.values()]:
            body = {"scans": [scan()], field: value}
            raw = json.dumps(body).encode()
            judged(shop.gun.post(raw), f"{field}: {value!r:.60}")
    with reading() as tx:
        assert replaying.check(tx) == []


def test_no_value_in_a_json_body_breaks_a_route(app: Flask, shop: Shop, turn: int) -> None:
    """Every field that the API description names, with every odd value, on one engine or the other."""
    spec = app.test_client().get("/api/v1/openapi.json", headers={"Authorization": f"Bearer {shop.person('auditor').token}"}).json
    chance, client, done = random.Random(7), app.test_client(), 0
    values = [*VALUES, *TEXTS.values()]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method not in ("post", "put", "patch", "delete") or ("/scans" in path and path.endswith("scans")):
                continue
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            properties = resolved(spec, content).get("properties", {})
            good = {name: sample(spec, prop) for name, prop in properties.items()}
            for number, name in enumerate(properties):
                for value in values[(number + turn) % 2 :: 2]:
                    who = shop.person(
                        chance.choice(sorted(set(operation.get("x-roles", ["supervisor"])) & set(shop.keys)) or ["administrator"])
                    )
                    address = re.sub(r"\{[^}]+\}", lambda m: chance.choice(("K1", "7")), path)
                    raw = json.dumps(good | {name: value}).encode()
                    judged(call(client, who.token, method.upper(), address, raw), f"{method} {address} {name}={value!r:.60}")
                    done += 1
    print(done)
    assert done > 500


def resolved(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for part in schema.get("allOf", []):
        schema = {**schema, **resolved(spec, part)}
    return schema


def sample(spec: dict[str, Any], schema: dict[str, Any]) -> Any:
    schema = resolved(spec, schema)
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [sample(spec, schema.get("items", {}))]
    if schema.get("type") == "object":
        return {name: sample(spec, prop) for name, prop in schema.get("properties", {}).items()}
    return {"integer": 1, "number": 1, "boolean": True}.get(schema.get("type", ""), "A-01")


def test_hostile_codes_are_answered_by_every_search(shop: Shop) -> None:
    from urllib.parse import quote

    for name, text in TEXTS.items():
        for path in (
            "lookup?code=",
            "stock?location=",
            "stock?sku=",
            "stock?lot=",
            "products?after=",
            "locations?after=",
            "sheets?operator=",
        ):
            if len(text) > 5_000:
                continue
            response = shop.gun.get(f"/api/v1/{path}{quote(text, errors='surrogatepass')}")
            judged(response, f"{path}{name}")


def test_hostile_products_import_whole_or_are_reported(shop: Shop) -> None:
    """Each text as a name, a code and a barcode: every row is in the report, nothing breaks."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["sku", "name", "unit", "barcode"])
    rows = [(text, text, "", "") for text in TEXTS.values()] + [(f"X-{n}", text, text, text) for n, text in enumerate(TEXTS.values())]
    writer.writerows(rows)
    body = out.getvalue().encode("utf-8", "surrogatepass")
    response = call(
        shop.app.test_client(), shop.person("supervisor").token, "POST", "/api/v1/imports/products", body, **{"Content-Type": "text/csv"}
    )
    judged(response, "import of hostile products")
    for row in rows:
        out = io.StringIO()
        csv.writer(out).writerows([["sku", "name", "unit", "barcode"], row])
        body = out.getvalue().encode("utf-8", "surrogatepass")
        response = call(
            shop.app.test_client(),
            shop.person("supervisor").token,
            "POST",
            "/api/v1/imports/products",
            body,
            **{"Content-Type": "text/csv"},
        )
        if judged(response, f"import of {row!r:.80}") == 200:
            report = response.json
            assert report["rows"] == report["created"] + report["updated"] + report["unchanged"] + len(report["rejected"]), row
    assert shop.person("supervisor").get("/api/v1/products?limit=500").status_code == 200
