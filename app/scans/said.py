"""What a device can say: the tasks, what each needs, and a scan as it was said. Pure."""

from typing import Any, NamedTuple

TASKS = ("receive", "return", "move", "pick", "scrap", "count", "empty", "finish", "look", "hold", "release", "void")
POSTING = frozenset({"receive", "return", "move", "pick", "scrap"})
COUNTING = frozenset({"count", "empty", "finish"})
VIA = ("wedge", "camera", "keyed", "terminal", "file", "tcp", "api")

REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "receive": (("location",), ("barcode",)),
    "return": (("location",), ("barcode",)),
    "move": (("location",), ("target",), ("barcode",)),
    "pick": (("location",), ("barcode",)),
    "scrap": (("location",), ("barcode",)),
    "count": (("barcode",), ("operator",), ("location", "sheet")),
    "empty": (("location",), ("operator",)),
    "finish": (("sheet", "location"), ("operator",)),
    "look": (("location", "barcode"),),
    "hold": (("barcode",),),
    "release": (("barcode",),),
    "void": (("voids",),),
}
"""By task: groups of fields, one of each group must be there."""

REASONS = (
    "unknown_barcode", "unknown_location", "ambiguous", "lot_required", "zero_quantity", "quantity_precision", "quantity_too_large",
    "same_location", "task_not_allowed", "revoked_device", "not_yours", "not_empty", "unknown_sheet", "voided", "blocked",
    "unproven_operator",
)  # fmt: skip
WARNINGS = (
    "short", "lot_assumed", "folded", "unknown_operator", "clock", "clock_changed", "check_digit", "gs_missing", "expired", "held",
    "serial_repeated", "expiry_differs", "other_location", "already_voided", "quantity_overridden", "other_product",
)  # fmt: skip


class Said(NamedTuple):
    """A well-formed scan. `scanned_at` is ms, ids are lower-case; all other texts are as sent."""

    id: str
    task: str
    scanned_at: int
    seq: int | None
    location: str | None
    barcode: str | None
    quantity: str | None
    target: str | None
    origin: str | None
    sheet: str | None
    operator: str | None
    via: str | None
    symbology: str | None
    lot: str | None
    reason_code: str | None
    complete: bool | None
    voids: str | None


_NEEDED = {
    task: tuple((tuple(Said._fields.index(name) for name in group), " or ".join(group)) for group in groups)
    for task, groups in REQUIRED.items()
}


def missing(said: Said) -> str | None:
    """Return the first field that the task needs and that is not there, or None."""
    for places, names in _NEEDED[said.task]:
        for place in places:
            if said[place] is not None:
                break
        else:
            return names
    return None


class Item(NamedTuple):
    """One element of `scans` as it came: well formed (`said`) or not (`reason`, `detail`)."""

    said: Said | None
    raw: Any
    hash: bytes
    id: str | None = None
    """Of a malformed item: its id where that is a UUID, lower-case."""
    reason: str = ""
    detail: str = ""
