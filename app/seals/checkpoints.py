"""The newest seal of each journal, as a text that leaves the server with what is answered anyway: it is remembered, never asked for."""

from flask import current_app
from sqlalchemy import Connection, select

from app.seals.models import Seal
from app.seals.verify import START, Checkpoint


def last(tx: Connection, site_id: int) -> Checkpoint:
    """Return the last seal of a journal; before the first, one of number 0."""
    table = Seal.__table__.c
    which = select(table.number, table.upto, table.epoch, table.hash).where(table.site_id == site_id).order_by(table.number.desc()).limit(1)
    found = tx.execute(which).first()
    return Checkpoint(site_id, *found) if found else Checkpoint(site_id, 0, 0, "", START)


def text(tx: Connection, site_id: int) -> str | None:
    """Return the text of the last seal of a journal, None before the first."""
    found = last(tx, site_id)
    return str(found) if found.number else None


def remember(checkpoint: Checkpoint) -> None:
    """Let answers of this process give a checkpoint away; its seal must be durable."""
    if checkpoint.number:
        current_app.extensions.setdefault("checkpoints", {})[checkpoint.site] = str(checkpoint)


def newest(site_id: int) -> str | None:
    """Return the newest checkpoint of a journal that this process knows of."""
    known: dict[int, str] = current_app.extensions.get("checkpoints", {})
    return known.get(site_id)
