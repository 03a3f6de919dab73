"""What the wire says of locations."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import DEVICE, ROLES, allow
from app.db import reading
from app.locations import listing
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
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*ROLES, DEVICE)
def get_locations(page: dict[str, Any]) -> Response:
    """List a site's locations by code, or those that changed."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        rows: list[dict[str, Any]]
        next_: str | int | None
        if "since" in page:
            rows, next_ = listing.changes(tx, site_id, page["since"], page["limit"])
        else:
            rows, next_ = listing.page(tx, site_id, page.get("after"), page["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))
