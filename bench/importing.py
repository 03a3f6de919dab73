"""An import of 100,000 products with a barcode each: its speed against a bare `executemany` of the same rows, its memory against 10,000.

CPU is counted of the server, its database and the limited process that reads the file; memory is the most that a worker of the server
held since it started, with the most of the limited process beside it.
"""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from bench.machine import Spent, cpu, peak_memory, reaped
from bench.places import Bench, Database, Server, serving
from bench.report import Measured, middle, rate

LEAST = 0.2
MOST = {"csv": 1.2, "xlsx": 2.0}
_HEADER = ("sku", "name", "unit", "decimals", "tracking", "barcode", "barcode_quantity", "cost", "abc")
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def run(bench: Bench) -> Iterator[Measured]:
    """Measure products per CPU-second over HTTP, and peaks of memory, each on a database and a server of their own."""
    few, many = bench.of(10_000, 10_000, 100), bench.of(100_000, 100_000, 500)
    with tempfile.TemporaryDirectory() as folder:
        files = {(kind, rows): _file(Path(folder), kind, rows) for kind in _TYPES for rows in (few, many)}
        for engine in bench.engines:
            for kind in _TYPES:
                bench.say(f"{engine}: {many:,} products as {kind}")
                rounds = [_import(bench, engine, kind, files[kind, many], many) for _ in range(bench.of(3, 2, 1))]
                small = [_import(bench, engine, kind, files[kind, few], few) for _ in range(bench.of(3, 2, 1))]
                ours, bare = middle(many / r[0] for r in rounds), middle(many / r[2] for r in rounds)
                name = f"import of {many:,} products, {kind} / executemany"
                yield Measured(name, engine, rate(ours, "rows"), rate(bare, "rows"), ours / bare, LEAST)
                peak, base = middle(r[1] for r in rounds), middle(r[1] for r in small)
                told = [f"{size / 2**20:.0f} MiB" for size in (peak, base)]
                yield Measured(f"  its memory / {few:,} products", engine, *told, peak / base, most=MOST[kind])


def _import(bench: Bench, engine: str, kind: str, file: Path, rows: int) -> tuple[float, int, float]:
    """Return the CPU seconds of an import, the peak of memory, and the CPU seconds of the bare rows."""
    database = bench.database(engine)
    with serving(bench, database) as server:
        _ask(server, bench, "GET", "/api/v1/imports")
        workers = cpu(server.process.pid).keys()
        watch = _Watch(server.process.pid)
        ended = sum(map(reaped, workers))
        with Spent(*server.pids) as spent:
            report = _ask(server, bench, "POST", "/api/v1/imports/products", file.read_bytes(), _TYPES[kind])
            while report.get("status") == "running":
                time.sleep(0.05)
                report = _ask(server, bench, "GET", f"/api/v1/imports/{report['id']}")
        assert (report["created"], report["rejected_total"]) == (rows, 0), {**report, "rejected": report["rejected"][:3]}
        seconds = spent.cpu + sum(map(reaped, workers)) - ended
        peak = max(peak_memory(pid) for pid in workers & cpu(server.process.pid).keys()) + watch.stop()
    bare = _bare(database)
    bench.drop(database)
    return seconds, peak, bare


class _Watch:
    """Looks for the limited process while it lives."""

    def __init__(self, root: int) -> None:
        self.root, self.most, self.over = root, 0, threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.01):
            for pid in cpu(self.root):
                try:
                    if b"app.imports.reading" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        self.most = max(self.most, peak_memory(pid))
                except (OSError, LookupError):
                    continue

    def stop(self) -> int:
        """Return the most bytes it held."""
        self.over.set()
        self.thread.join()
        return self.most


def _bare(database: Database) -> float:
    """Insert the very rows again, under other keys, with the driver alone; return the CPU seconds."""
    run = database.connect()
    cursor = run.cursor()
    backend = [run.info.backend_pid] if database.engine == "postgres" else []
    mark = "%s" if backend else "?"
    held: list[tuple[str, str, list[Any]]] = []
    for table in ("products", "barcodes"):
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        names = [column[0] for column in cursor.description]
        held.append((table, ", ".join(names), cursor.fetchall()))
    offset = 10_000_000
    new_products = [(row[0] + offset, f"{row[1]}~", f"{row[2]}~", *row[3:]) for row in held[0][2]]
    new_barcodes = [(row[0] + offset, row[1] + offset, f"{row[2]}~", f"{row[3]}~", *row[4:]) for row in held[1][2]]
    before = time.process_time() + sum(cpu(*backend).values())
    cursor.execute("BEGIN")
    for (table, names, rows), fresh in zip(held, (new_products, new_barcodes), strict=True):
        marks = ", ".join([mark] * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", fresh)
    cursor.execute("COMMIT")
    spent = time.process_time() + sum(cpu(*backend).values()) - before
    run.close()
    return spent


def _ask(server: Server, bench: Bench, method: str, path: str, body: bytes | None = None, kind: str = "text/csv") -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    connection.request(method, path, body, {"Content-Type": kind, "Authorization": f"Bearer {bench.keys['supervisor']}"})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    assert answer.status in (200, 202), said[:500]
    return json.loads(said)


def _file(folder: Path, kind: str, rows: int) -> Path:
    """Write products that no demo site has: codes of 13 digits from GS1's range for tests."""
    file = folder / f"{rows}.{kind}"
    if kind == "csv":
        with file.open("w") as out:
            out.write(",".join(_HEADER) + "\n")
            out.writelines(",".join(map(str, row)) + "\n" for row in _rows(rows))
        return file
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("products")
    sheet.write_row(0, 0, _HEADER)
    for number, row in enumerate(_rows(rows), 1):
        sheet.write_row(number, 0, row)
    book.close()
    return file


def _rows(rows: int) -> Iterator[tuple[Any, ...]]:
    for n in range(rows):
        digits = f"9525{n:08d}"
        check = -(sum(map(int, digits[::-2])) * 3 + sum(map(int, digits[-2::-2]))) % 10
        yield f"IMP-{n:06d}", f"Product number {n}", "each", 0, "none", int(f"{digits}{check}"), 1, n % 1000 / 100, "ABC"[n % 3]
