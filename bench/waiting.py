"""How long a device waits for the receipt of a single scan while 100,000 rows are tried, and then imported, on the same server."""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.importing import KINDS, file_of, report_of
from bench.places import Bench, Server, serving
from bench.report import Measured
from bench.traffic import Floor, Gun

PAUSE = 0.02
"""Seconds between a receipt and the next scan."""


def run(bench: Bench) -> Iterator[Measured]:
    """Measure the longest wait beside a dry run and an import of each kind; the baseline is the longest of as much time without one."""
    rows, kinds = bench.of(100_000, 100_000, 6_000), bench.kinds or list(KINDS)
    with tempfile.TemporaryDirectory() as folder:
        for engine in bench.engines:
            for kind in ["stock"] if bench.size == "tiny" else kinds:
                bench.say(f"{engine}: scans beside {rows:,} {kind}")
                yield from _kind(bench, engine, kind, Path(folder), rows)


def _kind(bench: Bench, engine: str, kind: str, folder: Path, rows: int) -> Iterator[Measured]:
    database = bench.database(engine)
    with serving(bench, database) as server:
        for other, number in KINDS[kind].before(rows):
            report_of(bench, server, other, file_of(folder, other, "csv", number))
        device = _Device(bench, server)
        for what, query in (("tried", "?dry_run=1"), ("imported", "")):
            with device as alone:
                time.sleep(bench.of(3, 3, 1))
            with device as beside:
                report = report_of(bench, server, kind, file_of(folder, kind, "csv", rows), query)
            assert (report["status"], report["rejected_total"]) == ("done", 0), report
            told = [f"{max(waits) * 1000:,.0f} ms of {len(waits):,}" for waits in (beside.waits, alone.waits)]
            yield Measured(f"longest wait of a scan while {rows:,} {kind} are {what}", engine, *told)
    bench.drop(database)


class _Device:
    """A gun that sends one scan after the other while its block runs; each must be recorded."""

    def __init__(self, bench: Bench, server: Server) -> None:
        self.server, self.floor, self.gun = server, Floor(bench.site()), Gun(bench.tokens[0])

    def __enter__(self) -> "_Device._Heard":
        self.heard, self.over = self._Heard(), threading.Event()
        self.thread = threading.Thread(target=self._send, args=(self.heard, self.over))
        self.thread.start()
        return self.heard

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()
        assert self.heard.waits, "no scan was sent"
        assert self.heard.lost is None, self.heard.lost

    class _Heard:
        def __init__(self) -> None:
            self.waits: list[float] = []
            self.lost: str | None = None

    def _send(self, heard: "_Device._Heard", over: threading.Event) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        headers = {"Authorization": f"Bearer {self.gun.token}", "Content-Type": "application/json"}
        while not over.is_set() and heard.lost is None:
            body = self.floor.batch(self.gun, 1)
            began = time.perf_counter()
            connection.request("POST", "/api/v1/scans", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            heard.waits.append(time.perf_counter() - began)
            if answer.status != 200 or json.loads(said)["receipts"][0]["status"] != "recorded":
                heard.lost = f"{answer.status} {said[:300]!r}"
            time.sleep(PAUSE)
        connection.close()
