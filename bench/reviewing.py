"""The review of a count of 100,000 lines over HTTP: the first page, others, why a line differs, one decision about all, its undo."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeAlias

from sqlalchemy import Connection, text

from app import config, create_app, journal, times
from app.db import db, insert_many, writing
from bench.places import Bench, Client, Database, serving
from bench.report import Measured, middle

COUNT = "K950"
A_PLACE = 50
"""Lines of a location."""
Book: TypeAlias = list[tuple[int, Any, int]]
"""Location, product, and how many are on hand."""
PAGE = 1.0
"""Seconds that a page may take."""
FIRST, AGAIN = 0.3, 2
"""How long the console lets lines be compared before it shows what there is: the first time, and then again and again until all is done."""


def run(bench: Bench) -> Iterator[Measured]:
    """Measure seconds of each, against the second that a page may take, or with fewer lines."""
    few, many = bench.of(10_000, 10_000, 100), bench.of(100_000, 100_000, 200)
    for engine in bench.engines:
        seconds = []
        for lines in (few, many):
            database = bench.database(engine)
            bench.say(f"{engine}: a count of {lines:,} lines")
            _make(database, lines)
            with serving(bench, database) as server, Client(server.port) as client:
                seconds.append(_review(bench, client, lines))
            bench.drop(database)
        base, ours = seconds
        told = {
            "all": "all compared, page after page",
            "after": "first page again, a location changed",
            "many": "one decision about all",
            "undo": "its undo",
        }
        for name, what in told.items():
            yield Measured(
                f"review of {many:,} lines: {what} / {few:,}", engine, f"{ours[name]:.2f} s", f"{base[name]:.2f} s", ours[name] / base[name]
            )
        for name, what in {
            "first": "first look, nothing compared before",
            "why": "why",
            "page": "first page, all compared",
            "value": "by value",
            "deep": "a page in the middle",
            "search": "search",
        }.items():
            small = f"{few:,}: {base[name]:.2f} s"
            yield Measured(f"review of {many:,} lines: {what} / 1 s", engine, f"{ours[name]:.2f} s", small, ours[name] / PAGE, most=1)


def _review(bench: Bench, client: Client, lines: int) -> dict[str, float]:
    token, path = bench.keys["supervisor"], f"/api/v1/counts/{COUNT}"
    took: dict[str, float] = {}

    def timed(name: str, deed: Callable[[], Any], times_: int = 1) -> Any:
        spent = []
        for _ in range(times_):
            began = time.perf_counter()
            answer = deed()
            spent.append(time.perf_counter() - began)
        took[name] = middle(spent)
        return answer

    def page(query: str) -> Any:
        return json.loads(client.get(f"{path}/lines?{query}", token))

    again = bench.of(7, 3, 1)
    first = timed("first", lambda: page(f"limit=100&within={FIRST}"))
    assert first["rows"]

    def rest() -> Any:
        while (found := page(f"limit=100&within={AGAIN}"))["done"] < 100:
            pass
        return found

    assert timed("all", rest)["total"] == lines
    timed("page", lambda: page("limit=100"), again)
    top = timed("value", lambda: page("limit=100&sort=value&differs=true"), again)
    timed("deep", lambda: page(f"limit=100&sort=value&skip={lines // 2}"), again)
    timed("search", lambda: page("limit=100&search=0001"), again)
    line = top["rows"][0]["line"]
    timed("why", lambda: client.get(f"{path}/lines/{line}", token), again)
    _pick(bench, client, first["rows"][0])
    seen = timed("after", lambda: page("limit=100"))["hash"]
    body = json.dumps({"hash": seen, "matching": {}, "decision": "recount", "note": "all again"}).encode()
    done = timed("many", lambda: client.post(f"{path}/decisions", body, token))
    assert done["decided"] == lines, done
    timed("undo", lambda: client.delete(f"{path}/decisions/{done['bulk']}", token))
    return took


def _pick(bench: Bench, client: Client, line: dict[str, Any]) -> None:
    at, barcode = times.wire(times.now()), line["sku"]
    scan = {"id": str(uuid.uuid4()), "task": "pick", "scanned_at": at, "location": line["location"], "barcode": barcode}
    client.post("/api/v1/scans", json.dumps({"scans": [scan]}).encode(), bench.tokens[0])


def _make(database: Database, lines: int) -> None:
    """Store a count in review, what is on hand in its locations, and its scans: every tenth line differs."""
    app = create_app(config.Settings(database.url, database.folder, None, False, ""))
    at, dice = times.now() - times.HOUR, Random(7)
    with app.app_context():
        with writing() as tx:
            products = tx.execute(text(_PRODUCTS), {"n": A_PLACE}).all()
            bins, sheets = _places(tx, lines // A_PLACE, at)
            book = [(place, product, dice.randint(1, 200)) for place in bins for product in products]
            _stock(tx, book, at - 9 * times.DAY)
            insert_many(tx, "scans", _SCANS, list(_scans(journal.take(tx, 1, lines), book, sheets, at)))
        if database.engine == "postgres":
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
                tx.execute(text("ANALYZE"))
        db.engine.dispose()


def _places(tx: Connection, places: int, at: int) -> tuple[list[int], list[int]]:
    """Make locations, the count, and a finished sheet for each; return the ids of locations and sheets."""
    first = journal.take(tx, 1, places)
    insert_many(
        tx, "locations", ("site_id", "code", "folded", "name", "kind", "parent_id", "path", "walk_key", "search", "journal"),
        [(1, f"Z-{n:05}", f"z-{n:05}", f"Z-{n:05}", "bin", 1, "", f"Z-{n:05}", "", first + n) for n in range(places)],
    )  # fmt: skip
    bins = list(tx.scalars(text("SELECT id FROM locations WHERE path = '' ORDER BY code")))
    tx.execute(text("UPDATE locations SET path = '/1/' || id || '/' WHERE path = ''"))
    count = ("id", "site_id", "code", "kind", "blind", "policy", "created_at", "note", "last_sheet", "journal")
    insert_many(tx, "counts", count, [(950, 1, COUNT, "cycle", True, "ask", at, "", places, journal.take(tx, 1))])
    first = journal.take(tx, 1, places)
    insert_many(
        tx, "sheets",
        ("site_id", "count_id", "code", "location_id", "sequence", "operator", "open", "complete", "created_at", "closed_at",
         "closed_uncertainty_ms", "planned", "journal"),
        [
            (1, 950, f"{COUNT}-{n:05}", place, 1, "OP-17", False, True, at, at + 600_000, 2000, True, first + n)
            for n, place in enumerate(bins)
        ],
    )  # fmt: skip
    return bins, list(tx.scalars(text("SELECT id FROM sheets WHERE count_id = 950 ORDER BY code")))


def _stock(tx: Connection, book: Book, at: int) -> None:
    """Post what is on hand."""
    opening = tx.scalar(text("SELECT id FROM locations WHERE code = 'OPENING'"))
    first = journal.take(tx, 1, len(book))
    rows = [(place, product.id, "", "", many * 10**product.decimals) for place, product, many in book]
    insert_many(
        tx, "moves",
        ("site_id", "journal", "kind", "target_id", "product_id", "lot", "serial", "quantity", "source_id", "occurred_at", "uncertainty_ms",
         "recorded_at"),
        [(1, first + n, "opening", *row, opening, at, 0, at) for n, row in enumerate(rows)],
    )  # fmt: skip
    insert_many(tx, "balances", ("location_id", "product_id", "lot", "serial", "quantity"), rows)


_PRODUCTS = "SELECT id, decimals FROM products WHERE tracking = 'none' ORDER BY sku LIMIT :n"
_SCANS = (
    "site_id", "journal", "id", "hash", "task", "said", "scanned_at", "received_at", "occurred_at", "uncertainty_ms", "location_id",
    "product_id", "lot", "serial", "quantity", "operator", "sheet_id", "outcome", "warnings",
)  # fmt: skip


def _scans(first: int, book: Book, sheets: list[int], at: int) -> Iterator[tuple[Any, ...]]:
    """Give one scan a line; every tenth says one more than the book."""
    for n, (place, product, many) in enumerate(book):
        told, counted = uuid.UUID(int=first + n), many + (n % 10 == 0)
        said = {"id": str(told), "task": "count", "quantity": str(counted), "operator": "OP-17"}
        yield (
            1, first + n, str(told), told.bytes, "count", json.dumps(said), at, at, at + n % 500_000, 2000, place, product.id, "", "",
            counted * 10**product.decimals, "OP-17", sheets[n // A_PLACE], "noted", "",
        )  # fmt: skip
