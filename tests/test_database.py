"""The schema: models and migrations agree, and the database itself holds what no code may break."""

import pytest
from flask import Flask
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import alone
from app.db import reading, writing
from app.journal import Numbers, take
from app.locations import walk
from app.text import searchable


def test_models_and_migrations_agree(app: Flask) -> None:
    check()


def test_a_new_database_has_main_with_its_virtual_locations(app: Flask) -> None:
    with reading() as tx:
        codes = tx.scalars(text("SELECT l.code FROM locations l JOIN sites s ON s.id = l.site_id WHERE s.code = 'MAIN'")).all()
    assert set(codes) == {"MAIN", "SUPPLIER", "CUSTOMER", "PRODUCTION", "VARIANCE", "SCRAP", "OPENING", "TRANSIT"}


@pytest.mark.sqlite_only
@pytest.mark.durable
def test_sqlite_is_durable_and_free_of_the_wal_reset_bug(app: Flask) -> None:
    with reading() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        version = tx.exec_driver_sql("SELECT sqlite_version()").scalar()
    assert tuple(int(n) for n in version.split(".")) >= (3, 51, 3)


@pytest.mark.sqlite_only
def test_a_server_whose_file_is_gone_is_not_ready(app: Flask) -> None:
    """`GET /readyz (database writable, ...)`: the file that it has open can be written, and nobody finds what is in it any more."""
    client, path = app.test_client(), alone.path_of(app.extensions["settings"])
    away = path.with_name("away")
    assert client.get("/readyz").status_code == 200
    path.rename(away)
    for put_there in (lambda: None, lambda: path.write_bytes(away.read_bytes())):
        put_there()
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["status"]) == (503, "unavailable")
        assert "stop the server and put it back" in answer.json["database"]
    away.rename(path)
    assert client.get("/readyz").status_code == 200


def test_a_reader_can_not_write_on_postgresql_and_leaves_nothing_on_sqlite(app: Flask) -> None:
    try:
        with reading() as tx:
            tx.execute(text("UPDATE sites SET name = 'changed'"))
    except DBAPIError:
        pass
    with reading() as tx:
        assert tx.scalar(text("SELECT name FROM sites")) == "Main site"


def test_a_block_that_raises_leaves_nothing(app: Flask) -> None:
    def change_and_fail() -> None:
        with writing() as tx:
            tx.execute(text("UPDATE sites SET name = 'changed'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with reading() as tx:
        assert tx.scalar(text("SELECT name FROM sites")) == "Main site"


def test_nobody_counts_two_passes_or_approves_what_they_counted_unless_the_site_declares_it(app: Flask) -> None:
    with writing() as tx:
        for sql in (
            "INSERT INTO people (id, name, folded, created_at, journal) VALUES (1, 'Ann', 'ann', 0, 1)",
            "INSERT INTO counts (id, site_id, code, kind, blind, policy, created_at, note, journal) "
            "VALUES (1, 1, 'K1', 'cycle', (1 = 1), 'ask', 0, '', 1)",
            "INSERT INTO sheets (id, site_id, count_id, code, location_id, sequence, open, created_at, closed_uncertainty_ms, planned, journal) "
            "VALUES (1, 1, 1, 'K1-001', 1, 1, (1 = 1), 0, 0, (1 = 1), 1), (2, 1, 1, 'K1-002', 1, 2, (1 = 1), 0, 0, (1 = 1), 1)",
            "INSERT INTO sheet_counters (count_id, location_id, operator, declared, sheet_id) VALUES (1, 1, 'OP-1', 0, 1)",
            "INSERT INTO participants (count_id, person_id, declared, part) VALUES (1, 1, 0, 'counter')",
        ):
            tx.execute(text(sql))
    again = (
        "INSERT INTO sheet_counters (count_id, location_id, operator, declared, sheet_id) VALUES (1, 1, 'OP-1', {0}, 2)",
        "INSERT INTO participants (count_id, person_id, declared, part) VALUES (1, 1, {0}, 'approver')",
    )

    def store(sql: str) -> None:
        with writing() as tx:
            tx.execute(text(sql))

    for sql in again:
        for declared in (0, 1):
            with pytest.raises(DBAPIError):
                store(sql.format(declared))
    store("UPDATE sites SET independence = 'declare'")
    for sql in again:
        store(sql.format(1))


def test_numbers_that_somebody_took_meanwhile_are_not_given_twice(app: Flask) -> None:
    def take_twice() -> None:
        with writing() as tx:
            numbers = Numbers(tx, 1)
            numbers.next()
            take(tx, 1)
            numbers.store()

    with pytest.raises(DBAPIError):
        take_twice()


@pytest.mark.as_owner
def test_what_was_there_before_is_walked_searched_and_fetched_again(app: Flask) -> None:
    downgrade(revision="0005")
    with writing() as tx:
        for sql in (
            "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
            "SELECT 1, 'Gang-10', 'gang-10', 'Große 1', 'bin', id, '/1/9/', 9 FROM locations WHERE code = 'MAIN'",
            "UPDATE journals SET value = 9 WHERE site_id = 1",
            "INSERT INTO products (id, sku, folded, name, journal) VALUES (1, 'P-1', 'p-1', 'Öse', 1)",
            "INSERT INTO barcodes (product_id, code, folded, quantity) VALUES (1, 'BOX-1', 'box-1', 12)",
        ):
            tx.execute(text(sql))
    upgrade()
    with reading() as tx:
        row = tx.execute(text("SELECT walk_key, search, journal FROM locations WHERE code = 'Gang-10'")).one()
        assert tuple(row) == (walk.key(None, "Gang-10"), searchable("Gang-10", "Große 1"), 10)
        assert tx.scalar(text("SELECT value FROM journals WHERE site_id = 1")) == 10
        assert tx.scalar(text("SELECT search FROM products")) == searchable("P-1", "Öse", "BOX-1")
        assert len(tx.scalar(text("SELECT check_key FROM sites")) or "") == 32
        assert tx.scalar(text("SELECT journal FROM locations WHERE code = 'SUPPLIER'")) == 2
