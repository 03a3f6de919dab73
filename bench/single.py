"""Fifty devices, each sending one scan and waiting for its receipt, against the same devices asking for an empty JSON object."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from bench.devices import Heard, drive, request
from bench.machine import Spent
from bench.places import GUNS, Bench, Server, serving
from bench.report import Measured, middle
from bench.traffic import Floor, Gun

LEAST = 0.35
SLOWEST = 4
"""p99 to p50, on SQLite, where all wait for one writer."""


def run(bench: Bench) -> Iterator[Measured]:
    """Measure answers a second; the devices are a process of their own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for engine in bench.engines:
            yield from _engine(bench, engine, pool)


def _engine(bench: Bench, engine: str, pool: ProcessPoolExecutor) -> Iterator[Measured]:
    blocks, seconds = bench.of(8, 4, 1), bench.of(3, 2, 1)
    database = bench.database(engine)
    empty: list[tuple[Heard, float]] = []
    single: list[tuple[Heard, float]] = []
    with serving(bench, database) as server:
        floor, guns = Floor(bench.site()), [Gun(token) for token in bench.tokens[:GUNS]]

        def measure(requests: list[list[bytes]]) -> tuple[Heard, float]:
            return _measure(pool, server, requests, seconds)

        for block in range(blocks + 1):  # the first one warms up
            bench.say(f"{engine}: {GUNS} devices, block {block} of {blocks}")
            empty.append(measure([[request("GET", "/empty")] * 1000 * seconds] * GUNS))
            singles = [[request("POST", "/api/v1/scans", g.token, floor.batch(g, 1)) for _ in range(60 * seconds)] for g in guns]
            single.append(measure(singles))
    bench.drop(database)
    empty, single = empty[1:] or empty, single[1:] or single
    ours, base = (middle(heard.rate for heard, _ in which) for which in (single, empty))
    yield Measured(f"single scan, {GUNS} devices / empty endpoint", engine, f"{ours:,.0f}/s", f"{base:,.0f}/s", ours / base, LEAST)
    ours, base = (middle(heard.answers / cpu for heard, cpu in which) for which in (single, empty))
    yield Measured("  the same per CPU-second", engine, f"{ours:,.0f}/CPU-s", f"{base:,.0f}/CPU-s", ours / base)
    most = SLOWEST if engine == "sqlite" else None
    yield _spread("p99 / p50 of the empty endpoint", engine, empty, None)
    yield _spread("p99 / p50 of single scans, all writing", engine, single, most)


def _spread(name: str, engine: str, measured: list[tuple[Heard, float]], most: float | None) -> Measured:
    """Tell of the block with the smallest spread: one stalled commit of a shared disk decides the p99 of any other."""
    ratio, slowest, typical = min((h.percentile(0.99) / h.percentile(0.5), h.percentile(0.99), h.percentile(0.5)) for h, _ in measured)
    return Measured(f"  {name}", engine, f"{slowest * 1000:.0f} ms", f"{typical * 1000:.0f} ms", ratio, most=most)


def _measure(pool: ProcessPoolExecutor, server: Server, requests: list[list[bytes]], seconds: int) -> tuple[Heard, float]:
    with Spent(*server.pids) as spent:
        heard = pool.submit(drive, server.port, requests, seconds).result()
    return heard, spent.cpu
