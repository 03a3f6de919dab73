"""What gunicorn and `flask --app wsgi` load."""

import gc
import sys

from app import config, create_app

try:
    app = create_app()
    gc.freeze()  # what is loaded stays: to look through it once more at the end took a third of a command's time
except config.BadSetting as why:
    print(f"ScanLedger can't start: {why}", file=sys.stderr)
    raise SystemExit(2) from why
