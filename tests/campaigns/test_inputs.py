"""Schemathesis: what the API description says is true, whatever is sent."""

from app import access
from campaigns import inputs
from campaigns.ground import Ground

SIZES = {"sqlite": 2_000, "postgres": 1_000}


def test_no_answer_is_a_5xx_or_undeclared(ground: Ground) -> None:
    for outcome, size in zip(inputs.together(ground, SIZES), SIZES.values(), strict=True):
        print(outcome)
        assert outcome.done >= size * 0.9
        assert outcome.facts["callers of each"] == len(access.ROLES) + 2, "each role, a device and nobody"
