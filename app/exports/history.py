"""Tell what happened to a product, a lot, a serial or at a location: its newest moves, counts and holds, with people and devices."""

from typing import Any

from sqlalchemy import Connection, text

from app import quantities, times, wire
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
    rows = [*_moves(tx, site_id, places, which, limit), *_counts(tx, places, which, limit)] if places else []
    if which:
        rows += [*_holds_scanned(tx, site_id, which, limit), *_holds_by_hand(tx, site_id, which, limit)]
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
        f"SELECT * FROM (SELECT m.journal, m.occurred_at FROM moves m WHERE m.{side} IN ({there}){_where('m', which)} "
        f"ORDER BY m.occurred_at DESC, m.journal DESC LIMIT :limit) {side}"
        for side in ("source_id", "target_id")
    )
    found = tx.execute(
        text(
            "SELECT m.occurred_at, m.journal, m.kind, s.task, p.sku, p.name, p.unit, p.decimals, m.lot, m.serial, m.quantity, "
            "a.code AS source, b.code AS target, s.operator, COALESCE(n.name, o.name) AS person, d.name AS device, m.reason_code "
            f"FROM (SELECT * FROM ({halves}) b ORDER BY b.occurred_at DESC, b.journal DESC LIMIT :limit) h "
            "CROSS JOIN moves m JOIN products p ON p.id = m.product_id "  # CROSS: SQLite begins with the few
            "JOIN locations a ON a.id = m.source_id JOIN locations b ON b.id = m.target_id LEFT JOIN scans s ON s.id = m.scan_id "
            "LEFT JOIN people n ON n.id = s.person_id LEFT JOIN people o ON o.id = m.person_id LEFT JOIN devices d ON d.id = s.device_id "
            "WHERE m.site_id = :site AND m.journal = h.journal"
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


_OF_LOT = " AND {} IN ('', :lot)"
"""A lot is held with all of its product too."""


def _holds_scanned(tx: Connection, site_id: int, which: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return holds and releases by scan, those too that waited until a person said of which product they were."""
    wanted = "x.site_id = :site AND x.product_id = :product_id" + (_OF_LOT.format("x.lot") if "lot" in which else "")
    found = tx.execute(
        text(
            "SELECT s.occurred_at, s.journal, s.task, s.said, p.sku, p.name, p.unit, h.lot, s.operator, n.name AS person, d.name AS device "
            f"FROM (SELECT * FROM (SELECT x.id, x.lot FROM scans x WHERE {wanted} AND x.task IN ('hold', 'release') "
            "AND x.outcome = 'noted' AND x.reason IS NULL ORDER BY x.occurred_at DESC LIMIT :limit) a UNION ALL "
            f"SELECT x.scan_id, x.lot FROM resolutions x WHERE {wanted} AND x.outcome = 'noted') h "
            "JOIN scans s ON s.id = h.id AND s.task IN ('hold', 'release') JOIN products p ON p.id = :product_id "
            "LEFT JOIN people n ON n.id = s.person_id LEFT JOIN devices d ON d.id = s.device_id ORDER BY s.occurred_at DESC LIMIT :limit"
        ),
        which | {"site": site_id, "limit": limit},
    )
    return [_held(r, r.task, wire.kept(r.said).get("reason_code")) for r in found]


def _holds_by_hand(tx: Connection, site_id: int, which: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """Return what supervisors held and released: deeds, each found by its subject."""
    found = tx.execute(
        text(
            "SELECT a.at AS occurred_at, a.journal, a.deed, a.reason, p.sku, p.name, p.unit, h.lot, NULL AS operator, n.name AS person, "
            "d.name AS device FROM holds h JOIN products p ON p.id = h.product_id "
            "JOIN audit a ON a.subject = 'product ' || p.sku || CASE h.lot WHEN '' THEN '' ELSE ' lot ' || h.lot END "
            "AND a.site_id = h.site_id AND a.deed IN ('hold', 'release') "
            "LEFT JOIN people n ON n.id = a.person_id LEFT JOIN devices d ON d.id = a.device_id "
            f"WHERE h.site_id = :site AND h.product_id = :product_id{_OF_LOT.format('h.lot') if 'lot' in which else ''} "
            "ORDER BY a.at DESC LIMIT :limit"
        ),
        which | {"site": site_id, "limit": limit},
    )
    return [_held(r, r.deed, r.reason) for r in found]


def _held(r: Any, deed: str, reason: str | None) -> dict[str, Any]:
    return {
        "at": times.wire(r.occurred_at), "journal": r.journal, "deed": deed, "sku": r.sku, "name": r.name, "lot": r.lot, "serial": "",
        "quantity": None, "unit": r.unit, "sheet": None, "source": None, "target": None, "operator": r.operator, "person": r.person,
        "device": r.device, "reason_code": reason,
    }  # fmt: skip


def _row(r: Any, deed: str, where: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": times.wire(r.occurred_at), "journal": r.journal, "deed": deed, "sku": r.sku, "name": r.name, "lot": r.lot, "serial": r.serial,
        "quantity": quantities.wire(r.quantity, r.decimals), "unit": r.unit, "sheet": None, **where, "operator": r.operator,
        "person": r.person, "device": r.device, "reason_code": r.reason_code,
    }  # fmt: skip
