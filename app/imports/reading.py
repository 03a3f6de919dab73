"""Read one table in a process of its own, with limits on time, memory and what it writes: file on stdin, JSON lines on stdout.

The first line is the head, each further one a row. Run by `spooling`; 3 and a text on stderr say that the file is no table.
"""

import contextlib
import itertools
import json
import os
import resource
import sys
import zlib

from app.imports import tables

BAD, TOO_LARGE = 3, 4
CPU = 30
"""Seconds of CPU; 500,000 rows of ten cells take half of it."""
MEMORY = 320 << 20
OUTPUT = 512 << 20


def limit(cpu: int = CPU, memory: int = MEMORY, output: int = OUTPUT) -> None:
    """Take on the limits; a system that doesn't know one leaves it."""
    for what, most in (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, output),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main() -> int:
    """Read stdin as the JSON argument says; return the exit code."""
    limit()
    asked = json.loads(sys.argv[1])
    with open(0, "rb") as file, open(1, "w", encoding="ascii") as out:
        try:
            is_zip = file.read(2) == b"PK"
            file.seek(0)
            if is_zip:
                from app.imports import workbook  # a third of what a small CSV takes

                head, rows = workbook.read(file, asked["sheet"])
            else:
                head, rows = tables.read(file, asked["names"])
            out.write(_encode(head) + "\n")
            for row in itertools.islice(rows, asked["most"]):
                out.write(_plainly(row) or _encode(row) + "\n")
            out.flush()
        except tables.BadTable as error:
            sys.stderr.write(str(error))
            return BAD
        except zlib.error:
            sys.stderr.write("The file's compression is damaged.")
            return BAD
        except (MemoryError, RecursionError, OSError):
            os._exit(TOO_LARGE)
    return 0


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def _plainly(row: tables.Line) -> str | None:
    """Return the JSON of a row that has no more cells than the header and needs no escapes, None for any other."""
    try:
        cells = '","'.join(row.cells)  # type: ignore[arg-type]  # a cell that can't be read is a list
    except TypeError:
        return None
    plain = (
        not row.overflows and cells.isascii() and cells.isprintable() and "\\" not in cells and cells.count('"') == 2 * len(row.cells) - 2
    )
    return f'[{row.number},["{cells}"],false]\n' if plain else None


if __name__ == "__main__":
    sys.exit(main())
