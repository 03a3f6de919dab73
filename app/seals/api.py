"""What the wire says of seals: a list of them, an export that `verify.py` checks, and that file itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marshmallow as ma
from flask import Response, stream_with_context
from sqlalchemy import select

from app import access, http, times
from app.access import OFFICE, allow
from app.db import reading
from app.errors import Problem
from app.seals import checkpoints, exporting, looking, verify
from app.seals.models import Seal

blueprint = http.Blue(
    "seals", __name__, url_prefix="/api/v1/seals", description="Tamper evidence: rows that never change, sealed in a chain"
)
blueprints = [blueprint]
_WHOSE = f"a site's code, or `{access.GLOBAL}` for the journal of products and people"


class SealsPage(http.Page):
    """Seals are paged by their number."""

    since = http.Digits(load_default=0, validate=ma.validate.Range(0, 2**62), metadata={"description": "a seal's number"})
    site = http.Text(128, metadata={"description": _WHOSE})


class SealOut(ma.Schema):
    """That the rows of a range of journal numbers were these. `content`: the SHA-256 of the rows."""

    number = ma.fields.Integer(required=True)
    first = ma.fields.Integer(required=True)
    upto = ma.fields.Integer(required=True)
    rows = ma.fields.Integer(required=True)
    content = ma.fields.String(required=True)
    previous = ma.fields.String(required=True)
    hash = ma.fields.String(required=True)
    epoch = ma.fields.String(required=True)
    sealed_at = ma.fields.String(required=True)


class Seals(http.Listed):
    """A page of seals; send `next` as `since`."""

    rows = ma.fields.List(ma.fields.Nested(SealOut), required=True)
    checkpoint = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "of the newest seal: keep it where nobody changes it"}
    )


@blueprint.get("")
@blueprint.arguments(SealsPage, location="query")
@blueprint.response(200, Seals)
@http.errors("epoch_changed", "not_found", "site_required")
@allow("auditor", "administrator")
def get_seals(page: dict[str, Any]) -> Response:
    """Return the seals of a journal after a number, and its newest checkpoint."""
    with reading() as tx:
        site_id = access.journal_for(tx, page.get("site"))
        http.same_epoch(tx, page.get("epoch"))
        table = Seal.__table__.c
        names = ("number", "first", "upto", "rows", "content", "previous", "hash", "epoch", "sealed_at")
        which = select(*(table[name] for name in names)).where(table.site_id == site_id, table.number > page["since"])
        found = tx.execute(which.order_by(table.number).limit(page["limit"])).mappings()
        rows = [{**row, "sealed_at": times.wire(row["sealed_at"])} for row in found]
        listed = http.listed(tx, rows, rows[-1]["number"] if rows else page["since"], site_id)
        return http.answer(listed | {"checkpoint": checkpoints.text(tx, site_id)})


class SealedQuery(http.Strict):
    """Of which journal, and from where on."""

    since = ma.fields.Integer(
        load_default=0, validate=ma.validate.Range(0, 2**62), metadata={"description": "only what was sealed after this seal"}
    )
    site = http.Text(128, metadata={"description": _WHOSE})


@blueprint.get("/export")
@blueprint.arguments(SealedQuery, location="query")
@blueprint.doc(responses={"200": {"content": {"application/gzip": {"schema": http.BYTES}}}})
@blueprint.response(200, description="Lines of JSON, gzipped: each seal with the rows that it seals. `verify.py` checks it.")
@http.errors("not_found", "site_required")
@http.costly
@allow("auditor", "administrator")
def export_sealed(query: dict[str, Any]) -> Response:
    """Download all sealed rows of a journal and their seals, to be checked by `verify.py` on another machine."""
    after = query["since"]
    with reading() as tx:
        site_id = access.journal_for(tx, query.get("site"))
        name, newest = exporting.name(tx, site_id), checkpoints.last(tx, site_id)
        if after > newest.number:
            raise Problem("not_found", "There is no such seal.")

    def stream() -> Iterator[bytes]:
        with reading() as tx:
            yield from exporting.gzipped(exporting.lines(tx, site_id, after))

    response = Response(stream_with_context(stream()), content_type="application/gzip")
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", f"sealed-{name}-{after + 1}-to-{newest.number}.jsonl.gz")
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


class LookQuery(http.Strict):
    """At which journal, and for which checkpoint."""

    site = http.Text(128, metadata={"description": _WHOSE})
    checkpoint = http.Text(300, load_default="", metadata={"description": "one that left the server before"})


class SealsLookedAt(ma.Schema):
    """What a quick look found. `wrong`: sentences, none where all is well; `held`: whether the checkpoint's seal is still here."""

    site = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)
    upto = ma.fields.Integer(required=True, metadata={"description": "sealed up to this number of the journal"})
    seals = ma.fields.Integer(required=True)
    sealed_at = ma.fields.String(required=True, allow_none=True)
    looked_from = ma.fields.Integer(required=True, metadata={"description": "the first seal that was hashed anew with its rows"})
    looked_rows = ma.fields.Integer(required=True)
    wrong = ma.fields.List(ma.fields.String(), required=True)
    held = ma.fields.Boolean(required=True, allow_none=True)
    checkpoint = ma.fields.String(required=True, allow_none=True)


@blueprint.get("/look")
@blueprint.arguments(LookQuery, location="query")
@blueprint.response(200, SealsLookedAt)
@http.errors("bad_request", "not_found", "site_required")
@http.costly
@allow("auditor", "administrator")
def look_at_seals(query: dict[str, Any]) -> Response:
    """Hash the newest seals and at most 20,000 of their rows anew, and look for a checkpoint's seal. For all of it: export, `verify.py`."""
    with reading() as tx:
        found = looking.look(tx, access.journal_for(tx, query.get("site")), query["checkpoint"])
        return http.answer(found | {"sealed_at": times.wire_or_none(found["sealed_at"])})


@blueprint.get("/verify.py")
@blueprint.doc(responses={"200": {"content": {"text/x-python": {"schema": {"type": "string"}}}}})
@blueprint.response(200, description="One file that needs nothing but Python.")
@allow(*OFFICE)
def get_verify() -> Response:
    """Download the program that checks an export of sealed rows; who doesn't trust this server takes it from the source instead."""
    response = Response(Path(verify.__file__).read_bytes(), content_type="text/x-python; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response
