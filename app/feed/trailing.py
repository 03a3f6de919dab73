"""Read the audit trail of a site, or that of products and people."""

from typing import Any

from sqlalchemy import Connection, select

from app import times, wire
from app.audit import Audit
from app.devices.models import Device
from app.people.models import Person


def after(tx: Connection, site_id: int, since: int, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` deeds after a journal number, in order; `actor` is who it was called then, `person` and `device` are now."""
    rows = tx.execute(
        select(
            Audit.journal, Audit.at, Audit.deed, Audit.subject, Audit.actor, Person.name.label("person"), Device.name.label("device"),
            Audit.before, Audit.after, Audit.reason,
        )
        .outerjoin(Person, Person.id == Audit.person_id)
        .outerjoin(Device, Device.id == Audit.device_id)
        .where(Audit.site_id == site_id, Audit.journal > since)
        .order_by(Audit.journal)
        .limit(limit)
    )  # fmt: skip
    return [
        {**row, "at": times.wire(row["at"]), "before": _kept(row["before"]), "after": _kept(row["after"])}
        for row in (r._asdict() for r in rows)
    ]


def _kept(value: str | None) -> Any:
    return None if value is None else wire.kept(value)
