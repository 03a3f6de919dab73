"""Passwords: which are taken, and how they are kept (argon2id)."""

import functools
import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from app.errors import Problem
from app.text import nfc

LEAST = 10
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_few = threading.BoundedSemaphore(4)
"""Each hash takes 19 MiB: sign-ins wait for each other before they take the machine's memory."""

_WORDS = """
    0123456789 0987654321 1111111111 1122334455 123123123123 1234512345 1234567890 12345678910 123456789a 1q2w3e4r5t 1qaz2wsx3edc
    abcdefghij administrator asdfghjkl1 baseball123 changeme123 changemenow correcthorsebatterystaple dragon1234 football123
    iloveyou123 letmein123 letmein1234 minecraft1 mypassword mypassword1 p@ssw0rd123 passw0rd123 password01 password10 password11
    password12 password123 password1234 password12345 passwordpassword princess123 q1w2e3r4t5 qwerty1234 qwerty12345 qwertyqwerty
    qwertyuiop qwertyuiop123 scanledger scanledger1 scanledger123 starwars123 sunshine123 superman123 supervisor supervisor1
    temporary1 trustno1trustno1 warehouse1 warehouse123 welcome123 welcome1234 zaq12wsxcde3
"""
_COMMON = frozenset(_WORDS.split())


def check(password: str, name: str) -> None:
    """Raise bad_request, saying why, for a password that is too easily guessed."""
    plain = nfc(password).casefold()
    if len(password) < LEAST:
        why = f"Take at least {LEAST} characters."
    elif plain in _COMMON or plain.replace(" ", "") in _COMMON:
        why = "This is one of the passwords that are tried first; take another."
    elif len(set(plain)) < 4:
        why = "Take more than three different characters."
    elif plain.replace(" ", "") == nfc(name).casefold().replace(" ", ""):
        why = "Your name is no password."
    else:
        return
    raise Problem("bad_request", why, [{"field": "password", "message": why}])


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
