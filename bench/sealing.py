"""What seals cost: batches of 500 over HTTP until all of them are sealed, beside the same server without the thread that seals."""

import time
from collections.abc import Iterator
from typing import Any

from bench.ingest import BATCH
from bench.machine import Spent
from bench.places import Bench, Client, Server, serving
from bench.report import Measured, middle, rate
from bench.traffic import Floor, Gun

LEAST = 0.85
PATIENCE = 120
"""Seconds until the last scan must be sealed."""


def run(bench: Bench) -> Iterator[Measured]:
    """Measure scans per CPU-second: the server's processes, and PostgreSQL's, with all that they do until everything is sealed."""
    for engine in bench.engines:
        yield _engine(bench, engine)


def _engine(bench: Bench, engine: str) -> Measured:
    site, sealed, bare = bench.site(), bench.database(engine), bench.database(engine)
    blocks, batches, size = bench.of(7, 3, 1), bench.of(30, 12, 2), bench.of(BATCH, BATCH, 20)
    rates: dict[str, list[float]] = {"sealed": [], "bare": []}
    with (
        serving(bench, sealed) as server, serving(bench, bare, BENCH_UNSEALED="1") as other,
        Client(server.port) as client, Client(other.port) as control,
    ):  # fmt: skip
        watch = sealed.connect()
        floors = (Floor(site), Gun(bench.tokens[0])), (Floor(site), Gun(bench.tokens[0]))
        for block in range(blocks + 1):  # the first one warms up
            bench.say(f"{engine}: sealing, block {block} of {blocks}")
            spent = {}
            for name, (floor, gun), where, asked in zip(rates, floors, (server, other), (client, control), strict=True):
                bodies = [floor.batch(gun, size) for _ in range(batches)]
                spent[name] = _spend(where, asked, gun.token, bodies, lambda: _wait(watch), spent.get("sealed"))
            if block:
                for name, took in spent.items():
                    rates[name].append(batches * size / took.cpu)
        watch.close()
    for database in (sealed, bare):
        bench.drop(database)
    ours, baseline = middle(rates["sealed"]), middle(rates["bare"])
    return Measured(f"batch of {size}, sealed / not sealed", engine, rate(ours), rate(baseline), ours / baseline, LEAST)


def _spend(server: Server, client: Client, token: str, bodies: list[bytes], sealed: Any, same: Spent | None) -> Spent:
    """Send batches; then wait until they are sealed, or where nothing is sealed for as long as the other side took."""
    began = time.perf_counter()
    with Spent(*server.pids) as spent:
        for body in bodies:
            client.post("/api/v1/scans", body, token)
        if same is None:
            sealed()
        else:
            time.sleep(max(0.0, same.wall - (time.perf_counter() - began)))
    return spent


def _wait(watch: Any) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        row = watch.execute(
            "SELECT j.value, (SELECT MAX(upto) FROM seals s WHERE s.site_id = j.site_id) FROM journals j WHERE j.site_id = 1"
        ).fetchone()
        if row[0] == row[1]:
            return
        assert time.monotonic() < until, f"sealed up to {row[1]} of {row[0]}"
        time.sleep(0.3)
