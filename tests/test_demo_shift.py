"""The demo shift finds exactly what was planted, on both databases; a shift with an error that nobody planted must fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import demo_shift
from tests.live import Live


@pytest.fixture
def live_empty(database_url: str, tmp_path: Path) -> Iterator[Live]:
    server = Live(tmp_path / "data", DATABASE_URL=database_url, DEMO="0")
    yield server
    server.stop()


@pytest.fixture
def live(database_url: str, tmp_path: Path) -> Iterator[Live]:
    server = Live(tmp_path / "data", DATABASE_URL=database_url)
    yield server
    server.stop()


def test_the_demo_shift_is_proven_and_its_control_fails(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PORT", "DATA_DIR", "DATABASE_URL", "HOST"):
        monkeypatch.setenv(name, live.env[name])
    monkeypatch.setenv("SEED", "7")
    live.cli("sites", "add", "north", "A second site, which the shift leaves alone")
    assert demo_shift.main() == 0, capsys.readouterr().err
    told = capsys.readouterr().out
    assert "finds exactly the 6 planted errors" in told
    assert "&site=MAIN" in told

    honest = demo_shift.Shift.plant

    def dishonest(shift: demo_shift.Shift) -> None:
        honest(shift)
        shift.truth[shift.busy[-1]] += 1

    monkeypatch.setattr(demo_shift.Shift, "plant", dishonest)
    assert demo_shift.main() == 1
    assert "was planted" in capsys.readouterr().err


def test_without_the_demo_site_it_says_so(live_empty: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("PORT", "DATA_DIR", "DATABASE_URL", "HOST"):
        monkeypatch.setenv(name, live_empty.env[name])
    assert demo_shift.main() == 1
    assert capsys.readouterr().err.startswith("FAILED: This is not the demo site")


def test_a_database_of_another_kind_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    assert demo_shift.main() == 1
    assert "only SQLite" in capsys.readouterr().err


def test_without_a_server_it_says_what_to_do(
    app: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "1")
    assert demo_shift.main() == 1
    assert "make run" in capsys.readouterr().err
