"""Tables in XLSX files: one sheet, row by row, each cell as people see it. Pure.

Our own reader on the standard library's zip and expat, because of what those that exist don't tell (errors, padded numbers) or cost
(memory that grows with the sheet, ten seconds for 100,000 rows). It runs in a limited process (`spooling`): a file that lies about its
sizes or costs too much ends that process and nothing else. Document types, and with them entities, are refused.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import BinaryIO

from app.imports.markup import PLAIN, Quick, pieces, walk
from app.imports.tables import MOST_COLUMNS, BadTable, Head, Line, cut

MOST_MEMBERS = 2_000
MOST_BYTES = 1 << 29
"""Bytes that all members together may inflate to."""
MOST_RATIO = 300
"""How many times its size a member over 1 MiB may inflate to; sheets of equal rows come to a hundred."""
MOST_SHEETS = 200
_DATES = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
"""Number formats that every spreadsheet knows as dates and times."""
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|_.|\*.')
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_WHOLE = re.compile("-?[0-9]{1,15}", re.ASCII)
_CELL = re.compile("([A-Z]{1,3})[0-9]+", re.ASCII)
_DATE = "date"
_NAME = "[A-Za-z][A-Za-z0-9]*(?::[A-Za-z][A-Za-z0-9]*)?"
_ATTRIBUTES = f"""(?: (?!r=){_NAME}="[ !#-%'-;=?-~]*")*"""
_TWICE = f"(?![^>]* ({_NAME})=[^>]* \\1=)"


def _plain_cell(group: str) -> str:
    """Return the pattern of a cell without a formula; letters, style, kind and value are in groups that open so."""
    shared = f' t="s"><v>{group}[0-9]{{1,9}})</v></c>'
    inline = f'<is><t(?: xml:space="preserve")?>{group}{PLAIN})</t></is>'
    other = f'(?: t="{group}[A-Za-z]+)")?(?:/>|>(?:<v>{group}{PLAIN})</v>|{inline})</c>)'
    return f'<c r="{group}[A-Z]{{1,3}})[0-9]+"(?: s="{group}[0-9]+)")?(?:{shared}|{other})'


_PLAIN_CELL = re.compile(_plain_cell("("))
_PLAIN_ROW = re.compile(f'<row{_TWICE} r="([0-9]{{1,15}})"{_ATTRIBUTES}>((?:{_plain_cell("(?:")})*)</row>')
_PLAIN_TEXT = re.compile(f'<si><t(?: xml:space="preserve")?>({PLAIN})</t></si>')
Format = str | int | None
"""How a style shows a number: as a date, with at least so many digits, or plainly."""


def read(file: BinaryIO, sheet: str | None) -> tuple[Head, Iterator[Line]]:
    """Return the head of a sheet (the first unless named) and its rows below it, blank ones left out. Raises BadTable."""
    try:
        book = zipfile.ZipFile(file)
        _measure(book)
        names, path, of_1904, shared, styles = _open(book, sheet)
        texts = _texts(book, shared) if shared else []
        rows = _Rows(texts, _formats(book, styles) if styles else [], of_1904).read(book, path)
        first = next(rows, None)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, KeyError, RuntimeError, OSError, ValueError) as error:
        raise BadTable(f"The file is no XLSX that can be read: {str(error)[:100]}.") from error
    if first is None:
        raise BadTable("The sheet is empty.")
    header = [cell if isinstance(cell, str) else cell[1] for cell in first.cells]
    chosen = sheet if sheet is not None else names[0]
    return Head(header, sheets=names, sheet=chosen), cut(_safely(rows), len(header))


def _safely(rows: Iterator[Line]) -> Iterator[Line]:
    try:
        yield from rows
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise BadTable(f"The sheet breaks off or is damaged: {str(error)[:100]}.") from error


def _measure(book: zipfile.ZipFile) -> None:
    """Refuse what would inflate to too much, before anything is inflated; no member gives more bytes than it declares."""
    members = book.infolist()
    if len(members) > MOST_MEMBERS:
        raise BadTable(f"The file has more than {MOST_MEMBERS} members.")
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise BadTable(f"The file would inflate to more than {MOST_BYTES >> 20} MiB.")
    for member in members:
        if member.file_size > 1 << 20 and member.file_size > MOST_RATIO * max(member.compress_size, 1):
            raise BadTable(f"A member of the file would inflate to more than {MOST_RATIO} times its size.")
        if member.flag_bits & 1:
            raise BadTable("The file is protected by a password.")


def _open(book: zipfile.ZipFile, sheet: str | None) -> tuple[list[str], str, bool, str | None, str | None]:
    """Return the names of the sheets, the path of the chosen one, whether days count from 1904, the paths of shared texts and styles."""
    start = _targets(book, "_rels/.rels", "")
    at = next((path for kind, path in start.values() if kind == "officeDocument"), "xl/workbook.xml")
    folder, _, name = at.rpartition("/")
    targets = _targets(book, f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels", folder)
    found: list[tuple[str, str]] = []
    of_1904 = False

    def begin(tag: str, attrs: dict[str, str]) -> None:
        nonlocal of_1904
        if tag == "sheet":
            link = next((value for key, value in attrs.items() if key == "id" or key.endswith(":id")), "")
            kind, path = targets.get(link, ("", ""))
            if kind == "worksheet":
                found.append((attrs.get("name", ""), path))
        elif tag == "workbookPr":
            of_1904 = attrs.get("date1904", "0") in ("1", "true")

    walk(book, at, begin)
    if not found:
        raise BadTable("The file has no sheet.")
    if len(found) > MOST_SHEETS:
        raise BadTable(f"The file has more than {MOST_SHEETS} sheets.")
    names = [name for name, _ in found]
    if sheet is not None and sheet not in names:
        raise BadTable(f"The file has no sheet {sheet[:40]!r}; it has: {', '.join(n[:40] for n in names[:20])}.")
    by_kind = {kind: path for kind, path in targets.values()}
    chosen = found[0][1] if sheet is None else dict(reversed(found))[sheet]
    return names, chosen, of_1904, by_kind.get("sharedStrings"), by_kind.get("styles")


def _targets(book: zipfile.ZipFile, path: str, folder: str) -> dict[str, tuple[str, str]]:
    """Return what a part refers to, by id: the kind and the path in the file. What lies outside of the file doesn't exist for us."""
    found: dict[str, tuple[str, str]] = {}

    def begin(tag: str, attrs: dict[str, str]) -> None:
        if tag == "Relationship" and attrs.get("TargetMode") != "External":
            target = attrs.get("Target", "")
            parts = target.lstrip("/").split("/") if target.startswith("/") else [*folder.split("/"), *target.split("/")]
            path: list[str] = []
            for part in parts:
                if part == "..":
                    path = path[:-1]
                elif part not in ("", "."):
                    path.append(part)
            found[attrs.get("Id", "")] = (attrs.get("Type", "").rpartition("/")[2], "/".join(path))

    if path in book.NameToInfo:
        walk(book, path, begin)
    return found


def _texts(book: zipfile.ZipFile, path: str) -> list[str]:
    """Return the shared texts; what says how a text is read aloud (`rPh`) is no part of it."""
    texts: list[str] = []
    parts: list[str] = []
    inside = aloud = False

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal inside, aloud
        if tag == "t":
            inside = not aloud
        elif tag == "rPh":
            aloud = True
        elif tag == "si":
            parts.clear()

    def end(tag: str) -> None:
        nonlocal inside, aloud
        if tag == "t":
            inside = False
        elif tag == "rPh":
            aloud = False
        elif tag == "si":
            texts.append(_text("".join(parts)))

    def data(text: str) -> None:
        if inside:
            parts.append(text)

    walk(book, path, begin, end, data, Quick("si", _PLAIN_TEXT, lambda found: texts.append(_text(found[1]))))
    return texts


def _formats(book: zipfile.ZipFile, path: str) -> list[Format]:
    """Return, by the number of a cell's style, how it shows a number."""
    codes: dict[str, str] = {}
    styles: list[Format] = []
    among = False

    def begin(tag: str, attrs: dict[str, str]) -> None:
        nonlocal among
        if tag == "numFmt":
            codes[attrs.get("numFmtId", "")] = attrs.get("formatCode", "")
        elif tag == "cellXfs":
            among = True
        elif tag == "xf" and among:
            number = attrs.get("numFmtId", "0")
            styles.append(_format(number, codes.get(number)))

    def end(tag: str) -> None:
        nonlocal among
        if tag == "cellXfs":
            among = False

    walk(book, path, begin, end)
    return styles


def _format(number: str, code: str | None) -> Format:
    if code is None:
        return _DATE if number.isascii() and number.isdigit() and len(number) < 4 and int(number) in _DATES else None
    shown = _NOT_SHOWN.sub("", code[:200].partition(";")[0]).lower()
    if shown and not shown.strip("0"):
        return len(shown)
    return _DATE if any(c in "ymdhs" for c in shown) and "general" not in shown else None


class _Rows:
    """Reads the rows of a sheet."""

    def __init__(self, texts: list[str], formats: list[Format], of_1904: bool) -> None:
        self.texts, self.formats = texts, formats
        self.epoch = datetime(1904, 1, 1) if of_1904 else datetime(1899, 12, 30)
        self.columns: dict[str, int] = {}
        self.shown: dict[tuple[str, str], str | list[str]] = {}
        self.plain = {str(style) for style, shown in enumerate(formats) if shown is None} | (
            {""} if not formats or formats[0] is None else set()
        )

    def read(self, book: zipfile.ZipFile, path: str) -> Iterator[Line]:  # one state, three callbacks
        """Give the rows that aren't blank."""
        rows: list[Line] = []
        cells: list[str | list[str]] = []
        parts: list[str] = []
        number, column = 0, -1
        kind, style = "", ""
        inside = aloud = formula = False
        blank = ""

        def begin(tag: str, attrs: dict[str, str]) -> None:
            nonlocal number, column, kind, style, inside, aloud, formula
            if tag == "c":
                column = self._column(attrs["r"]) if "r" in attrs else column + 1
                kind, style, formula = attrs.get("t", "n"), attrs.get("s", ""), False
                parts.clear()
            elif tag in ("v", "t"):
                inside = not aloud
            elif tag == "row":
                at = attrs.get("r", "")
                number = int(at) if _WHOLE.fullmatch(at) and int(at) > number else number + 1
                cells.clear()
                column = -1
            elif tag == "f":
                formula = True
            elif tag == "rPh":
                aloud = True

        def end(tag: str) -> None:
            nonlocal inside, aloud
            if tag in ("v", "t"):
                inside = False
            elif tag == "c":
                value = self._value(kind, style, "".join(parts)) if parts else _UNCALCULATED if formula and kind != "str" else blank
                if value and column >= 0:  # else a row began inside the cell
                    if column == len(cells):
                        cells.append(value)
                    else:
                        _put(cells, column, value)
            elif tag == "row":
                if cells:
                    rows.append(Line(number, cells.copy()))
            elif tag == "rPh":
                aloud = False

        def data(text: str) -> None:
            if inside:
                parts.append(text)

        def take(found: re.Match[str]) -> None:
            nonlocal number
            number = max(int(found[2]), number + 1)
            quick = self._cells(found[3])
            if quick:
                rows.append(Line(number, quick))

        for _ in pieces(book, path, begin, end, data, Quick("row", _PLAIN_ROW, take)):
            yield from rows
            rows.clear()

    def _cells(self, row: str) -> list[str | list[str]]:
        """Return the cells of a plain row; the two commonest kinds of cell are read in place, for speed."""
        cells: list[str | list[str]] = []
        columns, texts, plain = self.columns, self.texts, self.plain
        value: str | list[str]
        for letters, style, shared, kind, text, inline in _PLAIN_CELL.findall(row):
            if shared and (at := int(shared)) < len(texts):
                value = texts[at]
            elif not kind and text.isdigit() and len(text) < 16 and style in plain:
                value = text
            elif raw := shared or text or inline:
                value = self._value("s" if shared else kind or "n", style, raw)
            else:
                continue
            if value and columns.get(letters) == len(cells):
                cells.append(value)
            elif value:
                _put(cells, self._column(f"{letters}1"), value)
        return cells

    def _column(self, where: str) -> int:
        found = _CELL.fullmatch(where)
        if not found:
            raise BadTable(f"A cell is called {where[:20]!r}.")
        letters = found[1]
        at = self.columns.get(letters)
        if at is None:
            at = 0
            for letter in letters:
                at = at * 26 + ord(letter) - 64
            self.columns[letters] = at = at - 1
        return at

    def _value(self, kind: str, style: str, text: str) -> str | list[str]:
        if kind == "s":
            at = int(text) if _WHOLE.fullmatch(text) else -1
            if not 0 <= at < len(self.texts):
                raise BadTable("A cell names a shared text that isn't there.")
            return self.texts[at]
        if kind == "n":
            key = (style, text)
            found = self.shown.get(key)
            if found is None:
                if len(self.shown) > 10_000:
                    self.shown.clear()
                found = self.shown[key] = self._number(style, text.strip())
            return found
        if kind == "b":
            return "FALSE" if text.strip() == "0" else "TRUE"
        if kind == "e":
            return ["error_cell", text[:40]]
        return _text(text)

    def _number(self, style: str, text: str) -> str | list[str]:
        """Return a number as people see it: without what a float adds, with the zeros of its format, a date as ISO."""
        at = int(style) if _WHOLE.fullmatch(style) else 0
        shown = self.formats[at] if 0 <= at < len(self.formats) else None
        if shown == _DATE:
            return self._date(text)
        if not _WHOLE.fullmatch(text):
            value = Decimal(format(float(text), ".15g"))  # ValueError: it is no number
            if not value.is_finite() or not Decimal("1e-15") < abs(value) < Decimal("1e15"):
                if value:
                    return ["not_exact", text[:40]]
                value = Decimal(0)
            text = format(value, "f")
            if "." in text:
                text = text.rstrip("0").rstrip(".")
        return text.zfill(shown) if isinstance(shown, int) else text

    def _date(self, text: str) -> str | list[str]:
        days = float(text)
        if not 0 <= days < 2_958_466:
            return ["bad_date", text[:40]]
        moment = self.epoch + timedelta(milliseconds=round(days * 86_400_000))
        if days < 1:
            return moment.time().isoformat("seconds")
        return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(timespec="seconds")


_UNCALCULATED = ["no_value", "a formula without a stored value"]


def _put(cells: list[str | list[str]], column: int, value: str | list[str]) -> None:
    """Put a cell where it belongs; what lies far to the right is more than any header has, wherever it is."""
    column = min(column, MOST_COLUMNS)
    if column < len(cells):
        cells[column] = value
    else:
        cells.extend([""] * (column - len(cells)))
        cells.append(value)


def _text(text: str) -> str:
    """Return a text whose `_x000D_` are read as the characters they stand for."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
