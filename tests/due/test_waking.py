"""Rules run by themselves: once a day and site, in one process of many; and by the command line."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app import config, create_app, times
from app.db import db, reading, writing
from app.due import keeping, waking
from tests.conftest import settings_for
from tests.shop import open_shop

RULE = {
    "name": "All", "kind": "age", "parameters": {}, "blind": True, "policy": "ask", "tolerance": None, "most": 2, "active": True,
}  # fmt: skip


def fill(app: Flask) -> None:
    open_shop(app)
    with writing() as tx:
        keeping.put(tx, 1, "ALL", RULE)
        keeping.put(tx, 1, "IDLE", RULE | {"active": False})


def counts() -> int:
    with reading() as tx:
        return int(tx.scalar(text("SELECT COUNT(*) FROM counts")) or 0)


def test_a_day_is_planned_once_however_many_processes_ask(app: Flask) -> None:
    fill(app)

    def ask(_: int) -> dict[int, int]:
        with app.app_context():
            return waking.daily(0)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, range(6)))
    assert sorted(found, key=len) == [{}] * 5 + [{1: 1}]
    assert counts() == 1


def test_a_day_that_a_process_did_not_end_is_taken_up_after_ten_minutes(app: Flask) -> None:
    fill(app)
    now = times.now()
    with writing() as tx:
        tx.execute(text("INSERT INTO planning_days (site_id, day, taken_at) VALUES (1, :day, :at)"), {"day": now // times.DAY, "at": now})
    assert waking.daily(0) == {}
    with writing() as tx:
        tx.execute(text("UPDATE planning_days SET taken_at = taken_at - :ten"), {"ten": waking.AGAIN})
    assert waking.daily(0) == {1: 1}
    assert waking.daily(0) == {}


def test_a_site_says_when_its_rules_run_or_that_they_dont(app: Flask) -> None:
    fill(app)
    now = times.now()
    later = times.wire((now + times.MINUTE) // times.MINUTE * times.MINUTE)[11:16]  # tomorrow's midnight is 00:00, which has come

    def said(at: str | None, default: int | None) -> dict[int, int]:
        with writing() as tx:
            tx.execute(text("UPDATE sites SET plan_at = :at"), {"at": at})
        return waking.daily(default)

    assert said("off", 0) == {}
    assert later == "00:00" or said(later, 0) == {}
    assert said(None, None) == {}
    assert said("00:00", None) == {1: 1}, "though the server was started with off"


def test_without_rules_nothing_is_written(app: Flask) -> None:
    open_shop(app)
    assert waking.daily(0) == {}
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM planning_days")) == 0


def test_the_first_request_after_the_time_plans_beside_itself(app: Flask, database_url: str, tmp_path: Path) -> None:
    fill(app)
    woken = create_app(settings_for(database_url, tmp_path, plan_at=0))
    with woken.app_context():
        assert [woken.test_client().get("/healthz").status_code for _ in range(3)] == [200] * 3
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with reading() as tx:
                if tx.scalar(text("SELECT done_at FROM planning_days")):
                    break
            time.sleep(0.05)
        assert counts() == 1
        for thread in [one for one in threading.enumerate() if one.name == "daily planning"]:
            thread.join()
        db.engine.dispose()


def test_the_next_time_is_today_or_tomorrow() -> None:
    day = 20_000 * times.DAY
    assert waking._next(day + 5, 10) == day + 10
    assert waking._next(day + 10, 10) == day + times.DAY + 10
    assert waking._next(day + 11, 10) == day + times.DAY + 10


def test_the_command_plans_and_says_what(app: Flask) -> None:
    fill(app)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["counts", "plan"]).stdout == "MAIN ALL: K1, 2 locations\n"
    assert runner.invoke(args=["counts", "plan", "--site", "MAIN"]).stdout == "MAIN ALL: K1, 2 locations, planned before\n"
    wrong = runner.invoke(args=["counts", "plan", "--site", "NO"])
    assert (wrong.exit_code, wrong.stderr) == (2, "Error: There is no such site.\n")
    assert counts() == 1


@pytest.mark.parametrize(("said", "ms"), [("04:00", 4 * times.HOUR), ("23:59", times.DAY - times.MINUTE), ("off", None)])
def test_the_time_is_a_setting(said: str, ms: int | None) -> None:
    assert config.from_environment({"PLAN_AT": said}).plan_at == ms


@pytest.mark.parametrize("said", ["24:00", "4:00", "", "04:00\n", "noon"])
def test_a_time_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(config.BadSetting):
        config.from_environment({"PLAN_AT": said})


def test_what_the_server_plans_by_itself_is_told_from_the_command_line(app: Flask) -> None:
    fill(app)
    waking._plan(app, [0], 0)
    with reading() as tx:
        assert tx.scalars(text("SELECT actor FROM audit WHERE deed = 'count_planned'")).all() == ["server"]
