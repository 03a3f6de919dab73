"""Make files of labels: all of them or none, with a reason for each that can't be made."""

from collections.abc import Sequence
from typing import NamedTuple

from app.errors import Problem
from app.labels import choosing, layout, pdf, png, svg, zpl
from app.labels.layout import Label, Placed
from app.labels.stock import Stock
from app.labels.symbols import Refused

FORMATS = {"pdf": "application/pdf", "zpl": "application/zpl; charset=us-ascii", "svg": "image/svg+xml", "png": "image/png"}


class Order(NamedTuple):
    """How labels are wanted: each `copies` times; on sheets, beginning after the first `skip`."""

    stock: Stock
    dpi: int = layout.DPI[0]
    copies: int = 1
    skip: int = 0


def place(labels: Sequence[Label], order: Order) -> list[Placed]:
    """Lay all out; raises bad_request with each one that is refused, or for too many."""
    if len(labels) * order.copies > choosing.MOST:
        raise choosing.too_many()
    if order.skip and order.skip >= order.stock.per_page:
        raise Problem(
            "bad_request", f"A page has {order.stock.per_page} labels.", [{"field": "skip", "message": "Leaves no label of the page."}]
        )
    placed, errors = [], []
    for label in labels:
        try:
            placed.append(layout.place(label, order.stock, order.dpi))
        except Refused as refusal:
            errors.append({"field": label.text, "message": str(refusal)})
    if errors:
        raise Problem("bad_request", f"{len(errors)} of {len(labels)} labels can't be made.", errors)
    return placed


def pages(labels: int, order: Order) -> int:
    """Return how many pages so many labels and their copies take."""
    return -(-(order.skip + labels * order.copies) // order.stock.per_page)


def make(kind: str, placed: Sequence[Placed], order: Order) -> bytes:
    """Return a file; raises bad_request where that kind of file can't hold them."""
    if kind == "pdf":
        return pdf.draw([one for one in placed for _ in range(order.copies)], order.stock, order.skip)
    if kind == "zpl":
        if order.stock.page:
            raise Problem("bad_request", "A label printer has no sheets.", [{"field": "stock", "message": "Choose a roll."}])
        return b"".join(zpl.draw(one, order.copies) for one in placed)
    if len(placed) != 1:
        raise Problem("bad_request", "A picture is of one label; take PDF or ZPL for more.")
    return svg.draw(placed[0]) if kind == "svg" else png.draw(placed[0])
