"""Tables that people send as text: CSV as spreadsheets, ERPs and scripts really write it. Pure.

UTF-8 and UTF-16 with or without a mark, CP1252 where it can't be UTF-8 and reads as text; comma, semicolon, tab or bar, and Excel's line
`sep=;`; any line end; quoted cells. Files are read piece by piece and never held whole.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, NamedTuple, TextIO

MOST_ROWS = 500_000
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t", "|")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_AS_TEXT = re.compile(r'="([^"]*)"')
"""What programs write so that Excel keeps the zeros of a number."""
_SEPARATOR = re.compile(r"sep=([,;\t|])", re.IGNORECASE)
_TWO_ENCODINGS = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
"""Letters in UTF-8, which are hardly ever two characters of CP1252."""
_NO_CP1252 = re.compile(
    rb"[A-Za-z\x8a\x8c\x8e\x9a\x9c\x9e\x9f\xc0-\xff][\x81-\x84\x86-\x89\x8d\x8f\x90\x93\x94\x98\x9d\xa7\xb1\xb3\xb6\xb9\xbc\xbe\xbf][a-z\xe0-\xff]"
)
"""A sign inside a word: what CP850, CP1250, ISO 8859-2 or Mac Roman has for a letter."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?", re.ASCII)
_PIECE = 1 << 16


class BadTable(Exception):
    """The bytes are no table that can be read; the text says why and where."""


class Line(NamedTuple):
    """One row: its number as a spreadsheet shows it (the first is 1), its cells, whether it has more of them than the header.

    A cell that can't be read is a list of a code and a text for people.
    """

    number: int
    cells: list[str | list[str]]
    overflows: bool = False


class Head(NamedTuple):
    """What is true of a whole table: how it is written, its first row, and the sheets to choose from (none: it is text)."""

    header: list[str]
    encoding: str = ""
    delimiter: str = ""
    sheets: Sequence[str] = ()
    sheet: str = ""


def read(file: BinaryIO, names: Collection[str]) -> tuple[Head, Iterator[Line]]:
    """Return the head of a CSV file and its rows below it, blank ones left out. `names` help to tell the delimiter. Raises BadTable."""
    encoding = encoding_of(file)
    text = io.TextIOWrapper(file, encoding, newline="")
    begins = _first_line(text)
    told = _SEPARATOR.fullmatch(begins.strip(" \r\n"))
    delimiter = told[1] if told else _delimiter(begins, {plain(name) for name in names})
    lines = csv.reader(_from_start(text), delimiter=delimiter, strict=True)
    rows = _rows(lines)
    if told:
        next(rows, None)
    first = next(rows, None)
    if first is None:
        raise BadTable("The file is empty.")
    header = [str(cell) for cell in first.cells]
    if len(header) > MOST_COLUMNS:
        raise BadTable(f"More than {MOST_COLUMNS} columns.")
    return Head(header, encoding.removesuffix("-sig"), delimiter), cut(rows, len(header))


def cut(rows: Iterator[Line], width: int) -> Iterator[Line]:
    """Give rows no wider than the header, each with whether it was; raises BadTable when they are too many."""
    for count, row in enumerate(rows):
        if count == MOST_ROWS:
            raise BadTable(f"More than {MOST_ROWS} rows; send the file in parts.")
        yield Line(row.number, row.cells[:width], any(row.cells[width:])) if len(row.cells) > width else row


def _rows(lines: Iterator[list[str]]) -> Iterator[Line]:
    try:
        for number, cells in enumerate(lines, 1):
            if any(cells):
                yield Line(number, [unguarded(cell) for cell in cells])
    except csv.Error as error:
        raise BadTable(f"Line {getattr(lines, 'line_num', 0)}: {error}; a quote inside a quoted cell is written twice.") from error


def encoding_of(file: BinaryIO) -> str:
    """Return the encoding in which a whole file can be read. One that is UTF-8 but for a few bytes is damaged, not CP1252: BadTable."""
    mark = file.read(2)
    file.seek(0)
    if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        _strictly(file, "utf-16")
        return "utf-16"
    if b"\0" in mark:  # the first character is ASCII
        unmarked = "utf-16-be" if mark[:1] == b"\0" else "utf-16-le"
        _strictly(file, unmarked)
        return unmarked
    reader = codecs.getincrementaldecoder("utf-8")("replace")
    broken, foreign = 0, 0
    while piece := file.read(_PIECE):
        if piece.isascii() and not reader.getstate()[0]:
            continue
        text = reader.decode(piece)
        broken += text.count("\ufffd")
        foreign += sum(not c.isascii() for c in text)
    broken += len(reader.decode(b"", True))
    file.seek(0)
    if not broken:
        return "utf-8-sig"
    if foreign - broken >= broken:
        _strictly(file, "utf-8")
        return "utf-8-sig"  # it really says U+FFFD
    try:
        _strictly(file, "utf-8")
    except BadTable:
        _strictly(file, "cp1252")
        _sensibly(file)
        return "cp1252"
    return "utf-8-sig"


def _sensibly(file: BinaryIO) -> None:
    """Raise BadTable with the line where CP1252 would read what nobody wrote."""
    last, line = b"", 1
    while piece := file.read(_PIECE):
        piece = last + piece
        for pattern, why in ((_TWO_ENCODINGS, "some of it is UTF-8, some is not"), (_NO_CP1252, "it is neither UTF-8 nor CP1252")):
            found = pattern.search(piece)
            if found:
                shown = piece[max(0, found.start() - 8) : found.end() + 8].decode("cp1252", "replace").splitlines()
                at = line + piece.count(b"\n", 0, found.start())
                raise BadTable(f"Near line {at}: {why} (it would read {max(shown, key=len)!r}); save the whole file as UTF-8.")
        last = piece[-2:]
        line += piece.count(b"\n", 0, -2)
    file.seek(0)


def _strictly(file: BinaryIO, encoding: str) -> None:
    """Raise BadTable with the line where a file can't be read."""
    reader = codecs.getincrementaldecoder(encoding)()
    at, line = 0, 1
    try:
        while piece := file.read(_PIECE):
            reader.decode(piece)
            at, line = at + len(piece), line + piece.count(b"\n")
        reader.decode(b"", True)
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        where, line = at + start, line + piece.count(b"\n", 0, start)
        said = "is not UTF-8, though the rest is" if encoding == "utf-8" else f"is neither UTF-8 nor {encoding.upper()}"
        raise BadTable(f"Near line {line}, byte {where} {said}; save the whole file as UTF-8.") from error
    finally:
        file.seek(0)


def unguarded(cell: str) -> str:
    """Return a cell without the one `'` that keeps a spreadsheet from reading it as a formula, or the text of `="text"`."""
    if cell[:1] == "=" and (text := _AS_TEXT.fullmatch(cell)):
        return text[1]
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and that `unguarded` gives back; numbers stay as they are."""
    return "'" + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def plain(column: str) -> str:
    """Return what two names of a column share however they are written."""
    return column.strip().casefold().replace(" ", "_").replace("-", "_")


def _first_line(text: TextIO) -> str:
    """Return the first line that isn't blank."""
    line = text.readline(_PIECE)
    while line and not line.strip():
        line = text.readline(_PIECE)
    return line


def _delimiter(first: str, names: set[str]) -> str:
    """Return the delimiter with which the first line names most columns, or gives most cells."""

    def found(delimiter: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([first], delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return len(names & {plain(cell) for cell in cells}), len(cells)

    return max(DELIMITERS, key=found)


def _from_start(text: TextIO) -> TextIO:
    text.seek(0)
    return text
