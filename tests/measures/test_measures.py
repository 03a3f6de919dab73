"""The example of docs/measures.md, through the doors that people and guns use: each of its numbers, on both engines."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from app import times
from app.db import db, reading, writing
from tests.callers import problem
from tests.counts.test_counting import INK, MINUTE, PEN, approve, decision, plan, reconciliation
from tests.shop import Shop

PAGE = Path(__file__).parents[2] / "docs" / "measures.md"
SECOND = times.MINUTE // 60
OFFICE = ("supervisor", "accountant", "auditor", "administrator", "integration")


@pytest.fixture
def example(shop: Shop) -> Shop:
    """What the document tells."""
    start = times.now() - 120 * MINUTE
    gun, other = shop.gun, shop.other_gun
    for place, stock in {"A-01": {PEN: 10, INK: 20}, "A-02": {INK: 5}, "B-01": {PEN: 4, INK: 8}, "DOCK": {"ROPE-REEL": 1}}.items():
        gun.send(*[gun.scan("receive", at=start, location=place, barcode=code, quantity=str(n)) for code, n in stock.items()])
    plan(shop, "A-01", "A-02", tolerance={"quantity": "1"})
    plan(shop, "B-01", tolerance={"quantity": "1"})
    nine = start + 60 * MINUTE
    gun.send(
        gun.scan("count", at=nine, sheet="K1-001", barcode=PEN, quantity="9"),
        gun.scan("count", at=nine + 30 * SECOND, sheet="K1-001", barcode=INK, quantity="20"),
        gun.scan("finish", at=nine + 60 * SECOND, sheet="K1-001"),
        gun.scan("count", at=nine + 120 * SECOND, sheet="K1-002", barcode=PEN, quantity="1"),
        gun.scan("count", at=nine + 150 * SECOND, sheet="K1-002", barcode=INK, quantity="4"),
        gun.scan("finish", at=nine + 180 * SECOND, sheet="K1-002"),
        gun.scan("count", at=nine + 23 * MINUTE, sheet="K2-001", barcode=PEN, quantity="1"),
        gun.scan("count", at=nine + 23 * MINUTE + 30 * SECOND, sheet="K2-001", barcode=INK, quantity="6"),
        gun.scan("finish", at=nine + 24 * MINUTE, sheet="K2-001"),
    )
    lines = {(line["location"], line["sku"]): line["line"] for line in reconciliation(shop, "K1")["lines"]}
    accepted = {"decision": "accept", "reason_code": "found"}
    answer = approve(
        shop, "K1", {"line": lines["A-02", "PEN"], **accepted}, {"line": lines["A-02", "INK"], "decision": "dismiss"},
        {"line": lines["A-01", "PEN"], "decision": "accept", "reason_code": "damaged"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.json
    again = decision(shop, "K2", "INK", "recount")["line"]
    assert shop.person("supervisor").call("POST", "/api/v1/counts/K2/sheets", {"lines": [again]}).status_code == 201
    other.send(
        other.scan("count", at=nine + 30 * MINUTE, sheet="K2-002", barcode=INK, quantity="7"),
        other.scan("finish", at=nine + 30 * MINUTE + 30 * SECOND, sheet="K2-002"),
    )
    pen = decision(shop, "K2", "PEN", "accept")
    assert approve(shop, "K2", pen).status_code == 200
    reversal = shop.person("supervisor").call("POST", f"/api/v1/counts/K2/lines/{pen['line']}/reversal", {"reason": "a box was behind it"})
    assert reversal.status_code == 200
    shop.person("supervisor").call("PUT", "/api/v1/count-rules/AGE", {"name": "Age", "kind": "age"})
    return shop


def told(section: str) -> Iterator[list[str]]:
    """The rows of the table that the document marks with this name."""
    found = re.search(rf"<!-- {section} -->\n(.*?)<!-- /{section} -->", PAGE.read_text(), re.S)
    assert found, section
    for row in found[1].splitlines()[2:]:
        yield [cell.strip() for cell in row.strip("| ").split("|")]


def get(shop: Shop, path: str, role: str = "supervisor") -> dict[str, Any]:
    answer = shop.person(role).get(f"/api/v1/measures/{path}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def test_a_control_group_stands_beside_what_no_rule_planned(example: Shop) -> None:
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO rule_runs (rule_id, day, count_id, locations) SELECT r.id, 1, c.id, 1 FROM count_rules r, counts c "
                "WHERE r.code = 'AGE' AND c.code = 'K1'"
            )
        )
    rows = {row["key"]: row for row in get(example, "accuracy?by=rule")["rows"]}
    assert {key: (row["name"], row["lines"]) for key, row in rows.items()} == {"AGE": ("Age", 4), "": ("", 1)}
    whole = {row["key"]: row for row in get(example, "accuracy?by=count")["rows"]}
    assert rows["AGE"]["line_accuracy"] == whole["K1"]["line_accuracy"]
    file = example.person("auditor").get("/api/v1/measures/accuracy.json?by=rule").json
    assert [row["rule"] for row in file["rows"]] == ["", "AGE"]


def test_each_number_of_the_example_is_what_the_server_says(example: Shop) -> None:
    for path, name in (("accuracy", "accuracy"), ("coverage", "coverage"), ("due", "due")):
        total = get(example, path)["total"]
        wanted = {row[0].strip("`"): row[-1] for row in told(name)}
        assert {name: str(total[name]) for name in wanted} == wanted
    speed = {row["key"]: row for row in get(example, "speed")["rows"]}
    for key, *wanted in told("speed"):
        row = speed[key]
        assert [row[n] if n == "hours" or "hour" in n else str(row[n]) for n in list(row)[2:]] == wanted, key


def test_groups_add_up_to_the_whole(example: Shop) -> None:
    whole = get(example, "accuracy?by=all")["total"]
    assert whole["counts"] == 2
    for by in ("day", "week", "month", "zone", "class", "reason", "product", "location", "count"):
        found = get(example, f"accuracy?by={by}")
        assert found["total"] == whole, by
        assert sum(row["lines"] for row in found["rows"]) == whole["lines"]
        assert sum(float(row["absolute_value"]) for row in found["rows"]) == float(whole["absolute_value"])
    assert [row["key"] for row in get(example, "accuracy?by=location")["rows"]] == ["A-02", "A-01", "B-01"], "what differs most comes first"
    reasons = {row["key"]: row["shrinkage_value"] for row in get(example, "accuracy?by=reason")["rows"]}
    assert reasons == {"damaged": "1.25", "found": "-1.25", "": "0.50"}
    assert get(example, "accuracy?by=product")["rows"][0] | {"key": "PEN", "name": "Pen"} == get(example, "accuracy?by=product")["rows"][0]
    assert {row["key"]: row["sheets"] for row in get(example, "speed?by=sheet")["rows"]} == dict.fromkeys(
        ("K1-001", "K1-002", "K2-001", "K2-002"), 1
    )


def test_a_part_of_the_site_and_a_period_are_asked_for(example: Shop) -> None:
    assert get(example, "accuracy?within=A-01")["total"]["lines"] == 2
    assert get(example, "coverage?within=DOCK")["total"]["location_percent"] == "0.00"
    assert get(example, "speed?within=B-01")["total"]["scans"] == 3
    assert get(example, "due?within=A-01")["total"] == {"locations": 1, "due": 0, "overdue": 0}
    before = get(example, "accuracy?from=2026-01-01&to=2026-01-31")
    assert (before["rows"], before["total"]["lines"], before["total"]["line_accuracy"], before["from"]) == ([], 0, None, "2026-01-01")
    assert get(example, "coverage?to=2026-01-31")["total"]["never_counted_locations"] == 4
    supervisor = example.person("supervisor")
    for wrong in (
        "from=2026-02-01&to=2026-01-01",
        "from=2000-01-01",
        "from=yesterday",
        "by=colour",
        "limit=501",
        "from=1960-01-01&to=1960-02-01",
    ):
        problem(supervisor.get(f"/api/v1/measures/accuracy?{wrong}"), "bad_request")
    problem(supervisor.get("/api/v1/measures/accuracy?within=NOWHERE"), "not_found")
    problem(supervisor.get("/api/v1/measures/speed?pause=0"), "bad_request")


@pytest.mark.sqlite_only
def test_the_office_reads_measures_and_the_floor_does_not(example: Shop) -> None:
    for path in ("accuracy", "coverage", "speed", "due", "accuracy.csv"):
        for role in OFFICE:
            assert example.person(role).get(f"/api/v1/measures/{path}").status_code == 200
        problem(example.person("operator").get(f"/api/v1/measures/{path}"), "forbidden")
        problem(example.gun.get(f"/api/v1/measures/{path}"), "forbidden")


def test_files_have_the_same_rows_and_the_same_bytes_twice(example: Shop) -> None:
    auditor = example.person("auditor")
    for name in ("accuracy", "coverage", "speed", "due"):
        for kind in ("csv", "xlsx", "json"):
            first = auditor.get(f"/api/v1/measures/{name}.{kind}")
            assert first.status_code == 200
            state = f"upto={first.headers['X-ScanLedger-Upto']}&epoch={first.headers['X-ScanLedger-Epoch']}"
            assert auditor.get(f"/api/v1/measures/{name}.{kind}?{state}").data == first.data, (name, kind)
        shown, filed = get(example, name)["rows"], auditor.get(f"/api/v1/measures/{name}.json").json["rows"]
        keys = {row["key"] for row in shown}
        assert {next(iter(row.values())) for row in filed} == keys
    assert auditor.get("/api/v1/measures/speed.csv").text.splitlines()[0] == (
        "person,scans,lines,sheets,hours,breaks,scans_per_hour,lines_per_hour,sheets_per_hour"
    )
    problem(auditor.get("/api/v1/measures/weather.csv"), "not_found")
    problem(auditor.get("/api/v1/measures/accuracy.pdf"), "not_found")
    problem(auditor.get("/api/v1/measures/coverage.csv?by=person"), "bad_request")


@pytest.mark.sqlite_only
def test_a_profile_writes_the_signs_of_a_csv(example: Shop) -> None:
    supervisor = example.person("supervisor")
    supervisor.call(
        "PUT", "/api/v1/exports/profiles/de", {"delimiter": "semicolon", "decimal": "comma", "headers": {"value_accuracy": "Wert"}}
    )
    file = supervisor.get("/api/v1/measures/accuracy.csv?by=all&profile=de").text
    assert ";Wert;" in file.splitlines()[0]
    assert ";87,93;" in file.splitlines()[1]
    problem(supervisor.get("/api/v1/measures/accuracy.json?profile=de"), "bad_request")
    problem(supervisor.get("/api/v1/measures/accuracy.csv?profile=fr"), "not_found")


def test_a_file_of_before_a_reversal_stays_as_it_was(example: Shop) -> None:
    auditor = example.person("auditor")
    before = auditor.get("/api/v1/measures/accuracy.json?by=count")
    line = next(one["line"] for one in reconciliation(example, "K1")["lines"] if one["reason_code"] == "damaged")
    answer = example.person("supervisor").call("POST", f"/api/v1/counts/K1/lines/{line}/reversal", {"reason": "it was there"})
    assert answer.status_code == 200
    upto = before.headers["X-ScanLedger-Upto"]
    assert auditor.get(f"/api/v1/measures/accuracy.json?by=count&upto={upto}").data == before.data
    now = {row["count"]: row for row in auditor.get("/api/v1/measures/accuracy.json?by=count").json["rows"]}
    assert (now["K1"]["lines"], now["K1"]["reversed"], now["K1"]["missing_value"]) == (3, 1, "0.00")
    for path in ("coverage.csv?", "speed.csv?", "accuracy.csv?by=zone&"):
        problem(auditor.get(f"/api/v1/measures/{path}upto={upto}"), "changed")
    problem(auditor.get("/api/v1/measures/accuracy.csv?upto=999999"), "bad_request")


@pytest.mark.sqlite_only
def test_measures_take_a_few_statements(example: Shop) -> None:
    said: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    for path, most in (("accuracy?by=zone", 8), ("coverage", 8), ("speed", 6), ("due", 8)):
        said.clear()
        get(example, path)
        assert len(said) <= most, (path, said)


@pytest.mark.as_owner
def test_lines_of_before_get_what_measures_ask_of_them(example: Shop) -> None:
    sql = text("SELECT id, expected_value, abc, rounds FROM lines ORDER BY id")
    with reading() as tx:
        before = tx.execute(sql).all()
    assert sorted(row.rounds for row in before) == [1, 1, 1, 1, 1, 2]
    downgrade(revision="0020")
    upgrade()
    with reading() as tx:
        assert tx.execute(sql).all() == before
    with pytest.raises(DBAPIError, match="never changed or deleted"), writing() as tx:
        tx.execute(text("UPDATE lines SET abc = 'A'"))
