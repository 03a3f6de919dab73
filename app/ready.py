"""Readiness: the database can be written, its migrations are at head, and the server has its rights to all tables."""

import functools
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import granting
from app.db import writing

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@functools.cache
def head() -> str | None:
    """Return the newest migration of this code."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def check() -> tuple[dict[str, Any], int]:
    """Try a write (that changes nothing) and compare migrations."""
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
