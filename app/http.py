"""HTTP as all routes share it: strict bodies, pages, compression, the API's description.

Routes are flask-smorest's; a package's `api.py` makes its blueprint with `Blue(name, __name__)`.
"""

import functools
import gzip
import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import marshmallow as ma
from flask import Flask, Response, request
from flask_smorest import Api, Blueprint
from gunicorn.http.errors import NoMoreData, ParseException
from marshmallow import validate
from webargs.flaskparser import FlaskParser
from werkzeug.routing import PathConverter

from app import access, instance, journal, limits, times, wire
from app.config import MAX_BODY
from app.errors import CODES, Problem
from app.text import is_keepable

ma.Schema.__deepcopy__ = lambda schema, _: schema  # type: ignore[attr-defined]  # copy looks for it; marshmallow has none
"""flask-smorest copies all that a view declares with each decorator; schemas never change, and copies took a tenth of every start."""

PAGE = 500
"""The most rows of a page."""
SMALLEST_GZIP = 1400
_READ = "scanledger.read"
"""How many bytes of its body have been read of a request."""


BYTES = {"type": "string", "format": "binary"}
"""A file, in the API's description."""


def one_of(name: str, values: Iterable[str]) -> dict[str, Any]:
    """Describe a part of an address that is one of these."""
    return {"in": "path", "name": name, "schema": {"type": "string", "enum": list(values)}, "required": True}


class Strict(ma.Schema):
    """A schema of the wire: unknown keys are ignored."""

    class Meta:
        unknown = ma.EXCLUDE


class Text(ma.fields.String):
    """A text that both databases can hold, of at most `most` characters."""

    def __init__(self, most: int, least: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=[validate.Length(least, most), _keepable], **kwargs)


def _keepable(value: str) -> None:
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
        raise ma.ValidationError("Holds a character that can't be stored.")


class When(ma.fields.Field[int]):
    """A moment: RFC 3339 in, ms inside."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time"} | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return times.parse(value)
        except (ValueError, TypeError) as error:
            raise ma.ValidationError("Not an RFC 3339 time with seconds and Z or an offset.") from error


class Digits(ma.fields.Integer):
    """A whole number of a query, in the digits 0 to 9; `int` takes `１`, `+1` and `1_0` too."""

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and not (value.isascii() and value.isdigit()):
            raise self.make_error("invalid", input=value)
        return int(super()._validated(value))


class SiteQuery(Strict):
    """Of which site; those who belong to one need not say it."""

    site = Text(128)


class Page(Strict):
    """What a list takes: `limit`, and `after` (masters) or `since` (feeds)."""

    limit = Digits(load_default=100, validate=validate.Range(1, PAGE))
    epoch = Text(36)


class MasterPage(Page):
    """Masters are paged by their key."""

    after = Text(128)


class FeedPage(Page):
    """Feeds are paged by journal."""

    since = Digits(load_default=0, validate=validate.Range(0, 2**62))
    site = Text(128)


class Listed(ma.Schema):
    """The frame of every list."""

    next = ma.fields.Raw(allow_none=True, metadata={"description": "the cursor to send as since or after"})
    journal = ma.fields.Integer()
    epoch = ma.fields.String()


class ProblemSchema(ma.Schema):
    """RFC 9457."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True, validate=validate.OneOf(sorted(CODES)))
    errors = ma.fields.List(ma.fields.Dict(), required=True)


class Parser(FlaskParser):
    """Reads strict JSON and answers 400, never 422."""

    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: Any, schema: Any) -> Any:
        """Return the body's JSON; no body at all is an object without keys."""
        return json_body() if req.content_length or req.mimetype else {}


SECURITY = {"bearer": {"type": "http", "scheme": "bearer"}, "session": {"type": "apiKey", "in": "cookie", "name": "session"}}
"""How callers say who they are."""


class Routes(Api):
    """All routes; errors are answered by `app.errors` alone. They are described when somebody asks: most processes nobody ever does."""

    def init_app(self, app: Flask, **kwargs: Any) -> None:
        """Set up for an app."""
        self._not_described: list[Blueprint] = []
        self._describing = threading.Lock()
        super().init_app(app, **kwargs)

    def _register_error_handlers(self) -> None:
        """Leave the app's handlers in place."""

    def _init_spec(self, **kwargs: Any) -> None:
        """Leave the frame of the description for when somebody asks."""

    def register_blueprint(self, blp: Blueprint, **_: Any) -> None:
        """Serve a blueprint's routes."""
        self._app.register_blueprint(blp)
        self._not_described.append(blp)

    def description(self) -> dict[str, Any]:
        """Return what all routes take and answer."""
        with self._describing:
            if self.spec is None:
                super()._init_spec()
                components: Any = self.spec.components  # type: ignore[attr-defined]  # made in the line above; smorest declares it None
                for name, scheme in SECURITY.items():
                    components.security_scheme(name, scheme)
            for blp in self._not_described:
                blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=None)
                self.spec.tag({"name": blp.name, "description": blp.description})
            self._not_described = []
            described: dict[str, Any] = self.spec.to_dict()
            return described


class Blue(Blueprint):
    """A blueprint whose arguments are read strictly."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Read arguments by a schema that is made once, not for every request; a body that needs no key needs not be there."""
        one = schema() if isinstance(schema, type) else schema
        kwargs.setdefault("required", any(field.required for field in one.fields.values()))
        made: Callable[[Any], Any] = super().arguments(one, **kwargs)
        return made


def body(most: int = MAX_BODY) -> bytes:
    """Return the request's bytes, gunzipped; raises too_large, bad_json, unsupported_media_type."""
    if (request.content_length or 0) > most:
        raise Problem("too_large", f"More than {most} bytes.")
    raw = piece(most + 1)
    if len(raw) > most:
        raise Problem("too_large", f"More than {most} bytes.")
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return raw
    if encoding != "gzip":
        raise Problem("unsupported_media_type", "Only gzip or no encoding is taken.")
    try:
        return wire.gunzip(raw, most)
    except wire.TooLarge as error:
        raise Problem("too_large", f"More than {most} bytes after gunzip.") from error
    except wire.BadJson as error:
        raise Problem("bad_json", str(error)) from error


def piece(most: int) -> bytes:
    """Return the next bytes of the request's body, at most so many; fewer where it ends.

    Raises bad_request where it ends before the length that it says, or its chunks are none: half of a file is no file. Raises unavailable
    where nothing comes any more, since a device that is told 400 sets scans aside, and one whose network was slow has to send them again.
    """
    try:
        read = bytes(request.stream.read(most))
    except (ParseException, NoMoreData) as error:
        raise Problem("bad_request", "The body ends too early, or isn't in the chunks that it says it is in.") from error
    except OSError as error:
        raise Problem("unavailable", "The rest of the body didn't come in time; send it again.", retry_after=1) from error
    so_far = request.environ[_READ] = request.environ.get(_READ, 0) + len(read)
    if len(read) < most and so_far < (request.content_length or 0):
        raise Problem("bad_request", f"The body ends after {so_far} bytes, and says that it has {request.content_length}.")
    return read


def json_body() -> Any:
    """Return the request's strict JSON."""
    if request.mimetype != "application/json":
        raise Problem("unsupported_media_type", "Send application/json.")
    try:
        return wire.loads(body())
    except wire.BadJson as error:
        raise Problem("bad_json", str(error)) from error


def bare(view: Any) -> Any:
    """Serve a view without the layers that describe it: it reads its own arguments. For the hottest route only."""
    view.bare = True
    return view


def answer(value: Any, status: int = 200) -> Response:
    """Return JSON fast, without a schema's dump."""
    return Response(wire.dumps(value), status, content_type="application/json")


def tag(tx: Any, site_id: int) -> str:
    """Return the ETag of a list that only changes with the journal of a site."""
    return f'W/"{instance.epoch(tx)}.{site_id}.{journal.read(tx, site_id)}"'


def is_known(tag: str) -> bool:
    """Tell whether the caller already holds what this ETag names, so that no rows need be read."""
    return request.if_none_match.contains_weak(tag[3:-1])


def tagged(response: Response, tag: str) -> Response:
    """Name the state that a list shows; whoever asks again with that name is answered 304."""
    response.headers["ETag"] = tag
    return response


def unchanged(tag: str) -> Response:
    """Answer that nothing has changed since the ETag that was sent."""
    return tagged(Response(status=304), tag)


def listed(tx: Any, rows: list[Any], next_: Any, site_id: int) -> dict[str, Any]:
    """Frame the rows of a list."""
    return {"rows": rows, "next": next_, "journal": journal.read(tx, site_id), "epoch": instance.epoch(tx)}


def number(cursor: str | None) -> int:
    """Return the cursor of a list that is paged by an id; 0 for none."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Problem("bad_request", "No such cursor.", [{"field": "after", "message": "Send what `next` said."}])
    return int(cursor)


def same_epoch(tx: Any, asked: str | None) -> None:
    """Raise epoch_changed when the caller knows another incarnation."""
    if asked is not None and asked != instance.epoch(tx):
        raise Problem("epoch_changed")


class Whatever(PathConverter):
    """A code or name that people chose, whatever is in it; werkzeug's own takes none that begins with a slash, and leads to another.

    Browsers and proxies take `.` and `..` out of an address: with a space behind them (`.%20`) they arrive.
    """

    regex = ".+?"
    part_isolating = False

    def to_python(self, value: str) -> str:
        """Return the name that an address holds."""
        return value[:-1] if value in (". ", ".. ") else value


def init_app(app: Flask, blueprints: Sequence[Blueprint]) -> Routes:
    """Register the routes and describe them at /api/v1/openapi.json."""
    app.url_map.converters["path"] = Whatever
    app.url_map.merge_slashes = False  # else `/api//v1` leads to `/api/v1` of whichever Host the request names
    app.config.update(
        API_TITLE="ScanLedger",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        API_SPEC_OPTIONS={"info": {"description": DESCRIPTION, "license": {"name": "MIT"}}, "security": [{"bearer": []}, {"session": []}]},
        MAX_CONTENT_LENGTH=None,
    )
    api = Routes(app)
    api.ERROR_SCHEMA = ProblemSchema
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    for endpoint, view in app.view_functions.items():
        if getattr(view, "bare", False):
            app.view_functions[endpoint] = inspect.unwrap(view)

    @app.get("/api/v1/openapi.json")
    @access.allow(*access.ROLES, access.DEVICE)
    def openapi() -> Response:
        return answer(_described(app, api.description()))

    @app.get("/healthz")
    @access.public
    def healthz() -> Response:
        return answer({"status": "ok"})

    @app.get("/readyz")
    @access.public
    def readyz() -> Response:
        return answer(*app.extensions["ready"]())

    @app.before_request
    def _names() -> None:
        """Nothing is named by what no database can hold (NUL, lone surrogates)."""
        if not all(is_keepable(name) for name in (request.view_args or {}).values() if isinstance(name, str)):
            raise Problem("not_found")

    @app.after_request
    def _finish(response: Response) -> Response:
        for name, value in app.extensions["headers"]:
            response.headers.setdefault(name, value)
        return _compressed(response)

    return api


def _compressed(response: Response) -> Response:
    if (
        response.is_streamed
        or response.direct_passthrough
        or response.mimetype != "application/json"
        or "Content-Encoding" in response.headers
        or not wire.takes_gzip(request.headers.get("Accept-Encoding", ""))
    ):
        return response
    body, headers = packed(response.get_data(), True)
    if headers:
        response.set_data(body)
        for name, value in headers:
            response.headers.add(name, value)
    return response


def packed(plain: bytes, may: bool) -> tuple[bytes, Sequence[tuple[str, str]]]:
    """Return a body compressed where that is worth it and the caller `may` read it, and the headers that tell so."""
    if not may or len(plain) < SMALLEST_GZIP:
        return plain, ()
    return gzip.compress(plain, 1, mtime=0), (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))


DESCRIPTION = """Barcode and RF inventory for people who scan for a living.

Limits: JSON bodies 1 MiB before and after gunzip and 8 levels deep; 500 scans a batch; 500 rows a page; imports 32 MiB;
codes 128, barcodes 8,192, names 200 and notes 2,000 characters; 300 files in and out a minute for each caller. Passwords, setup links
and enrolment codes can be tried a few times a minute. Unknown keys are ignored. A code `.` or
`..` has a space behind it in an address (`.%20`). Errors are application/problem+json with a `code` from a closed list."""


def _described(app: Flask, spec: dict[str, Any]) -> dict[str, Any]:
    """Add to every operation what all of them may answer, and who may call it."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    rules = {(_path(r.rule), m.lower()): r.endpoint for r in app.url_map.iter_rules() for m in r.methods or ()}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method not in ("get", "post", "put", "patch", "delete"):
                continue
            responses = operation["responses"]
            responses.pop("default", None)
            responses.pop("422", None)
            roles = access.declared(app.view_functions[rules[path, method]])
            statuses = {"400", "405", "406", "500", "503"} | ({"404"} if "{" in path else set())
            if roles is None:
                operation["security"] = []
            else:
                statuses |= {"401", "403"}
                operation["x-roles"] = sorted(roles)
            if method != "get":
                statuses |= {"413", "415"}
            for status in sorted(statuses):
                responses.setdefault(status, {"description": "Problem", "content": problem})
            for status, response in responses.items():
                if status >= "400":
                    response.pop("$ref", None)  # what stands beside a reference is ignored
                    response.setdefault("description", "Problem")
                    response["content"] = problem
    return spec


def _path(rule: str) -> str:
    """Return a Flask rule as OpenAPI writes it."""
    return "".join(
        "{" + part.split(">")[0].split(":")[-1] + "}" + part.split(">", 1)[1] if i else part for i, part in enumerate(rule.split("<"))
    )


def may_be_unchanged(view: Any) -> Any:
    """Declare that a list answers 304 to its own ETag."""
    return Blueprint.alt_response(_NOBODY, 304, description="Nothing has changed since the ETag of If-None-Match")(view)


def errors(*codes: str) -> Callable[[Any], Any]:
    """Declare the further problems a route answers with."""
    statuses = {CODES[code][0] for code in codes}

    def mark(view: Any) -> Any:
        for status in statuses:
            titles = "; ".join(f"{c}: {CODES[c][1]}" for c in codes if CODES[c][0] == status)
            view = Blueprint.alt_response(_NOBODY, status, schema=ProblemSchema, description=titles)(view)
        return view

    return mark


def costly(view: Any) -> Any:
    """Count each start of a view that costs the server much, by who calls: a file in or out, over all processes."""

    @functools.wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        who = access.caller()
        limits.spend(f"device {who.device_id}" if who.device_id is not None else f"person {who.person_id}")
        return view(*args, **kwargs)

    return errors("too_many_requests")(counted)


_NOBODY = Blue("nobody", __name__)
