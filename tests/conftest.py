"""Fixtures: a fresh, migrated database per test, on SQLite and on a real PostgreSQL; every test that takes `app` runs on both; and one browser."""

import functools
import gc
import itertools
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import Engine, event, text
from werkzeug.routing import Rule

from app import config, create_app, granting, shell
from app.db import db, writing
from tests import shop as shops
from tests.browser.harness import CHROMIUM, FLAGS
from tests.calling import Wire
from tests.databases import ROLE, Databases, connected, own_server, run_sql, url_of

gc.disable()
"""Until all tests are collected: nothing of them goes, and to look for what does took four of nine seconds."""

drawing.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
drawing.load_profile("busy")
"""How long an example takes says what else this machine does, not what is wrong."""

_compile_builder = Rule._compile_builder
_builders: dict[tuple[Any, ...], Any] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Any:
    """Return what builds a route's addresses. Werkzeug compiles it for each app anew, which takes most of the time that making one takes."""
    key = (rule.rule, repr(rule.defaults), tuple(rule._trace), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compiled_once

_read = shell.read
_own_shell = functools.cache(_read)


def _read_once(folder: Path = shell.STATIC) -> shell.Build:
    """Return the PWA's files; our own ones were read once for all apps."""
    return _own_shell() if folder == shell.STATIC else _read(folder)


shell.read = _read_once


def settings_for(url: str, data_dir: Path, **changes: object) -> config.Settings:
    return config.Settings(**{"database_url": url, "data_dir": data_dir, "base_url": None, "demo": False, "crash": "", **changes})


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    app = create_app(settings_for(f"sqlite:///{folder / 'scanledger.db'}", folder))
    with app.app_context():
        upgrade()
        at_rest()
    return folder / "scanledger.db"


@pytest.fixture(scope="session")
def sqlite_shop(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, shops.Shop]:
    """A database in which the shop is open: opening it takes longer than most of what tests do there."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(sqlite_template, folder)
    app = create_app(settings_for(f"sqlite:///{folder / 'scanledger.db'}", folder))
    with app.app_context():
        shop = shops.open_shop(app)
        at_rest()
    return folder / "scanledger.db", shop


def at_rest() -> None:
    """Close the embedded database, which is a single file then."""
    with db.engine.connect() as tx:
        tx.exec_driver_sql("ROLLBACK")
        tx.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        tx.exec_driver_sql("BEGIN")
    db.engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real server from the PyPI package, or the one that SCANLEDGER_TEST_POSTGRES names; gives a URL with `{}` for the database."""
    given = os.environ.get("SCANLEDGER_TEST_POSTGRES")
    if given:
        yield given
        return
    with own_server() as server:
        # These databases live for one test; what must survive a crash is tested in the campaigns, on servers of their own that do sync.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            run_sql(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
        run_sql(server.get_uri(), "SELECT pg_reload_conf()")
        yield url_of(server)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Databases that are migrated once."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    run_sql(postgres_server.format("postgres"), f"CREATE DATABASE {name}")
    app = create_app(settings_for(postgres_server.format(name), tmp_path_factory.mktemp("pgtemplate")))
    with app.app_context():
        upgrade()
        with writing() as tx:
            if tx.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": ROLE}) is None:
                tx.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")
            granting.grant(tx, ROLE)
        db.engine.dispose()
    with connected(postgres_server.format("postgres")) as tx:
        yield Databases(postgres_server, name, tx)


@pytest.fixture(scope="session")
def postgres_shops(postgres_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> tuple[Databases, shops.Shop]:
    """Databases in which the shop is open."""
    server, name = postgres_databases.server, f"shop_{uuid.uuid4().hex[:8]}"
    run_sql(server.format("postgres"), f"CREATE DATABASE {name} TEMPLATE {postgres_databases.template}")
    app = create_app(settings_for(server.format(name), tmp_path_factory.mktemp("pgshop")))
    with app.app_context():
        shop = shops.open_shop(app)
        db.engine.dispose()
    return Databases(server, name, postgres_databases.tx), shop


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    marks = {m.name for m in request.node.iter_markers()}
    return str(request.param) if not marks & {"sqlite_only", "postgres_only"} else ("sqlite" if "sqlite_only" in marks else "postgres")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test of one engine runs once, not twice; the long ones come first."""
    kept = []
    for item in items:
        params = getattr(item, "callspec", None)
        engine = params.params.get("engine") if params else None
        if (engine == "sqlite" and item.get_closest_marker("postgres_only")) or (
            engine == "postgres" and item.get_closest_marker("sqlite_only")
        ):
            continue
        kept.append(item)
    items[:] = long_first(kept, getattr(config, "workerinput", {}).get("workercount", 1))


LONG = ("tests/campaigns/", "tests/bench/", "tests/test_hostile.py", "tests/browser/test_reach.py", "tests/browser/test_speed.py")


def long_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Begin each worker's share with some of the long tests, a file together: who is done with his share takes of the others' ends."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.nodeid.startswith(LONG):
            files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    short = iter([item for item in items if not item.nodeid.startswith(LONG)])
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = (len(items) - len(ordered)) // (workers - worker)
        long = [item for file in list(files.values())[worker::workers] for item in file]
        ordered += [*long, *itertools.islice(short, max(0, share - len(long)))]
    return [*ordered, *short]


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was loaded and collected, and let it look at two apps' objects at a time: it took a fifth of all."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)


@pytest.fixture
def opened(engine: str, request: pytest.FixtureRequest) -> shops.Shop | None:
    """The shop whose copy the test is given; None for a test that takes none."""
    if "shop" not in request.fixturenames:
        return None
    return request.getfixturevalue("sqlite_shop" if engine == "sqlite" else "postgres_shops")[1]  # type: ignore[no-any-return]  # a fixture by its name has no type


@pytest.fixture
def database_url(engine: str, opened: shops.Shop | None, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database: as who serves, or as its owner for a test that is marked so."""
    if engine == "sqlite":
        template: Path = request.getfixturevalue("sqlite_shop")[0] if opened else request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "scanledger.db")
        yield f"sqlite:///{tmp_path / 'scanledger.db'}"
        return
    databases: Databases = request.getfixturevalue("postgres_shops")[0] if opened else request.getfixturevalue("postgres_databases")
    name = databases.take()
    yield databases.server.format(name) if request.node.get_closest_marker("as_owner") else databases.url(name)
    databases.give_back(name)


@pytest.fixture
def app(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The app on a fresh database, inside its context; what it commits lives for one test, and waits for no disk unless the test says so."""
    app = create_app(settings_for(database_url, tmp_path))
    with app.app_context():
        if db.engine.dialect.name == "sqlite" and not request.node.get_closest_marker("durable"):
            event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        yield app
        leave(db.engine)


def leave(engine: Engine) -> None:
    """Close an engine's connections, once the threads that a test left behind have given theirs back: else those stay open, ownerless."""
    deadline = time.monotonic() + 10
    while engine.pool.checkedout() and time.monotonic() < deadline:  # type: ignore[attr-defined]  # every pool of ours counts
        time.sleep(0.01)
    engine.dispose()


@pytest.fixture
def wire(app: Flask) -> Wire:
    """Callers of every role, on a site that is empty."""
    return Wire(app)


@pytest.fixture
def shop(app: Flask, opened: shops.Shop) -> shops.Shop:
    """A small shop with people, products and guns."""
    return shops.copied(app, opened)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as p:
        yield p


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), f"Chromium is needed at {CHROMIUM} (Debian: apt-get install chromium), or name it by CHROMIUM."
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()
