"""XML members of a ZIP, piece by piece, by expat; elements that are written as nearly all are, by a pattern. Pure.

A parser calls Python for each tag, which is most of the time that a large sheet takes. Where a pattern knows a whole element (`Quick`) the
parser never sees it. Everything else, and whatever is wrong, is the parser's: only the plain way refuses.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from xml.parsers import expat

from app.imports.tables import BadTable

DEEPEST = 100
PLAIN = r"[ -%'-;=?-~]*"
"""Text that stands for itself: ASCII without markup, entities and what XML changes in reading (line ends)."""
_PIECE = 1 << 16
_LONGEST = 1 << 18
"""Bytes that are held back at most until an element ends; a longer one goes to the parser in parts."""

Begin = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Quick(NamedTuple):
    """Elements that may be taken whole."""

    tag: str
    pattern: re.Pattern[str]
    """Of the element from its first to its last character; it takes only what is well-formed whatever stands around it."""
    take: Callable[[re.Match[str]], None]


def walk(book: zipfile.ZipFile, path: str, begin: Begin, end: End = lambda tag: None, data: Any = None, quick: Quick | None = None) -> None:
    """Read a member; see `pieces`."""
    for _ in pieces(book, path, begin, end, data, quick):
        pass


def pieces(book: zipfile.ZipFile, path: str, begin: Begin, end: End, data: Any, quick: Quick | None = None) -> Iterator[None]:
    """Read a member and give the turn after each piece; names come without their prefix. Raises BadTable."""
    reader = _Reader(begin, end, data, quick)
    try:
        with book.open(path) as member:
            while piece := member.read(_PIECE):
                reader.feed(piece)
                yield
            reader.close()
            yield
    except expat.ExpatError as error:
        raise BadTable(f"The file holds damaged XML ({path[:60]}).") from error


class _Reader:
    """A parser, and what spares it work: while it stands between two elements those that are plain pass it by."""

    def __init__(self, begin: Begin, end: End, data: Any, quick: Quick | None) -> None:
        self.begin, self.end, self.quick = begin, end, quick
        self.closing = f"</{quick.tag}>".encode() if quick else b""
        self.depth = self.level = 0
        """How deep the parser is, and around the first of these elements (0: not seen yet, or it is the root)."""
        self.fed = self.ended = 0
        """Bytes that the parser got, and where it saw the last of these elements end."""
        self.between = False
        self.held = b""
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._begin, self._end
        self.parser.StartDoctypeDeclHandler = _no_doctype
        if data is not None:
            self.parser.CharacterDataHandler = data

    def feed(self, piece: bytes) -> None:
        if self.quick is None:
            self.parser.Parse(piece, False)
            return
        self.held += piece
        whole = self.held.rfind(self.closing) + len(self.closing)
        if whole >= len(self.closing):
            self._elements(self.held[:whole], self.quick)
            self.held = self.held[whole:]
        if len(self.held) > _LONGEST:
            self._parse(self.held)
            self.held = b""

    def close(self) -> None:
        self.parser.Parse(self.held, True)

    def _elements(self, raw: bytes, quick: Quick) -> None:
        """Read what ends with an element: each by the pattern where it may be, or else by the parser."""
        text, at = raw.decode("latin-1"), 0
        while at < len(raw):
            found = quick.pattern.match(text, at) if self.between else None
            if found:
                quick.take(found)
                at = found.end()
            else:
                stop = raw.index(self.closing, at) + len(self.closing)
                self._parse(raw[at:stop])
                at = stop

    def _parse(self, raw: bytes) -> None:
        """Give the parser more, and tell from where it saw an element end whether it stands between two, and not in a comment say."""
        self.parser.Parse(raw, False)
        self.fed += len(raw)
        self.between = self.ended + len(self.closing) == self.fed and self.depth == self.level > 0

    def _begin(self, tag: str, attrs: dict[str, str]) -> None:
        if not self.level and self.quick is not None and tag == self.quick.tag:
            self.level = self.depth
        self.depth += 1
        if self.depth > DEEPEST:
            raise BadTable(f"The file nests deeper than {DEEPEST} levels.")
        self.begin(tag.rpartition(":")[2] if ":" in tag else tag, attrs)

    def _end(self, tag: str) -> None:
        self.depth -= 1
        if self.quick is not None and tag == self.quick.tag:
            self.ended = self.parser.CurrentByteIndex
        self.end(tag.rpartition(":")[2] if ":" in tag else tag)


def _no_doctype(*_: Any) -> None:
    raise BadTable("The file holds a document type; no spreadsheet needs one.")
