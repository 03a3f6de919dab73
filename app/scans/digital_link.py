"""Read a GS1 Digital Link: a web address whose path names a key and its qualifiers, and whose query gives attributes. Pure.

Source: GS1 Digital Link Standard, URI Syntax. Compressed links aren't read: they name nothing without a resolver's table.
"""

import re
from urllib.parse import unquote, unquote_plus

from app.scans.gs1_refused import Refused
from app.scans.gs1_table import AIS, check

_ADDRESS = re.compile(r"(?:https?|HTTPS?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?(/[^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_WEB = ("http://", "https://", "HTTP://", "HTTPS://")
_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_NAMES = {"gtin": "01", "cpv": "22", "lot": "10", "ser": "21", "sscc": "00", "gdti": "253", "gcn": "255", "ginc": "401", "gsin": "402",
    "gln": "414", "glnx": "254", "payto": "415", "refno": "8020", "party": "417", "grai": "8003", "giai": "8004", "itip": "8006",
    "cpid": "8010", "cpsn": "8011", "gmn": "8013", "gsrnp": "8017", "gsrn": "8018", "srin": "8019", "exp": "17"}  # fmt: skip
"""The words that links of version 1.0 had for identifiers."""
_KEYS = {ai: known for ai, known in AIS.items() if known.qualifiers is not None}
_QUALIFIERS = {name: {q for way in known.qualifiers or () for q in way} for name, known in _KEYS.items()}


_NEVER_IN_QUERY = frozenset({"03", "21", "22", "235", "254", "7040", "8011", "8014", "8019", "8020", "8030", "8200"})
"""Identifiers that the standard doesn't let be attributes."""


def is_web_address(text: str) -> bool:
    """Tell whether a code is an address of the web."""
    return text.startswith(_WEB)


def read(text: str) -> list[tuple[str, str]]:
    """Return identifiers and data, the key first; raises Refused for an address that is no Digital Link."""
    address = _ADDRESS.fullmatch(text)
    if address is None or not _ALLOWED.fullmatch(text) or _PERCENT.search(text):
        raise Refused("address")
    found = _path(address[3])
    key = found[0][0]
    for ai, data in _query(address[4] or ""):
        if ai in _NEVER_IN_QUERY or ai in _QUALIFIERS[key] or any(ai == before for before, _ in found):
            raise Refused("not_in_query", ai)
        found.append((ai, data))
    for ai, data in found:
        check(AIS[ai], data)
    return found


def _path(path: str) -> list[tuple[str, str]]:
    """Return key and qualifiers: the last key of the path, and what follows it in pairs."""
    parts = path.split("/")[1:]
    for at in range(len(parts) - 2, -1, -2):
        key = _NAMES.get(parts[at], parts[at])
        if key in _KEYS:
            pairs = [(_NAMES.get(parts[n], parts[n]), unquote(parts[n + 1])) for n in range(at, len(parts), 2)]
            break
    else:
        raise Refused("no_key")
    order = [ai for ai, _ in pairs[1:]]
    if order and not any(_in_order(order, way) for way in _KEYS[key].qualifiers or ()):
        raise Refused("qualifiers", key)
    if key in ("01", "8006"):
        pairs[0] = (key, _padded(pairs[0][1], 14 if key == "01" else 18))
    return pairs


def _in_order(order: list[str], way: tuple[str, ...]) -> bool:
    rest = iter(way)
    return all(ai in rest for ai in order)


def _query(query: str) -> list[tuple[str, str]]:
    """Return the attributes; what isn't a number is for others, a number that is no identifier is refused."""
    found = []
    for part in re.split("[&;]", query):
        name, is_pair, data = part.partition("=")
        ai = _NAMES.get(name, name) if name == "exp" else name
        if not is_pair or not (ai.isascii() and ai.isdigit()):
            continue
        if ai not in AIS:
            raise Refused("unknown_ai", ai)
        data = unquote_plus(data)
        found.append((ai, _padded(data, 14) if ai in ("01", "02", "03") else data))
    return found


def _padded(data: str, length: int) -> str:
    """Return a number of 8, 12 or 13 digits with zeros in front."""
    return data.zfill(length) if length - len(data) in (1, 2, 6) else data
