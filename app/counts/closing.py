"""Close sheets by hand, and cancel counts."""

from sqlalchemy import Connection, select, text, update

from app import audit, journal, times
from app.counts import comparing
from app.db import execute_many, writing
from app.errors import Problem
from app.scans import sheets
from app.scans.models import Count, Sheet


def close(site_id: int, code: str, complete: bool, reason: str, person_id: int | None) -> str:
    """Close a sheet because a person says so, and why; return the code of its count. Raises sheet_closed."""
    with writing() as tx:
        journal.lock(tx, site_id)
        sheet = tx.execute(select(Sheet).where(Sheet.site_id == site_id, Sheet.code == code)).first()
        if sheet is None:
            raise Problem("not_found", "There is no such sheet.")
        if not sheets.close(tx, site_id, sheet.id, complete, times.now()):
            raise Problem("sheet_closed")
        tx.execute(update(Sheet).where(Sheet.id == sheet.id).values(reason=reason, closed_by=person_id))
        count: str = tx.execute(select(Count.code).where(Count.id == sheet.count_id)).scalar_one()
        _touch(tx, site_id, sheet.count_id)
        audit.write(
            tx, "sheet_closed", f"sheet {code}", site_id=site_id, before={"status": "open"},
            after={"status": "closed", "complete": complete}, reason=reason,
        )  # fmt: skip
    return count


def cancel(site_id: int, code: str, reason: str) -> None:
    """Cancel a count that is not posted: its open sheets close, nothing posts. Cancelling again changes nothing."""
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.final == "cancelled":
            return
        if count.final == "posted":
            raise Problem("not_in_review", "The count is posted.")
        now = times.now()
        opened = tx.scalars(select(Sheet.id).where(Sheet.count_id == count.id, Sheet.open)).all()
        first = journal.take(tx, site_id, len(opened) + 1)
        execute_many(
            tx, "UPDATE sheets SET open = (1 = 0), closed_at = ?, journal = ? WHERE id = ?",
            [(now, number, sheet) for number, sheet in enumerate(opened, first)],
        )  # fmt: skip
        tx.execute(text("UPDATE sheets SET planned = (1 = 0) WHERE count_id = :count"), {"count": count.id})
        tx.execute(
            update(Count).where(Count.id == count.id).values(status="cancelled", cancelled_at=now, note=reason, journal=first + len(opened))
        )
        audit.write(
            tx, "count_cancelled", f"count {code}", site_id=site_id, before={"status": count.status}, after={"status": "cancelled"},
            reason=reason,
        )  # fmt: skip


def _touch(tx: Connection, site_id: int, count_id: int) -> None:
    """Number the count anew: its status may follow from the sheet."""
    tx.execute(update(Count).where(Count.id == count_id).values(journal=journal.take(tx, site_id)))
