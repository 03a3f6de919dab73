"""Many devices at once, each on a connection it keeps, each sending its next request when it has the answer: one process, one selector."""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class Heard:
    """What the devices saw: answers, seconds from the first request to the last answer, seconds of each request in order."""

    answers: int
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, p: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * p))]


class _Connection:
    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = iter(requests)
        self.began, self.got, self.due = 0.0, b"", 0

    def ask(self, now: float) -> bool:
        request = next(self.requests, None)
        if request is None:
            return False
        self.began, self.got, self.due = now, b"", 0
        self.socket.sendall(request)
        return True

    def hear(self) -> bool:
        """Take what has come; return whether the answer is whole."""
        self.got += self.socket.recv(65536)
        if not self.due:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                assert self.got, "the server hung up"
                return False
            assert self.got.startswith(b"HTTP/1.1 200"), self.got[:300]
            at = self.got.lower().index(b"content-length:") + 15
            self.due = end + 4 + int(self.got[at : self.got.index(b"\r", at)])
        return len(self.got) >= self.due


def drive(port: int, requests: Sequence[Sequence[bytes]], seconds: float) -> Heard:
    """Let as many devices as there are lists of requests ask for so many seconds (or until one has nothing more to ask)."""
    connections = [_Connection(port, mine) for mine in requests]
    selector = selectors.DefaultSelector()
    latencies: list[float] = []
    began = time.perf_counter()
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask(time.perf_counter())
    until, busy = began + seconds, len(connections)
    while busy:
        for key, _ in selector.select():
            connection = key.data
            if connection.hear():
                now = time.perf_counter()
                latencies.append(now - connection.began)
                if now > until or not connection.ask(now):
                    until = min(until, now)
                    busy -= 1
    elapsed = time.perf_counter() - began
    for connection in connections:
        connection.socket.close()
    return Heard(len(latencies), elapsed, latencies)


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """Return the bytes of a request."""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body
