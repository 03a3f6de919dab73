"""Reconcile a count: show its lines, keep decisions, approve, post the adjustments."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, text, update
from sqlalchemy.exc import IntegrityError

from app import audit, instance, journal, quantities, times, wire
from app.access import Caller
from app.counts import comparing, deciding, draining, paging, remembering, standing, statement
from app.counts.comparing import Compared, Header, Line, fetch_by_ids
from app.counts.statement import Choice, Totals
from app.db import execute_many, insert_many, is_sqlite, reading, writing
from app.errors import Problem
from app.ledger import accounting, posting
from app.scans.models import Count, Participant
from app.scans.sheets import VOIDED

MOST = 5000
"""The most lines of one answer."""


def show(site_id: int, code: str, limit: int = MOST, after: str | None = None) -> dict[str, Any]:
    """Return a reconciliation. The first time it is read in review, the unit costs are frozen into it."""
    with reading() as tx:
        posted = comparing.header(tx, site_id, code)
        if posted.final == "posted":
            return _frozen(tx, posted, limit, after)
    freeze(site_id, code)
    with reading() as tx:
        return _live(tx, comparing.header(tx, site_id, code), limit, after)


def freeze(site_id: int, code: str, within: float | None = None) -> standing.Look:
    """Bring the lines of a count up to date, and freeze the unit costs into it if it is in review and all lines are there."""
    look = standing.refresh(site_id, code, within)
    count = look.header
    with reading() as tx:
        due = count.status == "review" and look.done == 100 and (look.is_other or not comparing.costs(tx, count.id))
        bare = paging.unfrozen(tx, count.id) if due else set()
    if bare:
        with writing() as tx:
            journal.lock(tx, site_id)
            if comparing.header(tx, site_id, code).status == "review":
                _freeze_costs(tx, count, bare)
    return look


def lines(
    site_id: int, code: str, wanted: Mapping[str, Any], limit: int, sort: str, after: str | None, skip: int, within: float | None = None
) -> dict[str, Any]:
    """Return lines of a reconciliation that match a filter, with the sums of all of them; with `within`, of those that could be compared
    in so many seconds, without a hash where that isn't all."""
    look = freeze(site_id, code, within)
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        if look.header.final == "posted" or count.final != "posted":
            return _page(tx, count, look.done, deciding.with_path(tx, site_id, wanted), limit, sort, after, skip)
    return lines(site_id, code, wanted, limit, sort, after, skip, within)  # it was posted meanwhile


def _page(
    tx: Connection, count: Header, done: int, meant: Mapping[str, Any], limit: int, sort: str, after: str | None, skip: int
) -> dict[str, Any]:
    rows, next_ = paging.page(tx, count, meant, limit, sort, after, skip)
    totals, decided = paging.totals(tx, count.id)
    if count.final != "posted":
        _add_accounts(tx, rows)
    return {
        "count": count.code, "status": count.status, "hash": paging.digest(tx, count) if done == 100 else None, "done": done,
        "count_journal": count.journal,
        "rows": rows, "next": next_, "total": paging.number(tx, count.id, meant), "totals": totals.wire(), "decided": decided,
        "undo": None if count.final else deciding.last_bulk(tx, count.id), "journal": journal.read(tx, count.site_id),
        "epoch": instance.epoch(tx),
    }  # fmt: skip


def _add_accounts(tx: Connection, rows: list[dict[str, Any]]) -> None:
    accounts = accounting.accounts(tx)
    for row in rows:
        variance = row["variance"] or "0"
        row["account"] = accounts.of(row["reason_code"], variance[0] != "-" and bool(variance.strip("0.")))


def approve(
    site_id: int,
    code: str,
    seen: str,
    decisions: Sequence[Mapping[str, Any]],
    who: Caller,
    override: str | None = None,
    at: int | None = None,
) -> None:
    """Post the adjustments of exactly the content that was seen; where a second approver is due, they post with that approval.

    The same approval again changes nothing. `override` is why it may be approved though scans may be missing, `at` the number of the
    count's last change that was seen: whoever gives it approves no decision that somebody took since. Raises changed, not_drained,
    not_in_review, undecided, lots_needed, not_independent.
    """
    try:
        with writing() as tx:
            journal.lock(tx, site_id)
            count = comparing.header(tx, site_id, code)
            if count.final in ("approved", "posted") and count.hash == seen and _same(tx, count, decisions):
                return
            if count.status != "review":
                raise Problem("not_in_review", f"The count is {count.status}.")
            _same_decisions(count, at)
            _approve(tx, count, seen, decisions, who, (override or "").strip() or None)
    except IntegrityError as error:
        if "participants" in str(error.orig):
            raise Problem("not_independent", "Who counted, or sent what others had counted, can't approve.") from error
        raise


def _approve(tx: Connection, count: Header, seen: str, decisions: Sequence[Mapping[str, Any]], who: Caller, override: str | None) -> None:
    compared = Compared()
    frozen = comparing.costs(tx, count.id)
    lines = list(comparing.lines(tx, count, frozen, compared))
    if comparing.digest(count, lines) != seen:
        raise Problem("changed", "Scans, moves or costs have changed the reconciliation since it was seen; look again.")
    receipt, overridden = draining.require(tx, count, override)
    _freeze_costs(tx, count, {line.found.product for line in lines if line.found.product is not None} - frozen.keys())
    deciding.keep(tx, count, decisions, {line.line for line in lines}, who.person_id)
    chosen = deciding.choices(tx, count)
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


def second(site_id: int, code: str, seen: str, who: Caller, override: str | None = None, at: int | None = None) -> None:
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
            _same_decisions(count, at)
            lines = list(comparing.lines(tx, count, comparing.costs(tx, count.id), Compared()))
            if seen != count.hash or comparing.digest(count, lines) != seen:
                raise Problem("changed", "It is not what was approved any more; withdraw the approval, look again.")
            receipt, overridden = draining.require(tx, count, (override or "").strip() or None)
            _take_part(tx, count, (), who.person_id)
            _sign(tx, count, receipt, overridden or count.override, {"seconded_by": who.person_id, "seconded_at": times.now()})
            _post(tx, count, lines, deciding.choices(tx, count), seen, who.person_id, overridden)
    except IntegrityError as error:
        if "participants" in str(error.orig):
            raise Problem("not_independent", "Who counted, sent what others had counted or approved before can't approve.") from error
        raise


def _same_decisions(count: Header, at: int | None) -> None:
    if at is not None and at != count.journal:
        raise Problem("changed", "Somebody has decided about lines, or taken an approval back, since they were seen; look again.")


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
    standing.forget(tx, count.id)
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


def _same(tx: Connection, count: Header, decisions: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether decisions are those that were posted."""
    posted = deciding.choices(tx, count)
    return all(
        posted.get(d["line"]) == Choice(d["decision"], d.get("reason_code"), d.get("note") or "", d.get("lots") or None)
        for d in decisions
        if d.get("decision") is not None
    )


def _live(tx: Connection, count: Header, limit: int, after: str | None) -> dict[str, Any]:
    """Return a reconciliation that is not posted."""
    if count.final == "posted":
        return _frozen(tx, count, limit, after)
    shown = _document(tx, count, Compared(late=paging.late(tx, count.id)), paging.totals(tx, count.id)[0])
    shown["hash"] = paging.digest(tx, count)
    shown["lines"], shown["next"] = paging.page(tx, count, {}, limit, after=after)
    _add_accounts(tx, shown["lines"])
    return shown


def _frozen(tx: Connection, count: Header, limit: int, after: str | None) -> dict[str, Any]:
    """Return a posted reconciliation as it was approved."""
    totals = Totals()
    page: list[dict[str, Any]] = []
    more, skip = False, after is not None
    for stored, row in remembering.frozen_rows(tx, count.id):
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


def person(tx: Connection, number: int | None) -> str | None:
    """Return somebody's name."""
    return None if number is None else tx.scalar(text("SELECT name FROM people WHERE id = :id"), {"id": number})


def _document(tx: Connection, count: Header, compared: Compared, totals: Totals) -> dict[str, Any]:
    numbers = sorted({one["product_id"] for one in compared.late})
    products = {row[0]: row[1:] for row in fetch_by_ids(tx, "SELECT id, sku, decimals FROM products WHERE id {}", numbers)}
    declared = tx.scalar(
        text("SELECT p.name FROM participants t JOIN people p ON p.id = t.person_id WHERE t.count_id = :count AND t.declared = 1"),
        {"count": count.id},
    )
    is_over = count.drained is not None and count.final != "approved"
    receipt = draining.kept(count.drained or "") if is_over else draining.receipt(tx, count.id)
    wanted = receipt.get("proof") or draining.proof(tx, count.site_id)
    errors = draining.objections(receipt, wanted)
    return {
        "count": count.code,
        "status": count.status,
        "hash": None,
        "count_journal": count.journal,
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
            | {"sku": sku, "quantity": quantities.wire(one["quantity"], decimals)}
            for one in compared.late
            for sku, decimals in [products[one["product_id"]]]
        ],
        "waiting": 0 if count.final else fetch_by_ids(tx, _WAITING, [count.id])[0][0],
        "gaps": [
            {"stream": one["stream"], "device": one["device"], "missing_total": one["missing_total"]}
            for one in receipt["devices"]
            if one["missing_total"]
        ],
        "proof": wanted,
        "needs_override": bool(errors) if is_over else draining.is_asked(count, errors, wanted),
        "devices": receipt["devices"],
        "unfinished": receipt["unfinished"],
        "override": count.override,
    }


_WAITING = (
    "SELECT COUNT(*) FROM scans s JOIN sheets h ON h.id = s.sheet_id WHERE h.count_id {} AND s.task = 'count' AND s.outcome = 'refused' "
    f"AND NOT EXISTS (SELECT 1 FROM resolutions r WHERE r.scan_id = s.id) AND NOT {VOIDED.format('s')}"
)
"""SQL: how many scans for the sheets of a count nobody has understood yet."""
