"""Make sites, each with its journal, its root and its virtual locations."""

import secrets
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app import audit, journal, times
from app.errors import Problem
from app.locations import walk
from app.locations.models import VIRTUAL, Location, Site
from app.text import fold, nfc, searchable


def add_site(tx: Connection, code: str, name: str) -> int:
    """Make a site with its own journal, its root location and the seven virtual ones; return its id. Raises code_collides."""
    code, now = nfc(code), times.now()
    journal.lock(tx, journal.GLOBAL)  # who makes sites follow each other, so that no two look alike
    if any(fold(code) == fold(other) for other in tx.scalars(select(Site.code))):
        raise Problem("code_collides", "There is a site whose code looks like that.")
    if fold(code) in {fold(reserved) for reserved in (*VIRTUAL, "global")}:  # the audit trail has a journal of that name
        raise Problem("code_collides", "That code is reserved.")
    row = {"code": code, "name": name, "check_key": secrets.token_hex(16), "created_at": now}
    site_id: int = tx.execute(insert(Site).returning(Site.id), row).scalar_one()
    tx.execute(insert(journal.Journal), {"site_id": site_id, "value": 0})
    first = journal.take(tx, site_id, 1 + len(VIRTUAL))
    root: int = tx.execute(
        insert(Location).returning(Location.id),
        _place(site_id, code, name) | {"kind": "site", "parent_id": None, "journal": first},
    ).scalar_one()
    tx.execute(
        insert(Location),
        [_place(site_id, v, v.title()) | {"kind": "virtual", "parent_id": root, "journal": first + n} for n, v in enumerate(VIRTUAL, 1)],
    )
    tx.execute(update(Location).where(Location.id == root).values(path=f"/{root}/"))
    tx.execute(update(Location).where(Location.parent_id == root).values(path=f"/{root}/" + Location.id.cast(Location.path.type) + "/"))
    audit.write(tx, "site_added", f"site {code}", site_id=site_id, after={"code": code, "name": name})
    return site_id


def _place(site_id: int, code: str, name: str) -> dict[str, Any]:
    return {
        "site_id": site_id, "code": code, "folded": fold(code), "name": name, "path": "", "walk_key": walk.key(None, code),
        "search": searchable(code, name),
    }  # fmt: skip
