"""I11: a counter can't learn the expected quantity of an open blind count: every GET is crawled for a planted number."""

import gzip
import io
import itertools
import re
import zipfile
from typing import Any

import pytest
from flask import Flask

from app import access, times
from tests.counts.test_counting import MINUTE, plan, received
from tests.shop import Gun, Shop

PLANTED = 7_654_300
"""On hand at A-01; with the 21 at A-02 in any sum, and with what is counted in any difference, it still begins alike."""
TELLING = re.compile(rb"76543\d\d(?!\d)")
FOUND_AT = {
    "barcode": "PEN", "batch": "x", "code": "K1", "count": "K1", "export": "1", "file": "x", "group": "location", "id": "1", "kind": "location",
    "line": "1", "location": "A-01", "name": "x", "number": "1", "rule": "1", "scan": "x", "sheet": "K1-001", "sku": "PEN", "symbology": "x",
    "import": "1", "person": "1", "device": "1", "lot": "L1", "path": "index.html", "format": "json",
}  # fmt: skip
"""What the variables of paths are filled with; others by 1, the number of the first of anything."""


def asked(shop: Shop) -> dict[str, list[str]]:
    """Values that a counter could try for the parameters of queries; what came from SUPPLIER is what is on hand, without its sign."""
    now = times.wire(times.now())
    return {
        "location": ["A-01", "A-02", "MAIN", "SUPPLIER"], "sku": ["PEN"], "code": ["A-01", "PEN", "SUPPLIER"], "site": ["MAIN"], "since": ["0"],
        "limit": ["500"], "at": [now], "journal": ["1", "99"], "lot": [""], "count": ["K1"], "status": ["open"], "archived": ["false"],
        "q": ["PEN"], "zone": ["A-01"], "totals": ["true"], "expected": ["1"], "open": ["true"], "device": ["1"], "format": ["csv"],
    }  # fmt: skip


def crawled(app: Flask, shop: Shop, who: Gun, kinds: frozenset[str]) -> set[str]:
    """Return the rules of the GET routes, of those that `kinds` of callers may use, whose answers held the number; 0 is no answer at all."""
    spec = shop.person("administrator").get("/api/v1/openapi.json").json["paths"]
    values, telling, answered = asked(shop), set(), 0
    for rule in app.url_map.iter_rules():
        allowed = access.declared(app.view_functions[rule.endpoint])
        if "GET" not in (rule.methods or ()) or allowed is None or not allowed & kinds:
            continue
        path = re.sub(
            r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", lambda part: who.stream if part[1] == "stream" else FOUND_AT.get(part[1], "1"), rule.rule
        )
        described = spec.get(re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule), {}).get("get", {})
        names = [p["name"] for p in described.get("parameters", []) if p["in"] == "query" and p["name"] in values]
        for many in range(min(len(names), 3) + 1):
            for chosen in itertools.combinations(names, many):
                for filled in itertools.product(*(values[name] for name in chosen)):
                    query = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in zip(chosen, filled, strict=True))
                    answer = who.get(f"{path}?{query}")
                    assert answer.status_code < 500, (path, query)
                    answered += answer.status_code == 200
                    if TELLING.search(opened(answer)):
                        telling.add(rule.rule)
    assert answered >= 50
    return telling


def opened(answer: Any) -> bytes:
    """Return the bytes of an answer as one would read them: unpacked, without thousands' separators."""
    raw: bytes = answer.data
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as file:
            raw = b"\n".join(opened(Packed(file.read(name))) for name in file.namelist())
    return re.sub(rb"(?<=\d)[,.' ](?=\d{3})", b"", raw)


class Packed:
    def __init__(self, data: bytes) -> None:
        self.data = data


def planted(shop: Shop, **terms: Any) -> None:
    received(shop, times.now() - 120 * MINUTE, PEN=PLANTED)
    shop.person("supervisor").send(shop.person("supervisor").scan("receive", location="A-02", barcode="PEN", quantity="21"))
    plan(shop, "A-01", **terms)
    shop.other_gun.send(shop.other_gun.scan("count", location="A-01", barcode="PEN", quantity="7", sheet="K1-001"))


def test_a_counter_finds_the_planted_number_nowhere(app: Flask, shop: Shop) -> None:
    planted(shop)
    assert crawled(app, shop, shop.gun, frozenset({access.DEVICE})) == set()
    assert crawled(app, shop, shop.other_gun, frozenset({access.DEVICE})) == set()
    assert crawled(app, shop, shop.person("operator"), frozenset({"operator"})) == set()


def test_control_the_same_crawl_finds_it_where_it_may_be_known(app: Flask, shop: Shop) -> None:
    planted(shop)
    office = crawled(app, shop, shop.person("supervisor"), frozenset({"operator", access.DEVICE, "supervisor"}))
    assert {"/api/v1/stock", "/api/v1/lookup", "/api/v1/moves", "/api/v1/counts/<code>/reconciliation"} <= office


def test_control_a_count_that_is_not_blind_hides_nothing(app: Flask, shop: Shop) -> None:
    planted(shop, blind=False)
    assert {"/api/v1/stock", "/api/v1/lookup"} <= crawled(app, shop, shop.gun, frozenset({access.DEVICE}))


@pytest.mark.parametrize("blind", [True, False], ids=["blind", "control"])
def test_a_receipt_tells_nothing_by_how_much_is_there(shop: Shop, blind: bool) -> None:
    planted(shop, blind=blind)
    told = []
    for quantity in ("1", str(PLANTED * 10)):
        receipt = shop.gun.do("pick", location="A-01", barcode="PEN", quantity=quantity)
        told.append({name: value for name, value in receipt.items() if name not in ("id", "journal")})
    assert (told[0] == told[1]) == blind
