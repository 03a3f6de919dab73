"""Replay the ledger: fold all moves again and compare with the balances (I4, I5)."""

from sqlalchemy import Connection, text

_FOLD = """
SELECT location_id, product_id, lot, serial, SUM(moved) AS moved, SUM(held) AS held FROM (
    SELECT target_id AS location_id, product_id, lot, serial, quantity AS moved, 0 AS held FROM moves
    UNION ALL SELECT source_id, product_id, lot, serial, -quantity, 0 FROM moves
    UNION ALL SELECT location_id, product_id, lot, serial, 0, quantity FROM balances
) AS entries GROUP BY location_id, product_id, lot, serial HAVING SUM(moved) <> SUM(held)
"""


def check(tx: Connection) -> list[str]:
    """Return one sentence per difference between the balances and the fold of the moves; an empty list is the proof."""
    found = [
        f"location {r[0]}, product {r[1]}, lot {r[2]!r}, serial {r[3]!r}: the moves say {r[4]}, the balance says {r[5]}"
        for r in tx.execute(text(_FOLD))
    ]
    sums = tx.execute(text("SELECT product_id, SUM(quantity) AS total FROM balances GROUP BY product_id HAVING SUM(quantity) <> 0"))
    found += [f"product {r[0]}: all locations together hold {r[1]}, not 0" for r in sums]
    negative = tx.execute(
        text(
            "SELECT b.location_id, b.product_id, b.lot, b.serial, b.quantity FROM balances b JOIN locations l ON l.id = b.location_id "
            "WHERE l.kind <> 'virtual' AND (b.quantity < 0) <> EXISTS (SELECT 1 FROM exceptions e WHERE e.kind = 'negative_balance' "
            "AND e.closed_at IS NULL AND e.location_id = b.location_id AND e.product_id = b.product_id AND e.lot = b.lot "
            "AND e.serial = b.serial)"
        )
    )
    found += [f"location {r[0]}, product {r[1]}, lot {r[2]!r}, serial {r[3]!r}: {r[4]} does not fit its exception" for r in negative]
    return found
