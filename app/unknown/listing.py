"""List the codes that nobody understood, each once with all scans that wait for it, and the labels that read badly."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

from app import times, wire
from app.products import listing as products
from app.scans.codes import Asked, asked
from app.scans.naming import house, named
from app.scans.sheets import VOIDED
from app.unknown.keys import key
from app.unknown.sound import sound

MOST_SCANS = 20_000
"""Waiting scans that are looked at, the newest."""
MOST_CODES = 500
FEW = 10
"""Places and people that are named of a code."""
RECENT = 200_000
"""How many of a site's newest journal numbers the list of bad labels looks at."""
TROUBLES = ("unknown", "keyed", "check_digit", "gs_missing", "folded")


@dataclass
class Group:
    """One unknown code with the scans that wait for it."""

    code: str
    asked: Asked
    scans: list[str] = field(default_factory=list)
    quantity: Decimal = Decimal(0)
    tasks: dict[str, int] = field(default_factory=dict)
    locations: dict[str, int] = field(default_factory=dict)
    operators: dict[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0


def waiting(tx: Connection, site_id: int) -> dict[str, Group]:
    """Return what waits because its code is unknown, by key, what came last first."""
    found = tx.execute(
        text(
            "SELECT s.id, s.said, s.task, s.operator, s.occurred_at, l.code AS place FROM scans s "
            "LEFT JOIN locations l ON l.id = s.location_id LEFT JOIN resolutions r ON r.scan_id = s.id "
            "WHERE s.site_id = :site AND s.outcome = 'refused' AND s.reason = 'unknown_barcode' "
            f"AND r.scan_id IS NULL AND NOT {VOIDED.format('s')} ORDER BY s.journal DESC LIMIT :most"
        ),
        {"site": site_id, "most": MOST_SCANS},
    )
    here = house(tx, site_id)
    groups: dict[str, Group] = {}
    known: dict[str, Group] = {}
    for row in found:
        said = wire.kept(row.said)
        code = said["barcode"]
        if code not in known:
            ready = asked(code, here)
            known[code] = groups.setdefault(key(ready).same, Group(code, ready, last=row.occurred_at))
        _take(known[code], row, said)
    return groups


def _take(group: Group, row: Any, said: dict[str, Any]) -> None:
    group.scans.append(str(row.id))
    group.quantity += Decimal(said.get("quantity") or "1")
    group.first = min(group.first or row.occurred_at, row.occurred_at)
    group.last = max(group.last, row.occurred_at)
    for counts, value in ((group.tasks, row.task), (group.locations, row.place or said.get("location")), (group.operators, row.operator)):
        if value is not None:
            counts[value] = counts.get(value, 0) + 1


def codes(tx: Connection, site_id: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the unknown codes as the wire shows them, and whether there are more."""
    groups = list(waiting(tx, site_id).values())
    shown = groups[:MOST_CODES]
    names = named(tx, site_id, [group.code for group in shown])
    things = {name.thing.id for name in names.values() if name.thing is not None}
    rows = products.by_id(tx, things) if things else {}
    return [_group(group, names[group.code].thing, rows) for group in shown], len(groups) > MOST_CODES


def _group(group: Group, thing: Any, rows: dict[int, dict[str, Any]]) -> dict[str, Any]:
    parts = group.asked.parts
    product = rows.get(thing.id) if thing is not None else None
    return {
        "code": group.code, "barcode": key(group.asked).barcode, "gtin": group.asked.gtins[-1] if group.asked.gtins else None,
        "lot": parts.lot if parts else None, "expiry": parts.expiry if parts else None, "serial": parts.serial if parts else None,
        "scans": len(group.scans), "quantity": f"{group.quantity:f}", "tasks": group.tasks, "locations": _few(group.locations),
        "operators": _few(group.operators), "first_at": times.wire(group.first), "last_at": times.wire(group.last),
        "known": None if product is None else {"sku": product["sku"], "name": product["name"]},
    }  # fmt: skip


def _few(counts: dict[str, int]) -> list[str]:
    """Return those that occur most, the most frequent first."""
    return sorted(counts, key=lambda name: (-counts[name], name))[:FEW]


def bad_labels(tx: Connection, site_id: int, since: int) -> list[dict[str, Any]]:
    """Return by location and code what didn't read well since a moment: keyed, wrong check digit, no separators, unknown and not sound.

    Only the newest RECENT numbers of the site's journal are looked at.
    """
    found = tx.execute(
        text(
            "SELECT s.said, s.reason, s.warnings, s.occurred_at, l.code AS place, p.sku FROM scans s "
            "LEFT JOIN locations l ON l.id = s.location_id LEFT JOIN products p ON p.id = s.product_id "
            "WHERE s.site_id = :site AND s.journal > (SELECT value FROM journals WHERE site_id = :site) - :recent "
            "AND s.occurred_at >= :since "
            "AND (s.reason = 'unknown_barcode' OR s.warnings LIKE '%check_digit%' OR s.warnings LIKE '%gs_missing%' "
            'OR s.warnings LIKE \'%folded%\' OR s.said LIKE \'%"via":"keyed"%\') AND s.said LIKE \'%"barcode":"%\' '
            "ORDER BY s.journal DESC LIMIT :most"
        ),
        {"site": site_id, "recent": RECENT, "since": since, "most": MOST_SCANS},
    )
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found:
        said = wire.kept(row.said)
        place = row.place or said.get("location") or ""
        shown = {"location": place, "code": said["barcode"], "sku": row.sku, "why": {}, "last_at": times.wire(row.occurred_at)}
        why = groups.setdefault((place, said["barcode"]), shown)["why"]
        for trouble in _troubles(said, row.reason, row.warnings.split()):
            why[trouble] = why.get(trouble, 0) + 1
    good = sound(tx, site_id, {one["code"] for one in groups.values() if "unknown" in one["why"]})
    for one in groups.values():
        if one["code"] in good:
            one["why"].pop("unknown", None)
    bad = (one for one in groups.values() if one["why"])
    return sorted(bad, key=lambda one: (one["location"], -sum(one["why"].values()), one["code"]))[:MOST_CODES]


def _troubles(said: dict[str, Any], reason: str | None, warnings: Iterable[str]) -> list[str]:
    found = [warning for warning in warnings if warning in TROUBLES]
    if reason == "unknown_barcode":
        found.append("unknown")
    if said.get("via") == "keyed":
        found.append("keyed")
    return found
