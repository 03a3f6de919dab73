"""Decide about a large file beside SQLite's writers: its rows go to tables of their own, and from there to the real ones in one short step.

A row must find what earlier rows of the file wrote. So the connection has tables with the names of the real ones, in a file of its own,
and what the import touches of these is copied there first. If others change the same tables meanwhile, nothing is written, and all is
decided anew.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app import db, journal

_KEYS = {"products": ("folded",), "barcodes": ("folded", "gtin", "product_id"), "locations": ("folded", "parent_id")}
"""What rows are looked up by, besides their id."""
_SLICE = 20_000
"""So many ids are changed by a statement: SQLite holds all rows that one changes in memory."""
_COUNTERS = ("journals", "audit")


class Changed(Exception):
    """What was decided about isn't any more as it was."""


class _State(NamedTuple):
    """By what a change of a table shows: its greatest key and, where it has one, its greatest number of the journal."""

    last_id: int
    journal: int


@contextlib.contextmanager
def writing(tables: Sequence[str], site_id: int | None) -> Iterator[Connection]:
    """Give a connection as `db.writing` does, which nobody waits for but at its end; raises Changed there and has written nothing."""
    site = site_id or journal.GLOBAL
    with db.writing_aside([*tables, *_COUNTERS]) as tx:
        with tx.begin():
            before = {table: _state(tx, table, site) for table in tables}
            _prepare(tx, tables, site_id)
            start = journal.read(tx, site)
            yield tx
            taken = journal.read(tx, site) - start
            tx.exec_driver_sql("DROP TABLE main.journals")
        if not taken:
            return
        try:
            with db.writing(tx):
                if before != {table: _state(tx, table, site) for table in tables}:
                    raise Changed
                tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # a location may stand before its parent
                shift = journal.take(tx, site, taken) - 1 - start
                for table in tables:
                    _take_over(tx, table, before[table].last_id, start, shift)
                _append(tx, "audit", "", start, shift)
        except IntegrityError as error:  # a scan was the first to move a product whose unit the file changes
            raise Changed from error


def _prepare(tx: Connection, tables: Sequence[str], site_id: int | None) -> None:
    """Give the tables what rows are looked up by, and what they may need: the site's locations, all journals."""
    for table in tables:
        for key in _KEYS[table]:
            tx.exec_driver_sql(f"CREATE INDEX main.{table}_{key} ON {table} ({key})")
        if site_id is not None:
            tx.exec_driver_sql(f"INSERT INTO main.{table} SELECT * FROM real.{table} WHERE site_id = ?", (site_id,))
    tx.exec_driver_sql("INSERT INTO main.journals SELECT * FROM real.journals")


def _state(tx: Connection, table: str, site: int) -> _State:
    names, where = _columns(tx, table), f" WHERE site_id = {site}" if site else ""
    last = int(tx.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM real.{table}").scalar_one())
    if "journal" not in names:
        return _State(last, 0)
    return _State(last, int(tx.exec_driver_sql(f"SELECT coalesce(max(journal), 0) FROM real.{table}{where}").scalar_one()))


def _take_over(tx: Connection, table: str, last_id: int, start: int, shift: int) -> None:
    """Change the real rows that the file changed, then add those that it made, in the order of an index: that is several times as quick."""
    names = [name for name in _columns(tx, table) if name != "id"]
    changes = ", ".join(f"{name} = {_shifted(name, start, shift)}" for name in names)
    real, own = (", ".join(f"{of}.{name}" for name in names) for of in (table, "own"))
    update = f"UPDATE real.{table} SET {changes} FROM main.{table} own WHERE {table}.id = own.id AND ({real}) IS NOT ({own})"
    known = tx.exec_driver_sql(f"SELECT min(id), max(id) FROM main.{table} WHERE id <= {last_id}").one()
    for first in range(known[0], known[1] + 1, _SLICE) if known[0] is not None else ():
        tx.exec_driver_sql(f"{update} AND own.id BETWEEN {first} AND {min(known[1], first + _SLICE - 1)}")
    _append(tx, table, f"INDEXED BY {table}_folded WHERE own.id > {last_id} ORDER BY own.folded", start, shift)


def _append(tx: Connection, table: str, which: str, start: int, shift: int) -> None:
    names = _columns(tx, table)
    values = ", ".join(_shifted(name, start, shift) for name in names)
    tx.exec_driver_sql(f"INSERT INTO real.{table} ({', '.join(names)}) SELECT {values} FROM main.{table} own {which}")


def _shifted(name: str, start: int, shift: int) -> str:
    """Return a column of an own row; the numbers that the file took go behind those that others took meanwhile."""
    return f"own.{name} + {shift} * (own.{name} > {start})" if name == "journal" else f"own.{name}"


def _columns(tx: Connection, table: str) -> list[Any]:
    return [row[1] for row in tx.exec_driver_sql(f"PRAGMA real.table_info({table})")]
