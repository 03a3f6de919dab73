"""A small shop for tests: two bins, a dock, a few products, named people, guns that talk HTTP; a shift log reads like a shift."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import times
from app.db import reading, writing
from app.devices.enrolling import enrol
from app.ledger import replaying
from app.people.keeping import give_key

PRODUCTS = {
    # sku: (decimals, tracking, cost in 10**-6)
    "PEN": (0, "none", 1_250_000),
    "INK": (0, "none", 500_000),
    "ROPE": (2, "none", 3_000_000),
    "MILK": (0, "lot", 800_000),
    "DRILL": (0, "serial", 90_000_000),
}
BARCODES = {
    # code: (sku, how many hundredths or whole base units, scaled)
    "9521234000013": ("PEN", 1),
    "PEN-BOX": ("PEN", 12),
    "INK-1": ("INK", 1),
    "ROPE-REEL": ("ROPE", 2550),
    "MILK-1": ("MILK", 1),
    "DRILL-1": ("DRILL", 1),
}


@dataclass
class Gun:
    """A device (or a key) that scans over HTTP."""

    client: FlaskClient
    token: str
    stream: str = field(default_factory=lambda: str(uuid.uuid4()))
    made: int = 0
    xor: int = 0
    operator: str = "OP-1"
    skew_ms: int = 0
    """How far the gun's clock is ahead."""

    def scan(self, task: str, *, at: int | None = None, **said: Any) -> dict[str, Any]:
        """Make a scan (it is not sent yet); `at` is true time in ms."""
        self.made += 1
        scan_id = uuid.uuid4()
        self.xor ^= scan_id.int
        moment = (times.now() if at is None else at) + self.skew_ms
        return {
            "id": str(scan_id), "seq": self.made, "scanned_at": times.wire(moment), "task": task, "operator": self.operator, "via": "wedge", **said,
        }  # fmt: skip

    def post(self, body: Any, **headers: str) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            "/api/v1/scans", data=raw, content_type="application/json", headers={"Authorization": f"Bearer {self.token}", **headers}
        )

    def send(self, *scans: Any, **envelope: Any) -> dict[str, Any]:
        """Send scans and return the answer."""
        body = {
            "batch": str(uuid.uuid4()), "stream": self.stream, "made": self.made, "sent_at": times.wire(times.now() + self.skew_ms), "scans": list(scans),
        } | envelope  # fmt: skip
        answer = self.post({k: v for k, v in body.items() if v is not None})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        assert len(answer.json["receipts"]) == len(scans)
        return dict(answer.json)

    def do(self, task: str, **said: Any) -> dict[str, Any]:
        """Make one scan, send it, return its receipt."""
        return dict(self.send(self.scan(task, **said))["receipts"][0])

    def get(self, path: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}"})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {self.token}"})


@dataclass
class Shop:
    """The shop and its people; each key acts as a person with that one role."""

    app: Flask
    gun: Gun
    other_gun: Gun
    keys: dict[str, Gun]

    def person(self, role: str) -> Gun:
        return self.keys[role]

    def on_hand(self, location: str, sku: str, lot: str | None = None) -> int:
        """Return the scaled balance."""
        with reading() as tx:
            return int(
                tx.scalar(
                    text(
                        "SELECT COALESCE(SUM(b.quantity), 0) FROM balances b JOIN locations l ON l.id = b.location_id "
                        "JOIN products p ON p.id = b.product_id WHERE l.code = :l AND p.sku = :s"
                        + ("" if lot is None else " AND b.lot = :lot")
                    ),
                    {"l": location, "s": sku} | ({} if lot is None else {"lot": lot}),
                )
            )

    def proven(self) -> None:
        """Hold I4, I5 and I6."""
        with reading() as tx:
            assert replaying.check(tx) == []


def gun(app: Flask, name: str, tasks: list[str] | None = None, **more: Any) -> Gun:
    with writing() as tx:
        _, token = enrol(tx, 1, name, tasks)
    return Gun(app.test_client(), token, **more)


def key(app: Flask, name: str, *roles: str) -> Gun:
    with writing() as tx:
        token = give_key(tx, name, roles)
    return Gun(app.test_client(), token, operator=name)


def open_shop(app: Flask) -> Shop:
    with writing() as tx:
        for number, (sku, (decimals, tracking, cost)) in enumerate(PRODUCTS.items(), 1):
            tx.execute(
                text("INSERT INTO products (sku, folded, name, decimals, tracking, cost, journal) VALUES (:s, :f, :n, :d, :t, :c, :j)"),
                {"s": sku, "f": sku.casefold(), "n": sku.title(), "d": decimals, "t": tracking, "c": cost, "j": number},
            )
        for code, (sku, quantity) in BARCODES.items():
            tx.execute(
                text(
                    "INSERT INTO barcodes (product_id, code, folded, gtin, quantity) SELECT id, :c, :f, :g, :q FROM products WHERE sku = :s"
                ),
                {"c": code, "f": code.casefold(), "g": code.zfill(14) if code.isdigit() else None, "q": quantity, "s": sku},
            )
        for journal, (code, kind) in enumerate((("A-01", "bin"), ("A-02", "bin"), ("B-01", "bin"), ("DOCK", "dock")), 9):
            tx.execute(
                text(
                    "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                    "VALUES (1, :c, :f, :c, :k, 1, :p, :j)"
                ),
                {"c": code, "f": code.casefold(), "k": kind, "p": f"/1/{code}/", "j": journal},
            )
        tx.execute(text("UPDATE locations SET path = '/1/' || id || '/' WHERE kind IN ('bin', 'dock')"))
        for number, (name, badge) in enumerate((("Ann", "OP-1"), ("Ben", "OP-2"), ("Cleo", "OP-3")), 1):
            tx.execute(
                text("INSERT INTO people (name, folded, badge, created_at, journal) VALUES (:n, :f, :b, 0, :j)"),
                {"n": name, "f": name.casefold(), "b": badge, "j": number},
            )
        tx.execute(text("UPDATE journals SET value = 12"))
    roles = ("operator", "supervisor", "accountant", "auditor", "administrator", "integration")
    return Shop(app, gun(app, "gun-1"), gun(app, "gun-2", operator="OP-2"), {r: key(app, f"key-{r}", r) for r in roles})


def copied(app: Flask, first: Shop) -> Shop:
    """Return the shop of a database that is a copy of another one, in which it had just opened."""

    def own(gun: Gun) -> Gun:
        return Gun(app.test_client(), gun.token, operator=gun.operator)

    return Shop(app, own(first.gun), own(first.other_gun), {role: own(key) for role, key in first.keys.items()})
