"""Scanning in a real Chromium: enrol, badge, tasks, the wedge; the scan beeps only when it is on the disk."""

import re
from collections.abc import Callable

import pytest

from tests.browser.harness import Gun, Server

Guns = Callable[..., Gun]


def test_a_link_makes_a_browser_a_device_and_its_code_leaves_the_address(guns: Guns, server: Server) -> None:
    gun = guns()
    link = server.enrolment("GUN-ONE")
    gun.page.goto(link)
    gun.page.get_by_role("button", name="Enrol").click()
    gun.page.get_by_text("Enrolled as GUN-ONE").wait_for()
    assert "#" not in gun.page.url
    other = guns()
    other.page.goto(link)
    other.page.get_by_role("button", name="Enrol").click()
    other.page.get_by_text("This link was used").wait_for()


def test_a_count_location_then_products_running_list_undo_finish(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    bin_, (code, name) = server.bins()[0], server.barcodes()[0]
    gun.page.get_by_text("Scan a location").wait_for()
    gun.scan(bin_)
    gun.page.locator(".place", has_text=bin_).wait_for()
    gun.scan_saved(code, code, code)
    line = gun.page.locator(".lines li", has_text=name)
    gun.until(lambda: line.locator(".count").inner_text() == "3")
    gun.page.get_by_role("button", name="Undo last").click()
    gun.until(lambda: line.locator(".count").inner_text() == "2")
    gun.page.get_by_role("button", name="Quantity").click()
    for key in "12":
        gun.page.locator(".keys").get_by_role("button", name=key, exact=True).click()
    gun.page.get_by_role("button", name="OK").click()
    gun.scan_saved(code)
    gun.until(lambda: line.locator(".count").inner_text() == "14")
    gun.page.get_by_role("button", name="Finish location").click()
    gun.page.get_by_role("button", name="All counted").click()
    gun.page.locator(".last", has_text="Finished").wait_for()
    gun.drained()
    gun.arrived_once()
    assert len(gun.saved) == 6, "three, the undo, twelve, the finish"


def test_an_empty_location_is_said_with_one_button(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[1])
    gun.page.get_by_role("button", name="Nothing here").click()
    gun.page.locator(".last", has_text="Noted as empty").wait_for()
    gun.drained()
    gun.arrived_once()


@pytest.mark.parametrize("task", ["receive", "return", "pick", "scrap"])
def test_every_task_takes_a_location_then_products(guns: Guns, server: Server, task: str) -> None:
    gun = guns().enrol().task(task)
    code, name = server.barcodes()[1]
    gun.scan(code)
    gun.page.get_by_text("Location first").wait_for()
    gun.scan(server.bins()[2])
    gun.scan_saved(code)
    gun.page.locator(".lines li", has_text=name).wait_for()
    gun.drained()
    gun.arrived_once()


def test_a_move_goes_from_to_then_products(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("move")
    gun.scan(server.bins()[3])
    gun.page.get_by_text("Scan TO location").wait_for()
    gun.scan(server.bins()[4])
    gun.scan_saved(server.barcodes()[2][0])
    gun.drained()
    gun.arrived_once()


def test_a_refused_scan_says_why_and_work_goes_on(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("pick")
    gun.scan(server.bins()[0])
    gun.scan_saved("NO-SUCH-CODE-3")
    gun.page.locator(".last.warn .verdict", has_text="unknown barcode").wait_for()
    gun.scan_saved(server.barcodes()[0][0])
    gun.drained()
    gun.arrived_once()


def test_ten_scans_a_second_all_count_in_order(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[5])
    codes = [f"FAST-{i:03}" for i in range(40)]
    for code in codes:
        gun.scan(code, delay=0)
    gun.until(lambda: len(gun.saved) == len(codes))
    assert [seq for _, seq, _ in gun.saved] == list(range(1, len(codes) + 1))
    gun.until(lambda: gun.page.locator(".lines li .name").first.inner_text() == codes[-1])
    gun.drained()
    gun.arrived_once()


def test_a_scan_works_on_any_screen_and_a_field_keeps_its_value(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[6])
    gun.page.get_by_role("button", name="Type or search").click()
    field = gun.page.locator("#typed")
    field.press_sequentially("half", delay=90)
    gun.scan_saved(server.barcodes()[0][0])
    assert field.input_value() == "half"
    gun.page.get_by_role("button", name="Cancel").click()
    gun.page.locator(".waits").click()
    gun.page.get_by_role("heading", name="What waits").wait_for()
    gun.scan_saved(server.barcodes()[0][0])
    gun.drained()
    gun.arrived_once()


def test_text_of_an_input_method_and_slow_guns_without_suffix_are_scans(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[7])
    gun.page.locator(".place", has_text=server.bins()[7]).wait_for()
    assert gun.page.evaluate("document.activeElement.id") == "sink"
    assert gun.page.get_attribute("#sink", "inputmode") == "none"
    gun.page.keyboard.insert_text("IME-CODE-1")
    gun.until(lambda: len(gun.saved) == 1)
    gun.page.locator(".lines li .name", has_text="IME-CODE-1").wait_for()
    slow = gun.page.locator(".lines li .name", has_text=re.compile("^SLOW-[0-9]$"))
    for trial in range(1, 6):  # a machine that is busy types with pauses that no gun makes, and the code is two
        made = len(gun.saved)
        gun.page.keyboard.type(f"SLOW-{trial}", delay=60)
        gun.until(lambda made=made: len(gun.saved) > made)
        gun.page.wait_for_timeout(300)
        if slow.count():
            break
    assert slow.count() == 1


def test_a_code_that_is_markup_is_shown_as_text(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[8])
    hostile = "<img src=x onerror=alert(1)>"
    gun.scan_saved(hostile)
    assert gun.page.locator("main img").count() == 0
    gun.page.locator(".lines li", has_text=hostile).wait_for()


def test_a_scan_that_is_not_on_the_disk_says_so_until_it_is_touched(guns: Guns, server: Server) -> None:
    full = """
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...args) {
        if (window.full && this.name === 'outbox') throw new DOMException('no space', 'QuotaExceededError');
        return put.apply(this, args);
      };"""
    gun = guns(full).enrol().task("count")
    gun.scan(server.bins()[9])
    gun.scan_saved("SAVED-1")
    gun.page.evaluate("window.full = true")
    gun.scan("LOST-1")
    gun.page.locator(".unsaved", has_text="NOT SAVED").wait_for()
    gun.page.evaluate("window.full = false")
    gun.scan_saved("SAVED-2")
    assert gun.page.locator(".unsaved").count() == 1, "a later success does not hide it"
    gun.page.locator(".unsaved").click()
    gun.page.locator(".unsaved").wait_for(state="detached")
    gun.drained()
    gun.arrived_once()
    assert [seq for _, seq, _ in gun.saved] == [1, 2], "a scan that was not saved leaves no gap"


def test_another_operator_takes_over_and_each_scan_keeps_its_author(guns: Guns, server: Server) -> None:
    since = server.call("GET", "/api/v1/scans?since=0&limit=1&site=MAIN")["journal"]
    gun = guns().enrol("OP-17").task("count")
    gun.scan(server.bins()[10])
    gun.context.set_offline(True)
    gun.scan_saved("AUTHOR-1")
    gun.page.get_by_role("button", name="Tasks").click()
    gun.page.get_by_role("button", name="More").click()
    gun.page.get_by_role("button", name="Hand over").click()
    gun.page.get_by_text("1 scan waits here and keeps its author").wait_for()
    gun.scan("OP-18")
    gun.task("count")
    gun.scan(server.bins()[10])
    gun.scan_saved("AUTHOR-2")
    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()
    rows = server.call("GET", f"/api/v1/scans?since={since}&limit=500&site=MAIN")["rows"]
    by_id = {row["id"]: row for row in rows}
    assert [by_id[scan]["operator"] for scan, _, _ in gun.saved] == ["OP-17", "OP-18"]


def test_an_engine_without_locks_gzip_and_storage_still_delivers(guns: Guns, server: Server) -> None:
    old = (
        "delete Navigator.prototype.locks; delete Navigator.prototype.storage; delete window.CompressionStream; delete window.AudioContext;"
    )
    gun = guns(old).enrol().task("count")
    gun.scan(server.bins()[11])
    gun.scan_saved("OLD-1", "OLD-2")
    gun.drained()
    gun.arrived_once()


def test_a_scan_takes_what_stands_on_the_keypad_whoever_keyed_it(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    bin_, (code, name), (other, other_name) = server.bins()[7], *server.barcodes()[:2]
    gun.scan(bin_)
    gun.page.locator(".place", has_text=bin_).wait_for()
    pad, line = gun.page.locator("#keyed"), gun.page.locator(".lines li")
    gun.page.get_by_role("button", name="Quantity").click()
    gun.page.locator(".keys").get_by_role("button", name="1", exact=True).click()
    gun.until(lambda: gun.page.evaluate("document.activeElement.id + ' ' + document.activeElement.inputMode") == "keyed none")
    gun.page.keyboard.type("2", delay=90)
    gun.until(lambda: pad.input_value() == "12")
    gun.page.wait_for_timeout(200)  # a hand that keyed is not yet at the trigger
    gun.scan_saved(code, other)
    gun.until(lambda: [one.inner_text() for one in line.locator(".count").all()] == ["1", "12"])
    assert pad.count() == 0, "a box of twelve is not left on the keypad for the next product"
    gun.page.get_by_role("button", name="Quantity").click()
    gun.until(lambda: gun.page.evaluate("document.activeElement.id") == "keyed")
    gun.page.keyboard.type("150", delay=90)
    gun.until(lambda: pad.input_value() == "150")
    gun.page.wait_for_timeout(200)
    gun.page.keyboard.press("Enter")
    gun.page.get_by_role("button", name="Next: 150").wait_for()
    assert len(gun.saved) == 2, "digits that a hand keys are no barcode"
    gun.page.get_by_role("button", name="Next: 150").click()
    gun.page.get_by_role("button", name="Cancel").click()
    gun.scan_saved(other)
    gun.until(lambda: line.filter(has_text=other_name).locator(".count").inner_text() == "151")
    gun.drained()
    gun.arrived_once()
    assert name in line.last.inner_text()


def test_a_scan_while_somebody_types_is_shown_and_counts(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("count")
    bin_, (code, name) = server.bins()[8], server.barcodes()[2]
    gun.scan(bin_)
    gun.page.get_by_role("button", name="Type or search").click()
    gun.page.locator("#typed").press_sequentially("ha", delay=90)
    gun.page.wait_for_timeout(300)  # a hand that typed is not yet at the trigger
    assert gun.page.locator(".last").count() == 0
    gun.scan_saved(code)
    gun.page.locator(".last", has_text=name).wait_for()
    assert gun.page.locator("#typed").input_value() == "ha"


def test_all_that_waits_can_be_seen_and_undone_without_the_network(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("receive")
    gun.scan(server.bins()[9])
    gun.context.set_offline(True)
    codes = [f"LONG-{n:03}" for n in range(120)]
    for code in codes:
        gun.scan(code)
    gun.until(lambda: len(gun.saved) == len(codes))
    gun.page.locator(".waits").click()
    rows = gun.page.locator(".rows li")
    gun.until(lambda: rows.count() == 50)
    gun.page.get_by_role("button", name="and 70 more").click()
    gun.page.get_by_role("button", name="and 20 more").click()
    gun.until(lambda: rows.count() == 120)
    last = rows.filter(has_text="#120")
    last.get_by_role("button").click()
    last.get_by_role("button", name="Sure?").click()
    last.get_by_text("Undone here").wait_for()
    gun.page.get_by_text("Undo LONG-119").wait_for()
    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()


def test_who_has_worked_here_takes_over_by_their_badge_in_the_middle_of_a_task(guns: Guns, server: Server) -> None:
    gun = guns().enrol("OP-18").task("receive")
    gun.scan(server.bins()[10])
    gun.scan_saved(server.barcodes()[0][0])
    gun.drained()
    gun.page.get_by_role("button", name="Tasks").click()
    gun.page.get_by_role("button", name="More").click()
    gun.page.get_by_role("button", name="Hand over").click()
    gun.page.get_by_text("Who are you?").wait_for()
    gun.scan("OP-17")
    gun.task("count")
    bin_, (code, _) = server.bins()[10], server.barcodes()[0]
    gun.scan(bin_)
    gun.scan_saved(code)
    gun.scan("OP-18")
    gun.page.locator(".who", has_text="OP-18").wait_for()
    gun.task("count")
    gun.scan(bin_)
    gun.scan_saved(code)
    gun.drained()
    mine = [row for row in server.scans() if row["id"] in {scan for scan, _, _ in gun.saved}]
    assert [(row["operator"], row["barcode"]) for row in mine][1:] == [("OP-17", code), ("OP-18", code)]


def test_keys_that_come_before_the_keypad_is_drawn_closed_do_not_open_it_again(guns: Guns, server: Server) -> None:
    """Two scans that a busy page hears at once: the quantity is of the first only."""
    gun = guns().enrol().task("count")
    gun.scan(server.bins()[11])
    gun.page.get_by_role("button", name="Quantity").click()
    gun.page.get_by_role("button", name="3", exact=True).click()
    gun.page.wait_for_function("() => document.activeElement.id === 'keyed' && document.activeElement.value === '3'")
    gun.page.evaluate(
        """async () => {
          const field = document.getElementById('keyed');
          const press = (key) => field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          'AT-ONCE-1'.split('').concat('Enter').forEach(press);
          for (let i = 0; i < 50; i += 1) await null;
          field.dispatchEvent(new Event('input', { bubbles: true }));
          'AT-ONCE-2'.split('').concat('Enter').forEach(press);
        }"""
    )
    gun.until(lambda: len(gun.saved) == 2)
    for code, quantity in (("AT-ONCE-1", "3"), ("AT-ONCE-2", "1")):
        gun.page.locator(".lines li", has_text=code).locator(".count", has_text=quantity).wait_for(timeout=5000)
