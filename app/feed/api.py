"""What the wire says to those who watch: all changes of a site, in order, and the audit trail."""

from typing import Any

import marshmallow as ma
from flask import Response

from app import access, http, journal
from app.access import OFFICE, allow
from app.db import reading
from app.errors import Problem
from app.feed import following, trailing

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


GLOBAL = "global"
"""What the audit trail calls the journal of products and people; no site may be called so."""


class AuditPage(http.FeedPage):
    """By journal."""

    site = http.Text(128, metadata={"description": f"a site's code, or `{GLOBAL}` for the journal of products and people"})


class DeedOut(ma.Schema):
    """Who did what. `actor` is how the caller was called then; what `before` and `after` hold depends on the deed."""

    journal = ma.fields.Integer(required=True)
    at = ma.fields.String(required=True)
    deed = ma.fields.String(required=True)
    subject = ma.fields.String(required=True)
    actor = ma.fields.String(required=True)
    person = ma.fields.String(required=True, allow_none=True)
    device = ma.fields.String(required=True, allow_none=True)
    before = ma.fields.Raw(required=True, allow_none=True)
    after = ma.fields.Raw(required=True, allow_none=True)
    reason = ma.fields.String(required=True)


class Trail(http.Listed):
    """A page of the audit trail; send `next` as `since`."""

    rows = ma.fields.List(ma.fields.Nested(DeedOut), required=True)


@blueprint.get("/api/v1/audit")
@blueprint.arguments(AuditPage, location="query")
@blueprint.response(200, Trail)
@http.errors("epoch_changed", "not_found", "site_required")
@allow("auditor", "administrator")
def get_audit(page: dict[str, Any]) -> Response:
    """Return the audit trail of a site, or that of products and people, after a journal number."""
    with reading() as tx:
        if page.get("site") == GLOBAL:
            if access.caller().site_id is not None:
                raise Problem("forbidden", "Products and people are of all sites; you may only use your own.")
            site_id = journal.GLOBAL
        else:
            site_id = access.site_for(tx, page.get("site"))
        http.same_epoch(tx, page.get("epoch"))
        rows = trailing.after(tx, site_id, page["since"], page["limit"])
        return http.answer(http.listed(tx, rows, rows[-1]["journal"] if rows else page["since"], site_id))
