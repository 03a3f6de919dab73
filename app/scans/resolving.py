"""Resolve scans that were refused: a person says what was meant, and the scan is read again with that, as of its own time."""

from typing import Any

from sqlalchemy import Connection, insert, text

from app import audit, times, wire
from app.access import Caller
from app.db import reading, writing
from app.errors import Problem
from app.journal import Numbers
from app.ledger.posting import Book, Draft, TooFar, virtual_locations
from app.scans import holding, meaning, symbologies
from app.scans.codes import Place
from app.scans.models import Resolution
from app.scans.naming import named
from app.scans.said import POSTING, Said
from app.scans.sentence import read_fast
from app.scans.sheets import VOIDED, Desk, Sent, Stamp, hand
from app.text import keepable, nfc

NEEDS_ACCEPT = ("task_not_allowed", "revoked_device", "unproven_operator")
ONLY_DISMISSED = ("not_yours", "not_empty")


def resolve(caller: Caller, scan_id: str, decision: dict[str, Any], reason: str) -> dict[str, Any]:
    """Resolve a refused scan and return the resolution; the same decision again returns the first one.

    `decision`: `product` (any code of it), `location`, `lot`, `accept` (as it was said), or `dismiss`.
    Raises not_found, not_refused, still_refused.
    """
    with reading() as tx:
        site_id = _site_of(tx, scan_id)
    if caller.site_id not in (None, site_id):
        raise Problem("not_found")
    with writing() as tx:
        return take(tx, site_id, caller.person_id, scan_id, decision, reason)


def take(tx: Connection, site_id: int, person_id: int | None, scan_id: str, decision: dict[str, Any], reason: str) -> dict[str, Any]:
    """Resolve one refused scan of a site in the caller's transaction; writes nothing when it raises not_refused or still_refused."""
    numbers = Numbers(tx, site_id)
    row = tx.execute(text(f"SELECT s.*, {VOIDED.format('s')} AS voided FROM scans s WHERE s.id = :id"), {"id": scan_id}).mappings().one()
    before = tx.execute(
        text("SELECT outcome, decision, reason, at, warnings FROM resolutions WHERE scan_id = :id"), {"id": scan_id}
    ).first()
    if before is not None:
        if wire.kept(before[1]) == decision:
            return _wire(scan_id, before[0], decision, before[2], before[3], before[4])
        raise Problem("not_refused", "This scan is resolved already.")
    if row["outcome"] != "refused" or row["voided"]:
        raise Problem("not_refused")
    at = times.now()
    values: dict[str, Any] = {
        "outcome": "dismissed", "location_id": None, "product_id": None, "lot": "", "serial": "", "quantity": None, "sheet_id": None,
        "warnings": "[]",
    }  # fmt: skip
    if not decision.get("dismiss"):
        values = _apply(tx, numbers, row, decision, person_id, at)
    values |= {
        "scan_id": scan_id, "site_id": site_id, "journal": numbers.next(), "person_id": person_id, "at": at, "reason": reason,
        "decision": wire.text(decision),
    }  # fmt: skip
    tx.execute(insert(Resolution), values)
    numbers.store()
    audit.write(tx, "scan.resolve", scan_id, site_id=site_id, before={"reason": row["reason"]}, after=decision, reason=reason)
    return _wire(scan_id, values["outcome"], decision, reason, at, values["warnings"])


def _wire(scan_id: str, outcome: str, decision: dict[str, Any], reason: str, at: int, warnings: str) -> dict[str, Any]:
    return {
        "scan": scan_id, "outcome": outcome, "decision": decision, "reason": reason, "at": times.wire(at), "warnings": wire.kept(warnings),
    }  # fmt: skip


def _site_of(tx: Connection, scan_id: str) -> int:
    site_id = tx.scalar(text("SELECT site_id FROM scans WHERE id = :id"), {"id": scan_id})
    if site_id is None:
        raise Problem("not_found")
    return int(site_id)


def _apply(
    tx: Connection, numbers: Numbers, row: Any, decision: dict[str, Any], person_id: int | None, at: int,
) -> dict[str, Any]:  # fmt: skip
    """Read the scan again with what the person decided, and post what it means now."""
    if row["reason"] in ONLY_DISMISSED or (row["reason"] in NEEDS_ACCEPT and not decision.get("accept")):
        raise Problem("still_refused", f"Refused as {row['reason']}.")
    said, meant = _read_again(tx, row, decision)
    reason, thing = meant.reason, meant.thing
    lot, serial = "" if said.lot is None else keepable(nfc(said.lot)), ""
    place = meant.location.id if meant.location else row["location_id"]
    book = Book(numbers, at)
    outcome, sheet_id, warnings = "noted", row["sheet_id"], []
    if thing is not None and (said.task in POSTING or said.task == "count"):
        places = [p for p in (place, meant.other.id if meant.other else None) if p is not None]
        book.read([(p, thing.id) for p in places], careful=True)
        lot, serial, _, unclear = meaning.piece(lot, meant, book.on_hand(place, thing.id), said.task == "count")
        reason = reason or unclear
    if reason is not None:
        raise Problem("still_refused", f"Refused as {reason}.", [{"field": "decision", "message": reason}])
    why = said.reason_code and keepable(said.reason_code)
    if said.task in POSTING:
        assert thing is not None
        assert meant.other is not None
        assert meant.quantity is not None
        source, target = (meant.other.id, place) if meant.inward else (place, meant.other.id)
        draft = Draft(
            "resolution", str(row["id"]), thing.id, lot, serial, meant.quantity, source, target, row["occurred_at"], row["uncertainty_ms"],
            why, person_id=person_id,
        )  # fmt: skip
        try:
            book.add(draft)
        except TooFar as error:
            raise Problem("still_refused", "Refused as quantity_too_large.") from error
        book.store()
        outcome = "posted"
        warnings = ["other_product"] if tx.scalar(text(_MIXED), {"target": target, "product": thing.id}) else []
    elif said.task == "count" and sheet_id is None:
        sheet_id = _sheet_for(numbers, row, said, place, at)
    elif said.task in ("hold", "release") and thing is not None:
        lot = lot or (meant.parts.lot if meant.parts is not None and meant.parts.lot else "")
        holding.store(tx, [(row["site_id"], thing.id, lot, said.task == "hold", why, row["occurred_at"], row["person_id"])])
    if lot and thing is not None:
        tx.execute(text(_LOT), {"product": thing.id, "lot": lot, "expiry": meant.parts.expiry if meant.parts is not None else None})
    return {
        "outcome": outcome, "location_id": place, "product_id": thing.id if thing else None, "lot": lot, "serial": serial,
        "quantity": meant.quantity, "sheet_id": sheet_id,
        "warnings": wire.text(warnings),
    }  # fmt: skip


def _read_again(tx: Connection, row: Any, decision: dict[str, Any]) -> tuple[Said, meaning.Meaning]:
    """Return what a scan says with what the person decided in its place, and what that means now."""
    raw = wire.kept(row["said"])
    raw["id"] = str(row["id"])
    values = read_fast(raw | ({"voids": raw["voids"].lower()} if isinstance(raw.get("voids"), str) else {}))
    assert values is not None, "a recorded scan is well formed"
    said = Said._make(values)
    for field, key in (("barcode", "product"), ("location", "location"), ("lot", "lot")):
        if decision.get(key) is not None:
            said = said._replace(**{field: decision[key]})
    texts = [
        t
        for t in (said.location, said.barcode, said.target, said.origin, symbologies.marked(said.barcode, said.symbology))
        if t is not None
    ]
    names = named(tx, row["site_id"], texts)
    if decision.get("product") is not None and raw.get("barcode") is not None:
        whole = named(tx, row["site_id"], [raw["barcode"]])[raw["barcode"]]  # its lot, serial and quantity still say what they said
        names[decision["product"]] = names[decision["product"]]._replace(parts=whole.parts)
    virtual = {code: Place(number, code, True, False) for code, number in virtual_locations(tx, row["site_id"]).items()}
    return said, meaning.read(said, names, virtual, None, False)


_LOT = (
    "INSERT INTO lots (product_id, code, expiry) VALUES (:product, :lot, :expiry) "
    "ON CONFLICT (product_id, code) DO UPDATE SET expiry = COALESCE(lots.expiry, excluded.expiry)"
)


_MIXED = (
    "SELECT 1 FROM locations l JOIN balances b ON b.location_id = l.id WHERE l.id = :target AND l.single_product "
    "AND b.product_id <> :product GROUP BY b.product_id HAVING sum(b.quantity) > 0 LIMIT 1"
)


def _sheet_for(numbers: Numbers, row: Any, said: Said, place: int, at: int) -> int:
    """Find or open the sheet that a count scan belongs to now."""
    desk = Desk(numbers, at)
    desk.load([keepable(said.sheet)] if said.sheet else [], [place], [row["operator"] or ""], row["occurred_at"] - row["uncertainty_ms"])
    stamp = Stamp(row["occurred_at"], row["uncertainty_ms"], row["stream_id"] and str(row["stream_id"]), row["seq"])
    operator = row["operator"] or ""
    sheet = desk.named(keepable(said.sheet)) if said.sheet else None
    if sheet is None or sheet.location_id != place:
        sheet = desk.of_place(place, operator, stamp) or desk.belated(place, operator, stamp)
        sheet = sheet or (desk.open_free(place, operator, row["person_id"]) if desk.may_open(place, operator) else None)
    sent = Sent(hand(numbers.tx, row["sender_id"]), row["sender_id"])
    if sheet is None or not desk.may_count(sheet, operator, sent.hand):
        raise Problem("still_refused", "Refused as not_yours.")
    desk.counted(sheet, operator, row["person_id"], row["occurred_at"], sent=sent)
    desk.store()
    return sheet.id
