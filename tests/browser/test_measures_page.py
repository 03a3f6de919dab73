"""The page of measures: plots that say their values to a mouse, to a keyboard and in a table, and a file for each."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import past
from tests.browser.harness import Server, go


@pytest.fixture(scope="module")
def counts(server: Server) -> list[str]:
    return past.weeks(server, 3, 2)


def test_plots_say_what_the_server_measures(desk: Page, server: Server, counts: list[str]) -> None:
    told = server.call("GET", "/api/v1/measures/accuracy?by=week")
    assert (len(counts), len(told["rows"])) == (3, 3)
    share = server.call("GET", "/api/v1/measures/accuracy?by=all")["total"]["line_accuracy"]
    expect(desk.locator(".card", has_text="were right")).to_contain_text(f"{float(share):g}\u00a0%")
    go(desk, "Measures")
    plot = desk.locator("figure", has=desk.get_by_role("heading", name="How right the book was"))
    plot.locator("svg.time").focus()
    last = [f"{float(told['rows'][-1][f'{kind}_accuracy']):g} %" for kind in ("line", "unit", "value")]
    for share in last:
        expect(plot.locator(".told")).to_contain_text(share.replace(" ", "\u00a0"))
    first = plot.locator(".told").inner_text()
    desk.keyboard.press("Home")
    expect(plot.locator(".told")).not_to_have_text(first)
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(plot.locator(".told")).to_have_text(first)
    box = plot.locator("svg.time").bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 60)
    expect(plot.locator(".told")).not_to_have_text(first)
    plot.get_by_text("Show the values").press("Enter")
    expect(plot.locator("tbody tr")).to_have_count(3)
    with desk.expect_download() as file:
        plot.get_by_role("link", name="CSV").click()
    rows = file.value.path().read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["week", *(row["key"] for row in told["rows"])]


def test_no_value_of_an_axis_is_cut_off_however_large(desk: Page, server: Server, counts: list[str]) -> None:
    def rich(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for row in told["rows"]:
            row |= {"missing_value": "4621799.96", "found_value": "8525992.82"}
        route.fulfill(response=answer, json=told)

    desk.route("**/measures/accuracy?*", rich)
    go(desk, "Measures")
    plot = desk.locator("figure", has=desk.locator("#plot-shrinkage"))
    expect(plot.locator("svg.time").get_by_text("10M", exact=True)).to_be_visible()
    cut = desk.evaluate(
        "() => [...document.querySelectorAll('svg.time text')].filter((one) => one.getBBox().x < 0).map((one) => one.textContent)"
    )
    assert cut == []


def test_differences_are_grouped_and_a_part_of_the_site_is_chosen(desk: Page, server: Server, counts: list[str]) -> None:
    go(desk, "Measures")
    plot = desk.locator("figure", has=desk.locator("#plot-differences"))
    for by, name in (("zone", "by zone"), ("rule", "by rule"), ("product", "by product")):
        desk.get_by_role("button", name=name).click()
        expect(plot.locator("h2")).to_have_text(f"Differences: {name}")
        told = [row for row in server.call("GET", f"/api/v1/measures/accuracy?by={by}")["rows"] if row["absolute_value"] != "0.00"]
        expect(plot.locator("dd .value")).to_have_count(min(len(told), 12))
    zones = server.call("GET", "/api/v1/measures/coverage")["rows"]
    zone = max(zones, key=lambda one: one["locations"] - one["never_counted_locations"])["key"]
    desk.get_by_label("Part of the site").select_option(zone)
    wanted = server.call("GET", f"/api/v1/measures/coverage?within={zone}")["total"]
    cover = desk.locator("figure", has=desk.locator("#plot-coverage"))
    expect(cover).to_contain_text(f"{wanted['never_counted_locations']} of {wanted['locations']} locations were never counted")
    speed = desk.locator("figure", has=desk.locator("#plot-speed"))
    expect(speed).to_contain_text("It tells how long the next count will take")
