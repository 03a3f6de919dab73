"""I7: what was said and done is never changed or deleted, whoever asks the database."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import db, reading, writing
from app.seals import sealing
from tests.shop import Gun, Shop


def happened(shop: Shop, gun: Gun) -> None:
    """Let something of everything happen that scans can."""
    scan = gun.scan("receive", location="A-01", barcode="PEN")
    gun.send(scan, "no object")
    gun.send({**scan, "quantity": "2"})
    refused = gun.scan("receive", location="A-01", barcode="NOBODY KNOWS")
    gun.send(refused)
    answer = shop.person("supervisor").call("POST", f"/api/v1/scans/{refused['id']}/resolution", {"product": "INK", "reason": "its label"})
    assert answer.status_code == 200, answer.text


@pytest.fixture
def busy(shop: Shop) -> Shop:
    happened(shop, shop.gun)
    sealing.seal_all()
    return shop


@pytest.mark.as_owner  # who serves may not even try: tests/test_granting.py
@pytest.mark.parametrize("table", ["scans", "moves", "audit", "conflicts", "malformed", "resolutions", "seals"])
def test_what_was_said_and_done_is_never_changed_or_deleted(busy: Shop, table: str) -> None:
    with reading() as tx:
        before = tx.execute(text(f"SELECT * FROM {table}")).mappings().all()
    assert before
    deeds = [f"UPDATE {table} SET {next(iter(before[0]))} = NULL", f"DELETE FROM {table}"]
    if db.engine.dialect.name == "sqlite":
        deeds.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    for deed in deeds:
        with pytest.raises(DBAPIError, match="never changed or deleted"), writing() as tx:
            tx.execute(text(deed))
    with reading() as tx:
        assert tx.execute(text(f"SELECT * FROM {table}")).mappings().all() == before
    busy.proven()
