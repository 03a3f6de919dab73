"""The page of planning: a rule is made, tried, run once, and seen in the calendar; classes are shown before they are set."""

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def test_a_rule_is_made_tried_and_run_by_keyboard(desk: Page, server: Server) -> None:
    places = server.bins()[-3:-1]
    go(desk, "Planning")
    desk.get_by_role("link", name="Add a rule").press("Enter")
    expect(desk.get_by_label("Code")).to_be_focused()
    desk.keyboard.type("LAST")
    desk.keyboard.press("Tab")
    desk.keyboard.type("The last two")
    desk.get_by_label("Due is").select_option("list")
    desk.get_by_role("button", name="Preview").press("Enter")
    desk.locator(".notice.bad", has_text="Name at least one location").wait_for()
    desk.get_by_label("Locations", exact=True).fill(", ".join(places))
    desk.get_by_label("Locations a day at most").fill("1")
    desk.get_by_role("button", name="Preview").press("Enter")
    desk.get_by_role("heading", name="Today it plans 1 of 2 that are due (2 in all)").wait_for()
    expect(desk.locator("section[aria-labelledby=preview] tbody tr")).to_have_count(1)
    expect(desk.locator("section[aria-labelledby=preview]")).to_contain_text("on the list")
    desk.get_by_label("Name").press("Enter")
    row = desk.locator("section[aria-labelledby=rules] tbody tr", has_text="LAST")
    row.wait_for()
    expect(desk.locator("dl.bars dd").nth(0)).to_contain_text("LAST 1")
    expect(desk.locator("dl.bars dd").nth(1)).to_contain_text("LAST 1")
    expect(desk.locator("dl.bars dd").nth(2)).not_to_contain_text("LAST")
    row.get_by_role("button", name="Run now").press("Enter")
    desk.locator(".notice.good", has_text="1 location was planned").wait_for()
    row.get_by_role("button", name="Run now").press("Enter")
    desk.locator(".notice.good", has_text="has planned today already").wait_for()
    expect(desk.get_by_role("table", name="Planned and open")).to_contain_text("The last two")
    desk.locator(".notice.good a").click()
    desk.get_by_role("heading", name="Count K").wait_for()
    go(desk, "Planning")
    desk.get_by_role("link", name="The last two").click()
    expect(desk.get_by_label("Locations", exact=True)).to_have_value(" ".join(sorted(places)))
    desk.get_by_role("button", name="Archive").click()
    desk.get_by_role("heading", name="What comes").wait_for()
    expect(row).to_have_count(0)


def test_where_no_rule_is_active_the_calendar_says_so(desk: Page, server: Server) -> None:
    """Fourteen zeros would say that nothing is due."""
    asleep = [rule | {"active": False} for rule in server.call("GET", "/api/v1/count-rules")["rows"]]
    desk.route("**/api/v1/count-rules?*", lambda route: route.fulfill(json={"rows": asleep}))
    go(desk, "Planning")
    desk.get_by_text("No rule is active").wait_for()
    expect(desk.locator("dl.bars")).to_have_count(0)
    desk.unroute("**/api/v1/count-rules?*")


def test_classes_are_shown_before_they_are_set(desk: Page, server: Server) -> None:
    go(desk, "Planning")
    desk.get_by_role("checkbox", name="Leave classes").uncheck()
    desk.get_by_role("button", name="Compute classes").click()
    desk.get_by_text("A: ").wait_for()
    desk.get_by_role("button", name="Set ").click()
    desk.get_by_text("set.").wait_for()
    desk.get_by_role("button", name="Compute classes").click()
    desk.get_by_text("0 products change").wait_for()
