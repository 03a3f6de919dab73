"""What a catalogue may hold, and what rows that somebody says about products would change in it. Pure.

Codes are compared in NFC and must not be confusable: no two SKUs, and no two barcodes, may be equal after folding, a barcode never
names two products (nor does its GTIN), and a barcode is never another product's SKU.
"""

import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from app.imports.cells import Refused, code, is_plain
from app.imports.seen import Seen
from app.products import codes, written
from app.quantities import MOST, NO_QUANTITY, TooPrecise, scaled, wire
from app.text import fold

FIELDS = ("name", "unit", "decimals", "tracking", "cost", "abc")
_TOLD = (*FIELDS, "archived")
_FIXED = ("unit", "decimals", "tracking")
_BITS = {name: 1 << bit for bit, name in enumerate(FIELDS)} | {"archived": 0}
_BARCODE, _BARCODES, _OURS = "\0", 1 << len(FIELDS), 2 << len(FIELDS)
"""How `Seen` tells barcodes from SKUs; the bit of a product with barcodes in the file, and of one that the file made."""
_DECIMALS = frozenset("0123456")


class Said(NamedTuple):
    """What one row says; None: it says nothing of it. `cost` is scaled, `barcode_quantity` a decimal text; `row` 0: it is of no file."""

    row: int
    sku: str
    name: str | None = None
    unit: str | None = None
    decimals: int | None = None
    tracking: str | None = None
    barcode: str | None = None
    barcode_quantity: str | None = None
    cost: int | None = None
    abc: str | None = None
    archived: bool | None = None


@dataclass(slots=True)
class Entry:
    """A product as it is, or as the rows would make it. `fixed`: it has moves. `barcodes`: scaled quantity by code."""

    id: int | None
    sku: str
    name: str
    unit: str
    decimals: int
    tracking: str
    cost: int | None
    abc: str
    archived: bool
    fixed: bool
    barcodes: dict[str, int]
    changed: bool = False
    fresh_barcodes: tuple[str, ...] = ()
    requantified: tuple[str, ...] = ()
    said: dict[str, object] = field(default_factory=dict)
    said_barcodes: tuple[str, ...] = ()


def read_product(row: int, cells: dict[str, str]) -> Said:
    """Return what a row of a file of products says; raises Refused. An empty cell says nothing."""
    told = cells.get
    sku, barcode, quantity = (
        code("sku", cells["sku"]),
        told("barcode", "").strip() or None,
        told("barcode_quantity", "").strip() or None,
    )
    if barcode is not None:
        barcode = code("barcode", barcode)
        check_barcode(barcode, sku)
    elif quantity is not None:
        raise Refused("barcode_quantity", "missing_field", "There is a quantity but no barcode.")
    name = cells["name"]
    return Said(
        row,
        sku,
        label("name", name, 200) if name and not name.isspace() else None,
        _unit(told("unit", "")),
        _decimals(told("decimals", "")),
        _one_of("tracking", told("tracking", ""), ("none", "lot", "serial")),
        barcode,
        quantity,
        cost(told("cost", "")),
        _one_of("abc", told("abc", ""), ("A", "B", "C")),
    )


def read_barcode(row: int, cells: dict[str, str]) -> Said:
    """Return what a row of a file of barcodes says: a product by any of its codes, one more barcode, its quantity (1). Raises Refused."""
    sku, barcode = code("sku", cells["sku"]), code("barcode", cells["barcode"])
    check_barcode(barcode, sku)
    return Said(row, sku, barcode=barcode, barcode_quantity=cells.get("quantity", "").strip() or None)


def read_cost(row: int, cells: dict[str, str]) -> Said:
    """Return what a row of a file of costs says: a product by any of its codes, and a cost. Raises Refused."""
    sku, said = code("sku", cells["sku"]), cost(cells["cost"])
    if said is None:
        raise Refused("cost", "missing_field", "There is no cost.")
    return Said(row, sku, cost=said)


def label(field: str, text: str, most: int) -> str:
    """Return a text for people exactly as written; raises Refused when it is empty, too long or can't be stored."""
    if text.isascii() and text.isprintable() and len(text) <= most and not text.isspace() and text:
        return text
    if not text.strip():
        raise Refused(field, "missing_field", f"There is no {field}.")
    if len(text) > most:
        raise Refused(field, "too_long", f"Longer than {most} characters.")
    if not is_plain(text):
        raise Refused(field, "bad_text", "Holds control characters: a tab, or more than one line.")
    return text


def check_barcode(barcode: str, sku: str) -> None:
    """Refuse a barcode that looks like a GTIN and is none; in a list keyed by its barcodes (sku = barcode) all digits must be one."""
    if codes.has_wrong_check_digit(barcode):
        right, upc_a = codes.check_digit(barcode[:-1]), codes.upc_e(barcode)
        why = f"{len(barcode)} digits whose check digit is wrong: {barcode[-1]}, it should be {right}."
        raise Refused("barcode", "check_digit", f"{why} Where it is a UPC-E, give it as UPC-A: {upc_a[2:]}." if upc_a else why)
    if barcode == sku and codes.is_digits(barcode) and codes.gtin14(barcode) is None:
        raise Refused("barcode", "not_gtin", f"{len(barcode)} digits are no GTIN (8, 12, 13 or 14); give it an SKU of its own.")


@functools.lru_cache(1024)
def _unit(text: str) -> str | None:
    return label("unit", text.strip(), 20) if text.strip() else None


def _decimals(text: str) -> int | None:
    found = text.strip()
    if not found:
        return None
    if found not in _DECIMALS:
        raise Refused("decimals", "bad_field", "Not a number from 0 to 6.")
    return int(found)


@functools.lru_cache(1024)
def _one_of(field: str, text: str, values: tuple[str, ...]) -> str | None:
    found = text.strip().casefold()
    if not found:
        return None
    for value in values:
        if found == value.casefold():
            return value
    raise Refused(field, "bad_field", f"None of {', '.join(values)}.")


@functools.lru_cache(1 << 13)
def cost(text: str) -> int | None:
    """Return a cost scaled to 6 decimals, None for an empty cell; raises Refused."""
    if not text.strip():
        return None
    try:
        return scaled(text.strip(), 6)
    except ValueError as error:
        raise Refused(
            "cost", "bad_field", "Not a decimal number with at most 6 decimals and a point: no currency, no thousands."
        ) from error


class Catalogue:
    """The products and barcodes that some rows touch, and what the rows make of them."""

    def __init__(self, entries: Iterable[Entry], earlier: Seen | None = None) -> None:
        """Take what is known; `earlier` holds what former parts of the same file said, and takes up what `remember` adds."""
        self.earlier = earlier
        self.by_sku: dict[str, Entry] = {}
        self.by_barcode: dict[str, tuple[Entry, str]] = {}
        self.by_gtin: dict[str, Entry] = {}
        for entry in entries:
            self.by_sku[fold(entry.sku)] = entry
            for barcode in entry.barcodes:
                self._index(entry, barcode)
            if earlier is not None:
                self._recall(entry, earlier)

    def _recall(self, entry: Entry, earlier: Seen) -> None:
        """Find again what earlier parts of the file said: which fields, and which barcodes; the values are those that were stored."""
        bits = earlier.of(entry.sku)
        if not bits:
            return
        entry.said = {name: getattr(entry, name) for name, bit in _BITS.items() if bits & bit}
        if bits & _OURS:
            entry.said_barcodes = tuple(entry.barcodes)
        elif bits & _BARCODES:
            entry.said_barcodes = tuple(barcode for barcode in entry.barcodes if earlier.of(_BARCODE + barcode))

    def remember(self) -> None:
        """Keep what was said for the parts of the file that follow."""
        assert self.earlier is not None
        mark = self.earlier.mark
        for entry in self.by_sku.values():
            bits = 0
            for name in entry.said:
                bits |= _BITS[name]
            if entry.id is None:
                bits |= _OURS
            elif entry.said_barcodes:
                bits |= _BARCODES
                for barcode in entry.said_barcodes:
                    mark(_BARCODE + barcode, 1)
            if bits:
                mark(entry.sku, bits)

    def resolved(self, said: Said) -> Said:
        """Return what a row says of a product that any of its codes names, by its SKU; raises Refused when there is none."""
        folded = fold(said.sku)
        entry = self.by_sku.get(folded)
        if entry is not None and entry.sku == said.sku:
            return said
        by_barcode, gtin = self.by_barcode.get(folded), codes.gtin14(said.sku)
        if by_barcode is not None and by_barcode[1] == said.sku:
            entry = by_barcode[0]
        elif gtin is not None:
            entry = self.by_gtin.get(gtin)
        else:
            entry = None
        if entry is None:
            raise Refused("sku", "unknown_product", "No product has this SKU or code.")
        return said._replace(sku=entry.sku)

    def _index(self, entry: Entry, barcode: str) -> None:
        self.by_barcode[fold(barcode)] = (entry, barcode)
        gtin = codes.gtin14(barcode)
        if gtin:
            self.by_gtin.setdefault(gtin, entry)

    def apply(self, said: Said) -> str:
        """Make the catalogue say what the row says; return `created`, `updated` or `unchanged`. Raises Refused and changes nothing."""
        folded = fold(said.sku)
        entry = self.by_sku.get(folded)
        if entry is not None and entry.sku != said.sku:
            raise Refused("sku", "code_collides", f"It looks like the SKU {entry.sku[:60]}.")
        owner = self.by_barcode.get(folded)
        if owner is not None and owner[0] is not entry:
            raise Refused("sku", "code_collides", f"It is a barcode of {owner[0].sku[:60]}.")
        fresh = entry is None
        if entry is None:
            if said.name is None:
                raise Refused("name", "missing_field", "A new product needs a name.")
            entry = _fresh(said, said.name)
        fields = self._fields(entry, said, fresh)
        decimals = entry.decimals if said.decimals is None else said.decimals
        rescaled = _rescaled(entry, decimals)
        quantity = self._barcode(entry, said, decimals, rescaled)
        return self._take(entry, said, fresh, fields, rescaled, quantity)

    def _fields(self, entry: Entry, said: Said, fresh: bool) -> dict[str, object]:
        """Return the fields that the row changes."""
        if fresh:
            return entry.said
        told = _told(said)
        for name, value in told.items():
            if name in entry.said and entry.said[name] != value:
                raise Refused(name, "contradicts", "An earlier row of this SKU says something else.")
        changed = {name: value for name, value in told.items() if getattr(entry, name) != value}
        if entry.fixed:
            for name in _FIXED:
                if name in changed:
                    raise Refused(name, "fixed", "It can't change once the product has moves.")
        return changed

    def _barcode(self, entry: Entry, said: Said, decimals: int, rescaled: dict[str, int]) -> int | None:
        """Return the scaled quantity of the row's barcode, None where it has none."""
        barcode = said.barcode
        if barcode is None:
            return None
        try:
            quantity = scaled(said.barcode_quantity or "1", decimals)
        except TooPrecise as error:
            raise Refused("barcode_quantity", "quantity_precision", f"The product has {decimals} decimals.") from error
        except ValueError as error:
            raise Refused("barcode_quantity", "bad_field", NO_QUANTITY) from error
        if not 0 < quantity <= MOST:
            raise Refused("barcode_quantity", "bad_field", "Not greater than 0, or far too large.")
        folded, gtin = fold(barcode), codes.gtin14(barcode)
        named = self.by_sku.get(folded)
        if named is not None and named is not entry:
            raise Refused("barcode", "barcode_taken", f"It is the SKU {named.sku[:60]}.")
        holder = self.by_barcode.get(folded)
        if holder is not None:
            if holder[0] is not entry:
                raise Refused("barcode", "barcode_taken", f"It names {holder[0].sku[:60]}.")
            if holder[1] != barcode:
                raise Refused("barcode", "code_collides", f"It looks like the barcode {holder[1][:60]}.")
            if barcode in entry.said_barcodes and rescaled[barcode] != quantity:
                raise Refused("barcode_quantity", "contradicts", "An earlier row gives this barcode another quantity.")
            return quantity
        if said.row:
            written.check(barcode)
        if gtin and self.by_gtin.get(gtin, entry) is not entry:
            raise Refused("barcode", "barcode_taken", f"The same GTIN names {self.by_gtin[gtin].sku[:60]}.")
        if gtin and any(codes.gtin14(other) == gtin and amount != quantity for other, amount in rescaled.items()):
            raise Refused("barcode_quantity", "contradicts", "The same GTIN has another quantity.")
        return quantity

    def _take(
        self, entry: Entry, said: Said, fresh: bool, fields: dict[str, object], rescaled: dict[str, int], quantity: int | None
    ) -> str:
        """Write the row into the entry; nothing is refused from here on."""
        if not fresh:
            for name, value in fields.items():
                setattr(entry, name, value)
            entry.said.update(_told(said))
        if rescaled != entry.barcodes:
            entry.barcodes = rescaled
            entry.requantified = tuple(b for b in rescaled if b not in entry.fresh_barcodes)
        changed = bool(fields)
        if said.barcode is not None and quantity is not None:
            entry.said_barcodes += (said.barcode,)
            if entry.barcodes.get(said.barcode) != quantity:
                if said.barcode not in entry.barcodes:
                    entry.fresh_barcodes += (said.barcode,)
                elif said.barcode not in entry.fresh_barcodes + entry.requantified:
                    entry.requantified += (said.barcode,)
                entry.barcodes[said.barcode] = quantity
                self._index(entry, said.barcode)
                changed = True
        if fresh:
            self.by_sku[fold(entry.sku)] = entry
        entry.changed = entry.changed or changed
        return "created" if fresh else "updated" if changed else "unchanged"


def _fresh(said: Said, name: str) -> Entry:
    """Return the product that a first row makes; its barcodes come next."""
    return Entry(
        None, said.sku, name, said.unit or "each", said.decimals or 0, said.tracking or "none", said.cost, said.abc or "",
        bool(said.archived), False, {}, said=_told(said),
    )  # fmt: skip


def _told(said: Said) -> dict[str, object]:
    """Return the fields that a row says something of."""
    return {name: value for name, value in zip(_TOLD, _values(said), strict=True) if value is not None}


_values = operator.attrgetter(*_TOLD)


def _rescaled(entry: Entry, decimals: int) -> dict[str, int]:
    """Return the entry's barcode quantities at another number of decimals."""
    if decimals == entry.decimals:
        return entry.barcodes
    try:
        return {code: scaled(wire(quantity, entry.decimals), decimals) for code, quantity in entry.barcodes.items()}
    except ValueError as error:
        raise Refused("decimals", "quantity_precision", "A barcode's quantity needs more decimals.") from error
