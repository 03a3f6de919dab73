"""Make people and their keys."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from app import audit, journal, times, tokens
from app.errors import Problem
from app.people.models import Key, Person, Role
from app.text import fold, nfc


def add(
    tx: Connection,
    name: str,
    *,
    badge: str | None = None,
    roles: Sequence[str] = (),
    site_id: int | None = None,
    password: str | None = None,
    reason: str = "",
) -> int:
    """Make a person with roles in one site, or (None) in all; `password` is its hash. Raises code_collides."""
    name, badge = plain(name), None if badge is None else nfc(badge)
    journal.lock(tx, journal.GLOBAL)
    if named(tx, name) is not None:
        raise Problem("code_collides", "There is a person of that name.")
    if badge is not None and any(fold(badge) == fold(other) for other in tx.scalars(select(Person.badge)) if other):
        raise Problem("code_collides", "There is a person with that badge.")
    made: int = tx.execute(
        insert(Person).returning(Person.id),
        {
            "name": name, "folded": fold(name), "badge": badge, "password": password, "created_at": times.now(),
            "journal": journal.take(tx, journal.GLOBAL),
        },
    ).scalar_one()  # fmt: skip
    grant(tx, made, roles, site_id)
    told = {"name": name, "badge": badge, "roles": sorted(set(roles)), "site": site_id, "password": password is not None}
    audit.write(tx, "person_added", f"person {made}", after=told, reason=reason)
    return made


def plain(name: str) -> str:
    """Return a name as it is kept. Raises bad_request where nothing of it can be seen."""
    kept = nfc(name).strip()
    if not fold(kept):
        raise Problem("bad_request", "A person needs a name.", [{"field": "name", "message": "A person needs a name."}])
    return kept


def named(tx: Connection, name: str) -> int | None:
    """Return the id of the person whose name can't be told from this one."""
    found: int | None = tx.scalar(select(Person.id).where(Person.folded == fold(nfc(name).strip())))
    return found


def grant(tx: Connection, person_id: int, roles: Sequence[str], site_id: int | None) -> None:
    """Give a person the roles that are not theirs yet."""
    home = site_id or 0
    have = set(tx.scalars(select(Role.role).where(Role.person_id == person_id, Role.site_id == home)))
    new = [{"person_id": person_id, "site_id": home, "role": role} for role in sorted(set(roles) - have)]
    if new:
        tx.execute(insert(Role), new)


def give_key(
    tx: Connection, name: str, roles: Sequence[str], site_id: int | None = None, *, expires_at: int | None = None,
    reads_only: bool = False, made_by: int | None = None,
) -> str:  # fmt: skip
    """Make a key that acts as the person of that name (made where there is none); return the token, which is kept nowhere."""
    journal.lock(tx, journal.GLOBAL)
    person_id = named(tx, name)
    if person_id is None:
        person_id = add(tx, name, roles=roles, site_id=site_id)
    token = tokens.mint(tokens.KEY)
    said = {"roles": sorted(set(roles)), "site": site_id, "expires_at": times.wire_or_none(expires_at), "reads_only": reads_only}
    tx.execute(
        insert(Key),
        {
            "person_id": person_id, "name": name, "token_hash": tokens.digest(token), "prefix": token[: tokens.SHOWN],
            "roles": json.dumps(said["roles"]), "site_id": site_id, "created_at": times.now(), "expires_at": expires_at,
            "reads_only": reads_only, "made_by": made_by,
        },
    )  # fmt: skip
    audit.write(tx, "key_created", f"person {person_id}", after={"name": name, "prefix": token[: tokens.SHOWN], **said})
    return token
