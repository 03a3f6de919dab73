"""Store what somebody says about products: load what it touches, decide, write in a few statements."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from app import audit, journal, quantities, times, wire
from app.db import execute_many, fetch_among, fresh_ids, insert_many, is_aside, is_writing, update_many
from app.errors import Problem
from app.imports.cells import Refused
from app.imports.seen import Seen
from app.imports.taking import Order, Report, Row, parts
from app.products import catalogue, codes
from app.products.catalogue import Catalogue, Entry, Said
from app.products.models import Barcode, Product
from app.text import fold, searchable

_PRODUCT = ("id", "sku", "folded", "name", "unit", "decimals", "tracking", "cost", "abc", "search", "archived_at", "journal")
_CHANGED = ("id", "name", "unit", "decimals", "tracking", "cost", "abc", "search", "journal")
Read = Callable[[int, dict[str, str]], Said]
_BARCODE = ("id", "product_id", "code", "folded", "gtin", "quantity")


def take_products(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> None:
    """Import a file of products."""
    _take(tx, rows, order, report, catalogue.read_product)


def take_barcodes(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> None:
    """Import a file of barcodes of products that exist."""
    _take(tx, rows, order, report, catalogue.read_barcode, exists=True)


def take_costs(tx: Connection, rows: Iterable[Row], order: Order, report: Report) -> None:
    """Import a file of costs of products that exist."""
    _take(tx, rows, order, report, catalogue.read_cost, exists=True)


def _take(tx: Connection, rows: Iterable[Row], order: Order, report: Report, read: Read, exists: bool = False) -> None:
    """Take the rows part by part: what earlier parts wrote is read back where later ones touch it, what they said is remembered in bits."""
    numbers = journal.Numbers(tx, journal.GLOBAL) if is_writing(tx) else None
    earlier = Seen()
    for part in parts(tx, rows):
        said: list[Said] = []
        for row in part:
            try:
                said.append(read(row.number, row.cells))
            except Refused as refusal:
                report.reject(row.number, refusal.field, refusal.code, refusal.message)
        known = Catalogue(_load(tx, said, exists), earlier)
        before = {entry.sku: _shown(entry) for entry in known.by_sku.values()} if numbers else {}
        _apply(known, said, report, exists)
        known.remember()
        if numbers:
            after = {entry.sku: _shown(entry) for entry in known.by_sku.values() if entry.changed and entry.id is not None}
            write(tx, known, numbers.next)
            audit.write_changes(tx, order.subject, before, after, take=numbers.next)
    if numbers:
        numbers.store()
    if report.may_write(order):
        audit.write(tx, f"{order.kind}_imported", order.kind, after=report.told(order))


def put(tx: Connection, said: Sequence[Said]) -> None:
    """Make or change one product, one row for each barcode; raises Refused and writes nothing when one can't be taken."""
    journal.lock(tx, journal.GLOBAL)
    known = Catalogue(_load(tx, said))
    sku = fold(said[0].sku)
    before = _shown(known.by_sku[sku]) if sku in known.by_sku else None
    for one in said:
        known.apply(one)
    write(tx, known)
    if known.by_sku[sku].changed:
        audit.write(tx, "product_put", f"product {said[0].sku}", before=before, after=_shown(known.by_sku[sku]))


def take_away(tx: Connection, code: str, reason: str) -> str:
    """Let a barcode name its product no longer; return the SKU, raises not_found. Scans keep the product and quantity they were given."""
    journal.lock(tx, journal.GLOBAL)
    found = tx.execute(
        select(Product.id, Product.sku, Product.name, Barcode.id, Product.decimals)
        .join(Barcode, Barcode.product_id == Product.id)
        .where(Barcode.folded == fold(code), Barcode.code == code)
    ).one_or_none()
    if found is None:
        raise Problem("not_found", "There is no such barcode.")
    product_id, sku, name, barcode_id, decimals = found
    before = _barcodes(tx, product_id, decimals)
    tx.execute(delete(Barcode).where(Barcode.id == barcode_id))
    after = {other: quantity for other, quantity in before.items() if other != code}
    number = journal.take(tx, journal.GLOBAL, 1)
    tx.execute(update(Product).where(Product.id == product_id).values(search=searchable(sku, name, *after), journal=number))
    audit.write(tx, "barcode_taken_away", f"product {sku}", before={"barcodes": before}, after={"barcodes": after}, reason=reason)
    return str(sku)


def _barcodes(tx: Connection, product_id: int, decimals: int) -> dict[str, str]:
    rows = tx.execute(select(Barcode.code, Barcode.quantity).where(Barcode.product_id == product_id).order_by(Barcode.id))
    return {row.code: quantities.wire(row.quantity, decimals) for row in rows}


def _shown(entry: Entry) -> dict[str, Any]:
    """Return a product as the trail shows it: numbers are decimals, as everywhere on the wire."""
    told = {name: getattr(entry, name) for name in (*catalogue.FIELDS, "archived")}
    told["cost"] = quantities.wire_or_none(entry.cost, 6)
    told["barcodes"] = {code: quantities.wire(quantity, entry.decimals) for code, quantity in entry.barcodes.items()}
    return told


def _apply(known: Catalogue, said: Sequence[Said], report: Report, exists: bool) -> None:
    """Decide on rows, against the catalogue as the transaction sees it."""
    outcomes = dict.fromkeys(("created", "updated", "unchanged"), 0)
    for one in said:
        try:
            outcomes[known.apply(known.resolved(one) if exists else one)] += 1
        except Refused as refusal:
            report.reject(one.row, refusal.field, refusal.code, refusal.message)
    report.created += outcomes["created"]
    report.updated += outcomes["updated"]
    report.unchanged += outcomes["unchanged"]


def write(tx: Connection, known: Catalogue, take: Callable[[int], int] | None = None) -> None:
    """Write the products and barcodes that changed; `take` hands out numbers of the global journal."""
    changed = [entry for entry in known.by_sku.values() if entry.changed]
    if not changed:
        return
    first, now = take(len(changed)) if take else journal.take(tx, journal.GLOBAL, len(changed)), times.now()
    fresh, other = [], []
    ids = iter(fresh_ids(tx, "products", sum(e.id is None for e in changed)))
    for number, e in enumerate(changed, first):
        search = searchable(e.sku, e.name, *e.barcodes)
        if e.id is None:
            e.id = next(ids)
            archived_at = now if e.archived else None
            fresh.append((e.id, e.sku, fold(e.sku), e.name, e.unit, e.decimals, e.tracking, e.cost, e.abc, search, archived_at, number))
        else:
            other.append((e.id, e.name, e.unit, e.decimals, e.tracking, e.cost, e.abc, search, number))
    insert_many(tx, "products", _PRODUCT, fresh)
    update_many(tx, "products", _CHANGED, other)
    execute_many(
        tx,
        "UPDATE products SET archived_at = CASE WHEN ? = 1 THEN coalesce(archived_at, ?) END WHERE id = ?",
        [(int(e.archived), now, e.id) for e in changed if "archived" in e.said],
    )
    barcodes = [(e.id, code, fold(code), codes.gtin14(code), e.barcodes[code]) for e in changed for code in e.fresh_barcodes]
    insert_many(tx, "barcodes", _BARCODE, [(i, *b) for i, b in zip(fresh_ids(tx, "barcodes", len(barcodes)), barcodes, strict=True)])
    execute_many(
        tx,
        "UPDATE barcodes SET quantity = ? WHERE folded = ?",
        [(e.barcodes[code], fold(code)) for e in changed for code in e.requantified],
    )


def _load(tx: Connection, said: Sequence[Said], by_any_code: bool = False) -> list[Entry]:
    """Return the products whose SKU or barcode any row names, or whose barcode it would collide with, with all their barcodes."""
    barcodes = {one.barcode for one in said if one.barcode is not None}
    skus = {one.sku for one in said}
    folded = sorted({fold(code) for code in skus | barcodes})
    gtins = sorted({gtin for gtin in map(codes.gtin14, barcodes | skus if by_any_code else barcodes) if gtin})
    wanted = (
        "SELECT id FROM products WHERE folded IN {texts} UNION SELECT product_id FROM barcodes WHERE folded IN {texts} "
        "UNION SELECT product_id FROM barcodes WHERE gtin IN {texts}"
    )
    if is_aside(tx):
        _bring(tx, wanted, (folded, folded, gtins))
    query = (
        "SELECT p.id, p.sku, p.name, p.unit, p.decimals, p.tracking, p.cost, p.abc, p.archived_at IS NOT NULL, "
        f"EXISTS (SELECT 1 FROM balances b WHERE b.product_id = p.id) FROM products p WHERE p.id IN ({wanted})"
    )
    found = {row[0]: _entry(row) for row in fetch_among(tx, query, (folded, folded, gtins))}
    if found:
        codes_of = "SELECT b.product_id, b.code, b.quantity FROM barcodes b WHERE b.product_id IN {numbers} ORDER BY b.id"
        for product_id, code, quantity in fetch_among(tx, codes_of, (list(found),)):
            found[product_id].barcodes[code] = quantity
    return list(found.values())


def _bring(tx: Connection, wanted: str, params: Iterable[Any]) -> None:
    """Copy real products and their barcodes to where an import writes aside, unless they are there."""
    ids = [row[0] for row in fetch_among(tx, wanted.replace("FROM ", "FROM real."), params)]
    if ids:
        for table, key in (("products", "id"), ("barcodes", "product_id")):
            copy = f"INSERT OR IGNORE INTO {table} SELECT * FROM real.{table} WHERE {key} IN (SELECT value FROM json_each(?))"
            execute_many(tx, copy, [(wire.text(ids),)])


def _entry(row: Sequence[Any]) -> Entry:
    product_id, sku, name, unit, decimals, tracking, cost, abc, archived, fixed = row
    return Entry(product_id, sku, name, unit, decimals, tracking, cost, abc, bool(archived), bool(fixed), {})
