"""What is kept of what left: each time that the package of a count was taken, and profiles of CSV files."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, db


class Package(db.Model):  # type: ignore[name-defined,misc]
    """One time that the package of a posted count was taken, numbered in its count. `sums`: the SHA-256 of its SHA256SUMS; `profile`: that
    of its CSV files, as it was then."""

    __tablename__ = "packages"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    upto: Mapped[int] = mapped_column(BigInteger)
    sums: Mapped[str] = mapped_column(String(64))
    profile: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)


class ExportProfile(db.Model):  # type: ignore[name-defined,misc]
    """How CSV files are written for somebody who takes them over: JSON, as it was sent."""

    __tablename__ = "export_profiles"
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    profile: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[int] = mapped_column(Ms)
