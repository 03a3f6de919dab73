"""Follow a site: everything that changed after a journal number, in order, each row once at its newest number.

What is never changed (scans, moves, resolutions, malformed items, conflicts) keeps its number; what has a state (exceptions, sheets,
counts, places, devices) is numbered anew by each change. Nothing is deleted, so there are no tombstones.
"""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, text

from app import times, wire
from app.ledger import listing as ledger
from app.scans import listing as scans

Change = tuple[int, str, dict[str, Any]]


def after(tx: Connection, site_id: int, since: int, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` changes of a site as `{journal, kind, ...}`."""
    readers: tuple[Callable[..., Iterator[Change]], ...] = (
        _scans, _moves, _exceptions, _resolutions, _malformed, _conflicts, _sheets, _counts, _places, _devices,
    )  # fmt: skip
    merged = heapq.merge(*(list(read(tx, site_id, since, limit)) for read in readers), key=lambda change: change[0])
    return [{**row, "journal": journal, "kind": kind} for (journal, kind, row), _ in zip(merged, range(limit), strict=False)]


def _scans(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    return ((r["journal"], "scan", r) for r in scans.after(tx, site_id, since, limit))


def _moves(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    return ((r["journal"], "move", {**r, "move": r["kind"]}) for r in ledger.moves(tx, site_id, since, limit)[0])


def _exceptions(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    return ((r["journal"], "exception", {**r, "exception": r["kind"]}) for r in ledger.exceptions(tx, site_id, "all", since, limit)[0])


def _rows(tx: Connection, sql: str, site_id: int, since: int, limit: int) -> Any:
    return tx.execute(text(f"{sql} ORDER BY x.journal LIMIT :limit"), {"site": site_id, "since": since, "limit": limit}).mappings()


def _resolutions(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = (
        "SELECT x.journal, x.scan_id, x.outcome, x.reason, x.decision, x.at, p.name FROM resolutions x "
        "LEFT JOIN people p ON p.id = x.person_id WHERE x.site_id = :site AND x.journal > :since"
    )
    for r in _rows(tx, sql, site_id, since, limit):
        yield r["journal"], "resolution", {
            "scan": str(r["scan_id"]), "outcome": r["outcome"], "reason": r["reason"], "decision": wire.kept(r["decision"]),
            "person": r["name"], "at": times.wire(r["at"]),
        }  # fmt: skip


def _malformed(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = (
        "SELECT x.journal, d.name AS device, x.stream_id, x.reason, x.detail, x.said, x.received_at FROM malformed x "
        "LEFT JOIN devices d ON d.id = x.device_id WHERE x.site_id = :site AND x.journal > :since"
    )
    for r in _rows(tx, sql, site_id, since, limit):
        yield r["journal"], "malformed", {
            "device": r["device"], "stream": r["stream_id"] and str(r["stream_id"]), "reason": r["reason"], "detail": r["detail"],
            "raw": r["said"], "received_at": times.wire(r["received_at"]),
        }  # fmt: skip


def _conflicts(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = (
        "SELECT x.journal, x.scan_id, d.name AS device, x.said, x.received_at FROM conflicts x LEFT JOIN devices d ON d.id = x.device_id "
        "WHERE x.site_id = :site AND x.journal > :since"
    )
    for r in _rows(tx, sql, site_id, since, limit):
        yield r["journal"], "conflict", {
            "scan": str(r["scan_id"]), "device": r["device"], "said": wire.kept(r["said"]), "received_at": times.wire(r["received_at"]),
        }  # fmt: skip


def _sheets(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = (
        "SELECT x.journal, x.code, c.code AS count, l.code AS location, x.sequence, x.operator, x.open, x.complete FROM sheets x "
        "JOIN counts c ON c.id = x.count_id JOIN locations l ON l.id = x.location_id WHERE x.site_id = :site AND x.journal > :since"
    )
    for r in _rows(tx, sql, site_id, since, limit):
        status = "open" if r["open"] else "closed"
        complete = None if r["complete"] is None else bool(r["complete"])
        yield r["journal"], "sheet", {
            "code": r["code"], "count": r["count"], "location": r["location"], "sequence": r["sequence"], "operator": r["operator"],
            "status": status, "complete": complete,
        }  # fmt: skip


def _counts(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = "SELECT x.journal, x.code, x.kind, x.status, x.blind, x.policy FROM counts x WHERE x.site_id = :site AND x.journal > :since"
    for r in _rows(tx, sql, site_id, since, limit):
        status = r["status"] or "open"
        yield r["journal"], "count", {
            "code": r["code"], "count": r["kind"], "status": status, "blind": bool(r["blind"]), "policy": r["policy"],
        }  # fmt: skip


def _places(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = (
        "SELECT x.journal, x.code, x.name, x.kind, p.code AS parent, x.archived_at FROM locations x "
        "LEFT JOIN locations p ON p.id = x.parent_id WHERE x.site_id = :site AND x.journal > :since"
    )
    for r in _rows(tx, sql, site_id, since, limit):
        yield r["journal"], "location", {
            "code": r["code"], "name": r["name"], "location": r["kind"], "parent": r["parent"], "archived": r["archived_at"] is not None,
        }  # fmt: skip


def _devices(tx: Connection, site_id: int, since: int, limit: int) -> Iterator[Change]:
    sql = "SELECT x.journal, x.id, x.name, x.revoked_at FROM devices x WHERE x.site_id = :site AND x.journal > :since"
    for r in _rows(tx, sql, site_id, since, limit):
        yield r["journal"], "device", {"id": r["id"], "name": r["name"], "revoked": r["revoked_at"] is not None}
