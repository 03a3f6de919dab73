"""Let somebody in again who can't get in any more, by the command line."""

import secrets

from sqlalchemy import Connection, select, update

from app import audit, journal
from app.db import writing
from app.errors import Problem
from app.people import ending, hashing, keeping, proving
from app.people.models import Person

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None can be taken for another one."""


def new_password(name: str) -> str:
    """Give a person who isn't archived a random password, and return it. Raises not_found."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    kept = hashing.hashed(password)
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        person = _named(tx, name)
        tx.execute(update(Person).where(Person.id == person).values(password=kept, journal=journal.take(tx, journal.GLOBAL)))
        audit.write(tx, "password_set", f"person {person}")
        ending.end(tx, person)
    return password


def reset_authenticator(name: str) -> None:
    """Take off a person's authenticator. Raises not_found."""
    with writing() as tx:
        person = _named(tx, name)
        proving.take_off(tx, person)
        ending.end(tx, person)


def _named(tx: Connection, name: str) -> int:
    person = keeping.named(tx, name)
    if person is None or tx.scalar(select(Person.archived_at).where(Person.id == person)) is not None:
        raise Problem("not_found", "There is no such person, or they are archived.")
    return person
