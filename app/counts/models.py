"""What is kept of counts beyond their sheets: decisions, and the lines as they were approved."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db


class Decision(db.Model):  # type: ignore[name-defined,misc]
    """What a supervisor decided about a line before the approval; may be changed until then."""

    __tablename__ = "decisions"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    decision: Mapped[str] = mapped_column(String(7))
    reason_code: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(2000), default="")
    lots: Mapped[str | None] = mapped_column(Text)
    """JSON {lot: quantity}: how the variance of a line at product level splits over lots."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (CheckConstraint("decision IN ('accept', 'recount', 'dismiss')", name="decision"),)


class Cost(db.Model):  # type: ignore[name-defined,misc]
    """The unit cost of a product, frozen into a count when it came to review."""

    __tablename__ = "count_costs"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    cost: Mapped[int | None] = mapped_column(BigInteger)


class Line(db.Model):  # type: ignore[name-defined,misc]
    """Product and lot at a location in a count, as it was approved. `product_id` null: the location was counted empty and the
    book says so too.

    `value` is in cents; `passes` is JSON, one [counted, operator, from, to] per sheet, as exported; `seen` is JSON of what else the
    reconciliation showed of the line; `name` is the product's then, so that an export never changes.
    """

    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"))
    number: Mapped[int] = mapped_column()
    line: Mapped[str] = mapped_column(String(40))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str | None] = mapped_column(String(200))
    expected: Mapped[int | None] = mapped_column(BigInteger)
    counted: Mapped[int | None] = mapped_column(BigInteger)
    variance: Mapped[int | None] = mapped_column(BigInteger)
    unit_cost: Mapped[int | None] = mapped_column(BigInteger)
    value: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(11))
    decision: Mapped[str | None] = mapped_column(String(7))
    reason_code: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(2000), default="")
    passes: Mapped[str] = mapped_column(Text, default="[]")
    seen: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    moment_at: Mapped[int | None] = mapped_column(Ms)
    adjustment: Mapped[int | None] = mapped_column(BigInteger)
    """Journal of the (first) adjusting move."""
    expected_value: Mapped[int | None] = mapped_column(BigInteger)
    abc: Mapped[str] = mapped_column(String(1), default="", server_default="")
    """The product's class then."""
    rounds: Mapped[int] = mapped_column(default=0, server_default="0")
    """On how many sheets it was counted."""
    __table_args__ = (
        UniqueConstraint("count_id", "line"),
        Index("ix_lines_count_number", "count_id", "number"),
        CheckConstraint("state IN ('not_counted', 'equal', 'within', 'outside', 'moved', 'empty', 'unexpected')", name="state"),
    )
