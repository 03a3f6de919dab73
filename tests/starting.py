"""Start the server and give commands in processes of their own, each a copy of one that has loaded the product: loading is most of a start.

How `make run` and `flask --app wsgi` start from nothing is for tests/test_run.py.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from flask.cli import main

ROOT = Path(__file__).parent.parent

_copies = multiprocessing.get_context("forkserver")
_copies.set_forkserver_preload(["tests.loaded"])


class Process:
    """A process with a group of its own, which does `work` in this environment; it is asked and waited for as a `Popen` is."""

    def __init__(self, work: Callable[[], None], env: Mapping[str, str], out: Path, err: Path | None = None) -> None:
        self._copy = _copies.Process(target=_become, args=(work, dict(env), out, err or out), daemon=True)
        self._copy.start()
        assert self._copy.pid is not None
        self.pid: int = self._copy.pid

    def poll(self) -> int | None:
        return self._copy.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._copy.join(timeout)
        if self._copy.exitcode is None:
            raise subprocess.TimeoutExpired("a copy", timeout or 0)
        return self._copy.exitcode


def server(env: Mapping[str, str], out: Path, err: Path | None = None, **changed: float) -> Process:
    """Start what `python -m app.run` starts, with some numbers of app/serving.py changed."""
    return Process(partial(_serve, changed), env, out, err)


def command(env: Mapping[str, str], *args: str) -> str:
    """Do what `flask --app wsgi` does with these words, until its process ends; return what it said."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        code = Process(partial(_flask, args), env, out, err).wait(60)
        assert code == 0, err.read_text()
        return out.read_text().strip()


def _become(work: Callable[[], None], env: Mapping[str, str], *outputs: Path) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(env)
    for number, output in enumerate(outputs, 1):
        file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    work()


def _serve(changed: Mapping[str, float]) -> None:
    from app import run, serving

    vars(serving).update(changed)
    sys.exit(run.main())


def _flask(args: Sequence[str]) -> None:
    sys.argv = ["flask", "--app", "wsgi", *args]
    main()
