"""The test of a gun and the sheet of barcodes: what is printed can be read, and what a gun does wrong is said."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.harness import Gun, Server, pull

Guns = Callable[..., Gun]
CODES = json.loads((Path(__file__).parents[2] / "static" / "gun" / "codes.json").read_text())
AIM = {row["text"]: row["aim"] for row in CODES["tests"]}
PLAIN, LOTS = CODES["tests"][0]["text"], CODES["tests"][1]["text"]


@pytest.fixture
def page(guns: Guns, server: Server) -> Page:
    """The test of a gun, opened by a browser that is no device."""
    page = guns().page
    page.goto(f"{server.base}/gun-test")
    page.locator(".ready.yes").wait_for()
    return page


def verdict(page: Page, code: str) -> str:
    found = page.locator(f"[data-code='{code}']")
    found.wait_for()
    page.wait_for_timeout(800)
    return str(found.get_attribute("data-verdict"))


def test_every_barcode_of_the_sheet_gives_its_text_back(guns: Guns, server: Server) -> None:
    """As people see it, read by a reader that none of the writers comes from."""
    page = guns(device_scale_factor=2, viewport={"width": 1000, "height": 1000}).page
    page.goto(f"{server.base}/gun-sheet")
    page.locator("img").nth(len(CODES["tests"]) + len(CODES["commands"]) - 1).wait_for()
    seen = {}
    for picture in page.locator("img").all():
        [read] = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.screenshot())), text_mode=zxingcpp.TextMode.Plain)
        seen[picture.get_attribute("data-text")] = (read.text, read.symbology_identifier)
    wanted = {text: (text, AIM.get(text, "]C0")) for text in [row["text"] for row in CODES["tests"]] + CODES["commands"]}
    assert seen == wanted


def test_the_sheet_prints_without_what_is_only_for_the_screen(guns: Guns, server: Server) -> None:
    page = guns().page
    page.goto(f"{server.base}/gun-sheet")
    page.get_by_role("button", name="Print").wait_for()
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Print").is_visible()
    page.locator("img").first.wait_for()
    for paper in ("A4", "Letter"):
        assert page.pdf(format=paper).startswith(b"%PDF")


def test_a_gun_that_is_set_up_right_is_told_so(page: Page) -> None:
    pull(page, LOTS)
    assert verdict(page, "gs1-128") == "good"
    page.get_by_text("The separator (GS) arrives, as F8").wait_for()
    page.get_by_text("Each scan ends with Enter").wait_for()
    assert page.locator(".advice").count() == 0


def test_a_fault_is_said_with_what_to_change_by_maker(page: Page) -> None:
    pull(page, LOTS.replace("\x1d", ""), suffix="")
    assert verdict(page, "gs1-128") == "bad"
    assert {row.get_attribute("data-say") for row in page.locator(".findings .bad, .findings .warn").all()} >= {"gs_lost", "suffix_none"}
    page.get_by_label("Maker").select_option("zebra")
    page.locator(".advice", has_text="Send Control Characters as Events").wait_for()
    page.locator(".advice", has_text="Send ENTER key").wait_for()
    pull(page, PLAIN)
    assert verdict(page, "code128") == "good"


def test_a_stand_in_for_the_separator_is_suggested_and_from_then_on_taken_for_it(guns: Guns, server: Server) -> None:
    gun = guns().enrol()
    gun.page.goto(f"{server.base}/gun-test")
    gun.page.locator(".ready.yes").wait_for()
    pull(gun.page, LOTS.replace("\x1d", "~"))
    assert verdict(gun.page, "gs1-128") == "warn"
    gun.page.get_by_role("button", name="Take ~ for GS").click()
    expect(gun.page.get_by_label("This gun types for GS")).to_have_value("~")
    gun.page.get_by_role("link", name="To the app").click()
    gun.task("count")
    gun.scan(server.bins()[15])
    since = server.call("GET", "/api/v1/scans?since=0&limit=1&site=MAIN")["journal"]
    for many, code in enumerate((LOTS.replace("\x1d", "~"), "A~12"), 1):
        pull(gun.page, code)
        gun.until(lambda many=many: len(gun.saved) == many)
    gun.drained()
    rows = server.call("GET", f"/api/v1/scans?since={since}&limit=500&site=MAIN")["rows"]
    ids = [scan for scan, _, _ in gun.saved]
    assert [row["barcode"] for row in rows if row["id"] in ids] == [LOTS, "A~12"]


def test_the_report_is_saved_for_support(page: Page) -> None:
    pull(page, PLAIN)
    assert verdict(page, "code128") == "good"
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save for support").click()
    text = Path(coming.value.path()).read_text()
    assert 'verdict: "good"' in text
    assert text.count(" ms down ") == len(PLAIN) + 1
    page.get_by_text("What came, key by key").click()
    assert page.locator(".keys-seen li").count() == len(PLAIN) + 1


def test_a_device_and_a_browser_that_is_none_find_the_test(guns: Guns, server: Server) -> None:
    page = guns().page
    page.goto(server.base)
    page.get_by_role("link", name="Test this gun").click()
    page.get_by_role("heading", name="Is this gun set up right?").wait_for()
    gun = guns().enrol()
    gun.page.get_by_role("button", name="More").click()
    gun.page.get_by_role("button", name="Test this gun").click()
    gun.page.get_by_role("heading", name="Is this gun set up right?").wait_for()


def test_the_pages_speak_german_too(guns: Guns, server: Server) -> None:
    page = guns(locale="de-DE").page
    page.goto(f"{server.base}/gun-test")
    page.locator(".ready.yes").wait_for()
    pull(page, LOTS)
    assert verdict(page, "gs1-128") == "good"
    page.get_by_text("Jeder Scan endet mit Enter").wait_for()
    page.goto(f"{server.base}/gun-sheet")
    page.get_by_role("heading", name="Scannerblatt").wait_for()
