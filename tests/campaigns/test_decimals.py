"""Quantities are exact: in as text, out the same, sums to the last digit."""

import pytest

from campaigns import decimals
from campaigns.ground import ENGINES, Ground


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_decimals_come_back_as_they_went_in(ground: Ground, campaign_engine: str) -> None:
    print(decimals.campaign(ground, campaign_engine, 10_000, 1))
