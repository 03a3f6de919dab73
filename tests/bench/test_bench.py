"""Each bench runs, on a tiny size; what it measures is for `make bench`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import BENCHES, __main__, app, draining, places, report


@pytest.fixture(scope="module")
def bench() -> Iterator[places.Bench]:
    with places.Bench(size="tiny") as bench:
        yield bench


BOTH = {"ingest", "single"}
"""These run on both engines, the others on SQLite: the harness is the same, and `make test` has a budget."""


@pytest.mark.parametrize("name", sorted(BENCHES.keys() - {"draining", "app"}))
def test_each_bench_measures(bench: places.Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if name not in BOTH:
        monkeypatch.setattr(bench, "engines", ("sqlite",))
    lines = list(BENCHES[name].run(bench))
    assert lines
    assert all(line.ratio is None or line.ratio > 0 for line in lines)


def test_draining_tells_what_the_browser_test_tells() -> None:
    file, _, name = draining.TEST.partition("::")
    assert f"def {name}(" in (places.ROOT / file).read_text()
    told = (
        "\n10,000 scans queued offline, drained in 8.0 s (as it is): 22 batches, 300,000 bytes up, 220,000 down\n.\n"
        "1,500 scans queued offline, drained in 6.0 s (CPU / 6, 400 kbit/s, 400 ms): 5 batches, 45,000 bytes up, 33,000 down\n.\n2 passed"
    )
    plain, slow = draining.read(told)
    assert plain.cells[2:4] == ("8.0 s, gzip 300,000 bytes up, 220,000 down", "1,250/s")
    assert slow.cells[0] == "1,500 scans queued in Chromium to the server, CPU / 6, 400 kbit/s, 400 ms"
    test = (places.ROOT / file).read_text()
    assert all(word in test for word in ("scans queued offline, drained in", "batches, ", "bytes up, "))
    with pytest.raises(RuntimeError, match="1 failed"):
        draining.read("F\n1 failed")


def test_the_app_tells_what_the_browser_test_tells() -> None:
    told = (
        "cold start with nothing waiting: ready 1700 ms, first scan understood 1800 ms\n"
        ".cold start with 4,000 waiting: ready 1750 ms, first scan understood 1850 ms\n"
        ".scan to beep at 1/1 CPU: p50 4 ms, p99 20 ms of 300 scans\n.scan to beep at 1/6 CPU: p50 27 ms, p99 120 ms of 300 scans\n"
        ".scan to beep with the keypad open at 1/6 CPU: p50 60 ms, most 90 ms of 10 scans, the quietest of 3 rounds\n"
        "search: first 300 ms, then p50 90 ms, most 110 ms a keystroke\n"
    )
    lines = app.read(told)
    assert [line.cells[2] for line in lines] == ["1700 ms", "1800 ms", "1750 ms", "1850 ms", "20 ms", "120 ms", "90 ms", "110 ms"]
    assert [line.ok for line in lines] == [True, True, True, True, True, False, True, True]
    with pytest.raises(RuntimeError, match="did not tell"):
        app.read("1 failed")
    assert app.weight().ok
    test = (places.ROOT / app.TEST).read_text()
    assert all(
        word in test
        for word in (
            "cold start",
            "first scan understood",
            "scan to beep at 1/",
            "scan to beep with the keypad open at 1/",
            "search: first",
        )
    )


def test_a_missed_ratio_is_told() -> None:
    missed = report.Measured("m", "sqlite", "1", "4", 0.25, least=0.4)
    kept = report.Measured("k", "sqlite", "4", "1", 4, least=0.4)
    too_much = report.Measured("t", "", "2", "1", 2, most=1.2)
    told = report.Measured("told", "", "3 s", "")
    assert [line.ok for line in (missed, kept, too_much, told)] == [False, True, False, True]
    assert [line.cells[-1] for line in (missed, kept, told)] == ["NO", "yes", ""]


def test_the_table_goes_into_the_marked_section(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(f"Before\n{__main__.BEGIN}\nold\n{__main__.END}\nAfter\n")
    __main__.write(file, [report.Measured("batch", "sqlite", "2", "4", 0.5, least=0.4)], 60, "python -m bench")
    text = file.read_text()
    assert text.startswith("Before\n")
    assert text.endswith("After\n")
    assert "| batch | sqlite | 2 | 4 | 0.50 | >= 0.4 | yes |" in text
    assert "old" not in text


def test_an_unknown_bench_is_refused() -> None:
    done = subprocess.run([sys.executable, "-m", "bench", "nothing"], capture_output=True, text=True, cwd=places.ROOT)
    assert done.returncode == 2
    assert "there is no bench nothing" in done.stderr
