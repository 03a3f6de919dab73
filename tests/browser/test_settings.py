"""The page of settings: a site's rules with a reason, reason codes in order with accounts, profiles that are tried before they are saved."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import PATIENCE, Server, counted, go


@pytest.fixture(scope="module")
def page(chromium: Browser, server: Server, signed_in: object) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1180, "height": 820}, storage_state=signed_in)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    page.goto(f"{server.base}/console")
    yield page
    context.close()


def test_a_site_is_changed_with_a_reason_that_is_kept(page: Page, server: Server) -> None:
    go(page, "Settings")
    save = page.get_by_role("button", name="Save the settings")
    page.get_by_label("Second approver above this value").fill("250.50")
    page.get_by_role("radio", name="One person may do more").check()
    expect(save).to_be_disabled()
    page.get_by_label("Why is it changed?").fill("night shift of two")
    save.click()
    expect(page.get_by_label("Why is it changed?")).to_have_value("")
    site = next(row for row in server.call("GET", "/api/v1/sites")["rows"] if row["code"] == "MAIN")
    assert (site["independence"], site["second_above"]) == ("declare", "250.50")
    deeds = [row for row in server.call("GET", "/api/v1/audit?limit=500")["rows"] if row["deed"] == "site_put"]
    assert deeds[-1]["reason"] == "night shift of two"
    page.get_by_role("radio", name="Counter, recounter and approver").check()
    page.get_by_label("Second approver above this value").fill("a lot")
    page.get_by_label("Why is it changed?").fill("back")
    save.click()
    page.locator(".notice.bad", has_text="Not a value.").wait_for()
    page.get_by_label("Second approver above this value").fill("")
    save.click()
    expect(page.get_by_label("Why is it changed?")).to_have_value("")


def test_a_site_says_when_rules_run_and_what_its_own_codes_mean(page: Page, server: Server) -> None:
    go(page, "Settings")
    page.get_by_text("as the server was started (04:00)").wait_for()
    page.get_by_label("When rules run each day").fill("21:30")
    page.get_by_text("At 21:30 UTC, which is").wait_for()
    page.get_by_label("What the digits mean").fill("21iiiiiwwwwwc=kg3, 22")
    page.get_by_label("Why is it changed?").fill("a scale for cheese")
    page.get_by_role("button", name="Save the settings").click()
    page.locator(".notice.bad", has_text="22 is no pattern").wait_for()
    page.get_by_label("What the digits mean").fill("21iiiiiwwwwwc=kg3")
    page.get_by_role("button", name="Save the settings").click()
    expect(page.get_by_label("Why is it changed?")).to_have_value("")
    site = next(row for row in server.call("GET", "/api/v1/sites")["rows"] if row["code"] == "MAIN")
    assert (site["plan_at"], site["in_store"]) == ("21:30", "21iiiiiwwwwwc=kg3")
    server.call("PUT", "/api/v1/sites/MAIN", {"plan_at": None, "in_store": None, "reason": "the scale went"})


def test_reason_codes_are_added_renamed_ordered_and_retired_never_deleted(page: Page, server: Server) -> None:
    go(page, "Settings")
    page.get_by_role("link", name="Reason codes").click()
    page.get_by_role("button", name="Add a reason code").press("Enter")
    page.keyboard.type("lost")
    page.get_by_text("There is such a code already").wait_for()
    page.get_by_label("Code (as it is exported)").fill("theft")
    page.get_by_label("Name").fill("Stolen")
    page.get_by_label("Account", exact=True).fill("6960")
    page.get_by_label("Account of what was found").fill("2660")
    page.get_by_role("button", name="Save").click()
    row = page.locator("tr[data-reason=theft]")
    expect(row).to_contain_text("Stolen")
    expect(row).to_contain_text("2660")
    page.get_by_role("button", name="Change Stolen").click()
    page.get_by_label("Name").fill("Stolen goods")
    page.get_by_label("Name").press("Enter")
    page.get_by_role("button", name="Stolen goods: further up").click()
    expect(page.locator("tr[data-reason]").nth(-2)).to_contain_text("Stolen goods")
    page.get_by_role("button", name="Retire Stolen goods").click()
    expect(row).to_contain_text("retired")
    kept = server.call("GET", "/api/v1/reason-codes")["rows"]
    assert [one["code"] for one in kept[-2:]] == ["theft", "wrong_location"]
    assert kept[-2]["archived"]


def test_a_profile_is_made_tried_changed_chosen_and_deleted(page: Page, server: Server) -> None:
    count = counted(server, server.bins()[-6])
    go(page, "Settings")
    page.get_by_role("link", name="CSV profiles").click()
    page.get_by_text("No profiles yet").wait_for()
    page.get_by_role("button", name="Add a profile").click()
    page.keyboard.type("DATEV")
    page.locator("pre.sample", has_text="count;location;sku").wait_for()
    page.get_by_role("button", name="Leave out count", exact=True).click()
    page.get_by_role("button", name="sku: further up").click()
    page.get_by_label("What sku is called").fill("Artikel")
    page.locator("pre.sample", has_text="Artikel;location;name").wait_for()
    page.get_by_label("Times").fill("tomorrow")
    page.locator(".notice.bad", has_text="Write it of YYYY").wait_for()
    page.get_by_label("Times").fill("DD.MM.YYYY")
    page.locator("pre.sample").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change DATEV").click()
    page.get_by_role("button", name="Take in count", exact=True).click()
    page.locator("pre.sample", has_text=";count").wait_for()
    page.get_by_role("button", name="Save").click()
    page.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    page.get_by_label("CSV profile").select_option("DATEV")
    with page.expect_download() as made:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert made.value.path().read_bytes().startswith(b"Artikel;location;name;")
    page.goto(f"{server.base}/console#/settings/profiles")
    page.get_by_role("button", name="Delete DATEV").click()
    page.get_by_role("button", name="Really delete").click()
    page.get_by_text("No profiles yet").wait_for()
