"""Fault campaigns: each is a harness with a size and a seed, and beside it a negative control that must fail.

`python -m campaigns --scale N` runs all of them; `tests/campaigns/` runs the same harnesses in their small sizes.
"""

from dataclasses import dataclass, field


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


def hold(truth: bool, what: str) -> None:
    """Raise Broken unless it is true."""
    if not truth:
        raise Broken(what)
