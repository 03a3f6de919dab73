"""See sessions, and end them before their time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from app import audit, times
from app.errors import Problem
from app.people.authenticating import IDLE
from app.people.models import Session


def living(tx: Connection, person_id: int, mine: bytes | None) -> list[dict[str, Any]]:
    """Return the sessions in which a person is signed in, the one used last first; `mine` is the caller's own."""
    return [
        {
            "id": _handle(row.token_hash), "begun_at": times.wire(row.created_at), "used_at": times.wire(row.seen_at),
            "expires_at": times.wire(min(row.expires_at, row.seen_at + IDLE)), "address": row.address, "browser": row.agent,
            "this": row.token_hash == mine,
        }
        for row in _alive(tx, person_id)
    ]  # fmt: skip


def end_one(tx: Connection, person_id: int, handle: str) -> None:
    """End one session of a person. Raises not_found."""
    found = [row.token_hash for row in _alive(tx, person_id) if _handle(row.token_hash) == handle]
    if not found:
        raise Problem("not_found", "There is no such session.")
    _end(tx, person_id, found)


def end(tx: Connection, person_id: int, but: bytes | None = None) -> None:
    """End all sessions of a person, `but` one."""
    _end(tx, person_id, [row.token_hash for row in _alive(tx, person_id) if row.token_hash != but])


def _alive(tx: Connection, person_id: int) -> Sequence[Any]:
    now = times.now()
    alive = (Session.ended_at.is_(None), Session.expires_at > now, Session.seen_at > now - IDLE)
    columns = (Session.token_hash, Session.created_at, Session.seen_at, Session.expires_at, Session.address, Session.agent)
    return tx.execute(select(*columns).where(Session.person_id == person_id, *alive).order_by(Session.seen_at.desc())).all()


def _end(tx: Connection, person_id: int, sessions: list[bytes]) -> None:
    if sessions:
        tx.execute(update(Session).where(Session.token_hash.in_(sessions), Session.ended_at.is_(None)).values(ended_at=times.now()))
        audit.write(tx, "sessions_ended", f"person {person_id}", after={"sessions": [_handle(one) for one in sessions]})


def _handle(token_hash: bytes) -> str:
    """Name a session by the beginning of its hash, which opens nothing."""
    return token_hash[:8].hex()
