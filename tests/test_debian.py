"""What a test or a campaign needs of Debian's packages is installed where that is allowed; where not, it is said what to do."""

from pathlib import Path

import pytest

from tests import debian

APT = """#!/bin/sh
echo "$@" >> {log}
[ "$1" != install ] || {install}
"""


@pytest.fixture
def brings(tmp_path: Path) -> dict[str, str]:
    return {"tool-there": str(tmp_path), "tool-nogui": str(tmp_path / "tool")}


def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: str, user: int = 0) -> Path:
    """Put an apt-get of our own first on the path; return what it was asked."""
    log, program = tmp_path / "log", tmp_path / "bin" / "apt-get"
    program.parent.mkdir()
    program.write_text(APT.format(log=log, install=install))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/bin")
    monkeypatch.setattr(debian.os, "geteuid", lambda: user)
    log.touch()
    return log


def test_only_what_is_missing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brings: dict[str, str]) -> None:
    log = apt(tmp_path, monkeypatch, f"touch {tmp_path}/tool")
    debian.provide(brings)
    debian.provide(brings)
    assert log.read_text().splitlines() == ["update -q", "install -y -q --no-install-recommends tool-nogui"]


@pytest.mark.parametrize(
    ("install", "user", "why"),
    [
        ("true", 1000, "sudo apt-get install tool-nogui"),
        ("exit 100", 0, "apt-get install ended with 100; missing: tool-nogui"),
        ("true", 0, "still missing: tool-nogui"),
    ],
)
def test_where_it_cannot_be_installed_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, brings: dict[str, str], install: str, user: int, why: str
) -> None:
    log = apt(tmp_path, monkeypatch, install, user)
    with pytest.raises(debian.Missing, match=why):
        debian.provide(brings)
    assert bool(log.read_text()) == (user == 0)
