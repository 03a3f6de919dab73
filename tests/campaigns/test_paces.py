"""Ten scans a second, by real keys, on a slow gun: all of them count, in order."""

from playwright.sync_api import Playwright

from campaigns import paces
from campaigns.ground import Ground


def test_a_slow_gun_counts_ten_real_scans_a_second_in_order(ground: Ground, playwright: Playwright) -> None:
    outcome = paces.campaign(ground, 10, 1, playwright, sample=True)
    print(outcome)
    assert outcome.done == 30
