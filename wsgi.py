"""What gunicorn and `flask --app wsgi` load."""

import sys

from app import config, create_app

try:
    app = create_app()
except config.BadSetting as why:
    print(f"ScanLedger can't start: {why}", file=sys.stderr)
    raise SystemExit(2) from why
