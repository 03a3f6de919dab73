"""What planning and reviewing say alike on the wire."""

from typing import Any

import marshmallow as ma

from app import access, http
from app.db import reading

STATUSES = ("planned", "counting", "review", "approved", "posted", "cancelled")


class SiteQuery(http.Strict):
    """Which site, where the caller may use several."""

    site = http.Text(128)


class ReasonIn(http.Strict):
    """Why."""

    reason = http.Text(2000, 1, required=True)


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
