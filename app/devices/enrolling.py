"""Make a device, or give it a new token: at once on the command line, or by a code of one use that a gun or phone claims."""

import json
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import segno
from sqlalchemy import Connection, insert, select, text, update

from app import audit, instance, journal, limits, times, tokens
from app.db import writing
from app.devices import listing
from app.devices.models import Device, Enrolment
from app.errors import Problem

TASKS = ("receive", "return", "move", "pick", "scrap", "count", "empty", "finish", "look", "hold", "release", "void")
LASTS = 10 * times.MINUTE
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nobody mistakes one for another, or types a word."""
_MISREAD = str.maketrans("OIL", "011", "- ")
_TRIES = 30


class Offer(NamedTuple):
    """An enrolment that waits to be claimed; the code is kept nowhere."""

    code: str
    expires_at: int


def enrol(tx: Connection, site_id: int, name: str, tasks: Sequence[str] | None = None) -> tuple[int, str]:
    """Make a device of a site; return its id and its token, which is kept nowhere."""
    token = tokens.mint(tokens.DEVICE)
    journal.lock(tx, site_id)
    row = {
        "site_id": site_id,
        "name": name,
        "token_hash": tokens.digest(token),
        "prefix": token[: tokens.SHOWN],
        "tasks": None if tasks is None else json.dumps(sorted(set(tasks))),
        "created_at": times.now(),
        "journal": journal.take(tx, site_id),
    }
    made: int = tx.execute(insert(Device).returning(Device.id), row).scalar_one()
    audit.write(tx, "device_enrolled", f"device {made}", site_id=site_id, after={"name": name, "tasks": row["tasks"]})
    return made, token


def offer(tx: Connection, site_id: int, name: str, tasks: Sequence[str] | None, device_id: int | None = None, reason: str = "") -> Offer:
    """Make a code of one use for a device of that name, or for the one that is to have a new token; it lasts ten minutes."""
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    now = times.now()
    journal.lock(tx, site_id)
    row = {
        "site_id": site_id,
        "name": name,
        "tasks": None if tasks is None else json.dumps(sorted(set(tasks))),
        "code_hash": _digest(code),
        "created_at": now,
        "expires_at": now + LASTS,
        "device_id": device_id,
    }
    made = tx.execute(insert(Enrolment).returning(Enrolment.id), row).scalar_one()
    said = {"name": name, "tasks": row["tasks"]} | ({} if device_id is None else {"device": device_id})
    audit.write(tx, "enrolment_offered", f"enrolment {made}", site_id=site_id, after=said, reason=reason)
    return Offer(code, now + LASTS)


def renew(tx: Connection, device_id: int, site_id: int | None, reason: str) -> Offer:
    """Offer a device (of that site) a new token by a code of one use; the token that it has works until the code is used.

    It keeps its id, site, streams and all it scanned. Raises not_found, revoked.
    """
    found = reach(tx, device_id, site_id)
    if found.revoked_at is not None:
        raise Problem("revoked", "It stays revoked; enrol it as a new device.")
    return offer(tx, found.site_id, found.name, None if found.tasks is None else json.loads(found.tasks), device_id, reason)


def reach(tx: Connection, device_id: int, site_id: int | None) -> Any:
    """Return a device's row (of that site), its site locked; raises not_found."""
    journal.lock(tx, listing.home(tx, device_id, site_id))
    return tx.execute(select(Device.site_id, Device.name, Device.tasks, Device.revoked_at).where(Device.id == device_id)).one()


def claim(code: str, name: str | None, whence: str) -> dict[str, object]:
    """Spend a code: make its device, named `name` where one is given, or give its device a new token.

    Raises code_spent, too_many_requests.
    """
    limits.attempt("claim", whence, _TRIES)
    now = times.now()
    with writing() as tx:
        live = (Enrolment.code_hash == _digest(code), Enrolment.spent_at.is_(None), Enrolment.expires_at > now)
        offered = tx.execute(
            select(Enrolment.id, Enrolment.site_id, Enrolment.name, Enrolment.tasks, Enrolment.device_id).where(*live)
        ).one_or_none()
        if offered is None or tx.execute(update(Enrolment).where(*live).values(spent_at=now)).rowcount != 1:
            raise Problem("code_spent")
        if offered.device_id is None:
            tasks = None if offered.tasks is None else json.loads(offered.tasks)
            named = (name or "").strip() or offered.name
            made, token = enrol(tx, offered.site_id, named, tasks)
            tx.execute(update(Enrolment).where(Enrolment.id == offered.id).values(device_id=made))
        else:
            made = offered.device_id
            named, tasks, token = _renewed(tx, made)
        site = tx.scalar(text("SELECT code FROM sites WHERE id = :id"), {"id": offered.site_id})
        claimed = {"token": token, "device": {"id": made, "name": named, "tasks": tasks}, "site": site, "epoch": instance.epoch(tx)}
    limits.forgive("claim", whence)
    return claimed


def _renewed(tx: Connection, device_id: int) -> tuple[str, list[str] | None, str]:
    """Give a device another token, the one it had ends; return its name, tasks and token. Raises code_spent where it was revoked."""
    found = reach(tx, device_id, None)
    if found.revoked_at is not None:
        raise Problem("code_spent")
    token = tokens.mint(tokens.DEVICE)
    new = {"token_hash": tokens.digest(token), "prefix": token[: tokens.SHOWN], "journal": journal.take(tx, found.site_id)}
    was = tx.scalar(select(Device.prefix).where(Device.id == device_id))
    tx.execute(update(Device).where(Device.id == device_id).values(**new))
    audit.write(
        tx, "device_token_rotated", f"device {device_id}", site_id=found.site_id, before={"prefix": was}, after={"prefix": new["prefix"]}
    )
    return found.name, None if found.tasks is None else json.loads(found.tasks), token


def matrix(url: str) -> list[list[int]]:
    """Return the QR code of a URL as rows of modules, 1 for dark, without the quiet zone."""
    return [list(row) for row in segno.make_qr(url, error="m").matrix]


def _digest(code: str) -> bytes:
    """Return what is kept of a code, however it was typed."""
    return tokens.digest(code.upper().translate(_MISREAD))
