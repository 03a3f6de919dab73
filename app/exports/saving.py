"""Keep profiles of CSV files by name, in a site."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app import audit, journal, times, wire
from app.errors import Problem
from app.exports.models import ExportProfile

MOST = 200
"""Profiles of a site."""


def listed(tx: Connection, site_id: int) -> list[dict[str, Any]]:
    """Return the profiles of a site by name."""
    rows = tx.execute(select(ExportProfile.__table__).where(ExportProfile.site_id == site_id))
    return sorted((_wire(row) for row in rows), key=lambda one: str(one["name"]))


def named(tx: Connection, site_id: int, name: str) -> dict[str, Any]:
    """Return a profile; raises not_found."""
    found = _one(tx, site_id, name)
    if found is None:
        raise Problem("not_found", "There is no such profile.")
    return _wire(found)


def put(tx: Connection, site_id: int, name: str, profile: Mapping[str, Any]) -> dict[str, Any]:
    """Save a profile under a name, instead of what was there before."""
    journal.lock(tx, site_id)
    before, kept = _one(tx, site_id, name), wire.text(dict(profile))
    if before is None:
        if len(listed(tx, site_id)) >= MOST:
            raise Problem("bad_request", f"More than {MOST} profiles; delete some.")
        tx.execute(insert(ExportProfile), {"site_id": site_id, "name": name, "profile": kept, "changed_at": times.now()})
    elif before.profile != kept:
        here = (ExportProfile.site_id == site_id, ExportProfile.name == name)
        tx.execute(update(ExportProfile).where(*here).values(profile=kept, changed_at=times.now()))
    if before is None or before.profile != kept:
        was = None if before is None else wire.kept(before.profile)
        audit.write(tx, "profile_put", f"profile {name}", site_id=site_id, before=was, after=dict(profile))
    return named(tx, site_id, name)


def remove(tx: Connection, site_id: int, name: str) -> None:
    """Delete a profile; raises not_found."""
    journal.lock(tx, site_id)
    found = _one(tx, site_id, name)
    if found is None:
        raise Problem("not_found", "There is no such profile.")
    tx.execute(delete(ExportProfile).where(ExportProfile.site_id == site_id, ExportProfile.name == name))
    audit.write(tx, "profile_removed", f"profile {name}", site_id=site_id, before=wire.kept(found.profile))


def _one(tx: Connection, site_id: int, name: str) -> Any:
    table = ExportProfile.__table__
    return tx.execute(select(table).where(table.c.site_id == site_id, table.c.name == name)).one_or_none()


def _wire(row: Any) -> dict[str, Any]:
    return {"name": row.name, **wire.kept(row.profile), "changed_at": times.wire(row.changed_at)}
