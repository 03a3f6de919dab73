"""Load and store streams: their state, gaps, extra ids and clock samples."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection

from app import times, wire
from app.db import Look, Query, execute_many, insert_many, is_sqlite, update_many
from app.scans.streams import SHOWN_GAPS, Clock, State, clock, proof

States: TypeAlias = dict[str, list[State]]
"""What is held under each name of a stream: the first sender's, then that of others."""


def states_of(tx: Connection, ids: Iterable[str], at: int = 0) -> Look[States]:
    """Return what is held under these names of streams; with `at`, also their clock samples of the day before."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    sql = (
        "SELECT {0}, site_id, device_id, {1}, made, held, xor, highest, gaps, extras, forked, offset_ms, "
        "(SELECT MIN(low) FROM stream_clock c WHERE c.stream_id = streams.id AND hour > ?), "
        "(SELECT MAX(high) FROM stream_clock c WHERE c.stream_id = streams.id AND hour > ?), app, heard_journal FROM streams "
        "WHERE id {2} OR said {2} ORDER BY said IS NOT NULL"
    )
    hour = at // times.HOUR - 24
    rows = yield Query(
        16,
        sql.format("id", "said", "IN (SELECT value FROM json_each(?))"),
        sql.format("id::text", "said::text", "= ANY(?::uuid[])").replace("?", "%s"),
        (hour, hour, *[wire.text(wanted) if is_sqlite(tx) else wanted] * 2),
    )
    found: States = {}
    for r in rows:
        state = State(
            r[0], r[1], r[2], r[3], made=r[4], held=r[5], xor=int(r[6], 16), highest=r[7], gap_count=r[8], extras=r[9], forked=bool(r[10]),
            offset_ms=r[11], low=r[12], high=r[13], app=r[14],
            heard_journal=r[15],
        )  # fmt: skip
        _share(state, found.setdefault(state.said or state.id, []))
        if state.said is not None:
            found.setdefault(state.id, []).append(state)
    return found


def of_sender(found: States, name: str, site_id: int, device_id: int | None) -> State:
    """Return what a sender's scans go into: a stream is whose it was first, and another's use of its name neither moves nor tells it."""
    here = found.setdefault(name, [])
    for state in here:
        if name == (state.said or state.id) and (state.site_id, state.device_id) == (site_id, device_id):
            return state
    if here:
        state = State(str(uuid.uuid4()), site_id, device_id, said=name, forked=True, new=True)
    else:
        state = State(name, site_id, device_id, new=True)
    _share(state, here)
    return state


def _share(state: State, here: list[State]) -> None:
    """Put a state beside those of the same name, the first sender's first."""
    first = here[0] if here else None
    if state.said is not None:
        state.shared = True
        if first is not None and first.site_id == state.site_id:
            state.first, first.shared = first, True
    here.append(state)


def gaps_of(state: State, seqs: list[int]) -> Look[None]:
    """Load those gaps of a stream that some of the numbers may fill."""
    if not state.gap_count or not seqs or min(seqs) > state.highest:
        return
    rows = yield Query(
        2,
        "SELECT first, last FROM stream_gaps WHERE stream_id = ? AND last >= ? AND first <= ? ORDER BY first",
        "SELECT first, last FROM stream_gaps WHERE stream_id = %s AND last >= %s AND first <= %s ORDER BY first",
        (state.id, min(seqs), max(seqs)),
    )
    state.gaps = {first: last for first, last in rows}


def extras_of(tx: Connection, states: Iterable[State], ids: list[str]) -> Look[set[tuple[str, str]]]:
    """Return which (stream, id) are held beyond the scans recorded through that stream."""
    streams = [s.id for s in states if s.extras]
    if not streams or not ids:
        return set()
    rows = yield Query(
        2,
        "SELECT stream_id, scan_id FROM stream_extras WHERE stream_id IN (SELECT value FROM json_each(?)) "
        "AND scan_id IN (SELECT value FROM json_each(?))",
        "SELECT stream_id::text, scan_id::text FROM stream_extras WHERE stream_id = ANY(%s::uuid[]) AND scan_id = ANY(%s::uuid[])",
        (wire.text(streams), wire.text(ids)) if is_sqlite(tx) else (streams, ids),
    )
    return {(stream, scan) for stream, scan in rows}


def hear(samples: Mapping[str, tuple[State, int]]) -> dict[str, Clock]:
    """Take this moment's `received_at - sent_at` of each stream and return their clocks."""
    clocks: dict[str, Clock] = {}
    for stream, (state, sample) in samples.items():
        low = sample if state.low is None else min(state.low, sample)
        high = sample if state.high is None else max(state.high, sample)
        clocks[stream] = clock(low, high, state.offset_ms)
        state.sample, state.offset_ms = sample, clocks[stream].offset_ms
    return clocks


_KEPT = ("made", "held", "xor", "highest", "gaps", "extras", "forked", "offset_ms", "app", "heard_at", "heard_journal")


def _kept(s: State, at: int, journal: int) -> tuple[Any, ...]:
    return (
        s.made, s.held, f"{s.xor:032x}", s.highest, s.gap_count, s.extras + len(s.extras_made), s.forked, s.offset_ms, s.app, at,
        journal if s.told else s.heard_journal,
    )  # fmt: skip


def store(tx: Connection, states: Iterable[State], at: int, journal: int) -> None:
    """Store what changed, as of this number of the journal; streams that are new first, for what else is kept of them refers to them."""
    changed = sorted(states, key=lambda s: s.id)
    insert_many(
        tx, "streams", ("id", "site_id", "device_id", "said", *_KEPT),
        [(s.id, s.site_id, s.device_id, s.said, *_kept(s, at, journal)) for s in changed if s.new],
    )  # fmt: skip
    update_many(tx, "streams", ("id", *_KEPT), [(s.id, *_kept(s, at, journal)) for s in changed if not s.new])
    least, most = ("MIN", "MAX") if is_sqlite(tx) else ("LEAST", "GREATEST")
    insert_many(
        tx, "stream_clock", ("stream_id", "hour", "low", "high"),
        [(s.id, at // times.HOUR, s.sample, s.sample) for s in changed if s.sample is not None],
        "ON CONFLICT (stream_id, hour) DO UPDATE "
        f"SET low = {least}(stream_clock.low, excluded.low), high = {most}(stream_clock.high, excluded.high)",
    )  # fmt: skip


def store_gaps(tx: Connection, states: Iterable[State]) -> None:
    """Store the gaps that opened and closed, and the ids that are held elsewhere."""
    changed = sorted(states, key=lambda s: s.id)
    execute_many(tx, "DELETE FROM stream_gaps WHERE stream_id = ? AND first = ?", [(s.id, f) for s in changed for f in sorted(s.gaps_gone)])
    insert_many(
        tx, "stream_gaps", ("stream_id", "first", "last"), [(s.id, f, last) for s in changed for f, last in sorted(s.gaps_made.items())]
    )
    insert_many(tx, "stream_extras", ("stream_id", "scan_id"), [(s.id, i) for s in changed for i in sorted(s.extras_made)])


def complete(tx: Connection, states: Sequence[State]) -> None:
    """Store that of these nothing is missing."""
    execute_many(
        tx,
        "UPDATE streams SET made = ?, highest = ?, gaps = 0, forked = ? WHERE id = ?",
        [(s.made, s.highest, s.forked, s.id) for s in states],
    )
    execute_many(tx, "DELETE FROM stream_gaps WHERE stream_id = ?", [(s.id,) for s in states])


def proofs_of(tx: Connection, states: Iterable[State]) -> Look[dict[str, dict[str, Any]]]:
    """Return the proofs of streams as they are stored, by stream: one statement for all that have gaps."""
    known = {state.id: state for state in states}
    gaps: dict[str, list[tuple[int, int]]] = {}
    missing: dict[str, int] = {}
    gapped = sorted(state.id for state in known.values() if state.gap_count)
    if gapped:
        sql = (
            "SELECT stream_id{}, first, last, total FROM (SELECT stream_id, first, last, "
            "SUM(last - first + 1) OVER (PARTITION BY stream_id) AS total, "
            "ROW_NUMBER() OVER (PARTITION BY stream_id ORDER BY first) AS place FROM stream_gaps WHERE stream_id {}) g "
            "WHERE place <= {} ORDER BY stream_id, first"
        )
        rows = yield Query(
            4,
            sql.format("", "IN (SELECT value FROM json_each(?))", SHOWN_GAPS),
            sql.format("::text", "= ANY(%s::uuid[])", SHOWN_GAPS),
            (wire.text(gapped) if is_sqlite(tx) else gapped,),
        )
        for stream, first, last, total in rows:
            gaps.setdefault(stream, []).append((first, last))
            missing[stream] = int(total)
    return {number: proof(state, gaps.get(number, []), missing.get(number, 0)) for number, state in known.items()}
