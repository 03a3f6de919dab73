"""The keys of programs as administrators see and end them; only beginnings of tokens are ever shown."""

import json
from typing import Any

from sqlalchemy import Connection, select, text, update
from sqlalchemy.orm import aliased

from app import audit, journal, times
from app.access import Caller
from app.errors import Problem
from app.people import keeping
from app.people.models import Key, Person, Role

SOON = 14 * times.DAY
"""So long before its end a key is said to expire soon."""


def make(tx: Connection, caller: Caller, said: dict[str, Any], site_id: int | None) -> tuple[int, str]:
    """Make a key for a program, and return its id and its token. It acts as a person of that name, which no human has.

    Raises code_collides where a human is called so, bad_request for an end that is past.
    """
    name = keeping.plain(said["name"])
    if said["expires_at"] is not None and said["expires_at"] <= times.now():
        why = "It must end in the future."
        raise Problem("bad_request", why, [{"field": "expires_at", "message": why}])
    journal.lock(tx, journal.GLOBAL)
    person_id = keeping.named(tx, name)
    if person_id is not None and not _is_program(tx, person_id, caller.site_id):
        raise Problem("code_collides", "There is a person of that name; call the program otherwise.")
    token = keeping.give_key(
        tx, name, said["roles"], site_id, expires_at=said["expires_at"], reads_only=said["reads_only"], made_by=caller.person_id
    )
    return int(tx.scalars(select(Key.id).order_by(Key.id.desc()).limit(1)).one()), token


def _is_program(tx: Connection, person_id: int, site_id: int | None) -> bool:
    """Tell whether nobody scans or signs in as this person, and (for a site's administrator) it is of that site alone."""
    found = tx.execute(select(Person.badge, Person.password).where(Person.id == person_id)).one()
    sites = set(tx.scalars(select(Role.site_id).where(Role.person_id == person_id)))
    return found.badge is None and found.password is None and (site_id is None or sites == {site_id})


def page(tx: Connection, site_id: int | None, after: int, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return the keys with an id above `after`, and the cursor for more; `site_id`: only those of that site."""
    maker = aliased(Person)
    query = select(*Key.__table__.c, Person.name.label("person"), maker.name.label("maker")).join_from(
        Key, Person, Person.id == Key.person_id
    )
    query = query.outerjoin(maker, maker.id == Key.made_by).where(Key.id > after).order_by(Key.id).limit(limit + 1)
    if site_id is not None:
        query = query.where(Key.site_id == site_id)
    found = [row._mapping for row in tx.execute(query)]
    codes: dict[int, str] = {id_: code for id_, code in tx.execute(text("SELECT id, code FROM sites"))}
    now, shown = times.now(), found[:limit]
    rows = [
        {
            "id": k["id"], "name": k["name"], "person": k["person"], "prefix": k["prefix"], "roles": json.loads(k["roles"]),
            "site": codes.get(k["site_id"]), "reads_only": bool(k["reads_only"]), "created_at": times.wire(k["created_at"]),
            "made_by": k["maker"], "used_at": times.wire_or_none(k["used_at"]), "expires_at": times.wire_or_none(k["expires_at"]),
            "revoked_at": times.wire_or_none(k["revoked_at"]), "state": _state(k["revoked_at"], k["expires_at"], now),
        }
        for k in shown
    ]  # fmt: skip
    return rows, str(shown[-1]["id"]) if len(found) > limit else None


def _state(revoked_at: int | None, expires_at: int | None, now: int) -> str:
    if revoked_at is not None:
        return "revoked"
    if expires_at is None or expires_at - now > SOON:
        return "active"
    return "expired" if expires_at <= now else "expires_soon"


def revoke(tx: Connection, caller: Caller, key_id: int, reason: str) -> None:
    """End a key; once is enough. Raises not_found."""
    journal.lock(tx, journal.GLOBAL)
    query = select(Key.name, Key.prefix, Key.person_id, Key.site_id, Key.revoked_at).where(Key.id == key_id)
    found = tx.execute(query).one_or_none() if key_id < 2**63 else None
    if found is None or caller.site_id not in (None, found.site_id):
        raise Problem("not_found", "There is no such key.")
    if found.revoked_at is None:
        tx.execute(update(Key).where(Key.id == key_id).values(revoked_at=times.now()))
        audit.write(tx, "key_revoked", f"person {found.person_id}", before={"name": found.name, "prefix": found.prefix}, reason=reason)
