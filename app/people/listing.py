"""Tell who is there."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Connection, select, text

from app import instance, journal, times
from app.access import Caller
from app.people.authenticating import home_of, roles_in
from app.people.models import Authenticator, Person, Role
from app.seals import checkpoints


def me(tx: Connection, caller: Caller) -> dict[str, Any]:
    """Return who calls, as the wire says it, with the epoch and journal their client compares."""
    site = tx.execute(text("SELECT code, pin, idle_minutes, in_store FROM sites WHERE id = :id"), {"id": caller.site_id}).one_or_none()
    device = {"id": caller.device_id, "name": caller.name, "tasks": _sorted(caller.tasks), "revoked": caller.revoked}
    return {
        "kind": caller.kind,
        "site": site and site.code,
        "epoch": instance.epoch(tx),
        "journal": journal.read(tx, journal.GLOBAL if caller.site_id is None else caller.site_id),
        "device": device if caller.device_id is not None else None,
        "person": {"id": caller.person_id, "name": caller.name, "roles": sorted(caller.roles)} if caller.person_id is not None else None,
        "csrf": caller.csrf,
        "checkpoint": checkpoints.newest(journal.GLOBAL if caller.site_id is None else caller.site_id),
        "pin": site.pin if site else "off",
        "idle_minutes": site and site.idle_minutes,
        "sites": _sites(tx, caller, site.code if site else None),
        "in_store": current_app.extensions["settings"].in_store if site is None or site.in_store is None else site.in_store,
    }


def roles_of(tx: Connection, person_id: int) -> frozenset[str]:
    """Return the roles a person has when they have just signed in."""
    held = [(site, role) for site, role in tx.execute(select(Role.site_id, Role.role).where(Role.person_id == person_id))]
    return roles_in(held, home_of({site for site, _ in held}))


def by_site(tx: Connection, people: Sequence[int], only: int | None = None) -> dict[int, list[dict[str, Any]]]:
    """Return the roles of people site by site, those for all sites (null) first; `only`: those of that site."""
    codes: dict[int, str] = {id_: code for id_, code in tx.execute(text("SELECT id, code FROM sites"))}
    found: dict[int, dict[int, list[str]]] = {}
    held = select(Role.person_id, Role.site_id, Role.role).where(Role.person_id.in_(people)).order_by(Role.site_id, Role.role)
    for who, site, role in tx.execute(held if only is None else held.where(Role.site_id == only)):
        found.setdefault(who, {}).setdefault(site, []).append(role)
    return {who: [{"site": codes.get(site), "roles": roles} for site, roles in of.items()] for who, of in found.items()}


def name_of(tx: Connection, person_id: int) -> str:
    """Return a person's name."""
    return str(tx.scalars(select(Person.name).where(Person.id == person_id)).one())


def page(tx: Connection, site_id: int | None, after: int, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return the people with an id above `after`, and the cursor for more; `site_id`: only who has roles there, and only those roles."""
    query = select(Person.id, Person.name, Person.badge, Person.password, Person.archived_at, Person.created_at, Person.journal)
    if site_id is not None:
        query = query.where(Person.id.in_(select(Role.person_id).where(Role.site_id == site_id)))
    found = tx.execute(query.where(Person.id > after).order_by(Person.id).limit(limit + 1)).all()
    shown = found[:limit]
    roles = by_site(tx, [p.id for p in shown], site_id)
    having = select(Authenticator.person_id).where(Authenticator.confirmed_at.is_not(None))
    proving = set(tx.scalars(having.where(Authenticator.person_id.in_([p.id for p in shown]))))
    rows = []
    for p in shown:
        of = roles.get(p.id, [])
        first = of[0] if of else {"roles": [], "site": None}
        rows.append(
            {
                "id": p.id, "name": p.name, "badge": p.badge, "roles": first["roles"], "site": first["site"], "by_site": of,
                "user": p.password is not None, "authenticator": p.id in proving,
                "archived": p.archived_at is not None, "created_at": times.wire(p.created_at),
                "journal": p.journal,
            }
        )  # fmt: skip
    return rows, str(shown[-1].id) if len(found) > limit else None


def _sites(tx: Connection, caller: Caller, home: str | None) -> list[str | None]:
    """Return the sites among which a session may choose (null: all of them at once)."""
    may: set[int] = caller.extra.get("sites", set())
    if len(may) < 2:
        return [home]
    codes: dict[int, str] = {id_: code for id_, code in tx.execute(text("SELECT id, code FROM sites"))}
    return [codes.get(site) for site in sorted(may)]


def _sorted(tasks: frozenset[str] | None) -> list[str] | None:
    return None if tasks is None else sorted(tasks)
