"""What the wire says of products."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import http, journal
from app.access import DEVICE, OFFICE, ROLES, allow
from app.db import reading, writing
from app.errors import Problem
from app.fields import Flag
from app.imports import cells
from app.imports.describing import described, take
from app.imports.kinds import KINDS
from app.products import catalogue, listing, storing
from app.products.models import TRACKING
from app.text import nfc

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
    total = ma.fields.Integer(metadata={"description": "how many there are on all pages; only with `search`"})


class ProductPage(http.MasterPage):
    """By SKU (`after`), or what changed since a number of the global journal (`since`); with `search` those that words are found in."""

    since = http.Digits(validate=validate.Range(0, 2**62))
    search = http.Text(128, 1, metadata={"description": "words that all stand in SKU, name or barcodes"})
    archived = ma.fields.Boolean(metadata={"description": "not with `since`: only those that are archived, or that are not"})


@blueprint.get("/products")
@blueprint.arguments(ProductPage, location="query")
@blueprint.response(200, ProductsOut)
@http.may_be_unchanged
@http.errors("epoch_changed")
@allow(*ROLES, DEVICE)
def get_products(page: dict[str, Any]) -> Response:
    """List products by SKU, or those that changed."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        tag = http.tag(tx, journal.GLOBAL)
        if http.is_known(tag):
            return http.unchanged(tag)
        rows: list[dict[str, Any]]
        next_: str | int | None
        if "since" in page:
            rows, next_ = listing.changes(tx, page["since"], page["limit"])
        elif "search" in page:
            rows, next_, total = listing.found(tx, page["search"], page.get("archived"), page.get("after"), page["limit"])
            return http.tagged(http.answer(http.listed(tx, rows, next_, journal.GLOBAL) | {"total": total}), tag)
        else:
            rows, next_ = listing.page(tx, page.get("archived"), page.get("after"), page["limit"])
        return http.tagged(http.answer(http.listed(tx, rows, next_, journal.GLOBAL)), tag)


@blueprint.get("/products/<path:sku>")
@blueprint.response(200, ProductOut)
@http.errors("not_found")
@allow(*OFFICE)
def get_product(sku: str) -> Response:
    """Return one product."""
    with reading() as tx:
        return http.answer(listing.one(tx, sku))


class BarcodeIn(http.Strict):
    """A barcode and how many base units one scan of it means."""

    code = http.Text(128, 1, required=True)
    quantity = http.Text(19, 1)


class ProductIn(http.Strict):
    """What may be said of a product; what is absent stays as it is. A new one needs a name. Barcodes are added here, none is taken away."""

    name = http.Text(200, 1)
    unit = http.Text(20, 1)
    decimals = ma.fields.Integer(strict=True, validate=validate.Range(0, 6))
    tracking = ma.fields.String(validate=validate.OneOf(TRACKING))
    cost = http.Text(19, 1)
    abc = ma.fields.String(validate=validate.OneOf(["A", "B", "C"]))
    archived = Flag()
    barcodes = ma.fields.List(ma.fields.Nested(BarcodeIn), validate=validate.Length(max=100))


_CONFLICTS = {"code_collides": "code_collides", "barcode_taken": "code_collides", "fixed": "fixed"}


@blueprint.put("/products/<path:sku>")
@blueprint.arguments(ProductIn)
@blueprint.response(200, ProductOut)
@http.errors("code_collides", "fixed")
@allow("supervisor", "administrator", "integration")
def put_product(asked: dict[str, Any], sku: str) -> Response:
    """Make or change one product; archive it, or bring it back."""
    try:
        said = _said(asked, sku)
        with writing() as tx:
            storing.put(tx, said)
            return http.answer(listing.one(tx, said[0].sku))
    except cells.Refused as refusal:
        error = {"field": refusal.field, "message": refusal.message}
        raise Problem(_CONFLICTS.get(refusal.code, "bad_request"), refusal.message, [error]) from refusal


def _said(asked: dict[str, Any], sku: str) -> list[catalogue.Said]:
    sku = cells.code("sku", sku)
    for field, most in (("name", 200), ("unit", 20)):
        if field in asked:
            catalogue.label(field, asked[field], most)
    fields: dict[str, Any] = {name: asked[name] for name in ("name", "unit", "decimals", "tracking", "abc", "archived") if name in asked}
    if "cost" in asked:
        fields["cost"] = catalogue.cost(asked["cost"])
    rows = []
    for barcode in asked.get("barcodes", []):
        code = cells.code("barcode", barcode["code"])
        catalogue.check_barcode(code, sku)
        rows.append(catalogue.Said(0, sku, **fields, barcode=code, barcode_quantity=barcode.get("quantity")))
    return rows or [catalogue.Said(0, sku, **fields)]


class Why(http.Strict):
    """Why it is done."""

    reason = http.Text(2_000, 1)


@blueprint.delete("/barcodes/<path:code>")
@blueprint.arguments(Why, location="query")
@blueprint.response(200, ProductOut)
@http.errors("not_found")
@allow("supervisor", "administrator", "integration")
def delete_barcode(query: dict[str, Any], code: str) -> Response:
    """Take a barcode away from its product. What was recorded stays as it is; a scan that comes later is of an unknown barcode."""
    with writing() as tx:
        return http.answer(listing.one(tx, storing.take_away(tx, nfc(code), query.get("reason", ""))))


@blueprint.post("/imports/products")
@described(blueprint, KINDS["products"])
@allow("supervisor", "administrator", "integration")
def import_products(asked: dict[str, Any]) -> Response:
    """Make and change products by a file; several rows with one SKU add barcodes."""
    return take(KINDS["products"], asked, storing.take_products)


@blueprint.post("/imports/barcodes")
@described(blueprint, KINDS["barcodes"])
@allow("supervisor", "administrator", "integration")
def import_barcodes(asked: dict[str, Any]) -> Response:
    """Add barcodes to products that exist, named by SKU or by any of their codes."""
    return take(KINDS["barcodes"], asked, storing.take_barcodes)


@blueprint.post("/imports/costs")
@described(blueprint, KINDS["costs"])
@allow("supervisor", "administrator", "integration")
def import_costs(asked: dict[str, Any]) -> Response:
    """Set the unit cost of products that exist, named by SKU or by any of their codes."""
    return take(KINDS["costs"], asked, storing.take_costs)
