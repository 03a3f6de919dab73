"""JSON as it goes over the wire: strict in, fast out. Pure.

Strict means: UTF-8, no NaN or Infinity, no duplicate keys, at most 8 levels deep. What orjson refuses but JSON allows (lone
surrogates, numbers that no double holds) is read by the standard library, so that a scan with an odd text or number is kept.
"""

import functools
import gzip
import io
import json
import math
import re
import sys
import zlib
from typing import Any

import orjson

DEEPEST = 8
_GZIP = re.compile(r"(?:x-)?gzip\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?))?")
_WHOLE = 19
"""Characters of a whole number that is read exactly, as 64 bits hold it; orjson too makes longer ones doubles."""


class BadJson(ValueError):
    """The bytes are not strict JSON."""


class TooLarge(ValueError):
    """The bytes are more than allowed."""


def gunzip(raw: bytes, most: int) -> bytes:
    """Return the bytes of a gzip body; raises TooLarge above `most`, BadJson when it is no gzip."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as member:
            plain = member.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadJson("not gzip") from error
    if len(plain) > most:
        raise TooLarge
    return plain


@functools.lru_cache(256)
def takes_gzip(accepted: str) -> bool:
    """Tell whether an Accept-Encoding names gzip, and not with a weight of 0."""
    weights = (_GZIP.fullmatch(coding.strip()) for coding in accepted.lower().split(","))
    return any(float(weight[1] or 1) > 0 for weight in weights if weight)


def loads(raw: bytes) -> Any:
    """Return the value; raises BadJson.

    orjson keeps the last of two equal keys. Colons tell: each key and each text gives its own back when the value is written
    again, unless a key was dropped (an escaped colon would hide one, so that goes the slow way).
    """
    if b"\\u003" in raw:
        value = _slowly(raw)
    else:
        try:
            value = orjson.loads(raw)
            if orjson.dumps(value).count(b":") != raw.count(b":"):
                raise BadJson("duplicate key")
        except orjson.JSONDecodeError:
            value = _slowly(raw)
        except TypeError as error:  # deeper than orjson writes
            raise BadJson("too deep") from error
    if not _is_flat(value, raw.count(b"{") + raw.count(b"[")) and too_deep(value, DEEPEST):
        raise BadJson(f"deeper than {DEEPEST} levels")
    return value


def _is_flat(value: Any, brackets: int) -> bool:
    """Tell whether an object of lists of objects, as batches are, has no bracket left that could open another level."""
    if value.__class__ is not dict:
        return brackets <= DEEPEST
    lists = [inner for inner in value.values() if inner.__class__ is list]
    return 1 + len(lists) + sum(map(len, lists)) == brackets and all(set(map(type, inner)) <= {dict} for inner in lists)


def _slowly(raw: bytes) -> Any:
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_double, parse_int=_whole
        )
    except RecursionError as error:
        raise BadJson("too deep") from error
    except UnicodeDecodeError as error:
        raise BadJson(f"not UTF-8 at byte {error.start}") from error
    except ValueError as error:
        raise BadJson(str(error)) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise BadJson("duplicate key")
    return value


def _no_constant(name: str) -> Any:
    raise BadJson(f"{name} is not JSON")


def _double(number: str) -> float:
    """Return the nearest double: of what is beyond all of them the last, since JSON has no infinity to write it with."""
    value = float(number)
    return value if math.isfinite(value) else math.copysign(sys.float_info.max, value)


def _whole(number: str) -> int | float:
    return int(number) if len(number) <= _WHOLE else _double(number)


def too_deep(value: Any, levels: int) -> bool:
    """Tell whether arrays and objects nest more than `levels` deep."""
    layer = [value]
    for _ in range(levels):
        layer = [inner for outer in layer for inner in _inside(outer)]
    return any(isinstance(value, (dict, list)) for value in layer)


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def dumps(value: Any) -> bytes:
    """Return the JSON bytes; lone surrogates are escaped."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def kept(stored: str) -> Any:
    """Return the value of JSON that `text` made."""
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError:
        return json.loads(stored)


def text(value: Any) -> str:
    """Return JSON that both databases can hold as text."""
    return dumps(value).decode()
