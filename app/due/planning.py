"""Plan counts by rules: look at what one would plan, and plan it; once a day and rule, however often it is asked for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, text

from app import journal, times
from app.counts import planning
from app.db import reading, writing
from app.due import keeping, load, rules, sample, surveying
from app.due.rules import Due, Place, Rule

TERMS = ("blind", "twice", "policy", "tolerance", "tolerances", "second_above")
"""What a rule says of its counts."""
SHOWN = 500
"""So many locations of a preview are named."""


def preview(tx: Connection, site_id: int, rule: Rule) -> dict[str, Any]:
    """Return what a rule would plan today, and why; nothing is written."""
    now = times.now()
    places = surveying.survey(tx, site_id, [rule], now)
    taken, opened = rules.chosen(rule, places, now // times.DAY)
    members = rules.population(rule, places)
    due = sum(one.day <= now // times.DAY for one in rules.when(rule, members, now // times.DAY))
    asked = rule.parameters
    return {
        "rule": rule.code, "day": _date(now // times.DAY), "population": len(members), "due": due, "planned": len(taken),
        "sample": sample.size(len(members), asked["confidence"], asked["margin"], asked["errors"]) if rule.kind == "sample" else None,
        "locations": [_shown(one) for one in taken[:SHOWN]], "in_open_count": [_shown(one) for one in opened[:SHOWN]],
        "in_open_count_total": len(opened),
    }  # fmt: skip


def run(site_id: int, code: str, person_id: int | None, daily: bool = False) -> dict[str, Any]:
    """Plan today's count of a rule: return its code, or that of the count that the rule planned today already. Raises not_found."""
    now = times.now()
    with reading() as tx:
        kept = keeping.find(tx, site_id, code)
        places = [] if _ran(tx, kept.id, now // times.DAY) else surveying.survey(tx, site_id, [keeping.rule(kept)], now)
    return _plan(site_id, kept, places, now, person_id, daily)


def run_all(site_id: int) -> list[dict[str, Any]]:
    """Plan today's counts of all active rules of a site; a location that one takes is in an open count for the next."""
    now = times.now()
    with reading() as tx:
        kept = keeping.active(tx, site_id)
        places = surveying.survey(tx, site_id, [keeping.rule(one) for one in kept], now) if kept else []
    return [_plan(site_id, one, places, now, None, True) for one in kept]


def _plan(site_id: int, kept: Any, places: Sequence[Place], now: int, person_id: int | None, daily: bool) -> dict[str, Any]:
    day = now // times.DAY
    told = {"rule": kept.code, "day": _date(day)}
    with writing() as tx:
        journal.lock(tx, site_id)
        before = _ran(tx, kept.id, day)
        if before is not None:
            return told | {"count": before.code, "planned": 0, "locations": before.locations, "in_open_count": 0}
        opened = surveying.opened(tx, site_id)
        for place in places:
            place.count = opened.get(place.id)
        taken, skipped = rules.chosen(keeping.rule(kept), places, day)
        count = _make(tx, site_id, kept, [one.place.id for one in taken], day, person_id, daily) if taken else None
    return told | {"count": count, "planned": len(taken), "locations": len(taken), "in_open_count": len(skipped)}


def _make(tx: Connection, site_id: int, kept: Any, places: list[int], day: int, person_id: int | None, daily: bool) -> str:
    wanted = {name: value for name, value in keeping.shown(kept).items() if name in TERMS}
    count = planning.make(tx, site_id, places, wanted | {"note": kept.name, "rule": kept.code, "daily": daily}, person_id)
    tx.execute(
        text(
            "INSERT INTO rule_runs (rule_id, day, count_id, locations) "
            "SELECT :rule, :day, id, :n FROM counts WHERE site_id = :site AND code = :code"
        ),
        {"rule": kept.id, "day": day, "n": len(places), "site": site_id, "code": count},
    )
    return count


def calendar(tx: Connection, site_id: int, days: int) -> dict[str, Any]:
    """Return the load of the coming days by rule, what is planned and still open, and what is overdue."""
    now = times.now()
    today = now // times.DAY
    known, ran = [keeping.rule(one) for one in keeping.active(tx, site_id)], _ran_of(tx, site_id, today)
    ahead = load.ahead(known, surveying.survey(tx, site_id, known, now), today, days, ran)
    return {
        "days": [{"day": _date(today + n), "due": due, "total": sum(due.values())} for n, due in enumerate(ahead.days)],
        "overdue": ahead.overdue, "waiting": ahead.waiting, "planned": _planned(tx, site_id),
    }  # fmt: skip


def _planned(tx: Connection, site_id: int) -> list[dict[str, Any]]:
    rows = tx.execute(
        text(
            "SELECT c.code, c.created_at, r.code AS rule, c.note, COUNT(*) AS locations, SUM(CASE WHEN s.open THEN 1 ELSE 0 END) AS opened "
            "FROM counts c JOIN sheets s ON s.count_id = c.id LEFT JOIN rule_runs u ON u.count_id = c.id "
            "LEFT JOIN count_rules r ON r.id = u.rule_id "
            "WHERE c.site_id = :site AND c.status IS NULL AND c.kind = 'cycle' AND s.sequence = 1 "
            "GROUP BY c.id, c.code, c.created_at, r.code, c.note ORDER BY c.id"
        ),
        {"site": site_id},
    )
    return [
        {
            "count": row.code, "day": _date(row.created_at // times.DAY), "rule": row.rule, "locations": row.locations,
            "open": int(row.opened), "note": row.note,
        }
        for row in rows
    ]  # fmt: skip


def _ran(tx: Connection, rule_id: int, day: int) -> Any:
    sql = "SELECT c.code, r.locations FROM rule_runs r JOIN counts c ON c.id = r.count_id WHERE r.rule_id = :rule AND r.day = :day"
    return tx.execute(text(sql), {"rule": rule_id, "day": day}).one_or_none()


def _ran_of(tx: Connection, site_id: int, day: int) -> set[str]:
    sql = "SELECT r.code FROM rule_runs u JOIN count_rules r ON r.id = u.rule_id WHERE r.site_id = :site AND u.day = :day"
    return {row[0] for row in tx.execute(text(sql), {"site": site_id, "day": day})}


def _date(day: int) -> str:
    return times.wire(day * times.DAY)[:10]


def _shown(one: Due) -> dict[str, Any]:
    place = one.place
    return {
        "location": place.code, "zone": place.zone, "why": one.why, "n": one.n, "since": _date(one.day),
        "counted_at": times.wire_or_none(place.last), "count": place.count,
    }  # fmt: skip
