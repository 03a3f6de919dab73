"""Ten thousand scans queued offline in Chromium until the server has named them all: the browser test of it, its seconds."""

import re
import subprocess
import sys
from collections.abc import Iterator

from bench.places import ROOT, Bench
from bench.report import Measured

TEST = "tests/browser/test_never_lost.py::test_ten_thousand_scans_queued_offline_drain_and_the_proof_agrees"
_TOLD = re.compile(r"([0-9,]+) scans queued offline, drained in ([0-9.]+) s")


def run(bench: Bench) -> Iterator[Measured]:
    """Run the test, which fails unless the proof agrees; on the embedded database."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST], cwd=ROOT, capture_output=True, text=True)
    yield read(done.stdout)


def read(told: str) -> Measured:
    """Return what the test told; raises where it failed."""
    found = _TOLD.search(told)
    if found is None:
        raise RuntimeError(f"{TEST} told no seconds:\n{told[-2000:]}")
    scans, seconds = found.groups()
    rate = int(scans.replace(",", "")) / float(seconds)
    return Measured(f"{scans} scans queued in Chromium to the server", "sqlite", f"{float(seconds):.1f} s", f"{rate:,.0f}/s")
