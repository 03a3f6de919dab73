"""Every label gives its text back: random ones of each kind, as PNG, SVG, PDF and ZPL, read at 203 dpi by a reader that wrote none.

The control makes bars a fraction of a dot wide, as a page that is scaled to fit does, and must not be read.
"""

import random
from collections.abc import Callable

from PIL import Image

from app.labels import layout, pdf, png, svg, symbols, zpl
from app.labels.layout import Label, Placed
from app.labels.stock import STOCKS
from app.products.codes import check_digit
from campaigns import Outcome, hold, progress, readers

SHEET = STOCKS["letter-10"]
_ASCII = [chr(c) for c in range(0x21, 0x7F)]
_ANY = [*_ASCII, *"äßéñЖщ仓漢字かな한글\U0001f4e6 "]
_GS1 = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"%&'()*+,-./:;<=>?_"]


def campaign(number: int, seed: int) -> Outcome:
    chance = random.Random(seed)
    widths: set[int] = set()
    for count, kind in enumerate(symbols.KINDS):
        progress(count, len(symbols.KINDS), "kinds")
        made = [(text, place(kind, text)) for text in (one(kind, chance) for _ in range(number))]
        for text, placed in made:
            widths.add(placed.module)
            for name, picture in pictures(placed).items():
                hold(readers.read(picture, kind) == text, f"seed {seed}: {kind} {text!r} can't be read as {name}")
        pages = list(readers.pdf(pdf.draw([placed for _, placed in made], SHEET)))
        hold(len(pages) == -(-number // SHEET.per_page), "pages are missing")
        for at, (text, placed) in enumerate(made):
            cut = cell(pages[at // SHEET.per_page], at % SHEET.per_page, placed)
            hold(readers.read(cut, kind) == text, f"seed {seed}: {kind} {text!r} can't be read as PDF")
    lost = control(chance, number)
    hold(lost > 0, "control: bars of a fraction of a dot were all read")
    facts = {"each as": "PNG, SVG, ZPL, PDF", "not read": 0, "dots of a module": f"{min(widths)} to {max(widths)}"}
    return Outcome("labels", number * len(symbols.KINDS), f"labels, {number} of each kind", facts, f"{lost} of {number} not read")


def place(kind: str, text: str, dpi: int = readers.DPI) -> Placed:
    return layout.place(Label(kind, text, text, ("one line", "another")), SHEET, dpi)


def pictures(placed: Placed) -> dict[str, Image.Image]:
    return {"PNG": readers.png(png.draw(placed)), "SVG": readers.svg(svg.draw(placed)), "ZPL": readers.zpl(zpl.draw(placed))[0]}


def cell(page: Image.Image, at: int, placed: Placed) -> Image.Image:
    """Cut one label out of a page of a sheet."""
    left, top = (round(mm * readers.DPI / 25.4) for mm in SHEET.corner(at))
    return page.crop((left, top, left + placed.width, top + placed.height))


def control(chance: random.Random, number: int) -> int:
    """Return how many Code 128 of 1.4 dots a module are not read: what a label scaled to fit comes to at 203 dpi."""
    lost = 0
    for _ in range(number):
        text = one("code128", chance)
        placed = place("code128", text)._replace(module=5)
        picture = readers.png(png.draw(placed._replace(width=placed.width * 3, x=100, lines=())))
        small = picture.resize((picture.width * 14 // 50, picture.height), Image.Resampling.NEAREST)
        lost += readers.read(small, "code128") != text
    return lost


def one(kind: str, chance: random.Random) -> str:
    """Return a text of that kind."""
    return _TEXTS[kind](chance)


def _number(length: int) -> Callable[[random.Random], str]:
    def drawn(chance: random.Random) -> str:
        digits = "".join(chance.choice("0123456789") for _ in range(length - 1))
        return digits + check_digit(digits)

    return drawn


def _some(letters: list[str], most: int, chance: random.Random) -> str:
    return "".join(chance.choice(letters) for _ in range(chance.randint(1, most)))


def _lot(most: int) -> Callable[[random.Random], str]:
    """GTIN, sometimes an expiry, a lot, sometimes a serial number: 48 characters are the most of a GS1-128."""

    def drawn(chance: random.Random) -> str:
        expiry = f"17{chance.randrange(100):02d}{chance.randint(1, 12):02d}{chance.randrange(29):02d}" if chance.random() < 0.5 else ""
        serial = "\x1d21" + _some(_GS1, most // 2, chance) if chance.random() < 0.4 else ""
        return f"01{_number(14)(chance)}{expiry}10{_some(_GS1, most, chance)}{serial}"

    return drawn


_TEXTS: dict[str, Callable[[random.Random], str]] = {
    "code128": lambda chance: _some(_ASCII, 20, chance) if chance.random() < 0.5 else _some(list("0123456789ABCDEF-"), 24, chance),
    "ean13": _number(13),
    "ean8": _number(8),
    "upca": _number(12),
    "itf14": _number(14),
    "gs1_128": _lot(8),
    "gs1_datamatrix": _lot(20),
    "qr": lambda chance: _some(_ANY if chance.random() < 0.5 else _ASCII, 64, chance).strip() or "x",
}
