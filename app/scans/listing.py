"""List scans as they were said and read, in the order of the journal."""

from typing import Any

from sqlalchemy import Connection, text

from app import quantities, times, wire

_SELECT = """
SELECT s.journal, s.id, s.device_id, d.name AS device, s.stream_id, s.seq, s.task, s.said, s.scanned_at, s.received_at, s.occurred_at,
    s.uncertainty_ms,
    l.code AS place, o.code AS other, p.sku, p.decimals, s.lot, s.quantity, s.operator, n.name AS person, h.code AS sheet,
    s.outcome, s.reason, s.warnings,
    r.outcome AS resolved, r.at AS resolved_at, r.reason AS resolved_why,
    r.decision, rn.name AS resolved_by
FROM scans s
LEFT JOIN devices d ON d.id = s.device_id
LEFT JOIN locations l ON l.id = s.location_id LEFT JOIN locations o ON o.id = s.other_id
LEFT JOIN products p ON p.id = s.product_id LEFT JOIN people n ON n.id = s.person_id LEFT JOIN sheets h ON h.id = s.sheet_id
LEFT JOIN resolutions r ON r.scan_id = s.id LEFT JOIN people rn ON rn.id = r.person_id
WHERE s.site_id = :site AND s.journal > :since
"""
_WAITS = (
    " AND s.outcome = 'refused' AND r.scan_id IS NULL AND NOT EXISTS "
    "(SELECT 1 FROM scans v WHERE v.voids = s.id AND v.outcome <> 'refused' AND v.journal > s.journal)"
)
_END = " ORDER BY s.journal LIMIT :limit"


def after(tx: Connection, site_id: int, since: int, limit: int, outcome: str | None = None, waiting: bool = False) -> list[dict[str, Any]]:
    """Return the scans after a journal number; `waiting`: only those that wait for a person."""
    sql = _SELECT
    params: dict[str, Any] = {"site": site_id, "since": since, "limit": limit}
    if waiting:
        sql += _WAITS
    elif outcome is not None:
        sql += " AND s.outcome = :outcome"
        params["outcome"] = outcome
    return [row(r) for r in tx.execute(text(sql + _END), params).mappings()]


def row(r: Any) -> dict[str, Any]:
    """Return a scan as it goes over the wire: what was said, and under it how it was read."""
    said = wire.kept(r["said"])
    return {
        "journal": r["journal"],
        "id": str(r["id"]),
        "device": r["device"],
        "stream": r["stream_id"] and str(r["stream_id"]),
        "seq": r["seq"],
        "task": r["task"],
        "scanned_at": times.wire(r["scanned_at"]),
        "received_at": times.wire(r["received_at"]),
        "occurred_at": times.wire(r["occurred_at"]),
        "uncertainty_ms": r["uncertainty_ms"],
        "barcode": said.get("barcode"),
        "location": r["place"] or said.get("location"),
        "other": r["other"] or said.get("target") or said.get("origin"),
        "sku": r["sku"],
        "lot": r["lot"],
        "quantity": quantities.wire_or_none(r["quantity"], r["decimals"] or 0) if r["sku"] else said.get("quantity"),
        "operator": r["operator"],
        "person": r["person"],
        "sheet": r["sheet"] or said.get("sheet"),
        "voids": said.get("voids"),
        "via": said.get("via"),
        "outcome": r["outcome"],
        "reason": r["reason"],
        "warnings": r["warnings"].split(),
        "resolution": r["resolved"]
        and {
            "outcome": r["resolved"],
            "at": times.wire(r["resolved_at"]),
            "by": r["resolved_by"],
            "reason": r["resolved_why"],
            "decision": wire.kept(r["decision"]),
        },
        "said": said,
    }
