"""The shift code: eight characters that a device and this server both get, each from its own numbers, only where they agree. Pure.

The last 35 bits of the XOR of a stream's ids, of the stream and of the epoch, all XORed, plus how many ids: seven characters of
Crockford's alphabet, and a check character (Luhn, modulo 32). It shows agreement to people; it is no signature. Its twin is
`static/ids.js`, and `tests/cases/shiftcodes.json` holds both to the same answers.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS = 35
_MASK = (1 << BITS) - 1
_READ = str.maketrans("OIL", "011", "- ")


def number(stream: str, held: int, xor: int, epoch: str) -> int:
    """Return what a code says, as a number of 35 bits."""
    return ((xor ^ _int(stream) ^ _int(epoch)) + held) & _MASK


def code(stream: str, held: int, xor: int, epoch: str) -> str:
    """Return the code of a stream that holds so many ids with this XOR."""
    said = number(stream, held, xor, epoch)
    digits = [said >> shift & 31 for shift in range(BITS - 5, -1, -5)]
    return "".join(ALPHABET[d] for d in [*digits, _check(digits)])


def read(typed: str) -> int | None:
    """Return what a code that somebody typed says; None where it is none: wrong length, letters or check character."""
    text = typed.upper().translate(_READ)
    if not re.fullmatch(f"[{ALPHABET}]{{8}}", text):
        return None
    *digits, last = (ALPHABET.index(c) for c in text)
    if _check(digits) != last:
        return None
    said = 0
    for digit in digits:
        said = said << 5 | digit
    return said


def _check(digits: list[int]) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = digit * (1 if place % 2 else 2)
        total += value // 32 + value % 32
    return -total % 32


def _int(id_: str) -> int:
    return int(id_.replace("-", "")[-9:], 16)
