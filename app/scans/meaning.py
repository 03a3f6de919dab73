"""What a scan means: outcome, reason, warnings, and what it would move; decided on values alone. Pure."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from app import quantities
from app.scans import measures, symbologies
from app.scans.codes import Named, Place, Thing
from app.scans.gs1 import Message
from app.scans.said import COUNTING, POSTING, Said

UNKNOWN = Named("unknown")
ALWAYS_ALLOWED = frozenset({"look", "void"})
NAMES_NOTHING = frozenset({"unknown_barcode", "unknown_location", "ambiguous"})
"""Why nothing can be done with a code. A look-up that meets one was answered all the same: it is noted with it, and waits for nobody."""


class Meaning(NamedTuple):
    """How a scan is read before stock is looked at. A move goes `location -> other`, or `other -> location` when `inward`."""

    reason: str | None = None
    """Why it is refused; None: it is not."""
    warnings: tuple[str, ...] = ()
    location: Place | None = None
    other: Place | None = None
    thing: Thing | None = None
    quantity: int | None = None
    inward: bool = False
    parts: Message | None = None
    """What else the barcode says: lot, serial, expiry."""


class Piece(NamedTuple):
    """Which lot and serial of a product a scan is of: part of the balance's key, empty where they aren't tracked."""

    lot: str = ""
    serial: str = ""
    warning: str | None = None
    reason: str | None = None
    """Why the scan is refused; None: it is not."""


def read(
    said: Said,
    names: Mapping[str, Named],
    virtual: Mapping[str, Place],
    tasks: frozenset[str] | None,
    revoked: bool,
    proven: bool = True,
) -> Meaning:
    """Read a well-formed scan; `names` knows every code in it, `tasks` is the device's ceiling (None: all), `proven`: whoever made it has
    proven it, or needn't."""
    location = other = None
    thing: Thing | None = None
    warnings: tuple[str, ...] = ()
    task = said.task
    reason = _not_allowed(task, tasks, revoked, proven)
    if said.location is not None and task not in ("hold", "release", "void"):
        location, why, warned = _place(said.location, names)
        reason, warnings = reason or why, warnings + warned
    if task in POSTING:
        other, why, warned = _other(said, names, virtual)
        reason, warnings = reason or why, warnings + warned
        if location is not None and other is not None and location.id == other.id:
            reason = reason or "same_location"
        if reason is None and ((location is not None and location.blocked) or (other is not None and other.blocked)):
            reason = "blocked"
    quantity: int | None = None
    parts: Message | None = None
    if said.barcode is not None and task not in ("empty", "finish", "void"):
        name = name_of(said, names)
        parts = name.parts
        warnings += name.warnings
        if name.kind == "location" and task == "look":
            location = location or name.place
        elif name.thing is not None:
            thing = name.thing
        else:
            reason = reason or ("ambiguous" if name.kind == "ambiguous" else "unknown_barcode")
        if thing is not None and (task in POSTING or task == "count"):
            if thing.archived and reason is None and task in POSTING:
                reason = "blocked"
            if parts is None:
                quantity, why = _quantity(said.quantity, thing, task == "count")
            else:
                quantity, why, warned = _quantity_with(parts, said.quantity, thing, task == "count")
                warnings += warned
            reason = reason or why
    return Meaning(reason, warnings, location, other, thing, quantity, task in ("receive", "return"), parts)


def name_of(said: Said, names: Mapping[str, Named]) -> Named:
    """Return what the barcode of a scan means; where that is nothing or two things, the name of its symbology may decide."""
    assert said.barcode is not None
    name = names[said.barcode]
    if name.kind in ("unknown", "ambiguous"):
        marked = names.get(symbologies.marked(said.barcode, said.symbology) or "", UNKNOWN)
        return name if marked.kind in ("unknown", "ambiguous") else marked
    return name


def _not_allowed(task: str, tasks: frozenset[str] | None, revoked: bool, proven: bool) -> str | None:
    if revoked:
        return "revoked_device"
    if not proven and task != "look":
        return "unproven_operator"
    if tasks is None or task in tasks or task in ALWAYS_ALLOWED or (task in COUNTING and "count" in tasks):
        return None
    return "task_not_allowed"


def granted(grants: Sequence[tuple[int, int]], occurred_at: int, uncertainty_ms: int) -> bool:
    """Tell whether somebody might work then, as far as the clocks can tell."""
    return any(since - uncertainty_ms <= occurred_at <= until + uncertainty_ms for since, until in grants)


def _place(code: str, names: Mapping[str, Named]) -> tuple[Place | None, str | None, tuple[str, ...]]:
    name = names[code]
    if name.kind == "location":
        return name.place, None, name.warnings
    return None, "ambiguous" if name.kind == "ambiguous" else "unknown_location", ()


def _other(said: Said, names: Mapping[str, Named], virtual: Mapping[str, Place]) -> tuple[Place | None, str | None, tuple[str, ...]]:
    task = said.task
    if task == "scrap":
        return virtual["SCRAP"], None, ()
    if task == "receive":
        return _place(said.origin, names) if said.origin is not None else (virtual["SUPPLIER"], None, ())
    if task == "return":
        return _place(said.origin, names) if said.origin is not None else (virtual["CUSTOMER"], None, ())
    if task == "pick" and said.target is None:
        return virtual["CUSTOMER"], None, ()
    assert said.target is not None
    return _place(said.target, names)


def _quantity(text: str | None, thing: Thing, zero: bool) -> tuple[int | None, str | None]:
    """Return the scaled quantity that a quantity text of a code means."""
    if text is None or text == "1":
        return (thing.pack, None) if thing.pack <= quantities.MOST else (None, "quantity_too_large")
    try:
        product = quantities.scaled(text, thing.decimals) * thing.pack
    except quantities.TooPrecise:
        return None, "quantity_precision"
    value, rest = divmod(product, 10**thing.decimals)
    if rest:
        return None, "quantity_precision"
    return _bounded(value, zero)


def _bounded(value: int, zero: bool) -> tuple[int | None, str | None]:
    if value > quantities.MOST:
        return None, "quantity_too_large"
    if value == 0 and not zero:
        return None, "zero_quantity"
    return value, None


def _quantity_with(parts: Message, text: str | None, thing: Thing, zero: bool) -> tuple[int | None, str | None, tuple[str, ...]]:
    """Return what a quantity text of a GS1 code means: the code's own measure, or its count as a multiple of the pack, unless one is keyed.

    A product in kg is what the label weighs, however many pieces it counts.
    """
    measure = measures.of(parts.measures, thing.unit) if parts.measures else None
    if text is not None and text != "1":
        told = measure is not None or parts.quantity is not None
        return *_quantity(text, thing, zero), ("quantity_overridden",) if told else ()
    if measure is not None:
        return *_measured(measure, thing, zero), ()
    return *_quantity(parts.quantity or text, thing, zero), ()


def _measured(measure: Fraction, thing: Thing, zero: bool) -> tuple[int | None, str | None]:
    """Return the scaled quantity of a measure: all of it, or none."""
    much = measure * 10**thing.decimals
    if much.denominator != 1:
        return None, "quantity_precision"
    return _bounded(much.numerator, zero)


def piece(said_lot: str, meant: Meaning, on_hand: Mapping[tuple[str, str], int], counting: bool) -> Piece:
    """Return which lot and serial a scan is of, given what is on hand there by (lot, serial).

    A lot that was said wins over that of the barcode. Where a product is tracked by serial and its barcode has none, what was said as
    lot is the serial.
    """
    thing, parts = meant.thing, meant.parts
    assert thing is not None
    if thing.tracking == "none":
        return Piece()
    lot = said_lot or (parts.lot if parts is not None else None) or ""
    if thing.tracking == "serial":
        return _serial_of(said_lot, lot, meant, on_hand, counting)
    if lot:
        return Piece(lot)
    lots = {lot for (lot, _), quantity in on_hand.items() if quantity > 0 and lot}
    if len(lots) == 1:
        return Piece(lots.pop(), warning="lot_assumed")
    return Piece(reason=None if counting else "lot_required")


def _serial_of(said_lot: str, lot: str, meant: Meaning, on_hand: Mapping[tuple[str, str], int], counting: bool) -> Piece:
    """Return the piece of a product that is tracked by serial; one without a serial is only assumed where it moves, never counted."""
    thing, parts = meant.thing, meant.parts
    assert thing is not None
    serial = (parts.serial if parts is not None else None) or ""
    if not serial:
        serial, lot = said_lot, "" if said_lot else lot
    here = [key for key, quantity in on_hand.items() if quantity > 0 and key[1] and (not serial or key[1] == serial)]
    if serial:
        one = 10**thing.decimals
        reason = None if meant.quantity in (None, one) or (counting and meant.quantity == 0) else "quantity_too_large"
        return Piece(here[0][0] if len(here) == 1 else lot, serial, reason=reason)
    if counting:
        return Piece(lot)
    return Piece(*here[0], warning="lot_assumed") if len(here) == 1 and not meant.inward else Piece(reason="lot_required")


def may_void(same_stream: bool, same_operator: bool, supervisor: bool) -> bool:
    """Tell whether a void is allowed."""
    return same_stream or same_operator or supervisor
