"""What the wire says of stock, moves and exceptions."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import DEVICE, OFFICE, ROLES, allow
from app.db import reading, writing
from app.fields import Flag
from app.imports.describing import described, take
from app.imports.kinds import KINDS
from app.ledger import accounting, blind, closing, listing, opening, stock
from app.ledger.models import EXCEPTION_KINDS, MOVE_KINDS

blueprint = http.Blue("ledger", __name__, url_prefix="/api/v1", description="What is true: moves, and the balances they add up to")
blueprints = [blueprint]


class StockRow(ma.Schema):
    """What is on hand at one place of one product, lot and serial. `quantity` is null where it is hidden, and `hidden` says why;
    `packed` is there where whole packs with barcodes fit: `2 × 12 + 3`.
    """

    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)
    expiry = ma.fields.String(required=True, allow_none=True)
    unit = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True, allow_none=True)
    held = ma.fields.Boolean(required=True)
    hidden = ma.fields.String(validate=validate.OneOf([blind.REASON]))
    packed = ma.fields.String()


class StockTotal(ma.Schema):
    """The sum of a product over the places asked for; `partial`: hidden places are left out."""

    sku = ma.fields.String(required=True)
    unit = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)
    partial = ma.fields.Boolean(required=True)  # type: ignore[assignment]


class StockOut(http.Listed):
    """A page of stock; the first page also has totals where a location or an SKU was named."""

    rows = ma.fields.List(ma.fields.Nested(StockRow), required=True)
    totals = ma.fields.List(ma.fields.Nested(StockTotal))
    partial = ma.fields.Boolean()  # type: ignore[assignment]


class StockQuery(http.Page):
    """`at` is inclusive; `upto` is a journal number of the site; both together hold both."""

    location = http.Text(128, 1)
    sku = http.Text(128, 1)
    lot = http.Text(128)
    at = http.When()
    upto = http.Digits(validate=validate.Range(0, 2**62))
    site = http.Text(128)
    after = http.Text(4000)


@blueprint.get("/stock")
@blueprint.arguments(StockQuery, location="query")
@blueprint.response(200, StockOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*ROLES, DEVICE)
def get_stock(asked: dict[str, Any]) -> Response:
    """Tell what is where, now or as of a time; a location includes what is below it; virtual places only when named."""
    with reading() as tx:
        http.same_epoch(tx, asked.get("epoch"))
        site_id = access.site_for(tx, asked.get("site"))
        question = stock.Question(site_id, **{name: asked.get(name) for name in ("location", "sku", "lot", "at", "upto")})
        hidden = blind.hidden(tx, site_id, access.caller())
        rows, next_ = stock.rows(tx, question, hidden, asked.get("after"), asked["limit"])
        found = http.listed(tx, rows, next_, site_id)
        if "after" not in asked and (question.location or question.sku):
            found["totals"] = stock.totals(tx, question, hidden)
            found["partial"] = any(total["partial"] for total in found["totals"])
        return http.answer(found)


class MoveOut(ma.Schema):
    """A quantity of one product that left `source` and arrived at `target`."""

    journal = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(MOVE_KINDS))
    scan = ma.fields.String(required=True, allow_none=True)
    sku = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True)
    source = ma.fields.String(required=True)
    target = ma.fields.String(required=True)
    occurred_at = ma.fields.String(required=True)
    recorded_at = ma.fields.String(required=True)
    reason_code = ma.fields.String(required=True, allow_none=True)
    reverses = ma.fields.Integer(required=True, allow_none=True)
    line = ma.fields.Integer(required=True, allow_none=True)
    person = ma.fields.String(required=True, allow_none=True)


class MovesOut(http.Listed):
    """A page of moves."""

    rows = ma.fields.List(ma.fields.Nested(MoveOut), required=True)


@blueprint.get("/moves")
@blueprint.arguments(http.FeedPage, location="query")
@blueprint.response(200, MovesOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def get_moves(page: dict[str, Any]) -> Response:
    """List a site's moves after a journal number."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        return http.answer(http.listed(tx, *listing.moves(tx, site_id, page["since"], page["limit"]), site_id))


class ExceptionOut(ma.Schema):
    """Something a supervisor must look at."""

    id = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(EXCEPTION_KINDS))
    location = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)
    detail = ma.fields.Dict(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(["open", "closed"]))
    opened_at = ma.fields.String(required=True)
    closed_at = ma.fields.String(required=True, allow_none=True)
    closed_by = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)


class ExceptionsOut(http.Listed):
    """A page of exceptions."""

    rows = ma.fields.List(ma.fields.Nested(ExceptionOut), required=True)


class ExceptionsQuery(http.FeedPage):
    """Open ones, unless told otherwise."""

    status = ma.fields.String(load_default="open", validate=validate.OneOf(["open", "closed", "all"]))


class ExceptionClosureIn(http.Strict):
    """What was found; `reverse` takes back the counter-move of a late move."""

    note = http.Text(2000, 1, required=True)
    decision = ma.fields.String(load_default="keep", validate=validate.OneOf(["keep", "reverse"]))


@blueprint.get("/exceptions")
@blueprint.arguments(ExceptionsQuery, location="query")
@blueprint.response(200, ExceptionsOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def get_exceptions(page: dict[str, Any]) -> Response:
    """List what a supervisor must look at."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        return http.answer(http.listed(tx, *listing.exceptions(tx, site_id, page["status"], page["since"], page["limit"]), site_id))


@blueprint.post("/exceptions/<int:number>/closure")
@blueprint.arguments(ExceptionClosureIn)
@blueprint.response(200, ExceptionOut)
@http.errors("changed", "still_negative", "not_found")
@allow("supervisor")
def close_exception(asked: dict[str, Any], number: int) -> Response:
    """Close an exception with a note."""
    with writing() as tx:
        closing.close(tx, number, asked["note"], asked["decision"])
        return http.answer(listing.exception(tx, number))


@blueprint.post("/imports/stock")
@described(blueprint, KINDS["stock"])
@allow("supervisor", "administrator", "integration")
def import_stock(asked: dict[str, Any]) -> Response:
    """Set opening balances by a file; what OPENING gave already is not given again."""
    return take(KINDS["stock"], asked, opening.take)


class ReasonCodeIn(http.Strict):
    """A reason code; what is absent stays as it is."""

    code = http.Text(200, 1, required=True)
    name = http.Text(200, metadata={"description": "empty: as the console calls it"})
    account = http.Text(200, metadata={"description": "the ledger account that takes it, as it is exported"})
    account_found = http.Text(200, metadata={"description": "the account of what was found, where it is another one"})
    place = ma.fields.Integer(strict=True, validate=validate.Range(0, 9999), metadata={"description": "where in the list it is offered"})
    archived = Flag(metadata={"description": "not offered any more"})


class ReasonCodesIn(http.Strict):
    """Reason codes to make or change."""

    rows = ma.fields.List(ma.fields.Nested(ReasonCodeIn), required=True, validate=validate.Length(0, 500))


class ReasonCodeOut(ma.Schema):
    """Why stock is adjusted or scrapped."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    account = ma.fields.String(required=True)
    account_found = ma.fields.String(required=True)
    place = ma.fields.Integer(required=True)
    archived = ma.fields.Boolean(required=True)


class ReasonCodesOut(ma.Schema):
    """All reason codes, in the order in which they are offered."""

    rows = ma.fields.List(ma.fields.Nested(ReasonCodeOut), required=True)


@blueprint.get("/reason-codes")
@blueprint.response(200, ReasonCodesOut)
@allow(*OFFICE)
def get_reason_codes() -> Response:
    """List the reason codes with their accounts, the archived too. Scans may carry others: what a device says is kept."""
    with reading() as tx:
        return http.answer({"rows": accounting.reasons(tx)})


@blueprint.put("/reason-codes")
@blueprint.arguments(ReasonCodesIn)
@blueprint.response(200, ReasonCodesOut)
@allow("accountant", "administrator")
def put_reason_codes(asked: dict[str, Any]) -> Response:
    """Make or change reason codes; those that aren't named stay. None is deleted, only archived."""
    with writing() as tx:
        accounting.put(tx, asked["rows"])
        return http.answer({"rows": accounting.reasons(tx)})
