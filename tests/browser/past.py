"""Counts of past weeks: made, counted, decided and posted by the doors that people use; then only the day they were posted is set back,
in the database of this server, for nobody waits weeks for a picture."""

import random
import sqlite3
import uuid
from typing import Any

from app import demo_shift, times
from tests.browser.harness import Server

WEEK = 7 * times.DAY
_REASONS = ("miscount", "damaged", "found", "unknown")
_OPERATORS = ("OP-17", "OP-18")


def weeks(server: Server, number: int, each: int = 6) -> list[str]:
    """Post a count of `each` bins in each of so many past weeks, this one the last; return their codes."""
    dice = random.Random(7)
    remote = demo_shift.Server(server.base)
    gun = demo_shift.Gun(remote, "gun", server.cli("devices", "enrol", f"gun {uuid.uuid4().hex[:6]}"), "OP-17", 0)
    codes = _barcodes(server)
    stock: dict[str, list[tuple[str, int]]] = {}
    others: set[str] = set()
    after = ""
    while after is not None:
        page = server.call("GET", f"/api/v1/stock?site=MAIN&limit=500{after and '&after=' + after}")
        for row in page["rows"]:
            if row["sku"] in codes:
                stock.setdefault(row["location"], []).append((codes[row["sku"]], int(row["quantity"])))
            else:
                others.add(row["location"])
        after = page["next"]
    places = dice.sample(sorted(set(stock) - others - _taken(server)), number * each)
    made = []
    for week in range(number):
        gun.operator = _OPERATORS[week % len(_OPERATORS)]
        made.append(_count(server, gun, {place: stock[place] for place in places[week * each :][:each]}, dice, number - week))
        _set_back(server, made[-1], (number - 1 - week) * WEEK)
    return made


def _count(server: Server, gun: demo_shift.Gun, there: dict[str, list[tuple[str, int]]], dice: random.Random, errors: int) -> str:
    """Count some bins, the fewer errors the later, and post what was found."""
    wanted = {"locations": sorted(there), "tolerance": {"quantity": "1"}}
    count: str = server.call("POST", "/api/v1/counts", wanted, 201)["code"]
    at = times.now() - 40 * times.MINUTE
    for place, lines in there.items():
        for code, quantity in lines:
            at += dice.randrange(6, 25) * 1000
            off = dice.choice((-3, -2, -1, 2)) if dice.random() < 0.06 * errors + 0.05 else 0
            gun.scan("count", at, location=place, barcode=code, quantity=str(max(quantity + off, 0)))
        at += dice.randrange(20, 60) * 1000
        gun.scan("finish", at, location=place, complete=True)
    gun.drain(dice)
    seen = server.call("GET", f"/api/v1/counts/{count}/reconciliation")
    decisions = [
        {"line": line["line"], "decision": "dismiss" if dice.random() < 0.2 else "accept", "reason_code": dice.choice(_REASONS)}
        for line in seen["lines"]
        if line["decision"] is None
    ]
    server.call("POST", f"/api/v1/counts/{count}/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    return count


def _barcodes(server: Server) -> dict[str, str]:
    rows = server.call("GET", "/api/v1/products?limit=500")["rows"]
    return {
        row["sku"]: row["barcodes"][0]["code"]
        for row in rows
        if row["tracking"] == "none" and row["decimals"] == 0 and row["barcodes"] and row["barcodes"][0]["quantity"] == "1"
    }


def _taken(server: Server) -> set[str]:
    """The locations of counts that aren't over, such as another test leaves in review."""
    open_ = "SELECT l.code FROM sheets s JOIN counts c ON c.id = s.count_id JOIN locations l ON l.id = s.location_id WHERE COALESCE(c.status, 'approved') = 'approved'"
    return {code for (code,) in _run(server, open_)}


def _set_back(server: Server, count: str, by: int) -> None:
    _run(server, "UPDATE counts SET approved_at = approved_at - ? WHERE code = ?", by, count)


def _run(server: Server, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with sqlite3.connect(server.folder / "data" / "scanledger.db", timeout=30) as database:
        rows = database.execute(sql, values).fetchall()
    database.close()
    return rows
