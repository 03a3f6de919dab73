"""The journal: one row per site that numbers every row appended there (and one, number 0, for products and people).

Who writes to a site locks its row first; so the writers of a site follow each other, what they read there stays true until they
commit, and a reader who has seen number n will never meet a smaller one later. A sequence can't promise that (INVARIANTS.md, I15).
"""

from sqlalchemy import Connection, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import BigInteger, db, execute, fetch, note

GLOBAL = 0
"""The journal of products and people."""


class Journal(db.Model):  # type: ignore[name-defined,misc]
    """The last number given in a site."""

    __tablename__ = "journals"
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)


def lock(tx: Connection, site_id: int, by_index: bool = False) -> int:
    """Wait for the right to write to a site until the transaction ends; return the last number given there.

    `by_index` lets PostgreSQL keep a plan for each statement until then, from its first run on (planning took longer than running), and
    keeps it from reading whole tables: a table that was small when it planned may not stay so.
    """
    plan = ", set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)" if by_index else ""
    rows = fetch(
        tx, "SELECT value FROM journals WHERE site_id = ?", f"SELECT value{plan} FROM journals WHERE site_id = %s FOR UPDATE", (site_id,)
    )  # fmt: skip
    if not rows:
        raise LookupError(f"no site {site_id}")
    return int(rows[0][0])


def take(tx: Connection, site_id: int, numbers: int = 1) -> int:
    """Take the next numbers of a site's journal and return the first of them."""
    last = tx.scalar(text("UPDATE journals SET value = value + :n WHERE site_id = :site RETURNING value"), {"n": numbers, "site": site_id})
    if last is None:
        raise LookupError(f"no site {site_id}")
    note(tx, f"journal:{site_id}", int(last))
    return int(last) - numbers + 1


def read(tx: Connection, site_id: int) -> int:
    """Return the last number given in a site."""
    value = tx.scalar(text("SELECT value FROM journals WHERE site_id = :site"), {"site": site_id})
    return int(value or 0)


class Numbers:
    """Numbers of one site handed out in memory under its lock, and stored once at the end of the transaction."""

    def __init__(self, tx: Connection, site_id: int, by_index: bool = False) -> None:
        self.tx, self.site_id = tx, site_id
        self.first = self.last = lock(tx, site_id, by_index)

    def next(self, numbers: int = 1) -> int:
        """Hand out numbers and return the first of them."""
        first = self.last + 1
        self.last += numbers
        return first

    def store(self) -> None:
        """Store what was handed out. The column takes no NULL, so numbers that somebody else took meanwhile are never given twice."""
        if self.last > self.first:
            sql = "UPDATE journals SET value = CASE value WHEN ? THEN ? END WHERE site_id = ?"
            execute(self.tx, sql, sql.replace("?", "%s"), (self.first, self.last, self.site_id))
            note(self.tx, f"journal:{self.site_id}", self.last)
            self.first = self.last
