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
