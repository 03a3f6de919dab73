"""Keep mappings of columns under a name, for one site or for all, and find the one that a file was mapped with before."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from app import audit, journal, times, wire
from app.errors import Problem
from app.imports import columns
from app.imports.models import Mapping
from app.imports.notation import Notation
from app.imports.tables import plain

MOST = 500
"""Mappings of one kind and site."""


def named(tx: Connection, kind: str, site_id: int | None, name: str) -> tuple[dict[str, str], Notation]:
    """Return a saved mapping and how its files write: the site's, else that for all sites. Raises not_found."""
    found = next((row for row in _rows(tx, kind, site_id) if row.name == name), None)
    if found is None:
        raise Problem("not_found", "There is no such mapping.")
    return _columns(found), Notation(found.decimal, found.dates)


def listed(tx: Connection, kind: str | None, site_id: int | None) -> list[dict[str, Any]]:
    """Return the mappings that may be used in a site, its own before those for all."""
    return [_wire(row) for row in _rows(tx, kind, site_id)]


def proposed(tx: Connection, kind: str, site_id: int | None, header: Sequence[str]) -> dict[str, Any] | None:
    """Return the mapping made for a header like this, else one whose columns all are there."""
    rows, print_ = _rows(tx, kind, site_id), columns.fingerprint(header)
    names = {plain(name) for name in header}
    same = next((row for row in rows if row.fingerprint == print_), None)
    return next((_wire(row) for row in [same, *rows] if row is not None and {plain(n) for n in _columns(row).values()} <= names), None)


def put(
    tx: Connection, kind: str, site_id: int | None, name: str, mapping: dict[str, str], header: Sequence[str], notation: Notation
) -> dict[str, Any]:
    """Save a mapping under a name, instead of what was there before."""
    site, now = site_id or journal.GLOBAL, times.now()
    journal.lock(tx, journal.GLOBAL)
    before = _one(tx, kind, site, name)
    values = {
        "columns": wire.text(mapping),
        "fingerprint": columns.fingerprint(header) if header else "",
        "changed_at": now,
        **notation._asdict(),
    }
    if before is None:
        if len(_rows(tx, kind, site_id)) >= MOST:
            raise Problem("bad_request", f"More than {MOST} mappings; delete some.")
        tx.execute(insert(Mapping), {"kind": kind, "site_id": site, "name": name, **values})
    else:
        tx.execute(update(Mapping).where(Mapping.id == before.id).values(**values))
    was, told = None if before is None else _told(before), {**mapping, **notation._asdict()}
    if was != told:
        audit.write(tx, "mapping_put", f"mapping {kind} {name}", before=was, after=told)
    return _wire(_one(tx, kind, site, name))


def remove(tx: Connection, kind: str, site_id: int | None, name: str) -> None:
    """Delete a mapping; raises not_found."""
    journal.lock(tx, journal.GLOBAL)
    found = _one(tx, kind, site_id or journal.GLOBAL, name)
    if found is None:
        raise Problem("not_found", "There is no such mapping.")
    tx.execute(delete(Mapping).where(Mapping.id == found.id))
    audit.write(tx, "mapping_removed", f"mapping {kind} {name}", before=_told(found))


def _rows(tx: Connection, kind: str | None, site_id: int | None) -> list[Any]:
    query = select(Mapping.__table__).where(Mapping.site_id.in_([journal.GLOBAL, site_id or journal.GLOBAL]))
    query = query.order_by(Mapping.kind, Mapping.site_id.desc(), Mapping.name)
    return list(tx.execute(query if kind is None else query.where(Mapping.kind == kind)))


def _one(tx: Connection, kind: str, site: int, name: str) -> Any:
    query = select(Mapping.__table__).where(Mapping.kind == kind, Mapping.site_id == site, Mapping.name == name)
    return tx.execute(query).one_or_none()


def _columns(row: Any) -> dict[str, str]:
    found: dict[str, str] = wire.kept(row.columns)
    return found


def _told(row: Any) -> dict[str, str]:
    return {**_columns(row), "decimal": row.decimal, "dates": row.dates}


def _wire(row: Any) -> dict[str, Any]:
    return {
        "kind": row.kind, "name": row.name, "columns": _columns(row), "decimal": row.decimal, "dates": row.dates,
        "for_all_sites": row.site_id == journal.GLOBAL, "changed_at": times.wire(row.changed_at),
    }  # fmt: skip
