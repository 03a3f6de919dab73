"""What the wire says of the review of a count as a whole: what was found, decisions, approvals, reversals."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import OFFICE, allow
from app.counts import deciding, reconciling, reversing
from app.counts.shapes import (
    COUNT_JOURNAL,
    SIGNED,
    STATUSES,
    LineOut,
    ReasonIn,
    SiteQuery,
    ToleranceOfOut,
    ToleranceOut,
    UnfinishedOut,
    site_of,
)
from app.counts.statement import DECISIONS

blueprint = http.Blue("reviews", __name__, url_prefix="/api/v1", description="Reviews: what counts found, decisions, approvals, reversals")
blueprints = [blueprint]


class DecisionIn(http.Strict):
    """What is decided about a line; `lots` splits the variance of a line at product level over lots, or serials where the product is
    tracked by them; a decision of null takes it back."""

    line = http.Text(40, 1, required=True)
    decision = ma.fields.String(allow_none=True, load_default=None, validate=validate.OneOf(DECISIONS))
    reason_code = http.Text(200, allow_none=True)
    note = http.Text(2000, allow_none=True)
    lots = ma.fields.Dict(
        keys=http.Text(128, 1),
        values=ma.fields.String(validate=SIGNED),
        allow_none=True,
    )


class DecisionsIn(http.Strict):
    """Decisions about lines."""

    decisions = ma.fields.List(ma.fields.Nested(DecisionIn), required=True, validate=validate.Length(0, 5000))


SEEN = "that of the answer that was seen; where somebody has decided since, or taken an approval back, it is 409 `changed`"


class ApprovalIn(http.Strict):
    """The hash of the reconciliation that was seen, and the decisions about its lines."""

    hash = http.Text(64, 1, required=True)
    decisions = ma.fields.List(ma.fields.Nested(DecisionIn), load_default=list, validate=validate.Length(0, 5000))
    count_journal = ma.fields.Integer(allow_none=True, strict=True, metadata={"description": SEEN})
    override = http.Text(2000, allow_none=True, metadata={"description": "why it is approved though scans may be missing; kept"})


class SecondIn(http.Strict):
    """The hash of the reconciliation that was approved."""

    hash = http.Text(64, 1, required=True)
    count_journal = ma.fields.Integer(allow_none=True, strict=True, metadata={"description": SEEN})
    override = http.Text(2000, allow_none=True, metadata={"description": "why it is approved though scans may be missing; kept"})


class LinesQuery(SiteQuery):
    """A page of lines."""

    limit = http.Digits(load_default=reconciling.MOST, validate=validate.Range(1, reconciling.MOST))
    after = http.Text(40)


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


class ReconciliationOut(ma.Schema):
    """A reconciliation: what an approval of `hash` covers."""

    count = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(STATUSES))
    hash = ma.fields.String(required=True)
    count_journal = ma.fields.Integer(required=True, metadata={"description": COUNT_JOURNAL})
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
    waiting = ma.fields.Integer(
        required=True,
        metadata={
            "description": "scans for its sheets that nobody understood: they count if somebody says before the approval what they mean"
        },
    )
    gaps = ma.fields.List(ma.fields.Nested(GapOut), required=True)
    proof = ma.fields.String(
        required=True,
        validate=validate.OneOf(("enforce", "declare")),
        metadata={"description": "what the site wants proven: what devices scanned (`declare`), or everything"},
    )
    needs_override = ma.fields.Boolean(required=True, metadata={"description": "whether the approval that is due takes a reason"})
    devices = ma.fields.List(
        ma.fields.Nested(DrainedOut), required=True, metadata={"description": "what took part; of a posted count as it was at the approval"}
    )
    unfinished = ma.fields.List(ma.fields.Nested(UnfinishedOut), required=True)
    override = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "why it was approved though scans may have been missing"}
    )


@blueprint.get("/counts/<code>/reconciliation")
@blueprint.arguments(LinesQuery, location="query")
@blueprint.response(200, ReconciliationOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_reconciliation(query: dict[str, Any], code: str) -> Response:
    """Read what a count found against what the book said then."""
    return http.answer(reconciling.show(site_of(query), code, query["limit"], query.get("after")))


@blueprint.put("/counts/<code>/decisions")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(DecisionsIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("not_in_review", "bad_request", "site_required")
@allow("supervisor")
def decide(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Keep decisions about lines until the approval."""
    site_id = site_of(query)
    deciding.decide(site_id, code, wanted["decisions"], access.caller().person_id)
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/reconciliation")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ApprovalIn)
@blueprint.response(200, ReconciliationOut)
@http.errors(
    "changed", "code_needed", "not_drained", "not_in_review", "undecided", "lots_needed", "not_independent", "bad_request", "site_required"
)
@allow("supervisor")
def approve(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Approve exactly what was seen, and post its adjustments; where a second approver is due, the status is `approved` first."""
    access.proven()
    site_id = site_of(query)
    reconciling.approve(
        site_id, code, wanted["hash"], wanted["decisions"], access.caller(), wanted.get("override"), wanted.get("count_journal")
    )
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/approval")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(SecondIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("changed", "code_needed", "not_drained", "not_in_review", "not_independent", "bad_request", "site_required")
@allow("supervisor")
def approve_second(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Approve as the second person what another one has approved, and post its adjustments."""
    access.proven()
    site_id = site_of(query)
    reconciling.second(site_id, code, wanted["hash"], access.caller(), wanted.get("override"), wanted.get("count_journal"))
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/withdrawal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("code_needed", "not_in_review", "site_required")
@allow("supervisor")
def withdraw(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Take back an approval that waits for the second; the count is in review again."""
    access.proven()
    site_id = site_of(query)
    reconciling.withdraw(site_id, code, wanted["reason"])
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/lines/<line>/reversal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("code_needed", "not_posted", "not_accepted", "already_reversed", "not_independent", "site_required")
@allow("supervisor")
def reverse_line(query: dict[str, Any], wanted: dict[str, Any], code: str, line: str) -> Response:
    """Reverse what a posted count accepted for a line, as of the moment of the count; once."""
    access.proven()
    site_id = site_of(query)
    reversing.reverse(site_id, code, line, wanted["reason"], access.caller())
    return http.answer(reconciling.show(site_id, code))


@blueprint.post("/counts/<code>/reversal")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(ReasonIn)
@blueprint.response(200, ReconciliationOut)
@http.errors("code_needed", "not_posted", "not_accepted", "already_reversed", "not_independent", "site_required")
@allow("supervisor")
def reverse_count(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Reverse all that a posted count accepted and nobody has reversed yet."""
    access.proven()
    site_id = site_of(query)
    reversing.reverse(site_id, code, None, wanted["reason"], access.caller())
    return http.answer(reconciling.show(site_id, code))
