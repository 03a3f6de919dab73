"""Find what codes mean: one look at locations, barcodes and SKUs for all codes of a batch."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy import text as sql

from app import own_codes, times, wire
from app.db import Look, Query, is_sqlite, look
from app.scans.codes import Asked, Candidate, House, Named, Place, Thing, asked, meaning

REMEMBERED = 50_000
"""How many codes a process remembers; forgotten as soon as a product or a place of the site changes."""

_THING = "p.id, p.sku, p.decimals, p.tracking, p.unit, p.archived_at IS NOT NULL"
_SQLITE = f"""
WITH asked AS MATERIALIZED (SELECT value ->> 0 AS folded, value ->> 1 AS gtin FROM json_each(?))
SELECT 0, l.code, a.gtin, l.id, l.code, CASE WHEN l.single_product THEN 1 ELSE 0 END,
    CASE l.kind WHEN 'virtual' THEN l.kind ELSE '' END, '',
    l.blocked OR l.archived_at IS NOT NULL, 0, a.folded
    FROM asked a JOIN locations l ON l.site_id = ? AND l.folded = a.folded
UNION ALL SELECT 1, b.code, b.gtin, {_THING}, b.quantity, a.folded FROM asked a JOIN barcodes b ON b.folded = a.folded
    JOIN products p ON p.id = b.product_id
UNION ALL SELECT 1, b.code, b.gtin, {_THING}, b.quantity, a.folded FROM asked a JOIN barcodes b ON b.gtin = a.gtin
    AND b.folded <> a.folded JOIN products p ON p.id = b.product_id
UNION ALL SELECT 2, p.sku, NULL, {_THING}, -1, a.folded FROM asked a JOIN products p ON p.folded = a.folded
"""
_POSTGRES = _SQLITE.replace(
    "(SELECT value ->> 0 AS folded, value ->> 1 AS gtin FROM json_each(?))",
    "(SELECT * FROM unnest(%s::text[], %s::text[]) u (folded, gtin))",
).replace("?", "%s")
_NOTHING = Named("unknown")


@dataclass
class Memory:
    """What a process remembers of a site's codes and badges, true for one version of products, people, places and patterns."""

    version: Any = None
    own_codes: str | None = None
    """The site's patterns of a shop's own codes; None: what the server was started with."""
    codes: dict[str, Named] = field(default_factory=dict)
    people: dict[str, int | None] = field(default_factory=dict)
    pin: bool = False
    """Whether who scans with a device of the site must have proven it by PIN."""


def people_of(tx: Connection, memory: Memory, badges: Iterable[str]) -> Look[dict[str, int | None]]:
    """Return the person of each badge, None where nobody has it."""
    wanted = set(badges)
    unknown = sorted(wanted - memory.people.keys())
    if unknown:
        rows = yield Query(
            2,
            "SELECT badge, id FROM people WHERE badge IN (SELECT value FROM json_each(?)) AND archived_at IS NULL",
            "SELECT badge, id FROM people WHERE badge = ANY(%s) AND archived_at IS NULL",
            (wire.text(unknown) if is_sqlite(tx) else unknown,),
        )
        if len(memory.people) + len(unknown) > REMEMBERED:
            memory.people.clear()
        memory.people.update(dict.fromkeys(unknown) | {badge: number for badge, number in rows})
    return {badge: memory.people.get(badge) for badge in wanted}


def grants_of(
    tx: Connection, memory: Memory, devices: Collection[int], badges: Collection[str]
) -> Look[dict[tuple[int, str], list[tuple[int, int]]] | None]:
    """Return from when until when the people of badges may work on devices; None where the site wants no PINs. Never remembered: what is
    taken back holds for the next scan."""
    if not memory.pin:
        return None
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    if devices and badges:
        asked = (sorted(devices), sorted(badges))
        rows = yield Query(
            4, _GRANTS.format(*["IN (SELECT value FROM json_each(?))"] * 2), _GRANTS.format("= ANY(%s::bigint[])", "= ANY(%s::text[])"),
            tuple(wire.text(some) for some in asked) if is_sqlite(tx) else asked,
        )  # fmt: skip
        for device, badge, since, until in rows:
            found.setdefault((device, badge), []).append((since, until))
    return found


_GRANTS = (
    "SELECT g.device_id, p.badge, g.since, g.expires_at FROM grants g JOIN people p ON p.id = g.person_id "
    "WHERE g.ended_at IS NULL AND p.archived_at IS NULL AND g.device_id {} AND p.badge {}"
)


def named(tx: Connection, site_id: int, texts: Iterable[str]) -> dict[str, Named]:
    """Return what each text means in a site."""
    (memory,) = look(tx, memory_of(site_id))
    (names,) = look(tx, names_of(tx, site_id, texts, memory))
    return names  # type: ignore[no-any-return]  # look() returns what each look gives


def names_of(tx: Connection, site_id: int, texts: Iterable[str], remembered: Memory) -> Look[dict[str, Named]]:
    """Return what each text means in a site, beside other looks."""
    memory = remembered.codes
    found: dict[str, Named] = {}
    unknown: list[Asked] = []
    here = _house(remembered.own_codes)
    for text in texts:
        if text in found:
            continue
        known = memory.get(text)
        if known is None:
            unknown.append(asked(text, here))
            found[text] = _NOTHING
        else:
            found[text] = known
    if unknown:
        rows = yield from candidates(tx, site_id, unknown)
        if len(memory) + len(unknown) > REMEMBERED:
            memory.clear()
        for code in unknown:
            named = rows.get(code.folded, [])
            if code.place is not None:
                named = named + rows.get(code.place[1], [])
            found[code.text] = memory[code.text] = meaning(code, named)
    return found


def house(tx: Connection, site_id: int) -> House:
    """Return what reading codes depends on in a site and now."""
    return _house(tx.scalar(sql("SELECT in_store FROM sites WHERE id = :site"), {"site": site_id}))


def _house(own: str | None) -> House:
    said = current_app.extensions["settings"].in_store if own is None else own
    return House(times.year(times.now()), own_codes.patterns(said))


def candidates(tx: Connection, site_id: int, codes: list[Asked]) -> Look[dict[str, list[Candidate]]]:
    """Return, by folded code, the rows that codes may name: one statement."""
    keys = sorted({(c.folded, gtin) for c in codes for gtin in (*c.gtins, *c.also) or ("",)} | {(c.place[1], "") for c in codes if c.place})
    if is_sqlite(tx):
        params: tuple[Any, ...] = (wire.text([[f, g or None] for f, g in keys]), site_id)
    else:
        params = ([f for f, _ in keys], [g or None for _, g in keys], site_id)
    found: dict[str, list[Candidate]] = {}
    for rank, code, gtin, number, sku, decimals, tracking, unit, flag, pack, folded in (yield Query(11, _SQLITE, _POSTGRES, params)):
        what: Place | Thing
        if rank == 0:
            what = Place(number, code, tracking == "virtual", bool(flag), decimals == 1)
        else:
            what = Thing(number, sku, decimals, tracking, bool(flag), 10**decimals if pack == -1 else pack, unit)
        found.setdefault(folded, []).append(Candidate(rank, code, gtin if rank else None, what))
    return found


_VERSION = (
    "SELECT (SELECT value FROM journals WHERE site_id = 0), (SELECT MAX(journal) FROM locations WHERE site_id = ?), "
    "(SELECT in_store FROM sites WHERE id = ?), (SELECT pin FROM sites WHERE id = ?)"
)


def memory_of(site_id: int) -> Look[Memory]:
    """Return what this process remembers of a site, empty when a product, person or place has changed since."""
    (version,) = yield Query(
        4,
        _VERSION,
        _VERSION.replace("?", "%s"),
        (site_id, site_id, site_id),
    )
    kept: dict[int, Memory] = current_app.extensions.setdefault("named", {})
    memory = kept.get(site_id)
    if memory is None or memory.version != tuple(version):
        memory = kept[site_id] = Memory(tuple(version), version[2], pin=version[3] == "required")
    return memory
