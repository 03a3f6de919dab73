"""Invite phones to a local network's server: its addresses, and a QR code in the terminal that enrols one, anew with each Enter."""

import io
import os
import select
import signal
import sys
import time

import segno
from flask import Flask
from sqlalchemy import Connection, text

from app.db import db, writing
from app.devices import enrolling
from app.lan.links import is_loopback
from app.serving import address

_NAME = "Phone"
_WHITE_ON_BLACK, _AS_BEFORE = "\x1b[97;40m", "\x1b[0m"


class Lan:
    """A server on a local network, as the terminal that started it tells of it."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self.app, self.port = app, port
        self.certificates = app.extensions["lan"]
        self.everywhere = host in ("", "0.0.0.0", "::")  # noqa: S104 (a comparison)
        self.only = None if self.everywhere else host

    def bases(self, here: str) -> list[str]:
        """Return where people reach the console: by https from everywhere, by http on this machine alone."""
        outside = [f"https://{address(self.only or self.certificates.primary, self.port)}"]
        return [*outside, here] if self.everywhere or is_loopback(self.only or "") else outside

    def invite(self) -> None:
        """Print a QR code that enrols one device, once, within ten minutes."""
        self.certificates.look()
        with self.app.app_context():
            try:
                with writing() as tx:
                    offer = enrolling.offer(tx, _site(tx), _NAME, None)
            finally:
                db.engine.dispose()  # the workers open their own connections
        url = f"http://{address(self.only or self.certificates.primary, self.port)}/join#{offer.code}"
        print(_drawn(url))
        print(f"Scan this with a phone, until {_clock(offer.expires_at)}, once: {url}")
        print(f"The phone shows a certificate's fingerprint; it must be\n  {self.certificates.shown[1]}", flush=True)

    def whenever_enter_is_pressed(self) -> None:
        """Invite anew with each line of standard input, in a process of its own that ends with this one."""
        if sys.stdin is None or sys.stdin.closed:
            return
        if sys.stdin.isatty():
            print("Press Enter for another phone.", flush=True)
        ours = os.getpid()
        if os.fork() == 0:
            for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
                signal.signal(sign, signal.SIG_DFL)
            signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # in the background, reading would stop the server too
            try:
                self._listen(ours)
            finally:
                os._exit(0)

    def _listen(self, server: int) -> None:
        while os.getppid() == server:
            try:
                if not select.select([0], [], [], 1)[0]:
                    continue
                said = os.read(0, 4096)
            except OSError:  # in the background
                time.sleep(1)
                continue
            if not said:
                return
            try:
                self.invite()
            except Exception as why:
                print(f"No QR code now: {why}", file=sys.stderr, flush=True)


def _site(tx: Connection) -> int:
    """Return the site that phones are enrolled to: MAIN, else the first."""
    found = tx.scalar(text("SELECT id FROM sites WHERE id > 0 ORDER BY CASE WHEN code = 'MAIN' THEN 0 ELSE 1 END, id LIMIT 1"))
    assert found is not None, "a migrated database has a site"
    return int(found)


def _drawn(url: str) -> str:
    """Return a QR code in half blocks; on a terminal white on black, whatever its colours are."""
    if not (sys.stdout.encoding or "").lower().startswith("utf"):
        return ""
    out = io.StringIO()
    segno.make_qr(url, error="m").terminal(out, compact=True, border=2)
    lines = out.getvalue().rstrip("\n").split("\n")
    return "\n".join(f"{_WHITE_ON_BLACK}{line}{_AS_BEFORE}" for line in lines) if sys.stdout.isatty() else "\n".join(lines)


def _clock(at: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at // 1000))
