"""Power cuts: what was acknowledged is on the disk."""

from campaigns import power
from campaigns.ground import Ground


def test_nothing_acknowledged_is_lost_by_a_power_cut(ground: Ground) -> None:
    outcome = power.campaign(ground, 25, 1)
    print(outcome)
    assert outcome.done >= 5
