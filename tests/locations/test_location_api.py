"""Locations over the wire: pages, changes, imports in any order, single changes."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app import access, demo, journal
from app.db import reading, writing
from app.locations import creating, storing
from app.locations.tree import Said
from tests.calling import Wire, numbers, rejections


def paths() -> dict[str, str]:
    """Each location's path, told in codes."""
    with reading() as tx:
        rows = tx.execute(text("SELECT id, code, path FROM locations WHERE kind <> 'virtual'")).all()
    codes = {str(r.id): r.code for r in rows}
    return {r.code: "/".join(codes[n] for n in r.path.strip("/").split("/")) for r in rows}


def test_pages_give_every_location_once_in_the_order_of_codes(wire: Wire) -> None:
    demo.load()
    seen, after = [], ""
    while True:
        page = wire.get(f"locations?limit=100{after}", "device")
        seen += [row["code"] for row in page["rows"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 300 + 3 + 30 + 2 + 8
    assert seen == wire_order(seen)
    assert set(page["rows"][0]) == {
        "code", "name", "kind", "parent", "site", "archived", "blocked", "single_product", "walk", "check", "journal",
    }  # fmt: skip


def wire_order(codes: list[str]) -> list[str]:
    """The database's own order."""
    with reading() as tx:
        return [r[0] for r in tx.execute(text("SELECT code FROM locations ORDER BY code"))]


def test_since_gives_what_changed(wire: Wire) -> None:
    start = wire.get("locations?since=0")["next"]
    wire.send("locations", "code,parent\nA,\nA-1,A\n")
    changed = wire.get(f"locations?since={start}")
    assert [(row["code"], row["parent"]) for row in changed["rows"]] == [("A", "MAIN"), ("A-1", "A")]
    assert wire.get(f"locations?since={changed['next']}")["next"] == changed["next"]


def test_a_site_is_named_where_there_are_several(wire: Wire, app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["sites", "add", "NORTH", "Northern site"]).exit_code == 0
    assert wire.get("locations", status=400)["code"] == "site_required"
    assert wire.get("locations?site=NORTH")["rows"][0]["site"] == "NORTH"
    assert wire.get("locations?site=SOUTH", status=404)["code"] == "not_found"
    wire.send("locations", "code\nA\n", "site=NORTH")
    wire.send("locations", "code\nA\n", "site=MAIN")
    assert wire.get("locations", "device")["rows"][0]["site"] == "MAIN"
    assert wire.send("locations", "code\nB\n", "site=MAIN", site="NORTH", status=403)["code"] == "forbidden"


def test_rows_may_stand_in_any_order_and_the_same_file_twice_changes_nothing(wire: Wire) -> None:
    csv = "code,parent,kind,name\nA-01-01,A-01,,\nA-01,A,aisle,First aisle\nA,,zone,Zone A\nDOCK,,dock,Dock\n"
    assert numbers(wire.send("locations", csv)) == (4, 0, 0, 0)
    assert paths() == {"MAIN": "MAIN", "A": "MAIN/A", "A-01": "MAIN/A/A-01", "A-01-01": "MAIN/A/A-01/A-01-01", "DOCK": "MAIN/DOCK"}
    rows = wire.get("locations?since=8")
    assert numbers(wire.send("locations", csv)) == (0, 0, 4, 0)
    assert wire.get("locations?since=8")["rows"] == rows["rows"]
    row = next(r for r in rows["rows"] if r["code"] == "A-01-01")
    assert row | {"journal": 0, "check": "00"} == {
        "code": "A-01-01", "name": "A-01-01", "kind": "bin", "parent": "A-01", "site": "MAIN", "archived": False, "blocked": False,
        "single_product": False, "walk": None, "check": "00", "journal": 0,
    }  # fmt: skip


def test_a_moved_location_takes_along_what_is_below_it(wire: Wire) -> None:
    wire.send("locations", "code,parent,kind\nA,,zone\nB,,zone\nA-1,A,aisle\nA-1-1,A-1,bin\n")
    assert numbers(wire.send("locations", "code,parent\nA-1,B\n")) == (0, 1, 0, 0)
    assert paths()["A-1-1"] == "MAIN/B/A-1/A-1-1"
    assert wire.put("locations/A-1", {"parent": "MAIN"})["parent"] == "MAIN"
    assert paths()["A-1-1"] == "MAIN/A-1/A-1-1"


BAD_ROWS = [
    (",A,bin,No code", "code", "missing_field"),
    (f"{'x' * 129},,,", "code", "too_long"),
    ("X\x01,,,", "code", "bad_text"),
    ("X\x00,,,", "code", "bad_text"),
    ("\u200b,,,", "code", "bad_text"),
    (f"X,,,{'n' * 201}", "name", "too_long"),
    ("X,,shelf,", "kind", "bad_field"),
    ("X,,virtual,", "kind", "bad_field"),
    ("X,NOWHERE,,", "parent", "unknown_parent"),
    ("X,SUPPLIER,,", "parent", "bad_parent"),
    ("A,A-1,,", "parent", "bad_parent"),
    ("A,A,,", "parent", "bad_parent"),
    ("a,,,", "code", "code_collides"),
    ("Ａ,,,", "code", "code_collides"),
    ("SUPPLIER,,,Ours", "code", "reserved"),
    ("supplier,,,", "code", "code_collides"),
    ("MAIN,,,Ours", "code", "reserved"),
    ("X,,,,more", "", "too_many_cells"),
    ("X,Y,,\nY,X,,", "parent", "unknown_parent"),
]


@pytest.mark.parametrize("row, field, code", BAD_ROWS)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_stand(wire: Wire, row: str, field: str, code: str) -> None:
    wire.send("locations", "code,parent\nA,\nA-1,A\n")
    report = wire.send("locations", f"code,parent,kind,name\n{row}\nGOOD,,,\n", "mode=rows")
    assert {(f, c) for _, f, c in rejections(report)} == {(field, code)}
    assert report["created"] == 1
    numbers(report)
    assert "GOOD" in paths()


def test_a_tree_is_only_so_deep(wire: Wire) -> None:
    rows = "".join(f"L{n},{f'L{n - 1}' if n else ''}\n" for n in range(25))
    report = wire.send("locations", f"code,parent\n{rows}", "mode=rows")
    assert report["created"] == 19
    assert rejections(report)[0] == (21, "parent", "too_deep")


def test_one_location_can_be_made_changed_archived_and_blocked(wire: Wire) -> None:
    made = wire.put("locations/B-1", {"name": "Bin one"})
    assert (made["kind"], made["parent"], made["name"]) == ("bin", "MAIN", "Bin one")
    assert wire.put("locations/B-1", {"archived": True, "blocked": True})["archived"]
    assert not wire.put("locations/B-1", {"archived": False})["archived"]
    with reading() as tx:
        assert tx.scalar(text("SELECT blocked FROM locations WHERE code = 'B-1'"))
        assert tx.scalars(text("SELECT deed FROM audit WHERE subject = 'location B-1'")).all() == ["location_put"] * 3
    assert wire.put("locations/b-1", {}, status=409)["code"] == "code_collides"
    assert wire.put("locations/SUPPLIER", {"name": "x"}, status=400)["code"] == "bad_request"
    assert wire.put("locations/B-2", {"parent": "NOWHERE"}, status=400)["code"] == "bad_request"
    assert wire.put("locations/B-2", {"kind": "virtual"}, status=400)["code"] == "bad_request"
    assert wire.put("locations/B-2", {}, "operator", 403)["code"] == "forbidden"


def test_sites_are_listed_to_who_may_name_them(wire: Wire) -> None:
    with writing() as tx:
        creating.add_site(tx, "NORTH", "Northern site")
    rows = wire.get("sites")["rows"]
    assert [row["code"] for row in rows] == ["MAIN", "NORTH"]
    assert rows[1] == {
        "code": "NORTH",
        "name": "Northern site",
        "check_digits": True,
        "independence": "enforce",
        "proof": "declare",
        "second_above": None,
        "plan_at": None,
        "in_store": None,
        "pin": "off",
        "idle_minutes": None,
    }
    assert wire.get("sites", "auditor", site="NORTH")["rows"] == rows[1:]
    assert wire("operator", "GET", "sites").status_code == 403


def test_a_site_says_when_rules_run_and_what_its_own_codes_mean(wire: Wire) -> None:
    assert wire.get("sites")["defaults"] == {"plan_at": "off", "in_store": ""}
    said = {"plan_at": "23:59", "in_store": "21iiiiiwwwwwc=kg3, 23iiiiivppppc=EUR2"}
    answer = wire("administrator", "PUT", "sites/MAIN", json=said | {"reason": "scales came"})
    assert {name: answer.json[name] for name in said} == said
    for wrong in ({"plan_at": "24:00"}, {"plan_at": "noon"}, {"plan_at": ""}, {"in_store": "21iiiiic=kg3"}, {"in_store": "x" * 501}):
        assert wire("administrator", "PUT", "sites/MAIN", json=wrong).status_code == 400, wrong
        assert wire("supervisor", "PUT", "sites/MAIN", json=said).status_code == 403
    back = wire("administrator", "PUT", "sites/MAIN", json={"plan_at": None, "in_store": None}).json
    assert (back["plan_at"], back["in_store"]) == (None, None)


def test_a_list_is_not_told_again_to_who_holds_its_etag(wire: Wire) -> None:
    tag = wire("device", "GET", "locations").headers["ETag"]
    assert wire("device", "GET", "locations", headers={"If-None-Match": tag}).status_code == 304
    with writing() as tx:
        journal.take(tx, access.site_for(tx, "MAIN"), 5)  # as scans do
    assert wire("device", "GET", "locations", headers={"If-None-Match": tag}).status_code == 304
    wire.put("locations/A", {"name": "Aisle"})
    assert wire("device", "GET", "locations", headers={"If-None-Match": tag}).status_code == 200


def test_a_site_of_many_locations_comes_gzipped_to_who_takes_it(wire: Wire) -> None:
    demo.load()
    plain = wire("device", "GET", "locations?since=0&limit=500")
    packed = wire("device", "GET", "locations?since=0&limit=500", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) * 5 < len(plain.data)


def test_one_location_is_told_with_how_many_are_below_it(wire: Wire) -> None:
    wire.send("locations", "code,parent\nA,\nA/1,A\nA/2,A\n")
    assert (wire.get("locations/A")["children"], wire.get("locations/A%2F1")["parent"]) == (2, "A")
    assert wire.get("locations/B", status=404)["code"] == "not_found"


@pytest.mark.sqlite_only
def test_what_a_row_touches_is_found_by_key_however_large_the_site_is(app: Flask) -> None:
    steps = []
    demo.load()
    with reading() as tx:
        driver: Any = tx.connection.dbapi_connection
        driver.set_progress_handler(lambda: steps.append(1), 10)
        known = storing.load(tx, 1, [Said(2, "A-01-01")])
        driver.set_progress_handler(None, 0)
    assert {"A-01-01", "A-01", "A"} <= {place.code for place in known.places.values()}
    assert len(steps) * 10 < 1_000, "as many steps as the site has locations"
