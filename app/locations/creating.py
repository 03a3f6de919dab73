"""Make sites, each with its journal, its root and its virtual locations."""

from sqlalchemy import Connection, insert, select, update

from app import audit, journal, times
from app.errors import Problem
from app.locations.models import VIRTUAL, Location, Site
from app.text import fold, nfc


def add_site(tx: Connection, code: str, name: str) -> int:
    """Make a site with its own journal, its root location and the seven virtual ones; return its id. Raises code_collides."""
    code, now = nfc(code), times.now()
    journal.lock(tx, journal.GLOBAL)  # who makes sites follow each other, so that no two look alike
    if any(fold(code) == fold(other) for other in tx.scalars(select(Site.code))):
        raise Problem("code_collides", "There is a site whose code looks like that.")
    if fold(code) in {fold(reserved) for reserved in (*VIRTUAL, "global")}:  # the audit trail has a journal of that name
        raise Problem("code_collides", "That code is reserved.")
    site_id: int = tx.execute(insert(Site).returning(Site.id), {"code": code, "name": name, "created_at": now}).scalar_one()
    tx.execute(insert(journal.Journal), {"site_id": site_id, "value": 0})
    first = journal.take(tx, site_id, 1 + len(VIRTUAL))
    common = {"site_id": site_id, "path": ""}
    root: int = tx.execute(
        insert(Location).returning(Location.id),
        {**common, "code": code, "folded": fold(code), "name": name, "kind": "site", "parent_id": None, "journal": first},
    ).scalar_one()
    tx.execute(
        insert(Location),
        [
            {**common, "code": v, "folded": fold(v), "name": v.title(), "kind": "virtual", "parent_id": root, "journal": first + n}
            for n, v in enumerate(VIRTUAL, 1)
        ],
    )
    tx.execute(update(Location).where(Location.id == root).values(path=f"/{root}/"))
    tx.execute(update(Location).where(Location.parent_id == root).values(path=f"/{root}/" + Location.id.cast(Location.path.type) + "/"))
    audit.write(tx, "site_added", f"site {code}", site_id=site_id, after={"code": code, "name": name})
    return site_id
