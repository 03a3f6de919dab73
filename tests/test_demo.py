"""The demo site: there at once, the same every time, never in the way of real data."""

import time

from flask import Flask
from sqlalchemy import text

from app import demo
from app.db import reading, writing
from app.ledger import replaying
from app.locations import listing as locations
from app.products import codes
from app.products import listing as products


def test_the_demo_site_is_there_in_seconds_and_is_whole(app: Flask) -> None:
    began = time.monotonic()
    assert demo.load()
    assert time.monotonic() - began < 3
    with reading() as tx:
        rows, end = products.page(tx, None, None, 500)
        places, _ = locations.page(tx, 1, None, 500)
        stocked = tx.scalar(text("SELECT count(DISTINCT location_id) FROM balances WHERE quantity > 0"))
        lots = tx.scalar(text("SELECT count(*) FROM balances WHERE quantity > 0 AND lot <> ''"))
        people = tx.execute(text("SELECT badge, password FROM people")).all()
        assert tx.scalar(text("SELECT sum(quantity) FROM balances")) == 0
        assert replaying.check(tx) == []
    assert len(rows) == 400
    assert end is None
    assert all(codes.gtin14(b["code"]) and "952" in b["code"][:4] for row in rows for b in row["barcodes"])
    assert all(row["barcodes"][0]["quantity"] == "1" and row["cost"] for row in rows)
    assert all(row["tracking"] == "none" for row in rows[:100])
    assert 150 < sum(len(row["barcodes"]) == 2 for row in rows) < 250
    assert sum(place["kind"] == "bin" for place in places) == 300
    assert 250 < stocked < 300
    assert lots > 50
    assert {badge for badge, _ in people} >= {"OP-17", "OP-18"}
    assert len(people) == 4
    assert not any(password for _, password in people)


def test_the_demo_site_is_the_same_every_time(app: Flask) -> None:
    assert demo.load()
    with reading() as tx:
        first, _ = products.page(tx, None, None, 2)
    assert [row["barcodes"][0]["code"] for row in first] == ["9529611900000", "9522280600011"]


def test_a_database_with_products_is_left_alone(app: Flask) -> None:
    with writing() as tx:
        tx.execute(text("INSERT INTO products (sku, folded, name, journal) VALUES ('P', 'p', 'Pen', 1)"))
    assert not demo.load()
    with reading() as tx:
        assert tx.scalar(text("SELECT count(*) FROM products")) == 1


def test_numbering_goes_on_after_the_demo(app: Flask) -> None:
    assert demo.load()
    with writing() as tx:
        tx.execute(text("INSERT INTO products (sku, folded, name, journal) VALUES ('NEW', 'new', 'New', 9999)"))
        tx.execute(text("INSERT INTO people (name, folded, created_at, journal) VALUES ('New', 'new', 1, 9999)"))
