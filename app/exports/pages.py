"""Write the tables of a summary as XLSX and as PDF; the same tables always as the same bytes."""

import bisect
import io
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app import letters
from app.exports.formatting import FIXED, NUMBER, fits, paged, shape
from app.exports.summary import Section
from app.letters import BOLD, PLAIN
from app.text import printable

_PAPER = landscape(A4)
_MARGIN, _SIZE, _STEP = 42, 8, 13
_WHOLE = 96
"""Widths of columns that fill a page; a table that has less is narrower."""
_LONG, _LINE = 100, 36
"""Characters from which on a text of a spreadsheet is broken into lines, and those of one line."""
_ROW, _TALLEST = 15, 409
"""Points of a row, and what no row exceeds."""
_THOUSANDS = re.compile(r"(?<=[0-9])(?=(?:[0-9]{3})+$)")
"""Where commas belong between the digits of a whole number."""


def xlsx(title: str, sections: Sequence[Section]) -> bytes:
    """Return one sheet with the tables below each other: texts as texts, numbers as numbers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": title, "created": FIXED})
    page = book.add_worksheet("summary")
    title_of = book.add_format({"bold": True, "font_size": 14})
    page.write_string(0, 0, title, title_of)
    page.set_column(0, 0, 36)
    page.set_column(1, 1, 40)
    page.set_column(2, 6, 25)
    paged(page, title, 1)
    at = 2
    for section in sections:
        page.write_string(at, 0, section.title, title_of)
        looks: list[dict[str, Any]] = [
            {"align": "right"} if column.kind == NUMBER else {"indent": min(index, 1)} for index, column in enumerate(section.columns)
        ]
        for index, column in enumerate(section.columns):
            page.write_string(at + 1, index, column.name, book.add_format({"bold": True, "bottom": 1} | looks[index]))
        for number, row in enumerate(section.rows, at + 2):
            strong: dict[str, Any] = {"bold": True, "top": 1} if section.total and number == at + 1 + len(section.rows) else {}
            for index, (column, value) in enumerate(zip(section.columns, row, strict=True)):
                said = "" if value is None else "\n".join(map(printable, str(value).splitlines()))
                look = looks[index] | strong
                if len(said) > _LONG:
                    look |= {"text_wrap": True, "valign": "top"}
                    page.set_row(number, min(_ROW * (len(said) // _LINE + said.count("\n") + 1), _TALLEST))
                if column.kind == NUMBER and fits(said):
                    page.write_number(number, index, float(said), book.add_format(look | {"num_format": shape(said)}))
                elif said or strong:
                    page.write_string(number, index, said, book.add_format(look))
        at += len(section.rows) + 3
    book.close()
    return out.getvalue()


def pdf(title: str, sections: Sequence[Section], signed: Sequence[str] = ()) -> bytes:
    """Return pages with the tables below each other, and lines to sign on; a text that is too wide goes on below itself."""
    letters.register()
    pages = _drawn(title, sections, signed, 0)[1]
    return _drawn(title, sections, signed, pages)[0]


def _drawn(title: str, sections: Sequence[Section], signed: Sequence[str], pages: int) -> tuple[bytes, int]:
    """Return the file, and how many pages it has; each says of how many it is one."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=_PAPER, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    pen = _Pen(canvas, title, pages)
    for section in sections:
        pen.section(section)
    if signed:
        pen.sign(signed)
    canvas.showPage()
    canvas.save()
    return out.getvalue(), pen.page


class _Pen:
    """Writes line by line, and turns the page."""

    def __init__(self, canvas: Canvas, title: str, pages: int) -> None:
        self.canvas, self.title, self.pages, self.page = canvas, title, pages, 0
        self.width = _PAPER[0] - 2 * _MARGIN
        self._turn()

    def section(self, section: Section) -> None:
        """Write a table: its title, its header (again on each page), its rows; on one page where it fits on one."""
        wide = self._wide(section)
        head = _cells(section, [column.name for column in section.columns], BOLD, wide)
        last = len(section.rows) - 1 if section.total else None
        fonts = [BOLD if number == last else PLAIN for number in range(len(section.rows))]
        rows = [_cells(section, row, font, wide) for row, font in zip(section.rows, fonts, strict=True)]
        lines = 3 + sum(max(map(len, cells)) for cells in rows)
        self._room(lines if lines * _STEP < _PAPER[1] - 2 * _MARGIN - 2 * _STEP else 4)
        self._text(_MARGIN, section.title, BOLD, 10)
        self._down()
        self._head(section, head, wide)
        for cells, font in zip(rows, fonts, strict=True):
            if self._room(max(map(len, cells))):
                self._head(section, head, wide)
            if font == BOLD:
                self._rule(wide)
            self._row(section, cells, font, wide)
        self._down()

    def sign(self, words: Sequence[str]) -> None:
        """Draw a line to write on above each word."""
        self._room(4)
        self.y -= 2 * _STEP
        wide = self.width / len(words)
        for number, word in enumerate(words):
            left = _MARGIN + number * wide
            self.canvas.line(left, self.y + _STEP - 3, left + wide - 18, self.y + _STEP - 3)
            self._text(left, word, PLAIN, _SIZE)

    def _turn(self) -> None:
        if self.page:
            self.canvas.showPage()
        self.page += 1
        self.y = _PAPER[1] - _MARGIN
        self._text(_MARGIN, _lines(self.title, BOLD, 13, self.width - 90)[0], BOLD, 13)
        self.canvas.setFont(PLAIN, _SIZE)
        self.canvas.drawRightString(_PAPER[0] - _MARGIN, self.y, f"page {self.page} of {self.pages}")
        self.y -= 2 * _STEP

    def _room(self, lines: int) -> bool:
        """Turn the page where there is no room for so many lines; tell whether it was turned."""
        if self.y - lines * _STEP > _MARGIN - _STEP:
            return False
        self._turn()
        return True

    def _wide(self, section: Section) -> list[float]:
        total = max(_WHOLE, sum(column.width for column in section.columns))
        return [self.width * column.width / total for column in section.columns]

    def _head(self, section: Section, cells: Sequence[Sequence[str]], wide: Sequence[float]) -> None:
        self._row(section, cells, BOLD, wide)
        self._rule(wide)

    def _row(self, section: Section, cells: Sequence[Sequence[str]], font: str, wide: Sequence[float]) -> None:
        for number in range(max(map(len, cells))):
            left = float(_MARGIN)
            for column, lines, span in zip(section.columns, cells, wide, strict=True):
                shown = lines[number] if number < len(lines) else ""
                if column.kind == NUMBER:
                    self.canvas.setFont(font, _SIZE)
                    self.canvas.drawRightString(left + span - 12, self.y, shown)
                else:
                    self._text(left, shown, font, _SIZE)
                left += span
            self._down()

    def _rule(self, wide: Sequence[float]) -> None:
        """Draw a line under what was written last."""
        self.canvas.setLineWidth(0.5)
        self.canvas.line(_MARGIN, self.y + _STEP - 3, _MARGIN + sum(wide), self.y + _STEP - 3)

    def _text(self, left: float, shown: str, font: str, size: int) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(left, self.y, shown)

    def _down(self) -> None:
        self.y -= _STEP


def _cells(section: Section, row: Sequence[Any], font: str, wide: Sequence[float]) -> list[list[str]]:
    """Return the lines of each cell; numbers have commas between the thousands."""
    texts = ["" if value is None else str(value) for value in row]
    said = [_apart(value) if column.kind == NUMBER else value for column, value in zip(section.columns, texts, strict=True)]
    return [_lines(value, font, _SIZE, span - 6) for value, span in zip(said, wide, strict=True)]


def _apart(number: str) -> str:
    """Return `-1,234.5678` of `-1234.5678`."""
    whole, point, rest = number.partition(".")
    return _THOUSANDS.sub(",", whole) + point + rest


def _lines(value: str, font: str, size: int, wide: float) -> list[str]:
    """Return a text in lines that fit into a width, broken between words where it can be."""
    lines: list[str] = []
    for rest in map(letters.shown, value.splitlines()):
        lines += _broken(rest, font, size, wide)
    return lines or [""]


def _broken(rest: str, font: str, size: int, wide: float) -> list[str]:
    lines = []
    while rest:
        here = rest
        fits = max(1, bisect.bisect_right(range(1, len(here) + 1), wide, key=lambda n: pdfmetrics.stringWidth(here[:n], font, size)))
        gap = here.rfind(" ", 1, fits + 1)
        end = gap if fits < len(here) and gap > 0 else fits
        lines.append(here[:end])
        rest = here[end:].lstrip()
    return lines
