"""Plan counts and further passes: one sheet for every location, so that nothing is counted twice and nothing left out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, text, update

from app import audit, journal, times, wire
from app.counts import comparing
from app.counts.comparing import Compared, Header, fetch_by_ids
from app.counts.tolerances import LIMITS, OF
from app.db import execute_many, writing
from app.errors import Problem
from app.scans import sheets
from app.scans.models import Count
from app.text import nfc

MOST = 20_000
"""The most locations of a count."""


def plan(site_id: int, wanted: Mapping[str, Any], person_id: int | None) -> str:
    """Make a count with one sheet for every leaf location under those named; return its code. Raises already_counting."""
    with writing() as tx:
        journal.lock(tx, site_id)
        places = _leaves(tx, site_id, wanted["locations"])
        _refuse_counted(tx, places)
        return make(tx, site_id, places, wanted, person_id)


def make(tx: Connection, site_id: int, places: Sequence[int], wanted: Mapping[str, Any], person_id: int | None) -> str:
    """Make a count with one sheet for each of these locations, which are in no other; return its code. The caller holds the lock."""
    now = times.now()
    number = tx.scalar(text("UPDATE sites SET last_count = last_count + 1 WHERE id = :site RETURNING last_count"), {"site": site_id})
    code = f"K{number}"
    others = tolerances_of(tx, site_id, wanted.get("tolerances") or [])
    tolerance = {name: limit for name, limit in (wanted.get("tolerance") or {}).items() if limit is not None}
    count_id = tx.execute(
        insert(Count).returning(Count.id),
        {
            "site_id": site_id, "code": code, "kind": "cycle", "status": None, "blind": wanted["blind"],
            "twice": wanted.get("twice", False), "policy": wanted["policy"],
            "tolerance": wire.text(tolerance) if tolerance else None, "tolerances": wire.text(others) if others else None,
            "second_above": wanted.get("second_above"), "person_id": person_id, "created_at": now, "note": wanted.get("note", ""),
            "journal": journal.take(tx, site_id),
        },
    ).scalar_one()  # fmt: skip
    passes = (1, 2) if wanted.get("twice") else (1,)
    opened = sheets.open_planned(tx, site_id, count_id, [(place, number, None, None) for place in places for number in passes], now)
    audit.write(tx, "count_planned", f"count {code}", site_id=site_id, after={**wanted, "sheets": len(opened)})
    return code


def again(site_id: int, code: str, wanted: Mapping[str, Any]) -> list[str]:
    """Open the next pass over locations, or over single lines, of a count; return the codes of its sheets.

    Raises not_in_review once the count is final, already_counting for a location whose pass is still open, not_independent for an
    operator who has counted it before.
    """
    with writing() as tx:
        journal.lock(tx, site_id)
        count = comparing.header(tx, site_id, code)
        if count.final:
            raise Problem("not_in_review", f"The count is {count.final}.")
        asked, recounted = _asked(tx, count, wanted)
        passes = _passes(tx, count, asked)
        operator = wanted.get("operator")
        if operator is not None:
            _refuse_same_counter(tx, count, asked, operator)
        rows = [
            (place, passes[place] + 1, operator, None if covers is None else json.dumps(sorted(covers, key=str)))
            for place, covers in asked.items()
        ]
        made = sheets.open_planned(tx, site_id, count.id, rows, times.now())
        execute_many(tx, "DELETE FROM decisions WHERE count_id = ? AND line = ?", [(count.id, line) for line in recounted])
        tx.execute(update(Count).where(Count.id == count.id).values(journal=journal.take(tx, site_id)))
        audit.write(tx, "recount_planned", f"count {code}", site_id=site_id, after={**wanted, "sheets": made[:100]})
    return made


def tolerances_of(tx: Connection, site_id: int, wanted: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return tolerances as they are kept; raises bad_request where one is of nothing, of two things, of what isn't there, or said twice."""
    kept, seen, errors = [], set(), []
    for number, one in enumerate(wanted):
        row = {name: nfc(one[name]) if name in OF else one[name] for name in (*OF, *LIMITS) if one.get(name) is not None}
        of = [(name, row[name]) for name in OF if name in row]
        if len(of) != 1:
            errors.append(_error(f"tolerances.{number}", "Name one of sku, location and abc."))
        elif of[0] in seen:
            errors.append(_error(f"tolerances.{number}", "It is there twice."))
        seen.update(of)
        kept.append(row)
    for name, sql in _THERE.items():
        codes = sorted({row[name] for row in kept if name in row})
        there = {row[0] for row in fetch_by_ids(tx, sql.replace("{site}", str(site_id)), codes)} if codes else set()
        errors += [_error(code, f"There is no such {'product' if name == 'sku' else name}.") for code in codes if code not in there]
    if errors:
        raise Problem("bad_request", "Some tolerances can't be held.", errors)
    return kept


_THERE = {"sku": "SELECT sku FROM products WHERE sku {}", "location": "SELECT code FROM locations WHERE site_id = {site} AND code {}"}


def _leaves(tx: Connection, site_id: int, codes: Sequence[str]) -> list[int]:
    """Return the leaf locations under those named, in walking order."""
    rows = tx.execute(
        text(
            "SELECT id, code, kind, path, parent_id, walk_key FROM locations "
            "WHERE site_id = :site AND archived_at IS NULL AND kind <> 'virtual'"
        ),
        {"site": site_id},
    ).all()
    by_code = {row.code: row for row in rows}
    named = {nfc(code) for code in codes}
    unknown = sorted(named - by_code.keys())
    if unknown:
        raise Problem(
            "bad_request", "Some locations can't be counted.", [_error(code, "There is no such location here.") for code in unknown]
        )
    parents = {row.parent_id for row in rows}
    above = {by_code[code].id for code in named}
    leaves = [
        row
        for row in rows
        if row.kind != "site" and row.id not in parents and above & {int(step) for step in row.path.strip("/").split("/")}
    ]
    if not leaves:
        raise Problem(
            "bad_request", "There is no location to count under those named.", [_error(code, "Nothing below.") for code in sorted(named)]
        )
    if len(leaves) > MOST:
        raise Problem("bad_request", f"More than {MOST} locations; plan several counts.")
    return [row.id for row in sorted(leaves, key=lambda row: (row.walk_key, row.code))]


def _refuse_counted(tx: Connection, places: Sequence[int]) -> None:
    taken = fetch_by_ids(
        tx,
        "SELECT l.code, c.code FROM sheets s JOIN locations l ON l.id = s.location_id JOIN counts c ON c.id = s.count_id "
        "WHERE s.planned AND s.sequence = 1 AND s.location_id {} ORDER BY l.code",
        places,
    )
    if taken:
        raise Problem(
            "already_counting", f"In another open count: {', '.join(row[0] for row in taken[:20])}",
            [_error(place, f"It is in count {count}.") for place, count in taken],
        )  # fmt: skip


def _asked(tx: Connection, count: Header, wanted: Mapping[str, Any]) -> tuple[dict[int, set[tuple[int, str | None]] | None], list[str]]:
    """Return what the next pass covers by location (None: all of it), and the lines it decides anew."""
    names, lines = {nfc(code) for code in wanted.get("locations") or ()}, set(wanted.get("lines") or ())
    if not names and not lines:
        raise Problem("bad_request", "Name locations or lines.")
    places = {row[1]: row[0] for row in fetch_by_ids(tx, _PLACES, [count.id])}
    unknown = sorted(names - places.keys())
    if unknown:
        raise Problem("bad_request", "Some locations are not in this count.", [_error(code, "Not in this count.") for code in unknown])
    asked: dict[int, set[tuple[int, str | None]] | None] = {}
    recounted: list[str] = []
    for line in comparing.lines(tx, count, {}, Compared()):
        by_place = line.location in names and not lines
        if line.line not in lines and not by_place:
            continue
        recounted.append(line.line)
        product = line.found.product
        if by_place or product is None:
            asked[line.location_id] = None
        elif asked.setdefault(line.location_id, set()) is not None:
            asked[line.location_id].add((product, line.found.lot))  # type: ignore[union-attr]
    strangers = sorted(lines - set(recounted))
    if strangers:
        raise Problem("bad_request", "Some lines are not in this count.", [_error(line, "No such line.") for line in strangers])
    return asked, recounted


_PLACES = "SELECT DISTINCT s.location_id, l.code FROM sheets s JOIN locations l ON l.id = s.location_id WHERE s.count_id {}"


def _passes(tx: Connection, count: Header, asked: Mapping[int, Any]) -> dict[int, int]:
    """Return the last sequence of each location; raises already_counting where that pass is open."""
    rows = fetch_by_ids(
        tx,
        f"SELECT s.location_id, l.code, MAX(s.sequence), SUM(CASE WHEN s.open THEN 1 ELSE 0 END) FROM sheets s "
        f"JOIN locations l ON l.id = s.location_id WHERE s.count_id = {int(count.id)} AND s.location_id {{}} "
        "GROUP BY s.location_id, l.code",
        list(asked),
    )
    opened = sorted(row[1] for row in rows if row[3])
    if opened:
        raise Problem("already_counting", "A pass over a location is still open.", [_error(code, "Its sheet is open.") for code in opened])
    return {row[0]: row[2] for row in rows}


def _refuse_same_counter(tx: Connection, count: Header, asked: Mapping[int, Any], operator: str) -> None:
    if tx.scalar(text("SELECT independence FROM sites WHERE id = :site"), {"site": count.site_id}) == "declare":
        return
    rows = fetch_by_ids(
        tx,
        f"SELECT DISTINCT l.code, x.operator FROM (SELECT location_id, operator FROM sheet_counters WHERE count_id = {int(count.id)} "
        f"UNION SELECT location_id, operator FROM sheets WHERE count_id = {int(count.id)}) x JOIN locations l ON l.id = x.location_id "
        "WHERE x.location_id {} ORDER BY l.code",
        list(asked),
    )
    same = [code for code, who in rows if who == operator]
    if same:
        raise Problem(
            "not_independent", f"{operator} has counted there before.", [_error(code, "Counted by the same operator.") for code in same]
        )


def _error(field: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message}
