"""Read locations as the wire shows them, a page at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from app.locations.models import Location, Site

_Parent = aliased(Location)


def page(tx: Connection, site_id: int, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return a site's locations in the order of their codes and the cursor of the next page, None at the end."""
    query = _query().where(Location.site_id == site_id).order_by(Location.code).limit(limit + 1)
    found = tx.execute(query if after is None else query.where(Location.code > after)).all()
    rows = [row(one) for one in found[:limit]]
    return rows, rows[-1]["code"] if len(found) > limit else None


def changes(tx: Connection, site_id: int, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return a site's locations that changed after a number of its journal, and the cursor to go on from."""
    query = _query().where(Location.site_id == site_id, Location.journal > since).order_by(Location.journal).limit(limit)
    rows = [row(one) for one in tx.execute(query)]
    return rows, rows[-1]["journal"] if rows else since


def one(tx: Connection, site_id: int, code: str) -> dict[str, Any]:
    """Return the wire's row of a location that exists."""
    return row(tx.execute(_query().where(Location.site_id == site_id, Location.code == code)).one())


def by_id(tx: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the wire's rows of these locations by id."""
    return {one.id: row(one) for one in tx.execute(_query().where(Location.id.in_(set(ids))))}


def sites(tx: Connection, own: int | None) -> list[dict[str, str]]:
    """Return code and name of all sites, or of a caller's own."""
    query = select(Site.code, Site.name).order_by(Site.id)
    return [{"code": code, "name": name} for code, name in tx.execute(query if own is None else query.where(Site.id == own))]


def _query() -> Any:
    return (
        select(
            Location.id, Location.code, Location.name, Location.kind, _Parent.code.label("parent"), Site.code.label("site"),
            Location.archived_at, Location.journal,
        )
        .join(Site, Site.id == Location.site_id)
        .outerjoin(_Parent, _Parent.id == Location.parent_id)
    )  # fmt: skip


def row(location: Any) -> dict[str, Any]:
    """Return a location as the contract writes it."""
    return {
        "code": location.code, "name": location.name, "kind": location.kind, "parent": location.parent, "site": location.site,
        "archived": location.archived_at is not None, "journal": location.journal,
    }  # fmt: skip
