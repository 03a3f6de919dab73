"""What is kept of stock: moves (double entry), balances (their sum), what counts asserted, and what needs a look."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, Uuid, db

MOVE_KINDS = ("scan", "opening", "adjustment", "late_after_count", "reversal", "resolution")
EXCEPTION_KINDS = ("negative_balance", "serial_in_two_places", "late_after_count")
FARTHEST = 4 * 10**18
"""No balance goes farther from zero; a move that would is refused."""


class Move(db.Model):  # type: ignore[name-defined,misc]
    """A quantity of one product, lot, serial that left `source` and arrived at `target`. Never edited or deleted (triggers)."""

    __tablename__ = "moves"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    journal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20))
    scan_id: Mapped[str | None] = mapped_column(Uuid)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str] = mapped_column(String(200), default="")
    serial: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[int] = mapped_column(BigInteger)
    source_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    occurred_at: Mapped[int] = mapped_column(Ms)
    uncertainty_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    recorded_at: Mapped[int] = mapped_column(Ms)
    reason_code: Mapped[str | None] = mapped_column(String(200))
    reverses: Mapped[int | None] = mapped_column(BigInteger)
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("source_id <> target_id", name="two_places"),
        CheckConstraint("(kind = 'reversal') = (reverses IS NOT NULL)", name="reversal"),
        CheckConstraint("(kind IN ('adjustment', 'late_after_count')) <= (line_id IS NOT NULL)", name="line"),
        UniqueConstraint("site_id", "reverses"),
        ForeignKeyConstraint(["site_id", "reverses"], ["moves.site_id", "moves.journal"], name="fk_moves_reverses"),
        Index(
            "uq_moves_adjustment", "line_id", "lot", "serial", unique=True,
            sqlite_where=text("kind = 'adjustment'"), postgresql_where=text("kind = 'adjustment'"),
        ),
        Index("ix_moves_source", "source_id", "occurred_at", "product_id"),
        Index("ix_moves_target", "target_id", "occurred_at", "product_id"),
        Index("ix_moves_scan", "scan_id"),
        Index(
            "ix_moves_opening", "product_id", "source_id", "target_id",
            sqlite_where=text("kind = 'opening'"), postgresql_where=text("kind = 'opening'"),
        ),
        Index("ix_moves_line", "line_id", sqlite_where=text("line_id IS NOT NULL"), postgresql_where=text("line_id IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip


class Balance(db.Model):  # type: ignore[name-defined,misc]
    """What the moves add up to at one place for one product, lot, serial: on hand. Only ever changed by atomic deltas."""

    __tablename__ = "balances"
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), primary_key=True, autoincrement=False)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True, autoincrement=False)
    lot: Mapped[str] = mapped_column(String(200), primary_key=True)
    serial: Mapped[str] = mapped_column(String(200), primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN -{FARTHEST} AND {FARTHEST}", name="range"),
        Index("ix_balances_product", "product_id"),
        Index("ix_balances_serial", "serial", "product_id", sqlite_where=text("serial <> ''"), postgresql_where=text("serial <> ''")),
        {"sqlite_with_rowid": False},
    )


class Assertion(db.Model):  # type: ignore[name-defined,misc]
    """A posted count line: at `at` the ledger there was made equal to what was counted. `lot` null: over all lots.

    A move that happened before and arrives later gets its counter-move (DESIGN.md section 5).
    """

    __tablename__ = "assertions"
    line_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[int] = mapped_column(Ms)
    until: Mapped[int] = mapped_column(Ms)
    __table_args__ = (Index("ix_assertions_key", "location_id", "product_id", "at"), Index("ix_assertions_site_at", "site_id", "until"))


class LineReversal(db.Model):  # type: ignore[name-defined,misc]
    """What a count posted for a line was reversed, once: the line asserts nothing any more. Never changed (triggers)."""

    __tablename__ = "line_reversals"
    line_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    journal: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)
    reason: Mapped[str] = mapped_column(String(2000))
    __table_args__ = (Index("ix_line_reversals_site_journal", "site_id", "journal"),)


class ReasonCode(db.Model):  # type: ignore[name-defined,misc]
    """Why stock is adjusted or scrapped, and the account that takes it. Never deleted, only archived; what devices say may be others."""

    __tablename__ = "reason_codes"
    code: Mapped[str] = mapped_column(String(200), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Empty: as the console calls it."""
    account: Mapped[str] = mapped_column(String(200), default="", server_default="")
    account_found: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Of what was found, where it is another one than that of what is missing."""
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    archived: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class LedgerException(db.Model):  # type: ignore[name-defined,misc]
    """Something a supervisor must look at; at most one open per kind and key."""

    __tablename__ = "exceptions"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(30))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str] = mapped_column(String(200), default="")
    serial: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(60), default="")
    """Tells exceptions of one key apart where each needs its own look: the journal of the late move."""
    detail: Mapped[str] = mapped_column(Text, default="{}")
    opened_at: Mapped[int] = mapped_column(Ms)
    closed_at: Mapped[int | None] = mapped_column(Ms)
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    note: Mapped[str] = mapped_column(String(2000), default="")
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        Index(
            "uq_exceptions_open", "kind", "location_id", "product_id", "lot", "serial", "subject", unique=True,
            sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_exceptions_site_journal", "site_id", "journal"),
    )  # fmt: skip
