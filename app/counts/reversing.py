"""Reverse what a posted count decided: of one line or of all, once, as of the moment of the count."""

from sqlalchemy import text

from app import audit, journal, times
from app.access import Caller
from app.counts import comparing
from app.db import writing
from app.errors import Problem
from app.ledger import posting


def reverse(site_id: int, code: str, line: str | None, reason: str, who: Caller) -> None:
    """Reverse an accepted line of a posted count, or all of them that still stand.

    Raises not_found, not_posted, not_accepted, already_reversed, not_independent.
    """
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.final != "posted":
            raise Problem("not_posted", f"The count is {count.status}.")
        found = tx.execute(
            text(
                "SELECT n.id, n.decision, r.line_id AS reversed FROM lines n LEFT JOIN line_reversals r ON r.line_id = n.id "
                "WHERE n.count_id = :count AND (:line = '' OR n.line = :line) ORDER BY n.number"
            ),
            {"count": count.id, "line": line or ""},
        ).all()
        if not found:
            raise Problem("not_found", "There is no such line.")
        accepted = [one for one in found if one.decision == "accept"]
        standing = [one.id for one in accepted if one.reversed is None]
        if not accepted:
            raise Problem("not_accepted", "Nothing was accepted there.")
        if not standing:
            raise Problem("already_reversed")
        counted = text(
            "SELECT 1 FROM participants t JOIN sites s ON s.id = :site WHERE t.count_id = :count AND t.person_id = :person "
            "AND t.part = 'counter' AND s.independence = 'enforce'"
        )
        if who.person_id is None or tx.scalar(counted, {"site": site_id, "count": count.id, "person": who.person_id}):
            raise Problem("not_independent", "Who counted can't reverse.")
        now = times.now()
        about = {"site_id": site_id, "journal": journal.take(tx, site_id), "person_id": who.person_id, "at": now, "reason": reason}
        moves = posting.reverse_lines(tx, [about | {"line_id": number} for number in standing], now)
        audit.write(
            tx, "lines_reversed", f"count {code}", site_id=site_id, after={"line": line, "lines": len(standing), "moves": moves},
            reason=reason,
        )  # fmt: skip
