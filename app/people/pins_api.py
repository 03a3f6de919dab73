"""What the wire says of PINs on shared devices: a device proves or sets one, a supervisor sees to them."""

import functools
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask import Response

from app import access, http
from app.access import DEVICE, allow
from app.db import reading
from app.people import granting, vouching

blueprint = http.Blue("pins", __name__, url_prefix="/api/v1", description="PINs of operators on shared devices")
blueprints = [blueprint]


class ProofIn(http.Strict):
    """Whom a badge names, and the PIN that proves it."""

    badge = http.Text(128, 1, required=True)
    pin = http.Text(40, 1, required=True, metadata={"format": "password"})


class BeginIn(http.Strict):
    """Whom a badge names, the code that a supervisor gave them, and the PIN that they chose."""

    badge = http.Text(128, 1, required=True)
    code = http.Text(40, 1, required=True)
    pin = http.Text(40, 1, required=True, metadata={"format": "password"})


class GrantOut(ma.Schema):
    """For how long this person may work on this device; `salt` is for the little of the PIN that it keeps for when there is no network."""

    badge = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    salt = ma.fields.String(required=True)
    expires_at = ma.fields.String(required=True)
    seconds = ma.fields.Integer(required=True, metadata={"description": "how long that is; device clocks differ"})


class PinCodeOut(ma.Schema):
    """A code of one use, shown this once."""

    code = ma.fields.String(required=True)
    expires_at = ma.fields.String(required=True)


class SeenToIn(http.Strict):
    """Why."""

    reason = http.Text(2000, 1, required=True)


class NothingIn(http.Strict):
    """Nothing needs to be said."""


class MayWorkOut(ma.Schema):
    """A device on which somebody may work without asking the server, and until when."""

    name = ma.fields.String(required=True)
    until = ma.fields.String(required=True)


class OperatorOut(ma.Schema):
    """Somebody with a badge at a site: since when they have a PIN (null: none), until when a code waits to be used, where they are
    locked out, and on which devices they may work."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    badge = ma.fields.String(required=True)
    pin_since = ma.fields.String(required=True, allow_none=True)
    code_until = ma.fields.String(required=True, allow_none=True)
    locked = ma.fields.Boolean(required=True, metadata={"description": "too many wrong tries, on a device or on all together"})
    locked_on = ma.fields.List(ma.fields.String(), required=True)
    devices = ma.fields.List(ma.fields.Nested(MayWorkOut), required=True)


class OperatorsOut(http.Listed):
    """A page of operators."""

    rows = ma.fields.List(ma.fields.Nested(OperatorOut), required=True)


class OperatorsQuery(http.MasterPage):
    """Of which site."""

    site = http.Text(128)


def _of_operator(deed: str, takes: type[ma.Schema], status: int, gives: type[ma.Schema]) -> Callable[[Any], Any]:
    """Serve what a supervisor does about the PIN of an operator of a site."""
    shape = (
        allow("supervisor", "administrator"),
        http.errors("not_found", "site_required"),
        blueprint.response(status, gives),
        blueprint.arguments(http.SiteQuery, location="query"),
        blueprint.arguments(takes),
        blueprint.post(f"/operators/<int:person_id>/{deed}"),
    )
    return lambda view: functools.reduce(lambda made, layer: layer(made), shape, view)


@blueprint.post("/grants")
@blueprint.arguments(ProofIn)
@blueprint.response(201, GrantOut)
@http.errors("not_found", "pin_locked", "pin_needed", "too_many_requests", "wrong_pin")
@allow(DEVICE)
def post_grant(said: dict[str, str]) -> Response:
    """Prove by PIN who works on this device now. Five wrong ones in a row on a device, or twenty on all, lock out until a supervisor
    unlocks."""
    return http.answer(granting.prove(access.caller(), said["badge"], said["pin"]), 201)


@blueprint.post("/pins")
@blueprint.arguments(BeginIn)
@blueprint.response(201, GrantOut)
@http.errors("code_spent", "not_found", "pin_locked", "too_many_requests", "weak_pin")
@allow(DEVICE)
def post_pin(said: dict[str, str]) -> Response:
    """Set one's PIN with the code of a supervisor: 6 to 12 digits, no run, repetition or date, none that is tried first."""
    return http.answer(granting.begin(access.caller(), said["badge"], said["code"], said["pin"]), 201)


@blueprint.get("/operators")
@blueprint.arguments(OperatorsQuery, location="query")
@blueprint.response(200, OperatorsOut)
@http.errors("epoch_changed", "not_found", "site_required")
@allow("supervisor", "administrator")
def get_operators(page: dict[str, Any]) -> Response:
    """List who has a badge at a site, and how it stands with their PIN."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        rows, next_ = vouching.operators(tx, site_id, http.number(page.get("after")), page["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))


@_of_operator("code", NothingIn, 201, PinCodeOut)
def post_code(said: dict[str, Any], query: dict[str, Any], person_id: int) -> Response:
    """Make the code with which an operator sets their PIN: one use, one hour; tell it to them alone."""
    return http.answer(vouching.give_code(access.caller(), _site(query), person_id), 201)


@_of_operator("unlocking", SeenToIn, 200, OperatorOut)
def post_unlocking(said: dict[str, Any], query: dict[str, Any], person_id: int) -> Response:
    """Let somebody try again who was locked out by wrong PINs."""
    site_id = _site(query)
    vouching.unlock(access.caller(), site_id, person_id, said["reason"])
    return _one(site_id, person_id)


@_of_operator("removal", SeenToIn, 200, OperatorOut)
def post_removal(said: dict[str, Any], query: dict[str, Any], person_id: int) -> Response:
    """Take an operator's PIN off, and what it opened: where the site wants PINs, what their devices still hold is refused when it comes,
    and kept."""
    site_id = _site(query)
    vouching.take_off(access.caller(), site_id, person_id, said["reason"])
    return _one(site_id, person_id)


def _site(query: dict[str, Any]) -> int:
    with reading() as tx:
        return access.site_for(tx, query.get("site"))


def _one(site_id: int, person_id: int) -> Response:
    with reading() as tx:
        (row,), _ = vouching.operators(tx, site_id, 0, 1, person_id)
    return http.answer(row)
