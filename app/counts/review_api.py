"""What the wire says of reviewing a count: its lines, why they differ, decisions, approvals, reversals."""

import re
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import OFFICE, allow
from app.counts import deciding, explaining, matching, reconciling, reversing, statement
from app.counts.shapes import STATUSES, ReasonIn, SiteQuery, ToleranceOfOut, ToleranceOut, site_of
from app.counts.statement import DECISIONS, STATES
from app.quantities import SYNTAX

blueprint = http.Blue("reviews", __name__, url_prefix="/api/v1", description="Reviews: what counts found, decisions, approvals, reversals")
blueprints = [blueprint]

_SIGNED = validate.Regexp(f"^-?(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")


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


class LinesFilter(http.Strict):
    """Which lines are meant: those that match all that is given."""

    state = ma.fields.String(validate=validate.OneOf(STATES))
    differs = ma.fields.Boolean(metadata={"description": "true: all but those in the state `equal` or `empty`"})
    flagged = ma.fields.Boolean(
        metadata={
            "description": "true: moved while counted, late scans, unknown operators, lots to be chosen, or another "
            "product where only one may be"
        }
    )
    decision = ma.fields.String(validate=validate.OneOf((*DECISIONS, "undecided")))
    zone = http.Text(128, 1, metadata={"description": "a location: what is below it"})
    abc = ma.fields.String(validate=validate.OneOf(("A", "B", "C", "none")))
    reason = http.Text(200, 1, metadata={"description": "the reason code of the decision"})
    unexplained = ma.fields.Boolean(metadata={"description": "true: accepted by a person though it differs, without a reason code"})
    counter = http.Text(200, 1, metadata={"description": "the badge of an operator who counted it"})
    search = http.Text(128, metadata={"description": "words that stand in location, SKU, name or lot"})


class ReviewQuery(LinesFilter):
    """A page of the lines that match. `after` goes on from a line in the order that is asked for; `skip` leaves out so many."""

    site = http.Text(128)
    sort = ma.fields.String(load_default="location", validate=validate.OneOf(tuple(matching.SORTS)))
    limit = http.Digits(load_default=100, validate=validate.Range(1, 500))
    after = http.Text(40)
    skip = http.Digits(load_default=0, validate=validate.Range(0, 10**9))
    within = ma.fields.Float(
        validate=validate.Range(0, 30),
        metadata={"description": "seconds to compare lines for; the answer tells how much is `done` then. Not given: until all of it is"},
    )


class BulkIn(http.Strict):
    """One decision about many lines: those named, or all that match. Of decision, reason code and note, what isn't given stays."""

    hash = http.Text(64, 1, required=True, metadata={"description": "of the lines that were seen"})
    lines = ma.fields.List(http.Text(40, 1), validate=validate.Length(1, deciding.MOST_NAMED))
    matching = ma.fields.Nested(LinesFilter, metadata={"description": f"instead of `lines`; at most {deciding.MOST_AT_ONCE} of them"})
    decision = ma.fields.String(validate=validate.OneOf(DECISIONS))
    reason_code = http.Text(200)
    note = http.Text(2000)
    lots = ma.fields.Dict(
        keys=http.Text(128, 1), values=ma.fields.String(validate=_SIGNED), metadata={"description": "of one line that is named"}
    )

    @ma.validates_schema
    def _is_one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("lines" in data) == ("matching" in data):
            raise ma.ValidationError("Name lines, or say what matches.", "lines")
        if not {"decision", "reason_code", "note"} & data.keys():
            raise ma.ValidationError("Say what is decided.", "decision")
        if data.get("lots") and len(data.get("lines", ())) != 1:
            raise ma.ValidationError("Lots are chosen for one line.", "lots")


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

    limit = http.Digits(load_default=reconciling.MOST, validate=validate.Range(1, reconciling.MOST))
    after = http.Text(40)


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
    counters = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "who counted it, where several did on one sheet: what they counted adds up, so a person must look"},
    )
    other_product = ma.fields.Boolean(
        required=True, metadata={"description": "at a location for one product only, and another one was counted there too"}
    )
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


class UndoOut(ma.Schema):
    """The bulk decision that can be undone: the last one that stands."""

    bulk = ma.fields.Integer(required=True)
    decided = ma.fields.Integer(required=True)
    by = ma.fields.String(required=True, allow_none=True)
    at = ma.fields.String(required=True)
    decision = ma.fields.String(required=True, allow_none=True)
    reason_code = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)


class DecidedOut(ma.Schema):
    """How many lines are decided how; `unexplained`: accepted by a person though they differ, without a reason code."""

    accept = ma.fields.Integer(required=True)
    recount = ma.fields.Integer(required=True)
    dismiss = ma.fields.Integer(required=True)
    unexplained = ma.fields.Integer(required=True)


class ReviewOut(http.Listed):
    """Lines that match (`total` of them), in the order that was asked for; `totals` and `hash` are of all lines of the count, as far as
    they are `done`."""

    count = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(STATUSES))
    hash = ma.fields.String(required=True, allow_none=True, metadata={"description": "null as long as not all is done"})
    done = ma.fields.Integer(required=True, metadata={"description": "percent of the count that is compared; 100: all"})
    rows = ma.fields.List(ma.fields.Nested(LineOut), required=True)
    total = ma.fields.Integer(required=True)
    totals = ma.fields.Dict(required=True)
    decided = ma.fields.Nested(DecidedOut, required=True)
    undo = ma.fields.Nested(UndoOut, required=True, allow_none=True)


class NamedLineOut(ma.Schema):
    """A line by where and what."""

    line = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True, allow_none=True)


class RefusedOut(ma.Schema):
    """Lines that were left out, and why; the first of them by name."""

    reason = ma.fields.String(required=True, validate=validate.OneOf(tuple(deciding.REFUSED)))
    message = ma.fields.String(required=True)
    lines = ma.fields.Integer(required=True)
    first = ma.fields.List(ma.fields.Nested(NamedLineOut), required=True)


class BulkOut(ma.Schema):
    """What a bulk decision did; `bulk` undoes it, null where it decided nothing."""

    bulk = ma.fields.Integer(required=True, allow_none=True)
    decided = ma.fields.Integer(required=True)
    refused = ma.fields.List(ma.fields.Nested(RefusedOut), required=True)


class UndoneOut(ma.Schema):
    """How many lines stand as before; `kept`: those that were decided anew since stay."""

    undone = ma.fields.Integer(required=True)
    kept = ma.fields.Integer(required=True)


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


@blueprint.get("/counts/<code>/lines")
@blueprint.arguments(ReviewQuery, location="query")
@blueprint.response(200, ReviewOut)
@http.errors("site_required", "bad_request")
@allow(*OFFICE)
def list_lines(query: dict[str, Any], code: str) -> Response:
    """List the lines of a reconciliation that match a filter, sorted by location, absolute value or product."""
    how = {name: query.pop(name, None) for name in ("limit", "sort", "after", "skip", "within")}
    return http.answer(reconciling.lines(site_of(query), code, query, **how))


@blueprint.post("/counts/<code>/decisions")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.arguments(BulkIn)
@blueprint.response(200, BulkOut)
@http.errors("changed", "not_in_review", "bad_request", "site_required")
@allow("supervisor")
def decide_many(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Decide alike about lines that are named or that match a filter; what can't be decided so is left out and told."""
    return http.answer(deciding.decide_many(site_of(query), code, wanted["hash"], wanted, access.caller().person_id))


@blueprint.delete("/counts/<code>/decisions/<int:bulk>")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, UndoneOut)
@http.errors("changed", "not_in_review", "site_required")
@allow("supervisor")
def undo_many(query: dict[str, Any], code: str, bulk: int) -> Response:
    """Undo the last bulk decision that stands, until the approval."""
    return http.answer(deciding.undo(site_of(query), code, bulk))


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
    reconciling.approve(site_id, code, wanted["hash"], wanted["decisions"], access.caller(), wanted.get("override"))
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
    reconciling.second(site_id, code, wanted["hash"], access.caller(), wanted.get("override"))
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


@blueprint.get("/counts/<code>/lines/<line>")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, WhyOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_line(query: dict[str, Any], code: str, line: str) -> Response:
    """Read what happened around a line: scans, moves, unknown codes, and where its difference may have gone."""
    return http.answer(explaining.why(site_of(query), code, line))


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
