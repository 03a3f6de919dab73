"""Find the device behind a token, and prove later that the token still is that device's."""

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flask import Flask, Request, current_app
from sqlalchemy import Connection

from app import tokens, wire
from app.access import DEVICE, Caller
from app.db import Look, Query, bytes_of, glance, is_sqlite
from app.errors import Problem

REMEMBERED = 50_000
"""How many tokens a process remembers."""

_LOOK = "SELECT id, site_id, name, tasks, revoked_at, token_hash FROM devices WHERE "


def by_token(request: Request) -> Caller | None:
    """Return the device that sent this request, None where no device's token came with it. One indexed SELECT."""
    hashed = _hashed(request)
    if hashed is None:
        return None
    found = glance(_LOOK + "token_hash = ?", _LOOK + "token_hash = %s", (hashed,))
    if not found:
        return None
    caller = _caller(found[0])
    memory = _memory()
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[hashed] = replace(caller, proof=hashed)
    return caller


def remembered(request: Request) -> Caller | None:
    """Return the device that this token belonged to when it was last looked up. Its site never changes; all else may have."""
    hashed = _hashed(request)
    return None if hashed is None else _memory().get(hashed)


def known(app: Flask, token: str) -> Caller | None:
    """Return the device that this token belonged to when this process last looked it up, as `remembered` does."""
    memory: dict[bytes, Caller] = app.extensions.get("tokens", {})
    return memory.get(tokens.digest(token)) if token.startswith(tokens.DEVICE) else None


def devices(tx: Connection, proofs: Collection[tuple[int, bytes]]) -> Look[dict[int, Caller]]:
    """Return the devices of these ids as they are now; raises unauthorized where one no longer has the token of that hash."""
    if not proofs:
        return {}
    ids = sorted({number for number, _ in proofs})
    rows = yield Query(
        6, _LOOK + "id IN (SELECT value FROM json_each(?))", _LOOK + "id = ANY(%s::bigint[])", (wire.text(ids) if is_sqlite(tx) else ids,)
    )
    hashes = {row[0]: bytes_of(row[5]) for row in rows}
    for number, proof in proofs:
        if hashes.get(number) != proof:
            _memory().pop(proof, None)
            raise Problem("unauthorized")
    return {row[0]: _caller(row) for row in rows}


def _hashed(request: Request) -> bytes | None:
    token = tokens.bearer(request.headers.get("Authorization"))
    return tokens.digest(token) if token is not None and token.startswith(tokens.DEVICE) else None


def _caller(row: Any) -> Caller:
    id_, site_id, name, tasks, revoked_at, _ = row
    return Caller(
        DEVICE, frozenset(), site_id=site_id, device_id=id_, name=name, revoked=revoked_at is not None,
        tasks=None if tasks is None else frozenset(json.loads(tasks)),
    )  # fmt: skip


def _memory() -> dict[bytes, Caller]:
    memory: dict[bytes, Caller] = current_app.extensions.setdefault("tokens", {})
    return memory
