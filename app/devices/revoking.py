"""Take a device's permission away; its token still opens the door for scans, which then wait for a supervisor."""

from sqlalchemy import Connection, update

from app import audit, journal, times
from app.devices.enrolling import reach
from app.devices.models import Device


def revoke(tx: Connection, device_id: int, site_id: int | None, reason: str) -> int:
    """Revoke a device (of that site); once is enough. Return its site; raises not_found."""
    found = reach(tx, device_id, site_id)
    if found.revoked_at is None:
        tx.execute(update(Device).where(Device.id == device_id).values(revoked_at=times.now(), journal=journal.take(tx, found.site_id)))
        audit.write(tx, "device_revoked", f"device {device_id}", site_id=found.site_id, before={"name": found.name}, reason=reason)
    return int(found.site_id)
