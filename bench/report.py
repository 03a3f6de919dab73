"""What a bench says: a ratio of two things measured beside each other, and what is wanted of it. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """One line of the table. `ratio` is ours to the baseline; without `wanted` the line only informs."""

    name: str
    engine: str
    ours: str
    baseline: str
    ratio: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def ok(self) -> bool:
        if self.ratio is None:
            return True
        return (self.least is None or self.ratio >= self.least) and (self.most is None or self.ratio <= self.most)

    @property
    def cells(self) -> tuple[str, ...]:
        wanted = f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}" if self.most is not None else ""
        return (
            self.name, self.engine, self.ours, self.baseline, "" if self.ratio is None else f"{self.ratio:.2f}", wanted,
            ("yes" if self.ok else "NO") if wanted else "",
        )  # fmt: skip


HEAD = ("name", "engine", "ours", "baseline", "ratio", "wanted", "ok")


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def rate(number: float, what: str = "scans") -> str:
    """Write so many per CPU-second."""
    return f"{number:,.0f} {what}/CPU-s"


def table(lines: Sequence[Measured]) -> str:
    """Return the lines as aligned text."""
    rows = [HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def markdown(lines: Sequence[Measured]) -> str:
    """Return the lines as a Markdown table."""
    rows = [HEAD, ("---",) * len(HEAD), *(line.cells for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
