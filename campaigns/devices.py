"""Simulated devices: guns with outboxes on a network that drops, repeats, delays, reorders and lies; guns that crash, clocks that jump.

One seed is one history. After it the network is mended and all guns drain; then what the guns promised to their users (a scan they
confirmed) must be what the server holds: each once, proofs equal, balances equal to a fold of the scans made here.
"""

import heapq
import itertools
import json
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app import times
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage

NOISE = ("dropped", "answer lost", "twice", "delayed", "portal", "answered")
WEIGHTS = (3, 3, 2, 3, 1, 8)
JUMPS = ("-1 h", "+1 year", "1970", "right")
CODES = {"PEN-BOX": ("PEN", 12), "9521234000013": ("PEN", 1), "INK-1": ("INK", 1), "ROPE-REEL": ("ROPE", 2550)}
PLACES = ("A-01", "A-02", "B-01")


@dataclass
class Gun:
    """A gun: what it keeps over a crash (`outbox`, `made`, `xor`, `stream`), and what it doesn't (`busy`)."""

    name: str
    token: str
    careless: bool
    clock: str = "right"
    stream: str = ""
    made: int = 0
    xor: int = 0
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    confirmed: dict[str, dict[str, Any]] = field(default_factory=dict)
    life: int = 0
    """Ends at a crash: answers to the life before are not heard."""

    def now(self, moment: int) -> str:
        shown = {"right": moment, "-1 h": moment - times.HOUR, "+1 year": moment + 365 * times.DAY, "1970": moment % times.DAY}
        return times.wire(shown[self.clock])


class History:
    """One history, told by its seed."""

    def __init__(self, stage: Stage, seed: int, *, careless: bool = False, forgetful: bool = False, guns: int = 3, scans: int = 7) -> None:
        self.stage, self.seed, self.forgetful = stage, seed, forgetful
        self.random = random.Random(seed)
        self.moment = self.begun = times.now() - 2 * times.HOUR
        self.events: list[tuple[int, int, Callable[[], None]]] = []
        self.order = itertools.count()
        self.happened: Counter[str] = Counter()
        self.mended = False
        self.scans = scans
        self.guns = [Gun(f"gun-{n}", g.token, careless) for n, g in enumerate([stage.shop.gun, stage.shop.other_gun][:guns])]
        while len(self.guns) < guns:  # two outboxes on one device: a gun with two profiles
            self.guns.append(Gun(f"gun-{len(self.guns)}", stage.shop.gun.token, careless))
        for gun in self.guns:
            gun.stream = self.uuid()

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def at(self, delay: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.moment + int(delay * 1000), next(self.order), what))

    def play(self) -> Counter[str]:
        for gun in self.guns:
            for _ in range(self.scans):
                self.at(self.random.uniform(0, 600), lambda gun=gun: self.pull(gun))
            for _ in range(3):
                self.at(self.random.uniform(0, 700), lambda gun=gun: self.sync(gun))
            if self.random.random() < 0.5:
                self.at(self.random.uniform(0, 600), lambda gun=gun: self.crash(gun))
            for _ in range(self.random.randrange(3)):
                self.at(self.random.uniform(0, 600), lambda gun=gun: self.jump(gun))
        self.run()
        self.mended = True
        for gun in self.guns:
            self.happened["rounds"] += 1
            while gun.outbox:
                before = len(gun.outbox)
                self.sync(gun)
                self.run()
                hold(len(gun.outbox) < before, f"{self}: a mended network doesn't drain {gun.name}")
        self.judge()
        return self.happened

    def run(self) -> None:
        while self.events:
            self.moment, _, what = heapq.heappop(self.events)
            what()

    def pull(self, gun: Gun) -> None:
        """The trigger: the scan is confirmed to the user when it is persisted, and only then."""
        if self.random.random() < 0.06:
            self.happened["crash before persist"] += 1
            self.crash(gun)
            return
        number = self.uuid()
        task = self.random.choice(("receive", "receive", "pick", "move", "return", "scrap"))
        place, target = self.random.sample(PLACES, 2)
        gun.made += 1
        gun.xor ^= uuid.UUID(number).int
        scan = {
            "id": number, "seq": gun.made, "scanned_at": gun.now(self.moment), "task": task, "location": place,
            "barcode": self.random.choice(sorted(CODES)), "quantity": str(self.random.randrange(1, 9)), "operator": "OP-1",
        }  # fmt: skip
        if task == "move":
            scan["target"] = target
        gun.outbox[number] = gun.confirmed[number] = scan
        if self.random.random() < 0.06:
            self.happened["crash after persist"] += 1
            self.crash(gun)

    def crash(self, gun: Gun) -> None:
        self.happened["crash"] += 1
        gun.life += 1
        self.at(self.random.uniform(1, 30), lambda: self.sync(gun))

    def jump(self, gun: Gun) -> None:
        gun.clock = self.random.choice(JUMPS)
        self.happened[f"clock {gun.clock}"] += 1

    def sync(self, gun: Gun) -> None:
        """Send some of the outbox."""
        waiting = list(gun.outbox.values())
        if not waiting:
            return
        few = waiting if self.mended else waiting[: self.random.randrange(1, 6)]
        if self.random.random() < 0.3:
            self.random.shuffle(few)
        body = {"batch": self.uuid(), "stream": gun.stream, "made": gun.made, "sent_at": gun.now(self.moment), "scans": few}
        if gun.careless:  # the control: what is sent is taken for stored
            for scan in few:
                del gun.outbox[scan["id"]]
        fate = "answered" if self.mended else self.random.choices(NOISE, WEIGHTS)[0]
        self.happened[fate] += 1
        life, raw = gun.life, json.dumps(body).encode()
        if fate == "portal":
            self.heard(gun, life, body["batch"], 200, {"welcome": "to our free network"})
        elif fate == "delayed":
            self.at(self.random.uniform(1, 300), lambda: self.deliver(gun, life, body["batch"], raw, True))
        elif fate != "dropped":
            if fate == "twice":
                self.at(self.random.uniform(0, 100), lambda: self.deliver(gun, life, body["batch"], raw, False))
            self.deliver(gun, life, body["batch"], raw, fate != "answer lost")
        if not self.mended:
            self.at(self.random.uniform(5, 120), lambda: self.sync(gun) if self.random.random() < 0.6 else None)

    def deliver(self, gun: Gun, life: int, batch: str, raw: bytes, answered: bool) -> None:
        """The request reaches the server."""
        if self.forgetful:  # the control: a server that takes every scan for a new one
            sent = json.loads(raw)
            raw = json.dumps(sent | {"scans": [scan | {"id": self.uuid()} for scan in sent["scans"]]}).encode()
        answer = self.stage.shop.gun.client.post(
            "/api/v1/scans", data=raw, content_type="application/json", headers={"Authorization": f"Bearer {gun.token}"}
        )
        hold(answer.status_code == 200, f"{self}: {answer.status_code} {answer.text[:300]}")
        if answered:
            told = answer.json
            if self.forgetful:
                told["receipts"] = [r | {"id": s["id"]} for r, s in zip(told["receipts"], sent["scans"], strict=True)]
            self.heard(gun, life, batch, answer.status_code, told)

    def heard(self, gun: Gun, life: int, batch: str, status: int, answer: Any) -> None:
        """The answer reaches the gun: it removes what the answer names, and nothing else."""
        if life != gun.life:
            self.happened["answer to a crashed gun"] += 1
            return
        if status == 200 and isinstance(answer, dict) and answer.get("batch") == batch:
            for receipt in answer["receipts"]:
                gun.outbox.pop(receipt["id"], None)

    def judge(self) -> None:
        """All that was confirmed is stored, once, and counts once."""
        stored = self.stage.stored()
        confirmed = {number: scan for gun in self.guns for number, scan in gun.confirmed.items()}
        lost = confirmed.keys() - stored.keys()
        hold(not lost, f"{self}: {len(lost)} confirmed scans lost")
        hold(stored.keys() == confirmed.keys(), f"{self}: {len(stored) - len(confirmed)} scans stored that nobody made")
        expected: Counter[tuple[str, str, str]] = Counter()
        for scan in confirmed.values():
            sku, pack = CODES[scan["barcode"]]
            outer = {"receive": "SUPPLIER", "return": "CUSTOMER", "pick": "CUSTOMER", "scrap": "SCRAP"}.get(
                scan["task"], scan.get("target")
            )
            sign = 1 if scan["task"] in ("receive", "return") else -1
            expected[scan["location"], sku, ""] += sign * pack * int(scan["quantity"])
            expected[outer, sku, ""] -= sign * pack * int(scan["quantity"])
        hold({k: v for k, v in expected.items() if v} == self.stage.balances(), f"{self}: the balances are not the sum of the scans made")
        for gun in self.guns:
            if gun.made:
                proof = self.stage.shop.gun.client.get(
                    f"/api/v1/streams/{gun.stream}/proof", headers={"Authorization": f"Bearer {gun.token}"}
                ).json
                hold(
                    (proof["held"], proof["through"], proof["xor"], proof["missing"], proof["forked"])
                    == (gun.made, gun.made, f"{gun.xor:032x}", [], False),
                    f"{self}: the proof of {gun.name} is {proof}",
                )
        self.stage.shop.proven()

    def __str__(self) -> str:
        return f"seed {self.seed} on {self.stage.engine}"


def run(stage: Stage, seeds: range, **how: Any) -> Outcome:
    """Play one history per seed."""
    happened: Counter[str] = Counter()
    for seed in seeds:
        stage.reset()
        progress(seed - seeds.start, len(seeds), "histories")
        happened += History(stage, seed, **how).play()
    shown = {k: happened[k] for k in ("answered", "dropped", "answer lost", "twice", "delayed", "crash")}
    return Outcome(
        f"devices ({stage.engine})", len(seeds), "histories", {**shown, "clock jumps": sum(happened[f"clock {j}"] for j in JUMPS)}
    )


def campaign(ground: Ground, engine: str, seeds: range, controls: int = 5) -> Outcome:
    """Play the histories, then the two controls that must be noticed: guns that trust sending, a server that forgets ids."""
    from campaigns import Broken

    with ground.stage(engine) as stage:
        outcome = run(stage, seeds)
        noticed = []
        for name, how in (("careless guns", {"careless": True}), ("forgetful server", {"forgetful": True})):
            caught = 0
            for seed in range(seeds.start, seeds.start + controls):
                try:
                    run(stage, range(seed, seed + 1), **how)
                except Broken:
                    caught += 1
            hold(caught > 0, f"control: {name} went unnoticed in {controls} histories")
            noticed.append(f"{name} caught in {caught} of {controls}")
        outcome.control = ", ".join(noticed)
        return outcome
