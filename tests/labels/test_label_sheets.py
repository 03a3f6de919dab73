"""Sheets of labels: where each stands, on which page, and the same bytes for the same labels."""

import pytest

from app.labels import layout, pdf
from app.labels.layout import Label
from app.labels.stock import A4, LETTER, STOCKS
from campaigns import readers

SHEETS = [stock for stock in STOCKS.values() if stock.page]


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.name)
def test_a_sheet_is_filled_within_its_edges_and_from_the_middle(stock: layout.Stock) -> None:
    width, height = stock.paper
    assert stock.page in (A4, LETTER)
    right, bottom = (a + b for a, b in zip(stock.corner(stock.per_page - 1), (stock.width, stock.height), strict=True))
    assert width - right == pytest.approx(stock.left, abs=0.2)
    assert height - bottom == pytest.approx(stock.top, abs=0.2)
    assert stock.across >= stock.width
    assert stock.down >= stock.height


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.name)
def test_every_label_of_a_sheet_can_be_read_in_its_place(stock: layout.Stock) -> None:
    texts = [f"S-{number}" for number in range(stock.per_page + 1)]
    file = pdf.draw([layout.place(Label("qr", text, text), stock) for text in texts], stock)
    first, second = readers.pdf(file)
    for page, at, text in [*((first, at, text) for at, text in enumerate(texts[:-1])), (second, 0, texts[-1])]:
        left, top = (mm * readers.DPI / 25.4 for mm in stock.corner(at))
        cell = page.crop((int(left), int(top), int(left + stock.width * 8), int(top + stock.height * 8)))
        assert readers.read(cell, "qr") == text


@pytest.mark.parametrize("stock", SHEETS, ids=lambda stock: stock.name)
def test_bars_are_whole_dots_in_every_place_of_a_sheet(stock: layout.Stock) -> None:
    """Half a dot beside bars two dots wide is grey: one of a hundred such labels couldn't be read."""
    placed = layout.place(Label("code128", "A_5E_1", "A_5E_1"), stock)
    (page,) = readers.pdf(pdf.draw([placed] * stock.per_page, stock))
    for at in range(stock.per_page):
        left, top = (round(mm * readers.DPI / 25.4) for mm in stock.corner(at))
        cell = page.crop((left, top, left + placed.width, top + placed.height))
        assert readers.read(cell, "code128") == "A_5E_1"
        bars = cell.crop((0, placed.y + placed.high // 2, placed.width, placed.y + placed.high // 2 + 1))
        assert all(shade < 4 or shade > 251 for _, shade in bars.getcolors()), f"label {at} has grey bars"


def test_used_labels_of_a_sheet_are_skipped() -> None:
    stock = STOCKS["a4-21"]
    placed = layout.place(Label("qr", "X", "X"), stock)
    pages = list(readers.pdf(pdf.draw([placed] * 2, stock, skip=20)))
    assert len(pages) == 2
    left, top = (int(mm * 8) for mm in stock.corner(20))
    assert readers.read(pages[0], "qr") == readers.read(pages[1], "qr") == "X"
    assert readers.read(pages[0].crop((left, top, left + 500, top + 300)), "qr") == "X"


def test_a_roll_has_a_page_for_each_label() -> None:
    stock = STOCKS["roll-57x32"]
    placed = layout.place(Label("qr", "X", "X"), stock)
    pages = list(readers.pdf(pdf.draw([placed] * 3, stock)))
    assert [readers.read(page, "qr") for page in pages] == ["X"] * 3


def test_the_same_labels_are_the_same_bytes() -> None:
    stock = STOCKS["a4-24"]
    placed = [layout.place(Label("qr", "X", "Größe"), stock)] * 30
    assert pdf.draw(placed, stock) == pdf.draw(placed, stock)
