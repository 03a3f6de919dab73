"""Hold and release by hand: a supervisor says it of a product or of one lot, with a reason."""

from sqlalchemy import Connection, select, text

from app import access, audit, journal, times
from app.errors import Problem
from app.products.models import Product
from app.scans import holding
from app.scans.models import Hold
from app.text import is_keepable, nfc


def hold(tx: Connection, site_id: int, sku: str, lot: str | None, held: bool, reason: str) -> None:
    """Hold or release all of a product in a site, or one lot of it; what it is already changes nothing. Raises not_found, bad_request."""
    product = (
        tx.execute(select(Product.id, Product.sku, Product.tracking).where(Product.sku == nfc(sku))).one_or_none()
        if is_keepable(sku)
        else None
    )
    if product is None:
        raise Problem("not_found", "There is no such product.")
    code = "" if lot is None else nfc(lot)
    if code and product.tracking == "none":
        raise Problem("bad_request", "lot: the product is not tracked by lot; hold the whole product.")
    journal.lock(tx, site_id)
    key = (Hold.site_id == site_id) & (Hold.product_id == product.id) & (Hold.lot == code)
    before = tx.execute(select(Hold.held, Hold.reason_code).where(key)).one_or_none()
    if before is not None and (before.held, before.reason_code) == (held, reason):
        return
    if code:
        tx.execute(
            text("INSERT INTO lots (product_id, code) VALUES (:product, :lot) ON CONFLICT (product_id, code) DO NOTHING"),
            {"product": product.id, "lot": code},
        )
    holding.store(tx, [(site_id, product.id, code, held, reason, times.now(), access.caller().person_id)])
    audit.write(
        tx, "hold" if held else "release", f"product {product.sku}" + (f" lot {code}" if code else ""), site_id=site_id,
        before=None if before is None else {"held": before.held, "reason": before.reason_code}, after={"held": held}, reason=reason,
    )  # fmt: skip
