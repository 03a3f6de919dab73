"""The pepper of PINs: a secret outside the database, so that a stolen copy of that alone opens no PIN.

It is `PEPPER`, or lies in DATA_DIR/pepper, made when the first PIN is set; it is in no backup.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from flask import current_app

_BYTES = 32


def peppered(secret: str) -> str:
    """Return what is hashed for a secret: it can't be had without the pepper."""
    return hmac.digest(_pepper(), secret.encode("utf-8", "surrogatepass"), "sha256").hex()


def name() -> str:
    """Return what tells this pepper from another one, and nothing else about it."""
    return hashlib.sha256(b"which pepper: " + _pepper()).hexdigest()[:16]


def _pepper() -> bytes:
    known: bytes | None = current_app.extensions.get("pepper")
    if known is None:
        settings = current_app.extensions["settings"]
        known = settings.pepper.encode() or _kept(settings.data_dir / "pepper")
        current_app.extensions["pepper"] = known
    return known


def _kept(path: Path) -> bytes:
    """Read the file; where there is none make it, the same one for all processes."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)  # unlike a renaming it never replaces what another process has made
        finally:
            fresh.unlink(missing_ok=True)
    return path.read_bytes()
