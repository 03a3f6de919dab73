"""Many locations: what a site of 20,000 has is read in a few statements, and in time."""

import time

import pytest
from flask import Flask
from sqlalchemy import event, text

from app import times
from app.db import db, reading, writing
from app.due import load, rules, surveying
from app.due.rules import KINDS, Rule
from tests.shop import open_shop

LOCATIONS = 20_000
MOVES = 100_000
LIMIT = 2.0
"""Seconds of the processor that all of it may take on SQLite, whatever else it does meanwhile."""


def fill() -> None:
    now = times.now()
    with writing() as tx:
        row = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) "
        tx.execute(
            text(
                "INSERT INTO locations (id, site_id, code, folded, name, kind, parent_id, path, walk_key, journal) " + row + "SELECT "
                "100000 + i, 1, 'L-' || i, 'l-' || i, 'L', 'bin', 1, '/1/' || (100000 + i) || '/', '~ l-' || i, 20 FROM n"
            ),
            {"n": LOCATIONS},
        )
        tx.execute(
            text(
                "INSERT INTO moves (site_id, journal, kind, product_id, lot, serial, quantity, source_id, target_id, occurred_at, "
                "uncertainty_ms, recorded_at) " + row + "SELECT 1, 1000 + i, 'scan', 1 + i % 3, '', '', 5, "
                "(SELECT id FROM locations WHERE code = 'SUPPLIER'), 100001 + i * 7 % :places, :now - i * 1000, 0, :now FROM n"
            ),
            {"n": MOVES, "places": LOCATIONS, "now": now},
        )
        tx.execute(
            text(
                "INSERT INTO balances (location_id, product_id, lot, serial, quantity) "
                "SELECT target_id, product_id, '', '', SUM(quantity) FROM moves WHERE journal > 1000 GROUP BY target_id, product_id"
            )
        )
        tx.execute(text("UPDATE journals SET value = 1000 + :n WHERE site_id = 1"), {"n": MOVES})


@pytest.mark.sqlite_only
def test_a_large_site_is_read_in_a_few_statements_and_in_time(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    open_shop(app)
    fill()
    given = {"control": {"locations": ["L-1"]}, "list": {"locations": ["L-2"]}, "wall": {"since": "2026-01-01"}}
    known = [Rule(kind.upper(), kind, rules.parameters(kind, given.get(kind, {})), 500, 0) for kind in KINDS]
    statements: list[object] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    now = times.now()
    with reading() as tx:
        began = time.process_time()
        places = surveying.survey(tx, 1, known, now)
        read = time.process_time()
        due = {rule.code: len(rules.chosen(rule, places, now // times.DAY)[0]) for rule in known}
        thought = time.process_time()
        load.ahead(known, places, now // times.DAY, 28)
        ahead = time.process_time()
    with capsys.disabled():
        print(
            f"\n{len(places):,} locations, {MOVES:,} moves: read {read - began:.2f} s in {len(statements)} statements, "
            f"{len(known)} rules {thought - read:.2f} s, 28 days ahead {ahead - thought:.2f} s"
        )
    assert len(places) == LOCATIONS + 4
    assert due["AGE"] == 500
    assert len(statements) < 12
    assert read - began < LIMIT
