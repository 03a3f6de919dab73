"""A shift of 10,000 scans, queued offline in Chromium, until the server has named them all: the browser test of it, its seconds."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from bench.places import ROOT, Bench
from bench.report import Measured

TEST = "tests/browser/test_draining.py::test_a_shift_of_scans_queued_offline_drains_and_the_proof_agrees"
_TOLD = re.compile(
    r"([0-9,]+) scans queued offline, drained in ([0-9.]+) s \(([^)]+)\): [0-9]+ batches, ([0-9,]+) bytes up, ([0-9,]+) down"
)


def run(bench: Bench) -> Iterator[Measured]:
    """Run the test, which fails unless the proof agrees; on the embedded database."""
    env = os.environ | {"BENCH_QUEUED": str(bench.of(10_000, 1_500, 1_500))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{TEST} failed:\n{done.stdout[-2000:]}")
    yield from read(done.stdout)


def read(told: str) -> list[Measured]:
    """Return what the test told; raises where it told nothing."""
    lines = []
    for scans, seconds, how, up, down in _TOLD.findall(told):
        rate = int(scans.replace(",", "")) / float(seconds)
        name = f"{scans} scans queued in Chromium to the server, {how}"
        lines.append(Measured(name, "sqlite", f"{float(seconds):.1f} s, gzip {up} bytes up, {down} down", f"{rate:,.0f}/s"))
    if not lines:
        raise RuntimeError(f"{TEST} told no seconds:\n{told[-2000:]}")
    return lines
