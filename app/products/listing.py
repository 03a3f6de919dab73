"""Read products as the wire shows them, a page at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from app.products.models import COST_DECIMALS, Barcode, Product
from app.quantities import wire, wire_or_none

_COLUMNS = (
    Product.id, Product.sku, Product.name, Product.unit, Product.decimals, Product.tracking, Product.cost, Product.abc,
    Product.archived_at, Product.journal,
)  # fmt: skip


def page(tx: Connection, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return products in the order of their SKUs and the cursor of the next page, None at the end."""
    query = select(*_COLUMNS).order_by(Product.sku).limit(limit + 1)
    found = tx.execute(query if after is None else query.where(Product.sku > after)).all()
    rows = _rows(tx, found[:limit])
    return rows, rows[-1]["sku"] if len(found) > limit else None


def changes(tx: Connection, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return products that changed after a number of the global journal, and the cursor to go on from."""
    rows = _rows(tx, tx.execute(select(*_COLUMNS).where(Product.journal > since).order_by(Product.journal).limit(limit)).all())
    return rows, rows[-1]["journal"] if rows else since


def one(tx: Connection, sku: str) -> dict[str, Any]:
    """Return the wire's row of a product that exists."""
    return _rows(tx, tx.execute(select(*_COLUMNS).where(Product.sku == sku)).all())[0]


def by_id(tx: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the wire's rows of these products by id."""
    found = tx.execute(select(*_COLUMNS).where(Product.id.in_(set(ids)))).all()
    return dict(zip((p.id for p in found), _rows(tx, found), strict=True))


def _rows(tx: Connection, found: Iterable[Any]) -> list[dict[str, Any]]:
    found = list(found)
    barcodes: dict[int, list[Any]] = {p.id: [] for p in found}
    query = select(Barcode.product_id, Barcode.code, Barcode.quantity).where(Barcode.product_id.in_(barcodes)).order_by(Barcode.id)
    for product_id, code, quantity in tx.execute(query) if found else ():
        barcodes[product_id].append((code, quantity))
    return [row(p, barcodes[p.id]) for p in found]


def row(product: Any, barcodes: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Return a product as the contract writes it; quantities of barcodes are in base units."""
    return {
        "sku": product.sku, "name": product.name, "unit": product.unit, "decimals": product.decimals, "tracking": product.tracking,
        "cost": wire_or_none(product.cost, COST_DECIMALS), "abc": product.abc, "archived": product.archived_at is not None,
        "barcodes": [{"code": code, "quantity": wire(quantity, product.decimals)} for code, quantity in barcodes],
        "journal": product.journal,
    }  # fmt: skip
