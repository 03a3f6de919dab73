"""Roles in several sites: a person works in one of them at a time, with the roles that they have there, and sees nothing of the others."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import reading, writing
from app.locations.creating import add_site
from app.people import signing
from tests.callers import key, problem, signed_in

WORD = "plum stone ladder"
BOTH = [{"site": "MAIN", "roles": ["auditor"]}, {"site": "NORTH", "roles": ["supervisor", "accountant"]}]


class Desk:
    """A person's session."""

    def __init__(self, app: Flask, name: str = "", link: str = "") -> None:
        self.client = app.test_client()
        if link:
            self.csrf = signed_in(self.client, link, name="Ada", password=WORD)
        else:
            self.csrf = {"X-CSRF-Token": self.client.post("/api/v1/session", json={"name": name, "password": WORD}).json["csrf"]}

    def ask(self, method: str, path: str, **said: Any) -> Any:
        return self.client.open(f"/api/v1{path}", method=method, headers=self.csrf, **({"json": said} if method != "GET" else {}))

    def stands(self) -> tuple[str | None, list[str], list[str | None]]:
        me = self.ask("GET", "/me").json
        return me["site"], me["person"]["roles"], me["sites"]


@pytest.fixture
def ada(app: Flask) -> Desk:
    """The first administrator, of a server with three sites."""
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
        add_site(tx, "SOUTH", "Southern site")
    with writing() as tx:
        link = signing.new_setup_link(tx)
    return Desk(app, link=link)


def add(ada: Desk, name: str, *roles: str, site: str | None = None) -> int:
    return int(ada.ask("POST", "/people", name=name, roles=roles, site=site, password=WORD).json["id"])


def test_a_person_works_in_one_of_their_sites_at_a_time(app: Flask, ada: Desk) -> None:
    bo = add(ada, "Bo", "operator", site="MAIN")
    given = ada.ask("PUT", f"/people/{bo}/roles", by_site=BOTH, reason="covers for Nora").json
    assert given["by_site"] == [{"site": "MAIN", "roles": ["auditor"]}, {"site": "NORTH", "roles": ["accountant", "supervisor"]}]
    bos = Desk(app, "Bo")
    assert bos.stands() == ("MAIN", ["auditor"], ["MAIN", "NORTH"])
    assert bos.ask("GET", "/moves").status_code == 200
    problem(bos.ask("GET", "/moves?site=NORTH"), "forbidden")
    problem(bos.ask("POST", "/counts", locations=["MAIN"]), "forbidden")
    assert bos.ask("PUT", "/session/site", site="NORTH").status_code == 204
    assert bos.stands() == ("NORTH", ["accountant", "supervisor"], ["MAIN", "NORTH"])
    problem(bos.ask("GET", "/audit"), "forbidden")
    problem(bos.ask("GET", "/moves?site=MAIN"), "forbidden")
    assert bos.ask("PUT", "/sites/NORTH", check_digits=False, reason="x").status_code == 200
    problem(bos.ask("PUT", "/sites/MAIN", check_digits=False, reason="x"), "forbidden")
    for nowhere in ("SOUTH", "NO-SUCH", None):
        problem(bos.ask("PUT", "/session/site", site=nowhere), "not_found")
    assert Desk(app, "Bo").stands()[0] == "MAIN"  # another session chooses for itself
    with reading() as tx:
        deeds = tx.execute(text("SELECT deed, actor, after FROM audit WHERE deed IN ('site_chosen', 'person_changed')")).all()
    assert [(one.deed, one.actor) for one in deeds] == [("person_changed", "session:Ada"), ("site_chosen", "session:Bo")]
    assert '"NORTH"' in deeds[0].after
    assert '"NORTH"' in deeds[1].after


def test_roles_for_all_sites_hold_in_each(app: Flask, ada: Desk) -> None:
    bo = add(ada, "Bo", "auditor")
    ada.ask("PUT", f"/people/{bo}/roles", by_site=[{"site": "NORTH", "roles": ["supervisor"]}, {"site": None, "roles": ["auditor"]}])
    bos = Desk(app, "Bo")
    assert bos.stands() == (None, ["auditor"], [None, "NORTH"])
    problem(bos.ask("PUT", "/sites/NORTH", check_digits=False, reason="x"), "forbidden")
    assert bos.ask("PUT", "/session/site", site="NORTH").status_code == 204
    assert bos.stands() == ("NORTH", ["auditor", "supervisor"], [None, "NORTH"])
    problem(bos.ask("GET", "/moves?site=MAIN"), "forbidden")
    assert bos.ask("PUT", "/session/site", site=None).status_code == 204
    assert bos.ask("GET", "/moves?site=MAIN").status_code == 200


def test_a_site_that_is_taken_away_is_gone_with_the_next_request(app: Flask, ada: Desk) -> None:
    bo = add(ada, "Bo", "operator", site="MAIN")
    ada.ask("PUT", f"/people/{bo}/roles", by_site=BOTH)
    bos = Desk(app, "Bo")
    bos.ask("PUT", "/session/site", site="NORTH")
    ada.ask("PUT", f"/people/{bo}/roles", by_site=BOTH[:1])
    assert bos.stands() == ("MAIN", ["auditor"], ["MAIN"])
    problem(bos.ask("GET", "/moves?site=NORTH"), "forbidden")


def test_an_administrator_of_one_site_gives_roles_of_that_site_to_its_own_people(app: Flask, ada: Desk) -> None:
    nora, bo, cy = add(ada, "Nora", "administrator", site="NORTH"), add(ada, "Bo", "auditor", site="NORTH"), add(ada, "Cy", "auditor")
    ada.ask("PUT", f"/people/{nora}/roles", by_site=[{"site": "NORTH", "roles": ["administrator"]}, {"site": "MAIN", "roles": ["auditor"]}])
    noras = Desk(app, "Nora")
    assert noras.stands()[:2] == ("MAIN", ["auditor"])
    problem(noras.ask("PUT", f"/people/{bo}/roles", by_site=BOTH[1:]), "forbidden")
    noras.ask("PUT", "/session/site", site="NORTH")
    assert noras.ask("PUT", f"/people/{bo}/roles", by_site=BOTH[1:]).json["by_site"] == [
        {"site": "NORTH", "roles": ["accountant", "supervisor"]}
    ]
    for elsewhere in (BOTH, BOTH[:1], [{"site": None, "roles": ["auditor"]}]):
        problem(noras.ask("PUT", f"/people/{bo}/roles", by_site=elsewhere), "forbidden")
    for person in (cy, nora, 1):
        problem(noras.ask("PUT", f"/people/{person}/roles", by_site=BOTH[1:]), "not_found")


def test_an_administrator_of_one_site_sees_no_roles_of_another(app: Flask, ada: Desk) -> None:
    bo = add(ada, "Bo", "auditor", site="MAIN")
    ada.ask("PUT", f"/people/{bo}/roles", by_site=BOTH)
    add(ada, "Nora", "administrator", site="NORTH")
    noras = Desk(app, "Nora")
    (row,) = [row for row in noras.ask("GET", "/people").json["rows"] if row["id"] == bo]
    here = {"site": "NORTH", "roles": ["accountant", "supervisor"]}
    assert {name: row[name] for name in ("site", "roles", "by_site")} == {**here, "by_site": [here]}
    refused = noras.ask("PUT", f"/people/{bo}", archived=True)
    problem(refused, "not_found")
    assert "administrator of all sites" in refused.json["detail"]


def test_what_is_not_meant_or_shuts_oneself_out_is_refused(app: Flask, ada: Desk) -> None:
    bo, mine = add(ada, "Bo", "operator", site="MAIN"), ada.ask("GET", "/me").json["person"]["id"]
    path = f"/people/{bo}/roles"
    problem(ada.ask("PUT", path, by_site=BOTH + BOTH[:1]), "bad_request")
    problem(ada.ask("PUT", path, by_site=[]), "bad_request")
    problem(ada.ask("PUT", path, by_site=[{"site": "MAIN", "roles": []}]), "bad_request")
    problem(ada.ask("PUT", path, by_site=[{"site": "NO-SUCH", "roles": ["auditor"]}]), "not_found")
    problem(ada.ask("PUT", f"/people/{mine}/roles", by_site=BOTH), "forbidden")
    problem(ada.ask("PUT", "/people/999/roles", by_site=BOTH), "not_found")
    ada.ask("PUT", path, by_site=BOTH)
    problem(ada.ask("PUT", f"/people/{bo}", roles=["administrator"]), "bad_request")  # of which site?
    assert ada.ask("PUT", f"/people/{bo}", archived=True).json["archived"] is True
    with_key = app.test_client().put("/api/v1/session/site", json={"site": "MAIN"}, headers=key("auditor"))
    problem(with_key, "bad_request")
