"""Passwords: which are taken, and how they are kept (argon2id)."""

import functools
import re
import threading
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.errors import Problem
from app.text import nfc

LEAST = 10
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_few = threading.BoundedSemaphore(4)
"""Each hash takes 19 MiB: sign-ins wait for each other before they take the machine's memory."""

_OURS = ["changemenow", "correcthorsebatterystaple", "inventory", "passwordpassword", "scanledger", "supervisor", "warehouse"]
_BEHIND = re.compile(r"[\W\d_]{1,4}\Z")


@functools.cache
def common() -> frozenset[str]:
    """Return the passwords that are tried first: those of a public list (its head says which), and what one would try here."""
    listed = (Path(__file__).parent / "common-passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(_OURS).union(line for line in listed if not line.startswith("# "))


def check(password: str, name: str, field: str = "password") -> None:
    """Raise bad_request, saying why, for a password that is too easily guessed."""
    plain = nfc(password).casefold()
    bare = plain.replace(" ", "")
    if len(password) < LEAST:
        why = f"Take at least {LEAST} characters."
    elif not common().isdisjoint((plain, bare, _BEHIND.sub("", bare))):
        why = "This is one of the passwords that are tried first, or such a one with a few digits or signs behind; take another."
    elif len(set(plain)) < 4:
        why = "Take more than three different characters."
    elif bare == nfc(name).casefold().replace(" ", ""):
        why = "Your name is no password."
    else:
        return
    raise Problem("bad_request", why, [{"field": field, "message": why}])


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    with _few:
        return _hasher.hash(nfc(password))


def fits(kept: str | None, password: str) -> bool:
    """Tell whether a password is the kept one; takes as long where there is none."""
    with _few:
        try:
            return _hasher.verify(kept or _nobody(), nfc(password)) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


@functools.cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
