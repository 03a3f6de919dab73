"""The compiled validation is the schema: on every input it says what `schema.load` says, or leaves the verdict to it."""

import json
import uuid
from typing import Any

import marshmallow as ma
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.scans.envelopes import items
from app.scans.said import TASKS
from app.scans.sentence import read_fast, schema

GOOD: dict[str, Any] = {
    "id": "01952060-0000-7000-8000-00000000000a", "task": "receive", "scanned_at": "2026-11-22T07:04:05.123Z", "seq": 1, "location": "A-01",
    "barcode": "PEN", "quantity": "1.5", "target": "A-02", "origin": "SUPPLIER", "sheet": "K1-001", "operator": "OP-1", "via": "wedge",
    "symbology": "ean13", "lot": "L1", "reason_code": "damaged", "complete": True, "voids": "01952060-0000-7000-8000-00000000000b",
}  # fmt: skip

uuids = st.uuids().map(str) | st.uuids().map(lambda u: str(u).upper()) | st.uuids().map(lambda u: u.hex) | st.uuids().map(lambda u: u.urn)
moments = st.from_regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{0,7})?([Zz]|[+-][0-9]{2}:?[0-9]{2})?", fullmatch=True
) | st.datetimes().map(lambda d: d.isoformat() + "Z")
amounts = st.from_regex(r"[+-]?[0-9]{0,13}(\.[0-9]{0,7})?(e[0-9])?\n?", fullmatch=True) | st.from_regex(r"\d{1,3}", fullmatch=True)
texts = st.text(max_size=12) | st.sampled_from(["A" * 128, "A" * 129, "A" * 8192, "A" * 8193, "\ud800", "a\0", "", "１"])
wholes = st.integers() | st.sampled_from([0, 1, 2**53, 2**53 + 1, -1, 2**63, True, 1.0])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=5
)  # fmt: skip
near = {
    "id": uuids, "voids": uuids, "task": st.sampled_from([*TASKS, "fly", "RECEIVE", ""]), "scanned_at": moments, "quantity": amounts,
    "seq": wholes, "complete": st.booleans() | st.sampled_from([0, 1, "true"]),
}  # fmt: skip


@st.composite
def scans(draw: st.DrawFn) -> Any:
    """A good scan, some of its fields near good, hostile, null or absent."""
    item = dict(GOOD)
    for name in draw(st.sets(st.sampled_from([*GOOD, "unknown"]), max_size=5)):
        how = draw(st.integers(0, 9))
        if how == 0:
            item.pop(name, None)
        elif how == 1:
            item[name] = None
        elif how < 4:
            item[name] = draw(anything)
        else:
            item[name] = draw(near.get(name, texts))
    return item


def loaded(item: Any) -> list[Any] | None:
    try:
        values = schema.load(item)
    except ma.ValidationError:
        return None
    return [values.get(name) for name in schema.load_fields]


class Text(str):
    """A text that isn't exactly a `str`: what a shortcut may take for something else."""

    __slots__ = ()


@settings(max_examples=3_000, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(scans() | anything)
@example(GOOD | {"scanned_at": "0001-01-01T00:00:00+23:59"})
@example(GOOD | {"scanned_at": "9999-12-31T23:59:59-23:59"})
@example(GOOD | {"scanned_at": "2026-11-22T24:00:00Z"})
@example(GOOD | {"scanned_at": "2016-12-31T23:59:60Z"})
@example(GOOD | {"quantity": "1\n"})
@example(GOOD | {"quantity": "٣"})
@example(GOOD | {"id": GOOD["id"].upper()})
@example(GOOD | {"id": "0" * 8 + "-0000-0000-0000-" + "0" * 12})
@example(GOOD | {"seq": True})
@example(GOOD | {"complete": 1})
@example(GOOD | {"via": Text("wedge")})
@example({})
@example([])
@example("text")
def test_compiled_validation_equals_the_schema(item: Any) -> None:
    fast = read_fast(item)
    assert fast is None or fast == loaded(item)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.lists(scans() | anything, max_size=4))
def test_a_batch_reads_the_same_without_the_shortcut(batch: list[Any]) -> None:
    try:
        batch = json.loads(json.dumps(batch, allow_nan=False))
    except ValueError:
        return
    assert repr(items(batch, read_fast, schema)) == repr(items(batch, lambda _: None, schema))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.sets(st.sampled_from(sorted(set(GOOD) - {"id", "task", "scanned_at"}))), st.uuids(), st.datetimes(), st.integers(1, 2**53))
def test_what_devices_really_send_takes_the_shortcut(absent: set[str], number: uuid.UUID, moment: Any, seq: int) -> None:
    item = GOOD | {"id": str(number), "seq": seq, "scanned_at": moment.replace(year=2026, microsecond=0).isoformat() + "Z"}
    item = {k: v for k, v in item.items() if k not in absent}
    assert (read_fast(item) is not None) == item["id"].islower()
