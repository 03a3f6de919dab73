"""kill -9 of the browser: what beeped is on the server, once."""

from playwright.sync_api import Playwright

from campaigns import browsers
from campaigns.ground import Ground


def test_nothing_that_beeped_is_lost_by_kill_9_of_the_browser(ground: Ground, playwright: Playwright) -> None:
    outcome = browsers.campaign(ground, 5, 1, playwright)
    print(outcome)
    assert outcome.done == 5
