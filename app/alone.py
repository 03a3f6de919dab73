"""One server process for one embedded database: who serves, or restores, holds a lock beside the file."""

import fcntl
import os
import time
from pathlib import Path

from app.config import Settings

_held: dict[Path, int] = {}


class InUse(Exception):
    """Another process serves this database."""


def path_of(settings: Settings) -> Path:
    """Return the file of the embedded database."""
    return Path(settings.database_url.partition(":///")[2]).resolve()


def hold(settings: Settings, patience: float = 0.0) -> None:
    """Hold the database's lock until this process ends; raises InUse when another one still holds it after `patience` seconds."""
    path = path_of(settings)
    if path in _held:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() < until:
                time.sleep(0.2)
                continue
            os.close(handle)
            raise InUse(f"Another ScanLedger server uses {path}; stop it first.") from error
        _held[path] = handle
        return
