"""A worker whose threads don't wait for the durable commit: who records a gun's plain batch also writes its answer.

A scan waits for the disk, and for all that was sent just before it. A thread that waits with it must be woken and get its turn, twenty
at a time, while the next gathering is being recorded. So the thread that read the batch leaves its connection to the recorder.
"""

import io
import logging
import select
import time
from functools import partial
from typing import Any, NamedTuple

from gunicorn import util
from gunicorn.http.body import Body
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import ThreadWorker

from app import logs
from app.scans import gathering, plain

LATER = object()
"""What a thread returns when somebody else answers."""
SMALL = 4096
"""Bytes that a connection takes at once when it takes any: Linux calls one writable when a third of its buffer is free."""
log = logging.getLogger("scanledger")


class _Left(NamedTuple):
    """A request that its thread has left to the recorder."""

    request: Any
    connection: Any
    body: bytes
    gzip: bool
    began: float


class _Done(NamedTuple):
    """What gunicorn asks of a request that was handled: whether the connection is kept."""

    kept: bool

    def cancelled(self) -> bool:
        return False

    def result(self) -> bool:
        return self.kept


class _Silent:
    """What is left of a body that stopped coming: nobody waits for it a second time."""

    def __init__(self, why: OSError) -> None:
        self.why = why

    def read(self, size: int) -> bytes:
        raise self.why


class AnsweringWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Takes plain batches the short way (`scans/plain.py`), and every other request gunicorn's."""

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection to a thread; it comes back when its request is answered."""
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._on_handled, conn))

    def _on_handled(self, conn: Any, handled: Any) -> None:
        if handled.result() is not LATER:
            self.method_queue.defer(self.finish_request, conn, handled)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request; of a plain batch return what is still to be done."""
        batch = None if self.cfg.accesslog else plain.read(self.wsgi, req.method, req.uri, req.headers)
        if batch is None or req.version != (1, 1) or req.should_close():
            return super().handle_request(req, conn)
        self.wsgi.extensions["wake"]()
        try:
            body = req.body.read(batch.length)
        except OSError as silence:
            return self._take_the_long_way(req, conn, _Silent(silence))
        envelope = batch.envelope(body) if len(body) == batch.length else None
        if envelope is None:
            return self._take_the_long_way(req, conn, io.BytesIO(body))
        return partial(self._leave, envelope, _Left(req, conn, body, batch.gzip, time.perf_counter()))

    def _keepalive_after(self, conn: Any, kept: Any) -> Any:
        """Leave a connection as the last thing that its thread does: it may be answered, and speak again, before this returns."""
        if not callable(kept):
            return super()._keepalive_after(conn, kept)
        kept()
        return LATER

    def _leave(self, envelope: Any, left: _Left) -> None:
        with self.wsgi.app_context():
            gathering.submit(envelope, partial(self._on_outcome, left))

    def _on_outcome(self, left: _Left, outcome: gathering.Outcome) -> None:
        """Answer, as far as that can't take the recorder's time: a client that doesn't read, and a batch that failed, get a thread."""
        if outcome.answer is None:
            self._in_a_thread(left, self._retry, left)
            return
        body, headers = plain.reply(self.wsgi, outcome.answer, left.gzip)
        if len(body) <= SMALL and _takes(left.connection.sock):
            self.method_queue.defer(self.finish_request, left.connection, _Done(self._write(left, body, headers)))
        else:
            self._in_a_thread(left, self._write, left, body, headers)

    def _in_a_thread(self, left: _Left, work: Any, *args: Any) -> None:
        self.tpool.submit(work, *args).add_done_callback(partial(self._on_handled, left.connection))

    def _write(self, left: _Left, body: bytes, headers: Any) -> bool:
        """Write an answer in one piece; return whether the connection is kept."""
        response = Response(left.request, left.connection.sock, self.cfg)
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived:
            response.force_close()
        response.start_response("200 OK", headers)
        head = [*response.default_headers(), *(f"{name}: {value}\r\n" for name, value in response.headers), "\r\n"]
        try:
            util.write(left.connection.sock, "".join(head).encode("latin-1") + body)
        except Exception as error:  # a connection that nobody gives back would be counted for ever
            if not isinstance(error, OSError):
                log.error("an answer was not written", exc_info=error)
            return False
        logs.took("POST", plain.PATH, 200, time.perf_counter() - left.began)
        return not response.should_close()

    def _retry(self, left: _Left) -> Any:
        """Let the long way find out why a batch wasn't recorded, and say it."""
        try:
            kept = self._take_the_long_way(left.request, left.connection, io.BytesIO(left.body))
        except Exception as error:
            self.handle_error(left.request, left.connection.sock, left.connection.client, error)
            return False
        return super()._keepalive_after(left.connection, kept)

    def _take_the_long_way(self, req: Any, conn: Any, source: Any) -> Any:
        req.body = Body(source)
        return super().handle_request(req, conn)


def _takes(sock: Any) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLOUT)
    return bool(poll.poll(0))
