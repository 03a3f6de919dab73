"""Keep the lines of large counts up to date while people count, beside the requests: the first look at a review isn't the slow one then."""

import logging
import threading
import time

from flask import Flask
from sqlalchemy import text

from app.counts import standing
from app.db import reading

EVERY = 30
"""Seconds between two looks."""
LARGE = 200
"""Sheets above which a count is kept up to date; a smaller one is compared in no time when somebody looks."""
log = logging.getLogger("scanledger")


def init_app(app: Flask) -> None:
    """Look, at each request, whether it is time; what is to be done then is done beside the requests."""
    turn, due = threading.Lock(), [time.monotonic() + EVERY]

    @app.before_request
    def _wake() -> None:
        if time.monotonic() < due[0] or not turn.acquire(blocking=False):
            return
        threading.Thread(target=_keep, args=(app, turn, due), name="keeping reviews", daemon=True).start()


def _keep(app: Flask, turn: threading.Lock, due: list[float]) -> None:
    try:
        with app.app_context():
            keep()
    except Exception as error:
        log.error("keeping reviews up to date failed; it is tried again in half a minute", exc_info=error)
    finally:
        due[0] = time.monotonic() + EVERY
        turn.release()


def keep() -> int:
    """Bring the lines of all large counts that are open up to date; return how many had changed."""
    with reading() as tx:
        sql = "SELECT site_id, code FROM counts WHERE status IS NULL AND last_sheet > :large ORDER BY id"
        found = tx.execute(text(sql), {"large": LARGE}).all()
    return sum(standing.refresh(site_id, code).is_other for site_id, code in found)
