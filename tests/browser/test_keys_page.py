"""The page of keys: one is made and shown once, listed by how it begins, and revoked."""

from playwright.sync_api import Page, expect

from tests.browser.harness import Server, go


def test_a_key_is_shown_once_and_revoked(desk: Page, server: Server) -> None:
    go(desk, "Keys")
    desk.get_by_role("button", name="Make a key").click()
    desk.get_by_label("Name of the program").fill("ERP <i>x</i>")
    desk.get_by_label("Ends on").fill("2099-12-31")
    desk.get_by_label("It may only read").check()
    desk.get_by_role("form", name="Make a key").get_by_role("button", name="Make a key").click()
    token = desk.locator("#new-key").inner_text()
    assert token.startswith("slk_")
    row = desk.get_by_role("row", name="ERP <i>x</i>")
    expect(row).to_contain_text("reads only")
    expect(row).to_contain_text("Ada Sundqvist")
    desk.get_by_role("button", name="I have copied it").click()
    expect(desk.locator("main")).not_to_contain_text(token)
    row.get_by_role("button", name="Revoke the key").click()
    row.get_by_role("button", name="Really revoke").click()
    expect(row).to_contain_text("revoked")
    (told,) = [one for one in server.call("GET", "/api/v1/keys?limit=500")["rows"] if one["prefix"] == token[:12]]
    assert told["state"] == "revoked"
