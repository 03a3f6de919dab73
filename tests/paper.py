"""A label printer for tests: a socket that keeps what it is sent."""

import socket
import threading


class Paper:
    """A printer that keeps what it is sent; `deaf`: it takes the connection and reads nothing."""

    def __init__(self, deaf: bool = False) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.server.getsockname()[1]
        self.jobs: list[bytes] = []
        self.deaf, self.held = deaf, threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self.server.accept()
            except OSError:
                return
            with wire:
                if self.deaf:
                    self.held.wait(30)
                    continue
                job = b""
                while chunk := wire.recv(4096):
                    job += chunk
                self.jobs.append(job)

    def close(self) -> None:
        self.held.set()
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
