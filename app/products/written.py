"""Tell a barcode that a person or a spreadsheet wrote otherwise than its label says it: such a one would never be scanned. Pure."""

import re
import unicodedata

from app.imports.cells import Refused
from app.products import codes

_NOTHING = frozenset(
    {"-", "--", "---", ".", "?", "n/a", "#n/a", "nan", "null", "none", "nil", "keine", "ohne", "unbekannt", "tbd", "true", "false"}
)
_SEVERAL = re.compile(r"[0-9]{8,14}(?:[ ,;/|+&]+[0-9]{8,14})+", re.ASCII)
_FLOAT = re.compile(r"([0-9]{6,})[.,]0+", re.ASCII)
_CUT_SHORT = re.compile(r"[0-9][.,][0-9]+[eE][0-9]{1,3}", re.ASCII)
_CODE_39 = re.compile(r"\*[0-9A-Z $%+./-]+\*", re.ASCII)
_NAMED = re.compile(r"(?:\(01\)|'|(?:EAN|GTIN|UPC|ISBN)(?:-?[0-9]{1,2})?[: ]+)([0-9][0-9 -]*[0-9])'?", re.ASCII | re.IGNORECASE)
_SET_APART = re.compile(r"[0-9][0-9 .,'-]*[0-9]", re.ASCII)


def check(barcode: str) -> None:
    """Raise Refused where a new barcode of a file isn't written as it is scanned; the message says how to write it."""
    if codes.gtin14(barcode) is not None and barcode.strip("0"):
        return
    shown = _shown(barcode)
    if shown != barcode:
        _refuse("not_plain", f"It holds signs that nobody sees, or wide digits. Write {_digits(shown) or shown}.")
    if shown.casefold() in _NOTHING or not shown.strip("0"):
        _refuse("no_barcode", f"{shown[:20]} is no barcode: leave the cell empty.")
    if _CUT_SHORT.fullmatch(shown):
        _refuse("cut_short", f"A program has cut the number short to {shown}; give all its digits, as text.")
    if codes.split_aim(shown)[0] is not None and len(shown) > 3:
        _refuse("not_plain", f"{shown[:3]} is what a scanner says of the kind of code. Write {shown[3:]}.")
    if _CODE_39.fullmatch(shown):
        _refuse("not_plain", f"The asterisks only begin and end the bars of Code 39. Write {shown.strip('*')}.")
    if codes.is_digits(shown):
        _has_its_zeros(shown)
    elif _SEVERAL.fullmatch(shown) and all(codes.gtin14(one) for one in re.findall("[0-9]+", shown)):
        _refuse("several_barcodes", "Several barcodes in one cell: give each a row of its own with the same SKU.")
    else:
        digits = _digits(shown)
        if digits is not None:
            _refuse("not_plain", f"The label says the digits alone. Write {digits}.")


def _shown(barcode: str) -> str:
    """Return a code as it looks, where that is plain ASCII; else as it is."""
    if barcode.isascii():
        return barcode
    looks = "".join(c for c in unicodedata.normalize("NFKC", barcode) if unicodedata.category(c) != "Cf").strip()
    return looks if looks.isascii() and looks else barcode


def _has_its_zeros(digits: str) -> None:
    """Refuse the ten or eleven digits that are left of a UPC-A once a spreadsheet has read it as a number."""
    if len(digits) in (10, 11) and codes.gtin14(digits.zfill(12)) is not None:
        _refuse(
            "lost_zeros", f"{len(digits)} digits, and with the zeros that spreadsheets drop a UPC-A: write {digits.zfill(12)}, as text. "
            "Where the label has no more digits, add it on the page of the product.",
        )  # fmt: skip


def _digits(shown: str) -> str | None:
    """Return the trade item number that is written with something around or between its digits, None where it is none."""
    whole = _FLOAT.fullmatch(shown)
    named = _NAMED.fullmatch(shown)
    if whole:
        return whole[1]
    if not named and not _SET_APART.fullmatch(shown):
        return None
    digits = re.sub("[^0-9]", "", named[1] if named else shown)
    if codes.gtin14(digits) is None or (len(digits) == 8 and not named and " " not in shown):
        return digits if shown[0] == "'" else None  # eight digits with a hyphen are as often a number of one's own
    return digits


def _refuse(code: str, message: str) -> None:
    raise Refused("barcode", code, message)
