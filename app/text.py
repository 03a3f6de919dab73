"""Texts from guns, people and files: normal form, folding, and what may reach a log or a terminal. Pure."""

import functools
import json
import re
import unicodedata

_LONE_OR_NUL = re.compile("[\x00\ud800-\udfff]")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def nfc(text: str) -> str:
    """Return the text in Unicode's normal form C, in which codes are compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@functools.lru_cache(1 << 14)
def fold(code: str) -> str:
    """Return what two codes share when a person could take one for the other: case, width, zero-width marks."""
    if code.isascii():
        return code.casefold()
    shown = "".join(c for c in unicodedata.normalize("NFKC", code) if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", shown.casefold())


def searchable(*texts: str) -> str:
    """Return the text in which a thing is searched that people know by these: folded, one a line."""
    return "\n".join(map(fold, texts))


def sought(question: str) -> list[str]:
    """Return the words that must all stand in what is searched: at most eight."""
    return fold(question).split()[:8]


def same_but_case(one: str, other: str) -> bool:
    """Tell whether two codes differ in nothing but case."""
    return nfc(one).casefold() == nfc(other).casefold()


def keepable(text: str) -> str:
    """Return the text, or its ASCII-escaped JSON where PostgreSQL can't hold it (NUL, lone surrogates)."""
    return json.dumps(text) if _LONE_OR_NUL.search(text) else text


@functools.lru_cache(4096)
def clean(text: str) -> str:
    """Return a text of a scan as it is stored and compared: NFC, and keepable."""
    return keepable(nfc(text))


def is_keepable(text: str) -> bool:
    """Tell whether both databases can hold the text as it is."""
    return _LONE_OR_NUL.search(text) is None


def printable(text: str) -> str:
    """Return the text without C0, C1, DEL, bidi and zero-width characters, for logs and terminals."""
    return _UNPRINTABLE.sub("", text)
