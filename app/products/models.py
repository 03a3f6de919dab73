"""What is kept of products: their masters, barcodes, and lots."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db

TRACKING = ("none", "lot", "serial")
COST_DECIMALS = 6


class Product(db.Model):  # type: ignore[name-defined,misc]
    """What is stocked. Quantities of it are integers in units of 10**-decimals; `cost` is per unit, in 10**-6 of the currency.

    `search` is what it is found by: SKU, name and barcodes; whoever writes these writes it too.
    """

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    sku: Mapped[str] = mapped_column(String(128))
    folded: Mapped[str] = mapped_column(String(400), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str] = mapped_column(String(20), default="each", server_default="each")
    decimals: Mapped[int] = mapped_column(default=0, server_default="0")
    tracking: Mapped[str] = mapped_column(String(6), default="none", server_default="none")
    cost: Mapped[int | None] = mapped_column(BigInteger)
    abc: Mapped[str] = mapped_column(String(1), default="", server_default="")
    search: Mapped[str] = mapped_column(Text, default="", server_default="")
    archived_at: Mapped[int | None] = mapped_column(Ms)
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals"),
        CheckConstraint("tracking IN ('none', 'lot', 'serial')", name="tracking"),
        CheckConstraint("cost >= 0", name="cost"),
        Index("ix_products_sku", "sku"),
        Index("ix_products_journal", "journal"),
    )


class Barcode(db.Model):  # type: ignore[name-defined,misc]
    """A code that names a product and how many of its base units one scan means (scaled like its quantities)."""

    __tablename__ = "barcodes"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    code: Mapped[str] = mapped_column(String(128))
    folded: Mapped[str] = mapped_column(String(400), unique=True)
    gtin: Mapped[str | None] = mapped_column(String(14), index=True)
    quantity: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)


class Lot(db.Model):  # type: ignore[name-defined,misc]
    """A production batch of a product; `expiry` is an ISO date."""

    __tablename__ = "lots"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    code: Mapped[str] = mapped_column(String(128))
    expiry: Mapped[str | None] = mapped_column(String(10))
    __table_args__ = (UniqueConstraint("product_id", "code"), Index("ix_lots_expiry", "expiry"))
