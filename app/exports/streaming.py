"""Send a file while it is made: its first part proves that it can be, the rest follows."""

import itertools
import re
from collections.abc import Iterator

from flask import Response

from app import http
from app.exports.formatting import FORMATS

ANY = {"200": {"content": {media: {"schema": {} if kind == "json" else http.BYTES} for kind, (media, _) in FORMATS.items()}}}
"""What the API's description says of a file in any of the formats."""


def begun(chunks: Iterator[bytes], media: str) -> Response:
    """Return an answer whose first part is made: what goes wrong there is a problem, and no half of a file."""
    return Response(_Joined(next(chunks), chunks), content_type=media)


def named(response: Response, file: str, upto: int | None = None, epoch: str | None = None) -> Response:
    """Say what a file is called, and of which state it is."""
    if upto is not None and epoch is not None:
        response.headers["X-ScanLedger-Upto"] = str(upto)
        response.headers["X-ScanLedger-Epoch"] = epoch
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", file)
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


class _Joined:
    """A first chunk and the rest, closed together."""

    def __init__(self, first: bytes, rest: Iterator[bytes]) -> None:
        self._rest = rest
        self._all = itertools.chain([first], rest)

    def __iter__(self) -> Iterator[bytes]:
        return self._all

    def close(self) -> None:
        """End the reading transaction, also when the client went away."""
        self._rest.close()  # type: ignore[attr-defined]  # a generator has it
