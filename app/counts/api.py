"""What the wire says of counts, sheets and reconciliations."""

import re
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import DEVICE, OFFICE, ROLES, allow
from app.counts import closing, explaining, listing, planning, reconciling, reversing, statement
from app.counts.statement import DECISIONS, STATES
from app.db import reading
from app.quantities import SYNTAX

blueprint = http.Blue("counts", __name__, url_prefix="/api/v1", description="Counts: sheets, variances, decisions, adjustments")
blueprints = [blueprint]

POLICIES = ("ask", "recount", "as_of")
STATUSES = ("planned", "counting", "review", "approved", "posted", "cancelled")
_LIMIT = validate.Regexp(f"^(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")
_SIGNED = validate.Regexp(f"^-?(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")


class ToleranceIn(http.Strict):
    """Within tolerance is within every limit given."""

    quantity = ma.fields.String(validate=_LIMIT, allow_none=True)
    percent = ma.fields.String(validate=_LIMIT, allow_none=True)
    value = ma.fields.String(validate=_LIMIT, allow_none=True)


class ToleranceOfIn(ToleranceIn):
    """The tolerance of a product, of what lies below a location, or of a class: one of the three. Without a limit, only equal is within."""

    sku = http.Text(128, 1, allow_none=True)
    location = http.Text(128, 1, allow_none=True)
    abc = ma.fields.String(allow_none=True, validate=validate.OneOf(("A", "B", "C")))


class SiteQuery(http.Strict):
    """Which site, where the caller may use several."""

    site = http.Text(128)


class PlanIn(http.Strict):
    """A count to be planned."""

    locations = ma.fields.List(http.Text(128, 1), required=True, validate=validate.Length(1, 1000))
    blind = ma.fields.Boolean(load_default=True)
    policy = ma.fields.String(load_default="ask", validate=validate.OneOf(POLICIES))
    tolerance = ma.fields.Nested(ToleranceIn, allow_none=True, load_default=None)
    tolerances = ma.fields.List(
        ma.fields.Nested(ToleranceOfIn),
        allow_none=True,
        validate=validate.Length(0, 1000),
        metadata={"description": "instead of `tolerance`, for some: that of the product, else of the nearest location, else of the class"},
    )
    second_above = ma.fields.String(
        allow_none=True,
        validate=_LIMIT,
        metadata={"description": "accepted variances worth more, without their signs, take two approvals; the site may have a lower limit"},
    )
    site = http.Text(128, allow_none=True)


class PassIn(http.Strict):
    """The next pass: over whole locations, or over lines of the reconciliation."""

    locations = ma.fields.List(http.Text(128, 1), allow_none=True, validate=validate.Length(0, 1000))
    lines = ma.fields.List(http.Text(40, 1), allow_none=True, validate=validate.Length(0, 5000))
    operator = http.Text(128, 1, allow_none=True)


class SheetClosureIn(http.Strict):
    """`complete`: all that is there was counted; what was expected and not scanned is then 0, not blank."""

    complete = ma.fields.Boolean(load_default=True)
    reason = http.Text(2000, allow_none=True, metadata={"description": "why; of what was not counted it is shown with each line"})


class ReasonIn(http.Strict):
    """Why."""

    reason = http.Text(2000, 1, required=True)


class DecisionIn(http.Strict):
    """What is decided about a line; `lots` splits the variance of a line at product level over lots, or serials where the product is
    tracked by them; a decision of null takes it back."""

    line = http.Text(40, 1, required=True)
    decision = ma.fields.String(allow_none=True, load_default=None, validate=validate.OneOf(DECISIONS))
    reason_code = http.Text(200, allow_none=True)
    note = http.Text(2000, allow_none=True)
    lots = ma.fields.Dict(
        keys=http.Text(128, 1),
        values=ma.fields.String(validate=_SIGNED),
        allow_none=True,
    )


class DecisionsIn(http.Strict):
    """Decisions about lines."""

    decisions = ma.fields.List(ma.fields.Nested(DecisionIn), required=True, validate=validate.Length(0, 5000))


class ApprovalIn(http.Strict):
    """The hash of the reconciliation that was seen, and the decisions about its lines."""

    hash = http.Text(64, 1, required=True)
    decisions = ma.fields.List(ma.fields.Nested(DecisionIn), load_default=list, validate=validate.Length(0, 5000))
    override = http.Text(2000, allow_none=True, metadata={"description": "why it is approved though scans may be missing; kept"})


class SecondIn(http.Strict):
    """The hash of the reconciliation that was approved."""

    hash = http.Text(64, 1, required=True)
    override = http.Text(2000, allow_none=True, metadata={"description": "why it is approved though scans may be missing; kept"})


class LinesQuery(SiteQuery):
    """A page of lines."""

    limit = ma.fields.Integer(load_default=reconciling.MOST, validate=validate.Range(1, reconciling.MOST))
    after = http.Text(40)


class CountsQuery(http.FeedPage):
    """Open counts, or all of them."""

    status = ma.fields.String(load_default="open", validate=validate.OneOf(("open", "all")))


class SheetsQuery(http.MasterPage):
    """Sheets of counts that are not final: open or closed; with `operator`, theirs and nobody's."""

    status = ma.fields.String(load_default="open", validate=validate.OneOf(("open", "closed")))
    operator = http.Text(200)
    site = http.Text(128)


class ToleranceOut(ma.Schema):
    """The limits of a tolerance."""

    quantity = ma.fields.String()
    percent = ma.fields.String()
    value = ma.fields.String()


class ToleranceOfOut(ToleranceOut):
    """The tolerance of a product, of what lies below a location, or of a class."""

    sku = ma.fields.String()
    location = ma.fields.String()
    abc = ma.fields.String()


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


class LineMoveOut(ma.Schema):
    """A move while a line was counted; `quantity` is what it changed at the location."""

    journal = ma.fields.Integer(required=True)
    quantity = ma.fields.String(required=True)
    occurred_at = ma.fields.String(required=True)


class PieceOut(ma.Schema):
    """A lot or serial behind a line: what is expected of it, or by how much it differs."""

    lot = ma.fields.String(required=True, allow_none=True)
    serial = ma.fields.String(required=True, allow_none=True)
    expected = ma.fields.String(required=True, allow_none=True)
    variance = ma.fields.String(required=True, allow_none=True)


class LineReversalOut(ma.Schema):
    """Who reversed what a line had posted, and why."""

    by = ma.fields.String(required=True)
    at = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)


class LineOut(ma.Schema):
    """A line: expected, counted, variance, decision."""

    line = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True, allow_none=True)
    name = ma.fields.String(required=True, allow_none=True)
    unit = ma.fields.String(required=True, allow_none=True)
    decimals = ma.fields.Integer(required=True)
    lot = ma.fields.String(required=True, allow_none=True)
    expected = ma.fields.String(required=True, metadata={"description": "the book as of the count; what moved meanwhile taken in"})
    counted = ma.fields.String(required=True, allow_none=True)
    variance = ma.fields.String(required=True, allow_none=True)
    unit_cost = ma.fields.String(required=True, allow_none=True)
    expected_value = ma.fields.String(required=True, allow_none=True)
    value = ma.fields.String(required=True, allow_none=True)
    state = ma.fields.String(required=True, validate=validate.OneOf(STATES))
    decision = ma.fields.String(required=True, allow_none=True, validate=validate.OneOf((*DECISIONS, None)))
    automatic = ma.fields.Boolean(required=True, metadata={"description": "no person took the decision"})
    reason_code = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True, metadata={"description": "of the decision; else, where nothing was counted, why not"})
    lots = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True, allow_none=True)
    needs_lots = ma.fields.Boolean(required=True)
    pieces = ma.fields.List(
        ma.fields.Nested(PieceOut),
        required=True,
        metadata={
            "description": "where `needs_lots`: the lots and serials that are expected; of a product tracked by serial: those that differ; "
            f"the first {statement.MOST_PIECES}"
        },
    )
    unknown_operator = ma.fields.Boolean(required=True)
    moves = ma.fields.List(ma.fields.Nested(LineMoveOut), required=True)
    passes = ma.fields.List(
        ma.fields.List(ma.fields.String(allow_none=True)),
        required=True,
        metadata={"description": "counted, operator, from, to of each sheet"},
    )
    adjustment = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "journal of the adjusting move"})
    reversal = ma.fields.Nested(LineReversalOut, required=True, allow_none=True)
    account = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the account of the reason code; of a posted line, as it was then"}
    )


class LateOut(ma.Schema):
    """A count scan that changed nothing."""

    scan = ma.fields.String(required=True, allow_none=True)
    sheet = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    lot = ma.fields.String(required=True, allow_none=True)
    quantity = ma.fields.String(required=True)
    operator = ma.fields.String(required=True, allow_none=True)
    occurred_at = ma.fields.String(required=True)
    reason = ma.fields.String(required=True, validate=validate.OneOf(("after_finish", "after_approval", "not_covered")))


class GapOut(ma.Schema):
    """A stream that took part and misses numbers."""

    stream = ma.fields.String(required=True)
    device = ma.fields.String(required=True, allow_none=True)
    missing_total = ma.fields.Integer(required=True)


class DrainedOut(ma.Schema):
    """A device (or key: `sender`) that took part, by its stream, and what it has left to send. `unproven`: it numbers no scans, doesn't
    say how many it made, or used a number twice. `finished`: every sheet it scanned on was finished by a scan."""

    device = ma.fields.String(required=True, allow_none=True)
    sender = ma.fields.String(required=True, allow_none=True)
    stream = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True, metadata={"description": "of this count"})
    held = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "of the whole stream"})
    missing_total = ma.fields.Integer(required=True)
    unproven = ma.fields.Boolean(required=True)
    finished = ma.fields.Boolean(required=True)
    last_seen = ma.fields.String(required=True)


class UnfinishedOut(ma.Schema):
    """A sheet that somebody was given or had begun, and that no scan finished."""

    sheet = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    operator = ma.fields.String(required=True)


class ReconciliationOut(ma.Schema):
    """A reconciliation: what an approval of `hash` covers."""

    count = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(STATUSES))
    hash = ma.fields.String(required=True)
    policy = ma.fields.String(required=True)
    tolerance = ma.fields.Nested(ToleranceOut, required=True)
    tolerances = ma.fields.List(ma.fields.Nested(ToleranceOfOut), required=True)
    approved_by = ma.fields.String(required=True, allow_none=True)
    approved_at = ma.fields.String(required=True, allow_none=True)
    second_above = ma.fields.String(required=True, allow_none=True)
    second_approved_by = ma.fields.String(required=True, allow_none=True)
    second_approved_at = ma.fields.String(required=True, allow_none=True)
    declared = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "who counted and approved, where the site declares it"}
    )
    lines = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    next = ma.fields.String(required=True, allow_none=True)
    totals = ma.fields.Dict(required=True)
    late = ma.fields.List(ma.fields.Nested(LateOut), required=True)
    gaps = ma.fields.List(ma.fields.Nested(GapOut), required=True)
    proof = ma.fields.String(
        required=True,
        validate=validate.OneOf(("enforce", "declare")),
        metadata={"description": "whether the site wants everything proven, or only printed"},
    )
    devices = ma.fields.List(
        ma.fields.Nested(DrainedOut), required=True, metadata={"description": "what took part; as it was at the approval"}
    )
    unfinished = ma.fields.List(ma.fields.Nested(UnfinishedOut), required=True)
    override = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "why it was approved though scans may have been missing"}
    )


class WhyOut(ma.Schema):
    """What happened around a line.

    `scans`: of every pass, voided and late ones too. `moves`: from a day before to a day after; `when`: before, inside or after the
    counting; `late`: heard after the posting. `unknown_codes`: what nobody understood there meanwhile. `swaps`: the same product elsewhere
    in the count that differs the other way; `exact`: by as much; `steps`: locations between. `mixes`: another product there that differs by
    as much the other way. `elsewhere`: where else the product is now.
    """

    line = ma.fields.String(required=True)
    value_before = ma.fields.String(required=True, allow_none=True)
    value_after = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.List(ma.fields.Dict(), required=True)
    moves = ma.fields.List(ma.fields.Dict(), required=True)
    unknown_codes = ma.fields.List(ma.fields.Dict(), required=True)
    swaps = ma.fields.List(ma.fields.Dict(), required=True)
    mixes = ma.fields.List(ma.fields.Dict(), required=True)
    elsewhere = ma.fields.List(ma.fields.Dict(), required=True)


def _site(query: dict[str, Any], body: dict[str, Any] | None = None) -> int:
    with reading() as tx:
        return access.site_for(tx, query.get("site") or (body or {}).get("site"))


@blueprint.post("/counts")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(PlanIn)
@blueprint.response(201, CountOut)
@http.errors("already_counting", "bad_request", "site_required", "not_found")
@allow("supervisor")
def plan(query: dict[str, Any], wanted: dict[str, Any]) -> Response:
    """Plan a count: one sheet for every leaf location under those named."""
    site_id = _site(query, wanted)
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
    site_id = _site(query)
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
    site_id = _site(query)
    count = closing.close(site_id, code, wanted["complete"], (wanted.get("reason") or "").strip())
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
    site_id = _site(query)
    closing.cancel(site_id, code, wanted["reason"])
    with reading() as tx:
        return http.answer(listing.count(tx, site_id, code))


@blueprint.get("/counts/<code>/reconciliation")
@blueprint.arguments(LinesQuery, location="query")
@blueprint.response(200, ReconciliationOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_reconciliation(query: dict[str, Any], code: str) -> Response:
    """Read what a count found against what the book said then."""
    return http.answer(reconciling.show(_site(query), code, query["limit"], query.get("after")))


@blueprint.put("/counts/<code>/decisions")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(DecisionsIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("not_in_review", "bad_request", "site_required")
@allow("supervisor")
def decide(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Keep decisions about lines until the approval."""
    site_id = _site(query)
    reconciling.decide(site_id, code, wanted["decisions"], access.caller().person_id)
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/reconciliation")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ApprovalIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("changed", "not_drained", "not_in_review", "undecided", "lots_needed", "not_independent", "bad_request", "site_required")
@allow("supervisor")
def approve(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Approve exactly what was seen, and post its adjustments; where a second approver is due, the status is `approved` first."""
    site_id = _site(query)
    reconciling.approve(site_id, code, wanted["hash"], wanted["decisions"], access.caller(), wanted.get("override"))
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/approval")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(SecondIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("changed", "not_drained", "not_in_review", "not_independent", "bad_request", "site_required")
@allow("supervisor")
def approve_second(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Approve as the second person what another one has approved, and post its adjustments."""
    site_id = _site(query)
    reconciling.second(site_id, code, wanted["hash"], access.caller(), wanted.get("override"))
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/withdrawal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("not_in_review", "site_required")
@allow("supervisor")
def withdraw(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Take back an approval that waits for the second; the count is in review again."""
    site_id = _site(query)
    reconciling.withdraw(site_id, code, wanted["reason"])
    return http.answer(reconciling.show(site_id, code))


@blueprint.get("/counts/<code>/lines/<line>")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, WhyOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_line(query: dict[str, Any], code: str, line: str) -> Response:
    """Read what happened around a line: scans, moves, unknown codes, and where its difference may have gone."""
    return http.answer(explaining.why(_site(query), code, line))


@blueprint.post("/counts/<code>/lines/<line>/reversal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("not_posted", "not_accepted", "already_reversed", "not_independent", "site_required")
@allow("supervisor")
def reverse_line(query: dict[str, Any], wanted: dict[str, Any], code: str, line: str) -> Response:
    """Reverse what a posted count accepted for a line, as of the moment of the count; once."""
    site_id = _site(query)
    reversing.reverse(site_id, code, line, wanted["reason"], access.caller())
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/reversal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("not_posted", "not_accepted", "already_reversed", "not_independent", "site_required")
@allow("supervisor")
def reverse_count(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Reverse all that a posted count accepted and nobody has reversed yet."""
    site_id = _site(query)
    reversing.reverse(site_id, code, None, wanted["reason"], access.caller())
    return http.answer(reconciling.show(site_id, code))
