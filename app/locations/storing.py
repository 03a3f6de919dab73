"""Store what somebody says about a site's locations: load the tree, decide, write in a few statements."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, text

from app import audit, journal, times
from app.db import execute_many, insert_many, is_sqlite
from app.imports.taking import Order, Report, Row
from app.locations import tree, walk
from app.locations.tree import Place, Refused, Said, Tree
from app.text import fold, searchable

_COLUMNS = (
    "id", "site_id", "code", "folded", "name", "kind", "parent_id", "path", "blocked", "single_product", "walk", "walk_key", "search",
    "archived_at", "journal",
)  # fmt: skip


def take(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> None:
    """Import a file's rows."""
    assert order.site_id is not None
    said = []
    for row in rows:
        try:
            said.append(tree.read(row.number, row.cells))
        except Refused as refusal:
            report.reject(row.number, refusal.field, refusal.code, refusal.message)
    if not order.dry_run:
        journal.lock(tx, order.site_id)
    known = load(tx, order.site_id)
    for one, outcome in known.apply(said):
        if isinstance(outcome, Refused):
            report.reject(one.row, outcome.field, outcome.code, outcome.message)
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)
    if report.may_write(order):
        write(tx, order.site_id, known)
        audit.write(
            tx, "locations_imported", "locations", site_id=order.site_id,
            after={"rows": report.rows, "created": report.created, "updated": report.updated, "rejected": report.rejected_total},
        )  # fmt: skip


def put(tx: Connection, site_id: int, said: Said) -> None:
    """Make or change one location; raises Refused and writes nothing when it can't be taken."""
    journal.lock(tx, site_id)
    known = load(tx, site_id)
    before = _shown(known.places.get(fold(said.code)))
    ((_, outcome),) = known.apply([said])
    if isinstance(outcome, Refused):
        raise outcome
    if outcome != "unchanged":
        write(tx, site_id, known)
        after = _shown(known.places[fold(said.code)])
        audit.write(tx, "location_put", f"location {said.code}", site_id=site_id, before=before, after=after)


def _shown(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    parent = None if place.parent is None else place.parent.code
    return {
        "name": place.name, "kind": place.kind, "parent": parent, "archived": place.archived, "blocked": place.blocked,
        "single_product": place.single_product, "walk": place.walk,
    }  # fmt: skip


def load(tx: Connection, site_id: int) -> Tree:
    """Return a site's locations."""
    query = (
        "SELECT id, code, folded, name, kind, parent_id, path, archived_at IS NOT NULL AS archived, blocked, single_product, walk "
        "FROM locations WHERE site_id = :site"
    )
    found = tx.execute(text(query), {"site": site_id}).all()
    by_id = {
        r.id: Place(r.id, r.code, r.name, r.kind, None, r.path, bool(r.archived), bool(r.blocked), bool(r.single_product), r.walk)
        for r in found
    }
    for r in found:
        by_id[r.id].parent = by_id.get(r.parent_id)
    return Tree({r.folded: by_id[r.id] for r in found})


def write(tx: Connection, site_id: int, known: Tree) -> None:
    """Write what changed; places were made parents first, so a parent has its id and path before those below it."""
    changed = [place for place in known.places.values() if place.changed]
    if not changed:
        return
    fresh = [place for place in changed if not place.id]
    ids = iter(_ids(tx, len(fresh)))
    first, now = journal.take(tx, site_id, len(changed)), times.now()
    numbers = {id(place): number for number, place in enumerate(changed, first)}
    rows: list[tuple[Any, ...]] = []
    for place in fresh:
        assert place.parent is not None
        place.id = next(ids)
    for place in fresh:
        parent = place.parent
        assert parent is not None
        place.path = _path(place)
        rows.append(
            (place.id, site_id, place.code, fold(place.code), place.name, place.kind, parent.id, place.path, place.blocked,
             place.single_product, place.walk, walk.key(place.walk, place.code), searchable(place.code, place.name),
             now if place.archived else None, numbers[id(place)])
        )  # fmt: skip
    insert_many(tx, "locations", _COLUMNS, rows)
    new = {place.id for place in fresh}
    execute_many(
        tx,
        "UPDATE locations SET name = ?, search = ?, kind = ?, parent_id = ?, blocked = ?, single_product = ?, walk = ?, walk_key = ?, "
        "archived_at = CASE WHEN ? = 1 THEN coalesce(archived_at, ?) END, journal = ? WHERE id = ?",
        [
            (
                p.name,
                searchable(p.code, p.name),
                p.kind,
                p.parent.id if p.parent else None,
                p.blocked,
                p.single_product,
                p.walk,
                walk.key(p.walk, p.code),
                int(p.archived),
                now,
                numbers[id(p)],
                p.id,
            )
            for p in changed
            if p.id not in new
        ],
    )
    moved = [(path, place.id) for place in known.places.values() if place.id not in new and (path := _path(place)) != place.path]
    execute_many(tx, "UPDATE locations SET path = ? WHERE id = ?", moved)


def _path(place: Place) -> str:
    return "/" + "/".join(str(one.id) for one in reversed([place, *place.above()])) + "/"


def _ids(tx: Connection, number: int) -> list[int]:
    if is_sqlite(tx):
        first = int(tx.scalar(text("SELECT coalesce(max(id), 0) + 1 FROM locations")) or 1)
        return list(range(first, first + number))
    return list(tx.scalars(text("SELECT nextval(pg_get_serial_sequence('locations', 'id')) FROM generate_series(1, :n)"), {"n": number}))
