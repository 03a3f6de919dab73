"""kill -9 of the server and of the database: what was acknowledged is there, what is sent again counts once."""

import time
from typing import Any

import pytest

from campaigns import Broken, kills
from campaigns.ground import ENGINES, Ground


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_nothing_acknowledged_is_lost_by_kill_9(ground: Ground, campaign_engine: str) -> None:
    outcome = kills.campaign(ground, campaign_engine, 5 if campaign_engine == "sqlite" else 1, 1)
    print(outcome)
    assert outcome.done >= 5


def test_a_disaster_that_fails_ends_the_load_and_is_told() -> None:
    class Box:
        def scan(self) -> None:
            time.sleep(0.01)

        def sync(self, most: int) -> bool:
            return True

    def fail() -> None:
        raise Broken("PostgreSQL doesn't start again")

    box: Any = Box()
    with pytest.raises(Broken, match="start again"):
        kills.load([box], 0.02, fail)
