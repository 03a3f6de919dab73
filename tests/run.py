"""What `make test` runs: style, types, the JavaScript, then pytest on both databases and in a browser; exit code 1 when anything fails.

The checks before pytest run one on each core. pytest comes last, so that its closing line ends the output; what failed before it is said
right before it begins.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from debian import Missing, provide

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
OLDEST_NODE = 18
CORES = os.cpu_count() or 1
AT_ONCE = 1 + CORES
"""Tests that run at the same time: one more than there are cores, for browsers wait. Each worker has databases, a server and a browser of its own."""
TOOLS = {"chromium": "/usr/bin/chromium", "strace": "/usr/bin/strace", "libnss3-tools": "/usr/bin/certutil"}
"""Debian's packages and the program that each is for."""


Step = tuple[str, int, Callable[[], None]]
"""A check: its name, the seconds it may take, what it does."""


class Failed(Exception):
    """Why a step failed, in a sentence."""


def main(more: Sequence[str]) -> int:
    steps: list[Step] = [
        ("mypy", 90, lambda: run(BIN / "mypy")),
        *javascript(),
        ("ruff check", 20, lambda: run(BIN / "ruff", "check", ".")),
        ("ruff format", 10, lambda: run(BIN / "ruff", "format", "--check", ".")),
        ("Chromium, strace and certutil", 180, tools),
    ]
    say(f"{len(steps)} checks, {CORES} at once: " + ", ".join(f"{name} (budget {budget} s)" for name, budget, _ in steps))
    with ThreadPoolExecutor(CORES) as pool:
        failed = [why for why in pool.map(done, steps) if why]
    if failed:
        say("Failed so far:\n" + "\n".join(f"    {line}" for line in failed))
    say(f"pytest on SQLite, PostgreSQL and in the browser, {AT_ONCE} at once (budget 720 s; tests over 20 s are listed)")
    command = [sys.executable, "-m", "pytest", "-n", str(AT_ONCE), "--dist", "worksteal", *more]
    return 1 if subprocess.run(command, cwd=ROOT, env=compiled_once()).returncode or failed else 0


def done(step: Step) -> str:
    """Do a step and say how it went; return why it failed."""
    name, budget, work = step
    began, failure = time.monotonic(), ""
    try:
        work()
    except Failed as reason:
        failure = f"{name}: {reason}"
    took = time.monotonic() - began
    say(f"    {failure or f'{name}: ok'}, {took:.0f} s{f', over its budget of {budget} s' if took > budget else ''}")
    return failure


def compiled_once() -> dict[str, str]:
    """Return the environment in which Python keeps what it compiles: else each worker, server and command compiles all of it again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def say(line: str) -> None:
    print(line, flush=True)


def run(*command: str | Path, **env: str) -> None:
    """Run a command; what it wrote is shown where it fails."""
    ran = subprocess.run([str(part) for part in command], cwd=ROOT, env={**os.environ, **env}, capture_output=True, text=True)
    if ran.returncode:
        say(ran.stdout + ran.stderr)
        raise Failed(f"exit code {ran.returncode}")


def javascript() -> list[Step]:
    """The steps for the PWA's modules; none where there are none."""
    if not (ROOT / "package.json").exists():
        return []
    tests = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))
    return [
        ("npm tools and tsc", 90, tsc),
        ("node --test", 60, lambda: node_tests(tests)),
    ]


def node_tests(tests: Sequence[Path]) -> None:
    """Run the tests of the pure modules; the output is shown where one fails."""
    done = subprocess.run([node() / "node", "--test", "--test-reporter=tap", *tests], cwd=ROOT, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    say(
        "\n".join(
            [*lines, done.stderr] if done.returncode else [f"    {line[2:]}" for line in lines if line.startswith(("# pass", "# fail"))]
        )
    )
    if done.returncode:
        raise Failed(f"exit code {done.returncode}")


def node() -> Path:
    """Return the folder of a Node that is new enough: the system's, or the one of requirements-dev.txt."""
    for folder in (Path(found).parent for found in (shutil.which("node"), BIN / "node") if found):
        try:
            version = subprocess.run([folder / "node", "--version"], capture_output=True, text=True, timeout=60).stdout
        except OSError:
            continue
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE and (folder / "npm").exists():
            return folder
    raise Failed(f"no Node {OLDEST_NODE} or later: install it, or `pip install -r requirements-dev.txt`, which brings one")


def path() -> str:
    return f"{node()}{os.pathsep}{os.environ.get('PATH', '')}"


def tsc() -> None:
    """Check the types of the scripts, by what package-lock.json pins; that is installed unless it is there."""
    lock, installed = ROOT / "package-lock.json", ROOT / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(node() / "npm", "ci", "--no-audit", "--no-fund", "--loglevel=error", PATH=path())
    run(ROOT / "node_modules" / ".bin" / "tsc", "--project", "tsconfig.json", PATH=path())


def tools() -> None:
    """Make sure of the browser that the tests drive, of strace, which records writes for the power cuts, and of certutil, which trusts."""
    try:
        provide(TOOLS)
    except Missing as why:
        raise Failed(str(why)) from why


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
