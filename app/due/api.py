"""What the wire says of planning by rules: the rules, what they would plan, the calendar, and ABC classes."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import OFFICE, allow
from app.counts.shapes import POLICIES, TermsIn, ToleranceOfOut, ToleranceOut
from app.db import reading, writing
from app.due import classing, keeping, planning
from app.due.rules import KINDS
from app.errors import Problem
from app.fields import Flag

blueprint = http.Blue(
    "due", __name__, url_prefix="/api/v1", description="Planning by rules: what is due when and why, the calendar, ABC classes"
)
blueprints = [blueprint]

MOST = 20_000
"""The most locations that a rule plans on one day."""


class RuleIn(TermsIn):
    """A rule; `parameters` are those of its kind, what isn't said has its default."""

    name = http.Text(200, 1, required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    parameters = ma.fields.Dict(keys=http.Text(40, 1), load_default=dict)
    most = ma.fields.Integer(load_default=100, strict=True, validate=validate.Range(1, MOST), metadata={"description": "locations a day"})
    active = Flag(load_default=True, metadata={"description": "it runs by itself each day"})


class DraftIn(RuleIn):
    """A rule that isn't kept yet; without a kind, the one that is."""

    name = http.Text(200)
    kind = ma.fields.String(validate=validate.OneOf(list(KINDS)))


class RuleOut(ma.Schema):
    """A rule."""

    code = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    parameters = ma.fields.Dict(required=True)
    blind = ma.fields.Boolean(required=True)
    twice = ma.fields.Boolean(required=True)
    policy = ma.fields.String(required=True, validate=validate.OneOf(POLICIES))
    tolerance = ma.fields.Nested(ToleranceOut, required=True, allow_none=True)
    tolerances = ma.fields.List(ma.fields.Nested(ToleranceOfOut), required=True)
    second_above = ma.fields.String(required=True, allow_none=True)
    most = ma.fields.Integer(required=True)
    active = ma.fields.Boolean(required=True)
    changed_at = ma.fields.String(required=True)


class RulesOut(http.Listed):
    """The rules of a site, by code; there is one page."""

    rows = ma.fields.List(ma.fields.Nested(RuleOut), required=True)


class DueOut(ma.Schema):
    """A location that is due: why, how much (`n`), since which day, when it was counted last, and the open count it is in."""

    location = ma.fields.String(required=True)
    zone = ma.fields.String(required=True)
    why = ma.fields.String(required=True)
    n = ma.fields.Integer(required=True, allow_none=True)
    since = ma.fields.String(required=True)
    counted_at = ma.fields.String(required=True, allow_none=True)
    count = ma.fields.String(required=True, allow_none=True)


class PreviewOut(ma.Schema):
    """What a rule would plan today: `planned` of the `due` ones, in walking order; the first of them are named."""

    rule = ma.fields.String(required=True)
    day = ma.fields.String(required=True)
    population = ma.fields.Integer(required=True)
    due = ma.fields.Integer(required=True)
    planned = ma.fields.Integer(required=True)
    sample = ma.fields.Integer(required=True, allow_none=True, metadata={"description": "its size, of a rule that draws one"})
    locations = ma.fields.List(ma.fields.Nested(DueOut), required=True)
    in_open_count = ma.fields.List(ma.fields.Nested(DueOut), required=True)
    in_open_count_total = ma.fields.Integer(required=True)


class RunOut(ma.Schema):
    """What a rule has planned on a day: the count's code, null where nothing was due; `planned` is 0 where that was done before."""

    rule = ma.fields.String(required=True)
    day = ma.fields.String(required=True)
    count = ma.fields.String(required=True, allow_none=True)
    planned = ma.fields.Integer(required=True)
    locations = ma.fields.Integer(required=True)
    in_open_count = ma.fields.Integer(required=True)


def _site(query: dict[str, Any]) -> int:
    with reading() as tx:
        return access.site_for(tx, query.get("site"))


@blueprint.get("/count-rules")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, RulesOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def list_rules(query: dict[str, Any]) -> Response:
    """List the rules by which counts are planned."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        return http.answer(http.listed(tx, [keeping.shown(one) for one in keeping.everything(tx, site_id)], None, site_id))


@blueprint.get("/count-rules/<path:code>")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, RuleOut)
@http.errors("site_required")
@allow(*OFFICE)
def read_rule(query: dict[str, Any], code: str) -> Response:
    """Read a rule."""
    with reading() as tx:
        return http.answer(keeping.shown(keeping.find(tx, access.site_for(tx, query.get("site")), code)))


@blueprint.put("/count-rules/<path:code>")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.arguments(RuleIn)
@blueprint.response(200, RuleOut)
@http.errors("bad_request", "site_required")
@allow("supervisor")
def put_rule(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Make a rule, change it, or bring an archived one back."""
    _short(code)
    with writing() as tx:
        return http.answer(keeping.put(tx, access.site_for(tx, query.get("site")), code, wanted))


@blueprint.delete("/count-rules/<path:code>")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(204)
@http.errors("site_required")
@allow("supervisor")
def archive_rule(query: dict[str, Any], code: str) -> Response:
    """Archive a rule: it plans nothing more; its counts stay."""
    with writing() as tx:
        keeping.archive(tx, access.site_for(tx, query.get("site")), code)
    return Response(status=204)


@blueprint.post("/count-rules/<path:code>/preview")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.arguments(DraftIn)
@blueprint.response(200, PreviewOut)
@http.errors("bad_request", "site_required")
@allow("supervisor")
def preview(query: dict[str, Any], wanted: dict[str, Any], code: str) -> Response:
    """Tell what a rule would plan today, and why: the one that is kept, or (with a body) one that isn't yet. Nothing is written."""
    _short(code)
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        rule = keeping.draft(tx, site_id, code, wanted) if "kind" in wanted else keeping.rule(keeping.find(tx, site_id, code))
        return http.answer(planning.preview(tx, site_id, rule))


@blueprint.post("/count-rules/<path:code>/runs")
@blueprint.arguments(http.SiteQuery, location="query")
@blueprint.response(200, RunOut)
@http.errors("site_required")
@allow("supervisor")
def run(query: dict[str, Any], code: str) -> Response:
    """Plan today's count of a rule; asked again on the same day it plans nothing new. What is in an open count is left out."""
    return http.answer(planning.run(_site(query), code, access.caller().person_id))


class CalendarQuery(http.SiteQuery):
    """How far to look ahead."""

    days = ma.fields.Integer(load_default=28, validate=validate.Range(1, 92))


class DayOut(ma.Schema):
    """A day: how many locations each rule asks for."""

    day = ma.fields.String(required=True)
    due = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    total = ma.fields.Integer(required=True)


class PlannedOut(ma.Schema):
    """A count that is planned and not final; `open` of its locations are yet to be counted."""

    count = ma.fields.String(required=True)
    day = ma.fields.String(required=True)
    rule = ma.fields.String(required=True, allow_none=True)
    locations = ma.fields.Integer(required=True)
    open = ma.fields.Integer(required=True)
    note = ma.fields.String(required=True)


class CalendarOut(ma.Schema):
    """The load by day if every day counts what its active rules ask for: `overdue` was due before today, `waiting` doesn't fit into these
    days."""

    days = ma.fields.List(ma.fields.Nested(DayOut), required=True)
    overdue = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    waiting = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    planned = ma.fields.List(ma.fields.Nested(PlannedOut), required=True)


@blueprint.get("/count-calendar")
@blueprint.arguments(CalendarQuery, location="query")
@blueprint.response(200, CalendarOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def read_calendar(query: dict[str, Any]) -> Response:
    """Read what will be due on the coming days, what is planned, and what is overdue."""
    with reading() as tx:
        return http.answer(planning.calendar(tx, access.site_for(tx, query.get("site")), query["days"]))


class ClassesIn(http.Strict):
    """How classes are computed: A makes the first `a` percent of the value picked in the last `days`, B the next `b`, C the rest."""

    days = ma.fields.Integer(load_default=90, strict=True, validate=validate.Range(1, 3650))
    a = ma.fields.Integer(load_default=80, strict=True, validate=validate.Range(1, 100))
    b = ma.fields.Integer(load_default=15, strict=True, validate=validate.Range(0, 99))
    keep = Flag(load_default=True, metadata={"description": "leave classes that were set by hand"})
    dry_run = Flag(load_default=True, metadata={"description": "only tell; nothing is written"})

    @ma.validates_schema
    def _whole(self, said: dict[str, Any], **_: Any) -> None:
        if said["a"] + said["b"] > 100:
            raise ma.ValidationError("a and b are more than 100 percent.", "b")


class ClassChangeOut(ma.Schema):
    """A product whose class changes, and the value of its picks."""

    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    before = ma.fields.String(required=True, allow_none=True)
    after = ma.fields.String(required=True)
    value = ma.fields.Integer(required=True)


class ClassesOut(ma.Schema):
    """How many products have which class by their picks, and the first of the changes, by value."""

    products = ma.fields.Integer(required=True)
    classes = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    without_cost = ma.fields.Integer(required=True)
    by_hand = ma.fields.Integer(required=True)
    changed = ma.fields.Integer(required=True)
    changes = ma.fields.List(ma.fields.Nested(ClassChangeOut), required=True)


@blueprint.post("/product-classes")
@blueprint.arguments(ClassesIn)
@blueprint.response(200, ClassesOut)
@http.errors("bad_request")
@allow("supervisor", "administrator", "integration")
def put_classes(wanted: dict[str, Any]) -> Response:
    """Compute the ABC classes of products from the value of their picks, in all sites; with `dry_run` (the default) only tell them."""
    asked = {name: wanted[name] for name in ("days", "a", "b", "keep")}
    if wanted["dry_run"]:
        with reading() as tx:
            return http.answer(classing.shown(classing.classify(tx, **asked)))
    with writing() as tx:
        return http.answer(classing.shown(classing.put(tx, **asked)))


def _short(code: str) -> None:
    if len(code) > 40:
        raise Problem("bad_request", "code: at most 40 characters.")
