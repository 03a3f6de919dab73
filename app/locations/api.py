"""What the wire says of locations."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http, imports
from app.access import DEVICE, OFFICE, ROLES, allow
from app.db import reading, writing
from app.errors import Problem
from app.locations import listing, storing, tree
from app.locations.models import KINDS

blueprint = http.Blue("locations", __name__, url_prefix="/api/v1", description="Places with a printed code, in a tree")
blueprints = [blueprint]


class LocationOut(ma.Schema):
    """A location."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(KINDS))
    parent = ma.fields.String(required=True, allow_none=True)
    site = ma.fields.String(required=True)
    archived = ma.fields.Boolean(required=True)
    journal = ma.fields.Integer(required=True)


class LocationsOut(http.Listed):
    """A page of locations."""

    rows = ma.fields.List(ma.fields.Nested(LocationOut), required=True)


class LocationPage(http.MasterPage):
    """By code (`after`), or what changed since a number of the site's journal (`since`)."""

    since = ma.fields.Integer(validate=validate.Range(0, 2**62))
    site = http.Text(128)


@blueprint.get("/locations")
@blueprint.arguments(LocationPage, location="query")
@blueprint.response(200, LocationsOut)
@http.may_be_unchanged
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*ROLES, DEVICE)
def get_locations(page: dict[str, Any]) -> Response:
    """List a site's locations by code, or those that changed."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        tag = http.tag(tx, site_id)
        if http.is_known(tag):
            return http.unchanged(tag)
        rows: list[dict[str, Any]]
        next_: str | int | None
        if "since" in page:
            rows, next_ = listing.changes(tx, site_id, page["since"], page["limit"])
        else:
            rows, next_ = listing.page(tx, site_id, page.get("after"), page["limit"])
        return http.tagged(http.answer(http.listed(tx, rows, next_, site_id)), tag)


class SiteOut(ma.Schema):
    """A site."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)


class SitesOut(ma.Schema):
    """The sites a caller may use."""

    rows = ma.fields.List(ma.fields.Nested(SiteOut), required=True)


@blueprint.get("/sites")
@blueprint.response(200, SitesOut)
@allow(*OFFICE)
def get_sites() -> Response:
    """List the sites that the caller may name with site=CODE: all, or their own."""
    with reading() as tx:
        return http.answer({"rows": listing.sites(tx, access.caller().site_id)})


class LocationIn(http.Strict):
    """What may be said of a location; what is absent stays as it is. A new one is a bin below the site unless told otherwise."""

    name = http.Text(200, 1)
    kind = ma.fields.String(validate=validate.OneOf(tree.KINDS))
    parent = http.Text(128, 1)
    archived = ma.fields.Boolean(truthy={True}, falsy={False})
    blocked = ma.fields.Boolean(truthy={True}, falsy={False}, metadata={"description": "nothing may be scanned there"})


class LocationSite(http.Strict):
    """Of which site."""

    site = http.Text(128)


@blueprint.put("/locations/<path:code>")
@blueprint.arguments(LocationIn)
@blueprint.arguments(LocationSite, location="query")
@blueprint.response(200, LocationOut)
@http.errors("code_collides", "site_required", "not_found")
@allow("supervisor", "administrator", "integration")
def put_location(asked: dict[str, Any], query: dict[str, Any], code: str) -> Response:
    """Make or change one location; archive it, or bring it back."""
    try:
        said = tree.Said(0, tree.code("code", code), **asked)
        if said.parent is not None:
            said = said._replace(parent=tree.code("parent", said.parent))
        if said.name is not None:
            tree.label(said.name)
        with writing() as tx:
            site_id = access.site_for(tx, query.get("site"))
            storing.put(tx, site_id, said)
            return http.answer(listing.one(tx, site_id, said.code))
    except tree.Refused as refusal:
        error = {"field": refusal.field, "message": refusal.message}
        raise Problem("code_collides" if refusal.code == "code_collides" else "bad_request", refusal.message, [error]) from refusal


@blueprint.post("/imports/locations")
@imports.described(blueprint, tree.COLUMNS)
@allow("supervisor", "administrator", "integration")
def import_locations(asked: dict[str, Any]) -> Response:
    """Make and change a site's locations by a file; rows may stand in any order."""
    with reading() as tx:
        site_id = access.site_for(tx, asked.get("site"))
    order = imports.Order("locations", asked["mode"], asked["dry_run"], site_id)
    return imports.take(order, tree.COLUMNS, ("code",), asked.get("map"), storing.take)
