"""Fault campaigns: each is a harness with a size and a seed, and beside it a negative control that must fail.

`python -m campaigns --scale N` runs all of them; `tests/campaigns/` runs the same harnesses in their small sizes.
"""

import sys
import time
from dataclasses import dataclass, field

_told = {"on": False, "at": 0.0}


class Broken(AssertionError):
    """A promise did not hold; the text says which, with the seed that shows it again."""


@dataclass
class Outcome:
    """What a campaign did, for the table."""

    name: str
    done: int
    unit: str
    facts: dict[str, object] = field(default_factory=dict)
    control: str = ""
    """What the negative control did: it must have failed."""

    def __str__(self) -> str:
        facts = ", ".join(f"{key} {value}" for key, value in self.facts.items())
        return f"{self.name}: {self.done} {self.unit}; {facts}" + (f"; control: {self.control}" if self.control else "")


def tell(on: bool) -> None:
    """Show progress from now on, or not (tests don't)."""
    _told.update(on=on, at=time.monotonic())


def progress(done: int, of: int, what: str) -> None:
    """Say how far a campaign is, at most every other second."""
    if _told["on"] and time.monotonic() - _told["at"] > 2:
        _told["at"] = time.monotonic()
        print(f"    {done} of {of} {what}", file=sys.stderr, flush=True)


def hold(truth: bool, what: str) -> None:
    """Raise Broken unless it is true."""
    if not truth:
        raise Broken(what)
