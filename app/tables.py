"""Tables that people send: CSV as spreadsheets, ERPs and scripts really write it. Pure.

UTF-8 with or without a mark, UTF-16 with one, CP1252 where it can't be UTF-8; comma, semicolon or tab; any line end; quoted cells.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST_ROWS = 500_000
_GUARDED = re.compile(r"'[=+\-@\t\r]")
_DELIMITERS = (",", ";", "\t")


class BadTable(Exception):
    """The bytes are no table that can be read; the text says why and where."""


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it (the header is 1), its cells by column, whether it has more than the header."""

    number: int
    cells: dict[str, str]
    overflows: bool


def read(raw: bytes, known: Sequence[str], required: Sequence[str], mapping: Mapping[str, str] | None = None) -> list[Row]:
    """Return the rows with the known columns only. `mapping` gives, by column of ours, the file's column to take it from.

    Raises BadTable.
    """
    text = decode(raw)
    if not text.strip():
        raise BadTable("The file is empty.")
    wanted = {column: _plain(column) for column in known} | {ours: _plain(theirs) for ours, theirs in (mapping or {}).items()}
    if mapping:
        wanted = {column: source for column, source in wanted.items() if column in mapping}
    delimiter = _delimiter(text, set(wanted.values()))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[str, int] = {}
    width = 0
    rows: list[Row] = []
    try:
        for number, cells in enumerate(lines, 1):
            if not any(cells):
                continue
            if not width:
                width, places = len(cells), _places(cells, wanted, required)
                continue
            if len(rows) >= MOST_ROWS:
                raise BadTable(f"More than {MOST_ROWS} rows; send the file in parts.")
            taken = {column: unguarded(cells[at]) if at < len(cells) else "" for column, at in places.items()}
            rows.append(Row(number, taken, any(cells[width:])))
    except csv.Error as error:
        raise BadTable(f"Line {lines.line_num}: {error}.") from error
    return rows


def decode(raw: bytes) -> str:
    """Return the text of a file. A file that is UTF-8 but for a few bytes is damaged, not CP1252, and is refused."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _strictly(raw, "utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rough = raw.decode("utf-8", "replace")
        broken = rough.count("\ufffd")
        if sum(not c.isascii() for c in rough) - broken >= broken:
            line = raw.count(b"\n", 0, error.start) + 1
            raise BadTable(f"Line {line}: byte {error.start} is not UTF-8, though the rest is.") from error
    return _strictly(raw, "cp1252")


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadTable(f"Byte {error.start} is neither UTF-8 nor {encoding.upper()}.") from error


def unguarded(cell: str) -> str:
    """Return a cell without the one `'` that keeps a spreadsheet from reading it as a formula."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _plain(column: str) -> str:
    return column.strip().casefold().replace(" ", "_").replace("-", "_")


def _delimiter(text: str, names: set[str]) -> str:
    """Return the delimiter with which the first line names most columns."""
    first = text.lstrip("\r\n").split("\n", 1)[0].split("\r", 1)[0]

    def found(delimiter: str) -> int:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            return 0
        return len(names & {_plain(cell) for cell in cells})

    return max(_DELIMITERS, key=found)


def _places(header: list[str], wanted: Mapping[str, str], required: Sequence[str]) -> dict[str, int]:
    names = [_plain(cell) for cell in header]
    double = sorted({name for name in names if name in wanted.values() and names.count(name) > 1})
    if double:
        raise BadTable(f"The header names a column twice: {', '.join(double)}.")
    missing = [column for column in required if wanted.get(column) not in names]
    if missing:
        raise BadTable(f"The header must name the column {missing[0]}; it names: {', '.join(n[:40] for n in names[:20])}.")
    return {column: names.index(source) for column, source in wanted.items() if source in names}
