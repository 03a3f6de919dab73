"""Carry a queue in: the courier file a device saved when its network would not come back, through the same door as any batch."""

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from app import audit, wire
from app.access import Caller
from app.config import MAX_BODY
from app.db import reading, writing
from app.errors import Problem
from app.scans.gathering import record_now
from app.scans.work import Envelope, Sender
from app.text import is_keepable

MOST_LINES = 10_000


def carry(raw: bytes, caller: Caller, read: Callable[[object, Sender, bool], Envelope]) -> dict[str, Any]:
    """Record each line of a file that is an envelope of a device of the caller's site; a bad line never touches the others."""
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise Problem("bad_file", "The file has no lines.")
    if len(lines) > MOST_LINES:
        raise Problem("bad_file", f"More than {MOST_LINES} lines.")
    named: set[int] = set()
    told = {"recorded": 0, "duplicate": 0, "conflict": 0, "malformed": 0, "rejected": 0}
    rows: list[dict[str, Any]] = []
    for number, line in lines:
        row: dict[str, Any] = {"line": number, "device": None}
        try:
            if len(line) > MAX_BODY:
                raise Problem("too_large", f"The line is longer than {MAX_BODY} bytes.")
            body = wire.loads(line)
            sender, row["device"] = _sender(body, caller)
            if sender.site_id not in named:
                _note(sender.site_id, raw, len(lines))
                named.add(sender.site_id)
            (answer,) = record_now([read(body, sender, True)])
            row["answer"] = answer
            for receipt in answer["receipts"]:
                told[receipt["status"]] += 1
        except wire.BadJson as error:
            row["problem"] = {"code": "bad_json", "detail": str(error)[:300]}
        except Problem as problem:
            row["problem"] = {"code": problem.code, "detail": problem.detail[:300]}
        told["rejected"] += "problem" in row
        rows.append(row)
    return {"lines": len(lines), **told, "rows": rows}


def _note(site_id: int, raw: bytes, lines: int) -> None:
    """Write down who carried a file in, before what it says: scans name their devices, not who brought them."""
    with writing() as tx:
        audit.write(tx, "scans_carried", "courier file", site_id=site_id, after={"lines": lines, "sha256": hashlib.sha256(raw).hexdigest()})


def _sender(body: object, caller: Caller) -> tuple[Sender, str]:
    """Return the device a line names as its sender."""
    named = body.get("device") if isinstance(body, dict) else None
    with reading() as tx:
        device = _device(tx, named, caller.site_id)
    if device is None:
        raise Problem("not_found", "The line names no device of this site; `device` is its name, its id or what its claim was answered.")
    tasks = None if device.tasks is None else frozenset(wire.kept(device.tasks))
    return Sender(device.site_id, device.id, None, tasks, device.revoked_at is not None, False, False), device.name


def _device(tx: Connection, named: object, site_id: int | None) -> Any:
    if isinstance(named, dict):
        named = named.get("id")
    site = "" if site_id is None else " AND site_id = :site"
    columns = "SELECT id, site_id, name, tasks, revoked_at FROM devices WHERE "
    if type(named) is int and 0 < named < 2**62:
        return tx.execute(text(columns + "id = :id" + site), {"id": named, "site": site_id} if site else {"id": named}).first()
    if not isinstance(named, str) or not is_keepable(named):
        return None
    found = tx.execute(text(columns + "name = :name" + site), {"name": named, "site": site_id} if site else {"name": named}).all()
    return found[0] if len(found) == 1 else None
