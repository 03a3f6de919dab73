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
    reached = False
    try:
        with socket.create_connection((printer.host, printer.port), CONNECT) as wire:
            reached = True
            wire.settimeout(SEND)
            wire.sendall(job)
            wire.shutdown(socket.SHUT_WR)
    except OSError as error:
        if reached:
            said = f"The printer {printer.name} did not take all labels; look which it has printed, then send the others."
        else:
            said = f"The printer {printer.name} can't be reached, so none was sent; is it on, and in the network?"
        raise Problem("unavailable", said, retry_after=5) from error
    finally:
        _AT_ONCE.release()
