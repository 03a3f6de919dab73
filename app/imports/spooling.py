"""Bring a file that somebody sent into rows on our disk: the body piece by piece, then a limited process that reads it.

The server itself never parses the file and never holds it whole. What the process writes is read back row by row.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import orjson
from flask import current_app, request

from app import http
from app.config import MAX_IMPORT
from app.errors import Problem
from app.imports import reading
from app.imports.tables import Head

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TYPES = {"text/csv", "application/csv", "text/plain", "application/octet-stream", "application/vnd.ms-excel", XLSX, ""}
_APP = str(Path(__file__).parents[1])
_BEGIN = (  # the reader's own modules and the standard library, without what a server needs
    f"import sys, types; app = types.ModuleType('app'); app.__path__ = [{_APP!r}]; sys.modules['app'] = app; "
    "from app.imports.reading import main; sys.exit(main())"
)
PATIENCE = 120
"""Seconds that reading may take on a machine that does a lot else."""
_few = threading.BoundedSemaphore(2)
_PIECE = 1 << 16


class Spool:
    """A file's rows on disk, its head in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        file.seek(0)
        self.head = Head(*orjson.loads(file.readline()))
        self.start = file.tell()
        self.count = sum(1 for _ in file)

    def rows(self) -> Iterator[tuple[int, list[str | list[str]], bool, bool]]:
        """Give each row's number, cells, whether it has more than the header, and whether it must be looked at (see `_odd`)."""
        self.file.seek(self.start)
        for line in self.file:
            number, cells, overflows = orjson.loads(line)
            yield number, cells, overflows, _odd(line)

    def close(self) -> None:
        """Give the disk back."""
        self.file.close()


def _odd(line: bytes) -> bool:
    """Tell whether a row may hold a cell that can't be read, or a number that was cut short; few do, and it is quick to tell."""
    return line.count(b"[") != 2 or b"E+" in line or b"e+" in line


def spool(names: Collection[str], sheet: str | None = None, most: int | None = None) -> Spool:
    """Read the request's file; `names` are columns that it may have, `most` the rows that are wanted. Raises bad_file and the like."""
    if request.mimetype not in _TYPES:
        raise Problem("unsupported_media_type", f"Send text/csv or {XLSX}.")
    folder = current_app.extensions["settings"].data_dir
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, prefix="import-") as body:
        _receive(body)
        body.seek(0)
        if os.pread(body.fileno(), 4, 0) == b"\xd0\xcf\x11\xe0":
            raise Problem("unsupported_media_type", "An old spreadsheet (XLS) or a protected one is not taken: save it as XLSX or CSV.")
        out = tempfile.TemporaryFile(dir=folder, prefix="import-")  # noqa: SIM115  # the spool closes it
        try:
            read(body, out, {"names": list(names), "sheet": sheet, "most": most})
            return Spool(out)
        except BaseException:
            out.close()
            raise


def read(body: IO[bytes], out: IO[bytes], asked: dict[str, Any]) -> None:
    """Have a limited process read a file into another; raises bad_file, too_many_requests."""
    if not _few.acquire(timeout=PATIENCE):
        raise Problem("too_many_requests", "Other files are being read.", retry_after=10)
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and code; the file is its stdin
            [sys.executable, "-I", "-S", "-c", _BEGIN, json.dumps(asked)],
            stdin=body, stdout=out, stderr=subprocess.PIPE, env={}, cwd="/", timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Problem("bad_file", _COSTS) from error
    finally:
        _few.release()
    if done.returncode == reading.BAD:
        raise Problem("bad_file", done.stderr.decode("utf-8", "replace"))
    if done.returncode:
        raise Problem("bad_file", _COSTS)


_COSTS = "Reading the file takes more time or memory than is allowed; save it again with the rows only, as XLSX or CSV."


def _receive(file: IO[bytes]) -> None:
    """Store the request's body, gunzipped; raises too_large, bad_file, unsupported_media_type."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise Problem("unsupported_media_type", "Only gzip or no encoding is taken.")
    if (request.content_length or 0) > MAX_IMPORT:
        raise Problem("too_large", f"More than {MAX_IMPORT} bytes.")
    unzip = zlib.decompressobj(31) if encoding == "gzip" else None
    came = stored = 0
    while piece := http.piece(_PIECE):
        came += len(piece)
        while piece:
            plain = piece if unzip is None else _unzipped(unzip, piece)
            stored += len(plain)
            if came > MAX_IMPORT or stored > MAX_IMPORT:
                raise Problem("too_large", f"More than {MAX_IMPORT} bytes.")
            file.write(plain)
            piece = unzip.unconsumed_tail if unzip is not None else b""
    if unzip is not None and not unzip.eof:
        raise Problem("bad_file", "The gzip breaks off.")


def _unzipped(unzip: Any, piece: bytes) -> bytes:
    try:
        return bytes(unzip.decompress(piece, _PIECE))
    except zlib.error as error:
        raise Problem("bad_file", "The body is not gzip.") from error
