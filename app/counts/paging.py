"""Read the lines of a count as they stand: pages of them, their sums, their hash."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text

from app import times
from app.counts import comparing, matching
from app.counts.comparing import Header
from app.counts.statement import DECISIONS, STATES, Totals
from app.db import is_sqlite


def totals(tx: Connection, count_id: int) -> tuple[Totals, dict[str, int]]:
    """Return the sums of all lines with what people decided, and how many are decided how, and how many without a reason that they need."""
    accepted = f"({matching.DECIDED}) = 'accept'"
    sums = [_many(one) for one in ("s.unknown", "NOT s.priced", matching.UNDECIDED)]
    sums += [_worth("s.expected_value"), _worth("s.value"), _worth("ABS(s.value)"), _worth("s.value", accepted), _many("s.adjusted")]
    sums += [_many(f"s.state = '{state}'") for state in STATES]
    sums += [_many(f"({matching.DECIDED}) = '{decision}'") for decision in DECISIONS] + [_many(matching.UNEXPLAINED)]
    sql = f"SELECT COUNT(*), {', '.join(sums)} FROM {matching.FROM} WHERE s.count_id = :count"
    lines, *rest = (int(value or 0) for value in tx.execute(text(sql), {"count": count_id}).one())
    states, decided = rest[8 : 8 + len(STATES)], rest[8 + len(STATES) :]
    totals = Totals(dict(zip(STATES, states, strict=True)), lines, *rest[:8])
    totals.reversed, totals.undone = _reversed(tx, count_id)
    totals.accepted -= totals.undone
    return totals, dict(zip((*DECISIONS, "unexplained"), decided, strict=True))


def _reversed(tx: Connection, count_id: int) -> tuple[int, int]:
    """Return how many lines of a posted count were reversed, and what they were worth."""
    worth = "CASE WHEN n.expected_value IS NOT NULL AND n.decision = 'accept' THEN n.value END"
    sql = f"SELECT COUNT(*), COALESCE(SUM({worth}), 0) FROM line_reversals v JOIN lines n ON n.id = v.line_id WHERE n.count_id = :count"
    lines, value = tx.execute(text(sql), {"count": count_id}).one()
    return int(lines), int(value)


def _many(condition: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"


def _worth(value: str, condition: str = "1 = 1") -> str:
    return f"SUM(CASE WHEN s.value IS NOT NULL AND s.expected_value IS NOT NULL AND {condition} THEN {value} ELSE 0 END)"


def digest(tx: Connection, count: Header) -> str:
    """Return the hash of the lines as they are kept: that of all lines compared anew, as long as nothing has happened."""
    if count.final == "posted":
        return str(count.hash)
    sql = "SELECT k.digest FROM standing_places k JOIN locations l ON l.id = k.location_id WHERE k.count_id = :count ORDER BY l.code"
    return comparing.digest_of(count, tx.scalars(text(sql if is_sqlite(tx) else sql + ' COLLATE "C"'), {"count": count.id}))


def late(tx: Connection, count_id: int) -> list[dict[str, Any]]:
    """Return the scans that changed nothing."""
    sql = (
        "SELECT k.late FROM standing_places k JOIN locations l ON l.id = k.location_id WHERE k.count_id = :count AND k.late <> '[]' "
        "ORDER BY l.code"
    )
    return [one for found in tx.scalars(text(sql), {"count": count_id}) for one in json.loads(found)]


def unfrozen(tx: Connection, count_id: int) -> set[int]:
    """Return the products whose cost is not frozen into the count yet."""
    sql = (
        "SELECT DISTINCT s.product_id FROM standing_lines s WHERE s.count_id = :count AND s.product_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM count_costs c WHERE c.count_id = s.count_id AND c.product_id = s.product_id)"
    )
    return set(tx.scalars(text(sql), {"count": count_id}))


def page(
    tx: Connection, count: Header, wanted: Mapping[str, Any], limit: int, sort: str = "location", after: str | None = None, skip: int = 0
) -> tuple[list[dict[str, Any]], str | None]:
    """Return lines that match, as the wire shows them, and the cursor to go on from; None at the end."""
    sql, given = matching.where(wanted, is_sqlite(tx))
    given |= {"count": count.id, "limit": limit + 1, "skip": skip}
    seat = _seat(tx, count.id, after) if after else None
    if seat:
        sql += f" AND {matching.after(sort)}"
        given |= {name: seat[name] for name in matching.SORTS[sort]}
    rows = tx.execute(
        text(
            "SELECT x.line, k.shown, x.decision, x.reason_code, x.note, x.lots FROM (SELECT s.count_id, s.line, s.place, s.number, s.rank, "
            f"s.sku, d.decision, d.reason_code, d.note, d.lots FROM {matching.FROM} WHERE {sql} ORDER BY {matching.order(sort)} "
            "LIMIT :limit OFFSET :skip) x JOIN standing_shown k ON k.count_id = x.count_id AND k.line = x.line "
            f"ORDER BY {matching.order(sort, 'x')}"
        ),
        given,
    ).all()
    shown = [_shown(row) for row in rows[:limit]]
    if count.final == "posted":
        _add_reversals(tx, count, shown)
    return shown, rows[limit - 1].line if len(rows) > limit else None


def number(tx: Connection, count_id: int, wanted: Mapping[str, Any]) -> int:
    """Return how many lines match."""
    sql, given = matching.where(wanted, is_sqlite(tx))
    return int(tx.scalar(text(f"SELECT COUNT(*) FROM {matching.FROM} WHERE {sql}"), given | {"count": count_id}) or 0)


def _seat(tx: Connection, count_id: int, line: str) -> Mapping[str, Any] | None:
    sql = "SELECT place, number, sku, rank FROM standing_lines WHERE count_id = :count AND line = :line"
    row = tx.execute(text(sql), {"count": count_id, "line": line}).mappings().first()
    return dict(row) if row else None


def _shown(row: Any) -> dict[str, Any]:
    """Return a line with what a person decided about it."""
    shown: dict[str, Any] = json.loads(row.shown)
    if row.decision is not None:
        shown |= {
            "decision": row.decision if shown["counted"] is not None or row.decision != "accept" else None, "automatic": False,
            "reason_code": row.reason_code, "note": row.note or shown["note"], "lots": json.loads(row.lots) if row.lots else None,
        }  # fmt: skip
    return shown


def _add_reversals(tx: Connection, count: Header, rows: list[dict[str, Any]]) -> None:
    found = comparing.fetch_by_ids(
        tx,
        "SELECT n.line, w.name, v.at, v.reason FROM lines n JOIN line_reversals v ON v.line_id = n.id "
        f"LEFT JOIN people w ON w.id = v.person_id WHERE n.count_id = {count.id} AND n.line {{}}",
        [row["line"] for row in rows],
    )
    reversed_ = {line: {"by": by, "at": times.wire(at), "reason": reason} for line, by, at, reason in found}
    for row in rows:
        row["reversal"] = reversed_.get(row["line"])
