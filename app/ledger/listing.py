"""Read moves and exceptions as the wire shows them."""

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from app.ledger.models import LedgerException, Move
from app.locations.models import Location
from app.people.models import Person
from app.products.models import Product
from app.quantities import wire
from app.times import wire as moment
from app.times import wire_or_none
from app.wire import loads

_Source, _Target = aliased(Location), aliased(Location)


def moves(tx: Connection, site_id: int, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return a site's moves after a journal number, and the cursor to go on from."""
    query = (
        select(
            Move.journal, Move.kind, Move.scan_id, Product.sku, Product.decimals, Move.lot, Move.serial, Move.quantity,
            _Source.code.label("source"), _Target.code.label("target"), Move.occurred_at, Move.recorded_at, Move.reason_code, Move.reverses,
            Move.line_id, Person.name.label("person"),
        )
        .join(Product, Product.id == Move.product_id)
        .join(_Source, _Source.id == Move.source_id)
        .join(_Target, _Target.id == Move.target_id)
        .outerjoin(Person, Person.id == Move.person_id)
        .where(Move.site_id == site_id, Move.journal > since)
        .order_by(Move.journal)
        .limit(limit)
    )  # fmt: skip
    rows = [
        {
            "journal": m.journal, "kind": m.kind, "scan": m.scan_id, "sku": m.sku, "lot": m.lot, "serial": m.serial,
            "quantity": wire(m.quantity, m.decimals), "source": m.source, "target": m.target, "occurred_at": moment(m.occurred_at),
            "recorded_at": moment(m.recorded_at), "reason_code": m.reason_code, "reverses": m.reverses,
            "line": m.line_id, "person": m.person,
        }
        for m in tx.execute(query)
    ]  # fmt: skip
    return rows, rows[-1]["journal"] if rows else since


def exceptions(tx: Connection, site_id: int, status: str, since: int, limit: int) -> tuple[list[dict[str, Any]], int]:
    """Return a site's exceptions that changed after a journal number (`status` open, closed or all), and the cursor to go on from."""
    query = _exceptions().where(LedgerException.site_id == site_id, LedgerException.journal > since)
    if status != "all":
        query = query.where(LedgerException.closed_at.is_(None) if status == "open" else LedgerException.closed_at.is_not(None))
    rows = [_exception(one) for one in tx.execute(query.order_by(LedgerException.journal).limit(limit))]
    return rows, rows[-1]["journal"] if rows else since


def exception(tx: Connection, number: int) -> dict[str, Any]:
    """Return one exception that exists."""
    return _exception(tx.execute(_exceptions().where(LedgerException.id == number)).one())


def _exceptions() -> Any:
    return (
        select(
            LedgerException.id, LedgerException.kind, Location.code.label("location"), Product.sku, Product.name, LedgerException.lot,
            LedgerException.serial, LedgerException.detail, LedgerException.opened_at, LedgerException.closed_at,
            Person.name.label("closed_by"), LedgerException.note, LedgerException.journal,
        )
        .join(Location, Location.id == LedgerException.location_id)
        .join(Product, Product.id == LedgerException.product_id)
        .outerjoin(Person, Person.id == LedgerException.closed_by)
    )  # fmt: skip


def _exception(one: Row[Any]) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "location": one.location, "sku": one.sku, "name": one.name, "lot": one.lot, "serial": one.serial,
        "detail": loads(one.detail.encode()), "status": "open" if one.closed_at is None else "closed", "opened_at": moment(one.opened_at),
        "closed_at": wire_or_none(one.closed_at), "closed_by": one.closed_by, "note": one.note, "journal": one.journal,
    }  # fmt: skip
