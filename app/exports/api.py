"""What the wire says of what leaves: files, and the answer to a code."""

from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Response, stream_with_context
from marshmallow import validate

from app import access, http, instance, times
from app.access import DEVICE, OFFICE, ROLES, allow
from app.counts import comparing, reconciling
from app.db import reading, writing
from app.errors import Problem
from app.exports import history, lookup, masters, numbering, packaging, profiles, saving, selecting, streaming
from app.exports.formatting import FORMATS
from app.fields import Flag
from app.ledger import blind
from app.seals import checkpoints

# Files

files = http.Blue("exports", __name__, url_prefix="/api/v1/exports", description="Files for people and programs that take over the results")


class FileQuery(http.Strict):
    """What to export: of which site or count, as of which number of the journal (default: the last), of which incarnation."""

    count = http.Text(128)
    site = http.Text(128)
    upto = http.Digits(validate=validate.Range(0, 2**62))
    epoch = http.Text(36)
    profile = http.Text(100, metadata={"description": "the profile by which a CSV is written"})


class PackageQuery(FileQuery):
    """Of which posted count; as of which number of the journal: without it, that of the package taken first."""

    count = http.Text(128, 1, required=True)


SAMPLE = 5
"""Rows that show what a profile writes."""


@files.get("/<name>.<kind>", parameters=[http.one_of("name", (*selecting.EXPORTS, *masters.EXPORTS)), http.one_of("kind", FORMATS)])
@files.arguments(FileQuery, location="query")
@files.doc(responses=streaming.ANY)
@files.response(
    200,
    description="The file; X-ScanLedger-Upto and X-ScanLedger-Epoch name its state, and asking for them again gives the same bytes. "
    "X-ScanLedger-Checkpoint is of the newest seal then.",
)
@http.errors("bad_request", "changed", "epoch_changed", "site_required", "not_found")
@http.costly
@allow(*OFFICE)
def export(query: dict[str, Any], name: str, kind: str) -> Response:
    """Download a reconciliation, stock, scans or moves; or products, barcodes, costs, locations, opening as their imports take them."""
    if name not in (*selecting.EXPORTS, *masters.EXPORTS) or kind not in FORMATS:
        raise Problem("not_found", "There is no such export.")
    media, write = FORMATS[kind]
    if query.get("profile") is not None:
        if kind != "csv":
            raise Problem("bad_request", "A profile is for CSV.", [{"field": "profile", "message": "Only with .csv."}])
        profile = profiles.of(_profile(query))
        media, write = profiles.media(profile), lambda table: profiles.chunks(table, name, profile)
    named: dict[str, Any] = {}

    def stream() -> Iterator[bytes]:
        with reading() as tx:
            http.same_epoch(tx, query.get("epoch"))
            if name in masters.EXPORTS:
                found, upto = masters.table(tx, name, lambda: access.site_for(tx, query.get("site")), query.get("upto"))
            else:
                site_id = access.site_for(tx, query.get("site"))
                found, upto = selecting.table(tx, name, site_id, query.get("upto"), query.get("count"))
                named["checkpoint"] = checkpoints.text(tx, site_id)
            named.update(upto=upto, epoch=instance.epoch(tx), name=found.name)
            found.about.update(upto=upto, epoch=named["epoch"])
            yield from write(found)

    if name == "reconciliation" and query.get("count"):
        _freeze(query)
    response = streaming.begun(stream_with_context(stream()), media)
    if named.get("checkpoint"):
        response.headers["X-ScanLedger-Checkpoint"] = named["checkpoint"]
    file = f"{named['name']}-upto-{named['upto']}-epoch-{named['epoch']}.{kind}"
    return streaming.named(response, file, named["upto"], named["epoch"])


@files.get("/package.zip")
@files.arguments(PackageQuery, location="query")
@files.doc(responses={"200": {"content": {"application/zip": {"schema": http.BYTES}}}})
@files.response(
    200,
    description="The package; X-ScanLedger-Export is its number in the count, X-ScanLedger-Exported-Before how many were taken before. "
    "All but the cover is the same bytes each time.",
)
@http.errors("bad_request", "changed", "epoch_changed", "not_posted", "site_required", "not_found")
@http.costly
@allow(*OFFICE)
def package(query: dict[str, Any]) -> Response:
    """Download all that an accountant needs of a posted count as one ZIP: cover, summary, lines, journal, scans, people, control totals."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
    made = packaging.make(site_id, query["count"], query.get("upto"), query.get("epoch"), query.get("profile"), access.caller())
    this = made.taken[-1]
    response = streaming.begun(packaging.chunks(made.file), "application/zip")
    response.headers["X-ScanLedger-Export"] = str(this.number)
    response.headers["X-ScanLedger-Exported-Before"] = str(len(made.taken) - 1)
    return streaming.named(response, f"count-{query['count']}-export-{this.number}.zip", this.upto, made.epoch)


class TakenQuery(http.Strict):
    """Of which count."""

    count = http.Text(128, 1, required=True)
    site = http.Text(128)


class TakenOut(ma.Schema):
    """A package that was taken: its number in the count, the number of the journal it is as of, when and by whom."""

    number = ma.fields.Integer(required=True)
    upto = ma.fields.Integer(required=True)
    at = ma.fields.String(required=True)
    by = ma.fields.String(required=True, allow_none=True)


class AllTakenOut(ma.Schema):
    """The packages of a count that were taken, the first first."""

    rows = ma.fields.List(ma.fields.Nested(TakenOut), required=True)


@files.get("/packages")
@files.arguments(TakenQuery, location="query")
@files.response(200, AllTakenOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def packages(query: dict[str, Any]) -> Response:
    """List the packages of a count that were taken already, so that nobody posts it twice by accident."""
    with reading() as tx:
        count = comparing.header(tx, access.site_for(tx, query.get("site")), query["count"])
        return http.answer({"rows": numbering.listed(tx, count.id)})


def _freeze(query: dict[str, Any]) -> None:
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
    if query.get("upto") is None:
        reconciling.freeze(site_id, query["count"])


def _profile(query: dict[str, Any]) -> dict[str, Any]:
    with reading() as tx:
        return saving.named(tx, access.site_for(tx, query.get("site")), query["profile"])


# Profiles


class SiteQuery(http.Strict):
    """Which site, where the caller may use several."""

    site = http.Text(128)


def _dates(value: str) -> None:
    if not profiles.DATES.fullmatch(value):
        raise ma.ValidationError("Write it of YYYY, YY, MM, DD, hh, mm, ss, with - . / : T or a space between them.")


class ProfileIn(http.Strict):
    """How CSV files are written. What isn't sent is as in every other CSV."""

    columns = ma.fields.Dict(
        keys=ma.fields.String(validate=validate.OneOf(profiles.EXPORTS)),
        values=ma.fields.List(http.Text(40, 1), validate=validate.Length(1, 100)),
        load_default=dict,
        metadata={"description": "by export the columns in their order; an export that isn't named has all of its own"},
    )
    headers = ma.fields.Dict(
        keys=http.Text(40, 1), values=http.Text(200), load_default=dict, metadata={"description": "what a column is called instead"}
    )
    header = Flag(load_default=True, metadata={"description": "whether the first row names the columns"})
    delimiter = ma.fields.String(load_default="comma", validate=validate.OneOf(sorted(profiles.DELIMITERS)))
    decimal = ma.fields.String(load_default="point", validate=validate.OneOf(sorted(profiles.DECIMALS)))
    dates = ma.fields.String(
        load_default=None, allow_none=True,
        validate=[validate.Length(1, 40), _dates],
        metadata={"description": "how times (UTC) are written, of YYYY YY MM DD hh mm ss; null: as on the wire"},
    )  # fmt: skip
    encoding = ma.fields.String(load_default="utf-8", validate=validate.OneOf(sorted(profiles.ENCODINGS)))
    quotes = ma.fields.String(load_default="needed", validate=validate.OneOf(sorted(profiles.QUOTES)))

    @ma.validates_schema
    def _fits(self, profile: dict[str, Any], **_: Any) -> None:
        if profile["delimiter"] == profile["decimal"] == "comma":
            raise ma.ValidationError("A comma can't be both.", "decimal")
        for export, names in profile["columns"].items():
            strangers = profiles.unknown(export, names)
            if strangers:
                raise ma.ValidationError(f"{export} has no {', '.join(strangers)[:100]}.", "columns")


class ProfileOut(ProfileIn):
    """A profile."""

    name = ma.fields.String(required=True)
    changed_at = ma.fields.String(required=True)


class ProfilesOut(ma.Schema):
    """The profiles of a site by name."""

    rows = ma.fields.List(ma.fields.Nested(ProfileOut), required=True)


class ColumnsOut(ma.Schema):
    """The columns that each export has, in the order in which it has them without a profile."""

    columns = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()), required=True)


@files.get("/columns")
@files.response(200, ColumnsOut)
@allow(*OFFICE)
def list_columns() -> Response:
    """List the columns of each export, of which a profile chooses; `journal`, `people` and `count_scans` are parts of a package."""
    return http.answer({"columns": {export: profiles.COLUMNS[export] for export in profiles.EXPORTS}})


class SampleQuery(SiteQuery):
    """Of which export, and of which count where it is of one."""

    export = ma.fields.String(required=True, validate=validate.OneOf((*selecting.EXPORTS, *masters.EXPORTS)))
    count = http.Text(128)


class SampleOut(ma.Schema):
    """The beginning of a file: its header and its first rows."""

    text = ma.fields.String(required=True)


@files.post("/samples")
@files.arguments(ProfileIn)
@files.arguments(SampleQuery, location="query")
@files.response(200, SampleOut)
@http.errors("bad_request", "site_required", "not_found")
@allow(*OFFICE)
def sample(profile: dict[str, Any], query: dict[str, Any]) -> Response:
    """Show how a file would begin that is written by a profile; nothing is kept."""
    name = query["export"]
    with reading() as tx:
        if name in masters.EXPORTS:
            table, _ = masters.table(tx, name, lambda: access.site_for(tx, query.get("site")), None)
        else:
            table, _ = selecting.table(tx, name, access.site_for(tx, query.get("site")), None, query.get("count"))
        return http.answer({"text": profiles.sample(table, name, profiles.of(profile), SAMPLE)})


@files.get("/profiles")
@files.arguments(SiteQuery, location="query")
@files.response(200, ProfilesOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def list_profiles(query: dict[str, Any]) -> Response:
    """List the profiles of CSV files."""
    with reading() as tx:
        return http.answer({"rows": saving.listed(tx, access.site_for(tx, query.get("site")))})


@files.get("/profiles/<path:name>")
@files.arguments(SiteQuery, location="query")
@files.response(200, ProfileOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_profile(query: dict[str, Any], name: str) -> Response:
    """Read a profile."""
    with reading() as tx:
        return http.answer(saving.named(tx, access.site_for(tx, query.get("site")), name))


@files.put("/profiles/<path:name>")
@files.arguments(ProfileIn)
@files.arguments(SiteQuery, location="query")
@files.response(200, ProfileOut)
@http.errors("site_required", "not_found")
@allow("supervisor", "accountant", "administrator", "integration")
def put_profile(profile: dict[str, Any], query: dict[str, Any], name: str) -> Response:
    """Save a profile under a name, instead of what was there before."""
    if len(name) > 100 or not name.isprintable():
        raise Problem("bad_request", "A name has at most 100 characters, all of them printable.")
    with writing() as tx:
        return http.answer(saving.put(tx, access.site_for(tx, query.get("site")), name, profile))


@files.delete("/profiles/<path:name>")
@files.arguments(SiteQuery, location="query")
@files.response(204)
@http.errors("site_required", "not_found")
@allow("supervisor", "accountant", "administrator", "integration")
def delete_profile(query: dict[str, Any], name: str) -> Response:
    """Delete a profile; files that were written by it stay as they are."""
    with writing() as tx:
        saving.remove(tx, access.site_for(tx, query.get("site")), name)
    return Response(status=204)


# Lookup

looking = http.Blue("lookup", __name__, url_prefix="/api/v1", description="What a code means, and where that is")


PARTS = (
    "What the code says, where it says it: aim, gtin (14 digits), lot, expiry (ISO date), serial, quantity (of AI 30 or 37), weight (net), "
    "measures (net, by unit), sscc, gln, extension (of a location, AI 254), price, ais (all data by identifier), "
    "in_store (a number that any shop may give)"
)


REFUSED = (
    "unknown_ai, format, repeated, empty, check_digit, or the rule of GS1's syntax dictionary that data breaks (yymmd0, iso4217 ...); "
    "of links: address, no_key, qualifiers, not_in_query"
)


class NotGs1Out(ma.Schema):
    """Why a code that claims to be GS1 isn't read as that: what is wrong, and of which application identifier."""

    why = ma.fields.String(required=True, metadata={"description": REFUSED})
    ai = ma.fields.String(required=True, allow_none=True)


class LookupOut(ma.Schema):
    """What a code means. `here`: what is at the location; `at`: where the product is (rows as of /stock), what should be picked first
    before the rest: what expires first first, in walking order what expires alike, what is held, blocked or expired last."""

    code = ma.fields.String(required=True)
    kind = ma.fields.String(required=True, validate=validate.OneOf(["location", "product", "lot", "sscc", "unknown"]))
    candidates = ma.fields.List(
        ma.fields.Dict(),
        required=True,
        metadata={"description": "rows as of /locations or /products, the latter with `quantity`: what one scan of the code means"},
    )
    parts = ma.fields.Dict(required=True, metadata={"description": PARTS})
    warnings = ma.fields.List(ma.fields.String(), required=True)
    refused = ma.fields.Nested(NotGs1Out, metadata={"description": "only of a code that claims to be GS1 and isn't"})
    here = ma.fields.List(ma.fields.Dict(), required=True)
    at = ma.fields.List(ma.fields.Dict(), required=True)


class LookupQuery(http.Strict):
    """A code as scanned."""

    code = http.Text(8192, 1, required=True)
    site = http.Text(128)


@looking.get("/lookup")
@looking.arguments(LookupQuery, location="query")
@looking.response(200, LookupOut)
@http.errors("site_required", "not_found")
@allow(*ROLES, DEVICE)
def look_up(asked: dict[str, Any]) -> Response:
    """Tell what a code means; a code that means nothing is an answer too."""
    with reading() as tx:
        site_id = access.site_for(tx, asked.get("site"))
        return http.answer(
            lookup.look(tx, site_id, asked["code"], blind.hidden(tx, site_id, access.caller()), times.wire(times.now())[:10])
        )


class HappenedOut(ma.Schema):
    """Something that happened. `deed`: the task of the scan that moved it, `count`, `hold`, `release`, or the kind of a move that no scan
    made. A hold or release has no quantity and no place; without a lot it is of all of the product; `reason_code`: why."""

    at = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)
    deed = ma.fields.String(required=True)
    sku = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    lot = ma.fields.String(required=True)
    serial = ma.fields.String(required=True)
    quantity = ma.fields.String(required=True, allow_none=True)
    unit = ma.fields.String(required=True)
    source = ma.fields.String(required=True, allow_none=True)
    target = ma.fields.String(required=True, allow_none=True)
    sheet = ma.fields.String(required=True, allow_none=True)
    operator = ma.fields.String(required=True, allow_none=True, metadata={"description": "the badge that was scanned"})
    person = ma.fields.String(required=True, allow_none=True)
    device = ma.fields.String(required=True, allow_none=True)
    reason_code = ma.fields.String(required=True, allow_none=True)


class HistoryOut(ma.Schema):
    """What happened, the newest first."""

    rows = ma.fields.List(ma.fields.Nested(HappenedOut), required=True)


class HistoryQuery(LookupQuery):
    """A code as scanned, and how much of its past to tell."""

    limit = http.Digits(load_default=50, validate=validate.Range(1, history.MOST))


@looking.get("/history")
@looking.arguments(HistoryQuery, location="query")
@looking.response(200, HistoryOut)
@http.errors("site_required", "not_found")
@allow(*OFFICE)
def get_history(asked: dict[str, Any]) -> Response:
    """Tell what happened to a product, a lot, a serial or at a location, with people and devices."""
    with reading() as tx:
        return http.answer({"rows": history.of(tx, access.site_for(tx, asked.get("site")), asked["code"], asked["limit"])})


blueprints = [files, looking]
