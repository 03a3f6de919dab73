"""Tell of imports: how far one is, its report, the rows it refused, and those there were."""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import Connection, text

from app import access, times, wire
from app.db import reading
from app.errors import Problem
from app.imports import mending, taking

_SILENT = 2 * times.MINUTE
"""An import of another process that says nothing for so long has died with it."""
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHOWN = (
    "SELECT i.id, i.kind, i.status, i.name, i.mode, i.dry_run, i.rows, i.rows_done, i.report, i.created_at, i.heard_at, "
    "i.rejected IS NOT NULL AS keeps, s.code AS site, p.name AS person FROM imports i LEFT JOIN sites s ON s.id = i.site_id "
    "LEFT JOIN people p ON p.id = i.person_id WHERE (:site IS NULL OR i.site_id IS NULL OR i.site_id = :site)"
)


def one(number: str) -> dict[str, Any]:
    """Return an import as the wire shows it; raises not_found, also where it belongs to another site than the caller's."""
    running = taking.running()  # before the row is read: who ends in between has written so, and isn't taken for dead
    with reading() as tx:
        row = _row(tx, number)
    found = _wire(row, running)
    found["rejected"] = sorted((why for why, _ in mending.kept(row.rejected)), key=lambda why: why["row"]) if row.rejected else []
    return found


def page(tx: Connection, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """Return imports, the newest first, and the cursor of the next page, None at the end."""
    at, number = _cursor(after)
    running = taking.running()
    older = f"(i.created_at < :at OR (i.created_at = :at AND {_text('i.id', tx)} < :id))"
    sql = f"{_SHOWN} AND {older} ORDER BY i.created_at DESC, {_text('i.id', tx)} DESC LIMIT :n"
    found = tx.execute(_sql(sql, tx), {"site": access.caller().site_id, "at": at, "id": number, "n": limit + 1}).all()
    rows = [_wire(row, running) for row in found[:limit]]
    for row in rows:
        row.pop("sample", None)
    return rows, f"{found[limit - 1].created_at}-{found[limit - 1].id}" if len(found) > limit else None


def rejected(number: str) -> tuple[str, bytes]:
    """Return the kind of an import and its refused rows as they are kept (see `mending`). Raises not_found."""
    with reading() as tx:
        row = _row(tx, number)
    if row.rejected is None:
        raise Problem("not_found", "No refused rows are kept of this import: there were none, or it is too long ago.")
    return row.kind, row.rejected


def _row(tx: Connection, number: str) -> Any:
    if not _UUID.fullmatch(number):
        raise Problem("not_found", "There is no such import.")
    sql = _SHOWN.replace("i.rejected IS NOT NULL AS keeps", "i.rejected, i.rejected IS NOT NULL AS keeps") + " AND i.id = :id"
    row = tx.execute(_sql(sql, tx), {"site": access.caller().site_id, "id": number}).one_or_none()
    if row is None:
        raise Problem("not_found", "There is no such import.")
    return row


def _sql(sql: str, tx: Connection) -> Any:
    """Return a statement; PostgreSQL is told what a parameter that may be nothing is."""
    return text(sql.replace(":site IS NULL", "CAST(:site AS BIGINT) IS NULL"))


def _text(column: str, tx: Connection) -> str:
    return column if tx.dialect.name == "sqlite" else f"CAST({column} AS TEXT)"


def _cursor(after: str | None) -> tuple[int, str]:
    if after is None:
        return 2**62, ""
    at, _, number = after.partition("-")
    if not (at.isascii() and at.isdigit() and len(at) < 19 and _UUID.fullmatch(number)):
        raise Problem("bad_request", "No such cursor.", [{"field": "after", "message": "Send what `next` said."}])
    return int(at), number


def _wire(row: Any, running: Mapping[str, int]) -> dict[str, Any]:
    here = running.get(str(row.id))
    order = taking.Order(row.kind, row.mode, bool(row.dry_run), None)
    report = wire.kept(row.report) if row.report else taking.Report(row.rows).wire(order)
    status, detail = row.status, report.pop("detail", "")
    if status == "running":
        report["applied"] = False
        if here is None and (current_app.extensions["settings"].sqlite or row.heard_at < times.now() - _SILENT):
            status, detail = "failed", "The server stopped before this import was done; nothing of it was written."
    report.pop("rejected", None)
    return {
        "id": str(row.id), "kind": row.kind, "site": row.site, "name": row.name, "person": row.person, "at": times.wire(row.created_at),
        "status": status, "rows_done": row.rows_done if here is None else here, "detail": detail, "keeps_rejected": bool(row.keeps),
        "rejected_total": 0, **report,
    }  # fmt: skip
