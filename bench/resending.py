"""A batch that is sent again: all duplicates; CPU and wall against its first sending."""

from collections.abc import Iterator

from bench.machine import Spent
from bench.places import Bench, Client, serving
from bench.report import Measured, middle
from bench.traffic import Floor, Gun

MOST = 0.7


def run(bench: Bench) -> Iterator[Measured]:
    """Measure ms of a batch."""
    blocks, batches, size = bench.of(8, 4, 1), bench.of(10, 6, 2), bench.of(500, 500, 20)
    for engine in bench.engines:
        database = bench.database(engine)
        first: list[Spent] = []
        again: list[Spent] = []
        with serving(bench, database) as server, Client(server.port) as client:
            floor, gun = Floor(bench.site()), Gun(bench.tokens[0])
            for block in range(blocks + 1):
                bench.say(f"{engine}: resending, block {block} of {blocks}")
                bodies = [floor.batch(gun, size) for _ in range(batches)]
                for status, into in (("recorded", first), ("duplicate", again)):
                    with Spent(*server.pids) as spent:
                        for body in bodies:
                            answer = client.post("/api/v1/scans", body, gun.token)
                    assert {r["status"] for r in answer["receipts"]} == {status}
                    into.append(spent)
        bench.drop(database)
        for what in ("cpu", "wall"):
            ours, base = (middle(getattr(s, what) for s in spents[1:]) * 1000 / batches for spents in (again, first))
            yield Measured(f"resent batch of {size} / first, {what}", engine, f"{ours:.1f} ms", f"{base:.1f} ms", ours / base, most=MOST)
