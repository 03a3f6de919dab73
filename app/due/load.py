"""What will be due on each of the coming days, if every day counts what its rules ask for. Pure."""

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
        for one in self.waiting:
            if taken == self.rule.most or day < self.first:
                break
            looked += 1
            done = counted.get(one.place.id)
            if done is None or done < one.day:
                done = counted[one.place.id] = day
                taken += 1
            self._again(one, done, day)
        self.waiting = self.waiting[looked:]
        return taken

    def left(self, counted: dict[int, int]) -> int:
        """Return how many locations still wait."""
        return sum(counted.get(one.place.id, -1) < one.day for one in self.waiting)

    def _again(self, one: Due, done: int, day: int) -> None:
        period = rules.period(self.rule, one.place)
        if period:
            next_ = max(done + period, day + 1)
            self.coming[next_].append(one._replace(day=next_))
