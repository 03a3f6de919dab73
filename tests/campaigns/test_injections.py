"""Script payloads in every field, through every screen."""

from playwright.sync_api import Browser

from app.text import fold
from campaigns import injections, payloads
from campaigns.ground import Ground


def test_a_text_is_never_markup_or_script_on_any_screen(ground: Ground, chromium: Browser) -> None:
    outcome = injections.campaign(ground, 20, browser=chromium)
    print(outcome)
    assert outcome.done == 20


def test_there_are_three_hundred_payloads_and_the_sample_is_of_all_kinds() -> None:
    assert len(payloads.ALL) == len({fold(text) for text in payloads.ALL}) == 300
    assert all(len(text) <= 128 - len("strange") - 1 for text in payloads.ALL), max(payloads.ALL, key=len)
    few = payloads.sample(20)
    assert len(few) == 20
    assert all(any(text.startswith(out[:3]) for text in few) for out in payloads.WAYS_OUT)
