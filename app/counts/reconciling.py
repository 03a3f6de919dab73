"""Reconcile a count: show its lines, keep decisions, approve, post the adjustments."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app import audit, journal, quantities, times, wire
from app.access import Caller
from app.counts import comparing, draining, statement
from app.counts.comparing import Compared, Header, Line, fetch_by_ids
from app.counts.models import Decision
from app.counts.statement import Choice, Totals
from app.db import execute_many, insert_many, is_sqlite, reading, writing
from app.errors import Problem
from app.ledger import accounting, posting
from app.scans.models import Count, Participant

MOST = 5000
"""The most lines of one answer."""


def show(site_id: int, code: str, limit: int = MOST, after: str | None = None) -> dict[str, Any]:
    """Return a reconciliation. The first time it is read in review, the unit costs are frozen into it."""
    shown, bare = _read(site_id, code, limit, after)
    if bare:
        _freeze(site_id, code, bare)
        shown, _ = _read(site_id, code, limit, after)
    return shown


def freeze(site_id: int, code: str) -> None:
    """Freeze the unit costs into a count that is in review."""
    with reading() as tx:
        if comparing.header(tx, site_id, code).status != "review":
            return
    bare = _read(site_id, code, 1, None)[1]
    if bare:
        _freeze(site_id, code, bare)


def _read(site_id: int, code: str, limit: int, after: str | None) -> tuple[dict[str, Any], set[int]]:
    """Return a reconciliation, and the products whose cost is to be frozen into it."""
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        if count.final == "posted":
            return _frozen(tx, count, limit, after), set()
        shown, bare = _live(tx, count, limit, after)
        return shown, bare if count.status == "review" else set()


def _freeze(site_id: int, code: str, products: Iterable[int]) -> None:
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.status == "review":
            _freeze_costs(tx, count, products)


def decide(site_id: int, code: str, decisions: Sequence[Mapping[str, Any]], person_id: int | None) -> None:
    """Keep decisions about lines until the approval; a decision of None takes one back. Raises not_in_review once it is final."""
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.final:
            raise Problem("not_in_review", f"The count is {count.final}.")
        known = {line.line for line in comparing.lines(tx, count, comparing.costs(tx, count.id), Compared())}
        _keep(tx, count, decisions, known, person_id)


def approve(site_id: int, code: str, seen: str, decisions: Sequence[Mapping[str, Any]], who: Caller, override: str | None = None) -> None:
    """Post the adjustments of exactly the content that was seen; where a second approver is due, they post with that approval.

    The same approval again changes nothing. `override` is why it may be approved though scans may be missing. Raises changed,
    not_drained, not_in_review, undecided, lots_needed, not_independent.
    """
    try:
        with writing() as tx:
            journal.lock(tx, site_id)
            count = comparing.header(tx, site_id, code)
            if count.final in ("approved", "posted") and count.hash == seen and _same(tx, count, decisions):
                return
            if count.status != "review":
                raise Problem("not_in_review", f"The count is {count.status}.")
            _approve(tx, count, seen, decisions, who, (override or "").strip() or None)
    except IntegrityError as error:
        if "participants" in str(error.orig):
            raise Problem("not_independent", "Who counted can't approve.") from error
        raise


def _approve(tx: Connection, count: Header, seen: str, decisions: Sequence[Mapping[str, Any]], who: Caller, override: str | None) -> None:
    compared = Compared()
    frozen = comparing.costs(tx, count.id)
    lines = list(comparing.lines(tx, count, frozen, compared))
    if comparing.digest(count, lines) != seen:
        raise Problem("changed", "Scans, moves or costs have changed the reconciliation since it was seen; look again.")
    receipt, overridden = draining.require(tx, count.site_id, count.id, override)
    _freeze_costs(tx, count, {line.found.product for line in lines if line.found.product is not None} - frozen.keys())
    _keep(tx, count, decisions, {line.line for line in lines}, who.person_id)
    chosen = choices(tx, count)
    _object(lines, chosen)
    _take_part(tx, count, compared.people, who.person_id)
    _sign(tx, count, receipt, overridden, {"approved_by": who.person_id, "approved_at": times.now(), "hash": seen})
    if statement.second_due(lines, chosen, _limits(tx, count)):
        audit.write(
            tx, "count_approved", f"count {count.code}", site_id=count.site_id, before={"status": "review"},
            after={"status": "approved", "hash": seen}, reason=overridden or "",
        )  # fmt: skip
        number = journal.take(tx, count.site_id)
        tx.execute(update(Count).where(Count.id == count.id).values(status="approved", journal=number, approved_journal=number))
    else:
        _post(tx, count, lines, chosen, seen, who.person_id, overridden)


def second(site_id: int, code: str, seen: str, who: Caller, override: str | None = None) -> None:
    """Post what somebody else has approved. The same approval again changes nothing.

    Raises changed, not_drained, not_in_review, not_independent.
    """
    try:
        with writing() as tx:
            journal.lock(tx, site_id)
            count = comparing.header(tx, site_id, code)
            if count.final == "posted" and count.hash == seen and count.seconded_by is not None and count.seconded_by == who.person_id:
                return
            if count.final != "approved":
                raise Problem("not_in_review", f"The count is {count.status}.")
            lines = list(comparing.lines(tx, count, comparing.costs(tx, count.id), Compared()))
            if seen != count.hash or comparing.digest(count, lines) != seen:
                raise Problem("changed", "It is not what was approved any more; withdraw the approval, look again.")
            receipt, overridden = draining.require(tx, count.site_id, count.id, (override or "").strip() or count.override)
            _take_part(tx, count, (), who.person_id)
            _sign(tx, count, receipt, overridden or count.override, {"seconded_by": who.person_id, "seconded_at": times.now()})
            _post(tx, count, lines, choices(tx, count), seen, who.person_id, overridden)
    except IntegrityError as error:
        if "participants" in str(error.orig):
            raise Problem("not_independent", "Who counted or approved before can't approve.") from error
        raise


def withdraw(site_id: int, code: str, reason: str) -> None:
    """Take back an approval that waits for the second: the count is in review again. Raises not_in_review."""
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.final != "approved":
            raise Problem("not_in_review", f"The count is {count.status}.")
        tx.execute(text("DELETE FROM participants WHERE count_id = :count AND part = 'approver'"), {"count": count.id})
        nothing = dict.fromkeys(("status", "approved_by", "approved_at", "approved_journal", "hash", "drained", "override"))
        tx.execute(update(Count).where(Count.id == count.id).values(**nothing, journal=journal.take(tx, site_id)))
        audit.write(
            tx, "approval_withdrawn", f"count {code}", site_id=site_id, before={"status": "approved", "hash": count.hash},
            after={"status": "review"}, reason=reason,
        )  # fmt: skip


def _limits(tx: Connection, count: Header) -> tuple[str | None, str | None]:
    return count.second_above, tx.scalar(text("SELECT second_above FROM sites WHERE id = :site"), {"site": count.site_id})


def _sign(tx: Connection, count: Header, receipt: Mapping[str, Any], overridden: str | None, who: Mapping[str, Any]) -> None:
    """Keep who approves, and what was proven then."""
    tx.execute(update(Count).where(Count.id == count.id).values(drained=wire.text(receipt), override=overridden, **who))


def _object(lines: Iterable[Line], chosen: Mapping[str, Choice]) -> None:
    errors: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        found = statement.objection(line, chosen.get(line.line))
        if found:
            where = f"{line.location} {line.product.sku if line.product else ''}".strip()
            errors.setdefault(found[0], []).append({"field": line.line, "message": f"{where}: {found[1]}"})
    for code in ("undecided", "lots_needed"):
        if code in errors:
            raise Problem(
                code, "1 line needs a person." if len(errors[code]) == 1 else f"{len(errors[code])} lines need a person.", errors[code]
            )


def _take_part(tx: Connection, count: Header, counters: Iterable[int], approver: int | None) -> None:
    """Write who counted and who approves; the table's key lets nobody be both, unless the site declares it (I10)."""
    if approver is None:
        raise Problem("not_independent", "An approval needs a person.")
    rows = [(count.id, person) for person in sorted(counters)]
    execute_many(
        tx, "INSERT INTO participants (count_id, person_id, declared, part) VALUES (?, ?, 0, 'counter') ON CONFLICT DO NOTHING", rows
    )
    declares = tx.scalar(text("SELECT independence FROM sites WHERE id = :site"), {"site": count.site_id}) == "declare"
    both = declares and tx.scalar(
        text("SELECT 1 FROM participants WHERE count_id = :count AND person_id = :person AND part = 'counter'"),
        {"count": count.id, "person": approver},
    )
    tx.execute(insert(Participant), {"count_id": count.id, "person_id": approver, "declared": 1 if both else 0, "part": "approver"})


def _post(
    tx: Connection,
    count: Header,
    lines: Sequence[Line],
    chosen: Mapping[str, Choice],
    seen: str,
    person_id: int | None,
    overridden: str | None,
) -> None:
    """Freeze the lines, post their adjustments, remember what was asserted, and close the count."""
    now = times.now()
    variance = posting.virtual_locations(tx, count.site_id)["VARIANCE"]
    ids, accounts = _line_ids(tx, len(lines)), accounting.accounts(tx)
    drafts: list[posting.Draft] = []
    asserted: list[dict[str, Any]] = []
    firsts: dict[int, int] = {}
    for number, line in zip(ids, lines, strict=True):
        choice, found = chosen.get(line.line), line.found
        if found.counted is None or found.product is None or statement.decided(line, choice) != "accept":
            continue
        assert found.at is not None
        for (lot, serial), quantity in _grains(line, choice).items():
            places = (variance, line.location_id) if quantity > 0 else (line.location_id, variance)
            firsts.setdefault(number, len(drafts))
            why = choice.reason_code if choice else None
            draft = posting.Draft("adjustment", None, found.product, lot, serial, abs(quantity), *places, found.at, found.uncertainty)
            drafts.append(draft._replace(reason_code=why, line_id=number, person_id=person_id))
        asserted.append(
            {
                "line_id": number, "site_id": count.site_id, "location_id": line.location_id, "product_id": found.product, "lot": found.lot,
                "at": found.at, "until": found.until,
            }
        )  # fmt: skip
    posted = posting.post(tx, count.site_id, drafts, now).journals if drafts else []
    posting.assert_counted(tx, asserted)
    insert_many(
        tx,
        "lines",
        _LINE_COLUMNS,
        [
            _kept(count, number, order, line, chosen.get(line.line), posted[firsts[number]] if number in firsts else None, accounts)
            for order, (number, line) in enumerate(zip(ids, lines, strict=True), 1)
        ],
    )
    audit.write(
        tx, "count_posted", f"count {count.code}", site_id=count.site_id, before={"status": count.status},
        after={"status": "posted", "hash": seen, "lines": len(lines), "adjustments": len(drafts)},
        reason=overridden or "",
    )  # fmt: skip
    tx.execute(text("UPDATE sheets SET planned = :no WHERE count_id = :count"), {"no": False, "count": count.id})
    tx.execute(update(Count).where(Count.id == count.id).values(status="posted", journal=journal.take(tx, count.site_id)))


_LINE_COLUMNS = (
    "id", "count_id", "number", "line", "location_id", "product_id", "lot", "expected", "counted", "variance", "unit_cost", "value",
    "state", "decision", "reason_code", "note", "passes", "seen", "name", "moment_at", "adjustment", "expected_value", "abc", "rounds",
)  # fmt: skip


def _kept(
    count: Header, number: int, order: int, line: Line, choice: Choice | None, adjustment: int | None, accounts: accounting.Accounts
) -> tuple[Any, ...]:
    found = line.found
    seen = statement.seen(line) | {"automatic": choice is None, "lots": dict(choice.lots) if choice and choice.lots else None}
    seen["account"] = accounts.of(choice.reason_code, (found.variance or 0) > 0) if choice else None
    return (
        number, count.id, order, line.line, line.location_id, found.product, found.lot, found.expected, found.counted, found.variance,
        line.unit_cost, line.value, line.state, statement.decided(line, choice), choice.reason_code if choice else None,
        statement.note(line, choice), wire.text(statement.passes(line)), wire.text(seen), line.product.name if line.product else "",
        found.at, adjustment, line.expected_value, (line.product.abc or "") if line.product else "",
        sum(counted is not None for counted, *_ in line.passes),
    )  # fmt: skip


def _grains(line: Line, choice: Choice | None) -> Mapping[tuple[str, str], int]:
    if not statement.needs_lots(line.found):
        return line.found.grains
    assert choice is not None
    assert choice.lots is not None
    assert line.product is not None
    told = {code: statement.signed(quantity, line.product.decimals) for code, quantity in choice.lots.items()}
    if line.product.tracking == "serial":
        lot_of = {serial: lot for lot, serial in line.found.book}
        grains = {(lot_of.get(serial, ""), serial): quantity for serial, quantity in told.items()}
    else:
        grains = {(lot, ""): quantity for lot, quantity in told.items()}
    return {grain: quantity for grain, quantity in sorted(grains.items()) if quantity}


def _line_ids(tx: Connection, lines: int) -> list[int]:
    """Take ids of lines before the lines exist: the adjustments name them, and lines are never changed."""
    if is_sqlite(tx):
        last = tx.scalar(text("SELECT COALESCE(MAX(id), 0) FROM lines")) or 0
        return list(range(last + 1, last + 1 + lines))
    return list(tx.scalars(text("SELECT nextval(pg_get_serial_sequence('lines', 'id')) FROM generate_series(1, :n)"), {"n": lines}))


def _freeze_costs(tx: Connection, count: Header, products: Iterable[int]) -> None:
    wanted = sorted(products)
    if not wanted:
        return
    rows = fetch_by_ids(tx, "SELECT id, cost FROM products WHERE id {}", wanted)
    execute_many(
        tx,
        "INSERT INTO count_costs (count_id, product_id, cost) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(count.id, product, cost) for product, cost in rows],
    )
    audit.write(tx, "costs_frozen", f"count {count.code}", site_id=count.site_id, after={"products": len(wanted)})


def _keep(tx: Connection, count: Header, decisions: Sequence[Mapping[str, Any]], known: set[str], person_id: int | None) -> None:
    """Store decisions; raises bad_request for a line that isn't there."""
    strangers = [d["line"] for d in decisions if d["line"] not in known]
    if strangers:
        raise Problem(
            "bad_request", "Some lines are not in this reconciliation.", [{"field": s, "message": "No such line."} for s in strangers]
        )
    if not decisions:
        return
    now = times.now()
    taken_back = [(count.id, d["line"]) for d in decisions if d.get("decision") is None]
    execute_many(tx, "DELETE FROM decisions WHERE count_id = ? AND line = ?", taken_back)
    execute_many(
        tx,
        "INSERT INTO decisions (count_id, line, decision, reason_code, note, lots, person_id, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (count_id, line) DO UPDATE SET decision = excluded.decision, reason_code = excluded.reason_code, "
        "note = excluded.note, lots = excluded.lots, person_id = excluded.person_id, at = excluded.at",
        [
            (count.id, d["line"], d["decision"], d.get("reason_code"), d.get("note") or "", _lots(d), person_id, now)
            for d in decisions
            if d.get("decision") is not None
        ],
    )
    audit.write(tx, "lines_decided", f"count {count.code}", site_id=count.site_id, after=list(decisions)[:100])
    tx.execute(update(Count).where(Count.id == count.id).values(journal=journal.take(tx, count.site_id)))


def _lots(decision: Mapping[str, Any]) -> str | None:
    return wire.text(decision["lots"]) if decision.get("lots") else None


def choices(tx: Connection, count: Header) -> dict[str, Choice]:
    """Return what people decided, by line."""
    rows = tx.execute(select(Decision).where(Decision.count_id == count.id)).all()
    return {r.line: Choice(r.decision, r.reason_code, r.note, json.loads(r.lots) if r.lots else None) for r in rows}


def _same(tx: Connection, count: Header, decisions: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether decisions are those that were posted."""
    posted = choices(tx, count)
    return all(
        posted.get(d["line"]) == Choice(d["decision"], d.get("reason_code"), d.get("note") or "", d.get("lots") or None)
        for d in decisions
        if d.get("decision") is not None
    )


def _live(tx: Connection, count: Header, limit: int, after: str | None) -> tuple[dict[str, Any], set[int]]:
    """Return a reconciliation that is not posted, and the products whose cost is not frozen into it yet."""
    compared, totals, frozen = Compared(), Totals(), comparing.costs(tx, count.id)
    chosen = choices(tx, count)
    lines = list(comparing.lines(tx, count, frozen, compared))
    for line in lines:
        found = line.found
        totals.add(
            line.state, line.expected_value, line.value, statement.decided(line, chosen.get(line.line)),
            found.counted is not None and not found.known, False, line.product is None or line.unit_cost is not None,
        )  # fmt: skip
    start = 1 + next((n for n, line in enumerate(lines) if line.line == after), -1) if after else 0
    page = lines[start : start + limit]
    shown = _document(tx, count, compared, totals)
    shown["hash"] = comparing.digest(count, lines)
    shown["lines"] = [statement.row(line, chosen.get(line.line)) for line in page]
    accounts = accounting.accounts(tx)
    for line, row in zip(page, shown["lines"], strict=True):
        row["account"] = accounts.of(row["reason_code"], (line.found.variance or 0) > 0)
    shown["next"] = page[-1].line if start + limit < len(lines) else None
    return shown, {line.found.product for line in lines if line.found.product is not None} - frozen.keys()


def _frozen(tx: Connection, count: Header, limit: int, after: str | None) -> dict[str, Any]:
    """Return a posted reconciliation as it was approved."""
    totals = Totals()
    page: list[dict[str, Any]] = []
    more, skip = False, after is not None
    for stored, row in frozen_rows(tx, count.id):
        totals.add(
            stored.state, statement.from_cents(row["expected_value"]), stored.value, stored.decision, row["unknown_operator"],
            stored.adjustment is not None, stored.product_id is None or stored.unit_cost is not None, stored.reversed_at is not None,
        )  # fmt: skip
        if skip:
            skip = row["line"] != after
        elif len(page) < limit:
            page.append(row)
        else:
            more = True
    shown = _document(tx, count, comparing.late(tx, count), totals)
    shown |= {"hash": count.hash, "lines": page, "next": page[-1]["line"] if more else None}
    return shown


def frozen_rows(tx: Connection, count_id: int) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Give the lines of a posted count as they are kept, and as the wire shows them."""
    rows = tx.execution_options(stream_results=True, yield_per=1000).execute(
        text(
            "SELECT n.*, l.code AS location, p.sku, v.at AS reversed_at, v.reason AS reversed_why, w.name AS reversed_by FROM lines n "
            "JOIN locations l ON l.id = n.location_id LEFT JOIN products p ON p.id = n.product_id "
            "LEFT JOIN line_reversals v ON v.line_id = n.id LEFT JOIN people w ON w.id = v.person_id "
            "WHERE n.count_id = :count ORDER BY n.number"
        ),
        {"count": count_id},
    )
    for r in rows:
        seen = json.loads(r.seen)
        decimals = seen["decimals"]
        yield (
            r,
            {
                "line": r.line, "location": r.location, "sku": r.sku, "name": r.name if r.product_id else None, "lot": r.lot or None,
                "expected": quantities.wire(r.expected, decimals),
                "counted": quantities.wire_or_none(r.counted, decimals),
                "variance": quantities.wire_or_none(r.variance, decimals),
                "unit_cost": statement.cost(r.unit_cost), "value": statement.cents(r.value), "state": r.state, "decision": r.decision,
                "reason_code": r.reason_code, "note": r.note, "passes": json.loads(r.passes), "adjustment": r.adjustment,
                "pieces": [], "counters": [], "account": None,
                "reversal": None
                if r.reversed_at is None
                else {"by": r.reversed_by, "at": times.wire(r.reversed_at), "reason": r.reversed_why},
                **seen,
            },
        )  # fmt: skip


def person(tx: Connection, number: int | None) -> str | None:
    """Return somebody's name."""
    return None if number is None else tx.scalar(text("SELECT name FROM people WHERE id = :id"), {"id": number})


def _document(tx: Connection, count: Header, compared: Compared, totals: Totals) -> dict[str, Any]:
    skus = {
        r[0]: r[1] for r in fetch_by_ids(tx, "SELECT id, sku FROM products WHERE id {}", sorted({n["product_id"] for n in compared.late}))
    }
    decimals = {
        r[0]: r[1]
        for r in fetch_by_ids(tx, "SELECT id, decimals FROM products WHERE id {}", sorted({n["product_id"] for n in compared.late}))
    }
    declared = tx.scalar(
        text("SELECT p.name FROM participants t JOIN people p ON p.id = t.person_id WHERE t.count_id = :count AND t.declared = 1"),
        {"count": count.id},
    )
    receipt = json.loads(count.drained) if count.drained else draining.receipt(tx, count.id)
    return {
        "count": count.code,
        "status": count.status,
        "hash": None,
        "policy": count.policy,
        "tolerance": count.tolerance,
        "tolerances": count.tolerances,
        "approved_by": person(tx, count.approved_by),
        "approved_at": times.wire_or_none(count.approved_at),
        "second_above": count.second_above,
        "second_approved_by": person(tx, count.seconded_by),
        "second_approved_at": times.wire_or_none(count.seconded_at),
        "declared": declared,
        "lines": [],
        "next": None,
        "totals": totals.wire(),
        "late": [
            {k: v for k, v in one.items() if k not in ("product_id", "quantity")}
            | {"sku": skus[one["product_id"]], "quantity": quantities.wire(one["quantity"], decimals[one["product_id"]])}
            for one in compared.late
        ],
        "gaps": [
            {"stream": one["stream"], "device": one["device"], "missing_total": one["missing_total"]}
            for one in receipt["devices"]
            if one["missing_total"]
        ],
        "proof": receipt.get("proof") or draining.proof(tx, count.site_id),
        "devices": receipt["devices"],
        "unfinished": receipt["unfinished"],
        "override": count.override,
    }
