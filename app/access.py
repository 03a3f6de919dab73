"""Who calls, and what they may do: deny by default.

Each route names the roles that may use it with `@allow(...)`, or says `@public`; `check_declared` refuses to start an app with a
route that does neither. The packages that know devices and people hand `init_app` the functions that find a caller.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, g, has_request_context, request
from sqlalchemy import Connection, text

from app import journal, times
from app.errors import Problem
from app.lan import links
from app.text import is_keepable, nfc

F = TypeVar("F", bound=Callable[..., Any])

ROLES = ("operator", "supervisor", "accountant", "auditor", "administrator", "integration")
OFFICE = ("supervisor", "accountant", "auditor", "administrator", "integration")
"""Whoever may read what operators may not."""
GLOBAL = "global"
"""What the journal of products and people is called; no site may be called so."""
DEVICE = "device"
REVOKED_DEVICE = "revoked_device"


PROVEN = 10 * times.MINUTE
"""How long a code of an authenticator holds for approvals."""


@dataclass(frozen=True)
class Caller:
    """Who a request comes from: a device, a key or a console session."""

    kind: str
    """`device`, `key` or `session`."""
    roles: frozenset[str]
    site_id: int | None = None
    """The only site the caller may use; None: all."""
    device_id: int | None = None
    person_id: int | None = None
    name: str = ""
    revoked: bool = False
    tasks: frozenset[str] | None = None
    """A device's ceiling of tasks; None: all."""
    reads_only: bool = False
    """A key that may only read."""
    csrf: str | None = None
    proof: bytes | None = None
    """The hash of a device's token that is only remembered: whoever acts for it proves it first (see `allow`)."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def floor(self) -> bool:
        """Tell whether the caller sees only what the floor may see (devices, and persons who are operators only)."""
        return self.kind == DEVICE or self.roles <= {"operator"}


Finder = Callable[[Request], Caller | None]


def allow(*roles: str, proves: bool = False) -> Callable[[F], F]:
    """Let callers with one of these roles in; `device` stands for a device that is not revoked.

    A view that `proves` also lets in a device that is only remembered, and proves its token itself, in the transaction that acts on it.
    """
    unknown = set(roles) - set(ROLES) - {DEVICE, REVOKED_DEVICE}
    assert not unknown, f"unknown roles {unknown}"
    assert not proves or {DEVICE, REVOKED_DEVICE} <= set(roles), "a device that isn't proven yet may be revoked"

    def mark(view: F) -> F:
        view.allowed = frozenset(roles)  # type: ignore[attr-defined]
        view.proves = proves  # type: ignore[attr-defined]  # a mark on a function
        return view

    return mark


def public(view: F) -> F:
    """Let everybody in, signed in or not."""
    view.allowed = None  # type: ignore[attr-defined]
    return view


def caller() -> Caller:
    """Return who calls; only in a route that is not public."""
    found: Caller = g.caller
    return found


def site_for(tx: Connection, code: str | None) -> int:
    """Return the id of the site a request speaks of: the caller's own, else the named one, else the only one there is.

    Raises forbidden for another site than the caller's own, not_found for an unknown one, site_required where none is named and
    there are several.
    """
    own: int | None = g.caller.site_id if has_request_context() and "caller" in g else None
    if code is not None:
        named = tx.scalar(text("SELECT id FROM sites WHERE code = :code"), {"code": nfc(code)}) if is_keepable(code) else None
        if own is not None and named != own:
            raise Problem("forbidden", "You may only use your own site.")
        if named is None:
            raise Problem("not_found", "There is no such site.")
        return int(named)
    if own is not None:
        return own
    few = tx.scalars(text("SELECT id FROM sites ORDER BY id LIMIT 2")).all()
    if len(few) != 1:
        raise Problem("site_required", "There are several sites; name one with site=CODE.")
    return int(few[0])


def journal_for(tx: Connection, code: str | None) -> int:
    """Return the number of the journal a request speaks of: that of a site (see `site_for`), or of products and people, `global`.

    Raises forbidden for the latter where the caller belongs to a site.
    """
    if code != GLOBAL:
        return site_for(tx, code)
    if has_request_context() and caller().site_id is not None:
        raise Problem("forbidden", "Products and people are of all sites; you may only use your own.")
    return journal.GLOBAL


def from_here() -> None:
    """Raise csrf when a browser says that another site's page sent this request."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    base = current_app.extensions["settings"].base_url
    ours = {request.host} | ({urlsplit(base).netloc} if base else set())
    said = urlsplit(origin)
    if said.netloc not in ours or (request.is_secure and said.scheme != "https"):
        raise Problem("csrf", "The request comes from another site's page.")


def proven() -> None:
    """Raise code_needed where whoever approves or takes it back must have given a code of their authenticator lately, and hasn't here.

    By APPROVAL_CODES: those who have an authenticator; everybody, so that no key approves either; or nobody.
    """
    rule, who = current_app.extensions["settings"].approval_codes, caller()
    enrolled, at = who.extra.get("enrolled", False), who.extra.get("proven_at")
    if rule == "off" or (rule == "enrolled" and not enrolled) or (at is not None and times.now() - at < PROVEN):
        return
    if who.kind != "session":
        raise Problem("code_needed", "Here a person does this in the console, with a code of their authenticator.")
    raise Problem("code_needed", "" if enrolled else "Here this needs a code of an authenticator; set one up under your name.")


def in_private() -> None:
    """Raise insecure when somebody between could read the password or key that this request carries."""
    if not links.is_private():
        where = links.secure()
        raise Problem("insecure", f"Go to {where}." if where else "Use https, or the machine that the server runs on.")


def init_app(app: Flask, finders: Sequence[Finder], remembered: Finder) -> None:
    """Ask the finders who calls, before each request; the first that knows the credential decides. A view that proves itself who calls
    asks `remembered` before."""

    @app.before_request
    def _check() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.method == "OPTIONS":
            return
        allowed = declared(view)
        if allowed is None:
            return
        asked = (remembered, *finders) if proves(view) else finders
        found = next((who for who in (find(request) for find in asked) if who is not None), None)
        if found is None:
            raise Problem("unauthorized")
        if found.kind == "session" and request.method not in ("GET", "HEAD"):
            from_here()
            sent = request.headers.get("X-CSRF-Token", "")
            if not hmac.compare_digest(sent.encode(), (found.csrf or "").encode()):
                raise Problem("csrf")
        if found.kind == DEVICE:
            entry = REVOKED_DEVICE if found.revoked else DEVICE
            if entry not in allowed:
                raise Problem("forbidden", "A revoked device may only send scans." if found.revoked else f"No device may; {_who(allowed)}.")
        elif not found.roles & allowed:
            raise Problem("forbidden", f"Your roles don't let you; {_who(allowed)}.")
        if found.reads_only and request.method not in ("GET", "HEAD"):
            raise Problem("forbidden", "This key may only read.")
        g.caller = found


def _who(allowed: frozenset[str]) -> str:
    named = [role for role in ROLES if role in allowed]
    return f"it takes {'one of ' if len(named) > 1 else ''}{', '.join(named)}"


def declared(view: Callable[..., Any]) -> frozenset[str] | None:
    """Return the roles a view allows, None for a public one; raises where it says nothing."""
    found: frozenset[str] | None = _marked(view).allowed
    return found


def proves(view: Callable[..., Any]) -> bool:
    """Tell whether a view proves itself who calls."""
    return getattr(_marked(view), "proves", False)


def _marked(view: Callable[..., Any]) -> Any:
    node: Any = view
    while node is not None:
        if hasattr(node, "allowed"):
            return node
        node = getattr(node, "__wrapped__", None)
    raise RuntimeError(f"route {view.__name__} declares no permission")


def check_declared(app: Flask) -> None:
    """Refuse to start when a route declares no permission."""
    for endpoint, view in app.view_functions.items():
        try:
            declared(view)
        except RuntimeError as error:
            raise RuntimeError(f"endpoint {endpoint}: {error}") from error
