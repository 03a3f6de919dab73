"""Where everything stands on a label, in dots of a printer: bars and modules are whole dots wide, or a label is refused."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from app.labels import lettering, symbols
from app.labels.stock import Stock
from app.labels.symbols import Refused, Symbol

DPI = (203, 300)
_MARGIN = 2.0
_BAR = (0.25, 0.66)
"""Least and most width of a bar's module in mm: two dots of a 203 dpi printer are 0.25; 0.66 is what GS1 allows an EAN."""
_DOT = (0.33, 1.0)
"""The same of a two-dimensional module."""
_LEAST_HEIGHT, _MOST_HEIGHT = 5.0, 25.0
"""Of bars."""
_LEAST_LETTER = 1.8
_ROUNDING = 0.01


class Label(NamedTuple):
    """What one label says: a symbol's kind and text; for people a title and lines below it."""

    kind: str
    text: str
    title: str
    lines: tuple[str, ...] = ()


class Line(NamedTuple):
    """A text: its left and top, and how high its letters are."""

    x: int
    y: int
    size: int
    text: str


class Placed(NamedTuple):
    """A label in dots."""

    dpi: int
    width: int
    height: int
    symbol: Symbol
    x: int
    y: int
    module: int
    """Dots of a module."""
    high: int
    """Dots of one row of modules: the height of bars."""
    lines: tuple[Line, ...]

    def boxes(self) -> Iterator[tuple[int, int, int, int]]:
        """Give the dark rectangles: left, top, width, height."""
        for number, row in enumerate(self.symbol.rows):
            for at, many in symbols.runs(row):
                yield self.x + at * self.module, self.y + number * self.high, many * self.module, self.high


def place(label: Label, stock: Stock, dpi: int = DPI[0]) -> Placed:
    """Put a label's symbol and texts on stock; raises Refused where it can't be drawn, or not wide enough to be read."""
    symbol = symbols.draw(label.kind, label.text)
    return (_bars if symbol.linear else _matrix)(label, symbol, stock, dpi)


def dots(mm: float, dpi: int) -> int:
    """Return how many whole dots fit in so many mm."""
    return int(mm * dpi / 25.4 + _ROUNDING)


def _bars(label: Label, symbol: Symbol, stock: Stock, dpi: int) -> Placed:
    """Title, bars below it, lines below them; the bars are as high as is left."""
    width, height, margin = dots(stock.width, dpi), dots(stock.height, dpi), dots(_MARGIN, dpi)
    modules = len(symbol.rows[0])
    module = _module(_BAR, width // (modules + 2 * symbol.quiet), dpi)
    above, below = _texts(label, stock, dpi, width - 2 * margin)
    top = margin + sum(_step(size) for _, size in above)
    high = min(height - margin - top - sum(_step(size) for _, size in below), dots(_MOST_HEIGHT, dpi))
    if high < dots(_LEAST_HEIGHT, dpi):
        raise Refused("The label is too low for bars.")
    lines = [*_stack(above, margin, margin), *_stack(below, margin, top + high + dots(0.5, dpi))]
    left = max(margin, symbol.quiet * module)
    return Placed(dpi, width, height, symbol, min(left, (width - modules * module) // 2), top, module, high, tuple(lines))


def _matrix(label: Label, symbol: Symbol, stock: Stock, dpi: int) -> Placed:
    """On a wide label the symbol on the left and the texts on its right, else the texts above and below."""
    width, height, margin = dots(stock.width, dpi), dots(stock.height, dpi), dots(_MARGIN, dpi)
    side = len(symbol.rows) + 2 * symbol.quiet
    if width > 1.3 * height:
        module = _module(_DOT, min(height // side, width * 11 // 20 // side), dpi)
        x = max(symbol.quiet * module, margin)
        beside = x + (side - symbol.quiet) * module
        above, below = _texts(label, stock, dpi, width - margin - beside)
        lines = _stack([*above, *below], beside, (height - sum(_step(size) for _, size in [*above, *below])) // 2)
        return Placed(dpi, width, height, symbol, x, (height - len(symbol.rows) * module) // 2, module, module, tuple(lines))
    above, below = _texts(label, stock, dpi, width - 2 * margin)
    top, bottom = (sum(_step(size) for _, size in some) for some in (above, below))
    module = _module(_DOT, min(width // side, (height - 2 * margin - top - bottom) // side), dpi)
    end = margin + top + side * module
    lines = [*_stack(above, margin, margin), *_stack(below, margin, end)]
    return Placed(
        dpi,
        width,
        height,
        symbol,
        (width - len(symbol.rows) * module) // 2,
        margin + top + symbol.quiet * module,
        module,
        module,
        tuple(lines),
    )


def _module(bounds: tuple[float, float], most: int, dpi: int) -> int:
    """Return the dots of a module: as many as fit, not more than is useful; raises Refused where they'd be too few to be read."""
    least = math.ceil(bounds[0] * dpi / 25.4 - 2 * _ROUNDING)
    if most < least:
        raise Refused("Doesn't fit on this label: take a larger one, or a QR code.")
    return min(most, math.floor(bounds[1] * dpi / 25.4 + 2 * _ROUNDING))


_Texts = list[tuple[str, int]]


def _texts(label: Label, stock: Stock, dpi: int, most: int) -> tuple[_Texts, _Texts]:
    """Return title and lines, each with a size at which it is at most so wide."""
    tall = min(stock.width * 0.6, stock.height)
    least = dots(_LEAST_LETTER, dpi)
    title = [lettering.fit(label.title, dots(min(max(tall * 0.16, 2.6), 9), dpi), least, most)]
    lines = [lettering.fit(line, dots(min(max(tall * 0.09, 2.0), 4.5), dpi), least, most) for line in label.lines]
    return [one for one in title if one[0]], [one for one in lines if one[0]]


def _step(size: int) -> int:
    return size * 5 // 4 + 1


def _stack(texts: _Texts, x: int, y: int) -> list[Line]:
    lines = []
    for text, size in texts:
        lines.append(Line(x, y, size, text))
        y += _step(size)
    return lines
