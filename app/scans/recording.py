"""Record scans: the one door in. Everything a batch says is stored, or nothing; each scan counts once, however often it is sent.

`record` works on one site under its journal lock, on any number of envelopes at once (`gathering` puts the envelopes of many requests
into one durable commit). Statements are per transaction, not per scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from app import instance, times, wire
from app.db import execute_many, fetch, insert_many, is_sqlite, note, pipelined
from app.journal import Numbers
from app.ledger import blind
from app.ledger.posting import Book, Draft, TooFar, reversals, virtual_locations
from app.scans import meaning, streaming
from app.scans.codes import Named, Place
from app.scans.meaning import Meaning
from app.scans.naming import memory_of, named, people
from app.scans.said import POSTING, Item, Said
from app.scans.sheets import Desk, Sheet, Stamp, live_counts
from app.scans.streams import UNKNOWN_CLOCK, Clock, State
from app.text import clean, keepable

KEPT_OF_MALFORMED = 4096
"""How many bytes of a malformed item are kept."""


class Sender(NamedTuple):
    """Who sends an envelope: a device, or a person by key or session."""

    site_id: int
    device_id: int | None
    person_id: int | None
    tasks: frozenset[str] | None
    revoked: bool
    supervisor: bool
    floor: bool


@dataclass(slots=True)
class Envelope:
    """A batch as it was read."""

    sender: Sender
    items: list[Item]
    batch: str | None = None
    stream: str | None = None
    made: int | None = None
    sent_at: int | None = None
    courier: bool = False
    """Carried in a file: when it was sent says nothing about the device's clock."""


@dataclass(slots=True)
class Known:
    """A scan that is stored (or about to be): what a resend or a void needs to know of it."""

    hash: bytes
    site_id: int
    device_id: int | None
    sender_id: int | None
    stream_id: str | None
    task: str
    operator: str | None
    outcome: str
    reason: str | None
    warnings: str
    journal: int
    location_id: int | None = None
    sheet_id: int | None = None
    voids: str | None = None
    quantity: int | None = None
    supervisor: bool = False
    """Of a void: whether a supervisor sent it."""


@dataclass(slots=True)
class Work:
    """What one transaction knows and is about to store."""

    tx: Connection
    site_id: int
    numbers: Numbers
    at: int
    known: dict[str, Known]
    voided: dict[str, list[Known]]
    names: dict[str, Named]
    people: dict[str, int | None]
    virtual: dict[str, Place]
    book: Book
    desk: Desk
    held: set[tuple[int, str]]
    expiry: dict[tuple[int, str], str]
    live: dict[int, int] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    clocks: dict[int, Clock] = field(default_factory=dict)
    extras: set[tuple[str, str]] = field(default_factory=set)
    scans: list[tuple[Any, ...]] = field(default_factory=list)
    conflicts: dict[tuple[str, bytes], tuple[Any, ...]] = field(default_factory=dict)
    malformed: dict[bytes, tuple[Any, ...]] = field(default_factory=dict)
    new_lots: set[tuple[int, str]] = field(default_factory=set)
    holds: dict[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)
    drafts: dict[str, list[tuple[int, Draft]]] = field(default_factory=dict)
    reversible: dict[str, list[Draft]] = field(default_factory=dict)


def record(numbers: Numbers, envelopes: Sequence[Envelope], careful: bool = False) -> list[dict[str, Any]]:
    """Record the envelopes of one site and return their answers. `careful` reads every balance first (see `Book.read`)."""
    note(numbers.tx, "armed", True)
    work = _load(numbers.tx, numbers.site_id, numbers, times.now(), envelopes, careful)
    receipts = [[_receipt(work, envelope, index, item) for item in envelope.items] for index, envelope in enumerate(envelopes)]
    _store(work)
    return _answers(work, envelopes, receipts)


def _load(tx: Connection, site_id: int, numbers: Numbers, at: int, envelopes: Sequence[Envelope], careful: bool) -> Work:
    """Read all that the envelopes touch, a statement per kind."""
    ids: set[str] = set()
    voids: set[str] = set()
    well_formed: list[Said] = []
    for envelope in envelopes:
        for item in envelope.items:
            said = item.said
            if said is not None:
                well_formed.append(said)
                ids.add(said.id)
                if said.voids is not None:
                    voids.add(said.voids)
            elif item.id is not None:
                ids.add(item.id)
    known, voided = _known(tx, sorted(ids | voids))
    fresh = [said for said in well_formed if said.id not in known] if known else well_formed
    texts: set[str | None] = set()
    operators: set[str | None] = set()
    for said in fresh:
        texts.update((said.location, said.barcode, said.target, said.origin))
        operators.add(said.operator)
    texts.discard(None)
    operators.discard(None)
    virtual = _virtual(tx, site_id)
    memory = memory_of(tx, site_id)
    work = Work(
        tx, site_id, numbers, at, known,
        voided=voided,
        names=named(tx, site_id, texts, memory),  # type: ignore[arg-type]
        people=people(tx, memory, {clean(operator) for operator in operators if operator is not None}),
        virtual=virtual,
        book=Book(numbers, at),
        desk=Desk(numbers, at),
        held=set(),
        expiry={},
        reversible=reversals(tx, site_id, [v for v in voids if v in known]),
    )  # fmt: skip
    _load_sheets(work, fresh)
    _load_stock(work, fresh, careful)
    _load_streams(work, envelopes)
    return work


def _known(tx: Connection, ids: list[str]) -> tuple[dict[str, Known], dict[str, list[Known]]]:
    """Return the stored scans among `ids`, and by scan among them the voids that count: those that came after a stored scan, or
    before one that is new."""
    columns = (
        "hash, site_id, device_id, sender_id, {0}, task, operator, outcome, reason, warnings, journal, location_id, sheet_id, {1}, "
        "quantity, CASE WHEN sender_id IS NULL THEN 0 ELSE "
        "(SELECT COUNT(*) FROM roles r WHERE r.person_id = sender_id AND r.role = 'supervisor') END, {2}"
    )
    listed = wire.text(ids) if is_sqlite(tx) else "{" + ",".join(ids) + "}"
    rows = fetch(
        tx,
        f"SELECT {columns.format('stream_id', 'voids', 'id')} FROM scans WHERE id IN (SELECT value FROM json_each(?)) "
        "OR voids IN (SELECT value FROM json_each(?))",
        f"SELECT {columns.format('stream_id::text', 'voids::text', 'id::text')} FROM scans "
        "WHERE id = ANY(%s::uuid[]) OR voids = ANY(%s::uuid[])",
        (listed, listed),
    )
    wanted = set(ids)
    found = {r[-1]: Known(*(bytes(r[0]), *r[1:-2], bool(r[-2]))) for r in rows}
    known = {number: scan for number, scan in found.items() if number in wanted}
    voids: dict[str, list[Known]] = {}
    for void in found.values():
        target = void.voids
        if target in wanted and void.outcome != "refused" and (target not in known or void.journal > known[target].journal):
            voids.setdefault(target, []).append(void)
    return known, voids


def _virtual(tx: Connection, site_id: int) -> dict[str, Place]:
    return {code: Place(number, code, True, False) for code, number in virtual_locations(tx, site_id).items()}


def _load_stock(work: Work, fresh: list[Said], careful: bool) -> None:
    pairs: set[tuple[int, int]] = set()
    tracked: set[int] = set()
    products: set[int] = set()
    names = work.names
    out = False
    for said in fresh:
        thing = names[said.barcode].thing if said.barcode is not None else None
        if thing is None:
            continue
        product, task = thing.id, said.task
        products.add(product)
        out = out or task in ("pick", "move")
        if thing.tracking != "none":
            tracked.add(product)
            if said.location is None and said.sheet is not None:
                sheet = work.desk.named(clean(said.sheet))
                if sheet is not None:
                    pairs.add((sheet.location_id, product))
        elif task not in POSTING:
            continue
        for code in (said.location, said.target, said.origin):
            if code is not None:
                place = names[code].place
                if place is not None:
                    pairs.add((place.id, product))
        if careful:
            pairs.update((place.id, product) for place in work.virtual.values())
    pairs.update((p, d.product_id) for drafts in work.reversible.values() for d in drafts for p in (d.source_id, d.target_id))
    work.book.read(pairs, careful)
    if tracked or out:
        values = (wire.text(sorted(tracked)), wire.text(sorted(products))) if is_sqlite(work.tx) else (sorted(tracked), sorted(products))
        sql = (
            "SELECT product_id, code, expiry FROM lots WHERE expiry IS NOT NULL AND product_id {0} "
            "UNION ALL SELECT product_id, lot, NULL FROM holds WHERE held AND product_id {0} AND site_id = {1}"
        )
        rows = fetch(
            work.tx,
            sql.format("IN (SELECT value FROM json_each(?))", "?"),
            sql.format("= ANY(%s::bigint[])", "%s"),
            (*values, work.site_id),
        )
        work.expiry = {(product, lot): expiry for product, lot, expiry in rows if expiry is not None}
        work.held = {(product, lot) for product, lot, expiry in rows if expiry is None}


def _load_sheets(work: Work, fresh: list[Said]) -> None:
    counting = [s for s in fresh if s.task in ("count", "empty", "finish")]
    if not counting:
        return
    places = {name.place.id for s in counting if s.location is not None and (name := work.names[s.location]).place is not None}
    operators = {clean(s.operator) for s in counting if s.operator is not None}
    work.desk.load({clean(s.sheet) for s in counting if s.sheet is not None}, places, operators)
    if any(s.task == "empty" for s in counting):
        work.live = live_counts(work.tx, [s.id for s in work.desk.all()])


def _load_streams(work: Work, envelopes: Sequence[Envelope]) -> None:
    """Load the streams, make the new ones, and read their clocks."""
    states = streaming.load(work.tx, (e.stream for e in envelopes if e.stream is not None), work.at)
    samples: dict[str, tuple[State, int]] = {}
    for e in envelopes:
        if e.stream is None:
            continue
        state = states.get(e.stream)
        if state is None:
            state = states[e.stream] = State(e.stream, e.sender.device_id, new=True)
        elif state.device_id != e.sender.device_id:
            state.forked = True
        state.heard(e.made)
        if e.sent_at is not None and not e.courier:
            sample = work.at - e.sent_at
            samples[e.stream] = (state, min(sample, samples[e.stream][1]) if e.stream in samples else sample)
    streaming.create(work.tx, work.site_id, states.values(), work.at)
    clocks = streaming.hear(work.tx, samples, work.at)
    for index, e in enumerate(envelopes):
        if e.sent_at is None or e.courier:
            work.clocks[index] = UNKNOWN_CLOCK
        elif e.stream is not None:
            work.clocks[index] = clocks[e.stream]
        else:
            work.clocks[index] = Clock(work.at - e.sent_at, 2_000)
    for state in states.values():
        if state.gap_count:
            seqs = [i.said.seq for e in envelopes if e.stream == state.id for i in e.items if i.said and i.said.seq is not None]
            seqs += [_seq(i) or 0 for e in envelopes if e.stream == state.id for i in e.items if i.said is None and _seq(i)]
            streaming.load_gaps(work.tx, state, seqs)
    work.states = states
    if any(state.extras for state in states.values()):
        ids = sorted({i.said.id if i.said else i.id or "" for e in envelopes if e.stream for i in e.items} - {""})
        work.extras = streaming.extras(work.tx, states.values(), ids)


def _seq(item: Item) -> int | None:
    """Return the number of a malformed item, where it has one."""
    seq = item.raw.get("seq") if isinstance(item.raw, dict) else None
    return seq if type(seq) is int and 1 <= seq <= 2**53 else None


def _hold(work: Work, envelope: Envelope, scan_id: str, seq: int | None, recorded_here: bool) -> None:
    """Take an id into its stream, unless the stream has sent it before."""
    if envelope.stream is None:
        return
    state = work.states[envelope.stream]
    known = work.known.get(scan_id)
    if (state.id, scan_id) in work.extras or (known is not None and known.stream_id == state.id):
        return
    state.hold(scan_id, seq)
    if not recorded_here:
        state.extras_made.add(scan_id)
        work.extras.add((state.id, scan_id))


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
        _hold(work, envelope, item.id, _seq(item), False)
    if item.hash not in work.malformed:
        raw = wire.dumps(item.raw)[:KEPT_OF_MALFORMED].decode("utf-8", "ignore")
        work.malformed[item.hash] = (
            work.site_id, item.hash, work.numbers.next(), envelope.sender.device_id, envelope.stream, item.reason, item.detail[:300], raw,
            work.at,
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
    read = meaning.read(said, work.names, work.virtual, sender.tasks, sender.revoked)
    warnings = list(read.warnings)
    if clock.changed:
        warnings.append("clock_changed")
    if not 0 <= said.scanned_at + clock.offset_ms <= work.at + clock.uncertainty_ms:
        warnings.append("clock")
    operator = None if said.operator is None else clean(said.operator)
    person = None
    if operator is not None:
        person = work.people.get(operator)
        if person is None:
            warnings.append("unknown_operator")
    device, sender_id = _sender_key(sender)
    entry = Known(
        item.hash, work.site_id, device, sender_id, envelope.stream, task, operator, "noted", None, "", work.numbers.next(),
        read.location.id if read.location else None, None, said.voids, read.quantity, sender.supervisor,
    )  # fmt: skip
    scan = _Scan(work, sender, said, read, entry, Stamp(occurred_at, clock.uncertainty_ms, envelope.stream, said.seq), person, warnings)
    lot = scan.act()
    if warnings:
        entry.warnings = " ".join(dict.fromkeys(warnings))
    _hold(work, envelope, said.id, said.seq, True)
    work.known[said.id] = entry
    thing, other = read.thing, read.other
    work.scans.append(
        (
            work.site_id, entry.journal, said.id, item.hash, device, sender_id, envelope.stream, said.seq, task, wire.text(item.raw),
            said.scanned_at, work.at, occurred_at, clock.uncertainty_ms, entry.location_id, other.id if other else None,
            thing.id if thing else None, lot, "", read.quantity, operator, person, entry.sheet_id, said.voids, entry.outcome, entry.reason,
            entry.warnings,
        )
    )  # fmt: skip
    return _answer(item.raw["id"], "recorded", entry.outcome, entry.reason, entry.warnings, entry.journal, entry.location_id)


@dataclass(slots=True)
class _Scan:
    """One new scan on its way into the ledger."""

    work: Work
    sender: Sender
    said: Said
    read: Meaning
    entry: Known
    stamp: Stamp
    person: int | None
    warnings: list[str]

    def act(self) -> str:
        """Do what the scan says, note its outcome in `entry`; return its lot."""
        said, read, work = self.said, self.read, self.work
        task = said.task
        if task == "void":
            if read.reason is not None:
                self._refuse(read.reason)
            else:
                self._void()
            return ""
        lot = "" if said.lot is None else clean(said.lot)
        reason = read.reason
        if reason is None and self._is_voided():
            self.entry.reason = "voided"
            if task in ("count", "empty", "finish"):
                self._sheet()
            return lot
        if task in ("count", "empty", "finish") and reason not in ("revoked_device", "task_not_allowed", "unknown_location"):
            sheet_reason = self._sheet()
            reason = reason or sheet_reason
        if read.thing is not None and (task in POSTING or task == "count"):
            place = read.location.id if read.location else self.entry.location_id
            on_hand = work.book.on_hand(place, read.thing.id) if place is not None else {}
            lot, warning, lot_reason = meaning.lot_of(lot, read.thing, on_hand, task == "count")
            reason = reason or lot_reason
            if warning:
                self.warnings.append(warning)
        if reason is not None:
            self._refuse(reason)
        elif task in POSTING:
            self._post(lot)
        elif task in ("hold", "release"):
            self._hold_lot(lot)
        return lot

    def _refuse(self, reason: str) -> None:
        self.entry.outcome, self.entry.reason = "refused", reason

    def _post(self, lot: str) -> None:
        read, work, entry = self.read, self.work, self.entry
        assert read.location is not None
        assert read.other is not None
        assert read.thing is not None
        assert read.quantity is not None
        source, target = (read.other.id, read.location.id) if read.inward else (read.location.id, read.other.id)
        draft = Draft(
            "scan", self.said.id, read.thing.id, lot, "", read.quantity, source, target, self.stamp.occurred_at, self.stamp.uncertainty_ms,
            None if self.said.reason_code is None else keepable(self.said.reason_code), None, None, self.person,
        )  # fmt: skip
        try:
            short = work.book.add(draft)
        except TooFar:
            self._refuse("quantity_too_large")
            return
        entry.outcome = "posted"
        if short:
            self.warnings.append("short")
        if lot and read.inward:
            work.new_lots.add((read.thing.id, lot))
        if self.said.task in ("pick", "move"):
            if work.held and ((read.thing.id, "") in work.held or (read.thing.id, lot) in work.held):
                self.warnings.append("held")
            expiry = work.expiry.get((read.thing.id, lot))
            if expiry is not None and expiry < times.wire(self.stamp.occurred_at)[:10]:
                self.warnings.append("expired")
        work.drafts.setdefault(self.said.id, []).append((work.book.journals[-1], draft))

    def _hold_lot(self, lot: str) -> None:
        read = self.read
        assert read.thing is not None
        held = self.said.task == "hold"
        code = None if self.said.reason_code is None else keepable(self.said.reason_code)
        self.work.holds[read.thing.id, lot] = (self.work.site_id, read.thing.id, lot, held, code, self.stamp.occurred_at)
        if held:
            self.work.held.add((read.thing.id, lot))
        else:
            self.work.held.discard((read.thing.id, lot))

    def _sheet(self) -> str | None:
        """Find, open or close the sheet this scan belongs to; return why it is refused."""
        said, work, entry = self.said, self.work, self.entry
        operator = entry.operator or ""
        sheet: Sheet | None = None
        if said.sheet is not None:
            sheet = work.desk.named(clean(said.sheet))
            if sheet is None:
                return "unknown_sheet"
            if entry.location_id is None:
                entry.location_id = sheet.location_id
            elif entry.location_id != sheet.location_id:
                self.warnings.append("other_location")
                sheet = None
        place = entry.location_id
        assert place is not None
        if sheet is None:
            sheet = work.desk.of_place(place, operator, self.stamp)
        if sheet is None:
            if said.task == "finish":
                return "unknown_sheet"
            sheet = work.desk.open_free(place, operator, self.person)
        if not work.desk.may_count(sheet, operator):
            return "not_yours"
        entry.sheet_id = sheet.id
        if said.task == "count":
            if self.read.reason is None and entry.reason is None:
                work.desk.counted(sheet, operator, self.person)
            return None
        if said.task == "empty":
            if work.desk.is_counted(sheet, work.live):
                return "not_empty"
            if entry.reason is None:
                work.desk.counted(sheet, operator, self.person, 0)
        if entry.reason is None:
            complete = True if said.complete is None or said.task == "empty" else said.complete
            work.desk.finish(sheet, complete, self.stamp, said.id)
        return None

    def _is_voided(self) -> bool:
        came_first = self.work.voided.pop(self.said.id, None)
        return came_first is not None and any(self._rights(void, self.entry) for void in came_first)

    def _rights(self, void: Known, scan: Known) -> bool:
        """Tell whether a void may undo a scan."""
        return meaning.may_void(
            void.stream_id is not None and void.stream_id == scan.stream_id,
            void.operator is not None and void.operator == scan.operator,
            void.supervisor or (void.sender_id is not None and void.sender_id == scan.sender_id),
        )

    def _void(self) -> None:
        work, entry = self.work, self.entry
        assert self.said.voids is not None
        target_id = self.said.voids
        target = work.known.get(target_id)
        if target is None:
            work.voided.setdefault(target_id, []).append(entry)
            return
        if target.task == "void" or target.site_id != work.site_id or not self._rights(entry, target):
            self._refuse("not_yours")
            return
        if target.reason == "voided" or target_id in work.voided:
            self.warnings.append("already_voided")
            return
        work.voided[target_id] = [entry]
        drafts = work.reversible.get(target_id, []) + [
            d._replace(kind="reversal", source_id=d.target_id, target_id=d.source_id, reverses=number, reason_code=None)
            for number, d in work.drafts.get(target_id, ())
        ]
        for draft in drafts:
            if work.book.add(draft._replace(person_id=self.person)):
                self.warnings.append("short")
            entry.outcome = "posted"
        if target.task == "count" and target.sheet_id is not None and target.outcome == "noted":
            work.desk.uncounted(target.sheet_id)


_SCAN_COLUMNS = (
    "site_id", "journal", "id", "hash", "device_id", "sender_id", "stream_id", "seq", "task", "said", "scanned_at", "received_at",
    "occurred_at", "uncertainty_ms", "location_id", "other_id", "product_id", "lot", "serial", "quantity", "operator", "person_id",
    "sheet_id", "voids", "outcome", "reason", "warnings",
)  # fmt: skip


def _store(work: Work) -> None:
    """Write all of it, in the order in which rows refer to each other."""
    tx = work.tx
    with pipelined(tx, len(work.scans) + len(work.book.drafts)):
        _store_rows(work)
    work.numbers.store()


def _store_rows(work: Work) -> None:
    tx = work.tx
    work.desk.store()
    insert_many(tx, "scans", _SCAN_COLUMNS, work.scans)
    execute_many(
        tx,
        "INSERT INTO malformed (site_id, hash, journal, device_id, stream_id, reason, detail, said, received_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site_id, hash) DO NOTHING",
        list(work.malformed.values()),
    )
    execute_many(
        tx,
        "INSERT INTO conflicts (scan_id, hash, site_id, journal, device_id, said, received_at) VALUES (?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (scan_id, hash) DO NOTHING",
        list(work.conflicts.values()),
    )
    execute_many(tx, "INSERT INTO lots (product_id, code) VALUES (?, ?) ON CONFLICT (product_id, code) DO NOTHING", sorted(work.new_lots))
    execute_many(
        tx,
        "INSERT INTO holds (site_id, product_id, lot, held, reason_code, occurred_at) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (site_id, product_id, lot) DO UPDATE SET held = excluded.held, reason_code = excluded.reason_code, "
        "occurred_at = excluded.occurred_at WHERE holds.occurred_at <= excluded.occurred_at",
        [work.holds[key] for key in sorted(work.holds)],
    )
    work.book.store()
    streaming.store(tx, work.states.values(), work.at)


def _answers(work: Work, envelopes: Sequence[Envelope], receipts: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    hidden: frozenset[int] | None = None
    proofs = streaming.prove(work.tx, work.states.values())
    answers = []
    for envelope, given in zip(envelopes, receipts, strict=True):
        floor = envelope.sender.floor
        for receipt in given:
            place = receipt.pop("_location")
            if floor and receipt["warnings"] and "short" in receipt["warnings"]:
                if hidden is None:
                    hidden = blind.hidden_locations(work.tx, work.site_id)
                if place in hidden:
                    receipt["warnings"].remove("short")
        state = work.states.get(envelope.stream) if envelope.stream else None
        answers.append(
            {
                "batch": envelope.batch,
                "epoch": instance.epoch(work.tx),
                "received_at": times.wire(work.at),
                "journal": work.numbers.last,
                "receipts": given,
                "stream": None if state is None else proofs[state.id],
                "do": {"rotate_stream": state is not None and state.forked, "resend": [], "revoked": envelope.sender.revoked},
            }
        )
    return answers
