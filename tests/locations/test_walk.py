"""The walking order, check digits, ranges, searching and browsing, over the wire and below it."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import reading
from app.locations import checkdigits, walk
from tests.calling import Wire


def post(wire: Wire, body: Any, status: int = 200, who: str = "supervisor") -> Any:
    found = wire(who, "POST", "locations/ranges", json=body)
    assert found.status_code == status, found.text
    return found.json


def below(wire: Wire, parent: str = "MAIN") -> list[str]:
    return [row["code"] for row in wire.get(f"locations?parent={parent}&limit=500")["rows"] if row["kind"] != "virtual"]


def rows(wire: Wire) -> dict[str, Any]:
    return {row["code"]: row for row in wire.get("locations?limit=500")["rows"]}


def test_numbers_in_codes_are_walked_as_numbers() -> None:
    codes = ["A-2", "A-10", "A-02-1", "A-1", "B-1", "a-3", "A"]
    assert sorted(codes, key=lambda code: walk.key(None, code)) == ["A", "A-1", "A-2", "A-02-1", "a-3", "A-10", "B-1"]


@given(st.integers(0, walk.MOST), st.integers(0, walk.MOST), st.text(max_size=20), st.text(max_size=20))
def test_a_number_comes_before_every_code_without_one(one: int, other: int, code: str, another: str) -> None:
    assert (walk.key(one, code) < walk.key(other, another)) or one >= other
    assert walk.key(one, code).encode() < walk.key(None, another).encode()


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_natural_order_is_the_order_of_numbers(one: int, other: int) -> None:
    assert (walk.natural(f"A-{one}-9") < walk.natural(f"A-{other}-1")) == (one < other or False) or one == other


def test_check_digits_are_stable_two_digits_and_never_how_the_code_ends() -> None:
    assert [checkdigits.digits("00" * 16, f"A-01-{n:02}") for n in range(1, 6)] == ["31", "97", "89", "65", "44"]
    for n in range(2000):
        assert not f"A-{n:04}".endswith(checkdigits.digits("key", f"A-{n:04}"))


def test_check_digits_are_spread_and_of_another_site_others() -> None:
    chance = random.Random(4)
    codes = {f"{chance.choice('ABC')}-{chance.randrange(100):02}-{chance.randrange(100):02}" for _ in range(5000)}
    drawn = [checkdigits.digits("one", code) for code in codes]
    assert {len(pair) for pair in drawn} == {2}
    assert len(set(drawn)) == 100
    assert max(drawn.count(pair) for pair in set(drawn)) < 3 * len(codes) / 100
    assert sum(checkdigits.digits("other", code) == pair for code, pair in zip(codes, drawn, strict=True)) < 3 * len(codes) / 100


def test_a_rack_is_made_at_once_with_its_aisles_and_again_changes_nothing(wire: Wire) -> None:
    wire.put("locations/A", {"kind": "zone"})
    body = {"from": "A-01-01", "to": "A-40-06", "parent": "A", "levels": ["aisle"], "name": "Bin {code}"}
    told = post(wire, body | {"dry_run": True})
    assert told == {
        "dry_run": True, "count": 240, "made": 240, "existing": 0, "above": 40, "first": "A-01-01", "last": "A-40-06", "collisions": [],
        "collisions_total": 0,
    }  # fmt: skip
    assert below(wire, "A") == []
    assert post(wire, body) == told | {"dry_run": False}
    assert below(wire, "A") == [f"A-{n:02}" for n in range(1, 41)]
    found = rows(wire)
    assert {k: found["A-07-03"][k] for k in ("name", "kind", "parent", "walk")} == {
        "name": "Bin A-07-03", "kind": "bin", "parent": "A-07", "walk": None,
    }  # fmt: skip
    assert found["A-07"]["kind"] == "aisle"
    before = wire.get("locations?since=0")["journal"]
    assert post(wire, body) == told | {"dry_run": False, "made": 0, "existing": 240, "above": 0}
    assert wire.get("locations?since=0")["journal"] == before


def test_what_is_there_already_stays_as_it_is(wire: Wire) -> None:
    wire.put("locations/A-2", {"name": "Mine", "kind": "dock"})
    assert post(wire, {"from": "A-1", "to": "A-3", "walk": 100})["made"] == 2
    found = rows(wire)
    assert (found["A-2"]["name"], found["A-2"]["kind"], found["A-2"]["walk"]) == ("Mine", "dock", None)
    assert [found[code]["walk"] for code in ("A-1", "A-3")] == [100, 120]


def test_a_rack_is_made_whole_or_not_at_all(wire: Wire) -> None:
    wire.put("locations/a-2", {})
    told = post(wire, {"from": "A-1", "to": "A-3", "dry_run": True})
    assert (told["collisions_total"], told["collisions"][0]["code"]) == (1, "A-2")
    assert post(wire, {"from": "A-1", "to": "A-3"}, 409)["code"] == "code_collides"
    assert "A-1" not in rows(wire)
    for wrong, field in (
        ({"to": "A-0"}, "to"),
        ({"parent": "X"}, "parent"),
        ({"levels": ["aisle"]}, "levels"),
        ({"steps": [1, 1]}, "steps"),
    ):
        assert post(wire, {"from": "A-1", "to": "A-3"} | wrong, 400)["errors"][0]["field"] == field
    assert post(wire, {"from": "A-1", "to": "A-3"}, 403, "operator")["code"] == "forbidden"


def test_the_walk_follows_the_numbers_then_the_natural_order(wire: Wire) -> None:
    post(wire, {"from": "A-8", "to": "A-11"})
    assert below(wire) == ["A-8", "A-9", "A-10", "A-11"]
    wire.put("locations/A-11", {"walk": 5})
    wire.put("locations/A-9", {"walk": 30})
    assert below(wire) == ["A-11", "A-9", "A-8", "A-10"]
    wire.put("locations/A-9", {"walk": None})
    assert below(wire) == ["A-11", "A-8", "A-9", "A-10"]
    wire.send("locations", "code,walk,blocked,single_product\nA-10,1,yes,1\n")
    assert below(wire)[0] == "A-10"
    assert (rows(wire)["A-10"]["blocked"], rows(wire)["A-10"]["single_product"]) == (True, True)
    report = wire.send("locations", "code,walk\nA-10,x\n", "mode=rows")
    assert report["rejected"][0]["field"] == "walk"


def test_a_file_gives_numbers_and_takes_them_away(wire: Wire) -> None:
    wire.send("locations", "code,walk\nA,10\nB,20\nC,\n")
    wire.send("locations", "code,walk\nA,-\nB,\nC,5\n")
    assert [(row["code"], row["walk"]) for row in wire.get("locations?archived=false")["rows"]] == [("C", 5), ("B", 20), ("A", None)]
    assert wire.send("locations", "code,walk\nA,--\n")["rejected"][0]["field"] == "walk"


def test_a_snake_is_walked_back_in_every_other_aisle(wire: Wire) -> None:
    post(wire, {"from": "A-1-1", "to": "A-2-2", "walk": 10, "snake": True})
    assert below(wire) == ["A-1-1", "A-1-2", "A-2-2", "A-2-1"]


def test_sheets_are_listed_in_walking_order_however_they_are_paged(wire: Wire) -> None:
    post(wire, {"from": "A-8", "to": "A-12"})
    wire.put("locations/A-12", {"walk": 1})
    assert wire("supervisor", "POST", "counts", json={"locations": ["MAIN"]}).status_code == 201
    wanted = ["A-12", "A-8", "A-9", "A-10", "A-11"]
    assert [(row["code"], row["location"]) for row in wire.get("sheets")["rows"]] == [
        (f"K1-{n:03}", code) for n, code in enumerate(wanted, 1)
    ]
    wire.put("locations/A-10", {"walk": 2})
    seen, after = [], ""
    while after is not None:
        page = wire.get(f"sheets?limit=2&after={after}", "device")
        seen += [row["location"] for row in page["rows"]]
        after = page["next"]
    assert seen == ["A-12", "A-10", "A-8", "A-9", "A-11"]
    assert [row["location"] for row in wire.get("counts/K1")["sheets"]] == seen
    assert wire.get("sheets?after=K9-999", status=400)["code"] == "bad_request"


def test_a_location_tells_its_check_digits_unless_the_site_has_none(wire: Wire) -> None:
    wire.put("locations/A-1", {})
    check = rows(wire)["A-1"]["check"]
    assert len(check) == 2
    assert check.isdigit()
    assert rows(wire)["SUPPLIER"]["check"] is rows(wire)["MAIN"]["check"] is None
    with reading() as tx:
        assert check == checkdigits.digits(tx.scalar(text("SELECT check_key FROM sites")) or "", "A-1")
    mark = wire.get("locations?since=0", "device")["next"]
    assert wire.put("sites/MAIN", {"check_digits": False}) == {
        "code": "MAIN",
        "name": "Main site",
        "check_digits": False,
        "independence": "enforce",
        "proof": "declare",
        "second_above": None,
        "plan_at": None,
        "in_store": None,
        "pin": "off",
        "idle_minutes": None,
    }
    changed = wire.get(f"locations?since={mark}", "device")["rows"]
    assert {row["code"]: row["check"] for row in changed}["A-1"] is None
    assert len({row["journal"] for row in changed}) == len(changed) == 9
    wire.put("sites/MAIN", {"check_digits": True}, "administrator")
    assert rows(wire)["A-1"]["check"] == check
    assert wire.put("sites/MAIN", {"check_digits": True}, "integration", 403)["code"] == "forbidden"
    assert wire.put("sites/NONE", {}, status=404)["code"] == "not_found"


def found(wire: Wire, query: str) -> list[str]:
    return [row["code"] for row in wire.get(f"locations?{query}")["rows"]]


def test_locations_are_found_by_words_in_code_and_name(wire: Wire) -> None:
    wire.send("locations", "code,kind,name\nA-1,bin,Small Screws\nA-10,bin,Große Schrauben\nB-1,dock,Dock A-1 side\n")
    assert found(wire, "search=a-1") == ["A-1", "A-10", "B-1"]
    assert found(wire, "search=B-1") == ["B-1"]
    assert found(wire, "search=schrauben gROSSE") == ["A-10"]
    assert found(wire, "search=screws dock") == []
    assert found(wire, "search=100%25") == []
    wire.put("locations/A-1", {"archived": True})
    assert found(wire, "search=a-1&archived=false") == ["A-10", "B-1"]
    assert found(wire, "search=a-1&archived=true") == ["A-1"]
    wire.put("locations/B-1", {"name": "Ramp"})
    assert found(wire, "search=dock") == []


def test_a_search_is_paged_with_the_very_code_first(wire: Wire) -> None:
    post(wire, {"from": "X-1", "to": "X-12"})
    wire.put("locations/Y", {"name": "X-1 of old", "walk": 1})
    seen: list[str] = []
    page = wire.get("locations?search=x-1&limit=2")
    assert page["total"] == 5
    while True:
        seen += [row["code"] for row in page["rows"]]
        if page["next"] is None:
            break
        page = wire.get(f"locations?search=x-1&limit=2&after={page['next']}")
    assert seen == ["X-1", "Y", "X-10", "X-11", "X-12"]


def test_the_tree_is_browsed_level_by_level(wire: Wire) -> None:
    wire.put("locations/A", {"kind": "zone"})
    post(wire, {"from": "A-1-1", "to": "A-2-3", "parent": "A", "levels": ["aisle"]})
    page = wire.get("locations?parent=A")
    assert [(row["code"], row["children"]) for row in page["rows"]] == [("A-1", 3), ("A-2", 3)]
    assert page["total"] == 2
    assert wire.get("locations?parent=NOWHERE", status=404)["code"] == "not_found"
