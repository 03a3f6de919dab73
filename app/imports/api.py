"""What the wire says of imports: what a file's columns are, saved mappings, how far one is, what it refused, which there were."""

from collections.abc import Collection
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http
from app.access import allow
from app.db import reading, writing
from app.errors import Problem
from app.imports import columns, listing, mending, notation, saving, spooling, taking
from app.imports.describing import FILE, ImportOut, ImportRow, NotationOut
from app.imports.kinds import DATES, KINDS, MOMENTS, NUMBERS, Kind
from app.imports.notation import Notation
from app.imports.tables import Head, plain

blueprint = http.Blue("imports", __name__, url_prefix="/api/v1/imports", description="Files in: columns, mappings, progress, refused rows")
blueprints = [blueprint]
MAY = ("supervisor", "administrator", "integration")
SAMPLE = 20
"""Rows that a look at a file shows."""
LOOKED_AT = 500
"""Rows by which it guesses how numbers and dates are written."""


class ImportsOut(ma.Schema):
    """A page of imports, the newest first; `next` is null at the end."""

    rows = ma.fields.List(ma.fields.Nested(ImportRow), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ImportsPage(http.Strict):
    """What the list takes."""

    limit = http.Digits(load_default=50, validate=validate.Range(1, http.PAGE))
    after = http.Text(60)


class MappingOut(NotationOut):
    """A saved mapping: for each column of ours the file's, and how such a file writes numbers and dates."""

    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    columns = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    for_all_sites = ma.fields.Boolean(required=True)
    changed_at = ma.fields.String(required=True)


class MappingsOut(ma.Schema):
    """The mappings that may be used."""

    rows = ma.fields.List(ma.fields.Nested(MappingOut), required=True)


class MappingIn(http.Strict):
    """A mapping to save, and the header it was made for, by which it is found again."""

    columns = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    header = ma.fields.List(http.Text(1000), validate=validate.Length(max=500), load_default=list)
    decimal = ma.fields.String(load_default=notation.DECIMALS[0], validate=validate.OneOf(notation.DECIMALS))
    dates = ma.fields.String(load_default=notation.DATES[0], validate=validate.OneOf(notation.DATES))


class Sited(http.Strict):
    """Of which site; without it (and for a caller of all sites) for all."""

    site = http.Text(128)


class MappingsQuery(Sited):
    """Which mappings."""

    kind = ma.fields.String(validate=validate.OneOf(sorted(KINDS)))


class LookQuery(Sited):
    """What a look at a file takes."""

    sheet = http.Text(200)


class ColumnOut(ma.Schema):
    """A column of ours, and whether a file needs it."""

    name = ma.fields.String(required=True)
    required = ma.fields.Boolean(required=True)


class LookOut(NotationOut):
    """What a file looks like, which of its columns are probably which of ours, how it probably writes, and its first rows."""

    encoding = ma.fields.String(required=True)
    delimiter = ma.fields.String(required=True)
    sheets = ma.fields.List(ma.fields.String(), required=True)
    sheet = ma.fields.String(required=True)
    header = ma.fields.List(ma.fields.String(), required=True)
    columns = ma.fields.List(ma.fields.Nested(ColumnOut), required=True)
    guess = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    mapping = ma.fields.Nested(MappingOut, required=True, allow_none=True, metadata={"description": "a saved one that fits the header"})
    sample = ma.fields.List(ma.fields.List(ma.fields.String()), required=True)


def _maybe_site(tx: Any, asked: dict[str, Any]) -> int | None:
    """Return the site that is named, or the caller's own; None: all."""
    return access.site_for(tx, asked["site"]) if asked.get("site") else access.caller().site_id


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Problem("not_found", "There is no such kind of import.")
    return KINDS[name]


_KINDS = http.one_of("kind", sorted(KINDS))


@blueprint.post("/<kind>/columns", parameters=[_KINDS])
@blueprint.doc(requestBody=FILE)
@blueprint.arguments(LookQuery, location="query")
@blueprint.response(200, LookOut)
@http.errors("bad_file", "not_found", "site_required", "too_many_requests")
@http.costly
@allow(*MAY)
def look_at_columns(asked: dict[str, Any], kind: str) -> Response:
    """Look at a file before it is imported: how it is written, what its columns probably are, its first rows. Nothing is kept."""
    wanted = _kind(kind)
    table = spooling.spool(wanted.columns, asked.get("sheet"), LOOKED_AT)
    try:
        head, rows = table.head, [[c if isinstance(c, str) else c[1] for c in cells] for _, cells, _, _ in table.rows()]
    finally:
        table.close()
    with reading() as tx:
        saved = saving.proposed(tx, kind, _maybe_site(tx, asked), head.header)
    sample = rows[:SAMPLE]
    guess = columns.guess(head.header, sample, wanted)
    writes = Notation() if head.sheets else _guess_notation(head, rows, [guess, saved["columns"] if saved else {}])
    return http.answer(
        {
            **head._asdict(), "columns": [{"name": c, "required": c in wanted.required} for c in wanted.columns],
            "guess": guess, "mapping": saved, **writes._asdict(), "sample": [[c[:200] for c in row] for row in sample],
        }
    )  # fmt: skip


def _guess_notation(head: Head, rows: list[list[str]], mappings: list[dict[str, str]]) -> Notation:
    """Return how a file of text writes the numbers and dates in the columns that mappings name."""

    def cells(wanted: Collection[str]) -> list[str]:
        names = {plain(theirs) for mapping in mappings for ours, theirs in mapping.items() if ours in wanted}
        places = [at for at, name in enumerate(head.header) if plain(name) in names]
        return [row[at] for row in rows for at in places if at < len(row)]

    return notation.guess(cells(NUMBERS), cells(DATES | MOMENTS), head.delimiter)


@blueprint.get("/mappings")
@blueprint.arguments(MappingsQuery, location="query")
@blueprint.response(200, MappingsOut)
@http.errors("not_found")
@allow(*MAY)
def get_mappings(asked: dict[str, Any]) -> Response:
    """List the saved mappings: the site's own before those for all."""
    with reading() as tx:
        return http.answer({"rows": saving.listed(tx, asked.get("kind"), _maybe_site(tx, asked))})


@blueprint.put("/mappings/<kind>/<path:name>", parameters=[_KINDS])
@blueprint.arguments(MappingIn)
@blueprint.arguments(Sited, location="query")
@blueprint.response(200, MappingOut)
@http.errors("not_found")
@allow(*MAY)
def put_mapping(asked: dict[str, Any], query: dict[str, Any], kind: str, name: str) -> Response:
    """Save a mapping under a name, for a site or for all."""
    try:
        mapping = columns.checked(asked["columns"], _kind(kind))
    except columns.BadMapping as error:
        raise Problem("bad_request", str(error)) from error
    if len(name) > 100 or not name.isprintable():
        raise Problem("bad_request", "A name has at most 100 characters, all of them printable.")
    with writing() as tx:
        return http.answer(
            saving.put(tx, kind, _maybe_site(tx, query), name, mapping, asked["header"], Notation(asked["decimal"], asked["dates"]))
        )


@blueprint.delete("/mappings/<kind>/<path:name>", parameters=[_KINDS])
@blueprint.arguments(Sited, location="query")
@blueprint.response(204)
@http.errors("not_found")
@allow(*MAY)
def delete_mapping(query: dict[str, Any], kind: str, name: str) -> Response:
    """Delete a saved mapping; imports that were made with it stay as they are."""
    with writing() as tx:
        saving.remove(tx, _kind(kind).name, _maybe_site(tx, query), name)
    return Response(status=204)


@blueprint.get("/mappings/<kind>/<path:name>", parameters=[_KINDS])
@blueprint.arguments(Sited, location="query")
@blueprint.response(200, MappingOut)
@http.errors("not_found")
@allow(*MAY)
def get_mapping(query: dict[str, Any], kind: str, name: str) -> Response:
    """Return a saved mapping: the site's, else that for all sites."""
    with reading() as tx:
        rows = saving.listed(tx, _kind(kind).name, _maybe_site(tx, query))
    found = next((row for row in rows if row["name"] == name), None)
    if found is None:
        raise Problem("not_found", "There is no such mapping.")
    return http.answer(found)


@blueprint.get("")
@blueprint.arguments(ImportsPage, location="query")
@blueprint.response(200, ImportsOut)
@allow(*MAY)
def get_imports(page: dict[str, Any]) -> Response:
    """List imports, the newest first."""
    with reading() as tx:
        rows, next_ = listing.page(tx, page.get("after"), page["limit"])
    return http.answer({"rows": rows, "next": next_})


@blueprint.get("/<string:number>")
@blueprint.response(200, ImportOut)
@allow(*MAY)
def get_import(number: str) -> Response:
    """Tell how far an import is, and its report when it is done."""
    return http.answer(listing.one(number))


_FILE = {"schema": http.BYTES}


def _rejected(number: str, form: str) -> Response:
    kind, kept = listing.rejected(number)
    media, write = mending.FILES[form]
    response = Response(write(kept), content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}-rejected-{number[:8]}.{form}"'
    return response


@blueprint.get("/<string:number>/rejected.csv")
@blueprint.doc(responses={"200": {"content": {"text/csv": {"schema": {"type": "string"}}}}})
@blueprint.response(200, description="The refused rows as they were, with two more columns that say why; kept for 30 days.")
@allow(*MAY)
def get_rejected(number: str) -> Response:
    """Download the rows that were refused, to mend and send again."""
    return _rejected(number, "csv")


@blueprint.get("/<string:number>/rejected.xlsx")
@blueprint.doc(responses={"200": {"content": {mending.FILES["xlsx"][0]: _FILE}}})
@blueprint.response(200, description="The same rows as a spreadsheet, each cell a text.")
@allow(*MAY)
def get_rejected_xlsx(number: str) -> Response:
    """Download the rows that were refused as a spreadsheet."""
    return _rejected(number, "xlsx")


@blueprint.post("/<string:number>/cancellation")
@blueprint.response(200, ImportOut)
@allow(*MAY)
def post_cancellation(number: str) -> Response:
    """Cancel an import that still runs: nothing of it is written. One that is done stays done."""
    if listing.one(number)["status"] == "running":
        taking.cancel(number)
    return http.answer(listing.one(number))
