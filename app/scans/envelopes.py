"""Read envelopes: the JSON of a batch into well-formed scans and malformed items. Pure."""

import hashlib
from collections.abc import Callable
from typing import Any

import marshmallow as ma

from app import wire
from app.fields import UUID
from app.scans.said import Item, Said, missing

MOST_SCANS = 500

Reader = Callable[[Any], list[Any] | None]


def items(scans: Any, fast: Reader, schema: ma.Schema) -> list[Item]:
    """Return the items of an envelope's `scans`, each judged on its own."""
    return [_item(raw, fast, schema) for raw in scans]


def _item(raw: Any, fast: Reader, schema: ma.Schema) -> Item:
    values = fast(raw)
    if values is None:
        try:
            loaded = schema.load(raw)
        except ma.ValidationError as error:
            return _malformed(raw, *_reason(error))
        values = [loaded.get(name) for name in Said._fields]
    said: Said = Said._make(values)
    lacking = missing(said)
    if lacking is not None:
        return _malformed(raw, "missing_field", lacking)
    return Item(said, raw, content_hash(said, raw["scanned_at"]))


def content_hash(said: Said, scanned_at: str) -> bytes:
    """Return the hash of a scan's content: all that was said but its id, the time as it was sent; absent and null are alike."""
    return hashlib.blake2b(wire.dumps((scanned_at, said[1], *said[3:])), digest_size=16).digest()


def _malformed(raw: Any, reason: str, detail: str) -> Item:
    sent = raw.get("id") if isinstance(raw, dict) else None
    scan_id = sent.lower() if isinstance(sent, str) and UUID.fullmatch(sent) else None
    return Item(None, raw, hashlib.blake2b(wire.dumps(raw), digest_size=16).digest(), scan_id, reason, detail)


def _reason(error: ma.ValidationError) -> tuple[str, str]:
    messages: dict[str, list[str]] = error.normalized_messages()  # type: ignore[no-untyped-call]
    if messages.get("task") == ["Unknown."]:
        return "unknown_task", "task"
    for field, texts in messages.items():
        if texts[0] in ("Missing data for required field.", "Field may not be null."):
            return "missing_field", str(field)
    field, texts = next(iter(messages.items()))
    name = "not an object" if field == "_schema" else str(field)
    return "bad_field", f"{name}: {texts[0]}" if field != "_schema" else name
