"""The command line: a token and nothing else on stdout; what goes wrong is one line and exit code 2."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.db import db, reading, writing
from tests.conftest import settings_for

ROOT = Path(__file__).parent.parent


def test_an_enrolled_device_prints_its_token_and_nothing_else(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["devices", "enrol", "gun 1"])
    assert result.exit_code == 0, result.output
    token = result.stdout.removesuffix("\n")
    assert token.startswith("sld_")
    assert len(token) >= 36
    assert not any(c.isspace() for c in token)
    with reading() as tx:
        assert token not in str(tx.execute(text("SELECT * FROM devices")).all())


def test_a_key_prints_its_token_and_acts_as_a_person(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["keys", "create", "Sam", "--role", "supervisor", "--role", "auditor"])
    assert result.exit_code == 0, result.output
    with app.test_request_context("/", headers={"Authorization": f"Bearer {result.stdout.strip()}"}):
        from flask import request

        from app.people.authenticating import by_key

        caller = by_key(request)
    assert caller is not None
    assert (caller.kind, caller.roles, caller.site_id, caller.name) == ("key", {"supervisor", "auditor"}, None, "Sam")


def test_a_new_site_has_its_virtual_locations_and_its_own_journal(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["sites", "add", "NORTH", "Northern site"])
    assert result.exit_code == 0, result.output
    with reading() as tx:
        site = tx.scalar(text("SELECT id FROM sites WHERE code = 'NORTH'"))
        rows = tx.execute(
            text("SELECT id, code, kind, path, journal FROM locations WHERE site_id = :s ORDER BY journal"), {"s": site}
        ).all()
        main = tx.execute(text("SELECT code, name FROM locations WHERE site_id <> :s ORDER BY journal"), {"s": site}).all()
        last = tx.scalar(text("SELECT value FROM journals WHERE site_id = :s"), {"s": site})
    root = rows[0]
    assert root[1:] == ("NORTH", "site", f"/{root.id}/", 1)
    assert [r.code for r in rows[1:]] == [m.code for m in main[1:]]
    assert all(r.path == f"/{root.id}/{r.id}/" and r.kind == "virtual" for r in rows[1:])
    assert [r.journal for r in rows] == list(range(1, 9))
    assert last == 9


@pytest.mark.parametrize(
    "args, why",
    [
        (["devices", "enrol", "gun", "--site", "NOWHERE"], "no such site"),
        (["devices", "enrol", " "], "1 to 200 characters"),
        (["sites", "add", "main", "Again"], "looks like that"),
        (["sites", "add", "Scrap", "Bin"], "reserved"),
        (["sites", "add", "Global", "World"], "reserved"),
    ],
)
def test_what_goes_wrong_is_one_line(app: Flask, args: list[str], why: str) -> None:
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert why in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_device_is_of_the_main_site_unless_another_is_named(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["sites", "add", "NORTH", "Northern site"]).exit_code == 0
    assert run(args=["devices", "enrol", "gun"]).exit_code == 0
    assert run(args=["devices", "enrol", "gun N", "--site", "NORTH"]).exit_code == 0
    with reading() as tx:
        rows = tx.execute(text("SELECT d.name, s.code FROM devices d JOIN sites s ON s.id = d.site_id ORDER BY d.id")).all()
    assert [tuple(row) for row in rows] == [("gun", "MAIN"), ("gun N", "NORTH")]


def test_without_a_main_site_the_option_to_give_is_named_as_it_is_typed(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    for code in ("NORTH", "SOUTH"):
        assert run(args=["sites", "add", code, code]).exit_code == 0
    with writing() as tx:
        tx.execute(text("UPDATE sites SET code = 'OLD' WHERE code = 'MAIN'"))
    result = run(args=["devices", "enrol", "gun"])
    assert result.exit_code == 2
    assert result.stderr == "Error: There are several sites; name one with --site CODE.\n"


@pytest.mark.parametrize(
    "args, why",
    [
        (["devices", "enrol"], "Missing argument 'NAME'."),
        (["devices", "enrol", "gun", "--sight", "X"], "No such option"),
        (["devices", "enroll", "gun"], "No such command 'enroll'."),
        (["keys", "create", "Sam", "--role", "boss"], "'boss' is not one of"),
        (["keys", "create", "Sam"], "Missing option '--role'."),
        (["restore", "a", "b"], "unexpected extra argument"),
        (["replay"], "Missing option '--check'."),
    ],
)
def test_what_was_typed_wrong_is_one_line(app: Flask, args: list[str], why: str) -> None:
    result = app.test_cli_runner().invoke(args=args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr
    assert "--help` tells how" in result.stderr
    assert result.stderr.count("\n") == 1


def test_every_command_and_setting_is_documented(app: Flask) -> None:
    documented = (ROOT / "docs" / "operating.md").read_text()
    words = []
    for name, command in app.cli.commands.items():
        for path, leaf in (
            [(f"{name} {sub}", c) for sub, c in command.commands.items()] if hasattr(command, "commands") else [(name, command)]
        ):
            if leaf.callback.__module__.startswith("app."):
                words += [path, *(option for p in leaf.params for option in p.opts if option.startswith("--"))]
    assert len(words) > 8
    source = "".join((ROOT / "app" / f).read_text() for f in ("config.py", "run.py", "serving.py"))
    words += re.findall(r"env(?:iron)?(?:\.get\(|\[)\"([A-Z_]+)\"", source)
    assert {"DATABASE_URL", "HOST", "WEB_CONCURRENCY"} <= set(words)
    assert [word for word in words if word not in documented] == []


def test_a_setup_link_is_printed_and_nothing_else(app: Flask) -> None:
    first, second = (app.test_cli_runner().invoke(args=["setup-link"]).stdout.strip() for _ in range(2))
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/setup#[\w-]{43}", first)
    assert first != second


def test_a_command_on_a_database_that_is_not_migrated_says_so(tmp_path: Path) -> None:
    empty = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path))
    result = empty.test_cli_runner().invoke(args=["devices", "enrol", "gun"])
    assert result.exit_code == 2
    assert "db upgrade" in result.stderr
    assert result.stderr.count("\n") == 1
    with empty.app_context():
        db.engine.dispose()
