"""What the wire says of sheets on paper."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http, times
from app.access import OFFICE, allow
from app.counts import listing
from app.db import reading
from app.errors import Problem
from app.paper import asking, drawing
from app.paper.words import WORDS
from app.scans import sheets

blueprint = http.Blue("paper", __name__, url_prefix="/api/v1", description="Sheets on paper: to print, and what each asks for")
blueprints = [blueprint]


class PaperQuery(http.SiteQuery):
    """How sheets are printed."""

    sheet = http.Text(128, 1, metadata={"description": "only this one"})
    part = ma.fields.Integer(
        load_default=1, validate=validate.Range(1, 1000), metadata={"description": f"which {asking.PART} sheets, in walking order"}
    )
    size = ma.fields.String(load_default="a4", validate=validate.OneOf(list(drawing.SIZES)))
    language = ma.fields.String(load_default="en", validate=validate.OneOf(list(WORDS)))
    expected = ma.fields.Boolean(metadata={"description": "print what the book has; without it, only where the count isn't blind"})


class PaperRowOut(ma.Schema):
    """A product, lot and serial that a sheet asks for."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)


class PaperOut(ma.Schema):
    """What a sheet asks for, in the order in which it is printed, without what is expected. `whole`: all of the location."""

    sheet = ma.fields.String(required=True)
    count = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sequence = ma.fields.Integer(required=True)
    operator = ma.fields.String(required=True, allow_none=True)
    whole = ma.fields.Boolean(required=True)
    check = ma.fields.Boolean(required=True, metadata={"description": "the location's label has check digits"})
    may_count = ma.fields.Boolean(
        required=True,
        metadata={"description": "false: you counted another pass of the location, or sent it, and the site wants another person"},
    )
    rows = ma.fields.List(ma.fields.Nested(PaperRowOut), required=True)


@blueprint.get("/counts/<code>/paper.pdf")
@blueprint.arguments(PaperQuery, location="query")
@blueprint.doc(responses={"200": {"content": {"application/pdf": {"schema": http.BYTES}}}})
@blueprint.response(200, description="The pages; X-ScanLedger-Parts says how many such files the open sheets of the count take.")
@http.errors("bad_request", "sheet_closed", "site_required", "not_found")
@http.costly
@allow(*OFFICE)
def print_paper(query: dict[str, Any], code: str) -> Response:
    """Print the open sheets of a count, or one of them, to be counted with a pen; blind where the count is, unless asked otherwise."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        sheet = query.get("sheet")
        paper = asking.of_count(tx, site_id, code, query["part"]) if sheet is None else asking.of_sheet(tx, site_id, sheet)
    if paper.code != code:
        raise Problem("not_found", "The count has no such sheet.")
    shown = query.get("expected", not paper.blind)
    as_of = times.wire(times.now())[:16].replace("T", " ") + " UTC" if shown else None
    pages = drawing.draw(paper, drawing.Look(query["size"], query["language"], query["part"], as_of))
    response = Response(pages, content_type="application/pdf")
    response.headers["X-ScanLedger-Parts"] = str(paper.parts)
    response.headers["Content-Disposition"] = f'inline; filename="count-{code}.pdf"'
    return response


@blueprint.get("/sheets/<code>/paper")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, PaperOut)
@http.errors("sheet_closed", "site_required", "not_found")
@allow(*OFFICE)
def read_paper(query: dict[str, Any], code: str) -> Response:
    """Read what an open sheet asks for, so that what was written on it can be typed in; that is sent as scans (`POST /api/v1/scans`)."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        paper = asking.of_sheet(tx, site_id, code)
        may_count = listing.may_count(tx, site_id, code, sheets.hand(tx, access.caller().person_id))
    (asked,) = paper.sheets
    rows = [{name: value for name, value in row._asdict().items() if name != "expected"} for row in asked.rows]
    return http.answer(
        {
            "sheet": asked.sheet, "count": paper.code, "location": asked.location, "sequence": asked.sequence, "operator": asked.operator,
            "whole": asked.whole, "check": asked.check, "may_count": may_count, "rows": rows,
        }
    )  # fmt: skip
