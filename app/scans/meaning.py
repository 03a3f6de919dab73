"""What a scan means: outcome, reason, warnings, and what it would move; decided on values alone. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from app import quantities
from app.scans.codes import Named, Place, Thing
from app.scans.said import COUNTING, POSTING, Said

UNKNOWN = Named("unknown")
ALWAYS_ALLOWED = frozenset({"look", "void"})


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


def read(said: Said, names: Mapping[str, Named], virtual: Mapping[str, Place], tasks: frozenset[str] | None, revoked: bool) -> Meaning:
    """Read a well-formed scan; `names` knows every code in it, `tasks` is the device's ceiling (None: all)."""
    location = other = None
    thing: Thing | None = None
    warnings: tuple[str, ...] = ()
    task = said.task
    reason = _not_allowed(task, tasks, revoked)
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
    if said.barcode is not None and task not in ("empty", "finish", "void"):
        name = names[said.barcode]
        warnings += name.warnings
        if name.kind == "product":
            thing = name.thing
        elif name.kind == "location" and task == "look":
            location = location or name.place
        else:
            reason = reason or ("ambiguous" if name.kind == "ambiguous" else "unknown_barcode")
        if thing is not None and (task in POSTING or task == "count"):
            if thing.archived and reason is None and task in POSTING:
                reason = "blocked"
            quantity, why = _quantity(said.quantity, thing, task == "count")
            reason = reason or why
    return Meaning(reason, warnings, location, other, thing, quantity, task in ("receive", "return"))


def _not_allowed(task: str, tasks: frozenset[str] | None, revoked: bool) -> str | None:
    if revoked:
        return "revoked_device"
    if tasks is None or task in tasks or task in ALWAYS_ALLOWED or (task in COUNTING and "count" in tasks):
        return None
    return "task_not_allowed"


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
    if value > quantities.MOST:
        return None, "quantity_too_large"
    if value == 0 and not zero:
        return None, "zero_quantity"
    return value, None


def lot_of(
    said_lot: str | None, thing: Thing, on_hand: Mapping[tuple[str, str], int], counting: bool
) -> tuple[str, str | None, str | None]:
    """Return lot, warning and reason for a scan of a product at a place, given what is on hand there by (lot, serial)."""
    if thing.tracking == "none":
        return "", None, None
    if said_lot:
        return said_lot, None, None
    lots = {lot for (lot, _), quantity in on_hand.items() if quantity > 0 and lot}
    if thing.tracking == "lot" and len(lots) == 1:
        return lots.pop(), "lot_assumed", None
    return "", None, None if counting else "lot_required"


def may_void(same_stream: bool, same_operator: bool, supervisor: bool) -> bool:
    """Tell whether a void is allowed."""
    return same_stream or same_operator or supervisor
