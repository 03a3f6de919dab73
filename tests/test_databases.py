"""What the tests stand on: a database that another test has had is as one that nobody has had."""

import psycopg
import pytest

from tests.databases import Databases, connected, run_sql

MADE = "INSERT INTO people (name, folded, badge, created_at, journal) VALUES ('Eve', 'eve', 'OP-9', 0, 99) RETURNING id"


def test_a_database_that_comes_back_is_as_new_and_has_another_name(postgres_databases: Databases) -> None:
    first = postgres_databases.take()
    with connected(postgres_databases.server.format(first)) as tx:
        (before,) = tx.execute(MADE).fetchone()
        tx.execute("UPDATE journals SET value = 77")
        lingering = connected(postgres_databases.server.format(first))
    postgres_databases.give_back(first)
    with pytest.raises(psycopg.OperationalError):
        lingering.execute("SELECT 1")
    lingering.close()
    second = postgres_databases.take()
    with connected(postgres_databases.server.format(second)) as tx:
        assert tx.execute("SELECT COUNT(*) FROM people").fetchone() == (0,)
        assert tx.execute("SELECT COUNT(*) FROM journals WHERE value = 77").fetchone() == (0,)
        assert tx.execute(MADE).fetchone() == (before,)
    postgres_databases.give_back(second)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        connected(postgres_databases.server.format(first))


@pytest.mark.parametrize(
    "deed",
    [
        "ALTER TABLE people ADD COLUMN nick TEXT",
        "DROP TRIGGER IF EXISTS scans_kept ON scans; CREATE TABLE more (id INT)",
        "ALTER DATABASE {} SET work_mem = '1MB'",
    ],
)
def test_a_database_whose_tables_were_changed_does_not_come_back(postgres_databases: Databases, deed: str) -> None:
    name = postgres_databases.take()
    run_sql(postgres_databases.server.format(name), deed.format(name))
    postgres_databases.give_back(name)
    assert name not in [one.name for one in postgres_databases.spare]
