"""A label as SVG of true size."""

from xml.sax.saxutils import escape

from app.labels.layout import Placed


def draw(placed: Placed) -> bytes:
    """Return one SVG: modules as one path, texts as text in the reader's own font."""
    mm = 25.4 / placed.dpi
    size = f'width="{placed.width * mm:.3f}mm" height="{placed.height * mm:.3f}mm" viewBox="0 0 {placed.width} {placed.height}"'
    path = "".join(f"M{x} {y}h{wide}v{high}h-{wide}z" for x, y, wide, high in placed.boxes())
    texts = "".join(
        f'<text x="{line.x}" y="{line.y + line.size}" font-size="{line.size}" font-family="Verdana, sans-serif">{escape(line.text)}</text>'
        for line in placed.lines
    )
    paper = f'<path fill="#fff" d="M0 0h{placed.width}v{placed.height}H0z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{paper}<path shape-rendering="crispEdges" d="{path}"/>{texts}</svg>\n'.encode()
