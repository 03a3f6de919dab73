"""An export of what was sealed is checked on another machine, by one file, and by the checkpoints that left the server."""

import ast
import gzip
import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app import times
from app.db import reading, writing
from app.locations.creating import add_site
from app.seals import checkpoints, sealing, verify
from tests.callers import key, problem
from tests.counts.test_counting import MINUTE, approve, counted, decision
from tests.shop import Shop


def check(folder: Path, export: bytes, *said: str) -> tuple[int, str]:
    """Run the file as an auditor does, with nothing but Python."""
    (folder / "export").write_bytes(export)
    done = subprocess.run(
        [sys.executable, "-I", "-S", verify.__file__, str(folder / "export"), *said], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shift(shop: Shop) -> Shop:
    """Two seals, and a count that was posted between them."""
    sealing.seal_all()
    counted(shop, times.now() - 120 * MINUTE)
    assert approve(shop, "K1", decision(shop, "K1", "PEN", "accept", reason_code="miscount")).status_code == 200
    sealing.seal_all()
    return shop


def newest(site_id: int = 1) -> str:
    with reading() as tx:
        return str(checkpoints.last(tx, site_id))


def test_an_export_is_checked_by_one_file_that_needs_nothing_else(shift: Shop, tmp_path: Path) -> None:
    auditor = shift.person("auditor")
    program = auditor.get("/api/v1/seals/verify.py")
    assert program.data == Path(verify.__file__).read_bytes()
    imports = {name.name for node in ast.walk(ast.parse(program.data)) if isinstance(node, ast.Import) for name in node.names}
    assert imports <= sys.stdlib_module_names
    answer = auditor.get("/api/v1/seals/export")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="sealed-MAIN-1-to-')
    code, told = check(tmp_path, answer.data, "--checkpoint", newest())
    assert (code, told.splitlines()[-3:]) == (
        0,
        [
            "Every row is as it was sealed, and every seal follows from the one before.",
            f"Nothing up to journal {verify.checkpoints(newest())[0].upto} was changed since its checkpoint left the server.",
            f"Newest checkpoint: {newest()}",
        ],
    )
    code, told = check(tmp_path, gzip.decompress(answer.data))
    assert code == 0
    assert "No checkpoint was compared: who owns the database could have sealed everything anew." in told


def test_checkpoints_are_found_in_answers_and_in_the_cover_of_a_package(shift: Shop, tmp_path: Path) -> None:
    export = shift.person("auditor").get("/api/v1/seals/export").data
    package = shift.person("accountant").get("/api/v1/exports/package.zip?count=K1").data
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert newest() in archive.read("cover.txt").decode()
    (tmp_path / "package.zip").write_bytes(package)
    (tmp_path / "answer.json").write_bytes(shift.gun.post({"scans": [shift.gun.scan("look", location="A-01")]}).data)
    file = shift.person("accountant").get("/api/v1/exports/scans.csv")
    assert file.headers["X-ScanLedger-Checkpoint"] == newest()
    for said in ("package.zip", "answer.json"):
        code, told = check(tmp_path, export, "--checkpoint", str(tmp_path / said))
        assert (code, "since its checkpoint left the server" in told) == (0, True), told
    wrong = newest()[:-8] + "deadbeef"
    code, told = check(tmp_path, export, "--checkpoint", wrong, "--checkpoint", newest())
    assert code == 1
    assert "WRONG: The server gave away the checkpoint of seal 2" in told


def test_what_can_not_be_read_is_said_and_is_no_pass(shift: Shop, tmp_path: Path) -> None:
    packed = shift.person("auditor").get("/api/v1/seals/export").data
    plain = gzip.decompress(packed)
    lines = plain.splitlines(keepends=True)
    assert check(tmp_path, b"".join(lines[:-1]))[0] == 1
    assert check(tmp_path, plain + b"more\n")[0] == 1
    assert check(tmp_path, b"".join([lines[0], lines[2], *lines[1:]]))[0] == 1
    for bad in (
        b"",
        b"{}",
        b"[" * 100_000,
        packed[:-20],
        packed[:40] + bytes([packed[40] ^ 255]) + packed[41:],
        b"".join(lines[1:]),
        b"\0\xff\n",
        lines[0] + b"no\n",
        re.sub(rb'"number":(\d+)', rb'"number":"\1"', plain),
    ):
        code, told = check(tmp_path, bad)
        assert (code, "Traceback" in told) == (2, False), (bad[:50], told)
    for said in ("nothing", str(tmp_path), str(tmp_path / "export")):
        assert check(tmp_path, plain, "--checkpoint", said)[0] == 2


def test_an_export_from_a_seal_on_goes_on_from_its_checkpoint(shift: Shop, tmp_path: Path) -> None:
    auditor = shift.person("auditor")
    first, second = auditor.get("/api/v1/seals").json["rows"]
    assert (first["number"], second["previous"], second["first"]) == (1, first["hash"], first["upto"] + 1)
    part = auditor.get("/api/v1/seals/export?since=1").data
    given = f"sl1:1:1:{first['upto']}:{first['epoch']}:{first['hash']}"
    assert check(tmp_path, part, "--checkpoint", given, "--checkpoint", newest())[0] == 0
    code, told = check(tmp_path, part, "--checkpoint", given[:-4] + "dead")
    assert (code, "what this export begins after has another hash" in told) == (1, True)
    problem(auditor.get("/api/v1/seals/export?since=3"), "not_found")


def test_seals_are_listed_with_the_newest_checkpoint(shift: Shop) -> None:
    auditor = shift.person("auditor")
    page = auditor.get("/api/v1/seals?limit=1").json
    assert (len(page["rows"]), page["next"], page["checkpoint"]) == (1, 1, newest())
    assert auditor.get("/api/v1/seals?since=1").json["rows"][0]["number"] == 2
    assert auditor.get("/api/v1/seals?site=global").json["checkpoint"] == newest(0)
    assert auditor.get("/api/v1/seals?since=2").json["rows"] == []


def test_answers_to_devices_carry_the_newest_checkpoint_of_their_site(shift: Shop) -> None:
    sent = shift.gun.send(shift.gun.scan("look", location="A-01"))["checkpoint"]
    assert sent == newest()
    sealing.seal_all()
    assert shift.gun.get("/api/v1/me").json["checkpoint"] == newest() != sent
    assert shift.person("auditor").get("/api/v1/me").json["checkpoint"] == newest(0)


def test_who_belongs_to_a_site_gets_its_seals_only(app: Flask) -> None:
    with writing() as tx:
        add_site(tx, "NORTH", "Northern site")
    client, bound = app.test_client(), key("auditor", site="NORTH")
    for path in ("/api/v1/seals", "/api/v1/seals/export"):
        assert client.get(path, headers=bound).status_code == 200
        assert client.get(f"{path}?site=NORTH", headers=bound).status_code == 200
        for other in ("MAIN", "global"):
            problem(client.get(f"{path}?site={other}", headers=bound), "forbidden")


def verified(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["verify", *args])


def test_the_live_database_is_checked_by_a_command(shift: Shop) -> None:
    done = verified(shift.app, "--checkpoint", newest(), "--checkpoint", newest(0))
    assert done.exit_code == 0, done.output
    assert [line.partition(":")[0] for line in done.stdout.splitlines() if "seals over" in line] == ["global", "MAIN"]
    assert done.stdout.count("since its checkpoint left the server") == 2
    done = verified(shift.app, "--site", "MAIN", "--checkpoint", newest()[:-4] + "dead")
    assert (done.exit_code, "WRONG: " in done.stdout) == (1, True)
    done = verified(shift.app, "--checkpoint", "nothing")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)


def test_before_the_first_seal_there_is_nothing_to_check_and_it_says_so(app: Flask, tmp_path: Path) -> None:
    answer: Any = app.test_client().get("/api/v1/seals/export", headers=key("auditor"))
    code, told = check(tmp_path, answer.data)
    assert code == 0
    assert told.splitlines()[:2] == [
        "MAIN: 0 seals over 0 rows, journal up to 0.",
        "Journal 1 to 8 isn't sealed yet, and not in this export.",
    ]
