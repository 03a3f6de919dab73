"""The lines of a count as they stand are kept, and only what something happened at is compared again; on both engines."""

from typing import Any

import pytest

from app import times
from app.counts import comparing, keeping, paging, standing
from app.counts.comparing import Compared
from app.db import reading, writing
from tests.callers import problem
from tests.counts.test_counting import INK, MINUTE, PEN, approve, decision, plan, reconciliation
from tests.shop import Shop, key


@pytest.fixture
def start() -> int:
    """When the shift began: two hours ago."""
    return times.now() - 120 * MINUTE


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Which locations were compared, each time some were."""
    told: list[list[str]] = []
    real = standing._compare

    def noting(site_id: int, code: str, places: Any) -> None:
        with reading() as tx:
            told.append(
                [code for _, code in comparing.fetch_by_ids(tx, "SELECT id, code FROM locations WHERE id {} ORDER BY code", places)]
            )
        real(site_id, code, places)

    monkeypatch.setattr(standing, "_compare", noting)
    return told


def counted(shop: Shop, start: int, **planned: Any) -> None:
    """A-01 PEN 10/9, A-02 INK 5/5, in review."""
    at = start + 60 * MINUTE
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=PEN, quantity="10"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=INK, quantity="5"),
    )
    plan(shop, "A-01", "A-02", **planned)
    shop.gun.send(
        shop.gun.scan("count", at=at, sheet="K1-001", barcode=PEN, quantity="9"),
        shop.gun.scan("finish", at=at + 1000, sheet="K1-001"),
        shop.gun.scan("count", at=at + 2000, sheet="K1-002", barcode=INK, quantity="5"),
        shop.gun.scan("finish", at=at + 3000, sheet="K1-002"),
    )


def anew(shop: Shop) -> str:
    """The hash of all lines compared anew: the truth."""
    with reading() as tx:
        count = comparing.header(tx, 1, "K1")
        found = comparing.digest(count, comparing.lines(tx, count, comparing.costs(tx, count.id), Compared()))
        kept = paging.digest(tx, count)
    assert kept == found
    return found


def test_only_what_something_happened_at_is_compared_again(shop: Shop, start: int, compared: list[list[str]]) -> None:
    counted(shop, start)
    other = shop.other_gun
    hashes = [reconciliation(shop, "K1")["hash"]]
    assert compared == [["A-01", "A-02"]]
    reconciliation(shop, "K1")
    assert len(compared) == 1, "nothing happened"
    wrong = other.scan("count", at=start + 60 * MINUTE + 2500, sheet="K1-002", barcode=INK, quantity="2")
    deeds: list[tuple[list[Any], list[str]]] = [
        ([other.scan("pick", at=start + MINUTE, location="A-01", barcode=PEN, quantity="1")], ["A-01"]),
        ([wrong], ["A-02"]),
        ([other.scan("void", at=times.now(), voids=wrong["id"])], ["A-02"]),
        ([other.scan("move", at=start + MINUTE, location="A-02", target="A-01", barcode=INK, quantity="1")], ["A-01", "A-02"]),
        ([other.scan("receive", at=start + MINUTE, location="B-01", barcode=PEN, quantity="1")], []),
    ]
    for scans, places in deeds:
        compared.clear()
        other.send(*scans)
        hashes.append(reconciliation(shop, "K1")["hash"])
        assert compared == ([places] if places else [])
        assert hashes[-1] == anew(shop)
    assert len(set(hashes)) == len(hashes) - 2, "a void takes back what it voids, and the last deed was elsewhere"


def test_a_product_that_changes_changes_its_lines(shop: Shop, start: int, compared: list[list[str]]) -> None:
    counted(shop, start)
    reconciliation(shop, "K1")
    compared.clear()
    answer = shop.person("administrator").call("PUT", "/api/v1/products/INK", {"sku": "INK", "name": "Ink, black", "unit": "each"})
    assert answer.status_code == 200, answer.json
    assert [line["name"] for line in reconciliation(shop, "K1")["lines"]] == ["Pen", "Ink, black"]
    assert compared == [["A-02"]]


def test_an_approval_and_its_withdrawal_leave_the_lines_right(shop: Shop, start: int) -> None:
    counted(shop, start, second_above="1")
    other = shop.other_gun
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept")).json["status"] == "approved"
    seen = reconciliation(shop, "K1")
    late = other.scan("count", at=start + 60 * MINUTE + 500, sheet="K1-001", barcode=PEN, quantity="1")
    other.send(late)
    told = reconciliation(shop, "K1")
    assert [one["reason"] for one in told["late"]] == ["after_approval"]
    assert told["hash"] == seen["hash"] == anew(shop)
    shop.person("supervisor").call("POST", "/api/v1/counts/K1/withdrawal", {"reason": "one came late"})
    told = reconciliation(shop, "K1")
    assert (told["late"], told["lines"][0]["counted"]) == ([], "10")
    assert told["hash"] == anew(shop)


def test_what_is_kept_may_be_lost_and_is_made_again(shop: Shop, start: int) -> None:
    counted(shop, start)
    told = reconciliation(shop, "K1")
    with writing() as tx:
        standing.forget(tx, comparing.header(tx, 1, "K1").id)
    assert reconciliation(shop, "K1") == told


BINS = ["A-01", "A-02", "B-01", "DOCK"]


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that must not last compares one location."""
    monkeypatch.setattr(standing, "_STEP", 5)


def counted_everywhere(shop: Shop, start: int) -> None:
    """Four locations, each with 10 PEN in the book and 9 counted, in review."""
    at = start + 60 * MINUTE
    shop.gun.send(*(shop.gun.scan("receive", at=start, location=place, barcode=PEN, quantity="10") for place in BINS))
    plan(shop, *BINS)
    for number in range(1, len(BINS) + 1):
        sheet = f"K1-00{number}"
        shop.gun.send(
            shop.gun.scan("count", at=at + number, sheet=sheet, barcode=PEN, quantity="9"),
            shop.gun.scan("finish", at=at + 1000 * number, sheet=sheet),
        )


def look(shop: Shop, query: str = "within=0") -> Any:
    return shop.person("accountant").get(f"/api/v1/counts/K1/lines?{query}").json


def places(seen: Any) -> list[str]:
    return [line["location"] for line in seen["rows"]]


def test_a_first_look_shows_what_is_compared_and_the_next_ones_go_on(
    slowly: None, shop: Shop, start: int, compared: list[list[str]]
) -> None:
    counted_everywhere(shop, start)
    done = []
    for looks in range(1, 5):
        seen = look(shop)
        done.append(seen["done"])
        assert places(seen) == BINS[:looks]
        assert (seen["hash"] is None) == (looks < 4), "nobody decides about what isn't all there"
        assert seen["totals"]["lines"] == looks
    assert done == [25, 50, 75, 100]
    assert compared == [[place] for place in BINS], "none twice"
    assert look(shop)["hash"] == anew(shop)


def test_what_happens_between_two_looks_is_compared_again(slowly: None, shop: Shop, start: int, compared: list[list[str]]) -> None:
    counted_everywhere(shop, start)
    look(shop)
    look(shop)
    other = shop.other_gun
    other.send(other.scan("pick", at=start + MINUTE, location="A-01", barcode=PEN, quantity="1"))
    assert [look(shop)["done"] for _ in range(3)] == [50, 75, 100]
    assert compared == [["A-01"], ["A-02"], ["A-01"], ["B-01"], ["DOCK"]]
    assert look(shop)["hash"] == anew(shop)


def test_the_reconciliation_is_complete_however_little_was_looked_at(slowly: None, shop: Shop, start: int) -> None:
    counted_everywhere(shop, start)
    look(shop)
    assert [line["location"] for line in reconciliation(shop, "K1")["lines"]] == BINS
    assert look(shop)["hash"] == anew(shop)


def test_what_somebody_compared_before_it_happened_is_not_taken_for_later(
    slowly: None, shop: Shop, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ann compares A-01; a pick and Ben's look come between her reading and her writing."""
    counted_everywhere(shop, start)
    other, real = shop.other_gun, comparing.lines

    def overtaken(*given: Any) -> Any:
        found = list(real(*given))
        monkeypatch.setattr(comparing, "lines", real)
        other.send(other.scan("pick", at=start + MINUTE, location="A-01", barcode=PEN, quantity="1"))
        with reading() as tx:
            count, moment = comparing.header(tx, 1, "K1"), standing._moment(tx, 1)
            stale = standing.stale_places(tx, count)
        standing._mark(count, moment, stale)
        return found

    monkeypatch.setattr(comparing, "lines", overtaken)
    assert look(shop)["done"] == 25
    seen = look(shop, "limit=500")
    assert seen["rows"][0]["expected"] == "9"
    assert seen["hash"] == anew(shop)


def test_a_posted_count_is_taken_over_step_by_step(shop: Shop, start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    counted_everywhere(shop, start)
    line_of = {line["location"]: line["line"] for line in reconciliation(shop, "K1")["lines"]}
    decisions = [{"line": line, "decision": "accept", "reason_code": "lost"} for line in line_of.values()]
    assert approve(shop, "K1", *decisions).json["status"] == "posted"
    monkeypatch.setattr(standing, "_LINES", 1)
    assert (look(shop)["done"], look(shop)["rows"]) == (0, [])
    whole = look(shop, "limit=500")
    assert (whole["done"], places(whole)) == (100, BINS)
    assert look(shop)["rows"] == whole["rows"]


def test_an_approval_does_not_trust_what_is_kept(shop: Shop, start: int) -> None:
    counted(shop, start)
    other = shop.other_gun
    seen = reconciliation(shop, "K1")["hash"]
    other.send(other.scan("pick", at=start + MINUTE, location="A-01", barcode=PEN, quantity="1"))
    with reading() as tx:
        assert paging.digest(tx, comparing.header(tx, 1, "K1")) == seen, "nobody has looked since"
    problem(approve(shop, "K1", seen=seen, who=key(shop.app, "Sue", "supervisor")), "changed")


def test_large_counts_are_kept_up_to_date_while_people_count(
    shop: Shop, start: int, compared: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted(shop, start)
    assert keeping.keep() == 0, "a small count waits until somebody looks"
    monkeypatch.setattr(keeping, "LARGE", 1)
    assert keeping.keep() == 1
    assert keeping.keep() == 0
    compared.clear()
    reconciliation(shop, "K1")
    assert compared == []
