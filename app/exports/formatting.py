"""Write rows as CSV, XLSX or JSON: row by row, in constant memory, and the same rows always as the same bytes."""

import csv
import datetime
import functools
import io
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import xlsxwriter

from app import wire

TEXT, OWN, TIME, NUMBER = "text", "own", "time", "number"
"""Texts of people and devices, texts of our own making (states), times, and numbers."""
AT_ONCE = 500
"""Rows that are written before they are sent."""
SHEET = 1_000_000
"""Rows of one XLSX worksheet (a sheet holds 1,048,576)."""
CELL = 32_767
"""Characters of one XLSX cell; XlsxWriter leaves out a text that is longer."""
_WHOLE, _DECIMALS = "0_)", ("0", *(f"0.{'0' * n}" for n in range(1, 7)))
"""How numbers of ours are shown (of the journal, of scans), and an example of each decimal text there is."""
_ACROSS = 200
"""Characters that can be read beside each other on a printed page."""
_CUT = " [cut here; CSV and JSON have all of it]"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_TAKEN = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet takes for a formula, or an import for an apostrophe of ours."""
_NUMERIC = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
FIXED = datetime.datetime(2000, 1, 1)
"""XLSX keeps a date of creation; ours never differs."""


class Column(NamedTuple):
    """A column: texts, times, or numbers (integers or decimal texts)."""

    name: str
    kind: str = TEXT
    width: int = 14


class Table(NamedTuple):
    """What is exported: rows of texts, numbers and None, and what is true of all of them (`totals` is asked after the last row)."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    about: dict[str, Any]
    totals: Callable[[], dict[str, Any]]


def csv_chunks(table: Table) -> Iterator[bytes]:
    """Give the bytes of a CSV file: UTF-8, CRLF, a header; texts that a spreadsheet would take for a formula begin with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.name for column in table.columns])
    texts = [index for index, column in enumerate(table.columns) if column.kind == TEXT]
    numbers = [index for index, column in enumerate(table.columns) if column.kind == NUMBER]
    rows = iter(table.rows)
    while chunk := list(itertools.islice(rows, AT_ONCE)):
        for row in chunk:
            prove(row, numbers)
        writer.writerows([guarded(row, texts) for row in chunk])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    if buffer.tell():
        yield buffer.getvalue().encode()


def guarded(row: Sequence[Any], texts: Sequence[int]) -> Sequence[Any]:
    """Return the row with an apostrophe before each text that begins like a formula."""
    for index in texts:
        value = row[index]
        if value and (value[0] in _FORMULA or value[0] == "'"):
            row = list(row)
            for at in texts:
                if row[at] and _TAKEN.match(row[at]):
                    row[at] = "'" + row[at]
            return row
    return row


def prove(row: Sequence[Any], numbers: Sequence[int]) -> None:
    """Hold that what is written bare is a number."""
    for index in numbers:
        value = row[index]
        assert value is None or value.__class__ is int or _is_number(value), f"{value!r} is no number"


@functools.lru_cache(1 << 14)
def _is_number(value: str) -> bool:
    return _NUMERIC.fullmatch(value) is not None


def json_chunks(table: Table) -> Iterator[bytes]:
    """Give the bytes of a JSON file: what is true of all rows, the rows as objects, their totals."""
    names = [column.name for column in table.columns]
    yield wire.dumps({"export": table.name, **table.about})[:-1] + b',"rows":['
    rows = iter(table.rows)
    first = True
    while chunk := list(itertools.islice(rows, AT_ONCE)):
        body = b",\n".join(wire.dumps(dict(zip(names, row, strict=True))) for row in chunk)
        yield (b"\n" if first else b",\n") + body
        first = False
    yield b'\n],"totals":' + wire.dumps(table.totals()) + b"}\n"


def xlsx_chunks(table: Table) -> Iterator[bytes]:
    """Give the bytes of an XLSX file: texts as texts, numbers as numbers, the header frozen; a second sheet tells what it is of."""
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        _write_xlsx(table, path)
        with open(path, "rb") as file:
            while chunk := file.read(1 << 16):
                yield chunk
    finally:
        os.unlink(path)


def _write_xlsx(table: Table, path: str) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    book.set_properties({"title": table.name, "created": FIXED})
    bold, right = book.add_format({"bold": True}), book.add_format({"bold": True, "align": "right"})
    looks = {form: book.add_format({"num_format": form}) for form in (_WHOLE, *map(shape, _DECIMALS))}
    looks["\n"] = book.add_format({"text_wrap": True, "valign": "top"})
    wide = [max(column.width, len(column.name) + 3) for column in table.columns]
    rows = iter(table.rows)
    for number in itertools.count(1):
        page = book.add_worksheet(table.name if number == 1 else f"{table.name} {number}")
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        paged(page, table.name, -(-sum(wide) // _ACROSS))
        for index, column in enumerate(table.columns):
            page.set_column(index, index, wide[index])
            page.write_string(0, index, column.name, right if column.kind == NUMBER else bold)
        last = 0
        for last, row in enumerate(itertools.islice(rows, SHEET), 1):
            _write_row(page, last, table.columns, row, looks)
        page.autofilter(0, 0, last, len(table.columns) - 1)
        if last < SHEET:
            break
    about = book.add_worksheet("about")
    about.set_column(0, 1, 40)
    paged(about, table.name, 1)
    for at, (name, value) in enumerate([*table.about.items(), *table.totals().items()]):
        about.write_string(at, 0, name)
        if isinstance(value, int) or (isinstance(value, str) and fits(value)):
            about.write_number(at, 1, float(value), looks[shape(value)] if isinstance(value, str) else None)
        else:
            about.write_string(at, 1, "" if value is None else str(value))
    book.close()


def paged(page: Any, title: str, across: int) -> None:
    """Let a worksheet be printed so many A4 pages wide, each with the title and its number; beside the first with the first columns."""
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(across, 0)
    if across > 1:
        page.repeat_columns(0, 2)
    page.set_footer(f"&L{title.replace('&', '&&')}&Rpage &P of &N")


def shape(number: str) -> str:
    """Return how a spreadsheet shows a decimal text: with as many decimals as it has, thousands apart, and a gap behind it: `#,##0.00_)` of
    `1234.50`."""
    _, point, decimals = number.partition(".")
    return f"#,##0{point}{'0' * len(decimals)}_)"


def _write_row(page: Any, at: int, columns: Sequence[Column], row: Sequence[Any], looks: Mapping[str, Any]) -> None:
    for index, (column, value) in enumerate(zip(columns, row, strict=True)):
        if value is None or value == "":
            continue
        if column.kind == NUMBER and isinstance(value, int) and abs(value) < 10**15:
            page.write_number(at, index, value, looks[_WHOLE])
        elif column.kind == NUMBER and isinstance(value, str) and fits(value):
            page.write_number(at, index, float(value), looks[shape(value)])
        else:
            said = _cell(str(value))
            page.write_string(at, index, said, looks["\n"] if "\n" in said else None)


def _cell(text: str) -> str:
    """Return what of a text a spreadsheet's cell holds; it says where it was cut."""
    return text if len(text) <= CELL else text[: CELL - len(_CUT)] + _CUT


def fits(text: str) -> bool:
    """Tell whether a spreadsheet's number holds a decimal text exactly enough to show it: 15 digits."""
    return _NUMERIC.fullmatch(text) is not None and sum(c.isdigit() for c in text.lstrip("-0.")) <= 15


FORMATS: dict[str, tuple[str, Callable[[Table], Iterator[bytes]]]] = {
    "csv": ("text/csv; charset=utf-8", csv_chunks),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_chunks),
    "json": ("application/json", json_chunks),
}
