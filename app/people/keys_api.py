"""What the wire says of the keys of programs: the list, a new one (shown once), its end."""

from typing import Any

import marshmallow as ma
from flask import Response, g
from marshmallow import validate

from app import access, http, times
from app.access import ROLES, allow
from app.db import reading, writing
from app.fields import Flag
from app.people import keyring

blueprint = http.Blue("keys", __name__, url_prefix="/api/v1", description="Keys for programs")
blueprints = [blueprint]


class KeyIn(http.Strict):
    """A key; `site` null: all sites (of an administrator of one: that one). `expires_at` null: never."""

    name = http.Text(200, 1, required=True)
    roles = ma.fields.List(ma.fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, 20))
    site = http.Text(128, load_default=None, allow_none=True)
    expires_at = http.When(load_default=None, allow_none=True)
    reads_only = Flag(load_default=False)


class ProgramKeyOut(ma.Schema):
    """A key; `used_at` is true to a minute."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    person = ma.fields.String(required=True, metadata={"description": "whom it acts as"})
    prefix = ma.fields.String(required=True, metadata={"description": "how it begins"})
    roles = ma.fields.List(ma.fields.String(), required=True)
    site = ma.fields.String(required=True, allow_none=True)
    reads_only = ma.fields.Boolean(required=True)
    created_at = ma.fields.String(required=True)
    made_by = ma.fields.String(required=True, allow_none=True, metadata={"description": "null: the command line"})
    used_at = ma.fields.String(required=True, allow_none=True)
    expires_at = ma.fields.String(required=True, allow_none=True)
    revoked_at = ma.fields.String(required=True, allow_none=True)
    state = ma.fields.String(required=True, validate=validate.OneOf(["active", "expires_soon", "expired", "revoked"]))


class MadeKeyOut(ProgramKeyOut):
    """A new key; `token` is shown this once."""

    token = ma.fields.String(required=True)


class ProgramKeysOut(http.Listed):
    """A page of keys."""

    rows = ma.fields.List(ma.fields.Nested(ProgramKeyOut), required=True)


class EndIn(http.Strict):
    """Why."""

    reason = http.Text(2000, load_default="")


@blueprint.get("/keys")
@blueprint.arguments(http.MasterPage, location="query")
@blueprint.response(200, ProgramKeysOut)
@http.errors("epoch_changed")
@allow("administrator")
def get_keys(page: dict[str, Any]) -> Response:
    """List the keys of programs; an administrator of one site sees those of that site."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        rows, next_ = keyring.page(tx, access.caller().site_id, http.number(page.get("after")), page["limit"])
        return http.answer(http.listed(tx, rows, next_, 0))


@blueprint.post("/keys")
@blueprint.arguments(KeyIn)
@blueprint.response(201, MadeKeyOut)
@http.errors("bad_request", "code_collides", "not_found")
@allow("administrator")
def post_key(said: dict[str, Any]) -> Response:
    """Make a key for a program; its token is in this answer and nowhere else."""
    with writing() as tx:
        everywhere = said["site"] is None and access.caller().site_id is None
        made, token = keyring.make(tx, access.caller(), said, None if everywhere else access.site_for(tx, said["site"]))
        (row,), _ = keyring.page(tx, None, made - 1, 1)
    return http.answer(row | {"token": token}, 201)


@blueprint.post("/keys/<int:key_id>/revocation")
@blueprint.arguments(EndIn)
@blueprint.response(200, ProgramKeyOut)
@http.errors("not_found")
@allow("administrator")
def post_key_revocation(said: dict[str, str], key_id: int) -> Response:
    """End a key: its next request is answered 401."""
    with writing() as tx:
        keyring.revoke(tx, access.caller(), key_id, said["reason"])
        (row,), _ = keyring.page(tx, None, key_id - 1, 1)
    return http.answer(row)


@blueprint.after_app_request
def warn(response: Response) -> Response:
    """Say with each answer to a key that will expire soon when that is."""
    expires_at = g.caller.extra.get("expires_at") if "caller" in g else None
    if expires_at is not None and expires_at - times.now() <= keyring.SOON:
        response.headers["X-ScanLedger-Key-Expires"] = times.wire(expires_at)
    return response
