"""Replay the ledger: fold all moves again and compare with the balances (I4, I5)."""

from sqlalchemy import Connection, text

from app.quantities import summed

_FOLD = f"""
SELECT location_id, product_id, lot, serial, {summed("moved")} AS moved, {summed("held")} AS held FROM (
    SELECT target_id AS location_id, product_id, lot, serial, quantity AS moved, 0 AS held FROM moves
    UNION ALL SELECT source_id, product_id, lot, serial, -quantity, 0 FROM moves
    UNION ALL SELECT location_id, product_id, lot, serial, 0, quantity FROM balances
) AS entries GROUP BY location_id, product_id, lot, serial HAVING {summed("moved")} <> {summed("held")}
"""


def check(tx: Connection) -> list[str]:
    """Return one sentence per difference between the balances and the fold of the moves; an empty list is the proof."""
    found = [
        f"location {r[0]}, product {r[1]}, lot {r[2]!r}, serial {r[3]!r}: the moves say {r[4]}, the balance says {r[5]}"
        for r in tx.execute(text(_FOLD))
    ]
    total = summed("quantity")
    sums = tx.execute(text(f"SELECT product_id, {total} AS total FROM balances GROUP BY product_id HAVING {total} <> 0"))
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
