"""Approving in the console: a second person above a value, taking an approval back, approving though scans are missing, reversing what was posted."""

import random
import uuid
from typing import Any

from playwright.sync_api import Page, expect

from app import demo_shift, times
from tests.browser.harness import Server, counted


def accepted(server: Server, count: str) -> list[dict[str, Any]]:
    """Accept all lines of a count, by the API, but don't approve it yet."""
    lines = server.call("GET", f"/api/v1/counts/{count}/reconciliation")["lines"]
    chosen = [{"line": line["line"], "decision": "accept", "reason_code": "miscount"} for line in lines]
    server.call("PUT", f"/api/v1/counts/{count}/decisions", {"decisions": chosen})
    return chosen


def review(desk: Page, server: Server, count: str) -> None:
    desk.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    desk.reload()
    desk.get_by_role("heading", name=f"Review of {count}").wait_for()


def test_above_a_value_another_person_approves_or_the_first_takes_it_back(desk: Page, server: Server) -> None:
    count = counted(server, server.bins()[-17], second_above="0")
    accepted(server, count)
    review(desk, server, count)
    for _ in range(2):
        desk.get_by_role("button", name="Approve and post").click()
        desk.get_by_role("button", name="Yes, post it").click()
        desk.locator("h1 .tag.approved").wait_for()
        desk.get_by_text("it posts when another person approves too").wait_for()
        desk.get_by_role("button", name="Approve as second person").click()
        expect(desk.get_by_label("Reason to take the approval back")).to_have_count(0)
        desk.get_by_role("button", name="Yes, post it").click()
        desk.locator(".notice.bad").wait_for()
        back = desk.get_by_role("button", name="Take the approval back")
        expect(back).to_be_disabled()
        desk.get_by_label("Reason to take the approval back").fill("one more look")
        back.click()
        desk.get_by_text("Taken back: decide again").wait_for()
        desk.locator("h1 .tag.review").wait_for()
    seen = server.call("GET", f"/api/v1/counts/{count}/reconciliation")["hash"]
    assert server.call("POST", f"/api/v1/counts/{count}/reconciliation", {"hash": seen})["status"] == "approved"
    review(desk, server, count)
    desk.get_by_role("button", name="Approve as second person").click()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()
    found = server.call("GET", f"/api/v1/counts/{count}/reconciliation")
    assert found["second_approved_by"] == "Ada Sundqvist"


def test_what_somebody_else_decided_meanwhile_is_looked_at_before_it_is_approved(desk: Page, server: Server) -> None:
    count = counted(server, server.bins()[-17])
    chosen = accepted(server, count)
    review(desk, server, count)
    desk.get_by_role("button", name="Approve and post").click()
    server.call("PUT", f"/api/v1/counts/{count}/decisions", {"decisions": [one | {"decision": "dismiss"} for one in chosen]})
    desk.get_by_role("button", name="Yes, post it").click()
    desk.get_by_text("The content changed meanwhile").wait_for()
    assert server.call("GET", f"/api/v1/counts/{count}")["status"] == "review"
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()


def test_a_review_that_is_open_while_people_count_shows_what_they_found_when_they_finish(desk: Page, server: Server) -> None:
    place = server.bins()[-17]
    count = server.call("POST", "/api/v1/counts", {"locations": [place]})["code"]
    review(desk, server, count)
    desk.get_by_text("People still count here").wait_for()
    said = {"scanned_at": times.wire(times.now()), "operator": "OP-17", "location": place}
    scans = [{"id": str(uuid.uuid4()), "task": "empty", **said}]
    server.call("POST", "/api/v1/scans", {"scans": scans})
    desk.locator("h1 .tag.review").wait_for()
    desk.get_by_role("button", name="Approve and post").wait_for()
    assert desk.get_by_text("People still count here").count() == 0
    server.call("POST", f"/api/v1/counts/{count}/cancellation", {"reason": "it stays as it was"})


def test_where_scans_are_missing_an_approval_takes_a_reason_that_is_kept(desk: Page, server: Server) -> None:
    place = server.bins()[-18]
    count = server.call("POST", "/api/v1/counts", {"locations": [place]})["code"]
    said = {"scanned_at": times.wire(times.now()), "operator": "OP-17", "location": place}
    scans = [{"id": str(uuid.uuid4()), "seq": 1, "task": "finish", **said}]
    server.call("POST", "/api/v1/scans", {"stream": str(uuid.uuid4()), "made": 3, "scans": scans})
    accepted(server, count)
    review(desk, server, count)
    desk.get_by_text("2 scans have not arrived yet").wait_for()
    desk.get_by_role("button", name="Approve and post").click()
    post = desk.get_by_role("button", name="Yes, post it")
    expect(post).to_be_disabled()
    desk.locator(".deeds .notice.warn", has_text="2 scans have not arrived yet").wait_for()
    desk.get_by_label("Scans may be missing. Why approve now?").fill("the gun fell into the dock")
    post.click()
    desk.locator("h1 .tag.posted").wait_for()
    desk.get_by_text("the gun fell into the dock").wait_for()


def begun(server: Server, place: str) -> tuple[str, demo_shift.Gun]:
    """Let OP-17 begin to count one bin; return the count and the gun."""
    count = server.call("POST", "/api/v1/counts", {"locations": [place]})["code"]
    token = server.cli("devices", "enrol", f"gun {uuid.uuid4().hex[:6]}")
    gun = demo_shift.Gun(demo_shift.Server(server.base), "gun", token, "OP-17", 0)
    gun.scan("count", times.now(), location=place, barcode=server.barcodes()[0][0])
    gun.drain(random.Random(1))
    return count, gun


def test_who_finishes_a_sheet_for_somebody_says_why_then_and_is_not_asked_again(desk: Page, server: Server) -> None:
    place = server.bins()[-21]
    count, _ = begun(server, place)
    desk.goto(f"{server.base}/console#/counts/{count}")
    desk.get_by_role("button", name=f"Finish the sheet of {place}").click()
    desk.get_by_text("in place of OP-17").wait_for()
    finish = desk.locator("form button.primary")
    expect(finish).to_be_disabled()
    desk.get_by_label("Reason", exact=True).fill("Olga went home ill")
    finish.click()
    desk.locator("h1 .tag.review").wait_for()
    accepted(server, count)
    review(desk, server, count)
    desk.get_by_text("finished by Ada Sundqvist. Olga went home ill").wait_for()
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()


def test_a_sheet_that_a_program_finished_without_a_word_asks_at_the_approval_unless_its_gun_was_heard(desk: Page, server: Server) -> None:
    place = server.bins()[-21]
    count, gun = begun(server, place)
    server.call("POST", f"/api/v1/sheets/{count}-001/closure", {})
    accepted(server, count)
    review(desk, server, count)
    desk.get_by_role("button", name="Approve and post").click()
    desk.locator(".deeds .notice.warn", has_text="Sheets were finished in somebody's place").wait_for()
    expect(desk.get_by_role("button", name="Yes, post it")).to_be_disabled()
    gun.scan("look", times.now(), location=place)
    gun.drain(random.Random(2))
    review(desk, server, count)
    desk.get_by_text("The device was heard since, and all it made is here").wait_for()
    desk.get_by_role("button", name="Approve and post").click()
    desk.get_by_role("button", name="Yes, post it").click()
    desk.locator("h1 .tag.posted").wait_for()
    assert server.call("GET", f"/api/v1/counts/{count}/reconciliation")["override"] is None


def test_a_line_and_then_the_whole_count_are_reversed_once_with_a_reason(desk: Page, server: Server) -> None:
    count = counted(server, server.bins()[-19])
    accepted(server, count)
    seen = server.call("GET", f"/api/v1/counts/{count}/reconciliation")["hash"]
    assert server.call("POST", f"/api/v1/counts/{count}/reconciliation", {"hash": seen})["status"] == "posted"
    review(desk, server, count)
    desk.get_by_role("button", name="Reverse", exact=False).first.click()
    desk.get_by_label("Reason", exact=True).fill("a box was behind the door")
    desk.locator("form button.danger").click()
    desk.get_by_text("reversed by Ada Sundqvist: a box was behind the door").wait_for()
    whole = desk.get_by_role("button", name="Reverse the whole count")
    whole.click()
    expect(whole).to_be_disabled()
    desk.get_by_label("Reason", exact=True).fill("counted in the wrong aisle")
    whole.click()
    desk.get_by_text("The count is reversed").wait_for()
    told = server.call("GET", f"/api/v1/counts/{count}/reconciliation")
    lines, totals = told["lines"], told["totals"]
    assert (totals["accepted_value"], totals["after_value"]) == ("0.00", totals["expected_value"])
    sums = desk.locator(".totals dl")
    expect(sums).to_contain_text("In the book after it")
    expect(sums).to_contain_text("Reversed")
    why = [line["reversal"]["reason"] for line in lines if line["decision"] == "accept"]
    assert sorted(set(why)) == ["a box was behind the door", "counted in the wrong aisle"]
    assert why.count("a box was behind the door") == 1
    expect(whole).to_have_count(0)
