"""Imports as all packages share them: a file in, a report out that accounts for every row; large ones run beside the requests.

A report's `created + updated + unchanged + rejected rows` is `rows`. With mode `all` (the default) one rejection means that nothing
is written; with mode `rows` the good rows are.
"""

import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
from flask import Response, copy_current_request_context, current_app, g, request
from marshmallow import validate
from sqlalchemy import Boolean, CheckConstraint, Connection, ForeignKey, String, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app import access, http, tables, times, wire
from app.config import MAX_IMPORT
from app.db import BigInteger, Ms, Uuid, db, reading, writing
from app.errors import Problem

AT_ONCE = 5_000
"""Rows that are imported while the caller waits; more answer 202."""
MOST_REJECTED = 100_000
"""Rejections that a report lists; it counts all."""
_SILENT = 2 * times.MINUTE
"""A job of another process that says nothing for so long has died with it."""
_TYPES = {"text/csv", "application/csv", "text/plain", "application/octet-stream", "application/vnd.ms-excel", ""}
log = logging.getLogger("scanledger")
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_one_at_a_time = threading.Lock()
_mine: dict[str, int] = {}
"""Jobs of this process that run or wait: rows done."""


class Import(db.Model):  # type: ignore[name-defined,misc]
    """One import that ran beside the requests, its progress and its report."""

    __tablename__ = "imports"
    id: Mapped[str] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    mode: Mapped[str] = mapped_column(String(4))
    dry_run: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[str] = mapped_column(String(7))
    rows: Mapped[int] = mapped_column(BigInteger)
    rows_done: Mapped[int] = mapped_column(BigInteger)
    report: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Ms)
    heard_at: Mapped[int] = mapped_column(Ms)
    __table_args__ = (CheckConstraint("status IN ('running', 'done', 'failed')", name="status"),)


@dataclass(frozen=True)
class Order:
    """What was asked: `site_id` None for what belongs to no site."""

    kind: str
    mode: str
    dry_run: bool
    site_id: int | None


@dataclass
class Report:
    """What became of each row."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: int, field: str, code: str, message: str) -> None:
        """Take down why a row was refused (once for each row)."""
        self.rejected.append({"row": row, "field": field, "code": code, "message": message})

    def may_write(self, order: Order) -> bool:
        """Tell whether the good rows are to be written."""
        return not order.dry_run and (order.mode == "rows" or not self.rejected)

    def wire(self, order: Order) -> dict[str, Any]:
        """Return the report as the contract writes it."""
        return {
            "dry_run": order.dry_run, "mode": order.mode, "applied": self.may_write(order), "rows": self.rows, "created": self.created,
            "updated": self.updated, "unchanged": self.unchanged,
            "rejected": sorted(self.rejected, key=lambda r: r["row"])[:MOST_REJECTED], "rejected_total": len(self.rejected),
        }  # fmt: skip


Progress = Callable[[int], None]
Work = Callable[[Connection, list[tables.Row], Order, Progress], Report]
"""Plans the rows, writes them where the report may, all in the given transaction."""


class ImportQuery(http.Strict):
    """What every import takes."""

    dry_run = ma.fields.Boolean(load_default=False, metadata={"description": "tell what would happen and write nothing"})
    mode = ma.fields.String(load_default="all", validate=validate.OneOf(["all", "rows"]))
    site = http.Text(128)
    map = http.Text(
        1000, metadata={"description": "where the file's columns have other names: `sku:barcode,barcode:barcode,name:name` (ours:theirs)"}
    )


class ImportRejectedOut(ma.Schema):
    """A row that was refused, and why. `row` counts as a spreadsheet does: the header is 1."""

    row = ma.fields.Integer(required=True)
    field = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


class ImportReportOut(ma.Schema):
    """What became of each row: created + updated + unchanged + rejected_total = rows."""

    dry_run = ma.fields.Boolean(required=True)
    mode = ma.fields.String(required=True)
    applied = ma.fields.Boolean(
        required=True, metadata={"description": "whether anything was written; if not, the numbers say what would be"}
    )
    rows = ma.fields.Integer(required=True)
    created = ma.fields.Integer(required=True)
    updated = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
    rejected = ma.fields.List(ma.fields.Nested(ImportRejectedOut), required=True)
    rejected_total = ma.fields.Integer(required=True)


class ImportOut(ImportReportOut):
    """An import that runs, or ran, beside the requests."""

    id = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    status = ma.fields.String(required=True, validate=validate.OneOf(["running", "done", "failed"]))
    rows_done = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)


def described(blueprint: http.Blue, columns: Sequence[str]) -> Callable[[Any], Any]:
    """Describe an import route: its body, its query, its answers."""
    body = {"required": True, "description": "columns: " + ", ".join(columns), "content": {"text/csv": {"schema": {"type": "string"}}}}

    def mark(view: Any) -> Any:
        view = http.errors("bad_file", "site_required", "not_found", "too_many_requests")(view)
        view = blueprint.alt_response(202, schema=ImportOut, description="more than 5,000 rows: poll the Location")(view)
        view = blueprint.response(200, ImportReportOut)(view)
        view = blueprint.arguments(ImportQuery, location="query")(view)
        return blueprint.doc(requestBody=body)(view)

    return mark


def take(order: Order, columns: Sequence[str], required: Sequence[str], mapping: str | None, work: Work) -> Response:
    """Import the request's file and answer with the report, or start the job and answer where to poll."""
    rows = _table(columns, required, mapping)
    if len(rows) <= AT_ONCE:
        report = _do(rows, order, work, lambda done: None)
        return http.answer(report.wire(order))
    number = _start(rows, order, work)
    response = http.answer(status_of(number), 202)
    response.headers["Location"] = f"/api/v1/imports/{number}"
    return response


def status_of(number: str) -> dict[str, Any]:
    """Return a job as the wire shows it; raises not_found, also where it belongs to another site than the caller's."""
    if not _UUID.fullmatch(number):
        raise Problem("not_found", "There is no such import.")
    alive = number in _mine
    with reading() as tx:
        row = tx.execute(select(Import.__table__).where(Import.id == number)).one_or_none()
    site = access.caller().site_id
    if row is None or (site is not None and row.site_id not in (None, site)):
        raise Problem("not_found", "There is no such import.")
    status, detail, done = row.status, "", _mine.get(number, row.rows_done)
    died = not alive and (current_app.extensions["settings"].sqlite or row.heard_at < times.now() - _SILENT)
    report = wire.loads(row.report.encode()) if row.report else Report(row.rows).wire(Order(row.kind, row.mode, row.dry_run, None))
    if status == "running":
        report["applied"] = False
        if died:
            status, detail = "failed", "The server stopped before this import was done; nothing of it was written."
    elif status == "failed":
        detail = report.pop("detail", "")
    return {"id": row.id, "kind": row.kind, "status": status, "rows_done": done, "detail": detail, **report}


def _table(columns: Sequence[str], required: Sequence[str], mapping: str | None) -> list[tables.Row]:
    kind = request.mimetype
    if kind not in _TYPES:
        known = "A spreadsheet (XLSX) is not taken yet: save it as CSV." if "sheet" in kind or "excel" in kind else "Send text/csv."
        raise Problem("unsupported_media_type", known)
    raw = http.body(MAX_IMPORT)
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Problem("unsupported_media_type", "A spreadsheet (XLSX, XLS) is not taken yet: save it as CSV.")
    try:
        return tables.read(raw, columns, required, _mapping(mapping, columns))
    except tables.BadTable as error:
        raise Problem("bad_file", str(error)) from error


def _mapping(text: str | None, columns: Sequence[str]) -> dict[str, str] | None:
    if not text:
        return None
    pairs = [pair.partition(":") for pair in text.split(",")]
    unknown = next((ours for ours, colon, theirs in pairs if ours.strip() not in columns or not colon or not theirs.strip()), None)
    if unknown is not None:
        raise Problem("bad_request", f"map: {unknown[:60]!r} is none of {', '.join(columns)} with a column of the file after a colon.")
    return {ours.strip(): theirs for ours, _, theirs in pairs}


def _do(rows: list[tables.Row], order: Order, work: Work, progress: Progress) -> Report:
    with reading() if order.dry_run else writing() as tx:
        return work(tx, rows, order, progress)


def _start(rows: list[tables.Row], order: Order, work: Work) -> str:
    if len(_mine) >= 4:
        raise Problem("too_many_requests", "Four imports run or wait already.", retry_after=10)
    number, now, who = str(uuid.uuid4()), times.now(), access.caller()
    with writing() as tx:
        tx.execute(
            insert(Import),
            {
                "id": number, "kind": order.kind, "site_id": order.site_id, "person_id": who.person_id, "mode": order.mode,
                "dry_run": order.dry_run, "status": "running", "rows": len(rows), "rows_done": 0, "created_at": now, "heard_at": now,
            },
        )  # fmt: skip
    _mine[number] = 0

    @copy_current_request_context
    def job() -> None:
        g.caller = who
        try:
            with _one_at_a_time:
                _run(number, rows, order, work)
        finally:
            del _mine[number]

    threading.Thread(target=job, name=f"import-{number}", daemon=True).start()
    return number


def _run(number: str, rows: list[tables.Row], order: Order, work: Work) -> None:
    heard = time.monotonic()
    waits = current_app.extensions["settings"].sqlite and not order.dry_run

    def progress(done: int) -> None:
        """Tell how far it is; SQLite has one writer, which is the import itself, so there only this process knows."""
        nonlocal heard
        _mine[number] = done
        if not waits and time.monotonic() - heard > 1:
            heard = time.monotonic()
            _note(number, rows_done=done)

    try:
        report = _do(rows, order, work, progress).wire(order)
        _note(number, status="done", rows_done=len(rows), report=wire.text(report))
    except Exception as error:
        log.error("import failed", exc_info=error)
        detail = error.detail if isinstance(error, Problem) else "Something broke on the server; nothing was written."
        _note(number, status="failed", report=wire.text(Report(len(rows)).wire(order) | {"applied": False, "detail": detail}))


def _note(number: str, **values: Any) -> None:
    with writing() as tx:
        tx.execute(update(Import).where(Import.id == number).values(heard_at=times.now(), **values))
