"""Compile a marshmallow schema of `app/fields.py` into one function; the schema stays the only truth.

The function takes what certainly loads and returns None for anything else, which then goes to `schema.load`. Pure.
"""

from collections.abc import Callable
from typing import Any

import marshmallow as ma


def compiled(schema: ma.Schema) -> Callable[[Any], list[Any] | None]:
    """Return a function from an item to the schema's values in the order of its fields, or None where it is not sure."""
    names: dict[str, Any] = {}
    lines = ["def read(item):", "    if item.__class__ is not dict: return None", "    get = item.get", "    try:"]
    for index, (name, field) in enumerate(schema.load_fields.items()):
        assert field.validators == [], "a validator that the compiled function would not know"
        test = field.fast(names)  # type: ignore[attr-defined]
        lines.append(f"        v = get({name!r})")
        if field.required:
            lines.append(f"        if not ({test}): return None")
        else:
            assert field.load_default is None
            assert field.allow_none
            lines.append(f"        if v is not None and not ({test}): return None")
        lines.append(f"        v{index} = v")
    values = ", ".join(f"v{index}" for index in range(len(schema.load_fields)))
    lines += ["    except ValueError:", "        return None", f"    return [{values}]"]
    exec("\n".join(lines), names)  # noqa: S102 - our own schema is the only input
    read: Callable[[Any], list[Any] | None] = names["read"]
    return read
