"""Guessing a password over four processes: no more tries are judged than one process would judge."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import times
from tests.databases import Databases
from tests.live import ROOT, Live, free_port

TRIES, LIMIT = 80, 10


def post(port: int, path: str, said: dict[str, str]) -> int:
    """Send JSON on a connection of its own, so that any of the processes may get it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, json.dumps(said), {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status


def guess(port: int) -> None:
    """Guess 80 passwords of one name, eight at a time; raises where more were judged than the limit of the minutes it took."""
    began = times.now() // times.MINUTE
    with ThreadPoolExecutor(8) as pool:
        told = Counter(pool.map(lambda n: post(port, "/api/v1/session", {"name": "Ada", "password": f"guess number {n}"}), range(TRIES)))
    minutes = times.now() // times.MINUTE - began + 1
    assert told[401] + told[429] == TRIES, told
    assert LIMIT <= told[401] <= LIMIT * minutes, f"{told[401]} guesses were judged in {minutes} minutes"


def test_four_processes_judge_no_more_guesses_than_one(postgres_databases: Databases, tmp_path: Path) -> None:
    name = postgres_databases.take()
    live = Live(tmp_path, DATABASE_URL=postgres_databases.url(name), WEB_CONCURRENCY="4", DEMO="0")
    try:
        token = live.cli("setup-link").partition("#")[2]
        assert post(live.port, "/api/v1/setup", {"token": token, "name": "Ada", "password": "plum stone ladder"}) == 201
        while times.now() % times.MINUTE > 45_000:
            time.sleep(1)
        guess(live.port)
        now = times.now() // times.MINUTE
        right = post(live.port, "/api/v1/session", {"name": "Ada", "password": "plum stone ladder"})
        assert right == 429 or times.now() // times.MINUTE > now  # whoever guesses right too late learns nothing
    finally:
        live.stop()
        postgres_databases.give_back(name)


def test_the_harness_finds_a_limit_that_each_process_has_for_itself(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w", "4", "-k", "gthread", "-b", f"127.0.0.1:{port}", "--log-level", "error"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([*command, "tests.people.forgetful:app"], cwd=tmp_path, env=env)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(1)  # until the other three listen too
        with pytest.raises(AssertionError, match="guesses were judged"):
            guess(port)
    finally:
        server.terminate()
        server.wait(20)
