"""What a GS1 code says: identifiers and data of element strings, bracketed texts and Digital Links, and what they mean. Pure.

Source: GS1 General Specifications; the order of BARCODES in the design. Decision: docs/decisions/0022-our-parser-biips-dictionary.md.
"""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from app.products.codes import gtin14, has_check_digit, is_digits, upc_e, without_addon
from app.scans import digital_link
from app.scans.gs1_refused import Refused
from app.scans.gs1_table import AIS, CHECKED_LATER, WIDTHS, check

GS = "\x1d"
"""The separator that stands for FNC1 in what guns transmit."""
BEGINNINGS = "0123456789(hH" + GS
"""With what a code begins that may be a number, a message or a link; other codes say nothing but themselves."""
ELEMENT_STRINGS = frozenset({"]C1", "]e0", "]e1", "]e2", "]d2", "]Q3", "]J1"})
"""AIM ids of the carriers of element strings."""
GTIN_LENGTHS = {"]E0": (12, 13, 8), "]E3": (12, 13, 8), "]E4": (8,), "]I1": (14,)}
"""AIM ids of the carriers of one trade item number, and the lengths it comes in: UPC-A and UPC-E come with ]E0 too."""
KEYS = frozenset({"00", "01", "02", "03", "253", "255", "402", *(f"41{n}" for n in range(8)), "8003", "8006", "8017", "8018", "8026"})
"""Numbers with a check digit. Only a message with one of them is believed without a symbology identifier, separator or bracket."""
NET = {
    "310": "kg", "311": "m", "314": "m2", "315": "l", "316": "m3", "320": "lb", "321": "in", "322": "ft", "323": "yd", "350": "in2",
    "351": "ft2", "352": "yd2", "356": "ozt", "357": "oz", "360": "qt", "361": "gal", "364": "in3", "365": "ft3", "366": "yd3",
}  # fmt: skip
"""How much of a product there is, by the first three digits of the identifier: the unit. Gross weights and sizes of parcels aren't."""
WEIGHTS = ("kg", "lb", "ozt", "oz")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])*)")
_DATE = r"1[1-35-7][0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"
_SWALLOWED = re.compile(rf".{_DATE}(?:$|10|21|30|37|24[01]|3[1-6][0-9]{{2}})", re.DOTALL)
"""A date's element string inside a text, at its end or in front of another one."""


_NO_MEASURES: Mapping[str, str] = {}


class Message(NamedTuple):
    """What a GS1 code says. `ais` has all of it, in its order; the rest is what a warehouse acts on."""

    aim: str | None
    ais: tuple[tuple[str, str], ...]
    gtin: str | None = None
    """Of 01, else of what a logistic unit contains (02), 03, a piece (8006, 8026), or of the linear part of a composite symbol."""
    lot: str | None = None
    expiry: str | None = None
    """ISO date: 17 (expiry), else 7003 (expiry with time), else 15 (best before), else 16 (sell by)."""
    serial: str | None = None
    quantity: str | None = None
    """A count, without zeros in front: 30, else 37."""
    measures: Mapping[str, str] = _NO_MEASURES
    """Net measures by unit: exact decimals, no zeros at the end."""
    sscc: str | None = None
    gln: str | None = None
    """Of a physical location (414)."""
    place: str | None = None
    """The extension of a location (254)."""
    price: str | None = None
    """Of this item (392, 393): a decimal, and the currency's number after a space where it has one."""
    warnings: tuple[str, ...] = ()
    """`check_digit`, `gs_missing`, `pairing`."""


def read(text: str, aim: str | None, year: int) -> Message | None:
    """Return what a code says, its AIM id taken off; None when it isn't GS1, or not as the standard has it."""
    try:
        return message(text, aim, year)
    except Refused:
        return None


def message(text: str, aim: str | None, year: int) -> Message | None:
    """Return what a code says; None when nothing claims that it is GS1; raises Refused where it claims so and isn't.

    `year` is the current one, from which two digits get their century.
    """
    if aim in GTIN_LENGTHS:
        return _linear(text, aim, year)
    if aim in ELEMENT_STRINGS:
        if not text:
            raise Refused("empty")
        return meaning(element_strings(text), aim, year, GS not in text)
    if text[:1] == "(":
        return meaning(bracketed(text), aim, year)
    if digital_link.is_web_address(text):
        return meaning(digital_link.read(text), aim, year)
    if text[:1] == GS:
        return meaning(element_strings(text), aim, year, GS not in text[1:])
    if text[:2] not in WIDTHS:
        return None
    try:
        found = element_strings(text)
    except Refused:
        return None
    if GS not in text and not any(ai in KEYS for ai, _ in found):
        return None
    return meaning(found, aim, year, GS not in text)


def refusal(text: str, aim: str | None, year: int) -> Refused | None:
    """Return why a code isn't read that claims to be GS1, or begins as a message with a trade item number does; None: it is, or doesn't."""
    try:
        if message(text, aim, year) is None and text[:2] in ("01", "02") and len(text) > 16 and gtin14(text[2:16]) is not None:
            element_strings(text)
    except Refused as error:
        return error
    return None


def seems_to_lack_separators(text: str, aim: str | None) -> bool:
    """Tell whether a code that isn't understood looks like a message whose separators were lost on the way: data of any length is refused
    that has swallowed a date."""
    claims = aim in ELEMENT_STRINGS or text[:2] in ("00", "01", "02")
    if not claims or GS in text or len(text) <= 18 or _SWALLOWED.search(text, 2) is None:
        return False
    try:
        element_strings(text)
    except Refused as error:
        return error.ai in AIS and not AIS[error.ai].length
    return False


def element_strings(text: str) -> list[tuple[str, str]]:
    """Return identifiers and data of a message as a gun transmits it; raises Refused."""
    found: list[tuple[str, str]] = []
    at, end = (1 if text[:1] == GS else 0), len(text)
    while at < end:
        width = WIDTHS.get(text[at : at + 2])
        known = None if width is None else AIS.get(text[at : at + width])
        if known is None or width is None:
            raise Refused("unknown_ai", text[at : at + 4])
        at += width
        if known.length:
            stop = at + known.length
        else:
            stop = text.find(GS, at)
            if stop < 0:
                stop = end
        data = text[at:stop]
        check(known, data)
        found.append((known.ai, data))
        at = stop + 1 if text[stop : stop + 1] == GS else stop
    if not found:
        raise Refused("empty")
    return found


def bracketed(text: str) -> list[tuple[str, str]]:
    """Return identifiers and data of a text with the identifiers in brackets, as printed below a symbol; raises Refused.

    A bracket inside the data is written `\\(`; spaces around data don't count.
    """
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        part = _BRACKETED.match(text, at)
        known = AIS.get(part[1]) if part else None
        if part is None or known is None:
            raise Refused("unknown_ai", text[at : at + 6])
        data = part[2].strip(" ").replace("\\(", "(")
        check(known, data)
        found.append((known.ai, data))
        at = part.end()
    return found


def encoded(ais: Iterable[tuple[str, str]]) -> str:
    """Return the element strings of identifiers and data as a gun transmits them."""
    text = "".join(ai + data + ("" if AIS[ai].length else GS) for ai, data in ais)
    return text.removesuffix(GS)


def meaning(found: list[tuple[str, str]], aim: str | None, year: int, separated: bool = False) -> Message:
    """Return what identifiers and data mean together; `separated`: it matters that the text had no separator. Raises Refused."""
    data = dict(found)
    if len(data) != len(found):
        if any(data[ai] != value for ai, value in found):
            raise Refused("repeated")
        found = list(data.items())
    warnings = []
    if any(ai in CHECKED_LATER and not has_check_digit(value) for ai, value in found):
        warnings.append("check_digit")
    if separated and any(_SWALLOWED.search(data[ai]) for ai in ("10", "21") if ai in data):
        warnings.append("gs_missing")
    if not belong_together(data):
        warnings.append("pairing")
    get = data.get
    gtin = get("01") or get("02") or get("03")
    if gtin is None and (piece := get("8006") or get("8026")):
        gtin = piece[:14]
    expiry = get("17") or get("7003") or get("15") or get("16")
    sscc, gln, count = get("00"), get("414"), get("30") or get("37")
    measures: dict[str, str] = {}
    price = None
    for ai, value in found:
        if ai[0] == "3" and len(ai) == 4:
            if ai[:3] in NET:
                measures[NET[ai[:3]]] = decimal(value, int(ai[3]))
            elif ai[:3] == "392":
                price = decimal(value, int(ai[3]))
            elif ai[:3] == "393":
                price = f"{decimal(value[3:], int(ai[3]))} {value[:3]}"
    return Message(
        aim,
        tuple(found),
        gtin if gtin is not None and has_check_digit(gtin) else None,
        get("10"),
        date(expiry, year) if expiry else None,
        get("21"),
        count and (count.lstrip("0") or "0"),
        measures or _NO_MEASURES,
        sscc if sscc is not None and has_check_digit(sscc) else None,
        gln if gln is not None and has_check_digit(gln) else None,
        get("254"),
        price,
        tuple(warnings),
    )


def belong_together(data: dict[str, str]) -> bool:
    """Tell whether these identifiers may stand together, and none is missing that another needs.

    The standard asks this of all symbols on a thing together; a gun gives one at a time, so that a wrong company is a warning.
    """
    for ai in data:
        known = AIS[ai]
        for group in known.needs:
            if not any(all(_holds(data, one, ai) for one in both) for both in group):
                return False
        for pattern in known.forbids:
            if _holds(data, pattern, ai):
                return False
    if "8030" in data:  # a signature is of one thing: its key needs the serial component
        return all(len(data[ai]) > least for ai, least in (("253", 13), ("255", 13), ("8003", 14)) if ai in data)
    return True


def _holds(data: dict[str, str], pattern: str, but: str) -> bool:
    if pattern[-1] != ".":
        return pattern in data
    start = pattern.rstrip(".")
    return any(ai.startswith(start) and len(ai) == len(pattern) and ai != but for ai in data)


def decimal(digits: str, decimals: int) -> str:
    """Return an exact decimal, without zeros in front or at the end: `000195` with 3 decimals is `0.195`."""
    if not decimals:
        return digits.lstrip("0") or "0"
    whole, part = digits[:-decimals].lstrip("0"), digits[-decimals:].rjust(decimals, "0").rstrip("0")
    return (whole or "0") + (f".{part}" if part else "")


def date(digits: str, year: int) -> str:
    """Return the ISO date of YYMMDD in the century that is nearest to a year (GS1: 49 years back to 50 ahead); day 00 is the last."""
    of_date = year // 100 * 100 + int(digits[:2])
    if of_date - year > 50:
        of_date -= 100
    elif of_date - year < -49:
        of_date += 100
    month, day = int(digits[2:4]), int(digits[4:6])
    return f"{of_date:04d}-{month:02d}-{day or monthrange(of_date, month)[1]:02d}"


def _linear(text: str, aim: str, year: int) -> Message | None:
    """Read a trade item number, with the composite component that a gun may have added: `|]e0` and a message."""
    number, composite, rest = text.partition("|]e0")
    if aim == "]E3":
        number = without_addon(number)
    gtin = gtin14(number) or upc_e(number)
    if len(number) not in GTIN_LENGTHS[aim] or gtin is None:
        raise Refused("check_digit" if is_digits(number) else "format")
    if not composite:
        return Message(aim, (), gtin) if number != text else None
    found = meaning(element_strings(rest), aim, year, GS not in rest)
    return found._replace(gtin=gtin, warnings=tuple(w for w in found.warnings if w != "pairing"))
