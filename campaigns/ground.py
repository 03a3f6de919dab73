"""Where campaigns play: fresh databases on both engines, and a shop on each that can be put back to how it was in milliseconds."""

import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, text

from app import config, create_app, instance
from app.db import db, reading, writing
from tests import shop as shops
from tests.databases import own_server, run_sql, url_of

ENGINES = ("sqlite", "postgres")


def settings(url: str, data_dir: Path, **changes: Any) -> config.Settings:
    return config.Settings(**{"database_url": url, "data_dir": data_dir, "base_url": None, "demo": False, "crash": "", **changes})


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """Give the URL, with `{}` for the database, of the server that SCANLEDGER_TEST_POSTGRES names, or of one of our own."""
    given = os.environ.get("SCANLEDGER_TEST_POSTGRES")
    if given:
        yield given
        return
    with own_server() as server:
        yield url_of(server)


@dataclass
class Ground:
    """Makes fresh, migrated databases; each engine is migrated once and copied."""

    folder: Path
    server: str
    """URL of a PostgreSQL with `{}` for the database."""
    _templates: dict[str, Any] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    def fresh(self, engine: str, folder: Path | None = None) -> tuple[str, Path]:
        """Make a fresh database; return its URL and data folder."""
        folder = folder or self.folder / uuid.uuid4().hex[:12]
        folder.mkdir(parents=True, exist_ok=True)
        if engine == "sqlite":
            if engine not in self._templates:
                self._templates[engine] = self._migrated(
                    f"sqlite:///{self.folder / 'template' / 'scanledger.db'}", self.folder / "template"
                )
            shutil.copy(self.folder / "template" / "scanledger.db", folder / "scanledger.db")
            return f"sqlite:///{folder / 'scanledger.db'}", folder
        if engine not in self._templates:
            name = f"campaign_template_{uuid.uuid4().hex[:8]}"
            run_sql(self.server.format("postgres"), f"CREATE DATABASE {name}")
            self._migrated(self.server.format(name), self.folder / "pgtemplate")
            self._templates[engine] = name
        name = f"campaign_{uuid.uuid4().hex[:12]}"
        run_sql(self.server.format("postgres"), f"CREATE DATABASE {name} TEMPLATE {self._templates[engine]}")
        self._made.append(name)
        return self.server.format(name), folder

    def _migrated(self, url: str, folder: Path) -> str:
        app = create_app(settings(url, folder))
        with app.app_context():
            upgrade()
            _at_rest()
        return url

    @contextlib.contextmanager
    def stage(self, engine: str) -> Iterator["Stage"]:
        """Give a shop on a fresh database, inside its app's context."""
        url, folder = self.fresh(engine)
        app = create_app(settings(url, folder))
        with app.app_context():
            if engine == "sqlite":  # what must be on the disk is proven on servers of their own (`kills`, `power`, `disks`)
                event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
            shop = shops.open_shop(app)
            try:
                yield Stage(engine, app, shop)
            finally:
                db.engine.dispose()

    def clear(self) -> None:
        """Drop what was made on a server that isn't ours."""
        if os.environ.get("SCANLEDGER_TEST_POSTGRES"):
            for name in [*self._made, *(n for e, n in self._templates.items() if e == "postgres")]:
                run_sql(self.server.format("postgres"), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def ground() -> Iterator[Ground]:
    """Give the ground of a run from the command line."""
    with postgres() as server, tempfile.TemporaryDirectory(prefix="scanledger-campaign-") as folder:
        made = Ground(Path(folder), server)
        yield made
        made.clear()


def _at_rest() -> None:
    """Close the database; an embedded one is then a single file."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as tx:
            tx.exec_driver_sql("ROLLBACK")
            tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            tx.exec_driver_sql("BEGIN")
    db.engine.dispose()


@dataclass
class Stage:
    """A shop on one engine, whose database can be remembered and put back whole."""

    engine: str
    app: Flask
    shop: shops.Shop
    _first: Any = None

    def __post_init__(self) -> None:
        self._first = self.remember()

    def remember(self) -> Any:
        """Return all that is in the database."""
        if self.engine == "sqlite":
            _at_rest()
            return Path(db.engine.url.database or "").read_bytes()
        rows: dict[str, bytes] = {}
        with reading() as tx:
            cursor = tx.connection.cursor()
            filled = " UNION ALL ".join(f"(SELECT '{t.name}' FROM {t.name} LIMIT 1)" for t in db.metadata.sorted_tables)
            for (name,) in cursor.execute(filled).fetchall():
                with cursor.copy(f"COPY {name} TO STDOUT") as copy:
                    rows[name] = b"".join(bytes(block) for block in copy)
        return rows

    def put_back(self, remembered: Any) -> None:
        """Make the database what it was; processes' memories of it are forgotten."""
        if self.engine == "sqlite":
            db.engine.dispose()
            path = Path(db.engine.url.database or "")
            for end in ("-wal", "-shm"):
                path.with_name(path.name + end).unlink(missing_ok=True)
            path.write_bytes(remembered)
        else:
            with writing() as tx:
                tx.exec_driver_sql("SET LOCAL session_replication_role = replica")
                cursor = tx.connection.cursor()
                cursor.execute(";".join(f"DELETE FROM {table.name}" for table in db.metadata.sorted_tables))
                for name, rows in remembered.items():
                    with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                        copy.write(rows)
        for kept in ("named", "virtual_locations", "epoch"):
            self.app.extensions.pop(kept, None)
        witness: instance.Witness = self.app.extensions["witness"]
        witness.seen.clear()

    def keep(self) -> None:
        """Take the database as it is for its beginning."""
        self._first = self.remember()

    def reset(self) -> None:
        """Begin again."""
        self.put_back(self._first)

    def restore(self, remembered: Any) -> None:
        """Put an older state back the way a restore does: in a new epoch."""
        self.put_back(remembered)
        with writing() as tx:
            instance.new_epoch(tx)
        self.app.extensions.pop("epoch", None)

    def balances(self) -> dict[tuple[str, str, str], int]:
        """Return the balances that aren't 0, of real and virtual places."""
        with reading() as tx:
            return {
                (r[0], r[1], r[2]): r[3]
                for r in tx.execute(
                    text(
                        "SELECT l.code, p.sku, b.lot, SUM(b.quantity) FROM balances b JOIN locations l ON l.id = b.location_id "
                        "JOIN products p ON p.id = b.product_id WHERE b.quantity <> 0 GROUP BY l.code, p.sku, b.lot"
                    )
                )
                if r[3]
            }

    def stored(self) -> dict[str, str]:
        """Return the outcome of each scan that is stored."""
        with reading() as tx:
            return {str(r[0]): r[1] for r in tx.execute(text("SELECT id, outcome FROM scans"))}
