"""Say what a posted count came to, in a few tables that a person reads, and its control totals."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app import quantities, times
from app.counts import statement
from app.exports.formatting import NUMBER, OWN, TEXT, Column
from app.exports.parts import Entry, Person, Tally

_MONEY = ("expected_value", "counted_value", "variance_value", "absolute_value")


SIGNED = ("Checked and booked by", "On", "Signature")
"""What whoever takes a count over writes on its summary."""


class Section(NamedTuple):
    """A table of a few rows under a title; `total`: the last row is the sum of those above it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    total: bool = False


def sections(about: Mapping[str, Any], tally: Tally, people: Sequence[Person], receipt: Mapping[str, Any] | None) -> list[Section]:
    """Return the summary: the count, its values before and after, its lines by state, its adjustments by reason, its people, and what had
    arrived when it was approved."""
    said = {name.replace("_", " "): _said(value) for name, value in about.items() if value is not None}
    said |= {name.replace("_", " "): times.shown(times.parse(about[name])) for name in ("approved_at", "second_approved_at") if about[name]}
    said["values"] = "in the currency of the unit costs; a total is the sum of the lines, each rounded to cents"
    return [pairs("The count", said), _values(tally), _states(tally), _reasons(tally.entries), _people(people), *_arrived(receipt)]


def _said(value: Any) -> str:
    """Return yes or no, `quantity 1, percent 2` of a tolerance, several with semicolons, anything else as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {limit}" for name, limit in sorted(value.items()))
    return "; ".join(map(_said, value)) if isinstance(value, list) else str(value)


def pairs(title: str, about: Mapping[str, Any]) -> Section:
    """Return names and what they are."""
    return Section(
        title, [Column("what", OWN, 30), Column("is", TEXT, 66)], [(name, value) for name, value in about.items() if value is not None]
    )


def control(about: Mapping[str, Any], tally: Tally, scans: int) -> dict[str, Any]:
    """Return the control totals, by which whoever takes the files over can tell that nothing is missing."""
    debit = statement.cents(sum(abs(entry.cents) for entry in tally.entries))
    totals = tally.all.wire()
    return {
        **about,
        "lines": totals["lines"],
        "lines_counted": totals["counted"],
        "lines_adjusted": totals["adjustments"],
        "lines_adjusted_without_value": totals["adjustments"] - _journalled(tally),
        "absolute_variance": quantities.wire(tally.absolute, statement.COST_DECIMALS),
        **{name: totals[name] for name in _MONEY},
        "adjusted_value": totals["accepted_value"],
        "reversed_value": statement.cents(tally.reversed),
        "journal_debit": debit,
        "journal_credit": debit,
        "scans": scans,
    }  # fmt: skip


def _journalled(tally: Tally) -> int:
    """Return how many lines the journal has adjustments of."""
    return sum(entry.lines for entry in tally.entries if entry.kind == "adjustment")


def _values(tally: Tally) -> Section:
    totals = tally.all
    rows = [
        ("Book value before", statement.cents(totals.expected)),
        ("Counted value", statement.cents(totals.expected + totals.variance)),
        ("Variance, net", statement.cents(totals.variance)),
        ("Variance, absolute", statement.cents(totals.absolute)),
        ("Adjusted", statement.cents(totals.accepted)),
        ("Reversed since", statement.cents(tally.reversed)),
        ("Book value after", statement.cents(totals.expected + totals.accepted + tally.reversed)),
        ("Variance in units, absolute", quantities.wire(tally.absolute, statement.COST_DECIMALS)),
        ("Lines", totals.lines),
        ("Lines without a cost, in no value", totals.unpriced),
        ("Lines adjusted", totals.adjustments),
        ("Lines adjusted, in no journal entry", totals.adjustments - _journalled(tally)),
    ]
    return Section("Before and after", [Column("of the counted lines", OWN, 36), Column("total", NUMBER, 18)], rows)


def _states(tally: Tally) -> Section:
    columns = [Column("state", OWN, 16), *(Column(name.replace("_", " "), NUMBER, 16) for name in ("lines", "adjusted", *_MONEY))]
    rows = []
    for name, totals in [*tally.states.items(), ("all", tally.all)]:
        said = totals.wire()
        rows.append((name.replace("_", " "), totals.lines, totals.adjustments, *(said[money] for money in _MONEY)))
    return Section("Lines by state", columns, rows, total=True)


def _reasons(entries: Sequence[Entry]) -> Section:
    names = ("lines adjusted", "found", "missing", "lines reversed", "reversed", "net")
    columns = [Column("reason code", TEXT, 24), *(Column(name, NUMBER, 14) for name in names)]
    rows: list[Sequence[Any]] = [
        (reason or "(none)", *_sums([entry for entry in entries if entry.reason_code == reason]))
        for reason in dict.fromkeys(entry.reason_code for entry in entries)
    ]
    return Section("Adjustments by reason", columns, [*rows, ("all", *_sums(entries))], total=True)


def _sums(entries: Sequence[Entry]) -> tuple[Any, ...]:
    """Return lines, found and missing of the adjustments, lines and sum of what reversed some of them, and what all of it comes to."""
    made, undone = ([one for one in entries if one.kind == kind] for kind in ("adjustment", "reversal"))
    found, missing = sum(one.cents for one in made if one.cents > 0), sum(-one.cents for one in made if one.cents < 0)
    back = sum(one.cents for one in undone)
    said = map(statement.cents, (found, missing, back, found - missing + back))
    return sum(one.lines for one in made), next(said), next(said), sum(one.lines for one in undone), *said


def _people(people: Sequence[Person]) -> Section:
    columns = [
        Column("part", OWN, 14), Column("operator", TEXT, 14), Column("name", TEXT, 22), Column("device", TEXT, 20),
        Column("scans", NUMBER, 10), Column("from", OWN, 25), Column("to", OWN, 25),
    ]  # fmt: skip
    rows = [(one.part, one.operator, one.name, one.device, one.scans, _moment(one.first), _moment(one.last)) for one in people]
    return Section("Who planned, counted and approved", columns, rows)


def _moment(at: int | None) -> str | None:
    return None if at is None else times.shown(at)


def _arrived(receipt: Mapping[str, Any] | None) -> list[Section]:
    """Return the drain receipt of the approval: each device with what it had left to send, and the sheets that were
    finished in somebody's place."""
    if receipt is None:
        return []
    columns = [
        Column("device", TEXT, 24), Column("stream", OWN, 38), Column("scans", NUMBER, 10), Column("missing", NUMBER, 10),
        Column("proven", OWN, 10), Column("finished", OWN, 10), Column("last seen", OWN, 25),
    ]  # fmt: skip
    rows = [
        (
            one["device"] or one["sender"], one["stream"], one["scans"], one["missing_total"],
            _said(not one["unproven"] and not one["missing_total"]), _said(one["finished"]), times.shown(times.parse(one["last_seen"])),
        )
        for one in receipt["devices"]
    ]  # fmt: skip
    found = [Section("What had arrived at the approval", columns, rows)]
    if receipt["unfinished"]:
        names = [
            Column("sheet", OWN, 24), Column("location", TEXT, 30), Column("operator", TEXT, 24), Column("closed by", TEXT, 24),
            Column("reason", TEXT, 40), Column("drained", OWN, 10),
        ]  # fmt: skip
        sheets = [
            (one["sheet"], one["location"], one["operator"], one["closed_by"], one["reason"], _said(one["drained"]))
            for one in receipt["unfinished"]
        ]
        found.append(Section("Sheets that were finished in somebody's place", names, sheets))
    return found
