"""The database: two engines behind one way to read and one way to write.

`reading()` gives a connection on one snapshot; `writing()` one that has the right to write and commits once, at its end.
Rows are made and read with SQLAlchemy Core; the models are the schema.
"""

import contextlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeAlias, TypeVar

import orjson
from flask import Flask, current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger as BigInteger
from sqlalchemy import Connection, Engine, Integer, MetaData, String, create_engine, event, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from app.config import Settings

T = TypeVar("T")
Rows: TypeAlias = Sequence[Sequence[Any]]


class Query(NamedTuple):
    """One hand-written query of the hot path, as each engine understands it, and how many columns it has.

    Asked beside others, PostgreSQL answers it as JSON: bytes come as they do from `bytes_of`.
    """

    columns: int
    sqlite: str
    postgres: str
    params: Sequence[Any]


Look: TypeAlias = Generator[Query, list[Any], T]
"""What reads something: it yields queries, is sent their rows, and returns what they mean (see `look`)."""

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


FEW = 64
"""Rows that PostgreSQL takes faster as one JSON parameter than by COPY."""

ASIDE = "aside"
LEAN = 8192
"""KiB of pages that SQLite holds in a large transaction."""

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
    options["hide_parameters"] = True  # an error that is logged tells the statement, and no value of it
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
        raw.execute("PRAGMA recursive_triggers=ON")  # else INSERT OR REPLACE takes rows away without asking the triggers
        raw.execute("PRAGMA cache_size=-65536")
        raw.execute("PRAGMA wal_autocheckpoint=16000")

    _begin_as_told(engine)


def _begin_as_told(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _begin(tx: Connection) -> None:
        tx.exec_driver_sql("BEGIN IMMEDIATE" if tx.get_execution_options().get("writing") is True else "BEGIN")


def note(tx: Connection, key: str, value: Any) -> None:
    """Leave a note on the transaction for what runs after its commit."""
    tx.info["notes"][key] = value


def is_sqlite(tx: Connection) -> bool:
    """Tell which engine this connection speaks to."""
    return tx.dialect.name == "sqlite"


def is_writing(tx: Connection) -> bool:
    """Tell whether this is a write transaction, if only of tables of its own."""
    return bool(tx.get_execution_options().get("writing"))


def is_aside(tx: Connection) -> bool:
    """Tell whether this is a connection that `writing_aside` gave."""
    return tx.get_execution_options().get("writing") == ASIDE


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
def writing(lent: Connection | None = None) -> Iterator[Connection]:
    """Give a connection in one write transaction; it is durable when the block has ended, gone when the block raises.

    `lent` is one that wrote aside: what it wrote there can be read in this transaction.
    """
    crash = current_app.extensions["settings"].crash
    engine = db.engine
    with _sqlite_writer if engine.dialect.name == "sqlite" else contextlib.nullcontext():
        with engine.connect() if lent is None else contextlib.nullcontext(lent) as tx, tx.execution_options(writing=True).begin():
            notes = tx.info["notes"] = {}
            yield tx
            if crash == "before-commit" and notes.get("armed"):
                os._exit(86)
        if crash == "after-commit" and notes.get("armed"):
            os._exit(87)
    for done in current_app.extensions["after_commit"]:
        done(notes)


@contextlib.contextmanager
def writing_aside(tables: Iterable[str]) -> Iterator[Connection]:
    """Give a connection whose transactions see SQLite's database, and write into empty tables of their own with the names of real ones.

    No writer waits for it. The real ones are `real.name`, its own `main.name`: in a file that is gone when the block has ended.
    """
    settings: Settings = current_app.extensions["settings"]
    handle, path = tempfile.mkstemp(dir=settings.data_dir, prefix="import-", suffix=".db")
    os.close(handle)
    engine = create_engine(f"sqlite:///{path}", module=sqlite_module(), poolclass=NullPool, hide_parameters=True)
    _begin_as_told(engine)
    with engine.connect().execution_options(writing=ASIDE) as tx:
        try:
            _attach(tx.connection.dbapi_connection, tables)
        finally:
            os.unlink(path)  # the connection keeps it open, and a process that dies leaves nothing
        tx.info["notes"] = {}
        yield tx


def _attach(raw: Any, tables: Iterable[str]) -> None:
    raw.isolation_level = None
    raw.execute("PRAGMA journal_mode=MEMORY")
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("ATTACH ? AS real", (db.engine.url.database,))
    raw.execute("PRAGMA real.synchronous=FULL")
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute(f"PRAGMA real.cache_size=-{LEAN}")
    raw.execute("PRAGMA wal_autocheckpoint=16000")
    for table in tables:
        names = [row[1] for row in raw.execute(f"PRAGMA real.table_info({table})")]
        raw.execute(f"CREATE TABLE main.{table} ({', '.join('id INTEGER PRIMARY KEY' if n == 'id' else n for n in names)})")


def is_busy() -> bool:
    """Tell whether a write would have to wait for another one that is under way in this process."""
    return db.engine.dialect.name == "sqlite" and _sqlite_writer.locked()


@contextlib.contextmanager
def leanly(tx: Connection) -> Iterator[None]:
    """Keep SQLite from holding more pages in memory the more is written (PostgreSQL holds them itself)."""
    if not is_sqlite(tx):
        yield
        return
    before = tx.exec_driver_sql("PRAGMA cache_size").scalar()
    tx.exec_driver_sql(f"PRAGMA cache_size=-{LEAN}")
    try:
        yield
    finally:
        tx.exec_driver_sql(f"PRAGMA cache_size={before}")


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
            db.engine.dispose()  # the others that the pool keeps are broken too
        raise DBAPIError.instance(None, None, error, driver_error, dialect=tx.dialect) from error
    finally:
        cursor.close()


@contextlib.contextmanager
def as_one(tx: Connection) -> Iterator[None]:
    """Make one statement of what this block inserts, updates and executes in few rows on PostgreSQL.

    All of it sees the database as it was before, and no two may touch the same row; keys of new rows may be referred to.
    """
    parts: list[tuple[str, Sequence[Any]]] = []
    tx.info["parts"] = parts
    try:
        yield
    finally:
        tx.info["parts"] = None
    if parts:
        each = ", ".join(f"part_{number} AS ({sql})" for number, (sql, _) in enumerate(parts))
        execute(tx, "", f"WITH {each} SELECT 1", [value for _, params in parts for value in params])


def insert_many(tx: Connection, table: str, columns: Sequence[str], rows: Rows, unless: str = "") -> None:
    """Insert rows of one table in one statement: executemany on SQLite; few as JSON, many by COPY on PostgreSQL.

    `unless` is the ON CONFLICT clause of a statement that has one.
    """
    if not rows:
        return
    names = ", ".join(columns)
    if is_sqlite(tx):
        with raw(tx) as cursor:
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))}) {unless}", rows)
    elif unless or len(rows) < FEW:
        unpacked = _UNPACKED.format(table)
        execute(tx, "", f"INSERT INTO {table} ({names}) SELECT {names} FROM {unpacked} {unless}", [_packed(columns, rows)])
    else:
        with raw(tx) as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def update_many(tx: Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    """Update rows of one table in one statement; the first column is the key."""
    if not rows:
        return
    key, *rest = columns
    if is_sqlite(tx):
        changes = ", ".join(f"{name} = ?" for name in rest)
        execute_many(tx, f"UPDATE {table} SET {changes} WHERE {key} = ?", [(*row[1:], row[0]) for row in rows])
    else:
        changes = ", ".join(f"{name} = new.{name}" for name in rest)
        unpacked = _UNPACKED.format(table)
        execute(tx, "", f"UPDATE {table} SET {changes} FROM {unpacked} new WHERE {table}.{key} = new.{key}", [_packed(columns, rows)])


_UNPACKED = "jsonb_populate_recordset(NULL::{}, %s::jsonb)"


def _packed(columns: Sequence[str], rows: Rows) -> str:
    """Return rows as one JSON text; bytes as PostgreSQL writes them."""
    return orjson.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=lambda value: f"\\x{value.hex()}").decode()


def fresh_ids(tx: Connection, table: str, number: int) -> Sequence[int]:
    """Return new keys of a table, ascending."""
    if not number:
        return []
    if is_sqlite(tx):
        real = f" UNION ALL SELECT max(id) FROM real.{table}" if is_aside(tx) else ""
        ((last,),) = fetch(tx, f"SELECT coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM {table}{real})", "", ())
        return range(last + 1, last + 1 + number)
    sql = f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, %s)"
    return [row[0] for row in fetch(tx, "", sql, (number,))]


def has_words(tx: Connection, column: Any, words: Iterable[str]) -> list[Any]:
    """Return the conditions that a text column holds each of these words; both engines look through it byte by byte."""
    return [(func.instr if is_sqlite(tx) else func.strpos)(column, word) > 0 for word in words]


def fetch(tx: Connection, sqlite: str, postgres: str, params: Iterable[Any]) -> list[Any]:
    """Run one hand-written query of the hot path through the raw driver and return all its rows."""
    with raw(tx) as cursor:
        cursor.execute(sqlite if is_sqlite(tx) else postgres, tuple(params))
        return cursor.fetchall()  # type: ignore[no-any-return]


def fetch_among(tx: Connection, query: str, params: Iterable[Any]) -> list[Any]:
    """Run a query whose parameters are `?`, and lists for `{texts}` and `{numbers}`; as JSON, for PostgreSQL's arrays corrupt a GS."""
    values = tuple(orjson.dumps(value).decode() if isinstance(value, list) else value for value in params)
    unpacked = "(SELECT jsonb_array_elements_text(%s::jsonb){})"
    return fetch(
        tx,
        query.format(texts=_LISTED, numbers=_LISTED),
        query.format(texts=unpacked.format(""), numbers=unpacked.format("::bigint")).replace("?", "%s"),
        values,
    )


_LISTED = "(SELECT value FROM json_each(?))"


def look(tx: Connection, *looks: Look[Any]) -> list[Any]:
    """Return what looks return that don't need each other: what they ask at a time is one statement on PostgreSQL."""
    found: list[Any] = [None] * len(looks)
    answers: dict[int, list[Any] | None] = dict.fromkeys(range(len(looks)))
    while answers:
        asked: dict[int, Query] = {}
        for number, rows in answers.items():
            try:
                asked[number] = looks[number].send(rows)  # type: ignore[arg-type]  # None begins it
            except StopIteration as done:
                found[number] = done.value
        answers = dict(zip(asked, _fetch_each(tx, list(asked.values())), strict=True))
    return found


def _fetch_each(tx: Connection, queries: list[Query]) -> list[list[Any]]:
    if is_sqlite(tx) or len(queries) < 2:
        return [fetch(tx, *query[1:]) for query in queries]
    each = ", ".join(_ROWS.format(", ".join(f"c{n}" for n in range(query.columns)), query.postgres) for query in queries)
    (row,) = fetch(tx, "", f"SELECT {each}", [value for query in queries for value in query.params])
    return [orjson.loads(rows) for rows in row]


_ROWS = "(SELECT COALESCE(json_agg(json_build_array({0})), '[]')::text FROM ({1}) q ({0}))"


def bytes_of(value: Any) -> bytes:
    """Return bytes as they were stored, however the driver or JSON gives them."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) else bytes(value)


def execute(tx: Connection, sqlite: str, postgres: str, params: Sequence[Any]) -> None:
    """Run one hand-written statement of the hot path through the raw driver, or keep it for the one statement of `as_one`."""
    parts: list[tuple[str, Sequence[Any]]] | None = tx.info.get("parts")
    if parts is not None and not is_sqlite(tx):
        parts.append((postgres, params))
        return
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
