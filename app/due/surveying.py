"""Read what rules decide on: of every location of a site that can be counted, in a few statements however many there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from app import times
from app.due.rules import Place, Rule
from app.quantities import summed

WHOLE = "s.site_id = :site AND NOT s.open AND s.complete AND s.lines IS NULL AND (c.status IS NULL OR c.status <> 'cancelled')"
"""SQL: a sheet `s` of a count `c` by which all of a location was counted; what a recount of single lines covers isn't."""
COUNTED = (
    f"SELECT s.location_id, MAX(s.closed_at) AS at FROM sheets s JOIN counts c ON c.id = s.count_id WHERE {WHOLE} GROUP BY s.location_id"
)
"""When each location was counted last."""
MOVED = "m.kind IN ('scan', 'resolution') AND NOT EXISTS (SELECT 1 FROM moves r WHERE r.site_id = m.site_id AND r.reverses = m.journal)"
"""SQL: a move `m` by which something really moved: opening balances and adjustments are none, nor what was taken back."""
_MOVED = " UNION ALL ".join(
    f"SELECT m.{place}_id AS place, m.product_id, m.quantity, m.occurred_at FROM moves m "
    f"WHERE m.site_id = :site AND m.occurred_at > :since AND {MOVED}"
    for place in ("source", "target")
)


def survey(tx: Connection, site_id: int, rules: Iterable[Rule], now: int) -> list[Place]:
    """Return the locations of a site that can be counted, with what these rules want to know of them."""
    asked = list(rules)
    places = leaves(tx, site_id)
    _counted(tx, site_id, places)
    kinds = {rule.kind for rule in asked}
    if kinds & {"abc", "book"}:
        _book(tx, site_id, places)
    if kinds & {"moves", "book"}:
        _moves(tx, site_id, places)
    over = {kind: max((rule.parameters["over"] for rule in asked if rule.kind == kind), default=0) for kind in ("accuracy", "value")}
    if over["accuracy"]:
        _accuracy(tx, site_id, places, now - over["accuracy"] * times.DAY)
    if over["value"]:
        _value(tx, site_id, places, now - over["value"] * times.DAY)
    return list(places.values())


def leaves(tx: Connection, site_id: int) -> dict[int, Place]:
    """Return the locations that can be counted: the leaves of the tree, without what is archived."""
    rows = [row for row in _tree(tx, site_id) if row.archived_at is None]
    parents = {row.parent_id for row in rows}
    return {place.id: place for place in _placed(rows) if place.id not in parents}


def zones(tx: Connection, site_id: int) -> dict[int, str]:
    """Return the zone of every location, the archived too: the zone above it, else what is uppermost below the site."""
    return {place.id: place.zone for place in _placed(_tree(tx, site_id))}


def _tree(tx: Connection, site_id: int) -> Sequence[Any]:
    sql = "SELECT id, code, kind, path, parent_id, walk_key, archived_at FROM locations WHERE site_id = :site AND kind <> 'virtual'"
    return tx.execute(text(sql), {"site": site_id}).all()


def _placed(rows: Sequence[Any]) -> Iterator[Place]:
    known = {row.id: (row.code, row.kind) for row in rows}
    branches: dict[str, tuple[frozenset[str], str]] = {}
    for row in rows:
        if row.kind == "site":
            continue
        branch, _, _ = row.path.rstrip("/").rpartition("/")
        if branch not in branches:
            branches[branch] = _branch([known[int(step)] for step in branch.split("/") if step and int(step) in known])
        above, zone = branches[branch]
        yield Place(row.id, row.code, row.walk_key, zone or row.code, above | {row.code})


def _branch(above: list[tuple[str, str]]) -> tuple[frozenset[str], str]:
    zones = [code for code, kind in above if kind == "zone"] + [code for code, kind in above if kind != "site"]
    return frozenset(code for code, _ in above), zones[0] if zones else ""


def _counted(tx: Connection, site_id: int, places: Mapping[int, Place]) -> None:
    for row in tx.execute(text(COUNTED), {"site": site_id}):
        if row[0] in places:
            places[row[0]].last = row[1]
    for place, count in opened(tx, site_id).items():
        if place in places:
            places[place].count = count


def opened(tx: Connection, site_id: int) -> dict[int, str]:
    """Return the locations that are in an open planned count, and its code."""
    sql = (
        "SELECT s.location_id, c.code FROM sheets s JOIN counts c ON c.id = s.count_id "
        "WHERE s.site_id = :site AND s.planned AND s.sequence = 1"
    )
    return {row[0]: row[1] for row in tx.execute(text(sql), {"site": site_id})}


def _book(tx: Connection, site_id: int, places: Mapping[int, Place]) -> None:
    for place, abc, least, most in _rows(
        tx, site_id,
        "SELECT b.location_id, MIN(CASE WHEN b.quantity <> 0 AND p.abc <> '' THEN p.abc END), MIN(b.quantity), MAX(b.quantity) "
        "FROM balances b JOIN locations l ON l.id = b.location_id JOIN products p ON p.id = b.product_id "
        "WHERE l.site_id = :site GROUP BY b.location_id",
    ):  # fmt: skip
        if place in places:
            places[place].abc, places[place].negative, places[place].zero = abc or "", least < 0, least == most == 0


def _moves(tx: Connection, site_id: int, places: Mapping[int, Place]) -> None:
    for place, moves in _rows(
        tx, site_id,
        f"SELECT x.place, COUNT(*) FROM ({_MOVED}) x LEFT JOIN ({COUNTED}) k ON k.location_id = x.place "
        "WHERE x.occurred_at > COALESCE(k.at, 0) GROUP BY x.place",
    ):  # fmt: skip
        if place in places:
            places[place].moves = moves


def _accuracy(tx: Connection, site_id: int, places: Mapping[int, Place], since: int) -> None:
    for place, lines, right in _rows(
        tx, site_id,
        "SELECT n.location_id, COUNT(*), SUM(CASE WHEN n.variance = 0 THEN 1 ELSE 0 END) FROM lines n JOIN counts c ON c.id = n.count_id "
        "WHERE c.site_id = :site AND c.approved_at > :since AND n.counted IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM line_reversals r WHERE r.line_id = n.id) GROUP BY n.location_id",
        since,
    ):  # fmt: skip
        if place in places:
            places[place].lines, places[place].right = lines, int(right)


def _value(tx: Connection, site_id: int, places: Mapping[int, Place], since: int) -> None:
    for place, quantity, cost, decimals in _rows(
        tx, site_id,
        "SELECT y.place, y.quantity, p.cost, p.decimals FROM "
        f"(SELECT x.place, x.product_id, {summed('x.quantity')} AS quantity FROM ({_MOVED}) x GROUP BY x.place, x.product_id) y "
        "JOIN products p ON p.id = y.product_id WHERE p.cost > 0",
        since,
    ):  # fmt: skip
        if place in places:
            places[place].value += int(quantity) * int(cost) // 10**decimals


def _rows(tx: Connection, site_id: int, sql: str, since: int = 0) -> Iterable[Any]:
    return tx.execute(text(sql), {"site": site_id, "since": since})
