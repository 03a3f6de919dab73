"""Write the tables of a summary as XLSX and as PDF; the same tables always as the same bytes."""

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
    """Return pages with the tables below each other; a text that is too wide is cut and ends in `...`."""
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
        names = [column.name for column in section.columns]
        self._row(section, names, "VeraBd")
        for row in section.rows:
            if self._room(1):
                self._row(section, names, "VeraBd")
            self._row(section, row, "Vera")
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
        self._text(_MARGIN, _cut(self.title, "VeraBd", 13, self.width - 60), "VeraBd", 13)
        self.canvas.setFont("Vera", _SIZE)
        self.canvas.drawRightString(_PAPER[0] - _MARGIN, self.y, str(self.page))
        self.y -= 2 * _STEP

    def _room(self, lines: int) -> bool:
        """Turn the page where there is no room for so many lines; tell whether it was turned."""
        if self.y - lines * _STEP > _MARGIN:
            return False
        self._turn()
        return True

    def _row(self, section: Section, row: Sequence[Any], font: str) -> None:
        total = sum(column.width for column in section.columns)
        left = float(_MARGIN)
        for column, value in zip(section.columns, row, strict=True):
            wide = self.width * column.width / total
            shown = _cut("" if value is None else str(value), font, _SIZE, wide - 6)
            if column.kind == NUMBER:
                self.canvas.setFont(font, _SIZE)
                self.canvas.drawRightString(left + wide - 6, self.y, shown)
            else:
                self._text(left, shown, font, _SIZE)
            left += wide
        if font == "VeraBd":
            self.canvas.setLineWidth(0.5)
            self.canvas.line(_MARGIN, self.y - 3, _PAPER[0] - _MARGIN, self.y - 3)
        self._down()

    def _text(self, left: float, shown: str, font: str, size: int) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(left, self.y, shown)

    def _down(self) -> None:
        self.y -= _STEP


def _cut(value: str, font: str, size: int, wide: float) -> str:
    """Return what of a text fits into a width."""
    value = printable(value)
    if pdfmetrics.stringWidth(value, font, size) <= wide:
        return value
    while value and pdfmetrics.stringWidth(value + "...", font, size) > wide:
        value = value[: len(value) * 9 // 10 if len(value) > 200 else -1]
    return value + "..."
