"""Limits hold over all processes: what is counted is counted in the database."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app import limits, times
from app.db import writing
from app.errors import Problem
from tests.shop import Shop
from tests.starting import ROOT

MOST, EACH = 30, 25
TRIES = """
import os, sys
from app import config, create_app, limits, times
from app.errors import Problem
url, folder, most, each, kept = sys.argv[1:]
app = create_app(config.Settings(database_url=url, data_dir=__import__("pathlib").Path(folder), base_url=None, demo=False, crash=""))
times.now = lambda: 1_700_000_000_000
here = {}
def remembered(what, whence, most):
    here[what] = here.get(what, 0) + 1
    if here[what] > most:
        raise Problem("too_many_requests")
attempt = limits.attempt if kept == "database" else remembered
def let_through():
    let = 0
    with app.app_context():
        for _ in range(int(each)):
            try:
                attempt("claim", "10.0.0.1", int(most))
                let += 1
            except Problem as problem:
                assert problem.code == "too_many_requests"
    return let
for _ in range(4):
    if os.fork() == 0:
        os.write(1, f"{let_through()}\\n".encode())
        os._exit(0)
for _ in range(4):
    assert os.wait()[1] == 0
"""


def let_through(url: str, folder: Path, kept: str) -> int:
    """Try from four processes at once; return how many tries were let through."""
    command = [sys.executable, "-c", TRIES, url, str(folder), str(MOST), str(EACH), kept]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return sum(int(line) for line in done.stdout.split())


def test_four_processes_together_let_as_many_tries_through_as_one_may(database_url: str, tmp_path: Path) -> None:
    assert let_through(database_url, tmp_path, "database") == MOST


@pytest.mark.sqlite_only
def test_control_a_limit_that_each_process_remembers_lets_them_all_through(database_url: str, tmp_path: Path) -> None:
    assert let_through(database_url, tmp_path, "memory") == 4 * EACH > MOST


def test_a_caller_starts_only_so_many_files_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "COSTLY", 2)
    at = times.now()
    monkeypatch.setattr(times, "now", lambda: at)
    office, another = shop.person("supervisor"), shop.person("accountant")
    assert [office.get("/api/v1/exports/stock.csv").status_code for _ in range(2)] == [200, 200]
    refused = office.get("/api/v1/exports/moves.csv")
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert another.get("/api/v1/exports/stock.csv").status_code == 200, "each caller has their own"
    assert office.get("/api/v1/products").status_code == 200, "reading goes on"
    assert shop.gun.send({"id": "x"})["receipts"], "scans go on"


@pytest.mark.sqlite_only
def test_a_database_that_can_not_be_written_keeps_nobody_from_taking_data_out(shop: Shop) -> None:
    from app.db import db

    with db.engine.connect() as tx:
        tx.exec_driver_sql("ROLLBACK")
        tx.exec_driver_sql("PRAGMA query_only=ON")
        tx.exec_driver_sql("BEGIN")
    try:
        with pytest.raises(Exception, match="readonly"), writing() as tx:
            tx.exec_driver_sql("DELETE FROM attempts")
        assert shop.person("supervisor").get("/api/v1/exports/stock.csv").status_code == 200
    finally:
        with db.engine.connect() as tx:
            tx.exec_driver_sql("ROLLBACK")
            tx.exec_driver_sql("PRAGMA query_only=OFF")
            tx.exec_driver_sql("BEGIN")


COSTLY = {
    "GET /api/v1/counts/{code}/paper.pdf",
    "GET /api/v1/exports/package.zip",
    "GET /api/v1/exports/{name}.{kind}",
    "GET /api/v1/measures/{name}.{kind}",
    "POST /api/v1/enrolments/claim",
    "POST /api/v1/imports/locations",
    "POST /api/v1/imports/products",
    "POST /api/v1/imports/scans",
    "POST /api/v1/imports/stock",
    "POST /api/v1/imports/{kind}/columns",
    "POST /api/v1/labels/files",
    "POST /api/v1/labels/prints",
    "POST /api/v1/scans",
    "POST /api/v1/session",
    "POST /api/v1/setup",
}


@pytest.mark.sqlite_only
def test_what_can_be_guessed_or_costs_much_says_that_it_is_limited(shop: Shop) -> None:
    spec = shop.person("auditor").get("/api/v1/openapi.json").json
    said = {
        f"{method.upper()} {path}"
        for path, named in spec["paths"].items()
        for method, one in named.items()
        if method != "parameters" and "429" in one["responses"]
    }
    assert said >= COSTLY, COSTLY - said


def test_what_was_right_is_taken_back(app: Flask) -> None:
    for _ in range(3):
        limits.attempt("claim", "10.0.0.2", 1)
        limits.forgive("claim", "10.0.0.2")
    limits.attempt("claim", "10.0.0.2", 1)
    with pytest.raises(Problem, match="too_many_requests"):
        limits.attempt("claim", "10.0.0.2", 1)
