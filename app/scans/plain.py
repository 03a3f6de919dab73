"""The short way in: the plain batch of a gun that is known here goes straight to what records it.

A request is plain when nothing about it needs deciding: a POST without a query, JSON that isn't compressed and is an envelope, of a
device that this process remembers. All else goes the long way, and so does a plain one that wasn't recorded: the long way says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app import http, tokens, wire
from app.config import MAX_BODY
from app.devices.authenticating import known
from app.errors import Problem
from app.scans.unpacking import envelope
from app.scans.work import Envelope, Sender

PATH = "/api/v1/scans"
_READ = frozenset(("AUTHORIZATION", "CONTENT-TYPE", "CONTENT-LENGTH", "ACCEPT-ENCODING"))
_MEANS_MORE = frozenset(("CONTENT-ENCODING", "TRANSFER-ENCODING", "COOKIE", "EXPECT", "X-CSRF-TOKEN"))


@dataclass(slots=True, frozen=True)
class Plain:
    """A plain request as far as its headers tell."""

    sender: Sender
    length: int
    """Bytes of the body."""
    gzip: bool
    """Whether the answer may be compressed."""

    def envelope(self, body: bytes) -> Envelope | None:
        """Return the batch, None where the body is none."""
        try:
            return envelope(wire.loads(body), self.sender)
        except (Problem, wire.BadJson):
            return None


def read(app: Flask, method: str, uri: str, headers: Sequence[tuple[str, str]]) -> Plain | None:
    """Judge a request by its first line and its headers, whose names are in capitals."""
    if uri != PATH or method != "POST":
        return None
    said: dict[str, str] = {}
    for name, value in headers:
        if name in _READ:
            if name in said:
                return None
            said[name] = value
        elif name in _MEANS_MORE:
            return None
    token = tokens.bearer(said.get("AUTHORIZATION"))
    length = said.get("CONTENT-LENGTH", "")
    if (
        token is None
        or said.get("CONTENT-TYPE") != "application/json"
        or not (length.isascii() and length.isdecimal())
        or not 0 < int(length) <= MAX_BODY
    ):
        return None
    caller = known(app, token)
    if caller is None or caller.revoked:
        return None
    assert caller.site_id is not None
    sender = Sender(caller.site_id, caller.device_id, None, caller.tasks, False, False, True, caller.proof)
    return Plain(sender, int(length), wire.takes_gzip(said.get("ACCEPT-ENCODING", "")))


def reply(app: Flask, answer: dict[str, Any], gzip: bool) -> tuple[bytes, list[tuple[str, str]]]:
    """Return the body and the headers of an answer, as the long way gives them."""
    body, headers = http.packed(wire.dumps(answer), gzip)
    return body, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *app.extensions["headers"], *headers]
