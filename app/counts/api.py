"""What the wire says of counts and their sheets: planning, recounts, closing, cancelling."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import DEVICE, OFFICE, ROLES, allow
from app.counts import closing, listing, planning
from app.counts.shapes import POLICIES, STATUSES, ReasonIn, SiteQuery, TermsIn, ToleranceOfOut, ToleranceOut, site_of
from app.db import reading
from app.fields import Flag

blueprint = http.Blue("counts", __name__, url_prefix="/api/v1", description="Counts: sheets, variances, decisions, adjustments")
blueprints = [blueprint]


class PlanIn(TermsIn):
    """A count to be planned."""

    locations = ma.fields.List(http.Text(128, 1), required=True, validate=validate.Length(1, 1000))
    site = http.Text(128, allow_none=True)


class PassIn(http.Strict):
    """The next pass: over whole locations, or over lines of the reconciliation."""

    locations = ma.fields.List(http.Text(128, 1), allow_none=True, validate=validate.Length(0, 1000))
    lines = ma.fields.List(http.Text(40, 1), allow_none=True, validate=validate.Length(0, 5000))
    operator = http.Text(128, 1, allow_none=True)


class SheetClosureIn(http.Strict):
    """`complete`: all that is there was counted; what was expected and not scanned is then 0, not blank."""

    complete = Flag(load_default=True)
    reason = http.Text(
        2000, allow_none=True, metadata={"description": "why; shown with each line that was not counted, and in the receipt"}
    )


class CountsQuery(http.FeedPage):
    """Open counts, or all of them."""

    status = ma.fields.String(load_default="open", validate=validate.OneOf(("open", "all")))


class SheetsQuery(http.MasterPage):
    """Sheets of counts that are not final: open or closed; with `operator`, theirs and nobody's."""

    status = ma.fields.String(load_default="open", validate=validate.OneOf(("open", "closed")))
    operator = http.Text(200)
    site = http.Text(128)


class SheetLineOut(ma.Schema):
    """What a recount covers; without expected quantities."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True, allow_none=True)


class SheetOut(ma.Schema):
    """One pass over one location by one counter; `lines` null: all of the location."""

    code = ma.fields.String(required=True)
    count = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sequence = ma.fields.Integer(required=True)
    operator = ma.fields.String(required=True, allow_none=True)
    lines = ma.fields.List(ma.fields.Nested(SheetLineOut), required=True, allow_none=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(("open", "closed")))
    lease_until = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "until when it is who took it's by scanning; then it is free again"}
    )


class ToCountOut(SheetOut):
    """A sheet as who counts sees it; `blind`: no request of a counter tells what is expected there."""

    blind = ma.fields.Boolean(required=True)
    may_count = ma.fields.Boolean(
        required=True,
        metadata={"description": "false: `operator` counted another pass of the location, and the site wants another person"},
    )


class ProgressOut(SheetOut):
    """A sheet and how far it has come."""

    scans = ma.fields.Integer(required=True)
    last_scan_at = ma.fields.String(required=True, allow_none=True)
    reason = ma.fields.String(required=True, metadata={"description": "why a person closed it"})


class CountRowOut(ma.Schema):
    """A count in a list; `locations` are its first ten, `lines` the lines scanned so far."""

    code = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(("cycle", "free")))
    status = ma.fields.String(required=True, validate=validate.OneOf(STATUSES))
    blind = ma.fields.Boolean(required=True)
    twice = ma.fields.Boolean(required=True, metadata={"description": "two people count each location"})
    policy = ma.fields.String(required=True, validate=validate.OneOf(POLICIES))
    tolerance = ma.fields.Nested(ToleranceOut, required=True, allow_none=True)
    tolerances = ma.fields.List(ma.fields.Nested(ToleranceOfOut), required=True)
    second_above = ma.fields.String(required=True, allow_none=True)
    operator = ma.fields.String(required=True, allow_none=True)
    locations = ma.fields.List(ma.fields.String(), required=True)
    locations_total = ma.fields.Integer(required=True)
    sheets_open = ma.fields.Integer(required=True)
    sheets_closed = ma.fields.Integer(required=True)
    lines = ma.fields.Integer(required=True)
    created_at = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)


class CountOut(CountRowOut):
    """A count with its sheets."""

    sheets = ma.fields.List(ma.fields.Nested(ProgressOut), required=True)


class CountsOut(http.Listed):
    """Counts in the order of their changes."""

    rows = ma.fields.List(ma.fields.Nested(CountRowOut), required=True)


class SheetsOut(http.Listed):
    """Sheets by code."""

    rows = ma.fields.List(ma.fields.Nested(ToCountOut), required=True)


@blueprint.post("/counts")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(PlanIn)
@blueprint.response(201, CountOut)
@http.errors("already_counting", "bad_request", "site_required", "not_found")
@allow("supervisor")
def plan(query: dict[str, Any], wanted: dict[str, Any]) -> Response:
    """Plan a count: one sheet for every leaf location under those named."""
    site_id = site_of(query, wanted)
    code = planning.plan(site_id, {k: v for k, v in wanted.items() if k != "site"}, access.caller().person_id)
    with reading() as tx:
        return http.answer(listing.count(tx, site_id, code), 201)


@blueprint.get("/counts")
@blueprint.arguments(CountsQuery, location="query")
@blueprint.response(200, CountsOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def list_counts(query: dict[str, Any]) -> Response:
    """List counts in the order of their changes."""
    with reading() as tx:
        http.same_epoch(tx, query.get("epoch"))
        site_id = access.site_for(tx, query.get("site"))
        rows, next_ = listing.counts(tx, site_id, query["status"] == "all", query["since"], query["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))


@blueprint.get("/counts/<code>")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, CountOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_count(query: dict[str, Any], code: str) -> Response:
    """Read a count with its sheets."""
    with reading() as tx:
        return http.answer(listing.count(tx, access.site_for(tx, query.get("site")), code))


@blueprint.get("/sheets")
@blueprint.arguments(SheetsQuery, location="query")
@blueprint.response(200, SheetsOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*ROLES, DEVICE)
def list_sheets(query: dict[str, Any]) -> Response:
    """List the sheets to be counted, without expected quantities."""
    with reading() as tx:
        http.same_epoch(tx, query.get("epoch"))
        site_id = access.site_for(tx, query.get("site"))
        rows, next_ = listing.sheets(tx, site_id, query["status"] == "open", query.get("operator"), query.get("after"), query["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))


@blueprint.post("/counts/<code>/sheets")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(PassIn)
@blueprint.response(201, CountOut)
@http.errors("already_counting", "not_in_review", "not_independent", "bad_request", "site_required")
@allow("supervisor")
def plan_pass(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Plan the next pass (a recount) over locations or lines."""
    site_id = site_of(query)
    planning.again(site_id, code, wanted)
    with reading() as tx:
        return http.answer(listing.count(tx, site_id, code), 201)


@blueprint.post("/sheets/<code>/closure")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(SheetClosureIn)
@blueprint.response(200, CountOut)
@http.errors("sheet_closed", "site_required")
@allow("supervisor")
def close_sheet(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Close a sheet by hand; operators close theirs with a finish scan."""
    site_id = site_of(query)
    count = closing.close(site_id, code, wanted["complete"], (wanted.get("reason") or "").strip(), access.caller().person_id)
    with reading() as tx:
        return http.answer(listing.count(tx, site_id, count))


@blueprint.post("/counts/<code>/cancellation")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, CountOut)
@http.errors("not_in_review", "site_required")
@allow("supervisor")
def cancel(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Cancel a count; nothing posts."""
    site_id = site_of(query)
    closing.cancel(site_id, code, wanted["reason"])
    with reading() as tx:
        return http.answer(listing.count(tx, site_id, code))
