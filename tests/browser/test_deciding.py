"""Deciding about lines: what is undecided, why the book was wrong, and who counted."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import Server, counted


def review(desk: Page, server: Server, count: str) -> list[str]:
    """Open the review; return the lines."""
    desk.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    desk.locator("[role=row][data-line]").first.wait_for()
    return [str(row.get_attribute("data-line")) for row in desk.locator("[role=row][data-line]").all()]


def look_at(desk: Page, line: str) -> Locator:
    """Make a line the one that is looked at; return what is said of it."""
    desk.locator(f'[role=row][data-line="{line}"] .grid-location').click()
    panel = desk.locator(f'.panel.line[data-line="{line}"]')
    panel.wait_for()
    return panel


def undecided(desk: Page) -> Locator:
    return desk.locator(".totals dl div", has_text="Undecided").locator("dd")


def test_the_undecided_are_the_same_number_everywhere(desk: Page, server: Server) -> None:
    lines = review(desk, server, counted(server, server.bins()[100]))
    for left in range(len(lines), 0, -1):
        expect(undecided(desk)).to_have_text(str(left))
        desk.get_by_role("button", name=f"Undecided ({left})").wait_for()
        look_at(desk, lines[left - 1]).get_by_label("Decision for").select_option("accept")
    expect(undecided(desk)).to_have_text("0")
    desk.get_by_role("button", name="Undecided (0)").wait_for()
    desk.reload()
    desk.get_by_role("button", name="Undecided (0)").wait_for()


def test_a_line_without_a_decision_is_named_by_its_place_and_product(desk: Page, server: Server) -> None:
    bin_ = server.bins()[101]
    *others, last = review(desk, server, counted(server, bin_))
    for line in others:
        panel = look_at(desk, line)
        panel.get_by_label("Decision for").select_option("accept")
        panel.get_by_label("Reason for").select_option("unknown")
    about = str(look_at(desk, last).get_attribute("aria-label"))
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_text("1 line is undecided").wait_for()
    desk.get_by_role("button", name="Yes, post it").click()
    said = desk.locator(".notice.bad")
    said.get_by_text(f"1 line needs a person. {about}: It needs a decision.").wait_for()
    assert last not in said.inner_text()


def test_accepting_a_difference_asks_for_a_reason_in_a_word_or_in_own_words(desk: Page, server: Server) -> None:
    lines = review(desk, server, counted(server, server.bins()[102]))
    for line in lines:
        look_at(desk, line).get_by_label("Decision for").select_option("accept")
    for line in lines[1:]:
        look_at(desk, line).get_by_label("Reason for").select_option("wrong_location")
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_text("Give a reason for 1 line that you accept though it differs").wait_for()
    expect(desk.get_by_role("button", name="Yes, post it")).to_have_count(0)
    expect(desk.locator("[role=row][data-line]")).to_have_count(1)
    panel = look_at(desk, lines[0])
    panel.get_by_label("Reason for").select_option("own")
    panel.get_by_label("Own reason for").fill("flood of the night")
    panel.get_by_label("Own reason for").press("Enter")
    desk.get_by_text("1 line decided.").wait_for()
    desk.get_by_role("button", name="Approve and post").click()
    expect(desk.get_by_text("Give a reason")).to_have_count(0)
    desk.locator(".deeds").get_by_text("You approve exactly this content").wait_for()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()
    expect(desk.get_by_role("button", name="Without a reason")).to_have_count(0)
    look_at(desk, lines[0]).get_by_text("flood of the night").wait_for()
    look_at(desk, lines[1]).get_by_text("Was at another location").wait_for()


def test_a_count_by_a_badge_that_nobody_knows_says_so(desk: Page, server: Server) -> None:
    count = counted(server, server.bins()[103], operator="OP-999")
    desk.goto(f"{server.base}/console#/counts/{count}")
    desk.locator("tr", has_text=server.bins()[103]).get_by_text("OP-999").wait_for()
    lines = review(desk, server, count)
    look_at(desk, lines[0]).get_by_text("counted by an unknown badge").wait_for()
