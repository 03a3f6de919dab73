"""Compute the ABC classes of products from the value of their picks: look at them, or set them."""

from typing import Any

from sqlalchemy import Connection, text

from app import audit, journal, times
from app.db import execute_many, insert_many
from app.due import classes
from app.due.surveying import MOVED
from app.quantities import summed

SHOWN = 500
"""So many changes are named."""


def classify(tx: Connection, days: int, a: int, b: int, keep: bool) -> dict[str, Any]:
    """Return which class each product would have by its picks of the last `days`; those without a cost stay as they are.

    `keep`: so do those whose class was set by hand, which is one that differs from what was computed last.
    """
    found = _products(tx, times.now() - days * times.DAY)
    by_class = classes.classes({row.id: _value(row) for row in found if row.cost is not None}, a, b)
    by_hand = {row.id for row in found if row.abc and row.abc != row.computed} if keep else set()
    wanted = {product: abc for product, abc in by_class.items() if product not in by_hand}
    changes = [
        {
            "sku": row.sku,
            "name": row.name,
            "before": row.abc or None,
            "after": wanted[row.id],
            "value": _value(row) // 1_000_000,
            "id": row.id,
        }
        for row in found
        if row.id in wanted and wanted[row.id] != row.abc
    ]
    return {
        "products": len(found), "classes": {abc: sum(one == abc for one in by_class.values()) for abc in "ABC"},
        "without_cost": sum(row.cost is None for row in found), "by_hand": len(by_hand & by_class.keys()),
        "changed": len(changes), "changes": changes, "wanted": wanted,
    }  # fmt: skip


def put(tx: Connection, days: int, a: int, b: int, keep: bool) -> dict[str, Any]:
    """Set the classes, and remember that they were computed; return what `classify` does."""
    journal.lock(tx, journal.GLOBAL)
    found, now = classify(tx, days, a, b, keep), times.now()
    changed = found["changes"]
    if changed:
        first = journal.take(tx, journal.GLOBAL, len(changed))
        rows = [(one["after"], number, one["id"]) for number, one in enumerate(changed, first)]
        execute_many(tx, "UPDATE products SET abc = ?, journal = ? WHERE id = ?", rows)
        told = {name: found[name] for name in ("classes", "changed", "by_hand")} | {"days": days, "a": a, "b": b, "keep": keep}
        named = [{name: one[name] for name in ("sku", "before", "after")} for one in changed]
        for part in range(0, len(named), SHOWN):
            audit.write(tx, "products_classified", "products", after=told | {"changes": named[part : part + SHOWN]})
    remembered = [(product, abc, now) for product, abc in found["wanted"].items()]
    again = "ON CONFLICT (product_id) DO UPDATE SET abc = excluded.abc, at = excluded.at"
    insert_many(tx, "product_classes", ("product_id", "abc", "at"), remembered, again)
    return found


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """Return what `classify` found as the wire shows it."""
    changes = [{name: value for name, value in one.items() if name != "id"} for one in found["changes"]]
    changes.sort(key=lambda one: (-one["value"], one["sku"]))
    return {name: value for name, value in found.items() if name != "wanted"} | {"changes": changes[:SHOWN]}


def _value(row: Any) -> int:
    return int(row.quantity) * int(row.cost) // 10**row.decimals if row.cost is not None else 0


def _products(tx: Connection, since: int) -> list[Any]:
    """Return the products in use with what was picked of each: what left for customers and production, in all sites."""
    return list(
        tx.execute(
            text(
                "SELECT p.id, p.sku, p.name, p.abc, p.cost, p.decimals, k.abc AS computed, COALESCE(m.quantity, 0) AS quantity "
                "FROM products p LEFT JOIN product_classes k ON k.product_id = p.id LEFT JOIN ("
                f"SELECT m.product_id, {summed('m.quantity')} AS quantity FROM moves m JOIN locations l ON l.id = m.target_id "
                f"WHERE l.kind = 'virtual' AND l.code IN ('CUSTOMER', 'PRODUCTION') AND m.occurred_at > :since AND {MOVED} "
                "GROUP BY m.product_id"
                ") m ON m.product_id = p.id WHERE p.archived_at IS NULL ORDER BY p.id"
            ),
            {"since": since},
        ).all()
    )
