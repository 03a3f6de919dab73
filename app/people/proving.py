"""Prove that it is oneself with a second thing: set up an authenticator, take its codes, each once, and take it off again."""

import base64
import secrets
from typing import Any

import segno
from sqlalchemy import Connection, delete, func, insert, select, update

from app import audit, journal, limits, times, tokens
from app.db import reading, writing
from app.errors import Problem
from app.people import onetime
from app.people.models import Authenticator, RecoveryCode, Session

ISSUER = "ScanLedger"
RECOVERY = 10
_TRIES, _TRIES_A_DAY, _DAY = 5, 50, 24 * 60
"""Wrong codes of a person in a minute, and in a day: of a million codes three fit at a time, so who knows the password
gets in by guessing with a chance of 1 in 6,600 a day."""


def state(tx: Connection, person_id: int) -> dict[str, Any]:
    """Return whether a person has an authenticator, since when, and how many recovery codes are left."""
    since = tx.scalar(select(Authenticator.confirmed_at).where(Authenticator.person_id == person_id))
    left = tx.scalar(select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.spent_at.is_(None)))
    return {"since": None if since is None else times.wire(since), "recovery_left": int(left or 0) if since is not None else 0}


def begin(person_id: int, name: str) -> dict[str, Any]:
    """Make a key that counts once a code of it has confirmed that an app holds it. Raises changed where there is one already."""
    key = secrets.token_bytes(onetime.KEY)
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        if state(tx, person_id)["since"] is not None:
            raise Problem("changed", "You have an authenticator; take it off first.")
        tx.execute(delete(Authenticator).where(Authenticator.person_id == person_id))
        tx.execute(insert(Authenticator), {"person_id": person_id, "key": key, "made_at": times.now(), "step": 0})
    uri = onetime.uri(key, name, ISSUER)
    return {"key": onetime.written(key), "uri": uri, "qr": [list(row) for row in segno.make_qr(uri, error="m").matrix]}


def confirm(person_id: int, session: bytes, said: str) -> list[str]:
    """Take the first code; return the recovery codes, which are kept nowhere. Raises code_needed, not_found, too_many_requests."""
    _attempt(person_id)
    codes = [_spoken(secrets.token_bytes(10)) for _ in range(RECOVERY)]
    now = times.now()
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        key = tx.scalar(select(Authenticator.key).where(Authenticator.person_id == person_id, Authenticator.confirmed_at.is_(None)))
        if key is None:
            raise Problem("not_found", "No authenticator waits for its first code; begin again.")
        step = onetime.matching(key, _plain(said), now)
        if step is None:
            raise _wrong()
        tx.execute(update(Authenticator).where(Authenticator.person_id == person_id).values(confirmed_at=now, step=step))
        tx.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
        tx.execute(insert(RecoveryCode), [{"person_id": person_id, "code_hash": tokens.digest(_plain(one))} for one in codes])
        tx.execute(update(Session).where(Session.token_hash == session).values(proven_at=now))
        audit.write(tx, "authenticator_set_up", f"person {person_id}")
    _forgive(person_id)
    return codes


def enrolled(person_id: int) -> bool:
    """Tell whether a person has an authenticator."""
    with reading() as tx:
        return state(tx, person_id)["since"] is not None


def take(person_id: int, said: str) -> None:
    """Spend a code of a person's authenticator, or a recovery code. Raises code_needed, too_many_requests.

    A try counts before it is judged and a code is spent in the statement that judges it, so both hold over all processes.
    """
    _attempt(person_id)
    now, plain = times.now(), _plain(said)
    with writing() as tx:
        key = tx.scalar(select(Authenticator.key).where(Authenticator.person_id == person_id, Authenticator.confirmed_at.is_not(None)))
        if key is None:
            raise _wrong()
        step = onetime.matching(key, plain, now)
        if step is not None:
            spent = update(Authenticator).where(Authenticator.person_id == person_id, Authenticator.step < step).values(step=step)
        else:
            mine = (RecoveryCode.person_id == person_id, RecoveryCode.code_hash == tokens.digest(plain), RecoveryCode.spent_at.is_(None))
            spent = update(RecoveryCode).where(*mine).values(spent_at=now)
        if not tx.execute(spent).rowcount:
            raise _wrong()
        if step is None:
            audit.write(tx, "recovery_code_spent", f"person {person_id}", after={"left": state(tx, person_id)["recovery_left"]})
    _forgive(person_id)


def prove(person_id: int, session: bytes, said: str) -> None:
    """Take a code in a session: it holds for the approvals of the next minutes. Raises as `take`."""
    take(person_id, said)
    with writing() as tx:
        tx.execute(update(Session).where(Session.token_hash == session).values(proven_at=times.now()))
        audit.write(tx, "session_proven", f"person {person_id}")


def take_off(tx: Connection, person_id: int, reason: str = "") -> None:
    """Forget a person's authenticator, its recovery codes, and wrong tries. Raises not_found where there is none."""
    journal.lock(tx, journal.GLOBAL)
    if state(tx, person_id)["since"] is None:
        raise Problem("not_found", "There is no authenticator.")
    tx.execute(delete(Authenticator).where(Authenticator.person_id == person_id))
    tx.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    tx.execute(update(Session).where(Session.person_id == person_id).values(proven_at=None))
    limits.clear(tx, ("code", "code_day"), str(person_id))
    audit.write(tx, "authenticator_taken_off", f"person {person_id}", reason=reason)


def _attempt(person_id: int) -> None:
    limits.attempt("code", str(person_id), _TRIES)
    limits.attempt("code_day", str(person_id), _TRIES_A_DAY, _DAY)


def _forgive(person_id: int) -> None:
    limits.forgive("code", str(person_id))
    limits.forgive("code_day", str(person_id), _DAY)


def _wrong() -> Problem:
    why = "That code is wrong, too old, or was used."
    return Problem("code_needed", why, [{"field": "code", "message": why}])


def _plain(said: str) -> str:
    return "".join(said.split()).replace("-", "").upper()


def _spoken(secret: bytes) -> str:
    """Return 80 random bits as sixteen letters and digits that can't be taken for each other."""
    plain = base64.b32encode(secret).decode()
    return "-".join(plain[at : at + 4] for at in range(0, 16, 4))
