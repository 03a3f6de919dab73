"""What the wire says to those who watch: all changes of a site, in order, and the audit trail."""

from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Response, stream_with_context
from marshmallow import validate

from app import access, http, instance
from app.access import OFFICE, allow
from app.db import reading
from app.errors import Problem
from app.exports import streaming
from app.exports.formatting import FORMATS
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


class Search(http.Strict):
    """Which deeds: all conditions hold together. `person` and `device`: parts of a name; what they did, and what was done to them."""

    site = http.Text(128, metadata={"description": f"a site's code, or `{access.GLOBAL}` for the journal of products and people"})
    person = http.Text(200)
    device = http.Text(200)
    deed = http.Text(50)
    subject = http.Text(300, metadata={"description": "how it begins: `count K1`, `device 4`"})
    text = http.Text(200, metadata={"description": "part of subject, actor, reason, before or after"})
    epoch = http.Text(36)
    sent_from = http.When(data_key="from", attribute="from")
    to = http.When()


class AuditPage(Search):
    """By journal: after `since`, or with `order=newest` before `before`; `next` is what to send then (newest first: null at the end)."""

    limit = http.Digits(load_default=100, validate=validate.Range(1, http.PAGE))
    since = http.Digits(load_default=0, validate=validate.Range(0, 2**62))
    before = ma.fields.Integer(validate=validate.Range(0, 2**62))
    order = ma.fields.String(load_default="oldest", validate=validate.OneOf(["oldest", "newest"]))


class AuditFile(Search):
    """Which deeds, up to which number of the journal (default: the last)."""

    upto = http.Digits(validate=validate.Range(0, 2**62))


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
    """Search the audit trail of a site, or that of products and people; without conditions: all of it, page by page."""
    with reading() as tx:
        site_id = access.journal_for(tx, page.get("site"))
        http.same_epoch(tx, page.get("epoch"))
        rows, next_ = trailing.page(tx, site_id, page)
        return http.answer(http.listed(tx, rows, next_, site_id))


@blueprint.get("/api/v1/audit.<kind>", parameters=[http.one_of("kind", FORMATS)])
@blueprint.arguments(AuditFile, location="query")
@blueprint.doc(responses=streaming.ANY)
@blueprint.response(
    200, description="The file; X-ScanLedger-Upto and X-ScanLedger-Epoch name its state, and asking for them again gives the same bytes."
)
@http.errors("bad_request", "epoch_changed", "not_found", "site_required")
@http.costly
@allow("auditor", "administrator")
def get_audit_file(asked: dict[str, Any], kind: str) -> Response:
    """Download what a search of the audit trail finds, oldest first."""
    if kind not in FORMATS:
        raise Problem("not_found", "There is no such file.")
    media, write = FORMATS[kind]
    named: dict[str, Any] = {}

    def stream() -> Iterator[bytes]:
        with reading() as tx:
            site_id = access.journal_for(tx, asked.get("site"))
            http.same_epoch(tx, asked.get("epoch"))
            found, upto = trailing.table(tx, site_id, asked, asked.get("upto"))
            named.update(upto=upto, epoch=instance.epoch(tx))
            found.about.update(named)
            yield from write(found)

    response = streaming.begun(stream_with_context(stream()), media)
    return streaming.named(response, f"audit-upto-{named['upto']}-epoch-{named['epoch']}.{kind}", **named)
