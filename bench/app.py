"""What an operator waits for on a slow gun: the start offline, a beep, a search; and what the app weighs (the browser test's numbers)."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from app import shell
from bench.places import ROOT, Bench
from bench.report import Measured

TEST = "tests/browser/test_speed.py"
SHELL = 60_000
"""Bytes that the operator's app may weigh gzipped, without the camera's decoder."""

TOLD = (
    (r"nothing waiting: ready ([0-9]+) ms", "cold start offline to READY, 50,000 products, CPU / 6", 2000),
    (r"nothing waiting: .* understood ([0-9]+) ms", "  to the first scan understood", 2000),
    (r"4,000 waiting: ready ([0-9]+) ms", "  to READY with 4,000 waiting", 2000),
    (r"4,000 waiting: .* understood ([0-9]+) ms", "  to the first scan understood with 4,000 waiting", 2000),
    (r"scan to beep at 1/1 CPU: .* p99 ([0-9]+) ms", "scan to beep, p99, 4,000 waiting", 50),
    (r"scan to beep at 1/6 CPU: .* p99 ([0-9]+) ms", "  the same, CPU / 6", 100),
    (r"with the keypad open at 1/6 CPU: .* most ([0-9]+) ms", "  the same with a quantity keyed before, the slowest", 100),
    (r"search: .* most ([0-9]+) ms", "search in 50,000 products, the slowest keystroke, CPU / 6", 200),
)
"""What the test tells, what it is, and the most ms that are wanted."""


def run(bench: Bench) -> Iterator[Measured]:
    """Weigh the shell, and run the test; on the embedded database."""
    yield weight()
    command = [sys.executable, "-m", "pytest", "-sq", "-p", "no:cacheprovider", TEST]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"BENCH_SCANS": str(bench.of(100, 20, 20))}, capture_output=True, text=True)
    yield from read(done.stdout)


def weight() -> Measured:
    """Return what the service worker keeps, gzipped, but what comes when it is needed: the camera and its decoder."""
    build = shell.read()
    kept = [shell.OPERATOR, "manifest.webmanifest", *(path for path in build.operator if not path.startswith(("late/", "decoder/")))]
    total = sum(len(build.files[path].packed) for path in kept)
    return Measured("operator's app, gzip, without the camera", "", f"{total:,} bytes", f"{SHELL:,} bytes", total / SHELL, most=1)


def read(told: str) -> list[Measured]:
    """Return what the test told; raises where it told less."""
    lines = []
    for pattern, name, most in TOLD:
        found = re.search(pattern, told)
        if found is None:
            raise RuntimeError(f"{TEST} did not tell: {name}\n{told[-2000:]}")
        lines.append(Measured(name, "sqlite", f"{found[1]} ms", f"{most} ms", int(found[1]) / most, most=1))
    return lines
