"""Which lines of a count are meant, and in which order: conditions in SQL that both engines understand. Pure.

`s` is a line as it stands, `d` what a person decided about it.
"""

from collections.abc import Mapping
from typing import Any

from app.text import sought

FROM = "standing_lines s LEFT JOIN decisions d ON d.count_id = s.count_id AND d.line = s.line"
DECIDED = "CASE WHEN s.counted THEN COALESCE(d.decision, s.automatic) WHEN d.decision <> 'accept' THEN d.decision END"
"""The decision that holds for a line."""
UNDECIDED = f"s.state <> 'not_counted' AND ({DECIDED}) IS NULL"
_DIFFERS = "s.counted AND s.variance <> 0 AND s.state NOT IN ('equal', 'within', 'empty')"
UNEXPLAINED = f"d.decision = 'accept' AND COALESCE(d.reason_code, '') = '' AND {_DIFFERS}"
"""A person accepted that the book was wrong, and didn't say why."""
SORTS = {"location": ("place", "number"), "value": ("rank", "place", "number"), "product": ("sku", "place", "number")}


def where(wanted: Mapping[str, Any], sqlite: bool) -> tuple[str, dict[str, Any]]:
    """Return the condition that lines match all that is wanted, and its parameters; `zone` is the path of a location."""
    position = "instr" if sqlite else "strpos"
    given: dict[str, Any] = {}
    parts = ["s.count_id = :count"]
    for name, sql in _EQUAL.items():
        if wanted.get(name) is not None:
            parts.append(sql)
            given[name] = wanted[name]
    if wanted.get("differs"):
        parts.append("s.state NOT IN ('equal', 'empty')")
    if wanted.get("flagged"):
        parts.append("s.flagged")
    if wanted.get("unexplained"):
        parts.append(UNEXPLAINED)
    if wanted.get("decision") is not None:
        undecided = wanted["decision"] == "undecided"
        parts.append(UNDECIDED if undecided else f"({DECIDED}) = :chosen")
        given |= {} if undecided else {"chosen": wanted["decision"]}
    if wanted.get("abc") is not None:
        parts.append("s.abc IS NULL" if wanted["abc"] == "none" else "s.abc = :abc")
        given |= {} if wanted["abc"] == "none" else {"abc": wanted["abc"]}
    if wanted.get("zone") is not None:
        below = "z.path >= :zone AND z.path < :zone || ':'" if sqlite else "z.path LIKE :zone || '%'"
        parts.append(f"s.location_id IN (SELECT z.id FROM locations z WHERE {below})")
        given["zone"] = wanted["zone"]
    if wanted.get("counter") is not None:
        parts.append(f"{position}(s.counters, :counter) > 0")
        given["counter"] = f"\n{wanted['counter']}\n"
    for number, word in enumerate(sought(wanted.get("search") or "")):
        parts.append(f"{position}(s.words, :word{number}) > 0")
        given[f"word{number}"] = word
    return " AND ".join(parts), given


_EQUAL = {"state": "s.state = :state", "reason": "d.reason_code = :reason"}
"""Conditions that compare with what was sent."""


def after(sort: str) -> str:
    """Return the condition that a line comes after the one whose values are given by the names of its columns."""
    names = SORTS[sort]
    return f"({', '.join('s.' + name for name in names)}) > ({', '.join(':' + name for name in names)})"


def order(sort: str, of: str = "s") -> str:
    """Return the order of lines."""
    return ", ".join(f"{of}.{name}" for name in SORTS[sort])


def among(lines: str, sqlite: bool) -> str:
    """Return the condition that a line is one of a JSON list, given by that name."""
    values = f"SELECT value FROM json_each(:{lines})" if sqlite else f"SELECT jsonb_array_elements_text(CAST(:{lines} AS jsonb))"
    return f"s.line IN ({values})"


def refusal(decision: str | None, note: str | None, lots: bool) -> str:
    """Return, in SQL, why a line can't be decided so, or NULL; None leaves what stands as it is."""
    stands = f"'{decision}'" if decision else f"({DECIDED})"
    silent = "COALESCE(d.note, '') = ''" if note is None else "1 = 0" if note.strip() else "1 = 1"
    lots_open = "1 = 0" if lots else "d.lots IS NULL"
    return (
        f"CASE WHEN {stands} IS NULL THEN 'undecided' "
        f"WHEN {stands} = 'accept' AND NOT s.counted THEN 'not_counted' "
        f"WHEN {stands} = 'accept' AND s.needs_lots AND {lots_open} THEN 'lots_needed' "
        f"WHEN {stands} <> 'recount' AND s.unknown AND {silent} THEN 'note_needed' END"
    )
