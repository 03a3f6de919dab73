"""Store what somebody says about products: load what it touches, decide, write in a few statements."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, text

from app import audit, journal, times
from app.db import execute_many, fetch, insert_many, is_sqlite
from app.imports import Order, Progress, Report
from app.products import catalogue, codes
from app.products.catalogue import Catalogue, Entry, Refused, Said
from app.tables import Row
from app.text import fold, searchable
from app.wire import text as json

_PRODUCT = ("id", "sku", "folded", "name", "unit", "decimals", "tracking", "cost", "abc", "search", "archived_at", "journal")
_BARCODE = ("id", "product_id", "code", "folded", "gtin", "quantity")


def take(tx: Connection, rows: list[Row], order: Order, progress: Progress) -> Report:
    """Import a file's rows."""
    report = Report(len(rows))
    said: list[Said] = []
    for number, row in enumerate(rows):
        try:
            said.append(catalogue.read(row.number, row.cells, row.overflows))
        except Refused as refusal:
            report.reject(row.number, refusal.field, refusal.code, refusal.message)
        if number % 1000 == 0:
            progress(number // 2)
    if not order.dry_run:
        journal.lock(tx, journal.GLOBAL)
    known = apply(tx, said, report, lambda done: progress((len(rows) + done) // 2))
    if report.may_write(order):
        write(tx, known)
        audit.write(
            tx, "products_imported", "products",
            after={"rows": report.rows, "created": report.created, "updated": report.updated, "rejected": len(report.rejected)},
        )  # fmt: skip
    return report


def put(tx: Connection, said: Sequence[Said]) -> None:
    """Make or change one product, one row for each barcode; raises Refused and writes nothing when one can't be taken."""
    journal.lock(tx, journal.GLOBAL)
    known = Catalogue(_load(tx, said))
    sku = fold(said[0].sku)
    before = _shown(known.by_sku.get(sku))
    for one in said:
        known.apply(one)
    write(tx, known)
    if known.by_sku[sku].changed:
        audit.write(tx, "product_put", f"product {said[0].sku}", before=before, after=_shown(known.by_sku[sku]))


def _shown(entry: Entry | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    names = (*catalogue.FIELDS, "archived", "barcodes")
    return {name: dict(entry.barcodes) if name == "barcodes" else getattr(entry, name) for name in names}


def apply(tx: Connection, said: Sequence[Said], report: Report, progress: Progress = lambda done: None) -> Catalogue:
    """Decide on rows, against the catalogue as the transaction sees it; nothing is written yet. Who will write holds the global journal."""
    known = Catalogue(_load(tx, said))
    for number, one in enumerate(said):
        try:
            outcome = known.apply(one)
            setattr(report, outcome, getattr(report, outcome) + 1)
        except Refused as refusal:
            report.reject(one.row, refusal.field, refusal.code, refusal.message)
        if number % 1000 == 0:
            progress(number)
    return known


def write(tx: Connection, known: Catalogue) -> None:
    """Write the products and barcodes that changed."""
    changed = [entry for entry in known.by_sku.values() if entry.changed]
    if not changed:
        return
    first, now = journal.take(tx, journal.GLOBAL, len(changed)), times.now()
    fresh, other = [], []
    ids = iter(_ids(tx, "products", sum(e.id is None for e in changed)))
    for number, e in enumerate(changed, first):
        archived_at, search = now if e.archived else None, searchable(e.sku, e.name, *e.barcodes)
        if e.id is None:
            e.id = next(ids)
            fresh.append((e.id, e.sku, fold(e.sku), e.name, e.unit, e.decimals, e.tracking, e.cost, e.abc, search, archived_at, number))
        else:
            other.append((e.name, e.unit, e.decimals, e.tracking, e.cost, e.abc, search, archived_at, number, e.id))
    insert_many(tx, "products", _PRODUCT, fresh)
    execute_many(
        tx,
        "UPDATE products SET name = ?, unit = ?, decimals = ?, tracking = ?, cost = ?, abc = ?, search = ?, "
        "archived_at = coalesce(archived_at, ?), journal = ? WHERE id = ?",
        other,
    )
    execute_many(tx, "UPDATE products SET archived_at = NULL WHERE id = ?", [(e.id,) for e in changed if not e.archived])
    barcodes = [(e.id, code, fold(code), codes.gtin14(code), e.barcodes[code]) for e in changed for code in e.fresh_barcodes]
    insert_many(tx, "barcodes", _BARCODE, [(i, *b) for i, b in zip(_ids(tx, "barcodes", len(barcodes)), barcodes, strict=True)])
    execute_many(
        tx,
        "UPDATE barcodes SET quantity = ? WHERE folded = ?",
        [(e.barcodes[code], fold(code)) for e in changed for code in e.requantified],
    )


def _ids(tx: Connection, table: str, number: int) -> Iterable[int]:
    """Return new keys of a table."""
    if not number:
        return []
    if is_sqlite(tx):
        first = int(tx.scalar(text(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")) or 1)
        return range(first, first + number)
    return list(tx.scalars(text(f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, :n)"), {"n": number}))


def _load(tx: Connection, said: Sequence[Said]) -> list[Entry]:
    """Return the products whose SKU or barcode any row names, or whose barcode it would collide with, with all their barcodes."""
    skus = {fold(one.sku) for one in said}
    barcodes = {one.barcode for one in said if one.barcode is not None}
    folded = sorted(skus | {fold(code) for code in barcodes})
    gtins = sorted({gtin for gtin in map(codes.gtin14, barcodes) if gtin})
    wanted = (
        "SELECT id FROM products WHERE folded IN {0} UNION SELECT product_id FROM barcodes WHERE folded IN {0} "
        "UNION SELECT product_id FROM barcodes WHERE gtin IN {0}"
    )
    query = (
        "SELECT p.id, p.sku, p.name, p.unit, p.decimals, p.tracking, p.cost, p.abc, p.archived_at IS NOT NULL, "
        f"EXISTS (SELECT 1 FROM balances b WHERE b.product_id = p.id) FROM products p WHERE p.id IN ({wanted})"
    )
    codes_of = f"SELECT b.product_id, b.code, b.quantity FROM barcodes b WHERE b.product_id IN ({wanted}) ORDER BY b.id"
    params = (json(folded), json(folded), json(gtins))
    found = {row[0]: _entry(row) for row in _either(tx, query, params)}
    for product_id, code, quantity in _either(tx, codes_of, params):
        found[product_id].barcodes[code] = quantity
    return list(found.values())


def _either(tx: Connection, query: str, params: tuple[str, ...]) -> list[Any]:
    """Run a query whose `{0}` are sets given as JSON (an array literal of PostgreSQL would corrupt a GS)."""
    return fetch(
        tx, query.format("(SELECT value FROM json_each(?))"), query.format("(SELECT jsonb_array_elements_text(%s::jsonb))"), params
    )


def _entry(row: Sequence[Any]) -> Entry:
    product_id, sku, name, unit, decimals, tracking, cost, abc, archived, fixed = row
    return Entry(product_id, sku, name, unit, decimals, tracking, cost, abc, bool(archived), bool(fixed), {})
