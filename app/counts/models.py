"""What is kept of counts beyond their sheets: decisions, the lines as they stand, and as they were approved."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db

_Bytewise = String(128).with_variant(postgresql.VARCHAR(128, collation="C"), "postgresql")


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
    bulk_id: Mapped[int | None] = mapped_column(BigInteger)
    """The bulk decision that it is of, as long as nobody has decided anew."""
    __table_args__ = (CheckConstraint("decision IN ('accept', 'recount', 'dismiss')", name="decision"),)


class BulkDecision(db.Model):  # type: ignore[name-defined,misc]
    """What was decided about many lines at once; may be undone, the last one first, until the approval."""

    __tablename__ = "bulk_decisions"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), index=True)
    wanted: Mapped[str] = mapped_column(Text)
    """JSON: the decision, reason code and note, and which lines were meant."""
    decided: Mapped[int] = mapped_column()
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)
    undone_at: Mapped[int | None] = mapped_column(Ms)


class DecisionBefore(db.Model):  # type: ignore[name-defined,misc]
    """What stood for a line before a bulk decision; `decision` null: nothing."""

    __tablename__ = "decisions_before"
    bulk_id: Mapped[int] = mapped_column(ForeignKey("bulk_decisions.id"), primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    decision: Mapped[str | None] = mapped_column(String(7))
    reason_code: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(String(2000))
    lots: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[int | None] = mapped_column(Ms)
    before_id: Mapped[int | None] = mapped_column(BigInteger)
    """The bulk decision that it was of."""


class Standing(db.Model):  # type: ignore[name-defined,misc]
    """How far the lines of a count are kept up to date. Derived: may be deleted at any time, and is made again when somebody looks."""

    __tablename__ = "standings"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True, autoincrement=False)
    basis: Mapped[str] = mapped_column(String(64))
    """What else the lines depend on: policy, tolerances; `posted` where they are those that were approved."""
    journal: Mapped[int] = mapped_column(BigInteger)
    """All that the site's journal had until then is in, or the locations it happened at are marked as stale."""
    products_journal: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
    """After which number scans were late; 0: none."""


class StandingPlace(db.Model):  # type: ignore[name-defined,misc]
    """As of which number of the journal the lines of a location are, and its scans that changed nothing (`late`, JSON)."""

    __tablename__ = "standing_places"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True, autoincrement=False)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), primary_key=True, autoincrement=False)
    journal: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    """Of its lines; empty where there are none."""
    late: Mapped[str] = mapped_column(Text)
    stale: Mapped[bool] = mapped_column(Boolean)
    """Something has happened there since: it is to be compared again."""


class StandingLine(db.Model):  # type: ignore[name-defined,misc]
    """A line as it stands, without what people decided: what it is found, sorted and summed by.

    `place` is the location's code, `number` the line's place there; `rank` sorts by absolute value, what has no cost first.
    """

    __tablename__ = "standing_lines"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    place: Mapped[str] = mapped_column(_Bytewise)
    number: Mapped[int] = mapped_column()
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(_Bytewise)
    lot: Mapped[str | None] = mapped_column(String(200))
    abc: Mapped[str | None] = mapped_column(String(1))
    words: Mapped[str] = mapped_column(Text)
    counters: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(11))
    automatic: Mapped[str | None] = mapped_column(String(7))
    counted: Mapped[bool] = mapped_column(Boolean)
    needs_lots: Mapped[bool] = mapped_column(Boolean)
    unknown: Mapped[bool] = mapped_column(Boolean)
    flagged: Mapped[bool] = mapped_column(Boolean)
    adjusted: Mapped[bool] = mapped_column(Boolean)
    priced: Mapped[bool] = mapped_column(Boolean)
    variance: Mapped[int | None] = mapped_column(BigInteger)
    expected_value: Mapped[int | None] = mapped_column(BigInteger)
    value: Mapped[int | None] = mapped_column(BigInteger)
    rank: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        Index("ix_standing_lines_location", "count_id", "location_id"),
        Index("ix_standing_lines_place", "count_id", "place", "number"),
        Index("ix_standing_lines_sku", "count_id", "sku", "place", "number"),
        Index("ix_standing_lines_rank", "count_id", "rank", "place", "number"),
    )


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


class StandingShown(db.Model):  # type: ignore[name-defined,misc]
    """What the wire shows of a line as it stands (JSON), beside it, so that a look through all lines is short."""

    __tablename__ = "standing_shown"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True, autoincrement=False)
    line: Mapped[str] = mapped_column(String(40), primary_key=True)
    shown: Mapped[str] = mapped_column(Text)
