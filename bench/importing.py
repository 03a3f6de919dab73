"""Imports of 100,000 rows of each kind: their speed against a bare `executemany` of the same rows, their memory against 10,000.

CPU is counted of the server, its database and the limited process that reads the file; memory is the most that a worker of the server
held since it started, with the most of the limited process beside it.
"""

import http.client
import itertools
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from bench.machine import Spent, cpu, peak_memory, reaped
from bench.places import Bench, Database, Server, serving
from bench.report import Measured, middle, rate

LEAST = 0.2
MOST = {"csv": 1.2, "xlsx": 2.0}
_TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_OFFSET = 10_000_000
_AISLE = 100
"""Locations of an aisle, itself one of them, and products at a location."""
_Rows = Iterator[tuple[Any, ...]]
_Changes = dict[str, Callable[[Any], Any]]


class Kind(NamedTuple):
    """One kind of import: its file, what another server imports before it, and how the rows that it makes are stored once more."""

    header: tuple[str, ...]
    rows: Callable[[int], _Rows]
    before: Callable[[int], list[tuple[str, int]]]
    stored: dict[str, _Changes]
    least: float | None = None


def _products(rows: int) -> _Rows:
    """Give products that no demo site has: codes of 13 digits from GS1's range for tests."""
    for n in range(rows):
        digits = f"9525{n:08d}"
        check = -(sum(map(int, digits[::-2])) * 3 + sum(map(int, digits[-2::-2]))) % 10
        yield f"IMP-{n:06d}", f"Product number {n}", "each", 0, "none", int(f"{digits}{check}"), 1, n % 1000 / 100, "ABC"[n % 3]


def _locations(rows: int) -> _Rows:
    """Give aisles of 99 bins, each aisle behind its bins."""
    for n in range(rows):
        code, aisle, is_bin = _code(n), _code(n // _AISLE * _AISLE + _AISLE - 1), n % _AISLE < _AISLE - 1
        yield code, aisle if is_bin else "", "bin" if is_bin else "aisle", f"Location number {n}", n


def _code(n: int) -> str:
    aisle, number = divmod(n, _AISLE)
    return f"IMP-{aisle:04d}-{number:02d}" if number < _AISLE - 1 else f"IMP-{aisle:04d}"


def _moved(number: int) -> int:
    return number + _OFFSET


def _renamed(text: str) -> str:
    return f"{text}~"


_NAMED: _Changes = {"id": _moved, "code": _renamed, "folded": _renamed}
KINDS = {
    "products": Kind(
        ("sku", "name", "unit", "decimals", "tracking", "barcode", "barcode_quantity", "cost", "abc"),
        _products,
        lambda _: [],
        {"products": {"id": _moved, "sku": _renamed, "folded": _renamed}, "barcodes": _NAMED | {"product_id": _moved}},
        LEAST,
    ),
    "barcodes": Kind(
        ("sku", "barcode", "quantity"),
        lambda rows: ((f"IMP-{n:06d}", f"CASE-{n:06d}", 12) for n in range(rows)),
        lambda rows: [("products", rows)],
        {"barcodes": _NAMED},
    ),
    "costs": Kind(("sku", "cost"), lambda rows: ((f"IMP-{n:06d}", 77) for n in range(rows)), lambda rows: [("products", rows)], {}),
    "locations": Kind(("code", "parent", "kind", "name", "walk"), _locations, lambda _: [], {"locations": _NAMED}),
    "stock": Kind(
        ("location", "sku", "quantity"),
        lambda rows: ((_code(n // _AISLE), f"IMP-{n % _AISLE:06d}", n % 90 + 1) for n in range(rows)),
        lambda _: [("products", _AISLE), ("locations", 10 * _AISLE)],
        {"moves": {"journal": _moved}, "balances": {"lot": _renamed}},
    ),
}


def run(bench: Bench) -> Iterator[Measured]:
    """Measure rows per CPU-second over HTTP, and peaks of memory, each on a database and a server of their own."""
    few, many = bench.of(10_000, 10_000, 100), bench.of(100_000, 100_000, 500)
    kinds, forms = (["stock"], ["xlsx"]) if bench.size == "tiny" else (bench.kinds or list(KINDS), list(_TYPES))
    with tempfile.TemporaryDirectory() as folder:
        for engine, kind, form in itertools.product(bench.engines, kinds, forms):
            bench.say(f"{engine}: {many:,} {kind} as {form}")
            files = [file_of(Path(folder), kind, form, rows) for rows in (many, few)]
            rounds = [_import(bench, engine, kind, files[0], many) for _ in range(bench.of(3, 2, 1))]
            small = [_import(bench, engine, kind, files[1], few) for _ in range(bench.of(3, 2, 1))]
            ours, name = middle(many / r[0] for r in rounds), f"import of {many:,} {kind}, {form}"
            if KINDS[kind].stored:
                bare = middle(many / r[2] for r in rounds)
                yield Measured(f"{name} / executemany", engine, rate(ours, "rows"), rate(bare, "rows"), ours / bare, KINDS[kind].least)
            else:
                yield Measured(name, engine, rate(ours, "rows"), "")
            peak, base = middle(r[1] for r in rounds), middle(r[1] for r in small)
            told = [f"{size / 2**20:.0f} MiB" for size in (peak, base)]
            yield Measured(f"  its memory / {few:,} {kind}", engine, *told, peak / base, most=MOST[form])


def _import(bench: Bench, engine: str, kind: str, file: Path, rows: int) -> tuple[float, int, float]:
    """Return the CPU seconds of an import, the peak of memory, and the CPU seconds of the bare rows."""
    database = bench.database(engine)
    if before := KINDS[kind].before(rows):
        with serving(bench, database) as server:
            for other, number in before:
                report_of(bench, server, other, file_of(file.parent, other, "csv", number))
    with serving(bench, database) as server:
        _ask(server, bench, "GET", "/api/v1/imports")
        workers = cpu(server.process.pid).keys()
        watch = _Watch(server.process.pid)
        ended = sum(map(reaped, workers))
        with Spent(*server.pids) as spent:
            report = report_of(bench, server, kind, file)
        assert (report["created"] + report["updated"], report["rejected_total"]) == (rows, 0), {
            **report,
            "rejected": report["rejected"][:3],
        }
        seconds = spent.cpu + sum(map(reaped, workers)) - ended
        peak = max(peak_memory(pid) for pid in workers & cpu(server.process.pid).keys()) + watch.stop()
    bare = _bare(database, KINDS[kind].stored)
    bench.drop(database)
    return seconds, peak, bare


def report_of(bench: Bench, server: Server, kind: str, file: Path, query: str = "") -> Any:
    """Import a file and return the report."""
    report = _ask(server, bench, "POST", f"/api/v1/imports/{kind}{query}", file.read_bytes(), _TYPES[file.suffix[1:]])
    while report.get("status") == "running":
        time.sleep(0.05)
        report = _ask(server, bench, "GET", f"/api/v1/imports/{report['id']}")
    return report


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


def _bare(database: Database, stored: dict[str, _Changes]) -> float:
    """Insert the very rows again, under other keys, with the driver alone; return the CPU seconds."""
    run = database.connect()
    cursor = run.cursor()
    backend = [run.info.backend_pid] if database.engine == "postgres" else []
    mark = "%s" if backend else "?"
    held: list[tuple[str, list[Any]]] = []
    for table, changes in stored.items():
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
        names = [column[0] for column in cursor.description]
        change = [changes.get(name, lambda value: value) for name in names]
        fresh = [tuple(of(value) for of, value in zip(change, row, strict=True)) for row in cursor.fetchall()]
        held.append((f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})", fresh))
    before = time.process_time() + sum(cpu(*backend).values())
    cursor.execute("BEGIN")
    for statement, fresh in held:
        cursor.executemany(statement, fresh)
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


def file_of(folder: Path, kind: str, form: str, rows: int) -> Path:
    """Write a file to import, once."""
    file, wanted = folder / f"{kind}-{rows}.{form}", KINDS[kind]
    if file.exists():
        return file
    if form == "csv":
        with file.open("w") as out:
            out.write(",".join(wanted.header) + "\n")
            out.writelines(",".join(map(str, row)) + "\n" for row in wanted.rows(rows))
        return file
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet(kind)
    sheet.write_row(0, 0, wanted.header)
    for number, row in enumerate(wanted.rows(rows), 1):
        sheet.write_row(number, 0, row)
    book.close()
    return file
