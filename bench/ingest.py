"""Batches of 500 over HTTP, whole path, against bare statements that store the same rows, and against the naive control."""

from collections.abc import Iterator

from bench.machine import Spent
from bench.places import Bench, Client, serving
from bench.raw import Copyist
from bench.report import Measured, middle, rate
from bench.traffic import Floor, Gun

LEAST = {"sqlite": 0.40, "postgres": 0.45}
NAIVE = 10
BATCH = 500


def run(bench: Bench) -> Iterator[Measured]:
    """Measure scans per CPU-second: the server's processes, and PostgreSQL's on both sides."""
    for engine in bench.engines:
        yield from _engine(bench, engine)


def _engine(bench: Bench, engine: str) -> Iterator[Measured]:
    site = bench.site()
    ours, bare, naive = bench.database(engine), bench.database(engine), bench.database(engine)
    blocks, batches, size = bench.of(6, 3, 1), bench.of(30, 12, 2), bench.of(BATCH, BATCH, 20)
    rates: dict[str, list[float]] = {"ours": [], "raw": [], "naive": []}
    with (
        serving(bench, ours) as server, serving(bench, naive) as other,
        Client(server.port) as client, Client(other.port) as control,
    ):  # fmt: skip
        floor, gun = Floor(site), Gun(bench.tokens[0])
        naive_floor, naive_gun = Floor(site, 2), Gun(bench.tokens[0])
        copyist = Copyist(ours, bare)
        for block in range(blocks + 1):  # the first one warms up
            bench.say(f"{engine}: ingest, block {block} of {blocks}")
            bodies = [floor.batch(gun, size) for _ in range(batches)]
            with Spent(*server.pids) as spent:
                for body in bodies:
                    answer = client.post("/api/v1/scans", body, gun.token)
            assert all(r["status"] == "recorded" and r["outcome"] != "refused" for r in answer["receipts"]), answer["receipts"]
            stored = copyist.read()
            assert sum(len(scans) for scans, _, _ in stored) == batches * size
            bare_cpu = copyist.store(stored)
            if block:
                rates["ours"].append(batches * size / spent.cpu)
                rates["raw"].append(batches * size / bare_cpu)
            if block % 2 == 0:  # it takes some forty times as long
                body = naive_floor.batch(naive_gun, size)
                with Spent(*other.pids) as spent:
                    control.post("/naive", body, naive_gun.token)
                rates["naive"].append(size / spent.cpu)
        copyist.close()
    for database in (ours, bare, naive):
        bench.drop(database)
    got, floor_rate, control_rate = middle(rates["ours"]), middle(rates["raw"]), middle(rates["naive"])
    yield Measured(f"batch of {size} / raw statements", engine, rate(got), rate(floor_rate), got / floor_rate, LEAST[engine])
    yield Measured(f"batch of {size} / plain ORM", engine, rate(got), rate(control_rate), got / control_rate, NAIVE)
