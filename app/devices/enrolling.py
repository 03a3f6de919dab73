"""Make a device: at once on the command line, or by a code of one use that a gun or phone claims."""

import json
from collections.abc import Sequence

from sqlalchemy import Connection, insert

from app import audit, journal, times, tokens
from app.devices.models import Device


def enrol(tx: Connection, site_id: int, name: str, tasks: Sequence[str] | None = None) -> tuple[int, str]:
    """Make a device of a site; return its id and its token, which is kept nowhere."""
    token = tokens.mint(tokens.DEVICE)
    journal.lock(tx, site_id)
    row = {
        "site_id": site_id,
        "name": name,
        "token_hash": tokens.digest(token),
        "prefix": token[: tokens.SHOWN],
        "tasks": None if tasks is None else json.dumps(list(tasks)),
        "created_at": times.now(),
        "journal": journal.take(tx, site_id),
    }
    made = tx.execute(insert(Device).returning(Device.id), row).scalar_one()
    audit.write(tx, "device_enrolled", f"device {made}", site_id=site_id, after={"name": name, "tasks": row["tasks"]})
    return made, token
