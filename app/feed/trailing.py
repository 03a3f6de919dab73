"""Read the audit trail of a site, or that of products and people: all of it, or what a search asks for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Executable, Select, String, and_, cast, func, literal, or_, select

from app import journal, times, wire
from app.audit import Audit
from app.devices.models import Device
from app.errors import Problem
from app.exports.formatting import NUMBER, OWN, TIME, Column, Table
from app.exports.selecting import Counter
from app.people.models import Person
from app.text import fold

COLUMNS = (
    Column("journal", NUMBER, 10), Column("at", TIME, 25), Column("deed", OWN, 24), Column("subject", width=24), Column("actor", width=24),
    Column("person", NUMBER, 8), Column("device", NUMBER, 8), Column("before", width=50), Column("after", width=50),
    Column("reason", width=40),
)  # fmt: skip
"""A file has what never changes: persons and devices by number, and `actor`, what the caller was called then."""
AT_ONCE = 1000


def page(tx: Connection, site_id: int, asked: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int | None]:
    """Return the deeds that a search asks for and the cursor for more: after `since`, oldest first, or before `before`, newest first.

    `actor` is who it was called then, `person` and `device` are now.
    """
    newest = asked["order"] == "newest"
    query = (
        select(
            Audit.journal, Audit.at, Audit.deed, Audit.subject, Audit.actor, Person.name.label("person"), Device.name.label("device"),
            Audit.before, Audit.after, Audit.reason,
        )
        .outerjoin(Person, Person.id == Audit.person_id)
        .outerjoin(Device, Device.id == Audit.device_id)
        .where(*_found(site_id, asked), Audit.journal > asked["since"])
        .order_by(Audit.journal.desc() if newest else Audit.journal)
        .limit(asked["limit"] + 1)
    )  # fmt: skip
    if asked.get("before") is not None:
        query = query.where(Audit.journal < asked["before"])
    rows = [r._asdict() for r in tx.execute(query)]
    shown = rows[: asked["limit"]]
    told = [{**row, "at": times.wire(row["at"]), "before": _kept(row["before"]), "after": _kept(row["after"])} for row in shown]
    if newest:
        return told, shown[-1]["journal"] if len(rows) > len(shown) else None
    return told, shown[-1]["journal"] if shown else asked["since"]


def table(tx: Connection, site_id: int, asked: Mapping[str, Any], upto: int | None) -> tuple[Table, int]:
    """Return what a search asks for as a table, and the number of the journal it is as of. Raises bad_request."""
    last = journal.read(tx, site_id)
    if upto is not None and upto > last:
        raise Problem("bad_request", f"The journal has come to {last} only.")
    at = last if upto is None else upto
    query = (
        select(
            Audit.journal, Audit.at, Audit.deed, Audit.subject, Audit.actor, Audit.person_id, Audit.device_id, Audit.before, Audit.after,
            Audit.reason,
        )
        .where(*_found(site_id, asked), Audit.journal <= at)
        .order_by(Audit.journal)
    )  # fmt: skip
    counter = Counter(_rows(tx, query))
    return Table("audit", COLUMNS, counter, {}, lambda: {"rows": counter.rows}), at


def _rows(tx: Connection, query: Executable) -> Iterator[Sequence[Any]]:
    for row in tx.execute(query, execution_options={"yield_per": AT_ONCE}):
        yield row[0], times.wire(row[1]), *row[2:]


def _found(site_id: int, asked: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return what a deed must be: `person` and `device` did it or had it done to them."""
    wanted: list[ColumnElement[bool]] = [Audit.site_id == site_id]
    if asked.get("from") is not None:
        wanted.append(Audit.at >= asked["from"])
    if asked.get("to") is not None:
        wanted.append(Audit.at <= asked["to"])
    if asked.get("deed"):
        wanted.append(Audit.deed == asked["deed"])
    if asked.get("subject"):
        wanted.append(Audit.subject.startswith(asked["subject"], autoescape=True))
    if asked.get("person"):
        people = select(Person.id).where(Person.folded.contains(fold(asked["person"]), autoescape=True))
        wanted.append(_by_or_to(Audit.person_id, "person ", people))
    if asked.get("device"):
        devices = select(Device.id).where(Device.site_id == site_id, _holds(Device.name, asked["device"]))
        wanted.append(_by_or_to(Audit.device_id, "device ", devices))
    if asked.get("text"):
        wanted.append(or_(*(_holds(c, asked["text"]) for c in (Audit.subject, Audit.actor, Audit.reason, Audit.before, Audit.after))))
    return wanted


def _by_or_to(who: Any, what: str, ids: Select[Any]) -> ColumnElement[bool]:
    named = ids.subquery()
    return or_(who.in_(select(named.c.id)), Audit.subject.in_(select(literal(what) + cast(named.c.id, String))))


def _holds(column: Any, sought: str) -> ColumnElement[bool]:
    """Hold a text as it stands, or in other case as far as the database knows cases."""
    return and_(
        column.is_not(None),
        or_(column.contains(sought, autoescape=True), func.lower(column).contains(sought.lower(), autoescape=True)),
    )


def _kept(value: str | None) -> Any:
    return None if value is None else wire.kept(value)
