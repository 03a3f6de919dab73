"""What a shop's own codes mean, as a setting says it (docs/barcodes.md). Pure.

`21iiiiiwwwwwc=kg3` is thirteen characters, digits as they must be, `i` the article, `w` the weight, `p` the price, `v` a check digit of the
price (not checked), `c` the check digit; behind `=` the unit or currency and the number of decimals.
"""

import functools
import re
from typing import NamedTuple

_PATTERN = re.compile(r"((?:02|2[0-9])[0-9]*i+v?(?:w+|p+)c)=([A-Za-z0-9]{1,3}?)([0-4])", re.ASCII)


class Pattern(NamedTuple):
    """What the digits of one kind of code mean."""

    digits: str
    start: int
    """Where the value begins; it ends in front of the check digit."""
    blank: int
    """Where the digits begin that are zero in the product's own barcode: a price's check digit is one of them."""
    price: bool
    unit: str
    decimals: int


@functools.lru_cache(64)
def patterns(said: str) -> tuple[Pattern, ...]:
    """Return the patterns of a setting, parted by spaces or commas; raises ValueError with the one that is none."""
    return tuple(_pattern(part) for part in said.replace(",", " ").split())


def _pattern(said: str) -> Pattern:
    found = _PATTERN.fullmatch(said)
    if found is None or len(found[1]) != 13:
        raise ValueError(said)
    body = found[1]
    value = re.search("[wp]", body)
    assert value is not None
    start = value.start()
    prefix = re.match("[0-9]+", body)
    assert prefix is not None
    return Pattern(prefix[0], start, start - (body[start - 1] == "v"), body[start] == "p", found[2], int(found[3]))
