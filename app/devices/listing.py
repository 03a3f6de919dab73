"""Tell which devices there are, when each was last heard, and whether all that it made has arrived."""

import json
import re
from typing import Any

from flask import current_app
from sqlalchemy import Connection, bindparam, select, text

from app import times
from app.devices.models import Device
from app.errors import Problem
from app.quantities import summed

STREAMS = 10
"""The most streams shown of one device: those heard last. The totals are of all."""

_OF_DEVICE = " OVER (PARTITION BY device_id)"
_STREAMS = text(f"""
    SELECT * FROM (
        SELECT device_id, id, made, held, gaps, waiting, gaps + waiting AS missing_total, forked, offset_ms, app, heard_at,
               row_number() OVER (PARTITION BY device_id ORDER BY heard_at DESC, id) AS latest,
               max(made) OVER (PARTITION BY device_id) AS most_made, {summed("made", _OF_DEVICE)} AS all_made,
               sum(held) OVER (PARTITION BY device_id) AS all_held, {summed("gaps", _OF_DEVICE)} AS all_gaps,
               {summed("waiting", _OF_DEVICE)} AS all_waiting
        FROM (
            SELECT device_id, id, made, held, forked, offset_ms, app, heard_at,
                   CASE WHEN made > highest THEN made - highest ELSE 0 END AS waiting,
                   CASE WHEN gaps = 0 THEN 0 ELSE CAST(
                       COALESCE((SELECT SUM(g.last - g.first + 1) FROM stream_gaps g WHERE g.stream_id = streams.id), 0) AS BIGINT
                   ) END AS gaps
            FROM streams WHERE device_id IN :devices
        ) AS t
    ) AS s WHERE latest <= :most ORDER BY device_id, latest
""").bindparams(bindparam("devices", expanding=True))


def home(tx: Connection, device_id: int, site_id: int | None) -> int:
    """Return the site of a device; raises not_found where it isn't of that one."""
    found = tx.scalar(select(Device.site_id).where(Device.id == device_id)) if device_id < 2**63 else None
    if found is None or site_id not in (None, found):
        raise Problem("not_found", "There is no such device.")
    return int(found)


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


def _is_older(app: str | None) -> bool:
    """Tell whether a version is one of our own app, but not the one that we serve now: then it hasn't been taken yet."""
    return app is not None and re.fullmatch("[0-9a-f]{16}", app) is not None and app != current_app.extensions["build"]


def _row(device: Any, site: str | None, streams: list[Any]) -> dict[str, Any]:
    last = streams[0] if streams else None
    return {
        "id": device.id, "name": device.name, "site": site, "prefix": device.prefix,
        "tasks": None if device.tasks is None else json.loads(device.tasks),
        "created_at": times.wire(device.created_at), "revoked_at": times.wire_or_none(device.revoked_at),
        "last_seen": times.wire(last.heard_at) if last else None,
        "made": int(last.all_made) if last else 0, "held": int(last.all_held) if last else 0,
        "missing_total": int(last.all_gaps + last.all_waiting) if last else 0,
        "waiting": int(last.all_waiting) if last and last.most_made else None,
        "gaps": int(last.all_gaps) if last else 0,
        "offset_ms": last.offset_ms if last else None,
        "app": last.app if last else None, "outdated": bool(last and _is_older(last.app)),
        "streams": [
            {"stream": s.id, "made": s.made, "held": s.held, "missing_total": int(s.missing_total), "forked": bool(s.forked),
             "waiting": s.waiting if s.made else None, "gaps": int(s.gaps), "offset_ms": s.offset_ms, "last_seen": times.wire(s.heard_at)}
            for s in streams
        ],
        "journal": device.journal,
    }  # fmt: skip
