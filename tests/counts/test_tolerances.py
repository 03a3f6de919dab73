"""Tolerances by product, location and class: the most specific holds."""

from typing import Any

import pytest

from app import times
from app.counts.tolerances import rules
from app.counts.variance import Tolerance
from tests.callers import problem
from tests.counts.test_counting import INK, MINUTE, PEN, lines, plan, received, reconciliation
from tests.shop import Shop


def test_the_most_specific_tolerance_holds() -> None:
    of = rules(
        {"quantity": "1"},
        [
            {"abc": "A", "quantity": "2"}, {"location": "ZONE", "quantity": "3"}, {"location": "BIN", "quantity": "4", "value": "0.5"},
            {"sku": "PEN", "percent": "5"}, {"sku": "GOLD"},
        ],
        {"ZONE": 7, "BIN": 42},
    ).of  # fmt: skip
    assert of("INK", "/1/8/9/", "B") == of("INK", "/1/8/9/", None) == Tolerance(quantity=1_000_000)
    assert of("INK", "/1/8/9/", "A") == Tolerance(quantity=2_000_000)
    assert of("INK", "/1/7/9/", "A") == Tolerance(quantity=3_000_000)
    assert of("INK", "/1/7/42/", "A") == Tolerance(quantity=4_000_000, value=500_000)
    assert of("PEN", "/1/7/42/", "A") == Tolerance(percent=5_000_000)
    assert of("GOLD", "/1/7/42/", "A") == Tolerance()


def test_each_line_is_held_to_its_own_tolerance(shop: Shop) -> None:
    """
    PEN and INK 10 in A-01, counted 8 each: the count allows 1, the location 5; PEN allows nothing
    ROPE isn't in the book: never within, whatever is allowed
    """
    start = times.now() - 120 * MINUTE
    received(shop, start, PEN=10, INK=10)
    wanted = [{"location": "MAIN", "quantity": "5"}, {"sku": "PEN"}, {"sku": "ROPE", "quantity": "999"}]
    count = plan(shop, "A-01", tolerance={"quantity": "1"}, tolerances=wanted)
    assert count["tolerances"] == wanted
    shop.gun.send(
        *[
            shop.gun.scan("count", at=start + 60 * MINUTE, sheet="K1-001", barcode=code, quantity=quantity)
            for code, quantity in ((PEN, "8"), (INK, "8"), ("ROPE-REEL", "1"))
        ],
        shop.gun.scan("finish", at=start + 61 * MINUTE, sheet="K1-001"),
    )
    assert lines(shop, "K1") == ["A-01 INK 10 8 within accept", "A-01 PEN 10 8 outside", "A-01 ROPE 0 25.5 unexpected"]
    assert reconciliation(shop, "K1")["tolerances"] == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        {"quantity": "1"}, {"sku": "PEN", "abc": "A"}, {"sku": "NO-SUCH"}, {"location": "NOWHERE"}, {"sku": "PEN", "quantity": "1e3"},
        {"abc": "AB"}, {"abc": ""}, [{"abc": "A"}, {"abc": "A"}], "A",
    ],
)  # fmt: skip
def test_a_tolerance_that_can_not_be_held_is_refused(shop: Shop, wanted: Any) -> None:
    body = {"locations": ["A-01"], "tolerances": wanted if isinstance(wanted, list) else [wanted]}
    answer = shop.person("supervisor").call("POST", "/api/v1/counts", body)
    problem(answer, "bad_request")
    assert answer.json["errors"]
