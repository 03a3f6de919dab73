"""Guns and a supervisor, driven by hypothesis, against a model that knows the truth."""

import pytest

from campaigns import machine
from campaigns.ground import Ground


@pytest.mark.parametrize(("campaign_engine", "steps", "seed"), [("sqlite", 8_500, 1), ("postgres", 1_500, 1_001)])
def test_the_database_is_what_the_truth_says_after_each_step(ground: Ground, campaign_engine: str, steps: int, seed: int) -> None:
    outcome = machine.campaign(ground, campaign_engine, seed, steps)
    print(outcome)
    assert outcome.done >= steps
