"""From plan to download: a count, its review, a recount by somebody else, the approval, the files."""

import csv
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal

from playwright.sync_api import Page, expect

from tests.browser.harness import Gun, Server, expected, go

Guns = Callable[..., Gun]


def test_plan_count_review_recount_approve_download(desk: Page, guns: Guns, server: Server) -> None:
    bins = server.bins()[230:260]  # where no other test begins a count of its own
    first, second = [b for b in bins if len(expected(server, b)) >= 1][:2]

    go(desk, "Counts")
    desk.get_by_role("link", name="Plan a count").click()
    for bin_ in (first, second):
        desk.get_by_label("Find a location").fill(bin_)
        desk.locator(".picks .pick", has=desk.locator("strong", has_text=re.compile(f"^{bin_}$"))).get_by_role("checkbox").check()
    desk.get_by_role("button", name="Make the sheets").click()
    desk.get_by_text("0 of 2 finished").wait_for()
    assert desk.evaluate("window.scrollY") == 0, "a page begins at its top"
    expect(desk.locator("main")).to_be_focused()
    count = desk.url.rsplit("/", 1)[1]

    gun = guns().enrol("OP-17").task("count")
    book = expected(server, first)
    (sku, (code, quantity)), rest = next(iter(book.items())), list(book.values())[1:]
    gun.scan(first)
    for one, many in [(code, quantity + 2), *rest]:
        gun.page.get_by_role("button", name="Quantity").click()
        for key in str(int(many)):
            gun.page.locator(".keys").get_by_role("button", name=key, exact=True).click()
        gun.page.get_by_role("button", name="OK").click()
        gun.scan_saved(one)
    finish(gun)
    gun.scan(second)
    gun.scan_saved(next(iter(expected(server, second).values()))[0])
    finish(gun)
    gun.drained()
    gun.arrived_once()
    desk.get_by_text("2 of 2 finished").wait_for()

    desk.get_by_role("link", name="Review").click()
    line = desk.locator("[role=row][data-line]", has_text=first).filter(has_text=sku)
    expect(line.locator(".grid-variance")).to_have_text("+2")
    line.locator(".grid-location").click()
    panel = desk.get_by_role("region", name=f"{first} {sku}")
    panel.get_by_role("button", name="Why").click()
    expect(panel.get_by_text("Scanned", exact=True)).to_be_visible()
    expect(panel.locator("li").first).to_contain_text(str(int(quantity + 2)))
    panel.get_by_role("button", name="Why").click()
    panel.get_by_label("Decision for").select_option("recount")
    desk.get_by_role("button", name="Order recount (1)").click()
    desk.get_by_text("Recount ordered for 1 line").wait_for()

    other = guns().enrol("OP-18").task("count")
    other.scan(first)
    other.page.get_by_role("button", name="Quantity").click()
    for key in str(int(quantity + 1)):
        other.page.locator(".keys").get_by_role("button", name=key, exact=True).click()
    other.page.get_by_role("button", name="OK").click()
    other.scan_saved(code)
    finish(other)
    other.drained()

    desk.reload()
    expect(line.locator(".grid-variance")).to_have_text("+1")
    desk.get_by_role("button", name="All lines").click()
    grid = desk.get_by_role("grid")
    grid.focus()
    grid.press("Control+a")
    many = desk.get_by_role("group", name="Decide about many")
    many.get_by_label("Decision for").select_option("accept")
    many.get_by_label("Reason for").select_option("miscount")
    many.get_by_label("Note for").fill("looked myself")
    many.get_by_role("button", name=re.compile("^Decide")).click()
    desk.get_by_text(re.compile("lines? decided")).wait_for()
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.get_by_text("Approved").first.wait_for()
    desk.locator("h1 .tag.posted").wait_for()
    assert expected(server, first)[sku][1] == quantity + 1, "the ledger equals the count"

    got = {}
    for kind in ("CSV", "XLSX", "JSON"):
        with desk.expect_download() as download:
            desk.get_by_role("link", name=kind).click()
        got[kind] = download.value.path().read_bytes()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="Package (ZIP)").click()
    assert download.value.suggested_filename == f"count-{count}-export-1.zip"
    rows = list(csv.DictReader(io.StringIO(got["CSV"].decode("utf-8-sig"))))
    (row,) = [row for row in rows if row.get("location") == first and row.get("sku") == sku]
    assert Decimal(row["variance"]) == 1
    assert {row["count"] for row in rows if row.get("location")} == {count}
    assert got["XLSX"][:2] == b"PK"
    assert json.loads(got["JSON"])


def finish(gun: Gun) -> None:
    gun.page.get_by_role("button", name="Finish location").click()
    before = len(gun.saved)
    gun.page.get_by_role("button", name="All counted").click()
    gun.until(lambda: len(gun.saved) > before)
