"""Select products, barcodes, costs, locations and opening balances in the columns of their imports: export, edit, import.

A file that comes back unchanged changes nothing. They are as of now: a master has no past to export.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from app import journal, quantities
from app.errors import Problem
from app.exports.formatting import NUMBER, Column, Table
from app.exports.selecting import Counter, cursor
from app.products.models import COST_DECIMALS


def table(tx: Connection, name: str, site: Callable[[], int], upto: int | None) -> tuple[Table, int]:
    """Return an export and the number of the journal it is as of. Raises changed where `upto` is another.

    `site` tells the site where the rows are of one."""
    columns, of_a_site, select = EXPORTS[name]
    site_id = site() if of_a_site else journal.GLOBAL
    last = journal.read(tx, site_id)
    if upto is not None and upto != last:
        raise Problem(
            "changed", f"There were changes since {upto}; it can only be exported as it is." if upto < last else "Not so far yet."
        )
    counter = Counter(select(tx, site_id))
    return Table(name, columns, counter, {}, lambda: {"rows": counter.rows}), last


def _products(tx: Connection, _: int) -> Iterator[Sequence[Any]]:
    """Give each product with its first barcode, and its others in rows that say nothing else."""
    sql = (
        "SELECT p.sku, p.name, p.unit, p.decimals, p.tracking, b.code, b.quantity, p.cost, p.abc FROM products p "
        "LEFT JOIN barcodes b ON b.product_id = p.id ORDER BY p.sku{c}, b.id"
    )
    before = None
    for sku, name, unit, decimals, tracking, code, quantity, cost, abc in cursor(tx, sql, ()):
        pack = quantities.wire_or_none(quantity, decimals)
        if sku == before:
            yield sku, None, None, None, None, code, pack, None, None
        else:
            yield sku, name, unit, decimals, tracking, code, pack, quantities.wire_or_none(cost, COST_DECIMALS), abc
        before = sku


def _barcodes(tx: Connection, _: int) -> Iterator[Sequence[Any]]:
    sql = "SELECT p.sku, b.code, b.quantity, p.decimals FROM barcodes b JOIN products p ON p.id = b.product_id ORDER BY p.sku{c}, b.id"
    for sku, code, quantity, decimals in cursor(tx, sql, ()):
        yield sku, code, quantities.wire(quantity, decimals)


def _costs(tx: Connection, _: int) -> Iterator[Sequence[Any]]:
    for sku, cost in cursor(tx, "SELECT sku, cost FROM products WHERE cost IS NOT NULL ORDER BY sku{c}", ()):
        yield sku, quantities.wire(cost, COST_DECIMALS)


def _locations(tx: Connection, site_id: int) -> Iterator[Sequence[Any]]:
    """Give what people made; the site and its virtual locations come with it."""
    sql = (
        "SELECT l.code, p.code, l.kind, l.name, l.walk, l.blocked, l.single_product FROM locations l "
        "LEFT JOIN locations p ON p.id = l.parent_id WHERE l.site_id = ? AND l.kind NOT IN ('site', 'virtual') ORDER BY l.code{c}"
    )
    for code, parent, kind, name, walk, blocked, single in cursor(tx, sql, (site_id,)):
        yield code, parent, kind, name, walk, "yes" if blocked else "no", "yes" if single else "no"


def _opening(tx: Connection, site_id: int) -> Iterator[Sequence[Any]]:
    """Give what OPENING gave each place, what it took back subtracted; what was archived since can't be set any more."""
    opening = tx.scalar(text("SELECT id FROM locations WHERE site_id = :site AND code = 'OPENING'"), {"site": site_id})
    sql = (
        "SELECT l.code, p.sku, m.lot, SUM(m.quantity), p.decimals, t.expiry FROM ("
        "SELECT target_id AS place, product_id, lot, quantity FROM moves WHERE source_id = ? AND serial = '' "
        "UNION ALL SELECT source_id, product_id, lot, -quantity FROM moves WHERE target_id = ? AND serial = '') m "
        "JOIN locations l ON l.id = m.place JOIN products p ON p.id = m.product_id "
        "LEFT JOIN lots t ON t.product_id = m.product_id AND t.code = m.lot "
        "WHERE l.archived_at IS NULL AND p.archived_at IS NULL AND p.tracking <> 'serial' AND l.kind NOT IN ('virtual', 'site') "
        "GROUP BY l.code, p.sku, m.lot, p.decimals, t.expiry HAVING SUM(m.quantity) >= 0 ORDER BY l.code{c}, p.sku{c}, m.lot{c}"
    )
    for location, sku, lot, quantity, decimals, expiry in cursor(tx, sql, (opening, opening)):
        yield location, sku, lot, quantities.wire(int(quantity), decimals), None, expiry


Select = Callable[[Connection, int], Iterator[Sequence[Any]]]
EXPORTS: dict[str, tuple[list[Column], bool, Select]] = {
    "products": (
        [
            Column("sku", width=18), Column("name", width=36), Column("unit", width=8), Column("decimals", NUMBER, 10), Column("tracking"),
            Column("barcode", width=18), Column("barcode_quantity", NUMBER, 16), Column("cost", NUMBER), Column("abc", width=6),
        ],
        False,
        _products,
    ),
    "barcodes": ([Column("sku", width=18), Column("barcode", width=30), Column("quantity", NUMBER)], False, _barcodes),
    "costs": ([Column("sku", width=18), Column("cost", NUMBER)], False, _costs),
    "locations": (
        [
            Column("code", width=18), Column("parent", width=18), Column("kind"), Column("name", width=36), Column("walk", NUMBER, 8),
            Column("blocked", width=8), Column("single_product"),
        ],
        True,
        _locations,
    ),
    "opening": (
        [
            Column("location", width=18), Column("sku", width=18), Column("lot"), Column("quantity", NUMBER), Column("at", width=25),
            Column("expiry"),
        ],
        True,
        _opening,
    ),
}  # fmt: skip
"""The columns of each, whether it is of a site, and what selects it."""
