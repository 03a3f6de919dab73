"""What is kept of what left: each time that the package of a count was taken."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, db


class Package(db.Model):  # type: ignore[name-defined,misc]
    """One time that the package of a posted count was taken, numbered in its count. `sums`: the SHA-256 of its SHA256SUMS."""

    __tablename__ = "packages"
    count_id: Mapped[int] = mapped_column(ForeignKey("counts.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    upto: Mapped[int] = mapped_column(BigInteger)
    sums: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[int] = mapped_column(Ms)
