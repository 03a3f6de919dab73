"""Which places' quantities a counter may not know: those in an open blind count. The one place that decides it (I11)."""

from sqlalchemy import Connection

from app.access import Caller
from app.db import fetch

REASON = "blind_count"


def hidden(tx: Connection, site_id: int, caller: Caller) -> frozenset[int]:
    """Return the locations of a site whose quantities this caller may not see: none for the office."""
    return hidden_locations(tx, site_id) if caller.floor else frozenset()


def hidden_locations(tx: Connection, site_id: int) -> frozenset[int]:
    """Return the locations of a site that are in an open blind count."""
    sql = (
        "SELECT DISTINCT s.location_id FROM counts c JOIN sheets s ON s.count_id = c.id "
        "WHERE c.site_id = ? AND c.blind AND c.kind = 'cycle' AND (c.status IS NULL OR c.status = 'approved')"
    )
    return frozenset(location for (location,) in fetch(tx, sql, sql.replace("?", "%s"), (site_id,)))
