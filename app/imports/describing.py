"""What all import routes share: the query they take, the report they answer, and the way from one to the other."""

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.db import reading
from app.imports import notation, spooling, taking
from app.imports.kinds import Kind
from app.imports.models import STATES
from app.imports.taking import Order, Work

FILE = {
    "required": True,
    "content": {
        "text/csv": {"schema": {"type": "string"}},
        spooling.XLSX: {"schema": {"type": "string", "format": "binary"}},
    },
}


class NotationOut(ma.Schema):
    """How a file of text writes numbers and dates."""

    decimal = ma.fields.String(required=True, validate=validate.OneOf(notation.DECIMALS))
    dates = ma.fields.String(required=True, validate=validate.OneOf(notation.DATES))


class ImportQuery(http.Strict):
    """What every import takes."""

    dry_run = ma.fields.Boolean(load_default=False, metadata={"description": "tell what would happen and write nothing"})
    mode = ma.fields.String(load_default="all", validate=validate.OneOf(["all", "rows"]))
    site = http.Text(128)
    sheet = http.Text(200, metadata={"description": "the sheet of an XLSX; without it the first"})
    name = http.Text(200, metadata={"description": "the file's name, for the list of imports"})
    map = http.Text(
        10_000,
        metadata={"description": "where the file's columns have other names: `sku:barcode,name:title` (ours:theirs), or a JSON object"},
    )
    mapping = http.Text(100, metadata={"description": "the name of a saved mapping, instead of `map`"})
    decimal = ma.fields.String(
        validate=validate.OneOf(notation.DECIMALS),
        metadata={"description": "how a CSV writes decimals; without it as the saved mapping says, else with a point"},
    )
    dates = ma.fields.String(
        validate=validate.OneOf(notation.DATES),
        metadata={"description": "how a CSV writes dates, with `.`, `/` or `-`, times in UTC; RFC 3339 is understood whatever it says"},
    )


class ImportRejectedOut(ma.Schema):
    """A row that was refused, and why. `row` counts as a spreadsheet does: the header is 1."""

    row = ma.fields.Integer(required=True)
    field = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


class ImportSampleOut(ma.Schema):
    """A row as it was understood: numbers with a point, dates as RFC 3339, whatever the file writes."""

    row = ma.fields.Integer(required=True)
    cells = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)


class ImportNumbers(ma.Schema):
    """What became of the rows: created + updated + unchanged + rejected_total = rows."""

    id = ma.fields.String(required=True)
    dry_run = ma.fields.Boolean(required=True)
    mode = ma.fields.String(required=True)
    applied = ma.fields.Boolean(
        required=True, metadata={"description": "whether anything was written; if not, the numbers say what would be"}
    )
    rows = ma.fields.Integer(required=True)
    created = ma.fields.Integer(required=True)
    updated = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
    rejected_total = ma.fields.Integer(required=True)


class ImportReportOut(ImportNumbers):
    """What became of each row; at most 100,000 refused ones are listed."""

    rejected = ma.fields.List(ma.fields.Nested(ImportRejectedOut), required=True)
    sample = ma.fields.List(
        ma.fields.Nested(ImportSampleOut), metadata={"description": "of a dry run: the first rows as they were understood"}
    )


class ImportRow(ImportNumbers):
    """An import in the list of all. `keeps_rejected`: its refused rows can still be downloaded."""

    kind = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(STATES))
    rows_done = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    site = ma.fields.String(allow_none=True)
    person = ma.fields.String(allow_none=True)
    at = ma.fields.String()
    keeps_rejected = ma.fields.Boolean()


class ImportOut(ImportRow):
    """An import: how far it is, and its report when it is done."""

    rejected = ma.fields.List(ma.fields.Nested(ImportRejectedOut), required=True)
    sample = ma.fields.List(ma.fields.Nested(ImportSampleOut))


def described(of: http.Blue, kind: Kind) -> Callable[[Any], Any]:
    """Describe an import route: its body, its query, its answers."""

    def mark(view: Any) -> Any:
        view = http.errors("bad_file", "site_required", "not_found", "too_many_requests")(http.costly(view))
        view = of.alt_response(202, schema=ImportOut, description="more than 5,000 rows: poll the Location")(view)
        view = of.response(200, ImportReportOut)(view)
        view = of.arguments(ImportQuery, location="query")(view)
        return of.doc(requestBody={**FILE, "description": "columns: " + ", ".join(kind.columns)})(view)

    return mark


def take(kind: Kind, asked: dict[str, Any], work: Work) -> Response:
    """Import the request's file."""
    site_id = None
    if kind.of_a_site:
        with reading() as tx:
            site_id = access.site_for(tx, asked.get("site"))
    return taking.take(Order(kind.name, asked["mode"], asked["dry_run"], site_id), asked, work)
