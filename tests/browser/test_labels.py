"""The page of labels: chosen, seen, downloaded, printed; what is downloaded is read by another."""

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from campaigns import readers
from tests.browser.harness import Gun, Server, first_sign_in, go
from tests.paper import Paper


def test_labels_of_a_pattern_are_shown_and_downloaded(desk: Page, server: Server) -> None:
    places = server.bins()[:10]
    go(desk, "Labels")
    desk.get_by_text("Nothing chosen yet").wait_for()
    desk.get_by_label("Which ones").fill("\n".join(places))
    desk.get_by_role("heading", name="10 labels").wait_for()
    shown = desk.get_by_alt_text(f"The first label: {places[0]}")
    shown.evaluate("(one) => one.decode()")
    with desk.expect_download() as file:
        desk.get_by_role("button", name="Download PDF").click()
    assert file.value.suggested_filename == "labels.pdf"
    pages = readers.pdf(Path(file.value.path()).read_bytes())
    assert [readers.read(page, "code128") for page in pages] == places
    desk.get_by_label("Which ones").fill(places[0][:-1] + "?")
    desk.get_by_label("On", exact=True).select_option("a4-21")
    desk.get_by_role("heading", name="on 1 page").wait_for()
    expect(desk.get_by_role("button", name="ZPL")).to_have_count(0)


def test_one_label_of_the_preview_is_read(desk: Page, server: Server) -> None:
    place = server.bins()[3]
    go(desk, "Labels")
    desk.get_by_label("Which ones").fill(place)
    shown = desk.get_by_alt_text(f"The first label: {place}")
    shown.evaluate("(one) => one.decode()")
    assert readers.read(readers.png(shown.screenshot()), "code128") == place
    with desk.expect_download() as file:
        desk.get_by_role("button", name="Download PNG").click()
    assert readers.read(readers.png(Path(file.value.path()).read_bytes()), "code128") == place


def test_what_can_not_be_made_is_said_with_each_reason(desk: Page, server: Server) -> None:
    go(desk, "Labels")
    desk.get_by_label("Which ones").fill("NOWHERE-1")
    desk.get_by_text("NOWHERE-1 is unknown").wait_for()
    desk.get_by_label("Labels of").select_option("commands")
    desk.get_by_label("Which ones").fill("SL-DONE")
    desk.get_by_label("Kind of code").select_option("ean13")
    desk.get_by_text("Needs 13 digits").wait_for()


def test_a_number_that_is_none_makes_no_label(desk: Page, server: Server) -> None:
    go(desk, "Labels")
    desk.get_by_label("Which ones").fill(server.bins()[0])
    for copies, said in (("0", "greater than or equal to 1"), ("1O", "Not a valid integer"), ("", "")):
        desk.get_by_label("Of each").fill(copies)
        (desk.get_by_text(said) if said else desk.get_by_role("heading", name="1 label")).wait_for()
    desk.get_by_label("On", exact=True).select_option("a4-21")
    desk.get_by_label("Used labels of the first sheet").fill("l")
    desk.get_by_text("`skip`: Not a valid integer").wait_for()


def test_labels_are_printed_on_a_printer_of_the_settings(guns: Callable[..., Gun], tmp_path: Path) -> None:
    paper = Paper()
    server = Server(tmp_path)
    server.env["PRINTERS"] = f"dock=127.0.0.1:{paper.port}/203"
    server.start()
    try:
        page = guns(viewport={"width": 1180, "height": 820}).page
        first_sign_in(page, server)
        places = server.bins()[:2]
        go(page, "Labels")
        page.get_by_label("Which ones").fill("\n".join(places))
        page.get_by_label("Of each").fill("3")
        page.get_by_role("button", name="Print on dock").click()
        page.get_by_text("6 labels were sent to dock").wait_for()
        deadline = time.monotonic() + 5
        while not paper.jobs and time.monotonic() < deadline:
            time.sleep(0.05)
        (job,) = paper.jobs
        printed = [readers.zpl(one + b"^XZ\n") for one in job.split(b"^XZ\n") if one]
        assert [(readers.read(picture, "code128"), copies) for picture, _, copies in printed] == [(place, 3) for place in places]
    finally:
        server.stop()
        paper.close()
