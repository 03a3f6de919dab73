"""Trade item numbers and what stands around them: check digits, GTIN-14, SSCC, AIM ids. Pure."""

import functools
import re

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
GTIN_LENGTHS = (8, 12, 13, 14)


def is_digits(code: str) -> bool:
    """Tell whether the code is ASCII digits and nothing else."""
    return code.isascii() and code.isdigit()


def check_digit(digits: str) -> str:
    """Return the check digit that belongs after these digits (GS1 modulo 10: weights 3, 1, 3 ... from the right)."""
    ascii_ = digits.encode()
    odd, even = ascii_[::-2], ascii_[-2::-2]
    total = (sum(odd) - 48 * len(odd)) * 3 + sum(even) - 48 * len(even)
    return str(-total % 10)


def has_check_digit(code: str) -> bool:
    """Tell whether the last digit is the check digit of those before it."""
    return check_digit(code[:-1]) == code[-1]


@functools.lru_cache(1 << 14)
def gtin14(code: str) -> str | None:
    """Return the GTIN-14 that a GTIN-8, 12, 13 or 14 with a valid check digit stands for, None for any other text."""
    if len(code) not in GTIN_LENGTHS or not is_digits(code) or not has_check_digit(code):
        return None
    return code.zfill(14)


def upc_e(code: str) -> str | None:
    """Return the GTIN-14 that a UPC-E of eight digits stands for, None when it isn't one."""
    if len(code) != 8 or not is_digits(code) or code[0] not in "01":
        return None
    last = code[6]
    if last in "012":
        whole = code[:3] + last + "0000" + code[3:6]
    elif last == "3":
        whole = code[:4] + "00000" + code[4:6]
    elif last == "4":
        whole = code[:5] + "00000" + code[5]
    else:
        whole = code[:6] + "0000" + last
    whole += code[7]
    return whole.zfill(14) if has_check_digit(whole) else None


_SHORTENED = (
    (re.compile("00([01]..)([012])0000(...)(.)"), r"\1\3\2\4"),
    (re.compile("00([01]...)00000(..)(.)"), r"\g<1>\g<2>3\3"),
    (re.compile("00([01]....)00000(.)(.)"), r"\g<1>\g<2>4\3"),
    (re.compile("00([01].....)0000([5-9].)"), r"\1\2"),
)


def gtin8s_like(gtin: str) -> tuple[str, ...]:
    """Return the numbers, as GTIN-14, of the GTIN-8s whose eight digits are also a UPC-E of this GTIN-14."""
    if gtin[:3] not in ("000", "001") or "0000" not in gtin[3:]:
        return ()
    short = (found.expand(eight) for pattern, eight in _SHORTENED if (found := pattern.fullmatch(gtin)))
    return tuple(eight.zfill(14) for eight in short if has_check_digit(eight))


def without_addon(digits: str) -> str:
    """Return the number of an EAN-13 or UPC-A without the two or five digits of the symbol beside it."""
    return digits[: {14: 12, 15: 13, 17: 12, 18: 13}.get(len(digits), len(digits))]


def has_wrong_check_digit(code: str) -> bool:
    """Tell whether the code is as long as a GTIN, all digits, and its check digit is wrong."""
    return len(code) in GTIN_LENGTHS and is_digits(code) and gtin14(code) is None


def sscc(code: str) -> str | None:
    """Return the 18 digits of a serial shipping container code: 18 with a valid check digit, or 20 that start with 00."""
    if not is_digits(code):
        return None
    if len(code) == 20 and code.startswith("00"):
        return code[2:]
    return code if len(code) == 18 and has_check_digit(code) else None


def split_aim(code: str) -> tuple[str | None, str]:
    """Return a leading AIM id (`]C1`) or None, and the rest."""
    return (code[:3], code[3:]) if _AIM.match(code) else (None, code)
