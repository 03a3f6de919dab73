"""Codes of an authenticator app: six digits that a shared key gives for each half minute (RFC 6238, HMAC-SHA-1). Pure."""

import base64
import hmac
import struct
from urllib.parse import quote

STEP = 30_000
"""Milliseconds for which a code is shown."""
DIGITS = 6
KEY = 20
"""Bytes of a key, as RFC 4226 recommends for SHA-1."""


def step_of(now: int) -> int:
    """Return the number of the half minute of a moment in ms."""
    return now // STEP


def code(key: bytes, step: int) -> str:
    """Return the code that a key gives in a step."""
    mac = hmac.digest(key, struct.pack(">Q", step), "sha1")
    at = mac[-1] & 15
    return str((int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def matching(key: bytes, said: str, now: int) -> int | None:
    """Return the step that gives this code: that of now, or one beside it, since clocks differ."""
    beside = (step_of(now) + one for one in (-1, 0, 1))
    steps = [step for step in beside if hmac.compare_digest(code(key, step).encode(), said.encode())]
    return max(steps, default=None)


def written(key: bytes) -> str:
    """Return a key as people type it: base32 in groups of four."""
    plain = base64.b32encode(key).decode()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def uri(key: bytes, name: str, issuer: str) -> str:
    """Return what an authenticator app reads from a QR code."""
    label = quote(f"{issuer}:{name}", safe="")
    return f"otpauth://totp/{label}?secret={base64.b32encode(key).decode()}&issuer={quote(issuer, safe='')}"
