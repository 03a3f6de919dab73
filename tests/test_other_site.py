"""Every route as every role of another site: what is of a site is neither read nor changed from elsewhere; read from the running app.

A route that names something of a site must be told here how to name it (`NAMES`), and one that takes a body what a good one is
(`BODIES`): without that the test fails, so that no new route is forgotten.
"""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import access, journal
from app.db import reading, writing
from app.devices.enrolling import enrol
from app.locations.creating import add_site
from app.people import hashing, keeping
from tests import callers
from tests.shop import Gun

MARK = "ZZ-"
"""How all begins that is of the other site; whoever reads it has read too much."""
EVERYBODYS = re.compile(
    r"/api/v1/(products|barcodes|people$|people/|keys|sessions|session|password|me|setup|openapi|sites$|product-classes|labels|"
    r"imports/(products|barcodes|costs|mappings|<kind>)|imports$|exports/columns|enrolments/claim|reason-codes|seals/verify)"
)
"""What is of no site, or of whoever asks."""


@pytest.fixture
def names(app: Flask) -> dict[str, str]:
    """The main site with something of each kind, and a northern site; return how the main site's things are named."""
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
        main = access.site_for(tx, "MAIN")
        device, token = enrol(tx, main, f"{MARK}GUN")
    boss, gun = callers.key("supervisor", "administrator", "integration", name="Boss", site="MAIN"), Gun(app.test_client(), token)
    client = app.test_client()

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = client.open(path, method=method, json=body, headers=boss)
        assert answer.status_code < 300, (path, answer.text)
        return answer.json

    call("PUT", f"/api/v1/locations/{MARK}01", {"kind": "bin", "name": f"{MARK}bin"})
    call("PUT", "/api/v1/products/PEN", {"name": "Pen", "barcodes": [{"code": "PEN-1", "quantity": "1"}]})
    gun.do("receive", location=f"{MARK}01", barcode="PEN-1")
    gun.do("pick", location=f"{MARK}01", barcode="PEN-1", quantity="5")
    waiting = gun.do("receive", location=f"{MARK}01", barcode=f"{MARK}UNKNOWN")["id"]
    count = call("POST", "/api/v1/counts", {"locations": [f"{MARK}01"]})["code"]
    sheet = client.get("/api/v1/sheets?status=open", headers=boss).json["rows"][0]["code"]
    gun.do("count", sheet=sheet, barcode="PEN-1")
    call("PUT", f"/api/v1/count-rules/{MARK}RULE", {"name": f"{MARK}rule", "kind": "abc", "most": 5})
    call("PUT", f"/api/v1/exports/profiles/{MARK}PROFILE", {})
    call("POST", "/api/v1/holds", {"sku": "PEN", "lot": None, "held": True, "reason": f"{MARK}reason"})
    worker = call("POST", "/api/v1/people", {"name": f"{MARK}Mira", "badge": f"{MARK}17", "roles": ["operator"], "site": "MAIN"})["id"]
    exception = client.get("/api/v1/exceptions", headers=boss).json["rows"][0]["id"]
    line = client.get(f"/api/v1/counts/{count}/lines", headers=boss).json["rows"][0]["line"]
    return {
        "counts/<code>": count, "lines/<line>": line, "sheets/<code>": sheet, "count-rules/<path:code>": f"{MARK}RULE",
        "devices/<int:device_id>": str(device), "exceptions/<int:number>": str(exception), "profiles/<path:name>": f"{MARK}PROFILE",
        "locations/<path:code>": f"{MARK}01", "sites/<path:code>": "MAIN", "scans/<scan>": waiting, "streams/<stream>": gun.stream,
        "operators/<int:person_id>": str(worker), "decisions/<int:bulk>": "1", "shift-codes/<code>": "00000", "imports/<string:number>": "1",
    }  # fmt: skip


BODIES: dict[str, Any] = {
    "POST counts": {"locations": [f"{MARK}01"]},
    "POST locations/ranges": {"from": "B-01", "to": "B-02"},
    "POST counts/<code>/approval": {"hash": "0"},
    "POST counts/<code>/cancellation": {"reason": "x"},
    "PUT counts/<code>/decisions": {"decisions": []},
    "POST counts/<code>/decisions": {"hash": "0", "decision": "accept", "matching": {}},
    "POST counts/<code>/lines/<line>/reversal": {"reason": "x"},
    "POST counts/<code>/reversal": {"reason": "x"},
    "POST counts/<code>/withdrawal": {"reason": "x"},
    "POST exceptions/<int:number>/closure": {"note": "x"},
    "POST holds": {"sku": "PEN", "lot": None, "held": True, "reason": "x"},
    "POST scans/<scan>/resolution": {"dismiss": True, "reason": "x"},
    "POST unknown-codes/matches": {"code": f"{MARK}UNKNOWN", "sku": "PEN", "reason": "x"},
    "POST grants": {"badge": f"{MARK}17", "pin": "204173"},
    "POST operators/<int:person_id>/removal": {"reason": "x"},
    "POST operators/<int:person_id>/unlocking": {"reason": "x"},
    "POST pins": {"badge": f"{MARK}17", "code": "00000000", "pin": "204173"},
    "PUT count-rules/<path:code>": {"name": "x", "kind": "abc", "most": 5},
    "PUT lots": {"sku": "PEN", "lot": "L1", "expiry": None, "reason": "x"},
    "POST counts/<code>/reconciliation": {"hash": "0", "decisions": []},
}
"""Bodies that are understood, of routes that refuse an empty one before they look whose it is."""
QUERIES = {
    "exports/samples": "export=stock", "exports/package.zip": "count=K1", "exports/packages": "count=K1", "history": f"code={MARK}01", "lookup": f"code={MARK}01", "suggestions": "sku=PEN&quantity=1",
}  # fmt: skip
"""What routes need in their query besides."""
MAKES = {"PUT exports/profiles/<path:name>", "PUT locations/<path:code>", "PUT count-rules/<path:code>"}
"""What makes a thing of the caller's own site where that has none of the name."""
CODED = "shift-codes"
"""A code proves something or is none; it names nothing that could be of another site."""
ENUMS = {"exports/<name>": "stock", "measures/<name>": "accuracy", ".<kind>": ".csv"}


def routes(app: Flask) -> list[tuple[str, str, frozenset[str]]]:
    found = []
    for rule in app.url_map.iter_rules():
        allowed = access.declared(app.view_functions[rule.endpoint])
        if allowed is not None and rule.rule.startswith("/api/"):
            found += [(method, rule.rule, allowed) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})]
    return sorted(found, key=lambda route: route[:2])


def path_of(rule: str, names: dict[str, str]) -> str:
    for pattern, value in (names | ENUMS).items():
        head = pattern.rpartition("/")[0]
        rule = rule.replace(pattern, f"{head}/{value}" if head else value)
    return rule


def takes_site(app: Flask, headers: dict[str, str]) -> set[tuple[str, str]]:
    """Read from the description which operations take the site in their query."""
    paths = app.test_client().get("/api/v1/openapi.json", headers=headers).json["paths"]
    return {
        (method.upper(), path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and any(p.get("name") == "site" and p.get("in") == "query" for p in operation.get("parameters", []))
    }


def test_every_role_of_another_site_reads_and_changes_nothing_of_this_one(app: Flask, names: dict[str, str]) -> None:
    client = app.test_client()
    north = {role: callers.key(role, name=f"northern {role}", site="NORTH") for role in access.ROLES}
    north["device"] = callers.device("northern gun", site="NORTH")
    sited = takes_site(app, north["auditor"])
    with reading() as tx:
        before = journal.read(tx, access.site_for(tx, "MAIN"))
    wrong, unread, cells, refused = [], set[str](), 0, 0
    for method, rule, allowed in routes(app):
        path = path_of(rule, names)
        if EVERYBODYS.match(rule) and "<" in path:
            continue
        if "<" in path:
            wrong.append(f"{method} {rule}: say in `names` how it names something of a site")
            continue
        own = not EVERYBODYS.match(rule) and any(pattern in rule for pattern in names)
        short = rule.removeprefix("/api/v1/")
        body = {} if method == "GET" else {"json": BODIES.get(f"{method} {short}", {})}
        asks_site = (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)) in sited
        for role in sorted(allowed & north.keys()):
            for query in ("", "site=MAIN") if asks_site else ("",):
                if not query and f"{method} {short}" in MAKES:
                    continue
                asked = f"{path}?{QUERIES.get(short, '')}&{query}"
                answer = client.open(asked, method=method, headers=north[role], **body)
                text_, status = answer.get_data().decode(errors="replace"), answer.status_code
                text_ = text_.replace(f'"code":"{MARK}01"', "").replace(f'"barcode":"{MARK}UNKNOWN"', "")  # what was asked
                answer.close()
                cells += 1
                must = (own or query) and not EVERYBODYS.match(rule) and CODED not in rule
                fine = status in (403, 404) or (not must and status < 500) or (method != "GET" and status == 400)
                refused += status in (403, 404)
                if must and status == 400:
                    unread.add(f"{method} {short}")
                if not fine or (status < 300 and MARK in text_):
                    wrong.append(f"{role}: {method} {asked} gives {status} {text_[:150]}")
    assert wrong == [], "\n".join(wrong)
    assert unread == set(), "\n".join(["X", *sorted(unread)])
    assert cells > 300
    assert refused > 200
    with reading() as tx:
        assert journal.read(tx, access.site_for(tx, "MAIN")) == before
        assert tx.scalar(text("SELECT COUNT(*) FROM devices WHERE revoked_at IS NOT NULL")) == 0


def test_the_same_questions_of_this_site_are_answered(app: Flask, names: dict[str, str]) -> None:
    """The control: what the other site was refused is there, and shows its marks to whoever belongs here."""
    client = app.test_client()
    headers = callers.key(*access.ROLES, name="one of us", site="MAIN")
    found, marked = [], 0
    for method, rule, _ in routes(app):
        path = path_of(rule, names)
        own = "<" in rule and "<" not in path and not EVERYBODYS.match(rule)
        if method == "GET" and own and not re.search("shift-codes|imports/", rule):
            answer = client.get(path, headers=headers)
            if answer.status_code != 200:
                found.append(f"{path} gives {answer.status_code} {answer.text[:150]}")
            marked += MARK.encode() in answer.get_data()
            answer.close()
    assert found == []
    assert marked >= 5


def with_roles(app: Flask, name: str, given: dict[str, tuple[str, ...]]) -> tuple[Any, dict[str, str]]:
    """Return the session of a person with roles in several sites, `global` for all of them, and its CSRF header."""
    word = "plum stone ladder"
    with writing() as tx:
        person = keeping.add(tx, name, password=hashing.hashed(word))
        for site, roles in given.items():
            keeping.grant(tx, person, roles, None if site == access.GLOBAL else access.site_for(tx, site))
    client = app.test_client()
    answer = client.post("/api/v1/session", json={"name": name, "password": word})
    assert answer.status_code == 200, answer.text
    return client, {"X-CSRF-Token": answer.json["csrf"]}


def refusals(app: Flask, names: dict[str, str], client: Any, headers: dict[str, str], roles: frozenset[str]) -> tuple[int, list[str]]:
    """Ask every route that these roles may not use, of either site; return how many questions, and those that weren't refused."""
    asked, wrong = 0, []
    for method, rule, allowed in routes(app):
        path = path_of(rule, names)
        if allowed & roles or ("operator" in allowed and "session" in rule) or "<" in path:
            continue
        body = {} if method == "GET" else {"json": BODIES.get(f"{method} {rule.removeprefix('/api/v1/')}", {})}
        for site in ("", "site=MAIN", "site=NORTH"):
            answer = client.open(f"{path}?{QUERIES.get(rule.removeprefix('/api/v1/'), '')}&{site}", method=method, headers=headers, **body)
            asked += 1
            if answer.status_code != 403:
                wrong.append(f"{method} {path} {site} gives {answer.status_code} {answer.text[:100]}")
            answer.close()
    return asked, wrong


def test_who_has_keys_for_two_sites_may_do_with_each_only_what_that_key_says(app: Flask, names: dict[str, str]) -> None:
    client = app.test_client()
    here, there = callers.key("auditor", name="Both", site="MAIN"), callers.key("supervisor", name="Both", site="NORTH")
    asked, wrong = refusals(app, names, client, here, frozenset({"auditor"}))
    assert (asked > 100, wrong) == (True, [])
    assert client.get("/api/v1/audit?site=MAIN", headers=here).status_code == 200
    assert client.get("/api/v1/moves?site=MAIN", headers=there).status_code == 403
    assert client.post("/api/v1/counts?site=MAIN", headers=there, json={"locations": [f"{MARK}01"]}).status_code == 403


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        ({"MAIN": ("auditor",), "NORTH": ("supervisor", "administrator")}, ("auditor",)),
        ({access.GLOBAL: ("auditor",), "NORTH": ("supervisor", "administrator")}, ("auditor",)),
    ],
)
def test_roles_of_one_site_are_never_used_in_another(
    app: Flask, names: dict[str, str], given: dict[str, Any], roles: tuple[str, ...]
) -> None:
    """A session is of one site, or of all: who has roles in several works in one at a time, with no role of another."""
    client, headers = with_roles(app, "Both", given)
    with reading() as tx:
        before = journal.read(tx, access.site_for(tx, "MAIN"))
    asked, wrong = refusals(app, names, client, headers, frozenset(roles))
    assert (asked > 100, wrong) == (True, [])
    assert client.get("/api/v1/audit?site=MAIN").status_code == 200
    assert client.get("/api/v1/audit?site=NORTH").status_code == (200 if access.GLOBAL in given else 403)
    with reading() as tx:
        assert journal.read(tx, access.site_for(tx, "MAIN")) == before
