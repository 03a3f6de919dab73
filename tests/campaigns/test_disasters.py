"""Full and read-only disks; backup, destroy, restore, send again."""

import pytest

from campaigns import disks, restores
from campaigns.ground import ENGINES, Ground


def test_a_full_or_read_only_disk_loses_nothing(ground: Ground) -> None:
    outcome = disks.campaign(ground, 1)
    print(outcome)
    assert outcome.done == 2


@pytest.mark.parametrize("campaign_engine", ENGINES)
def test_after_a_restore_the_devices_send_again(ground: Ground, campaign_engine: str) -> None:
    print(restores.campaign(ground, campaign_engine, 1))
