"""A label as ZPL: the symbol as dots that we drew, so that no printer encodes data; texts hex-escaped, so that none is a command."""

from app.labels.layout import Line, Placed

_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .-")
"""Bytes of a text that stand for themselves; each other one is written _XX."""
_START = "^XA^CI28^LH0,0^PW{width}^LL{height}"
"""A format of this size in UTF-8, counted from its corner."""


def draw(placed: Placed, copies: int = 1) -> bytes:
    """Return one label for a printer of that resolution, printed so many times."""
    start = _START.format(width=placed.width, height=placed.height)
    return (start + _symbol(placed) + "".join(map(_text, placed.lines)) + f"^PQ{copies}^XZ\n").encode("ascii")


def escaped(text: str) -> str:
    """Return a text as ^FD takes it after ^FH."""
    return "".join(chr(byte) if byte in _SAFE else f"_{byte:02X}" for byte in text.encode())


def _text(line: Line) -> str:
    return f"^FO{line.x},{line.y}^A0N,{line.size},{line.size}^FH^FD{escaped(line.text)}^FS"


def _symbol(placed: Placed) -> str:
    """Return the modules as a picture of dots in hex; `:` repeats the row above."""
    across = -(-len(placed.symbol.rows[0]) * placed.module // 8)
    rows = [_hex(row, placed.module, across) + ":" * (placed.high - 1) for row in placed.symbol.rows]
    total = across * placed.high * len(rows)
    return f"^FO{placed.x},{placed.y}^GFA,{total},{total},{across},{''.join(rows)}^FS"


def _hex(row: str, module: int, across: int) -> str:
    bits = "".join(bit * module for bit in row).ljust(across * 8, "0")
    return f"{int(bits, 2):0{across * 2}X}"
