"""The lists of a large catalogue: pages and searches of 100,000 products and 20,000 locations, beside those of the demo site."""

import time
from collections.abc import Iterator
from urllib.parse import quote

from bench.places import Bench, Client, serving
from bench.report import Measured, middle

FILE = 2_500
"""Products that are imported at once, with two barcodes each."""
RACK = 10_000
"""Locations that are made at once."""


def run(bench: Bench) -> Iterator[Measured]:
    """Measure how long one office browser waits for an answer, over HTTP, with the small catalogue and with the large one."""
    products, racks = bench.of(100_000, 100_000, 1_000), bench.of(2, 2, 1)
    for engine in bench.engines:
        database = bench.database(engine)
        with serving(bench, database) as server, Client(server.port) as client:
            small = {name: _wait(bench, client, path) for name, path in _asked("GLV-1001", "Glove", "C-05-07", "MAIN").items()}
            bench.say(f"{engine}: {products:,} products and {racks * RACK:,} locations")
            for first in range(0, products, FILE):
                _import(client, bench.keys["supervisor"], first, min(FILE, products - first))
            for rack in range(racks):
                body = f'{{"from": "Q{rack}-001-01", "to": "Q{rack}-{RACK // 50:03}-50", "levels": ["aisle"]}}'
                client.post("/api/v1/locations/ranges", body.encode(), bench.keys["supervisor"])
            many = f"{products:,} products, {racks * RACK:,} locations"
            asked = _asked(f"M-{products // 2:06}", "Anchor", "Q0-100-07", "Q0-100")
            for name, path in asked.items():
                took = _wait(bench, client, path)
                yield Measured(f"{name}; {many} / demo site", engine, f"{took:.0f} ms", f"{small[name]:.0f} ms", took / small[name])
        bench.drop(database)


def _asked(code: str, word: str, place: str, above: str) -> dict[str, str]:
    """Return what is asked for, by what it is called."""
    return {
        "first page of 100 products": "products?limit=100",
        "100 products from the middle": f"products?limit=100&after={code}",
        "search of a product by its SKU": f"products?limit=50&archived=false&search={quote(code)}",
        "search of products by a word that many have": f"products?limit=50&archived=false&search={word}",
        "search of products by two words": f"products?limit=50&archived=false&search={quote(code[-3:] + ' ' + word)}",
        "search of products that finds nothing": "products?limit=50&archived=false&search=nothing",
        "search of a location by its code": f"locations?limit=50&archived=false&search={place}",
        "what is right below a location": f"locations?limit=100&archived=false&parent={above}",
    }


def _wait(bench: Bench, client: Client, path: str) -> float:
    """Return the median of ms."""
    took = []
    for _ in range(bench.of(21, 11, 2)):
        began = time.perf_counter()
        client.get(f"/api/v1/{path}", bench.keys["supervisor"])
        took.append((time.perf_counter() - began) * 1000)
    return middle(took)


def _import(client: Client, key: str, first: int, many: int) -> None:
    words = ("Anchor", "Bracket", "Cable Tie", "Dowel", "Edge Trim", "Filter", "Gasket", "Hinge", "Insert", "Joint")
    rows = [
        f"M-{n:06},{words[n % 10]} {n // 10} {words[n // 7 % 10]} zinc plated,{code},{quantity}\n"
        for n in range(first, first + many)
        for code, quantity in ((f"7{n:010}", 1), (f"C7{n:010}", 12))
    ]
    client.post("/api/v1/imports/products", ("sku,name,barcode,barcode_quantity\n" + "".join(rows)).encode(), key, "text/csv")
