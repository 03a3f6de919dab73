"""Let a person work on a device: the badge names them, the PIN proves it, and a grant says for how long.

A try counts before it is judged, per person and device, in the database: the limits hold over all processes, and a hundred tries at once
are a hundred. The right PIN takes the count back; too many wrong ones lock out until a supervisor has seen to it.
"""

from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgres
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from app import audit, limits, times, tokens
from app.access import Caller
from app.db import is_sqlite, reading, writing
from app.errors import Problem
from app.people import hashing, pepper, pins
from app.people.models import Grant, Person, Pin, PinCode, PinTries, Role
from app.text import is_keepable, nfc

LASTS = 72 * times.HOUR
"""How long a grant opens without the server: over a weekend on which that is down."""
WRONG = 5
"""Wrong ones in a row of a person on a device."""
WRONG_ANYWHERE = 20
"""Wrong ones in a row of a person on all devices together."""
_TRIES_BY_DEVICE = 30
"""Tries on a device in a minute, whoever they are for."""


def prove(device: Caller, badge: str, pin: str) -> dict[str, Any]:
    """Take a PIN on a device; return the grant.

    Raises not_found for a badge of nobody here, pin_needed where none was set (or with a pepper that is lost), wrong_pin, pin_locked,
    too_many_requests.
    """
    person = _try(device, badge)
    with reading() as tx:
        kept = tx.execute(select(Pin.hash, Pin.salt, Pin.pepper).where(Pin.person_id == person.id)).one_or_none()
    if kept is None or kept.pepper != pepper.name():
        raise Problem("pin_needed")
    if not hashing.fits(kept.hash, pepper.peppered(pin)):
        raise _wrong(device, person, "wrong_pin")
    with writing() as tx:
        return _grant(tx, device, person, kept.salt)


def begin(device: Caller, badge: str, code: str, pin: str) -> dict[str, Any]:
    """Set the PIN of a person who was given a code; return the grant.

    Raises as `prove`, code_spent for a code that is wrong, used or too old, weak_pin.
    """
    why = pins.weakness(pin, nfc(badge), hashing.common())
    if why is not None:
        raise Problem("weak_pin", why, [{"field": "pin", "message": why}])
    person = _try(device, badge)
    mine = (PinCode.person_id == person.id, PinCode.code_hash == tokens.digest(code), PinCode.expires_at > times.now())
    with reading() as tx:
        fits = tx.scalar(select(PinCode.person_id).where(*mine)) is not None
    if not fits:
        raise _wrong(device, person, "code_spent")
    kept, salt, now = hashing.hashed(pepper.peppered(pin)), tokens.salt(), times.now()
    with writing() as tx:
        if not tx.execute(delete(PinCode).where(*mine)).rowcount:
            raise Problem("code_spent")
        tx.execute(delete(Pin).where(Pin.person_id == person.id))
        tx.execute(insert(Pin), {"person_id": person.id, "hash": kept, "pepper": pepper.name(), "salt": salt, "set_at": now})
        _end_by(tx, person.id, now)
        audit.write(tx, "pin_set", f"person {person.id}", site_id=_site(device))
        return _grant(tx, device, person, salt)


def take_back(tx: Connection, person_id: int) -> None:
    """Take all grants of a person back: what was scanned under them and comes from now on is refused."""
    tx.execute(update(Grant).where(Grant.person_id == person_id, Grant.ended_at.is_(None)).values(ended_at=times.now()))


def works_at(site_id: int) -> Any:
    """Return the condition that a person has a badge and something to do in a site."""
    here = select(Role.person_id).where(Role.site_id.in_((0, site_id)))
    return (Person.badge.is_not(None)) & Person.archived_at.is_(None) & Person.id.in_(here)


def _try(device: Caller, badge: str) -> Any:
    """Count a try of whom a badge names; return them."""
    limits.attempt("pin_device", str(device.device_id), _TRIES_BY_DEVICE)
    named = nfc(badge).strip()
    with writing() as tx:
        found = select(Person.id, Person.name, Person.badge).where(Person.badge == named, works_at(_site(device)))
        person = tx.execute(found).one_or_none() if is_keepable(named) else None
        if person is None:
            raise Problem("not_found", "Nobody who works here has this badge.")
        put = (insert_sqlite if is_sqlite(tx) else insert_postgres)(PinTries)
        tx.execute(
            put.values(person_id=person.id, device_id=device.device_id, wrong=1).on_conflict_do_update(
                index_elements=["person_id", "device_id"], set_={"wrong": PinTries.wrong + 1}
            )
        )
        here, anywhere = _counted(tx, device, person.id)
        if here > WRONG or anywhere > WRONG_ANYWHERE:
            raise Problem("pin_locked")
    return person


def _counted(tx: Connection, device: Caller, person_id: int) -> tuple[int, int]:
    mine = select(func.coalesce(func.sum(PinTries.wrong), 0)).where(PinTries.person_id == person_id)
    return int(tx.scalar(mine.where(PinTries.device_id == device.device_id)) or 0), int(tx.scalar(mine) or 0)


def _wrong(device: Caller, person: Any, code: str) -> Problem:
    """Return what a wrong try is told; each is in the trail, the last one that is judged as what locked them out."""
    with writing() as tx:
        here, anywhere = _counted(tx, device, person.id)
        told, is_last = {"wrong": here, "on_all_devices": anywhere}, here >= WRONG or anywhere >= WRONG_ANYWHERE
        audit.write(tx, "pin_locked" if is_last else "operator_sign_in_failed", f"person {person.id}", site_id=_site(device), after=told)
    return Problem("pin_locked" if is_last else code)


def _grant(tx: Connection, device: Caller, person: Any, salt: str) -> dict[str, Any]:
    now = times.now()
    mine = (PinTries.person_id == person.id, PinTries.device_id == device.device_id, PinTries.wrong <= WRONG)
    tx.execute(update(PinTries).where(*mine).values(wrong=0))
    living = (Grant.person_id == person.id, Grant.device_id == device.device_id, Grant.ended_at.is_(None), Grant.expires_at > now)
    if not tx.execute(update(Grant).where(*living).values(expires_at=now + LASTS)).rowcount:
        tx.execute(insert(Grant), {"person_id": person.id, "device_id": device.device_id, "since": now, "expires_at": now + LASTS})
    audit.write(tx, "operator_signed_in", f"person {person.id}", site_id=_site(device))
    return {"badge": person.badge, "name": person.name, "salt": salt, "expires_at": times.wire(now + LASTS), "seconds": LASTS // 1000}


def _end_by(tx: Connection, person_id: int, now: int) -> None:
    """Let the grants that an earlier PIN opens end now; what was scanned until now still counts."""
    tx.execute(update(Grant).where(Grant.person_id == person_id, Grant.ended_at.is_(None), Grant.expires_at > now).values(expires_at=now))


def _site(device: Caller) -> int:
    assert device.site_id is not None, "a device has a site"
    return device.site_id
