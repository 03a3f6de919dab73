"""Real photos of codes, read as stills by the app's own camera module and decoder: rates by kind, and what was misread."""

import io
import json
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.harness import Server
from tests.browser.stills import Stills

RATES = {"EAN/UPC": 114 / 168, "Code128": 22 / 22, "ITF": 20 / 20, "DataBar": 245 / 248, "QR": 125 / 137, "DataMatrix": 91 / 95}
"""What zxing reads of the whole set, each photo once and as it is; these photos are a part of it."""
NO_CODE = "FALSE"


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Stills]:
    server = Server(tmp_path_factory.mktemp("photos"))
    server.start()
    page = chromium.new_page()
    yield Stills(page, server.base)
    page.close()
    server.stop()


def test_photos_are_read_at_least_as_often_as_by_the_decoder_alone_and_never_wrong(
    outside: Path, stills: Stills, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = json.loads((outside / "photos" / "manifest.json").read_text())
    table: dict[str, dict[str, int]] = {}
    wrong = []
    times: dict[bool, list[float]] = {True: [], False: []}
    began = time.monotonic()
    for photo in photos:
        row = table.setdefault(photo["group"], {"read": 0, "misread": 0, "total": 0, "alone": 0})
        row["total"] += 1
        content = (outside / "photos" / photo["file"]).read_bytes()
        row["alone"] += photo["text"] in read_alone(content)
        started = time.monotonic()
        got = stills.read(photo["file"], content)
        times[got is not None].append(1000 * (time.monotonic() - started))
        if got and got[0][3:] == photo["text"]:
            row["read"] += 1
        elif got:
            row["misread"] += 1
            wrong.append((photo["file"], got[0], photo["text"]))
    with capsys.disabled():
        print(f"\n\n{'kind':20}{'read':>6}{'misread':>9}{'total':>7}{'rate':>8}{'to beat':>9}{'alone':>7}")
        for kind, row in table.items():
            rate = f"{row['read'] / row['total']:.1%}" if kind != NO_CODE else ""
            beat = f"{RATES[kind]:.1%}" if kind in RATES else ""
            print(f"{kind:20}{row['read']:6}{row['misread']:9}{row['total']:7}{rate:>8}{beat:>9}{row['alone']:7}")
        print(f"{len(photos)} photos in {time.monotonic() - began:.0f} s")
        for read, took in times.items():
            print(f"{'read' if read else 'not read'}: {len(took)}, median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")
    assert table[NO_CODE]["misread"] == 0
    assert len(wrong) <= 1, wrong
    # Two bars: the rate of the whole set, less what one photo is of this part of it; and what the decoder alone reads of these very photos.
    short = {kind: row for kind, row in table.items() if kind in RATES and row["read"] < max(int(RATES[kind] * row["total"]), row["alone"])}
    assert short == {}


def read_alone(content: bytes) -> set[str]:
    """Return what zxing reads of a photo with its default options, a single read believed."""
    with Image.open(io.BytesIO(content)) as photo:
        return {code.text for code in zxingcpp.read_barcodes(photo.convert("L"), text_mode=zxingcpp.TextMode.Plain)}
