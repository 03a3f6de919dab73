"""A range of codes, as people say a rack: from A-01-01 to A-40-06. Pure.

Both codes are cut into numbers, runs of letters and what stands between. Where they differ, a part goes from the one to the other, the
last part fastest. A number keeps its width where it is written with leading zeros; letters count A, B .. Z, and two AA, AB .. AZ, BA.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

MOST = 10_000
"""Locations of one range."""
_PARTS = re.compile("[0-9]+|[A-Z]+|[a-z]+|[^0-9A-Za-z]+")
_LONGEST = 9
"""Characters of a part that goes from one to another; longer numbers name no places."""


class BadRange(Exception):
    """The two codes span no range: which field is wrong, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


class Part(NamedTuple):
    """A piece of the codes: the numbers it goes through, and how each is spelled."""

    numbers: range
    spell: Callable[[int], str]


class Range(NamedTuple):
    """The pieces of a range, and which of them vary."""

    parts: tuple[Part, ...]
    varies: tuple[int, ...]

    def size(self) -> int:
        """Return how many codes it has."""
        return math.prod(len(part.numbers) for part in self.parts)

    def codes(self) -> Iterator[tuple[str, ...]]:
        """Give each code in its pieces, the last piece fastest."""
        return itertools.product(*([part.spell(number) for number in part.numbers] for part in self.parts))

    def above(self, pieces: Sequence[str], level: int) -> str:
        """Return how a code begins, through its varying piece `level` (0 is the first): the code of what may lie above it."""
        return "".join(pieces[: self.varies[level] + 1])


def span(first: str, last: str, steps: Sequence[int] = ()) -> Range:
    """Return the range from one code to another; `steps` go with its varying parts (2: every other one). Raises BadRange."""
    ones, others = _PARTS.findall(first), _PARTS.findall(last)
    if len(ones) != len(others):
        raise BadRange("to", f"It has not the form of {first[:60]}.")
    varies = tuple(at for at, (one, other) in enumerate(zip(ones, others, strict=True)) if one != other)
    if len(steps) > len(varies):
        raise BadRange("steps", f"More steps than parts that differ: {len(varies)}.")
    stride = dict(zip(varies, steps, strict=False))
    found = Range(tuple(_part(one, other, stride.get(at, 1)) for at, (one, other) in enumerate(zip(ones, others, strict=True))), varies)
    if found.size() > MOST:
        raise BadRange("to", f"{found.size()} locations; at most {MOST} at once.")
    return found


def snake(found: Range) -> Iterator[tuple[str, ...]]:
    """Give the codes as people walk them who turn at the end of each aisle: within every other one backwards."""
    if len(found.varies) < 2:
        yield from found.codes()
        return
    for number, (_, aisle) in enumerate(itertools.groupby(found.codes(), key=lambda pieces: found.above(pieces, 0))):
        yield from reversed(list(aisle)) if number % 2 else aisle


def _part(one: str, other: str, step: int) -> Part:
    if one == other:
        return Part(range(1), lambda _: one)
    if max(len(one), len(other)) > _LONGEST:
        raise BadRange("to", f"From {one[:40]} to {other[:40]} is too long to count.")
    if one.isdigit() and other.isdigit():
        if len(one) != len(other) and ("0" in (one[0], other[0])) and one != "0":
            raise BadRange("to", f"{one} and {other} need as many digits: write leading zeros in both, or in none.")
        return _counted(one, other, int(one), int(other), step, partial(_digits, len(one) if len(one) == len(other) else 0))
    if one.isascii() and one.isalpha() and len(one) == len(other) and other.isalpha() and one.isupper() == other.isupper():
        return _counted(one, other, _number(one), _number(other), step, partial(_letters, len(one), one.isupper()))
    raise BadRange("to", f"From {one[:40]} to {other[:40]} nothing can be counted.")


def _counted(one: str, other: str, first: int, last: int, step: int, spell: Callable[[int], str]) -> Part:
    if first > last:
        raise BadRange("to", f"{other} comes before {one}.")
    return Part(range(first, last + 1, step), spell)


def _digits(width: int, number: int) -> str:
    return f"{number:0{width}}" if width else str(number)


def _letters(width: int, upper: bool, number: int) -> str:
    letters = ""
    for _ in range(width):
        number, letter = divmod(number, 26)
        letters = chr(ord("A" if upper else "a") + letter) + letters
    return letters


def _number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A")
    return number
