"""Many at once over real HTTP: nothing lost, nothing twice, one winner."""

import pytest

from campaigns import writers
from campaigns.ground import ENGINES, Ground


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_a_hot_balance_and_the_feed_are_exact_under_eight_writers(ground: Ground, campaign_engine: str) -> None:
    outcome = writers.hot(ground, campaign_engine, 4_000)
    print(outcome)
    assert outcome.done == 4_000


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_races_have_one_winner(ground: Ground, campaign_engine: str) -> None:
    print(writers.races(ground, campaign_engine, 3))
