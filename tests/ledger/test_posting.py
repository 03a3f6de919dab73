"""Posting: double entry, exact balances, exceptions that open and close by themselves, counter-moves of late moves."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app import journal
from app.db import reading, writing
from app.ledger import replaying
from app.ledger.models import FARTHEST
from app.ledger.posting import Draft, TooFar, assert_counted, post

SITE = 1


@pytest.fixture
def places(app: Flask) -> dict[str, int]:
    """Two bins, one product (id 1) beside the virtual locations."""
    with writing() as tx:
        tx.execute(text("INSERT INTO products (sku, folded, name, journal) VALUES ('P', 'p', 'Pen', 1)"))
        for code in ("A", "B"):
            tx.execute(
                text(
                    "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                    "VALUES (1, :c, :f, :c, 'bin', 1, :p, 1)"
                ),
                {"c": code, "f": code.casefold(), "p": f"/1/{code}/"},
            )
        rows = tx.execute(text("SELECT code, id FROM locations")).all()
    return {code: number for code, number in rows}


def draft(source: int, target: int, quantity: int, at: int = 1000, **more: Any) -> Draft:
    return Draft(**{"kind": "scan", "scan_id": None, "product_id": 1, "lot": "", "serial": "", "quantity": quantity, "source_id": source,
                    "target_id": target, "occurred_at": at, **more})  # fmt: skip


def posted(*drafts: Draft) -> Any:
    with writing() as tx:
        journal.lock(tx, SITE)
        result = post(tx, SITE, drafts, recorded_at=5000)
        assert replaying.check(tx) == []
    return result


def balance(tx: Connection, location: int, lot: str = "") -> int:
    return int(
        tx.scalar(
            text("SELECT COALESCE(SUM(quantity), 0) FROM balances WHERE location_id = :l AND lot = :lot"), {"l": location, "lot": lot}
        )
    )


def exceptions(tx: Connection) -> list[tuple[str, bool]]:
    return [(r[0], r[1] is None) for r in tx.execute(text("SELECT kind, closed_at FROM exceptions ORDER BY id"))]


def test_a_move_leaves_one_place_and_arrives_at_another(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], 10), draft(places["A"], places["B"], 4))
    with reading() as tx:
        assert (balance(tx, places["A"]), balance(tx, places["B"]), balance(tx, places["SUPPLIER"])) == (6, 4, -10)


def test_journal_numbers_follow_each_other(app: Flask, places: dict[str, int]) -> None:
    one = posted(draft(places["SUPPLIER"], places["A"], 1), draft(places["SUPPLIER"], places["A"], 1))
    two = posted(draft(places["SUPPLIER"], places["A"], 1))
    assert [*one.journals, *two.journals] == [one.journals[0], one.journals[0] + 1, one.journals[0] + 2]


def test_below_zero_opens_one_exception_that_closes_by_itself(app: Flask, places: dict[str, int]) -> None:
    assert posted(draft(places["A"], places["CUSTOMER"], 3)).short == [True]
    assert posted(draft(places["A"], places["CUSTOMER"], 2)).short == [True]
    with reading() as tx:
        assert exceptions(tx) == [("negative_balance", True)]
    assert posted(draft(places["SUPPLIER"], places["A"], 5)).short == [False]
    with reading() as tx:
        assert exceptions(tx) == [("negative_balance", False)]
    posted(draft(places["A"], places["CUSTOMER"], 1))
    with reading() as tx:
        assert exceptions(tx) == [("negative_balance", False), ("negative_balance", True)]


def test_two_picks_of_the_last_unit_in_one_go_leave_it_short(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], 1))
    assert posted(draft(places["A"], places["CUSTOMER"], 1), draft(places["A"], places["CUSTOMER"], 1)).short == [False, True]


def test_a_move_is_reversed_at_most_once(app: Flask, places: dict[str, int]) -> None:
    number = posted(draft(places["SUPPLIER"], places["A"], 2)).journals[0]
    back = draft(places["A"], places["SUPPLIER"], 2, kind="reversal", reverses=number)
    posted(back)
    with pytest.raises(IntegrityError):
        posted(back)


def test_moves_are_never_changed_or_deleted(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], 2))
    for deed in ("UPDATE moves SET quantity = 3", "DELETE FROM moves"):
        with pytest.raises(DBAPIError), writing() as tx:
            tx.execute(text(deed))


@pytest.mark.parametrize("bad", [{"quantity": 0}, {"quantity": -1}, {"target": "A"}])
def test_the_database_refuses_what_is_no_move(app: Flask, places: dict[str, int], bad: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        posted(draft(places["A"], places[bad.get("target", "B")], bad.get("quantity", 1)))


def test_a_balance_goes_only_so_far(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], FARTHEST))
    with pytest.raises(TooFar):
        posted(draft(places["SUPPLIER"], places["A"], 1))


def test_decimals_are_fixed_once_a_move_exists(app: Flask, places: dict[str, int]) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE products SET decimals = 1"))
    posted(draft(places["SUPPLIER"], places["A"], 1))
    with pytest.raises(DBAPIError), writing() as tx:
        tx.execute(text("UPDATE products SET decimals = 2"))


def asserted(places: dict[str, int], at: int, until: int, lot: str | None = "", line: int = 7, place: str = "A") -> None:
    with writing() as tx:
        assert_counted(
            tx, [{"line_id": line, "site_id": SITE, "location_id": places[place], "product_id": 1, "lot": lot, "at": at, "until": until}]
        )


def test_a_move_before_a_posted_count_gets_its_exact_counter_move(app: Flask, places: dict[str, int]) -> None:
    """SUPPLIER -> A 10 @1000; A counted at 2000 as 10; a pick of 4 @1500 arrives late: the count has already seen it."""
    posted(draft(places["SUPPLIER"], places["A"], 10, at=1000))
    asserted(places, at=2000, until=2500)
    posted(draft(places["A"], places["B"], 4, at=1500))
    with reading() as tx:
        assert (balance(tx, places["A"]), balance(tx, places["B"]), balance(tx, places["VARIANCE"])) == (10, 4, -4)
        assert exceptions(tx) == [("late_after_count", True)]
        row = tx.execute(text("SELECT occurred_at, line_id, source_id, target_id FROM moves WHERE kind = 'late_after_count'")).one()
    assert tuple(row) == (2000, 7, places["VARIANCE"], places["A"])


def test_a_move_inside_an_earlier_count_is_countered_by_a_later_one(app: Flask, places: dict[str, int]) -> None:
    """A counted from 2000 to 3000 as 10, and at 5000 as 6: a pick of 4 @2500 arrives after both, and the later count has seen it."""
    posted(draft(places["SUPPLIER"], places["A"], 6, at=1000))
    asserted(places, at=2000, until=3000, line=7)
    asserted(places, at=5000, until=5000, line=8)
    posted(draft(places["A"], places["B"], 4, at=2500))
    with reading() as tx:
        assert (balance(tx, places["A"]), balance(tx, places["B"])) == (6, 4)
        assert tx.scalars(text("SELECT line_id FROM moves WHERE kind = 'late_after_count'")).all() == [8]
        assert exceptions(tx) == [("late_after_count", True)]


def test_a_move_after_a_posted_count_is_just_a_move(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], 10, at=1000))
    asserted(places, at=2000, until=2500)
    posted(draft(places["A"], places["B"], 4, at=3000))
    with reading() as tx:
        assert (balance(tx, places["A"]), exceptions(tx)) == (6, [])


def test_a_move_that_clocks_can_not_order_is_shown_but_not_countered(app: Flask, places: dict[str, int]) -> None:
    asserted(places, at=2000, until=2500)
    posted(draft(places["SUPPLIER"], places["A"], 4, at=3000, uncertainty_ms=2000))
    with reading() as tx:
        assert (balance(tx, places["A"]), exceptions(tx)) == (4, [("late_after_count", True)])


def test_a_late_move_is_countered_once_however_many_counts_followed(app: Flask, places: dict[str, int]) -> None:
    asserted(places, at=2000, until=2000, line=7)
    asserted(places, at=4000, until=4000, line=8)
    posted(draft(places["SUPPLIER"], places["A"], 4, at=1000))
    with reading() as tx:
        assert balance(tx, places["A"]) == 0
        assert tx.scalars(text("SELECT line_id FROM moves WHERE kind = 'late_after_count'")).all() == [7]


def test_a_count_over_all_lots_counters_a_late_move_of_any_lot(app: Flask, places: dict[str, int]) -> None:
    asserted(places, at=2000, until=2000, lot=None)
    posted(draft(places["SUPPLIER"], places["A"], 4, at=1000, lot="L1"))
    with reading() as tx:
        assert balance(tx, places["A"], "L1") == 0


def test_a_late_move_between_two_counted_places_is_countered_at_both(app: Flask, places: dict[str, int]) -> None:
    asserted(places, at=2000, until=2000, line=7, place="A")
    asserted(places, at=2000, until=2000, line=8, place="B")
    posted(draft(places["A"], places["B"], 4, at=1000))
    with reading() as tx:
        assert (balance(tx, places["A"]), balance(tx, places["B"]), balance(tx, places["VARIANCE"])) == (0, 0, 0)


def test_a_serial_in_two_places_is_an_exception(app: Flask, places: dict[str, int]) -> None:
    posted(draft(places["SUPPLIER"], places["A"], 1, serial="S1"))
    posted(draft(places["SUPPLIER"], places["B"], 1, serial="S1"))
    with reading() as tx:
        assert exceptions(tx) == [("serial_in_two_places", True)]
