"""Lists of counts and of sheets, as the wire shows them. No expected quantity is read here (I11)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, text

from app import times
from app.counts import comparing
from app.counts.comparing import LIVE, fetch_by_ids
from app.errors import Problem
from app.ledger import blind
from app.scans.models import Count
from app.scans.sheets import LEASE

NAMED = 10
"""So many of a count's locations are named in a list."""


def counts(tx: Connection, site_id: int, final: bool, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return counts that changed after a number of the journal, ascending, and the cursor to go on from; `final`: those too."""
    query = select(Count).where(Count.site_id == site_id, Count.journal > since).order_by(Count.journal).limit(limit)
    found = tx.execute(query if final else query.where(Count.status.is_(None))).all()
    return _rows(tx, found), found[-1].journal if found else since


def count(tx: Connection, site_id: int, code: str) -> dict[str, Any]:
    """Return a count with its sheets; raises not_found."""
    found = tx.execute(select(Count).where(Count.site_id == site_id, Count.code == code)).first()
    if found is None:
        raise Problem("not_found", "There is no such count.")
    return _rows(tx, [found])[0] | {"sheets": sheets_of(tx, found.id)}


def sheets_of(tx: Connection, count_id: int) -> list[dict[str, Any]]:
    """Return the sheets of a count with how far each has come."""
    rows = fetch_by_ids(tx, _WITH_SCANS, [count_id], 2)
    names = _names(tx, rows)
    return [_sheet(row, names) | _progress(*row[7:]) for row in rows]


def _progress(scans: int, last: int | None, leased: int | None, reason: str) -> dict[str, Any]:
    return {"scans": scans, "last_scan_at": times.wire_or_none(last), "lease_until": _lease(leased), "reason": reason}


def sheets(
    tx: Connection, site_id: int, opened: bool, operator: str | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the sheets of counts that are not final, in walking order; with `operator`, theirs and those that are free.

    Who took a sheet has it until 15 minutes after its last scan; after that it is nobody's here.
    The cursor is None at the end. `blind`: what is expected at the location may not be told to who counts there, in this count or in
    another one. `may_count`: false where the operator counted another pass and the site wants another person.
    """
    seen = _place_of(tx, site_id, after) if after else ("", "")
    secret = blind.hidden_locations(tx, site_id)
    over = times.now() - LEASE
    free = f"(:operator = '' OR s.operator IS NULL OR s.operator = :operator OR {_LAST} < :over)"
    rows = tx.execute(
        text(
            f"{_TO_COUNT} WHERE c.status IS NULL AND s.site_id = :site AND s.open = :opened AND (l.walk_key, s.code) > (:key, :after) "
            f"AND {free} ORDER BY l.walk_key, s.code LIMIT :limit"
        ),
        {
            "site": site_id, "opened": opened, "key": seen[0], "after": seen[1], "operator": operator or "", "limit": limit + 1,
            "over": over,
        },
    ).all()  # fmt: skip
    names = _names(tx, rows)
    shown = [
        _sheet(row, names)
        | {"blind": row[7] in secret, "lease_until": _lease(row[8]), "may_count": not row[9]}
        | ({"operator": None} if row[4] != operator and row[8] is not None and row[8] < over else {})
        for row in rows[:limit]
    ]
    return shown, rows[limit - 1][0] if len(rows) > limit else None


def may_count(tx: Connection, site_id: int, code: str, operator: str | None) -> bool:
    """Tell whether somebody may count a sheet, who counted no other pass of its location that the site wants of another person."""
    sql = f"SELECT 1 FROM sheets s WHERE s.site_id = :site AND s.code = :code AND {_COUNTED_BEFORE}"
    return operator is None or tx.scalar(text(sql), {"site": site_id, "code": code, "operator": operator}) is None


def _lease(last: int | None) -> str | None:
    """Return until when a sheet is who took it's; None of one that is free, given, free of any plan, or closed."""
    return None if last is None else times.wire(last + LEASE)


_COLUMNS = "s.code, c.code, l.code, s.sequence, s.operator, s.lines, s.open"
_LAST = (
    "CASE WHEN s.open AND NOT s.given AND c.kind <> 'free' AND s.operator IS NOT NULL "
    "THEN (SELECT MAX(n.occurred_at) FROM scans n WHERE n.sheet_id = s.id) END"
)
"""SQL: when a sheet that somebody took was scanned last."""
_COUNTED_BEFORE = (
    "s.planned AND EXISTS (SELECT 1 FROM sites i WHERE i.id = s.site_id AND i.independence = 'enforce') AND (EXISTS ("
    "SELECT 1 FROM sheet_counters x WHERE x.count_id = s.count_id AND x.location_id = s.location_id AND x.operator = :operator "
    "AND x.declared = 0 AND x.sheet_id <> s.id) OR EXISTS (SELECT 1 FROM sheets o WHERE o.count_id = s.count_id "
    "AND o.location_id = s.location_id AND o.operator = :operator AND o.id <> s.id AND o.open))"
)
"""SQL: whether the operator counted another pass of the location, or has the sheet of one that is still open, so that somebody else has to
count this one, which was planned."""
_TO_COUNT = (
    f"SELECT {_COLUMNS}, s.location_id, {_LAST}, {_COUNTED_BEFORE} FROM sheets s JOIN counts c ON c.id = s.count_id "
    "JOIN locations l ON l.id = s.location_id"
)
_WITH_SCANS = (
    f"SELECT {_COLUMNS}, COALESCE(n.scans, 0), n.last_at, {_LAST}, s.reason FROM sheets s JOIN counts c ON c.id = s.count_id "
    "JOIN locations l ON l.id = s.location_id "
    "LEFT JOIN (SELECT x.sheet_id, COUNT(*) AS scans, MAX(x.occurred_at) AS last_at FROM scans x "
    f"JOIN sheets h ON h.id = x.sheet_id WHERE h.count_id {{}} AND x.task = 'count' AND {LIVE.format('x')} GROUP BY x.sheet_id) n "
    "ON n.sheet_id = s.id WHERE s.count_id {} ORDER BY l.walk_key, l.code, s.sequence"
)


def _place_of(tx: Connection, site_id: int, code: str) -> tuple[str, str]:
    """Return where a sheet stands in the walking order; raises bad_request where there is none."""
    sql = "SELECT l.walk_key FROM sheets s JOIN locations l ON l.id = s.location_id WHERE s.site_id = :site AND s.code = :code"
    key = tx.scalar(text(sql), {"site": site_id, "code": code})
    if key is None:
        raise Problem("bad_request", "No such cursor.", [{"field": "after", "message": "Send what `next` said."}])
    return str(key), code


def _names(tx: Connection, rows: Sequence[Any]) -> dict[int, tuple[str, str]]:
    wanted = sorted({product for row in rows if row[5] for product, _ in json.loads(row[5])})
    if not wanted:
        return {}
    return {number: (sku, name) for number, sku, name in fetch_by_ids(tx, "SELECT id, sku, name FROM products WHERE id {}", wanted)}


def _sheet(row: Any, names: Mapping[int, tuple[str, str]]) -> dict[str, Any]:
    code, count, location, sequence, operator, lines, opened = row[:7]
    return {
        "code": code, "count": count, "location": location, "sequence": sequence, "operator": operator,
        "lines": None
        if lines is None
        else [{"sku": names[product][0], "name": names[product][1], "lot": lot or None} for product, lot in json.loads(lines)],
        "status": "open" if opened else "closed",
    }  # fmt: skip


def _rows(tx: Connection, found: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    ids = [one.id for one in found]
    if not ids:
        return []
    statuses = comparing.statuses(tx, [one.id for one in found if one.status is None])
    sheets = {
        row[0]: row[1:]
        for row in fetch_by_ids(
            tx,
            "SELECT s.count_id, SUM(CASE WHEN s.open THEN 1 ELSE 0 END), SUM(CASE WHEN s.open THEN 0 ELSE 1 END), "
            "COUNT(DISTINCT s.location_id) FROM sheets s WHERE s.count_id {} GROUP BY s.count_id",
            ids,
        )
    }
    named: dict[int, list[str]] = {}
    for count_id, code in fetch_by_ids(
        tx,
        "SELECT x.count_id, l.code FROM (SELECT s.count_id, s.location_id, "
        f"ROW_NUMBER() OVER (PARTITION BY s.count_id ORDER BY s.code) AS n FROM sheets s "
        f"WHERE s.count_id {{}} AND s.sequence = 1) x JOIN locations l ON l.id = x.location_id WHERE x.n <= {NAMED} "
        "ORDER BY x.count_id, x.n",
        ids,
    ):
        named.setdefault(count_id, []).append(code)
    scanned = dict(
        fetch_by_ids(
            tx,
            "SELECT d.count_id, COUNT(*) FROM (SELECT DISTINCT h.count_id, h.location_id, x.product_id, x.lot FROM scans x "
            f"JOIN sheets h ON h.id = x.sheet_id WHERE h.count_id {{}} AND x.task = 'count' AND {LIVE.format('x')}) d GROUP BY d.count_id",
            ids,
        )
    )
    rows = []
    for one in found:
        opened, closed, places = sheets.get(one.id, (0, 0, 0))
        rows.append(
            {
                "code": one.code, "kind": one.kind, "status": one.status or statuses[one.id], "blind": bool(one.blind),
                "twice": bool(one.twice), "policy": one.policy, "tolerance": json.loads(one.tolerance) if one.tolerance else None,
                "tolerances": json.loads(one.tolerances) if one.tolerances else [], "second_above": one.second_above,
                "operator": one.operator,
                "locations": named.get(one.id, []), "locations_total": places, "sheets_open": opened, "sheets_closed": closed,
                "lines": scanned.get(one.id, 0), "created_at": times.wire(one.created_at), "note": one.note, "journal": one.journal,
            }
        )  # fmt: skip
    return rows
