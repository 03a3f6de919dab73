"""The dialogue of a task for who types or scans at a terminal: what a reading means in the flow, and what is said to the ledger. Pure.

Twin of the app's static/dialog.js; both are held to tests/cases/dialog.json.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

TASKS = ("count", "receive", "putaway", "move", "pick", "return", "scrap", "hold", "release", "look")
"""What a person chooses from; putting away is a move whose FROM stays while TO changes."""
UNDOABLE = frozenset({"count", "receive", "return", "move", "pick", "scrap"})
_QUANTITY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
_PACKS = re.compile(r"([0-9]{1,6})x([0-9]{1,6})", re.ASCII)
_QUANTITY_COMMAND = re.compile(r"SL-QTY-([0-9.x]{1,19})", re.ASCII)


class Ask(NamedTuple):
    """What must be confirmed first: a location, a target or the finish; with `check` by keying these digits."""

    kind: str
    text: str
    check: str | None = None


class Flow(NamedTuple):
    """Where a task stands. `sheet`, `due`: the sheet that was chosen and its location; `quantity` is for the next scan."""

    task: str
    location: str | None = None
    target: str | None = None
    sheet: str | None = None
    due: str | None = None
    quantity: str = "1"
    reason: str | None = None
    ask: Ask | None = None

    def nowhere(self) -> "Flow":
        """Return the flow without a place."""
        return self._replace(location=None, target=None, sheet=None, due=None)


class Reading(NamedTuple):
    """What a code is: `location`, `product`, `sheet`, `command` or `unknown`; `code` is a location's or sheet's own.

    `check`: the check digits of a location whose code was keyed.
    """

    text: str
    kind: str
    code: str | None = None
    location: str | None = None
    command: str | None = None
    value: str | None = None
    check: str | None = None


class Turn(NamedTuple):
    """The next flow, what to say to the ledger (fields of a scan), the key of a prompt, and its tone: ok, question, none."""

    flow: Flow
    say: str
    tone: str
    record: dict[str, Any] | None = None


def said(task: str) -> str:
    """Return what the ledger calls a task."""
    return "move" if task == "putaway" else task


def everywhere(task: str) -> bool:
    """Tell whether a task is about a product wherever it is."""
    return task in ("hold", "release")


def prompt(flow: Flow) -> str:
    """Return what the flow waits for: a key of the prompts."""
    moves = said(flow.task) == "move"
    if flow.ask:
        if flow.ask.kind == "finish":
            return "confirm_finish"
        return "check_location" if flow.ask.check else "not_due" if flow.sheet else "confirm_location"
    if flow.task == "look":
        return "scan_anything"
    if flow.location is None and not everywhere(flow.task):
        return "scan_source" if moves else "scan_sheet_location" if flow.sheet else "scan_location"
    return "scan_target" if moves and flow.target is None else "scan_product"


def command(text: str) -> Reading | None:
    """Read a command barcode; they steer, they never approve or delete."""
    if text in ("SL-DONE", "SL-UNDO"):
        return Reading(text, "command", command=text[3:].lower())
    found = _QUANTITY_COMMAND.fullmatch(text)
    return Reading(text, "command", command="quantity", value=found[1]) if found else None


def hear(flow: Flow, reading: Reading, last: str | None) -> Turn:
    """Take a reading; `last` is the scan that an undo would void."""
    if reading.kind == "command":
        return _obey(flow, reading, last)
    if flow.ask and flow.ask.kind != "finish" and (flow.ask.check or flow.ask.text) == reading.text:
        return press(flow, "confirm", last=last)
    calm, place = flow._replace(ask=None), reading.kind == "location"
    if flow.ask and flow.ask.check and not place:
        return Turn(flow, "check_location", "question")
    if flow.task == "look":
        return Turn(calm, "looked", "ok", {"task": "look", "location" if place else "barcode": reading.text})
    if reading.kind == "sheet" and flow.task == "count":
        return _chosen(calm, reading.code, reading.location)
    if everywhere(flow.task):
        return Turn(calm, "scan_product", "question") if place else _record(calm, reading)
    if flow.location is None:
        return _located(calm, reading, "location")
    if said(flow.task) == "move" and (flow.target is None or (place and flow.task == "putaway")):
        return _located(calm, reading, "target")
    return _located(calm._replace(target=None), reading, "location") if place else _record(calm, reading)


def press(flow: Flow, button: str, value: str = "", *, location: str | None = None, last: str | None = None) -> Turn:
    """Take a button or key of the flow."""
    calm = flow._replace(ask=None)
    if button == "undo":
        return Turn(calm, "undone", "ok", {"task": "void", "voids": last}) if last else Turn(calm, "nothing_to_undo", "question")
    if button == "quantity":
        return _quantity(calm, value)
    if button == "reason":
        return _waiting(calm._replace(reason=value or None))
    if button == "sheet" and flow.task == "count":
        return _chosen(calm, value, location)
    if button == "location":
        return Turn(calm.nowhere(), prompt(Flow(flow.task)), "none")
    if button == "confirm" and flow.ask and flow.ask.kind != "finish":
        return _placed(calm, flow.ask.text, flow.ask.kind)
    if button in ("confirm", "cancel"):
        return _waiting(calm)
    return _finish(calm, button) if flow.task == "count" and flow.location is not None else Turn(calm, prompt(calm), "question")


def _finish(flow: Flow, button: str) -> Turn:
    left = flow.nowhere()._replace(quantity="1")
    where = {"location": flow.location, **({"sheet": flow.sheet} if flow.sheet else {})}
    if button == "finish":
        return Turn(flow._replace(ask=Ask("finish", "")), "confirm_finish", "none")
    if button == "finish_all":
        return Turn(left, "finished", "ok", {"task": "finish", "complete": True, **where})
    if button == "finish_part":
        return Turn(left, "finished_part", "ok", {"task": "finish", "complete": False, **where})
    return Turn(left, "emptied", "ok", {"task": "empty", **where})


def _waiting(flow: Flow) -> Turn:
    return Turn(flow, prompt(flow), "none")


def _obey(flow: Flow, reading: Reading, last: str | None) -> Turn:
    """Do what a button does; unlike a finger, a trigger must hear that it did."""
    if reading.command in ("undo", "quantity"):
        done = press(flow, reading.command, reading.value or "", last=last)
    else:
        done = press(flow, "finish_all" if flow.ask and flow.ask.kind == "finish" else "finish")
    return done._replace(tone="question" if done.flow.ask else "ok") if done.tone == "none" else done


def _chosen(flow: Flow, sheet: str | None, due: str | None) -> Turn:
    """Take a sheet; its location comes first all the same."""
    location = due if flow.location == due else None
    return Turn(flow._replace(sheet=sheet, due=due, location=location, quantity="1"), "sheet_set", "ok")


def _located(flow: Flow, reading: Reading, slot: str) -> Turn:
    is_due = flow.due is not None and flow.due in (reading.text, reading.code)
    elsewhere = bool(flow.sheet) and flow.location is None and not is_due
    if reading.kind == "product":
        return Turn(flow, "target_first" if slot == "target" else "location_first", "question")
    if elsewhere or (reading.kind != "location" and reading.text != flow.due):
        return Turn(flow._replace(ask=Ask(slot, reading.text)), "not_due" if elsewhere else "confirm_location", "question")
    code = (reading.code if reading.kind == "location" else None) or reading.text
    if reading.check:
        return Turn(flow._replace(ask=Ask(slot, code, reading.check)), "check_location", "question")
    return _placed(flow, code, slot)


def _placed(flow: Flow, code: str, slot: str) -> Turn:
    if slot == "target":
        same = code == flow.location
        return Turn(flow, "same_location", "question") if same else Turn(flow._replace(target=code), "target_set", "ok")
    kept = flow if code == flow.due else flow._replace(sheet=None, due=None)
    return Turn(kept._replace(location=code), "location_set", "ok")


def _record(flow: Flow, reading: Reading) -> Turn:
    if flow.quantity == "0" and flow.task != "count":
        return Turn(flow, "quantity_bad", "question")
    said_of = {"task": said(flow.task), "barcode": reading.text}
    where = {} if everywhere(flow.task) else {"location": flow.location, "quantity": flow.quantity}
    more = {"target": flow.target, "sheet": flow.sheet, "reason_code": flow.reason}
    fields = {**said_of, **where, **{name: value for name, value in more.items() if value}}
    return Turn(flow._replace(quantity="1"), "recorded" if reading.kind == "product" else "recorded_unknown", "ok", fields)


def _quantity(flow: Flow, value: str) -> Turn:
    """Take a quantity for the next scan; 3x12 is three packs of twelve."""
    if flow.task == "look" or everywhere(flow.task):
        return Turn(flow, prompt(flow), "question")
    packs = _PACKS.fullmatch(value)
    total = str(int(packs[1]) * int(packs[2])) if packs else value
    fits = _QUANTITY.fullmatch(total) and (flow.task == "count" or total.strip("0."))
    return Turn(flow._replace(quantity=total), "quantity_set", "none") if fits else Turn(flow, "quantity_bad", "question")


@dataclass
class Line:
    """What the scans of one barcode say, in units of that barcode; `last` is the newest of them."""

    barcode: str
    quantity: Decimal
    scans: int
    last: str


def tally(flow: Flow, newest_first: Iterable[Mapping[str, Any]], operator: str) -> list[Line]:
    """Return what was scanned here in this task since the last finish, newest product first, voided scans left out."""
    lines: dict[str, Line] = {}
    voided = set()
    for scan in newest_first:
        if scan["task"] == "void":
            voided.add(scan["voids"])
        if scan.get("operator") != operator or scan.get("location") != flow.location:
            continue
        if scan["task"] in ("finish", "empty"):
            break
        if scan["task"] != said(flow.task) or scan["id"] in voided or scan.get("target") != flow.target:
            continue
        line = lines.setdefault(scan["barcode"], Line(scan["barcode"], Decimal(0), 0, scan["id"]))
        line.quantity += Decimal(scan.get("quantity") or 1)
        line.scans += 1
    return list(lines.values())


def undoable(newest_first: Iterable[Mapping[str, Any]], operator: str, task: str) -> Mapping[str, Any] | None:
    """Return an operator's newest scan of a task that moved stock or counted and isn't voided yet."""
    voided = set()
    for scan in newest_first:
        if scan.get("operator") != operator:
            continue
        if scan["task"] == "void":
            voided.add(scan["voids"])
        elif scan["task"] == said(task) and scan["task"] in UNDOABLE and scan["id"] not in voided:
            return scan
    return None


class Expected(NamedTuple):
    """A product that is expected at a location: in its base unit, lots taken together."""

    sku: str
    name: str
    quantity: Decimal


class Page(NamedTuple):
    """What is expected at a location, where that may be told; of a recount `only` some SKUs are looked for."""

    location: str
    rows: Sequence[Expected]
    only: Sequence[str] | None = None

    def of(self, sku: str) -> Expected | None:
        """Return what is expected of a product."""
        return next((row for row in self.rows if row.sku == sku), None)


class Mark(NamedTuple):
    """A line is `expected`, `misplaced` (expected `at` another location) or `unexpected`; `counted` is of the product, in base units."""

    state: str
    counted: Decimal | None = None
    expected: Decimal | None = None
    at: str | None = None


def compare(
    lines: Sequence[Line], location: str | None, book: Sequence[Page], read: Callable[[str], tuple[str, Decimal] | None]
) -> tuple[dict[str, Mark], list[Expected]]:
    """Return marks by barcode, and what is missing; `read` gives SKU and pack of a barcode, None where they can't be known."""
    marks: dict[str, Mark] = {}
    counted: dict[str, Decimal] = {}
    here = next((page for page in book if page.location == location), None)
    if here is None:
        return marks, []
    known = [(line, *found) for line in lines if (found := read(line.barcode)) is not None]
    for line, sku, pack in known:
        counted[sku] = counted.get(sku, Decimal(0)) + line.quantity * pack
    for line, sku, _ in known:
        row = here.of(sku)
        at = next((page.location for page in book if page.of(sku)), None)
        if row is not None:
            marks[line.barcode] = Mark("expected", counted[sku], row.quantity)
        else:
            marks[line.barcode] = Mark("unexpected") if at is None else Mark("misplaced", at=at)
    wanted = here.only
    return marks, [r for r in here.rows if r.sku not in counted and r.quantity > 0 and (wanted is None or r.sku in wanted)]
