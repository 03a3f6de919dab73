"""The command line: what an administrator types. Each command calls the function that a route would call."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the commands."""
