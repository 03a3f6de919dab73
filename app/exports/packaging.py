"""Make the package of a posted count: one ZIP, written to disk part by part, whose data is the same bytes each time.

Only the cover tells the number of the package, who took it and when. Taken again, a package is as of the same number of the journal
as the first, unless another is asked for; the cover says how many scans have come since.
"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

from sqlalchemy import Connection, text

from app import instance, journal, times, wire
from app.access import Caller
from app.counts import comparing, draining
from app.counts.comparing import Header
from app.db import reading, writing
from app.errors import Problem
from app.exports import numbering, pages, parts, profiles, saving, selecting, summary
from app.exports.numbering import Taken
from app.exports.selecting import Counter
from app.seals import checkpoints

_FIXED = (1980, 1, 1, 0, 0, 0)
"""The time of each part: ZIP has no earlier one."""


class Made(NamedTuple):
    """A package: its file (gone once closed), all that were taken of the count (this one last), and its epoch."""

    file: IO[bytes]
    taken: list[Taken]
    epoch: str


class _About(NamedTuple):
    """What the data says of itself, and what only the cover says: how many scans came since, and how many lines were reversed since."""

    data: dict[str, Any]
    since: int
    reversed_since: int


def make(site_id: int, code: str, upto: int | None, epoch: str | None, profile: str | None, who: Caller) -> Made:
    """Make a package and give it a number; `profile` names that of its CSV files.

    Raises not_found, not_posted, bad_request, changed, epoch_changed.
    """
    file = tempfile.TemporaryFile(suffix=".zip")  # noqa: SIM115  # the response closes it
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            with reading() as tx:
                kept = None if profile is None else saving.named(tx, site_id, profile)
                count, about, sums = _write_data(tx, archive, site_id, code, upto, epoch, kept)
            with writing() as tx:
                told = None if kept is None else wire.text(kept)
                taken = numbering.number(tx, site_id, count.id, code, about.data["journal"], sums, told, who)
                sealed = checkpoints.text(tx, site_id)
            _write_cover(archive, count, about, taken, who, sealed)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Made(file, taken, about.data["epoch"])


def _write_data(
    tx: Connection,
    archive: zipfile.ZipFile,
    site_id: int,
    code: str,
    upto: int | None,
    epoch: str | None,
    kept: dict[str, Any] | None,
) -> tuple[Header, _About, str]:
    """Write the parts that are always the same, and the hash of each; return the hash of the hashes."""
    count = comparing.header(tx, site_id, code)
    if count.final != "posted":
        raise Problem("not_posted", f"The count is {count.status}; a package is of what was posted.")
    now = instance.epoch(tx)
    if epoch is not None and epoch != now:
        raise Problem("epoch_changed")
    at = upto if upto is not None else next((one.upto for one in numbering.taken(tx, count.id)), journal.read(tx, site_id))
    lines, _ = selecting.table(tx, "reconciliation", site_id, at, code)
    about = _about(tx, count, at, now)
    tally, people = parts.tally(tx, count, at), parts.people(tx, count, at)
    scans = parts.scans(tx, count, at)
    counter = Counter(scans.rows)
    tables = {
        "lines.csv": ("reconciliation", lines),
        "journal.csv": ("journal", parts.journal_table(count, tally.entries)),
        "scans.csv": ("count_scans", scans._replace(rows=counter)),
        "people.csv": ("people", parts.people_table(people)),
    }
    profile = None if kept is None else profiles.of(kept)
    sums = {name: _add(archive, name, profiles.chunks(table, export, profile)) for name, (export, table) in tables.items()}
    told = summary.sections(about, tally, people, draining.kept(count.drained) if count.drained else None)
    title = f"Count {code}: summary"
    sums |= {
        "summary.xlsx": _add(archive, "summary.xlsx", [pages.xlsx(title, told)]),
        "summary.pdf": _add(archive, "summary.pdf", [pages.pdf(title, told, summary.SIGNED)]),
        "control.json": _add(archive, "control.json", [_json(summary.control(about, tally, counter.rows))]),
    }
    listed = "".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items())).encode()
    since = _About(about, parts.scans_since(tx, count, at), parts.reversed_since(tx, count, at))
    return count, since, _add(archive, "SHA256SUMS", [listed])


def _about(tx: Connection, count: Header, upto: int, epoch: str) -> dict[str, Any]:
    """Return what a package is of; nothing of it changes later."""
    return {
        "count": count.code,
        "site": tx.scalar(text("SELECT code FROM sites WHERE id = :id"), {"id": count.site_id}),
        "status": count.status,
        "kind": count.kind,
        "blind": count.blind,
        "policy": count.policy,
        "tolerance": count.tolerance or None,
        "tolerances": count.tolerances or None,
        "second_above": count.second_above,
        "approved_at": times.wire_or_none(count.approved_at),
        "second_approved_at": times.wire_or_none(count.seconded_at),
        "override": count.override,
        "hash": count.hash,
        "journal": upto,
        "epoch": epoch,
    }


def _write_cover(archive: zipfile.ZipFile, count: Header, about: _About, taken: list[Taken], who: Caller, sealed: str | None) -> None:
    this, before = taken[-1], taken[:-1]
    same = next((one for one in before if (one.upto, one.profile) == (this.upto, this.profile)), None)
    told = {
        "Count": count.code,
        "Site": about.data["site"],
        "Export number": str(this.number),
        "Exported on": times.shown(this.at),
        "Exported by": who.name,
        "Already exported": f"{len(before)} time{'s' if len(before) > 1 else ''}, first on {times.shown(before[0].at)}" if before else "no",
        "As of journal": f"{this.upto} of epoch {about.data['epoch']}",
        "Profile of the CSV files": None if this.profile is None else wire.kept(this.profile)["name"],
        "Same data as export": None if same is None else f"{same.number}: {'yes' if same.sums == this.sums else 'NO'}",
        "Scans of the count since": f"{about.since}; upto= names a later state" if about.since else None,
        "Lines reversed since": f"{about.reversed_since}; upto= names a later state" if about.reversed_since else None,
        "Hash that was approved": count.hash,
        "SHA-256 of SHA256SUMS": this.sums,
        "Checkpoint": sealed,
    }
    title = f"Count {count.code}: export {this.number}"
    section = summary.pairs("Cover", told)
    wide = max(len(name) for name, _ in section.rows)
    plain = f"{title}\n\n" + "".join(f"{name + ':':{wide + 2}}{value}\n" for name, value in section.rows)
    _add(archive, "cover.txt", [plain.encode()])
    _add(archive, "cover.pdf", [pages.pdf(title, [section])])


def _add(archive: zipfile.ZipFile, name: str, chunks: Iterable[bytes]) -> str:
    """Write a part as it comes; return its SHA-256."""
    part = zipfile.ZipInfo(name, _FIXED)
    part.compress_type, part.external_attr, part.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
    sha = hashlib.sha256()
    with archive.open(part, "w", force_zip64=True) as into:
        for chunk in chunks:
            sha.update(chunk)
            into.write(chunk)
    return sha.hexdigest()


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Give a file's bytes, and close it."""
    with file:
        while chunk := file.read(1 << 16):
            yield chunk
