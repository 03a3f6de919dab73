"""The board of a count, open on a wall: it follows what is scanned by itself, and says when the server is gone."""

import uuid

from playwright.sync_api import Page, expect

from app import times
from tests.browser.harness import Server

BINS = ("ZBOARD-01", "ZBOARD-02")


def test_the_board_follows_by_itself_and_says_when_it_lost_the_server(desk: Page, server: Server) -> None:
    server.call("POST", "/api/v1/locations/ranges", {"from": BINS[0], "to": BINS[1], "kind": "staging"})
    count = server.call("POST", "/api/v1/counts", {"locations": list(BINS)})
    desk.goto(f"{server.base}/console#/counts")
    desk.get_by_role("link", name=f"Board of {count['code']}").click()
    desk.get_by_text("Nobody has scanned yet").wait_for()
    desk.get_by_text("0 / 2").wait_for()
    code = server.barcodes()[0][0]
    scans = [
        {"task": "count", "barcode": code, "quantity": "3"},
        {"task": "finish"},
    ]
    sheet = {"sheet": count["sheets"][0]["code"], "operator": "OP-17"}
    now = times.wire(times.now())
    server.call("POST", "/api/v1/scans", {"scans": [{"id": str(uuid.uuid4()), "scanned_at": now, **sheet, **one} for one in scans]})
    desk.get_by_text("1 / 2").wait_for()
    row = desk.get_by_role("table", name="Who is where").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(BINS[0])
    expect(desk.get_by_role("table", name="Devices").locator("tbody tr")).to_contain_text("unknown")
    expect(desk.locator("dl.bars").last).to_contain_text(BINS[1])
    desk.route("**/board?*", lambda route: route.abort())
    desk.get_by_text("No answer from the server since").wait_for()
    expect(row).to_have_count(1)
    desk.unroute("**/board?*")
    expect(desk.get_by_text("No answer from the server since")).to_have_count(0)
    server.call("POST", f"/api/v1/counts/{count['code']}/cancellation", {"reason": "the test of the board is over"})
