"""What `tests/starting.py` copies: a process that has loaded the product and made an app, and has done nothing with it."""

import gc
import sys
import tempfile

import flask_migrate  # noqa: F401 - what migrating loads
import gunicorn.arbiter
import gunicorn.workers.gthread  # noqa: F401 - what serving loads

from app import config, create_app

with tempfile.TemporaryDirectory() as folder:
    create_app(config.from_environment({"DATA_DIR": folder}))
assert "app.serving" not in sys.modules, "it makes memory that the workers of one server share, so each server loads it itself"
gc.collect()
gc.freeze()
