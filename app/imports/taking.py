"""Take a file over: the rows to the package that knows their kind, in one transaction, and a report of what became of each.

A report's `created + updated + unchanged + rejected rows` is `rows`. With mode `all` (the default) one rejection means that nothing
is written; with mode `rows` the good rows are. Small files are taken while the caller waits, large ones beside the requests.
"""

import contextlib
import dataclasses
import gzip
import io
import itertools
import logging
import operator
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from flask import Response, copy_current_request_context, current_app, g
from sqlalchemy import Connection, insert, or_, select, update

from app import access, audit, http, journal, times, wire
from app.db import is_writing, leanly, reading, writing
from app.errors import Problem
from app.imports import aside, columns, notation, saving, spooling
from app.imports.kinds import CODES, DATES, KINDS, MOMENTS, NUMBERS, Kind
from app.imports.models import Import
from app.imports.notation import Notation, Odd
from app.imports.spooling import Spool
from app.imports.tables import BadTable, Head

AT_ONCE = 5_000
"""Rows that are imported while the caller waits, and that are taken at a time; more answer 202."""
PART = 250
"""Rows that are decided and written at a time: what they need is gone before the garbage collector looks at it twice."""
MOST_REJECTED = 100_000
"""Rejections that a report lists; it counts all."""
MOST_KEPT = 16 << 20
"""Gzipped bytes of refused rows that are kept of an import."""
KEPT_FOR = 30 * times.DAY
"""How long refused rows are kept; the imports themselves stay."""
MOST_IMPORTS = 200
"""Of so many imports at most refused rows are kept."""
BESIDE = 4
SHOWN = 5
"""Rows that a dry run shows as it understood them."""
ATTEMPTS = 3
"""How often a file is decided about beside those who write, before they have to wait."""
T = TypeVar("T")
log = logging.getLogger("scanledger")
_CUT_SHORT = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}", re.ASCII)
_SAID = {
    "error_cell": "The cell shows an error: {}.",
    "not_exact": "The number {} has more digits than a spreadsheet keeps; format the column as text and enter it again.",
    "no_value": "The cell holds a formula that was never calculated; open and save the file in a spreadsheet.",
    "bad_date": "The number {} is shown as a date but is none.",
}
_one_at_a_time = threading.Lock()
_mine: dict[str, "_Job"] = {}
"""Imports of this process that run or wait."""


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it (the header is 1), its cells by column of ours."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Order:
    """What was asked: `site_id` None for what belongs to no site; then the import's number and the file's name."""

    kind: str
    mode: str
    dry_run: bool
    site_id: int | None
    number: str = ""
    name: str = ""

    @property
    def subject(self) -> str:
        """Return what the trail calls it."""
        return f"import {self.number}"


@dataclass
class Report:
    """What became of each row."""

    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_total: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: int, field: str, code: str, message: str) -> None:
        """Take down why a row was refused (once for each row)."""
        self.rejected_total += 1
        if len(self.rejected) < MOST_REJECTED:
            self.rejected.append({"row": row, "field": field, "code": code, "message": message})

    def may_write(self, order: Order) -> bool:
        """Tell whether the good rows are to be written."""
        return not order.dry_run and (order.mode == "rows" or not self.rejected_total)

    def told(self, order: Order) -> dict[str, Any]:
        """Return what the trail says of it."""
        return {
            "import": order.number, "file": order.name, "mode": order.mode, "rows": self.rows, "created": self.created,
            "updated": self.updated, "rejected": self.rejected_total,
        }  # fmt: skip

    def wire(self, order: Order) -> dict[str, Any]:
        """Return the report as the contract writes it, the rejections left out."""
        return {
            "dry_run": order.dry_run, "mode": order.mode, "applied": self.may_write(order), "rows": self.rows, "created": self.created,
            "updated": self.updated, "unchanged": self.unchanged, "rejected_total": self.rejected_total,
            **({"sample": self.sample} if order.dry_run else {}),
        }  # fmt: skip


Work = Callable[[Connection, Iterable[Row], Order, Report], Callable[[Connection], None] | None]
"""Plans the rows and writes them, part by part, all in the given transaction (see `parts`). Opening stock planned in one that only reads
is written by what is returned, which raises Changed where that would be wrong by now."""


class _How(NamedTuple):
    """How a file's cells become ours: where each column of ours is, and what makes our writing of those that the file writes otherwise."""

    places: dict[str, int]
    readers: dict[str, Callable[[str], str]]


@dataclass
class _Job:
    number: str
    order: Order
    beside: bool
    done: int = 0
    cancelled: bool = False
    cancelled_by: access.Caller | None = None
    heard: float = field(default_factory=time.monotonic)


class _Undo(Exception):
    """Nothing of it is to stay."""


class _Cancelled(_Undo):
    """Somebody has cancelled it."""


def take(order: Order, asked: dict[str, Any], work: Work) -> Response:
    """Import the request's file and answer with the report, or start the import and answer where to poll."""
    kind = KINDS[order.kind]
    if sum(job.beside for job in _mine.values()) >= BESIDE:
        raise Problem("too_many_requests", "Four imports run or wait already.", retry_after=10)
    mapping, writes = _mapping(kind, order, asked)
    table = spooling.spool({*kind.columns, *(mapping or {}).values()}, asked.get("sheet"))
    with contextlib.ExitStack() as stack:
        stack.callback(table.close)
        try:
            how = _how(table.head, columns.places(table.head.header, kind, mapping), writes)
        except BadTable as error:
            raise Problem("bad_file", str(error)) from error
        job = _begin(order, asked.get("name", ""), table.count)
        if not job.beside:
            try:
                report = _run(job, table, how, work)
            finally:
                del _mine[job.number]
            return http.answer({"id": job.number, **report.wire(order), "rejected": _listed(report)})
        stack.pop_all()
        _start(job, table, how, work)
    with reading() as tx:
        row = tx.execute(select(Import.__table__).where(Import.id == job.number)).one()
    response = http.answer({"id": row.id, "kind": row.kind, "status": "running", "rows_done": 0, "detail": "", "name": row.name,
                            **Report(row.rows).wire(order), "applied": False, "rejected": []}, 202)  # fmt: skip
    response.headers["Location"] = f"/api/v1/imports/{job.number}"
    return response


def parts(tx: Connection, rows: Iterable[T]) -> Iterator[list[T]]:
    """Give the rows in parts, each of which is written before the next is given; what only reads gets as many as are few."""
    coming, size = iter(rows), PART if is_writing(tx) else AT_ONCE
    while part := list(itertools.islice(coming, size)):
        yield part


def running() -> dict[str, int]:
    """Return the imports of this process that run or wait, and how many rows each has read."""
    return {number: job.done for number, job in list(_mine.items())}


def cancel(number: str) -> None:
    """Cancel an import that still runs, here or in another process; what is done stays done."""
    job = _mine.get(number)
    if job is not None:
        job.cancelled_by, job.cancelled = access.caller(), True
        return
    running = update(Import).where(Import.id == number, Import.status == "running")
    with writing() as tx:
        stopped = tx.execute(running.values(status="cancelled", heard_at=times.now())).rowcount
    if stopped:
        with writing() as tx:  # waits until the other process has seen it, or is done
            if tx.scalar(select(Import.status).where(Import.id == number)) == "cancelled":
                _tell_cancelled(tx, number, access.caller())


def _tell_cancelled(tx: Connection, number: str, by: access.Caller) -> None:
    site_id = tx.scalar(select(Import.site_id).where(Import.id == number))
    audit.write(tx, "import_cancelled", f"import {number}", site_id=site_id or journal.GLOBAL, by=by)


def _mapping(kind: Kind, order: Order, asked: dict[str, Any]) -> tuple[dict[str, str] | None, Notation]:
    """Return the file's column by column of ours, and how it writes, as the request says or names it; None where they have our names."""
    mapping, writes = None, Notation()
    if asked.get("map"):
        try:
            mapping = columns.said(asked["map"], kind)
        except columns.BadMapping as error:
            raise Problem("bad_request", str(error)) from error
    elif asked.get("mapping"):
        with reading() as tx:
            mapping, writes = saving.named(tx, kind.name, order.site_id or access.caller().site_id, asked["mapping"])
    return mapping, Notation(asked.get("decimal") or writes.decimal, asked.get("dates") or writes.dates)


def _how(head: Head, places: dict[str, int], writes: Notation) -> _How:
    """Return how to take a file's cells. A spreadsheet tells numbers and dates itself, so the notation is for files of text."""
    written = (places.keys() & which for which in (NUMBERS, DATES, MOMENTS))
    return _How(places, {} if head.sheets else notation.readers(writes, *written))


def _begin(order: Order, name: str, rows: int) -> _Job:
    """Write the import down, and throw away refused rows that are too old."""
    number, now = str(uuid.uuid4()), times.now()
    job = _Job(number, dataclasses.replace(order, number=number, name=name), rows > AT_ONCE)
    _mine[job.number] = job
    try:
        with writing() as tx:
            newest = select(Import.id).where(Import.rejected.is_not(None)).order_by(Import.created_at.desc()).limit(MOST_IMPORTS)
            old = or_(Import.created_at < now - KEPT_FOR, Import.id.not_in(newest.scalar_subquery()))
            tx.execute(update(Import).where(Import.rejected.is_not(None), old).values(rejected=None))
            tx.execute(
                insert(Import),
                {
                    "id": job.number, "kind": order.kind, "site_id": order.site_id, "person_id": access.caller().person_id, "name": name,
                    "mode": order.mode, "dry_run": order.dry_run, "status": "running", "rows": rows, "rows_done": 0, "created_at": now,
                    "heard_at": now,
                },
            )  # fmt: skip
    except BaseException:
        del _mine[job.number]
        raise
    return job


def _start(job: _Job, table: Spool, how: _How, work: Work) -> None:
    who = access.caller()

    @copy_current_request_context
    def beside() -> None:
        g.caller = who
        try:
            with _one_at_a_time, contextlib.suppress(Exception):  # it is written down
                _run(job, table, how, work)
        finally:
            table.close()
            del _mine[job.number]

    threading.Thread(target=beside, name=f"import-{job.number}", daemon=True).start()


def _run(job: _Job, table: Spool, how: _How, work: Work) -> Report:
    """Do the import and write down how it ended; raises what broke it, once that is written down."""
    order = job.order
    try:
        report = _decide(job, table, how, work)
        if job.cancelled:
            report = Report(table.count)
            _note(job, status="cancelled", report=wire.text({**report.wire(order), "applied": False}))
            if job.cancelled_by:
                with writing() as tx:
                    _tell_cancelled(tx, job.number, job.cancelled_by)
            return report
        assert report.created + report.updated + report.unchanged + report.rejected_total == report.rows, "rows are lost"
        _note(job, status="done", rows_done=table.count, report=wire.text(report.wire(order)), rejected=_kept(table, report))
        return report
    except Exception as error:
        known = isinstance(error, Problem)
        if not known:
            log.error("import failed", exc_info=error)
        detail = error.detail if isinstance(error, Problem) else "Something broke on the server; nothing was written."
        _note(job, status="failed", report=wire.text({**Report(table.count).wire(order), "applied": False, "detail": detail}))
        raise


def _decide(job: _Job, table: Spool, how: _How, work: Work) -> Report:
    """Take the rows over and return what became of them: many beside those who write (but products and locations on PostgreSQL), while what
    they touch stays as it is."""
    kind = KINDS[job.order.kind]
    if job.beside and not kind.tables and not job.order.dry_run:
        with contextlib.suppress(aside.Changed):
            return _decide_first(job, table, how, work)
    if job.beside and kind.tables and current_app.extensions["settings"].sqlite:
        for _ in range(ATTEMPTS):
            with contextlib.suppress(aside.Changed):
                return _take_over(job, table, how, work, aside.writing(kind.tables, job.order.site_id))
    reads = job.order.dry_run and not (job.beside and kind.tables)
    return _take_over(job, table, how, work, reading() if reads else writing())


def _take_over(job: _Job, table: Spool, how: _How, work: Work, given: contextlib.AbstractContextManager[Connection]) -> Report:
    report = Report(table.count)
    with contextlib.suppress(_Undo), given as tx:
        with leanly(tx):
            work(tx, _rows(job, table, how, report), job.order, report)
        _go_on(job, report)
    return report


def _decide_first(job: _Job, table: Spool, how: _How, work: Work) -> Report:
    """Decide about all rows on a snapshot, for which nobody waits, and then write; raises Changed where others were quicker."""
    report = Report(table.count)
    with contextlib.suppress(_Undo):
        with reading() as tx:
            write = work(tx, _rows(job, table, how, report), job.order, report)
        _go_on(job, report)
        assert write is not None
        with writing() as tx:
            with leanly(tx):
                write(tx)
            _go_on(job, report)
    return report


def _go_on(job: _Job, report: Report) -> None:
    """Raise _Undo where nothing of it is to stay."""
    if job.beside:
        _hear(job)
    if job.cancelled:
        raise _Cancelled
    if not report.may_write(job.order):
        raise _Undo


def _rows(job: _Job, table: Spool, how: _How, report: Report) -> Iterator[Row]:
    """Give the rows that can be read; the others are rejected here."""
    places, readers, show = *how, SHOWN if job.order.dry_run else 0
    codes = [column for column in places if column in CODES]
    names, width = list(places), max(places.values()) + 1
    pick = operator.itemgetter(*places.values(), 0)  # the last is for a file of one column
    for done, (number, cells, overflows, odd) in enumerate(table.rows(), 1):
        if done % 500 == 0:
            _tell(job, done)
        if overflows:
            report.reject(number, "", "too_many_cells", "The row has more cells than the header; is a text with the delimiter not quoted?")
            continue
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        taken: dict[str, Any] = dict(zip(names, pick(cells), strict=False))
        problem = (_unreadable(taken, codes) if odd else None) or (_understand(taken, readers) if readers else None)
        if len(report.sample) < show:
            report.sample.append({"row": number, "cells": {name: (c if isinstance(c, str) else c[1])[:200] for name, c in taken.items()}})
        if problem is not None:
            report.reject(number, *problem)
            continue
        yield Row(number, taken)
    _tell(job, table.count)


def _unreadable(cells: dict[str, Any], codes: list[str]) -> tuple[str, str, str] | None:
    """Return field, code and message of a cell that is no text, or a code that a spreadsheet has cut short."""
    for column, cell in cells.items():
        if cell.__class__ is list:
            code, shown = cell
            return column, code, _SAID[code].format(shown)
    for column in codes:
        cell = cells[column]
        if "+" in cell and _CUT_SHORT.fullmatch(cell.strip()):
            return column, "cut_short", f"A spreadsheet has cut the number short to {cell.strip()[:40]}; format the column as text."
    return None


def _understand(cells: dict[str, str], readers: dict[str, Callable[[str], str]]) -> tuple[str, str, str] | None:
    """Make numbers and dates what they are in our writing; return field, code and message of a cell that is written otherwise."""
    for column, read in readers.items():
        try:
            cells[column] = read(cells[column])
        except Odd as error:
            return column, "bad_field", str(error)
    return None


def _tell(job: _Job, done: int) -> None:
    """Say how far it is. SQLite has one writer, which is the import itself: there only this process knows."""
    job.done = done
    if job.cancelled:
        raise _Cancelled
    if not current_app.extensions["settings"].sqlite and time.monotonic() - job.heard > 1:
        job.heard = time.monotonic()
        _note(job, rows_done=done)
        _hear(job)


def _hear(job: _Job) -> None:
    """Look whether another process was asked to cancel it."""
    if not job.cancelled and not current_app.extensions["settings"].sqlite:
        with reading() as tx:
            job.cancelled = tx.scalar(select(Import.status).where(Import.id == job.number)) == "cancelled"


def _note(job: _Job, **values: Any) -> None:
    with writing() as tx:
        tx.execute(update(Import).where(Import.id == job.number).values(heard_at=times.now(), **values))


def _listed(report: Report) -> list[dict[str, Any]]:
    return sorted(report.rejected, key=lambda rejection: rejection["row"])


def _kept(table: Spool, report: Report) -> bytes | None:
    """Return the refused rows as they came, each with why: gzipped JSON lines, the header first."""
    if not report.rejected:
        return None
    why = {rejection["row"]: rejection for rejection in report.rejected}
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        file.write(wire.dumps(table.head.header) + b"\n")
        for number, cells, _, _ in table.rows():
            if number in why and out.tell() < MOST_KEPT:
                shown = [cell if isinstance(cell, str) else cell[1] for cell in cells]
                file.write(wire.dumps([why[number], shown]) + b"\n")
    return out.getvalue()
