"""Gather the batches of many requests into one durable commit.

Each site has a recorder, a thread that lives while there is something to record: it takes all that waits for its site, records it in
one transaction, and tells what became of each batch after that commit. When a gathering fails, each of its batches is tried again alone,
so that one can't fail another.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from app.db import writing
from app.journal import Numbers
from app.scans.recording import record
from app.scans.work import Envelope

MOST_SCANS = 1000
"""How many scans one transaction takes in."""
DALLY_S = 0.006
"""How long a recorder waits at most for as many as came last time; a lone device never waits."""
STEP_S = 0.0005
IDLE_S = 5.0
"""How long a recorder without work stays."""
log = logging.getLogger("scanledger")


class Outcome(NamedTuple):
    """What became of an envelope after the durable commit: its answer, or why it was not recorded."""

    answer: dict[str, Any] | None
    error: Exception | None


class _Job(NamedTuple):
    envelope: Envelope
    then: Callable[[Outcome], None]


@dataclass
class _Line:
    """What waits for one site."""

    app: Flask
    site_id: int
    waiting: deque[_Job] = field(default_factory=deque)
    bell: threading.Condition = field(default_factory=threading.Condition)
    recorded_by: threading.Thread | None = None
    last: int = 0
    """How many were taken last time."""


def gather(envelope: Envelope) -> dict[str, Any]:
    """Record an envelope together with those that wait; return its answer after the durable commit."""
    outcome: list[Outcome] = []
    gate = threading.Lock()
    gate.acquire()

    def open_gate(told: Outcome) -> None:
        outcome.append(told)
        gate.release()

    submit(envelope, open_gate)
    gate.acquire()
    answer, error = outcome[0]
    if error is not None:
        raise error
    assert answer is not None
    return answer


def submit(envelope: Envelope, then: Callable[[Outcome], None]) -> None:
    """Let an envelope be recorded; the recorder calls `then`, which must not wait for anything."""
    lines: dict[int, _Line] = current_app.extensions["gathering"]
    site_id = envelope.sender.site_id
    line = lines.get(site_id)
    if line is None:
        line = lines.setdefault(site_id, _Line(current_app._get_current_object(), site_id))  # type: ignore[attr-defined]  # a proxy
    with line.bell:
        line.waiting.append(_Job(envelope, then))
        if line.recorded_by is None:
            line.recorded_by = threading.Thread(target=_recorder, args=(line,), name=f"recorder {site_id}", daemon=True)
            line.recorded_by.start()
        elif len(line.waiting) == 1:
            line.bell.notify()


def _recorder(line: _Line) -> None:
    """Record what waits until there is nothing for a while."""
    while True:
        with line.bell:
            if not line.waiting and not line.bell.wait_for(lambda: line.waiting, IDLE_S):
                line.recorded_by = None
                return
        if line.last > 2:
            until = time.monotonic() + DALLY_S
            while len(line.waiting) < line.last * 0.9 and time.monotonic() < until:
                time.sleep(STEP_S)
        with line.app.app_context():
            for job, outcome in _record_what_waits(line):
                try:
                    job.then(outcome)
                except Exception as error:
                    log.error("an answer was not given", exc_info=error)


def _record_what_waits(line: _Line) -> list[tuple[_Job, Outcome]]:
    """Wait for the right to write to the site, then take what has come until then into one transaction."""
    jobs: list[_Job] = []
    try:
        with writing() as tx:
            numbers = Numbers(tx, line.site_id, by_index=True)
            _take(line, jobs)
            answers = record(numbers, [job.envelope for job in jobs])
    except Exception as error:
        if not jobs:
            _take(line, jobs)
        if len(jobs) == 1 and not isinstance(error, IntegrityError):
            return [(jobs[0], Outcome(None, error))]
        return [(job, _alone(job)) for job in jobs]
    return [(job, Outcome(answer, None)) for job, answer in zip(jobs, answers, strict=True)]


def _alone(job: _Job) -> Outcome:
    """Record one job in a transaction of its own."""
    try:
        (answer,) = record_now([job.envelope])
    except Exception as error:
        return Outcome(None, error)
    return Outcome(answer, None)


def _take(line: _Line, jobs: list[_Job]) -> None:
    with line.bell:
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
