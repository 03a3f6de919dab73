"""Keep sealing in the background of a process that serves: soon after a commit, and never for more than a share of the time."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.seals import sealing

EVERY_S = 4.0
"""How soon after a commit is sealed: all that has come until then shares a seal."""
LOOK_S = 60.0
"""How often to look without a commit in this process: another may have written."""
REST = 3.0
"""How much longer to rest after a seal than it took, so that those who write have the rest of the machine."""
log = logging.getLogger("scanledger")


def start(app: Flask) -> Callable[[], None]:
    """Begin a thread that seals; return what ends it."""
    bell, stopped = threading.Event(), threading.Event()
    bell.set()

    def ring(notes: dict[str, Any]) -> None:
        if not bell.is_set() and any(key.startswith("journal:") for key in notes):
            bell.set()

    def keep_up() -> None:
        while not stopped.is_set():
            bell.wait(LOOK_S)
            if not stopped.wait(EVERY_S):
                bell.clear()
                _seal(app, stopped)

    def stop() -> None:
        stopped.set()
        bell.set()
        thread.join()

    app.extensions["after_commit"].append(ring)
    thread = threading.Thread(target=keep_up, name="sealer", daemon=True)
    thread.start()
    return stop


def _seal(app: Flask, stopped: threading.Event) -> None:
    try:
        with app.app_context():
            sealing.seal_all(lambda took: stopped.wait(took * REST))
    except Exception as error:
        log.error("sealing failed; it is tried again within a minute", exc_info=error)
