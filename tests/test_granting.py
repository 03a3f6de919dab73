"""I7: the role that serves on PostgreSQL does all its work, and PostgreSQL itself refuses it to change what never changes."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app import create_app, granting
from app.db import db, reading, writing
from app.seals import rows
from tests.callers import device
from tests.conftest import settings_for
from tests.databases import ROLE, Databases, connected, run_sql

pytestmark = pytest.mark.postgres_only
KEPT = sorted({*(table.name for table in rows.FORMATS[rows.NEWEST]), "seals"})
DEEDS = (
    "UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE", "ALTER TABLE {0} DISABLE TRIGGER USER", "DROP TABLE {0} CASCADE",
    "DROP TRIGGER {2} ON {0}", "ALTER TABLE {0} DROP COLUMN {1}", "CREATE TRIGGER t AFTER INSERT ON {0} EXECUTE FUNCTION never_changed()",
    "CREATE RULE r AS ON INSERT TO {0} DO INSTEAD NOTHING",
)  # fmt: skip
ANYWHERE = (
    "SET session_replication_role = replica", "DROP FUNCTION never_changed CASCADE", "CREATE TABLE more (id INT)",
    "CREATE OR REPLACE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "UPDATE alembic_version SET version_num = '0001'", "COPY (SELECT 1) TO PROGRAM 'true'",
)  # fmt: skip


def refused(statement: str) -> None:
    with pytest.raises(DBAPIError) as caught, writing() as tx:
        tx.exec_driver_sql(statement)
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege), f"{statement}: {caught.value.orig}"


@pytest.fixture
def role(postgres_server: str) -> Iterator[str]:
    """A role that has nothing yet."""
    name = f"r_{uuid.uuid4().hex[:12]}"
    run_sql(postgres_server.format("postgres"), f'CREATE ROLE "{name}" LOGIN')
    yield name
    run_sql(postgres_server.format("postgres"), f'DROP ROLE IF EXISTS "{name}"')


def test_whoever_serves_can_not_change_what_never_changes(app: Flask) -> None:
    with reading() as tx:
        assert tx.scalar(text("SELECT current_user")) == ROLE
        triggers = dict(tx.execute(text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")).all())
        first = {name: next(iter(db.metadata.tables[name].columns)).name for name in KEPT}
    assert {"audit", "scans", "moves", "seals", "resolutions", "lines"} <= set(KEPT)
    for table in KEPT:
        for deed in DEEDS:
            refused(deed.format(table, first[table], triggers[table]))
    for deed in ANYWHERE:
        refused(deed)


@pytest.mark.as_owner
def test_control_who_owns_the_tables_changes_them_once_the_triggers_are_off(app: Flask) -> None:
    device("gun 1")
    with writing() as tx:
        tx.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        assert tx.exec_driver_sql("UPDATE audit SET actor = 'somebody else'").rowcount > 0


@pytest.mark.as_owner
def test_a_role_is_given_its_rights_by_a_command_that_tells_the_statements(app: Flask, role: str) -> None:
    run = app.test_cli_runner().invoke
    printed = run(args=["database", "role", role, "--print"])
    assert printed.exit_code == 0, printed.output
    with reading() as tx:
        assert not tx.scalar(text("SELECT has_table_privilege(:role, 'audit', 'SELECT')"), {"role": role})
    assert run(args=["database", "role", role]).stdout == printed.stdout
    with reading() as tx:
        can = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND has_table_privilege(:r, oid, :what)"
        rights = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        able = {what: set(tx.scalars(text(can), {"r": role, "what": what})) for what in rights}
    tables = set(db.metadata.tables)
    assert able["SELECT"] == tables | {"alembic_version"}
    assert able["INSERT"] == tables
    assert able["UPDATE"] == able["DELETE"] == tables - set(KEPT)
    assert able["TRUNCATE"] == set()
    with writing() as tx:
        for statement in printed.stdout.splitlines():
            tx.exec_driver_sql(statement)
        tx.exec_driver_sql(f"DROP OWNED BY {role}")
    missing = run(args=["database", "role", "nobody"])
    assert missing.exit_code == 2
    assert missing.stderr == "Error: There is no role nobody. Make it: CREATE ROLE \"nobody\" LOGIN PASSWORD '...'\n"


@pytest.mark.as_owner
@pytest.mark.parametrize(
    ("strong", "through"),
    [
        ("ALTER ROLE {0} SUPERUSER", None), ("ALTER ROLE {0} CREATEROLE", None), ("GRANT postgres TO {0}", "postgres"),
        ("ALTER ROLE {0} NOINHERIT; GRANT postgres TO {0}", "postgres"), ("GRANT pg_write_all_data TO {0}", "pg_write_all_data"),
        ("GRANT pg_execute_server_program TO {0}", "pg_execute_server_program"),
    ],
)  # fmt: skip
def test_a_role_that_could_change_them_all_the_same_is_refused(app: Flask, role: str, strong: str, through: str | None) -> None:
    with writing() as tx:
        tx.exec_driver_sql(strong.format(role))
    with pytest.raises(granting.CannotGrant, match=f"through the role {through}" if through else "owns nothing"), writing() as tx:
        granting.grant(tx, role)
    with reading() as tx:
        granted = text("SELECT 1 FROM pg_class WHERE relname = 'audit' AND relacl::text LIKE :role")
        assert tx.scalar(granted, {"role": f"%{role}%"}) is None


def test_a_table_that_a_migration_added_needs_the_command_again_and_readyz_says_so(
    app: Flask, postgres_databases: Databases, database_url: str
) -> None:
    client, owner = app.test_client(), postgres_databases.server.format(make_url(database_url).database)
    assert client.get("/readyz").status_code == 200
    run_sql(owner, "CREATE TABLE news (id INT)")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["database"]) == (503, "no rights to news: flask --app wsgi database role gives them")
    with pytest.raises(ProgrammingError), writing() as tx:
        granting.grant(tx, ROLE)
    with connected(owner) as tx:
        tx.execute(f"GRANT SELECT, INSERT ON news TO {ROLE}")
    assert client.get("/readyz").status_code == 200


def test_an_owner_who_is_no_superuser_migrates_grants_and_restores_while_nobody_serves(
    postgres_databases: Databases, role: str, tmp_path: Path
) -> None:
    name, server = f"own_{uuid.uuid4().hex[:12]}", postgres_databases.server
    run_sql(server.format("postgres"), f"CREATE DATABASE {name} OWNER {role}")
    app = create_app(settings_for(make_url(server.format(name)).set(username=role).render_as_string(False), tmp_path))
    try:
        with app.app_context():
            upgrade()
            run = app.test_cli_runner().invoke
            assert run(args=["database", "role", ROLE]).exit_code == 0
            with connected(postgres_databases.url(name)) as serving:
                serving.execute("UPDATE journals SET value = value")
                assert run(args=["backup", str(tmp_path / "kept")]).exit_code == 0
                told = run(args=["restore", str(tmp_path / "kept")])
                assert (told.exit_code, "stop the servers first" in told.stderr) == (2, True)
            assert run(args=["restore", str(tmp_path / "kept")]).exit_code == 0
            with connected(postgres_databases.url(name)) as serving:
                serving.execute("SELECT * FROM audit")
            db.engine.dispose()
    finally:
        run_sql(server.format("postgres"), f"DROP DATABASE {name} WITH (FORCE)")
