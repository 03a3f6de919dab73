"""Run the rules once a day by themselves: at the first request after the time for it, in whichever process meets that first."""

import logging
import threading

from flask import Flask, g
from sqlalchemy import text

from app import journal, times
from app.db import reading, writing
from app.due import planning

AGAIN = 10 * times.MINUTE
"""When somebody else goes on with a day that a process began and didn't end, and how often what sites want is looked at."""
log = logging.getLogger("scanledger")


def init_app(app: Flask) -> None:
    """Look, at each request, whether it is time; what is to be done then is done beside the requests."""
    default: int | None = app.extensions["settings"].plan_at
    begun = times.now()
    turn, due = threading.Lock(), [begun + AGAIN if default is None else min(begun + AGAIN, begun // times.DAY * times.DAY + default)]

    @app.before_request
    def _wake() -> None:
        now = times.now()
        if now < due[0]:
            return
        with turn:
            if now < due[0]:
                return
            due[0] = now + AGAIN
        threading.Thread(target=_plan, args=(app, due, default), name="daily planning", daemon=True).start()

    app.extensions["wake"] = _wake


def _plan(app: Flask, due: list[int], default: int | None) -> None:
    with app.app_context():
        g.actor = "server"
        try:
            daily(default)
            due[0] = min([due[0], *(_next(times.now(), at) for at in _wanted(default).values())])
        except Exception as error:
            log.error("daily planning failed; it is tried again in ten minutes", exc_info=error)


def _next(now: int, at: int) -> int:
    """Return the moment of today, or of tomorrow where that has gone by, `at` ms after midnight UTC."""
    today = now // times.DAY * times.DAY + at
    return today if now < today else today + times.DAY


def _wanted(default: int | None) -> dict[int, int]:
    """Return the sites with active rules, and when each wants them to run, in ms after midnight UTC; `default` where it says nothing."""
    with reading() as tx:
        sql = (
            "SELECT s.id, s.plan_at FROM sites s WHERE EXISTS "
            "(SELECT 1 FROM count_rules r WHERE r.site_id = s.id AND r.active AND r.archived_at IS NULL) ORDER BY s.id"
        )
        said = {row.id: default if row.plan_at is None else times.of_day(row.plan_at) for row in tx.execute(text(sql))}
    return {site_id: at for site_id, at in said.items() if at is not None}


def daily(default: int | None) -> dict[int, int]:
    """Run the active rules of the sites whose time has come, each site once a day; return how many counts were planned by site, of those
    that were run."""
    planned = {}
    for site_id, at in _wanted(default).items():
        now = times.now()
        if now % times.DAY >= at and _take(site_id, now):
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
