"""Tell sound labels from bad ones among codes that name no product: one that says what it should need not be printed anew.

Sound is whatever names a place or a product today, GTIN, SSCC, GLN, a GS1 message or Digital Link and a shop's own numbers where they are
whole, and what is printed for other uses: a badge, a sheet, a command, a place of another site, a link that enrols a device.
"""

from collections.abc import Collection

from sqlalchemy import Connection

from app.db import fetch_among
from app.scans.codes import asked
from app.scans.naming import house, named
from app.text import is_keepable

COMMAND = "SL-"
LINK = "/join#"
_PRINTED = (
    "SELECT folded FROM locations WHERE folded IN {texts} UNION ALL SELECT badge FROM people WHERE badge IN {texts} "
    "UNION ALL SELECT code FROM sheets WHERE code IN {texts}"
)


def sound(tx: Connection, site_id: int, texts: Collection[str]) -> set[str]:
    """Return those codes whose labels are sound; a warning of theirs (a wrong check digit say) is told on its own."""
    if not texts:
        return set()
    here, names = house(tx, site_id), named(tx, site_id, texts)
    found, rest = set[str](), dict[str, tuple[str, str]]()
    for text, name in names.items():
        code = asked(text, here)
        ours = code.exact.startswith(COMMAND) or LINK in code.exact
        if name.kind != "unknown" or code.gtins or code.parts is not None or ours:
            found.add(text)
        else:
            rest[text] = code.exact, code.folded
    printed = _printed(tx, {key for keys in rest.values() for key in keys})
    return found | {text for text, keys in rest.items() if not printed.isdisjoint(keys)}


def _printed(tx: Connection, keys: Collection[str]) -> set[str]:
    """Return what is a place of any site, a badge or a sheet. What the database can't hold is none, and can't be asked for."""
    return {row[0] for row in fetch_among(tx, _PRINTED, [sorted(filter(is_keepable, keys))] * 3)}
