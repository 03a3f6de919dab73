"""Keep the reason codes, and the accounts that they are posted to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app import audit, journal
from app.ledger.models import ReasonCode
from app.text import nfc


def reasons(tx: Connection) -> list[dict[str, Any]]:
    """Return all reason codes, the archived too."""
    rows = tx.execute(select(ReasonCode.code, ReasonCode.name, ReasonCode.account, ReasonCode.archived).order_by(ReasonCode.code))
    return [dict(row._mapping) | {"archived": bool(row.archived)} for row in rows]


def accounts(tx: Connection) -> dict[str, str]:
    """Return the account of each reason code that has one."""
    return {row["code"]: row["account"] for row in reasons(tx) if row["account"]}


def put(tx: Connection, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Make or change reason codes; what is not named, or not said of one, stays as it is."""
    journal.lock(tx, journal.GLOBAL)
    known = {row["code"]: row for row in reasons(tx)}
    for one in wanted:
        code = nfc(one["code"])
        before = known.get(code)
        after = (before or {"code": code, "name": "", "account": "", "archived": False}) | dict(one) | {"code": code}
        if after == before:
            continue
        if before is None:
            tx.execute(insert(ReasonCode), after)
        else:
            tx.execute(update(ReasonCode).where(ReasonCode.code == code).values(after))
        known[code] = after
        audit.write(tx, "reason_code_put", f"reason code {code}", before=before, after=after)
