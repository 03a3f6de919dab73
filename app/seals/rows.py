"""What is sealed: the rows that never change, each as one JSON list that is the same bytes on both engines. Pure.

A format lists tables and their columns and stays as it is for ever: what was sealed by it is read by it. A column or table more is a
new format.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

NUMBER, TEXT, WORD, UUID, BYTES = "n", "t", "w", "u", "b"
"""Kinds of columns. A word is one of our own, in which JSON has nothing to escape."""
_POSTGRES = {
    NUMBER: "{0}::text",
    TEXT: "to_json({0})::text",
    WORD: "'\"' || {0} || '\"'",
    UUID: "'\"' || {0} || '\"'",
    BYTES: "'\"' || encode({0}, 'hex') || '\"'",
}
_POSTED = "audit a JOIN counts c ON c.site_id = a.site_id AND c.code = substr(a.subject, 7) JOIN lines {} ON {}.count_id = c.id"
"""Lines belong to the deed that posted them; they have no number of their own."""


class Table(NamedTuple):
    """A table whose rows are sealed, its columns, and which of its rows (`t`) belong to which number of a journal.

    `numbered`: what has the number. `order` tells rows of one number apart; without it a number has at most one row.
    """

    name: str
    columns: Mapping[str, str]
    source: str = ""
    numbered: str = "t"
    order: str = ""
    which: str = ""

    def sqlite(self) -> str:
        """Return the query of the rows of a site from one number to another: how many, and their texts with a line break between."""
        values = ", ".join(f"lower(hex({self._of(name)}))" if kind == BYTES else self._of(name) for name, kind in self.columns.items())
        return self._asked(f"json_array('{self.name}', {values})", "group_concat({0}, char(10) ORDER BY {1})", "?")

    def postgres(self) -> str:
        """Return it for PostgreSQL, whose own lists have spaces in them, and take longer."""
        values = ", ".join(f"coalesce({_POSTGRES[kind].format(self._of(name))}, 'null')" for name, kind in self.columns.items())
        return self._asked(f"concat('[\"{self.name}\",', concat_ws(',', {values}), ']')", "string_agg({0}, E'\\n' ORDER BY {1})", "%s")

    def any(self, mark: str) -> str:
        """Return the condition that a site may have such rows from one number to another: nothing has the number else."""
        source = f"{self.name} t" if self.numbered == "t" else f"audit {self.numbered}"
        return f"EXISTS (SELECT 1 FROM {source} WHERE {self._where(mark)})"

    @property
    def paged(self) -> bool:
        """Tell whether so many numbers are at most so many rows, so that they are asked for together."""
        return not self.order

    def _asked(self, row: str, joined: str, mark: str) -> str:
        order = f"{self.numbered}.journal, t.{self.order}" if self.order else f"{self.numbered}.journal"
        where, source = self._where(mark), self.source or f"{self.name} t"
        if self.paged:
            return f"SELECT count(*), {joined.format(row, order)} FROM {source} WHERE {where}"
        return f"SELECT 1, {row} FROM {source} WHERE {where} ORDER BY {order}"

    def _where(self, mark: str) -> str:
        return f"{self.numbered}.site_id = {mark} AND {self.numbered}.journal BETWEEN {mark} AND {mark}{self.which}"

    def _of(self, name: str) -> str:
        return f"{self.numbered if name in ('site_id', 'journal') else 't'}.{name}"


def _columns(names: str) -> dict[str, str]:
    """Return columns with their kinds: a number, or as the letter behind the colon says."""
    return {name: kind or NUMBER for name, _, kind in (column.partition(":") for column in names.split())}


_FIRST = (
    Table(
        "scans",
        _columns(
            "site_id journal id:u hash:b device_id sender_id stream_id:u seq task:w said:t scanned_at received_at occurred_at "
            "uncertainty_ms location_id other_id product_id lot:t serial:t quantity operator:t person_id sheet_id voids:u outcome:w "
            "reason:w warnings:w"
        ),
    ),
    Table(
        "moves",
        _columns(
            "site_id journal kind:w scan_id:u product_id lot:t serial:t quantity source_id target_id occurred_at uncertainty_ms "
            "recorded_at reason_code:t reverses line_id person_id"
        ),
    ),
    Table("audit", _columns("site_id journal at deed:t subject:t person_id device_id actor:t before:t after:t reason:t")),
    Table("conflicts", _columns("site_id journal scan_id:u hash:b device_id said:t received_at")),
    Table("malformed", _columns("site_id journal hash:b device_id stream_id:u reason:t detail:t said:t received_at")),
    Table(
        "resolutions",
        _columns(
            "site_id journal scan_id:u outcome:t person_id at reason:t decision:t location_id product_id lot:t serial:t quantity sheet_id"
        ),
    ),
    Table("line_reversals", _columns("site_id journal line_id person_id at reason:t"), order="line_id"),
    Table(
        "lines",
        _columns(
            "site_id journal id count_id number line:t location_id product_id lot:t expected counted variance unit_cost value state:t "
            "decision:t reason_code:t note:t passes:t seen:t name:t moment_at adjustment expected_value abc:t rounds"
        ),
        _POSTED.format("t", "t"),
        "a",
        "id",
        " AND a.deed = 'count_posted'",
    ),
    Table(
        "assertions",
        _columns("site_id journal line_id location_id product_id lot:t at until"),
        _POSTED.format("n", "n") + " JOIN assertions t ON t.line_id = n.id AND t.site_id = a.site_id",
        "a",
        "line_id",
        " AND a.deed = 'count_posted'",
    ),
)
_SECOND = tuple(one._replace(columns={**one.columns, "warnings": TEXT}) if one.name == "resolutions" else one for one in _FIRST)
FORMATS: Mapping[int, Sequence[Table]] = {1: _FIRST, 2: _SECOND}
NEWEST = max(FORMATS)
"""The format of new seals."""


@cache
def queries(form: int, sqlite: bool) -> tuple[str, Sequence[tuple[bool, str]]]:
    """Return the query that tells which tables of a format have rows of a range, and of each whether it is paged, and its own query.

    Texts of thousands of characters: they are made once, and where a table has nothing its query isn't planned.
    """
    tables = FORMATS[form]
    some = f"SELECT {', '.join(table.any('?' if sqlite else '%s') for table in tables)}"
    return some, [(table.paged, table.sqlite() if sqlite else table.postgres()) for table in tables]
