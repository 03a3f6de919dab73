"""The state machine: hypothesis drives guns and a supervisor over HTTP, and after each step the database must be what the truth says.

Held after each step: I1 and I2 (what is stored is what arrived, once), I3 (conflicts change nothing), I4 to I6 (balances, folds,
exceptions), I8 and I9 (one reversal, one adjustment), I13 (reconciliations against the truth), I14 (proofs and gaps), I16 (each gun's
clock is wrong by another amount), I17 (decimals).
"""

import copy
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from app import quantities, times
from app.db import reading, writing
from app.people.keeping import give_key
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage
from campaigns.truth import CODES, PRODUCTS, REAL, Line, Truth
from tests.shop import Gun, gun

APART = 30_000
"""Between any two things that happen: more than what a slow machine adds to a clock's uncertainty."""
NUMBERED = " UNION ALL ".join(
    f"SELECT journal FROM {table}"
    for table in ("scans", "moves", "exceptions", "resolutions", "malformed", "conflicts", "sheets", "counts")
)
SKEWS = (-times.HOUR, 365 * times.DAY, -20_000 * times.DAY)


@dataclass
class Hand:
    """A gun, and what its user did with it."""

    gun: Gun
    device: str
    waiting: list[str] = field(default_factory=list)
    archive: list[str] = field(default_factory=list)


class Machine(RuleBasedStateMachine):
    """Guns, a supervisor, and the truth."""

    stage: Stage
    ann: Gun
    tokens: list[str]
    steps: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.stage.reset()
        self.truth = Truth()
        self.t = times.now() - 20 * times.HOUR
        shop = self.stage.shop
        names = ("gun-1", "gun-2", "gun-3")
        self.hands = [
            Hand(Gun(shop.gun.client, token, operator=f"OP-{n + 1}", skew_ms=skew), name)
            for n, (token, name, skew) in enumerate(zip(self.tokens, names, SKEWS, strict=True))
        ]
        self.said: dict[str, tuple[dict[str, Any], int, int]] = {}
        """Scan -> what was said, its moment, whose."""
        self.office = shop.person("supervisor")
        self.seen: dict[str, tuple[str, list[Line]]] = {}
        self.remembered: Any = None

    # --- guns

    def say(self, who: int, task: str, **said: Any) -> str:
        self.t += APART
        hand = self.hands[who]
        scan = hand.gun.scan(task, at=self.t, **said)
        scan = {k: v for k, v in scan.items() if v is not None}
        self.said[scan["id"]] = (scan, self.t, who)
        hand.waiting.append(scan["id"])
        hand.archive.append(scan["id"])
        return str(scan["id"])

    def deliver(self, who: int, scans: list[str], answered: bool) -> None:
        hand = self.hands[who]
        if not scans:
            return
        answer = hand.gun.send(*[self.said[n][0] for n in scans])
        stream = hand.gun.stream
        for number, receipt in zip(scans, answer["receipts"], strict=True):
            scan, t, _ = self.said[number]
            wanted = self.truth.arrive(scan, t, stream, hand.device)
            self.steps[wanted[1] if wanted[0] == "recorded" else wanted[0]] += 1
            got = (receipt["status"], receipt["outcome"], receipt["reason"])
            hold(got == wanted, f"{scan}: the receipt says {got}, the truth {wanted}")
        self.truth.hear(stream, hand.gun.made)
        self.proof(answer["stream"], stream)
        if answered:
            hand.waiting = [n for n in hand.waiting if n not in set(scans)]

    def proof(self, told: dict[str, Any], stream: str) -> None:
        wanted = self.truth.streams[stream].proof()
        hold({k: told[k] for k in wanted} == wanted, f"the proof of {stream} is {told}, the truth {wanted}")

    @initialize(quantities_=st.lists(st.integers(1, 40), min_size=4, max_size=4))
    def open_shop(self, quantities_: list[int]) -> None:
        for (code, lot), quantity in zip(
            (("PEN-BOX", None), ("INK-1", None), ("ROPE-REEL", None), ("MILK-1", "L1")), quantities_, strict=True
        ):
            self.say(0, "receive", location="A-01", barcode=code, quantity=str(quantity), lot=lot)
        self.deliver(0, list(self.hands[0].waiting), True)

    @rule(
        who=st.integers(0, 2),
        task=st.sampled_from(("receive", "pick", "move", "pick", "return", "scrap", "move")),
        places=st.permutations(REAL),
        code=st.sampled_from(sorted(CODES)),
        quantity=st.sampled_from(("1", "2", "7", "40", "0.50", "1.25", "3.000000", "1000000")),
        lot=st.sampled_from((None, "L1", "L2", "L1")),
        fault=st.sampled_from((None,) * 12 + ("place", "code", "same", "zero")),
        also=st.booleans(),
        operator=st.sampled_from((None, None, "OP-1", "OP-2")),
    )
    def make(
        self, who: int, task: str, places: list[str], code: str, quantity: str, lot: Any, fault: str | None, also: bool, operator: Any
    ) -> None:
        more: dict[str, Any] = {} if operator is None else {"operator": operator}
        if task == "move":
            more["target"] = places[0] if fault == "same" else places[1]
        number = self.say(
            who,
            task,
            location="NOWHERE" if fault == "place" else places[0],
            barcode="NOTHING" if fault == "code" else code,
            quantity="0" if fault == "zero" else quantity,
            lot=lot if CODES[code][0] == "MILK" and fault != "code" else None,
            **more,
        )
        if also:
            self.deliver(who, [number], True)

    @rule(who=st.integers(0, 2), chance=st.integers(0, 2**32), answered=st.booleans(), split=st.booleans())
    def send(self, who: int, chance: int, answered: bool, split: bool) -> None:
        picked = random.Random(chance)
        waiting = list(self.hands[who].waiting)
        few = picked.sample(waiting, picked.randrange(len(waiting) + 1)) if picked.random() < 0.6 else waiting
        half = len(few) // 2 if split else 0
        self.deliver(who, few[:half], answered)
        self.deliver(who, few[half:], answered)

    @rule(who=st.integers(0, 2), chance=st.integers(0, 2**32), other=st.booleans())
    def resend(self, who: int, chance: int, other: bool) -> None:
        """Send what was stored again: by the gun itself, or by another one that carries its scans."""
        picked = random.Random(chance)
        stored = [n for n in self.hands[who].archive if n in self.truth.scans]
        few = picked.choices(stored, k=min(5, len(stored)))
        self.deliver((who + 1) % 3 if other else who, few, False)

    @rule(chance=st.integers(0, 2**32))
    def conflict(self, chance: int) -> None:
        """Send another content under an id that is stored."""
        picked = random.Random(chance)
        stored = [n for n in self.said if n in self.truth.scans and self.said[n][0]["task"] != "void"]
        if not stored:
            return
        number = picked.choice(stored)
        scan, t, who = self.said[number]
        field_ = picked.choice(("quantity", "operator", "via", "scanned_at", "reason_code", "barcode"))
        other = scan | {field_: {"scanned_at": times.wire(t + self.hands[who].gun.skew_ms + 1)}.get(field_, "9")}
        if other == scan:
            return
        hand = self.hands[who]
        receipt = hand.gun.send(other)["receipts"][0]
        wanted = self.truth.arrive(other, t, hand.gun.stream, hand.device)
        self.truth.hear(hand.gun.stream, hand.gun.made)
        self.steps["conflict"] += 1
        hold((receipt["status"], receipt["outcome"], receipt["reason"]) == wanted == ("conflict", None, None), f"{other}: {receipt}")

    @rule(
        who=st.integers(0, 2), what=st.sampled_from(({"task": "pick"}, {"quantity": "1e9"}, {"scanned_at": "yesterday"}, {"task": "fly"}))
    )
    def spoil(self, who: int, what: dict[str, Any]) -> None:
        """A gun sends what is no scan: it is kept, and its number is no gap."""
        self.t += APART
        hand = self.hands[who]
        broken = hand.gun.scan("count", at=self.t, barcode="PEN", location="B-01") | what
        if "task" in what:
            del broken["barcode"]
        (receipt,) = hand.gun.send(broken)["receipts"]
        self.truth.spoil(broken["id"], broken["seq"], hand.gun.stream, hand.device, json.dumps(broken))
        self.truth.hear(hand.gun.stream, hand.gun.made)
        hold(receipt["status"] == "malformed", f"{broken}: {receipt}")

    @rule(who=st.integers(0, 2))
    def lose(self, who: int) -> None:
        """A gun loses a scan for good: the gap must show."""
        waiting = self.hands[who].waiting
        if waiting:
            number = waiting.pop(0)
            if number not in self.truth.scans:
                self.hands[who].archive.remove(number)

    @rule(who=st.integers(0, 2), chance=st.integers(0, 2**32), also=st.booleans(), operator=st.sampled_from((None, "OP-1", "OP-2")))
    def void(self, who: int, chance: int, also: bool, operator: str | None) -> None:
        """Undo a scan, whether the server has it or not."""
        which = [n for n, (scan, _, _) in self.said.items() if scan["task"] != "finish"]
        if not which:
            return
        number = self.say(
            who, "void", voids=random.Random(chance).choice(which[-12:]), **({} if operator is None else {"operator": operator})
        )
        if also:
            self.deliver(who, [number], True)

    # --- counts

    def call(self, who: Gun, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = who.call(method, f"/api/v1/{path}", body)
        hold(answer.status_code < 500, f"{method} {path}: {answer.text[:300]}")
        return answer.status_code, answer.json

    def open_sheets(self) -> list[Any]:
        return [s for c in self.truth.counts.values() if c.final is None for s in c.sheets]

    @rule(places=st.sets(st.sampled_from(REAL), min_size=1))
    def plan(self, places: set[str]) -> None:
        taken = {s.place for s in self.open_sheets()}
        status, told = self.call(self.office, "POST", "counts", {"locations": sorted(places)})
        if places & taken:
            hold((status, told["code"]) == (409, "already_counting"), f"planned {places} twice: {status}")
            return
        hold(status == 201, f"plan {places}: {told}")
        self.truth.plan(told["code"], sorted(places))
        hold([s["code"] for s in told["sheets"]] == [s.code for s in self.truth.counts[told["code"]].sheets], f"sheets {told['sheets']}")

    @precondition(lambda self: self.open_sheets())
    @rule(who=st.integers(0, 2), chance=st.integers(0, 2**32), also=st.booleans())
    def count(self, who: int, chance: int, also: bool) -> None:
        picked = random.Random(chance)
        number = self.count_on(picked, who, picked.choice(self.open_sheets()))
        if also:
            self.deliver(who, [number], True)

    def count_on(self, picked: random.Random, who: int, sheet: Any) -> str:
        """Count one product: what is there, or anything else."""
        sku = picked.choice(sorted(PRODUCTS))
        decimals, tracking = PRODUCTS[sku]
        lot = picked.choice(("L1", "L2")) if tracking == "lot" else None
        here = max(0, self.truth.balance((sheet.place, sku, lot or "")))
        quantity = quantities.wire(here, decimals) if picked.random() < 0.5 else str(picked.randrange(30))
        code = {"PEN": "9521234000013", "INK": "INK-1", "MILK": "MILK-1", "ROPE": "ROPE"}[sku]
        operator = picked.choice((f"OP-{who + 1}",) * 4 + ("OP-1", "OP-2", "OP-3"))
        return self.say(who, "count", sheet=sheet.code, barcode=code, quantity=quantity, lot=lot, operator=operator)

    @rule(who=st.integers(0, 2), chance=st.integers(0, 2**32))
    def count_a_place(self, who: int, chance: int) -> None:
        """Count a place from plan to finish while stock moves there; what moved is heard at once, later, or long after."""
        picked = random.Random(chance)
        taken = {s.place for s in self.open_sheets()}
        free = [place for place in REAL if place not in taken]
        if not free:
            return
        place = picked.choice(free)
        self.plan({place})
        (sheet,) = [s for s in self.open_sheets() if s.place == place]
        mine: list[str] = []
        for _ in range(picked.randrange(1, 8)):
            if picked.random() < 0.6:
                mine.append(self.count_on(picked, who, sheet))
            else:
                other, task = picked.randrange(3), picked.choice(("pick", "receive", "move"))
                code = picked.choice(("9521234000013", "INK-1", "ROPE"))
                target = picked.choice([p for p in REAL if p != place]) if task == "move" else None
                number = self.say(other, task, location=place, target=target, barcode=code, quantity=str(picked.randrange(1, 9)))
                if picked.random() < 0.5:
                    self.deliver(other, [number], True)
        mine.append(self.say(who, "finish", sheet=sheet.code, complete=picked.choice((None, True, False))))
        if picked.random() < 0.5:
            picked.shuffle(mine)
        self.deliver(who, mine, True)
        if self.truth.in_review(sheet.count):
            self.read(sheet.count)

    @precondition(lambda self: any(s.open for s in self.open_sheets()))
    @rule(
        who=st.integers(0, 2),
        chance=st.integers(0, 2**32),
        complete=st.sampled_from((None, True, False)),
        also=st.sampled_from((True, True, False)),
    )
    def finish(self, who: int, chance: int, complete: bool | None, also: bool) -> None:
        sheet = random.Random(chance).choice([s for s in self.open_sheets() if s.open])
        number = self.say(who, "finish", sheet=sheet.code, complete=complete)
        if also:
            self.deliver(who, [number], True)

    def reviews(self) -> list[str]:
        return [code for code in self.truth.counts if self.truth.in_review(code)]

    @precondition(lambda self: self.reviews())
    @rule(chance=st.integers(0, 2**32))
    def look(self, chance: int) -> None:
        self.read(random.Random(chance).choice(self.reviews()))

    def read(self, code: str) -> dict[tuple[str, str | None, str], str]:
        """Read a reconciliation, hold it against the truth; return the names of its lines."""
        status, told = self.call(self.office, "GET", f"counts/{code}/reconciliation")
        hold((status, told.get("status")) == (200, "review"), f"{code}: {told}")
        lines = self.truth.lines(code)
        got = sorted(
            (line["location"], line["sku"] or "", line["lot"] or "", line["expected"], line["counted"], line["state"])
            for line in told["lines"]
        )
        wanted = sorted(
            (w.place, w.sku or "", w.lot, shown(w.expected, w.sku), None if w.counted is None else shown(w.counted, w.sku), w.state)
            for w in lines
        )
        hold(got == wanted, f"the reconciliation of {code} says\n{got}\nthe truth\n{wanted}")
        self.seen[code] = (told["hash"], lines)
        return {(line["location"], line["sku"], line["lot"] or ""): line["line"] for line in told["lines"]}

    def is_in_doubt(self, code: str) -> bool:
        """Tell whether the streams that took part in a count miss scans or prove nothing, or never finished a sheet, as the
        reconciliation says and the truth confirms."""
        _, told = self.call(self.office, "GET", f"counts/{code}/reconciliation")
        found = self.truth.is_unfinished(code)
        for device in told["devices"]:
            stream = self.truth.streams[device["stream"]]
            wanted = stream.proof()["missing_total"], not stream.is_proven()
            hold((device["missing_total"], device["unproven"]) == wanted, f"{code}: {device}, the truth: {wanted}")
            found |= any(wanted)
        hold(told["needs_override"] == found, f"{code}: needs an override: {told['needs_override']}, the truth: {found}")
        return found

    @precondition(lambda self: self.reviews())
    @rule(chance=st.integers(0, 2**32), ann=st.booleans(), blindly=st.booleans())
    def approve(self, chance: int, ann: bool, blindly: bool) -> None:
        picked = random.Random(chance)
        code = picked.choice(self.reviews())
        if not blindly or code not in self.seen:
            self.read(code)
        old_hash, old = self.seen[code]
        names = self.read(code)
        new_hash, lines = self.seen[code]
        hold(old == lines or old_hash != new_hash, f"{code}: other content, the same hash")
        dismissed = {(w.place, w.sku, w.lot) for w in lines if w.sku and w.counted is not None and picked.random() < 0.2}
        decisions = [
            {"line": names[w.place, w.sku, w.lot], "decision": "dismiss" if (w.place, w.sku, w.lot) in dismissed else "accept"}
            for w in lines
            if w.counted is not None
        ]
        if old_hash != new_hash:
            status, told = self.call(self.office, "POST", f"counts/{code}/reconciliation", {"hash": old_hash, "decisions": decisions})
            hold((status, told["code"]) == (409, "changed"), f"{code}: approved what was not seen: {told}")
        who = self.ann if ann else self.office
        asked: dict[str, Any] = {"hash": new_hash, "decisions": decisions}
        status, told = self.call(who, "POST", f"counts/{code}/reconciliation", asked)
        if self.is_in_doubt(code):
            hold((status, told["code"]) == (409, "not_drained"), f"{code}: approved though scans may be missing: {status} {told}")
            asked["override"] = "what is missing is lost"
            status, told = self.call(who, "POST", f"counts/{code}/reconciliation", asked)
        if ann and "OP-1" in self.truth.counts[code].people:
            hold((status, told["code"]) == (409, "not_independent"), f"{code}: a counter approved: {status} {told}")
            return
        hold((status, told.get("status")) == (200, "posted"), f"{code}: {told}")
        self.truth.post(code, dismissed)
        self.steps["approved"] += 1
        self.steps["lines"] += sum(1 for w in lines if w.sku)
        self.steps["moved lines"] += sum(1 for w in lines if w.state == "moved")
        again = self.call(who, "POST", f"counts/{code}/reconciliation", asked)
        hold(again == (status, told), f"{code}: the same approval again answers otherwise")

    @precondition(lambda self: self.reviews())
    @rule(chance=st.integers(0, 2**32))
    def recount(self, chance: int) -> None:
        picked = random.Random(chance)
        code = picked.choice(self.reviews())
        places = sorted({s.place for s in self.truth.counts[code].sheets})
        few = picked.sample(places, picked.randrange(1, len(places) + 1))
        status, told = self.call(self.office, "POST", f"counts/{code}/sheets", {"locations": few})
        hold(status == 201, f"recount {few}: {told}")
        self.truth.again(code, few)

    @precondition(lambda self: self.open_sheets())
    @rule(chance=st.integers(0, 2**32))
    def cancel(self, chance: int) -> None:
        picked = random.Random(chance)
        if picked.random() < 0.7:
            return
        code = picked.choice([c.code for c in self.truth.counts.values() if c.final is None])
        status, told = self.call(self.office, "POST", f"counts/{code}/cancellation", {"reason": "another day"})
        hold((status, told.get("status")) == (200, "cancelled"), f"cancel: {told}")
        self.truth.counts[code].final = "cancelled"

    # --- people and disasters

    @rule(chance=st.integers(0, 2**32))
    def resolve(self, chance: int) -> None:
        """A supervisor says what an unknown barcode was."""
        which = [n for n, s in self.truth.scans.items() if s.reason == "unknown_barcode" and not s.voided and s.said["task"] != "count"]
        if not which:
            return
        number = random.Random(chance).choice(which)
        moved = any(m.scan == number for m in self.truth.moves)
        status, told = self.call(self.office, "POST", f"scans/{number}/resolution", {"product": "INK-1", "reason": "new label"})
        entry = self.truth.scans[number]
        if "." in entry.said["quantity"] and "." in entry.said["quantity"].rstrip("0"):
            fine = entry.said["quantity"].rstrip("0").endswith(".")
        else:
            fine = True
        hold(status == (200 if fine else 409), f"resolution of {entry.said}: {status} {told}")
        if fine and not moved:
            self.truth.resolve(number, "INK-1")

    @rule()
    def remember(self) -> None:
        """Take a backup."""
        if self.remembered is None:
            self.remembered = (self.stage.remember(), copy.deepcopy(self.truth))

    @precondition(lambda self: self.remembered is not None)
    @rule(chance=st.integers(0, 2))
    def restore(self, chance: int) -> None:
        """The database is lost and the backup put back in a new epoch; the guns see that and send all again."""
        if chance:
            return
        self.steps["restored"] += 1
        before = set(self.truth.scans)
        database, self.truth = self.remembered
        self.remembered = None
        self.stage.restore(database)
        self.seen.clear()
        for who, hand in enumerate(self.hands):
            again = [n for n in hand.archive if n in before]
            self.deliver(who, again, False)
        lost = before - set(self.truth.scans)
        hold(not lost, f"{len(lost)} acknowledged scans are lost after the restore")

    # --- what must always hold

    @invariant()
    def holds(self) -> None:
        self.steps["steps"] += 1
        stage, truth = self.stage, self.truth
        with reading() as tx:
            stored = {str(r[0]): (r[1], r[2]) for r in tx.execute(text("SELECT id, outcome, reason FROM scans"))}
            twice = tx.execute(
                text(
                    "SELECT reverses FROM moves WHERE reverses IS NOT NULL GROUP BY site_id, reverses HAVING COUNT(*) > 1 UNION ALL "
                    "SELECT line_id FROM moves WHERE kind = 'adjustment' GROUP BY line_id, lot, serial HAVING COUNT(*) > 1"
                )
            ).all()
            shared = tx.execute(text(f"SELECT journal FROM ({NUMBERED}) numbered GROUP BY journal HAVING COUNT(*) > 1")).all()
            kept = tx.execute(text("SELECT (SELECT COUNT(*) FROM conflicts), (SELECT COUNT(*) FROM malformed)")).one()
        hold(stored == {n: (s.outcome, s.reason) for n, s in truth.scans.items()}, "what is stored is not what arrived")
        hold(not shared, f"rows that share a journal number (a page that ends between them loses one): {shared}")
        hold(not twice, f"reversed or adjusted twice: {twice}")
        hold(tuple(kept) == (len(truth.conflicts), len(truth.malformed)), f"conflicts and malformed: {tuple(kept)}")
        got, wanted = stage.balances(), truth.balances()
        hold(got == wanted, f"balances {sorted(got.items() - wanted.items())}, the truth {sorted(wanted.items() - got.items())}")
        stage.shop.proven()


def shown(quantity: int, sku: str | None) -> str:
    return quantities.wire(quantity, PRODUCTS[sku][0] if sku else 0)


def cast_for(stage: Stage, done: Counter[str]) -> type[Machine]:
    """Return the machine for a stage, with a third gun and a supervisor who also counts; it notes in `done` what it did."""
    with writing() as tx:
        ann = Gun(stage.app.test_client(), give_key(tx, "Ann", ["supervisor"]))
    tokens = [stage.shop.gun.token, stage.shop.other_gun.token, gun(stage.app, "gun-3").token]
    stage.keep()
    return type("Cast", (Machine,), {"stage": stage, "ann": ann, "tokens": tokens, "steps": done})


def run(stage: Stage, first_seed: int, steps: int, length: int = 50) -> Outcome:
    """Play machines of `length` steps until there were `steps` of them."""
    done: Counter[str] = Counter()
    made = cast_for(stage, done)
    number = first_seed
    while done["steps"] < steps:
        progress(done["steps"], steps, "steps")
        chosen = settings(
            max_examples=20, stateful_step_count=length, deadline=None, database=None, suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink), print_blob=True, report_multiple_bugs=False,
        )  # fmt: skip
        try:
            run_state_machine_as_test(seed(number)(made), settings=chosen)
        except Exception as error:
            error.add_note(f"state machine on {stage.engine}, seed {number}")
            raise
        number += 1
    shown_ = ("posted", "noted", "refused", "duplicate", "conflict", "approved", "lines", "moved lines", "restored")
    facts = {name: done[name] for name in shown_}
    return Outcome(f"state machine ({stage.engine})", done["steps"], "steps", {"seeds": f"{first_seed} to {number - 1}", **facts})


def campaign(ground: Ground, engine: str, first_seed: int, steps: int) -> Outcome:
    with ground.stage(engine) as stage:
        return run(stage, first_seed, steps)
