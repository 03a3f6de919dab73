"""Read products as the wire shows them, a page at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, union

from app.db import has_words
from app.errors import Problem
from app.products.models import COST_DECIMALS, Barcode, Product
from app.quantities import wire, wire_or_none
from app.text import fold, nfc, sought

_COLUMNS = (
    Product.id, Product.sku, Product.name, Product.unit, Product.decimals, Product.tracking, Product.cost, Product.abc,
    Product.archived_at, Product.journal,
)  # fmt: skip


def page(tx: Connection, archived: bool | None, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return products in the order of their SKUs and the cursor of the next page, None at the end."""
    query = select(*_COLUMNS).where(*_archived(archived)).order_by(Product.sku).limit(limit + 1)
    found = tx.execute(query if after is None else query.where(Product.sku > after)).all()
    rows = _rows(tx, found[:limit])
    return rows, rows[-1]["sku"] if len(found) > limit else None


def changes(tx: Connection, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return products that changed after a number of the global journal, and the cursor to go on from."""
    rows = _rows(tx, tx.execute(select(*_COLUMNS).where(Product.journal > since).order_by(Product.journal).limit(limit)).all())
    return rows, rows[-1]["journal"] if rows else since


def found(
    tx: Connection, search: str, archived: bool | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None, int]:
    """Return products in whose SKU, name or barcodes all words stand, by SKU; the cursor, and how many there are in all.

    Those whose very SKU or barcode was asked for come first.
    """
    query = select(Product.id, Product.sku).where(*has_words(tx, Product.search, sought(search)), *_archived(archived))
    same = fold(search.strip())
    named = union(select(Product.id).where(Product.folded == same), select(Barcode.product_id).where(Barcode.folded == same))
    exact = tx.execute(query.where(Product.id.in_(named.subquery().select())).order_by(Product.sku)).all()
    few = query.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")  # or its planner follows the index of SKUs to the end
    total = select(func.count()).select_from(few).scalar_subquery()
    rest = select(few.c.id, few.c.sku, total).where(few.c.id.not_in([one.id for one in exact])).order_by(few.c.sku).limit(limit + 1)
    if after is not None:
        if nfc(after) not in {one.sku for one in exact}:
            rest = rest.where(few.c.sku > nfc(after))
        exact = []
    others = tx.execute(rest).all()
    rows = [*((one.id, one.sku) for one in exact), *((one.id, one.sku) for one in others)]
    by = by_id(tx, [number for number, _ in rows[:limit]])
    many = others[0][2] if others else len(rows)
    return [by[number] for number, _ in rows[:limit]], rows[limit - 1][1] if len(rows) > limit else None, many


def _archived(wanted: bool | None) -> list[ColumnElement[bool]]:
    return [] if wanted is None else [Product.archived_at.is_not(None) if wanted else Product.archived_at.is_(None)]


def one(tx: Connection, sku: str) -> dict[str, Any]:
    """Return the wire's row of a product; raises not_found."""
    rows = _rows(tx, tx.execute(select(*_COLUMNS).where(Product.sku == nfc(sku))).all())
    if not rows:
        raise Problem("not_found", "There is no such product.")
    return rows[0]


def by_id(tx: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the wire's rows of these products by id."""
    found = tx.execute(select(*_COLUMNS).where(Product.id.in_(set(ids)))).all()
    return dict(zip((p.id for p in found), _rows(tx, found), strict=True))


def packs(tx: Connection, skus: Iterable[str]) -> list[tuple[str, int, int]]:
    """Return SKU, decimals and quantity of the barcodes of these products that name more or less than one unit."""
    query = select(Product.sku, Product.decimals, Barcode.quantity).join(Barcode, Barcode.product_id == Product.id)
    found = tx.execute(query.where(Product.sku.in_(skus)))
    return [(sku, decimals, quantity) for sku, decimals, quantity in found if quantity != 10**decimals]


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
