"""Gather the batches of many requests into one durable commit.

Who comes first leads: it takes all that waits for its site, records it in one transaction, and each request is answered after that
commit; then it hands the lead to the first who came meanwhile. When a gathering fails, each of its batches is tried again alone, so
that one can't fail another.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app.db import writing
from app.journal import Numbers
from app.scans.recording import record
from app.scans.work import Envelope

MOST_SCANS = 1000
"""How many scans one transaction takes in."""
DALLY_S = 0.006
"""How long a leader waits at most for as many as came last time; a lone device never waits."""
STEP_S = 0.0005


@dataclass(eq=False)
class _Job:
    envelope: Envelope
    gate: threading.Lock = field(default_factory=threading.Lock)
    leads: bool = False
    answer: dict[str, Any] | None = None
    error: Exception | None = None


@dataclass
class _Line:
    """What waits for one site. Somebody leads from when a job comes until none is left."""

    waiting: deque[_Job] = field(default_factory=deque)
    mutex: threading.Lock = field(default_factory=threading.Lock)
    led: bool = False
    last: int = 0
    """How many were taken last time."""


def gather(envelope: Envelope) -> dict[str, Any]:
    """Record an envelope together with those that wait; return its answer after the durable commit."""
    lines: dict[int, _Line] = current_app.extensions["gathering"]
    line = lines.setdefault(envelope.sender.site_id, _Line())
    job = _Job(envelope)
    job.gate.acquire()
    with line.mutex:
        line.waiting.append(job)
        job.leads = not line.led
        line.led = True
    if not job.leads:
        job.gate.acquire()
    if job.leads:
        _lead_line(line, job)
    if job.error is not None:
        raise job.error
    assert job.answer is not None
    return job.answer


def _lead_line(line: _Line, leader: _Job) -> None:
    """Record what waits, the leader's own job first; answer it, and hand the lead to the next who waits."""
    if line.last > 2:
        until = time.monotonic() + DALLY_S
        while len(line.waiting) < line.last * 0.9 and time.monotonic() < until:
            time.sleep(STEP_S)
    jobs: list[_Job] = []
    try:
        _record_what_waits(line, leader.envelope.sender.site_id, jobs)
    finally:
        with line.mutex:
            heir = line.waiting[0] if line.waiting else None
            line.led = heir is not None
        if heir is not None:
            heir.leads = True
            heir.gate.release()
        for job in jobs:
            if job is not leader:
                job.gate.release()


def _record_what_waits(line: _Line, site_id: int, jobs: list[_Job]) -> None:
    """Wait for the right to write to the site, then take what has come until then into one transaction; `jobs` tells what was taken."""
    try:
        with writing() as tx:
            numbers = Numbers(tx, site_id, by_index=True)
            _take(line, jobs)
            answers = record(numbers, [job.envelope for job in jobs])
    except Exception as error:
        if not jobs:
            _take(line, jobs)
        for job in jobs:
            job.error = error if len(jobs) == 1 and not isinstance(error, IntegrityError) else _alone(job)
        return
    for job, answer in zip(jobs, answers, strict=True):
        job.answer = answer


def _alone(job: _Job) -> Exception | None:
    """Record one job in a transaction of its own; return why it failed."""
    try:
        (job.answer,) = record_now([job.envelope])
    except Exception as error:
        return error
    return None


def _take(line: _Line, jobs: list[_Job]) -> None:
    with line.mutex:
        jobs += _taken(line)
        line.last = len(jobs)


def _taken(line: _Line) -> list[_Job]:
    jobs: list[_Job] = []
    scans = 0
    while line.waiting and (not jobs or scans + len(line.waiting[0].envelope.items) <= MOST_SCANS):
        job = line.waiting.popleft()
        scans += len(job.envelope.items)
        jobs.append(job)
    return jobs


def record_now(envelopes: list[Envelope]) -> list[dict[str, Any]]:
    """Record envelopes of one site in a transaction of their own.

    A second try follows where the database refused: another site's writer stored the same id first (it is a duplicate now), or a
    balance that was not read would go too far (it is read now, and the scan refused).
    """
    for last_try in (False, True):
        try:
            with writing() as tx:
                return record(Numbers(tx, envelopes[0].sender.site_id, by_index=True), envelopes, careful=last_try)
        except IntegrityError:
            if last_try:
                raise
    raise AssertionError
