"""Tell which devices there are, when each was last heard, and whether all that it made has arrived."""

import json
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from app import times
from app.devices.models import Device

STREAMS = 10
"""The most streams shown of one device: those heard last. The totals are of all."""

_STREAMS = text("""
    SELECT * FROM (
        SELECT device_id, id, made, held, gaps + CASE WHEN made > highest THEN made - highest ELSE 0 END AS missing_total, forked, heard_at,
               row_number() OVER (PARTITION BY device_id ORDER BY heard_at DESC, id) AS latest,
               sum(made) OVER (PARTITION BY device_id) AS all_made, sum(held) OVER (PARTITION BY device_id) AS all_held,
               sum(gaps + CASE WHEN made > highest THEN made - highest ELSE 0 END) OVER (PARTITION BY device_id) AS all_missing
        FROM streams WHERE device_id IN :devices
    ) AS s WHERE latest <= :most ORDER BY device_id, latest
""").bindparams(bindparam("devices", expanding=True))


def page(tx: Connection, site_id: int, after: int, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return the devices of a site with an id above `after`, and the cursor for more."""
    query = select(Device).where(Device.site_id == site_id, Device.id > after).order_by(Device.id).limit(limit + 1)
    found = tx.execute(query).all()
    shown = found[:limit]
    site = tx.scalar(text("SELECT code FROM sites WHERE id = :id"), {"id": site_id})
    streams: dict[int, list[Any]] = {}
    for stream in tx.execute(_STREAMS, {"devices": [d.id for d in shown], "most": STREAMS}):
        streams.setdefault(stream.device_id, []).append(stream)
    return [_row(d, site, streams.get(d.id, [])) for d in shown], str(shown[-1].id) if len(found) > limit else None


def _row(device: Any, site: str | None, streams: list[Any]) -> dict[str, Any]:
    last = streams[0] if streams else None
    return {
        "id": device.id, "name": device.name, "site": site, "prefix": device.prefix,
        "tasks": None if device.tasks is None else json.loads(device.tasks),
        "created_at": times.wire(device.created_at), "revoked_at": times.wire_or_none(device.revoked_at),
        "last_seen": times.wire(last.heard_at) if last else None,
        "made": int(last.all_made) if last else 0, "held": int(last.all_held) if last else 0,
        "missing_total": int(last.all_missing) if last else 0,
        "streams": [
            {"stream": s.id, "made": s.made, "held": s.held, "missing_total": s.missing_total, "forked": bool(s.forked),
             "last_seen": times.wire(s.heard_at)}
            for s in streams
        ],
        "journal": device.journal,
    }  # fmt: skip
