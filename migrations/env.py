"""Run the migrations on the app's own engine."""

from alembic import context
from flask import current_app
from sqlalchemy import text

import app.audit
import app.counts.models
import app.devices.models
import app.due.models
import app.imports
import app.instance
import app.journal
import app.ledger.models
import app.locations.models
import app.people.models
import app.products.models
import app.scans.models  # noqa: F401
from app.db import db

with db.engine.connect().execution_options(writing=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        **{k: v for k, v in current_app.extensions["migrate"].configure_args.items() if k not in ("compare_type", "render_as_batch")},
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7410)"))
        context.run_migrations()
