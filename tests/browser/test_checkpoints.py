"""Checkpoints leave the server in its answers to devices: a phone keeps them, and finds an older copy of the database by them."""

import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from app import config, create_app
from app.db import db
from tests.browser.harness import Gun, Server


def verified(server: Server, checkpoints: Path, database: Path | None = None) -> Result:
    """Compare a copy of the database, or the one that is served, with checkpoints."""
    env = server.env if database is None else {**server.env, "DATABASE_URL": f"sqlite:///{database}"}
    app = create_app(config.from_environment(env))
    done = app.test_cli_runner().invoke(args=["verify", "--site", "MAIN", "--checkpoint", str(checkpoints)])
    with app.app_context():
        db.engine.dispose()
    return done


def test_a_phones_checkpoints_find_an_older_backup_that_was_put_back(guns: Callable[..., Gun], server: Server, tmp_path: Path) -> None:
    gun = guns().enrol().task("look")
    server.cli("backup", str(tmp_path / "older.db"))
    gun.scan_saved("BEFORE")
    gun.drained()
    journal = server.call("GET", "/api/v1/scans?site=MAIN&since=0&limit=1")["journal"]

    def sealed() -> bool:
        checkpoint = server.call("GET", "/api/v1/seals?site=MAIN&limit=1")["checkpoint"]
        return checkpoint is not None and int(checkpoint.split(":")[3]) >= journal

    gun.until(sealed)
    gun.scan_saved("AFTER")
    gun.drained()
    gun.page.goto(f"{server.base}/#proof")
    with gun.page.expect_download() as download:
        gun.page.get_by_role("button", name="Save checkpoints").click()
    assert re.fullmatch(r"checkpoints-[0-9TZ-]+\.txt", download.value.suggested_filename)
    kept = tmp_path / "checkpoints.txt"
    download.value.save_as(kept)
    assert re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d sl1:\d+:\d+:\d+:[0-9a-f-]{36}:[0-9a-f]{64}\n)+", kept.read_text())
    untouched = verified(server, kept)
    assert untouched.exit_code == 0, untouched.stdout
    assert "was changed since its checkpoint left the server" in untouched.stdout
    older = verified(server, kept, tmp_path / "older.db")
    assert older.exit_code == 1
    assert "its tail was cut, or an older copy was put back" in older.stdout
