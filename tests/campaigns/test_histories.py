"""Counts while stock moves, late and out of order, against a model that knows the truth."""

import pytest

from campaigns import histories
from campaigns.ground import Ground


@pytest.mark.parametrize(("campaign_engine", "size", "seed"), [("sqlite", 200, 1), ("postgres", 50, 10_001)])
def test_counting_is_not_distorted_by_what_moves_meanwhile(ground: Ground, campaign_engine: str, size: int, seed: int) -> None:
    outcome = histories.campaign(ground, campaign_engine, seed, size)
    print(outcome)
    assert outcome.done == size
