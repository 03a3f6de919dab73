"""kill -9 of the server and of the database: what was acknowledged is there, what is sent again counts once."""

import pytest

from campaigns import kills
from campaigns.ground import ENGINES, Ground


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_nothing_acknowledged_is_lost_by_kill_9(ground: Ground, campaign_engine: str) -> None:
    outcome = kills.campaign(ground, campaign_engine, 5 if campaign_engine == "sqlite" else 1, 1)
    print(outcome)
    assert outcome.done >= 5
