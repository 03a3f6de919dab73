"""kill -9: of the server right before and right after a commit, of the server under load, of the database under load.

After each the server starts again on the same data: what was acknowledged is stored, what is sent again counts once.
"""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from campaigns import Broken, Outcome, hold, progress
from campaigns.ground import Ground
from campaigns.server import Outbox, Server, together
from campaigns.writers import PEN, Field
from tests.databases import own_server, url_of


def receive(_: int) -> dict[str, Any]:
    return {"task": "receive", "location": "A-01", "barcode": PEN}


class Careless(Outbox):
    """The control: a gun that takes what it sent for stored."""

    def sync(self, most: int = 50) -> bool:
        sent = dict(list(self.waiting.items())[:most])
        self.acknowledged |= sent
        done = super().sync(most)
        self.waiting = {n: s for n, s in self.waiting.items() if n not in sent}
        return done


def around_commit(ground: Ground, engine: str) -> Counter[str]:
    """Kill the worker at its commit: before it nothing may be stored, after it everything; sent again it counts once."""
    field, facts = Field(ground, engine, "commit"), Counter[str]()
    server = Server(field.folder, field.url, WEB_CONCURRENCY="1")
    boxes = [Outbox(server, token, receive) for token in field.tokens[:3]]
    try:
        for where in ("before-commit", "after-commit"):
            stored = len(field.ask("SELECT id FROM scans"))
            server.start(SCANLEDGER_CRASH=where)
            for box in boxes:
                box.hang_up()
                box.scan()
                box.scan()
                hold(not box.sync(), f"{where}: the worker answered though it died")
            server.kill()
            fresh = len(field.ask("SELECT id FROM scans")) - stored
            hold(fresh == (0 if where == "before-commit" else 6), f"{where}: {fresh} of 6 scans are stored")
            server.start()
            for box in boxes:
                box.drain()
            server.end()
            facts["kills"] += 3
            judge(field, boxes)
    finally:
        server.close()
    return facts


def judge(field: Field, boxes: list[Outbox]) -> None:
    """Acknowledged minus stored is 0, and each counts once."""
    stored = {str(row[0]) for row in field.ask("SELECT id FROM scans")}
    lost = {n for box in boxes for n in box.acknowledged} - stored
    hold(not lost, f"{len(lost)} acknowledged scans are not stored")
    waiting = {n for box in boxes for n in box.waiting}
    if not waiting:
        made = sum(box.made for box in boxes)
        hold(len(stored) == made, f"{made} made, {len(stored)} stored")
        hold(field.on_hand() == made, f"{made} made, the balance says {field.on_hand()}")
    field.proven()


def under_load(ground: Ground, engine: str, kills: int, seed: int) -> Counter[str]:
    """Kill all processes of the server while six guns send; start again; at the end all drain."""
    chance, facts = random.Random(seed), Counter[str]()
    field = Field(ground, engine, "load")
    server = Server(field.folder, field.url, WEB_CONCURRENCY="2")
    boxes = [Outbox(server, token, receive) for token in field.tokens[:6]]
    try:
        for number in range(kills):
            progress(number, kills, "kills of the server")
            server.start()
            load(boxes, chance.uniform(0.1, 0.6), server.kill)
            judge(field, boxes)
            facts["kills"] += 1
        server.start()
        facts["unanswered requests"] = sum(box.errors for box in boxes)
        for box in boxes:
            box.drain()
            proof = box.proof()
            hold((proof["held"], proof["xor"], proof["missing"]) == (box.made, f"{box.xor:032x}", []), f"{proof}, made {box.made}")
        server.end()
    finally:
        server.close()
    judge(field, boxes)
    facts["acknowledged"] = sum(len(box.acknowledged) for box in boxes)
    return facts


def load(boxes: list[Outbox], seconds: float, disaster: Any) -> None:
    """Let guns scan and send without a pause until the disaster, and a little longer."""
    over = threading.Event()

    def work(box: Outbox) -> None:
        while not over.is_set():
            box.scan()
            if not box.sync(20):
                time.sleep(0.02)

    def strike() -> None:
        time.sleep(seconds)
        try:
            disaster()
        finally:
            over.set()

    together(strike, *[lambda b=b: work(b) for b in boxes])


def kill_postgres(postgres: Any) -> None:
    """kill -9 the postmaster and every process it started, then start it on the same data."""
    pid = int((Path(postgres.pgdata) / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGSTOP)  # so that it starts no further ones
    family = [pid, *children(pid)]
    for one in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    until = time.monotonic() + 10
    while any(alive(one) for one in family):
        hold(time.monotonic() < until, "PostgreSQL outlives kill -9")
        time.sleep(0.02)
    for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # all of them are dead; a zombie is taken for a running server
        (Path(postgres.pgdata) / left).unlink(missing_ok=True)
    until = time.monotonic() + 20
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                postgres.ensure_postgres_running()
            return
        except subprocess.CalledProcessError:
            hold(time.monotonic() < until, "PostgreSQL doesn't start again")
            time.sleep(0.3)


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                if f"\nPPid:\t{pid}\n" in (folder / "status").read_text():
                    found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def database_under_load(ground: Ground, kills: int, seed: int) -> Counter[str]:
    """Kill PostgreSQL under a server that goes on serving: it answers 503 or nothing, never 200 for what is lost, and comes back."""
    chance, facts = random.Random(seed), Counter[str]()
    with own_server() as postgres:
        own = Ground(ground.folder / f"own-{time.monotonic_ns()}", url_of(postgres))
        own.folder.mkdir()
        field = Field(own, "postgres", "db")
        server = Server(field.folder, field.url, WEB_CONCURRENCY="2")
        boxes = [Outbox(server, token, receive) for token in field.tokens[:6]]
        try:
            server.start()
            for number in range(kills):
                progress(number, kills, "kills of the database")
                load(boxes, chance.uniform(0.2, 0.6), lambda: kill_postgres(postgres))
                facts["kills"] += 1
            for box in boxes:
                box.drain()
                facts["refused while down"] += sum(n for status, n in box.refusals.items())
                hold(set(box.refusals) <= {503}, f"while the database was down the server answered {box.refusals}")
        finally:
            server.close()
        judge(field, boxes)
    facts["acknowledged"] = sum(len(box.acknowledged) for box in boxes)
    return facts


def careless(ground: Ground, engine: str) -> str:
    """The control: a gun that doesn't wait for the answer loses what the server had not committed, and that is noticed."""
    field = Field(ground, engine, "careless")
    server = Server(field.folder, field.url, WEB_CONCURRENCY="1")
    try:
        box = Careless(server.start(SCANLEDGER_CRASH="before-commit"), field.tokens[0], receive)
        box.scan()
        box.sync()
    finally:
        server.close()
    try:
        judge(field, [box])
    except Broken as caught:
        return f"a careless gun: {caught}"
    raise Broken("control: a careless gun lost nothing")


def campaign(ground: Ground, engine: str, kills: int, seed: int) -> Outcome:
    facts = around_commit(ground, engine)
    facts += under_load(ground, engine, kills, seed)
    if engine == "postgres":
        facts += database_under_load(ground, kills, seed)
    control = careless(ground, engine)
    total = facts.pop("kills")
    return Outcome(f"kill -9 ({engine})", total, "kills", {"lost": 0, **facts}, control)
