"""Shift codes: device and server get the same eight characters only where they hold the same; a supervisor can look one up."""

import json
import uuid
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.scans import shiftcodes
from tests.shop import Shop

CASES = json.loads((Path(__file__).parents[1] / "cases" / "shiftcodes.json").read_text())


def test_device_and_server_make_the_same_code_of_the_same_numbers() -> None:
    assert [shiftcodes.code(c["stream"], c["held"], int(c["xor"], 16), c["epoch"]) for c in CASES] == [c["code"] for c in CASES]


@given(st.uuids(), st.integers(0, 2**40), st.integers(0, 2**128 - 1), st.uuids(), st.integers(0, 7), st.sampled_from(shiftcodes.ALPHABET))
def test_one_wrong_character_is_noticed(stream: uuid.UUID, held: int, xor: int, epoch: uuid.UUID, place: int, wrong: str) -> None:
    code = shiftcodes.code(str(stream), held, xor, str(epoch))
    assert shiftcodes.read(code) == shiftcodes.number(str(stream), held, xor, str(epoch))
    assert shiftcodes.read(f"{code[:4]}-{code[4:]}".lower().replace("0", "o").replace("1", "l")) is not None
    changed = code[:place] + wrong + code[place + 1 :]
    assert changed == code or shiftcodes.read(changed) is None


def test_the_proof_names_its_code_and_the_code_names_the_proof(shop: Shop) -> None:
    g = shop.gun
    g.do("look", location="A-01")
    g.do("look", location="A-01")
    proof = g.get(f"/api/v1/streams/{g.stream}/proof").json
    assert proof["code"] == shiftcodes.code(g.stream, 2, g.xor, proof["epoch"])
    found = shop.person("supervisor").get(f"/api/v1/shift-codes/{proof['code'][:4]}-{proof['code'][4:]}").json
    assert (found["stream"], found["held"], found["since"]) == (g.stream, 2, 0)
    assert sum(row["scans"] for row in found["operators"]) == 2


def test_an_earlier_code_is_found_after_more_scans_and_says_how_many(shop: Shop) -> None:
    g = shop.gun
    g.do("look", location="A-01")
    early = g.get(f"/api/v1/streams/{g.stream}/proof").json["code"]
    for _ in range(3):
        g.do("look", location="A-01")
        shop.other_gun.do("look", location="A-01")
    found = shop.person("supervisor").get(f"/api/v1/shift-codes/{early}").json
    assert (found["stream"], found["held"], found["since"]) == (g.stream, 1, 3)


def test_a_code_of_what_the_device_made_is_not_found_while_a_scan_is_missing(shop: Shop) -> None:
    g = shop.gun
    g.do("look", location="A-01")
    g.scan("look", location="A-01")
    epoch = g.get(f"/api/v1/streams/{g.stream}/proof").json["epoch"]
    wrong = shiftcodes.code(g.stream, 2, g.xor, epoch)
    assert shop.person("supervisor").get(f"/api/v1/shift-codes/{wrong}").status_code == 404


def test_what_is_no_code_is_told_so(shop: Shop) -> None:
    for typed in ("12345678", "short", "UUUUUUUU", "1234-5678-9"):
        assert shop.person("supervisor").get(f"/api/v1/shift-codes/{typed}").status_code == 400


def test_a_device_can_not_look_up_codes(shop: Shop) -> None:
    assert shop.gun.get("/api/v1/shift-codes/00000000").status_code == 403
