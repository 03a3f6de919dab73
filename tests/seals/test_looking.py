"""A quick look at the newest seals: what was changed is told, and whether a checkpoint that somebody kept is still there."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.db import reading
from app.seals import checkpoints, looking, sealing
from tests.callers import key, problem
from tests.seals.test_sealing import owning, sealed  # noqa: F401 (a fixture)
from tests.shop import Shop

pytestmark = pytest.mark.as_owner


def newest() -> str:
    with reading() as tx:
        return str(checkpoints.last(tx, 1))


def look(shop: Shop, **query: Any) -> Any:
    return shop.app.test_client().get("/api/v1/seals/look", query_string=query, headers=auditor(shop))


def auditor(shop: Shop) -> dict[str, str]:
    return {"Authorization": f"Bearer {shop.person('auditor').token}"}


def test_a_look_tells_up_to_where_it_is_sealed_and_that_a_kept_checkpoint_holds(sealed: Shop) -> None:  # noqa: F811  # imported
    kept = newest()
    sealed.gun.do("pick", location="A-01", barcode="PEN")
    found = look(sealed).json
    assert (found["site"], found["seals"], found["wrong"], found["held"]) == ("MAIN", 3, [], None)
    assert (found["checkpoint"], found["looked_from"], found["journal"] > found["upto"]) == (kept, 1, True)
    sealing.seal_all()
    assert look(sealed, checkpoint=f" {kept} ").json["held"] is True
    assert look(sealed, site="global").json["seals"] >= 1
    problem(look(sealed, checkpoint="sl1:1:2:3"), "bad_request")
    problem(look(sealed, site="global", checkpoint=kept), "bad_request")
    missing = look(sealed, checkpoint=kept.replace(":3:", ":9:", 1)).json
    assert (missing["held"], len(missing["wrong"])) == (False, 1)


def test_the_oldest_of_the_newest_seals_taken_out_is_told(
    sealed: Shop,  # noqa: F811  # the fixture that is imported
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with owning() as tx:
        tx.execute(text("DELETE FROM seals WHERE site_id = 1 AND number = 1"))
        assert "Seal 2" in looking.look(tx, 1)["wrong"][0]
        monkeypatch.setattr(looking, "SEALS", 1)
        tx.execute(text("DELETE FROM seals WHERE site_id = 1 AND number = 2"))
        assert "seals are missing" in looking.look(tx, 1)["wrong"][0]


def test_what_was_changed_among_the_newest_is_told_and_what_lies_before_is_left_to_the_export(
    sealed: Shop,  # noqa: F811  # the fixture that is imported
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with owning() as tx:
        tx.execute(text("UPDATE scans SET quantity = 7 WHERE journal = (SELECT MAX(journal) FROM scans WHERE site_id = 1)"))
        assert "aren't as they were sealed" in looking.look(tx, 1)["wrong"][0]
    with owning() as tx:
        tx.execute(text("UPDATE scans SET quantity = 7 WHERE journal = (SELECT MIN(journal) FROM scans WHERE site_id = 1)"))
        assert len(looking.look(tx, 1)["wrong"]) == 1
        monkeypatch.setattr(looking, "MOST", 1)
        found = looking.look(tx, 1)
        assert (found["wrong"], found["looked_from"]) == ([], 3)


def test_before_the_first_seal_there_is_nothing_to_look_at(app: Flask) -> None:
    found = app.test_client().get("/api/v1/seals/look", headers=key("auditor")).json
    assert (found["seals"], found["checkpoint"], found["sealed_at"], found["wrong"], found["held"]) == (0, None, None, [], None)
