"""Logs: one JSON object a line on stderr, without secrets and without characters that could forge a line."""

import logging
import re
import sys
import time

from flask import Flask, Response, g, request

from app import text, times, wire

_TOKEN = re.compile(r"\b(sl[a-z]_)[\w-]{16,}")
"""A token or key of ours, wherever somebody put one."""
_STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON; extra fields go along."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {"at": times.wire(int(record.created * 1000)), "level": record.levelname.lower(), "logger": record.name}
        line["message"] = text.printable(record.getMessage())
        line.update({k: text.printable(v) if isinstance(v, str) else v for k, v in record.__dict__.items() if k not in _STANDARD})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return _TOKEN.sub(r"\1...", wire.text(line))


def init_app(app: Flask) -> None:
    """Log to stderr; a request that fails or takes over a second is a line."""
    logger = logging.getLogger("scanledger")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False

    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _end(response: Response) -> Response:
        took(request.method, request.path, response.status_code, time.perf_counter() - g.get("began", time.perf_counter()))
        return response


def took(method: str, path: str, status: int, seconds: float) -> None:
    """Log a request that failed or took over a second."""
    if status >= 500 or seconds > 1:
        level = logging.ERROR if status >= 500 else logging.INFO
        extra = {"method": method, "path": path[:300], "status": status, "ms": round(seconds * 1000)}
        logging.getLogger("scanledger").log(level, "request", extra=extra)
