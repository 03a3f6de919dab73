"""The schema: models and migrations agree, and the database itself holds what no code may break."""

import pytest
from flask import Flask
from flask_migrate import check
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import reading, writing


def test_models_and_migrations_agree(app: Flask) -> None:
    check()


def test_a_new_database_has_main_with_its_virtual_locations(app: Flask) -> None:
    with reading() as tx:
        codes = tx.scalars(text("SELECT l.code FROM locations l JOIN sites s ON s.id = l.site_id WHERE s.code = 'MAIN'")).all()
    assert set(codes) == {"MAIN", "SUPPLIER", "CUSTOMER", "PRODUCTION", "VARIANCE", "SCRAP", "OPENING", "TRANSIT"}


@pytest.mark.sqlite_only
def test_sqlite_is_durable_and_free_of_the_wal_reset_bug(app: Flask) -> None:
    with reading() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        version = tx.exec_driver_sql("SELECT sqlite_version()").scalar()
    assert tuple(int(n) for n in version.split(".")) >= (3, 51, 3)


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
