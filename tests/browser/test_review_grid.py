"""The review of a count of 5,000 lines: few rows in the page, all of it by keyboard, filters, one decision about thousands, and undo."""

import random
import re
import string
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app import times
from tests.browser.harness import PATIENCE, Gun, Server

BINS, PRODUCTS = 100, 50
LINES = BINS * PRODUCTS
MOST_ROWS = 40


@pytest.fixture(scope="module")
def count(server: Server) -> Iterator[str]:
    """A count of 100 new places (no bins: other tests count on those), 50 things found in each that the book doesn't know.

    A worker that is given the rest of this file later makes one anew, of places of its own.
    """
    anew = "".join(random.choices(string.ascii_uppercase, k=6))
    bins = [f"ZGRID-{number:03}-{anew}" for number in range(1, BINS + 1)]
    made = server.call("POST", "/api/v1/locations/ranges", {"from": bins[0], "to": bins[-1], "kind": "staging"})
    assert made["made"] == BINS, made
    planned = server.call("POST", "/api/v1/counts", {"locations": bins})
    barcodes = [code for code, _ in server.barcodes()[:PRODUCTS]]
    at = times.now() - 3_600_000
    for sheet in planned["sheets"]:
        scans = [("count", {"barcode": code, "quantity": str(number % 9 + 1)}) for number, code in enumerate(barcodes)] + [("finish", {})]
        server.call(
            "POST",
            "/api/v1/scans",
            {
                "scans": [
                    {
                        "id": str(uuid.uuid4()),
                        "task": task,
                        "scanned_at": times.wire(at + n),
                        "sheet": sheet["code"],
                        "operator": "OP-17",
                        **said,
                    }
                    for n, (task, said) in enumerate(scans)
                ]
            },
        )
    yield str(planned["code"])
    server.call("POST", f"/api/v1/counts/{planned['code']}/cancellation", {"reason": "the tests of the grid are over"})


@pytest.fixture(scope="module")
def review(chromium: Browser, server: Server, signed_in: Any, count: str) -> Iterator[Page]:
    """One page for the tests of this file, in their order."""
    context = chromium.new_context(viewport={"width": 1180, "height": 820}, storage_state=signed_in)
    context.set_default_timeout(PATIENCE * 1000)
    gun = Gun(context, server)
    gun.page.goto(f"{server.base}/console#/counts/{count}/reconciliation")
    gun.page.get_by_role("grid").wait_for()
    yield gun.page
    complaints = gun.complaints
    context.close()
    assert complaints == []


@pytest.fixture
def grid(review: Page) -> Locator:
    """The grid, with the keyboard on its first line."""
    grid = review.get_by_role("grid")
    grid.focus()
    grid.press("Escape")
    grid.press("Home")
    active(review, 0)
    return grid


def active(page: Page, row: int) -> None:
    expect(page.get_by_role("grid")).to_have_attribute("aria-activedescendant", f"row-{row}")
    expect(page.locator(f"#row-{row}[data-line]")).to_be_visible()


def rows(page: Page) -> int:
    return page.locator("[role=row]").count()


def test_only_what_is_seen_is_in_the_page(review: Page, grid: Locator) -> None:
    expect(grid).to_have_attribute("aria-rowcount", str(LINES + 1))
    assert rows(review) < MOST_ROWS
    height = review.locator(".grid-space").bounding_box()
    assert height is not None
    assert height["height"] == (LINES + 1) * 48
    grid.evaluate("node => { node.scrollTop = node.scrollHeight / 2; }")
    review.locator(f'[aria-rowindex="{LINES // 2}"][data-line]').wait_for()
    assert rows(review) < MOST_ROWS


def test_the_keyboard_goes_everywhere(review: Page, grid: Locator) -> None:
    for key, row in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", LINES - 1), ("ArrowDown", LINES - 1), ("Home", 0)):
        grid.press(key)
        active(review, row)
    grid.press("PageDown")
    page = int(str(grid.get_attribute("aria-activedescendant")).removeprefix("row-"))
    assert 3 < page < 20
    grid.press("PageUp")
    active(review, 0)
    expect(review.locator(".panel.line")).to_have_attribute("data-line", str(review.locator("#row-0").get_attribute("data-line")))
    grid.press("?")
    review.get_by_text("pick all that match").wait_for()
    grid.press("?")
    expect(review.get_by_text("pick all that match")).to_have_count(0)
    grid.press("/")
    expect(review.get_by_label("Search")).to_be_focused()


def test_most_of_the_first_screen_is_lines_with_their_whole_names(review: Page, grid: Locator, server: Server) -> None:
    """On a small desk, and with a notice above: five lines over the bar of deeds, which nothing covers; no name or number is cut off."""
    review.get_by_role("button", name="Approve and post").wait_for()
    review.evaluate("scrollTo(0, 0)")
    seen = review.evaluate(
        """() => { const bar = document.querySelector('.deeds').getBoundingClientRect().top;
        return [...document.querySelectorAll('.grid-row[data-line]')].filter((row) => row.getBoundingClientRect().bottom <= bar).length; }"""
    )
    assert seen >= 5, seen
    cut = review.evaluate(
        """() => [...document.querySelectorAll('.grid-row > .num, .grid-row > .grid-product')].filter((cell) => cell.scrollHeight > cell.clientHeight + 1
        || cell.scrollWidth > cell.clientWidth + 1).map((cell) => cell.textContent)"""
    )
    assert cut == []
    name = max((name for _, name in server.barcodes()[:PRODUCTS]), key=len)
    review.get_by_label("Search").fill(name)
    expect(review.locator("#row-0 .grid-product")).to_contain_text(name)
    review.get_by_label("Search").fill("")
    review.get_by_text("5,000 lines of 5,000").wait_for()
    review.set_viewport_size({"width": 1180, "height": 440})  # the head of the lines lies behind the bar
    over = review.evaluate(
        """() => { const boxes = () => ['.deeds', '.grid-head'].map((one) => document.querySelector(one).getBoundingClientRect());
        scrollBy(0, boxes()[1].top - boxes()[0].top);
        const [bar, head] = boxes();
        const at = (Math.max(bar.top, head.top) + Math.min(bar.bottom, head.bottom)) / 2;
        return [Math.min(bar.bottom, head.bottom) - Math.max(bar.top, head.top), !!document.elementFromPoint(bar.left + 300, at).closest('.deeds')]; }"""
    )
    review.set_viewport_size({"width": 1180, "height": 820})
    review.evaluate("scrollTo(0, 0)")
    assert over[0] > 9, over
    assert over[1]


def test_lines_are_picked_one_by_one_and_up_to_there(review: Page, grid: Locator) -> None:
    grid.press(" ")
    review.get_by_text("1 line picked").wait_for()
    expect(review.locator("#row-0")).to_have_attribute("aria-selected", "true")
    for _ in range(3):
        grid.press("Shift+ArrowDown")
    review.get_by_text("4 lines picked").wait_for()
    grid.press("Escape")
    expect(review.get_by_role("button", name="Pick none")).to_have_count(0)
    grid.press("Shift+PageDown")
    grid.press("Control+a")
    review.get_by_text("5,000 lines picked").wait_for()


def test_a_letter_decides_and_u_undoes(review: Page, grid: Locator) -> None:
    grid.press("r")
    review.get_by_text("1 line decided.").wait_for()
    active(review, 1)
    expect(review.locator("#row-0 .grid-decision")).to_have_text("recount")
    review.get_by_role("button", name="Order recount (1)").wait_for()
    grid.focus()
    grid.press("u")
    review.get_by_text("1 line stands as before.").wait_for()
    expect(review.locator("#row-0 .grid-decision")).to_have_text("")


def test_what_a_scanner_types_decides_nothing(review: Page, grid: Locator, server: Server, count: str) -> None:
    review.evaluate(
        """() => { const grid = document.querySelector('[role=grid]');
        for (const key of [...'RADAR', 'Enter']) grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true })); }"""
    )
    for key in "rad":
        review.evaluate(
            """(key) => { const grid = document.querySelector('[role=grid]');
            for (const one of [key, 'Enter']) grid.dispatchEvent(new KeyboardEvent('keydown', { key: one, bubbles: true })); }""",
            key,
        )
    review.wait_for_timeout(300)
    assert server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["undo"] is None


@pytest.mark.parametrize("pace", [2, 100])
def test_a_scanner_presses_no_button_and_chooses_nothing_whatever_has_the_focus(
    review: Page, grid: Locator, server: Server, count: str, pace: int
) -> None:
    grid.wait_for()
    chosen = review.get_by_label("Decision for").last
    pick = review.get_by_role("button", name="Pick all")
    for on, code in ((chosen, "D-01-02"), (chosen, "A-01 R"), (pick, "9521234000013"), (pick, "A 1")):
        on.focus()
        review.keyboard.type(code, delay=pace)
        review.keyboard.press("Enter")
    review.wait_for_timeout(300)
    assert chosen.input_value() == ""
    assert pick.count() == 1, "nothing was picked"
    assert server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["undo"] is None


def test_a_hand_chooses_from_a_list_by_its_letter(review: Page, grid: Locator) -> None:
    grid.wait_for()
    filters = review.get_by_role("button", name="Filter")
    filters.press("Enter")
    chosen = review.get_by_label("Sorted by")
    chosen.press("v")
    expect(chosen).to_have_value("value")
    chosen.select_option("location")
    review.wait_for_timeout(300)  # a hand that chose by a letter is not at once at Enter
    filters.press("Enter")
    expect(chosen).to_be_hidden()


def test_thousands_are_decided_at_once_and_taken_back(review: Page, grid: Locator) -> None:
    review.get_by_label("Search").fill("zgrid-00")
    review.get_by_text("450 lines of 5,000").wait_for()
    review.get_by_role("button", name="Pick all 450").click()
    many = review.get_by_role("group", name="Decide about many")
    many.get_by_label("Decision for").select_option("accept")
    many.get_by_label("Reason for").select_option("found")
    many.get_by_label("Note for").fill("new rack")
    many.get_by_role("button", name="Decide 450").click()
    review.get_by_text("450 lines decided.").wait_for()
    expect(review.locator("#row-0 .grid-decision")).to_have_text("acceptfound")
    review.get_by_role("button", name="Undecided (4,550)").wait_for()
    review.get_by_label("Search").fill("")
    review.get_by_role("button", name="Undecided (4,550)").click()
    review.get_by_text("4,550 lines of 5,000").wait_for()
    review.get_by_role("button", name="All lines").click()
    review.get_by_text("5,000 lines of 5,000").wait_for()
    grid.focus()
    grid.press("Control+a")
    many.get_by_label("Decision for").select_option("recount")
    many.get_by_role("button", name="Decide 5,000").click()
    review.get_by_text("5,000 lines decided.").wait_for()
    review.get_by_role("button", name="Undo: recount, 5,000 lines").click()
    review.get_by_text("5,000 lines stand as before.").wait_for()
    review.get_by_role("button", name="Undo: accept, 450 lines").click()
    review.get_by_text("450 lines stand as before.").wait_for()
    review.get_by_role("button", name="Undecided (5,000)").wait_for()


def test_without_an_answer_nothing_typed_is_lost_and_nobody_says_that_it_was_not_done(
    review: Page, grid: Locator, server: Server, count: str
) -> None:
    """The server decides, and the network loses its answer; then the network is away."""

    def unheard(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    grid.press(" ")
    many = review.get_by_role("group", name="Decide about many")
    many.get_by_label("Decision for").select_option("accept")
    many.get_by_label("Note for").fill("what took long to type")
    review.route("**/decisions*", unheard)
    many.get_by_role("button", name="Decide 1").click()
    review.get_by_text("No answer came: it may have been done.").wait_for()
    expect(many.get_by_label("Note for")).to_have_value("what took long to type")
    expect(many.get_by_label("Decision for")).to_have_value("accept")
    review.unroute("**/decisions*")
    review.get_by_role("button", name="Look again").click()
    expect(review.locator("#row-0 .grid-decision")).to_have_text("accept")
    expect(review.get_by_text("No answer came")).to_have_count(0)
    grid.press("Escape")
    note = review.locator(".panel.line").get_by_label("Note for")
    review.route("**/decisions*", lambda route: route.abort("internetdisconnected"))
    note.fill("of one line")
    note.press("Tab")
    review.get_by_text("No answer came: it may have been done.").wait_for()
    expect(note).to_have_value("of one line")
    review.unroute("**/decisions*")
    note.fill("of one line, again")
    note.press("Tab")
    review.get_by_text("1 line decided.").wait_for()
    for _ in range(2):
        undone = server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["undo"]["bulk"]
        server.call("DELETE", f"/api/v1/counts/{count}/decisions/{undone}")
    review.reload()
    review.get_by_role("button", name="Undecided (5,000)").wait_for()
    review.get_by_role("button", name="All lines").click()


def test_lines_that_change_meanwhile_are_said_before_anything_is_decided(review: Page, grid: Locator, server: Server, count: str) -> None:
    line = server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["rows"][0]
    code = next(code for code, name in server.barcodes() if name == line["name"])
    scan: dict[str, Any] = {"id": str(uuid.uuid4()), "task": "receive", "scanned_at": times.wire(times.now() - 7_200_000)}
    server.call("POST", "/api/v1/scans", {"scans": [scan | {"location": line["location"], "barcode": code, "quantity": "1"}]})
    grid.press("a")
    review.get_by_text("The content changed meanwhile").wait_for()
    assert server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["undo"] is None


def test_a_filter_and_an_order_are_asked_of_the_server(review: Page, grid: Locator) -> None:
    review.get_by_role("button", name="Filter").click()
    review.get_by_label("Sorted by").select_option("value")
    active(review, 0)
    review.get_by_label("Counted by").fill("OP-17")
    review.get_by_role("button", name="Filter (1)").wait_for()
    review.get_by_text("5,000 lines of 5,000").wait_for()
    review.get_by_label("Counted by").fill("OP-99")
    review.get_by_text("No such lines").wait_for()


def test_what_is_compared_is_shown_while_the_rest_is(review: Page, count: str) -> None:
    """The server says at first that 40 % is done; the console asks on until all of it is, and lets nobody decide before."""
    go_on = threading.Event()

    def early(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | ({} if go_on.is_set() else {"done": 40, "hash": None}))

    review.route("**/lines?*", early)
    review.reload()
    review.get_by_text("is being compared").wait_for()
    review.locator("#row-0[data-line]").wait_for()
    expect(review.get_by_text("40 %")).to_be_visible()
    for what in ("Approve and post", "Why?"):
        expect(review.get_by_role("button", name=what)).to_have_count(0)
    go_on.set()
    review.get_by_role("button", name="Approve and post").wait_for()
    expect(review.get_by_role("progressbar")).to_have_count(0)
    review.unroute("**/lines?*")


def test_the_list_of_counts_says_how_many_locations_there_are(review: Page, server: Server) -> None:
    review.goto(f"{server.base}/console#/counts")
    review.get_by_role("button", name="All", exact=True).click()
    first = re.compile("ZGRID-001-.{6}, ZGRID-002-.{6}, ZGRID-003-.{6}, ZGRID-004-.{6} and 96 more")
    expect(review.get_by_text(first).first).to_be_visible()
    review.go_back()  # for whichever test comes next
    review.get_by_role("grid").wait_for()


def test_whose_session_is_over_meanwhile_signs_in_and_goes_on_there(review: Page, grid: Locator, server: Server, count: str) -> None:
    """A letter that decides finds no session: the console asks for the name and says why, and comes back to the review."""
    cookies = review.context.cookies()
    review.context.clear_cookies()
    grid.press("a")
    review.get_by_text("Your session is over").wait_for()
    assert server.call("GET", f"/api/v1/counts/{count}/lines?limit=1")["undo"] is None
    review.context.add_cookies(cookies)  # type: ignore[arg-type]  # Playwright gives cookies as another type than it takes
    review.reload()
    review.get_by_role("grid").wait_for()
