"""What is kept of sealing: for each journal a chain of seals, each over the rows of a range of its numbers and the seal before."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, Ms, Uuid, db


class Seal(db.Model):  # type: ignore[name-defined,misc]
    """That the rows numbered `first` to `upto` in a journal were these. Never changed or deleted (triggers).

    `content`: the SHA-256 of the rows, `hash`: that of the seal without it, `previous`: the hash of the seal before. Site 0 is the
    journal of products and people.
    """

    __tablename__ = "seals"
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    format: Mapped[int] = mapped_column()
    epoch: Mapped[str] = mapped_column(Uuid)
    first: Mapped[int] = mapped_column(BigInteger)
    upto: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (CheckConstraint("upto >= first", name="range"),)
