"""Readiness: the database can be written, its migrations are at head, and the server has its rights to all tables."""

import functools
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import alone, granting
from app.db import writing

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@functools.cache
def head() -> str | None:
    """Return the newest migration of this code."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


@functools.cache
def first_seen(path: Path) -> tuple[int, int] | None:
    """Return which file it was that had this path when it was looked for first."""
    return _file_at(path)


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def check() -> tuple[dict[str, Any], int]:
    """Try a write (that changes nothing) and compare migrations.

    A file that was moved or deleted can be written as before, by whoever has it open, and what is written is lost with the process.
    """
    settings = current_app.extensions["settings"]
    if settings.sqlite and first_seen(path := alone.path_of(settings)) != _file_at(path):
        why = "its file was moved, deleted or replaced: stop the server and put it back"
        return {"status": "unavailable", "database": why, "migrations": "unknown"}, 503
    try:
        with writing() as tx:
            at = tx.scalar(text("SELECT version_num FROM alembic_version"))
            tx.execute(text("UPDATE journals SET value = value WHERE site_id = 0"))
            without = granting.without(tx)
    except SQLAlchemyError:
        return {"status": "unavailable", "database": "can't be written", "migrations": "unknown"}, 503
    if at != head():
        return {"status": "unavailable", "database": "ok", "migrations": f"at {at}, not at head"}, 503
    if without is not None:
        why = f"no rights to {without}: flask --app wsgi database role gives them"
        return {"status": "unavailable", "database": why, "migrations": "head"}, 503
    return {"status": "ok", "database": "ok", "migrations": "head"}, 200


def init_app(app: Flask) -> None:
    """Offer the check to /readyz."""
    app.extensions["ready"] = check
