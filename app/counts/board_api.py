"""What the wire says of a count while people count."""

from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import validate

from app import access, http, times
from app.access import OFFICE, allow
from app.counts import watching
from app.counts.shapes import STATUSES, SiteQuery, UnfinishedOut
from app.db import reading

blueprint = http.Blue("boards", __name__, url_prefix="/api/v1", description="Boards: counts while people count")
blueprints = [blueprint]


class ProgressOfOut(ma.Schema):
    """How far sheets are: `closed`, `begun` (open, with scans), or neither."""

    sheets = ma.fields.Integer(required=True)
    closed = ma.fields.Integer(required=True)
    begun = ma.fields.Integer(required=True)
    scans = ma.fields.Integer(required=True)
    last_scan_at = ma.fields.String(required=True, allow_none=True)


class ZoneOut(ProgressOfOut):
    """The progress of a zone; null: of locations that lie in none."""

    zone = ma.fields.String(required=True, allow_none=True)
    name = ma.fields.String(required=True)


class CounterOut(ma.Schema):
    """Who counts, with which device (or key: `sender`), and where they scanned last."""

    operator = ma.fields.String(required=True, allow_none=True)
    person = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: nobody knows the badge"})
    device = ma.fields.String(required=True, allow_none=True)
    sender = ma.fields.String(required=True, allow_none=True)
    sheet = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    last_scan_at = ma.fields.String(required=True)
    scans = ma.fields.Integer(required=True)
    lately = ma.fields.Integer(required=True, metadata={"description": f"scans of the last {watching.LATELY} minutes"})
    finished = ma.fields.Boolean(required=True, metadata={"description": "that sheet is"})
    lease_until = ma.fields.String(required=True, allow_none=True)


class OpenSheetOut(ma.Schema):
    """A sheet that is still open."""

    code = ma.fields.String(required=True)
    location = ma.fields.String(required=True)
    sequence = ma.fields.Integer(required=True)
    operator = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True)
    last_scan_at = ma.fields.String(required=True, allow_none=True)
    lease_until = ma.fields.String(required=True, allow_none=True)


class BoardDeviceOut(ma.Schema):
    """A device (or key) that took part. `waiting`: scans that it made and that haven't arrived; null: nobody can know."""

    device = ma.fields.String(required=True, allow_none=True)
    sender = ma.fields.String(required=True, allow_none=True)
    stream = ma.fields.String(required=True, allow_none=True)
    scans = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True, allow_none=True)
    missing_total = ma.fields.Integer(required=True)
    unproven = ma.fields.Boolean(required=True)
    finished = ma.fields.Boolean(required=True)
    last_seen = ma.fields.String(required=True)
    waiting = ma.fields.Integer(required=True, allow_none=True)


class BoardOut(ma.Schema):
    """A count while people count."""

    count = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(STATUSES))
    blind = ma.fields.Boolean(required=True)
    at = ma.fields.String(required=True, metadata={"description": "the server's time"})
    sheets = ma.fields.Nested(ProgressOfOut, required=True)
    zones = ma.fields.List(ma.fields.Nested(ZoneOut), required=True)
    people = ma.fields.List(ma.fields.Nested(CounterOut), required=True)
    open = ma.fields.List(
        ma.fields.Nested(OpenSheetOut), required=True, metadata={"description": f"the first {watching.MOST}, those scanned last before"}
    )
    minutes = ma.fields.List(
        ma.fields.Integer(), required=True, metadata={"description": f"count scans of each of the last {watching.LATELY} minutes"}
    )
    devices = ma.fields.List(ma.fields.Nested(BoardDeviceOut), required=True)
    unfinished = ma.fields.List(ma.fields.Nested(UnfinishedOut), required=True)


@blueprint.get("/counts/<code>/board")
@blueprint.arguments(SiteQuery, location="query")
@blueprint.response(200, BoardOut)
@http.may_be_unchanged
@http.errors("site_required")
@allow(*OFFICE)
def read_board(query: dict[str, Any], code: str) -> Response:
    """Watch a count: who is where, how far each zone has come, what devices have left to send. Expected quantities aren't told."""
    with reading() as tx:
        site_id = access.site_for(tx, query.get("site"))
        now = times.now()
        tag = f'{http.tag(tx, site_id)[:-1]}.{now // times.MINUTE}"'
        if http.is_known(tag):
            return http.unchanged(tag)
        return http.tagged(http.answer(watching.board(tx, site_id, code, now)), tag)
