"""Many writers at once: a hot balance stays exact, the feed is complete while they write, races have one winner.

Beside each stands the naive way, on a scratch table with the same number of writers, and must lose.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import BigInteger, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool

from app import create_app
from app.db import db, reading, sqlite_module
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, settings
from campaigns.server import Outbox, Server, served, together
from tests import shop as shops

PEN = "9521234000013"


class Field:
    """A shop in a database that a real server serves."""

    def __init__(self, ground: Ground, engine: str, name: str, folder: Path | None = None) -> None:
        self.engine = engine
        self.url, self.folder = ground.fresh(engine, folder or ground.folder / f"{name}-{engine}-{time.monotonic_ns()}")
        self.app: Flask = create_app(settings(self.url, self.folder))
        with self.app.app_context():
            shop = shops.open_shop(self.app)
            self.tokens = [shops.gun(self.app, f"writer-{n}").token for n in range(8)]
            self.office = shop.person("supervisor").token
            self.at_rest()

    def at_rest(self) -> None:
        db.engine.dispose()

    def server(self, **env: str) -> Any:
        return served(self.folder, self.url, WEB_CONCURRENCY="2", **env)

    def ask(self, query: str) -> list[Any]:
        """Read the database directly, the server stopped or not."""
        with self.app.app_context():
            with reading() as tx:
                rows = list(tx.execute(text(query)))
            self.at_rest()
            return rows

    def proven(self) -> None:
        from app.ledger import replaying

        with self.app.app_context():
            with reading() as tx:
                found = replaying.check(tx)
            self.at_rest()
        hold(found == [], f"{self.engine}: {found[:3]}")

    def on_hand(self, place: str = "A-01", sku: str = "PEN") -> int:
        rows = self.ask(
            "SELECT COALESCE(SUM(b.quantity), 0) FROM balances b JOIN locations l ON l.id = b.location_id "
            f"JOIN products p ON p.id = b.product_id WHERE l.code = '{place}' AND p.sku = '{sku}'"
        )
        return int(rows[0][0])


def hot(ground: Ground, engine: str, writes: int) -> Outcome:
    """Write to one balance from all sides while others follow the feed."""
    writers = 8
    field = Field(ground, engine, "hot")
    each = writes // writers
    with field.server() as server:
        boxes = [Outbox(server, field.tokens[n], lambda i: {"task": "receive", "location": "A-01", "barcode": PEN}) for n in range(writers)]
        done = threading.Event()
        readers = [Reader(server, field.office, path, limit) for path, limit in (("feed", 500), ("feed", 37), ("moves", 100))]

        def write(box: Outbox) -> None:
            for number in range(each):
                progress(number, each, "writes of each writer")
                box.scan()
                hold(box.sync(1), f"{engine}: a write was refused: {box.refusals}")

        def write_all() -> None:
            try:
                together(*[lambda b=b: write(b) for b in boxes])
            finally:
                done.set()

        began = time.monotonic()
        together(write_all, *[lambda r=r: r.follow(done) for r in readers])
        took = time.monotonic() - began
        for box in boxes:
            proof = box.proof()
            hold((proof["held"], proof["xor"]) == (each, f"{box.xor:032x}"), f"{engine}: {proof}")
    made = {number for box in boxes for number in box.acknowledged}
    hold(len(made) == each * writers, f"{engine}: {each * writers - len(made)} writes were not acknowledged")
    hold(field.on_hand() == len(made), f"{engine}: {len(made)} acknowledged, the balance says {field.on_hand()}")
    field.proven()
    scans = {r[0] for r in field.ask("SELECT journal FROM scans")}
    moves = {r[0] for r in field.ask("SELECT journal FROM moves")}
    for reader in readers:
        reader.judge(scans, moves)
    naive_writes = min(writes, 800)
    lost = naive_balance(ground, engine, naive_writes, writers)
    missed, of = naive_cursor(ground, engine, 1_600, writers) if engine == "postgres" else (0, 0)
    control = f"read, then update lost {lost} of {naive_writes}"
    if engine == "postgres":
        hold(missed > 0, "control: a cursor on a sequence missed nothing")
        control += f"; id > last on a sequence missed {missed} of {of}"
    hold(lost > 0, f"control: read, then update lost nothing on {engine}")
    facts = {"writers": writers, "lost": 0, "readers": len(readers), "missed": 0, "writes/s": round(writes / took)}
    return Outcome(f"hot balance ({engine})", each * writers, "writes", facts, control)


class Reader:
    """Follows a feed by its cursor while others write."""

    def __init__(self, server: Server, token: str, path: str, limit: int) -> None:
        self.server, self.token, self.path, self.limit = server, token, path, limit
        self.rows: list[tuple[int, str]] = []

    def follow(self, done: threading.Event) -> None:
        since = 0
        while True:
            last_round = done.is_set()
            status, page = self.server.ask("GET", f"/api/v1/{self.path}?since={since}&limit={self.limit}", token=self.token)
            hold(status == 200, f"{self.path}: {status} {page}")
            self.rows += [(row["journal"], row["kind"] if self.path == "feed" else "move") for row in page["rows"]]
            since = page["next"]
            if not page["rows"]:
                if last_round:
                    return
                time.sleep(0.01)

    def judge(self, scans: set[int], moves: set[int]) -> None:
        numbers = [row[0] for row in self.rows]
        hold(numbers == sorted(numbers), f"{self.path}: not in order")
        repeated = [row for row, times in Counter(self.rows).items() if times > 1]
        hold(not repeated, f"{self.path}: {len(repeated)} rows repeated")
        seen = {kind: {n for n, k in self.rows if k == kind} for kind in ("scan", "move")}
        hold(seen["move"] == moves, f"{self.path} (limit {self.limit}): {len(moves - seen['move'])} moves missed")
        hold(self.path != "feed" or seen["scan"] == scans, f"{self.path} (limit {self.limit}): {len(scans - seen['scan'])} scans missed")


class Scratch(DeclarativeBase):
    """The naive tables."""


class NaiveBalance(Scratch):
    """A balance as an ORM attribute."""

    __tablename__ = "naive_balance"
    id: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[int] = mapped_column(BigInteger)


class NaiveRow(Scratch):
    """A row numbered by a sequence."""

    __tablename__ = "naive_row"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


def scratch(ground: Ground, engine: str) -> Any:
    url, _ = ground.fresh(engine)
    options: dict[str, Any] = {"module": sqlite_module(), "connect_args": {"timeout": 60}} if engine == "sqlite" else {}
    made = create_engine(url, poolclass=NullPool if engine == "sqlite" else None, **options)
    if engine == "sqlite":

        @event.listens_for(made, "connect")
        def _fast(raw: Any, _: Any) -> None:
            raw.execute("PRAGMA synchronous=OFF")

    Scratch.metadata.create_all(made)
    return made


def naive_balance(ground: Ground, engine: str, writes: int, writers: int) -> int:
    """The control: read the balance, add to it, write it; return how many acknowledged writes were lost."""
    made = scratch(ground, engine)
    with Session(made) as session:
        session.add(NaiveBalance(id=1, quantity=0))
        session.commit()
    acknowledged = Counter[str]()
    guard = threading.Lock()

    def write() -> None:
        for _ in range(writes // writers):
            with Session(made) as session:
                row = session.get_one(NaiveBalance, 1)
                before = row.quantity
                session.rollback()
                row = session.get_one(NaiveBalance, 1)
                row.quantity = before + 1
                session.commit()
            with guard:
                acknowledged["writes"] += 1

    def naive() -> None:
        for _ in range(writes // writers):
            with Session(made) as session:
                row = session.get_one(NaiveBalance, 1)
                row.quantity += 1
                session.commit()
            with guard:
                acknowledged["writes"] += 1

    together(*[write if engine == "sqlite" else naive] * writers)
    with Session(made) as session:
        kept = session.get_one(NaiveBalance, 1).quantity
    made.dispose()
    return acknowledged["writes"] - kept


def naive_cursor(ground: Ground, engine: str, rows: int, writers: int) -> tuple[int, int]:
    """The control: follow a sequence by `id > last` while transactions overlap; return how many rows were missed."""
    made = scratch(ground, engine)
    done = threading.Event()
    seen: list[int] = []

    def write() -> None:
        for _ in range(rows // writers):
            with made.begin() as tx:
                tx.execute(text("INSERT INTO naive_row DEFAULT VALUES"))
                tx.execute(text("SELECT pg_sleep(0.001)"))

    def read() -> None:
        last = 0
        while True:
            last_round = done.is_set()
            with made.connect() as tx:
                found = list(tx.scalars(text("SELECT id FROM naive_row WHERE id > :last ORDER BY id"), {"last": last}))
            seen.extend(found)
            last = found[-1] if found else last
            if last_round and not found:
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        together(*[write] * writers)
    finally:
        done.set()
        reader.join()
    with made.connect() as tx:
        kept = int(tx.scalar(text("SELECT COUNT(*) FROM naive_row")) or 0)
    made.dispose()
    return kept - len(seen), kept


def races(ground: Ground, engine: str, rounds: int) -> Outcome:
    """Race for the last unit, for one reversal, for one approval."""
    field = Field(ground, engine, "races")
    facts: Counter[str] = Counter()
    expected = 0
    with field.server() as server:
        for number in range(rounds):
            progress(number, rounds, "rounds")
            racers = (8, 16, 64)[number % 3]
            expected = _last_unit(field, server, racers, expected)
            facts["racing picks"] += racers
            _reversals(field, server, 16)
            facts["racing reversals"] += 16
            _approvals(field, server, 16)
            facts["racing approvals"] += 16
    field.proven()
    return Outcome(f"races ({engine})", rounds, "rounds", dict(facts))


def _box(server: Server, token: str, **said: Any) -> Outbox:
    return Outbox(server, token, lambda i: said)


def _send(box: Outbox) -> None:
    if not box.waiting:
        box.scan()
    hold(box.sync(1), f"refused: {box.refusals}, {box.errors} errors")


def _last_unit(field: Field, server: Server, racers: int, before: int) -> int:
    """Racing picks of the last unit: all happened, one exception; it closes when the stock is back."""
    _send(_box(server, field.tokens[0], task="receive", location="A-02", barcode=PEN, quantity="1"))
    boxes = [_box(server, field.tokens[n % 8], task="pick", location="A-02", barcode=PEN) for n in range(racers)]
    together(*[lambda b=b: _send(b) for b in boxes])
    hold(field.on_hand("A-02") == 1 - racers, f"{racers} racing picks left {field.on_hand('A-02')}")
    open_ = "SELECT COUNT(*) FROM exceptions WHERE kind = 'negative_balance' AND closed_at IS NULL"
    hold(field.ask(open_)[0][0] == 1, f"{racers} racing picks opened {field.ask(open_)[0][0]} exceptions")
    _send(_box(server, field.tokens[0], task="receive", location="A-02", barcode=PEN, quantity=str(racers - 1)))
    hold(field.ask(open_)[0][0] == 0, "the exception did not close by itself")
    return before


def _reversals(field: Field, server: Server, racers: int) -> None:
    """Racing voids of one scan by the same operator on many guns: one reversal."""
    first = _box(server, field.tokens[0], task="receive", location="B-01", barcode=PEN, quantity="5", operator="OP-1")
    before = field.on_hand("B-01")
    _send(first)
    (number,) = first.acknowledged
    boxes = [_box(server, field.tokens[n % 8], task="void", voids=number, operator="OP-1") for n in range(racers)]
    together(*[lambda b=b: _send(b) for b in boxes])
    made = field.ask(f"SELECT COUNT(*) FROM moves m JOIN moves o ON o.journal = m.reverses WHERE o.scan_id = '{number}'")[0][0]
    hold((made, field.on_hand("B-01")) == (1, before), f"{racers} racing reversals made {made}")


def _approvals(field: Field, server: Server, racers: int) -> None:
    """Racing approvals of one reconciliation: each line posts at most one adjustment, all hear the same."""

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return server.ask(method, f"/api/v1/{path}", body, field.office)

    status, count = call("POST", "counts", {"locations": ["DOCK"]})
    hold(status == 201, f"plan: {count}")
    sheet = count["sheets"][0]["code"]
    gun = Outbox(
        server, field.tokens[0],
        lambda i: {"task": "count", "sheet": sheet, "barcode": PEN, "quantity": "3", "operator": "OP-1"} if i == 1
        else {"task": "finish", "sheet": sheet, "operator": "OP-1"},
    )  # fmt: skip
    gun.scan()
    gun.scan()
    gun.drain()
    seen = call("GET", f"counts/{count['code']}/reconciliation")[1]
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    answers: list[tuple[int, Any]] = []
    approve: Callable[[], None] = lambda: answers.append(  # noqa: E731
        call("POST", f"counts/{count['code']}/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    )
    together(*[approve] * racers)
    hold({a[0] for a in answers} == {200}, f"racing approvals: {Counter(a[0] for a in answers)}")
    hold(len({repr(a[1]) for a in answers}) == 1, "racing approvals heard different answers")
    twice = field.ask("SELECT line_id FROM moves WHERE kind = 'adjustment' GROUP BY line_id HAVING COUNT(*) > 1")
    hold(not twice and field.on_hand("DOCK") == 3, f"{racers} racing approvals: {field.on_hand('DOCK')} in DOCK, twice {twice}")
