"""Tell how much of a site was counted in a period: locations, products, value; and since when each wasn't.

A location was counted when all of it was, as rules have it (`due.surveying`); a product when every one was that has it now. Values are
what is on hand now, at the cost of now.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from app import times
from app.counts.statement import cents
from app.counts.variance import money
from app.due import surveying
from app.measures.shares import percent
from app.measures.summing import Asked
from app.quantities import summed
from app.times import DAY

BY = ("zone", "class", "product", "location", "all")
WIRE = (
    "locations", "counted_locations", "location_percent", "never_counted_locations", "products", "counted_products", "product_percent",
    "value", "counted_value", "value_percent", "unpriced", "counted_at", "days",
)  # fmt: skip


class Held(NamedTuple):
    """What a place has of a product (None: the place as such), what it is worth, and when the place was counted last."""

    place: int
    location: str
    zone: str
    sku: str | None
    name: str
    abc: str
    value: int | None
    last: int | None


class Covered:
    """The places and products of a group, and what was counted of them."""

    __slots__ = ("counted", "name", "places", "products", "unpriced", "value")

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.places: dict[int, int | None] = {}
        self.products: dict[str, bool] = {}
        self.unpriced: set[str] = set()
        self.value = self.counted = 0

    def add(self, held: Held, since: int) -> None:
        """Take in what a place has of a product."""
        fresh = held.last is not None and held.last >= since
        self.places[held.place] = held.last
        if held.sku is None:
            return
        self.products[held.sku] = self.products.get(held.sku, True) and fresh
        if held.value is None:
            self.unpriced.add(held.sku)
            return
        self.value += held.value
        self.counted += held.value if fresh else 0

    def oldest(self) -> int:
        """Return when the place was counted last for which that is longest ago; -1: one never was."""
        return min((-1 if last is None else last for last in self.places.values()), default=-1)

    def wire(self, since: int, until: int) -> dict[str, Any]:
        """Return the measures; `days` at the end of the period since all of it was counted, null where that never happened."""
        counted = sum(last is not None and last >= since for last in self.places.values())
        products, oldest = sum(self.products.values()), self.oldest()
        return {
            "locations": len(self.places),
            "counted_locations": counted,
            "location_percent": percent(counted, len(self.places)),
            "never_counted_locations": sum(last is None for last in self.places.values()),
            "products": len(self.products),
            "counted_products": products,
            "product_percent": percent(products, len(self.products)),
            "value": cents(self.value),
            "counted_value": cents(self.counted),
            "value_percent": percent(self.counted, self.value),
            "unpriced": len(self.unpriced),
            "counted_at": None if oldest < 0 else times.wire(oldest),
            "days": None if oldest < 0 else until // DAY - 1 - oldest // DAY,
        }


def cover(tx: Connection, asked: Asked, by: str) -> tuple[list[tuple[str, Covered]], Covered]:
    """Return the groups, what was never or not for longest counted first, and all of it."""
    groups: dict[str, Covered] = {}
    whole = Covered()
    for held in _held(tx, asked):
        whole.add(held, asked.since)
        key = _key(held, by)
        if key is not None:
            if key not in groups:
                groups[key] = Covered(held.name if by == "product" else "")
            groups[key].add(held, asked.since)
    return sorted(groups.items(), key=lambda group: (group[1].oldest(), group[0])), whole


def _key(held: Held, by: str) -> str | None:
    if by == "location":
        return held.location
    if by == "zone":
        return held.zone
    if held.sku is None or by == "all":
        return None
    return held.sku if by == "product" else held.abc


def _held(tx: Connection, asked: Asked) -> Iterator[Held]:
    """Give each place that can be counted, then what is on hand there."""
    counted = (
        f"SELECT s.location_id, MAX(s.closed_at) FROM sheets s JOIN counts c ON c.id = s.count_id WHERE {surveying.WHOLE} "
        "AND s.closed_at < :until GROUP BY s.location_id"
    )
    last = {row[0]: int(row[1]) for row in tx.execute(text(counted), {"site": asked.site_id, "until": asked.until})}
    places = {n: place for n, place in surveying.leaves(tx, asked.site_id).items() if asked.within is None or asked.within in place.above}
    for number, place in places.items():
        yield Held(number, place.code, place.zone, None, "", "", None, last.get(number))
    stock = (
        f"SELECT b.location_id, p.sku, p.name, p.abc, p.decimals, p.cost, {summed('b.quantity')} FROM balances b "
        "JOIN locations l ON l.id = b.location_id JOIN products p ON p.id = b.product_id WHERE l.site_id = :site AND b.quantity > 0 "
        "GROUP BY b.location_id, p.sku, p.name, p.abc, p.decimals, p.cost"
    )
    for number, sku, name, abc, decimals, cost, quantity in tx.execute(text(stock), {"site": asked.site_id}):
        if number in places:
            place = places[number]
            yield Held(number, place.code, place.zone, sku, name, abc, money(int(quantity), decimals, cost), last.get(number))
