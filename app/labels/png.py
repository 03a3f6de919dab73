"""A label as PNG: one pixel is one dot, black or white."""

import io

from PIL import Image, ImageDraw

from app.labels import lettering
from app.labels.layout import Placed


def draw(placed: Placed) -> bytes:
    """Return one PNG with its resolution, so that it prints in true size."""
    picture = Image.new("1", (placed.width, placed.height), 1)
    pen = ImageDraw.Draw(picture)
    for x, y, wide, high in placed.boxes():
        pen.rectangle((x, y, x + wide - 1, y + high - 1), fill=0)
    for line in placed.lines:
        pen.text((line.x, line.y), line.text, fill=0, font=lettering.font(line.size))
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(placed.dpi, placed.dpi))
    return out.getvalue()
