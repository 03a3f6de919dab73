"""Who calls: a token is looked up once, and a site is only ever the caller's own."""

import pytest
from flask import Flask, g, request
from sqlalchemy import event, text

from app import access
from app.access import Caller
from app.db import db, reading, writing
from app.devices.authenticating import by_token
from app.devices.enrolling import enrol
from app.errors import Problem
from app.locations.creating import add_site


def enrolled(name: str = "gun", site: str = "MAIN", tasks: list[str] | None = None) -> str:
    with writing() as tx:
        return enrol(tx, access.site_for(tx, site), name, tasks)[1]


def test_a_token_finds_its_device_and_leaves_no_transaction_open(app: Flask) -> None:
    token = enrolled(tasks=["count", "look"])
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        caller = by_token(request)
    assert caller is not None
    assert (caller.kind, caller.name, caller.revoked, caller.tasks, caller.floor) == ("device", "gun", False, {"count", "look"}, True)
    with writing() as tx:
        tx.execute(text("UPDATE devices SET revoked_at = 1"))
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        again = by_token(request)
    assert again is not None
    assert again.revoked
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer sld_", "Bearer sld_wrong", "Basic sld_x", "Bearer \udcff", "bearer slk_x"]
)
def test_what_is_no_device_token_finds_no_device(app: Flask, header: str | None) -> None:
    with app.test_request_context("/", headers={} if header is None else {"Authorization": header}):
        assert by_token(request) is None


def test_the_token_of_a_request_costs_no_transaction(app: Flask) -> None:
    token = enrolled()
    begun: list[object] = []
    event.listen(db.engine, "begin", begun.append)
    with app.test_request_context("/", headers={"Authorization": f"Bearer {token}"}):
        assert by_token(request) is not None
    assert begun == []


def ask(app: Flask, caller: Caller | None, code: str | None) -> int:
    with app.test_request_context("/"):
        if caller is not None:
            g.caller = caller
        with reading() as tx:
            return access.site_for(tx, code)


def code_of(app: Flask, caller: Caller | None, code: str | None) -> str:
    with pytest.raises(Problem) as raised:
        ask(app, caller, code)
    return raised.value.code


def test_the_only_site_needs_no_name(app: Flask) -> None:
    assert ask(app, None, None) == ask(app, None, "MAIN")
    assert code_of(app, None, "NOWHERE") == "not_found"


def test_who_belongs_to_a_site_uses_no_other(app: Flask) -> None:
    with writing() as tx:
        north = add_site(tx, "NORTH", "Northern site")
    everywhere, bound = Caller("key", frozenset({"auditor"})), Caller("key", frozenset({"auditor"}), site_id=north)
    assert code_of(app, everywhere, None) == "site_required"
    assert ask(app, everywhere, "NORTH") == north
    assert ask(app, bound, None) == north
    assert ask(app, bound, "NORTH") == north
    assert code_of(app, bound, "MAIN") == "forbidden"
    assert code_of(app, bound, "NOWHERE") == "forbidden"
    assert code_of(app, everywhere, "\0") == "not_found"
