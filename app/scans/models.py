"""What is kept of what was said: scans, what was malformed or in conflict, streams and their gaps, sheets, resolutions."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, Uuid, db

NO_XOR = "0" * 32


class Stream(db.Model):  # type: ignore[name-defined,misc]
    """One outbox database on a device, as far as we hold it."""

    __tablename__ = "streams"
    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    said: Mapped[str | None] = mapped_column(Uuid, index=True)
    """What its sender calls it, where that is the id of another's."""
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"), index=True)
    made: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    xor: Mapped[str] = mapped_column(String(32), default=NO_XOR)
    highest: Mapped[int] = mapped_column(BigInteger, default=0)
    gaps: Mapped[int] = mapped_column(BigInteger, default=0)
    extras: Mapped[int] = mapped_column(BigInteger, default=0)
    forked: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    app: Mapped[str | None] = mapped_column(String(40))
    """Which version of its app the device said it runs."""
    heard_at: Mapped[int] = mapped_column(Ms)
    heard_journal: Mapped[int | None] = mapped_column(BigInteger)
    """The site's journal when the device itself, not a courier, last said how many scans it had made."""


class StreamGap(db.Model):  # type: ignore[name-defined,misc]
    """Numbers `first` to `last` of a stream that are missing below its highest."""

    __tablename__ = "stream_gaps"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    first: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)


class StreamExtra(db.Model):  # type: ignore[name-defined,misc]
    """An id that a stream sent and that is held elsewhere: malformed, or recorded through another stream."""

    __tablename__ = "stream_extras"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    scan_id: Mapped[str] = mapped_column(Uuid, primary_key=True)


class StreamClock(db.Model):  # type: ignore[name-defined,misc]
    """Smallest and largest `received_at - sent_at` of a stream's batches in one hour."""

    __tablename__ = "stream_clock"
    stream_id: Mapped[str] = mapped_column(ForeignKey("streams.id"), primary_key=True)
    hour: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    low: Mapped[int] = mapped_column(BigInteger)
    high: Mapped[int] = mapped_column(BigInteger)


class Count(db.Model):  # type: ignore[name-defined,misc]
    """What a sheet belongs to: a planned count, or (kind `free`) an operator's own of a day. `status` is stored only when it is final."""

    __tablename__ = "counts"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    code: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(5))
    status: Mapped[str | None] = mapped_column(String(10))
    blind: Mapped[bool] = mapped_column(Boolean)
    policy: Mapped[str] = mapped_column(String(7))
    twice: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """Two people count each location, and a line on which they agree is closed."""
    tolerance: Mapped[str | None] = mapped_column(Text)
    tolerances: Mapped[str | None] = mapped_column(Text)
    """JSON list of {sku | location | abc, quantity, percent, value}."""
    operator: Mapped[str | None] = mapped_column(String(200))
    day: Mapped[str | None] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[int] = mapped_column(Ms)
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[int | None] = mapped_column(Ms)
    approved_journal: Mapped[int | None] = mapped_column(BigInteger)
    """The journal's number of the first approval: what arrives after it is late."""
    second_above: Mapped[str | None] = mapped_column(String(20))
    seconded_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    seconded_at: Mapped[int | None] = mapped_column(Ms)
    hash: Mapped[str | None] = mapped_column(String(64))
    drained: Mapped[str | None] = mapped_column(Text)
    """JSON: which devices took part and what was proven of them when it was approved."""
    override: Mapped[str | None] = mapped_column(String(2000))
    """Why it was approved although something wasn't proven."""
    cancelled_at: Mapped[int | None] = mapped_column(Ms)
    note: Mapped[str] = mapped_column(String(2000), default="")
    last_sheet: Mapped[int] = mapped_column(default=0, server_default="0")
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        CheckConstraint("kind IN ('cycle', 'free')", name="kind"),
        CheckConstraint("status IN ('approved', 'posted', 'cancelled')", name="status"),
        CheckConstraint("policy IN ('ask', 'recount', 'as_of')", name="policy"),
        CheckConstraint("seconded_by <> approved_by", name="seconded_by_another"),
        Index(
            "uq_counts_free", "site_id", "operator", "day", unique=True,
            sqlite_where=text("kind = 'free' AND status IS NULL"), postgresql_where=text("kind = 'free' AND status IS NULL"),
        ),
        Index("ix_counts_site_journal", "site_id", "journal"),
    )  # fmt: skip


class Sheet(db.Model):  # type: ignore[name-defined,misc]
    """One pass over one location by one counter. Closed by a finish or empty scan, or by a person."""

    __tablename__ = "sheets"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), index=True)
    code: Mapped[str] = mapped_column(String(128))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), index=True)
    sequence: Mapped[int] = mapped_column()
    operator: Mapped[str | None] = mapped_column(String(200))
    given: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    """To its operator, who else took it by scanning."""
    lines: Mapped[str | None] = mapped_column(Text)
    """JSON list of [product id, lot or null] that a recount covers; null: all of the location."""
    open: Mapped[bool] = mapped_column(Boolean, default=True)
    complete: Mapped[bool | None] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """Why a person closed it."""
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Who closed it, where no scan did."""
    created_at: Mapped[int] = mapped_column(Ms)
    closed_at: Mapped[int | None] = mapped_column(Ms)
    """When it was finished, as it happened (occurred_at of the finish scan)."""
    closed_uncertainty_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    closed_stream: Mapped[str | None] = mapped_column(Uuid)
    closed_seq: Mapped[int | None] = mapped_column(BigInteger)
    closed_scan: Mapped[str | None] = mapped_column(Uuid)
    planned: Mapped[bool] = mapped_column(Boolean, default=True)
    """Part of a planned count that is still open: such a location is in no other one."""
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        UniqueConstraint("site_id", "code"),
        UniqueConstraint("count_id", "location_id", "sequence"),
        Index(
            "uq_sheets_planned", "location_id", unique=True,
            sqlite_where=text("planned AND sequence = 1"), postgresql_where=text("planned AND sequence = 1"),
        ),
        Index("ix_sheets_site_journal", "site_id", "journal"),
    )  # fmt: skip


class SheetCounter(db.Model):  # type: ignore[name-defined,misc]
    """Who counted a location on which pass: nobody counts two passes of one location (I10). `declared` is the pass where a site
    declares instead of enforcing, else 0."""

    __tablename__ = "sheet_counters"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"), primary_key=True)
    operator: Mapped[str] = mapped_column(String(200), primary_key=True)
    declared: Mapped[int] = mapped_column(primary_key=True, default=0)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheets.id"))


class Participant(db.Model):  # type: ignore[name-defined,misc]
    """What a known person was in a count: counter or approver, never both, unless (`declared` 1) the site declares it (I10)."""

    __tablename__ = "participants"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    declared: Mapped[int] = mapped_column(primary_key=True, default=0)
    part: Mapped[str] = mapped_column(String(8))
    __table_args__ = (
        CheckConstraint("part IN ('counter', 'approver')", name="part"),
        CheckConstraint("declared = 0 OR part = 'approver'", name="declared"),
    )


class Scan(db.Model):  # type: ignore[name-defined,misc]
    """One trigger pull: what the device said (`said`, JSON as sent) and our first interpretation of it. Never changed (triggers)."""

    __tablename__ = "scans"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    journal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(Uuid, unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """The person whose key or session sent it, when no device did."""
    stream_id: Mapped[str | None] = mapped_column(Uuid)
    seq: Mapped[int | None] = mapped_column(BigInteger)
    task: Mapped[str] = mapped_column(String(10))
    said: Mapped[str] = mapped_column(Text)
    scanned_at: Mapped[int] = mapped_column(Ms)
    received_at: Mapped[int] = mapped_column(Ms)
    occurred_at: Mapped[int] = mapped_column(Ms)
    uncertainty_ms: Mapped[int] = mapped_column(BigInteger)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    """Target or origin."""
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str] = mapped_column(String(200), default="")
    serial: Mapped[str] = mapped_column(String(200), default="")
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    operator: Mapped[str | None] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("sheets.id"))
    voids: Mapped[str | None] = mapped_column(Uuid)
    outcome: Mapped[str] = mapped_column(String(7))
    reason: Mapped[str | None] = mapped_column(String(30))
    warnings: Mapped[str] = mapped_column(String(400), default="")
    __table_args__ = (
        CheckConstraint("outcome IN ('posted', 'noted', 'refused')", name="outcome"),
        Index("ix_scans_sheet", "sheet_id", sqlite_where=text("sheet_id IS NOT NULL"), postgresql_where=text("sheet_id IS NOT NULL")),
        Index("ix_scans_voids", "voids", sqlite_where=text("voids IS NOT NULL"), postgresql_where=text("voids IS NOT NULL")),
        Index(
            "ix_scans_refused", "site_id", "journal",
            sqlite_where=text("outcome = 'refused'"), postgresql_where=text("outcome = 'refused'"),
        ),
        Index(
            "ix_scans_holds", "site_id", "product_id", "occurred_at",
            sqlite_where=text("task IN ('hold', 'release')"), postgresql_where=text("task IN ('hold', 'release')"),
        ),
        {"sqlite_with_rowid": False},
    )  # fmt: skip


class Conflict(db.Model):  # type: ignore[name-defined,misc]
    """A second version of a scan, kept beside the first; changes nothing (I3)."""

    __tablename__ = "conflicts"
    scan_id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    journal: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    said: Mapped[str] = mapped_column(Text)
    received_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (UniqueConstraint("site_id", "journal"),)


class Malformed(db.Model):  # type: ignore[name-defined,misc]
    """An item that was no scan: its first 4 KiB, once per hash and site."""

    __tablename__ = "malformed"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    journal: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    stream_id: Mapped[str | None] = mapped_column(Uuid)
    reason: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(String(300))
    said: Mapped[str] = mapped_column(Text)
    received_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (UniqueConstraint("site_id", "journal"),)


class Resolution(db.Model):  # type: ignore[name-defined,misc]
    """What a person decided about a refused scan: how it is read now. Never changed."""

    __tablename__ = "resolutions"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    journal: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(9))
    """`posted`, `noted` or `dismissed`."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)
    reason: Mapped[str] = mapped_column(String(2000))
    decision: Mapped[str] = mapped_column(Text)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("locations.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[str] = mapped_column(String(200), default="")
    serial: Mapped[str] = mapped_column(String(200), default="", server_default="")
    quantity: Mapped[int | None] = mapped_column(BigInteger)
    sheet_id: Mapped[int | None] = mapped_column(ForeignKey("sheets.id"), index=True)
    warnings: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    __table_args__ = (
        UniqueConstraint("site_id", "journal"),
        CheckConstraint("outcome IN ('posted', 'noted', 'dismissed')", name="outcome"),
        Index(
            "ix_resolutions_noted", "site_id", "product_id",
            sqlite_where=text("outcome = 'noted'"), postgresql_where=text("outcome = 'noted'"),
        ),
    )  # fmt: skip


class Hold(db.Model):  # type: ignore[name-defined,misc]
    """Whether a product, or one lot of it (`lot` not empty), is held in a site: the last hold or release decides, by scan or by hand."""

    __tablename__ = "holds"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), primary_key=True)
    lot: Mapped[str] = mapped_column(String(200), primary_key=True)
    held: Mapped[bool] = mapped_column(Boolean)
    reason_code: Mapped[str | None] = mapped_column(String(200))
    occurred_at: Mapped[int] = mapped_column(Ms)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
