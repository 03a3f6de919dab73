"""Tell how fast people count: scans, lines and sheets for each hour of counting, without the breaks.

The time of a scan is what passed since the one before, of the same person (or on the same sheet); where that is more than the pause,
it was a break and is in no sum.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app.counts.comparing import LIVE
from app.exports.selecting import cursor
from app.measures import periods
from app.measures.shares import rate
from app.measures.summing import Asked
from app.scans.sheets import VOIDED
from app.times import DAY, HOUR

_BY = {
    "person": ("x.who", "COALESCE(MAX(n.name), '')"),
    "sheet": ("x.sheet", "MAX(x.location)"),
    **dict.fromkeys(periods.GRAINS, (f"x.at / {DAY}", "''")),
    "all": ("''", "''"),
}
BY = tuple(_BY)
WIRE = ("scans", "lines", "sheets", "hours", "breaks", "scans_per_hour", "lines_per_hour", "sheets_per_hour")


class Pace(NamedTuple):
    """How much was counted in which time."""

    scans: int = 0
    lines: int = 0
    sheets: int = 0
    ms: int = 0
    breaks: int = 0

    def wire(self) -> dict[str, Any]:
        """Return the measures as they are written."""
        per_hour = {f"{name}_per_hour": rate(getattr(self, name), self.ms) for name in ("scans", "lines", "sheets")}
        hours = f"{self.ms // HOUR}.{self.ms % HOUR * 100 // HOUR:02d}"
        return {
            "scans": self.scans, "lines": self.lines, "sheets": self.sheets, "hours": hours, "breaks": self.breaks,
        } | per_hour  # fmt: skip


def paces(tx: Connection, asked: Asked, pause: int, by: str) -> Iterator[tuple[str, str, Pace]]:
    """Give key, name and pace of each group, in the order of the keys; `pause` in ms."""
    key, name = _BY[by]
    whose = "s.code" if by == "sheet" else "COALESCE(s.operator, '')"
    sql = (
        "WITH here AS (SELECT s.id, s.code, l.code AS location FROM sheets s JOIN counts c ON c.id = s.count_id "
        "JOIN locations l ON l.id = s.location_id WHERE s.site_id = ? AND NOT s.open AND s.closed_at >= ? AND s.closed_at < ? "
        "AND (c.status IS NULL OR c.status <> 'cancelled') AND l.path LIKE ?), "
        "said AS ("
        "SELECT h.id AS sheet_id, h.code, h.location, s.operator, s.person_id, s.product_id, s.lot, s.task, s.occurred_at, s.journal "
        f"FROM here h JOIN scans s ON s.sheet_id = h.id WHERE s.task IN ('count', 'empty', 'finish') AND {LIVE.format('s')} "
        "AND s.journal <= ? UNION ALL "
        "SELECT h.id, h.code, h.location, s.operator, s.person_id, r.product_id, r.lot, s.task, s.occurred_at, s.journal "
        "FROM here h JOIN resolutions r ON r.sheet_id = h.id JOIN scans s ON s.id = r.scan_id "
        f"WHERE r.outcome = 'noted' AND s.task = 'count' AND r.journal <= ? AND NOT {VOIDED.format('s')}), "
        "paced AS (SELECT s.sheet_id, s.code AS sheet, s.location, COALESCE(s.operator, '') AS who, s.person_id, s.task, "
        "s.sheet_id || '/' || s.product_id || '/' || COALESCE(s.lot, '') AS line, s.occurred_at AS at, "
        f"s.occurred_at - LAG(s.occurred_at) OVER (PARTITION BY {whose} ORDER BY s.occurred_at, s.journal) AS gap FROM said s) "
        f"SELECT {key}, {name}, SUM(CASE WHEN x.task = 'count' THEN 1 ELSE 0 END), "
        "COUNT(DISTINCT CASE WHEN x.task = 'count' THEN x.line END), COUNT(DISTINCT x.sheet_id), "
        "SUM(CASE WHEN x.gap <= ? THEN x.gap ELSE 0 END), SUM(CASE WHEN x.gap > ? THEN 1 ELSE 0 END) "
        "FROM paced x LEFT JOIN people n ON n.id = x.person_id "
        f"GROUP BY 1 ORDER BY {key}{'' if by in periods.GRAINS else '{c}'}"
    )
    given = (asked.site_id, asked.since, asked.until, asked.path + "%", asked.upto, asked.upto, pause, pause)
    found = cursor(tx, sql, given)
    if by in periods.GRAINS:
        for day, rows in groupby(found, lambda row: periods.first(row[0], by)):
            yield day, "", Pace(*(sum(int(one) for one in each) for each in list(zip(*rows, strict=True))[2:]))
        return
    for group, called, *rest in found:
        yield group, called, Pace(*(int(one) for one in rest))
