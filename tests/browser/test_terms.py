"""What holds for a count is said in one form, for a count that a person plans and for a rule."""

from playwright.sync_api import Page, expect

from tests.browser.harness import Server


def say(desk: Page, sku: str, zone: str) -> None:
    """Say all of it: near enough in general, for a product, below a location, for a class; a second approver."""
    desk.get_by_label("Second approver above this value").fill("250.5")
    desk.get_by_label("Percent").fill("2")
    add = desk.get_by_role("button", name="Another tolerance for some")
    for number, (of, name, quantity) in enumerate((("of a product", sku, "1"), ("of what lies below a location", zone, "3")), 1):
        add.press("Enter")
        one = desk.get_by_role("group", name=f"Another tolerance, {number}")
        one.get_by_label(f"Another tolerance, {number}").select_option(of)
        one.get_by_label("SKU" if number == 1 else "Location", exact=True).fill(name)
        one.get_by_label("Quantity").fill(quantity)
    add.click()
    one = desk.get_by_role("group", name="Another tolerance, 3")
    one.get_by_label("Another tolerance, 3").select_option("of a class")
    one.get_by_label("of a class").select_option("B")
    one.get_by_label("Value").fill("9.5")


def test_a_count_and_a_rule_are_planned_with_all_their_terms(desk: Page, server: Server) -> None:
    place = server.bins()[-7]
    sku, zone = server.call("GET", "/api/v1/products?limit=1")["rows"][0]["sku"], "A"
    wanted = [{"sku": sku, "quantity": "1"}, {"location": zone, "quantity": "3"}, {"abc": "B", "value": "9.5"}]
    desk.goto(f"{server.base}/console#/counts/new")
    desk.get_by_label("Find a location").fill(place)
    desk.get_by_role("checkbox", name=place).check()
    say(desk, sku, "NOWHERE")
    desk.get_by_role("button", name="Make the sheets").click()
    desk.locator(".notice.bad", has_text="NOWHERE: There is no such location.").wait_for()
    desk.get_by_role("group", name="Another tolerance, 2").get_by_label("Location", exact=True).fill(zone)
    desk.get_by_role("button", name="Make the sheets").click()
    title = desk.get_by_role("heading", name="Count K")
    title.wait_for()
    made = server.call("GET", f"/api/v1/counts/{title.inner_text().split()[1]}")
    assert (made["tolerance"], made["tolerances"], made["second_above"]) == ({"percent": "2"}, wanted, "250.5")
    server.call("POST", f"/api/v1/counts/{made['code']}/cancellation", {"reason": "a test"})
    desk.goto(f"{server.base}/console#/planning/new")
    desk.get_by_label("Code").fill("TERMS")
    desk.get_by_label("Name").fill("With terms")
    desk.get_by_label("Runs by itself").uncheck()
    say(desk, sku, zone)
    desk.get_by_role("button", name="Save this rule").click()
    desk.get_by_role("link", name="With terms").click()
    one = desk.get_by_role("group", name="Another tolerance, 1")
    expect(one.get_by_label("SKU", exact=True)).to_have_value(sku)
    one.get_by_role("button", name="Remove tolerance 1").click()
    expect(desk.get_by_role("group", name="Another tolerance, 1").get_by_label("Location", exact=True)).to_have_value(zone)
    desk.get_by_role("button", name="Save this rule").click()
    desk.get_by_role("link", name="With terms").wait_for()
    kept = server.call("GET", "/api/v1/count-rules/TERMS")
    assert (kept["tolerance"], kept["tolerances"], kept["second_above"]) == ({"percent": "2"}, wanted[1:], "250.5")
    server.call("DELETE", "/api/v1/count-rules/TERMS")
