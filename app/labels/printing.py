"""Send ZPL to a printer on the network: only to those that the settings name, and never waiting long."""

import socket
import threading

from app.config import Printer
from app.errors import Problem

CONNECT, SEND = 3.0, 15.0
"""Seconds to reach a printer, and to hand it everything."""
_AT_ONCE = threading.BoundedSemaphore(4)
"""A printer that doesn't answer must not hold every thread of the server."""


def send(printer: Printer, job: bytes) -> None:
    """Hand a printer its job (raw TCP, port 9100 on most); raises unavailable. It doesn't say what it printed: nobody here can."""
    if not _AT_ONCE.acquire(blocking=False):
        raise Problem("unavailable", "Other labels are being sent; try again.", retry_after=5)
    try:
        with socket.create_connection((printer.host, printer.port), CONNECT) as wire:
            wire.settimeout(SEND)
            wire.sendall(job)
            wire.shutdown(socket.SHUT_WR)
    except OSError as error:
        raise Problem(
            "unavailable", f"The printer {printer.name} did not take all labels; look at it, then try again.", retry_after=5
        ) from error
    finally:
        _AT_ONCE.release()
