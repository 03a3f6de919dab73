"""`make run`: make the data folder, migrate, load the demo site into an empty database, print where it is, and serve until told to stop."""

import gc
import os
import socket
import sys
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app import alone, config, create_app, instance, inviting, serving
from app.db import db, reading, writing
from app.people import signing
from app.progress import step

_EMPTY = (
    "SELECT NOT EXISTS (SELECT 1 FROM products) AND NOT EXISTS (SELECT 1 FROM scans) AND NOT EXISTS (SELECT 1 FROM people) "
    "AND NOT EXISTS (SELECT 1 FROM locations WHERE kind NOT IN ('site', 'virtual'))"
)

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (where to find a server that listens everywhere)


class CannotStart(Exception):
    """Why the server can't start, in a sentence."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.ours = options
        super().__init__()

    def load_config(self) -> None:
        """Take our settings."""
        for name, value in self.ours.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the app, in each worker."""
        return create_app()


def main() -> int:
    """Serve; return the exit code when the server can't start."""
    try:
        settings = config.from_environment()
        host, port = _address(settings)
        here = "http://" + serving.address(_EVERYWHERE.get(host, host), port)
        base = settings.base_url or here
        app, link = _prepare(settings)
        lan = _lan(app, host, port)
    except (CannotStart, config.BadSetting) as reason:
        print(f"ScanLedger can't start: {reason}", file=sys.stderr)
        return 2

    def ready(_: Any) -> None:
        bases = [base] if lan is None else lan.bases(here)
        print(f"ScanLedger is at {' and '.join(bases)}", flush=True)
        if link is not None:
            links = "\n".join(f"  {one}/setup#{link}" for one in bases)
            print(f"Nobody has signed in yet. To become the administrator open this link, once:\n{links}", flush=True)
        if lan is not None:
            lan.invite()
            lan.whenever_enter_is_pressed()
        print("Ctrl-C stops it.", flush=True)

    Server({**serving.options(settings), "when_ready": ready}).run()
    return 0


def _address(settings: config.Settings) -> tuple[str, int]:
    """Return where to listen; raises CannotStart when that is taken."""
    host, given = serving.host(settings), os.environ.get("PORT", "8000")
    if not (given.isascii() and given.isdigit() and 0 < int(given) < 65536):
        raise CannotStart(f"PORT={given} is no port; take a number from 1 to 65535.")
    port = int(given)
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CannotStart(
            f"it can't listen on {host}:{port} ({error.strerror}). Stop what listens there, or choose another port: PORT=8001 make run."
        ) from error
    return host, port


def _prepare(settings: config.Settings) -> tuple[Flask, str | None]:
    """Bring the database up; return the app, and the secret of a fresh setup link while nobody can sign in."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"there can be no folder {settings.data_dir} ({error.strerror}). DATA_DIR names it.") from error
    try:
        if settings.sqlite:
            alone.hold(settings, patience=5)
        with step("Loading the program"):
            app = create_app(settings)
            gc.freeze()  # it stays: neither this process nor a worker need look through it, least of all at the end
        with app.app_context():
            try:
                return app, _fill(app, settings)
            finally:
                db.engine.dispose()  # the workers open their own connections
    except (alone.InUse, OSError) as error:
        raise CannotStart(str(error)) from error
    except instance.OlderDatabase as older:
        raise CannotStart(serving.why(older)) from older
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CannotStart(f"the database can't be used ({reason}). DATABASE_URL names it.") from error


def _lan(app: Flask, host: str, port: int) -> inviting.Lan | None:
    """Make the certificates where the local network is to be served; raises CannotStart."""
    certificates = app.extensions["lan"]
    if certificates is None:
        return None
    from app.lan.keeping import NoCertificates

    try:
        certificates.look()
    except NoCertificates as error:
        raise CannotStart(str(error)) from error
    if not certificates.primary:
        raise CannotStart("this machine has no address on a local network. Connect it, or name the address that devices use: LAN_ADDRESS.")
    if host == "0.0.0.0" and ":" in certificates.primary:  # noqa: S104 (a comparison)
        raise CannotStart(f"{certificates.primary} is the only local address here, and HOST=0.0.0.0 doesn't listen there. Set HOST=::")
    return inviting.Lan(app, host, port)


def _fill(app: Flask, settings: config.Settings) -> str | None:
    with step("Migrating the database"):
        upgrade()
    serving.witnessed(app)
    with reading() as tx:
        empty = bool(tx.scalar(text(_EMPTY)))
    if empty and settings.demo:
        from app import demo

        with step("Loading the demo site"):
            demo.load()
    with reading() as tx:
        needed = signing.setup_needed(tx)
    if not needed:
        return None
    with writing() as tx:
        return signing.new_setup_link(tx)


if __name__ == "__main__":
    sys.exit(main())
