"""Tell a person who waits what takes over a second."""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator

PATIENCE = 1.0


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say on stderr what is being done when it takes over a second, and how long it took."""
    began, said = time.monotonic(), threading.Event()

    def say() -> None:
        said.set()
        print(f"{what} ...", file=sys.stderr, flush=True)

    timer = threading.Timer(PATIENCE, say)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
    if said.is_set():
        print(f"{what}: done after {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
