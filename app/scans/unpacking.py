"""Read the body of a batch into an envelope."""

import re

from app import times
from app.errors import Problem
from app.fields import UUID
from app.scans import envelopes
from app.scans.sentence import read_fast, schema
from app.scans.work import Envelope, Sender

_XOR = re.compile("[0-9a-f]{32}")
_VERSION = re.compile("[!-~][ -~]{0,39}")


def envelope(body: object, who: Sender, courier: bool = False) -> Envelope:
    """Read an envelope; raises bad_envelope, too_large."""
    if not isinstance(body, dict):
        raise Problem("bad_envelope", "Not an object.")
    scans = body.get("scans")
    if not isinstance(scans, list) or not scans:
        raise Problem("bad_envelope", "`scans` is absent, empty or no list.", [{"field": "scans", "message": "A list of 1 to 500 scans."}])
    if len(scans) > envelopes.MOST_SCANS:
        raise Problem("too_large", f"More than {envelopes.MOST_SCANS} scans.")
    for name in ("batch", "stream"):
        value = body.get(name)
        if value is not None and not (isinstance(value, str) and UUID.fullmatch(value)):
            raise Problem("bad_envelope", f"`{name}` is no UUID.", [{"field": name, "message": "Not a UUID."}])
    made, stream = body.get("made"), body.get("stream")
    return Envelope(
        who,
        envelopes.items(scans, read_fast, schema),
        body.get("batch"),
        stream.lower() if stream else None,
        made if type(made) is int and 0 <= made <= 2**53 else None,
        _moment(body.get("sent_at")),
        courier,
        _version(body.get("app")),
        _xor(body.get("xor")),
    )


def _xor(value: object) -> int | None:
    return int(value, 16) if isinstance(value, str) and _XOR.fullmatch(value) else None


def _version(value: object) -> str | None:
    return value if isinstance(value, str) and _VERSION.fullmatch(value) else None


def _moment(value: object) -> int | None:
    try:
        return times.parse(value) if isinstance(value, str) else None
    except ValueError:
        return None
