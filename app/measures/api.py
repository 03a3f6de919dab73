"""What the wire says of measures: accuracy and shrinkage, coverage, speed, what is due; each also as a file."""

from collections.abc import Iterator, Sequence
from typing import Any

import marshmallow as ma
from flask import Response, stream_with_context
from marshmallow import validate

from app import access, http, instance, times
from app.access import OFFICE, allow
from app.db import reading
from app.errors import Problem
from app.exports import profiles, saving, streaming
from app.exports.formatting import FORMATS
from app.measures import asking, covering, summing, sums, tables, timing, waiting
from app.measures.summing import Asked

blueprint = http.Blue(
    "measures", __name__, url_prefix="/api/v1",
    description="How good the book is and how counting goes: accuracy, shrinkage, coverage, what is due, speed",
)  # fmt: skip
blueprints = [blueprint]

PAUSE = 10
"""Minutes without a scan that are a break, unless one says."""


class Query(http.SiteQuery):
    """Which days (UTC, both included; by default the last 13 weeks), and which part of the site: a location and what is below it."""

    since = ma.fields.Date(data_key="from")
    until = ma.fields.Date(data_key="to")
    within = http.Text(128, 1)


class Page(Query):
    """How many groups at most; the file has all."""

    limit = http.Digits(load_default=http.PAGE, validate=validate.Range(1, http.PAGE))


class AccuracyQuery(Page):
    """Of which lines of posted counts, by what."""

    by = ma.fields.String(load_default="week", validate=validate.OneOf(summing.BY))


class CoverageQuery(Page):
    """Of which locations, by what."""

    by = ma.fields.String(load_default="zone", validate=validate.OneOf(covering.BY))


class SpeedQuery(Page):
    """Of which sheets, by what; after how many minutes without a scan it was a break."""

    by = ma.fields.String(load_default="person", validate=validate.OneOf(timing.BY))
    pause = http.Digits(load_default=PAUSE, validate=validate.Range(1, 120))


def _measures(called: str, wire: Sequence[str], whole: Sequence[str], **more: Any) -> Any:
    """Return the schema of some measures: `whole` are integers, the rest decimal texts, null where there is nothing to measure."""
    fields = {one: ma.fields.Integer(required=True) if one in whole else ma.fields.String(required=True, allow_none=True) for one in wire}
    return ma.Schema.from_dict({**more, **fields}, name=called)


_WHOLE = (*sums.NUMBERS, "reversed")
_COVERED = ("locations", "counted_locations", "never_counted_locations", "products", "counted_products", "unpriced")
_PACED = ("scans", "lines", "sheets", "breaks")
_KEY = {"key": ma.fields.String(required=True), "name": ma.fields.String(required=True)}
_days = ma.fields.Integer(required=True, allow_none=True)
Accuracy = _measures("Accuracy", sums.WIRE, _WHOLE, counts=ma.fields.Integer(required=True))
AccuracyRow = _measures("AccuracyRow", sums.WIRE, _WHOLE, **_KEY)
Coverage = _measures("Coverage", covering.WIRE[:-1], _COVERED, days=_days)
CoverageRow = _measures("CoverageRow", covering.WIRE[:-1], _COVERED, **_KEY, days=_days)
Speed = _measures("Speed", timing.WIRE, _PACED)
SpeedRow = _measures("SpeedRow", timing.WIRE, _PACED, **_KEY)
StandingRow = _measures("StandingRow", waiting.WIRE, ("locations", "due", "overdue", "in_open_count"), key=ma.fields.String(required=True))
StandingTotal = _measures("StandingTotal", ("locations", "due", "overdue"), ("locations", "due", "overdue"))


class Measured(ma.Schema):
    """Of which period, as of which number of the journal; `more`: there are more groups than the rows show."""

    from_ = ma.fields.String(required=True, data_key="from")
    to = ma.fields.String(required=True)
    within = ma.fields.String(required=True, allow_none=True)
    by = ma.fields.String(required=True)
    more = ma.fields.Boolean(required=True)
    journal = ma.fields.Integer(required=True)
    epoch = ma.fields.String(required=True)


class AccuracyOut(Measured):
    """Accuracy, shrinkage and recounts: of each group, and of all lines."""

    rows = ma.fields.List(ma.fields.Nested(AccuracyRow), required=True)
    total = ma.fields.Nested(Accuracy, required=True)


class CoverageOut(Measured):
    """Coverage of each group, what was not counted for longest first, and of all locations."""

    rows = ma.fields.List(ma.fields.Nested(CoverageRow), required=True)
    total = ma.fields.Nested(Coverage, required=True)


class SpeedOut(Measured):
    """Speed of each group, by its key, and of all; `pause`: what lasted longer, in minutes, was a break and is in no hours."""

    rows = ma.fields.List(ma.fields.Nested(SpeedRow), required=True)
    total = ma.fields.Nested(Speed, required=True)
    pause = ma.fields.Integer(required=True)


class StandingOut(Measured):
    """What is due and overdue by each active rule, and by any of them."""

    rows = ma.fields.List(ma.fields.Nested(StandingRow), required=True)
    total = ma.fields.Nested(StandingTotal, required=True)


def _answer(tx: Any, asked: Asked, by: str, rows: list[dict[str, Any]], total: dict[str, Any], limit: int, **said: Any) -> Response:
    frame = {**asking.told(asked), "by": by, "more": len(rows) > limit, "journal": asked.upto, "epoch": instance.epoch(tx)}
    return http.answer(frame | {"rows": rows[:limit], "total": total} | said)


@blueprint.get("/measures/accuracy")
@blueprint.arguments(AccuracyQuery, location="query")
@blueprint.response(200, AccuracyOut)
@http.errors("bad_request", "site_required", "not_found")
@allow(*OFFICE)
def get_accuracy(query: dict[str, Any]) -> Response:
    """Tell how right the book was, what was missing and found, and how often was counted again, of the counts posted in a period."""
    with reading() as tx:
        asked, by = asking.read(tx, query), query["by"]
        groups, whole, more = summing.page(tx, asked, by, query["limit"])
        rows = [{"key": one.key, "name": one.name, **one.sums.wire()} for one in groups]
        total = {"counts": summing.posted(tx, asked), **whole.wire()}
        return _answer(tx, asked, by, rows, total, query["limit"], more=more)


@blueprint.get("/measures/coverage")
@blueprint.arguments(CoverageQuery, location="query")
@blueprint.response(200, CoverageOut)
@http.errors("bad_request", "site_required", "not_found")
@allow(*OFFICE)
def get_coverage(query: dict[str, Any]) -> Response:
    """Tell how much of what there is now was counted in a period, and since when what wasn't."""
    with reading() as tx:
        asked, by = asking.read(tx, query), query["by"]
        groups, whole = covering.cover(tx, asked, by)
        rows = [{"key": key, "name": one.name, **one.wire(asked.since, asked.until)} for key, one in groups[: query["limit"] + 1]]
        return _answer(tx, asked, by, rows, whole.wire(asked.since, asked.until), query["limit"])


@blueprint.get("/measures/speed")
@blueprint.arguments(SpeedQuery, location="query")
@blueprint.response(200, SpeedOut)
@http.errors("bad_request", "site_required", "not_found")
@allow(*OFFICE)
def get_speed(query: dict[str, Any]) -> Response:
    """Tell how fast sheets that were finished in a period were counted, without the breaks."""
    with reading() as tx:
        asked, by, pause = asking.read(tx, query), query["by"], query["pause"] * times.MINUTE
        rows = [{"key": key, "name": name, **pace.wire()} for key, name, pace in timing.paces(tx, asked, pause, by)]
        total = next((pace for _, _, pace in timing.paces(tx, asked, pause, "all")), timing.Pace()).wire()
        return _answer(tx, asked, by, rows, total, query["limit"], pause=query["pause"])


@blueprint.get("/measures/due")
@blueprint.arguments(Query, location="query")
@blueprint.response(200, StandingOut)
@http.errors("bad_request", "site_required", "not_found")
@allow(*OFFICE)
def get_due(query: dict[str, Any]) -> Response:
    """Tell how many locations are due and overdue today by the active rules; the period doesn't matter."""
    with reading() as tx:
        asked = asking.read(tx, query)
        found, total = waiting.standing(tx, asked, times.now())
        return _answer(tx, asked, "rule", [{"key": key, **told} for key, told in found], total, len(found))


class FileQuery(Query):
    """By what, of which state, and for CSV by which profile its signs, dates and names of columns are written."""

    by = http.Text(20, 1)
    pause = http.Digits(load_default=PAUSE, validate=validate.Range(1, 120))
    upto = http.Digits(validate=validate.Range(0, 2**62))
    epoch = http.Text(36)
    profile = http.Text(100)


@blueprint.get("/measures/<name>.<kind>", parameters=[http.one_of("name", list(tables.NAMES)), http.one_of("kind", list(FORMATS))])
@blueprint.arguments(FileQuery, location="query")
@blueprint.doc(responses=streaming.ANY)
@blueprint.response(
    200, description="The file; X-ScanLedger-Upto and X-ScanLedger-Epoch name its state, and asking for them again gives the same bytes."
)
@http.errors("bad_request", "changed", "epoch_changed", "site_required", "not_found")
@http.costly
@allow(*OFFICE)
def get_file(query: dict[str, Any], name: str, kind: str) -> Response:
    """Download a measure with all its groups."""
    if name not in tables.NAMES or kind not in FORMATS:
        raise Problem("not_found", "There is no such file.")
    by = tables.grouping(name, query.get("by"))
    media, write = FORMATS[kind]
    if query.get("profile") is not None:
        if kind != "csv":
            raise Problem("bad_request", "A profile is for CSV.", [{"field": "profile", "message": "Only with .csv."}])
        with reading() as tx:
            profile = profiles.of(saving.named(tx, access.site_for(tx, query.get("site")), query["profile"]))
        media, write = profiles.media(profile), lambda table: profiles.chunks(table, "measures", profile)
    named: dict[str, Any] = {}

    def stream() -> Iterator[bytes]:
        with reading() as tx:
            http.same_epoch(tx, query.get("epoch"))
            asked = asking.read(tx, query)
            named.update(upto=asked.upto, epoch=instance.epoch(tx), **asking.told(asked))
            found = tables.table(tx, name, asked, by, query["pause"] * times.MINUTE)
            found.about.update(upto=asked.upto, epoch=named["epoch"])
            yield from write(found)

    response = streaming.begun(stream_with_context(stream()), media)
    file = f"{name}-by-{by}-{named['from']}-{named['to']}-upto-{named['upto']}.{kind}"
    return streaming.named(response, file, named["upto"], named["epoch"])
