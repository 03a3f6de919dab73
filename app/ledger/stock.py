"""Read what is where: from the balances as of now, from the moves as of a time or a journal number.

As of a time, the moves of the places asked for are folded by index, so that it costs what happened there and nothing else.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from app.db import is_sqlite
from app.errors import Problem
from app.ledger import blind
from app.products import listing as products
from app.quantities import packed, summed, wire
from app.text import is_keepable, nfc
from app.wire import dumps, loads
from app.wire import text as json

_FEW = 2_000
"""Up to so many places their moves are found by index; above, the site's moves are read once."""
SOONEST = "CASE WHEN x.expiry IS NULL THEN 1 ELSE 0 END, x.expiry"
"""The order of lots `x`: what expires first; what doesn't comes last, on each database."""
_HELD = "EXISTS (SELECT 1 FROM holds h WHERE h.site_id = :site AND h.product_id = p.id AND h.lot IN ('', s.lot) AND h.held)"


@dataclass(frozen=True)
class Question:
    """What is asked: None means all of it. `at` is in ms and inclusive; `upto` is a journal number."""

    site_id: int
    location: str | None = None
    sku: str | None = None
    lot: str | None = None
    serial: str | None = None
    at: int | None = None
    upto: int | None = None


@dataclass(frozen=True)
class _Scope:
    """The question in ids; `places` None: all real places of the site."""

    places: list[int] | None
    product_id: int | None


def rows(
    tx: Connection, asked: Question, hidden: frozenset[int], after: str | None = None, limit: int = 500
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of stock in the order of location, SKU, lot, serial, and the cursor of the next. Raises not_found, bad_request."""
    key = cursor(after, 4)
    since = "" if key is None else "AND (l.code, p.sku, s.lot, s.serial) > (:a0, :a1, :a2, :a3) "
    query, params = _listing(tx, asked, f"{since}ORDER BY l.code, p.sku, s.lot, s.serial LIMIT :limit")
    more = {f"a{n}": value for n, value in enumerate(key or ())}
    found = tx.execute(text(query), {**params, **more, "limit": limit + 1}).all()
    last = found[limit - 1] if len(found) > limit else None
    return _told(tx, found[:limit], hidden), None if last is None else token(last.code, last.sku, last.lot, last.serial)


def in_turn(tx: Connection, asked: Question, hidden: frozenset[int], today: str) -> list[dict[str, Any]]:
    """Return the rows of stock whose turn to be picked comes first: what expires first before the rest (FEFO), in walking order what
    expires alike, and last what mustn't be picked: held, blocked or expired before `today`. Raises not_found.
    """
    late = f"CASE WHEN {_HELD} OR l.blocked OR x.expiry < :today THEN 1 ELSE 0 END"
    order = f"ORDER BY {late}, {SOONEST}, l.walk_key, l.code, p.sku, s.lot, s.serial LIMIT 500"
    query, params = _listing(tx, asked, order)
    return _told(tx, tx.execute(text(query), {**params, "today": today}).all(), hidden)


def _listing(tx: Connection, asked: Question, rest: str) -> tuple[str, dict[str, Any]]:
    """Return a query of what there is, which goes on with `rest`, and its parameters. Raises not_found."""
    source, params = _source(tx, asked, _scope(tx, asked))
    return (
        f"SELECT l.id, l.code, p.sku, p.name, p.unit, p.decimals, s.lot, s.serial, x.expiry, s.quantity, {_HELD} AS held "
        f"FROM ({source}) s JOIN locations l ON l.id = s.location_id JOIN products p ON p.id = s.product_id "
        f"LEFT JOIN lots x ON x.product_id = s.product_id AND x.code = s.lot WHERE s.quantity <> 0 {rest}",
        params,
    )


def totals(tx: Connection, asked: Question, hidden: frozenset[int]) -> list[dict[str, Any]]:
    """Return the sum of each product over the places asked for; hidden places are left out, and that is said (`partial`)."""
    source, params = _source(tx, asked, _scope(tx, asked))
    secret = _within(tx, "s.location_id", "hidden")
    query = (
        f"SELECT p.sku, p.unit, p.decimals, {summed(f'CASE WHEN {secret} THEN 0 ELSE s.quantity END')}, "
        f"max(CASE WHEN {secret} THEN 1 ELSE 0 END) FROM ({source}) s JOIN products p ON p.id = s.product_id "
        "WHERE s.quantity <> 0 GROUP BY p.id, p.sku, p.unit, p.decimals ORDER BY p.sku"
    )
    return [
        {"sku": sku, "unit": unit, "quantity": wire(int(quantity), decimals), "partial": bool(partial)}
        for sku, unit, decimals, quantity, partial in tx.execute(text(query), {**params, "hidden": json(sorted(hidden))})
    ]


def _told(tx: Connection, found: Sequence[Any], hidden: frozenset[int]) -> list[dict[str, Any]]:
    """Return rows as the contract writes them, and of each how many packs of each size it is, where packs have barcodes."""
    sizes: dict[str, list[str]] = {}
    for sku, decimals, size in products.packs(tx, {one.sku for one in found}):
        sizes.setdefault(sku, []).append(wire(size, decimals))
    rows = [_row(one, hidden) for one in found]
    for row in rows:
        stacked = packed(row["quantity"], sizes.get(row["sku"], ())) if row["quantity"] is not None else None
        if stacked is not None:
            row["packed"] = stacked
    return rows


def _row(one: Any, hidden: frozenset[int]) -> dict[str, Any]:
    row = {
        "location": one.code, "sku": one.sku, "name": one.name, "lot": one.lot, "serial": one.serial, "expiry": one.expiry,
        "unit": one.unit, "quantity": wire(int(one.quantity), one.decimals), "held": bool(one.held),
    }  # fmt: skip
    if one.id in hidden:
        row |= {"quantity": None, "hidden": blind.REASON}
    return row


def _scope(tx: Connection, asked: Question) -> _Scope:
    """Find the places and the product; raises not_found."""
    places = product_id = None
    if asked.sku is not None:
        product_id = _one(tx, "SELECT id FROM products WHERE sku = :code", asked.sku, "There is no such product.")
    if asked.location is not None:
        root = _one(
            tx,
            "SELECT id FROM locations WHERE code = :code AND site_id = :site",
            asked.location,
            "There is no such location.",
            asked.site_id,
        )
        prefix = "b.path >= l.path AND b.path < l.path || ':'" if is_sqlite(tx) else "b.path LIKE l.path || '%'"  # collation
        below = f"SELECT b.id FROM locations l JOIN locations b ON {prefix} WHERE l.id = :root AND (b.kind <> 'virtual' OR b.id = l.id)"
        places = list(tx.scalars(text(below), {"root": root}))
    return _Scope(places, product_id)


def _one(tx: Connection, query: str, code: str, missing: str, site_id: int | None = None) -> int:
    found = tx.scalar(text(query), {"code": nfc(code), "site": site_id}) if is_keepable(code) else None
    if found is None:
        raise Problem("not_found", missing)
    return int(found)


def _source(tx: Connection, asked: Question, scope: _Scope) -> tuple[str, dict[str, Any]]:
    """Return a query of (location_id, product_id, lot, serial, quantity), and its parameters."""
    params: dict[str, Any] = {"site": asked.site_id}
    limits = []
    if scope.product_id is not None:
        limits.append("product_id = :product")
        params["product"] = scope.product_id
    if asked.lot is not None:
        limits.append("lot = :lot")
        params["lot"] = nfc(asked.lot)
    if asked.serial is not None:
        limits.append("serial = :serial")
        params["serial"] = nfc(asked.serial)
    places = scope.places if scope.places is not None and len(scope.places) <= _FEW else None
    real = "SELECT id FROM locations WHERE site_id = :site AND kind <> 'virtual'"
    if scope.places is not None:
        params["places"] = json(scope.places)
    if asked.at is None and asked.upto is None:
        where = [_within(tx, "location_id", "places") if scope.places is not None else f"location_id IN ({real})", *limits]
        return f"SELECT location_id, product_id, lot, serial, quantity FROM balances WHERE {' AND '.join(where)}", params
    if asked.at is not None:
        limits.append("occurred_at <= :at")
        params["at"] = asked.at
    if asked.upto is not None:
        limits.append("journal <= :upto")
        params["upto"] = asked.upto
    halves = []
    for side, index, sign in (("target_id", "ix_moves_target", ""), ("source_id", "ix_moves_source", "-")):
        where, moves = list(limits), "moves"
        if places is not None:
            # written out, so that the planner sees which places they are; SQLite doesn't look, so it is told
            where.append(f"{side} IN ({', '.join(map(str, places))})")
            moves = f"moves INDEXED BY {index}" if is_sqlite(tx) else "moves"
        else:
            where.append("site_id = :site")
            where.append(_within(tx, side, "places") if scope.places is not None else f"{side} IN ({real})")
        halves.append(
            f"SELECT {side} AS location_id, product_id, lot, serial, {sign}quantity AS quantity FROM {moves} WHERE {' AND '.join(where)}"
        )
    total = "sum(quantity)" if is_sqlite(tx) else "CAST(sum(quantity) AS bigint)"
    return (
        f"SELECT location_id, product_id, lot, serial, {total} AS quantity FROM ({' UNION ALL '.join(halves)}) m "
        "GROUP BY location_id, product_id, lot, serial",
        params,
    )


def _within(tx: Connection, column: str, name: str) -> str:
    """Return the condition that a column is in a set of ids, given as a parameter of JSON."""
    if is_sqlite(tx):
        return f"{column} IN (SELECT value FROM json_each(:{name}))"
    return f"{column} = ANY(ARRAY(SELECT CAST(jsonb_array_elements_text(CAST(:{name} AS jsonb)) AS bigint)))"


def token(*key: str) -> str:
    """Return the cursor of the page that follows the row with this key."""
    return base64.urlsafe_b64encode(dumps(list(key))).decode().rstrip("=")


def cursor(after: str | None, parts: int) -> list[str] | None:
    """Return the key in a cursor, None for the first page. Raises bad_request."""
    if after is None:
        return None
    try:
        key = loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Problem("bad_request", "after: send what `next` said.") from error
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) and is_keepable(part) for part in key):
        raise Problem("bad_request", "after: send what `next` said.")
    return key
