"""A reconciliation of 100,000 lines: its speed against reading the same rows and `csv.writer`, its memory against that of 10,000; and
that of its package."""

import csv
import json
import multiprocessing
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from app import config, create_app, journal, times
from app.db import db, insert_many, writing
from bench.machine import Spent, cpu
from bench.places import Bench, Client, Database, Server, serving
from bench.report import Measured, middle, rate

LEAST = 0.4
MOST = 1.2
FEW, MANY = "K900", "K901"

_LINES = (
    "count_id", "number", "line", "location_id", "product_id", "lot", "expected", "counted", "variance", "unit_cost", "value", "state",
    "decision", "reason_code", "note", "passes", "seen", "name", "moment_at", "adjustment",
)  # fmt: skip
_SCANS = (
    "site_id", "journal", "id", "hash", "task", "said", "scanned_at", "received_at", "occurred_at", "uncertainty_ms", "location_id",
    "product_id", "lot", "serial", "quantity", "operator", "sheet_id", "outcome", "warnings",
)  # fmt: skip
_ROWS = (
    "SELECT l.code, p.sku, n.name, n.lot, n.expected, n.passes, n.variance, n.unit_cost, n.value, n.state, n.decision, n.reason_code, "
    "n.note, n.adjustment FROM lines n JOIN locations l ON l.id = n.location_id LEFT JOIN products p ON p.id = n.product_id "
    "JOIN counts c ON c.id = n.count_id WHERE c.code = '{}' ORDER BY n.number"
)


def run(bench: Bench) -> Iterator[Measured]:
    """Measure lines per CPU-second over HTTP, and what Python holds at most while it exports."""
    few, many = bench.of(10_000, 10_000, 100), bench.of(100_000, 100_000, 500)
    for engine in bench.engines:
        database = bench.database(engine)
        bench.say(f"{engine}: counts of {few:,} and {many:,} lines")
        _make(database, {FEW: few, MANY: many})
        with serving(bench, database) as server, Client(server.port) as client:
            yield _speed(bench, server, client, many)
        with ProcessPoolExecutor(1, mp_context=_fresh(), max_tasks_per_child=1) as pool:
            for kind in (
                ("csv", "xlsx", "zip") if engine == bench.engines[0] else ("csv", "zip")
            ):  # once the rows have come, the engine is gone
                bench.say(f"{engine}: memory of {kind}")
                peaks = [
                    pool.submit(_peak, database.url, str(database.folder), bench.keys["accountant"], _path(code, kind)).result()
                    for code in (MANY, FEW)
                ]
                ours, base = (f"{peak / 2**20:.1f} MiB" for peak in peaks)
                name = f"{'package' if kind == 'zip' else 'reconciliation'} {kind}, memory of {many:,} lines / {few:,}"
                yield Measured(name, engine, ours, base, peaks[0] / peaks[1], most=MOST)
        bench.drop(database)


def _fresh() -> Any:
    """Return how processes begin that have exported nothing: as copies of one that has loaded the program."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["bench.exporting", "app.exports.api", "app.counts.api"])
    return context


def _path(code: str, kind: str) -> str:
    return f"/api/v1/exports/{'package' if kind == 'zip' else 'reconciliation'}.{kind}?count={code}"


def _speed(bench: Bench, server: Server, client: Client, lines: int) -> Measured:
    database, token = server.database, bench.keys["accountant"]
    run = database.connect()
    backend = [run.info.backend_pid] if database.engine == "postgres" else []
    ours, bare = [], []
    for _ in range(bench.of(7, 4, 1) + 1):
        with Spent(*server.pids) as spent:
            file = client.get(_path(MANY, "csv"), token)
        assert file.count(b"\r\n") == lines + 1
        ours.append(lines / spent.cpu)
        before = time.process_time() + sum(cpu(*backend).values())
        _write_plainly(run, database.folder / "plain.csv")
        bare.append(lines / (time.process_time() + sum(cpu(*backend).values()) - before))
    run.close()
    got, base = middle(ours[1:]), middle(bare[1:])
    name = f"reconciliation csv of {lines:,} lines / csv.writer"
    return Measured(name, database.engine, rate(got, "lines"), rate(base, "lines"), got / base, LEAST)


def _write_plainly(run: Any, file: Path) -> None:
    cursor = run.cursor()
    cursor.execute(_ROWS.format(MANY))
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        while rows := cursor.fetchmany(1000):
            writer.writerows(rows)
    cursor.close()


def _peak(url: str, folder: str, token: str, path: str) -> int:
    """Export in this process; return the most bytes that Python held for it."""
    app = create_app(config.Settings(url, Path(folder), None, False, ""))
    client = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/locations", headers=headers).status_code == 200  # what is loaded once isn't counted
    tracemalloc.start()
    with client.get(path, headers=headers, buffered=False) as answer:
        assert answer.status_code == 200
        for _ in answer.response:
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    with app.app_context():
        db.engine.dispose()
    return peak


def _make(database: Database, counts: dict[str, int]) -> None:
    """Store posted counts as their approval would have left them."""
    app = create_app(config.Settings(database.url, database.folder, None, False, ""))
    with app.app_context():
        with writing() as tx:
            bins = list(tx.scalars(text("SELECT id FROM locations WHERE kind = 'bin' ORDER BY code")))
            products = tx.execute(text("SELECT id, name, decimals, cost FROM products ORDER BY sku")).all()
            person = tx.scalar(text("SELECT MIN(id) FROM people"))
            for number, (code, lines) in enumerate(counts.items(), 900):
                head = (
                    "id",
                    "site_id",
                    "code",
                    "kind",
                    "status",
                    "blind",
                    "policy",
                    "person_id",
                    "created_at",
                    "approved_by",
                    "approved_at",
                )
                at = times.now()
                insert_many(
                    tx, "counts", (*head, "hash", "note", "last_sheet", "journal"),
                    [(number, 1, code, "cycle", "posted", True, "ask", person, at, person, at, "0" * 64, "", len(bins), 1)],
                )  # fmt: skip
                sheet = (
                    "site_id",
                    "count_id",
                    "code",
                    "location_id",
                    "sequence",
                    "open",
                    "complete",
                    "created_at",
                    "closed_uncertainty_ms",
                )
                insert_many(
                    tx, "sheets", (*sheet, "planned", "journal"),
                    [(1, number, f"{code}-{n:03}", place, 1, False, True, at, 0, False, 1) for n, place in enumerate(bins)],
                )  # fmt: skip
                insert_many(tx, "lines", _LINES, list(_lines(number, lines, bins, products, at)))
                first = journal.take(tx, 1, lines)
                sheets = list(tx.scalars(text("SELECT id FROM sheets WHERE count_id = :count ORDER BY code"), {"count": number}))
                insert_many(tx, "scans", _SCANS, list(_scans(first, lines, sheets, bins, products, at)))
                tx.execute(
                    text("UPDATE counts SET journal = :last WHERE id = :count"), {"last": journal.take(tx, 1), "count": number}
                )  # fmt: skip
        db.engine.dispose()


def _lines(count: int, lines: int, bins: list[int], products: Any, at: int) -> Iterator[tuple[Any, ...]]:
    dice = Random(count)
    seen = {"unit": "each", "decimals": 0, "expected_value": "0.00", "moves": [], "needs_lots": False, "unknown_operator": False}
    for n in range(lines):
        place, product = bins[n % len(bins)], products[n // len(bins) % len(products)]
        book, off = dice.randint(0, 200), dice.choice((0,) * 17 + (-2, 1, 5))
        counted = max(0, book + off)
        scale, value = 10**product.decimals, round((counted - book) * (product.cost or 0) / 10_000)
        told = [[str(counted), "OP-17", times.wire(at - n), times.wire(at - n + 9000)]]
        yield (
            count, n, f"L{n}", place, product.id, "L0001" if n % 6 == 0 else None, book * scale, counted * scale, (counted - book) * scale,
            product.cost, value, "equal" if counted == book else "outside", "accept", None if counted == book else "miscount",
            "" if counted == book else "Looked twice.", json.dumps(told), json.dumps(seen), product.name, at,
            None if counted == book else n + 1,
        )  # fmt: skip


def _scans(first: int, lines: int, sheets: list[int], bins: list[int], products: Any, at: int) -> Iterator[tuple[Any, ...]]:
    """Give one scan a line."""
    for n in range(lines):
        product, told = products[n // len(bins) % len(products)], uuid.UUID(int=first + n)
        said = {"id": str(told), "task": "count", "barcode": f"95212340{n % 100_000:05}", "quantity": str(n % 200), "operator": "OP-17"}
        yield (
            1, first + n, str(told), told.bytes, "count", json.dumps(said), at - n, at, at - n, 2000, bins[n % len(bins)], product.id, "",
            "", n % 200 * 10**product.decimals, "OP-17", sheets[n % len(bins)], "noted", "",
        )  # fmt: skip
