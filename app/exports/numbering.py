"""Number the packages of a count, and remember of each what it was as of, what it held, who took it and when."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, text

from app import audit, journal, times
from app.access import Caller
from app.exports.models import Package


class Taken(NamedTuple):
    """A package that was taken: its number, the journal number it is as of, the SHA-256 of its sums, its profile, when."""

    number: int
    upto: int
    sums: str
    profile: str | None
    at: int


def taken(tx: Connection, count_id: int) -> list[Taken]:
    """Return the packages of a count that were taken, the first first."""
    table = Package.__table__.c
    rows = tx.execute(
        select(table.number, table.upto, table.sums, table.profile, table.at).where(table.count_id == count_id).order_by(table.number)
    )
    return [Taken(*row) for row in rows]


def listed(tx: Connection, count_id: int) -> list[dict[str, Any]]:
    """Return who took packages of a count, and when, as the wire shows it; the first first."""
    rows = tx.execute(
        text(
            "SELECT k.number, k.upto, k.at, n.name FROM packages k LEFT JOIN people n ON n.id = k.person_id "
            "WHERE k.count_id = :count ORDER BY k.number"
        ),
        {"count": count_id},
    )
    return [{"number": number, "upto": upto, "at": times.wire(at), "by": name} for number, upto, at, name in rows]


def number(tx: Connection, site_id: int, count_id: int, code: str, upto: int, sums: str, profile: str | None, who: Caller) -> list[Taken]:
    """Give a package the next number of its count; return all that were taken, this one last."""
    journal.lock(tx, site_id)
    before = taken(tx, count_id)
    this = Taken(before[-1].number + 1 if before else 1, upto, sums, profile, times.now())
    tx.execute(
        insert(Package),
        {
            "count_id": count_id,
            "number": this.number,
            "upto": upto,
            "sums": sums,
            "profile": profile,
            "person_id": who.person_id,
            "at": this.at,
        },
    )
    audit.write(
        tx, "package_taken", f"count {code}", site_id=site_id, after={"number": this.number, "upto": upto, "sums": sums}
    )  # fmt: skip
    return [*before, this]
