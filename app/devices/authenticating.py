"""Find the device behind a token."""

import json

from flask import Request

from app import tokens
from app.access import DEVICE, Caller
from app.db import glance

_LOOK = "SELECT id, site_id, name, tasks, revoked_at FROM devices WHERE token_hash = "


def by_token(request: Request) -> Caller | None:
    """Return the device that sent this request, None where no device's token came with it. One indexed SELECT."""
    token = tokens.bearer(request.headers.get("Authorization"))
    if token is None or not token.startswith(tokens.DEVICE):
        return None
    found = glance(_LOOK + "?", _LOOK + "%s", (tokens.digest(token),))
    if not found:
        return None
    id_, site_id, name, tasks, revoked_at = found[0]
    return Caller(
        DEVICE, frozenset(), site_id=site_id, device_id=id_, name=name, revoked=revoked_at is not None,
        tasks=None if tasks is None else frozenset(json.loads(tasks)),
    )  # fmt: skip
