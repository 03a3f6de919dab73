"""What is kept of imports: each with its report and the rows it refused, and mappings that people saved."""

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, Uuid, db

STATES = ("running", "done", "failed", "cancelled")


class Import(db.Model):  # type: ignore[name-defined,misc]
    """One import, its progress and its report. `rejected`: the refused rows and why, gzipped JSON lines, for a while."""

    __tablename__ = "imports"
    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    mode: Mapped[str] = mapped_column(String(4))
    dry_run: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[str] = mapped_column(String(9))
    rows: Mapped[int] = mapped_column(BigInteger)
    rows_done: Mapped[int] = mapped_column(BigInteger)
    report: Mapped[str | None] = mapped_column(Text)
    rejected: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(Ms)
    heard_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed', 'cancelled')", name="status"),
        Index("ix_imports_created_at", "created_at"),
    )


class Mapping(db.Model):  # type: ignore[name-defined,misc]
    """Which columns of a file are ours, under a name. `site_id` 0: for all sites. `fingerprint`: of the header it was made for.

    `decimal` and `dates`: how such a file writes numbers and dates (see `notation`)."""

    __tablename__ = "import_mappings"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    site_id: Mapped[int] = mapped_column(default=0, server_default="0")
    name: Mapped[str] = mapped_column(String(100))
    columns: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64), default="", server_default="")
    decimal: Mapped[str] = mapped_column(String(5), default="point", server_default="point")
    dates: Mapped[str] = mapped_column(String(10), default="YYYY-MM-DD", server_default="YYYY-MM-DD")
    changed_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (UniqueConstraint("kind", "site_id", "name"),)
