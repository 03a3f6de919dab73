"""Secrets that prove who calls: random, shown once, kept only as their SHA-256."""

import hashlib
import secrets

DEVICE = "sld_"
KEY = "slk_"
SHOWN = 12
"""Characters of a token that lists may show, so that people can tell tokens apart."""


def mint(prefix: str = "") -> str:
    """Return a new secret of 256 random bits, written for URLs and headers."""
    return prefix + secrets.token_urlsafe(32)


def salt() -> str:
    """Return 128 random bits that aren't secret, in hex."""
    return secrets.token_hex(16)


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def bearer(header: str | None) -> str | None:
    """Return the token of an Authorization header, None where it holds none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
