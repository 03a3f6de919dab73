"""Show a count while people count: who is where, how far each zone has come, how fast, and what devices have left to send.

No expected quantity is read here (I11).
"""

from typing import Any

from sqlalchemy import Connection, text

from app import times
from app.counts import comparing, draining, listing
from app.counts.comparing import LIVE, fetch_by_ids

MOST = 200
"""Open sheets that are told."""
LATELY = 15
"""Minutes whose scans are told one by one."""


def board(tx: Connection, site_id: int, code: str, now: int) -> dict[str, Any]:
    """Return how a count goes; raises not_found."""
    count = comparing.header(tx, site_id, code)
    sheets = listing.sheets_of(tx, count.id)
    receipt = draining.receipt(tx, count.id)
    return {
        "count": count.code, "status": count.status, "blind": bool(count.blind), "at": times.wire(now),
        "sheets": _progress(sheets), "zones": _zones(tx, site_id, count.id, sheets), "people": _people(tx, count.id, sheets, now),
        "open": _open(sheets),
        "minutes": _minutes(tx, count.id, now),
        "devices": [
            one | {"waiting": None if one["unproven"] and not one["missing_total"] else one["missing_total"]} for one in receipt["devices"]
        ],
        "unfinished": receipt["unfinished"],
    }  # fmt: skip


def _progress(sheets: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how many sheets there are, and how far they are."""
    scanned = [one["last_scan_at"] for one in sheets if one["last_scan_at"]]
    return {
        "sheets": len(sheets), "closed": sum(one["status"] == "closed" for one in sheets),
        "begun": sum(one["status"] == "open" and one["scans"] > 0 for one in sheets), "scans": sum(one["scans"] for one in sheets),
        "last_scan_at": max(scanned, default=None),
    }  # fmt: skip


def _open(sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first open sheets, those that were scanned last before those that nobody has begun."""
    found = sorted((one for one in sheets if one["status"] == "open"), key=lambda one: one["last_scan_at"] or "", reverse=True)
    names = ("code", "location", "sequence", "operator", "scans", "last_scan_at", "lease_until")
    return [{name: one[name] for name in names} for one in found[:MOST]]


def _zones(tx: Connection, site_id: int, count_id: int, sheets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the progress of each zone, in the walking order; null where a location lies in none."""
    names = {row.id: (row.code, row.name) for row in tx.execute(text(_ZONES), {"site": site_id})}
    zone_of: dict[str, tuple[str | None, str]] = {}
    for place, path in fetch_by_ids(tx, _PATHS, [count_id]):
        above = [names[int(step)] for step in reversed(path.strip("/").split("/")) if step and int(step) in names]
        zone_of[place] = above[0] if above else (None, "")
    found: dict[tuple[str | None, str], list[dict[str, Any]]] = {}
    for one in sheets:
        found.setdefault(zone_of[one["location"]], []).append(one)
    return [{"zone": zone, "name": name} | _progress(some) for (zone, name), some in found.items()]


_ZONES = "SELECT id, code, name FROM locations WHERE site_id = :site AND kind = 'zone'"
_PATHS = "SELECT DISTINCT l.code, l.path FROM sheets s JOIN locations l ON l.id = s.location_id WHERE s.count_id {}"


def _people(tx: Connection, count_id: int, sheets: list[dict[str, Any]], now: int) -> list[dict[str, Any]]:
    """Return who counts with which device: where they scanned last, how much, and how much lately; the last one first."""
    leases = {one["code"]: (one["status"], one["lease_until"]) for one in sheets}
    rows = tx.execute(text(_LAST), {"count": count_id, "since": now - LATELY * times.MINUTE})
    return [
        {
            "operator": row.operator, "person": row.person, "device": row.device, "sender": row.sender, "sheet": row.sheet,
            "location": row.location, "last_scan_at": times.wire(row.at), "scans": row.scans, "lately": int(row.lately),
            "finished": leases[row.sheet][0] == "closed", "lease_until": leases[row.sheet][1],
        }
        for row in rows
    ]  # fmt: skip


_BY = "PARTITION BY s.operator, s.device_id, s.sender_id"
_SCANS = (
    "FROM sheets h JOIN scans s ON s.sheet_id = h.id WHERE h.count_id = :count AND s.task IN ('count', 'empty', 'finish') "
    f"AND {LIVE.format('s')}"
)
_LAST = (
    "SELECT x.operator, p.name AS person, d.name AS device, k.name AS sender, x.sheet, l.code AS location, x.occurred_at AS at, x.scans, "
    "x.lately FROM (SELECT s.operator, s.person_id, s.device_id, s.sender_id, h.code AS sheet, h.location_id, s.occurred_at, "
    f"ROW_NUMBER() OVER ({_BY} ORDER BY s.occurred_at DESC, s.journal DESC) AS nth, "
    f"SUM(CASE WHEN s.task = 'count' THEN 1 ELSE 0 END) OVER ({_BY}) AS scans, "
    f"SUM(CASE WHEN s.task = 'count' AND s.occurred_at >= :since THEN 1 ELSE 0 END) OVER ({_BY}) AS lately {_SCANS}) x "
    "JOIN locations l ON l.id = x.location_id LEFT JOIN people p ON p.id = x.person_id LEFT JOIN devices d ON d.id = x.device_id "
    "LEFT JOIN people k ON k.id = x.sender_id WHERE x.nth = 1 ORDER BY x.occurred_at DESC, x.operator"
)


def _minutes(tx: Connection, count_id: int, now: int) -> list[int]:
    """Return the count scans of each of the last minutes, the last one at the end."""
    since = now - LATELY * times.MINUTE
    sql = (
        f"SELECT (s.occurred_at - :since) / {times.MINUTE} AS minute, COUNT(*) AS scans {_SCANS} AND s.task = 'count' "
        "AND s.occurred_at > :since GROUP BY 1"
    )
    found = {int(row.minute): row.scans for row in tx.execute(text(sql), {"count": count_id, "since": since})}
    return [found.get(minute, 0) for minute in range(LATELY)]
