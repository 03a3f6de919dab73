"""The refused rows of an import as a file to mend and send again: as they came, with two more columns that say why."""

import csv
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import xlsxwriter

from app import wire
from app.imports.tables import guarded

WHY = ("rejected_column", "rejected_because")
"""The columns that such a file has besides; an import ignores them."""
_PIECE = 1 << 16


def kept(stored: bytes) -> Iterator[Any]:
    """Give what is kept of refused rows: why, and the cells."""
    with gzip.open(io.BytesIO(stored)) as file:
        next(file)
        for line in file:
            yield wire.loads(line)


def as_csv(stored: bytes) -> Iterator[bytes]:
    """Give the bytes of a CSV file."""
    for number, row in enumerate(_rows(stored)):
        out = io.StringIO()
        csv.writer(out).writerow([guarded(cell) for cell in row])
        yield (b"" if number else b"\xef\xbb\xbf") + out.getvalue().encode()


def as_xlsx(stored: bytes) -> Iterator[bytes]:
    """Give the bytes of an XLSX file; each cell is a text, so that no spreadsheet makes another of it."""
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
            page, text = book.add_worksheet("rejected"), book.add_format({"num_format": "@"})
            page.freeze_panes(1, 0)
            for number, row in enumerate(_rows(stored)):
                for index, cell in enumerate(row):
                    page.write_string(number, index, cell, text)
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    finally:
        os.unlink(path)


FILES: dict[str, tuple[str, Callable[[bytes], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
}


def _rows(stored: bytes) -> Iterator[Sequence[str]]:
    """Give the header and the rows, each with why at its end."""
    with gzip.open(io.BytesIO(stored)) as file:
        header: list[str] = wire.loads(next(file))
    own = [at for at, name in enumerate(header) if name not in WHY]
    yield [header[at] for at in own] + list(WHY)
    for why, cells in kept(stored):
        yield [cells[at] if at < len(cells) else "" for at in own] + [why["field"], why["message"]]
