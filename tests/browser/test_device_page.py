"""The page of a device: its name and tasks, a new token that keeps its scans, and what a lost one still owes."""

import uuid
from collections.abc import Callable

from playwright.sync_api import Page, expect

from app import times
from tests.browser.harness import Gun, Server, go


def test_a_device_is_changed_renewed_and_when_lost_shows_what_it_owes(desk: Page, server: Server, guns: Callable[..., Gun]) -> None:
    offered = server.call("POST", "/api/v1/enrolments", {"name": "LOST-1"})
    token = server.call("POST", "/api/v1/enrolments/claim", {"code": offered["code"]})["token"]
    go(desk, "Devices")
    desk.get_by_role("link", name="LOST-1").click()
    expect(desk.get_by_text("It never said how many scans wait on it.")).to_be_visible()
    expect(desk.get_by_text("A device never changes its site.")).to_be_visible()
    desk.get_by_label("only this:").check()
    desk.get_by_label("Count", exact=True).check()
    desk.get_by_label("Name of the device").fill("LOST-2")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("LOST-2")
    row = next(one for one in server.call("GET", "/api/v1/devices?limit=500")["rows"] if one["name"] == "LOST-2")
    assert row["tasks"] == ["count", "look"]
    desk.get_by_role("button", name="Give it a new token").click()
    link = desk.locator("#enrol-link").inner_text()
    claimed = server.call("POST", "/api/v1/enrolments/claim", {"code": link.partition("#")[2]})
    assert (claimed["device"]["id"], claimed["token"] != token) == (row["id"], True)
    looked = {"task": "look", "location": "MAIN", "scanned_at": times.wire(times.now())}
    scans = [{**looked, "id": str(uuid.uuid4()), "seq": seq} for seq in (1, 3)]
    server.call("POST", "/api/v1/scans", {"stream": str(uuid.uuid4()), "made": 7, "scans": scans}, token=claimed["token"])
    desk.reload()
    for what, number in (("made", "7"), ("held", "2"), ("gaps", "1"), ("waiting", "4")):
        expect(desk.locator(f"[data-said={what}]")).to_have_text(number)
    desk.get_by_label("Why").fill("left in a lorry")
    desk.get_by_role("button", name="Revoke LOST-2").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("revoked")
    expect(desk.get_by_role("heading", name="What it still owes")).to_be_visible()
    expect(desk.get_by_role("button", name="Give it a new token")).to_have_count(0)
