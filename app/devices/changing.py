"""Change what a device is called and its ceiling of tasks. Its site never changes: its scans, streams and token are that site's."""

import json
from typing import Any

from sqlalchemy import Connection, update

from app import audit, journal
from app.devices.enrolling import reach
from app.devices.models import Device


def change(tx: Connection, device_id: int, site_id: int | None, said: dict[str, Any]) -> int:
    """Change `name` and `tasks` (None: all) as far as they are said; the same again changes nothing. Return its site; raises not_found."""
    found = reach(tx, device_id, site_id)
    had = {"name": found.name, "tasks": None if found.tasks is None else json.loads(found.tasks)}
    new = {"name": said.get("name", had["name"]).strip(), "tasks": said.get("tasks", had["tasks"])}
    if new["tasks"] is not None:
        new["tasks"] = sorted(set(new["tasks"]))
    if new != had:
        kept = {"name": new["name"], "tasks": None if new["tasks"] is None else json.dumps(new["tasks"])}
        tx.execute(update(Device).where(Device.id == device_id).values(journal=journal.take(tx, found.site_id), **kept))
        audit.write(
            tx, "device_changed", f"device {device_id}", site_id=found.site_id, before=had, after=new, reason=said.get("reason", "")
        )
    return int(found.site_id)
