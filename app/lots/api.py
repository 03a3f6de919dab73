"""What the wire says of lots."""

import datetime
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Response, stream_with_context
from marshmallow import validate

from app import access, http, times
from app.access import OFFICE, allow
from app.db import reading, writing
from app.exports import streaming
from app.exports.formatting import NUMBER, Column, Table, csv_chunks
from app.fields import Flag
from app.lots import dating, holding, listing

blueprint = http.Blue(
    "lots", __name__, url_prefix="/api/v1", description="Lots: what expires when, what is held and why, what to pick first"
)
blueprints = [blueprint]
EXPIRING_ROWS = 5_000
"""Rows of the report of shelf life on the wire; the file has all."""


class LotOut(ma.Schema):
    """A lot, and what the site has of it on hand; `reason` and `since` say why and since when it is held, or all of its product."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    expiry = ma.fields.String(required=True, allow_none=True)
    unit = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)
    held = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True, allow_none=True)
    since = ma.fields.String(required=True, allow_none=True)


class LotsOut(http.Listed):
    """A page of lots."""

    rows = ma.fields.List(ma.fields.Nested(LotOut), required=True)


class LotsQuery(http.Page):
    """Of one product, or of all; `after` is what `next` said."""

    sku = http.Text(128, 1)
    site = http.Text(128)
    after = http.Text(4000)


@blueprint.get("/lots")
@blueprint.arguments(LotsQuery, location="query")
@blueprint.response(200, LotsOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def get_lots(asked: dict[str, Any]) -> Response:
    """List lots by SKU and lot, with what is on hand of each and whether it is held."""
    with reading() as tx:
        http.same_epoch(tx, asked.get("epoch"))
        site_id = access.site_for(tx, asked.get("site"))
        rows, next_ = listing.page(tx, site_id, asked.get("sku"), asked.get("after"), asked["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))


class LotIn(http.Strict):
    """When a lot expires; null: it doesn't, or nobody knows."""

    sku = http.Text(128, 1, required=True)
    lot = http.Text(128, 1, required=True)
    expiry = ma.fields.Date(required=True, allow_none=True)
    reason = http.Text(2000, load_default="")


@blueprint.put("/lots")
@blueprint.arguments(LotIn)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, LotOut)
@http.errors("site_required", "not_found")
@allow("supervisor", "integration")
def put_lot(asked: dict[str, Any], query: dict[str, Any]) -> Response:
    """Make a lot known, or change when it expires."""
    with writing() as tx:
        site_id = access.site_for(tx, query.get("site"))
        dating.date(tx, asked["sku"], asked["lot"], asked["expiry"], asked["reason"])
        return http.answer(listing.one(tx, site_id, asked["sku"], asked["lot"]))


class HoldOut(ma.Schema):
    """What is held: a lot, or (`lot` null) all of a product."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True, allow_none=True)
    expiry = ma.fields.String(required=True, allow_none=True)
    unit = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)
    held = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True, allow_none=True)
    since = ma.fields.String(required=True)
    person = ma.fields.String(required=True, allow_none=True)


class HoldsOut(http.Listed):
    """A page of what is held."""

    rows = ma.fields.List(ma.fields.Nested(HoldOut), required=True)


class HoldsQuery(http.Page):
    """`after` is what `next` said."""

    site = http.Text(128)
    after = http.Text(4000)


@blueprint.get("/holds")
@blueprint.arguments(HoldsQuery, location="query")
@blueprint.response(200, HoldsOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def get_holds(asked: dict[str, Any]) -> Response:
    """List what is held in a site, and why."""
    with reading() as tx:
        http.same_epoch(tx, asked.get("epoch"))
        site_id = access.site_for(tx, asked.get("site"))
        return http.answer(http.listed(tx, *listing.holds(tx, site_id, asked.get("after"), asked["limit"]), site_id))


class HoldIn(http.Strict):
    """What is held or released, and why; without a lot all of the product."""

    sku = http.Text(128, 1, required=True)
    lot = http.Text(128, 1, allow_none=True, load_default=None)
    held = Flag(required=True)
    reason = http.Text(200, 1, required=True)


class HeldOut(ma.Schema):
    """What was said of a product or lot."""

    sku = ma.fields.String(required=True)
    lot = ma.fields.String(required=True, allow_none=True)
    held = ma.fields.Boolean(required=True)
    reason = ma.fields.String(required=True)


@blueprint.post("/holds")
@blueprint.arguments(HoldIn)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, HeldOut)
@http.errors("site_required", "not_found")
@allow("supervisor")
def post_hold(asked: dict[str, Any], query: dict[str, Any]) -> Response:
    """Hold or release a product or a lot in a site; scans that pick or move it are then warned."""
    with writing() as tx:
        holding.hold(tx, access.site_for(tx, query.get("site")), asked["sku"], asked["lot"], asked["held"], asked["reason"])
        return http.answer({name: asked[name] for name in ("sku", "lot", "held", "reason")})


class ExpiringOut(ma.Schema):
    """What is on hand of a lot at a place, and how many days it has left (below 0: it has expired)."""

    expiry = ma.fields.String(required=True)
    days_left = ma.fields.Integer(required=True)
    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)
    held = ma.fields.Boolean(required=True)
    value = ma.fields.String(required=True, allow_none=True)


class ShelfLifeOut(ma.Schema):
    """What expires, soonest first; `more`: there is more than the rows show, the file has all."""

    today = ma.fields.String(required=True)
    rows = ma.fields.List(ma.fields.Nested(ExpiringOut), required=True)
    more = ma.fields.Boolean(required=True)


class ShelfLifeQuery(http.Strict):
    """How many days to look ahead."""

    days = ma.fields.Integer(load_default=90, validate=validate.Range(0, listing.FARTHEST_DAYS))
    site = http.Text(128)


@blueprint.get("/shelf-life")
@blueprint.arguments(ShelfLifeQuery, location="query")
@blueprint.response(200, ShelfLifeOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_shelf_life(asked: dict[str, Any]) -> Response:
    """Tell what has expired or will soon, soonest first."""
    with reading() as tx:
        rows = list(listing.expiring(tx, access.site_for(tx, asked.get("site")), asked["days"], today(), EXPIRING_ROWS + 1))
        return http.answer({"today": today().isoformat(), "rows": rows[:EXPIRING_ROWS], "more": len(rows) > EXPIRING_ROWS})


COLUMNS = (
    Column("expiry"), Column("days_left", NUMBER), Column("location"), Column("sku"), Column("name"), Column("lot"), Column("unit"),
    Column("quantity", NUMBER), Column("held"), Column("value", NUMBER),
)  # fmt: skip


@blueprint.get("/shelf-life.csv")
@blueprint.doc(responses={"200": {"content": {"text/csv; charset=utf-8": {"schema": {"type": "string"}}}}})
@blueprint.arguments(ShelfLifeQuery, location="query")
@blueprint.response(200, description="The report as it is now")
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_shelf_life_file(asked: dict[str, Any]) -> Response:
    """Download what has expired or will soon."""
    with reading() as tx:
        site_id = access.site_for(tx, asked.get("site"))

    def stream() -> Iterator[bytes]:
        with reading() as tx:
            found = listing.expiring(tx, site_id, asked["days"], today())
            rows = ([row[c.name] if c.name != "held" else "held" if row["held"] else "" for c in COLUMNS] for row in found)
            yield from csv_chunks(Table("shelf-life", COLUMNS, rows, {}, dict))

    return streaming.named(
        streaming.begun(stream_with_context(stream()), "text/csv; charset=utf-8"), f"shelf-life-{today().isoformat()}.csv"
    )


class PickOut(ma.Schema):
    """Where to pick, and how much of what is there."""

    location = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)
    expiry = ma.fields.String(required=True, allow_none=True)
    quantity = ma.fields.String(required=True)
    take = ma.fields.String(required=True)


class PicksOut(ma.Schema):
    """What to pick first; `missing`: what is not there."""

    sku = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    rows = ma.fields.List(ma.fields.Nested(PickOut), required=True)
    missing = ma.fields.String(required=True)


class PicksQuery(http.Strict):
    """How much of which product."""

    sku = http.Text(128, 1, required=True)
    quantity = http.Text(19, 1, load_default="1")
    site = http.Text(128)


@blueprint.get("/suggestions")
@blueprint.arguments(PicksQuery, location="query")
@blueprint.response(200, PicksOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_suggestions(asked: dict[str, Any]) -> Response:
    """Suggest where to pick: what expires first goes first; what is held, expired or blocked is left out."""
    with reading() as tx:
        return http.answer(listing.to_pick(tx, access.site_for(tx, asked.get("site")), asked["sku"], asked["quantity"], today()))


def today() -> datetime.date:
    """Return the date in UTC, as expiry dates are compared with when scans happened."""
    return datetime.date.fromisoformat(times.wire(times.now())[:10])
