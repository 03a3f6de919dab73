"""Check an export of sealed rows: `python verify.py EXPORT [--checkpoint TEXT-OR-FILE ...]`. It needs nothing but Python 3.10 or later.

An export is lines of JSON: what it is of, then each seal with the rows that it seals, then its end. Rows are hashed as they stand
there; a seal's hash is that of all else it says, and it names the hash of the seal before. Whoever owns the database can write a whole
chain anew; so what counts is a checkpoint that left the server before: the text `sl1:SITE:SEAL:JOURNAL:EPOCH:HASH`, which is found in
any text, in answers to devices and in the cover of a package (its ZIP may be given).

Exit code 0: all is as it was sealed. 1: it isn't, and what is said of it. 2: the export or a checkpoint can't be read.
"""

import argparse
import gzip
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

START = "0" * 64
"""What the first seal names as the hash before it."""
_CHECKPOINT = re.compile(r"sl1:(\d{1,18}):(\d{1,18}):(\d{1,18}):([0-9a-f-]{36}):([0-9a-f]{64})")
_HEAD = ("content", "epoch", "first", "format", "number", "previous", "rows", "sealed_at", "site", "upto")


class Unreadable(Exception):
    """Why an export or a checkpoint can't be read."""


class Checkpoint(NamedTuple):
    """The newest seal of a journal when it left the server."""

    site: int
    number: int
    upto: int
    epoch: str
    hash: str

    def __str__(self) -> str:
        return f"sl1:{self.site}:{self.number}:{self.upto}:{self.epoch}:{self.hash}"


class Report:
    """What was found: `wrong` and what else is to be known, in sentences."""

    def __init__(self) -> None:
        self.site, self.seals, self.rows, self.held = "", 0, 0, 0
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.newest: Checkpoint | None = None

    def lines(self) -> Iterator[str]:
        """Say it."""
        upto = self.newest.upto if self.newest else 0
        yield f"{self.site}: {self.seals} seals over {self.rows} rows, journal up to {upto}."
        yield from self.notes
        yield from (f"WRONG: {one}" for one in self.wrong)
        if not self.wrong:
            yield "Every row is as it was sealed, and every seal follows from the one before."
            yield (
                f"Nothing up to journal {self.held} was changed since its checkpoint left the server."
                if self.held
                else "No checkpoint was compared: who owns the database could have sealed everything anew."
            )
        if self.newest:
            yield f"Newest checkpoint: {self.newest}"


def digest(seal: dict[str, Any]) -> str:
    """Return the hash that a seal must have."""
    head = {name: seal[name] for name in _HEAD}
    return hashlib.sha256(json.dumps(head, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def checkpoints(text: str) -> list[Checkpoint]:
    """Return all checkpoints in a text."""
    return [Checkpoint(int(s), int(n), int(u), epoch, sha) for s, n, u, epoch, sha in _CHECKPOINT.findall(text)]


def check(lines: Iterable[bytes], given: Sequence[Checkpoint] = (), restored: Sequence[str] = ()) -> Report:
    """Check the lines of an export; `restored` names epochs that began by a restore that is known of, or `EPOCH:SEAL` with the newest
    seal of its backup, up to which nothing is excused. Raises Unreadable."""
    reading = _Reading(iter(lines), {(one.number, one.hash) for one in given}, restored)
    reading.all()
    for one in dict.fromkeys(given):
        reading.compare(one)
    return reading.report


class _Reading:
    """What is known of an export while its lines are read."""

    def __init__(self, lines: Iterator[bytes], given: set[tuple[int, str]], restored: Sequence[str]) -> None:
        self.lines, self.report = lines, Report()
        self.restored = {epoch: int(seal) if seal.isdecimal() else 0 for epoch, _, seal in (one.partition(":") for one in restored)}
        self.ended: dict[str, dict[str, Any] | None] = {}
        """By epoch the seal that the chain had when it began."""
        self.before: dict[str, Any] | None = None
        self.asked = {number for number, _ in given}
        self.seen: dict[int, tuple[str, str]] = {}
        self.content, self.rows = hashlib.sha256(), 0

    def all(self) -> None:
        """Read the export to its end."""
        self.about = _part(next(self.lines, b""), "export")
        self.report.site = str(self.about["site"])
        self.seen[self.about["after"]] = (self.about["previous"], self.about["epoch"])
        for line in self.lines:
            if line.startswith(b"["):
                self.content.update(line)
                self.rows += 1
            elif line.startswith(b'{"end"'):
                self._end(_part(line, "end"))
                return
            else:
                self._close()
                self._seal(_part(line, "seal"))
        self._close()
        self.report.wrong.append("The export is cut off: it has no end. Take it again.")

    def _seal(self, seal: dict[str, Any]) -> None:
        """Check that a seal is what it was, and follows from the one before."""
        before, name, wrong = self.before, _name(seal), self.report.wrong
        number, first, previous = (
            (before["number"], before["upto"], before["hash"])
            if before
            else (self.about["after"], self.about["upto"], self.about["previous"])
        )
        if seal["hash"] != digest(seal):
            wrong.append(f"{name} was changed itself: its hash isn't that of what it says.")
        if seal["site"] != self.about["site_id"]:
            wrong.append(f"{name} is of another journal.")
        if seal["number"] != number + 1:
            wrong.append(f"{name} follows number {number}: {'seals are missing' if seal['number'] > number else 'the order is another'}.")
        if seal["first"] != first + 1:
            wrong.append(f"{name} begins at journal {seal['first']}, but what was sealed before it ends at {first}.")
        if seal["previous"] != previous:
            wrong.append(f"{name} was made after another one than number {number} as it is here: that was changed, or put in its place.")
        if before is None or before["epoch"] != seal["epoch"]:
            self.ended.setdefault(seal["epoch"], before)
        self.before = seal
        self.report.seals += 1
        self.report.newest = Checkpoint(seal["site"], seal["number"], seal["upto"], seal["epoch"], seal["hash"])
        if seal["number"] in self.asked:
            self.seen[seal["number"]] = (seal["hash"], seal["epoch"])

    def _close(self) -> None:
        """Check the rows of the seal that was read last."""
        seal, content, rows = self.before, self.content.hexdigest(), self.rows
        self.content, self.rows = hashlib.sha256(), 0
        self.report.rows += rows
        if seal is None:
            if rows:
                self.report.wrong.append(f"{rows} rows stand before the first seal.")
        elif rows != seal["rows"]:
            how = f"{abs(rows - seal['rows'])} {'more' if rows > seal['rows'] else 'fewer'} than were sealed"
            self.report.wrong.append(f"{_name(seal)} has {rows} rows, {how}.")
        elif content != seal["content"]:
            self.report.wrong.append(f"{_name(seal)} has rows that aren't as they were sealed: a value or the order was changed.")

    def _end(self, end: dict[str, Any]) -> None:
        self._close()
        newest = self.report.newest
        upto = newest.upto if newest else self.about["upto"]
        if next(self.lines, b"").strip():
            self.report.wrong.append("Something stands behind the end of the export.")
        if end["journal"] < upto:
            self.report.wrong.append(f"The journal stands at {end['journal']}, but was sealed up to {upto}: it was set back.")
        elif end["journal"] > upto:
            self.report.notes.append(f"Journal {upto + 1} to {end['journal']} isn't sealed yet, and not in this export.")

    def compare(self, one: Checkpoint) -> None:
        """Compare what was read with a checkpoint that left the server."""
        report, newest = self.report, self.report.newest
        if one.site != self.about["site_id"]:
            report.notes.append(f"The checkpoint {one} is of another site; it wasn't compared.")
            return
        if one.number < self.about["after"]:
            report.notes.append(f"The checkpoint of seal {one.number} lies before this export; it wasn't compared.")
            return
        sha, epoch = self.seen.get(one.number, ("", self.about["epoch"]))
        if sha == one.hash:
            report.held = max(report.held, one.upto)
            return
        last = f"the chain ends at seal {newest.number}" if newest else "there is no seal"
        what = f"another seal has number {one.number} now" if sha else f"{last}: its tail was cut, or an older copy was put back"
        if one.number == self.about["after"]:
            what = "what this export begins after has another hash"
        told = f"The server gave away the checkpoint of seal {one.number} (up to journal {one.upto}), but {what}."
        if epoch == one.epoch:
            report.wrong.append(told)
            return
        told += f" The database was restored since: its epoch was {one.epoch}, and is {epoch}."
        last_kept = self.ended.get(epoch, self.before)
        end = f"seal {last_kept['number']}" if last_kept else f"seal {self.about['after']} or before"
        if epoch in self.restored and one.number > self.restored[epoch]:
            report.notes.append(
                f"{told} You know of that restore; what was sealed after the backup was made is not in this database. By this chain "
                f"the backup ended with {end}: if it was made later, the chain was sealed anew since, and that is no excuse."
            )
        elif epoch in self.restored:
            report.wrong.append(f"{told} The backup had it, you say; by this chain it ended with {end}: that was sealed anew.")
        else:
            report.wrong.append(f"{told} If that restore is known, and was allowed, say --restored {epoch}.")


def _name(seal: dict[str, Any]) -> str:
    return f"Seal {seal['number']} (journal {seal['first']} to {seal['upto']})"


_SHAPES: dict[str, dict[str, type]] = {
    "export": {"site": str, "site_id": int, "epoch": str, "after": int, "upto": int, "previous": str},
    "seal": dict.fromkeys(_HEAD, int) | dict.fromkeys(("content", "epoch", "previous", "hash"), str),
    "end": {"journal": int},
}


def _part(line: bytes, kind: str) -> dict[str, Any]:
    """Return what a line says; raises Unreadable."""
    try:
        found = json.loads(line)[kind]
        if all(type(found[name]) is wanted for name, wanted in _SHAPES[kind].items()):
            return dict(found)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise Unreadable(f"A line is no {kind} of an export: {line[:80].decode(errors='replace')!r}")


def read_checkpoints(said: str) -> list[Checkpoint]:
    """Return the checkpoints of a text, or of a file with texts, which may be the ZIP of a package; raises Unreadable."""
    found = checkpoints(said)
    if not found:
        try:
            if zipfile.is_zipfile(said):
                with zipfile.ZipFile(said) as archive:
                    told = [archive.read(name) for name in archive.namelist() if name.endswith((".txt", ".json"))]
            else:
                told = [Path(said).read_bytes()]
        except (OSError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{said} is no checkpoint and no file that can be read ({error}).") from error
        found = [one for each in told for one in checkpoints(each.decode(errors="replace"))]
    if not found:
        raise Unreadable(f"{said} has no checkpoint.")
    return found


def _read(file: Any) -> Iterator[bytes]:
    """Return the lines of an export, which may be gzipped."""
    packed = io.BufferedReader(file, 1 << 20)
    plain: Any = gzip.GzipFile(fileobj=packed) if packed.peek(2)[:2] == b"\x1f\x8b" else packed
    try:
        yield from plain
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"The export is cut off or damaged ({error}).") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description="Check an export of sealed rows.")
    parser.add_argument("export", help="the file, gzipped or not; - for standard input")
    parser.add_argument(
        "--checkpoint", action="append", default=[], metavar="TEXT-OR-FILE", help="that left the server before; may be said several times"
    )
    parser.add_argument(
        "--restored",
        action="append",
        default=[],
        metavar="EPOCH[:SEAL]",
        help="an epoch that began by a restore you know of, and the newest seal of its backup",
    )
    said = parser.parse_args(arguments)
    try:
        given = [one for text in said.checkpoint for one in read_checkpoints(text)]
        with open(sys.stdin.fileno() if said.export == "-" else said.export, "rb", 0) as file:
            report = check(_read(file), given, said.restored)
    except (Unreadable, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for line in report.lines():
        print(line)
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
