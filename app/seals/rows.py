"""What is sealed: the rows that never change, each as one JSON text that is the same on both engines. Pure.

A format lists tables and their columns and stays as it is for ever: what was sealed by it is read by it. A column or table more is a
new format.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_HEX = frozenset({"hash"})
"""Columns of bytes."""
_POSTED = "audit a JOIN counts c ON c.site_id = a.site_id AND c.code = substr(a.subject, 7) JOIN lines {} ON {}.count_id = c.id"
"""Lines belong to the deed that posted them; they have no number of their own."""


class Table(NamedTuple):
    """A table whose rows are sealed, its columns, and which of its rows (`t`) belong to which number of a journal.

    `numbered`: what has the number. `order` tells rows of one number apart; without it a number has at most one row.
    """

    name: str
    columns: Sequence[str]
    source: str = ""
    numbered: str = "t"
    order: str = ""
    which: str = ""

    def sqlite(self) -> str:
        """Return the query of the rows of a site from one number to another: how many, and their texts with a line break between."""
        pairs = ", ".join(f"'{name}', {f'lower(hex({self._of(name)}))' if name in _HEX else self._of(name)}" for name in self.columns)
        row, order, found = f"json_object('table', '{self.name}', {pairs})", self._order(self.numbered, "t"), self._found("?")
        if self.paged:
            return f"SELECT count(*), group_concat({row}, char(10) ORDER BY {order}) FROM {found}"
        return f"SELECT 1, {row} FROM {found} ORDER BY {order}"

    def postgres(self) -> str:
        """Return it for PostgreSQL."""
        names = (f"encode({self._of(name)}, 'hex') AS {name}" if name in _HEX else self._of(name) for name in self.columns)
        found = f"(SELECT '{self.name}' AS \"table\", {', '.join(names)} FROM {self._found('%s')}) r"
        row, order = "row_to_json(r)::text", self._order("r", "r")
        if self.paged:
            return f"SELECT count(*), string_agg({row}, E'\\n' ORDER BY {order}) FROM {found}"
        return f"SELECT 1, {row} FROM {found} ORDER BY {order}"

    @property
    def paged(self) -> bool:
        """Tell whether so many numbers are at most so many rows, so that they are asked for together."""
        return not self.order

    def _order(self, numbered: str, row: str) -> str:
        return f"{numbered}.journal, {row}.{self.order}" if self.order else f"{numbered}.journal"

    def _found(self, mark: str) -> str:
        where = f"{self.numbered}.site_id = {mark} AND {self.numbered}.journal BETWEEN {mark} AND {mark}{self.which}"
        return f"{self.source or f'{self.name} t'} WHERE {where}"

    def _of(self, name: str) -> str:
        return f"{self.numbered if name in ('site_id', 'journal') else 't'}.{name}"


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_FIRST = (
    Table(
        "scans",
        _columns(
            "site_id journal id hash device_id sender_id stream_id seq task said scanned_at received_at occurred_at uncertainty_ms "
            "location_id other_id product_id lot serial quantity operator person_id sheet_id voids outcome reason warnings"
        ),
    ),
    Table(
        "moves",
        _columns(
            "site_id journal kind scan_id product_id lot serial quantity source_id target_id occurred_at uncertainty_ms recorded_at "
            "reason_code reverses line_id person_id"
        ),
    ),
    Table("audit", _columns("site_id journal at deed subject person_id device_id actor before after reason")),
    Table("conflicts", _columns("site_id journal scan_id hash device_id said received_at")),
    Table("malformed", _columns("site_id journal hash device_id stream_id reason detail said received_at")),
    Table(
        "resolutions",
        _columns("site_id journal scan_id outcome person_id at reason decision location_id product_id lot serial quantity sheet_id"),
    ),
    Table("line_reversals", _columns("site_id journal line_id person_id at reason"), order="line_id"),
    Table(
        "lines",
        _columns(
            "site_id journal id count_id number line location_id product_id lot expected counted variance unit_cost value state decision "
            "reason_code note passes seen name moment_at adjustment expected_value abc rounds"
        ),
        _POSTED.format("t", "t"),
        "a",
        "id",
        " AND a.deed = 'count_posted'",
    ),
    Table(
        "assertions",
        _columns("site_id journal line_id location_id product_id lot at until"),
        _POSTED.format("n", "n") + " JOIN assertions t ON t.line_id = n.id AND t.site_id = a.site_id",
        "a",
        "line_id",
        " AND a.deed = 'count_posted'",
    ),
)
_SECOND = tuple(one._replace(columns=(*one.columns, "warnings")) if one.name == "resolutions" else one for one in _FIRST)
FORMATS: Mapping[int, Sequence[Table]] = {1: _FIRST, 2: _SECOND}
NEWEST = max(FORMATS)
"""The format of new seals."""
