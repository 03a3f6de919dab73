"""What can be imported: the columns of each kind, which of them a file needs, and which hold codes. Pure."""

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of import. `of_a_site`: its rows belong to one site. `tables`: where a row must find what earlier rows of the file wrote."""

    name: str
    columns: tuple[str, ...]
    required: tuple[str, ...]
    of_a_site: bool
    tables: tuple[str, ...] = ()


_CATALOGUE = ("products", "barcodes")
KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            "products",
            ("sku", "name", "unit", "decimals", "tracking", "barcode", "barcode_quantity", "cost", "abc"),
            ("sku", "name"),
            of_a_site=False,
            tables=_CATALOGUE,
        ),
        Kind("barcodes", ("sku", "barcode", "quantity"), ("sku", "barcode"), of_a_site=False, tables=_CATALOGUE),
        Kind("costs", ("sku", "cost"), ("sku", "cost"), of_a_site=False, tables=_CATALOGUE),
        Kind(
            "locations",
            ("code", "parent", "kind", "name", "walk", "blocked", "single_product"),
            ("code",),
            of_a_site=True,
            tables=("locations",),
        ),
        Kind(
            "stock",
            ("location", "sku", "lot", "quantity", "at", "expiry"),
            ("location", "sku", "quantity"),
            of_a_site=True,
        ),
    )
}
NUMBERS, DATES, MOMENTS = frozenset({"quantity", "barcode_quantity", "cost"}), frozenset({"expiry"}), frozenset({"at"})
"""Columns that files of text write in their own ways."""
CODES = frozenset({"sku", "barcode", "code", "parent", "location", "lot"})
"""Columns in which a number that a spreadsheet cut short is no code."""
