"""What the wire says of devices: the list, one of them and what it owes, changes, revocation, enrolment, a new token."""

from typing import Any

import marshmallow as ma
from flask import Response, request
from marshmallow import validate

from app import access, http, times
from app.access import OFFICE, allow, public
from app.db import reading, writing
from app.devices import changing, enrolling, listing, owing, revoking
from app.errors import Problem
from app.lan import links

blueprint = http.Blue("devices", __name__, url_prefix="/api/v1", description="Guns, phones, terminals and files that may scan")
blueprints = [blueprint]


class DevicePage(http.MasterPage):
    """By id."""

    site = http.Text(128)


class StreamOut(ma.Schema):
    """One outbox of a device."""

    stream = ma.fields.String(required=True)
    made = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True)
    missing_total = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(required=True, allow_none=True)
    gaps = ma.fields.Integer(required=True)
    offset_ms = ma.fields.Integer(required=True, allow_none=True)
    forked = ma.fields.Boolean(required=True)
    last_seen = ma.fields.String(required=True)


class DeviceOut(ma.Schema):
    """A device; `made`, `held`, `missing_total`, `waiting`, `gaps` are over all its streams, `streams` are the ten heard last."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    site = ma.fields.String(required=True)
    prefix = ma.fields.String(required=True, metadata={"description": "how its token begins"})
    tasks = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    created_at = ma.fields.String(required=True)
    revoked_at = ma.fields.String(required=True, allow_none=True)
    last_seen = ma.fields.String(required=True, allow_none=True)
    made = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True)
    missing_total = ma.fields.Integer(required=True)
    waiting = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "scans that waited on it when it was last heard; null: it never said"}
    )
    gaps = ma.fields.Integer(required=True, metadata={"description": "numbers missing below the highest that arrived"})
    offset_ms = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "what is added to its clock to have ours; null: unknown"}
    )
    app = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "which version of its app it said it runs, when it was last heard"}
    )
    outdated = ma.fields.Boolean(required=True, metadata={"description": "it is the web app, and not the version that this server serves"})
    streams = ma.fields.List(ma.fields.Nested(StreamOut), required=True)
    journal = ma.fields.Integer(required=True)


class DevicesOut(http.Listed):
    """A page of devices."""

    rows = ma.fields.List(ma.fields.Nested(DeviceOut), required=True)


class MissingOut(ma.Schema):
    """A run of numbers of a stream that haven't arrived."""

    stream = ma.fields.String(required=True)
    first = ma.fields.Integer(required=True)
    last = ma.fields.Integer(required=True)


class TookPartOut(ma.Schema):
    """A count that the device scanned for; `status` `open` while it isn't posted, approved or cancelled."""

    count = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    scans = ma.fields.Integer(required=True)
    last_received_at = ma.fields.String(required=True)


class OwingOut(DeviceOut):
    """A device and what it still owes: the first 100 runs of missing numbers, and the counts it took part in, open ones first."""

    missing = ma.fields.List(ma.fields.Nested(MissingOut), required=True)
    counts = ma.fields.List(ma.fields.Nested(TookPartOut), required=True)


class ChangeDeviceIn(http.Strict):
    """What is to change; what isn't said stays. `tasks` null: all. `site` may only be its own: a device never changes its site."""

    name = http.Text(200, 1)
    tasks = ma.fields.List(ma.fields.String(validate=validate.OneOf(enrolling.TASKS)), allow_none=True, validate=validate.Length(1, 50))
    site = http.Text(128)
    reason = http.Text(2000, load_default="")


class EnrolmentIn(http.Strict):
    """The device to be; `tasks` null: all."""

    name = http.Text(200, 1, required=True)
    site = http.Text(128, load_default=None, allow_none=True)
    tasks = ma.fields.List(
        ma.fields.String(validate=validate.OneOf(enrolling.TASKS)), load_default=None, allow_none=True, validate=validate.Length(1, 50)
    )


class EnrolmentOut(ma.Schema):
    """A code of one use. `qr` is the QR code of `url`, rows of modules, 1 for dark."""

    code = ma.fields.String(required=True)
    url = ma.fields.String(required=True)
    expires_at = ma.fields.String(required=True)
    qr = ma.fields.List(ma.fields.List(ma.fields.Integer()), required=True)


class ClaimIn(http.Strict):
    """The code, and how the device wants to be called."""

    code = http.Text(128, 1, required=True)
    name = http.Text(200, load_default=None, allow_none=True)


class ClaimedDeviceOut(ma.Schema):
    """The device that was made."""

    id = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    tasks = ma.fields.List(ma.fields.String(), required=True, allow_none=True)


class ClaimedOut(ma.Schema):
    """A device's token; it is shown this once."""

    token = ma.fields.String(required=True)
    device = ma.fields.Nested(ClaimedDeviceOut, required=True)
    site = ma.fields.String(required=True)
    epoch = ma.fields.String(required=True)


class RevocationIn(http.Strict):
    """Why."""

    reason = http.Text(2000, load_default="")


@blueprint.get("/devices")
@blueprint.arguments(DevicePage, location="query")
@blueprint.response(200, DevicesOut)
@http.errors("epoch_changed", "site_required", "not_found")
@allow(*OFFICE)
def get_devices(page: dict[str, Any]) -> Response:
    """List a site's devices with what they made and what has arrived."""
    with reading() as tx:
        http.same_epoch(tx, page.get("epoch"))
        site_id = access.site_for(tx, page.get("site"))
        rows, next_ = listing.page(tx, site_id, http.number(page.get("after")), page["limit"])
        return http.answer(http.listed(tx, rows, next_, site_id))


@blueprint.post("/devices/<int:device_id>/revocation")
@blueprint.arguments(RevocationIn)
@blueprint.response(200, DeviceOut)
@http.errors("not_found")
@allow("supervisor", "administrator")
def post_revocation(said: dict[str, str], device_id: int) -> Response:
    """Revoke a device: what it still sends is kept and waits for a supervisor."""
    with writing() as tx:
        home = revoking.revoke(tx, device_id, access.caller().site_id, said["reason"])
        (row,), _ = listing.page(tx, home, device_id - 1, 1)
    return http.answer(row)


@blueprint.get("/devices/<int:device_id>")
@blueprint.response(200, OwingOut)
@http.errors("not_found")
@allow(*OFFICE)
def get_device(device_id: int) -> Response:
    """Show a device and what it still owes, revoked or not."""
    with reading() as tx:
        home = listing.home(tx, device_id, access.caller().site_id)
        (row,), _ = listing.page(tx, home, device_id - 1, 1)
        return http.answer(row | owing.of(tx, home, device_id))


@blueprint.put("/devices/<int:device_id>")
@blueprint.arguments(ChangeDeviceIn)
@blueprint.response(200, DeviceOut)
@http.errors("bad_request", "not_found")
@allow("supervisor", "administrator")
def put_device(said: dict[str, Any], device_id: int) -> Response:
    """Change a device's name and its ceiling of tasks; what it sends from then on is judged by that."""
    if not said.get("name", "-").strip():
        raise Problem("bad_request", "A device needs a name.", [{"field": "name", "message": "A device needs a name."}])
    with writing() as tx:
        home = changing.change(tx, device_id, access.caller().site_id, said)
        (row,), _ = listing.page(tx, home, device_id - 1, 1)
        if said.get("site") not in (None, row["site"]):
            why = "A device never changes its site. Revoke it and enrol it there."
            raise Problem("bad_request", why, [{"field": "site", "message": why}])
    return http.answer(row)


@blueprint.post("/devices/<int:device_id>/rotation")
@blueprint.arguments(RevocationIn)
@blueprint.response(201, EnrolmentOut)
@http.errors("not_found", "revoked")
@allow("supervisor", "administrator")
def post_rotation(said: dict[str, str], device_id: int) -> Response:
    """Offer a device a new token: a link and QR code of one use, for ten minutes. It stays the same device; its old token ends when the
    code is used."""
    with writing() as tx:
        offer = enrolling.renew(tx, device_id, access.caller().site_id, said["reason"])
    return _offered(offer)


@blueprint.post("/enrolments")
@blueprint.arguments(EnrolmentIn)
@blueprint.response(201, EnrolmentOut)
@http.errors("site_required", "not_found")
@allow("supervisor", "administrator")
def post_enrolment(said: dict[str, Any]) -> Response:
    """Offer an enrolment: a link and QR code of one use, for ten minutes."""
    with writing() as tx:
        offer = enrolling.offer(tx, access.site_for(tx, said["site"]), said["name"], said["tasks"])
    return _offered(offer)


@blueprint.post("/enrolments/claim")
@blueprint.arguments(ClaimIn)
@blueprint.response(200, ClaimedOut)
@http.errors("code_spent", "too_many_requests")
@public
def post_claim(said: dict[str, Any]) -> Response:
    """Spend a code and become a device, or give the device that it was offered to a new token."""
    return http.answer(enrolling.claim(said["code"], said["name"], request.remote_addr or ""))


def _offered(offer: enrolling.Offer) -> Response:
    url = f"{links.base()}/join#{offer.code}"
    return http.answer({"code": offer.code, "url": url, "expires_at": times.wire(offer.expires_at), "qr": enrolling.matrix(url)}, 201)
