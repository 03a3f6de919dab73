"""Random messages that are right: for each application identifier, data that its entry of the table allows."""

import random
import re

from app.products.codes import check_digit
from app.scans import gs1_lists
from app.scans.gs1_rules import CSET39, CSET64, CSET82
from app.scans.gs1_table import AIS

DIGITS = "0123456789"
ALPHABETS = {"N": DIGITS, "X": CSET82, "Y": CSET39, "Z": CSET64}
MADE = ("8007", "8013", "8014", "8110", "8112", "7258", "7041")
"""Identifiers whose data a random text can't be: made by hand in test_gs1_rules.py."""


def data(ai: str, random: random.Random) -> str:
    """Random data of an identifier."""
    known = AIS[ai]
    rules = {n: {rule.__name__ for at, rule in known.checks if at == n} for n in range(1, 8)}
    out = ""
    for n, component in enumerate(known.components.split(" + "), 1):
        kind, low, high, optional = re.fullmatch(r"([NXYZ])(\d+)(?:-(\d+))?(\??)", component).groups()  # type: ignore[union-attr]
        if optional and random.random() < 0.5:
            break
        length = random.randint(int(low), int(high or low))
        out += part(kind, length, rules[n] | ({"csum"} if re.match("0[0-3]|41[0-7]", ai) and n == 1 else set()), random)
    return out


def part(kind: str, length: int, rules: set[str], random: random.Random) -> str:
    for rule, make in {
        "yymmd0": lambda: date(random), "yymmdd": lambda: date(random), "yyyymmdd": lambda: "19" + date(random),
        "hh": lambda: f"{random.randrange(24):02d}", "mi": lambda: f"{random.randrange(60):02d}", "ss": lambda: f"{random.randrange(60):02d}",
        "hhmi": lambda: f"{random.randrange(24):02d}{random.randrange(60):02d}",
        "iso3166": lambda: random.choice(sorted(gs1_lists.COUNTRIES)), "iso3166999": lambda: "999",
        "iso3166list": lambda: "".join(random.choices(sorted(gs1_lists.COUNTRIES), k=random.randint(1, 5))),
        "iso3166alpha2": lambda: random.choice(sorted(gs1_lists.COUNTRY_LETTERS)),
        "iso4217": lambda: random.choice(sorted(gs1_lists.CURRENCIES)), "mediatype": lambda: random.choice(sorted(gs1_lists.MEDIA)),
        "iso5218": lambda: random.choice("0129"), "yesno": lambda: random.choice("01"), "winding": lambda: random.choice("019"),
        "importeridx": lambda: random.choice(CSET64), "hyphen": lambda: "-", "zero": lambda: "0" * length,
        "latitude": lambda: f"{random.randint(0, 1800000000):010d}", "longitude": lambda: f"{random.randint(0, 3600000000):010d}",
        "pieceoftotal": lambda: "0307", "nonzero": lambda: "1".rjust(length, "0"), "nozeroprefix": lambda: "9" + digits(length - 1, random),
    }.items():  # fmt: skip
        if rule in rules:
            return make()
    if "csum" in rules:
        body = digits(length - 1, random)
        return body + check_digit(body)
    text = "".join(random.choices(ALPHABETS[kind], k=length)) if "pcenc" not in rules else digits(length, random)
    return (digits(4, random) + text[4:].ljust(1, "7"))[: max(length, 5)] if "key" in rules else text


def digits(length: int, random: random.Random) -> str:
    return "".join(random.choices(DIGITS, k=length))


def date(random: random.Random) -> str:
    return f"{random.randrange(100):02d}{random.randint(1, 12):02d}{random.randint(1, 28):02d}"


def message(random: random.Random) -> list[tuple[str, str]]:
    """One to six different identifiers with data."""
    ais = random.sample([ai for ai in AIS if ai not in MADE], random.randint(1, 6))
    if random.random() < 0.7 and "01" not in ais:
        ais.insert(0, "01")
    return [(ai, data(ai, random)) for ai in ais]
