"""Run the rules once a day by themselves: at the first request after the time for it, in whichever process meets that first."""

import logging
import threading

from flask import Flask
from sqlalchemy import text

from app import journal, times
from app.db import reading, writing
from app.due import planning

AGAIN = 10 * times.MINUTE
"""When somebody else goes on with a day that a process began and didn't end."""
log = logging.getLogger("scanledger")


def init_app(app: Flask) -> None:
    """Look, at each request, whether it is time; what is to be done then is done beside the requests."""
    app.extensions["wake"] = lambda: None
    at: int | None = app.extensions["settings"].plan_at
    if at is None:
        return
    turn, due = threading.Lock(), [_next(times.now(), at, past=True)]

    @app.before_request
    def _wake() -> None:
        now = times.now()
        if now < due[0]:
            return
        with turn:
            if now < due[0]:
                return
            due[0] = now + AGAIN
        threading.Thread(target=_plan, args=(app, due, at), name="daily planning", daemon=True).start()

    app.extensions["wake"] = _wake


def _plan(app: Flask, due: list[int], at: int) -> None:
    with app.app_context():
        try:
            daily()
            due[0] = _next(times.now(), at)
        except Exception as error:
            log.error("daily planning failed; it is tried again in ten minutes", exc_info=error)


def _next(now: int, at: int, past: bool = False) -> int:
    """Return the moment of today, or of tomorrow where that has gone by (and isn't wanted, `past`), `at` ms after midnight UTC."""
    today = now // times.DAY * times.DAY + at
    return today if past or now < today else today + times.DAY


def daily() -> dict[int, int]:
    """Run the active rules of all sites, each site once a day; return how many counts were planned by site, of those that were run."""
    with reading() as tx:
        sites = "SELECT DISTINCT site_id FROM count_rules WHERE active AND archived_at IS NULL ORDER BY site_id"
        wanted = list(tx.scalars(text(sites)))
    planned = {}
    for site_id in wanted:
        now = times.now()
        if _take(site_id, now):
            planned[site_id] = sum(one["planned"] > 0 for one in planning.run_all(site_id))
            with writing() as tx:
                done = "UPDATE planning_days SET done_at = :now WHERE site_id = :site AND day = :day"
                tx.execute(text(done), {"now": times.now(), "site": site_id, "day": now // times.DAY})
    return planned


def _take(site_id: int, now: int) -> bool:
    """Take the day of a site; False when it is done, or somebody else is about it."""
    named = {"site": site_id, "day": now // times.DAY, "now": now, "begun": now - AGAIN}
    with writing() as tx:
        journal.lock(tx, site_id)
        taken = tx.execute(
            text(
                "INSERT INTO planning_days (site_id, day, taken_at) VALUES (:site, :day, :now) ON CONFLICT (site_id, day) "
                "DO UPDATE SET taken_at = excluded.taken_at WHERE planning_days.done_at IS NULL AND planning_days.taken_at <= :begun"
            ),
            named,
        )
    return taken.rowcount == 1
