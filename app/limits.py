"""Limits on guessing and on what costs much: tries of one kind from one place in a minute, counted in the database, so for all workers.

A try counts before it is judged, so that a hundred at once are a hundred; one that was right is taken back.
"""

import contextlib
from collections.abc import Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from app import times
from app.db import writing
from app.errors import Problem

_KEPT = 24 * 60
"""Minutes that a count is kept."""
COSTLY = 300
"""Files in and out that one caller may start in a minute."""


def attempt(what: str, whence: str, most: int, minutes: int = 1) -> None:
    """Count a try; raises too_many_requests when this minute (or span of so many, up to a day) has had more than `most`."""
    now = times.now()
    minute = _span(now, minutes)
    key = {"what": what, "whence": whence[:200], "minute": minute}
    with writing() as tx:
        tx.execute(text("DELETE FROM attempts WHERE minute < :old"), {"old": now // times.MINUTE - _KEPT})
        tries = tx.scalar(
            text(
                "INSERT INTO attempts (what, whence, minute, tries) VALUES (:what, :whence, :minute, 1) "
                "ON CONFLICT (what, whence, minute) DO UPDATE SET tries = attempts.tries + 1 RETURNING tries"
            ),
            key,
        )
    if tries is not None and tries > most:
        raise Problem("too_many_requests", retry_after=max(1, ((minute + minutes) * times.MINUTE - now) // 1000))


def forgive(what: str, whence: str, minutes: int = 1) -> None:
    """Take a try back: it was right."""
    with writing() as tx:
        tx.execute(
            text("UPDATE attempts SET tries = tries - 1 WHERE what = :what AND whence = :whence AND minute = :minute AND tries > 0"),
            {"what": what, "whence": whence[:200], "minute": _span(times.now(), minutes)},
        )


def clear(tx: Connection, kinds: Sequence[str], whence: str) -> None:
    """Forget all tries of some kinds: somebody who may has seen to it."""
    for what in kinds:
        tx.execute(text("DELETE FROM attempts WHERE what = :what AND whence = :whence"), {"what": what, "whence": whence[:200]})


def _span(now: int, minutes: int) -> int:
    """Return the minute in which the span began."""
    return now // (minutes * times.MINUTE) * minutes


def spend(whence: str) -> None:
    """Count a start of what costs the server much; raises too_many_requests above COSTLY.

    A database that can't be written keeps nobody from taking data out of it.
    """
    with contextlib.suppress(OperationalError):
        attempt("costly", whence, COSTLY)
