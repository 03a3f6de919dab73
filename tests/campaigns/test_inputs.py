"""Schemathesis: what the API description says is true, whatever is sent."""

import pytest

from app import access
from campaigns import inputs
from campaigns.ground import Ground


@pytest.mark.parametrize(("campaign_engine", "size"), [("sqlite", 2_000), ("postgres", 1_000)])
def test_no_answer_is_a_5xx_or_undeclared(ground: Ground, campaign_engine: str, size: int) -> None:
    outcome = inputs.campaign(ground, campaign_engine, size)
    print(outcome)
    assert outcome.done >= size * 0.9
    assert outcome.facts["callers of each"] == len(access.ROLES) + 2, "each role, a device and nobody"
