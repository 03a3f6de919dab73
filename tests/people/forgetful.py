"""The control of `test_guessing`: a sign-in whose limits are in the memory of each process, as many are."""

import json
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

_tries = {"/api/v1/session": count(1), "/api/v1/grants": count(1)}


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Judge ten passwords and five PINs, refuse the rest."""
    path = environ["PATH_INFO"]
    tried = next(_tries[path]) if environ["REQUEST_METHOD"] == "POST" else 0
    if path == "/api/v1/grants":
        return _answer(start, "403 Forbidden", {"code": "pin_locked" if tried > 5 else "wrong_pin"})
    return _answer(start, "429 Too Many Requests" if tried > 10 else "401 Unauthorized", {})


def _answer(start: Callable[..., Any], status: str, said: dict[str, str]) -> Iterable[bytes]:
    body = json.dumps(said).encode()
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
