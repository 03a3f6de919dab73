"""What the wire says of working through the lines of a review: those that match, decisions about many at once, why one differs."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import OFFICE, allow
from app.counts import deciding, explaining, matching, reconciling
from app.counts.shapes import COUNT_JOURNAL, SIGNED, STATUSES, LineOut, SiteQuery, site_of
from app.counts.statement import DECISIONS, STATES

blueprint = http.Blue("lines", __name__, url_prefix="/api/v1", description="Lines of a review: found, decided about, explained")
blueprints = [blueprint]


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
        keys=http.Text(128, 1), values=ma.fields.String(validate=SIGNED), metadata={"description": "of one line that is named"}
    )

    @ma.validates_schema
    def _is_one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("lines" in data) == ("matching" in data):
            raise ma.ValidationError("Name lines, or say what matches.", "lines")
        if not {"decision", "reason_code", "note"} & data.keys():
            raise ma.ValidationError("Say what is decided.", "decision")
        if data.get("lots") and len(data.get("lines", ())) != 1:
            raise ma.ValidationError("Lots are chosen for one line.", "lots")


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
    count_journal = ma.fields.Integer(required=True, metadata={"description": COUNT_JOURNAL})
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
    counting; `late`: heard after the posting. `others`: what somebody counted there meanwhile in another count. `unknown_codes`: what
    nobody understood there meanwhile. `swaps`: the same product elsewhere in the count that differs the other way; `exact`: by as much;
    `steps`: locations between. `mixes`: another product there that differs by as much the other way. `elsewhere`: where else the product
    is now.
    """

    line = ma.fields.String(required=True)
    value_before = ma.fields.String(required=True, allow_none=True)
    value_after = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.List(ma.fields.Dict(), required=True)
    moves = ma.fields.List(ma.fields.Dict(), required=True)
    others = ma.fields.List(ma.fields.Dict(), required=True)
    unknown_codes = ma.fields.List(ma.fields.Dict(), required=True)
    swaps = ma.fields.List(ma.fields.Dict(), required=True)
    mixes = ma.fields.List(ma.fields.Dict(), required=True)
    elsewhere = ma.fields.List(ma.fields.Dict(), required=True)


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


@blueprint.get("/counts/<code>/lines/<line>")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, WhyOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_line(query: dict[str, Any], code: str, line: str) -> Response:
    """Read what happened around a line: scans, moves, unknown codes, and where its difference may have gone."""
    return http.answer(explaining.why(site_of(query), code, line))
