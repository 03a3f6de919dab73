"""What a catalogue may hold, and what rows that somebody says about products would change in it. Pure.

Codes are compared in NFC and must not be confusable: no two SKUs, and no two barcodes, may be equal after folding, a barcode never
names two products (nor does its GTIN), and a barcode is never another product's SKU.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from app.products import codes
from app.quantities import MOST, TooPrecise, scaled, wire
from app.text import fold, is_keepable, nfc

COLUMNS = ("sku", "name", "unit", "decimals", "tracking", "barcode", "barcode_quantity", "cost", "abc")
FIELDS = ("name", "unit", "decimals", "tracking", "cost", "abc")
_FIXED = ("unit", "decimals", "tracking")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_FOLDED = 400


class Refused(Exception):
    """A row can't be taken: which field, a code, and why in words."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


class Said(NamedTuple):
    """What one row says; None: it says nothing of it. `cost` is scaled, `barcode_quantity` a decimal text."""

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
    fresh_barcodes: list[str] = field(default_factory=list)
    requantified: list[str] = field(default_factory=list)
    said: dict[str, object] = field(default_factory=dict)
    said_barcodes: set[str] = field(default_factory=set)


def read(row: int, cells: dict[str, str], overflows: bool) -> Said:
    """Return what a file's row says; raises Refused. An empty cell says nothing."""
    if overflows:
        raise Refused("", "too_many_cells", "The row has more cells than the header; is a text with the delimiter not quoted?")
    sku = code("sku", cells.get("sku", ""), 128)
    barcode = code("barcode", cells["barcode"], 128) if cells.get("barcode", "").strip() else None
    if barcode is not None:
        check_barcode(barcode, sku)
    quantity = cells.get("barcode_quantity", "").strip() or None
    if quantity is not None and barcode is None:
        raise Refused("barcode_quantity", "missing_field", "There is a quantity but no barcode.")
    decimals = cells.get("decimals", "").strip() or None
    if decimals is not None and not re.fullmatch("[0-6]", decimals, re.ASCII):
        raise Refused("decimals", "bad_field", "Not a number from 0 to 6.")
    return Said(
        row=row,
        sku=sku,
        name=label("name", cells.get("name", ""), 200),
        unit=_unit(cells.get("unit", "")),
        decimals=None if decimals is None else int(decimals),
        tracking=_one_of("tracking", cells.get("tracking", ""), ("none", "lot", "serial")),
        barcode=barcode,
        barcode_quantity=quantity,
        cost=cost(cells.get("cost", "")),
        abc=_one_of("abc", cells.get("abc", ""), ("A", "B", "C")),
    )


def code(field: str, text: str, most: int) -> str:
    """Return a code in NFC without space around it; raises Refused."""
    found = nfc(text.strip())
    if not found:
        raise Refused(field, "missing_field", f"There is no {field}.")
    if len(found) > most or len(fold(found)) > _FOLDED:
        raise Refused(field, "too_long", f"Longer than {most} characters.")
    if _CONTROL.search(found) or not is_keepable(found):
        raise Refused(field, "bad_text", "Holds control characters.")
    if not fold(found):
        raise Refused(field, "bad_text", "Holds nothing that can be seen.")
    return found


def label(field: str, text: str, most: int) -> str:
    """Return a text for people exactly as written; raises Refused when it is empty, too long or can't be stored."""
    if not text.strip():
        raise Refused(field, "missing_field", f"There is no {field}.")
    if len(text) > most:
        raise Refused(field, "too_long", f"Longer than {most} characters.")
    if _CONTROL.search(text) or not is_keepable(text):
        raise Refused(field, "bad_text", "Holds control characters.")
    return text


def check_barcode(barcode: str, sku: str) -> None:
    """Refuse a barcode that looks like a GTIN and is none; in a list keyed by its barcodes (sku = barcode) all digits must be one."""
    if codes.has_wrong_check_digit(barcode):
        right = codes.check_digit(barcode[:-1])
        raise Refused("barcode", "check_digit", f"{len(barcode)} digits whose check digit is wrong: {barcode[-1]}, it should be {right}.")
    if barcode == sku and codes.is_digits(barcode) and codes.gtin14(barcode) is None:
        raise Refused("barcode", "not_gtin", f"{len(barcode)} digits are no GTIN (8, 12, 13 or 14); give it an SKU of its own.")


def _unit(text: str) -> str | None:
    return label("unit", text.strip(), 20) if text.strip() else None


def _one_of(field: str, text: str, values: tuple[str, ...]) -> str | None:
    found = text.strip().casefold()
    if not found:
        return None
    for value in values:
        if found == value.casefold():
            return value
    raise Refused(field, "bad_field", f"None of {', '.join(values)}.")


def cost(text: str) -> int | None:
    """Return a cost scaled to 6 decimals, None for an empty cell; raises Refused."""
    if not text.strip():
        return None
    try:
        return scaled(text.strip(), 6)
    except ValueError as error:
        raise Refused("cost", "bad_field", "Not a decimal number with at most 6 decimals and a point.") from error


class Catalogue:
    """The products and barcodes that some rows touch, and what the rows make of them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_sku: dict[str, Entry] = {}
        self.by_barcode: dict[str, tuple[Entry, str]] = {}
        self.by_gtin: dict[str, Entry] = {}
        for entry in entries:
            self.by_sku[fold(entry.sku)] = entry
            for barcode in entry.barcodes:
                self._index(entry, barcode)

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
            entry = Entry(None, said.sku, said.name, "each", 0, "none", None, "", False, False, {})
        fields = self._fields(entry, said, fresh)
        decimals = int(str(fields.get("decimals", entry.decimals)))
        rescaled = _rescaled(entry, decimals)
        quantity = self._barcode(entry, said, decimals, rescaled)
        return self._take(entry, said, fresh, fields, rescaled, quantity)

    def _fields(self, entry: Entry, said: Said, fresh: bool) -> dict[str, object]:
        """Return the fields that the row changes."""
        told = {name: getattr(said, name) for name in (*FIELDS, "archived") if getattr(said, name) is not None}
        for name, value in told.items():
            if name in entry.said and entry.said[name] != value:
                raise Refused(name, "contradicts", "An earlier row of this SKU says something else.")
        changed = {name: value for name, value in told.items() if fresh or getattr(entry, name) != value}
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
            raise Refused("barcode_quantity", "bad_field", "Not a quantity.") from error
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
        elif gtin and self.by_gtin.get(gtin, entry) is not entry:
            raise Refused("barcode", "barcode_taken", f"The same GTIN names {self.by_gtin[gtin].sku[:60]}.")
        elif gtin and any(codes.gtin14(other) == gtin and amount != quantity for other, amount in rescaled.items()):
            raise Refused("barcode_quantity", "contradicts", "The same GTIN has another quantity.")
        return quantity

    def _take(
        self, entry: Entry, said: Said, fresh: bool, fields: dict[str, object], rescaled: dict[str, int], quantity: int | None
    ) -> str:
        """Write the row into the entry; nothing is refused from here on."""
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.said.update({name: getattr(said, name) for name in (*FIELDS, "archived") if getattr(said, name) is not None})
        if rescaled != entry.barcodes:
            entry.barcodes = rescaled
            entry.requantified = [b for b in rescaled if b not in entry.fresh_barcodes]
        changed = bool(fields)
        if said.barcode is not None and quantity is not None:
            entry.said_barcodes.add(said.barcode)
            if entry.barcodes.get(said.barcode) != quantity:
                if said.barcode not in entry.barcodes:
                    entry.fresh_barcodes.append(said.barcode)
                elif said.barcode not in entry.fresh_barcodes + entry.requantified:
                    entry.requantified.append(said.barcode)
                entry.barcodes[said.barcode] = quantity
                self._index(entry, said.barcode)
                changed = True
        if fresh:
            self.by_sku[fold(entry.sku)] = entry
        entry.changed = entry.changed or changed
        return "created" if fresh else "updated" if changed else "unchanged"


def _rescaled(entry: Entry, decimals: int) -> dict[str, int]:
    """Return the entry's barcode quantities at another number of decimals."""
    if decimals == entry.decimals:
        return entry.barcodes
    try:
        return {code: scaled(wire(quantity, entry.decimals), decimals) for code, quantity in entry.barcodes.items()}
    except ValueError as error:
        raise Refused("decimals", "quantity_precision", "A barcode's quantity needs more decimals.") from error
