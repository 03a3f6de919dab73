"""Take a device's permission away; its token still opens the door for scans, which then wait for a supervisor."""

from sqlalchemy import Connection, select, update

from app import audit, journal, times
from app.devices.models import Device
from app.errors import Problem


def revoke(tx: Connection, device_id: int, site_id: int | None, reason: str) -> int:
    """Revoke a device (of that site); once is enough. Return its site; raises not_found."""
    home: int | None = tx.scalar(select(Device.site_id).where(Device.id == device_id))
    if home is None or site_id not in (None, home):
        raise Problem("not_found", "There is no such device.")
    journal.lock(tx, home)
    found = tx.execute(select(Device.name, Device.revoked_at).where(Device.id == device_id)).one()
    if found.revoked_at is None:
        tx.execute(update(Device).where(Device.id == device_id).values(revoked_at=times.now(), journal=journal.take(tx, home)))
        audit.write(tx, "device_revoked", f"device {device_id}", site_id=home, before={"name": found.name}, reason=reason)
    return home
