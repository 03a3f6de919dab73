"""Quantities: what `static/console/packs.js` says of packs, the server says (tests/cases/packs.json)."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db import is_sqlite, reading
from app.quantities import MOST, packed, summed

CASES = json.loads((Path(__file__).parent / "cases" / "packs.json").read_text())


@pytest.mark.parametrize(("quantity", "sizes", "told"), CASES)
def test_a_quantity_is_whole_packs_and_what_is_left(quantity: str, sizes: list[str], told: str | None) -> None:
    assert packed(quantity, sizes) == told


def test_no_count_of_rows_breaks_a_sum(app: Flask) -> None:
    """Ten thousand scans of the largest quantity are 2**63, and a device makes them in seconds. Control: SQLite's own sum stops midway."""
    numbers = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
        f"SELECT CASE WHEN i <= 10000 THEN CAST({MOST} AS BIGINT) ELSE i - 10001 - CAST({MOST} AS BIGINT) END AS q FROM n"
    )
    with reading() as tx:
        assert int(tx.scalar(text(f"SELECT {summed('q')} FROM ({numbers}) x")) or 0) == sum(range(10_000))
        assert float(tx.scalar(text(f"SELECT {summed('q')} FROM ({numbers}) x WHERE q > 0")) or 0) == pytest.approx(10_000 * MOST)
        if is_sqlite(tx):
            with pytest.raises(OperationalError, match="integer overflow"):
                tx.scalar(text(f"SELECT SUM(q) FROM ({numbers}) x"))
