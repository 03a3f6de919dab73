"""What the wire says of codes that nobody understood, and of labels that read badly."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate
from sqlalchemy import select

from app import access, http, times
from app.access import OFFICE, allow
from app.db import reading
from app.errors import Problem
from app.fields import Flag
from app.imports import cells
from app.products import catalogue
from app.products.models import TRACKING, Product
from app.text import fold
from app.unknown import listing, matching

blueprint = http.Blue(
    "unknown", __name__, url_prefix="/api/v1", description="Codes that nobody understood: parked, and matched in one step"
)
blueprints = [blueprint]


class KnownOut(ma.Schema):
    """The product that a code has come to mean since."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class UnknownOut(ma.Schema):
    """A code with all scans that wait for it. `barcode`: what a product must be given to be named by it (a GTIN, whatever the lot)."""

    code = ma.fields.String(required=True, metadata={"description": "as it was scanned last"})
    barcode = ma.fields.String(required=True, allow_none=True)
    gtin = ma.fields.String(required=True, allow_none=True)
    lot = ma.fields.String(required=True, allow_none=True)
    expiry = ma.fields.String(required=True, allow_none=True)
    serial = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True)
    quantity = ma.fields.String(required=True, metadata={"description": "the sum of what was said, in what the code names"})
    tasks = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    locations = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": f"at most {listing.FEW}, the most frequent first"}
    )
    operators = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": f"at most {listing.FEW}, the most frequent first"}
    )
    first_at = ma.fields.String(required=True)
    last_at = ma.fields.String(required=True)
    known = ma.fields.Nested(KnownOut, required=True, allow_none=True)


class UnknownsOut(ma.Schema):
    """Unknown codes, what was scanned last first."""

    rows = ma.fields.List(ma.fields.Nested(UnknownOut), required=True)
    more = ma.fields.Boolean(required=True, metadata={"description": f"there are more than {listing.MOST_CODES}"})


@blueprint.get("/unknown-codes")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, UnknownsOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_unknown(query: dict[str, Any]) -> Response:
    """List the codes that scans wait for; of the newest 20,000 such scans."""
    with reading() as tx:
        rows, more = listing.codes(tx, access.site_for(tx, query.get("site")))
        return http.answer({"rows": rows, "more": more})


class NewProductIn(http.Strict):
    """A product that is made on the spot."""

    name = http.Text(200, 1, required=True)
    unit = http.Text(20, 1)
    decimals = ma.fields.Integer(strict=True, validate=validate.Range(0, 6))
    tracking = ma.fields.String(validate=validate.OneOf(TRACKING))


class MatchIn(http.Strict):
    """Which product a code is of, and how many base units one scan of it means. With `product` the SKU is a new one."""

    code = http.Text(8192, 1, required=True)
    sku = http.Text(128, 1, required=True)
    quantity = http.Text(19, 1, metadata={"description": "of what is learned; default 1"})
    product = ma.fields.Nested(NewProductIn)
    learn = Flag(load_default=True, metadata={"description": "false: the scans post, the product learns nothing"})
    post = Flag(
        load_default=True,
        metadata={"description": "false: the product learns the code, the scans go on waiting"},
    )
    reason = http.Text(2000, load_default="")


class StillOut(ma.Schema):
    """A scan that still waits, and why."""

    scan = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)


class MatchedOut(ma.Schema):
    """What became of the scans that waited."""

    barcode = ma.fields.String(required=True, allow_none=True, metadata={"description": "what the product has learned"})
    posted = ma.fields.Integer(required=True)
    noted = ma.fields.Integer(required=True)
    refused = ma.fields.List(ma.fields.Nested(StillOut), required=True)


@blueprint.post("/unknown-codes/matches")
@blueprint.arguments(MatchIn)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, MatchedOut)
@http.errors("code_collides", "fixed", "site_required", "not_found")
@allow("supervisor")
def post_match(asked: dict[str, Any], query: dict[str, Any]) -> Response:
    """Say which product a code is of: the product learns it, and what waits posts with its own time. Saying it again changes nothing."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        exists = tx.scalar(select(Product.id).where(Product.folded == fold(asked["sku"]))) is not None
    if exists and "product" in asked:
        raise Problem("code_collides", "There is such a product already: leave `product` out to match the code to it.")
    if not exists and "product" not in asked:
        raise Problem("not_found", "There is no such product: choose one, or say what it is called (`product`).")
    barcode = None
    if asked["learn"] or not exists:
        try:
            said = _said(asked)
            if asked["learn"]:
                barcode = matching.learn(site_id, asked["code"], said)
            else:
                matching.make(said)
        except cells.Refused as refusal:
            collides = refusal.code in ("code_collides", "barcode_taken")
            code = "code_collides" if collides else "fixed" if refusal.code == "fixed" else "bad_request"
            raise Problem(code, refusal.message, [{"field": refusal.field, "message": refusal.message}]) from refusal
    done: dict[str, Any] = {"posted": 0, "noted": 0, "refused": []}
    if asked["post"]:
        done = matching.post(site_id, asked["code"], barcode or asked["sku"], asked["reason"])
    return http.answer({"barcode": barcode, **done})


def _said(asked: dict[str, Any]) -> catalogue.Said:
    made = asked.get("product", {})
    sku = cells.code("sku", asked["sku"])
    for field, most in (("name", 200), ("unit", 20)):
        if field in made:
            catalogue.label(field, made[field], most)
    fields = {name: made[name] for name in ("name", "unit", "decimals", "tracking") if name in made}
    return catalogue.Said(0, sku, **fields, barcode_quantity=asked.get("quantity"))


class BadLabelsQuery(http.Strict):
    """How many days to look back."""

    days = ma.fields.Integer(load_default=7, validate=validate.Range(1, 365))
    site = http.Text(128)


class BadLabelOut(ma.Schema):
    """A label that didn't read well at a place, and how often why: `unknown`, `keyed`, `check_digit`, `gs_missing`, `folded`."""

    location = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    sku = ma.fields.String(required=True, allow_none=True)
    why = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    last_at = ma.fields.String(required=True)


class BadLabelsOut(ma.Schema):
    """Bad labels by location."""

    rows = ma.fields.List(ma.fields.Nested(BadLabelOut), required=True)


@blueprint.get("/bad-labels")
@blueprint.arguments(BadLabelsQuery, location="query")
@blueprint.response(200, BadLabelsOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_bad_labels(asked: dict[str, Any]) -> Response:
    """List by location the labels that should be printed anew; of the newest 200,000 numbers of the journal, at most 500 labels.

    A sound label whose product nobody knows is none of them.
    """
    with reading() as tx:
        site_id = access.site_for(tx, asked.get("site"))
        return http.answer({"rows": listing.bad_labels(tx, site_id, times.now() - asked["days"] * times.DAY)})
