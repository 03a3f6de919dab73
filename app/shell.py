"""The shell: serves the PWA. (Placeholder until the front end lands.)"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the routes of the PWA."""
