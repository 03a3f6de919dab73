"""Read lots: what a site has of each, which are held and why, what expires when, and which to pick first."""

import datetime
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from app import times
from app.errors import Problem
from app.ledger import stock
from app.quantities import scaled, wire
from app.text import is_keepable, nfc

FARTHEST_DAYS = 3650
"""How many days ahead the report of shelf life looks at most."""
MOST_PICKS = 50
"""Places that a suggestion names."""
_REAL = "(SELECT id FROM locations WHERE site_id = :site AND kind <> 'virtual')"
_HELD = "EXISTS (SELECT 1 FROM holds h WHERE h.site_id = :site AND h.product_id = p.id AND h.lot IN ('', b.lot) AND h.held = :yes)"


def page(tx: Connection, site_id: int, sku: str | None, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return lots in the order of SKU and lot with what a site has of them, and the cursor of the next page. Raises not_found."""
    cursor = stock.cursor(after, 2)
    where = "1 = 1"
    params: dict[str, Any] = {"site": site_id}
    if sku is not None:
        where, params["product"] = "p.id = :product", _product(tx, sku).id
    if cursor is not None:
        where, params = f"{where} AND (p.sku, x.code) > (:a0, :a1)", params | {"a0": cursor[0], "a1": cursor[1]}
    found = _lots(tx, where, params, limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return found[:limit], None if last is None else stock.token(last["sku"], last["lot"])


def one(tx: Connection, site_id: int, sku: str, lot: str) -> dict[str, Any]:
    """Return a lot that is known. Raises not_found."""
    params = {"site": site_id, "product": _product(tx, sku).id, "lot": nfc(lot)}
    found = _lots(tx, "p.id = :product AND x.code = :lot", params, 1) if is_keepable(lot) else []
    if not found:
        raise Problem("not_found", "There is no such lot.")
    return found[0]


def _lots(tx: Connection, where: str, params: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    found = tx.execute(
        text(
            "SELECT p.sku, p.name, p.unit, p.decimals, x.code AS lot, x.expiry, h.held AS held, h.reason_code, h.occurred_at, "
            "w.held AS whole, w.reason_code AS whole_reason, w.occurred_at AS whole_at, "
            "(SELECT COALESCE(SUM(b.quantity), 0) FROM balances b "
            f"WHERE b.product_id = p.id AND b.lot = x.code AND b.location_id IN {_REAL}) AS quantity "
            "FROM lots x JOIN products p ON p.id = x.product_id "
            "LEFT JOIN holds h ON h.site_id = :site AND h.product_id = p.id AND h.lot = x.code "
            "LEFT JOIN holds w ON w.site_id = :site AND w.product_id = p.id AND w.lot = '' "
            f"WHERE {where} ORDER BY p.sku, x.code LIMIT :limit"
        ),
        params | {"limit": limit},
    )
    return [_lot(r) for r in found]


def _lot(r: Any) -> dict[str, Any]:
    held, reason, since = (r.held, r.reason_code, r.occurred_at) if r.held else (r.whole, r.whole_reason, r.whole_at)
    return {
        "sku": r.sku, "name": r.name, "lot": r.lot, "expiry": r.expiry, "unit": r.unit, "quantity": wire(int(r.quantity), r.decimals),
        "held": bool(held), "reason": reason if held else None, "since": times.wire(since) if held else None,
    }  # fmt: skip


def holds(tx: Connection, site_id: int, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return what is held in a site, whole products (`lot` null) and lots, and the cursor of the next page."""
    cursor = stock.cursor(after, 2)
    params: dict[str, Any] = {"site": site_id, "limit": limit + 1, "yes": True}
    since = "" if cursor is None else "AND (p.sku, h.lot) > (:a0, :a1) "
    found = tx.execute(
        text(
            "SELECT p.sku, p.name, p.unit, p.decimals, h.lot, x.expiry, h.reason_code, h.occurred_at, n.name AS person, "
            "(SELECT COALESCE(SUM(b.quantity), 0) FROM balances b WHERE b.product_id = p.id AND h.lot IN ('', b.lot) "
            f"AND b.location_id IN {_REAL}) AS quantity FROM holds h JOIN products p ON p.id = h.product_id "
            "LEFT JOIN lots x ON x.product_id = h.product_id AND x.code = h.lot LEFT JOIN people n ON n.id = h.person_id "
            f"WHERE h.site_id = :site AND h.held = :yes {since}ORDER BY p.sku, h.lot LIMIT :limit"
        ),
        params | ({} if cursor is None else {"a0": cursor[0], "a1": cursor[1]}),
    ).all()
    last = found[limit - 1] if len(found) > limit else None
    rows = [
        {
            "sku": r.sku, "name": r.name, "lot": r.lot or None, "expiry": r.expiry, "unit": r.unit, "held": True,
            "quantity": wire(int(r.quantity), r.decimals), "reason": r.reason_code, "since": times.wire(r.occurred_at), "person": r.person,
        }
        for r in found[:limit]
    ]  # fmt: skip
    return rows, None if last is None else stock.token(last.sku, last.lot)


def expiring(tx: Connection, site_id: int, days: int, today: datetime.date, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Give what is on hand of lots that have expired or will within `days`, soonest first; `value` is in the site's currency."""
    last = (today + datetime.timedelta(days=days)).isoformat()
    params: dict[str, Any] = {"site": site_id, "last": last, "yes": True, "limit": limit}
    found = tx.execution_options(stream_results=True, yield_per=1000).execute(
        text(
            f"SELECT x.expiry, l.code AS location, p.sku, p.name, x.code AS lot, p.unit, p.decimals, p.cost, b.quantity, {_HELD} AS held "
            "FROM lots x JOIN products p ON p.id = x.product_id JOIN balances b ON b.product_id = x.product_id AND b.lot = x.code "
            "JOIN locations l ON l.id = b.location_id "
            "WHERE x.expiry <= :last AND b.quantity > 0 AND l.site_id = :site AND l.kind <> 'virtual' "
            "ORDER BY x.expiry, p.sku, x.code, l.code" + ("" if limit is None else " LIMIT :limit")
        ),
        params,
    )
    for r in found:
        yield {
            "expiry": r.expiry, "days_left": (datetime.date.fromisoformat(r.expiry) - today).days, "location": r.location, "sku": r.sku,
            "name": r.name, "lot": r.lot, "unit": r.unit, "quantity": wire(int(r.quantity), r.decimals), "held": bool(r.held),
            "value": None if r.cost is None else _cents(int(r.quantity) * int(r.cost), r.decimals),
        }  # fmt: skip


def _cents(millionths: int, decimals: int) -> str:
    """Return `12.50` of a quantity times a unit cost, rounded half-even as a count's lines are."""
    unit = 10 ** (decimals + 4)
    whole, rest = divmod(millionths, unit)
    whole += rest * 2 > unit or (rest * 2 == unit and whole % 2 == 1)
    return f"{whole // 100}.{whole % 100:02d}"


def to_pick(tx: Connection, site_id: int, sku: str, quantity: str, today: datetime.date) -> dict[str, Any]:
    """Suggest where to pick a product, what expires first before the rest (FEFO), in walking order what expires alike.

    What is held, expired or blocked is left out. Raises not_found, bad_request.
    """
    product = _product(tx, sku)
    try:
        wanted = scaled(quantity, product.decimals)
    except ValueError as error:
        raise Problem("bad_request", f"quantity: not a quantity of this product (it has {product.decimals} decimals).") from error
    found = tx.execute(
        text(
            "SELECT l.code AS location, b.lot, b.serial, x.expiry, b.quantity "
            "FROM balances b JOIN products p ON p.id = b.product_id JOIN locations l ON l.id = b.location_id "
            "LEFT JOIN lots x ON x.product_id = b.product_id AND x.code = b.lot "
            "WHERE b.product_id = :product AND b.quantity > 0 AND l.site_id = :site AND l.kind <> 'virtual' AND l.blocked = :no "
            f"AND l.archived_at IS NULL AND (x.expiry IS NULL OR x.expiry >= :today) AND NOT {_HELD} "
            f"ORDER BY {stock.SOONEST}, l.walk_key, l.code, b.lot, b.serial LIMIT :limit"
        ),
        {"product": product.id, "site": site_id, "today": today.isoformat(), "yes": True, "no": False, "limit": MOST_PICKS},
    )
    rows: list[dict[str, Any]] = []
    missing = wanted
    for r in found:
        if not missing:
            break
        take = min(missing, int(r.quantity))
        missing -= take
        shown = {"quantity": wire(int(r.quantity), product.decimals), "take": wire(take, product.decimals)}
        rows.append({"location": r.location, "lot": r.lot, "serial": r.serial, "expiry": r.expiry, **shown})
    return {"sku": product.sku, "unit": product.unit, "rows": rows, "missing": wire(missing, product.decimals)}


def _product(tx: Connection, sku: str) -> Any:
    query = text("SELECT id, sku, unit, decimals FROM products WHERE sku = :sku")
    found = tx.execute(query, {"sku": nfc(sku)}).one_or_none() if is_keepable(sku) else None
    if found is None:
        raise Problem("not_found", "There is no such product.")
    return found
