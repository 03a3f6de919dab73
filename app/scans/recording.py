"""Record scans: the one door in. Everything a batch says is stored, or nothing; each scan counts once, however often it is sent.

`record` works on one site under its journal lock, on any number of envelopes at once (`gathering` puts the envelopes of many requests
into one durable commit). Statements are per transaction, not per scan.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from app import instance, times, wire
from app.db import as_one, insert_many, look, note
from app.journal import Numbers
from app.ledger import blind
from app.scans import holding, meaning, streaming
from app.scans.acting import NewScan
from app.scans.loading import load, seq_of
from app.scans.said import Item, Said
from app.scans.sheets import Stamp
from app.scans.streams import Clock, State
from app.scans.work import Envelope, Known, Sender, Work
from app.seals import checkpoints
from app.text import clean

KEPT_OF_MALFORMED = 4096
"""How many bytes of a malformed item are kept."""


def record(numbers: Numbers, envelopes: Sequence[Envelope], careful: bool = False) -> list[dict[str, Any]]:
    """Record the envelopes of one site and return their answers. `careful` reads every balance first (see `Book.read`)."""
    note(numbers.tx, "armed", True)
    work = load(numbers.tx, numbers.site_id, numbers, times.now(), envelopes, careful)
    receipts = [[_receipt(work, envelope, index, item) for item in envelope.items] for index, envelope in enumerate(envelopes)]
    whole = _completed(envelopes)
    _store(work)
    streaming.complete(numbers.tx, whole)
    return _answers(work, envelopes, receipts)


def _hold(work: Work, envelope: Envelope, scan_id: str, seq: int | None, recorded_here: bool) -> None:
    """Take an id into its stream, unless the stream has sent it before, or whoever had its name first."""
    state = envelope.state
    if state is None:
        return
    known = work.known.get(scan_id)
    for one in (state, state.first):
        if one is not None and ((one.id, scan_id) in work.extras or (known is not None and known.stream_id == one.id)):
            return
    state.hold(scan_id, seq)
    if not recorded_here:
        state.extras_made.add(scan_id)
        work.extras.add((state.id, scan_id))


def _completed(envelopes: Sequence[Envelope]) -> list[State]:
    """Return the streams of outboxes that were enrolled anew and of which all has come."""
    whole = []
    for envelope in envelopes:
        state, made = envelope.state, envelope.made
        if state is not None and state.first is not None and made is not None and state.forked and state.is_rest(made, envelope.xor):
            state.forked = False
            for one in (state.first, state):
                one.complete(made)
                whole.append(one)
    return whole


def _receipt(work: Work, envelope: Envelope, index: int, item: Item) -> dict[str, Any]:
    said = item.said
    if said is None:
        return _malformed(work, envelope, item)
    known = work.known.get(said.id)
    if known is not None:
        _hold(work, envelope, said.id, said.seq, False)
        if known.hash != item.hash:
            return _conflict(work, envelope, item, said)
        same = (known.device_id, known.sender_id) == _sender_key(envelope.sender) and known.site_id == work.site_id
        if not same:
            return _answer(item.raw["id"], "duplicate", None, None, "", None)
        return _answer(item.raw["id"], "duplicate", known.outcome, known.reason, known.warnings, known.journal, known.location_id)
    return _recorded(work, envelope, index, item, said)


def _sender_key(sender: Sender) -> tuple[int | None, int | None]:
    return sender.device_id, None if sender.device_id is not None else sender.person_id


def _answer(
    scan_id: Any, status: str, outcome: str | None, reason: str | None, warnings: str, journal: int | None, location: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": scan_id, "status": status, "outcome": outcome, "reason": reason, "warnings": warnings.split() if warnings else [],
        "journal": journal, "_location": location,
    }  # fmt: skip


def _malformed(work: Work, envelope: Envelope, item: Item) -> dict[str, Any]:
    if item.id is not None:
        _hold(work, envelope, item.id, seq_of(item), False)
    if item.hash not in work.malformed:
        raw = wire.dumps(item.raw)[:KEPT_OF_MALFORMED].decode("utf-8", "ignore")
        work.malformed[item.hash] = (
            work.site_id, item.hash, work.numbers.next(), envelope.sender.device_id, envelope.stream_id, item.reason, item.detail[:300],
            raw, work.at,
        )  # fmt: skip
    sent = item.raw.get("id") if isinstance(item.raw, dict) else None
    shown = sent if isinstance(sent, str) and len(sent) <= 128 else None
    return _answer(shown, "malformed", None, item.reason, "", None) | {"detail": item.detail}


def _conflict(work: Work, envelope: Envelope, item: Item, said: Said) -> dict[str, Any]:
    key = (said.id, item.hash)
    if key not in work.conflicts:
        work.conflicts[key] = (
            said.id, item.hash, work.site_id, work.numbers.next(), envelope.sender.device_id, wire.text(item.raw), work.at,
        )  # fmt: skip
    return _answer(item.raw["id"], "conflict", None, None, "", None)


def _recorded(work: Work, envelope: Envelope, index: int, item: Item, said: Said) -> dict[str, Any]:
    sender, clock = envelope.sender, work.clocks[index]
    task = said.task
    occurred_at = clock.occurred_at(said.scanned_at, work.at)
    operator = None if said.operator is None else clean(said.operator)
    proven = work.grants is None or sender.device_id is None or _is_proven(work, sender.device_id, operator, occurred_at, clock)
    read = meaning.read(said, work.names, work.virtual, sender.tasks, sender.revoked, proven)
    warnings = list(read.warnings)
    if clock.changed:
        warnings.append("clock_changed")
    if not 0 <= said.scanned_at + clock.offset_ms <= work.at + clock.uncertainty_ms:
        warnings.append("clock")
    person = None
    if operator is not None:
        person = work.people.get(operator)
        if person is None:
            warnings.append("unknown_operator")
    device, sender_id = _sender_key(sender)
    entry = Known(
        item.hash, work.site_id, device, sender_id, envelope.stream_id, task, operator, "noted", None, "", work.numbers.next(),
        read.location.id if read.location else None, None, said.voids, read.quantity, sender.supervisor,
    )  # fmt: skip
    stamp = Stamp(occurred_at, clock.uncertainty_ms, envelope.stream_id, said.seq)
    scan = NewScan(work, sender, said, read, entry, stamp, person, warnings)
    lot, serial = scan.act()
    if warnings:
        entry.warnings = " ".join(dict.fromkeys(warnings))
    _hold(work, envelope, said.id, said.seq, True)
    work.known[said.id] = entry
    thing, other = read.thing, read.other
    work.scans.append(
        (
            work.site_id, entry.journal, said.id, item.hash, device, sender_id, envelope.stream_id, said.seq, task, wire.text(item.raw),
            said.scanned_at, work.at, occurred_at, clock.uncertainty_ms, entry.location_id, other.id if other else None,
            thing.id if thing else None, lot, serial, read.quantity, operator, person, entry.sheet_id, said.voids, entry.outcome,
            entry.reason, entry.warnings,
        )
    )  # fmt: skip
    return _answer(item.raw["id"], "recorded", entry.outcome, entry.reason, entry.warnings, entry.journal, entry.location_id)


def _is_proven(work: Work, device: int, operator: str | None, occurred_at: int, clock: Clock) -> bool:
    """Tell whether an operator had proven by PIN on that device who they are."""
    grants = (work.grants or {}).get((device, operator or ""), ())
    return meaning.granted(grants, occurred_at, clock.uncertainty_ms)


_SCAN_COLUMNS = (
    "site_id", "journal", "id", "hash", "device_id", "sender_id", "stream_id", "seq", "task", "said", "scanned_at", "received_at",
    "occurred_at", "uncertainty_ms", "location_id", "other_id", "product_id", "lot", "serial", "quantity", "operator", "person_id",
    "sheet_id", "voids", "outcome", "reason", "warnings",
)  # fmt: skip


_ID = _SCAN_COLUMNS.index("id")


def _store(work: Work) -> None:
    """Write all of it, in the order in which rows refer to each other."""
    tx = work.tx
    work.desk.store()
    with as_one(tx):
        _store_rows(work)
    streaming.store_gaps(tx, work.states.values())


def _store_rows(work: Work) -> None:
    """Write what sites share in the order of its keys: two that are sent the same ids, turned round, would wait for each other."""
    tx = work.tx
    insert_many(tx, "scans", _SCAN_COLUMNS, sorted(work.scans, key=itemgetter(_ID)))
    insert_many(
        tx, "malformed", ("site_id", "hash", "journal", "device_id", "stream_id", "reason", "detail", "said", "received_at"),
        list(work.malformed.values()), "ON CONFLICT (site_id, hash) DO NOTHING",
    )  # fmt: skip
    insert_many(
        tx, "conflicts", ("scan_id", "hash", "site_id", "journal", "device_id", "said", "received_at"),
        [work.conflicts[key] for key in sorted(work.conflicts)], "ON CONFLICT (scan_id, hash) DO NOTHING",
    )  # fmt: skip
    insert_many(
        tx, "lots", ("product_id", "code", "expiry"), [(*key, work.new_lots[key]) for key in sorted(work.new_lots)],
        "ON CONFLICT (product_id, code) DO UPDATE SET expiry = excluded.expiry WHERE lots.expiry IS NULL AND excluded.expiry IS NOT NULL",
    )  # fmt: skip
    holding.store(tx, [work.holds[key] for key in sorted(work.holds)])
    work.book.store()
    streaming.store(tx, work.states.values(), work.at, work.numbers.last)
    work.numbers.store()


def _answers(work: Work, envelopes: Sequence[Envelope], receipts: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    hidden: frozenset[int] | None = None
    (proofs,) = look(work.tx, streaming.proofs_of(work.tx, work.states.values()))
    checkpoint = checkpoints.newest(work.site_id)
    answers: list[dict[str, Any]] = []
    for envelope, given in zip(envelopes, receipts, strict=True):
        floor = envelope.sender.floor
        for receipt in given:
            place = receipt.pop("_location")
            if floor and receipt["warnings"] and "short" in receipt["warnings"]:
                if hidden is None:
                    hidden = blind.hidden_locations(work.tx, work.site_id)
                if place in hidden:
                    receipt["warnings"].remove("short")
        proof = None if envelope.state is None else proofs[envelope.state.id]
        answers.append(
            {
                "batch": envelope.batch,
                "epoch": instance.epoch(work.tx),
                "received_at": times.wire(work.at),
                "journal": work.numbers.last,
                "receipts": given,
                "stream": proof,
                "do": {"rotate_stream": proof is not None and proof["forked"], "resend": [], "revoked": envelope.sender.revoked},
                "checkpoint": checkpoint,
            }
        )
    return answers
