"""Reading a scan: the function compiled from the marshmallow schema against `schema.load`."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from app.scans.sentence import read_fast, schema
from bench.places import Bench
from bench.report import Measured, middle, rate
from bench.traffic import Floor, Gun

LEAST = 8


def run(bench: Bench) -> Iterator[Measured]:
    """Measure scans read per CPU-second, in this process."""
    scans = Floor(bench.site()).envelope(Gun(""), 500)["scans"]
    ours: list[float] = []
    loaded: list[float] = []
    assert all(read_fast(scan) is not None for scan in scans), "a scan takes the slow way"
    for _ in range(bench.of(30, 10, 1)):
        ours.append(_rate(lambda: [read_fast(scan) for scan in scans], scans, 10))
        loaded.append(_rate(lambda: schema.load(scans, many=True), scans, 1))
    got, base = middle(ours), middle(loaded)
    yield Measured("compiled validation / schema.load", "", rate(got), rate(base), got / base, LEAST)


def _rate(read: Callable[[], Any], scans: list[Any], times: int) -> float:
    began = time.thread_time()
    for _ in range(times):
        read()
    return len(scans) * times / (time.thread_time() - began)
