"""The database: two engines behind one way to read and one way to write.

`reading()` gives a connection on one snapshot; `writing()` one that has the right to write and commits once, at its end.
Rows are made and read with SQLAlchemy Core; the models are the schema.
"""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

from flask import Flask, current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger as BigInteger
from sqlalchemy import Connection, Engine, Integer, MetaData, String, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase

from app.config import Settings

Rows: TypeAlias = Sequence[Sequence[Any]]

Ms = BigInteger
"""A moment in ms since 1970."""
Number = BigInteger().with_variant(Integer, "sqlite")
"""A key that the database gives."""
Uuid = String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
"""A UUID: lower-case hyphenated text in Python and on SQLite, `uuid` on PostgreSQL."""


class Base(DeclarativeBase):
    """Names every constraint, so that migrations can name it too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


FEW = 40
"""Rows that PostgreSQL takes faster in a pipeline of INSERTs than by COPY."""

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})
migrate = Migrate()
_sqlite_writer = threading.Lock()


def sqlite_module() -> Any:
    """Return a DB-API module whose SQLite is free of the WAL-reset bug (3.51.3 or later)."""
    if sqlite3.sqlite_version_info >= (3, 51, 3):
        return sqlite3
    import pysqlite3

    return pysqlite3


def init_app(app: Flask, settings: Settings) -> None:
    """Bind the app to its database."""
    options: dict[str, Any] = (
        {"module": sqlite_module(), "connect_args": {"timeout": 60, "check_same_thread": False}, "pool_size": 80, "max_overflow": 20}
        if settings.sqlite
        else {"pool_size": 8, "max_overflow": 8}
    )
    app.config.update(SQLALCHEMY_DATABASE_URI=settings.database_url, SQLALCHEMY_ENGINE_OPTIONS=options)
    if settings.sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    app.extensions.update(glances=threading.local(), glances_shared=SimpleNamespace(lock=threading.Lock()))
    db.init_app(app)
    migrate.init_app(app, db, directory=os.path.join(os.path.dirname(__file__), "..", "migrations"))
    with app.app_context():
        (_listen if settings.sqlite else _plan_plainly)(db.engine)
        _close_glances(db.engine, app.extensions["glances" if settings.sqlite else "glances_shared"])


def _listen(engine: Engine) -> None:
    """Take SQLite's transactions into our own hands: WAL, durable, BEGIN IMMEDIATE for writers."""

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _: Any) -> None:
        raw.isolation_level = None
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA cache_size=-65536")
        raw.execute("PRAGMA wal_autocheckpoint=16000")

    @event.listens_for(engine, "begin")
    def _begin(tx: Connection) -> None:
        tx.exec_driver_sql("BEGIN IMMEDIATE" if tx.get_execution_options().get("writing") else "BEGIN")


def note(tx: Connection, key: str, value: Any) -> None:
    """Leave a note on the transaction for what runs after its commit."""
    tx.info["notes"][key] = value


def is_sqlite(tx: Connection) -> bool:
    """Tell which engine this connection speaks to."""
    return tx.dialect.name == "sqlite"


def _plan_plainly(engine: Engine) -> None:
    """Keep PostgreSQL from starting workers or a compiler for looks of a few milliseconds, because a table is large."""

    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _: Any) -> None:
        raw.execute("SET jit = off")
        raw.execute("SET max_parallel_workers_per_gather = 0")
        raw.execute("SET cursor_tuple_fraction = 1")  # exports are read to their end
        raw.commit()


def _close_glances(engine: Engine, kept: Any) -> None:
    """Close the connection for glances when the engine is disposed of."""

    @event.listens_for(engine, "engine_disposed")
    def _disposed(_: Engine) -> None:
        lent, kept.lent = getattr(kept, "lent", None), None
        if lent is not None:
            lent.close()


@contextlib.contextmanager
def reading() -> Iterator[Connection]:
    """Give a connection on one snapshot of the database; nothing can be written through it."""
    options = {} if db.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**options) as tx:
        with tx.begin() as transaction:
            yield tx
            transaction.rollback()


@contextlib.contextmanager
def writing() -> Iterator[Connection]:
    """Give a connection in one write transaction; it is durable when the block has ended, gone when the block raises."""
    crash = current_app.extensions["settings"].crash
    engine = db.engine
    with _sqlite_writer if engine.dialect.name == "sqlite" else contextlib.nullcontext():
        with engine.connect().execution_options(writing=True) as tx, tx.begin():
            notes = tx.info["notes"] = {}
            yield tx
            if crash == "before-commit" and notes.get("armed"):
                os._exit(86)
        if crash == "after-commit" and notes.get("armed"):
            os._exit(87)
    for done in current_app.extensions["after_commit"]:
        done(notes)


@contextlib.contextmanager
def raw(tx: Connection) -> Iterator[Any]:
    """Give the driver's own cursor for one statement of the hot path; its errors become SQLAlchemy's."""
    cursor = tx.connection.cursor()
    tx.info["raw_statements"] = tx.info.get("raw_statements", 0) + 1
    driver_error = tx.dialect.loaded_dbapi.Error
    try:
        yield cursor
    except driver_error as error:
        if tx.dialect.is_disconnect(error, tx.connection, None):
            db.engine.dispose(close=False)  # the others that the pool keeps are broken too
        raise DBAPIError.instance(None, None, error, driver_error, dialect=tx.dialect) from error
    finally:
        cursor.close()


@contextlib.contextmanager
def pipelined(tx: Connection, rows: int) -> Iterator[None]:
    """Send the statements of a small batch to PostgreSQL without waiting for each answer; `rows` tells whether it is small."""
    if is_sqlite(tx) or rows >= FEW:
        yield
        return
    driver: Any = tx.connection.driver_connection
    driver_error = tx.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error, dialect=tx.dialect) from error


def insert_many(tx: Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Insert rows of one table in one statement: executemany on SQLite, COPY on PostgreSQL."""
    if not rows:
        return
    names = ", ".join(columns)
    with raw(tx) as cursor:
        if is_sqlite(tx):
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)
            return
        if len(rows) < FEW or tx.connection.driver_connection.pgconn.pipeline_status:  # type: ignore[union-attr]
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows)
            return
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def fetch(tx: Connection, sqlite: str, postgres: str, params: Iterable[Any]) -> list[Any]:
    """Run one hand-written query of the hot path through the raw driver and return all its rows."""
    with raw(tx) as cursor:
        cursor.execute(sqlite if is_sqlite(tx) else postgres, tuple(params))
        return cursor.fetchall()  # type: ignore[no-any-return]


def execute(tx: Connection, sqlite: str, postgres: str, params: Iterable[Any]) -> None:
    """Run one hand-written statement of the hot path through the raw driver."""
    with raw(tx) as cursor:
        cursor.execute(sqlite if is_sqlite(tx) else postgres, tuple(params))


def execute_many(tx: Connection, sql: str, rows: Rows) -> None:
    """Run one hand-written statement, its parameters written `?`, for each row through the raw driver."""
    if rows:
        with raw(tx) as cursor:
            cursor.executemany(sql if is_sqlite(tx) else sql.replace("?", "%s"), rows)


def glance(sqlite: str, postgres: str, params: Iterable[Any]) -> list[Any]:
    """Run one hand-written query in no transaction and return all its rows: the cheapest look there is, for each request's token.

    It has connections of its own that stay open: one a thread on SQLite, one a process on PostgreSQL.
    """
    values = tuple(params)
    embedded = db.engine.dialect.name == "sqlite"
    kept: Any = current_app.extensions["glances"] if embedded else current_app.extensions["glances_shared"]
    for last_try in (False, True):
        with contextlib.nullcontext() if embedded else kept.lock:
            lent = getattr(kept, "lent", None)
            if lent is None:
                lent = db.engine.raw_connection()
                lent.detach()
                kept.lent = lent
        driver: Any = lent.dbapi_connection
        try:
            if not embedded and not driver.autocommit:
                driver.autocommit = True
            rows: list[Any] = driver.execute(sqlite if embedded else postgres, values).fetchall()
            return rows
        except db.engine.dialect.loaded_dbapi.Error as error:
            kept.lent = None
            lent.close()
            if last_try:
                raise DBAPIError.instance(None, None, error, db.engine.dialect.loaded_dbapi.Error, dialect=db.engine.dialect) from error
    raise AssertionError
