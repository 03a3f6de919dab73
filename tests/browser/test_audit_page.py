"""The page of the audit trail: what was done, what that changed, filtered, older ones, and as a file."""

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def test_the_trail_shows_what_changed_and_leaves_as_a_file(desk: Page, server: Server) -> None:
    server.call("PUT", "/api/v1/sites/MAIN", {"proof": "enforce", "reason": "the auditor <b>asked</b>"})
    server.call("PUT", "/api/v1/sites/MAIN", {"proof": "declare", "reason": "and asked again"})
    go(desk, "Audit trail")
    rows = desk.locator(".trail tbody tr")
    expect(rows.first).to_contain_text("site changed")
    expect(rows.first.locator("dl")).to_contain_text("proof")
    expect(rows.first.locator("del")).to_have_text("enforce")
    expect(rows.first.locator("ins")).to_have_text("declare")
    desk.get_by_label("Any text").fill("<b>ASKED")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("the auditor <b>asked</b>")
    with desk.expect_download() as file:
        desk.get_by_role("link", name="CSV").click()
    assert [line.split(",")[2] for line in file.value.path().read_text().splitlines()] == ["deed", "site_put"]
    desk.get_by_label("To", exact=True).fill("2020-01-01")
    expect(desk.get_by_text("Nothing on the trail fits")).to_be_visible()
    desk.get_by_label("To", exact=True).fill("2099-01-01")
    expect(rows).to_have_count(1)
    desk.get_by_label("Any text").fill("")
    desk.get_by_label("What was done").select_option("device_enrolled")
    desk.locator("#filter-of").select_option("global")
    expect(desk.get_by_text("Nothing on the trail fits")).to_be_visible()
    desk.get_by_label("What was done").select_option("")
    expect(rows.filter(has_text="person").first).to_be_visible()


def test_older_deeds_follow(desk: Page, server: Server) -> None:
    for n in range(51):
        server.call("PUT", "/api/v1/sites/MAIN", {"proof": ("enforce", "declare")[n % 2], "reason": f"turn {n}"})
    server.call("PUT", "/api/v1/sites/MAIN", {"proof": "declare", "reason": "at rest"})
    go(desk, "Audit trail")
    rows = desk.locator(".trail tbody tr")
    expect(rows).to_have_count(50)
    desk.get_by_role("button", name="Older ones").click()
    expect(rows).not_to_have_count(50)
    numbers = [int(text) for text in desk.locator(".trail td:first-child .code").all_inner_texts()]
    assert numbers == sorted(set(numbers), reverse=True)
