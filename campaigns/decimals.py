"""Quantities are exact (I17): random decimals go in as text and come out the same, and add up to the last digit.

The control adds the same numbers as floats, and is wrong.
"""

import random
from decimal import Context, Decimal

from sqlalchemy import text

from app.db import reading, writing
from campaigns import Outcome, hold, progress
from campaigns.ground import Ground, Stage

EXACT = Context(prec=60)


def campaign(ground: Ground, engine: str, numbers: int, seed: int) -> Outcome:
    chance = random.Random(seed)
    with ground.stage(engine) as stage:
        stock(stage)
        sums = [Decimal(0)] * 7
        floats = [0.0] * 7
        since = 0
        for batch in range(-(-numbers // 500)):
            progress(batch * 500, numbers, "numbers")
            sent = [one(chance) for _ in range(500)]
            scans = [stage.shop.gun.scan("receive", location="A-01", barcode=f"DEC-{decimals}", quantity=said) for decimals, said in sent]
            answer = stage.shop.gun.send(*scans)
            hold({r["outcome"] for r in answer["receipts"]} == {"posted"}, f"seed {seed}: not all posted")
            page = stage.shop.person("supervisor").get(f"/api/v1/moves?since={since}&limit=500").json
            since = page["next"]
            got = {move["scan"]: move["quantity"] for move in page["rows"]}
            for scan, (decimals, said) in zip(scans, sent, strict=True):
                hold(Decimal(got[scan["id"]]) == Decimal(said), f"seed {seed}: {said} came back as {got[scan['id']]}")
                hold("E" not in got[scan["id"]].upper(), f"{said} came back as {got[scan['id']]}")
                sums[decimals] = EXACT.add(sums[decimals], Decimal(said))
                floats[decimals] += float(said)
        with reading() as tx:
            kept = {
                sku: Decimal(quantity).scaleb(-decimals, EXACT)
                for sku, decimals, quantity in tx.execute(
                    text(
                        "SELECT p.sku, p.decimals, b.quantity FROM balances b JOIN products p ON p.id = b.product_id "
                        "JOIN locations l ON l.id = b.location_id WHERE l.code = 'A-01'"
                    )
                )
            }
        for decimals, total in enumerate(sums):
            hold(kept[f"DEC-{decimals}"] == total, f"seed {seed}, {decimals} decimals: {kept[f'DEC-{decimals}']} is not {total}")
        stage.shop.proven()
    wrong = sum(Decimal(f) != total for f, total in zip(floats, sums, strict=True))
    hold(wrong > 0, "control: floats were exact")
    return Outcome(f"decimals ({engine})", numbers, "round trips", {"wrong": 0}, f"floats were wrong in {wrong} of 7 sums")


def stock(stage: Stage) -> None:
    """Make a product for each number of decimals."""
    with writing() as tx:
        for decimals in range(7):
            tx.execute(
                text("INSERT INTO products (sku, folded, name, decimals, tracking, journal) VALUES (:s, :f, :s, :d, 'none', :j)"),
                {"s": f"DEC-{decimals}", "f": f"dec-{decimals}", "d": decimals, "j": 20 + decimals},
            )
        tx.execute(text("UPDATE journals SET value = 40 WHERE site_id = 0"))


def one(chance: random.Random) -> tuple[int, str]:
    """Return a number of decimals and a quantity above 0 as some program would write it."""
    while True:
        decimals = chance.randrange(7)
        most = min(10**15, 10 ** chance.randrange(1, 13 + decimals))
        value = chance.randrange(1, most)
        whole, part = divmod(value, 10**decimals)
        said = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
        if decimals and chance.random() < 0.3:
            said = said.rstrip("0").rstrip(".")
        if len(said.partition(".")[0]) <= 12:
            return decimals, said
