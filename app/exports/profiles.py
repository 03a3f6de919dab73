"""Write a table as CSV as a profile has it: which columns in which order, their names, separators, signs, dates, encoding, quotes.

Numbers stay bare numbers whatever the sign of their decimals, and no text begins like a formula, as in `formatting`.
"""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.exports import formatting, masters, parts, selecting
from app.exports.formatting import AT_ONCE, NUMBER, TEXT, TIME, Column, Table, guarded, prove

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
DECIMALS = {"point": ".", "comma": ","}
ENCODINGS = {"utf-8": "utf-8", "utf-8-bom": "utf-8-sig", "windows-1252": "cp1252", "iso-8859-15": "iso8859-15"}
QUOTES = {"needed": csv.QUOTE_MINIMAL, "texts": csv.QUOTE_NONNUMERIC, "all": csv.QUOTE_ALL}
COLUMNS = {
    **{export: [column.name for column in columns] for export, columns in (*selecting.COLUMNS.items(), *parts.COLUMNS.items())},
    **{export: [column.name for column in columns] for export, (columns, _, _) in masters.EXPORTS.items()},
    "reconciliation": [column.name for column in [*selecting.reconciliation_columns(1), *selecting.REVERSAL]],
}
"""The columns of each export; `journal`, `people` and `count_scans` are those of a package, whose lines are `reconciliation`."""
EXPORTS = tuple(sorted(COLUMNS))
_PASS = re.compile(r"(?:counted|operator|from|to)_[1-9][0-9]?", re.ASCII)
DATES = re.compile(r"(?:YYYY|MM|DD)(?:[-./ T:]?(?:YYYY|YY|MM|DD|hh|mm|ss))*Z?", re.ASCII)
_SECONDS = re.compile(r"YYYY|YY|MM|DD|hh|mm|ss")
_PLACES = {"YYYY": (0, 4), "YY": (2, 4), "MM": (5, 7), "DD": (8, 10), "hh": (11, 13), "mm": (14, 16), "ss": (17, 19)}
"""Where each part stands in a time as we write it (UTC)."""


class Profile(NamedTuple):
    """How a CSV is written. `columns`: by export the columns in their order (an export that isn't there has all of its own);
    `headers`: what a column is called instead; `dates`: how times are written, `DD.MM.YYYY hh:mm`; None as they are on the wire."""

    columns: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    header: bool
    delimiter: str
    decimal: str
    dates: str | None
    encoding: str
    quotes: str


def of(kept: Mapping[str, Any]) -> Profile:
    """Return a profile as it is kept."""
    return Profile(**{name: kept[name] for name in Profile._fields})


def unknown(export: str, names: Sequence[str]) -> list[str]:
    """Return which names are no columns of an export, however often a location is counted."""
    return [name for name in names if name not in COLUMNS[export] and not (export == "reconciliation" and _PASS.fullmatch(name))]


def sample(table: Table, export: str, profile: Profile, rows: int) -> str:
    """Return the first rows of a table as a profile writes them, as text; what the encoding doesn't have is a `?`, as in the file."""
    few = table._replace(rows=itertools.islice(table.rows, rows))
    return b"".join(_chunks(few, export, profile)).decode(ENCODINGS[profile.encoding])


def media(profile: Profile) -> str:
    """Return the media type of what is written."""
    return f"text/csv; charset={'utf-8' if profile.encoding == 'utf-8-bom' else profile.encoding}"


def chunks(table: Table, export: str, profile: Profile | None) -> Iterator[bytes]:
    """Give the bytes of a CSV file, as a profile has it or as everything is written."""
    return formatting.csv_chunks(table) if profile is None else _chunks(table, export, profile)


def _chunks(table: Table, export: str, profile: Profile) -> Iterator[bytes]:
    """Give the bytes of a CSV file; a column that this table doesn't have is empty, what the encoding doesn't have is a `?`."""
    places = {column.name: at for at, column in enumerate(table.columns)}
    wanted = profile.columns.get(export) or list(places)
    columns = [table.columns[places[name]] if name in places else Column(name) for name in wanted]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=DELIMITERS[profile.delimiter], quoting=QUOTES[profile.quotes])  # type: ignore[arg-type]
    if profile.header:
        names = [profile.headers.get(name, name) for name in wanted]
        writer.writerow(guarded(names, range(len(names))))
    take = [places.get(name) for name in wanted]
    texts = [at for at, column in enumerate(columns) if column.kind == TEXT]
    numbers = [at for at, column in enumerate(columns) if column.kind == NUMBER]
    moments = [at for at, column in enumerate(columns) if column.kind == TIME and profile.dates]
    encoding, sign = ENCODINGS[profile.encoding], DECIMALS[profile.decimal]
    rows = iter(table.rows)
    if encoding == "utf-8-sig":
        encoding = "utf-8"
        yield b"\xef\xbb\xbf"
    while chunk := list(itertools.islice(rows, AT_ONCE)):
        writer.writerows([_row(row, take, texts, numbers, moments, sign, profile.dates or "") for row in chunk])
        yield _taken(buffer).encode(encoding, "replace")
    if buffer.tell():
        yield _taken(buffer).encode(encoding, "replace")


def _row(
    source: Sequence[Any],
    take: Sequence[int | None],
    texts: Sequence[int],
    numbers: Sequence[int],
    moments: Sequence[int],
    sign: str,
    dates: str,
) -> Sequence[Any]:
    row = [None if at is None else source[at] for at in take]
    prove(row, numbers)
    row = list(guarded(row, texts))
    for at in numbers:
        row[at] = _Bare("" if row[at] is None else str(row[at]).replace(".", sign))
    for at in moments:
        row[at] = _moment(row[at], dates)
    return row


def _moment(wire: str | None, dates: str) -> str | None:
    """Return a time `2026-11-22T07:04:05.123Z` as a pattern writes it."""
    return wire and _SECONDS.sub(lambda found: wire[slice(*_PLACES[found.group()])], dates)


class _Bare:
    """A number as it is written: no quotes, unless all have them."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __str__(self) -> str:
        return self.shown

    def __float__(self) -> float:
        return float(self.shown.replace(",", "."))


def _taken(buffer: io.StringIO) -> str:
    said = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return said
