"""Guessing a password or a PIN over four processes: no more tries are judged than one process would judge."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app import times
from tests.databases import Databases
from tests.live import Live, free_port
from tests.starting import ROOT

TRIES, LIMIT = 80, 10


def post(port: int, path: str, said: dict[str, Any], **headers: str) -> tuple[int, Any, Any]:
    """Send JSON on a connection of its own, so that any of the processes may get it; return the status, what was answered, its headers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", f"/api/v1/{path}", json.dumps(said), {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, json.loads(body) if body else None, answer.headers


class Four:
    """A server of four processes, and Ada, who is signed in."""

    def __init__(self, live: Live) -> None:
        self.port = live.port
        said = {"token": live.cli("setup-link").partition("#")[2], "name": "Ada", "password": "plum stone ladder"}
        status, signed, headers = post(self.port, "setup", said)
        assert status == 201
        self.ada = {"Cookie": headers["Set-Cookie"].partition(";")[0], "X-CSRF-Token": signed["csrf"]}

    def device(self, name: str) -> dict[str, str]:
        """Enrol a device; return what it sends."""
        code = post(self.port, "enrolments", {"name": name, "site": "MAIN"}, **self.ada)[1]["code"]
        return {"Authorization": "Bearer " + post(self.port, "enrolments/claim", {"code": code})[1]["token"]}


@pytest.fixture(scope="module")
def four(postgres_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Four]:
    name = postgres_databases.take()
    folder = tmp_path_factory.mktemp("four")
    live = Live(folder, DATABASE_URL=postgres_databases.url(name), WEB_CONCURRENCY="4", DEMO="0")
    yield Four(live)
    live.stop()
    postgres_databases.give_back(name)


def guess(port: int) -> None:
    """Guess 80 passwords of one name, eight at a time; raises where more were judged than the limit of the minutes it took."""
    began = times.now() // times.MINUTE
    with ThreadPoolExecutor(8) as pool:
        told = Counter(pool.map(lambda n: post(port, "session", {"name": "Ada", "password": f"guess number {n}"})[0], range(TRIES)))
    minutes = times.now() // times.MINUTE - began + 1
    assert told[401] + told[429] == TRIES, told
    assert LIMIT <= told[401] <= LIMIT * minutes, f"{told[401]} guesses were judged in {minutes} minutes"


def test_four_processes_judge_no_more_guesses_than_one(four: Four) -> None:
    while times.now() % times.MINUTE > 45_000:
        time.sleep(1)
    guess(four.port)
    now = times.now() // times.MINUTE
    right = post(four.port, "session", {"name": "Ada", "password": "plum stone ladder"})[0]
    assert right == 429 or times.now() // times.MINUTE > now  # whoever guesses right too late learns nothing


def guess_pin(port: int, **gun: str) -> None:
    """Guess the PIN of somebody on a device, nearly as often as it may try in a minute, eight at a time; raises where more than five were
    judged."""
    with ThreadPoolExecutor(8) as pool:
        guesses = pool.map(lambda n: post(port, "grants", {"badge": "OP-17", "pin": f"8603{n:02}"}, **gun)[1]["code"], range(28))
        told = Counter(guesses)
    assert told["wrong_pin"] <= 5, f"{told['wrong_pin']} guesses were judged"
    assert told["wrong_pin"] + told["pin_locked"] == 28, told


def test_four_processes_lock_out_after_five_wrong_pins_on_that_device_until_a_supervisor_unlocks(four: Four) -> None:
    one, other = four.device("one"), four.device("other")
    mira = post(four.port, "people", {"name": "Mira", "badge": "OP-17", "roles": ["operator"]}, **four.ada)[1]["id"]
    code = post(four.port, f"operators/{mira}/code", {}, **four.ada)[1]["code"]
    right = {"badge": "OP-17", "pin": "204173"}
    assert post(four.port, "pins", {**right, "code": code}, **one)[0] == 201
    guess_pin(four.port, **one)
    assert post(four.port, "grants", right, **one)[1]["code"] in ("pin_locked", "too_many_requests")
    assert post(four.port, "grants", right, **other)[0] == 201
    seen_to = post(four.port, f"operators/{mira}/unlocking", {"reason": "she had the wrong card"}, **four.ada)
    assert seen_to[1]["locked"] is False
    assert post(four.port, "grants", right, **one)[0] in (201, 429)


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
        with pytest.raises(AssertionError, match="guesses were judged"):
            guess_pin(port)
    finally:
        server.terminate()
        server.wait(20)
