"""The flows at work: a sheet and what is expected there, putting away by packs, hold and release, undo of any listed scan."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Gun, Server

Guns = Callable[..., Gun]
_number = count(1)


class Ground:
    """Two bins of their own with stock of their own, so that no other test is in the way."""

    def __init__(self, server: Server) -> None:
        self.server, n = server, next(_number)
        self.here, self.there, self.dock = f"FLOW-{n}-A", f"FLOW-{n}-B", f"FLOW-{n}-D"
        self.sku = {name: f"FLOW-{n}-{name}" for name in ("PEN", "INK", "CUP", "TOY")}
        self._import("locations", "code,parent,kind,name", *(f"{code},MAIN,bin,{code}" for code in (self.here, self.there, self.dock)))
        self._import(
            "products", "sku,name,barcode,barcode_quantity", *(f"{sku},{name.title()} {n},{sku}-1,1" for name, sku in self.sku.items()),
            f"{self.sku['PEN']},Pen {n},{self.sku['PEN']}-12,12",
        )  # fmt: skip
        stock = ((self.here, "PEN", 14), (self.here, "INK", 5), (self.there, "CUP", 3))
        self._import("stock", "location,sku,lot,quantity", *(f"{place},{self.sku[name]},,{n}" for place, name, n in stock))

    def _import(self, kind: str, *lines: str) -> None:
        done = self.server.call("POST", f"/api/v1/imports/{kind}?site=MAIN", raw="\n".join(lines).encode(), kind="text/csv")
        assert done["rejected"] == [], done

    def plan(self, blind: bool) -> dict[str, str]:
        """Plan a count of both bins; return its sheets by location."""
        made = self.server.call("POST", "/api/v1/counts?site=MAIN", {"locations": [self.here, self.there], "blind": blind, "site": "MAIN"})
        self.planned = made["code"]
        return {sheet["location"]: sheet["code"] for sheet in made["sheets"]}

    def cancel(self) -> None:
        self.server.call("POST", f"/api/v1/counts/{self.planned}/cancellation?site=MAIN", {"reason": "the test is over"})

    def on_hand(self, location: str) -> dict[str, str]:
        rows = self.server.call("GET", f"/api/v1/stock?site=MAIN&location={location}")["rows"]
        return {row["sku"]: row["quantity"] for row in rows}


@pytest.fixture
def ground(server: Server) -> Iterator[Ground]:
    ground = Ground(server)
    yield ground
    if hasattr(ground, "planned"):
        ground.cancel()


def test_a_sheet_shows_what_is_expected_missing_misplaced_and_unexpected_also_offline(guns: Guns, ground: Ground) -> None:
    sheets = ground.plan(blind=False)
    gun = guns().enrol().task("count")
    sheet = gun.page.get_by_role("button", name=sheets[ground.here])
    sheet.click()
    expect(sheet).to_have_attribute("aria-pressed", "true")
    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    gun.until(lambda: gun.page.evaluate(_BOOK) >= 2)
    gun.context.set_offline(True)
    gun.page.reload()
    gun.page.get_by_text(f"Scan {ground.here} first").wait_for()
    gun.scan(ground.there)
    gun.page.get_by_text(f"The sheet is for {ground.here}").wait_for()
    gun.scan(ground.here)
    lines = gun.page.locator(".lines")
    expect(lines).to_contain_text("Not seen yet: 2")
    sku = ground.sku
    gun.scan_saved(f"{sku['PEN']}-1", f"{sku['PEN']}-12", f"{sku['CUP']}-1", f"{sku['TOY']}-1")
    expect(lines.locator("li", has_text=f"{sku['PEN']}-12")).to_contain_text("13 of 14")
    expect(lines.locator("li", has_text=f"{sku['CUP']}-1")).to_contain_text(f"expected at {ground.there}")
    expect(lines.locator("li", has_text=f"{sku['TOY']}-1")).to_contain_text("not expected here")
    expect(gun.page.locator(".last")).to_contain_text("not expected here")
    expect(lines).to_contain_text("Not seen yet: 1")
    gun.scan("SL-DONE")
    gun.page.get_by_text("Finish this location?").wait_for()
    expect(lines.locator("li", has_text=sku["INK"])).to_contain_text("0 of 5")
    gun.scan("SL-DONE")
    gun.page.locator(".last", has_text="Finished").wait_for()
    expect(gun.page.get_by_role("button", name=sheets[ground.here])).to_have_count(0)
    expect(gun.page.get_by_role("button", name=sheets[ground.there])).to_be_visible()
    gun.context.set_offline(False)
    gun.drained()
    gun.arrived_once()
    found = ground.server.call("GET", f"/api/v1/counts/{ground.planned}?site=MAIN")["sheets"]
    assert {one["location"]: (one["status"], one["scans"]) for one in found} == {ground.here: ("closed", 4), ground.there: ("open", 0)}


_BOOK = """async () => {
  const open = await new Promise((resolve) => { const ask = indexedDB.open('scanledger'); ask.onsuccess = () => resolve(ask.result); });
  const kept = await new Promise((resolve) => { const ask = open.transaction('meta').objectStore('meta').get('sheets'); ask.onsuccess = () => resolve(ask.result); });
  open.close();
  return kept ? kept.book.length : 0;
}"""


def test_a_blind_sheet_shows_nothing_of_what_is_expected(guns: Guns, ground: Ground) -> None:
    sheets = ground.plan(blind=True)
    gun = guns().enrol().task("count")
    gun.page.get_by_role("button", name=sheets[ground.here]).click()
    gun.scan(ground.here)
    gun.page.locator(".place", has_text=ground.here).wait_for()
    gun.scan_saved(f"{ground.sku['PEN']}-1", f"{ground.sku['TOY']}-1")
    gun.drained()
    lines = gun.page.locator(".lines li")
    expect(lines).to_have_count(2)
    assert gun.page.locator(".tag").count() == 0
    gun.scan_saved(f"{ground.sku['PEN']}-12")
    assert gun.page.locator(".lines .tag").all_inner_texts() == ["= 13", "= 13"], "a case of twelve and one"
    gun.page.get_by_role("button", name="Here: products 2, scans 3").wait_for()
    assert gun.page.get_by_text("Not seen yet").count() == 0
    gun.scan("SL-DONE")
    gun.page.get_by_text("Finish this location?").wait_for()
    expect(lines).to_have_count(0)


def test_goods_are_put_away_from_the_dock_by_packs(guns: Guns, ground: Ground) -> None:
    gun = guns().enrol().task("putaway")
    pen = f"{ground.sku['PEN']}-1"
    gun.scan(ground.dock)
    gun.page.get_by_text("Scan TO location").wait_for()
    gun.scan(ground.here)
    gun.scan_saved(pen)
    gun.page.get_by_role("button", name="Quantity").click()
    gun.page.locator(".keys").get_by_role("button", name="3", exact=True).click()
    gun.page.get_by_role("button", name="× 12").click()
    gun.page.get_by_text("= 36").wait_for()
    assert gun.page.locator("#keyed").input_value() == "3x12"
    gun.page.get_by_role("button", name="OK").click()
    gun.scan_saved(pen)
    gun.scan(ground.there)
    gun.page.locator(".place", has_text=ground.there).wait_for()
    gun.scan_saved(pen)
    gun.page.get_by_role("button", name="Tasks").click()
    gun.task("putaway")
    expect(gun.page.locator(".place")).to_have_text(ground.dock)
    gun.drained()
    gun.arrived_once()
    assert ground.on_hand(ground.here)[ground.sku["PEN"]] == str(14 + 1 + 36)
    assert ground.on_hand(ground.there)[ground.sku["PEN"]] == "1"


def test_a_product_is_held_with_a_reason_and_released(guns: Guns, ground: Ground) -> None:
    def held() -> bool:
        rows = ground.server.call("GET", f"/api/v1/stock?site=MAIN&location={ground.here}")["rows"]
        return next(bool(row["held"]) for row in rows if row["sku"] == ground.sku["PEN"])

    gun = guns().enrol().task("hold")
    gun.page.get_by_label("Reason").select_option(label="Recalled")
    gun.scan_saved(f"{ground.sku['PEN']}-1")
    assert gun.page.get_by_role("button", name="Undo last").count() == 0, "a void would not end it"
    gun.drained()
    assert held()
    gun.page.get_by_role("button", name="Tasks").click()
    gun.task("release")
    gun.scan_saved(f"{ground.sku['PEN']}-1")
    gun.drained()
    assert not held()
    gun.arrived_once()


def test_any_listed_scan_is_undone_and_says_whether_the_server_knows(guns: Guns, ground: Ground) -> None:
    gun = guns().enrol().task("pick")
    gun.scan(ground.here)
    gun.scan_saved(f"{ground.sku['PEN']}-1", f"{ground.sku['INK']}-1", f"{ground.sku['PEN']}-1")
    gun.drained()
    gun.page.route("**/api/v1/scans", lambda route: route.abort())
    gun.page.get_by_role("button", name="Here: products 2, scans 3").click()
    row = gun.page.locator(".rows li", has_text="#2")
    expect(row).to_contain_text("on the server")
    row.get_by_role("button", name="Undo #2").click()
    assert len(gun.saved) == 3, "it asks first: a void can't be voided"
    row.get_by_role("button", name="Sure? #2").click()
    expect(row).to_contain_text("Undone here; the server isn't told yet")
    gun.page.unroute("**/api/v1/scans")
    gun.page.locator(".waits").click()
    gun.page.get_by_role("button", name="Send now").click()
    gun.drained()
    gun.page.go_back()
    expect(row).to_contain_text("Undone on the server")
    expect(row.get_by_role("button")).to_have_count(0)
    gun.page.get_by_role("button", name="Back").click()
    gun.page.get_by_role("button", name="Here: products 1, scans 2").wait_for()
    gun.arrived_once()
    assert ground.on_hand(ground.here) == {ground.sku["PEN"]: "12", ground.sku["INK"]: "5"}


def test_a_location_that_is_keyed_is_proven_by_the_digits_of_its_label_also_offline(guns: Guns, server: Server) -> None:
    gun = guns().enrol().task("receive")
    here, there = server.bins()[61:63]

    def key(text: str, field: str = "Code or name") -> None:
        """Key as people do: what comes at once is a gun's."""
        expect(gun.page.get_by_label(field)).to_have_value("")
        gun.page.get_by_label(field).press_sequentially(text, delay=90)
        gun.page.get_by_role("button", name="OK").click()

    gun.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    check = server.call("GET", f"/api/v1/locations/{here}?site=MAIN")["check"]
    gun.page.wait_for_timeout(500)
    gun.context.set_offline(True)
    gun.page.get_by_role("button", name="Type or search").click()
    key(here)
    expect(gun.page.locator(".prompt")).to_have_text(f"Key the [digits] of {here}")
    key(f"{(int(check) + 1) % 100:02}", "Digits on the label")
    expect(gun.page.locator(".prompt")).to_have_text(f"Key the [digits] of {here}")
    expect(gun.page.locator(".error")).to_have_text("Not the digits of its label")
    key(check, "Digits on the label")
    gun.page.locator(".place", has_text=here).wait_for()
    expect(gun.page.locator(".last")).to_contain_text(f"Location {here}")
    gun.page.get_by_role("button", name="Type or search").click()
    key(there)
    expect(gun.page.locator(".prompt")).to_have_text(f"Key the [digits] of {there}")
    gun.page.get_by_role("button", name="Cancel").click()
    expect(gun.page.locator(".prompt")).to_have_text("Scan a product")
    gun.page.locator(".place", has_text=here).wait_for()
    gun.page.wait_for_timeout(700)  # so soon after keys a code may be the rest of what was typed
    gun.scan(there)
    gun.page.locator(".place", has_text=there).wait_for()
    gun.context.set_offline(False)
