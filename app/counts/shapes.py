"""What planning and reviewing say alike on the wire."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app import access, http
from app.counts import statement
from app.counts.statement import DECISIONS, STATES
from app.db import reading
from app.fields import Flag
from app.quantities import SYNTAX

POLICIES = ("ask", "recount", "as_of")
_LIMIT = validate.Regexp(f"^(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")
SIGNED = validate.Regexp(f"^-?(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")
COUNT_JOURNAL = "of the last change of the count itself: a decision, a sheet, an approval"
STATUSES = ("planned", "counting", "review", "approved", "posted", "cancelled")


class SiteQuery(http.Strict):
    """Which site, where the caller may use several."""

    site = http.Text(128)


class ReasonIn(http.Strict):
    """Why."""

    reason = http.Text(2000, 1, required=True)


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


class TermsIn(http.Strict):
    """What holds for a count, whether a person plans it or a rule does."""

    blind = Flag(load_default=True)
    twice = Flag(
        load_default=False,
        metadata={"description": "two people count each location: a line on which they agree is closed, any other waits for a person"},
    )
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
    agreed = ma.fields.Boolean(
        required=True,
        allow_none=True,
        metadata={"description": "of a count in which two people count everything: whether another one came to the same difference"},
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


class UnfinishedOut(ma.Schema):
    """A sheet that somebody was given or had begun, and that no scan finished, or one of another device."""

    sheet = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    operator = ma.fields.String(required=True)
    closed_by = ma.fields.String(required=True, allow_none=True, metadata={"description": "who finished it for them, by hand or by a scan"})
    reason = ma.fields.String(required=True, metadata={"description": "why they did"})
    drained = ma.fields.Boolean(
        required=True,
        metadata={"description": "since it was finished, each device that had begun it has said how many scans it made, and all are here"},
    )
    by_device = ma.fields.Boolean(
        required=True, metadata={"description": "a device may hold scans of it: one has scanned for it, or nobody has"}
    )


def site_of(query: dict[str, Any], body: dict[str, Any] | None = None) -> int:
    """Return the site that a request is about."""
    with reading() as tx:
        return access.site_for(tx, query.get("site") or (body or {}).get("site"))
