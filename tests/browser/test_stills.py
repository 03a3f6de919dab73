"""Photos of codes as bad as phones make them are read right or not at all, and what is no code is never read as one."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import cycle

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from tests.browser import drawing
from tests.browser.harness import Gun, Server
from tests.browser.stills import Stills

CODES = {
    "ean-13": "4006381333931",
    "ean-8": "96385074",
    "code-128": "BIN-A-01-02",
    "code-39": "OP-17",
    "itf": "30712345000010",
    "qr": "https://example.org/01/04006381333931",
    "data-matrix": "LOT 4711/22",
}
HARM: dict[str, Callable[[Image.Image], Image.Image]] = {
    "clean": lambda p: p,
    "blurred": lambda p: drawing.worse(p, blur=1.2),
    "noisy": lambda p: drawing.worse(p, blur=0.6, noise=40),
    "pale": lambda p: drawing.worse(p, blur=0.8, noise=4, contrast=0.15),
    "in a shadow": lambda p: Image.composite(p, p.point(lambda grey: grey // 3), Image.linear_gradient("L").resize(p.size)),
    "small": lambda p: p.resize((p.width * 55 // 100, p.height * 55 // 100), Image.Resampling.BILINEAR),
}


@pytest.fixture(scope="module")
def stills(chromium: object, server: Server) -> Stills:
    return Stills(chromium.new_page(), server.base)


@pytest.mark.parametrize("harm", HARM)
def test_a_drawn_code_is_read_or_not_but_never_wrong(stills: Stills, harm: str, capsys: pytest.CaptureFixture[str]) -> None:
    read: Counter[str] = Counter()
    for (kind, text), turned in zip(CODES.items(), cycle((0, 7, 90, 183))):
        picture = HARM[harm](drawing.scene(drawing.code(kind, text, 240 if kind in {"qr", "data-matrix"} else 360), (800, 600), turned))
        got = stills.read(f"{kind}.png", drawing.png(picture))
        if got:
            assert (got[0][3:], got[1]) == (text, kind)
            read["read"] += 1
    with capsys.disabled():
        print(f"\n{harm}: {read['read']} of {len(CODES)}")
    assert read["read"] >= len(CODES) - (0 if harm == "clean" else 2)


def test_a_coat_of_many_colours_is_read_in_colour_files(stills: Stills) -> None:
    grey = drawing.scene(drawing.code("ean-13", CODES["ean-13"], 360), (800, 600))
    red = Image.merge("RGB", (grey, grey.point(lambda v: v // 2), grey.point(lambda v: v // 3)))
    assert stills.read("red.png", drawing.png(red)) == ("]E0" + CODES["ean-13"], "ean-13")
    clear = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    clear.putalpha(grey.point(lambda v: 255 - v if v < 200 else 0))
    assert stills.read("transparent.png", drawing.png(clear)) == ("]E0" + CODES["ean-13"], "ean-13")


@pytest.mark.parametrize(
    ("kind", "text", "read"), [("databar", "02001234567893", "]e00102001234567893"), ("ean-13", "4006381333931", "]E04006381333931")]
)
def test_bars_that_blur_has_melted_are_read(stills: Stills, kind: str, text: str, read: str) -> None:
    large = drawing.code(kind, text, 1500)
    small = large.resize((168 + 17 * (kind == "ean-13"), 90), Image.Resampling.BOX)
    picture = drawing.worse(drawing.scene(small, (400, 300), 4), blur=1.6, noise=3)
    assert zxingcpp.read_barcodes(picture) == []
    assert stills.read("melted.png", drawing.png(picture)) == (read, kind)


def stripes(seed: int) -> Image.Image:
    """Bars and fields that stand for nothing: railings, text, a keyboard."""
    dice = random.Random(seed)
    picture = Image.new("L", (800, 600), dice.randint(150, 250))
    pen = ImageDraw.Draw(picture)
    x = 40
    while x < 760:
        width = dice.choice((2, 3, 4, 6, 9, 14))
        pen.rectangle((x, 60, x + width, 260), dice.randint(0, 110))
        x += width + dice.choice((2, 3, 4, 6, 9, 14))
    for _ in range(400):
        left, top = dice.randint(40, 740), dice.randint(320, 560)
        pen.rectangle((left, top, left + dice.choice((6, 12)), top + dice.choice((6, 12))), dice.randint(0, 110))
    return drawing.worse(picture, blur=dice.choice((0.3, 1.2)), noise=dice.choice((0, 25)))


def test_what_is_no_code_is_never_read_as_one(stills: Stills) -> None:
    false = {seed: stills.read("stripes.png", drawing.png(stripes(seed))) for seed in range(6)}
    assert {seed: read for seed, read in false.items() if read} == {}


def test_a_code_cut_in_half_is_not_read(stills: Stills) -> None:
    for kind in ("ean-13", "code-128", "itf"):
        whole = drawing.code(kind, CODES[kind], 360)
        half = whole.crop((0, 0, whole.width * 6 // 10, whole.height))
        assert stills.read("half.png", drawing.png(drawing.scene(half, (800, 600)))) is None, kind


def test_a_code_39_stays_what_it_says(stills: Stills) -> None:
    """Readers take six such characters for an Italian pharmacy's number, eight digits for a German one's, and pairs with a sign for small letters."""
    for text in ("40U5PX", "-12345678", "A+B/C"):
        picture = drawing.scene(drawing.code("code-39", text, 420), (800, 600))
        assert stills.read("code-39.png", drawing.png(picture)) == ("]A0" + text, "code-39")


def test_an_itf_that_lies_askew_is_read_whole_or_not(stills: Stills) -> None:
    for turned in (17, 22, 31):
        picture = drawing.scene(drawing.code("itf", "15917758995910", 300), (640, 480), turned)
        got = stills.read("askew.png", drawing.png(picture))
        assert got is None or got[0][3:] == "15917758995910", turned


def test_the_page_that_reads_does_not_complain(guns: Callable[..., Gun], server: Server) -> None:
    gun = guns()
    assert Stills(gun.page, server.base).read("qr.png", drawing.png(drawing.code("qr", "OP-17", 200))) == ("]Q1OP-17", "qr")
