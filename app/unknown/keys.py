"""What makes two unknown codes the same one, and which barcode a product needs to be named by it. Pure."""

from typing import NamedTuple

from app.products.codes import gtin14
from app.scans.codes import Asked

MOST = 128
"""How long a barcode of a product may be."""


class Key(NamedTuple):
    """`same` is equal for all codes that one barcode (`barcode`, None: none can be that long) would make known."""

    same: str
    barcode: str | None


def key(code: Asked) -> Key:
    """Return the key of a code: the trade item that its message or UPC-E is about, whatever its lot; else the code as it is."""
    if code.gtins and (code.parts is not None or gtin14(code.exact) is None):
        return Key(code.gtins[-1], code.gtins[-1])
    same = code.gtins[0] if code.gtins else code.folded
    return Key(same, code.exact if len(code.exact) <= MOST else None)
