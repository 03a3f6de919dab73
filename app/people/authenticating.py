"""Find the person behind a key or a console session."""

import json

from flask import Request, current_app

from app import access, times, tokens
from app.access import Caller
from app.db import glance
from app.lan import links

COOKIE = "session"
SECURE_COOKIE = "__Host-session"
"""Over https: the browser then takes it from nobody but this very host."""

_KEY = (
    "SELECT k.person_id, p.name, k.roles, k.site_id, k.name FROM keys k JOIN people p ON p.id = k.person_id "
    "WHERE k.revoked_at IS NULL AND p.archived_at IS NULL AND k.token_hash = "
)
_SESSION = (
    "SELECT s.person_id, p.name, s.csrf, r.role, r.site_id FROM sessions s JOIN people p ON p.id = s.person_id "
    "LEFT JOIN roles r ON r.person_id = s.person_id WHERE s.ended_at IS NULL AND p.archived_at IS NULL "
)


def by_key(request: Request) -> Caller | None:
    """Return the person whose key came with this request: the key's own roles and site, the person's name. One indexed SELECT.

    On a local network, where https is at the same port, a key that came without it raises insecure.
    """
    token = tokens.bearer(request.headers.get("Authorization"))
    if token is None or not token.startswith(tokens.KEY):
        return None
    if current_app.extensions["settings"].lan:
        access.in_private()
    found = glance(_KEY + "?", _KEY + "%s", (tokens.digest(token),))
    if not found:
        return None
    person_id, name, roles, site_id, key = found[0]
    return Caller("key", frozenset(json.loads(roles)), site_id=site_id, person_id=person_id, name=name, extra={"key": key})


def by_session(request: Request) -> Caller | None:
    """Return the person who is signed in with this request's cookie; a request with an Authorization header is judged by that alone,
    and one that others can read by none."""
    cookie = request.cookies.get(SECURE_COOKIE) or (None if request.is_secure else request.cookies.get(COOKIE))
    if cookie is None or "Authorization" in request.headers or not links.is_private():
        return None
    hashed, now = tokens.digest(cookie), times.now()
    found = glance(
        _SESSION + "AND s.token_hash = ? AND s.expires_at > ?", _SESSION + "AND s.token_hash = %s AND s.expires_at > %s", (hashed, now)
    )
    if not found:
        return None
    person_id, name, csrf = found[0][:3]
    home = home_of({site for *_, site in found if site is not None})
    roles = frozenset(role for *_, role, site in found if role is not None and site == home)
    return Caller("session", roles, site_id=home or None, person_id=person_id, name=name, csrf=csrf, extra={"session": hashed})


def home_of(sites: set[int]) -> int:
    """Return the site a person is signed in to: the only one they have roles in, else 0, all sites."""
    return next(iter(sites)) if len(sites) == 1 else 0
