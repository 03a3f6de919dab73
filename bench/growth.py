"""What a million stored scans change: ingest beside them, stock as of a time where little happened, and the past of a product."""

import time
from collections.abc import Iterator

from app import times
from bench.filling import fill
from bench.machine import Spent
from bench.places import Bench, Client, Database, serving
from bench.report import Measured, middle, rate
from bench.traffic import Floor, Gun

LEAST = 0.85
MOST = 2
QUIET = "DOCK-1"
MOVES = 100


def run(bench: Bench) -> Iterator[Measured]:
    """Measure ingest per CPU-second, and ms of a question."""
    for engine in bench.engines:
        full, small = bench.database(engine), bench.database(engine)
        fill(bench, full, bench.of(1_000_000, 200_000, 200), bench.of(1_000_000, 200_000, 100), bench.of(10_000, 10_000, 20))
        fill(bench, small, 0, 0, bench.of(16_500, 16_500, 20))
        empty = bench.database(engine)
        yield from _ingest(bench, full, empty)
        yield from _stock(bench, full, small)
        yield from _past(bench, full, small)
        for database in (full, small, empty):
            bench.drop(database)


def _ingest(bench: Bench, full: Database, empty: Database) -> Iterator[Measured]:
    blocks, batches, size = bench.of(6, 3, 1), bench.of(30, 15, 2), bench.of(500, 500, 20)
    stored = _number(full, "scans")
    rates: dict[str, list[float]] = {"full": [], "empty": []}
    with (
        serving(bench, full, BENCH_UNSEALED="1") as beside, serving(bench, empty, BENCH_UNSEALED="1") as alone,
        Client(beside.port) as one, Client(alone.port) as other,
    ):  # fmt: skip  # a million copies would be sealed meanwhile; what seals cost is a measure of its own
        pairs = [("full", beside, one, Floor(bench.site(), 3), Gun(bench.tokens[0]))]
        pairs += [("empty", alone, other, Floor(bench.site(), 3), Gun(bench.tokens[0]))]
        for block in range(blocks + 1):
            bench.say(f"{full.engine}: beside {stored:,} scans, block {block} of {blocks}")
            for name, server, client, floor, gun in pairs:
                bodies = [floor.batch(gun, size) for _ in range(batches)]
                with Spent(*server.pids) as spent:
                    for body in bodies:
                        client.post("/api/v1/scans", body, gun.token)
                rates[name].append(batches * size / spent.cpu)
    ours, base = middle(rates["full"][1:] or rates["full"]), middle(rates["empty"][1:] or rates["empty"])
    yield Measured(f"ingest beside {stored:,} scans / beside none", full.engine, rate(ours), rate(base), ours / base, LEAST)


def _stock(bench: Bench, full: Database, small: Database) -> Iterator[Measured]:
    questions = bench.of(200, 100, 3)
    elsewhere = [_number(database, "moves") for database in (full, small)]
    seconds: tuple[list[float], list[float]] = ([], [])
    with serving(bench, full) as one, serving(bench, small) as other, Client(one.port) as first, Client(other.port) as second:
        for client in (first, second):
            at = _receive(bench, client)
        token = bench.keys["supervisor"]
        bench.say(f"{full.engine}: stock as of a time")
        for _ in range(questions + 10):
            for client, into in ((first, seconds[0]), (second, seconds[1])):
                began = time.perf_counter()
                client.get(f"/api/v1/stock?location={QUIET}&at={at}", token)
                into.append(time.perf_counter() - began)
    ours, base = (middle(which[10:]) * 1000 for which in seconds)
    name = f"stock as of, {elsewhere[0]:,} moves elsewhere / {elsewhere[1]:,}"
    yield Measured(name, full.engine, f"{ours:.2f} ms", f"{base:.2f} ms", ours / base, most=MOST)


def _past(bench: Bench, full: Database, small: Database) -> Iterator[Measured]:
    """Ask what happened to a product and at a place with their share of the million; a product's past has 20 holds among its moves."""
    stored, floor = [_number(database, "scans") for database in (full, small)], Floor(bench.site(), 9)
    sku, place, token = floor.skus[0], floor.site.bins[0], bench.keys["supervisor"]
    with serving(bench, full) as one, serving(bench, small) as other, Client(one.port) as first, Client(other.port) as second:
        for client in (first, second):
            envelope = floor.envelope(Gun(bench.tokens[2]), 20)
            for number, scan in enumerate(envelope["scans"]):
                scan |= {"task": ("hold", "release")[number % 2], "barcode": floor.site.barcodes[sku]}
            client.post("/api/v1/scans", floor.bytes(envelope), bench.tokens[2])
        for what, code in (("a product", sku), ("a place", place)):
            seconds: tuple[list[float], list[float]] = ([], [])
            for _ in range(bench.of(60, 30, 2)):
                for client, into in ((first, seconds[0]), (second, seconds[1])):
                    began = time.perf_counter()
                    client.get(f"/api/v1/history?code={code}", token)
                    into.append(time.perf_counter() - began)
            ours, base = (middle(which[1:]) * 1000 for which in seconds)
            name = f"what happened to {what}, {stored[0]:,} scans / {stored[1]:,}"
            yield Measured(name, full.engine, f"{ours:.2f} ms", f"{base:.2f} ms", ours / base)


def _receive(bench: Bench, client: Client) -> str:
    """Receive 100 times where nothing else happens; return a time in the middle."""
    floor, gun = Floor(bench.site(), 5), Gun(bench.tokens[1])
    envelope = floor.envelope(gun, MOVES)
    skus = [sku for sku in floor.skus if sku not in floor.site.lots]
    for number, scan in enumerate(envelope["scans"]):
        scan |= {"task": "receive", "location": QUIET, "barcode": floor.site.barcodes[skus[number % 20]], "quantity": "2"}
        scan.pop("lot", None)
        scan.pop("target", None)
    client.post("/api/v1/scans", floor.bytes(envelope), gun.token)
    return times.wire(times.parse(envelope["scans"][MOVES // 2]["scanned_at"]))


def _number(database: Database, table: str) -> int:
    run = database.connect()
    number = run.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    run.close()
    return int(number)
