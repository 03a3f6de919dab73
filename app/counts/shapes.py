"""What planning and reviewing say alike on the wire."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import validate

from app import access, http
from app.db import reading
from app.quantities import SYNTAX

POLICIES = ("ask", "recount", "as_of")
_LIMIT = validate.Regexp(f"^(?:{SYNTAX})\\Z", re.ASCII, error="Not a quantity.")
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


def site_of(query: dict[str, Any], body: dict[str, Any] | None = None) -> int:
    """Return the site that a request is about."""
    with reading() as tx:
        return access.site_for(tx, query.get("site") or (body or {}).get("site"))
