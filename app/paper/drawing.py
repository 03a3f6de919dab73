"""Draw the sheets of a count as PDF pages, with boxes to write in; the same paper always as the same bytes."""

import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from app import letters
from app.labels import symbols
from app.labels.symbols import Symbol
from app.letters import BOLD, PLAIN
from app.paper.asking import Asked, Paper, Row
from app.paper.words import WORDS, Words

SIZES = {"a4": A4, "letter": LETTER}
_MARGIN = 36.0
_TOP, _BOTTOM = 54.0, 62.0
"""Heights of a page's head and foot."""
_HEAD, _ROW = 74.0, 25.0
"""Heights of a sheet's head and of a line to write in."""
_BARS = 24.0
_MODULE = 0.8
"""Points: 0.28 mm, which any reader resolves."""
_COUNTED, _EXPECTED = 110.0, 64.0
"""Widths of columns."""
_OTHERS = 2
"""Lines for what isn't expected."""


class Look(NamedTuple):
    """How it is printed. `as_of`: when the book was read, where what is expected is printed; None where it isn't."""

    size: str = "a4"
    language: str = "en"
    part: int = 1
    as_of: str | None = None


class _Block(NamedTuple):
    """What stands of a sheet on one page."""

    asked: Asked
    rows: Sequence[Row]
    others: int
    continued: bool

    @property
    def height(self) -> float:
        return _HEAD + _ROW * (len(self.rows) + self.others)


def draw(paper: Paper, look: Look) -> bytes:
    """Return the pages; each can be handed to another person."""
    letters.register()
    width, height = SIZES[look.size]
    pages = list(_pages(paper.sheets, height - 2 * _MARGIN - _TOP - _BOTTOM))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
    words = WORDS[look.language]
    canvas.setTitle(words.title.format(count=paper.code))
    pen = _Pen(canvas, words, width, height, look.as_of is not None)
    for number, blocks in enumerate(pages, 1):
        pen.frame(paper, look, words.page.format(n=number, m=len(pages)))
        y = height - _MARGIN - _TOP
        for block in blocks:
            pen.block(block, y)
            y -= block.height
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _pages(sheets: Sequence[Asked], room: float) -> Iterator[list[_Block]]:
    """Give the pages: a sheet stays together where it fits on one, else its rows go on."""
    page: list[_Block] = []
    left = room
    for asked in sheets:
        others = _OTHERS if asked.whole else 0
        whole = _Block(asked, asked.rows, others, False)
        if whole.height > left and page:
            yield page
            page, left = [], room
        rows, continued = list(asked.rows), False
        while _HEAD + _ROW * (len(rows) + others) > room:
            fit = int((room - _HEAD) // _ROW)
            yield [_Block(asked, rows[:fit], 0, continued)]
            rows, continued = rows[fit:], True
        block = _Block(asked, rows, others, continued)
        page.append(block)
        left -= block.height
    if page:
        yield page


class _Pen:
    """Draws on one page after the other."""

    def __init__(self, canvas: Canvas, words: Words, width: float, height: float, expected: bool) -> None:
        self.canvas, self.words, self.expected = canvas, words, expected
        self.left, self.right, self.height = _MARGIN, width - _MARGIN, height

    def frame(self, paper: Paper, look: Look, page: str) -> None:
        """Draw head and foot: which count, which page, who counted."""
        top = self.height - _MARGIN
        middle = (self.left + self.right) / 2
        self._text(self.left, top - 14, self.words.title.format(count=paper.code), BOLD, 15, middle - self.left)
        said = [
            paper.note, self.words.part.format(n=look.part, m=paper.parts) if paper.parts > 1 else "",
            self.words.as_of.format(at=look.as_of) if look.as_of else "", page,
        ]  # fmt: skip
        self._text(self.left, top - 28, " \u00b7 ".join(one for one in said if one), PLAIN, 9, self.right - self.left - 130)
        self._symbol(self.right, top, paper.code, 120)
        self._signed(_MARGIN + 20)

    def _signed(self, y: float) -> None:
        wide = (self.right - self.left) / (len(self.words.signed) + 2)
        x = self.left
        for number, word in enumerate(self.words.signed):
            span = wide * (2 if number in (0, len(self.words.signed) - 1) else 1)
            self.canvas.setLineWidth(0.7)
            self.canvas.line(x, y, x + span - 8, y)
            self._text(x, y - 10, word, PLAIN, 7.5, span - 8)
            x += span

    def block(self, block: _Block, top: float) -> None:
        """Draw a sheet: where, how it was done, and the lines to write in."""
        asked, words = block.asked, self.words
        self.canvas.setLineWidth(1.2)
        self.canvas.line(self.left, top - 4, self.right, top - 4)
        more = [words.recount.format(n=asked.sequence) if asked.sequence > 1 else "", asked.operator or "", asked.name]
        more += [words.continued] if block.continued else []
        self._text(self.left, top - 19, asked.location, BOLD, 13, 150)
        self._text(self.left, top - 31, " \u00b7 ".join(one for one in more if one), PLAIN, 8, 150)
        self._symbol(self.left + 320, top - 9, asked.location, 160)
        self._symbol(self.right, top - 9, asked.sheet, 150)
        x = self.left
        for word in [words.empty, words.complete] if asked.whole else [words.complete]:
            x = self._tick(x, top - 54, word)
        if asked.check:
            self._check(top - 55)
        y = top - 66
        self.canvas.setLineWidth(0.5)
        self._text(self.left, y, words.product, BOLD, 8, 200)
        self._right(self.right - _COUNTED - 6, y, words.expected if self.expected else "", BOLD, 8)
        self._text(self.right - _COUNTED + 4, y, words.counted, BOLD, 8, _COUNTED)
        y = top - _HEAD + 4
        for row in block.rows:
            self._row(row, y)
            y -= _ROW
        for _ in range(block.others):
            self._text(self.left, y - 20, words.other, PLAIN, 6.5, 140)
            self.canvas.line(self.left + 110, y - 22, self.right - _COUNTED - 10, y - 22)
            self._box(self.right - _COUNTED, y - 23, _COUNTED, 21)
            y -= _ROW

    def _row(self, row: Row, y: float) -> None:
        wide = self.right - self.left - _COUNTED - 10 - (_EXPECTED if self.expected else 0)
        self._text(self.left, y - 10, row.name, PLAIN, 9.5, wide)
        self._text(self.left, y - 21, " \u00b7 ".join(one for one in (row.sku, row.lot, row.serial) if one), PLAIN, 8, wide)
        if self.expected:
            self._right(self.right - _COUNTED - 6, y - 15, row.expected, PLAIN, 10)
        self._box(self.right - _COUNTED, y - 23, _COUNTED, 21)
        self._right(self.right - 4, y - 20, letters.shown(row.unit)[:10], PLAIN, 7)

    def _check(self, y: float) -> None:
        for x in (self.right - 36, self.right - 18):
            self._box(x, y - 4, 16, 16)
        self._right(self.right - 42, y, self.words.check, PLAIN, 8)

    def _tick(self, x: float, y: float, word: str) -> float:
        """Draw a box to tick, with its word; return where the next one goes."""
        self._box(x, y - 2, 11, 11)
        self._text(x + 16, y, word, PLAIN, 8, 200)
        return float(x + 30 + pdfmetrics.stringWidth(word, PLAIN, 8))

    def _box(self, x: float, y: float, wide: float, high: float) -> None:
        self.canvas.setLineWidth(0.7)
        self.canvas.rect(x, y, wide, high)

    def _symbol(self, right: float, top: float, text: str, most: float) -> None:
        """Draw the barcode of a text with its right end there and the text below; a QR code where bars would be too wide."""
        symbol = _drawn(text, most)
        module = _MODULE if symbol.linear else max(_MODULE, _BARS / len(symbol.rows))
        high = _BARS if symbol.linear else module
        left = right - len(symbol.rows[0]) * module
        path = self.canvas.beginPath()
        for number, row in enumerate(symbol.rows):
            for at, many in symbols.runs(row):
                path.rect(left + at * module, top - (number + 1) * high, many * module, high)
        self.canvas.drawPath(path, stroke=0, fill=1)
        self._right(right, top - high * len(symbol.rows) - 8, _fit(text, PLAIN, 7, most)[0], PLAIN, 7)

    def _text(self, x: float, y: float, text: str, font: str, size: float, most: float) -> None:
        shown, size = _fit(text, font, size, most)
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, shown)

    def _right(self, x: float, y: float, text: str, font: str, size: float) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawRightString(x, y, text)


def _drawn(text: str, most: float) -> Symbol:
    if text.isascii():
        symbol = symbols.draw("code128", text)
        if len(symbol.rows[0]) * _MODULE <= most:
            return symbol
    return symbols.draw("qr", text)


def _fit(text: str, font: str, size: float, most: float) -> tuple[str, float]:
    """Return what of a text fits into a width, and a size from `size` down to 6."""
    text = letters.shown(text)
    wide = pdfmetrics.stringWidth(text, font, size)
    if wide <= most:
        return text, size
    smaller = max(6.0, size * most / wide)
    while text and pdfmetrics.stringWidth(text, font, smaller) > most:
        text = text[:-2] + "\u2026" if len(text) > 2 else ""
    return text, smaller
