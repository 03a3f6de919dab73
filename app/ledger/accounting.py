"""Keep the reason codes, and the accounts that they are posted to."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from app import audit, journal
from app.ledger.models import ReasonCode
from app.text import nfc

FRESH: Mapping[str, Any] = {"name": "", "account": "", "account_found": "", "place": 0, "archived": False}
"""What a new reason code is unless something else is said."""


def reasons(tx: Connection) -> list[dict[str, Any]]:
    """Return all reason codes in the order in which they are offered, the archived too."""
    rows = tx.execute(select(ReasonCode.__table__).order_by(ReasonCode.place, ReasonCode.code))
    return [dict(row._mapping) | {"archived": bool(row.archived)} for row in rows]


class Accounts(NamedTuple):
    """The accounts of reason codes: of what is missing, and of what was found where that is another one."""

    missing: Mapping[str, str]
    found: Mapping[str, str]

    def of(self, reason_code: str | None, found: bool) -> str | None:
        """Return the account that takes an adjustment of this reason."""
        code = reason_code or ""
        return (self.found.get(code) if found else None) or self.missing.get(code)


def accounts(tx: Connection) -> Accounts:
    """Return the accounts of the reason codes that have some."""
    rows = reasons(tx)
    return Accounts(*({row["code"]: row[name] for row in rows if row[name]} for name in ("account", "account_found")))


def put(tx: Connection, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make or change reason codes; what is not named, or not said of one, stays as it is."""
    journal.lock(tx, journal.GLOBAL)
    known = {row["code"]: row for row in reasons(tx)}
    for one in wanted:
        code = nfc(one["code"])
        before = known.get(code)
        after = dict(before or FRESH) | dict(one) | {"code": code}
        if after == before:
            continue
        if before is None:
            tx.execute(insert(ReasonCode), after)
        else:
            tx.execute(update(ReasonCode).where(ReasonCode.code == code).values(after))
        known[code] = after
        audit.write(tx, "reason_code_put", f"reason code {code}", before=before, after=after)
