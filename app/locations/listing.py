"""Read locations as the wire shows them, a page at a time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select, tuple_
from sqlalchemy.orm import aliased

from app import instance
from app.db import has_words
from app.errors import Problem
from app.locations import checkdigits
from app.locations.models import Location, Site
from app.text import fold, nfc, sought

_Parent = aliased(Location)
_UNPRINTED = frozenset({"site", "virtual"})
"""Kinds that have no label, so no check digits."""


def tag(tx: Connection, site_id: int) -> str:
    """Return the ETag of a site's locations: it changes with them, and not with every scan as the site's journal does."""
    last = tx.scalar(select(func.max(Location.journal)).where(Location.site_id == site_id))
    return f'W/"{instance.epoch(tx)}.{site_id}.{last}"'


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


def walked(
    tx: Connection, site_id: int, parent: str | None, search: str | None, archived: bool | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None, int]:
    """Return those right below a location, or those that words are found in, in walking order; cursor, and how many there are in all.

    Sites and virtual locations are left out. Each row says how many are right below it. A location whose very code was asked for comes
    first. Raises not_found for an unknown parent.
    """
    query = select(Location.id, Location.walk_key, Location.code).where(Location.site_id == site_id, Location.kind.not_in(_UNPRINTED))
    if parent is not None:
        query = query.where(Location.parent_id == _id(tx, site_id, parent))
    if search is not None:
        query = query.where(*has_words(tx, Location.search, sought(search)))
    if archived is not None:
        query = query.where(Location.archived_at.is_not(None) if archived else Location.archived_at.is_(None))
    total = tx.scalar(select(func.count()).select_from(query.subquery())) or 0
    same = None if search is None else fold(search.strip())
    exact = tx.scalars(query.where(Location.folded == same).with_only_columns(Location.id)).all() if same else []
    query = query.where(Location.id.not_in(exact)) if exact else query
    if after is not None:
        seen = tx.execute(
            select(Location.walk_key, Location.code).where(Location.site_id == site_id, Location.code == nfc(after))
        ).one_or_none()
        if seen is None:
            raise Problem("bad_request", "No such cursor.", [{"field": "after", "message": "Send what `next` said."}])
        if not exact or _id(tx, site_id, after) not in exact:
            query = query.where(tuple_(Location.walk_key, Location.code) > tuple_(*seen))
        exact = []
    rest = tx.scalars(query.with_only_columns(Location.id).order_by(Location.walk_key, Location.code).limit(limit + 1 - len(exact))).all()
    ids = [*exact, *rest]
    rows, below = by_id(tx, ids[:limit]), _below(tx, ids[:limit])
    shown = [rows[number] | {"children": below.get(number, 0)} for number in ids[:limit]]
    return shown, shown[-1]["code"] if len(ids) > limit else None, total


def one(tx: Connection, site_id: int, code: str) -> dict[str, Any]:
    """Return the wire's row of a location, with how many are right below it; raises not_found."""
    number = _id(tx, site_id, code)
    return by_id(tx, [number])[number] | {"children": _below(tx, [number]).get(number, 0)}


def by_id(tx: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Return the wire's rows of these locations by id."""
    return {one.id: row(one) for one in tx.execute(_query().where(Location.id.in_(set(ids))))}


def sites(tx: Connection, own: int | None) -> list[dict[str, Any]]:
    """Return all sites, or a caller's own."""
    rules = (Site.independence, Site.proof, Site.second_above, Site.plan_at, Site.in_store, Site.pin, Site.idle_minutes)
    query = select(Site.code, Site.name, Site.check_digits, *rules).order_by(Site.id)
    rows = tx.execute(query if own is None else query.where(Site.id == own))
    return [dict(one._mapping) | {"check_digits": bool(one.check_digits)} for one in rows]


def _id(tx: Connection, site_id: int, code: str) -> int:
    found = tx.scalar(select(Location.id).where(Location.site_id == site_id, Location.code == nfc(code)))
    if found is None:
        raise Problem("not_found", f"There is no location {code[:60]}.")
    return found


def _below(tx: Connection, ids: Iterable[int]) -> dict[int, int]:
    query = select(Location.parent_id, func.count()).where(
        Location.parent_id.in_(ids), Location.archived_at.is_(None), Location.kind.not_in(_UNPRINTED)
    )
    return {number: many for number, many in tx.execute(query.group_by(Location.parent_id)) if number is not None}


def _query() -> Any:
    return (
        select(
            Location.id, Location.code, Location.name, Location.kind, _Parent.code.label("parent"), Site.code.label("site"),
            Location.archived_at, Location.blocked, Location.single_product, Location.walk, Location.journal, Site.check_digits,
            Site.check_key,
        )
        .join(Site, Site.id == Location.site_id)
        .outerjoin(_Parent, _Parent.id == Location.parent_id)
    )  # fmt: skip


def row(location: Any) -> dict[str, Any]:
    """Return a location as the contract writes it."""
    checked = location.check_digits and location.kind not in _UNPRINTED
    return {
        "code": location.code, "name": location.name, "kind": location.kind, "parent": location.parent, "site": location.site,
        "archived": location.archived_at is not None, "blocked": bool(location.blocked),
        "single_product": bool(location.single_product), "walk": location.walk,
        "check": checkdigits.digits(location.check_key, location.code) if checked else None, "journal": location.journal,
    }  # fmt: skip
