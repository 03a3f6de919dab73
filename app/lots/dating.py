"""Say when a lot expires: a label told it wrong, or none did."""

import datetime

from sqlalchemy import Connection, select, text

from app import audit, journal
from app.errors import Problem
from app.products.models import Lot, Product
from app.text import is_keepable, nfc


def date(tx: Connection, sku: str, lot: str, expiry: datetime.date | None, reason: str) -> None:
    """Make a lot of a product, or change when it expires. Raises not_found, bad_request."""
    product = tx.execute(select(Product.id, Product.tracking).where(Product.sku == nfc(sku))).one_or_none() if is_keepable(sku) else None
    if product is None:
        raise Problem("not_found", "There is no such product.")
    if product.tracking == "none":
        raise Problem("bad_request", "sku: the product is not tracked by lot.")
    code, told = nfc(lot), None if expiry is None else expiry.isoformat()
    journal.lock(tx, journal.GLOBAL)
    before = tx.execute(select(Lot.expiry).where(Lot.product_id == product.id, Lot.code == code)).one_or_none()
    if before is not None and before.expiry == told:
        return
    tx.execute(
        text(
            "INSERT INTO lots (product_id, code, expiry) VALUES (:product, :lot, :expiry) "
            "ON CONFLICT (product_id, code) DO UPDATE SET expiry = excluded.expiry"
        ),
        {"product": product.id, "lot": code, "expiry": told},
    )
    audit.write(
        tx, "lot_dated", f"product {sku} lot {code}", before=None if before is None else {"expiry": before.expiry}, after={"expiry": told},
        reason=reason,
    )  # fmt: skip
