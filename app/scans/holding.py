"""Keep what was said last, by its own time, of a product or a lot: held or released."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from app.db import insert_many


def store(tx: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Store (site_id, product_id, lot, held, reason_code, occurred_at, person_id), one a key; what was said earlier changes nothing."""
    insert_many(
        tx, "holds", ("site_id", "product_id", "lot", "held", "reason_code", "occurred_at", "person_id"), rows,
        "ON CONFLICT (site_id, product_id, lot) DO UPDATE SET held = excluded.held, reason_code = excluded.reason_code, "
        "occurred_at = excluded.occurred_at, person_id = excluded.person_id WHERE holds.occurred_at <= excluded.occurred_at",
    )  # fmt: skip
