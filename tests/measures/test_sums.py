"""What the database adds up is what a plain model adds up, of random lines; and a short period costs little beside years of counts."""

import random
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import insert_many, reading, writing
from app.measures import covering, summing, timing
from app.measures.shares import accuracy, percent, rate
from app.measures.summing import Asked
from app.times import DAY
from tests.due.test_many import LIMIT, fill
from tests.shop import PRODUCTS, Shop, open_shop

TODAY = 20_000
LINES = 50_000


class Line(NamedTuple):
    """A line as the model knows it."""

    count: int
    day: int
    place: str
    sku: str
    expected: int
    counted: int | None
    cost: bool
    state: str
    decision: str | None
    reason: str
    abc: str
    rounds: int
    undone: bool


_LINE = (
    "id", "count_id", "number", "line", "location_id", "product_id", "lot", "expected", "counted", "variance", "unit_cost", "value",
    "state", "decision", "reason_code", "note", "passes", "seen", "name", "expected_value", "abc", "rounds",
)  # fmt: skip
_COUNT = ("id", "site_id", "code", "kind", "status", "blind", "policy", "created_at", "approved_at", "seconded_at", "note", "journal")
_REVERSAL = ("line_id", "site_id", "journal", "at", "reason")


def draw(dice: random.Random, count: int, day: int) -> Line:
    expected = dice.choice((0, -3, *[dice.randrange(1, 10 ** dice.randrange(1, 16)) for _ in range(6)]))
    counted = dice.choice((None, expected, expected, expected, 0, max(expected + dice.randrange(-5, 6), 0)))
    counted = None if counted is not None and counted < 0 else counted
    state = "not_counted" if counted is None else "outside" if counted != expected or dice.random() < 0.1 else "equal"
    state = "within" if state == "outside" and expected != counted and dice.random() < 0.3 else state
    return Line(
        count, day, dice.choice(("A-01", "A-02", "B-01")), dice.choice(list(PRODUCTS)), expected, counted, dice.random() < 0.9, state,
        dice.choice(("accept", "accept", "dismiss", None)) if counted is not None else None, dice.choice(("", "damaged", "found")),
        dice.choice(("", "A", "C")), dice.randrange(1, 3), dice.random() < 0.2,
    )  # fmt: skip


_RULE = (
    "INSERT INTO count_rules (id, site_id, code, name, kind, parameters, blind, policy, most, active, changed_at, journal) "
    "VALUES (1, 1, 'CTRL', 'Control group', 'control', '{}', (1 = 1), 'ask', 9, (1 = 1), 0, 1)"
)
"""A control group, by which every third count was planned."""


def store(lines: list[Line]) -> None:
    with writing() as tx:
        places = {code: number for number, code in tx.execute(text("SELECT id, code FROM locations"))}
        products = {sku: number for number, sku in tx.execute(text("SELECT id, sku FROM products"))}
        counts = {line.count: line.day for line in lines}
        insert_many(
            tx, "counts", _COUNT,
            [
                (n, 1, f"K{n}", "cycle", "posted", True, "ask", 0, day * DAY - (n % 2) * DAY, day * DAY + 5 if n % 2 else None, "", 20)
                for n, day in counts.items()
            ],
        )  # fmt: skip
        tx.execute(text(_RULE))
        insert_many(tx, "rule_runs", ("rule_id", "day", "count_id", "locations"), [(1, n, n, 1) for n in counts if n % 3 == 0])
        rows: list[tuple[Any, ...]] = []
        for n, line in enumerate(lines, 1):
            off = None if line.counted is None else line.counted - line.expected
            rows.append(
                (
                    n, line.count, n, str(n), places[line.place], products[line.sku], "", line.expected, line.counted, off,
                    1 if line.cost else None, off if line.cost else None, line.state, line.decision, line.reason or None, "", "[]", "{}",
                    line.sku, line.expected if line.cost else None, line.abc, line.rounds,
                )
            )  # fmt: skip
        insert_many(tx, "lines", _LINE, rows)
        insert_many(tx, "line_reversals", _REVERSAL, [(n, 1, 30, 0, "") for n, line in enumerate(lines, 1) if line.undone])


def model(lines: list[Line]) -> dict[str, Any]:
    """What lines come to, the plain way."""
    here = [line for line in lines if not line.undone]
    right = [line for line in here if line.counted == line.expected and line.state != "outside"]
    near = [line for line in here if line in right or line.state == "within"]
    told: dict[str, Any] = {
        "lines": len(here), "exact": len(right), "within": len(near), "recounted": sum(line.rounds > 1 for line in here),
        "accepted": sum(line.decision == "accept" and line.counted != line.expected for line in here),
        "dismissed": sum(line.decision == "dismiss" for line in here), "unpriced": sum(not line.cost for line in here),
        "reversed": len(lines) - len(here), "line_accuracy": share(len(right), len(here)),
    }  # fmt: skip
    for kind, some in (("units", here), ("value", [line for line in here if line.cost])):
        unit = {line: Fraction(1, 10 ** PRODUCTS[line.sku][0]) if kind == "units" else Fraction(1, 100) for line in some}
        off = [(line, (line.counted - line.expected) * unit[line]) for line in some]
        accepted = [by for line, by in off if line.decision == "accept"]
        expected = sum((max(line.expected, 0) * unit[line] for line in some), Fraction())
        counted = sum((line.counted * unit[line] for line in some), Fraction())
        absolute = sum((abs(by) for _, by in off), Fraction())
        missing, found = -sum(by for by in accepted if by < 0), sum(by for by in accepted if by > 0)
        told |= {
            f"expected_{kind}": expected, f"counted_{kind}": counted, f"absolute_{kind}": absolute, f"missing_{kind}": missing,
            f"found_{kind}": found, f"shrinkage_{kind}": missing - found, f"gross_{kind}": missing + found,
            f"{'unit' if kind == 'units' else 'value'}_accuracy": share(max(expected - absolute, 0), expected),
            f"shrinkage_{kind}_percent": share(missing - found, counted),
        }  # fmt: skip
    return told


def share(part: Fraction | int, whole: Fraction | int) -> Fraction | None:
    return None if whole <= 0 else Fraction(int(Fraction(part) * 10_000 / whole), 10_000) * 100


def read(value: Any) -> Any:
    return Fraction(value) if isinstance(value, str) else value


@pytest.mark.parametrize("seed", range(2))
def test_random_lines_come_to_what_a_plain_model_says(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    days = {count: TODAY - dice.randrange(90) for count in range(1, 13)}
    lines = [draw(dice, count, days[count]) for count in days for _ in range(25)]
    store(lines)
    since, upto = TODAY - 60, dice.choice((25, 40))
    seen = [line._replace(undone=line.undone and upto >= 30) for line in lines if line.day >= since and line.counted is not None]
    of = {
        "day": lambda line: date(line.day).isoformat(),
        "week": lambda line: (date(line.day) - timedelta(days=date(line.day).weekday())).isoformat(),
        "month": lambda line: date(line.day).isoformat()[:8] + "01",
        "zone": lambda line: line.place,
        "class": lambda line: line.abc,
        "reason": lambda line: line.reason,
        "product": lambda line: line.sku,
        "location": lambda line: line.place,
        "count": lambda line: f"K{line.count}",
        "rule": lambda line: "" if line.count % 3 else "CTRL",
        "all": lambda line: "",
    }
    with reading() as tx:
        for by in summing.BY:
            wanted = defaultdict(list)
            for line in seen:
                wanted[of[by](line)].append(line)
            found = {group.key: group.sums.wire() for group in summing.grouped(tx, Asked(1, since * DAY, (TODAY + 1) * DAY, upto), by)}
            assert list(found) == sorted(wanted), by
            for key, some in wanted.items():
                plain = model(some)
                assert {name: read(found[key][name]) for name in plain} == plain, (by, key)


def date(day: int) -> Any:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date()


def test_shares_are_cut_off_and_nothing_has_none() -> None:
    assert [percent(9_999, 10_000), percent(99_999, 100_000), percent(-1, 3), percent(0, 5), percent(0, 0)] == [
        "99.99", "99.99", "-33.33", "0.00", None,
    ]  # fmt: skip
    assert [accuracy(0, 10), accuracy(1, 10), accuracy(30, 10), accuracy(5, 0)] == ["100.00", "90.00", "0.00", None]
    assert [rate(1, 3_600_000), rate(2, 5_000), rate(1, 0)] == ["1.0", "1440.0", None]


@pytest.mark.sqlite_only
def test_a_week_costs_little_beside_years_of_counts(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with writing() as tx:
        row = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) "
        tx.execute(
            text("INSERT INTO products (id, sku, folded, name, journal) " + row + "SELECT i, 'P-' || i, 'p-' || i, 'P', 1 FROM n"),
            {"n": 500},
        )
        tx.execute(
            text(
                "INSERT INTO counts (id, site_id, code, kind, status, blind, policy, created_at, approved_at, note, journal) " + row
                + f"SELECT i, 1, 'K' || i, 'cycle', 'posted', 1, 'ask', 0, i * {DAY}, '', 2 FROM n"
            ),
            {"n": LINES // 50},
        )  # fmt: skip
        tx.execute(
            text(
                "INSERT INTO lines (id, count_id, number, line, location_id, product_id, expected, counted, variance, unit_cost, value, state, "
                "note, passes, expected_value, abc, rounds) " + row + "SELECT i, 1 + i / 50, i, i, 1, 1 + i % 500, 10, 9 + i % 2, i % 2 - 1, 1, i % 2 - 1, "
                "'outside', '', '[]', 10, 'A', 1 FROM n"
            ),
            {"n": LINES - 50},
        )  # fmt: skip
    took = {}
    with reading() as tx:
        for name, days in (("all", LINES // 50), ("week", 7)):
            began = time.process_time()
            for by in ("week", "zone", "product"):
                found = list(summing.grouped(tx, Asked(1, 0, (days + 1) * DAY, 9), by))
            took[name] = time.process_time() - began
            assert sum(group.sums.numbers[0] for group in found) >= (days - 1) * 50
    with capsys.disabled():
        print(f"\n{LINES:,} lines by week, zone and product: {took['all']:.2f} s; 7 days of {LINES // 50}: {took['week']:.3f} s")
    assert took["week"] < took["all"] / 5


@pytest.mark.sqlite_only
def test_a_large_site_is_measured_in_time(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    open_shop(app)
    fill()
    sheets = 2_000
    with writing() as tx:
        row = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) "
        tx.execute(
            text(
                "INSERT INTO counts (id, site_id, code, kind, blind, policy, created_at, note, journal) VALUES (1, 1, 'K1', 'cycle', 1, 'ask', 0, '', 2)"
            )
        )
        tx.execute(
            text(
                "INSERT INTO sheets (id, site_id, count_id, code, location_id, sequence, open, complete, created_at, closed_at, "
                "closed_uncertainty_ms, planned, journal) " + row + f"SELECT i, 1, 1, 'S' || i, 100000 + i, 1, 0, 1, 0, {DAY} + i, 0, 0, 2 FROM n"
            ),
            {"n": sheets},
        )  # fmt: skip
        tx.execute(
            text(
                "INSERT INTO scans (site_id, journal, id, hash, task, said, outcome, warnings, scanned_at, occurred_at, uncertainty_ms, received_at, "
                "sheet_id, product_id, lot, serial, quantity, operator, sender_id) " + row + "SELECT 1, 500000 + i, 'scan' || i, x'00', 'count', '{}', 'noted', '', 0, "
                f"{DAY} + i * 1000, 0, 0, 1 + i % {sheets}, 1 + i % 5, '', '', 1, 'OP-' || i % 20, NULL FROM n"
            ),
            {"n": sheets * 25},
        )  # fmt: skip
    asked = Asked(1, 0, 3 * DAY, 10**9)
    took = {}
    with reading() as tx:
        for name, look in (
            ("coverage", lambda: covering.cover(tx, asked, "zone")[1].wire(0, 3 * DAY)["counted_locations"]),
            ("speed", lambda: sum(pace.scans for _, _, pace in timing.paces(tx, asked, 600_000, "person"))),
        ):
            began = time.process_time()
            assert look() == (sheets if name == "coverage" else sheets * 25)
            took[name] = time.process_time() - began
    with capsys.disabled():
        print(f"\n20,004 locations: coverage {took['coverage']:.2f} s; speed of {sheets * 25:,} scans {took['speed']:.2f} s")
    assert max(took.values()) < LIMIT
