"""A gun that finds no network: what it saved to a file is brought to the console, and counts once however often it comes."""

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.harness import Gun, Server, go


def test_what_a_gun_saved_to_a_file_is_loaded_in_the_console(desk: Page, guns: Callable[..., Gun], server: Server, tmp_path: Path) -> None:
    code, _ = server.barcodes()[7]
    gun = guns().enrol().task("receive")
    gun.scan(server.bins()[33])
    gun.scan_saved(code)
    gun.drained()
    gun.context.set_offline(True)
    gun.scan_saved(code, code)
    gun.page.locator("[data-waiting]").click()
    with gun.page.expect_download() as saved:
        gun.page.get_by_role("button", name="Save to a file").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    line = json.loads(file.read_text())
    assert ({line["stream"]}, line["made"], len(line["scans"])) == (gun.streams, 3, 2), "the server learns of all that was made"

    go(desk, "Devices")
    desk.get_by_text("Scans that a device saved to a file").click()
    desk.get_by_label("The file", exact=True).set_input_files(file)
    desk.locator(".notice.good", has_text="2 scans are new.").wait_for()
    desk.get_by_label("The file", exact=True).set_input_files(file)
    desk.locator(".notice.good", has_text="0 scans are new. 2 were here already.").wait_for()
    assert gun.waiting() == 2, "the gun keeps them until the server tells it"
    file.write_text('{"device": "nobody", "scans": []}\n')
    desk.get_by_label("The file", exact=True).set_input_files(file)
    desk.locator(".notice.bad", has_text="1 line could not be read.").wait_for()
    expect(desk.locator("main li", has_text="Line 1: ")).to_be_visible()

    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()
