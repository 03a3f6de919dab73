"""What will be due on each of the coming days, if every day counts what its rules ask for. Pure."""

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from app.due import rules
from app.due.rules import Due, Place, Rule


class Ahead(NamedTuple):
    """What each day counts by rule (in the order of the days), what is overdue now, and what still waits at the end."""

    days: list[dict[str, int]]
    overdue: dict[str, int]
    waiting: dict[str, int]


def ahead(known: Sequence[Rule], places: Sequence[Place], today: int, days: int, ran: Collection[str] = ()) -> Ahead:
    """Return the load by day: a location that one rule counts needs no other that day, and comes again after the rule's period.

    `ran`: the rules that have planned today; what they left waits until tomorrow.
    """
    counted = {place.id: today for place in places if place.count is not None}
    queues = [_Queue(rule, places, today, rule.code in ran) for rule in known]
    overdue = {queue.rule.code: sum(one.place.id not in counted for one in queue.late) for queue in queues}
    load: list[dict[str, int]] = []
    for day in range(today, today + days):
        load.append({queue.rule.code: n for queue in queues if (n := queue.count(day, counted, places))})
    waiting = {queue.rule.code: queue.left(counted) for queue in queues}
    return Ahead(load, *({code: n for code, n in some.items() if n} for some in (overdue, waiting)))


class _Queue:
    """What one rule asks for, in the order in which it is counted."""

    def __init__(self, rule: Rule, places: Sequence[Place], today: int, ran: bool) -> None:
        self.rule, self.today, self.first = rule, today, today + ran
        due = rules.when(rule, places, today)
        self.late = [one for one in due if one.day < today and rule.kind != "sample"]  # which has time until its period ends
        self.coming: dict[int, list[Due]] = defaultdict(list)
        for one in due:
            self.coming[max(one.day, today)].append(one)
        self.waiting: list[Due] = []

    def count(self, day: int, counted: dict[int, int], places: Sequence[Place]) -> int:
        """Count what the rule asks for on a day; return how many locations that is."""
        fresh = self.coming.pop(day, [])
        if self.rule.kind == "sample" and day > self.today and day % self.rule.parameters["days"] == 0:
            self.waiting, fresh = [], rules.when(self.rule, places, day)
        if fresh:
            self.waiting = sorted(self.waiting + fresh, key=rules.by_rank)
        taken = looked = 0
        while looked < len(self.waiting) and taken < self.rule.most and day >= self.first:
            one, looked = self.waiting[looked], looked + 1
            done = counted.get(one.place.id)
            if done is None or not self._met(one, done):
                done = counted[one.place.id] = day
                taken += 1
            again = self._again(one, done)
            if again is not None and again.day <= day:
                insort(self.waiting, again, looked, key=rules.by_rank)
            elif again is not None:
                self.coming[again.day].append(again)
        self.waiting = self.waiting[looked:]
        return taken

    def left(self, counted: dict[int, int]) -> int:
        """Return how many locations still wait."""
        return sum(one.place.id not in counted or not self._met(one, counted[one.place.id]) for one in self.waiting)

    def _met(self, one: Due, done: int) -> bool:
        """Tell whether a count, of whichever rule, is newer than what made a location due."""
        period = rules.period(self.rule, one.place)
        return done + period > one.day if period else done >= one.day

    def _again(self, one: Due, done: int) -> Due | None:
        """Return when a location that was counted is due again; None: it isn't by itself."""
        day = done + rules.period(self.rule, one.place)
        rank = one.rank if self.rule.kind == "zone" else (*one.rank[:-1], day)
        return one._replace(day=day, rank=rank) if day > done else None
