"""The demo shift finds exactly what was planted, on both databases; a shift with an error that nobody planted must fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app import demo_shift
from tests.live import Live


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
    assert demo_shift.main() == 0, capsys.readouterr().err
    assert "finds exactly the 6 planted errors" in capsys.readouterr().out

    honest = demo_shift.Shift.plant

    def dishonest(shift: demo_shift.Shift) -> None:
        honest(shift)
        shift.truth[shift.busy[-1]] += 1

    monkeypatch.setattr(demo_shift.Shift, "plant", dishonest)
    assert demo_shift.main() == 1
    assert "was planted" in capsys.readouterr().err


def test_without_a_server_it_says_what_to_do(
    app: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, database_url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", "1")
    assert demo_shift.main() == 1
    assert "make run" in capsys.readouterr().err
