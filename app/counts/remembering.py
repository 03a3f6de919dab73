"""Read the lines of a posted count as they were approved."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from app import quantities, times
from app.counts import statement


def frozen_rows(tx: Connection, count_id: int, skip: int = 0, most: int = 2**62) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give the lines of a posted count, or some of them, as they are kept, and as the wire shows them."""
    rows = tx.execution_options(stream_results=True, yield_per=1000).execute(
        text(
            "SELECT n.*, l.code AS location, p.sku, v.at AS reversed_at, v.reason AS reversed_why, w.name AS reversed_by FROM lines n "
            "JOIN locations l ON l.id = n.location_id LEFT JOIN products p ON p.id = n.product_id "
            "LEFT JOIN line_reversals v ON v.line_id = n.id LEFT JOIN people w ON w.id = v.person_id "
            "WHERE n.count_id = :count ORDER BY n.number LIMIT :most OFFSET :skip"
        ),
        {"count": count_id, "most": most, "skip": skip},
    )
    for r in rows:
        seen = json.loads(r.seen)
        decimals = seen["decimals"]
        yield (
            r,
            {
                "line": r.line, "location": r.location, "sku": r.sku, "name": r.name if r.product_id else None, "lot": r.lot or None,
                "expected": quantities.wire(r.expected, decimals),
                "counted": quantities.wire_or_none(r.counted, decimals),
                "variance": quantities.wire_or_none(r.variance, decimals),
                "unit_cost": statement.cost(r.unit_cost), "value": statement.cents(r.value), "state": r.state, "decision": r.decision,
                "reason_code": r.reason_code, "note": r.note, "passes": json.loads(r.passes), "adjustment": r.adjustment,
                "pieces": [], "counters": [], "other_product": False, "agreed": None, "account": None,
                "reversal": None
                if r.reversed_at is None
                else {"by": r.reversed_by, "at": times.wire(r.reversed_at), "reason": r.reversed_why},
                **seen,
            },
        )  # fmt: skip
