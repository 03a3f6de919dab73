"""The control of `test_guessing`: a sign-in whose limit is in the memory of each process, as many are."""

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

_tries = count(1)


def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Judge ten tries, refuse the rest."""
    refused = environ["REQUEST_METHOD"] == "POST" and next(_tries) > 10
    start("429 Too Many Requests" if refused else "401 Unauthorized", [("Content-Length", "0")])
    return []
