"""What the wire says of products."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import http, journal
from app.access import DEVICE, ROLES, allow
from app.db import reading
from app.products import listing
from app.products.models import TRACKING

blueprint = http.Blue("products", __name__, url_prefix="/api/v1", description="What is stocked, and which codes name it")
blueprints = [blueprint]


class BarcodeOut(ma.Schema):
    """A code that names a product and how many base units one scan means."""

    code = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)


class ProductOut(ma.Schema):
    """A product."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    decimals = ma.fields.Integer(required=True)
    tracking = ma.fields.String(required=True, validate=validate.OneOf(TRACKING))
    cost = ma.fields.String(required=True, allow_none=True)
    abc = ma.fields.String(required=True)
    archived = ma.fields.Boolean(required=True)
    barcodes = ma.fields.List(ma.fields.Nested(BarcodeOut), required=True)
    journal = ma.fields.Integer(required=True)


class ProductsOut(http.Listed):
    """A page of products."""

    rows = ma.fields.List(ma.fields.Nested(ProductOut), required=True)


class ProductPage(http.MasterPage):
    """By SKU (`after`), or what changed since a number of the global journal (`since`)."""

    since = ma.fields.Integer(validate=validate.Range(0, 2**62))


@blueprint.get("/products")
@blueprint.arguments(ProductPage, location="query")
@blueprint.response(200, ProductsOut)
@http.errors("epoch_changed")
@allow(*ROLES, DEVICE)
def get_products(page: dict[str, Any]) -> Response:
    """List products by SKU, or those that changed."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        rows: list[dict[str, Any]]
        next_: str | int | None
        if "since" in page:
            rows, next_ = listing.changes(tx, page["since"], page["limit"])
        else:
            rows, next_ = listing.page(tx, page.get("after"), page["limit"])
        return http.answer(http.listed(tx, rows, next_, journal.GLOBAL))
