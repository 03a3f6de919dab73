"""What a cell of a row may say: a code, or why the row can't be taken. Pure."""

import re

from app.text import fold, is_keepable, nfc

MOST = 128
"""Characters of a code."""
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_FOLDED = 400


class Refused(Exception):
    """A row can't be taken: which field, a code, and why in words."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


def code(field: str, text: str) -> str:
    """Return a code in NFC without space around it; raises Refused."""
    found = nfc(text.strip())
    if found.isascii() and found.isprintable() and 0 < len(found) <= MOST:
        return found
    if not found:
        raise Refused(field, "missing_field", f"There is no {field}.")
    if len(found) > MOST or len(fold(found)) > _FOLDED:
        raise Refused(field, "too_long", f"Longer than {MOST} characters.")
    if not is_plain(found):
        raise Refused(field, "bad_text", "Holds control characters: a tab, or more than one line.")
    if not fold(found):
        raise Refused(field, "bad_text", "Holds nothing that can be seen.")
    return found


def is_plain(text: str) -> bool:
    """Tell whether a text can be stored and has no control characters."""
    return not _CONTROL.search(text) and is_keepable(text)
