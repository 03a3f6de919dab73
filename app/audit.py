"""The audit trail: one row per change of state: who, what, before and after, when, from which device, why.

A scan is its own audit row; everything else that changes writes one here, in the same transaction.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, has_request_context
from sqlalchemy import CheckConstraint, Connection, ForeignKey, Index, String, Text, insert
from sqlalchemy.orm import Mapped, mapped_column

from app import journal, times, wire
from app.access import Caller
from app.db import BigInteger, Ms, db


class Audit(db.Model):  # type: ignore[name-defined,misc]
    """One deed. Never changed or deleted (triggers)."""

    __tablename__ = "audit"
    site_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    journal: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(Ms)
    deed: Mapped[str] = mapped_column(String(50))
    subject: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("devices.id"))
    actor: Mapped[str] = mapped_column(String(200))
    before: Mapped[str | None] = mapped_column(Text)
    after: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    __table_args__ = (
        CheckConstraint("deed <> ''", name="deed"), Index("ix_audit_subject", "subject"), Index("ix_audit_at", "site_id", "at"),
        Index("ix_audit_deed", "site_id", "deed", "journal"), Index("ix_audit_person", "site_id", "person_id", "journal"),
    )  # fmt: skip


def write(
    tx: Connection, deed: str, subject: str, *, site_id: int = journal.GLOBAL, before: Any = None, after: Any = None, reason: str = "",
    by: Caller | None = None, number: int | None = None,
) -> int:  # fmt: skip
    """Write one deed into a site's trail and return its journal number, which may be taken already; who did it is the caller, or `cli`, or
    `server` by itself."""
    who: Caller | None = by or (g.get("caller") if has_request_context() else None)
    number = journal.take(tx, site_id) if number is None else number
    tx.execute(
        insert(Audit.__table__),
        {
            "site_id": site_id, "journal": number, "at": times.now(), "deed": deed, "subject": subject[:300],
            "person_id": who.person_id if who else None, "device_id": who.device_id if who else None,
            "actor": (f"{who.kind}:{who.name}" if who else "anonymous" if has_request_context() else g.get("actor", "cli"))[:200],
            "before": None if before is None else wire.text(before), "after": None if after is None else wire.text(after),
            "reason": reason[:2000],
        },
    )  # fmt: skip
    return number


def write_changes(
    tx: Connection, subject: str, before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]], *,
    site_id: int = journal.GLOBAL, take: Callable[[], int] | None = None,
) -> None:  # fmt: skip
    """Write what a part of a file changed, by code: the fields that are others now. What it made is left out: it was nothing before."""
    changed = {code: [name for name in now if now[name] != before[code][name]] for code, now in after.items() if code in before}
    changed = {code: names for code, names in changed.items() if names}
    if changed:
        was, now = ({code: {name: of[code][name] for name in names} for code, names in changed.items()} for of in (before, after))
        write(tx, "changed_by_import", subject, site_id=site_id, before=was, after=now, number=take() if take else None)
