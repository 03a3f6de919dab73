"""Change a person: their roles, whether they are archived, their password."""

from typing import Any

from sqlalchemy import Connection, delete, select, update

from app import audit, journal, times
from app.access import Caller
from app.errors import Problem
from app.people import ending, granting, keeping
from app.people.authenticating import home_of
from app.people.models import Person, Role


def reach(tx: Connection, caller: Caller, person_id: int) -> int:
    """Return the site that a person's roles are of (0: all); raises not_found where an administrator has no say over them.

    Who has roles elsewhere too isn't one site's: its administrator could take what others gave.
    """
    known = person_id < 2**63 and tx.scalar(select(Person.id).where(Person.id == person_id)) is not None
    sites = set(tx.scalars(select(Role.site_id).where(Role.person_id == person_id))) if known else set()
    if not known or (caller.site_id is not None and sites != {caller.site_id}):
        raise Problem("not_found", "There is no such person.")
    return home_of(sites)


def change(tx: Connection, caller: Caller, person_id: int, said: dict[str, Any], kept: str | None) -> None:
    """Change what is said; `kept` is the hash of a new password. What is taken away is gone at once: each request looks.

    Raises not_found; forbidden for one's own archiving or last word as administrator.
    """
    journal.lock(tx, journal.GLOBAL)
    home, roles, archived = reach(tx, caller, person_id), said["roles"], said["archived"]
    if person_id == caller.person_id and (archived or (roles is not None and "administrator" not in roles)):
        raise Problem("forbidden", "Nobody shuts themselves out; let another administrator do it.")
    was = tx.execute(select(Person.archived_at).where(Person.id == person_id)).one()
    had = sorted(tx.scalars(select(Role.role).where(Role.person_id == person_id, Role.site_id == home)))
    new: dict[str, Any] = {}
    if archived is not None and archived != (was.archived_at is not None):
        new["archived_at"] = times.now() if archived else None
    if kept is not None:
        new["password"] = kept
    if roles is not None:
        tx.execute(delete(Role).where(Role.person_id == person_id, Role.site_id == home, Role.role.not_in(roles)))
        keeping.grant(tx, person_id, roles, home)
    tx.execute(update(Person).where(Person.id == person_id).values(journal=journal.take(tx, journal.GLOBAL), **new))
    audit.write(
        tx, "person_changed", f"person {person_id}", before={"roles": had, "archived": was.archived_at is not None},
        after={"roles": had if roles is None else sorted(set(roles)), "archived": archived, "password": "new" if kept else "as it was"},
        reason=said["reason"],
    )  # fmt: skip
    if archived:
        granting.take_back(tx, person_id)
    if archived or kept is not None:
        ending.end(tx, person_id)
