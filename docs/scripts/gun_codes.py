"""Draw the barcodes of the gun sheet, listed in static/gun/codes.json, as static/gun/codes/*.svg (run after changing the list)."""

import io
import json
from pathlib import Path

import segno
from barcode import get_barcode_class

FOLDER = Path(__file__).parents[2] / "static" / "gun"
MODULE, HEIGHT, QUIET = 0.33, 14, 10
"""Width of the thinnest bar and height of all in mm; the blank on each side, in bars."""
DOT = 0.75
"""Width of a QR code's dot in mm."""
FNC1 = "\xf1"
"""How python-barcode is told to put a separator; a scanner sends GS for it."""


def main() -> None:
    """Write one file for each barcode."""
    for name, picture in pictures().items():
        (FOLDER / "codes" / name).write_text(picture)


def pictures() -> dict[str, str]:
    """Return the name and the content of each file."""
    listed = json.loads((FOLDER / "codes.json").read_text())
    drawn = {f"{row['id']}.svg": draw(row["kind"], row["text"]) for row in listed["tests"]}
    return drawn | {f"{text.lower()}.svg": draw("code128", text) for text in listed["commands"]}


def draw(kind: str, text: str) -> str:
    """Draw a barcode as an SVG of true size: bars of one path, no text."""
    if kind == "qr":
        out = io.BytesIO()
        segno.make(text, error="m", micro=False).save(out, kind="svg", scale=DOT, unit="mm", border=4, xmldecl=False, light="#fff")
        return out.getvalue().decode()
    bars = get_barcode_class(kind)(text.replace("\x1d", FNC1)).build()[0]
    wide = len(bars) + 2 * QUIET
    path = "".join(f"M{QUIET + at} 0h{many}v{HEIGHT}h-{many}z" for at, many in _runs(bars))
    size = f'width="{wide * MODULE:.2f}mm" height="{HEIGHT}mm" viewBox="0 0 {wide} {HEIGHT}" preserveAspectRatio="none"'
    shapes = f'<path fill="#fff" d="M0 0h{wide}v{HEIGHT}h-{wide}z"/><path shape-rendering="crispEdges" d="{path}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{shapes}</svg>\n'


def _runs(bars: str) -> list[tuple[int, int]]:
    """Return where each dark bar begins and how many modules it is wide."""
    found: list[tuple[int, int]] = []
    for at, module in enumerate(bars):
        if module == "1" and found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif module == "1":
            found.append((at, 1))
    return found


if __name__ == "__main__":
    main()
