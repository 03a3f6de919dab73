"""Act on one new scan: post, count, void, hold, or refuse; its outcome is noted, nothing is stored yet."""

from dataclasses import dataclass

from app import times
from app.ledger.posting import Draft, TooFar
from app.scans import meaning
from app.scans.meaning import Meaning
from app.scans.said import POSTING, Said
from app.scans.sheets import Sent, Sheet, Stamp
from app.scans.work import Known, Sender, Work
from app.text import clean, keepable


@dataclass(slots=True)
class NewScan:
    """One new scan on its way into the ledger."""

    work: Work
    sender: Sender
    said: Said
    read: Meaning
    entry: Known
    stamp: Stamp
    person: int | None
    warnings: list[str]

    def act(self) -> tuple[str, str]:
        """Do what the scan says, note its outcome in `entry`; return its lot and serial."""
        said, read, work = self.said, self.read, self.work
        task = said.task
        if task == "void":
            if read.reason is not None:
                self._refuse(read.reason)
            else:
                self._void()
            return "", ""
        lot = "" if said.lot is None else clean(said.lot)
        serial = ""
        reason = read.reason
        if reason is None and self._is_voided():
            self.entry.reason = "voided"
            if task in ("count", "empty", "finish"):
                self._sheet()
            return lot, serial
        if task in ("count", "empty", "finish") and reason not in (
            "revoked_device",
            "unproven_operator",
            "task_not_allowed",
            "unknown_location",
        ):
            sheet_reason = self._sheet()
            reason = reason or sheet_reason
        if read.thing is not None and (task in POSTING or task == "count"):
            if read.thing.tracking == "none":
                lot = ""
            else:
                place = read.location.id if read.location else self.entry.location_id
                on_hand = work.book.on_hand(place, read.thing.id) if place is not None else {}
                lot, serial, warning, why = meaning.piece(lot, read, on_hand, task == "count")
                reason = reason or why
                if warning:
                    self.warnings.append(warning)
        elif read.thing is not None and read.parts is not None:
            lot = lot or read.parts.lot or ""
        if reason in meaning.NAMES_NOTHING and task == "look":
            self.entry.reason = reason
        elif reason is not None:
            self._refuse(reason)
        elif task in POSTING:
            self._post(lot, serial)
        elif task == "count":
            self._count(lot, serial)
        elif task in ("hold", "release"):
            self._hold_lot(lot)
        return lot, serial

    def _refuse(self, reason: str) -> None:
        self.entry.outcome, self.entry.reason = "refused", reason

    def _post(self, lot: str, serial: str) -> None:
        read, work, entry = self.read, self.work, self.entry
        assert read.location is not None
        assert read.other is not None
        assert read.thing is not None
        assert read.quantity is not None
        source, target = (read.other.id, read.location.id) if read.inward else (read.location.id, read.other.id)
        draft = Draft(
            "scan", self.said.id, read.thing.id, lot, serial, read.quantity, source, target, self.stamp.occurred_at,
            self.stamp.uncertainty_ms, None if self.said.reason_code is None else keepable(self.said.reason_code), None, None, self.person,
        )  # fmt: skip
        try:
            short = work.book.add(draft)
        except TooFar:
            self._refuse("quantity_too_large")
            return
        entry.outcome = "posted"
        if short:
            self.warnings.append("short")
        if work.there and self._is_mixed_by(draft):
            self.warnings.append("other_product")
        if lot:
            self._meet(lot)
        if self.said.task in ("pick", "move"):
            if work.held and ((read.thing.id, "") in work.held or (read.thing.id, lot) in work.held):
                self.warnings.append("held")
            expiry = (read.parts and read.parts.expiry) or work.lots.get((read.thing.id, lot))
            if expiry is not None and expiry < times.wire(self.stamp.occurred_at)[:10]:
                self.warnings.append("expired")
        work.drafts.setdefault(self.said.id, []).append((work.book.journals[-1], draft))

    def _is_mixed_by(self, draft: Draft) -> bool:
        """Follow a move at places that take one product at a time; tell whether it brought another to one."""
        product, there = draft.product_id, self.work.there
        for place, change in ((draft.source_id, -draft.quantity), (draft.target_id, draft.quantity)):
            if place in there:
                there[place][product] = there[place].get(product, 0) + change
        return any(quantity > 0 for other, quantity in there.get(draft.target_id, {}).items() if other != product)

    def _meet(self, lot: str) -> None:
        """Take down a lot, with the expiry that its label tells; a lot whose expiry is known keeps it."""
        assert self.read.thing is not None
        key = (self.read.thing.id, lot)
        told = self.read.parts.expiry if self.read.parts is not None else None
        lots = self.work.lots
        if key not in lots or (told is not None and lots[key] is None):
            lots[key] = self.work.new_lots[key] = told
        elif told is not None and told != lots[key]:
            self.warnings.append("expiry_differs")

    def _count(self, lot: str, serial: str) -> None:
        read, work = self.read, self.work
        assert read.thing is not None
        if lot:
            self._meet(lot)
        if serial and self.entry.sheet_id is not None:
            seen = (self.entry.sheet_id, read.thing.id, serial)
            if seen in work.serials:
                self.warnings.append("serial_repeated")
            work.serials.add(seen)

    def _hold_lot(self, lot: str) -> None:
        read = self.read
        assert read.thing is not None
        held = self.said.task == "hold"
        if (read.thing.id, lot) in self.work.holds and self.work.holds[read.thing.id, lot][5] > self.stamp.occurred_at:
            return
        code = None if self.said.reason_code is None else keepable(self.said.reason_code)
        self.work.holds[read.thing.id, lot] = (self.work.site_id, read.thing.id, lot, held, code, self.stamp.occurred_at, self.person)
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
            sheet = work.desk.of_place(place, operator, self.stamp) or work.desk.belated(place, operator, self.stamp)
        if sheet is None:
            if said.task == "finish":
                return "unknown_sheet"
            if not work.desk.may_open(place, operator):
                return "not_yours"
            sheet = work.desk.open_free(place, operator, self.person)
        sent = Sent(self.sender.hand, entry.sender_id)
        if not work.desk.may_count(sheet, operator, sent.hand):
            return "not_yours"
        entry.sheet_id = sheet.id
        if said.task == "count":
            if self.read.reason is None and entry.reason is None:
                work.desk.counted(sheet, operator, self.person, self.stamp.occurred_at, sent=sent)
            return None
        if said.task == "empty":
            if work.desk.is_counted(sheet, work.live):
                return "not_empty"
            if entry.reason is None:
                work.desk.counted(sheet, operator, self.person, self.stamp.occurred_at, 0, sent)
        complete = entry.reason is None and (said.complete is None or said.task == "empty" or said.complete)
        work.desk.finish(sheet, operator, complete, self.stamp, said.id, sent)
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
            self._is_mixed_by(draft)
            entry.outcome = "posted"
        if target.task == "count" and target.sheet_id is not None and target.outcome == "noted":
            work.desk.uncounted(target.sheet_id)
        if target.task in ("empty", "finish") and target.sheet_id is not None:
            work.desk.unsay(target.sheet_id, target_id)
