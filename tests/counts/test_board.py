"""The board of a count: who is where, how far, how fast, and what devices have left to send; on both engines."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from app import times
from app.db import writing
from tests.counts.test_counting import INK, MINUTE, PEN, plan
from tests.shop import Shop, gun

BOARD = "/api/v1/counts/K1/board"


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """A-01 and A-02 lie in zone Z-A. Ann has finished A-01, a stranger is at A-02, nobody has begun B-01; 4,711 pens are expected there."""
    with writing() as tx:
        zone = tx.scalar(
            text(
                "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                "VALUES (1, 'Z-A', 'z-a', 'Aisle A', 'zone', 1, '', 9) RETURNING id"
            )
        )
        tx.execute(text("UPDATE locations SET path = '/1/' || id || '/' WHERE id = :zone"), {"zone": zone})
        tx.execute(
            text("UPDATE locations SET path = '/1/' || :zone || '/' || id || '/' WHERE code IN ('A-01', 'A-02')"), {"zone": str(zone)}
        )
    now = times.now()
    shop.gun.send(shop.gun.scan("receive", at=now - 200 * MINUTE, location="B-01", barcode=PEN, quantity="4711"))
    plan(shop, "A-01", "A-02", "B-01")
    shop.gun.send(
        shop.gun.scan("count", at=now - 30 * MINUTE, sheet="K1-001", barcode=PEN, quantity="8"),
        shop.gun.scan("finish", at=now - 29 * MINUTE, sheet="K1-001"),
    )
    stranger = gun(shop.app, "gun-3", operator="NOBODY")
    stranger.scan("look", location="A-02")  # made, and never sent
    stranger.send(
        stranger.scan("count", at=now - 4 * MINUTE, sheet="K1-002", barcode=PEN, quantity="6"),
        stranger.scan("count", at=now - 2 * MINUTE, sheet="K1-002", barcode=INK, quantity="5"),
    )
    return shop


def board(shop: Shop, role: str = "supervisor") -> dict[str, Any]:
    answer = shop.person(role).get(BOARD)
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def test_who_is_where_and_how_far(busy: Shop) -> None:
    told = board(busy)
    assert (told["count"], told["status"], told["blind"]) == ("K1", "counting", True)
    last, first = told["people"]
    assert (last["operator"], last["person"], last["device"], last["location"], last["sheet"]) == (
        "NOBODY",
        None,
        "gun-3",
        "A-02",
        "K1-002",
    )
    assert (last["scans"], last["lately"], last["finished"]) == (2, 2, False)
    assert times.parse(last["lease_until"]) == times.parse(last["last_scan_at"]) + 15 * MINUTE
    assert (first["person"], first["location"], first["scans"], first["lately"], first["finished"]) == ("Ann", "A-01", 1, 0, True)
    assert {k: told["sheets"][k] for k in ("sheets", "closed", "begun", "scans")} == {"sheets": 3, "closed": 1, "begun": 1, "scans": 3}
    assert [(one["zone"], one["name"], one["sheets"], one["closed"], one["begun"]) for one in told["zones"]] == [
        ("Z-A", "Aisle A", 2, 1, 1), (None, "", 1, 0, 0),
    ]  # fmt: skip
    assert [(one["location"], one["scans"]) for one in told["open"]] == [("A-02", 2), ("B-01", 0)]
    assert sum(told["minutes"]) == 2
    assert len(told["minutes"]) == 15


def test_what_waits_on_devices_is_told_as_far_as_anybody_knows(busy: Shop) -> None:
    silent = gun(busy.app, "gun-4", operator="OP-2")
    silent.send(silent.scan("count", sheet="K1-003", barcode=PEN, quantity="1"), made=None)
    waiting = {one["device"]: (one["waiting"], one["finished"]) for one in board(busy)["devices"]}
    assert waiting == {"gun-1": (0, True), "gun-3": (1, False), "gun-4": (None, False)}


def test_no_expected_quantity_is_on_the_board(busy: Shop) -> None:
    for role in ("supervisor", "accountant", "auditor", "administrator", "integration"):
        assert "4711" not in json.dumps(board(busy, role))
    assert busy.person("operator").get(BOARD).status_code == 403
    assert busy.gun.get(BOARD).status_code == 403


def test_what_has_not_changed_is_not_sent_again(busy: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    now = times.now()
    monkeypatch.setattr(times, "now", lambda: now)
    who = busy.person("supervisor")
    headers = {"Authorization": f"Bearer {who.token}"}
    tag = who.get(BOARD).headers["ETag"]
    assert who.client.get(BOARD, headers={**headers, "If-None-Match": tag}).status_code == 304
    monkeypatch.setattr(times, "now", lambda: now + MINUTE)
    assert who.client.get(BOARD, headers={**headers, "If-None-Match": tag}).status_code == 200
    busy.gun.do("look", location="A-01")
    monkeypatch.setattr(times, "now", lambda: now)
    assert who.client.get(BOARD, headers={**headers, "If-None-Match": tag}).status_code == 200


def test_a_count_that_is_not_there_is_404(shop: Shop) -> None:
    assert shop.person("supervisor").get(BOARD).status_code == 404
