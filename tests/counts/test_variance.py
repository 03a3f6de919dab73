"""Variance: the docstring of each test is the shift it is about (tests/counts/shiftlog.py says how to read it)."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.counts.variance import MOST_CENTS, Found, Mark, Move, Pass, Scan, Tolerance, Window, money, reconcile, state, stray
from tests.counts.shiftlog import Log, ledger


@ledger()
def test_zero_blank_and_equal_are_three_results(log: Log) -> None:
    """
    opens PEN 10
    opens INK 3
    08:00 gun1#1 count PEN 10
    08:01 gun1#2 count SER 0
    08:02 gun1#3 finish
    = PEN 10 10 equal accept
    = INK 3 0 outside
    = SER 0 0 equal accept
    """


@ledger()
def test_not_found_on_a_part_of_the_place_is_not_counted(log: Log) -> None:
    """
    opens PEN 10
    opens INK 3
    08:00 gun1#1 count PEN 9
    08:02 gun1#3 finish part
    = PEN 10 9 outside
    = INK 3 - not_counted
    """


@ledger()
def test_nothing_where_nothing_is_expected_is_a_line_too(log: Log) -> None:
    """
    08:02 gun1#1 finish
    = nothing 0 0 empty accept
    """


@ledger()
def test_nothing_scanned_on_a_part_of_an_empty_place_is_not_counted(log: Log) -> None:
    """
    08:02 gun1#1 finish part
    = nothing 0 - not_counted
    """


@ledger()
def test_a_place_nobody_has_finished_is_not_counted(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 9
    = PEN 10 - not_counted
    """


@ledger()
def test_scans_of_a_line_add_up(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 4
    08:01 gun1#2 count PEN 6
    08:02 gun1#3 finish
    = PEN 10 10 equal accept
    """


@ledger(twice=True)
def test_two_who_agree_close_a_line_and_two_who_do_not_leave_it_to_a_person(log: Log) -> None:
    """
    opens PEN 10
    opens INK 5
    opens LOTS/L1 4
    08:00 ann#1 count PEN 9
    08:01 ann#2 count INK 5
    08:02 ann#3 count LOTS/L1 3
    08:05 ann#4 finish
    recount
    09:00 bob#1 count PEN 9
    09:01 bob#2 count INK 4
    09:02 bob#3 count LOTS/L1 3
    09:05 bob#4 finish
    = PEN 10 9 outside accept
    = INK 5 4 outside
    = LOTS/L1 4 3 outside accept
    """


@ledger(twice=True)
def test_two_agree_on_the_difference_each_as_of_their_own_moment(log: Log) -> None:
    """
    opens PEN 10
    08:00 ann#1 count PEN 9
    08:05 ann#2 finish
    08:30 gun#1 out PEN 3
    recount
    09:00 bob#1 count PEN 6
    09:05 bob#2 finish
    = PEN 7 6 outside accept
    """


@ledger(twice=True, quantity=5)
def test_equal_or_near_enough_for_one_of_two_is_not_enough(log: Log) -> None:
    """
    opens PEN 10
    08:00 ann#1 count PEN 9
    08:05 ann#2 finish
    recount
    09:00 bob#1 count PEN 10
    09:05 bob#2 finish
    = PEN 10 10 equal
    """


@ledger(twice=True)
def test_what_only_one_of_two_found_is_a_line(log: Log) -> None:
    """
    08:00 ann#1 count PEN 2
    08:05 ann#2 finish
    recount
    09:05 bob#1 finish
    = PEN 0 0 equal
    """


@ledger(twice=True)
def test_what_the_book_has_not_is_left_to_a_person_though_two_agree(log: Log) -> None:
    """
    08:00 ann#1 count PEN 2
    08:05 ann#2 finish
    recount
    09:00 bob#1 count PEN 2
    09:05 bob#2 finish
    = PEN 0 2 unexpected
    """


@ledger(twice=True)
def test_one_person_who_counts_twice_agrees_with_nobody(log: Log) -> None:
    """
    opens PEN 10
    08:00 ann#1 count PEN 9
    08:05 ann#2 finish
    recount
    09:00 ann#3 count PEN 9
    09:05 ann#4 finish
    = PEN 10 9 outside
    """


@ledger(twice=True)
def test_a_sheet_that_nobody_counted_on_takes_nothing_from_the_other(log: Log) -> None:
    """
    opens PEN 10
    08:00 ann#1 count PEN 9
    08:05 ann#2 finish
    recount
    09:05 bob#1 finish part
    = PEN 10 9 outside
    """


@ledger(twice=True)
def test_a_third_who_agrees_with_one_of_two_closes_the_line(log: Log) -> None:
    """
    opens PEN 10
    08:00 ann#1 count PEN 9
    08:05 ann#2 finish
    recount
    09:00 bob#1 count PEN 8
    09:05 bob#2 finish
    recount PEN
    10:00 eve#1 count PEN 9
    10:05 eve#2 finish
    = PEN 10 9 outside accept
    """


@ledger(twice=True)
def test_two_find_nothing_where_nothing_is_expected(log: Log) -> None:
    """
    08:05 ann#1 finish
    recount
    09:05 bob#1 finish
    = nothing 0 0 empty accept
    """


@ledger(quantity=5, percent=100)
def test_what_the_book_does_not_know_is_never_accepted_by_itself(log: Log) -> None:
    """
    08:00 gun1#1 count PEN 1
    08:02 gun1#3 finish
    = PEN 0 1 unexpected
    """


@ledger(quantity=5, percent=100)
def test_a_book_below_zero_is_never_within(log: Log) -> None:
    """
    opens PEN -1
    08:00 gun1#1 count PEN 1
    08:02 gun1#3 finish
    = PEN -1 1 outside
    """


@ledger(quantity=2, percent=10)
def test_within_is_within_every_limit(log: Log) -> None:
    """
    opens PEN 100
    opens INK 10
    08:00 gun1#1 count PEN 98
    08:00 gun1#2 count INK 8
    08:02 gun1#3 finish
    = PEN 100 98 within accept
    = INK 10 8 outside
    """


@ledger()
def test_moves_before_and_after_a_count_do_not_distort_it(log: Log) -> None:
    """
    opens PEN 10
    07:00 gun2#1 in PEN 5
    08:00 gun1#1 count PEN 15
    09:00 gun2#2 out PEN 3
    09:30 gun1#2 finish
    = PEN 15 15 equal accept
    """


@ledger()
def test_a_move_between_two_scans_of_a_line_flags_it(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 4
    08:05 gun2#1 out PEN 2
    08:10 gun1#2 count PEN 4
    08:20 gun1#3 finish
    = PEN 8 8 moved
    """
    assert [move.change for move in log.found()[0].moves] == [-2]


@ledger(policy="as_of")
def test_the_proposal_stands_where_the_policy_says_so_and_only_when_it_fits(log: Log) -> None:
    """
    opens PEN 10
    opens INK 10
    08:00 gun1#1 count PEN 4
    08:00 gun1#2 count INK 4
    08:05 gun2#1 out PEN 2
    08:05 gun2#2 out INK 2
    08:10 gun1#3 count PEN 4
    08:10 gun1#4 count INK 5
    08:20 gun1#5 finish
    = PEN 8 8 moved accept
    = INK 8 9 moved
    """


@ledger(policy="recount")
def test_what_moved_is_recounted_where_the_policy_says_so(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 4
    08:05 gun2#1 out PEN 2
    08:10 gun1#3 count PEN 4
    08:20 gun1#5 finish
    = PEN 8 8 moved recount
    """


@ledger()
def test_what_another_clock_can_not_order_flags_the_line(log: Log) -> None:
    """
    opens PEN 10
    08:00:03 gun2#1 out PEN 2
    08:00:00 gun1#1 count PEN 8
    08:20:00 gun1#5 finish
    = PEN 8 8 moved
    """


@ledger()
def test_a_coarse_clock_flags_more(log: Log) -> None:
    """
    opens PEN 10
    opens INK 10
    08:04 gun2#1~300 out PEN 2
    08:06 gun2#2~300 out INK 2
    08:00 gun1#1 count PEN 8
    08:00 gun1#2 count INK 10
    08:20 gun1#5 finish
    = PEN 8 8 moved
    = INK 10 10 equal accept
    """


@ledger()
def test_what_the_server_already_had_is_before_whatever_its_clock(log: Log) -> None:
    """
    opens PEN 10
    07:59:00 gun2#1~300 out PEN 2 heard 07:59:30
    08:00:00 gun1#1 count PEN 8
    08:20:00 gun1#5 finish
    = PEN 8 8 equal accept
    """


@ledger()
def test_the_order_inside_a_stream_is_its_numbers_not_its_clock(log: Log) -> None:
    """
    opens PEN 10
    09:00 gun1#1 out PEN 2
    08:00 gun1#2 count PEN 8
    07:00 gun1#3 out PEN 1
    08:20 gun1#4 finish
    = PEN 8 8 equal accept
    """


@ledger()
def test_two_guns_on_one_sheet_each_keep_their_own_order(log: Log) -> None:
    """
    opens PEN 10
    09:00 gun1#1 out PEN 2
    08:00 gun1#2 count PEN 5
    08:30 gun2#7 count PEN 3
    09:30 gun2#9 finish
    = PEN 8 8 moved
    """


@ledger()
def test_what_was_not_seen_was_looked_for_all_through_the_sheet(log: Log) -> None:
    """
    opens PEN 10
    opens INK 4
    08:00 gun1#1 count PEN 10
    08:10 gun2#1 in INK 2
    08:20 gun1#2 finish
    = PEN 10 10 equal accept
    = INK 6 0 moved
    """


@ledger()
def test_a_place_found_empty_while_something_came_is_flagged(log: Log) -> None:
    """
    08:00 gun1#1 count INK 1
    08:10 gun2#1 in PEN 2
    08:20 gun1#2 finish
    = PEN 2 0 moved
    = INK 0 1 unexpected
    """


@ledger()
def test_what_came_after_the_finish_is_nobodys_variance(log: Log) -> None:
    """
    08:20 gun1#2 finish
    08:30 gun2#1 in PEN 2
    = nothing 0 0 empty accept
    """


@ledger()
def test_a_scan_after_the_sheet_closed_is_late_not_lost(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 9
    07:00 gun1#3 count PEN 1
    08:30 gun2#1 count PEN 1
    08:20 gun1#2 finish
    = PEN 10 9 outside
    """
    assert [scan.operator for scan in log.late] == ["gun1", "gun2"]


@ledger()
def test_a_scan_before_the_finish_counts_whenever_it_arrives(log: Log) -> None:
    """
    opens PEN 10
    08:00 gun1#1 count PEN 9
    08:19 gun2#1 count PEN 1 heard 23:00
    08:20 gun1#2 finish
    = PEN 10 10 equal
    """
    assert log.late == []


@ledger()
def test_the_last_pass_that_covers_a_line_is_its_count(log: Log) -> None:
    """
    opens PEN 10
    opens INK 3
    08:00 gun1#1 count PEN 9
    08:00 gun1#2 count INK 2
    08:20 gun1#3 finish
    08:30 gun2#1 out PEN 4
    recount PEN
    09:00 gun3#1 count PEN 6
    09:10 gun3#2 finish
    = PEN 6 6 equal accept
    = INK 3 2 outside
    """


@ledger()
def test_a_recount_of_a_line_finds_nothing(log: Log) -> None:
    """
    opens PEN 10
    opens INK 3
    08:00 gun1#1 count PEN 9
    08:00 gun1#2 count INK 3
    08:20 gun1#3 finish
    recount PEN
    09:10 gun3#2 finish
    = PEN 10 0 outside
    = INK 3 3 equal accept
    """


@ledger()
def test_a_recount_says_nothing_of_what_it_does_not_cover(log: Log) -> None:
    """
    opens PEN 10
    opens INK 3
    08:00 gun1#1 count PEN 9
    08:00 gun1#2 count INK 3
    08:20 gun1#3 finish
    recount PEN
    09:00 gun3#1 count PEN 10
    09:05 gun3#2 count INK 1
    09:10 gun3#3 finish
    = PEN 10 10 equal accept
    = INK 3 3 equal accept
    """
    assert [scan.product for scan in stray(log.passes[1])] == [2]


@ledger()
def test_lots_are_lines_of_their_own(log: Log) -> None:
    """
    opens LOTS/L1 5
    opens LOTS/L2 3
    08:00 gun1#1 count LOTS/L1 5
    08:00 gun1#2 count LOTS/L3 1
    08:20 gun1#3 finish
    = LOTS/L1 5 5 equal accept
    = LOTS/L2 3 0 outside
    = LOTS/L3 0 1 unexpected
    """


@ledger()
def test_one_scan_without_a_lot_makes_one_line_of_the_product(log: Log) -> None:
    """
    opens LOTS/L1 5
    opens LOTS/L2 3
    08:00 gun1#1 count LOTS/L1 5
    08:00 gun1#2 count LOTS 2
    08:20 gun1#3 finish
    = LOTS 8 7 outside
    """
    assert log.found()[0].lot is None
    assert log.found()[0].grains == {}


@ledger()
def test_none_of_any_lot_tells_the_lots_by_itself(log: Log) -> None:
    """
    opens LOTS/L1 5
    opens LOTS/L2 3
    08:00 gun1#2 count LOTS 0
    08:20 gun1#3 finish
    = LOTS 8 0 outside
    """
    assert log.found()[0].grains == {("L1", ""): -5, ("L2", ""): -3}


@ledger()
def test_a_recount_of_one_lot_takes_a_scan_without_lot_as_that_lot(log: Log) -> None:
    """
    opens LOTS/L1 5
    opens LOTS/L2 3
    08:00 gun1#1 count LOTS/L1 4
    08:00 gun1#2 count LOTS/L2 3
    08:20 gun1#3 finish
    recount LOTS/L1
    09:00 gun2#1 count LOTS 5
    09:01 gun2#2 finish
    = LOTS/L1 5 5 equal accept
    = LOTS/L2 3 3 equal accept
    """


@ledger()
def test_the_same_serial_twice_counts_once(log: Log) -> None:
    """
    opens SER/!S1 1
    opens SER/!S2 1
    08:00 gun1#1 count SER/!S1 1
    08:01 gun1#2 count SER/!S1 1
    08:20 gun1#3 finish
    = SER 2 1 outside
    """
    assert log.found()[0].grains == {("", "S2"): -1}


@ledger()
def test_another_serial_is_not_equal(log: Log) -> None:
    """
    opens SER/!S1 1
    08:01 gun1#2 count SER/!S2 1
    08:20 gun1#3 finish
    = SER 1 1 outside
    """
    assert log.found()[0].grains == {("", "S1"): -1, ("", "S2"): 1}


@ledger()
def test_what_nobody_we_know_counted_is_never_accepted_by_itself(log: Log) -> None:
    """
    opens PEN 10
    opens INK 1
    08:00 gun1#1? count PEN 10
    08:01 gun1#2? count INK 1
    08:01 gun2#1 count INK 0
    08:20 gun1#3 finish
    = PEN 10 10 equal
    = INK 1 1 equal accept
    """


def test_the_moment_of_a_line_is_its_first_scan_or_the_last_when_it_moved() -> None:
    log = Log(
        """
        opens PEN 10
        opens INK 10
        08:00 gun1#1 count PEN 5
        08:00 gun1#2 count INK 5
        08:05 gun2#1 in INK 1
        08:10 gun1#3 count PEN 5
        08:10 gun1#4 count INK 6
        08:20 gun1#5 finish
        """
    )
    pen, ink = log.found()
    assert (pen.at, pen.until) == (8 * 3_600_000, 8 * 3_600_000 + 602_000)
    assert ink.at == 8 * 3_600_000 + 600_000


@pytest.mark.parametrize(
    "quantity, decimals, cost, cents",
    [
        (1, 0, 1_000_000, 100), (1, 0, 5_000, 0), (1, 0, 15_000, 2), (3, 0, 5_000, 2), (-1, 0, 5_000, 0), (-3, 0, 5_000, -2),
        (-1, 0, 15_000, -2), (1250, 3, 2_990_000, 374), (-1250, 3, 2_990_000, -374), (7, 0, None, None), (0, 6, 1, 0),
        (10**15, 0, 10**12, None),
    ],
)  # fmt: skip
def test_values_are_rounded_half_even_to_cents(quantity: int, decimals: int, cost: int | None, cents: int | None) -> None:
    assert money(quantity, decimals, cost) == cents


@given(st.integers(-(10**15), 10**15), st.integers(0, 6), st.integers(0, 10**12))
def test_values_are_those_of_exact_fractions(quantity: int, decimals: int, cost: int) -> None:
    cents = round(Fraction(quantity * cost, 10 ** (decimals + 4)))
    assert money(quantity, decimals, cost) == (cents if abs(cents) <= MOST_CENTS else None)


@pytest.mark.parametrize(
    "expected, counted, decimals, cost, limits, wanted",
    [
        (100, 99, 0, None, {}, "outside"),
        (100, 100, 0, None, {}, "equal"),
        (100, 99, 0, None, {"quantity": 10**6}, "within"),
        (100, 98, 0, None, {"quantity": 10**6}, "outside"),
        (100, 99, 0, None, {"quantity": 10**6, "value": 10**9}, "outside"),  # without a cost no value is within
        (100, 99, 0, 50 * 10**6, {"value": 50 * 10**6}, "within"),
        (100, 99, 0, 50 * 10**6 + 10_000, {"value": 50 * 10**6}, "outside"),
        (1500, 1250, 3, None, {"quantity": 250_000}, "within"),
        (1500, 1249, 3, None, {"quantity": 250_000}, "outside"),
        (200, 197, 0, None, {"percent": 1_500_000}, "within"),
        (200, 196, 0, None, {"percent": 1_500_000}, "outside"),
        (0, 1, 0, None, {"percent": 10**9, "quantity": 10**9}, "unexpected"),
    ],
)
def test_tolerance(expected: int, counted: int, decimals: int, cost: int | None, limits: dict[str, int], wanted: str) -> None:
    found = Found(1, "", expected, counted, grains={("", ""): counted - expected})
    assert state(found, decimals, cost, Tolerance(**limits)) == wanted


SECOND = 1000
instants = st.integers(0, 40)


@given(
    st.lists(st.tuples(instants, st.integers(1, 9), st.sampled_from([1, 2])), min_size=1, max_size=4),
    st.lists(st.tuples(instants, st.integers(-5, 5).filter(bool), st.sampled_from([1, 2])), max_size=5),
    st.dictionaries(st.sampled_from([1, 2]), st.integers(-4, 4), min_size=2),
)
def test_whatever_the_clocks_say_within_their_uncertainty_the_expectation_is_right_or_the_line_is_flagged(
    counts: list[tuple[int, int, int]], moves: list[tuple[int, int, int]], errors: dict[int, int]
) -> None:
    """The truth is a list of instants; each gun's clock is off by up to its 4 s; what is read of it must not lie."""
    events = sorted(
        [(at, "count", gun, 0) for at, _, gun in counts] + [(at, "move", gun, change) for at, change, gun in moves], key=lambda e: e[0]
    )
    seqs = {gun: itertools.count(1) for gun in (1, 2)}
    scans, posted, truth, seen = [], [], 0, []
    for at, kind, gun, change in events:
        mark = Mark((at + errors[gun]) * SECOND, 4 * SECOND, 10**9, f"gun{gun}", next(seqs[gun]))
        if kind == "count":
            scans.append(Scan(mark, 1, "", "", 0, "OP", True))
            seen.append(truth)
        else:
            posted.append(Move(len(posted) + 1, mark, 1, "", "", change))
            truth += change
    closing = Mark(10**8, 0, 10**9)
    (line,) = reconcile([Pass(1, None, True, closing, scans)], {(1, "", ""): truth}, posted, ())
    if not line.moves:
        assert {line.expected} == set(seen)


@given(st.lists(st.tuples(instants, st.integers(0, 5), st.sampled_from(["a", "b", None]), st.integers(1, 9)), min_size=1, max_size=6))
def test_the_order_in_which_scans_are_read_changes_no_window(marks: list[tuple[int, int, str | None, int]]) -> None:
    made = [Mark(at, unsure, 10**9, stream, seq) for at, unsure, stream, seq in marks]
    one, other = Window(made), Window(reversed(made))
    assert (one.at, one.until, one.latest) == (other.at, other.until, other.latest)
    for at, stream, seq in itertools.product(range(-6, 50, 2), ["a", "b", "c", None], [0, 3, 10]):
        mark = Mark(at, 1, 10**9, stream, seq)
        assert one.place(mark) == other.place(mark)
