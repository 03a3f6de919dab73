"""The demo site: a small warehouse in MAIN that looks like a real one and is the same every time.

Three zones of ten aisles with ten bins each, a dock, staging; 400 products with GTINs of GS1's demo prefix 952; four people.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from app import audit, journal, times
from app.db import insert_many, writing
from app.ledger import posting
from app.locations import walk
from app.products import codes
from app.text import fold, searchable

SITE = "MAIN"
_PEOPLE = (
    ("Mira Okafor", "OP-17", "operator"),
    ("Jonas Weber", "OP-18", "operator"),
    ("Sofia Almeida", "SV-02", "supervisor"),
    ("Theo Lindqvist", None, "accountant"),
)


class _Kind(NamedTuple):
    """A family of products. `names` are `name: size, size` lines; `cost` is from, to in cents; `packs` are quantities of a case."""

    prefix: str
    made: int
    names: str
    unit: str = "each"
    decimals: int = 0
    tracking: str = "none"
    cost: tuple[int, int] = (100, 2000)
    packs: tuple[int, ...] = (6, 12, 24)


_MAKERS = ("Alba", "Kestrel", "Nordhaus", "Tilia")
_KINDS = (
    _Kind(
        "ADH",
        36,
        """Wood Glue: 100 g, 250 g, 750 g
        Super Glue Gel: 3 g, 10 g
        Epoxy Two-Part: 25 ml, 50 ml
        Masking Tape: 25 mm x 50 m, 50 mm x 50 m
        Packing Tape: brown 66 m, clear 66 m
        Silicone Sealant: white 310 ml, clear 310 ml""",
        cost=(120, 950),
    ),
    _Kind(
        "BAT",
        32,
        """Alkaline Battery: AA 4-pack, AAA 4-pack, C 2-pack, 9 V
        Rechargeable Battery: AA 4-pack, AAA 4-pack
        Button Cell: CR2032, CR2025, LR44""",
        cost=(60, 1400),
    ),
    _Kind(
        "CLN",
        36,
        """Glass Cleaner: 500 ml, 1 l
        Floor Cleaner: 1 l, 5 l
        Degreaser: 750 ml, 5 l
        Hand Soap: 300 ml, 5 l
        Descaler: 500 ml
        Dishwasher Tablets: 30 pieces, 60 pieces
        Microfibre Cloth: blue 4-pack, green 4-pack""",
        cost=(150, 1800),
    ),
    _Kind(
        "ELC",
        40,
        """LED Bulb: E27 8 W, E27 11 W, E14 4 W
        Extension Lead: 3 m, 5 m
        Cable Tie: 100 mm black, 200 mm black, 200 mm white
        Junction Box: 80 mm, 100 mm
        Wall Socket: white, anthracite
        Fuse: 10 A, 16 A""",
        cost=(40, 2600),
    ),
    _Kind(
        "FAS",
        44,
        """Wood Screw: 4.0 x 40, 5.0 x 60, 6.0 x 80
        Machine Screw: M4 x 20, M5 x 30, M6 x 40
        Hex Bolt: M8 x 60, M10 x 80
        Wall Plug: 6 mm, 8 mm, 10 mm
        Flat Washer: M6, M8
        Lock Nut: M6, M8""",
        cost=(5, 90),
        packs=(12, 24),
    ),
    _Kind(
        "OFF",
        40,
        """Copy Paper: A4 80 g, A3 80 g
        Ballpoint Pen: blue, black, red
        Marker: fine black, broad black
        Ring Binder: A4 50 mm, A4 80 mm
        Sticky Notes: 76 x 76 mm
        Envelope: C5, C4
        Thermal Labels: 100 x 50 mm, 100 x 150 mm""",
        cost=(30, 1200),
    ),
    _Kind(
        "SAF",
        36,
        """Work Glove: S, M, L, XL
        Safety Glasses: clear, tinted
        Ear Defender: 27 dB, 33 dB
        Hi-Vis Vest: M, L, XL
        Dust Mask: FFP2, FFP3""",
        cost=(110, 3200),
    ),
    _Kind(
        "TOO",
        40,
        """Claw Hammer: 450 g, 600 g
        Screwdriver: PH1, PH2, PZ2, TX20
        Adjustable Spanner: 200 mm, 250 mm
        Tape Measure: 5 m, 8 m
        Utility Knife: 18 mm, 25 mm
        Spirit Level: 400 mm, 600 mm""",
        cost=(350, 4800),
        packs=(6,),
    ),
    _Kind(
        "VFO",
        40,
        """Oat Biscuits: 250 g, 500 g
        Crème Brûlée Dessert: 4 x 100 g
        Dark Chocolate 70 %: 100 g, 200 g
        Müsli with Nuts: 500 g, 1 kg
        Olive Oil: 500 ml, 1 l
        Tomato Passata: 500 g, 700 g
        Jalapeño Salsa: 240 g""",
        tracking="lot",
        cost=(90, 1600),
    ),
    _Kind(
        "VPH",
        28,
        """Saline Solution: 100 ml, 500 ml
        Disinfectant Wipes: 80 pieces, 200 pieces
        First Aid Plaster: 20 pieces, 100 pieces
        Hand Sanitiser: 100 ml, 500 ml
        Sterile Gauze: 5 x 5 cm, 10 x 10 cm""",
        tracking="lot",
        cost=(110, 1900),
    ),
    _Kind(
        "WCA",
        16,
        """Steel Cable: 3 mm, 6 mm
        Copper Wire: 1.5 mm², 2.5 mm²
        PVC Hose: 13 mm, 19 mm
        Nylon Rope: 8 mm, 12 mm""",
        unit="m",
        decimals=2,
        cost=(40, 900),
        packs=(),
    ),
    _Kind(
        "WKG",
        12,
        """Basmati Rice: loose
        Roasted Almonds: salted, plain
        Quartz Sand: fine, coarse
        Grass Seed: sun, shade""",
        unit="kg",
        decimals=3,
        cost=(60, 1300),
        packs=(),
    ),
)


class _Product(NamedTuple):
    id: int
    sku: str
    name: str
    unit: str
    decimals: int
    tracking: str
    cost: int
    abc: str
    gtin: str
    pack: int | None


def load() -> bool:
    """Fill an empty database with the demo site; return False, and change nothing, where there are products already."""
    with writing() as tx:
        journal.lock(tx, journal.GLOBAL)
        if tx.scalar(text("SELECT 1 FROM products LIMIT 1")):
            return False
        site_id, root = tx.execute(
            text("SELECT s.id, l.id FROM sites s JOIN locations l ON l.site_id = s.id AND l.kind = 'site' WHERE s.code = :site"),
            {"site": SITE},
        ).one()
        journal.lock(tx, site_id)
        dice = random.Random(952)  # noqa: S311 (the same site every time, no secret)
        places = _locations(tx, site_id, root)
        products = _products(tx, dice)
        _people(tx, site_id)
        moves = _stock(tx, site_id, places, products, dice)
        made = {"locations": len(places), "products": len(products), "people": len(_PEOPLE), "moves": moves}
        audit.write(tx, "load demo", SITE, site_id=site_id, after=made)
    return True


def _locations(tx: Connection, site_id: int, root: int) -> dict[str, int]:
    """Make zones, aisles, bins, dock and staging; return their ids by code."""
    tree = list(_tree())
    ids = {code: number for number, (code, *_) in enumerate(tree, _next_id(tx, "locations"))}
    paths = {"": f"/{root}/"}
    first = journal.take(tx, site_id, len(tree))
    rows = []
    for number, (code, parent, kind, name) in enumerate(tree, first):
        paths[code] = f"{paths[parent]}{ids[code]}/"
        key, search = walk.key(None, code), searchable(code, name)
        rows.append((ids[code], site_id, code, fold(code), name, kind, ids.get(parent, root), paths[code], key, search, number))
    columns = ("id", "site_id", "code", "folded", "name", "kind", "parent_id", "path", "walk_key", "search", "journal")
    insert_many(tx, "locations", columns, rows)
    _advance(tx, "locations")
    return ids


def _tree() -> Iterator[tuple[str, str, str, str]]:
    """Give code, parent, kind and name of each place, parents first."""
    for zone, what in (("A", "Small parts"), ("B", "Shelves"), ("C", "Bulk and cool")):
        yield zone, "", "zone", f"Zone {zone}: {what}"
        for aisle in range(1, 11):
            yield f"{zone}-{aisle:02}", zone, "aisle", f"Aisle {zone}-{aisle:02}"
            for place in range(1, 11):
                yield f"{zone}-{aisle:02}-{place:02}", f"{zone}-{aisle:02}", "bin", f"Bin {zone}-{aisle:02}-{place:02}"
    yield "DOCK-1", "", "dock", "Receiving dock 1"
    yield "STAGE-1", "", "staging", "Staging lane 1"


def _products(tx: Connection, dice: random.Random) -> list[_Product]:
    """Make the products, each with a barcode for one and half of them with one for a case."""
    products = list(_catalogue(dice, _next_id(tx, "products")))
    numbers = range(journal.take(tx, journal.GLOBAL, len(products)), 10**9)
    insert_many(
        tx,
        "products",
        ("id", "sku", "folded", "name", "unit", "decimals", "tracking", "cost", "abc", "search", "journal"),
        [
            (p.id, p.sku, fold(p.sku), p.name, p.unit, p.decimals, p.tracking, p.cost, p.abc, searchable(p.sku, p.name, *_codes(p)), n)
            for p, n in zip(products, numbers, strict=False)
        ],
    )
    barcodes = [(p.id, code, code, code.zfill(14), quantity * 10**p.decimals) for p in products for code, quantity in _codes(p).items()]
    first = _next_id(tx, "barcodes")
    insert_many(
        tx, "barcodes", ("id", "product_id", "code", "folded", "gtin", "quantity"), [(i, *b) for i, b in enumerate(barcodes, first)]
    )
    _advance(tx, "products")
    _advance(tx, "barcodes")
    return products


def _codes(product: _Product) -> dict[str, int]:
    """Return how many one scan means, by barcode: one, and for half of the products a case."""
    case = "1" + product.gtin[:-1]
    return {product.gtin: 1} | ({case + codes.check_digit(case): product.pack} if product.pack else {})


def _catalogue(dice: random.Random, first: int) -> Iterator[_Product]:
    """Give products in the order of their SKUs; names are unique."""
    made = 0
    for kind in _KINDS:
        for n, name in enumerate(sorted(dice.sample(list(_names(kind.names)), kind.made)), 1):
            body = f"952{dice.randrange(10**5):05}{made:04}"
            yield _Product(
                id=first + made,
                sku=f"{kind.prefix}-{n:03}",
                name=name,
                unit=kind.unit,
                decimals=kind.decimals,
                tracking=kind.tracking,
                cost=dice.randint(*kind.cost) * 10_000,
                abc=dice.choices("ABC", (2, 3, 5))[0],
                gtin=body + codes.check_digit(body),
                pack=dice.choice(kind.packs) if kind.packs and dice.random() < 0.55 else None,
            )
            made += 1


def _names(lines: str) -> Iterator[str]:
    for line in lines.splitlines():
        name, _, sizes = line.strip().partition(": ")
        for size in sizes.split(", "):
            yield from (f"{name} {size}, {maker}" for maker in _MAKERS)


def _stock(tx: Connection, site_id: int, places: dict[str, int], products: list[_Product], dice: random.Random) -> int:
    """Put opening stock into most bins, as of a week ago; return the number of moves."""
    opening, now = posting.virtual_locations(tx, site_id)["OPENING"], times.now()
    since = now - 7 * times.DAY
    bins = [code for code in places if code.count("-") == 2 and dice.random() < 0.92]
    lots = {p.id: _lots(dice, now) for p in products if p.tracking == "lot"}
    _store_lots(tx, lots)
    drafts = []
    for place, code in enumerate(bins):
        for product in (products[(place * 2 + n) % len(products)] for n in range(dice.choice((1, 2, 2, 3)))):
            for lot, _ in lots.get(product.id, [("", "")])[: dice.choice((1, 1, 2))]:
                quantity = dice.randint(3, 120) * 10**product.decimals
                drafts.append(posting.Draft("opening", None, product.id, lot, "", quantity, opening, places[code], since))
    posting.post(tx, site_id, drafts, now)
    return len(drafts)


def _lots(dice: random.Random, now: int) -> list[tuple[str, str]]:
    """Return two lots with their expiries, the earlier first."""
    days = sorted(dice.sample(range(40, 500), 2))
    return [(f"L{dice.randrange(10**5):05}", times.wire(now + day * times.DAY)[:10]) for day in days]


def _store_lots(tx: Connection, lots: dict[int, list[tuple[str, str]]]) -> None:
    rows = [(product_id, code, expiry) for product_id, both in lots.items() for code, expiry in both]
    first = _next_id(tx, "lots")
    insert_many(tx, "lots", ("id", "product_id", "code", "expiry"), [(n, *row) for n, row in enumerate(rows, first)])
    _advance(tx, "lots")


def _people(tx: Connection, site_id: int) -> None:
    """Make four people; nobody has a password."""
    first, number, now = _next_id(tx, "people"), journal.take(tx, journal.GLOBAL, len(_PEOPLE)), times.now()
    insert_many(
        tx,
        "people",
        ("id", "name", "folded", "badge", "created_at", "journal"),
        [(first + i, name, fold(name), badge, now, number + i) for i, (name, badge, _) in enumerate(_PEOPLE)],
    )
    insert_many(tx, "roles", ("person_id", "site_id", "role"), [(first + i, site_id, role) for i, (_, _, role) in enumerate(_PEOPLE)])
    _advance(tx, "people")


def _next_id(tx: Connection, table: str) -> int:
    return int(tx.scalar(text(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")) or 1)


def _advance(tx: Connection, table: str) -> None:
    """Let the database's own numbering go on after the ids given here."""
    if tx.dialect.name == "postgresql":
        tx.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))
