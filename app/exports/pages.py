"""Write the tables of a summary as XLSX and as PDF; the same tables always as the same bytes."""

import bisect
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import reportlab
import xlsxwriter
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from app.exports.formatting import FIXED, NUMBER, fits
from app.exports.summary import Section
from app.text import printable

_FONTS = {"Vera": "Vera.ttf", "VeraBd": "VeraBd.ttf"}
_PAPER = landscape(A4)
_MARGIN, _SIZE, _STEP = 42, 8, 13


def xlsx(title: str, sections: Sequence[Section]) -> bytes:
    """Return one sheet with the tables below each other: texts as texts, numbers as numbers."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.set_properties({"title": title, "created": FIXED})
    page = book.add_worksheet("summary")
    head, bold = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "bottom": 1})
    right, money = book.add_format({"bold": True, "bottom": 1, "align": "right"}), book.add_format({"num_format": "#,##0.00"})
    page.write_string(0, 0, title, head)
    page.set_column(0, 0, 36)
    page.set_column(1, 6, 25)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    at = 2
    for section in sections:
        page.write_string(at, 0, section.title, head)
        for index, column in enumerate(section.columns):
            page.write_string(at + 1, index, column.name, right if column.kind == NUMBER else bold)
        for number, row in enumerate(section.rows, at + 2):
            for index, (column, value) in enumerate(zip(section.columns, row, strict=True)):
                if value is None or value == "":
                    continue
                if column.kind == NUMBER and fits(str(value)):
                    page.write_number(number, index, float(value), money if "." in str(value) else None)
                else:
                    page.write_string(number, index, str(value))
        at += len(section.rows) + 3
    book.close()
    return out.getvalue()


def pdf(title: str, sections: Sequence[Section]) -> bytes:
    """Return pages with the tables below each other; a text that is too wide goes on below itself."""
    for name, file in _FONTS.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(Path(reportlab.__file__).parent / "fonts" / file)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=_PAPER, invariant=1, pageCompression=1)
    canvas.setTitle(title)
    pen = _Pen(canvas, title)
    for section in sections:
        pen.section(section)
    pen.end()
    return out.getvalue()


class _Pen:
    """Writes line by line, and turns the page."""

    def __init__(self, canvas: Canvas, title: str) -> None:
        self.canvas, self.title, self.page = canvas, title, 0
        self.width = _PAPER[0] - 2 * _MARGIN
        self._turn()

    def section(self, section: Section) -> None:
        """Write a table: its title, its header (again on each page), its rows."""
        self._room(4)
        self._text(_MARGIN, section.title, "VeraBd", 10)
        self._down()
        head = self._cells(section, [column.name for column in section.columns], "VeraBd")
        self._row(section, head, "VeraBd")
        for row in section.rows:
            cells = self._cells(section, row, "Vera")
            if self._room(max(map(len, cells))):
                self._row(section, head, "VeraBd")
            self._row(section, cells, "Vera")
        self._down()

    def end(self) -> None:
        """Finish the last page and the file."""
        self.canvas.showPage()
        self.canvas.save()

    def _turn(self) -> None:
        if self.page:
            self.canvas.showPage()
        self.page += 1
        self.y = _PAPER[1] - _MARGIN
        self._text(_MARGIN, _lines(self.title, "VeraBd", 13, self.width - 60)[0], "VeraBd", 13)
        self.canvas.setFont("Vera", _SIZE)
        self.canvas.drawRightString(_PAPER[0] - _MARGIN, self.y, str(self.page))
        self.y -= 2 * _STEP

    def _room(self, lines: int) -> bool:
        """Turn the page where there is no room for so many lines; tell whether it was turned."""
        if self.y - lines * _STEP > _MARGIN:
            return False
        self._turn()
        return True

    def _wide(self, section: Section) -> list[float]:
        total = sum(column.width for column in section.columns)
        return [self.width * column.width / total for column in section.columns]

    def _cells(self, section: Section, row: Sequence[Any], font: str) -> list[list[str]]:
        """Return the lines of each cell."""
        texts = ["" if value is None else str(value) for value in row]
        return [_lines(value, font, _SIZE, wide - 6) for value, wide in zip(texts, self._wide(section), strict=True)]

    def _row(self, section: Section, cells: Sequence[Sequence[str]], font: str) -> None:
        for number in range(max(map(len, cells))):
            left = float(_MARGIN)
            for column, lines, wide in zip(section.columns, cells, self._wide(section), strict=True):
                shown = lines[number] if number < len(lines) else ""
                if column.kind == NUMBER:
                    self.canvas.setFont(font, _SIZE)
                    self.canvas.drawRightString(left + wide - 6, self.y, shown)
                else:
                    self._text(left, shown, font, _SIZE)
                left += wide
            self._down()
        if font == "VeraBd":
            self.canvas.setLineWidth(0.5)
            self.canvas.line(_MARGIN, self.y + _STEP - 3, _PAPER[0] - _MARGIN, self.y + _STEP - 3)

    def _text(self, left: float, shown: str, font: str, size: int) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(left, self.y, shown)

    def _down(self) -> None:
        self.y -= _STEP


def _lines(value: str, font: str, size: int, wide: float) -> list[str]:
    """Return a text in lines that fit into a width, broken between words where it can be."""
    rest, lines = printable(value), []
    while rest:
        here = rest
        fits = max(1, bisect.bisect_right(range(1, len(here) + 1), wide, key=lambda n: pdfmetrics.stringWidth(here[:n], font, size)))
        gap = here.rfind(" ", 1, fits + 1)
        end = gap if fits < len(here) and gap > 0 else fits
        lines.append(here[:end])
        rest = here[end:].lstrip()
    return lines or [""]
