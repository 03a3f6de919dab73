"""What guns say: batches of scans of the demo site, made the way a shift makes them."""

import os
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

from app import times

_POSTED = (("receive", 20), ("pick", 25), ("move", 15))
COUNTED = 30
"""Of a hundred scans 60 post (receive, pick, move), 30 count, 10 look."""
BIN = 10
"""So many products a gun counts in one bin, one after the other."""
HOMES = 3
"""So many bins a product may be put into, beside those where it lies from the start."""


def uuid7(now: int | None = None) -> str:
    """Return a UUID of version 7, as our clients make them."""
    ms = time.time_ns() // 1_000_000 if now is None else now
    value = (ms << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (7 << 76)
    value = (value & ~(3 << 62)) | (2 << 62)
    return str(uuid.UUID(int=value))


@dataclass(frozen=True)
class Site:
    """What the guns of a site can meet: bins, products with a barcode each, lots, and what lies where."""

    bins: list[str]
    barcodes: dict[str, str]
    """sku -> barcode of one."""
    lots: dict[str, list[str]]
    stock: list[tuple[str, str, str, int]]
    """bin, sku, lot, quantity in whole units."""


@dataclass
class Gun:
    """A device and its stream."""

    token: str
    operator: str = "OP-17"
    stream: str = field(default_factory=uuid7)
    made: int = 0
    xor: int = 0

    def head(self) -> str:
        return f"POST /api/v1/scans HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {self.token}\r\nContent-Type: application/json\r\n"


class Floor:
    """A shift on the floor: what it scans makes sense, goods are picked from where they are."""

    def __init__(self, site: Site, seed: int = 1) -> None:
        self.dice = random.Random(seed)
        self.site = site
        self.skus = list(site.barcodes)
        self.stock = {(place, sku, lot): quantity for place, sku, lot, quantity in site.stock}
        self.keys = list(self.stock)
        self.by_bin: dict[str, list[str]] = {}
        for place, sku, _, _ in site.stock:
            self.by_bin.setdefault(place, []).append(sku)

    def batch(self, gun: Gun, size: int = 500) -> bytes:
        """Return the body of a new batch."""
        return self.bytes(self.envelope(gun, size))

    def bytes(self, envelope: dict[str, Any]) -> bytes:
        return orjson.dumps(envelope)

    def envelope(self, gun: Gun, size: int = 500) -> dict[str, Any]:
        now = time.time_ns() // 1_000_000
        scans: list[dict[str, Any]] = []
        tasks = self._tasks(size)
        at = now - size * 1500
        for task in tasks:
            if task == "count":
                place = self.dice.choice(self.site.bins)
                scans += [self._count(place) for _ in range(min(BIN, size - len(scans)))]
            else:
                scans.append(getattr(self, f"_{task}")())
        for number, scan in enumerate(scans):
            moment = at + number * 1500
            gun.made += 1
            scan |= {
                "id": uuid7(moment), "seq": gun.made, "scanned_at": times.wire(moment), "operator": gun.operator,
                "via": "wedge", "symbology": "ean13",
            }  # fmt: skip
            gun.xor ^= uuid.UUID(scan["id"]).int
        return {
            "batch": uuid7(), "stream": gun.stream, "made": gun.made, "xor": f"{gun.xor:032x}", "sent_at": times.wire(now), "scans": scans,
        }  # fmt: skip

    def _tasks(self, size: int) -> list[str]:
        """Return the tasks of a batch in the order of a shift; a `count` stands for a whole bin."""
        if size < BIN:
            return self.dice.choices(["receive", "pick", "move", "look"], [20, 25, 15, 10], k=size)
        counts = round(size * COUNTED / 100 / BIN)
        looks = size // 10
        posted = size - counts * BIN - looks
        tasks = self.dice.choices([t for t, _ in _POSTED], [w for _, w in _POSTED], k=posted) + ["look"] * looks + ["count"] * counts
        self.dice.shuffle(tasks)
        return tasks

    def _receive(self) -> dict[str, Any]:
        sku = self.dice.choice(self.skus)
        lot = self.dice.choice(self.site.lots[sku]) if sku in self.site.lots else ""
        place = self._home(sku)
        quantity = self.dice.choice((1, 6, 12, 24))
        self._put(place, sku, lot, quantity)
        return self._said("receive", place, sku, lot, quantity)

    def _pick(self) -> dict[str, Any]:
        place, sku, lot, quantity = self._take()
        return self._said("pick", place, sku, lot, quantity)

    def _move(self) -> dict[str, Any]:
        place, sku, lot, quantity = self._take()
        target = self._home(sku)
        while target == place:
            target = self.dice.choice(self.site.bins)
        self._put(target, sku, lot, quantity)
        return self._said("move", place, sku, lot, quantity) | {"target": target}

    def _look(self) -> dict[str, Any]:
        return {"task": "look", "location": self.dice.choice(self.site.bins), "barcode": self.site.barcodes[self.dice.choice(self.skus)]}

    def _count(self, place: str) -> dict[str, Any]:
        here = self.by_bin.get(place)
        sku = self.dice.choice(here) if here and self.dice.random() < 0.8 else self.dice.choice(self.skus)
        lot = self.site.lots[sku][0] if sku in self.site.lots else ""
        return self._said("count", place, sku, lot, self.dice.choice((1, 1, 1, 5, 12)))

    def _said(self, task: str, place: str, sku: str, lot: str, quantity: int) -> dict[str, Any]:
        scan: dict[str, Any] = {"task": task, "location": place, "barcode": self.site.barcodes[sku], "quantity": str(quantity)}
        if lot:
            scan["lot"] = lot
        return scan

    def _home(self, sku: str) -> str:
        return self.site.bins[hash_of(sku, self.dice.randrange(HOMES)) % len(self.site.bins)]

    def _take(self) -> tuple[str, str, str, int]:
        for _ in range(50):
            key = self.dice.choice(self.keys)
            have = self.stock[key]
            if have > 1:
                quantity = self.dice.choice((1, 1, 2, 6)) if have >= 6 else 1
                self.stock[key] = have - quantity
                return (*key, quantity)
        return (*key, 1)

    def _put(self, place: str, sku: str, lot: str, quantity: int) -> None:
        key = (place, sku, lot)
        if key not in self.stock:
            self.stock[key] = 0
            self.keys.append(key)
            self.by_bin.setdefault(place, []).append(sku)
        self.stock[key] += quantity


def hash_of(sku: str, number: int) -> int:
    """Return a number that is the same in every process."""
    return int.from_bytes(f"{sku}/{number}".encode()[-6:], "big") * 2654435761 % 2**32
