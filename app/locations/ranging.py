"""Make a whole rack of locations at once, from its first code to its last; those that are there already stay as they are."""

from typing import Any, NamedTuple

from sqlalchemy import Connection

from app import audit, journal
from app.imports.cells import Refused, code
from app.locations import pattern, storing, tree
from app.locations.pattern import BadRange, Range
from app.locations.tree import Said, Tree
from app.text import fold

MOST_COLLISIONS = 100
"""That are told one by one."""


class Wanted(NamedTuple):
    """What is to be made: a range of codes, each of a kind below a parent, or below one of its own for each beginning (`levels`).

    `name` may hold `{code}`. `walk` numbers the first location in the walk and goes on by `walk_step`, in `snake` turning at the end of
    each aisle.
    """

    first: str
    last: str
    steps: tuple[int, ...] = ()
    parent: str | None = None
    kind: str = "bin"
    levels: tuple[str, ...] = ()
    name: str | None = None
    blocked: bool = False
    single_product: bool = False
    walk: int | None = None
    walk_step: int = 10
    snake: bool = False


def make(tx: Connection, site_id: int, wanted: Wanted, dry_run: bool) -> dict[str, Any]:
    """Make what isn't there yet, all or nothing, and return what was made. Raises BadRange and Refused.

    A dry run writes nothing; what can't be made is then told as `collisions`.
    """
    found = pattern.span(code("from", wanted.first), code("to", wanted.last), wanted.steps)
    if len(wanted.levels) > max(len(found.varies) - 1, 0):
        raise BadRange("levels", "More levels than parts that differ before the last one.")
    if not dry_run:
        journal.lock(tx, site_id)
    above, rows = _rows(found, wanted)
    known = storing.load(tx, site_id, [*above, *rows])
    if wanted.parent is not None and fold(wanted.parent) not in known.places:
        raise Refused("parent", "unknown_parent", "There is no such location.")
    fresh = [one for one in rows if not _is_there(known, one)]
    aisles = [one for one in above if not _is_there(known, one)]
    collisions = [
        {"code": one.code, "message": outcome.message} for one, outcome in known.apply([*aisles, *fresh]) if isinstance(outcome, Refused)
    ]
    if collisions and not dry_run:
        raise Refused("from", "code_collides", f"{len(collisions)} can't be made: {collisions[0]['code']}: {collisions[0]['message']}")
    if not dry_run and (fresh or aisles):
        storing.write(tx, site_id, known)
        told = {name: value for name, value in wanted._asdict().items() if value not in (None, False, ())}
        audit.write(
            tx, "locations_ranged", f"locations {wanted.first} to {wanted.last}", site_id=site_id, after=told | {"made": len(fresh)}
        )  # fmt: skip
    return {
        "dry_run": dry_run, "count": len(rows), "made": len(fresh), "existing": len(rows) - len(fresh), "above": len(aisles),
        "first": rows[0].code, "last": rows[-1].code, "collisions": collisions[:MOST_COLLISIONS], "collisions_total": len(collisions),
    }  # fmt: skip


def _rows(found: Range, wanted: Wanted) -> tuple[list[Said], list[Said]]:
    """Return what lies above, once each and parents first, and the locations of the range in the order in which they are walked."""
    above: dict[str, Said] = {}
    rows: list[Said] = []
    for number, pieces in enumerate(pattern.snake(found) if wanted.snake else found.codes()):
        code, parent = "".join(pieces), wanted.parent
        for level, kind in enumerate(wanted.levels):
            begin = found.above(pieces, level)
            above.setdefault(begin, Said(0, begin, parent, kind))
            parent = begin
        name = None if wanted.name is None else tree.label(wanted.name.replace("{code}", code))
        walk = None if wanted.walk is None else wanted.walk + number * wanted.walk_step
        rows.append(Said(0, code, parent, wanted.kind, name, None, wanted.blocked, wanted.single_product, walk))
    return list(above.values()), rows


def _is_there(known: Tree, said: Said) -> bool:
    place = known.places.get(fold(said.code))
    return place is not None and place.code == said.code
