"""The audit trail over the wire: complete, in order, page by page, for those who audit."""

from typing import Any

import pytest
from flask import Flask

from app import times
from app.db import writing
from app.exports import formatting
from app.locations.creating import add_site
from tests import callers
from tests.shop import Shop


def trail(shop: Shop, query: str = "", who: str = "auditor") -> list[dict[str, Any]]:
    answer = shop.person(who).get(f"/api/v1/audit?limit=500{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json["rows"])


def test_a_deed_is_on_the_trail_with_who_what_before_after_and_why(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    planned = supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).json
    assert supervisor.call("POST", f"/api/v1/counts/{planned['code']}/cancellation", {"reason": "wrong aisle"}).status_code == 200
    plan, cancelled = [deed for deed in trail(shop) if deed["subject"] == f"count {planned['code']}"]
    assert plan["journal"] < cancelled["journal"]
    assert cancelled["reason"] == "wrong aisle"
    assert (cancelled["actor"], cancelled["person"], cancelled["device"]) == ("key:key-supervisor", "key-supervisor", None)
    assert times.parse(cancelled["at"])
    assert set(cancelled) == {"journal", "at", "deed", "subject", "actor", "person", "device", "before", "after", "reason"}


def test_products_and_people_have_a_trail_of_their_own(shop: Shop) -> None:
    shop.person("administrator").call("POST", "/api/v1/people", {"name": "Ines", "badge": "OP-9", "roles": ["operator"]})
    (added,) = [deed for deed in trail(shop, "&site=global") if (deed["after"] or {}).get("name") == "Ines"]
    assert added["deed"] == "person_added"
    assert added["actor"] == "key:key-administrator"
    assert not any(deed["deed"] == "person_added" for deed in trail(shop))


def test_the_trail_by_pages_is_the_whole_trail(shop: Shop) -> None:
    for n in range(3):
        shop.person("administrator").call("POST", "/api/v1/people", {"name": f"P{n}", "roles": ["operator"]})
    whole, paged, since = trail(shop, "&site=global"), [], 0
    while True:
        page = shop.person("administrator").get(f"/api/v1/audit?site=global&limit=1&since={since}").json
        if not page["rows"]:
            break
        paged, since = paged + page["rows"], page["next"]
    assert paged == whole
    assert len(whole) >= 3
    assert page["next"] == whole[-1]["journal"]


@pytest.mark.parametrize("role", ["operator", "supervisor", "accountant", "integration"])
def test_only_auditors_and_administrators_read_the_trail(shop: Shop, role: str) -> None:
    callers.problem(shop.person(role).get("/api/v1/audit"), "forbidden")


def test_an_auditor_of_one_site_reads_no_other_trail(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    client, north, everywhere = app.test_client(), callers.key("auditor", site="NORTH"), callers.key("auditor", name="Zoe")
    assert [deed["deed"] for deed in client.get("/api/v1/audit", headers=north).json["rows"]] == ["site_added"]
    for site in ("MAIN", "global"):
        callers.problem(client.get(f"/api/v1/audit?site={site}", headers=north), "forbidden")
    callers.problem(client.get("/api/v1/audit", headers=everywhere), "site_required")
    assert client.get("/api/v1/audit?site=NORTH", headers=everywhere).json["rows"]
    callers.problem(client.get("/api/v1/audit?site=SOUTH", headers=everywhere), "not_found")


def deeds(shop: Shop, query: str) -> list[tuple[str, str]]:
    return [(deed["deed"], deed["subject"]) for deed in trail(shop, query)]


@pytest.fixture
def busy(shop: Shop) -> str:
    """A count planned and cancelled, a device revoked; return the count's code."""
    supervisor = shop.person("supervisor")
    code = supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).json["code"]
    supervisor.call("POST", f"/api/v1/counts/{code}/cancellation", {"reason": "=wrong aisle, Ä_100%"})
    shop.person("administrator").call("POST", "/api/v1/devices/1/revocation", {"reason": "left in a lorry"})
    return str(code)


def test_the_trail_is_searched_by_each_thing_it_says(shop: Shop, busy: str) -> None:
    planned, cancelled = ("count_planned", f"count {busy}"), ("count_cancelled", f"count {busy}")
    revoked, enrolled = ("device_revoked", "device 1"), ("device_enrolled", "device 1")
    for query, found in {
        f"&subject=count {busy}": [planned, cancelled],
        "&deed=device_revoked": [revoked],
        "&person=KEY-super": [planned, cancelled],
        "&person=key-super&deed=count_planned": [planned],
        "&device=GUN-1": [enrolled, revoked],
        "&text=LORRY": [revoked],
        "&text=Ä_100%25": [cancelled],
        "&text=1001": [],
        "&text=nothing says this": [],
        "&to=2001-01-01T00:00:00Z": [],
        "&from=2100-01-01T00:00:00Z": [],
        "&from=2001-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&deed=device_revoked": [revoked],
    }.items():
        assert deeds(shop, query) == found, query
    callers.problem(shop.person("auditor").get("/api/v1/audit?from=yesterday"), "bad_request")
    callers.problem(shop.person("auditor").get("/api/v1/audit?order=up"), "bad_request")


def test_the_newest_deeds_come_first_where_asked(shop: Shop, busy: str) -> None:
    whole, paged, before = trail(shop), [], ""
    while True:
        page = shop.person("auditor").get(f"/api/v1/audit?order=newest&limit=2{before}").json
        paged += page["rows"]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert paged == whole[::-1]


def test_a_search_leaves_as_a_file_that_is_the_same_twice_and_no_formula(shop: Shop, busy: str) -> None:
    auditor = shop.person("auditor")
    first = auditor.get("/api/v1/audit.csv?subject=count")
    upto, epoch = first.headers["X-ScanLedger-Upto"], first.headers["X-ScanLedger-Epoch"]
    shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    again = f"upto={upto}&epoch={epoch}"
    assert auditor.get(f"/api/v1/audit.csv?subject=count&{again}").data == first.data
    assert auditor.get("/api/v1/audit.csv?subject=count").data != first.data
    rows = first.data.decode().splitlines()
    assert rows[0] == "journal,at,deed,subject,actor,person,device,before,after,reason"
    assert len(rows) == 3
    assert '"\'=wrong aisle, Ä_100%"' in rows[2]
    sheet = auditor.get(f"/api/v1/audit.xlsx?{again}")
    assert sheet.data[:2] == b"PK"
    assert auditor.get(f"/api/v1/audit.xlsx?{again}").data == sheet.data
    told = auditor.get(f"/api/v1/audit.json?{again}").json
    assert [row["deed"] for row in told["rows"]] == [deed["deed"] for deed in trail(shop)][: len(told["rows"])]
    assert told["totals"] == {"rows": len(told["rows"])}
    for kind, query, code in (("csv", "upto=99999", "bad_request"), ("pdf", "", "not_found"), ("csv", "site=SOUTH", "not_found")):
        callers.problem(auditor.get(f"/api/v1/audit.{kind}?{query}"), code)
    callers.problem(auditor.get(f"/api/v1/audit.csv?epoch={'0' * 36}"), "epoch_changed")
    for role in ("operator", "supervisor", "accountant", "integration"):
        callers.problem(shop.person(role).get("/api/v1/audit.csv"), "forbidden")


def test_a_cell_that_is_too_long_says_that_it_was_cut() -> None:
    cut = formatting._cell("x" * 40_000)
    assert len(cut) == formatting.CELL
    assert cut.endswith("[cut here; CSV and JSON have all of it]")
    assert formatting._cell("x" * formatting.CELL) == "x" * formatting.CELL
