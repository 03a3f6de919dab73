"""Tell whether all that was scanned for a count has arrived: which devices took part, and what each has left to send (I14)."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from app import times
from app.counts.comparing import Header, fetch_by_ids
from app.errors import Problem


def receipt(tx: Connection, count_id: int) -> dict[str, Any]:
    """Return what took part and how far it is proven: `devices` by stream, and `unfinished`, the sheets that somebody was given or had
    begun and that no scan finished, or one of another device; with who finished them, why, whether the devices that had begun them were
    heard since, and whether a device may hold scans of them: one has scanned for it, or nobody yet."""
    return {
        "devices": [_device(*row) for row in fetch_by_ids(tx, _TOOK_PART, [count_id], 2)],
        "unfinished": [_unfinished(*row) for row in fetch_by_ids(tx, _UNFINISHED, [count_id], 3)],
    }


_PART = (
    "SELECT s.device_id, s.sender_id, s.stream_id, s.seq, s.received_at, s.operator, h.id AS sheet_id, h.closed_scan, h.journal "
    "FROM scans s JOIN sheets h ON h.id = s.sheet_id WHERE h.count_id {} UNION ALL "
    "SELECT s.device_id, s.sender_id, s.stream_id, s.seq, s.received_at, s.operator, h.id, h.closed_scan, h.journal "
    "FROM resolutions r JOIN scans s ON s.id = r.scan_id JOIN sheets h ON h.id = r.sheet_id WHERE s.sheet_id IS NULL AND h.count_id {}"
)
"""SQL: what was scanned for the sheets of a count, understood or not."""
_TOOK_PART = (
    "SELECT d.name, p.name, x.stream_id{text}, x.scans, x.unnumbered, x.unfinished, COALESCE(t.heard_at, x.received_at), t.held, "
    "t.made >= t.highest AND t.made > 0, t.forked, CASE WHEN t.made > t.highest THEN t.made - t.highest ELSE 0 END + "
    "COALESCE((SELECT SUM(g.last - g.first + 1) FROM stream_gaps g WHERE g.stream_id = t.id), 0) FROM ("
    "SELECT y.device_id, y.sender_id, y.stream_id, COUNT(*) AS scans, SUM(CASE WHEN y.seq IS NULL THEN 1 ELSE 0 END) AS unnumbered, "
    f"SUM(CASE WHEN y.closed_scan IS NULL THEN 1 ELSE 0 END) AS unfinished, MAX(y.received_at) AS received_at FROM ({_PART}) y "
    "GROUP BY y.device_id, y.sender_id, y.stream_id) x LEFT JOIN streams t ON t.id = x.stream_id "
    "LEFT JOIN devices d ON d.id = x.device_id LEFT JOIN people p ON p.id = x.sender_id ORDER BY d.name, p.name, 3"
)
_HEARD = (
    "SELECT y.sheet_id, y.device_id, y.operator, CASE WHEN y.device_id IS NOT NULL AND y.seq IS NOT NULL AND t.heard_journal >= y.journal "
    f"AND t.made = t.highest AND t.gaps = 0 AND NOT t.forked THEN 1 ELSE 0 END AS since FROM ({_PART}) y "
    "LEFT JOIN streams t ON t.id = y.stream_id"
)
"""SQL: whether after the sheet was closed, by the order of the journal, the device of a scan on it has said how many it made, and all are
here."""
_UNFINISHED = (
    "SELECT s.code, l.code, COALESCE(MIN(CASE WHEN s.closed_scan IS NOT NULL THEN n.operator END), s.operator, MIN(n.operator)), p.name, "
    "s.reason, NOT s.open AND COUNT(n.sheet_id) > 0 AND MIN(n.since) = 1, COUNT(n.sheet_id) = 0 OR COUNT(n.device_id) > 0 "
    "FROM sheets s JOIN locations l ON l.id = s.location_id LEFT JOIN scans f ON f.id = s.closed_scan "
    f"LEFT JOIN people p ON p.id = COALESCE(s.closed_by, f.person_id) LEFT JOIN ({_HEARD}) n ON n.sheet_id = s.id "
    "AND (s.closed_scan IS NULL OR (n.since = 0 AND n.device_id <> COALESCE(f.device_id, 0))) "
    "WHERE s.count_id {} AND (n.sheet_id IS NOT NULL OR (s.operator IS NOT NULL AND s.closed_scan IS NULL) OR (s.given AND "
    "f.operator <> s.operator AND NOT EXISTS (SELECT 1 FROM scans g WHERE g.sheet_id = s.id AND g.operator = s.operator))) "
    "GROUP BY s.id, s.code, l.code, s.operator, p.name, s.reason, s.open ORDER BY s.code"
)
"""SQL: of a sheet that a scan finished, only what other devices had scanned that were not heard since, and who was given it and has not
scanned for it yet."""


def kept(drained: str) -> dict[str, Any]:
    """Return the receipt as it was kept at an approval; what it didn't tell then is empty."""
    found: dict[str, Any] = json.loads(drained)
    unknown = {"closed_by": None, "reason": "", "drained": False, "by_device": False}
    return found | {"unfinished": [unknown | one for one in found["unfinished"]]}


def _device(
    device: str | None, sender: str | None, stream: str | None, scans: int, unnumbered: int, unfinished: int, heard: int, held: int | None,
    told: bool | None, forked: bool | None, missing: int,
) -> dict[str, Any]:  # fmt: skip
    return {
        "device": device, "sender": None if device else sender, "stream": stream, "scans": scans, "held": held,
        "missing_total": int(missing), "unproven": bool(unnumbered or forked or not told), "finished": not unfinished,
        "last_seen": times.wire(heard),
    }  # fmt: skip


def _unfinished(
    sheet: str, place: str, operator: str, closed_by: str | None, reason: str, heard_since: bool, by_device: bool
) -> dict[str, Any]:
    return {
        "sheet": sheet, "location": place, "operator": operator, "closed_by": closed_by, "reason": reason, "drained": bool(heard_since),
        "by_device": bool(by_device),
    }  # fmt: skip


def proof(tx: Connection, site_id: int) -> str:
    """Return what a site wants proven: what devices scan (`declare`), or everything (`enforce`)."""
    return str(tx.scalar(text("SELECT proof FROM sites WHERE id = :site"), {"site": site_id}))


def objections(found: dict[str, Any], wanted: str) -> list[dict[str, str]]:
    """Return what keeps a count from being approved without a reason, as errors of a problem."""
    errors = []
    for one in found["devices"]:
        name, missing = one["device"] or one["sender"] or "?", one["missing_total"]
        field = one["stream"] or name
        if missing:
            errors.append({"field": field, "message": f"{name}: {missing} scan{'s have' if missing > 1 else ' has'} not arrived."})
        elif one["unproven"] and (one["device"] or wanted == "enforce"):
            errors.append({"field": field, "message": f"{name}: nothing proves that all its scans have arrived."})
    errors += [
        {"field": one["sheet"], "message": f"{one['location']}: {one['operator']} has not finished the sheet."}
        for one in found["unfinished"]
        if not one["drained"] and (wanted == "enforce" or (one["by_device"] and not one["reason"]))
    ]
    return errors


def is_asked(count: Header, errors: Sequence[dict[str, str]], wanted: str) -> bool:
    """Tell whether these objections take a reason: where a second approval is due, the first may have answered them all."""
    before = kept(count.drained) if count.drained else None
    answered = {one["field"] for one in objections(before, before.get("proof") or wanted)} if before else set()
    return any(one["field"] not in answered for one in errors)


def require(tx: Connection, count: Header, override: str | None) -> tuple[dict[str, Any], str | None]:
    """Return the receipt to keep, and the override where there is something that it is the reason for. Raises not_drained where it is
    missing."""
    found, wanted = receipt(tx, count.id), proof(tx, count.site_id)
    errors = objections(found, wanted)
    if not override and is_asked(count, errors, wanted):
        raise Problem("not_drained", "Scans may be missing. Wait for these devices, or approve with a reason.", errors)
    return found | {"proof": wanted}, (override or count.override) if errors else None
