"""Match an unknown code to a product: the product learns the barcode, and the scans that wait for it post with their own time."""

from collections.abc import Sequence
from typing import Any

from app import access
from app.db import reading, writing
from app.errors import Problem
from app.imports import cells
from app.products import catalogue, storing
from app.products.codes import gtin14, is_digits
from app.scans import resolving
from app.scans.codes import asked
from app.scans.naming import house
from app.text import is_keepable
from app.unknown import listing
from app.unknown.keys import key

AT_ONCE = 200
"""Waiting scans that post in one transaction."""


def learn(site_id: int, code: str, said: catalogue.Said) -> str:
    """Give a product, new or known, the barcode that names what the code is about; return the barcode. Raises cells.Refused.

    Digits that are no trade item number and the SKU itself name the product already.
    """
    with reading() as tx:
        barcode = key(asked(code, house(tx, site_id))).barcode
    if barcode is None or not is_keepable(barcode):
        raise cells.Refused("code", "too_long", "This code can't be a barcode of a product: it is longer than 128 characters.")
    barcode = cells.code("barcode", barcode)
    if barcode == said.sku and is_digits(barcode) and gtin14(barcode) is None and (said.barcode_quantity or "1") == "1":
        make(said)
        return barcode
    catalogue.check_barcode(barcode, said.sku)
    with writing() as tx:
        storing.put(tx, [said._replace(barcode=barcode)])
    return barcode


def make(said: catalogue.Said) -> None:
    """Make a product that learns no barcode. Raises cells.Refused."""
    with writing() as tx:
        storing.put(tx, [said._replace(barcode_quantity=None)])


def post(site_id: int, code: str, product: str, reason: str) -> dict[str, Any]:
    """Resolve the scans that wait for a code as scans of a product (any code of it, with its pack).

    Return how many post, are noted, and still wait with their reason.
    """
    with reading() as tx:
        group = listing.waiting(tx, site_id).get(key(asked(code, house(tx, site_id))).same)
    waiting: Sequence[str] = group.scans[::-1] if group else []
    done = {"posted": 0, "noted": 0}
    refused: list[dict[str, str]] = []
    for start in range(0, len(waiting), AT_ONCE):
        with writing() as tx:
            for scan in waiting[start : start + AT_ONCE]:
                try:
                    done[resolving.take(tx, site_id, access.caller().person_id, scan, {"product": product}, reason)["outcome"]] += 1
                except Problem as problem:
                    if problem.code == "still_refused":
                        refused.append({"scan": scan, "detail": problem.detail})
    return {**done, "refused": refused}
