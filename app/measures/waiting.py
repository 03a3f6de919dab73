"""Tell what is due and what is overdue now, by rule, as planning has it."""

from typing import Any

from sqlalchemy import Connection

from app import times
from app.due import keeping, rules, surveying
from app.measures import periods
from app.measures.summing import Asked

WIRE = ("name", "kind", "locations", "due", "overdue", "in_open_count", "oldest")


def standing(tx: Connection, asked: Asked, now: int) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]:
    """Return each active rule by its code, and the locations that are due by any of them; what is in an open count is in neither.

    A sample has time until its period ends: it is due, but not overdue.
    """
    today = now // times.DAY
    kept = keeping.active(tx, asked.site_id)
    places = surveying.survey(tx, asked.site_id, [keeping.rule(one) for one in kept], now)
    places = [place for place in places if asked.within is None or asked.within in place.above]
    due: dict[int, int] = {}
    late: dict[int, int] = {}
    told = []
    for one in kept:
        rule = keeping.rule(one)
        ripe = [each for each in rules.when(rule, places, today) if each.day <= today]
        waiting = {each.place.id: each.day for each in ripe if each.place.count is None}
        overdue = {place: day for place, day in waiting.items() if day < today and rule.kind != "sample"}
        due |= waiting
        late |= overdue
        told.append(
            (
                one.code,
                {
                    "name": one.name,
                    "kind": one.kind,
                    "locations": len(rules.population(rule, places)),
                    "due": len(waiting),
                    "overdue": len(overdue),
                    "in_open_count": len(ripe) - len(waiting),
                    "oldest": periods.date(min(overdue.values())).isoformat() if overdue else None,
                },
            )
        )
    return told, {"locations": len(places), "due": len(due), "overdue": len(late)}
