"""Load all that a recording touches, a statement per kind."""

from collections.abc import Sequence

from sqlalchemy import Connection

from app import wire
from app.db import Look, Query, bytes_of, fetch, is_sqlite, look
from app.devices.authenticating import devices
from app.journal import Numbers
from app.ledger.posting import Book, reversals, virtual_locations
from app.quantities import summed
from app.scans import streaming, symbologies
from app.scans.codes import Place
from app.scans.meaning import name_of
from app.scans.naming import grants_of, memory_of, names_of, people_of
from app.scans.said import POSTING, Item, Said
from app.scans.sheets import VOIDED, Desk, live_counts
from app.scans.streams import UNKNOWN_CLOCK, Clock, State
from app.scans.work import Envelope, Known, Work
from app.text import clean


def load(tx: Connection, site_id: int, numbers: Numbers, at: int, envelopes: Sequence[Envelope], careful: bool) -> Work:
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
    proofs = {(e.sender.device_id, e.sender.proof) for e in envelopes if e.sender.device_id is not None and e.sender.proof is not None}
    senders, (known, voided), memory, found = look(
        tx,
        devices(tx, proofs),
        _known(tx, site_id, sorted(ids | voids)),
        memory_of(site_id),
        streaming.states_of(tx, (e.stream for e in envelopes if e.stream is not None), at),
    )
    for envelope in envelopes:
        if envelope.sender.proof is not None:
            device = senders[envelope.sender.device_id]
            assert device.site_id == site_id, "a device never changes its site"
            envelope.sender = envelope.sender._replace(tasks=device.tasks, revoked=device.revoked)
    fresh = [said for said in well_formed if said.id not in known] if known else well_formed
    texts: set[str | None] = set()
    operators: set[str | None] = set()
    for said in fresh:
        texts.update((said.location, said.barcode, said.target, said.origin))
        if said.symbology is not None:
            texts.add(symbologies.marked(said.barcode, said.symbology))
        operators.add(said.operator)
    texts.discard(None)
    operators.discard(None)
    badges = {clean(operator) for operator in operators if operator is not None}
    names, people, grants, reversible = look(
        tx,
        names_of(tx, site_id, texts, memory),  # type: ignore[arg-type]  # None was taken out
        people_of(tx, memory, badges),
        grants_of(tx, memory, {e.sender.device_id for e in envelopes if e.sender.device_id is not None}, badges),
        reversals(tx, site_id, [v for v in voids if v in known]),
    )
    work = Work(
        tx, site_id, numbers, at, known,
        voided=voided,
        names=names,
        people=people,
        grants=grants,
        virtual=_virtual(tx, site_id),
        book=Book(numbers, at),
        desk=Desk(numbers, at),
        held=set(),
        lots={},
        reversible=reversible,
    )  # fmt: skip
    _hear(work, envelopes, found)
    earliest = _earliest(work, envelopes)
    _load_sheets(work, fresh, earliest)
    look(tx, *_stock(work, fresh, careful, earliest), *_streams(work, envelopes))
    return work


def _known(tx: Connection, site_id: int, ids: list[str]) -> Look[tuple[dict[str, Known], dict[str, list[Known]]]]:
    """Return the stored scans among `ids`, and by scan among them the voids that count: those of the site that came after a stored scan,
    or before one that is new."""
    columns = (
        "hash, site_id, device_id, sender_id, {0}, task, operator, outcome, reason, warnings, journal, location_id, sheet_id, {1}, "
        "quantity, CASE WHEN sender_id IS NULL THEN 0 ELSE "
        "(SELECT COUNT(*) FROM roles r WHERE r.person_id = sender_id AND r.role = 'supervisor' AND r.site_id IN (0, scans.site_id)) END, "
        "{2}"
    )
    listed = wire.text(ids) if is_sqlite(tx) else "{" + ",".join(ids) + "}"
    rows = yield Query(
        17,
        f"SELECT {columns.format('stream_id', 'voids', 'id')} FROM scans WHERE id IN (SELECT value FROM json_each(?)) "
        "OR voids IN (SELECT value FROM json_each(?))",
        f"SELECT {columns.format('stream_id::text', 'voids::text', 'id::text')} FROM scans "
        "WHERE id = ANY(%s::uuid[]) OR voids = ANY(%s::uuid[])",
        (listed, listed),
    )
    wanted = set(ids)
    found = {r[-1]: Known(*(bytes_of(r[0]), *r[1:-2], bool(r[-2]))) for r in rows}
    known = {number: scan for number, scan in found.items() if number in wanted}
    voids: dict[str, list[Known]] = {}
    for void in found.values():
        target = void.voids
        counts = target in wanted and void.outcome != "refused" and void.site_id == site_id
        if target is not None and counts and (target not in known or void.journal > known[target].journal):
            voids.setdefault(target, []).append(void)
    return known, voids


def _virtual(tx: Connection, site_id: int) -> dict[str, Place]:
    return {code: Place(number, code, True, False) for code, number in virtual_locations(tx, site_id).items()}


def _earliest(work: Work, envelopes: Sequence[Envelope]) -> int:
    """Return a time before which nothing of all this can have happened."""
    moments = [
        work.clocks[index].occurred_at(min(item.said.scanned_at for item in e.items if item.said is not None), work.at)
        for index, e in enumerate(envelopes)
        if any(item.said is not None for item in e.items)
    ]
    undone = [draft for drafts in work.reversible.values() for draft in drafts]
    doubt = max([*(clock.uncertainty_ms for clock in work.clocks.values()), *(draft.uncertainty_ms for draft in undone)])
    return min([work.at, *moments, *(draft.occurred_at for draft in undone)]) - doubt


def _stock(work: Work, fresh: list[Said], careful: bool, since: int) -> list[Look[None]]:
    """Read balances, what posted counts assert of them, and what is expired or held."""
    pairs: set[tuple[int, int]] = set()
    tracked: set[int] = set()
    products: set[int] = set()
    singles: set[int] = set()
    names = work.names
    out = False
    for said in fresh:
        thing = name_of(said, names).thing if said.barcode is not None else None
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
                    if place.single:
                        singles.add(place.id)
        if careful:
            pairs.update((place.id, product) for place in work.virtual.values())
    pairs.update((p, d.product_id) for drafts in work.reversible.values() for d in drafts for p in (d.source_id, d.target_id))
    looks = [work.book.about(pairs, careful, since)]
    if singles:
        looks.append(_there(work, sorted(singles)))
    return [*looks, _lots(work, sorted(tracked), sorted(products))] if tracked or out else looks


def _there(work: Work, singles: list[int]) -> Look[None]:
    """Read all that is on hand where only one product may be."""
    sql = f"SELECT location_id, product_id, {summed('quantity')} FROM balances WHERE location_id {{}} GROUP BY location_id, product_id"
    values = wire.text(singles) if is_sqlite(work.tx) else singles
    rows = yield Query(3, sql.format("IN (SELECT value FROM json_each(?))"), sql.format("= ANY(%s::bigint[])"), (values,))
    work.there = {place: {} for place in singles}
    for place, product, quantity in rows:
        work.there[place][product] = int(quantity)


def _lots(work: Work, tracked: list[int], products: list[int]) -> Look[None]:
    values = (wire.text(tracked), wire.text(products)) if is_sqlite(work.tx) else (tracked, products)
    sql = (
        "SELECT product_id, code, COALESCE(expiry, '') FROM lots WHERE product_id {0} "
        "UNION ALL SELECT product_id, lot, NULL FROM holds WHERE held AND product_id {0} AND site_id = {1}"
    )
    rows = yield Query(
        3,
        sql.format("IN (SELECT value FROM json_each(?))", "?"),
        sql.format("= ANY(%s::bigint[])", "%s"),
        (*values, work.site_id),
    )
    work.lots = {(product, lot): expiry or None for product, lot, expiry in rows if expiry is not None}
    work.held = {(product, lot) for product, lot, expiry in rows if expiry is None}


def _load_sheets(work: Work, fresh: list[Said], earliest: int) -> None:
    counting = [s for s in fresh if s.task in ("count", "empty", "finish")]
    if not counting:
        return
    places = {name.place.id for s in counting if s.location is not None and (name := work.names[s.location]).place is not None}
    operators = {clean(s.operator) for s in counting if s.operator is not None}
    work.desk.load({clean(s.sheet) for s in counting if s.sheet is not None}, places, operators, earliest)
    if any(s.task == "empty" for s in counting):
        work.live = live_counts(work.tx, [s.id for s in work.desk.all()])
    if any(name.thing is not None and name.thing.tracking == "serial" for name in work.names.values()):
        serials = {serial for s in counting if (serial := _serial(work, s)) is not None}
        work.serials = _counted(work.tx, sorted(s.id for s in work.desk.all()), sorted(serials)) if serials else set()


def _serial(work: Work, said: Said) -> str | None:
    """Return the serial that a count scan tells of a product that is tracked by it."""
    if said.task != "count" or said.barcode is None:
        return None
    name = name_of(said, work.names)
    if name.thing is None or name.thing.tracking != "serial":
        return None
    return (name.parts.serial if name.parts is not None else None) or (clean(said.lot) if said.lot else None)


def _counted(tx: Connection, sheets: list[int], serials: list[str]) -> set[tuple[int, int, str]]:
    """Return sheet, product and serial of the pieces among these that were counted on these sheets."""
    sql = (
        "SELECT s.sheet_id, s.product_id, s.serial FROM scans s WHERE s.sheet_id {0} AND s.serial {1} AND s.task = 'count' "
        f"AND s.outcome = 'noted' AND s.reason IS NULL AND NOT {VOIDED.format('s')}"
    )
    listed = "IN (SELECT value FROM json_each(?))"
    values = (wire.text(sheets), wire.text(serials)) if is_sqlite(tx) else (sheets, serials)
    return {tuple(row) for row in fetch(tx, sql.format(listed, listed), sql.format("= ANY(%s::bigint[])", "= ANY(%s::text[])"), values)}


def _hear(work: Work, envelopes: Sequence[Envelope], found: streaming.States) -> None:
    """Find what each envelope's scans go into, make what is new, and read all clocks."""
    samples: dict[str, tuple[State, int]] = {}
    for e in envelopes:
        if e.stream is None:
            e.state = None
            continue
        e.state = state = streaming.of_sender(found, e.stream, work.site_id, e.sender.device_id)
        work.states[state.id] = state
        state.heard(e.made, e.courier)
        state.app = e.app or state.app
        if e.sent_at is not None and not e.courier:
            sample = work.at - e.sent_at
            samples[state.id] = (state, min(sample, samples[state.id][1]) if state.id in samples else sample)
    clocks = streaming.hear(samples)
    for index, e in enumerate(envelopes):
        if e.sent_at is None or e.courier:
            work.clocks[index] = UNKNOWN_CLOCK
        elif e.state is not None:
            work.clocks[index] = clocks[e.state.id]
        else:
            work.clocks[index] = Clock(work.at - e.sent_at, 2_000)


def _streams(work: Work, envelopes: Sequence[Envelope]) -> list[Look[None]]:
    """Read of streams that have gaps or ids from elsewhere what these envelopes may touch."""
    looks: list[Look[None]] = []
    for state in work.states.values():
        if state.gap_count:
            seqs = [i.said.seq for e in envelopes if e.state is state for i in e.items if i.said and i.said.seq is not None]
            seqs += [seq_of(i) or 0 for e in envelopes if e.state is state for i in e.items if i.said is None and seq_of(i)]
            looks.append(streaming.gaps_of(state, seqs))
    asked = [*work.states.values(), *(state.first for state in work.states.values() if state.first is not None)]
    return [*looks, _extras(work, envelopes, asked)] if any(state.extras for state in asked) else looks


def _extras(work: Work, envelopes: Sequence[Envelope], asked: list[State]) -> Look[None]:
    ids = sorted({i.said.id if i.said else i.id or "" for e in envelopes if e.stream for i in e.items} - {""})
    work.extras = yield from streaming.extras_of(work.tx, asked, ids)


def seq_of(item: Item) -> int | None:
    """Return the number of a malformed item, where it has one."""
    seq = item.raw.get("seq") if isinstance(item.raw, dict) else None
    return seq if type(seq) is int and 1 <= seq <= 2**53 else None
