"""Guns on a bad network: no scan is lost, none counts twice."""

import pytest

from campaigns import devices
from campaigns.ground import ENGINES, Ground


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_histories_of_guns_on_a_bad_network(ground: Ground, campaign_engine: str) -> None:
    outcome = devices.campaign(ground, campaign_engine, range(1, 101))
    print(outcome)
    assert outcome.done == 100
