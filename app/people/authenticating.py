"""Find the person behind a key or a console session."""

import contextlib
import json
from collections.abc import Iterable, Set

from flask import Request, current_app
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import access, times, tokens
from app.access import Caller
from app.db import glance, is_busy, writing
from app.errors import Problem
from app.lan import links

COOKIE = "session"
SECURE_COOKIE = "__Host-session"
"""Over https: the browser then takes it from nobody but this very host."""
IDLE = 2 * times.HOUR
"""A session that nobody used for so long is over."""

_KEY = (
    "SELECT k.person_id, p.name, k.roles, k.site_id, k.name, k.id, k.expires_at, k.used_at, k.reads_only "
    "FROM keys k JOIN people p ON p.id = k.person_id "
    "WHERE k.revoked_at IS NULL AND p.archived_at IS NULL AND k.token_hash = "
)
_SESSION = (
    "SELECT s.person_id, p.name, s.csrf, s.seen_at, s.proven_at, a.confirmed_at, s.site_id, r.role, r.site_id "
    "FROM sessions s JOIN people p ON p.id = s.person_id "
    "LEFT JOIN authenticators a ON a.person_id = s.person_id LEFT JOIN roles r ON r.person_id = s.person_id "
    "WHERE s.ended_at IS NULL AND p.archived_at IS NULL "
)


def by_key(request: Request) -> Caller | None:
    """Return the person whose key came with this request: the key's own roles and site, the person's name. One indexed SELECT.

    Raises unauthorized, and says why, for a key that has expired. On a local network, where https is at the same port, a key that came
    without it raises insecure.
    """
    token = tokens.bearer(request.headers.get("Authorization"))
    if token is None or not token.startswith(tokens.KEY):
        return None
    if current_app.extensions["settings"].lan:
        access.in_private()
    found = glance(_KEY + "?", _KEY + "%s", (tokens.digest(token),))
    if not found:
        return None
    person_id, name, roles, site_id, key, id_, expires_at, used_at, reads_only = found[0]
    now = times.now()
    if expires_at is not None and expires_at <= now:
        raise Problem("unauthorized", f"The key expired at {times.wire(expires_at)}; ask an administrator for another.")
    if used_at is None or now - used_at >= times.MINUTE:
        _see("UPDATE keys SET used_at = :now WHERE id = :what AND (used_at IS NULL OR used_at < :now)", id_, now)
    return Caller(
        "key", frozenset(json.loads(roles)), site_id=site_id, person_id=person_id, name=name, reads_only=bool(reads_only),
        extra={"key": key, "expires_at": expires_at},
    )  # fmt: skip


def by_session(request: Request) -> Caller | None:
    """Return the person who is signed in with this request's cookie; a request with an Authorization header is judged by that alone,
    and one that others can read by none."""
    cookie = cookie_of(request)
    if cookie is None or "Authorization" in request.headers or not links.is_private():
        return None
    hashed, now = tokens.digest(cookie), times.now()
    alive = "AND s.token_hash = ? AND s.expires_at > ? AND s.seen_at > ?"
    found = glance(_SESSION + alive, _SESSION + alive.replace("?", "%s"), (hashed, now, now - IDLE))
    if not found:
        return None
    person_id, name, csrf, seen_at, proven_at, enrolled_at, chosen = found[0][:7]
    if now - seen_at >= times.MINUTE:
        _see("UPDATE sessions SET seen_at = :now WHERE token_hash = :what AND seen_at < :now", hashed, now)
    held = [(site, role) for *_, role, site in found if role is not None]
    sites = {site for site, _ in held}
    home = home_of(sites, chosen)
    extra = {"session": hashed, "proven_at": proven_at, "enrolled": enrolled_at is not None, "sites": sites}
    return Caller("session", roles_in(held, home), site_id=home or None, person_id=person_id, name=name, csrf=csrf, extra=extra)


def cookie_of(request: Request) -> str | None:
    """Return the session's cookie; over https only the one that is bound to it."""
    return request.cookies.get(SECURE_COOKIE) or (None if request.is_secure else request.cookies.get(COOKIE))


def _see(sql: str, what: int | bytes, now: int) -> None:
    """Keep when a session or key was used: once a minute, and not while that would have to wait for somebody who writes."""
    if is_busy():
        return
    with contextlib.suppress(DBAPIError), writing() as tx:  # a full disk keeps nobody from reading
        tx.execute(text(sql), {"now": now, "what": what})


def home_of(sites: Set[int], chosen: int | None = None) -> int:
    """Return which of the sites that a person has roles in a session is of: the chosen one, else 0, all sites, else the first."""
    if chosen is not None and chosen in sites:
        return chosen
    return 0 if 0 in sites else min(sites, default=0)


def roles_in(held: Iterable[tuple[int, str]], home: int) -> frozenset[str]:
    """Return the roles that hold in a site, of those held by site: its own, and those for all sites."""
    return frozenset(role for site, role in held if site in (0, home))
