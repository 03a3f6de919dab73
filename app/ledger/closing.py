"""Close an exception: a supervisor has looked at it, and keeps or reverses what the ledger did by itself."""

from typing import Any

from sqlalchemy import Connection, select, update

from app import access, audit, journal, times
from app.errors import Problem
from app.ledger import posting
from app.ledger.models import LedgerException, Move
from app.wire import loads


def close(tx: Connection, number: int, note: str, decision: str) -> None:
    """Close one exception with a note; `reverse` also reverses the counter-move of a late move.

    The same closure again changes nothing. Raises not_found, changed, still_negative, bad_request.
    """
    caller = access.caller()
    known = number < 2**62  # what the database can be asked for
    site_id = tx.scalar(select(LedgerException.site_id).where(LedgerException.id == number)) if known else None
    if site_id is None or caller.site_id not in (None, site_id):
        raise Problem("not_found", "There is no such exception.")
    journal.lock(tx, site_id)
    one = tx.execute(select(LedgerException.__table__).where(LedgerException.id == number)).one()
    if one.closed_at is not None:
        if (one.note, one.closed_by) == (note, caller.person_id):
            return
        raise Problem("changed", "It is closed already.")
    if one.kind == "negative_balance":
        raise Problem("still_negative", "It closes by itself when the balance is 0 or more again.")
    reversal = _reverse(tx, site_id, loads(one.detail.encode()).get("countered"), caller.person_id) if decision == "reverse" else None
    tx.execute(
        update(LedgerException)
        .where(LedgerException.id == number)
        .values(closed_at=times.now(), closed_by=caller.person_id, note=note, journal=journal.take(tx, site_id))
    )
    after = {"decision": decision, "reversal": reversal}
    audit.write(tx, "exception_closed", f"exception {number}", site_id=site_id, before={"kind": one.kind}, after=after, reason=note)


def _reverse(tx: Connection, site_id: int, countered: Any, person_id: int | None) -> int:
    """Post the reversal of a counter-move, as of the same moment; return its journal number."""
    if not isinstance(countered, int):
        raise Problem("bad_request", "There is no counter-move to reverse.", [{"field": "decision", "message": "Only keep is possible."}])
    move = tx.execute(select(Move.__table__).where(Move.site_id == site_id, Move.journal == countered)).one()
    if tx.scalar(select(Move.journal).where(Move.site_id == site_id, Move.reverses == countered)) is not None:
        raise Problem("changed", "The counter-move is reversed already.")
    draft = posting.Draft(
        "reversal", None, move.product_id, move.lot, move.serial, move.quantity, move.target_id, move.source_id, move.occurred_at,
        move.uncertainty_ms, "late_after_count", countered, move.line_id, person_id,
    )  # fmt: skip
    return posting.post(tx, site_id, [draft], times.now()).journals[0]
