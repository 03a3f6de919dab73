"""Change a person: their roles, whether they are archived, their password; choose in which of their sites they work."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, text, update

from app import audit, journal, times
from app.access import Caller
from app.errors import Problem
from app.people import ending, granting, keeping, listing
from app.people.authenticating import home_of
from app.people.models import Person, Role, Session
from app.text import nfc


def reach(tx: Connection, caller: Caller, person_id: int) -> set[int]:
    """Return the sites that a person's roles are of (0: all); raises not_found where an administrator has no say over them.

    Who has roles elsewhere too isn't one site's: its administrator could take what others gave.
    """
    known = person_id < 2**63 and tx.scalar(select(Person.id).where(Person.id == person_id)) is not None
    sites = set(tx.scalars(select(Role.site_id).where(Role.person_id == person_id))) if known else set()
    if not known or (caller.site_id is not None and sites != {caller.site_id}):
        elsewhere = "" if caller.site_id is None else " Who has roles elsewhere too is seen to by an administrator of all sites."
        raise Problem("not_found", "There is no such person here." + elsewhere)
    return sites


def change(tx: Connection, caller: Caller, person_id: int, said: dict[str, Any], kept: str | None) -> None:
    """Change what is said; `kept` is the hash of a new password. What is taken away is gone at once: each request looks.

    Raises not_found; forbidden for one's own archiving or last word as administrator.
    """
    journal.lock(tx, journal.GLOBAL)
    sites, roles, archived = reach(tx, caller, person_id), said["roles"], said["archived"]
    home = home_of(sites)
    if roles is not None and len(sites) > 1:
        raise Problem(
            "bad_request", "They have roles in several sites; say which ones are meant.", [{"field": "roles", "message": "Of which site?"}]
        )
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
    before = {"roles": had, "archived": was.archived_at is not None}
    after = {
        "roles": had if roles is None else sorted(set(roles)), "archived": before["archived"] if archived is None else archived,
        "password": "new" if kept else "as it was",
    }  # fmt: skip
    audit.write(tx, "person_changed", f"person {person_id}", before=before, after=after, reason=said["reason"])
    if archived:
        granting.take_back(tx, person_id)
    if archived or kept is not None:
        ending.end(tx, person_id)


def place(tx: Connection, caller: Caller, person_id: int, wanted: Mapping[int, Sequence[str]], reason: str) -> None:
    """Give a person these roles by site (0: all), and no others. An administrator of one site gives none elsewhere.

    Raises not_found; forbidden for one's own last word as administrator.
    """
    journal.lock(tx, journal.GLOBAL)
    reach(tx, caller, person_id)
    if person_id == caller.person_id and "administrator" not in wanted.get(caller.site_id or 0, ()):
        raise Problem("forbidden", "Nobody shuts themselves out; let another administrator do it.")
    before = listing.by_site(tx, [person_id])
    tx.execute(delete(Role).where(Role.person_id == person_id))
    for site, roles in wanted.items():
        keeping.grant(tx, person_id, roles, site)
    tx.execute(update(Person).where(Person.id == person_id).values(journal=journal.take(tx, journal.GLOBAL)))
    audit.write(
        tx, "person_changed", f"person {person_id}", before={"by_site": before.get(person_id, [])},
        after={"by_site": listing.by_site(tx, [person_id])[person_id]}, reason=reason,
    )  # fmt: skip


def choose(tx: Connection, caller: Caller, code: str | None) -> None:
    """Let a session be of another of the sites that its person has roles in (None: of all). Raises not_found for any other."""
    site = 0 if code is None else tx.scalar(text("SELECT id FROM sites WHERE code = :code"), {"code": nfc(code)})
    if site not in caller.extra["sites"]:
        raise Problem("not_found", "You have no roles there.")
    before = tx.scalar(text("SELECT code FROM sites WHERE id = :id"), {"id": caller.site_id or 0})
    tx.execute(update(Session).where(Session.token_hash == caller.extra["session"]).values(site_id=site))
    audit.write(tx, "site_chosen", f"person {caller.person_id}", before={"site": before}, after={"site": code})
