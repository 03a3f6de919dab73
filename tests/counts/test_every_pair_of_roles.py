"""I10 and I12, for every pair of roles: who counted never approves what was counted, whatever else they may do; who didn't, if a supervisor."""

import itertools

import pytest

from app import access, times
from tests.counts.test_counting import MINUTE, approve, decision, plan, received, reconciliation
from tests.shop import Gun, Shop, key

PAIRS = list(itertools.combinations_with_replacement(access.ROLES, 2))


@pytest.fixture
def start() -> int:
    return times.now() - 600 * MINUTE


def test_who_counted_never_approves_and_who_did_not_may_as_a_supervisor(shop: Shop, start: int) -> None:
    received(shop, start, PEN=100)
    wrong = []
    left = 100
    for number, pair in enumerate(PAIRS, 1):
        ann, other = key(shop.app, "Ann", *set(pair)), key(shop.app, f"Other {number}", *set(pair))
        code = plan(shop, "A-01")["code"]
        left -= 1
        at = start + (number * 10) * MINUTE
        shop.gun.send(
            shop.gun.scan("count", at=at, sheet=f"{code}-001", barcode="PEN", quantity=str(left)),
            shop.gun.scan("finish", at=at + MINUTE, sheet=f"{code}-001"),
        )
        seen = reconciliation(shop, code)["hash"]
        may = "supervisor" in pair

        def say(who: Gun, hashed: str, code: str = code) -> str:
            answer = approve(shop, code, decision(shop, code, "PEN", "accept"), who=who, seen=hashed)
            return str(answer.json.get("code") if answer.status_code != 200 else answer.json["status"])

        told = [say(ann, seen), say(other, "0" * 64), say(other, seen)]
        if told != (["not_independent", "changed", "posted"] if may else ["forbidden"] * 3):
            wrong.append((pair, told))
        if not may:
            assert approve(shop, code, decision(shop, code, "PEN", "accept")).json["status"] == "posted"
        assert shop.on_hand("A-01", "PEN") == left
    assert wrong == []
    shop.proven()
