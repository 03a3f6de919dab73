"""The incarnation of the database: its epoch, and the witness outside of it that notices an older copy put back."""

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Connection, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Ms, Uuid, db, fetch


class Instance(db.Model):  # type: ignore[name-defined,misc]
    """The one row that names this incarnation."""

    __tablename__ = "instance"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[str] = mapped_column(Uuid)
    created_at: Mapped[int] = mapped_column(Ms)
    note: Mapped[str] = mapped_column(String(200), default="")


class OlderDatabase(Exception):
    """The database is older than, or another than, what this server has witnessed."""


class Witness:
    """Keeps epoch and highest journal numbers in DATA_DIR/witness, at most a second behind the commits."""

    def __init__(self, path: Path) -> None:
        self.path, self.seen, self.written, self.epoch = path, dict[str, int](), 0.0, ""

    def note(self, notes: dict[str, Any]) -> None:
        """Take the numbers of a committed transaction."""
        for key, value in notes.items():
            if key.startswith("journal:"):
                site = key.removeprefix("journal:")
                self.seen[site] = max(value, self.seen.get(site, 0))
        if self.seen and self.epoch and time.monotonic() - self.written > 1:
            self.write()

    def write(self) -> None:
        """Store what was seen, never less than what another process stored."""
        self.written = time.monotonic()
        before = self.read()
        seen = dict(self.seen)
        if before.get("epoch") == self.epoch:
            for site, value in before.get("journals", {}).items():
                seen[site] = max(value, seen.get(site, 0))
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps({"epoch": self.epoch, "journals": seen}))
            fresh.replace(self.path)
        except OSError:
            pass  # a full or read-only disk stops no scan; the witness is a second line of defence

    def read(self) -> dict[str, Any]:
        """Return what was stored, {} for nothing."""
        try:
            found = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def check(self, epoch: str, journals: dict[str, int]) -> None:
        """Raise OlderDatabase when the database lacks what this server has witnessed."""
        known = self.read()
        if known and known.get("epoch") != epoch:
            raise OlderDatabase("The database has another epoch than the one this server knew.")
        behind = {s: (journals.get(s, 0), n) for s, n in known.get("journals", {}).items() if journals.get(s, 0) < n}
        if behind:
            raise OlderDatabase(f"The database is older than the one this server knew (site: has, knew): {behind}.")
        self.epoch, self.seen = epoch, dict(journals)

    def accept(self) -> None:
        """Forget what was witnessed."""
        self.path.unlink(missing_ok=True)


def epoch(tx: Connection) -> str:
    """Return the epoch: which incarnation of the database this is. Read once per process (a restore needs a restart)."""
    known: str | None = current_app.extensions.get("epoch")
    if known is None:
        sql = "SELECT epoch FROM instance WHERE id = 1"
        known = str(fetch(tx, sql, sql, ())[0][0])
        current_app.extensions["epoch"] = known
    return known


def new_epoch(tx: Connection) -> str:
    """Begin a new incarnation, as a restore does."""
    fresh = str(uuid.uuid4())
    tx.execute(
        text("UPDATE instance SET epoch = :epoch, created_at = :at WHERE id = 1"), {"epoch": fresh, "at": time.time_ns() // 1_000_000}
    )
    return fresh


def init_app(app: Flask, data_dir: Path) -> None:
    """Keep a witness beside the database."""
    witness = Witness(data_dir / "witness")
    app.extensions["witness"] = witness
    app.extensions["after_commit"].append(witness.note)
