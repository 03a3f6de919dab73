"""Read what a request for measures asks: a site, a period of days, the part of the site, the state of the journal."""

import datetime
from typing import Any

from sqlalchemy import Connection, text

from app import access, journal, times
from app.errors import Problem
from app.measures import periods
from app.measures.summing import Asked
from app.text import nfc

MOST_DAYS = 3660
USUAL_DAYS = 91


def read(tx: Connection, query: dict[str, Any]) -> Asked:
    """Return what is asked: by default the last 13 weeks, today included. Raises bad_request, not_found, site_required."""
    site_id = access.site_for(tx, query.get("site"))
    last = query.get("until") or periods.date(times.now() // times.DAY)
    first = query.get("since") or max(last, _EARLIEST) - datetime.timedelta(days=USUAL_DAYS - 1)
    if not _EARLIEST <= first <= last or (last - first).days >= MOST_DAYS:
        raise Problem("bad_request", f"from and to are days since 1970, from not after to, at most {MOST_DAYS} of them.")
    here = (
        tx.execute(
            text("SELECT code, path FROM locations WHERE site_id = :site AND code = :code AND kind <> 'virtual'"),
            {"site": site_id, "code": nfc(query["within"])},
        ).first()
        if query.get("within") is not None
        else None
    )
    if query.get("within") is not None and here is None:
        raise Problem("not_found", "There is no such location.")
    upto = journal.read(tx, site_id)
    if query.get("upto") is not None and query["upto"] > upto:
        raise Problem("bad_request", f"The journal has come to {upto} only.")
    whole = (None, "") if here is None else (here.code, here.path)
    return Asked(site_id, periods.begin(first), periods.begin(last) + times.DAY, query.get("upto", upto), *whole)


def as_of_now(tx: Connection, asked: Asked) -> None:
    """Raise changed where something is asked as of an older state that can only be told as it is."""
    if asked.upto != journal.read(tx, asked.site_id):
        raise Problem("changed", f"There were changes since {asked.upto}; it can only be told as it is.")


_EARLIEST = datetime.date(1970, 1, 5)
"""A Monday."""


def told(asked: Asked) -> dict[str, Any]:
    """Return the period as it is written."""
    return {
        "from": periods.date(asked.since // times.DAY).isoformat(), "to": periods.date(asked.until // times.DAY - 1).isoformat(),
        "within": asked.within,
    }  # fmt: skip
