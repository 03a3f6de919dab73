"""Tell what a device still owes: the numbers that are missing, what it last said waits on it, and the counts it took part in."""

from typing import Any

from sqlalchemy import Connection, text

from app import times

GAPS, COUNTS = 100, 100
"""The most that is shown: the first gaps, the newest counts."""

_GAPS = text("""
    SELECT stream, first, last FROM (
        SELECT g.stream_id AS stream, g.first, g.last FROM stream_gaps g JOIN streams s ON s.id = g.stream_id WHERE s.device_id = :device
        UNION ALL
        SELECT s.id AS stream, s.highest + 1 AS first, s.made AS last FROM streams s WHERE s.device_id = :device AND s.made > s.highest
    ) AS owed ORDER BY stream, first LIMIT :most
""")
_COUNTS = text("""
    SELECT c.code, c.status, COUNT(*) AS scans, MAX(s.received_at) AS last FROM scans s
    JOIN sheets h ON h.id = s.sheet_id JOIN counts c ON c.id = h.count_id
    WHERE s.device_id = :device AND s.site_id = :site GROUP BY c.id, c.code, c.status
    ORDER BY CASE WHEN c.status IS NULL THEN 0 ELSE 1 END, c.id DESC LIMIT :most
""")


def of(tx: Connection, site_id: int, device_id: int) -> dict[str, Any]:
    """Return `missing`, runs of numbers by stream, and `counts`, those that are still open first."""
    return {
        "missing": [
            {"stream": str(row.stream), "first": row.first, "last": row.last}
            for row in tx.execute(_GAPS, {"device": device_id, "most": GAPS})
        ],
        "counts": [
            {"count": row.code, "status": row.status or "open", "scans": row.scans, "last_received_at": times.wire(row.last)}
            for row in tx.execute(_COUNTS, {"device": device_id, "site": site_id, "most": COUNTS})
        ],
    }
