"""Batches of 500 scans whose barcodes are GS1 messages, codes seen before and all new, against the same scans with plain barcodes."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from app.products.codes import gtin14
from bench.machine import Spent
from bench.places import Bench, Client, serving
from bench.report import Measured, rate
from bench.traffic import Floor, Gun

LEAST = {"seen": 0.7, "new": 0.4}
EXPIRY = "991231"


def run(bench: Bench) -> Iterator[Measured]:
    """Measure scans per CPU-second, the three in turns in one database; the best of each."""
    blocks, batches, size = bench.of(12, 6, 1), bench.of(10, 6, 2), bench.of(500, 500, 20)
    numbers = count(10**6)
    wraps: dict[str, Callable[[str, str], str]] = {
        "plain": lambda barcode, _: barcode,
        "seen": lambda barcode, lot: message(barcode, lot, "7"),
        "new": lambda barcode, lot: message(barcode, lot, str(next(numbers))),
    }
    for engine in bench.engines:
        database = bench.database(engine)
        floor, gun = Floor(bench.site()), Gun(bench.tokens[0])
        best = dict.fromkeys(wraps, 0.0)
        with serving(bench, database) as server, Client(server.port) as client:
            for block in range(blocks + 1):  # the first one warms up, and lets every process see the codes that have been seen
                bench.say(f"{engine}: gs1, block {block} of {blocks}")
                for name, wrap in wraps.items():
                    bodies = [floor.bytes(wrapped(floor.envelope(gun, size), wrap)) for _ in range(batches if block else batches * 4)]
                    with Spent(*server.pids) as spent:
                        for body in bodies:
                            answer = client.post("/api/v1/scans", body, gun.token)
                    assert all(r["status"] == "recorded" and r["outcome"] != "refused" for r in answer["receipts"]), answer["receipts"]
                    if block:
                        best[name] = max(best[name], len(bodies) * size / spent.cpu)
        bench.drop(database)
        for name, least in LEAST.items():
            yield Measured(
                f"batch of {size} GS1 codes, {name} / plain",
                engine,
                rate(best[name]),
                rate(best["plain"]),
                best[name] / best["plain"],
                least,
            )


def wrapped(envelope: dict[str, Any], wrap: Callable[[str, str], str]) -> dict[str, Any]:
    """Return the envelope with other barcodes."""
    for scan in envelope["scans"]:
        if "barcode" in scan:
            scan["barcode"] = wrap(scan["barcode"], scan.get("lot", ""))
    return envelope


def message(barcode: str, lot: str, serial: str) -> str:
    """Return the GS1-128 of a barcode, its lot and a serial number; a barcode that is no trade item number stays as it is."""
    gtin = gtin14(barcode)
    if gtin is None:
        return barcode
    return f"]C101{gtin}17{EXPIRY}" + (f"10{lot}\x1d" if lot else "") + f"21{serial}"
