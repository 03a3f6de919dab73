"""What the wire says of labels."""

from typing import Any

import marshmallow as ma
from flask import Response, current_app
from marshmallow import validate

from app import access, audit, http, journal
from app.access import allow
from app.config import Printer
from app.db import reading, writing
from app.errors import Problem
from app.labels import choosing, layout, making, printing, symbols
from app.labels.layout import Placed
from app.labels.stock import STOCKS

blueprint = http.Blue("labels", __name__, url_prefix="/api/v1/labels", description="Labels of places, products, lots, badges and commands")
blueprints = [blueprint]

MAKERS = ("supervisor", "administrator", "integration")


class LabelStockOut(ma.Schema):
    """Labels of one size in mm: on a roll, or so many on a page."""

    name = ma.fields.String(required=True)
    width = ma.fields.Float(required=True)
    height = ma.fields.Float(required=True)
    sheet = ma.fields.Boolean(required=True)
    per_page = ma.fields.Integer(required=True)


class LabelPrinterOut(ma.Schema):
    """A printer that the settings name."""

    name = ma.fields.String(required=True)
    dpi = ma.fields.Integer(required=True)


class LabelOfferOut(ma.Schema):
    """What labels can be made of, as what, on what, and where they can be printed."""

    of = ma.fields.List(ma.fields.String(), required=True)
    symbols = ma.fields.List(ma.fields.String(), required=True)
    stocks = ma.fields.List(ma.fields.Nested(LabelStockOut), required=True)
    printers = ma.fields.List(ma.fields.Nested(LabelPrinterOut), required=True)
    most = ma.fields.Integer(required=True, metadata={"description": "labels of one request, copies counted"})


@blueprint.get("")
@blueprint.response(200, LabelOfferOut)
@allow(*MAKERS)
def get_offer() -> Response:
    """Tell what labels can be made."""
    stocks = [
        {"name": one.name, "width": one.width, "height": one.height, "sheet": one.page is not None, "per_page": one.per_page}
        for one in STOCKS.values()
    ]
    of = [thing for thing in choosing.THINGS if thing != choosing.BADGES or _may_see_badges()]
    printers = [{"name": one.name, "dpi": one.dpi} for one in _printers()]
    return http.answer({"of": of, "symbols": symbols.KINDS, "stocks": stocks, "printers": printers, "most": choosing.MOST})


class LabelsWanted(http.Strict):
    """Labels of what, as what, on what: `codes` in their order, or a `pattern` (`*`: any text, `?`: one character)."""

    of = ma.fields.String(required=True, validate=validate.OneOf(choosing.THINGS))
    pattern = http.Text(128, 1)
    product = http.Text(128, 1, metadata={"description": "the SKU whose lots they are"})
    symbol = ma.fields.String(validate=validate.OneOf(symbols.KINDS), metadata={"description": "default: the one that fits each code"})
    stock = ma.fields.String(load_default="roll-100x50", validate=validate.OneOf(list(STOCKS)))
    dpi = ma.fields.Integer(load_default=layout.DPI[0], strict=False, validate=validate.OneOf(layout.DPI))
    site = http.Text(128)


class LabelPreviewQuery(LabelsWanted):
    """One label: of a code, or the first that fits a pattern."""

    code = http.Text(128, 1)


class LabelsIn(LabelsWanted):
    """Labels of these codes, or of what fits a pattern."""

    codes = ma.fields.List(http.Text(128, 1), validate=validate.Length(1, choosing.MOST))
    copies = ma.fields.Integer(load_default=1, strict=True, validate=validate.Range(1, choosing.MOST))
    skip = ma.fields.Integer(
        load_default=0, strict=True, validate=validate.Range(0, 100), metadata={"description": "used labels of a sheet"}
    )


class LabelFileIn(LabelsIn):
    """Labels as a file; a picture is of one label."""

    format = ma.fields.String(load_default="pdf", validate=validate.OneOf(list(making.FORMATS)))


class LabelPlanOut(ma.Schema):
    """How many labels and pages there would be, copies counted."""

    labels = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    first = ma.fields.String(required=True, metadata={"description": "the text of the first"})


class LabelPrintIn(LabelsIn):
    """Labels for a printer, in its resolution."""

    printer = http.Text(40, 1, required=True)


class LabelsPrintedOut(ma.Schema):
    """What was handed to the printer."""

    labels = ma.fields.Integer(required=True)
    printer = ma.fields.String(required=True)


_PICTURES = {"svg", "png"}
_PICTURE = http.one_of("kind", sorted(_PICTURES))


@blueprint.get("/preview.<kind>", parameters=[_PICTURE])
@blueprint.arguments(LabelPreviewQuery, location="query")
@blueprint.doc(responses={"200": {"content": {making.FORMATS[kind]: {"schema": http.BYTES} for kind in sorted(_PICTURES)}}})
@blueprint.response(200, description="The picture")
@http.errors("bad_request", "not_found", "site_required", "forbidden")
@allow(*MAKERS)
def get_preview(asked: dict[str, Any], kind: str) -> Response:
    """Show one label as it will be, in true size."""
    if kind not in _PICTURES:
        raise Problem("not_found", "There is no such picture.")
    code = asked.pop("code", None)
    placed, order = _placed(asked | ({"codes": [code]} if code is not None else {}), most=1)
    return Response(making.make(kind, placed, order), content_type=making.FORMATS[kind])


@blueprint.post("/plan")
@blueprint.arguments(LabelsIn)
@blueprint.response(200, LabelPlanOut)
@http.errors("bad_request", "not_found", "site_required", "forbidden")
@allow(*MAKERS)
def post_plan(asked: dict[str, Any]) -> Response:
    """Tell how many labels there would be, and hold that each can be made; nothing is kept."""
    placed, order = _placed(asked)
    counted = {"labels": len(placed) * order.copies, "pages": making.pages(len(placed), order)}
    return http.answer(counted | {"first": placed[0].symbol.text})


@blueprint.post("/files")
@blueprint.arguments(LabelFileIn)
@blueprint.doc(responses={"200": {"content": {media.partition(";")[0]: {"schema": http.BYTES} for media in making.FORMATS.values()}}})
@blueprint.response(200, description="The file")
@http.errors("bad_request", "not_found", "site_required", "forbidden")
@http.costly
@allow(*MAKERS)
def post_file(asked: dict[str, Any]) -> Response:
    """Make labels: all, or none with a reason for each that can't be made. Nothing is kept."""
    kind = asked.pop("format")
    placed, order = _placed(asked)
    response = Response(making.make(kind, placed, order), content_type=making.FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="labels.{kind}"'
    return response


@blueprint.post("/prints")
@blueprint.arguments(LabelPrintIn)
@blueprint.response(200, LabelsPrintedOut)
@http.errors("bad_request", "not_found", "site_required", "forbidden", "unavailable")
@http.costly
@allow(*MAKERS)
def post_print(asked: dict[str, Any]) -> Response:
    """Send labels to a printer that the settings name."""
    name = asked.pop("printer")
    printer = next((one for one in _printers() if one.name == name), None)
    if printer is None:
        raise Problem("not_found", "The settings name no such printer.")
    placed, order = _placed(asked | {"dpi": printer.dpi})
    printing.send(printer, making.make("zpl", placed, order))
    printed = {"labels": len(placed) * order.copies, "printer": printer.name}
    with writing() as tx:
        site_id = access.site_for(tx, asked.get("site"))
        journal.lock(tx, site_id)
        audit.write(tx, "labels_printed", f"printer {printer.name}", site_id=site_id, after=printed | {"of": asked["of"]})
    return http.answer(printed)


def _placed(asked: dict[str, Any], most: int | None = None) -> tuple[list[Placed], making.Order]:
    """Find what is asked for and lay it out, after the database was let go."""
    if ("codes" in asked) == ("pattern" in asked):
        raise Problem("bad_request", "Give codes or a pattern, not both.")
    if asked["of"] == choosing.BADGES and not _may_see_badges():
        raise Problem("forbidden", "Badges are for administrators.")
    wanted = choosing.Wanted(asked["of"], asked.get("codes", ()), asked.get("pattern"), asked.get("symbol"), asked.get("product"))
    with reading() as tx:
        site_id = access.site_for(tx, asked.get("site"))
        labels = choosing.choose(tx, wanted, site_id, access.caller().site_id)
    order = making.Order(STOCKS[asked["stock"]], asked["dpi"], asked.get("copies", 1), asked.get("skip", 0))
    return making.place(labels[:most], order), order


def _may_see_badges() -> bool:
    return "administrator" in access.caller().roles


def _printers() -> tuple[Printer, ...]:
    found: tuple[Printer, ...] = current_app.extensions["settings"].printers
    return found
