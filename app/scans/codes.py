"""What a code means, given the places and products it may name: one function for barcodes and locations alike. Pure.

Source: the order of BARCODES in the design: location, product barcode, SKU (exact in NFC, then a unique match after case folding),
GTIN-8, 12, 13, 14 as GTIN-14, SSCC, unknown.
"""

from collections.abc import Iterable
from typing import NamedTuple

from app.products import codes
from app.text import fold, keepable, nfc, same_but_case


class Place(NamedTuple):
    """A location as scans see it."""

    id: int
    code: str
    virtual: bool
    blocked: bool
    """Blocked or archived."""


class Thing(NamedTuple):
    """A product as scans see it, with what one scan of the code means (scaled)."""

    id: int
    sku: str
    decimals: int
    tracking: str
    archived: bool
    pack: int


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
    warnings: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()


class Asked(NamedTuple):
    """A code made ready to be looked for."""

    text: str
    aim: str | None
    exact: str
    folded: str
    gtin: str | None


def asked(text: str) -> Asked:
    """Take off an AIM id and make the keys under which the code may be found."""
    aim, rest = codes.split_aim(text)
    exact = nfc(rest)
    return Asked(text, aim, exact, keepable(fold(exact)), codes.gtin14(exact))


def meaning(code: Asked, found: Iterable[Candidate]) -> Named:
    """Decide among the rows whose folded code or GTIN is the asked one."""
    rows = list(found)
    exact = [c for c in rows if nfc(c.code) == code.exact]
    if exact:
        return _chosen([c for c in exact if c.rank == min(e.rank for e in exact)])
    folded = [c for c in rows if same_but_case(c.code, code.exact)]
    if folded:
        return _chosen([c for c in folded if c.rank == min(e.rank for e in folded)], "folded")
    if code.gtin is not None:
        same = [c for c in rows if c.gtin == code.gtin]
        if same:
            return _chosen(same)
    if codes.is_sscc(code.exact):
        return Named("sscc")
    return Named("unknown", warnings=("check_digit",) if codes.has_wrong_check_digit(code.exact) else ())


def _chosen(rows: list[Candidate], *warnings: str) -> Named:
    candidates = tuple(rows)
    if len({(c.rank == 0, c.what.id) for c in rows}) > 1:
        return Named("ambiguous", warnings=warnings, candidates=candidates)
    what = rows[0].what
    if isinstance(what, Place):
        return Named("location", place=what, warnings=warnings, candidates=candidates)
    if len({c.what.pack for c in rows if isinstance(c.what, Thing)}) > 1:
        return Named("ambiguous", warnings=warnings, candidates=candidates)
    return Named("product", thing=what, warnings=warnings, candidates=candidates)
