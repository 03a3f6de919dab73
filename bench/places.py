"""Databases and servers to measure: the demo site with enrolled guns, on SQLite and PostgreSQL, served by gunicorn as `make run` does."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import text

from app import config, create_app, demo
from app.db import db, reading, writing
from app.devices.enrolling import enrol
from app.people.keeping import give_key
from bench.machine import cpu
from bench.traffic import Site
from tests.databases import own_server, url_of

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgres")
SIZES = ("full", "quick", "tiny")
GUNS = 50


@dataclass(frozen=True)
class Database:
    """A database of its own, in a folder of its own."""

    engine: str
    url: str
    folder: Path

    def connect(self) -> Any:
        """Return a connection of the bare driver, as durable as the app's own."""
        if self.engine == "sqlite":
            app = create_app(config.Settings(self.url, self.folder, None, False, ""))
            with app.app_context():  # so that it has all the app's PRAGMAs
                lent = db.engine.raw_connection()
                lent.detach()
                return lent.dbapi_connection
        import psycopg

        return psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True)


class Bench:
    """All that the benches share: templates, a PostgreSQL server, tokens, a site."""

    def __init__(self, engines: Sequence[str] = ENGINES, size: str = "full") -> None:
        self.engines, self.size = engines, size
        self.kinds: list[str] | None = None
        """Of imports, where only some are wanted."""
        self.stack = contextlib.ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="scanledger-bench-")))
        self.tokens: list[str] = []
        self.keys: dict[str, str] = {}
        self.postgres_pid: int | None = None
        self._templates: dict[str, Database] = {}
        self._postgres: str | None = None

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def of(self, full: int, quick: int, tiny: int) -> int:
        """Return how much of something this run does."""
        return (full, quick, tiny)[SIZES.index(self.size)]

    def say(self, what: str) -> None:
        """Show progress."""
        print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)

    def database(self, engine: str) -> Database:
        """Return a fresh database with the demo site and the guns."""
        template = self._template(engine)
        made = self._empty(engine)
        if engine == "sqlite":
            shutil.copy(template.folder / "scanledger.db", made.folder)
        else:
            self._sql(f'CREATE DATABASE "{made.folder.name}" TEMPLATE "{template.folder.name}"')
        return made

    def drop(self, database: Database) -> None:
        """Remove a database."""
        if database.engine == "postgres":
            self._sql(f'DROP DATABASE "{database.folder.name}" WITH (FORCE)')
        shutil.rmtree(database.folder, ignore_errors=True)

    def site(self) -> Site:
        """Return what the guns can meet."""
        template = self._template(self.engines[0])
        app = self._app(template)
        with app.app_context(), reading() as tx:
            bins = list(tx.scalars(text("SELECT code FROM locations WHERE kind = 'bin' ORDER BY code")))
            barcodes = "SELECT sku, MIN(b.code) FROM products p JOIN barcodes b ON b.product_id = p.id GROUP BY sku ORDER BY sku"
            singles = barcodes.replace("GROUP", "WHERE b.quantity = CASE decimals WHEN 0 THEN 1 WHEN 2 THEN 100 ELSE 1000 END GROUP")
            lots: dict[str, list[str]] = {}
            for sku, lot in tx.execute(text("SELECT sku, l.code FROM lots l JOIN products p ON p.id = l.product_id ORDER BY expiry")):
                lots.setdefault(sku, []).append(lot)
            stock = [
                (place, sku, lot, int(quantity) // 10**decimals)
                for place, sku, lot, quantity, decimals in tx.execute(
                    text(
                        "SELECT l.code, p.sku, b.lot, b.quantity, p.decimals FROM balances b JOIN locations l ON l.id = b.location_id "
                        "JOIN products p ON p.id = b.product_id WHERE l.kind = 'bin' ORDER BY 1, 2, 3"
                    )
                )
            ]
            site = Site(bins, dict(tx.execute(text(singles)).all()), lots, stock)
        self._let_go(app)
        return site

    def _let_go(self, app: Any) -> None:
        with app.app_context():
            db.engine.dispose()

    def _template(self, engine: str) -> Database:
        if engine not in self._templates:
            self.say(f"{engine}: the demo site")
            made = self._empty(engine)
            if engine == "postgres":
                self._sql(f'CREATE DATABASE "{made.folder.name}"')
            app = self._app(made)
            with app.app_context():
                upgrade()
                demo.load()
                self._enrol()
                if engine == "sqlite":
                    with db.engine.connect() as tx:
                        tx.exec_driver_sql("ROLLBACK")
                        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                        tx.exec_driver_sql("BEGIN")
                db.engine.dispose()
            self._templates[engine] = made
        return self._templates[engine]

    def _enrol(self) -> None:
        """Enrol guns; every template knows the same tokens."""
        with writing() as tx:
            fresh = [enrol(tx, 1, f"gun {n}", None)[1] for n in range(GUNS + 1)]
            keys = {role: give_key(tx, f"key {role}", [role]) for role in ("supervisor", "accountant")}
            if not self.tokens:
                self.tokens, self.keys = fresh, keys
                self._hashes = tx.execute(text("SELECT id, token_hash FROM devices ORDER BY id")).all()
                self._key_hashes = tx.execute(text("SELECT id, token_hash FROM keys ORDER BY id")).all()
            else:
                for table, hashes in (("devices", self._hashes), ("keys", self._key_hashes)):
                    for number, known in hashes:
                        tx.execute(text(f"UPDATE {table} SET token_hash = :h WHERE id = :id"), {"h": known, "id": number})

    def _app(self, database: Database) -> Any:
        return create_app(config.Settings(database.url, database.folder, None, False, ""))

    def _empty(self, engine: str) -> Database:
        folder = self.folder / f"bench_{uuid.uuid4().hex[:12]}"
        folder.mkdir()
        if engine == "sqlite":
            return Database(engine, f"sqlite:///{folder / 'scanledger.db'}", folder)
        return Database(engine, self._server().format(folder.name), folder)

    def _server(self) -> str:
        if self._postgres is None:
            self.say("postgres: a server of its own")
            server = self.stack.enter_context(own_server())
            self.postgres_pid = server.get_pid()
            self._postgres = url_of(server)
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert self._sql(f"SHOW {name}") == [("on",)], f"{name} is off: nothing would be durable"
        return self._postgres

    def _sql(self, sql: str) -> Any:
        import psycopg

        with psycopg.connect(self._server().format("postgres").replace("+psycopg", ""), autocommit=True) as connection:
            for patience in range(50, -1, -1):
                try:
                    found = connection.execute(sql)
                    return found.fetchall() if found.description else None
                except psycopg.errors.ObjectInUse:  # others are just leaving that database
                    if not patience:
                        raise
                    time.sleep(0.1)
        raise AssertionError


@dataclass
class Server:
    """A running gunicorn, and what belongs to it."""

    process: subprocess.Popen[bytes]
    port: int
    database: Database
    postgres_pid: int | None

    @property
    def pids(self) -> tuple[int, ...]:
        """The roots of the processes whose CPU a request costs."""
        return (self.process.pid, *([self.postgres_pid] if self.database.engine == "postgres" and self.postgres_pid else []))

    @property
    def worker(self) -> int:
        """The pid of a worker."""
        return max(cpu(self.process.pid).keys() - {self.process.pid})


@contextlib.contextmanager
def serving(bench: Bench, database: Database, **env: str) -> Iterator[Server]:
    """Serve a database as `make run` does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (database.folder / "server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "bench.wsgi:app"],
        cwd=ROOT,
        stderr=log,
        env=os.environ | {"DATA_DIR": str(database.folder), "DATABASE_URL": database.url, "HOST": "127.0.0.1", "PORT": str(port)} | env,
    )
    try:
        until = time.monotonic() + 30
        while True:
            try:
                with Client(port) as client:
                    client.get("/readyz")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield Server(process, port, database, bench.postgres_pid)
    except BaseException:
        sys.stderr.write((database.folder / "server.log").read_text()[-4000:])
        raise
    finally:
        process.terminate()
        process.wait(30)
        log.close()


class Client:
    """One connection that is kept."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def post(self, path: str, body: bytes, token: str, kind: str = "application/json") -> Any:
        """Post JSON, or something of another kind, and return the answer's JSON."""
        return json.loads(self._ask("POST", path, body, {"Content-Type": kind, "Authorization": f"Bearer {token}"}))

    def get(self, path: str, token: str = "") -> bytes:
        """Get a path."""
        return self._ask("GET", path, None, {"Authorization": f"Bearer {token}"} if token else {})

    def delete(self, path: str, token: str) -> Any:
        """Delete, and return the answer's JSON."""
        return json.loads(self._ask("DELETE", path, None, {"Authorization": f"Bearer {token}"}))

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        """Return the answer; any other status than 200 raises."""
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said[:500]
        return said
