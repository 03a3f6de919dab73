"""Count histories: stock moves while places are counted, some of it heard late, out of order, before and after the posting.

One seed is one history; reconciliations and balances are held against the truth. The controls: a ledger that forgets counter-moves, and
a comparison with the book as it is now instead of as it was.
"""

import random
from collections import Counter
from unittest import mock

from app.counts.variance import Window
from app.ledger.posting import Book
from campaigns import Broken, Outcome, hold, progress
from campaigns.ground import Ground
from campaigns.machine import Machine, cast_for

ENOUGH = 3
"""Histories in which a control was noticed, after which no more of them are played."""


def play(made: type[Machine], seed: int) -> None:
    """Play one history."""
    chance = random.Random(seed)

    def dice() -> int:
        return chance.getrandbits(32)

    machine = made()
    machine.open_shop([chance.randrange(1, 41) for _ in range(4)])
    for _ in range(chance.randrange(1, 4)):
        for _ in range(chance.randrange(3)):
            who, task = chance.randrange(3), chance.choice(("receive", "pick", "move", "scrap"))
            places = chance.sample(("A-01", "A-02", "B-01"), 3)
            machine.make(who, task, places, chance.choice(("PEN-BOX", "INK-1", "ROPE")), "3", None, None, chance.random() < 0.5, None)
        machine.count_a_place(chance.randrange(3), dice())
        if chance.random() < 0.3:
            machine.void(chance.randrange(3), dice(), chance.random() < 0.5, None)
        if machine.reviews() and chance.random() < 0.3:
            machine.recount(dice())
            again = [s for s in machine.open_sheets() if s.open]
            counter = chance.randrange(3)
            for sheet in again:
                numbers = [machine.count_on(chance, counter, sheet), machine.say(counter, "finish", sheet=sheet.code)]
                machine.deliver(counter, numbers, True)
        if chance.random() < 0.5:
            machine.send(chance.randrange(3), dice(), True, False)
        if machine.reviews() and chance.random() < 0.8:
            machine.approve(dice(), False, chance.random() < 0.5)
        machine.holds()
    for who, hand in enumerate(machine.hands):  # whatever was not heard yet is heard now
        late = list(hand.waiting)
        chance.shuffle(late)
        machine.deliver(who, late, True)
    machine.holds()
    for code in machine.reviews():
        machine.read(code)


def campaign(ground: Ground, engine: str, first_seed: int, histories: int, controls: int = 25) -> Outcome:
    with ground.stage(engine) as stage:
        done: Counter[str] = Counter()
        made = cast_for(stage, done)
        for seed in range(first_seed, first_seed + histories):
            progress(seed - first_seed, histories, "histories")
            try:
                play(made, seed)
            except Exception as error:
                error.add_note(f"count history {seed} on {engine}")
                raise
        facts = {name: done[name] for name in ("approved", "lines", "moved lines", "posted", "noted")}
        noticed = []
        for name, sabotage in (
            ("no counter-moves", mock.patch.object(Book, "_counter_late_moves", return_value=[])),
            ("the book of today", mock.patch.object(Window, "place", return_value=-1)),
        ):
            caught = played = 0
            with sabotage:
                while played < controls and caught < ENOUGH:
                    try:
                        play(made, first_seed + played)
                    except Broken:
                        caught += 1
                    played += 1
            hold(caught > 0, f"control: {name} went unnoticed in {controls} histories")
            noticed.append(f"{name} noticed in {caught} of {played}")
    return Outcome(f"count histories ({engine})", histories, "histories", facts, ", ".join(noticed))
