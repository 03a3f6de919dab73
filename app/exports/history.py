"""Tell what happened to a product, a lot, a serial or at a location: its newest moves and counts, with people and devices."""

from typing import Any

from sqlalchemy import Connection, text

from app import quantities, times
from app.scans.codes import Named
from app.scans.naming import named
from app.scans.sheets import VOIDED

MOST = 200
MOST_PLACES = 1_000
"""Places of a product that are looked at."""


def of(tx: Connection, site_id: int, code: str, limit: int) -> list[dict[str, Any]]:
    """Return what happened to what a code names, the newest first; nothing for a code that names nothing, or more than one thing.

    A product is followed through the real places where it is or was.
    """
    meant = named(tx, site_id, [code])[code]
    places, which = _scope(tx, site_id, meant)
    if not places:
        return []
    rows = [*_moves(tx, site_id, places, which, limit), *_counts(tx, places, which, limit)]
    return sorted(rows, key=lambda row: (row["at"], row["journal"]), reverse=True)[:limit]


def _scope(tx: Connection, site_id: int, meant: Named) -> tuple[list[int], dict[str, Any]]:
    """Return the places to look at, and what to look for there: product, lot, serial."""
    if meant.place is not None:
        return [meant.place.id], {}
    if meant.thing is None:
        return [], {}
    found = tx.scalars(
        text(
            "SELECT DISTINCT b.location_id FROM balances b JOIN locations l ON l.id = b.location_id "
            "WHERE b.product_id = :product AND l.site_id = :site AND l.kind <> 'virtual' LIMIT :most"
        ),
        {"product": meant.thing.id, "site": site_id, "most": MOST_PLACES},
    )
    which: dict[str, Any] = {"product_id": meant.thing.id}
    if meant.parts is not None and meant.thing.tracking == "serial" and meant.parts.serial:
        which["serial"] = meant.parts.serial
    elif meant.parts is not None and meant.thing.tracking == "lot" and meant.parts.lot:
        which["lot"] = meant.parts.lot
    return list(found), which


def _where(alias: str, which: dict[str, Any]) -> str:
    return "".join(f" AND {alias}.{name} = :{name}" for name in which)


def _moves(tx: Connection, site_id: int, places: list[int], which: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    there = ", ".join(map(str, places))
    halves = " UNION ".join(
        f"SELECT * FROM (SELECT m.journal FROM moves m WHERE m.{side} IN ({there}){_where('m', which)} "
        f"ORDER BY m.occurred_at DESC, m.journal DESC LIMIT :limit) {side}"
        for side in ("source_id", "target_id")
    )
    found = tx.execute(
        text(
            "SELECT m.occurred_at, m.journal, m.kind, s.task, p.sku, p.name, p.unit, p.decimals, m.lot, m.serial, m.quantity, "
            "a.code AS source, b.code AS target, s.operator, COALESCE(n.name, o.name) AS person, d.name AS device, m.reason_code "
            f"FROM ({halves}) h JOIN moves m ON m.site_id = :site AND m.journal = h.journal JOIN products p ON p.id = m.product_id "
            "JOIN locations a ON a.id = m.source_id JOIN locations b ON b.id = m.target_id LEFT JOIN scans s ON s.id = m.scan_id "
            "LEFT JOIN people n ON n.id = s.person_id LEFT JOIN people o ON o.id = m.person_id LEFT JOIN devices d ON d.id = s.device_id"
        ),
        which | {"site": site_id, "limit": limit},
    )
    return [_row(r, r.task if r.kind == "scan" else r.kind, {"source": r.source, "target": r.target}) for r in found]


def _counts(tx: Connection, places: list[int], which: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    found = tx.execute(
        text(
            "SELECT s.occurred_at, s.journal, p.sku, p.name, p.unit, p.decimals, s.lot, s.serial, s.quantity, l.code AS place, s.operator, "
            "n.name AS person, d.name AS device, NULL AS reason_code, h.code AS sheet "
            "FROM sheets h JOIN scans s ON s.sheet_id = h.id JOIN products p ON p.id = s.product_id "
            "JOIN locations l ON l.id = h.location_id LEFT JOIN people n ON n.id = s.person_id LEFT JOIN devices d ON d.id = s.device_id "
            f"WHERE h.location_id IN ({', '.join(map(str, places))}) AND s.task = 'count' AND s.outcome = 'noted' AND s.reason IS NULL "
            f"AND NOT {VOIDED.format('s')}{_where('s', which)} ORDER BY s.journal DESC LIMIT :limit"
        ),
        which | {"limit": limit},
    )
    return [_row(r, "count", {"source": r.place, "target": None, "sheet": r.sheet}) for r in found]


def _row(r: Any, deed: str, where: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": times.wire(r.occurred_at), "journal": r.journal, "deed": deed, "sku": r.sku, "name": r.name, "lot": r.lot, "serial": r.serial,
        "quantity": quantities.wire(r.quantity, r.decimals), "unit": r.unit, "sheet": None, **where, "operator": r.operator,
        "person": r.person, "device": r.device, "reason_code": r.reason_code,
    }  # fmt: skip
