"""Power cuts: every write and sync of a recording process is recorded, and replayed up to any moment.

What a disk holds after a cut: each byte that was synced, and of what was written since then any part (whole writes, torn sectors, or
nothing). Each acknowledged scan must be in every such disk. The recorder is strace. The control is `synchronous=NORMAL`, which must lose.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.db import sqlite_module
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground

ROOT = Path(__file__).parent.parent
SECTOR = 512

WRITER = """
import json, os, sys, uuid
from sqlalchemy import event
from app import config, create_app, times
from app.db import db
from tests import shop
folder, batches, level = sys.argv[1], int(sys.argv[2]), sys.argv[3]
app = create_app(config.Settings("sqlite:///" + folder + "/scanledger.db", __import__("pathlib").Path(folder), None, False, ""))
with app.app_context():
    if level != "FULL":
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=" + level))
    gun = shop.gun(app, "power")
    for _ in range(batches):
        scans = [gun.scan("receive", location="A-01", barcode="PEN-BOX") for _ in range(3)]
        gun.send(*scans)
        os.write(2, ("ACK " + json.dumps([s["id"] for s in scans])).encode())
"""


@dataclass
class File:
    """A file as the disk may hold it: what is synced, and what was written since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes), or (length, None) for a truncation."""

    def sync(self) -> None:
        for at, data in self.since:
            put(self.synced, at, data)
        self.since = []

    def after_cut(self, chance: random.Random) -> bytes:
        """Return what a disk may hold: some of the writes since the last sync, one of them torn."""
        disk = bytearray(self.synced)
        mood = chance.random()
        for at, data in self.since:
            if mood < 0.3 or (mood < 0.8 and chance.random() < 0.5):
                continue
            torn = data is not None and chance.random() < 0.2
            put(disk, at, data[: SECTOR * chance.randrange(1 + len(data) // SECTOR)] if torn and data else data)
        return bytes(disk)


def put(disk: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del disk[at:]
        disk.extend(b"\0" * (at - len(disk)))
        return
    if len(disk) < at:
        disk.extend(b"\0" * (at - len(disk)))
    disk[at : at + len(data)] = data


CALL = re.compile(r"^(?:\d+ +)?(pwrite64|write|fsync|fdatasync|ftruncate|unlink)\((.*)\) += (-?\d+)")
OPEN_FD = re.compile(r"^\d+<([^>]*)>")
BYTES = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def record(ground: Ground, batches: int, level: str) -> tuple[bytes, list[tuple[str, Any, Any]]]:
    """Let a process record scans under strace; return its database before, and what it did: writes, syncs and acknowledgements."""
    folder = ground.folder / f"power-{level}-{random.randrange(10**9)}"
    with ground.stage("sqlite") as stage:
        before = stage.remember()
    folder.mkdir()
    (folder / "scanledger.db").write_bytes(before)
    trace = folder.with_suffix(".strace")
    command = [
        "strace", "-f", "-q", "-xx", "-y", "-s", "2000000", "-e", "trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink", "-o", str(trace),
        sys.executable, "-c", WRITER, str(folder), str(batches), level,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(ROOT)})
    hold(done.returncode == 0, f"the writer failed: {done.stderr[-500:]}")
    return before, deeds(trace, str(folder))


def deeds(trace: Path, folder: str) -> list[tuple[str, Any, Any]]:
    found: list[tuple[str, Any, Any]] = []
    with trace.open() as lines:
        for line in lines:
            call = CALL.match(line)
            if call is None or int(call[3]) < 0:
                hold("unfinished" not in line or folder not in line, "a call of the database was interrupted in the trace")
                continue
            name, args = call[1], call[2]
            data = BYTES.search(args)
            raw = bytes.fromhex(data[1].replace("\\x", "")) if data else b""
            if name == "write" and raw.startswith(b"ACK "):
                found.append(("ack", json.loads(raw[4:]), None))
                continue
            opened = OPEN_FD.match(args)
            path = unhex(opened[1]) if opened else raw.decode("utf-8", "replace")
            if not path.startswith(folder) or path.endswith(("-shm", "witness")) or "/witness" in path:
                continue
            file = Path(path).name
            if name == "pwrite64":
                found.append(("write", file, (int(args.rsplit(", ", 1)[1]), raw[: int(call[3])])))
            elif name == "ftruncate":
                found.append(("write", file, (int(args.rsplit(", ", 1)[1]), None)))
            elif name in ("fsync", "fdatasync"):
                found.append(("sync", file, None))
            elif name == "unlink":
                found.append(("unlink", file, None))
    return found


def unhex(path: str) -> str:
    return re.sub(r"(?:\\x[0-9a-f]{2})+", lambda m: bytes.fromhex(m[0].replace("\\x", "")).decode(), path)


def cut(ground: Ground, before: bytes, history: list[tuple[str, Any, Any]], moment: int, chance: random.Random) -> int:
    """Cut the power at a moment; return how many acknowledged scans the disk lacks. Raises Broken for a damaged database."""
    files = {"scanledger.db": File(bytearray(before))}
    acknowledged: set[str] = set()
    for what, name, more in history[:moment]:
        if what == "ack":
            acknowledged.update(name)
        elif what == "write":
            files.setdefault(name, File()).since.append(more)
        elif what == "sync":
            files.setdefault(name, File()).sync()
        else:
            files.pop(name, None)
    folder = ground.folder / f"cut-{chance.randrange(10**12)}"
    folder.mkdir()
    try:
        for name, file in files.items():
            (folder / name).write_bytes(file.after_cut(chance))
        with closing(sqlite_module().connect(folder / "scanledger.db")) as disk:
            sound = disk.execute("PRAGMA integrity_check").fetchone()[0]
            hold(sound == "ok", f"moment {moment}: the database is damaged: {sound}")
            stored = {row[0] for row in disk.execute("SELECT id FROM scans")}
            counted = disk.execute("SELECT COALESCE(SUM(quantity), 0) FROM balances WHERE quantity > 0").fetchone()[0]
            hold(counted == 12 * len(stored), f"moment {moment}: {len(stored)} scans, the balance says {counted}")
    finally:
        shutil.rmtree(folder)
    return len(acknowledged - stored)


def campaign(ground: Ground, cuts: int, seed: int) -> Outcome:
    """Cut the power `cuts` times in one recorded history, and as often in one of a database that doesn't wait for the disk."""
    hold(shutil.which("strace") is not None, "power cuts are recorded with strace: install it (apt-get install strace)")
    chance, lost = random.Random(seed), Counter[str]()
    batches = min(200, 20 + cuts // 10)
    facts: dict[str, object] = {}
    for level in ("FULL", "NORMAL"):
        before, history = record(ground, batches, level)
        acks = sum(1 for deed in history if deed[0] == "ack")
        hold(acks == batches, f"{acks} of {batches} batches were acknowledged in the trace")
        first = next(n for n, deed in enumerate(history) if deed[0] == "ack")
        moments = [chance.randrange(first, len(history) + 1) for _ in range(cuts if level == "FULL" else max(cuts, 20))]
        if level == "FULL":
            facts |= {"recorded writes": sum(d[0] == "write" for d in history), "syncs": sum(d[0] == "sync" for d in history)}
        for number, moment in enumerate(moments):
            progress(number, len(moments), f"cuts with synchronous={level}")
            missing = cut(ground, before, history, moment, chance)
            hold(level != "FULL" or missing == 0, f"seed {seed}, moment {moment}: {missing} acknowledged scans lost by a power cut")
            lost[level] += missing
    hold(lost["NORMAL"] > 0, "control: synchronous=NORMAL lost nothing")
    return Outcome("power cuts (sqlite)", cuts, "cuts", {"lost": lost["FULL"], **facts}, f"synchronous=NORMAL lost {lost['NORMAL']} scans")
