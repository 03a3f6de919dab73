"""Answer "what is this code?": what it names, and where that is or what is there."""

from typing import Any

from sqlalchemy import Connection

from app.ledger import stock
from app.locations import listing as locations
from app.products import codes
from app.products import listing as products
from app.quantities import wire
from app.scans.codes import Asked, Named, asked
from app.scans.naming import named


def look(tx: Connection, site_id: int, code: str, hidden: frozenset[int]) -> dict[str, Any]:
    """Return what a code means in a site, by the same function that reads scans; `hidden` places tell no quantities."""
    ready, meant = asked(code), named(tx, site_id, [code])[code]
    places, things = _candidates(tx, meant)
    here: list[dict[str, Any]] = []
    at: list[dict[str, Any]] = []
    if len(places) == 1:
        here, _ = stock.rows(tx, stock.Question(site_id, location=places[0]["code"]), hidden)
    elif len(things) == 1:
        at, _ = stock.rows(tx, stock.Question(site_id, sku=things[0]["sku"]), hidden)
    kind = meant.kind if meant.kind != "ambiguous" else "location" if places else "product"
    return {
        "code": code, "kind": kind, "candidates": places + things, "parts": _parts(ready, meant), "warnings": list(meant.warnings),
        "here": here, "at": at,
    }  # fmt: skip


def _candidates(tx: Connection, meant: Named) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the locations and of the products that the code may name; a product with what one scan of the code means."""
    place_ids = list(dict.fromkeys(c.what.id for c in meant.candidates if c.rank == 0))
    packs = {c.what.id: c.what for c in meant.candidates if c.rank > 0}
    by_place = locations.by_id(tx, place_ids) if place_ids else {}
    by_thing = products.by_id(tx, packs) if packs else {}
    things = [
        by_thing[number] | {"quantity": wire(getattr(thing, "pack", 0), by_thing[number]["decimals"])} for number, thing in packs.items()
    ]
    return [by_place[number] for number in place_ids], things


def _parts(ready: Asked, meant: Named) -> dict[str, str]:
    parts = {"aim": ready.aim, "gtin": ready.gtin, "sscc": codes.sscc(ready.exact) if meant.kind == "sscc" else None}
    return {name: value for name, value in parts.items() if value is not None}
