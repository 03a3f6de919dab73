"""Fields of the wire for hot paths: marshmallow fields that also say, in Python source, when a value is certainly good.

`fast` returns an expression over the variable `v` that is true only for values that the field takes as they are; `app/compiling.py`
builds one function of them. What fails it goes to marshmallow for the verdict and the message.
"""

import re
from typing import Any

import marshmallow as ma

from app import quantities, times

UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII)
LARGEST_WHOLE = 2**53


class Word(ma.fields.Field[str]):
    """A text of at most `most` characters, kept exactly as sent."""

    def __init__(self, most: int, choices: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.most, self.choices = most, choices
        metadata: dict[str, Any] = {"type": "string", "maxLength": most} | ({"enum": list(choices)} if choices else {})
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ma.ValidationError("Not a text.")
        if len(value) > self.most:
            raise ma.ValidationError(f"Longer than {self.most} characters.")
        if self.choices and value not in self.choices:
            raise ma.ValidationError("Unknown.")
        return value

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression."""
        if self.choices:
            names[f"choices_{id(self)}"] = frozenset(self.choices)
            return f"v.__class__ is str and v in choices_{id(self)}"
        return f"v.__class__ is str and len(v) <= {self.most}"


class UuidText(Word):
    """A UUID with hyphens, any case; its value is lower-case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(36, metadata={"format": "uuid"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not UUID.fullmatch(value):
            raise ma.ValidationError("Not a UUID.")
        return value.lower()

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression."""
        names["is_uuid"] = UUID.fullmatch
        return "v.__class__ is str and is_uuid(v) and v.islower()"


class Amount(Word):
    """A quantity: a decimal string as the contract writes it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(19, metadata={"pattern": f"^{quantities.SYNTAX}$"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not quantities.is_quantity(value):
            raise ma.ValidationError("Not a quantity: a decimal string like 12 or 0.250.")
        return value

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression."""
        names["is_quantity"] = quantities.is_quantity
        return "v.__class__ is str and (v == '1' or is_quantity(v))"


class Moment(ma.fields.Field[int]):
    """An RFC 3339 time; its value is ms."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "format": "date-time"}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return times.parse(value)
        except (ValueError, TypeError) as error:
            raise ma.ValidationError("Not an RFC 3339 time with seconds and Z or an offset.") from error

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression: it also gives the value, so the compiled function binds it."""
        names["parse_moment"] = times.parse
        return "v.__class__ is str and ((v := parse_moment(v)) is not None)"


class Whole(ma.fields.Field[int]):
    """A whole number from 1 to 2**53; true is none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "integer", "minimum": 1, "maximum": LARGEST_WHOLE}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if value.__class__ is not int or not 1 <= value <= LARGEST_WHOLE:
            raise ma.ValidationError("Not a whole number from 1 on.")
        return int(value)

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression."""
        return f"v.__class__ is int and 1 <= v <= {LARGEST_WHOLE}"


class Flag(ma.fields.Field[bool]):
    """true or false, nothing like it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "boolean"} | kwargs.pop("metadata", {}), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if value.__class__ is not bool:
            raise ma.ValidationError("Neither true nor false.")
        return bool(value)

    def fast(self, names: dict[str, Any]) -> str:
        """Return the expression."""
        return "v.__class__ is bool"
