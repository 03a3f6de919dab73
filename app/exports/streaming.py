"""Send a file while it is made: its first part proves that it can be, the rest follows."""

import itertools
from collections.abc import Iterator


class Joined:
    """A first chunk and the rest, closed together."""

    def __init__(self, first: bytes, rest: Iterator[bytes]) -> None:
        self._rest = rest
        self._all = itertools.chain([first], rest)

    def __iter__(self) -> Iterator[bytes]:
        return self._all

    def close(self) -> None:
        """End the reading transaction, also when the client went away."""
        self._rest.close()  # type: ignore[attr-defined]  # a generator has it
