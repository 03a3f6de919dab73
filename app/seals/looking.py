"""Look whether the newest rows are as they were sealed, and a checkpoint's seal is still there: a quick look, by the server itself."""

from typing import Any

from sqlalchemy import Connection, func, select

from app import journal
from app.errors import Problem
from app.seals import checkpoints, exporting, verify
from app.seals.models import Seal

MOST = 20_000
"""Rows that are hashed; what lies before them an export shows."""
SEALS = 500


def look(tx: Connection, site_id: int, said: str = "") -> dict[str, Any]:
    """Hash the newest seals and their rows anew, and find the seal of a checkpoint. Raises bad_request for what is none of this journal."""
    given = verify.checkpoints(said)
    if said.strip() and (len(given) != 1 or given[0].site != site_id):
        raise _none("That is no checkpoint: sl1: and five parts." if len(given) != 1 else "That checkpoint is of another journal.")
    after = _begin(tx, site_id)
    report = verify.check(exporting.single(exporting.lines(tx, site_id, after)), [one for one in given if one.number > after])
    newest = checkpoints.last(tx, site_id)
    is_there = _is_there(tx, given[0]) if given else None
    wrong = report.wrong
    if is_there is False and not any(str(given[0].number) in one for one in wrong):
        wrong = [*wrong, f"The seal of that checkpoint, number {given[0].number}, isn't here any more."]
    return {
        "site": exporting.name(tx, site_id), "journal": journal.read(tx, site_id), "upto": newest.upto, "seals": newest.number,
        "sealed_at": newest_at(tx, site_id), "looked_from": after + 1, "looked_rows": report.rows, "wrong": wrong, "held": is_there,
        "checkpoint": str(newest) if newest.number else None,
    }  # fmt: skip


def newest_at(tx: Connection, site_id: int) -> int | None:
    """Return when the last seal of a journal was made."""
    found: int | None = tx.scalar(select(func.max(Seal.sealed_at)).where(Seal.site_id == site_id))
    return found


def _begin(tx: Connection, site_id: int) -> int:
    """Return the number of the seal after which the newest ones have no more rows than are hashed; one seal is looked at in any case.

    Where that seal was taken out it is 0: what is left is looked at from its beginning, which tells.
    """
    table = Seal.__table__.c
    newest = select(table.number, table.rows).where(table.site_id == site_id).order_by(table.number.desc()).limit(SEALS)
    after, rows = 0, 0
    for number, its in tx.execute(newest):
        if rows and rows + its > MOST:
            return int(number)
        rows += its
        after = number - 1
    return int(tx.scalar(select(table.number).where(table.site_id == site_id, table.number == after)) or 0)


def _is_there(tx: Connection, one: verify.Checkpoint) -> bool:
    table = Seal.__table__.c
    found = tx.execute(select(table.hash, table.upto, table.epoch).where(table.site_id == one.site, table.number == one.number)).first()
    return found is not None and tuple(found) == (one.hash, one.upto, one.epoch)


def _none(why: str) -> Problem:
    return Problem("bad_request", why, [{"field": "checkpoint", "message": why}])
