"""What is kept of devices: their tokens (hashed), and enrolments that wait to be claimed."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Number, db


class Device(db.Model):  # type: ignore[name-defined,misc]
    """A gun, phone, terminal or file scanner, enrolled once, revocable. `tasks` is a JSON list, null for all tasks."""

    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    prefix: Mapped[str] = mapped_column(String(12))
    tasks: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Ms)
    revoked_at: Mapped[int | None] = mapped_column(Ms)
    journal: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (Index("ix_devices_site_journal", "site_id", "journal"),)


class Enrolment(db.Model):  # type: ignore[name-defined,misc]
    """A code of one use that turns whoever claims it into a device."""

    __tablename__ = "enrolments"
    id: Mapped[int] = mapped_column(Number, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str] = mapped_column(String(200))
    tasks: Mapped[str | None] = mapped_column(Text)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[int] = mapped_column(Ms)
    expires_at: Mapped[int] = mapped_column(Ms)
    spent_at: Mapped[int | None] = mapped_column(Ms)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
