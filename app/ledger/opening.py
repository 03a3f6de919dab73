"""Set the opening balance: a file says what a place held when the ledger began, and the difference to what OPENING gave is posted."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from app import audit, journal, times, wire
from app.db import execute_many, fetch, fetch_among, is_writing
from app.errors import Problem
from app.imports.aside import Changed
from app.imports.cells import Refused
from app.imports.seen import Statements
from app.imports.taking import Order, Report, Row, parts
from app.ledger import posting
from app.quantities import MOST, NO_QUANTITY, TooPrecise, scaled
from app.text import is_keepable, nfc

_Key = tuple[int, int, str]


class _Wanted(NamedTuple):
    row: int
    key: _Key
    quantity: int
    at: int
    expiry: str | None


class _Change(NamedTuple):
    """What a row changes: how much more OPENING must have given to a place, and the lot that must be known."""

    place: int
    product: int
    lot: str
    difference: int
    at: int
    expiry: str | None


class _Masters(NamedTuple):
    places: dict[str, tuple[int, str, bool]]
    products: dict[str, tuple[int, int, str, bool]]


def take(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> Callable[[Connection], None]:
    """Import a file's rows; what is decided on a snapshot waits, and what is returned posts it or raises Changed."""
    site_id, now = order.site_id, times.now()
    assert site_id is not None
    if is_writing(tx):
        journal.lock(tx, site_id)
    opening = posting.virtual_locations(tx, site_id)["OPENING"]
    before, start, earlier, moves = _masters_at(tx, site_id), journal.read(tx, site_id), Statements(), 0
    waiting: list[bytes] = []
    for part in parts(tx, rows):
        wanted = _wanted(part, _masters(tx, site_id, part), earlier, now, report)
        changes = _changes(tx, opening, wanted, report)
        if is_writing(tx):
            _write(tx, site_id, opening, changes, now)
        elif not order.dry_run:
            waiting.append(wire.dumps(changes))
        moves += sum(1 for one in changes if one.difference)

    def tell(tx: Connection) -> None:
        audit.write(tx, "stock_imported", "opening stock", site_id=site_id, after=report.told(order) | {"moves": moves})

    def post(tx: Connection) -> None:
        journal.lock(tx, site_id)
        if _masters_at(tx, site_id) != before or fetch_among(tx, _OPENED, (site_id, start)):
            raise Changed
        for changes in waiting:
            _write(tx, site_id, opening, [_Change(*one) for one in wire.loads(changes)], times.now())
        tell(tx)

    if is_writing(tx) and report.may_write(order):
        tell(tx)
    return post


_OPENED = "SELECT 1 FROM moves WHERE site_id = ? AND journal > ? AND kind = 'opening' LIMIT 1"


def _masters_at(tx: Connection, site_id: int) -> tuple[int, int]:
    """Return by what a change of products or of the site's locations shows."""
    return journal.read(tx, journal.GLOBAL), fetch_among(tx, "SELECT max(journal) FROM locations WHERE site_id = ?", (site_id,))[0][0]


def _wanted(part: list[Row], known: _Masters, earlier: Statements, now: int, report: Report) -> list[_Wanted]:
    """Return what rows say that no earlier row has said."""
    wanted = []
    for row in part:
        try:
            one = _read(row, known, now)
            key, said = "{} {} {}".format(*one.key), f"{one.quantity}"
            before = earlier.of(key, said)
            if before is False:
                raise Refused("quantity", "contradicts", "An earlier row of this location, product and lot says something else.")
            if before:
                report.unchanged += 1
            else:
                earlier.remember(key, said)
                wanted.append(one)
        except Refused as refusal:
            report.reject(row.number, refusal.field, refusal.code, refusal.message)
    return wanted


def _changes(tx: Connection, opening: int, wanted: list[_Wanted], report: Report) -> list[_Change]:
    """Return what makes true what rows say."""
    given = _given(tx, opening, wanted)
    changes = []
    for one in wanted:
        difference = one.quantity - given.get(one.key, 0)
        outcome = "unchanged" if not difference else "updated" if one.key in given else "created"
        setattr(report, outcome, getattr(report, outcome) + 1)
        changes.append(_Change(*one.key, difference, one.at, one.expiry))
    return changes


def _read(row: Row, known: _Masters, now: int) -> _Wanted:
    """Return what a file's row says."""
    cells = {column: nfc(cell.strip()) for column, cell in row.cells.items()}
    place = known.places.get(cells.get("location", ""))
    if place is None:
        raise Refused("location", "unknown_location", "There is no such location in this site.")
    if place[1] in {"virtual", "site"} or place[2]:
        raise Refused("location", "bad_location", "Nothing can lie there: it is archived, virtual or the site itself.")
    product = known.products.get(cells.get("sku", ""))
    if product is None:
        raise Refused("sku", "unknown_product", "There is no such product.")
    product_id, decimals, tracking, archived = product
    if archived:
        raise Refused("sku", "archived", "The product is archived.")
    lot = _lot(cells.get("lot", ""), tracking)
    try:
        quantity = scaled(cells.get("quantity", ""), decimals)
    except TooPrecise as error:
        raise Refused("quantity", "quantity_precision", f"The product has {decimals} decimals.") from error
    except ValueError as error:
        raise Refused("quantity", "bad_field", NO_QUANTITY) from error
    if quantity > MOST:
        raise Refused("quantity", "quantity_too_large", "Far too large.")
    return _Wanted(row.number, (place[0], product_id, lot), quantity, _at(cells.get("at", ""), now), _expiry(cells.get("expiry", ""), lot))


def _lot(lot: str, tracking: str) -> str:
    if tracking == "serial":
        raise Refused("sku", "serial_tracked", "Pieces with serial numbers are received by scanning them.")
    if tracking == "lot" and not lot:
        raise Refused("lot", "lot_required", "The product is tracked by lot.")
    if tracking == "none" and lot:
        raise Refused("lot", "bad_field", "The product is not tracked by lot.")
    if len(lot) > 128 or not is_keepable(lot) or not lot.isprintable():
        raise Refused("lot", "bad_text", "Longer than 128 characters, or holds control characters.")
    return lot


def _at(written: str, now: int) -> int:
    if not written:
        return now
    try:
        at = times.parse(written)
    except ValueError as error:
        raise Refused("at", "bad_field", "Not an RFC 3339 time with seconds and Z or an offset.") from error
    if at > now:
        raise Refused("at", "bad_field", "In the future.")
    return at


def _expiry(written: str, lot: str) -> str | None:
    if not written or not lot:
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise Refused("expiry", "bad_field", "Not a date like 2027-01-31.") from error


def _masters(tx: Connection, site_id: int, part: list[Row]) -> _Masters:
    """Return the locations and products that rows name."""
    codes, skus = (sorted({nfc(row.cells.get(column, "").strip()) for row in part}) for column in ("location", "sku"))
    places = fetch_among(
        tx, "SELECT code, id, kind, archived_at IS NOT NULL FROM locations WHERE site_id = ? AND code IN {texts}", (site_id, codes)
    )
    products = fetch_among(tx, "SELECT sku, id, decimals, tracking, archived_at IS NOT NULL FROM products WHERE sku IN {texts}", (skus,))
    return _Masters({r[0]: (r[1], r[2], bool(r[3])) for r in places}, {r[0]: (r[1], r[2], r[3], bool(r[4])) for r in products})


def _given(tx: Connection, opening: int, wanted: list[_Wanted]) -> dict[_Key, int]:
    """Return what OPENING gave each wanted key so far, what it took back subtracted."""
    pairs = wire.text(sorted({one.key[:2] for one in wanted}))
    found: dict[_Key, int] = {}
    for place, product, lot, quantity in fetch(tx, *_GIVEN, (pairs, opening, pairs, opening)):
        found[place, product, lot] = found.get((place, product, lot), 0) + quantity
    return found


def _both_ways(each: str) -> str:
    return each.format("", "target_id", "source_id") + " UNION ALL " + each.format("-", "source_id", "target_id")


_GIVEN = (
    _both_ways(
        "SELECT p.value ->> 0, p.value ->> 1, m.lot, {0}m.quantity FROM json_each(?) p CROSS JOIN moves m INDEXED BY ix_moves_opening "
        "WHERE m.kind = 'opening' AND m.product_id = p.value ->> 1 AND m.{1} = p.value ->> 0 AND m.{2} = ? AND m.serial = ''"
    ),
    _both_ways(
        "SELECT m.{1}, m.product_id, m.lot, {0}m.quantity FROM jsonb_array_elements(%s::jsonb) p CROSS JOIN LATERAL (SELECT * FROM moves o "
        "WHERE o.kind = 'opening' AND o.product_id = (p ->> 1)::bigint AND o.{1} = (p ->> 0)::bigint AND o.{2} = %s AND o.serial = '' "
        "OFFSET 0) m"
    ),
)
"""Each engine is told to look key by key: what it knows of the table is older than what this transaction has written."""


def _write(tx: Connection, site_id: int, opening: int, changes: list[_Change], now: int) -> None:
    """Post moves from and to OPENING."""
    _add_lots(tx, changes)
    drafts = []
    for one in changes:
        source, target = (opening, one.place) if one.difference > 0 else (one.place, opening)
        if one.difference:
            drafts.append(posting.Draft("opening", None, one.product, one.lot, "", abs(one.difference), source, target, one.at))
    try:
        posting.post(tx, site_id, drafts, now)
    except posting.TooFar as error:
        raise Problem("bad_file", "A balance would go farther than the ledger holds.") from error


def _add_lots(tx: Connection, changes: list[_Change]) -> None:
    """Make the lots that are new; a lot whose expiry is known keeps it."""
    named = {(one.product, one.lot): one.expiry for one in changes if one.lot}
    execute_many(
        tx,
        "INSERT INTO lots (product_id, code, expiry) VALUES (?, ?, ?) "
        "ON CONFLICT (product_id, code) DO UPDATE SET expiry = coalesce(lots.expiry, excluded.expiry)",
        [(*key, named[key]) for key in sorted(named)],
    )
