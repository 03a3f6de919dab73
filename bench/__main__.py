"""`python -m bench [name ...] [--quick] [--engine ENGINE] [--write FILE]`: measure and print the table.

The exit code is 1 where a wanted ratio is missed.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import BENCHES
from bench.importing import KINDS
from bench.machine import describe
from bench.places import ENGINES, SIZES, Bench
from bench.report import Measured, markdown, table

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def main() -> int:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast ScanLedger is, as ratios.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of {', '.join(BENCHES)}; none: all")
    parser.add_argument("--quick", dest="size", action="store_const", const="quick", default="full", help="fewer rounds")
    parser.add_argument("--size", dest="size", choices=SIZES, help=argparse.SUPPRESS)
    parser.add_argument("--engine", choices=ENGINES, help="only this one")
    parser.add_argument("--kind", action="append", choices=KINDS, help="of imports: only this kind; may be given several times")
    parser.add_argument("--write", type=Path, metavar="FILE", help=f"put the table between {BEGIN} and {END} of this file")
    given = parser.parse_args()
    unknown = set(given.names) - set(BENCHES)
    if unknown:
        parser.error(f"there is no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    began, lines = time.monotonic(), list[Measured]()
    with Bench([given.engine] if given.engine else ENGINES, given.size) as bench:
        bench.kinds = given.kind
        for name in given.names or BENCHES:
            bench.say(name)
            for line in BENCHES[name].run(bench):
                lines.append(line)
                bench.say("  ".join(cell for cell in line.cells if cell))
    print(table(lines))
    if given.write:
        write(given.write, lines, time.monotonic() - began, " ".join(["python -m bench", *sys.argv[1:]]))
    return 0 if all(line.ok for line in lines) else 1


def write(file: Path, lines: list[Measured], seconds: float, command: str) -> None:
    """Replace the marked section of a file."""
    before, begin, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{file} has no {BEGIN} ... {END}")
    head = f"Measured on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes: {describe()}.\nCommand: `{command}`."
    file.write_text(f"{before}{BEGIN}\n{head}\n\n{markdown(lines)}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
