"""Store what somebody says about a site's locations: load the tree, decide, write in a few statements."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from flask import current_app
from sqlalchemy import Connection

from app import audit, journal, times, wire
from app.db import execute, execute_many, fetch_among, fresh_ids, insert_many, is_sqlite, is_writing
from app.imports.cells import Refused
from app.imports.seen import Statements
from app.imports.taking import Order, Report, Row, parts
from app.locations import tree, walk
from app.locations.tree import Place, Said, Tree
from app.text import fold, searchable

_COLUMNS = (
    "id", "site_id", "code", "folded", "name", "kind", "parent_id", "path", "blocked", "single_product", "walk", "walk_key", "search",
    "archived_at", "journal",
)  # fmt: skip


def take(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> None:
    """Import a file's rows. Those whose parent isn't there come again after the others, until that makes none of them possible."""
    assert order.site_id is not None
    if is_writing(tx):
        journal.lock(tx, order.site_id)
    coming, many, last = _read(rows, report), report.rows, False
    with contextlib.ExitStack() as files:
        while many:
            later = files.enter_context(_Later())
            for part in parts(tx, coming):
                known = load(tx, order.site_id, part)
                before = {place.code: _shown(place) for place in known.places.values()} if is_writing(tx) else {}
                _apply(known, part, report, None if last else later)
                if is_writing(tx):
                    after = {place.code: _shown(place) for place in known.places.values() if place.changed and place.id}
                    write(tx, order.site_id, known)
                    audit.write_changes(tx, order.subject, before, after, site_id=order.site_id)
            coming, many, last = later.rows(), later.count, later.count == many
    if report.may_write(order):
        audit.write(tx, "locations_imported", "locations", site_id=order.site_id, after=report.told(order))


def _apply(known: Tree, part: list[Said], report: Report, later: "_Later | None") -> None:
    for one, outcome in known.apply(part, last=later is None):
        if isinstance(outcome, Refused):
            report.reject(one.row, outcome.field, outcome.code, outcome.message)
        elif outcome == "waiting" and later is not None:
            later.put(one)
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)


class _Later:
    """Rows that come again, on disk."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile(dir=current_app.extensions["settings"].data_dir, prefix="import-")  # noqa: SIM115  # see __exit__
        self.count = 0

    def __enter__(self) -> "_Later":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def put(self, said: Said) -> None:
        """Keep a row."""
        self.file.write(orjson.dumps(list(said)) + b"\n")
        self.count += 1

    def rows(self) -> Iterator[Said]:
        """Give the rows back."""
        self.file.seek(0)
        return (Said(*orjson.loads(line)) for line in self.file)


def _read(rows: Iterable[Row], report: Report) -> Iterator[Said]:
    earlier = Statements()
    for row in rows:
        try:
            said = tree.read(row.number, row.cells)
            code, statement = fold(said.code), repr(said[1:])
            if earlier.of(code, statement) is False:
                raise Refused("code", "contradicts", "An earlier row of this code says something else.")
            earlier.remember(code, statement)
        except Refused as refusal:
            report.reject(row.number, refusal.field, refusal.code, refusal.message)
        else:
            yield said


def put(tx: Connection, site_id: int, said: Said) -> None:
    """Make or change one location; raises Refused and writes nothing when it can't be taken."""
    journal.lock(tx, site_id)
    known = load(tx, site_id, [said])
    was = known.places.get(fold(said.code))
    before = None if was is None else _shown(was)
    ((_, outcome),) = known.apply([said])
    if isinstance(outcome, Refused):
        raise outcome
    if outcome != "unchanged":
        write(tx, site_id, known)
        after = _shown(known.places[fold(said.code)])
        audit.write(tx, "location_put", f"location {said.code}", site_id=site_id, before=before, after=after)


def _shown(place: Place) -> dict[str, Any]:
    parent = None if place.parent is None else place.parent.code
    return {
        "name": place.name, "kind": place.kind, "parent": parent, "archived": place.archived, "blocked": place.blocked,
        "single_product": place.single_product, "walk": place.walk,
    }  # fmt: skip


def load(tx: Connection, site_id: int, said: Iterable[Said]) -> Tree:
    """Return those of a site's locations that rows name or that look like it, and all that is above them."""
    folded = sorted({fold(code) for one in said for code in (one.code, one.parent) if code is not None})
    columns = "SELECT id, code, folded, name, kind, parent_id, path, archived_at, blocked, single_product, walk FROM locations WHERE "
    either = f"{columns} site_id = ? AND folded IN {{texts}} UNION ALL {columns} parent_id IS NULL AND +site_id = ?"  # +: not by the site
    found = {row[0]: row for row in fetch_among(tx, either, (site_id, folded, site_id))}
    above = {int(number) for row in found.values() for number in row[6].strip("/").split("/")} - found.keys()
    if above:
        found |= {row[0]: row for row in fetch_among(tx, f"{columns} id IN {{numbers}}", (sorted(above),))}
    places = {r[0]: Place(r[0], r[1], r[3], r[4], None, r[6], r[7] is not None, bool(r[8]), bool(r[9]), r[10]) for r in found.values()}
    for row in found.values():
        places[row[0]].parent = places.get(row[5])
    return Tree({row[2]: places[row[0]] for row in found.values()})


def write(tx: Connection, site_id: int, known: Tree) -> None:
    """Write what changed; places were made parents first, so a parent has its id and path before those below it."""
    changed = [place for place in known.places.values() if place.changed]
    if not changed:
        return
    fresh = [place for place in changed if not place.id]
    ids = iter(fresh_ids(tx, "locations", len(fresh)))
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
    moved = [[place.id, path] for place in changed if place.id not in new and (path := _path(place)) != place.path]
    if moved:
        starts = _STARTS[is_sqlite(tx)]
        execute(tx, _MOVE.format(starts), _MOVE.format(starts), (wire.text(moved),))


_STARTS = {
    True: "SELECT value ->> 0, value ->> 1 FROM json_each(?)",
    False: "SELECT (value ->> 0)::bigint, value ->> 1 FROM jsonb_array_elements(%s::jsonb)",
}
_MOVE = (
    "WITH RECURSIVE below (id, path) AS ("
    "{} UNION SELECT l.id, below.path || l.id || '/' FROM below JOIN locations l ON l.parent_id = below.id"
    ") UPDATE locations SET path = below.path FROM below WHERE below.id = locations.id"
)
"""What is moved takes along all that is below it."""


def _path(place: Place) -> str:
    return "/" + "/".join(str(one.id) for one in reversed([place, *place.above()])) + "/"
