"""Two digits that stand on a location's label and nowhere else, so that who keys its code shows that they stand before it. Pure.

They are kept from being guessed by counting, not from thieves: HMAC-SHA256 of the code (NFC, UTF-8) under a key of the site, read in
groups of four bytes modulo 100; the first group that isn't how the code ends.
"""

import hmac

from app.text import nfc

_GROUP = 4


def digits(key: str, code: str) -> str:
    """Return a location's check digits under the key of its site."""
    code = nfc(code)
    drawn = hmac.digest(key.encode(), code.encode(), "sha256")
    groups = [f"{int.from_bytes(drawn[at : at + _GROUP]) % 100:02}" for at in range(0, len(drawn), _GROUP)]
    return next((pair for pair in groups if not code.endswith(pair)), groups[0])
