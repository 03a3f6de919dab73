"""Which places' quantities a counter may not know: those in an open blind count. The one place that decides it (I11)."""

from sqlalchemy import Connection

from app.access import Caller
from app.db import fetch

REASON = "blind_count"


def hidden(tx: Connection, site_id: int, caller: Caller) -> frozenset[int]:
    """Return the locations of a site whose quantities this caller may not see: none for the office.

    While a blind count is open, the virtual ones are too: over all locations a product sums to 0, so what they hold tells what is hidden.
    """
    found = hidden_locations(tx, site_id) if caller.floor else frozenset()
    return found | _virtual(tx, site_id) if found else found


def hidden_locations(tx: Connection, site_id: int) -> frozenset[int]:
    """Return the locations of a site that are in an open blind count."""
    sql = (
        "SELECT DISTINCT s.location_id FROM counts c JOIN sheets s ON s.count_id = c.id "
        "WHERE c.site_id = ? AND c.blind AND c.kind = 'cycle' AND (c.status IS NULL OR c.status = 'approved')"
    )
    return frozenset(location for (location,) in fetch(tx, sql, sql.replace("?", "%s"), (site_id,)))


def _virtual(tx: Connection, site_id: int) -> frozenset[int]:
    sql = "SELECT id FROM locations WHERE site_id = ? AND kind = 'virtual'"
    return frozenset(location for (location,) in fetch(tx, sql, sql.replace("?", "%s"), (site_id,)))
