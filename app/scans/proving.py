"""Find what a shift code proves: the stream, and how much of it was held at the moment whose code it is."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, text

from app import instance, times
from app.scans import shiftcodes

FAR = 100_000
"""So many of a site's newest scans are looked through."""


def find(tx: Connection, site_id: int, said: int) -> dict[str, Any] | None:
    """Return what a code proves. The streams are walked back from now, scan by scan, as they grew; None where no state of them has it."""
    epoch = instance.epoch(tx)
    rows = tx.execute(text("SELECT s.id, s.held, s.xor FROM streams s WHERE s.site_id = :site"), {"site": site_id})
    states = {str(row[0]): (row[1], int(row[2], 16)) for row in rows}
    for stream, (held, xor) in states.items():
        if shiftcodes.number(stream, held, xor, epoch) == said:
            return _told(tx, site_id, stream, held, 0, epoch)
    since: Counter[str] = Counter()
    newest = text("SELECT id, stream_id FROM scans WHERE site_id = :site ORDER BY journal DESC LIMIT :far")
    for row in tx.execute(newest, {"site": site_id, "far": FAR}):
        scan, stream = str(row[0]), str(row[1])
        if stream not in states:
            continue
        held, xor = states[stream]
        states[stream] = held, xor = held - 1, xor ^ int(scan.replace("-", ""), 16)
        since[stream] += 1
        if shiftcodes.number(stream, held, xor, epoch) == said:
            return _told(tx, site_id, stream, held, since[stream], epoch)
    return None


def _told(tx: Connection, site_id: int, stream: str, held: int, since: int, epoch: str) -> dict[str, Any]:
    """Say it: who made those scans, and when the last of them arrived."""
    named = {"site": site_id, "stream": stream, "held": held, "since": since}
    mine = "FROM scans WHERE site_id = :site AND stream_id = :stream ORDER BY journal DESC LIMIT :held OFFSET :since"
    operators = tx.execute(text(f"SELECT operator, COUNT(*) FROM (SELECT operator {mine}) s GROUP BY operator ORDER BY 2 DESC, 1"), named)
    last = tx.scalar(text(f"SELECT MAX(received_at) FROM (SELECT received_at {mine}) s"), named)
    device = tx.scalar(
        text("SELECT d.name FROM streams s LEFT JOIN devices d ON d.id = s.device_id WHERE s.id = :stream"), {"stream": stream}
    )
    return {
        "device": device, "stream": stream, "held": held, "since": since, "epoch": epoch,
        "last_received_at": times.wire_or_none(last),
        "operators": [{"operator": row[0], "scans": row[1]} for row in operators],
    }  # fmt: skip
