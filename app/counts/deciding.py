"""Decide about the lines of a count: one by one, or many at once, with undo until the approval."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, text, update

from app import audit, journal, times, wire
from app.counts import comparing, matching, paging, standing
from app.counts.comparing import Header
from app.counts.models import Decision
from app.counts.statement import Choice
from app.db import execute_many, is_sqlite, writing
from app.errors import Problem
from app.scans.models import Count

MOST_NAMED = 5000
"""Lines that one request names."""
MOST_AT_ONCE = 100_000
"""Lines that are decided at once."""
FIRST = 5
"""Refused lines that are named for each reason."""
REFUSED = {
    "no_such_line": "It is not in this reconciliation.",
    "undecided": "It has no decision that a reason or a note could be of.",
    "not_counted": "It was not counted: recount or dismiss it.",
    "lots_needed": "Lots or serials must be chosen for it, line by line.",
    "note_needed": "Only operators we don't know counted it; decide it with a note.",
}
"""Why a line is left out of a bulk decision."""


def decide(site_id: int, code: str, decisions: Sequence[Mapping[str, Any]], person_id: int | None) -> None:
    """Keep decisions about lines until the approval; a decision of None takes one back. Raises not_in_review once it is final."""
    standing.refresh(site_id, code)
    with writing() as tx:
        count = _open(tx, site_id, code)
        some = matching.among("named", is_sqlite(tx))
        named = {"count": count.id, "named": wire.text([one["line"] for one in decisions])}
        known = set(tx.scalars(text(f"SELECT s.line FROM standing_lines s WHERE s.count_id = :count AND {some}"), named))
        keep(tx, count, decisions, known, person_id)


def keep(tx: Connection, count: Header, decisions: Sequence[Mapping[str, Any]], known: set[str], person_id: int | None) -> None:
    """Store decisions; raises bad_request for a line that isn't there."""
    strangers = [d["line"] for d in decisions if d["line"] not in known]
    if strangers:
        raise Problem(
            "bad_request", "Some lines are not in this reconciliation.", [{"field": s, "message": "No such line."} for s in strangers]
        )
    if not decisions:
        return
    now, before = times.now(), _stood(tx, count, decisions)
    taken_back = [(count.id, d["line"]) for d in decisions if d.get("decision") is None]
    execute_many(tx, "DELETE FROM decisions WHERE count_id = ? AND line = ?", taken_back)
    execute_many(
        tx,
        f"INSERT INTO decisions (count_id, line, decision, reason_code, note, lots, person_id, at, bulk_id) "
        f"VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL) {_INSTEAD}",
        [
            (count.id, d["line"], d["decision"], d.get("reason_code"), d.get("note") or "", _lots(d), person_id, now)
            for d in decisions
            if d.get("decision") is not None
        ],
    )
    audit.write(tx, "lines_decided", f"count {count.code}", site_id=count.site_id, before=before or None, after=list(decisions))
    _touch(tx, count)


def _stood(tx: Connection, count: Header, decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what was decided before about the same lines, as the trail shows it."""
    some = matching.among("named", is_sqlite(tx))
    named = {"count": count.id, "named": wire.text([one["line"] for one in decisions])}
    sql = f"SELECT s.line, s.decision, s.reason_code, s.note, s.lots FROM decisions s WHERE s.count_id = :count AND {some} ORDER BY s.line"
    rows = tx.execute(text(sql), named).mappings()
    return [{name: json.loads(value) if name == "lots" else value for name, value in row.items() if value} for row in rows]


_KEPT = ("decision", "reason_code", "note", "lots", "person_id", "at", "bulk_id")
_INSTEAD = f"ON CONFLICT (count_id, line) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _KEPT)}"


def _lots(decision: Mapping[str, Any]) -> str | None:
    return wire.text(decision["lots"]) if decision.get("lots") else None


def _touch(tx: Connection, count: Header) -> None:
    tx.execute(update(Count).where(Count.id == count.id).values(journal=journal.take(tx, count.site_id)))


def _open(tx: Connection, site_id: int, code: str) -> Header:
    """Return a count that decisions may still be taken about; raises not_in_review."""
    journal.lock(tx, site_id)
    count = comparing.header(tx, site_id, code)
    if count.final:
        raise Problem("not_in_review", f"The count is {count.final}.")
    return count


def choices(tx: Connection, count: Header) -> dict[str, Choice]:
    """Return what people decided, by line."""
    rows = tx.execute(select(Decision).where(Decision.count_id == count.id)).all()
    return {r.line: Choice(r.decision, r.reason_code, r.note, json.loads(r.lots) if r.lots else None) for r in rows}


def decide_many(site_id: int, code: str, seen: str, wanted: Mapping[str, Any], person_id: int | None) -> dict[str, Any]:
    """Decide alike about lines that are named (`lines`) or that match a filter (`matching`), in a few statements for any number of them.

    Of decision, reason code and note, what isn't given stays as it is. `seen` is the hash of the reconciliation that the person looks at:
    who decides about all that match decides about those they could see. Returns how many were decided, and which were refused and why.
    Raises changed, not_in_review, bad_request.
    """
    standing.refresh(site_id, code)
    with writing() as tx:
        count = _open(tx, site_id, code)
        if not standing.is_fresh(tx, count) or paging.digest(tx, count) != seen:
            raise Problem("changed", "Scans, moves or costs have changed the lines since they were seen; look again.")
        sql, given = _meant(tx, count, wanted)
        given["count"] = count.id
        refusal = matching.refusal(wanted.get("decision"), wanted.get("note"), bool(wanted.get("lots")))
        meant, refused = _refused(tx, sql, given, refusal, len(set(wanted.get("lines") or ())))
        if meant > MOST_AT_ONCE:
            raise Problem("bad_request", f"At most {MOST_AT_ONCE} lines at once; narrow the filter.")
        due = meant - sum(one["lines"] for one in refused if one["reason"] != "no_such_line")
        if not due:
            return {"bulk": None, "decided": 0, "refused": refused}
        told = {name: wanted[name] for name in ("decision", "reason_code", "note", "lots", "matching") if wanted.get(name) is not None}
        bulk = tx.scalar(
            text(
                "INSERT INTO bulk_decisions (count_id, wanted, decided, person_id, at) VALUES (:count, :wanted, :n, :person, :now) "
                "RETURNING id"
            ),
            {"count": count.id, "wanted": wire.text(told), "n": due, "person": person_id, "now": times.now()},
        )
        tx.execute(
            text(
                "INSERT INTO decisions_before (bulk_id, line, decision, reason_code, note, lots, person_id, at, before_id) "
                "SELECT :bulk, s.line, d.decision, d.reason_code, d.note, d.lots, d.person_id, d.at, d.bulk_id "
                f"FROM {matching.FROM} WHERE {sql} AND ({refusal}) IS NULL"
            ),
            given | {"bulk": bulk},
        )
        stood = "SELECT COALESCE(decision, 'undecided'), COUNT(*) FROM decisions_before WHERE bulk_id = :bulk GROUP BY decision ORDER BY 1"
        before = {decision: lines for decision, lines in tx.execute(text(stood), {"bulk": bulk})}
        decided = _apply(tx, count, int(bulk or 0), wanted, person_id)
        named = {"lines": list(wanted["lines"])} if wanted.get("lines") else {}
        after = told | named | {"bulk": bulk, "decided": decided, "refused": sum(one["lines"] for one in refused)}
        audit.write(tx, "lines_decided", f"count {count.code}", site_id=site_id, before=before, after=after)
        _touch(tx, count)
    return {"bulk": bulk, "decided": decided, "refused": refused}


def _meant(tx: Connection, count: Header, wanted: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the condition that a line is meant, and its parameters."""
    if wanted.get("lines") is not None:
        return f"s.count_id = :count AND {matching.among('named', is_sqlite(tx))}", {"named": wire.text(list(wanted["lines"]))}
    return matching.where(with_path(tx, count.site_id, wanted["matching"]), is_sqlite(tx))


def with_path(tx: Connection, site_id: int, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filter with its zone as the path that is looked for; raises bad_request where there is no such location."""
    found = dict(wanted)
    if found.get("zone") is not None:
        sql = "SELECT path FROM locations WHERE site_id = :site AND code = :code"
        found["zone"] = tx.scalar(text(sql), {"site": site_id, "code": found["zone"]})
        if found["zone"] is None:
            raise Problem("bad_request", "There is no such location.", [{"field": "zone", "message": "No such location."}])
    return found


def _refused(tx: Connection, sql: str, given: Mapping[str, Any], refusal: str, named: int) -> tuple[int, list[dict[str, Any]]]:
    """Return how many lines are meant, and which of them can't be decided so, by reason."""
    rows = tx.execute(
        text(
            "SELECT x.refused, x.lines, x.line, x.place, x.sku FROM (SELECT y.*, COUNT(*) OVER (PARTITION BY y.refused) AS lines, "
            "ROW_NUMBER() OVER (PARTITION BY y.refused ORDER BY y.place, y.number) AS nth FROM "
            f"(SELECT s.line, s.place, s.sku, s.number, {refusal} AS refused FROM {matching.FROM} WHERE {sql}) y) x "
            "WHERE x.nth <= :first ORDER BY x.refused, x.nth"
        ),
        dict(given) | {"first": FIRST},
    ).all()
    found: dict[str | None, dict[str, Any]] = {}
    for reason, lines, line, place, sku in rows:
        one = found.setdefault(reason, {"reason": reason, "message": REFUSED.get(reason, ""), "lines": lines, "first": []})
        one["first"].append({"line": line, "location": place, "sku": sku or None})
    meant = sum(one["lines"] for one in found.values())
    found.pop(None, None)
    if named > meant:
        strange = {"reason": "no_such_line", "message": REFUSED["no_such_line"], "lines": named - meant, "first": []}
        found["no_such_line"] = strange
    return meant, list(found.values())


def _apply(tx: Connection, count: Header, bulk: int, wanted: Mapping[str, Any], person_id: int | None) -> int:
    """Write what is wanted over what stood before, and return of how many lines."""
    reason = "NULLIF(:reason_code, '')" if wanted.get("reason_code") is not None else "b.reason_code"
    note = ":note" if wanted.get("note") is not None else "COALESCE(b.note, '')"
    stood = "CASE WHEN s.counted THEN COALESCE(b.decision, s.automatic) ELSE b.decision END"
    decision = ":decision" if wanted.get("decision") else stood
    lots = ":lots" if wanted.get("lots") else "b.lots"
    values = {
        "reason_code": wanted.get("reason_code"),
        "note": wanted.get("note"),
        "decision": wanted.get("decision"),
        "lots": _lots(wanted),
    }
    written = tx.execute(
        text(
            "INSERT INTO decisions (count_id, line, decision, reason_code, note, lots, person_id, at, bulk_id) "
            f"SELECT s.count_id, s.line, {decision}, {reason}, {note}, {lots}, :person, :now, :bulk FROM decisions_before b "
            f"JOIN standing_lines s ON s.count_id = :count AND s.line = b.line WHERE b.bulk_id = :bulk {_INSTEAD}"
        ),
        {name: value for name, value in values.items() if value is not None}
        | {"person": person_id, "now": times.now(), "bulk": bulk, "count": count.id},
    )
    return written.rowcount


def undo(site_id: int, code: str, bulk: int) -> dict[str, Any]:
    """Take back the last bulk decision that stands; what was decided anew since stays. Raises not_found, changed, not_in_review."""
    with writing() as tx:
        count = _open(tx, site_id, code)
        last = last_bulk(tx, count.id)
        known = text("SELECT 1 FROM bulk_decisions WHERE id = :id AND count_id = :count")
        if bulk >= 2**63 or tx.scalar(known, {"id": bulk, "count": count.id}) is None:
            raise Problem("not_found", "There is no such decision.")
        if last is None or last["bulk"] != bulk:
            raise Problem("changed", "It is undone already, or another one came after it; that is undone first.")
        back = ("decision", "reason_code", "note", "lots", "person_id", "at")
        restored = tx.execute(
            text(
                f"UPDATE decisions SET {', '.join(f'{name} = b.{name}' for name in back)}, bulk_id = b.before_id FROM decisions_before b "
                "WHERE b.bulk_id = :bulk AND b.decision IS NOT NULL AND decisions.count_id = :count AND decisions.line = b.line "
                "AND decisions.bulk_id = :bulk"
            ),
            {"bulk": bulk, "count": count.id},
        ).rowcount
        removed = tx.execute(
            text("DELETE FROM decisions WHERE count_id = :count AND bulk_id = :bulk"), {"count": count.id, "bulk": bulk}
        ).rowcount
        tx.execute(text("UPDATE bulk_decisions SET undone_at = :now WHERE id = :id"), {"now": times.now(), "id": bulk})
        found = {"undone": restored + removed, "kept": last["decided"] - restored - removed}
        audit.write(tx, "decisions_undone", f"count {count.code}", site_id=site_id, after={"bulk": bulk, **found})
        _touch(tx, count)
    return found


def last_bulk(tx: Connection, count_id: int) -> dict[str, Any] | None:
    """Return the last bulk decision that stands; None where there is none."""
    row = tx.execute(
        text(
            "SELECT b.id, b.wanted, b.decided, b.at, p.name FROM bulk_decisions b LEFT JOIN people p ON p.id = b.person_id "
            "WHERE b.count_id = :count AND b.undone_at IS NULL ORDER BY b.id DESC LIMIT 1"
        ),
        {"count": count_id},
    ).first()
    if row is None:
        return None
    wanted = json.loads(row.wanted)
    return {
        "bulk": row.id, "decided": row.decided, "by": row.name, "at": times.wire(row.at), "decision": wanted.get("decision"),
        "reason_code": wanted.get("reason_code"), "note": wanted.get("note"),
    }  # fmt: skip
