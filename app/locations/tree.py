"""What a site's tree of locations may be, and what rows that somebody says about it would change. Pure."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.imports.cells import Refused, code, is_plain
from app.locations.walk import MOST
from app.text import fold

KINDS = ("zone", "aisle", "bin", "dock", "staging")
"""What people may make; a site's root and its virtual locations come with the site."""
DEEPEST = 20
NO_WALK = -1
"""Says that a location has no number in the walk any more."""


class Said(NamedTuple):
    """What one row says; None: it says nothing of it."""

    row: int
    code: str
    parent: str | None = None
    kind: str | None = None
    name: str | None = None
    archived: bool | None = None
    blocked: bool | None = None
    single_product: bool | None = None
    walk: int | None = None


_FIELDS = ("name", "kind", "archived", "blocked", "single_product", "walk")


@dataclass(slots=True, eq=False)
class Place:
    """A location as it is, or as the rows would make it; `id` 0: it is new."""

    id: int
    code: str
    name: str
    kind: str
    parent: "Place | None"
    path: str
    archived: bool = False
    blocked: bool = False
    single_product: bool = False
    walk: int | None = None
    changed: bool = False

    def above(self) -> "Iterator[Place]":
        """Give the places above, nearest first."""
        place = self.parent
        while place is not None:
            yield place
            place = place.parent


def read(row: int, cells: dict[str, str]) -> Said:
    """Return what a file's row says; raises Refused. An empty cell says nothing."""
    kind = cells.get("kind", "").strip().casefold() or None
    parent, name = cells.get("parent", ""), cells.get("name", "")
    return Said(
        row=row,
        code=code("code", cells.get("code", "")),
        parent=code("parent", parent) if parent.strip() else None,
        kind=_kind(kind),
        name=label(name) if name.strip() else None,
        walk=_walk(cells.get("walk", "").strip()),
        blocked=_flag("blocked", cells.get("blocked", "")),
        single_product=_flag("single_product", cells.get("single_product", "")),
    )


def label(text: str) -> str:
    """Return a name as written; raises Refused when it is too long or can't be stored."""
    if len(text) > 200:
        raise Refused("name", "too_long", "Longer than 200 characters.")
    if not is_plain(text):
        raise Refused("name", "bad_text", "Holds control characters.")
    return text


def _kind(kind: str | None) -> str | None:
    if kind is not None and kind not in KINDS:
        raise Refused("kind", "bad_field", f"None of {', '.join(KINDS)}.")
    return kind


def _walk(text: str) -> int | None:
    if not text:
        return None
    if text == "-":
        return NO_WALK
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and int(text) <= MOST):
        raise Refused("walk", "bad_field", f"Neither a whole number from 0 to {MOST} nor - for none.")
    return int(text)


def _flag(field: str, text: str) -> bool | None:
    said = text.strip().casefold()
    if not said:
        return None
    if said not in _FLAGS:
        raise Refused(field, "bad_field", f"None of {', '.join(_FLAGS)}.")
    return _FLAGS[said]


_FLAGS = {"1": True, "0": False, "true": True, "false": False, "yes": True, "no": False}


@dataclass
class Tree:
    """A site's places by folded code (all that the rows name, and what is above them), and what rows make of them."""

    places: dict[str, Place]

    @property
    def root(self) -> Place:
        """Return the site itself."""
        return next(place for place in self.places.values() if place.kind == "site")

    def apply(self, rows: Iterable[Said], last: bool = True) -> Iterator[tuple[Said, str | Refused]]:
        """Take the rows, parents first wherever they stand; give each with `created`, `updated`, `unchanged` or why it is refused.

        A row whose parent isn't there is given with `waiting`, unless these rows are the last that may make it.
        """
        waiting: dict[str, list[Said]] = {}
        for said in rows:
            parent = None if said.parent is None else fold(said.parent)
            if parent is not None and parent not in self.places:
                waiting.setdefault(parent, []).append(said)
                continue
            ready = [said]
            while ready:
                one = ready.pop()
                try:
                    yield one, self._take(one)
                except Refused as refusal:
                    yield one, refusal
                if fold(one.code) in self.places:
                    ready += reversed(waiting.pop(fold(one.code), []))
        for said in itertools.chain.from_iterable(waiting.values()):
            try:
                yield said, self._take(said) if last else "waiting"
            except Refused as refusal:
                yield said, refusal

    def _take(self, said: Said) -> str:
        folded = fold(said.code)
        place = self.places.get(folded)
        if place is not None and place.code != said.code:
            raise Refused("code", "code_collides", f"It looks like {place.code[:60]}.")
        if place is not None and place.kind in {"site", "virtual"}:
            raise Refused("code", "reserved", "It comes with the site and stays as it is.")
        parent = self._parent(said, place)
        told: dict[str, Any] = {name: value for name in _FIELDS if (value := getattr(said, name)) is not None}
        if told.get("walk") == NO_WALK:
            told["walk"] = None
        if place is None:
            first = {"name": said.code, "kind": "bin"}
            self.places[folded] = Place(id=0, code=said.code, parent=parent, path="", changed=True, **first | told)
            return "created"
        told["parent"] = parent
        changes = {name: value for name, value in told.items() if getattr(place, name) != value}
        for name, value in changes.items():
            setattr(place, name, value)
        place.changed = place.changed or bool(changes)
        return "updated" if changes else "unchanged"

    def _parent(self, said: Said, place: Place | None) -> Place:
        if said.parent is None:
            return self.root if place is None or place.parent is None else place.parent
        parent = self.places.get(fold(said.parent))
        if parent is None or parent.code != said.parent:
            raise Refused("parent", "unknown_parent", "There is no such location, its own row is refused, or they form a ring.")
        if parent.kind == "virtual":
            raise Refused("parent", "bad_parent", "Nothing lies below a virtual location.")
        above = [parent, *parent.above()]
        if place is not None and any(one is place for one in above):
            raise Refused("parent", "bad_parent", "It would lie below itself.")
        if len(above) >= DEEPEST:
            raise Refused("parent", "too_deep", f"Deeper than {DEEPEST} levels.")
        return parent
