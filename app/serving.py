"""How gunicorn serves: the same for `make run` and for a Procfile. One process with threads on SQLite, several on PostgreSQL."""

import contextlib
import copy
import gc
import logging
import mmap
import os
import selectors
import socket
import ssl
import struct
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import gunicorn.http
import gunicorn.http.wsgi
from flask import Flask
from gunicorn import util
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http.errors import InvalidResponseHeader, InvalidResponseHeaderName, LimitRequestHeaders, LimitRequestLine, ParseException
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn
from sqlalchemy import text

from app import alone, instance, ready
from app.answering import AnsweringWorker
from app.config import Settings, from_environment
from app.db import reading
from app.errors import Problem
from app.logs import JsonLines
from app.seals import keeping_up

FIRST_BYTE = 30.0
"""Seconds that a new connection may be silent; browsers open some to have them ready."""
RECEIVED = 1 << 17
"""Bytes that one read of a connection may bring; gunicorn would read a batch of 500 in twenty pieces."""
EACH_READ = 30
"""Seconds that one read or write of a request may take, before its thread is given to somebody else."""
SLOW = 5.0
"""Seconds after which a request that is still coming may lose its thread, where somebody waits for one."""
SLOWEST = 8192
"""Bytes a second at which it comes quickly enough to keep it."""
HEARD_OUT = 64 << 20
"""Bytes that are read on after an answer that didn't need them: twice the largest body."""
STILL_SENDS = 2.0
"""Seconds that a client which was answered may be silent, before its connection is closed."""
HEARS_OUT = 30.0
"""Seconds that a client which was answered may go on sending."""
PRECEDENCE = 0.002
"""Seconds that a worker leaves a new connection to those which have fewer."""
YOUNG = 20_000
"""New objects after which the garbage collector looks for rings: a batch makes some thousands, all of which go without it."""
HANDSHAKE = b"\x16"
"""The first byte of TLS; no method of http begins with it."""
_OURS = (InvalidResponseHeader, InvalidResponseHeaderName)
"""Gunicorn's errors that are a bug of the app, not of who asks."""
_NO_REQUEST: dict[type[Exception], str] = {LimitRequestLine: "The address is too long.", LimitRequestHeaders: "The headers are too large."}

gunicorn.http.wsgi.SERVER = "ScanLedger"
SocketUnreader.__init__.__defaults__ = (RECEIVED,)
log = logging.getLogger("scanledger")
_loads = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("I")
"""How many connections each worker has, and one more; 0 where there is no worker. Memory that the workers share."""


class Unreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn reads a connection with; it knows how long its thread has waited for the request, and for how many bytes."""

    since: float | None = None
    waited = 0.0
    got = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Read what has come."""
        self.since = began = time.monotonic()
        try:
            read: bytes = super().chunk(size_hint)
        finally:
            self.since, self.waited = None, self.waited + time.monotonic() - began
        self.got += len(read)
        return read

    def is_slow(self) -> bool:
        """Tell whether a thread waits here, has waited long, and for little."""
        since = self.since
        waited = 0.0 if since is None else self.waited + time.monotonic() - since
        return waited > SLOW and self.got < SLOWEST * waited


gunicorn.http.parser.SocketUnreader = Unreader


class Log(Logger):  # type: ignore[misc]
    """Gunicorn's log in the app's shape: JSON lines."""

    def setup(self, cfg: Any) -> None:
        """Write lines as the app does."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


class Connection(TConn):  # type: ignore[misc]
    """A connection that is closed at once: `Worker.handle` has heard the client out."""

    def close(self, graceful: bool = False) -> None:
        """Close; gunicorn would wait two seconds for a client that doesn't close too, in the thread that all connections need."""
        super().close()


class Worker(AnsweringWorker):
    """Threads that are never taken by connections which say nothing, and a fair share of those that say much.

    A gun keeps its connection for hours. Without a precedence all guns may meet in one worker, and the others have nothing to do.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard: set[Any] = set()

    def notify(self) -> None:
        """Tell the arbiter that this worker is alive, and the others how many connections it has."""
        super().notify()
        _loads[self.age % len(_loads)] = self.nr_conns + 1
        if self.tpool._work_queue.qsize() and len(self.heard) >= self.cfg.threads:
            self._let_go()

    def _let_go(self) -> None:
        """Hang up on who sends so slowly that it keeps a thread for which others wait: bytes one by one are enough for that."""
        for connection in list(self.heard):
            if connection.parser is not None and connection.parser.unreader.is_slow():
                log.warning("too slow: a request from %s had to make room", (connection.client or ("?",))[0])
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    def accept(self, listener: Any) -> None:
        """Take a connection and wait for its first byte in the poller; gunicorn would let it have a thread for five seconds."""
        if any(0 < load <= self.nr_conns for load in _loads):
            time.sleep(PRECEDENCE)
        try:
            client, address = listener.accept()
        except OSError:
            return
        patience = struct.pack("ll", EACH_READ, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self.nr_conns += 1
        _loads[self.age % len(_loads)] = self.nr_conns + 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        connection.timeout = time.monotonic() + FIRST_BYTE
        self.pending_conns.append(connection)
        self.poller.register(client, selectors.EVENT_READ, partial(self.on_first_byte, connection))

    def on_first_byte(self, connection: Any, client: Any) -> None:
        """Give a connection that speaks to a thread."""
        self.on_pending_socket_readable(connection, client)

    def handle(self, conn: Any) -> Any:
        """Answer a request; hear a client out whose connection isn't kept.

        A body that is too large is answered unread. Closing then would reset the connection while the client still sends, and
        most clients would tell of a broken pipe instead of reading why.
        """
        if conn.parser is not None:
            conn.parser.unreader.waited, conn.parser.unreader.got = 0.0, 0
        self.heard.add(conn)
        try:
            kept = super().handle(conn)
            if kept is False:
                _hear_out(conn.sock)
        finally:
            self.heard.discard(conn)
        return kept

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what is no HTTP as every other error, and log what kind it was: its text may hold a token, and is told to nobody."""
        code = "bad_request" if isinstance(exc, (ParseException, ssl.SSLError)) and not isinstance(exc, _OURS) else "internal"
        if code == "internal":
            log.error("unhandled", exc_info=exc)
        else:
            log.warning("no request: %s from %s", type(exc).__name__, (addr or ("?",))[0])
        problem = Problem(code, _NO_REQUEST.get(type(exc), "")).response()
        headers = {"Connection": "close", **dict(problem.headers), **dict(self.wsgi.extensions["headers"])}
        head = [f"HTTP/1.1 {problem.status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        with contextlib.suppress(OSError):
            util.write_nonblock(client, "\r\n".join(head).encode("latin-1") + problem.get_data())

    def _cap_keepalive(self, deadline: float) -> None:
        """When stopping, wait for connections that never spoke no longer than for those that are kept."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            connection.timeout = min(connection.timeout, deadline)


class LanWorker(Worker):
    """Speaks TLS and plain http on one port; a connection's first byte tells which. Handshakes take no thread."""

    def load_wsgi(self) -> None:
        """Load the app and its certificates, and keep an eye on them."""
        super().load_wsgi()
        self.certificates = self.wsgi.extensions["lan"]
        from app.lan.keeping import NoCertificates

        try:
            self.certificates.look()
        except NoCertificates as why:
            log.error(str(why))
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from why
        self.certificates.keep_looking(log.error)
        self.secure = copy.copy(self.cfg)
        self.secure.settings = {name: copy.copy(setting) for name, setting in self.cfg.settings.items()}
        self.secure.set("certfile", "ours")  # requests read with these settings have the scheme https

    def on_first_byte(self, connection: Any, client: Any) -> None:
        """Begin TLS where the client does."""
        try:
            first = client.recv(1, socket.MSG_PEEK)
        except OSError:
            first = b""
        if first == HANDSHAKE:
            self._secure(connection, client)
        else:
            self.on_pending_socket_readable(connection, client)

    def _secure(self, connection: Any, client: Any) -> None:
        self.poller.unregister(client)
        try:
            connection.sock = self.certificates.context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        except OSError:
            self._drop(connection)
        else:
            self.poller.register(connection.sock, selectors.EVENT_READ, partial(self.on_handshake, connection))
            self.on_handshake(connection, connection.sock)

    def on_handshake(self, connection: Any, client: Any) -> None:
        """Go on with a handshake as far as it gets without waiting; then wait for the request in the poller."""
        again = partial(self.on_handshake, connection)
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            self.poller.modify(client, selectors.EVENT_READ, again)
        except ssl.SSLWantWriteError:
            self.poller.modify(client, selectors.EVENT_WRITE, again)
        except OSError:  # the certificate isn't trusted, or this is no TLS
            self.poller.unregister(client)
            self._drop(connection)
        else:
            connection.parser = gunicorn.http.get_parser(self.secure, client, connection.client)
            self.poller.modify(client, selectors.EVENT_READ, partial(self.on_pending_socket_readable, connection))

    def _drop(self, connection: Any) -> None:
        self.pending_conns.remove(connection)
        self.nr_conns -= 1
        connection.close()


def _hear_out(sock: Any) -> None:
    """Say that nothing more comes, and read what the client still sends until it closes too, within limits."""
    deadline, most = time.monotonic() + HEARS_OUT, HEARD_OUT
    with contextlib.suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(STILL_SENDS)
        while most > 0 and time.monotonic() < deadline and (got := sock.recv(RECEIVED)):
            most -= len(got)


def options(settings: Settings, env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return gunicorn's settings."""
    return {
        "bind": address(host(settings, env), env.get("PORT", "8000")),
        "worker_class": LanWorker if settings.lan else Worker,
        "workers": 1 if settings.sqlite else int(env.get("WEB_CONCURRENCY", "2")),
        "threads": 64 if settings.sqlite else 32,
        "worker_connections": 4000,
        "backlog": 2048,
        "keepalive": 75,
        "timeout": 120,
        "graceful_timeout": 10,
        "limit_request_line": 8190,
        "limit_request_fields": 100,
        "limit_request_field_size": 8190,
        "forwarder_headers": "",
        "control_socket_disable": True,
        "logger_class": Log,
        "loglevel": "warning",
        "proc_name": "scanledger",
        "on_starting": on_starting,
        "post_worker_init": post_worker_init,
        "worker_exit": worker_exit,
        "child_exit": child_exit,
    }


def host(settings: Settings, env: Mapping[str, str] = os.environ) -> str:
    """Return where to listen: on this machine only, unless the local network is served or something else is said."""
    return env.get("HOST", "0.0.0.0" if settings.lan else "127.0.0.1")  # noqa: S104 (LAN=1 asks for it)


def address(host: str, port: str | int) -> str:
    """Return host and port as URLs write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def on_starting(_: Any) -> None:
    """Make sure that an embedded database has no other server."""
    settings = from_environment()
    if settings.sqlite:
        alone.hold(settings, patience=5)


def post_worker_init(worker: Any) -> None:
    """Refuse to serve a database that is older than what this server has seen; seal beside the requests."""
    try:
        witnessed(worker.wsgi)
    except instance.OlderDatabase as older:
        log.error(why(older))
        raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from older
    settings = worker.wsgi.extensions["settings"]
    if settings.sqlite:
        ready.first_seen(alone.path_of(settings))
    keeping_up.start(worker.wsgi)
    gc.collect()
    gc.freeze()  # what is there now stays; no collection need look at it
    gc.set_threshold(YOUNG)


def worker_exit(_: Any, worker: Any) -> None:
    """Store what was seen last."""
    app = getattr(worker, "wsgi", None)
    if isinstance(app, Flask) and app.extensions["witness"].epoch:
        app.extensions["witness"].write()


def child_exit(_: Any, worker: Any) -> None:
    """Forget the connections of a worker that is gone, however it went."""
    _loads[worker.age % len(_loads)] = 0


def witnessed(app: Flask) -> None:
    """Compare the database with the witness and take it as seen; raises OlderDatabase."""
    with app.app_context(), reading() as tx:
        journals = {str(site): value for site, value in tx.execute(text("SELECT site_id, value FROM journals"))}
        app.extensions["witness"].check(instance.epoch(tx), journals)
        app.extensions["witness"].write()


def why(older: instance.OlderDatabase) -> str:
    """Return what to do about an older database."""
    return (
        f"{older} Scans that devices have sent may be missing in it. If this is the database you want, run "
        "`flask --app wsgi restore --accept`: devices then compare and send again what it lacks. Otherwise put the right one back."
    )
