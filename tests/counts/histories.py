"""Histories of one bin, from a seed: people move and count while guns are offline, late, out of order and wrong about the time.

The model knows the truth: what was in the bin at every moment, and which lines were miscounted by how much. A history is good when, for
each product, the ledger ends at the truth plus the miscount that was accepted, or the line or an exception says that it can't be sure.
"""

import json
import random
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text

from app import times
from app.db import reading, writing
from tests.shop import Gun, Shop

SECOND = 1000
CODES = {"PEN": "9521234000013", "INK": "INK-1"}
SHIFT = 7200
"""Seconds that a history lasts; it ends a minute ago."""


@dataclass
class Verdict:
    """What became of the lines of one history."""

    right: int = 0
    flagged: int = 0
    wrong: list[str] = field(default_factory=list)
    countered: int = 0
    """Moves that were heard after the posting, and countered."""
    naive_wrong: int = 0
    """Lines that comparing with the book at the time of the approval would have got wrong."""


@dataclass
class Cast:
    """The guns of all histories on one database, and the bins they use up."""

    shop: Shop
    bins: list[str]


def cast(shop: Shop, histories: int) -> Cast:
    """Make a bin for each history."""
    bins = [f"H-{number:04d}" for number in range(histories)]
    with writing() as tx:
        for code in bins:
            tx.execute(
                text(
                    "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                    "VALUES (1, :c, :f, :c, 'bin', 1, '', 9)"
                ),
                {"c": code, "f": code.casefold()},
            )
        tx.execute(text("UPDATE locations SET path = '/1/' || id || '/' WHERE path = ''"))
    return Cast(shop, bins)


class History:
    """One seed, one bin, one count."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.seed, self.rng, self.shop, self.bin = seed, random.Random(seed), cast.shop, cast.bins[seed % len(cast.bins)]
        self.start = times.now() - (SHIFT + 60) * SECOND
        self.operators = ("OP-1", "OP-2")
        self.guns = [self._gun(number) for number in range(3)]
        self.queues: list[list[dict[str, Any]]] = [[] for _ in self.guns]
        self.truth = dict.fromkeys(CODES, 0)
        self.changes: list[tuple[int, str, int]] = []
        self.error = dict.fromkeys(CODES, 0)
        self.sheet, self.jumped = "", False

    def _gun(self, number: int) -> Gun:
        """Return a gun with a fresh stream; its clock is wrong by up to an hour."""
        lent = (self.shop.gun, self.shop.other_gun)[number % 2]
        return Gun(lent.client, lent.token, operator="OP-1", skew_ms=self.rng.choice((0, 0, -3600, 37, 900, 3600)) * SECOND)

    def play(self) -> Verdict:
        """Play it, and judge it."""
        self._plan()
        self._live()
        later = self._deliver_before_approval()
        seen = self._call("GET", f"/api/v1/counts/{self.count}/reconciliation")
        flags = {line["sku"] for line in seen["lines"] if line["state"] == "moved"}
        naive = self._naive(seen)
        accepted = self._approve(seen)
        for batch in later:
            self._send(*batch)
        return self._judge(flags, accepted, naive)

    def _plan(self) -> None:
        made = self._call("POST", "/api/v1/counts", {"locations": [self.bin]}, 201)
        self.count, self.sheet = made["code"], made["sheets"][0]["code"]

    def _live(self) -> None:
        """Let the shift happen in true order; each gun keeps what it scans."""
        rng = self.rng
        moments = sorted(rng.sample(range(SHIFT), rng.randint(4, 10)))
        begin = rng.randrange(600, SHIFT - 1200)
        plan: list[tuple[int, str, str, int]] = [(at, "move", rng.choice(list(CODES)), 0) for at in moments]
        at = begin
        for sku in rng.sample(list(CODES), rng.randint(1, 2)):
            for part in range(rng.choice((1, 1, 2))):
                plan.append((at, "count", sku, part))
                at += rng.choice((1, 3, 20, 90))
        if rng.random() < 0.7:  # somebody is busy around the count
            plan += [(begin + rng.randint(-8, 30), "move", rng.choice(list(CODES)), 0) for _ in range(rng.randint(1, 3))]
        told = dict.fromkeys(CODES, 0)
        last = {sku: max((p[3] for p in plan if p[1] == "count" and p[2] == sku), default=-1) for sku in CODES}
        counter = rng.randrange(3)
        jump = rng.choice((None, None, None, begin - 100, begin + 2, begin + 300))
        jumper = rng.randrange(3)
        for moment, what, sku, part in sorted(plan, key=lambda event: event[0]):
            if jump is not None and moment >= jump:
                self._jump(jumper)
                jump = None
            if what == "move":
                self._move(moment, sku)
                continue
            there = self.truth[sku] - told[sku]
            quantity = rng.randint(0, max(0, there)) if part < last[sku] else max(0, there)
            if part == last[sku]:
                self.error[sku] = rng.choice((0, 0, 0, -1, 1, 5)) if quantity else rng.choice((0, 0, 1))
                quantity += self.error[sku]
            told[sku] += quantity
            holder = counter if rng.random() < 0.8 else rng.randrange(3)
            self._scan(holder, "count", moment, sheet=self.sheet, barcode=CODES[sku], quantity=str(quantity))
        self.unseen = {sku for sku in CODES if last[sku] < 0}
        self.left = {sku: self._true_at(sku, begin) for sku in self.unseen}  # counted 0: wrong by what was there
        self._scan(counter, "finish", at + 5, sheet=self.sheet)

    def _move(self, moment: int, sku: str) -> None:
        rng = self.rng
        holder = rng.randrange(3)
        if rng.random() < 0.12:  # a pick that was scanned by mistake and taken back
            wrong = self._scan(holder, "pick", moment, location=self.bin, barcode=CODES[sku], quantity=str(rng.randint(1, 4)))
            self._scan(holder, "void", moment + 1, voids=wrong["id"])
            return
        if self.truth[sku] < 1 or rng.random() < 0.6:
            quantity = rng.randint(1, 12)
            self._change(moment, sku, quantity)
            self._scan(holder, "receive", moment, location=self.bin, barcode=CODES[sku], quantity=str(quantity))
        else:
            quantity = rng.randint(1, self.truth[sku])
            self._change(moment, sku, -quantity)
            self._scan(holder, "pick", moment, location=self.bin, barcode=CODES[sku], quantity=str(quantity))

    def _change(self, moment: int, sku: str, quantity: int) -> None:
        self.truth[sku] += quantity
        self.changes.append((moment, sku, quantity))

    def _true_at(self, sku: str, moment: int) -> int:
        return sum(quantity for at, which, quantity in self.changes if which == sku and at <= moment)

    def _scan(self, holder: int, task: str, moment: int, **said: Any) -> dict[str, Any]:
        scan = self.guns[holder].scan(task, at=self.start + moment * SECOND, **said)
        self.queues[holder].append(scan)
        return scan

    def _jump(self, holder: int) -> None:
        """Set a gun's clock anew; it was in touch just before, so the server can tell."""
        self.jumped = True
        queue = self.queues[holder]
        first = [queue.pop(0)] if queue else [self.guns[holder].scan("look", at=self.start, location=self.bin)]
        self._send(holder, first)
        self.guns[holder].skew_ms += self.rng.choice((-3600, -300, 20, 600)) * SECOND

    def _deliver_before_approval(self) -> list[tuple[int, list[dict[str, Any]]]]:
        """Send batches in any order, some twice; return those that arrive after the approval."""
        rng, batches = self.rng, []
        late_share = rng.choice((0, 0, 0.2, 0.4))
        for holder, queue in enumerate(self.queues):
            while queue:
                size = rng.randint(1, 6)
                batches.append((holder, queue[:size]))
                del queue[:size]
        rng.shuffle(batches)
        now, later = [], []
        for batch in batches:
            counting = any(scan["task"] in ("finish", "count") for scan in batch[1])
            (later if not counting and rng.random() < late_share else now).append(batch)
        glances = random.Random(self.seed + 0.5)  # what is kept of the lines is brought up to date at some moments, not at others
        for batch in now:
            self._send(*batch)
            if rng.random() < 0.15:
                self._send(*batch)
            if glances.random() < 0.2:
                self._call("GET", f"/api/v1/counts/{self.count}/lines{glances.choice(('', '?within=0'))}")
        return later

    def _send(self, holder: int, scans: list[dict[str, Any]]) -> None:
        delay = self.rng.choice((0, 0, 200, 1500))
        held = self.guns[holder]
        held.send(*scans, sent_at=times.wire(times.now() + held.skew_ms - delay), made=max(scan["seq"] for scan in scans))

    def _approve(self, seen: dict[str, Any]) -> set[str]:
        """Accept most lines; return the products whose count was accepted."""
        decisions, accepted = [], set()
        for line in seen["lines"]:
            take = self.rng.random() < 0.85
            if take:
                accepted.add(line["sku"])
            decisions.append({"line": line["line"], "decision": "accept" if take else "dismiss"})
        self._call(
            "POST",
            f"/api/v1/counts/{self.count}/reconciliation",
            {"hash": seen["hash"], "decisions": decisions, "override": "some are still to come"},
        )
        return accepted

    def _naive(self, seen: dict[str, Any]) -> dict[str, int]:
        return {
            line["sku"]: int(line["counted"]) - self.shop.on_hand(self.bin, line["sku"])
            for line in seen["lines"]
            if line["counted"] is not None
        }

    def _judge(self, flags: set[str], accepted: set[str], naive: dict[str, int]) -> Verdict:
        verdict = Verdict()
        with reading() as tx:
            rows = tx.execute(
                text(
                    "SELECT p.sku, e.detail FROM exceptions e JOIN products p ON p.id = e.product_id JOIN locations l ON l.id = e.location_id "
                    "WHERE l.code = :bin AND e.kind = 'late_after_count'"
                ),
                {"bin": self.bin},
            ).all()
        unsure = flags | {sku for sku, detail in rows if json.loads(detail)["countered"] is None or self.jumped}
        verdict.countered = sum(json.loads(detail)["countered"] is not None for _, detail in rows)
        for sku in CODES:
            off = -self.left[sku] if sku in self.unseen else self.error[sku]
            should = self.truth[sku] + (off if sku in accepted else 0)
            have = self.shop.on_hand(self.bin, sku)
            verdict.naive_wrong += sku in naive and naive[sku] != off
            if have == should:
                verdict.right += 1
            if sku in unsure:
                verdict.flagged += 1
            elif have != should:
                verdict.wrong.append(
                    f"seed {self.seed}: {sku} has {have}, should have {should} ({'accepted' if sku in accepted else 'dismissed'})"
                )
        return verdict

    def _call(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.shop.person("supervisor").call(method, path, body)
        assert answer.status_code == status, (self.seed, answer.json)
        return answer.json
