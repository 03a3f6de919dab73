"""Answer "what is this code?": what it names, and where that is or what is there."""

from typing import Any

from sqlalchemy import Connection

from app.ledger import stock
from app.locations import listing as locations
from app.products import listing as products
from app.quantities import wire
from app.scans import gs1, in_store
from app.scans.codes import Asked, Named, asked
from app.scans.gs1 import WEIGHTS
from app.scans.naming import house, named


def look(tx: Connection, site_id: int, code: str, hidden: frozenset[int], today: str) -> dict[str, Any]:
    """Return what a code means in a site, by the same function that reads scans; `hidden` places tell no quantities.

    `today` is an ISO date: what its message says expires before it has expired.
    """
    ready, meant = asked(code, house(tx, site_id)), named(tx, site_id, [code])[code]
    places, things = _candidates(tx, meant)
    here: list[dict[str, Any]] = []
    at: list[dict[str, Any]] = []
    if len(places) == 1:
        here, _ = stock.rows(tx, stock.Question(site_id, location=places[0]["code"]), hidden)
    elif len(things) == 1:
        lot = _lot(meant) if things[0]["tracking"] == "lot" else None
        serial = _serial(meant) if things[0]["tracking"] == "serial" else None
        at = stock.in_turn(tx, stock.Question(site_id, sku=things[0]["sku"], lot=lot, serial=serial), hidden, today)
    kind = meant.kind if meant.kind != "ambiguous" else "location" if places else "product"
    refused = gs1.refusal(ready.exact, ready.aim, int(today[:4])) if kind == "unknown" else None
    told = {"refused": {"why": refused.why, "ai": refused.ai}} if refused is not None else {}
    return told | {
        "code": code, "kind": "lot" if kind == "product" and len(things) == 1 and _lot(meant) is not None else kind,
        "candidates": places + things, "parts": _parts(ready, meant), "warnings": _warnings(meant, today), "here": here, "at": at,
    }  # fmt: skip


def _lot(meant: Named) -> str | None:
    return meant.parts.lot if meant.parts is not None else None


def _serial(meant: Named) -> str | None:
    return meant.parts.serial if meant.parts is not None else None


def _warnings(meant: Named, today: str) -> list[str]:
    if meant.parts is None:
        return list(meant.warnings)
    expired = ("expired",) if meant.parts.expiry is not None and meant.parts.expiry < today else ()
    return list(dict.fromkeys((*meant.warnings, *meant.parts.warnings, *expired)))


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


def _parts(ready: Asked, meant: Named) -> dict[str, Any]:
    """Return what the code says: only what it has."""
    said = meant.parts
    found = [c.gtin for c in meant.candidates if c.gtin in ready.gtins]
    seen = ready.gtins[-1:] if ready.aim == "]E0" and len(ready.exact) == 8 else ready.gtins  # a reader's UPC-E is no EAN-8
    parts: dict[str, Any] = {"aim": ready.aim, "gtin": (found or seen or (None,))[0]}
    if said is not None:
        weights = [said.measures[unit] for unit in WEIGHTS if unit in said.measures]
        parts |= {
            "lot": said.lot, "expiry": said.expiry, "serial": said.serial, "quantity": said.quantity,
            "weight": weights[0] if weights else None, "measures": dict(said.measures) or None, "sscc": said.sscc, "gln": said.gln,
            "extension": said.place, "price": said.price, "ais": dict(said.ais) or None,
        }  # fmt: skip
    if parts["gtin"] is not None and in_store.is_restricted(parts["gtin"]):
        parts["in_store"] = True
    return {name: value for name, value in parts.items() if value is not None}
