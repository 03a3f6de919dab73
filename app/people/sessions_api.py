"""What the wire says of who calls: the setup link, sign-in, sessions, one's own password and authenticator."""

from typing import Any

import marshmallow as ma
from flask import Response, current_app, request
from marshmallow import validate
from sqlalchemy import Connection

from app import access, http, tokens
from app.access import DEVICE, ROLES, allow, public
from app.db import reading, writing
from app.errors import Problem
from app.lan import links
from app.people import changing, ending, hashing, listing, proving, signing
from app.people.authenticating import COOKIE, SECURE_COOKIE, by_session, cookie_of

blueprint = http.Blue("sessions", __name__, url_prefix="/api/v1", description="Sign-in, sessions, and who calls")
blueprints = [blueprint]


class SelfOut(ma.Schema):
    """A person, as they see themselves."""

    id = ma.fields.Integer()
    name = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.String(), required=True)


class MyDeviceOut(ma.Schema):
    """A device, as it sees itself."""

    id = ma.fields.Integer()
    name = ma.fields.String(required=True)
    tasks = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    revoked = ma.fields.Boolean(required=True)


class MeOut(ma.Schema):
    """Who calls; `journal` is the site's, or the global one for callers of all sites."""

    kind = ma.fields.String(required=True, validate=validate.OneOf(["device", "key", "session"]))
    site = ma.fields.String(required=True, allow_none=True)
    epoch = ma.fields.String(required=True)
    journal = ma.fields.Integer(required=True)
    device = ma.fields.Nested(MyDeviceOut, required=True, allow_none=True)
    person = ma.fields.Nested(SelfOut, required=True, allow_none=True)
    csrf = ma.fields.String(required=True, allow_none=True)
    checkpoint = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "of the newest seal of that journal: keep it, `verify.py` compares it"}
    )
    pin = ma.fields.String(
        required=True, validate=validate.OneOf(["off", "required"]), metadata={"description": "whether the site wants PINs on its devices"}
    )
    idle_minutes = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "after so long devices ask again; null: never"}
    )
    sites = ma.fields.List(
        ma.fields.String(allow_none=True),
        required=True,
        metadata={"description": "where a session may work, one at a time (`PUT /session/site`); null: in all sites at once"},
    )
    in_store = ma.fields.String(required=True, metadata={"description": "what a shop's own codes mean there, as `IN_STORE` says it"})


class SetupOut(ma.Schema):
    """Whether nobody can sign in yet, whether this browser is signed in, and how many characters a new password needs."""

    needed = ma.fields.Boolean(required=True)
    signed_in = ma.fields.Boolean(required=True)
    password_length = ma.fields.Integer(required=True)
    secure = ma.fields.Boolean(required=True, metadata={"description": "false: signing in needs https"})
    https = ma.fields.String(required=True, allow_none=True, metadata={"description": "where https is, where the server knows it"})


class SetupIn(http.Strict):
    """The secret of the setup link, and who its owner will be."""

    token = http.Text(200, required=True)
    name = http.Text(200, 1, required=True)
    password = http.Text(200, required=True, metadata={"format": "password"})


class SignIn(http.Strict):
    """Name and password; `code` of who has an authenticator (or a recovery code)."""

    name = http.Text(200, 1, required=True)
    password = http.Text(200, required=True, metadata={"format": "password"})
    code = http.Text(40, load_default=None, allow_none=True)


class CodeIn(http.Strict):
    """A code that an authenticator shows, or a recovery code; each counts once."""

    code = http.Text(40, 1, required=True)


class AuthenticatorIn(http.Strict):
    """One's password again: whoever finds an open session sets nothing up in it."""

    password = http.Text(200, required=True, metadata={"format": "password"})


class KeyOut(ma.Schema):
    """What an authenticator app is given, once: `qr` is the QR code of `uri`, rows of modules, 1 for dark; `key` the same to type."""

    key = ma.fields.String(required=True)
    uri = ma.fields.String(required=True)
    qr = ma.fields.List(ma.fields.List(ma.fields.Integer()), required=True)


class AuthenticatorOut(ma.Schema):
    """Since when one has an authenticator (null: none), and how many recovery codes are left."""

    since = ma.fields.String(required=True, allow_none=True)
    recovery_left = ma.fields.Integer(required=True)


class RecoveryOut(ma.Schema):
    """Recovery codes, shown once; each signs in once where the app is lost."""

    codes = ma.fields.List(ma.fields.String(), required=True)


class SignedOut(ma.Schema):
    """Who signed in; send `csrf` as X-CSRF-Token with every request that changes something."""

    person = ma.fields.Nested(SelfOut, required=True)
    csrf = ma.fields.String(required=True)


class PasswordIn(http.Strict):
    """The password that one has, and the next."""

    old = http.Text(200, required=True, metadata={"format": "password"})
    new = http.Text(200, required=True, metadata={"format": "password"})


class ChosenIn(http.Strict):
    """Which of one's sites; null: all of them at once, with the roles for all sites."""

    site = http.Text(128, 1, required=True, allow_none=True)


class SessionsQuery(http.Strict):
    """Whose sessions: one's own, or (administrators) those of a person."""

    person = ma.fields.Integer(validate=validate.Range(1, 2**62))


class SessionOut(ma.Schema):
    """A browser in which a person is signed in; `used_at` is true to a minute."""

    id = ma.fields.String(required=True)
    begun_at = ma.fields.String(required=True)
    used_at = ma.fields.String(required=True)
    expires_at = ma.fields.String(required=True, metadata={"description": "unless it is used before"})
    address = ma.fields.String(required=True)
    browser = ma.fields.String(required=True)
    this = ma.fields.Boolean(required=True, metadata={"description": "the session that asks"})


class SessionsOut(ma.Schema):
    """The sessions of a person, the one used last first."""

    rows = ma.fields.List(ma.fields.Nested(SessionOut), required=True)


@blueprint.get("/me")
@blueprint.response(200, MeOut)
@allow(*ROLES, DEVICE)
def get_me() -> Response:
    """Tell who calls."""
    with reading() as tx:
        return http.answer(listing.me(tx, access.caller()))


@blueprint.get("/setup")
@blueprint.response(200, SetupOut)
@public
def get_setup() -> Response:
    """Tell what a page needs before anybody has signed in."""
    with reading() as tx:
        needed = signing.setup_needed(tx)
    said = {"needed": needed, "signed_in": by_session(request) is not None, "password_length": hashing.LEAST}
    return http.answer({**said, "secure": links.is_private(), "https": links.secure()})


@blueprint.post("/setup")
@blueprint.arguments(SetupIn)
@blueprint.response(201, SignedOut)
@http.errors("code_spent", "csrf", "insecure", "too_many_requests")
@public
def post_setup(said: dict[str, str]) -> Response:
    """Spend the setup link: become administrator and supervisor, signed in."""
    access.in_private()
    access.from_here()
    return _signed(signing.set_up(said["token"], said["name"], said["password"], _whence()), 201)


@blueprint.post("/session")
@blueprint.arguments(SignIn)
@blueprint.response(200, SignedOut)
@http.errors("unauthorized", "code_needed", "csrf", "insecure", "too_many_requests")
@public
def post_session(said: dict[str, Any]) -> Response:
    """Sign in: sets the cookie `session` (over https `__Host-session`), whose session lasts 12 hours, or 2 without use. Only over https,
    or on the server's own machine. The session that the browser had before ends; tries of a browser that still holds one of that person
    which nobody ended count by themselves."""
    access.in_private()
    access.from_here()
    return _signed(signing.sign_in(said["name"], said["password"], _whence(), said["code"]), 200)


@blueprint.delete("/session")
@blueprint.response(204)
@allow(*ROLES)
def delete_session() -> Response:
    """Sign out. A key has no session; then nothing happens."""
    session = access.caller().extra.get("session")
    if session is not None:
        signing.sign_out(session)
    response = Response(status=204)
    for name, secure in ((COOKIE, False), (SECURE_COOKIE, True)):
        if name in request.cookies:
            response.delete_cookie(name, secure=secure, httponly=True, samesite="Strict")
    return response


@blueprint.put("/session/site")
@blueprint.arguments(ChosenIn)
@blueprint.response(204)
@http.errors("bad_request", "not_found")
@allow(*ROLES)
def put_site(said: dict[str, str | None]) -> Response:
    """Choose in which of one's sites this session works: with the roles one has there and those for all sites, and nowhere else."""
    _here()
    with writing() as tx:
        changing.choose(tx, access.caller(), said["site"])
    return Response(status=204)


@blueprint.post("/session/code")
@blueprint.arguments(CodeIn)
@blueprint.response(204)
@http.errors("bad_request", "code_needed", "too_many_requests")
@allow(*ROLES)
def post_code(said: dict[str, str]) -> Response:
    """Give a code of one's authenticator in this session: it holds for approvals of the next ten minutes."""
    proving.prove(*_here(), said["code"])
    return Response(status=204)


@blueprint.get("/authenticator")
@blueprint.response(200, AuthenticatorOut)
@allow(*ROLES)
def get_authenticator() -> Response:
    """Tell whether one has an authenticator."""
    with reading() as tx:
        return http.answer(proving.state(tx, _whose(tx, None)))


@blueprint.post("/authenticator")
@blueprint.arguments(AuthenticatorIn)
@blueprint.response(201, KeyOut)
@http.errors("bad_request", "changed", "too_many_requests")
@allow(*ROLES)
def post_authenticator(said: dict[str, str]) -> Response:
    """Begin to set up an authenticator: what an app needs. It counts once a code of it has come to `confirmation`."""
    person_id, _ = _here()
    signing.be_oneself(person_id, said["password"], "password")
    return http.answer(proving.begin(person_id, access.caller().name), 201)


@blueprint.post("/authenticator/confirmation")
@blueprint.arguments(CodeIn)
@blueprint.response(200, RecoveryOut)
@http.errors("bad_request", "code_needed", "not_found", "too_many_requests")
@allow(*ROLES)
def post_confirmation(said: dict[str, str]) -> Response:
    """Take the first code of an authenticator: from now on it is asked for. Answers the recovery codes, once."""
    return http.answer({"codes": proving.confirm(*_here(), said["code"])})


@blueprint.post("/authenticator/removal")
@blueprint.arguments(CodeIn)
@blueprint.response(204)
@http.errors("bad_request", "code_needed", "not_found", "too_many_requests")
@allow(*ROLES)
def post_removal(said: dict[str, str]) -> Response:
    """Take one's authenticator off, with a code of it or a recovery code."""
    person_id, _ = _here()
    proving.take(person_id, said["code"])
    with writing() as tx:
        proving.take_off(tx, person_id)
    return Response(status=204)


@blueprint.put("/password")
@blueprint.arguments(PasswordIn)
@blueprint.response(204)
@http.errors("bad_request", "changed", "too_many_requests")
@allow(*ROLES)
def put_password(said: dict[str, str]) -> Response:
    """Change one's own password at the console; one's other sessions end."""
    signing.change_password(*_here(), said["old"], said["new"])
    return Response(status=204)


@blueprint.get("/sessions")
@blueprint.arguments(SessionsQuery, location="query")
@blueprint.response(200, SessionsOut)
@http.errors("not_found")
@allow(*ROLES)
def get_sessions(query: dict[str, int]) -> Response:
    """List where one is signed in; administrators: where a person is."""
    with reading() as tx:
        return http.answer({"rows": ending.living(tx, _whose(tx, query.get("person")), access.caller().extra.get("session"))})


@blueprint.delete("/sessions")
@blueprint.arguments(SessionsQuery, location="query")
@blueprint.response(204)
@http.errors("not_found")
@allow(*ROLES)
def delete_sessions(query: dict[str, int]) -> Response:
    """End all of one's sessions but this one; administrators: those of a person."""
    with writing() as tx:
        ending.end(tx, _whose(tx, query.get("person")), but=access.caller().extra.get("session"))
    return Response(status=204)


@blueprint.delete("/sessions/<session>")
@blueprint.arguments(SessionsQuery, location="query")
@blueprint.response(204)
@http.errors("not_found")
@allow(*ROLES)
def delete_one_session(query: dict[str, int], session: str) -> Response:
    """End one of one's sessions; administrators: one of a person's."""
    with writing() as tx:
        ending.end_one(tx, _whose(tx, query.get("person")), session)
    return Response(status=204)


def _here() -> tuple[int, bytes]:
    """Return the person and the session that call; a key has neither a password nor an authenticator."""
    who = access.caller()
    session = who.extra.get("session")
    if session is None or who.person_id is None:
        raise Problem("bad_request", "A key can't do this; sign in.")
    return who.person_id, session


def _whose(tx: Connection, person_id: int | None) -> int:
    """Return whose sessions are meant: the caller's, or those of somebody that an administrator may see to."""
    who = access.caller()
    assert who.person_id is not None, "only people have roles"
    if person_id in (None, who.person_id):
        return who.person_id
    if "administrator" not in who.roles:
        raise Problem("forbidden", "These are somebody else's.")
    changing.reach(tx, who, person_id)
    return person_id


def _whence() -> signing.Whence:
    cookie = cookie_of(request)
    return signing.Whence(
        request.remote_addr or "", request.headers.get("User-Agent", ""), None if cookie is None else tokens.digest(cookie)
    )


def _signed(signed: signing.Signed, status: int) -> Response:
    """Answer with the person and set their cookie."""
    with reading() as tx:
        roles = listing.roles_of(tx, signed.person_id)
    person = {"id": signed.person_id, "name": signed.name, "roles": sorted(roles)}
    response = http.answer({"person": person, "csrf": signed.csrf}, status)
    secure = request.is_secure or (current_app.extensions["settings"].base_url or "").startswith("https:")
    response.set_cookie(
        SECURE_COOKIE if secure else COOKIE, signed.cookie, max_age=signing.KNOWN // 1000, httponly=True, samesite="Strict", secure=secure
    )
    return response
