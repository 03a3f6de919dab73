"""Pictures and videos of codes that tests draw themselves."""

import io
import random
from pathlib import Path

import zxingcpp
from PIL import Image, ImageFilter

KINDS = {
    "ean-13": zxingcpp.BarcodeFormat.EAN13,
    "ean-8": zxingcpp.BarcodeFormat.EAN8,
    "code-128": zxingcpp.BarcodeFormat.Code128,
    "code-39": zxingcpp.BarcodeFormat.Code39,
    "itf": zxingcpp.BarcodeFormat.ITF,
    "databar": zxingcpp.BarcodeFormat.DataBarOmni,
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "data-matrix": zxingcpp.BarcodeFormat.DataMatrix,
}
PAPER = 235
"""White paper in a room."""


def code(kind: str, text: str, width: int, gs1: bool = False) -> Image.Image:
    """A printed code with its quiet zone, about so many pixels wide."""
    drawn = zxingcpp.create_barcode(text, KINDS[kind], gs1=gs1)
    small = drawn.to_image(scale=1)
    large = drawn.to_image(scale=max(1, width // small.shape[1]))
    return Image.frombytes("L", (large.shape[1], large.shape[0]), bytes(memoryview(large)))


def scene(picture: Image.Image | None, size: tuple[int, int] = (1280, 720), turned: float = 0) -> Image.Image:
    """A sheet of paper on a dark table, with the code on it or with nothing."""
    table = Image.new("L", size, 70)
    table.paste(PAPER, (size[0] // 10, size[1] // 10, size[0] * 9 // 10, size[1] * 9 // 10))
    if picture is not None:
        lying = picture.rotate(turned, expand=True, fillcolor=PAPER, resample=Image.Resampling.BICUBIC)
        table.paste(lying, ((size[0] - lying.width) // 2, (size[1] - lying.height) // 2))
    return table


def worse(picture: Image.Image, blur: float = 0, noise: int = 0, contrast: float = 1) -> Image.Image:
    """What a cheap camera makes of it."""
    soft = picture.filter(ImageFilter.GaussianBlur(blur)).point(lambda grey: int(60 + grey * contrast * 0.75))
    if not noise:
        return soft
    dice = random.Random(1)
    return Image.frombytes("L", soft.size, bytes(max(0, min(255, grey + dice.randint(-noise, noise))) for grey in soft.tobytes()))


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def video(file: Path, scenes: list[tuple[Image.Image, int]]) -> Path:
    """Write each picture for so many frames, as the motion JPEG that Chromium's fake camera plays again and again."""
    with file.open("wb") as out:
        for picture, frames in scenes:
            frame = io.BytesIO()
            picture.convert("RGB").save(frame, "JPEG", quality=90, subsampling="4:2:0")
            out.write(frame.getvalue() * frames)
    return file
