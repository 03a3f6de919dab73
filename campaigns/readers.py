"""Read labels as others would: files back to dots by other means than wrote them, and codes by zxing-cpp, which writes none of ours."""

import io
import math
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pypdfium2
import zxingcpp
from PIL import Image, ImageDraw

DPI = 203
FORMATS = {
    "code128": (zxingcpp.BarcodeFormat.Code128, ("]C0",)),
    "ean13": (zxingcpp.BarcodeFormat.EAN13, ("]E0",)),
    "ean8": (zxingcpp.BarcodeFormat.EAN8, ("]E4",)),
    "upca": (zxingcpp.BarcodeFormat.UPCA, ("]E0",)),
    "itf14": (zxingcpp.BarcodeFormat.ITF, ("]I1",)),
    "gs1_128": (zxingcpp.BarcodeFormat.Code128, ("]C1",)),
    "gs1_datamatrix": (zxingcpp.BarcodeFormat.DataMatrix, ("]d2",)),
    "qr": (zxingcpp.BarcodeFormat.QRCode, ("]Q1", "]Q2")),
}
"""What the reader calls each kind, and the AIM ids that it may say: GS1 or not is a part of the symbol."""


def read(picture: Image.Image, kind: str) -> str | None:
    """Return what the one code on a picture says; None where there isn't exactly one of this kind."""
    sort, aims = FORMATS[kind]
    # Downscaled copies are for blurred photos; they make it see codes that nobody printed.
    found = zxingcpp.read_barcodes(picture, formats=sort, text_mode=zxingcpp.TextMode.Plain, try_downscale=False)
    if len(found) != 1 or found[0].symbology_identifier not in aims:
        return None
    return found[0].text[1:] if kind == "upca" and found[0].text.startswith("0") else found[0].text  # the same bars, as an EAN-13


def png(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file)).convert("L")


def svg(file: bytes) -> Image.Image:
    """Draw the paths of an SVG of ours."""
    root = ElementTree.fromstring(file)
    size = [float(root.attrib[name].removesuffix("mm")) for name in ("width", "height")]
    box = [float(number) for number in root.attrib["viewBox"].split()]
    scale = size[0] / 25.4 * DPI / box[2]
    picture = Image.new("L", (round(box[2] * scale), round(box[3] * scale)), 255)
    pen = ImageDraw.Draw(picture)
    bars = root.findall("{http://www.w3.org/2000/svg}path")[1].attrib["d"]
    for x, y, wide, high in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\3z", bars):
        left, top, right, bottom = (round(float(edge) * scale) for edge in (x, y, int(x) + int(wide), int(y) + int(high)))
        pen.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return picture


def pdf(file: bytes, dpi: int = DPI) -> Iterator[Image.Image]:
    """Give the pages of a PDF as PDFium (Chromium's) draws them."""
    book = pypdfium2.PdfDocument(file)
    for number in range(len(book)):
        page = book[number]
        width, height = ((math.ceil(points * dpi / 72 - 0.01) - 0.001) * 72 / dpi for points in page.get_size())
        page.set_mediabox(0, page.get_height() - height, width, page.get_height())  # whole dots, or PDFium stretches the page to them
        bitmap = page.render(scale=dpi / 72, grayscale=True)
        yield bitmap.to_pil().copy()
        bitmap.close()
        page.close()
    book.close()


def pdf_texts(file: bytes) -> Iterator[str]:
    """Give the text of each page of a PDF, as PDFium finds it."""
    book = pypdfium2.PdfDocument(file)
    for number in range(len(book)):
        page = book[number]
        words = page.get_textpage()
        yield words.get_text_bounded().replace("\r\n", "\n")
        words.close()
        page.close()
    book.close()


def all_read(picture: Image.Image) -> set[str]:
    """Return what all codes on a page say."""
    return {one.text for one in zxingcpp.read_barcodes(picture, text_mode=zxingcpp.TextMode.Plain, try_downscale=False)}


def zpl(file: bytes) -> tuple[Image.Image, list[str], int]:
    """Play one label of ZPL: its picture (without letters), its texts, its copies. Whatever it doesn't know is an error."""
    picture, texts, copies = Image.new("L", (1, 1), 255), [], 0
    at, hexed, width, began = (0, 0), False, 0, False
    for name, said in re.findall(r"\^([A-Z][A-Z0-9])([^^~]*)", _whole(file)):
        if name == "XA":
            began = True
        elif name == "PW":
            width = int(said)
        elif name == "LL":
            picture = Image.new("L", (width, int(said)), 255)
        elif name == "FO":
            at = tuple(map(int, said.split(",")))
        elif name == "GF":
            picture.paste(_dots(said), at)
        elif name == "FH":
            hexed = True
        elif name == "FD":
            assert hexed, "a text that isn't escaped"
            texts.append(re.sub(b"_([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), said.encode()).decode())
        elif name == "FS":
            hexed = False
        elif name == "PQ":
            copies = int(said)
        else:
            assert name in ("CI", "LH", "A0", "XZ"), f"^{name} is none of ours"
    assert began
    return picture, texts, copies


def _whole(file: bytes) -> str:
    text = file.decode("ascii")
    assert text.startswith("^XA")
    assert text.endswith("^XZ\n")
    assert text.count("^XA") == text.count("^XZ") == 1
    assert "~" not in text
    return text.rstrip("\n")


def _dots(said: str) -> Image.Image:
    kind, total, all_, across, data = said.split(",", 4)
    assert (kind, total) == ("A", all_)
    rows: list[bytes] = []
    while data:
        row, data = (rows[-1], data[1:]) if data[0] == ":" else (bytes.fromhex(data[: int(across) * 2]), data[int(across) * 2 :])
        rows.append(row)
    assert len(rows) * int(across) == int(total)
    packed = bytes(255 - byte for row in rows for byte in row)
    return Image.frombytes("1", (int(across) * 8, len(rows)), packed).convert("L")
