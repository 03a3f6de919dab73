"""Tell what a person wants to know of a line that differs: who scanned it, what moved around it, where the difference may have gone."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import quantities, times
from app.counts import comparing, standing, statement
from app.counts.comparing import Header
from app.counts.variance import Mark, Window
from app.db import fetch, reading
from app.errors import Problem
from app.scans.sheets import VOIDED

MOST = 200
"""Scans, moves and codes of one line that are told."""
FEW = 20
"""Other places and products that are named."""


class _Line(NamedTuple):
    line: str
    place: int
    location: str
    product: int | None
    sku: str | None
    lot: str | None
    variance: int | None
    decimals: int
    expected_value: int | None
    value: int | None


def why(site_id: int, code: str, line: str) -> dict[str, Any]:
    """Return what happened around a line of a count; raises not_found."""
    standing.refresh(site_id, code)
    with reading() as tx:
        count = comparing.header(tx, site_id, code)
        found = _lines(tx, "s.count_id = :count AND s.line = :line", count=count.id, line=line)
        if not found:
            raise Problem("not_found", "There is no such line.")
        this = found[0]
        late = {one["scan"]: one["reason"] for one in comparing.late(tx, count, [this.place]).late}
        scans, made, every, window = _scans(tx, count, this, late)
        began, ended = min(made, every.at), every.latest + comparing.SLACK
        before, after = this.expected_value, None
        if before is not None and this.value is not None:
            after = before + this.value
        return {
            "line": this.line,
            "value_before": statement.cents(before),
            "value_after": statement.cents(after),
            "scans": scans,
            "others": _others(tx, count, this, began, ended),
            "moves": _moves(tx, count, this, every, window or every),
            "unknown_codes": _unknown(tx, this, began, ended),
            "swaps": _swaps(tx, count, this),
            "mixes": _mixes(tx, count, this),
            "elsewhere": _elsewhere(tx, site_id, this),
        }


def _lines(tx: Connection, where: str, **given: Any) -> list[_Line]:
    rows = tx.execute(
        text(
            "SELECT s.line, s.location_id, s.place, s.product_id, p.sku, s.lot, s.variance, COALESCE(p.decimals, 0), s.expected_value, "
            f"s.value FROM standing_lines s LEFT JOIN products p ON p.id = s.product_id WHERE {where} ORDER BY s.place, s.number"
        ),
        given,
    )
    return [_Line(*row) for row in rows]


def _scans(
    tx: Connection, count: Header, this: _Line, late: dict[str | None, str]
) -> tuple[list[dict[str, Any]], int, Window, Window | None]:
    """Return the scans of the line, voided ones too; when the first sheet was made or begun; windows of all passes and of
    the one that counts."""
    rows = fetch(tx, *_both(_SCANS), (count.id, this.place, this.product or 0))
    told: list[dict[str, Any]] = []
    marks: dict[int, list[Mark]] = {}
    for scan_id, sheet, sequence, lot, serial, quantity, at, unsure, heard, stream, seq, operator, person, device, voided in rows:
        if this.lot is not None and lot != this.lot:
            continue
        if not voided and scan_id not in late:
            marks.setdefault(sequence, []).append(Mark(at, unsure, heard, stream, seq))
        told.append(
            {
                "scan": scan_id, "sheet": sheet, "pass": sequence, "lot": lot or None, "serial": serial or None,
                "quantity": quantities.wire(quantity, this.decimals), "at": times.wire(at), "operator": operator, "person": person,
                "device": device, "voided": bool(voided), "late": late.get(scan_id),
            }
        )  # fmt: skip
    sheets = tx.execute(text(_SHEETS), {"count": count.id, "place": this.place}).all()
    ends = {row[0]: Mark(row[2], row[3], row[2] + row[3]) for row in sheets if row[2] is not None}
    made = min(min(row.created_at, row.begun or row.created_at) for row in sheets)
    every = Window([mark for some in marks.values() for mark in some] or list(ends.values()) or [Mark(made, 0, made)])
    return told[:MOST], made, every, _counted(tx, count, this, marks, ends)


def _counted(tx: Connection, count: Header, this: _Line, marks: Mapping[int, list[Mark]], ends: Mapping[int, Mark]) -> Window | None:
    """Return the window of the pass that is the count of a line: of its scans, else of the whole sheet; None where none is yet."""
    sql = "SELECT shown FROM standing_shown WHERE count_id = :count AND line = :line"
    passes = json.loads(tx.scalar(text(sql), {"count": count.id, "line": this.line}) or "{}").get("passes", [])
    counted = [(number, began, ended) for number, (found, _, began, ended) in zip(ends, passes, strict=False) if found is not None]
    if not counted:
        return None
    number, *whole = counted[-1]
    unsure = ends[number].uncertainty
    return Window(marks.get(number) or [Mark(at, unsure, at + unsure) for at in map(times.parse, filter(None, whole))])


_SHEETS = (
    "SELECT h.sequence, h.created_at, h.closed_at, h.closed_uncertainty_ms, "
    "(SELECT MIN(s.occurred_at) FROM scans s WHERE s.sheet_id = h.id) AS begun FROM sheets h "
    "WHERE h.count_id = :count AND h.location_id = :place ORDER BY h.sequence"
)
"""SQL: a sheet that nobody planned is made when its first scan is heard, which a gun may have made hours before."""
_SCANS = (
    "SELECT s.id{text}, h.code, h.sequence, s.lot, s.serial, s.quantity, s.occurred_at, s.uncertainty_ms, s.received_at, "
    "s.stream_id{text}, s.seq, s.operator, n.name, d.name, "
    f"COALESCE(s.reason = 'voided', 1 = 0) OR {VOIDED.format('s')} "
    "FROM sheets h JOIN scans s ON s.sheet_id = h.id "
    "LEFT JOIN people n ON n.id = s.person_id LEFT JOIN devices d ON d.id = s.device_id "
    "WHERE h.count_id = ? AND h.location_id = ? AND s.task = 'count' AND s.outcome = 'noted' AND s.product_id = ? "
    "ORDER BY s.journal"
)


def _both(sql: str) -> tuple[str, str]:
    """Return a statement as each engine writes it."""
    return sql.replace("{text}", ""), sql.replace("{text}", "::text").replace("?", "%s")


def _others(tx: Connection, count: Header, this: _Line, since: int, until: int) -> list[dict[str, Any]]:
    """Return what somebody counted of it there meanwhile in another count: two who were at one location have a count each."""
    rows = tx.execute(
        text(
            "SELECT c.code, s.lot, s.quantity, s.occurred_at, s.operator, n.name, d.name FROM scans s JOIN sheets h ON h.id = s.sheet_id "
            "JOIN counts c ON c.id = h.count_id LEFT JOIN people n ON n.id = s.person_id LEFT JOIN devices d ON d.id = s.device_id "
            "WHERE h.location_id = :place AND h.count_id <> :count AND s.product_id = :product AND s.task = 'count' "
            f"AND {comparing.LIVE.format('s')} AND s.occurred_at BETWEEN :since AND :until ORDER BY s.journal LIMIT :most"
        ),
        {"place": this.place, "count": count.id, "product": this.product or 0, "since": since, "until": until, "most": MOST},
    )
    return [
        {
            "count": code, "lot": lot or None, "quantity": quantities.wire(quantity, this.decimals), "operator": operator, "person": person,
            "device": device, "at": times.wire(at),
        }
        for code, lot, quantity, at, operator, person, device in rows
        if this.lot is None or lot == this.lot
    ]  # fmt: skip


def _moves(tx: Connection, count: Header, this: _Line, every: Window, window: Window) -> list[dict[str, Any]]:
    """Return what moved there from a day before the first scan to a day after the last, without what this count posted and reversed: that
    explains nothing. `when` is as the comparison has it, by the pass that counts; `late`: heard after the count was posted."""
    if this.product is None:
        return []
    halves = (
        "SELECT m.journal, {1}m.quantity, m.lot, m.kind, m.occurred_at, m.uncertainty_ms, m.recorded_at, s.stream_id{{text}}, s.seq, "
        "s.task, s.operator, o.code FROM moves m LEFT JOIN scans s ON s.id = m.scan_id JOIN locations o ON o.id = m.{2}_id "
        "WHERE m.{0}_id = ? AND m.product_id = ? AND m.occurred_at BETWEEN ? AND ? AND (m.kind = 'late_after_count' "
        "OR NOT EXISTS (SELECT 1 FROM lines n WHERE n.id = m.line_id AND n.count_id = ?))"
    )
    sql = f"{halves.format('source', '-', 'target')} UNION ALL {halves.format('target', '', 'source')} ORDER BY 1"
    key = (this.place, this.product, every.at - comparing.SLACK, every.latest + comparing.SLACK, count.id)
    found = []
    for number, change, lot, kind, at, unsure, heard, stream, seq, task, operator, other in fetch(tx, *_both(sql), key * 2):
        if this.lot is not None and lot != this.lot:
            continue
        side = window.place(Mark(at, unsure, heard, stream, seq))
        found.append(
            {
                "journal": number, "quantity": quantities.wire(change, this.decimals), "lot": lot or None, "deed": task or kind,
                "other_location": other, "operator": operator, "at": times.wire(at), "recorded_at": times.wire(heard),
                "when": ("inside", "after", "before")[side], "late": count.final == "posted" and number > count.journal,
            }
        )  # fmt: skip
    return found[-MOST:]


def _unknown(tx: Connection, this: _Line, since: int, until: int) -> list[dict[str, Any]]:
    """Return codes that nobody understood there meanwhile: one of them may be this product."""
    rows = tx.execute(
        text(
            "SELECT s.said, s.operator, d.name, s.occurred_at, r.outcome FROM scans s LEFT JOIN devices d ON d.id = s.device_id "
            "LEFT JOIN resolutions r ON r.scan_id = s.id WHERE s.outcome = 'refused' AND s.reason = 'unknown_barcode' "
            "AND s.location_id = :place AND s.occurred_at BETWEEN :since AND :until ORDER BY s.journal LIMIT :most"
        ),
        {"place": this.place, "since": since, "until": until, "most": MOST},
    )
    return [
        {"code": str(json.loads(said).get("barcode")), "operator": operator, "device": device, "at": times.wire(at), "resolution": outcome}
        for said, operator, device, at, outcome in rows
    ]


def _swaps(tx: Connection, count: Header, this: _Line) -> list[dict[str, Any]]:
    """Return where else in the count the same product differs the other way, the exact opposite and the nearest on the way first."""
    if not this.variance:
        return []
    others = _lines(
        tx,
        f"s.count_id = :count AND s.sku = :sku AND s.product_id = :product AND s.location_id <> :place "
        f"AND s.variance {'<' if this.variance > 0 else '>'} 0",
        count=count.id, sku=this.sku, product=this.product, place=this.place,
    )  # fmt: skip
    if not others:
        return []
    walked = {place: n for n, place in enumerate(tx.scalars(text(_WALKED), {"count": count.id}))}
    far = {one.line: abs(walked[one.location] - walked[this.location]) for one in others}
    others.sort(key=lambda one: (one.variance != -(this.variance or 0), far[one.line], one.location))
    return [_other(one, this) | {"steps": far[one.line]} for one in others[:FEW]]


_WALKED = "SELECT DISTINCT s.place FROM standing_lines s WHERE s.count_id = :count ORDER BY s.place"


def _mixes(tx: Connection, count: Header, this: _Line) -> list[dict[str, Any]]:
    """Return other products at the same location that differ by exactly as much the other way: the one was taken for the other."""
    if not this.variance:
        return []
    size = this.variance * 10 ** (6 - this.decimals)
    same = _lines(
        tx, "s.count_id = :count AND s.place = :place AND s.line <> :line AND s.variance <> 0",
        count=count.id, place=this.location, line=this.line,
    )  # fmt: skip
    return [_other(one, this) for one in same if (one.variance or 0) * 10 ** (6 - one.decimals) == -size][:FEW]


def _other(one: _Line, this: _Line) -> dict[str, Any]:
    opposite = (one.variance or 0) * 10 ** (6 - one.decimals) == -(this.variance or 0) * 10 ** (6 - this.decimals)
    return {
        "line": one.line, "location": one.location, "sku": one.sku, "lot": one.lot or None,
        "variance": quantities.wire(one.variance or 0, one.decimals), "exact": opposite,
    }  # fmt: skip


def _elsewhere(tx: Connection, site_id: int, this: _Line) -> list[dict[str, Any]]:
    """Return where else the product is on hand now."""
    rows = tx.execute(
        text(
            "SELECT l.code, b.lot, SUM(b.quantity) FROM balances b JOIN locations l ON l.id = b.location_id WHERE b.product_id = :product "
            "AND l.site_id = :site AND l.kind <> 'virtual' AND l.id <> :place GROUP BY l.code, b.lot HAVING SUM(b.quantity) <> 0 "
            "ORDER BY l.code, b.lot LIMIT :few"
        ),
        {"product": this.product or 0, "site": site_id, "place": this.place, "few": FEW},
    )
    return [
        {"location": code, "lot": lot or None, "quantity": quantities.wire(int(quantity), this.decimals)} for code, lot, quantity in rows
    ]
