"""What a code means, given the places and products it may name: one function for barcodes and locations alike. Pure.

Source: the order of BARCODES in the design: location, product barcode, SKU (exact in NFC, then a unique match after case folding),
GTIN-8, 12, 13, 14 and UPC-E as GTIN-14, a shop's own codes, SSCC, GS1 message, unknown. What nothing here is called is then looked
for by what its message says: the trade item it is about, or the location.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.own_codes import Pattern
from app.products import codes
from app.scans import gs1, in_store
from app.scans.gs1 import Message
from app.text import fold, keepable, nfc, same_but_case

TOLD = frozenset({"check_digit", "gs_missing"})
"""The warnings of a message that a scan repeats. That its parts don't belong together is told to who asks (lookup), not to who scans."""


_BLANK = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript's `trim` takes off, and the app with it. A GS is none."""


class Place(NamedTuple):
    """A location as scans see it."""

    id: int
    code: str
    virtual: bool
    blocked: bool
    """Blocked or archived."""
    single: bool = False
    """Takes one product at a time."""


class Thing(NamedTuple):
    """A product as scans see it, with what one scan of the code means (scaled)."""

    id: int
    sku: str
    decimals: int
    tracking: str
    archived: bool
    pack: int
    unit: str


class Candidate(NamedTuple):
    """A row that a code may name: `rank` 0 location, 1 barcode, 2 sku; matched by `code`, or by `gtin`."""

    rank: int
    code: str
    gtin: str | None
    what: Place | Thing


class Named(NamedTuple):
    """What a code means."""

    kind: str
    """`location`, `product`, `ambiguous`, `sscc`, `unknown`."""
    place: Place | None = None
    thing: Thing | None = None
    """The product; of a `location` the one that has its code too: what a scan says as `barcode` is no place."""
    warnings: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    parts: Message | None = None
    """What the code says beside what it names: lot, expiry, quantity and so on."""


class House(NamedTuple):
    """What reading depends on beside the code: the current year, for the century of dates, and the shop's own codes."""

    year: int
    patterns: tuple[Pattern, ...] = ()


class Asked(NamedTuple):
    """A code made ready to be looked for."""

    text: str
    aim: str | None
    exact: str
    folded: str
    gtins: tuple[str, ...]
    """Spelled with 14 digits: none, one, or two where 8 digits may be EAN-8 and UPC-E; the catalogue decides."""
    also: tuple[str, ...] = ()
    """GTIN-8s whose digits are a UPC-E of the number: looked for where nothing has the number itself."""
    parts: Message | None = None
    place: tuple[str, str] | None = None
    """The code of a location inside a message, exact and folded."""


def asked(text: str, house: House) -> Asked:
    """Take off an AIM id and blanks, read what the code says, and make the keys under which what it names may be found."""
    aim, rest = codes.split_aim(text)
    rest = rest.strip(_BLANK)
    exact = nfc(rest)
    folded = keepable(fold(exact))
    if aim is None and exact[:1] not in gs1.BEGINNINGS:  # most codes of locations and SKUs
        return Asked(text, aim, exact, folded, ())
    if aim not in gs1.ELEMENT_STRINGS and codes.is_digits(exact):
        digits = codes.without_addon(exact) if aim == "]E3" else exact
        gtins = tuple(gtin for gtin in (codes.gtin14(digits), codes.upc_e(digits)) if gtin is not None)
        if gtins:
            own = in_store.read(gtins[0], house.patterns) if house.patterns else None
            if own is not None and own[0] != gtins[0]:  # a value of zero: the product's barcode itself
                return Asked(text, aim, exact, folded, (*gtins, own[0]), (), own[1])
            return Asked(text, aim, exact, folded, gtins, codes.gtin8s_like(gtins[-1]))
        number = codes.sscc(exact)
        if number is not None and codes.has_check_digit(number) and aim not in gs1.GTIN_LENGTHS:
            return Asked(text, aim, exact, folded, (), (), Message(aim, (), sscc=number))
    parts = gs1.read(rest, aim, house.year)
    if parts is None:
        return Asked(text, aim, exact, folded, ())
    place = (nfc(parts.place), keepable(fold(nfc(parts.place)))) if parts.place else None
    gtins, also = ((parts.gtin,), codes.gtin8s_like(parts.gtin)) if parts.gtin else ((), ())
    return Asked(text, aim, exact, folded, gtins, also, parts, place)


def meaning(code: Asked, found: Iterable[Candidate]) -> Named:
    """Decide among the rows whose folded code or GTIN is the asked one."""
    rows = list(found)
    parts = code.parts
    exact = [c for c in rows if nfc(c.code) == code.exact]
    if exact:
        return _first(exact)
    folded = [c for c in rows if same_but_case(c.code, code.exact)]
    if folded:
        return _first(folded, ("folded",))
    warnings = tuple(warning for warning in parts.warnings if warning in TOLD) if parts is not None else ()
    if code.gtins:
        same_item = [c for c in rows if c.gtin in code.gtins] or [c for c in rows if c.gtin in code.also]
        if len(code.exact) == 8 and code.aim in ("]E0", "]E4"):  # of the two that eight digits may be, the reader saw one
            seen = code.gtins[0 if code.aim == "]E4" else -1]
            same_item = [c for c in same_item if c.gtin == seen] or same_item
        if same_item:
            return _chosen(same_item, parts, warnings)
    if code.place is not None:
        places = [c for c in rows if c.rank == 0 and same_but_case(c.code, code.place[0])]
        as_said = [c for c in places if nfc(c.code) == code.place[0]]
        if places:
            return _chosen(as_said or places, parts, warnings if as_said else (*warnings, "folded"))
    if parts is not None and parts.sscc is not None:
        return Named("sscc", warnings=warnings, parts=parts)
    if not warnings and parts is None:
        if codes.has_wrong_check_digit(code.exact):
            warnings = ("check_digit",)
        elif gs1.seems_to_lack_separators(code.exact, code.aim):
            warnings = ("gs_missing",)
    return Named("unknown", warnings=warnings, parts=parts)


def _first(rows: list[Candidate], warnings: tuple[str, ...] = ()) -> Named:
    """Return what the first in order mean: a location keeps the product whose code it is too."""
    named, things = _chosen(_first_rank(rows), None, warnings), [c for c in rows if c.rank]
    if named.kind != "location" or not things:
        return named
    return named._replace(thing=_chosen(_first_rank(things), None).thing)


def _first_rank(rows: list[Candidate]) -> list[Candidate]:
    """Return the locations; where there is none the barcodes; where there is none the SKUs."""
    first = min(c.rank for c in rows)
    return [c for c in rows if c.rank == first]


def _chosen(rows: list[Candidate], parts: Message | None, warnings: tuple[str, ...] = ()) -> Named:
    candidates = tuple(dict.fromkeys(rows)) if len(rows) > 1 else tuple(rows)
    if len({(c.rank == 0, c.what.id) for c in rows}) > 1:
        return Named("ambiguous", warnings=warnings, candidates=candidates, parts=parts)
    what = rows[0].what
    if isinstance(what, Place):
        return Named("location", place=what, warnings=warnings, candidates=candidates, parts=parts)
    if len({c.what.pack for c in rows if isinstance(c.what, Thing)}) > 1:
        return Named("ambiguous", warnings=warnings, candidates=candidates, parts=parts)
    return Named("product", thing=what, warnings=warnings, candidates=candidates, parts=parts)
