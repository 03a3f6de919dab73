"""Labels as PDF: one page for each sheet, or for each label of a roll."""

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from app import letters
from app.labels.layout import Placed
from app.labels.stock import Stock

_POINTS = 72 / 25.4


def draw(labels: Sequence[Placed], stock: Stock, skip: int = 0) -> bytes:
    """Return a file of true size; `skip`: labels of the first sheet that are used already. The same labels give the same bytes."""
    letters.register()
    width, height = (mm * _POINTS for mm in stock.paper)
    out = io.BytesIO()
    page = Canvas(out, pagesize=(width, height), invariant=1, pageCompression=1)
    page.setTitle("Labels")
    for number, placed in enumerate(labels, skip):
        if number % stock.per_page == 0 and number > skip:
            page.showPage()
        dot = 72 / placed.dpi
        left, top = (round(mm * _POINTS / dot) * dot for mm in stock.corner(number % stock.per_page))
        _one(page, placed, left, height - top)
    page.save()
    return out.getvalue()


def _one(page: Canvas, placed: Placed, left: float, top: float) -> None:
    """Draw one label with its upper left corner there: a whole number of dots from the page's, or narrow bars become grey."""
    dot = 72 / placed.dpi
    path = page.beginPath()
    for x, y, wide, high in placed.boxes():
        path.rect(left + x * dot, top - (y + high) * dot, wide * dot, high * dot)
    page.drawPath(path, stroke=0, fill=1)
    for line in placed.lines:
        page.setFont(letters.PLAIN, line.size * dot)
        page.drawString(left + line.x * dot, top - (line.y + line.size) * dot, line.text)
