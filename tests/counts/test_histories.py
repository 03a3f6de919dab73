"""Stock that moves during a count doesn't distort the variance (I13): random histories against a model that knows the truth."""

import os

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import db
from tests.counts.histories import History, Verdict, cast
from tests.shop import Shop

HISTORIES = int(os.environ.get("HISTORIES", "250"))
"""Both engines together; SQLite, which is faster at it, plays more. As many are played by the campaign, against another model."""
SHARE = {"sqlite": 0.7, "postgresql": 0.3}


@pytest.fixture
def quick(app: Flask) -> None:
    """This is no test of durability: commits needn't wait for the disk."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as tx:
            name = tx.scalar(text("SELECT current_database()"))
            tx.execute(text(f'ALTER ROLE CURRENT_USER IN DATABASE "{name}" SET synchronous_commit = off'))
        db.engine.dispose()


def test_the_variance_is_right_in_every_history_or_the_line_is_flagged(quick: None, shop: Shop) -> None:
    histories = round(HISTORIES * SHARE[db.engine.dialect.name])
    people, total = cast(shop, histories), Verdict()
    for seed in range(histories):
        one = History(people, seed).play()
        total.right += one.right
        total.flagged += one.flagged
        total.countered += one.countered
        total.naive_wrong += one.naive_wrong
        total.wrong += one.wrong
    shop.proven()
    assert total.wrong == []
    assert total.countered > histories / 10, "moves were heard after the posting"
    assert total.flagged < histories * 2 * 0.5, "most lines can be told, and are not flagged"
    assert total.naive_wrong > histories / 4, "the control: comparing with the book of the moment must get many wrong"
