"""What the machine spends: CPU seconds of processes and all their children (Linux)."""

import os
import platform
import time
from pathlib import Path

from app.db import sqlite_module


def cpu(*roots: int) -> dict[int, float]:
    """Return the CPU seconds of each of these processes and of all below them."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found: dict[int, float] = {}
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        waiting += parents.get(pid, [])
        try:
            found[pid] = time.clock_gettime((~pid << 3) | 2)  # the CPU clock of another process, in ns (clock_getcpuclockid)
        except OSError:
            continue
    return found


def reaped(pid: int) -> float:
    """Return the CPU seconds of the children of a process that have ended; 0 when it has ended too."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


class Spent:
    """CPU and wall seconds between `with` and its end, of some process trees."""

    def __init__(self, *roots: int) -> None:
        self.roots, self.cpu, self.wall = roots, 0.0, 0.0

    def __enter__(self) -> "Spent":
        self._before, self._began = cpu(*self.roots), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._began
        self.cpu = sum(seconds - self._before.get(pid, 0.0) for pid, seconds in cpu(*self.roots).items())


def peak_memory(pid: int) -> int:
    """Return the most bytes a process has held in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmHWM")


def describe() -> str:
    """Say in a line what this machine is."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"Python {platform.python_version()}, SQLite {sqlite_module().sqlite_version}"
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}, {python}"
