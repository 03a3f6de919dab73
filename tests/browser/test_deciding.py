"""Deciding about lines: what is undecided, why the book was wrong, and who counted."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.harness import Gun, Server, counted

Guns = Callable[..., Gun]


def review(desk: Page, server: Server, count: str) -> list[str]:
    """Open the review; return the lines."""
    desk.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    desk.locator("tr[data-line]").first.wait_for()
    return [str(row.get_attribute("data-line")) for row in desk.locator("tr[data-line]").all()]


def undecided(desk: Page) -> str:
    return desk.locator(".totals dl div", has_text="Undecided").locator("dd").inner_text()


def test_the_undecided_are_the_same_number_everywhere_before_and_after_saving(desk: Page, server: Server) -> None:
    lines = review(desk, server, counted(server, server.bins()[100]))
    for left in range(len(lines), 0, -1):
        assert undecided(desk) == str(left)
        desk.get_by_role("button", name=f"Undecided ({left})").wait_for()
        desk.locator(f'tr[data-line="{lines[left - 1]}"]').get_by_label("Decision for").select_option("accept")
    assert undecided(desk) == "0"
    desk.get_by_role("button", name="Undecided (0)").wait_for()
    desk.get_by_role("button", name=re.compile("Save decisions")).click()
    desk.get_by_text("Decisions saved").wait_for()
    assert undecided(desk) == "0"


def test_a_line_without_a_decision_is_named_by_its_place_and_product(desk: Page, server: Server) -> None:
    bin_ = server.bins()[101]
    *others, last = review(desk, server, counted(server, bin_))
    for line in others:
        row = desk.locator(f'tr[data-line="{line}"]')
        row.get_by_label("Decision for").select_option("accept")
        row.get_by_label("Reason for").select_option("unknown")
    sku = desk.locator(f'tr[data-line="{last}"]').get_by_label("Decision for").get_attribute("aria-label")
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_text("1 line is undecided").wait_for()
    desk.get_by_role("button", name="Yes, post it").click()
    said = desk.locator(".notice.bad")
    said.get_by_text(f"1 line needs a person. {str(sku).removeprefix('Decision for ')}: It needs a decision.").wait_for()
    assert last not in said.inner_text()


def test_accepting_a_difference_asks_for_a_reason_in_a_word_or_in_own_words(desk: Page, server: Server) -> None:
    lines = review(desk, server, counted(server, server.bins()[102]))
    rows = [desk.locator(f'tr[data-line="{line}"]') for line in lines]
    for row in rows:
        row.get_by_label("Decision for").select_option("accept")
    for row in rows[1:]:
        row.get_by_label("Reason for").select_option("wrong_location")
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_text("Give a reason for 1 line that you accept though it differs").wait_for()
    expect(desk.get_by_role("button", name="Yes, post it")).to_have_count(0)
    rows[0].get_by_label("Reason for").select_option("own")
    rows[0].get_by_label("Own reason for").fill("flood of the night")
    desk.get_by_role("button", name="Approve and post").click()
    expect(desk.get_by_text("Give a reason")).to_have_count(0)
    desk.locator(".deeds").get_by_text("You approve exactly this content").wait_for()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()
    rows[0].get_by_text("flood of the night").wait_for()
    rows[1].get_by_text("Was at another location").wait_for()


def test_a_count_by_a_badge_that_nobody_knows_says_so(desk: Page, server: Server) -> None:
    count = counted(server, server.bins()[103], operator="OP-999")
    desk.goto(f"{server.base}/console#/counts/{count}")
    desk.locator("tr", has_text=server.bins()[103]).get_by_text("OP-999").wait_for()
    lines = review(desk, server, count)
    desk.locator(f'tr[data-line="{lines[0]}"]').get_by_text("counted by an unknown badge").wait_for()
