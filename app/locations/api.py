"""What the wire says of locations."""

import re
from typing import Any

import marshmallow as ma
from flask import Response, current_app
from marshmallow import validate

from app import access, http, own_codes, times
from app.access import DEVICE, OFFICE, ROLES, allow
from app.db import reading, writing
from app.errors import Problem
from app.fields import Flag
from app.imports import cells
from app.imports.describing import described, take
from app.imports.kinds import KINDS as IMPORTS
from app.locations import listing, pattern, ranging, setting, storing, tree, walk
from app.locations.models import KINDS
from app.quantities import SYNTAX

blueprint = http.Blue("locations", __name__, url_prefix="/api/v1", description="Places with a printed code, in a tree")
blueprints = [blueprint]


class LocationOut(ma.Schema):
    """A location."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(KINDS))
    parent = ma.fields.String(required=True, allow_none=True)
    site = ma.fields.String(required=True)
    archived = ma.fields.Boolean(required=True)
    blocked = ma.fields.Boolean(required=True)
    single_product = ma.fields.Boolean(required=True, metadata={"description": "one product at a time: another one is warned of"})
    walk = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "its number in the walking order"})
    check = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "the check digits of its label; null where the site has none"}
    )
    journal = ma.fields.Integer(required=True)
    children = ma.fields.Integer(metadata={"description": "how many are right below it; only in walking order"})


class LocationsOut(http.Listed):
    """A page of locations."""

    rows = ma.fields.List(ma.fields.Nested(LocationOut), required=True)
    total = ma.fields.Integer(metadata={"description": "how many there are on all pages; only in walking order"})


class LocationPage(http.MasterPage):
    """By code (`after`), or what changed since a number of the site's journal (`since`).

    With `search`, `parent` or `archived` in walking order, without the site itself and virtual locations.
    """

    since = http.Digits(validate=validate.Range(0, 2**62))
    site = http.Text(128)
    search = http.Text(128, 1, metadata={"description": "words that all stand in code or name"})
    parent = http.Text(128, 1, metadata={"description": "those right below this location"})
    archived = ma.fields.Boolean(metadata={"description": "not with `since`: only those that are archived, or that are not"})


@blueprint.get("/locations")
@blueprint.arguments(LocationPage, location="query")
@blueprint.response(200, LocationsOut)
@http.may_be_unchanged
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*ROLES, DEVICE)
def get_locations(page: dict[str, Any]) -> Response:
    """List a site's locations by code, or those that changed."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        tag = listing.tag(tx, site_id)
        if http.is_known(tag):
            return http.unchanged(tag)
        rows: list[dict[str, Any]]
        next_: str | int | None
        if "since" in page:
            rows, next_ = listing.changes(tx, site_id, page["since"], page["limit"])
        elif page.keys() & {"search", "parent", "archived"}:
            wanted = (page.get("parent"), page.get("search"), page.get("archived"))
            rows, next_, total = listing.walked(tx, site_id, *wanted, page.get("after"), page["limit"])
            return http.tagged(http.answer(http.listed(tx, rows, next_, site_id) | {"total": total}), tag)
        else:
            rows, next_ = listing.page(tx, site_id, page.get("after"), page["limit"])
        return http.tagged(http.answer(http.listed(tx, rows, next_, site_id)), tag)


@blueprint.get("/locations/<path:code>")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, LocationOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_location(query: dict[str, Any], code: str) -> Response:
    """Return one location."""
    with reading() as tx:
        return http.answer(listing.one(tx, access.site_for(tx, query.get("site")), code))


SITE_WANTS = ("enforce", "declare")
PIN_WANTS = ("off", "required")
RULES = ("independence", "proof", "second_above", "plan_at", "in_store", "pin", "idle_minutes")
"""What only an administrator changes."""


class SiteOut(ma.Schema):
    """A site."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    check_digits = ma.fields.Boolean(required=True, metadata={"description": "whether locations have check digits"})
    independence = ma.fields.String(required=True, validate=validate.OneOf(SITE_WANTS))
    proof = ma.fields.String(required=True, validate=validate.OneOf(SITE_WANTS))
    second_above = ma.fields.String(required=True, allow_none=True)
    plan_at = ma.fields.String(required=True, allow_none=True)
    in_store = ma.fields.String(required=True, allow_none=True)
    pin = ma.fields.String(required=True, validate=validate.OneOf(PIN_WANTS))
    idle_minutes = ma.fields.Integer(required=True, allow_none=True)


class SitesOut(ma.Schema):
    """The sites a caller may use."""

    rows = ma.fields.List(ma.fields.Nested(SiteOut), required=True)
    defaults = ma.fields.Dict(required=True, metadata={"description": "`plan_at` and `in_store` as the server was started"})


@blueprint.get("/sites")
@blueprint.response(200, SitesOut)
@allow(*OFFICE)
def get_sites() -> Response:
    """List the sites that the caller may name with site=CODE: all, or their own."""
    with reading() as tx:
        return http.answer({"rows": listing.sites(tx, access.caller().site_id), "defaults": _defaults()})


def _defaults() -> dict[str, str]:
    settings = current_app.extensions["settings"]
    return {"plan_at": "off" if settings.plan_at is None else times.wire(settings.plan_at)[11:16], "in_store": settings.in_store}


_PROOF = (
    "what takes a reason to approve a count: scans that are missing, and devices that don't prove that nothing is (`declare`); "
    "also other senders without that proof, and sheets finished in somebody's place, whatever the reason (`enforce`)"
)


class SiteIn(http.Strict):
    """What may be said of a site; what is absent stays as it is. Only an administrator changes what counts must hold to, and
    who needs a PIN."""

    check_digits = Flag()
    independence = ma.fields.String(
        validate=validate.OneOf(SITE_WANTS), metadata={"description": "counter, recounter and approver are different persons"}
    )
    proof = ma.fields.String(validate=validate.OneOf(SITE_WANTS), metadata={"description": _PROOF})
    second_above = ma.fields.String(
        allow_none=True,
        validate=validate.Regexp(f"^(?:{SYNTAX})\\Z", re.ASCII, error="Not a value."),
        metadata={"description": "a count whose accepted variances are worth more takes two approvals; null: none does"},
    )
    plan_at = ma.fields.String(
        allow_none=True,
        validate=validate.Regexp(f"^(?:{times.OF_DAY}|off)\\Z", re.ASCII, error="Not a time of a day, as 04:00."),
        metadata={"description": "when active rules run each day, UTC; off: not by themselves; null: as the server was started (PLAN_AT)"},
    )
    in_store = http.Text(
        500,
        allow_none=True,
        metadata={"description": "what the shop's own codes mean, as IN_STORE says it; empty: nothing; null: as the server was started"},
    )
    pin = ma.fields.String(
        validate=validate.OneOf(PIN_WANTS),
        metadata={"description": "required: scans of a device need an operator who proved it by PIN there"},
    )
    idle_minutes = ma.fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 480),
        metadata={"description": "after so long without use devices ask for the PIN again; null: never"},
    )
    reason = http.Text(2000, load_default="", metadata={"description": "why it is changed; the audit trail keeps it"})

    @ma.validates("in_store")
    def _has_patterns(self, said: str | None, data_key: str) -> None:
        try:
            own_codes.patterns(said or "")
        except ValueError as error:
            raise ma.ValidationError(f"{str(error)[:40]} is no pattern; write 21iiiiiwwwwwc=kg3.") from error


@blueprint.put("/sites/<path:code>")
@blueprint.arguments(SiteIn)
@blueprint.response(200, SiteOut)
@http.errors("not_found")
@allow("supervisor", "administrator")
def put_site(asked: dict[str, Any], code: str) -> Response:
    """Change a site's settings. Without check digits labels show none and devices ask for none."""
    with writing() as tx:
        site_id = access.site_for(tx, code)
        if "check_digits" in asked:
            setting.use_check_digits(tx, site_id, asked["check_digits"], asked["reason"])
        rules: dict[str, str | int | None] = {name: asked[name] for name in RULES if name in asked}
        if rules:
            if "administrator" not in access.caller().roles:
                raise Problem("forbidden", "Only an administrator changes this.")
            setting.put(tx, site_id, rules, asked["reason"])
        return http.answer(listing.sites(tx, site_id)[0])


class LocationIn(http.Strict):
    """What may be said of a location; what is absent stays as it is. A new one is a bin below the site unless told otherwise."""

    name = http.Text(200, 1)
    kind = ma.fields.String(validate=validate.OneOf(tree.KINDS))
    parent = http.Text(128, 1)
    archived = Flag()
    blocked = Flag(metadata={"description": "nothing may be scanned there"})
    single_product = Flag(metadata={"description": "one product at a time"})
    walk = ma.fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(0, walk.MOST), metadata={"description": "null: no number any more"}
    )


@blueprint.put("/locations/<path:code>")
@blueprint.arguments(LocationIn)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, LocationOut)
@http.errors("code_collides", "site_required", "not_found")
@allow("supervisor", "administrator", "integration")
def put_location(asked: dict[str, Any], query: dict[str, Any], code: str) -> Response:
    """Make or change one location; archive it, or bring it back."""
    try:
        if asked.get("walk", 0) is None:
            asked["walk"] = tree.NO_WALK
        said = tree.Said(0, cells.code("code", code), **asked)
        if said.parent is not None:
            said = said._replace(parent=cells.code("parent", said.parent))
        if said.name is not None:
            tree.label(said.name)
        with writing() as tx:
            site_id = access.site_for(tx, query.get("site"))
            storing.put(tx, site_id, said)
            return http.answer(listing.one(tx, site_id, said.code))
    except cells.Refused as refusal:
        raise _problem(refusal) from refusal


def _problem(refusal: cells.Refused) -> Problem:
    error = {"field": refusal.field, "message": refusal.message}
    return Problem("code_collides" if refusal.code == "code_collides" else "bad_request", refusal.message, [error])


class RangeIn(http.Strict):
    """A rack: from its first code to its last. Where the two differ, numbers and letters count, the last part fastest."""

    first = http.Text(128, 1, required=True, data_key="from")
    last = http.Text(128, 1, required=True, data_key="to")
    steps = ma.fields.List(
        ma.fields.Integer(strict=True, validate=validate.Range(1, 1000)), validate=validate.Length(max=8), load_default=[],
        metadata={"description": "of each part that differs: 2 is every other one"},
    )  # fmt: skip
    parent = http.Text(128, 1)
    kind = ma.fields.String(validate=validate.OneOf(tree.KINDS), load_default="bin")
    levels = ma.fields.List(
        ma.fields.String(validate=validate.OneOf(tree.KINDS)), validate=validate.Length(max=4), load_default=[],
        metadata={"description": "kinds of the locations above, one for each part that differs: `aisle` makes A-01 above A-01-01"},
    )  # fmt: skip
    name = http.Text(200, 1, metadata={"description": "`{code}` in it is the code; without a name it is the code"})
    blocked = Flag(load_default=False)
    single_product = Flag(load_default=False)
    walk = ma.fields.Integer(strict=True, validate=validate.Range(0, 900_000_000), metadata={"description": "number of the first one"})
    walk_step = ma.fields.Integer(strict=True, validate=validate.Range(1, 1000), load_default=10)
    snake = Flag(load_default=False, metadata={"description": "the walk turns at the end of each aisle"})
    dry_run = Flag(load_default=False)


class CollisionOut(ma.Schema):
    """A location that can't be made, and why."""

    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


class RangeOut(ma.Schema):
    """What was made, or in a dry run would be. `count` is made and existing; `above` lie above them."""

    dry_run = ma.fields.Boolean(required=True)
    count = ma.fields.Integer(required=True)
    made = ma.fields.Integer(required=True)
    existing = ma.fields.Integer(required=True, metadata={"description": "that are there already and stay as they are"})
    above = ma.fields.Integer(required=True)
    first = ma.fields.String(required=True)
    last = ma.fields.String(required=True, metadata={"description": "in the order of the walk"})
    collisions = ma.fields.List(ma.fields.Nested(CollisionOut), required=True, metadata={"description": "the first 100, of a dry run"})
    collisions_total = ma.fields.Integer(required=True)


@blueprint.post("/locations/ranges")
@blueprint.arguments(RangeIn)
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, RangeOut)
@http.errors("code_collides", "site_required", "not_found")
@allow("supervisor", "administrator", "integration")
def post_location_range(asked: dict[str, Any], query: dict[str, Any]) -> Response:
    """Make a whole rack, all or nothing: `A-01-01` to `A-40-06`. Again, it changes nothing; `dry_run` tells what would be made."""
    dry_run = asked.pop("dry_run")
    wanted = ranging.Wanted(**asked | {"steps": tuple(asked["steps"]), "levels": tuple(asked["levels"])})
    try:
        with reading() if dry_run else writing() as tx:
            return http.answer(ranging.make(tx, access.site_for(tx, query.get("site")), wanted, dry_run))
    except pattern.BadRange as wrong:
        raise Problem("bad_request", wrong.message, [{"field": wrong.field, "message": wrong.message}]) from wrong
    except cells.Refused as refusal:
        raise _problem(refusal) from refusal


@blueprint.post("/imports/locations")
@described(blueprint, IMPORTS["locations"])
@allow("supervisor", "administrator", "integration")
def import_locations(asked: dict[str, Any]) -> Response:
    """Make and change a site's locations by a file; rows may stand in any order."""
    return take(IMPORTS["locations"], asked, storing.take)
