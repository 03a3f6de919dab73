"""Backup and restore: what was there comes back, in a new epoch, and nothing else is ever overwritten by accident."""

import json
import threading
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.db import db, reading, writing
from app.locations.creating import add_site
from tests.callers import device, key
from tests.conftest import settings_for
from tests.databases import connected


def run(app: Flask, *args: object) -> Result:
    return app.test_cli_runner().invoke(args=[str(a) for a in args])


def contents(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table but what a restore itself writes."""
    found = {}
    with reading() as tx:
        for table in db.metadata.sorted_tables:
            if table.name in ("instance", "journals", "audit"):
                continue
            found[table.name] = sorted((tuple(row) for row in tx.execute(table.select())), key=repr)
    return found


def epoch() -> str:
    with reading() as tx:
        return str(tx.scalar(text("SELECT epoch FROM instance")))


def scan(number: int = 1) -> None:
    """Store a scan, so that the database is worth something."""
    with writing() as tx:
        site = tx.scalar(text("SELECT id FROM sites WHERE code = 'MAIN'"))
        tx.execute(
            text(
                "INSERT INTO scans (site_id, journal, id, hash, task, said, scanned_at, received_at, occurred_at, uncertainty_ms, outcome, "
                "lot, serial, warnings) VALUES (:site, :n, :id, :hash, 'look', :said, 1, 1, 1, 0, 'noted', '', '', '')"
            ),
            {
                "site": site,
                "n": 1000 + number,
                "id": f"00000000-0000-7000-8000-{number:012d}",
                "hash": b"\x00\xff" * 8,
                "said": '{"a":"\\\\\\n\\t"}',
            },
        )


@pytest.mark.as_owner
def test_a_backup_comes_back_as_it_was_in_a_new_epoch(app: Flask, tmp_path: Path) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site ✓ \\ \t \n")
    gun = device("gun 1", tasks=["count"])
    key("auditor", name="Sam")
    scan()
    before, old, file = contents(app), epoch(), tmp_path / "kept.backup"
    made = run(app, "backup", file)
    assert made.exit_code == 0, made.output
    assert f"1 scans, epoch {old}" in made.output
    later = device("gun 2")
    scan(2)
    done = run(app, "restore", file)
    assert done.exit_code == 0, done.output
    assert epoch() == done.stdout.split()[1] != old
    assert contents(app) == before
    client = app.test_client()
    me = client.get("/api/v1/me", headers=gun).json
    assert (me["device"]["name"], me["epoch"]) == ("gun 1", epoch())
    assert client.get("/api/v1/me", headers=later).status_code == 401
    with reading() as tx:
        deed = tx.execute(text("SELECT before, after, actor FROM audit WHERE deed = 'restored'")).one()
    assert json.loads(deed.before)["epoch"] == old
    assert json.loads(deed.after)["epoch"] == epoch()
    assert deed.actor == "cli"
    assert json.loads((tmp_path / "witness").read_text())["epoch"] == epoch()
    device("gun 3")  # what the database numbers goes on
    again = run(app, "restore", file)
    assert again.exit_code == 0, again.output
    assert contents(app) == before
    with pytest.raises(Exception, match="never changed"), writing() as tx:
        tx.execute(text("UPDATE scans SET outcome = 'noted'"))


def test_a_backup_restores_into_an_empty_database(app: Flask, engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    device("gun 1")
    scan()
    before, file = contents(app), tmp_path / "kept.backup"
    assert run(app, "backup", file).exit_code == 0
    if engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'other' / 'new.db'}"
        (tmp_path / "other").mkdir()
    else:
        from tests.databases import run_sql

        server = request.getfixturevalue("postgres_server")
        run_sql(server.format("postgres"), f"CREATE DATABASE {tmp_path.name[:40].lower().replace('-', '_')}_new")
        url = server.format(f"{tmp_path.name[:40].lower().replace('-', '_')}_new")
    other = create_app(settings_for(url, tmp_path / "other"))
    with other.app_context():
        done = run(other, "restore", file)
        assert done.exit_code == 0, done.output
        assert contents(other) == before
        assert other.test_client().get("/readyz").status_code == 200
        db.engine.dispose()


@pytest.mark.as_owner
def test_scans_of_another_database_are_not_overwritten_by_accident(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    assert run(app, "backup", file).exit_code == 0
    scan()
    assert run(app, "restore", file).exit_code == 0  # its own
    scan()
    with writing() as tx:
        tx.execute(text("UPDATE instance SET epoch = '00000000-0000-4000-8000-000000000000'"))
        if tx.dialect.name == "sqlite":
            tx.execute(text("DROP TRIGGER audit_no_delete"))
        else:
            tx.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        tx.execute(text("DELETE FROM audit"))
    refused = run(app, "restore", file)
    assert refused.exit_code == 2
    assert "holds 1 scans and isn't the one" in refused.stderr
    assert run(app, "restore", file, "--yes").exit_code == 0
    assert contents(app)["scans"] == []


def test_what_is_no_backup_changes_nothing(app: Flask, engine: str, tmp_path: Path) -> None:
    scan()
    before, old = contents(app), epoch()
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "zip").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "db").write_bytes(b"SQLite format 3\0" + b"\0" * 100)
    good = tmp_path / "good"
    assert run(app, "backup", good).exit_code == 0
    cut = tmp_path / "cut"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size * 2 // 3])
    for name in ("text", "empty", "zip", "db", "cut", "missing"):
        refused = run(app, "restore", tmp_path / name)
        assert refused.exit_code == 2, name
        assert refused.stdout == ""
        assert refused.stderr.count("\n") == 1, refused.stderr
    assert contents(app) == before
    assert epoch() == old
    assert not list(tmp_path.glob("*.restoring*"))


def test_a_backup_that_can_not_be_written_says_why(app: Flask, tmp_path: Path) -> None:
    refused = run(app, "backup", tmp_path / "nowhere" / "kept.backup")
    assert refused.exit_code == 2
    assert refused.output.startswith("Error: [Errno 2] No such file or directory: ")


@pytest.mark.sqlite_only
def test_a_backup_never_overwrites_the_database_itself(app: Flask, tmp_path: Path) -> None:
    refused = run(app, "backup", tmp_path / "scanledger.db")
    assert refused.exit_code == 2
    assert "the database itself" in refused.stderr


@pytest.mark.sqlite_only
def test_an_embedded_backup_is_one_file(app: Flask, tmp_path: Path) -> None:
    scan()
    (tmp_path / "apart").mkdir()
    assert run(app, "backup", tmp_path / "apart" / "kept").exit_code == 0
    assert [p.name for p in (tmp_path / "apart").iterdir()] == ["kept"]


@pytest.mark.as_owner
@pytest.mark.postgres_only
def test_a_restore_wants_the_servers_stopped(app: Flask, database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    assert run(app, "backup", file).exit_code == 0
    with connected(database_url) as other:
        refused = run(app, "restore", file)
        assert refused.exit_code == 2
        assert "stop the servers first" in refused.stderr
        threading.Timer(0.2, other.close).start()
        assert run(app, "restore", file).exit_code == 0, "one that is just leaving is waited for"


def test_an_older_database_is_accepted_in_a_new_epoch(app: Flask, tmp_path: Path) -> None:
    old = epoch()
    (tmp_path / "witness").write_text(json.dumps({"epoch": old, "journals": {"0": 10**9}}))
    assert run(app, "restore").exit_code == 2
    done = run(app, "restore", "--accept")
    assert done.exit_code == 0, done.output
    assert epoch() != old
    assert json.loads((tmp_path / "witness").read_text())["epoch"] == epoch()


def test_replay_says_where_a_balance_is_not_the_sum_of_its_moves(app: Flask) -> None:
    good = run(app, "replay", "--check")
    assert (good.exit_code, good.stdout) == (0, "The balances are the sum of the moves.\n")
    with writing() as tx:
        tx.execute(text("INSERT INTO products (sku, folded, name, abc, journal) VALUES ('P', 'p', 'P', '', 1)"))
        tx.execute(
            text(
                "INSERT INTO balances (location_id, product_id, lot, serial, quantity) "
                "SELECT (SELECT min(id) FROM locations), (SELECT min(id) FROM products), '', '', 5"
            )
        )
    bad = run(app, "replay", "--check")
    assert bad.exit_code == 1
    assert "5" in bad.stdout
