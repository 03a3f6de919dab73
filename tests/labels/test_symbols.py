"""What a symbol holds, and what it refuses."""

import random

import pytest
from barcode.codex import Code128

from app.labels import layout, symbols, zpl
from app.labels.layout import Label
from app.labels.stock import STOCKS
from app.labels.symbols import Refused
from campaigns import labels, readers


@pytest.mark.parametrize("kind", symbols.KINDS)
def test_a_text_comes_back_from_the_smallest_label_that_takes_it(kind: str) -> None:
    """On every stock, at both resolutions: either a label is refused, or it can be read."""
    chance = random.Random(kind)
    taken = 0
    for dpi in layout.DPI:
        for stock in STOCKS.values():
            text = labels.one(kind, chance)
            try:
                placed = layout.place(Label(kind, text, text, ("a line",)), stock, dpi)
            except Refused:
                continue
            taken += 1
            for name, picture in labels.pictures(placed).items():
                assert readers.read(picture, kind) == text, f"{text!r} on {stock.name} at {dpi} dpi as {name}"
    assert taken > len(STOCKS)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9521234567899", "ean13"),
        ("9521234567890", "code128"),
        ("95212346", "code128"),
        ("95212340", "ean8"),
        ("04252614", "code128"),
        ("012345678905", "upca"),
        ("19521234567896", "itf14"),
        ("A-01-02", "code128"),
        ("Gang 3/Fach ö", "qr"),
        ("仓-01", "qr"),
    ],
)
def test_a_code_gets_the_kind_it_is_of(text: str, kind: str) -> None:
    assert symbols.fitting(text) == kind
    assert readers.read(labels.pictures(labels.place(kind, text))["PNG"], kind) == text


@pytest.mark.parametrize("rest", ["", "A", "1", "12", "123A"])
def test_any_two_digits_may_stand_at_the_beginning_of_bars(rest: str) -> None:
    """The library loses 99 there; the campaign found it."""
    for number in range(100):
        text = f"{number:02d}{rest}"
        assert readers.read(labels.pictures(labels.place("code128", text))["PNG"], "code128") == text


def test_the_library_still_loses_its_99() -> None:
    """When this fails, our own class can go."""
    assert 99 not in Code128("99A").encoded


@pytest.mark.parametrize(
    ("kind", "text", "why"),
    [
        ("ean13", "9521234567890", "9 belongs at the end"),
        ("ean13", "952123456789", "13 digits"),
        ("ean13", "٩521234567899", "13 digits"),
        ("ean8", "95212346", "check digit"),
        ("upca", "9521234567899", "12 digits"),
        ("itf14", "9521234567899", "14 digits"),
        ("code128", "Fach ö", "ASCII"),
        ("code128", "A\x1dB", "ASCII"),
        ("code128", "A\nB", "ASCII"),
        ("code128", "", "ASCII"),
        ("code128", "A" * 129, "128"),
        ("gs1_128", "(01)09521234543213", "GS1"),
        ("gs1_128", "\x1d10A", "GS1"),
        ("gs1_128", "10A\x1d", "GS1"),
        ("gs1_128", "10" + "A" * 47, "48"),
        ("gs1_datamatrix", "10Lö", "GS1"),
        ("qr", "", "nothing"),
    ],
)
def test_what_a_symbol_can_not_hold_is_refused_not_mended(kind: str, text: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        symbols.draw(kind, text)


def test_bars_are_whole_dots_and_never_narrower_than_a_quarter_of_a_millimetre() -> None:
    for dpi, least in ((203, 2), (300, 3)):
        for stock in STOCKS.values():
            for text in ("A", "A-01-02", "SHELF-0123456"):
                try:
                    placed = layout.place(Label("code128", text, text), stock, dpi)
                except Refused:
                    continue
                assert placed.module >= least
                blank = symbols.draw("code128", text).quiet * placed.module
                assert placed.x >= blank
                assert placed.x + len(placed.symbol.rows[0]) * placed.module + blank <= placed.width


def test_what_does_not_fit_is_refused_not_squeezed() -> None:
    with pytest.raises(Refused, match="take a larger one"):
        layout.place(Label("code128", "A" * 40, ""), STOCKS["a4-65"])
    with pytest.raises(Refused, match="too low"):
        layout.place(Label("code128", "A", "A", tuple("123456789")), STOCKS["a4-65"])


def test_a_long_title_is_cut_where_the_label_ends() -> None:
    placed = layout.place(Label("qr", "X", "A very long name of a very small thing that nobody can carry alone" * 3), STOCKS["a4-65"])
    assert placed.lines[0].text.endswith("…")
    assert all(line.y >= 0 and line.y + line.size <= placed.height for line in placed.lines)


HOSTILE = ["^XZ^XA^FDfree^FS", "~JA", "_5E", "a_b", "<script>&\"'", "\x1b[2J\x07", "\u202eevil", "ä仓\U0001f4e6", ">;>8", "\\&", "%00"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_label_is_a_command_or_markup(text: str) -> None:
    placed = layout.place(Label("qr", text, text, (text,)), STOCKS["roll-100x50"])
    picture, texts, copies = readers.zpl(zpl.draw(placed, 3))
    assert copies == 3
    assert texts == [line.text for line in placed.lines]
    assert readers.read(picture, "qr") == text
    drawn = labels.pictures(placed)
    assert readers.read(drawn["SVG"], "qr") == readers.read(drawn["PNG"], "qr") == text


def test_zpl_escapes_each_byte_that_is_not_plainly_safe() -> None:
    assert zpl.escaped("A-1 b.2") == "A-1 b.2"
    assert zpl.escaped("^~_\\>é\n") == "_5E_7E_5F_5C_3E_C3_A9_0A"


def test_a_text_that_was_not_escaped_would_be_found() -> None:
    """The reader of these tests is strict: this is its control."""
    placed = layout.place(Label("qr", "X", "X"), STOCKS["roll-100x50"])
    with pytest.raises(AssertionError):
        readers.zpl(zpl.draw(placed).replace(b"^FH^FDX", b"^FD^XZ"))
