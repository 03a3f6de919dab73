"""Find what labels are wanted of, and say what each carries: a place, a product or one of its packs, a lot, a badge, a command."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, select

from app.errors import Problem
from app.labels import symbols
from app.labels.layout import Label
from app.locations import checkdigits
from app.locations.models import Location, Site
from app.people.models import Person, Role
from app.products.models import Barcode, Lot, Product
from app.quantities import wire
from app.text import nfc

LOCATIONS, PRODUCTS, LOTS, BADGES, COMMANDS = THINGS = ("locations", "products", "lots", "badges", "commands")
TEXTS = {"SL-DONE": "Done", "SL-UNDO": "Undo"} | {f"SL-QTY-{number}": f"× {number}" for number in range(2, 25)}
"""The commands that guns know, and what people read of them from afar."""
MOST = 1000
"""Labels of one request, copies counted."""
_STARS = 8
_LOT = re.compile("[\x21-\x22\x25-\x2f0-9:;<=>?A-Z_a-z]{1,20}")
"""What GS1 lets a lot be."""


class Wanted(NamedTuple):
    """Labels of what: these codes, or all that fit a pattern (`*` any text, `?` one character).

    `symbol`: a kind, or None for the one that fits each code.
    """

    of: str
    codes: Sequence[str] = ()
    pattern: str | None = None
    symbol: str | None = None
    product: str | None = None
    """Whose lots."""


def choose(tx: Connection, wanted: Wanted, site_id: int, own_site: int | None) -> list[Label]:
    """Return one label each, in the order of the codes as given, else of the list; `own_site`: only people with a role there.

    Raises not_found with the codes that nothing has, and bad_request for too many.
    """
    codes = list(dict.fromkeys(nfc(code) for code in wanted.codes))
    if wanted.of == LOCATIONS:
        found = _locations(tx, wanted, codes, site_id)
    elif wanted.of == PRODUCTS:
        found = _products(tx, wanted, codes)
    elif wanted.of == LOTS:
        found = _lots(tx, wanted, codes)
    elif wanted.of == BADGES:
        found = _badges(tx, wanted, codes, own_site)
    else:
        found = {text: Label(wanted.symbol or "code128", text, TEXTS[text], (text,)) for text in _only(wanted, codes, TEXTS)}
    unknown = [code for code in codes if code not in found]
    if unknown:
        errors = [{"field": "codes", "message": f"{code} is unknown."} for code in unknown]
        raise Problem("not_found", f"{len(unknown)} of {len(codes)} codes are unknown.", errors)
    if not found:
        raise Problem("not_found", "Nothing fits the pattern.")
    return [found[code] for code in codes] if codes else list(found.values())


def _locations(tx: Connection, wanted: Wanted, codes: list[str], site_id: int) -> dict[str, Label]:
    query = (
        select(Location.code, Location.name, Site.check_digits, Site.check_key)
        .join(Site, Site.id == Location.site_id)
        .where(Location.site_id == site_id, Location.archived_at.is_(None), Location.kind.not_in(("site", "virtual")))
        .order_by(Location.walk_key, Location.code)
    )
    return {row.code: _label(wanted, row.code, row.code, (_place_line(row),)) for row in _rows(tx, query, Location.code, wanted, codes)}


def _place_line(row: Any) -> str:
    """Return what stands below a location's code: its check digits in brackets, first so that they are never cut, and its name."""
    check = f"[{checkdigits.digits(row.check_key, row.code)}]" if row.check_digits else ""
    return f"{check} {row.name if row.name != row.code else ''}".strip()


def _products(tx: Connection, wanted: Wanted, codes: list[str]) -> dict[str, Label]:
    """By SKU: the barcode that means one; by a barcode: that one."""
    columns = (Product.id, Product.sku, Product.name, Product.unit, Product.decimals)
    query = select(*columns).where(Product.archived_at.is_(None)).order_by(Product.sku)
    things = _rows(tx, query, Product.sku, wanted, codes)
    single = _single(tx, things)
    found = {one.sku: _product(wanted, one, single.get(one.id, one.sku), None) for one in things}
    rest = [code for code in codes if code not in found]
    if rest:
        packs = select(*columns, Barcode.code, Barcode.quantity).join(Barcode, Barcode.product_id == Product.id)
        for one in tx.execute(packs.where(Barcode.code.in_(rest), Product.archived_at.is_(None))):
            found[one.code] = _product(wanted, one, one.code, one.quantity)
    return found


def _single(tx: Connection, things: Sequence[Any]) -> dict[int, str]:
    """Return the barcode of each product that means one of its units: a trade item number where it has one."""
    ones = {one.id: 10**one.decimals for one in things}
    query = select(Barcode.product_id, Barcode.code, Barcode.gtin, Barcode.quantity).where(Barcode.product_id.in_(ones))
    best: dict[int, str] = {}
    for row in tx.execute(query.order_by(Barcode.gtin.is_(None), Barcode.id)):
        if row.quantity == ones[row.product_id]:
            best.setdefault(row.product_id, row.code)
    return best


def _product(wanted: Wanted, one: Any, text: str, pack: int | None) -> Label:
    many = "" if pack in (None, 10**one.decimals) else f"{wire(pack or 0, one.decimals)} {one.unit}"
    return _label(wanted, text, one.name, (one.sku, text if text != one.sku else "", many))


def _lots(tx: Connection, wanted: Wanted, codes: list[str]) -> dict[str, Label]:
    """GTIN, expiry and lot as GS1 writes them, where the product has a GTIN and the lot is one of GS1's; else the lot alone."""
    product = tx.execute(
        select(Product.id, Product.name, Product.sku, Product.decimals).where(Product.sku == nfc(wanted.product or ""))
    ).first()
    if product is None:
        raise Problem("not_found", "There is no such product.", [{"field": "product", "message": "Name the SKU whose lots they are."}])
    query = select(Barcode.gtin).where(
        Barcode.product_id == product.id, Barcode.gtin.is_not(None), Barcode.quantity == 10**product.decimals
    )
    gtin = tx.scalar(query.order_by(Barcode.id).limit(1))
    rows = _rows(tx, select(Lot.code, Lot.expiry).where(Lot.product_id == product.id).order_by(Lot.code), Lot.code, wanted, codes)
    return {row.code: _lot(wanted, product, gtin, row.code, row.expiry) for row in rows}


def _lot(wanted: Wanted, product: Any, gtin: str | None, code: str, expiry: str | None) -> Label:
    lines = (product.name, product.sku, expiry or "")
    gs1 = gtin is not None and _LOT.fullmatch(code) is not None
    if gs1 and wanted.symbol in (None, "gs1_datamatrix", "gs1_128"):
        until = "17" + expiry[2:].replace("-", "") if expiry else ""
        return Label(wanted.symbol or "gs1_datamatrix", f"01{gtin}{until}10{code}", code, lines)
    return _label(wanted, code, code, lines)


def _badges(tx: Connection, wanted: Wanted, codes: list[str], own_site: int | None) -> dict[str, Label]:
    query = select(Person.badge, Person.name).where(Person.badge.is_not(None), Person.archived_at.is_(None)).order_by(Person.name)
    if own_site is not None:
        query = query.where(Person.id.in_(select(Role.person_id).where(Role.site_id == own_site)))
    return {row.badge: _label(wanted, row.badge, row.name, (row.badge,)) for row in _rows(tx, query, Person.badge, wanted, codes)}


def _label(wanted: Wanted, text: str, title: str, lines: Sequence[str]) -> Label:
    return Label(wanted.symbol or symbols.fitting(text), text, title, tuple(line for line in lines if line))


def _rows(tx: Connection, query: Any, code: Any, wanted: Wanted, codes: list[str]) -> list[Any]:
    """Return the rows with these codes, or those that fit the pattern; raises bad_request for more than MOST."""
    if codes:
        return list(tx.execute(query.where(code.in_(codes))))
    pattern = nfc(wanted.pattern or "")
    if pattern.count("*") > _STARS:
        raise Problem("bad_request", f"At most {_STARS} stars.", [{"field": "pattern", "message": "Has too many stars."}])
    found = []
    for row in tx.execute(query.where(_like(code, pattern))):
        if fits(pattern, getattr(row, code.key)):
            found.append(row)
            if len(found) > MOST:
                raise too_many()
    return found


def _only(wanted: Wanted, codes: list[str], texts: Iterable[str]) -> list[str]:
    return [text for text in texts if (text in codes if codes else fits(wanted.pattern or "", text))]


def _like(code: Any, pattern: str) -> ColumnElement[bool]:
    """Narrow down in the database, which may compare without case; `fits` decides."""
    escaped = re.sub(r"([\\%_])", r"\\\1", pattern)
    found: ColumnElement[bool] = code.like(escaped.replace("*", "%").replace("?", "_"), escape="\\")
    return found


def fits(pattern: str, text: str) -> bool:
    """Tell whether a text fits a pattern, in steps of their lengths' product at most: a pattern may be hostile."""
    at, star, mark = 0, -1, 0
    here = 0
    while here < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, here
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            mark += 1
            at, here = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")


def too_many() -> Problem:
    """Return the problem of more labels than one request may make."""
    return Problem("bad_request", f"More than {MOST} labels, copies counted; take fewer at a time.")
