"""What one component of a GS1 element string may be: check digits, characters, dates, lists; each rule a function of a text. Pure.

Source: GS1 General Specifications, and the syntax tests that the GS1 Barcode Syntax Dictionary names (whose names the rules have).
"""

import re
from collections.abc import Callable

from app.products.codes import has_check_digit, is_digits
from app.scans import gs1_lists

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""GS1 AI encodable character set 82, in the order of its values."""
CSET39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CSET64 = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = tuple(n for n in range(2, 510) if all(n % d for d in range(2, int(n**0.5) + 1)))
"""The weights of check characters, from the right."""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_IBAN = re.compile("[A-Z]{2}[0-9]{2}[0-9A-Z]{7,30}")
_COMPANY_PREFIX = re.compile("[0-9]{4}")
"""The shortest company prefix has four digits."""


def csetnumeric(text: str) -> bool:
    """Digits only."""
    return is_digits(text)


def cset82(text: str) -> bool:
    """Characters of set 82 only."""
    return all(c in CSET82 for c in text)


def cset39(text: str) -> bool:
    """Characters of set 39 only."""
    return all(c in CSET39 for c in text)


def cset64(text: str) -> bool:
    """Characters of the file-safe, URI-safe base 64 only; padding at the end only, and to a multiple of three."""
    data = text.rstrip("=")
    padding = len(text) - len(data)
    return all(c in CSET64 for c in data) and (padding == 0 or (padding <= 2 and len(text) % 3 == 0))


def csum(text: str) -> bool:
    """The last digit is the check digit of the others."""
    return len(text) > 1 and is_digits(text) and has_check_digit(text)


def csumalpha(text: str) -> bool:
    """The last two characters are the check characters of the others."""
    data, pair = text[:-2], text[-2:]
    if len(text) < 2 or len(data) > len(_PRIMES) or not cset82(data):
        return False
    total = sum(CSET82.index(c) * prime for c, prime in zip(reversed(data), _PRIMES, strict=False)) % 1021
    return pair == CSET32[total >> 5] + CSET32[total & 31]


def key(text: str) -> bool:
    """Begins with a company prefix."""
    return _COMPANY_PREFIX.match(text) is not None


def keyoff1(text: str) -> bool:
    """Has a company prefix after its first character."""
    return _COMPANY_PREFIX.match(text, 1) is not None


def yymmd0(text: str) -> bool:
    """A date; day 00 is the end of the month."""
    return len(text) == 6 and is_digits(text) and ((text[4:] == "00" and "01" <= text[2:4] <= "12") or yymmdd(text))


def yymmdd(text: str) -> bool:
    """A date. Leap years are those whose two digits 4 divides: the window of a century that GS1 gives them has no other."""
    if len(text) != 6 or not is_digits(text):
        return False
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] and (month != 2 or day < 29 or year % 4 == 0)


def yyyymmdd(text: str) -> bool:
    """A date with its century."""
    if len(text) != 8 or not is_digits(text):
        return False
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] and (month != 2 or day < 29 or leap)


def yyyymmd0(text: str) -> bool:
    """A date with its century; day 00 is the whole month."""
    return yyyymmdd(text) or (len(text) == 8 and text[6:] == "00" and yyyymmdd(text[:6] + "01"))


def yymmddhh(text: str) -> bool:
    """A date and an hour."""
    return yymmdd(text[:6]) and hh(text[6:])


def hh(text: str) -> bool:
    """An hour."""
    return len(text) == 2 and is_digits(text) and text < "24"


def mi(text: str) -> bool:
    """Minutes."""
    return len(text) == 2 and is_digits(text) and text < "60"


def ss(text: str) -> bool:
    """Seconds."""
    return mi(text)


def hhmi(text: str) -> bool:
    """Hour and minutes."""
    return hh(text[:2]) and mi(text[2:])


def mmoptss(text: str) -> bool:
    """Minutes, and seconds if wanted."""
    return mi(text[:2]) and (len(text) == 2 or mi(text[2:]))


def iso3166(text: str) -> bool:
    """A country's number."""
    return text in gs1_lists.COUNTRIES


def iso3166999(text: str) -> bool:
    """A country's number, or 999: none."""
    return text in gs1_lists.COUNTRIES or text == "999"


def iso3166list(text: str) -> bool:
    """Up to five countries' numbers."""
    return len(text) in (3, 6, 9, 12, 15) and all(iso3166(text[at : at + 3]) for at in range(0, len(text), 3))


def iso3166alpha2(text: str) -> bool:
    """A country's two letters."""
    return text in gs1_lists.COUNTRY_LETTERS


def iso4217(text: str) -> bool:
    """A currency's number."""
    return text in gs1_lists.CURRENCIES


def iso5218(text: str) -> bool:
    """A person's sex: not known, male, female, not applicable."""
    return text in ("0", "1", "2", "9")


def iban(text: str) -> bool:
    """A bank account: country, check digits (modulo 97), account."""
    if not _IBAN.fullmatch(text) or not iso3166alpha2(text[:2]):
        return False
    return int("".join(str(int(c, 36)) for c in text[4:] + text[:4])) % 97 == 1


def nonzero(text: str) -> bool:
    """Not all zeros."""
    return is_digits(text) and text.strip("0") != ""


def zero(text: str) -> bool:
    """Zeros only."""
    return text.strip("0") == ""


def nozeroprefix(text: str) -> bool:
    """A number without zeros in front."""
    return is_digits(text) and text[0] != "0"


def hasnondigit(text: str) -> bool:
    """Not digits only."""
    return not is_digits(text)


def hyphen(text: str) -> bool:
    """Hyphens only."""
    return text.strip("-") == ""


def yesno(text: str) -> bool:
    """0 or 1."""
    return text in ("0", "1")


def winding(text: str) -> bool:
    """The direction in which a roll is wound."""
    return text in ("0", "1", "9")


def importeridx(text: str) -> bool:
    """One character of the base 64 alphabet."""
    return len(text) == 1 and text in CSET64


def mediatype(text: str) -> bool:
    """A kind of media."""
    return text in gs1_lists.MEDIA


def packagetype(text: str) -> bool:
    """A kind of package."""
    return text in gs1_lists.PACKAGES


def latitude(text: str) -> bool:
    """Degrees from the south pole, times ten million."""
    return len(text) == 10 and is_digits(text) and text <= "1800000000"


def longitude(text: str) -> bool:
    """Degrees eastward, times ten million."""
    return len(text) == 10 and is_digits(text) and text <= "3600000000"


def pieceoftotal(text: str) -> bool:
    """The number of a piece and of how many, half of the digits each."""
    half = len(text) // 2
    return len(text) % 2 == 0 and is_digits(text) and 0 < int(text[:half]) <= int(text[half:])


def posinseqslash(text: str) -> bool:
    """A place in a sequence: `1/3`."""
    place, _, total = text.partition("/")
    return all(is_digits(part) and part[0] != "0" for part in (place, total)) and int(place) <= int(total)


def pcenc(text: str) -> bool:
    """Every percent sign begins two hexadecimal digits."""
    return _BAD_PERCENT.search(text) is None


RULES: dict[str, Callable[[str], bool]] = {
    rule.__name__: rule
    for rule in (
        csetnumeric, cset82, cset39, cset64, csum, csumalpha, key, keyoff1, yymmd0, yymmdd, yyyymmdd, yyyymmd0, yymmddhh, hh, mi, ss, hhmi,
        mmoptss, iso3166, iso3166999, iso3166list, iso3166alpha2, iso4217, iso5218, iban, nonzero, zero, nozeroprefix, hasnondigit, hyphen,
        yesno, winding, importeridx, mediatype, packagetype, latitude, longitude, pieceoftotal, posinseqslash, pcenc,
    )
}  # fmt: skip
"""Every rule by its name."""
