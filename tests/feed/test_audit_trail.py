"""The audit trail over the wire: complete, in order, page by page, for those who audit."""

from typing import Any

import pytest
from flask import Flask

from app import times
from app.db import writing
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
