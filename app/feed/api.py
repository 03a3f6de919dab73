"""What the wire says to those who watch: all changes of a site, in order."""

from typing import Any

import marshmallow as ma
from flask import Response

from app import access, http
from app.access import OFFICE, allow
from app.db import reading
from app.feed import following

blueprint = http.Blue("feed", __name__, description="Who is watching: all changes of a site in order")
blueprints = [blueprint]

KINDS = ("scan", "move", "exception", "resolution", "malformed", "conflict", "sheet", "count", "location", "device")


class Change(ma.Schema):
    """A row of the feed; the other fields are those of its kind."""

    class Meta:
        unknown = ma.INCLUDE

    journal = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))


class Changes(http.Listed):
    """A page of the feed; send `next` as `since`."""

    rows = ma.fields.List(ma.fields.Nested(Change), required=True)


@blueprint.get("/api/v1/feed")
@blueprint.arguments(http.FeedPage, location="query")
@blueprint.response(200, Changes)
@http.errors("epoch_changed", "not_found", "site_required")
@allow(*OFFICE)
def get_feed(page: dict[str, Any]) -> Response:
    """Return what changed in a site after a journal number."""
    with reading() as tx:
        site_id = access.site_for(tx, page.get("site"))
        http.same_epoch(tx, page.get("epoch"))
        rows = following.after(tx, site_id, page["since"], page["limit"])
        return http.answer(http.listed(tx, rows, rows[-1]["journal"] if rows else page["since"], site_id))
