"""See to the PINs of those who work at a site: give a code of one use, let in again who is locked out, take a PIN off; list them."""

import secrets
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from app import audit, journal, times, tokens
from app.access import Caller
from app.db import writing
from app.errors import Problem
from app.people import granting, pepper
from app.people.granting import WRONG, WRONG_ANYWHERE, works_at
from app.people.models import Grant, Person, Pin, PinCode, PinTries

CODE_LASTS = times.HOUR
_DIGITS = 8


def give_code(caller: Caller, site_id: int, person_id: int) -> dict[str, str]:
    """Make the code with which a person sets their PIN; the one before is void, and who was locked out may try again."""
    code, expires_at = "".join(secrets.choice("0123456789") for _ in range(_DIGITS)), times.now() + CODE_LASTS
    with writing() as tx:
        _reach(tx, caller, site_id, person_id)
        tx.execute(delete(PinCode).where(PinCode.person_id == person_id))
        tx.execute(insert(PinCode), {"person_id": person_id, "code_hash": tokens.digest(code), "expires_at": expires_at})
        tx.execute(delete(PinTries).where(PinTries.person_id == person_id))
        audit.write(tx, "pin_code_made", f"person {person_id}", site_id=site_id)
    return {"code": code, "expires_at": times.wire(expires_at)}


def unlock(caller: Caller, site_id: int, person_id: int, reason: str) -> None:
    """Forget the wrong tries of a person."""
    with writing() as tx:
        _reach(tx, caller, site_id, person_id)
        if tx.execute(delete(PinTries).where(PinTries.person_id == person_id)).rowcount:
            audit.write(tx, "pin_unlocked", f"person {person_id}", site_id=site_id, reason=reason)


def take_off(caller: Caller, site_id: int, person_id: int, reason: str) -> None:
    """Take a person's PIN off, a code that waits, and all grants: what their guns still hold is refused when it comes."""
    with writing() as tx:
        _reach(tx, caller, site_id, person_id)
        for kept in (Pin, PinCode, PinTries):
            tx.execute(delete(kept).where(kept.person_id == person_id))
        granting.take_back(tx, person_id)
        audit.write(tx, "pin_taken_off", f"person {person_id}", site_id=site_id, reason=reason)


def operators(tx: Connection, site_id: int, after: int, limit: int, only: int | None = None) -> tuple[list[dict[str, Any]], str | None]:
    """Return who has a badge at a site, how it stands with their PIN, and where they may work; and the cursor for more."""
    query = (
        select(Person.id, Person.name, Person.badge, Pin.set_at, Pin.pepper, PinCode.expires_at)
        .outerjoin(Pin, Pin.person_id == Person.id)
        .outerjoin(PinCode, (PinCode.person_id == Person.id) & (PinCode.expires_at > times.now()))
        .where(works_at(site_id), Person.id > after)
    )
    found = tx.execute((query if only is None else query.where(Person.id == only)).order_by(Person.id).limit(limit + 1)).all()
    shown = found[:limit]
    ids = [p.id for p in shown]
    wrong: dict[int, list[tuple[int, int]]] = {}
    for person, device, many in tx.execute(
        select(PinTries.person_id, PinTries.device_id, PinTries.wrong).where(PinTries.person_id.in_(ids))
    ):
        wrong.setdefault(person, []).append((device, many))
    living: dict[int, dict[int, int]] = {}
    alive = select(Grant.person_id, Grant.device_id, Grant.expires_at).where(Grant.ended_at.is_(None), Grant.expires_at > times.now())
    for person, device, until in tx.execute(alive.where(Grant.person_id.in_(ids))):
        living.setdefault(person, {})[device] = until
    names: dict[int, str] = {
        id_: name for id_, name in tx.execute(text("SELECT id, name FROM devices WHERE site_id = :site"), {"site": site_id})
    }
    rows = [_row(p, wrong.get(p.id, []), living.get(p.id, {}), names) for p in shown]
    return rows, str(shown[-1].id) if len(found) > limit else None


def _row(person: Any, tries: list[tuple[int, int]], living: dict[int, int], names: dict[int, str]) -> dict[str, Any]:
    locked_on = [device for device, wrong in tries if wrong >= WRONG]
    return {
        "id": person.id, "name": person.name, "badge": person.badge,
        "pin_since": times.wire(person.set_at) if person.set_at is not None and person.pepper == pepper.name() else None,
        "code_until": times.wire_or_none(person.expires_at),
        "locked": bool(locked_on) or sum(wrong for _, wrong in tries) >= WRONG_ANYWHERE,
        "locked_on": sorted(names[device] for device in locked_on if device in names),
        "devices": [{"name": names[device], "until": times.wire(until)} for device, until in sorted(living.items()) if device in names],
    }  # fmt: skip


def _reach(tx: Connection, caller: Caller, site_id: int, person_id: int) -> None:
    """Raise not_found where nobody of that number works at the site; forbidden for oneself."""
    journal.lock(tx, site_id)
    if person_id >= 2**63 or tx.scalar(select(Person.id).where(Person.id == person_id, works_at(site_id))) is None:
        raise Problem("not_found", "Nobody of that number works here with a badge.")
    if person_id == caller.person_id:
        raise Problem("forbidden", "Let another supervisor see to your own PIN.")
