"""Problems: the one shape in which a request that can't be understood or allowed is answered (RFC 9457)."""

import logging
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from app import wire

log = logging.getLogger("scanledger")

CODES: dict[str, tuple[int, str]] = {
    "already_counting": (409, "A location is in another open count"),
    "already_reversed": (409, "It is reversed already"),
    "archived": (409, "It is archived"),
    "bad_envelope": (400, "The envelope is not as the contract writes it"),
    "bad_file": (400, "The file can't be read"),
    "bad_json": (400, "The body is not strict JSON"),
    "bad_request": (400, "The request can't be understood"),
    "changed": (409, "The content has changed since it was seen"),
    "code_collides": (409, "The code looks like one that exists"),
    "code_needed": (403, "Give a code of your authenticator"),
    "code_spent": (410, "The code is used, too old or wrong"),
    "csrf": (403, "The CSRF header is missing or wrong"),
    "epoch_changed": (409, "The database was restored; start again from the beginning"),
    "fixed": (409, "It can't change once there are moves"),
    "forbidden": (403, "You may not do this"),
    "insecure": (403, "This needs https"),
    "internal": (500, "Something broke on the server"),
    "lots_needed": (409, "Lots must be chosen for this line"),
    "method_not_allowed": (405, "The method is not allowed here"),
    "not_acceptable": (406, "Nothing here fits the Accept header"),
    "not_accepted": (409, "Nothing was accepted there"),
    "not_drained": (409, "Scans that were made for the count may be missing"),
    "not_found": (404, "There is no such thing"),
    "not_in_review": (409, "The count is not in review"),
    "not_independent": (409, "A counter can't approve or recount their own count"),
    "not_posted": (409, "The count is not posted"),
    "not_refused": (409, "The scan doesn't wait for a resolution"),
    "pin_locked": (403, "Too many wrong PINs; a supervisor unlocks"),
    "pin_needed": (403, "There is no PIN yet; a supervisor gives a code to set one"),
    "revoked": (409, "It is revoked"),
    "sheet_closed": (409, "The sheet is closed"),
    "site_required": (400, "Say which site"),
    "still_negative": (409, "The balance is still below zero"),
    "still_refused": (409, "The scan can't be acted on with this resolution either"),
    "too_large": (413, "The body is too large"),
    "too_many_requests": (429, "Too many tries; wait"),
    "unauthorized": (401, "Sign in or send a valid token"),
    "unavailable": (503, "The server can't do this now; try again"),
    "undecided": (409, "Some lines need a decision"),
    "unsupported_media_type": (415, "This content type or encoding is not taken"),
    "weak_pin": (400, "This PIN is too easily guessed"),
    "wrong_pin": (403, "The PIN is wrong"),
}
"""Every code a problem can carry: its HTTP status and title."""

_BY_STATUS = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 406: "not_acceptable",
    409: "changed", 413: "too_large", 415: "unsupported_media_type", 422: "bad_request", 429: "too_many_requests", 503: "unavailable",
}  # fmt: skip


class Problem(Exception):
    """A request that can't be understood or allowed, with its code from the closed list."""

    def __init__(self, code: str, detail: str = "", errors: list[dict[str, str]] | None = None, retry_after: int | None = None) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.errors, self.retry_after = code, detail, errors or [], retry_after

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return CODES[self.code][0]

    def response(self) -> Response:
        """Return the answer; texts are cut so that no error body grows with the request."""
        status, title = CODES[self.code]
        body: dict[str, Any] = {
            "type": f"urn:scanledger:problem:{self.code}",
            "title": title,
            "status": status,
            "detail": self.detail[:500] or title,
            "code": self.code,
            "errors": [{"field": str(e["field"])[:200], "message": str(e["message"])[:300]} for e in self.errors[:100]],
        }
        response = Response(wire.dumps(body), status, content_type="application/problem+json")
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        if status == 401:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response


def init_app(app: Flask) -> None:
    """Answer every error in the one shape."""

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return problem.response()

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        status = error.code or 500
        errors, allow = _errors(error), dict(error.get_headers()).get("Allow")
        code = _BY_STATUS.get(status, "bad_request" if status < 500 else "internal")
        response = Problem(code, _detail(error, errors, allow), errors).response()
        if allow:
            response.headers["Allow"] = allow
        return response

    @app.errorhandler(Exception)
    def _bug(error: Exception) -> Response:
        if type(error).__name__ == "OperationalError":
            log.warning("database unavailable", exc_info=error)
            return Problem("unavailable", retry_after=5).response()
        log.error("unhandled", exc_info=error)
        return Problem("internal").response()


def _detail(error: HTTPException, errors: list[dict[str, str]], allow: str | None) -> str:
    """Return what to do, where werkzeug only says that something is wrong."""
    if errors:
        return " ".join(f"`{e['field']}`: {e['message']}" if e["field"] != "_schema" else e["message"] for e in errors)
    if allow:
        return f"This address takes {allow}."
    return "" if error.code in (404, 422) or error.description == type(error).description else (error.description or "")


def _errors(error: HTTPException) -> list[dict[str, str]]:
    """Flatten webargs' messages, {location: {field: [message]}}."""
    found: list[dict[str, str]] = []

    def walk(path: str, node: Any) -> None:
        if isinstance(node, dict):
            for key, value in node.items():
                walk(f"{path}.{key}" if path else str(key), value)
        elif isinstance(node, list):
            for value in node:
                walk(path, value)
        else:
            found.append({"field": path.partition(".")[2] or path, "message": str(node)})

    walk("", (getattr(error, "data", None) or {}).get("messages", {}))
    return found
