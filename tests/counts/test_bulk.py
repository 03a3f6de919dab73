"""Reviewing many lines at once: filters, pages, one decision about all that match, and undo until the approval; on both engines."""

import json
from typing import Any

import pytest
from sqlalchemy import event, text

from app import db as db_module
from app import times
from app.db import db, reading, writing
from tests.callers import problem
from tests.counts.test_counting import INK, MILK, MINUTE, PEN, approve, decision, plan, reconciliation
from tests.shop import Gun, Shop, gun, key

REVIEW = "/api/v1/counts/K1"


@pytest.fixture
def reviewed(shop: Shop) -> Shop:
    """Three bins: A-01 PEN 10/8 (Ann), INK 5/5; A-02 PEN 4/6 (nobody knows who), MILK L1 3/2 without a lot; B-01 nothing said of INK 1."""
    start = times.now() - 120 * MINUTE
    at = start + 60 * MINUTE
    shop.gun.send(
        shop.gun.scan("receive", at=start, location="A-01", barcode=PEN, quantity="10"),
        shop.gun.scan("receive", at=start, location="A-01", barcode=INK, quantity="5"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=PEN, quantity="4"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=MILK, quantity="3", lot="L1"),
        shop.gun.scan("receive", at=start, location="A-02", barcode=MILK, quantity="3", lot="L2"),
        shop.gun.scan("receive", at=start, location="B-01", barcode=INK, quantity="1"),
    )
    plan(shop, "A-01", "A-02", "B-01")
    shop.gun.send(
        shop.gun.scan("count", at=at, sheet="K1-001", barcode=PEN, quantity="8"),
        shop.gun.scan("count", at=at + 1000, sheet="K1-001", barcode=INK, quantity="5"),
        shop.gun.scan("finish", at=at + MINUTE, sheet="K1-001"),
    )
    stranger = gun(shop.app, "gun-3", operator="NOBODY")
    stranger.send(
        stranger.scan("count", at=at, sheet="K1-002", barcode=PEN, quantity="6"),
        stranger.scan("count", at=at + 1000, sheet="K1-002", barcode=MILK, quantity="5"),
        stranger.scan("finish", at=at + MINUTE, sheet="K1-002"),
    )
    closed = shop.person("supervisor").call("POST", "/api/v1/sheets/K1-003/closure", {"complete": False, "reason": "blocked"})
    assert closed.status_code == 200
    with writing() as tx:
        tx.execute(text("UPDATE products SET abc = 'A' WHERE sku = 'PEN'"))
        tx.execute(text("UPDATE products SET journal = 99 WHERE sku = 'PEN'"))
        tx.execute(text("UPDATE journals SET value = 99 WHERE site_id = 0"))
    return shop


def look(shop: Shop, who: Gun | None = None, **wanted: Any) -> dict[str, Any]:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    answer = (who or shop.person("accountant")).get(f"{REVIEW}/lines?{query}")
    assert answer.status_code == 200, answer.json
    return dict(answer.json)


def named(shop: Shop, **wanted: Any) -> list[str]:
    return [f"{row['location']} {row['sku']}" for row in look(shop, **wanted)["rows"]]


def decide(shop: Shop, who: Gun | None = None, **wanted: Any) -> Any:
    body = {"hash": look(shop)["hash"]} | wanted
    return (who or shop.person("supervisor")).call("POST", f"{REVIEW}/decisions", body)


def refused(answer: Any) -> dict[str, int]:
    return {one["reason"]: one["lines"] for one in answer.json["refused"]}


ALL = ["A-01 INK", "A-01 PEN", "A-02 MILK", "A-02 PEN", "B-01 INK"]


FOUND: list[tuple[dict[str, str], list[str]]] = [
    ({}, ALL),
    ({"state": "outside"}, ["A-01 PEN", "A-02 MILK", "A-02 PEN"]),
    ({"differs": "true"}, ["A-01 PEN", "A-02 MILK", "A-02 PEN", "B-01 INK"]),
    ({"flagged": "true"}, ["A-02 MILK", "A-02 PEN"]),
    ({"decision": "undecided"}, ["A-01 PEN", "A-02 MILK", "A-02 PEN"]),
    ({"decision": "accept"}, ["A-01 INK"]),
    ({"zone": "A-02"}, ["A-02 MILK", "A-02 PEN"]),
    ({"zone": "MAIN"}, ALL),
    ({"abc": "A"}, ["A-01 PEN", "A-02 PEN"]),
    ({"abc": "none"}, ["A-01 INK", "A-02 MILK", "B-01 INK"]),
    ({"counter": "OP-1"}, ["A-01 INK", "A-01 PEN"]),
    ({"counter": "OP"}, []),
    ({"search": "a-02%20pen"}, ["A-02 PEN"]),
    ({"search": "%25"}, []),
    ({"reason": "theft"}, []),
    ({"sort": "value"}, ["A-01 PEN", "A-02 PEN", "A-02 MILK", "A-01 INK", "B-01 INK"]),
    ({"sort": "product"}, ["A-01 INK", "B-01 INK", "A-02 MILK", "A-01 PEN", "A-02 PEN"]),
]


def test_lines_are_found_by_what_is_asked(reviewed: Shop) -> None:
    assert [(wanted, named(reviewed, **wanted)) for wanted, _ in FOUND] == FOUND
    assert [look(reviewed, **wanted)["total"] for wanted, _ in FOUND] == [len(found) for _, found in FOUND]


def test_pages_by_cursor_and_by_position_are_the_same_lines(reviewed: Shop) -> None:
    for sort in ("location", "value", "product"):
        whole = look(reviewed, sort=sort)["rows"]
        paged, after = [], ""
        while after is not None:
            page = look(reviewed, sort=sort, limit=2, **({"after": after} if after else {}))
            paged += page["rows"]
            after = page["next"]
        assert paged == whole
        assert [look(reviewed, sort=sort, limit=1, skip=n)["rows"][0] for n in range(len(whole))] == whole


def test_lines_are_those_of_the_reconciliation(reviewed: Shop) -> None:
    told, listed = reconciliation(reviewed, "K1"), look(reviewed)
    assert listed["rows"] == told["lines"]
    assert (listed["hash"], listed["totals"]) == (told["hash"], told["totals"])


def test_a_bad_filter_is_400(reviewed: Shop) -> None:
    for query in ("state=lost", "zone=NOWHERE", "limit=501", "skip=-1", "sort=luck", "abc=D"):
        assert reviewed.person("supervisor").get(f"{REVIEW}/lines?{query}").status_code == 400, query
    for body in ({}, {"matching": {}}, {"lines": ["x"], "matching": {}, "note": "n"}, {"matching": {}, "lots": {"L1": "1"}, "note": "n"}):
        problem(decide(reviewed, **body), "bad_request")


def test_all_that_match_are_decided_and_the_rest_is_told_why(reviewed: Shop) -> None:
    answer = decide(reviewed, matching={"differs": True}, decision="accept", reason_code="miscount")
    assert (answer.status_code, answer.json["decided"]) == (200, 1)
    assert refused(answer) == {"lots_needed": 1, "not_counted": 1, "note_needed": 1}
    named_ = {one["reason"]: one["first"][0]["location"] for one in answer.json["refused"]}
    assert named_ == {"lots_needed": "A-02", "not_counted": "B-01", "note_needed": "A-02"}
    assert named(reviewed, reason="miscount") == ["A-01 PEN"]
    assert look(reviewed)["decided"] == {"accept": 2, "recount": 0, "dismiss": 0, "unexplained": 0}
    assert [row["automatic"] for row in look(reviewed, reason="miscount")["rows"]] == [False]
    again = decide(reviewed, matching={"differs": True, "zone": "A-02"}, decision="accept", note="asked her")
    assert (again.json["decided"], refused(again)) == (1, {"lots_needed": 1})
    assert look(reviewed, unexplained="true")["total"] == look(reviewed)["decided"]["unexplained"] == 1
    decide(reviewed, matching={"unexplained": True}, reason_code="theft")
    assert decide(reviewed, matching={"reason": "theft"}, reason_code="").json["decided"] == 1
    assert look(reviewed)["decided"]["unexplained"] == 1


def test_reason_and_note_are_set_where_a_decision_stands_and_change_nothing_else(reviewed: Shop) -> None:
    answer = decide(reviewed, matching={}, reason_code="theft")
    assert (answer.json["decided"], refused(answer)) == (1, {"undecided": 4})
    decide(reviewed, matching={"sort": "x", "abc": "A"}, decision="recount")
    decide(reviewed, matching={"decision": "recount"}, note="twice")
    rows = look(reviewed, decision="recount")["rows"]
    assert [(row["decision"], row["reason_code"], row["note"]) for row in rows] == [("recount", None, "twice")] * 2


def test_what_was_not_counted_is_recounted_or_dismissed_but_never_accepted(reviewed: Shop) -> None:
    left = look(reviewed, state="not_counted")["rows"][0]["line"]
    for what in ("recount", "dismiss"):
        assert decide(reviewed, lines=[left], decision=what).json["decided"] == 1
        assert [row["decision"] for row in look(reviewed, state="not_counted")["rows"]] == [what]
    assert refused(decide(reviewed, lines=[left], decision="accept")) == {"not_counted": 1}


def test_lots_are_chosen_for_one_line(reviewed: Shop) -> None:
    milk = look(reviewed, search="milk")["rows"][0]
    answer = decide(reviewed, lines=[milk["line"]], decision="accept", note="looked", lots={"L1": "-1"})
    assert answer.json["decided"] == 1
    assert look(reviewed, search="milk")["rows"][0]["lots"] == {"L1": "-1"}


def test_named_lines_are_decided_and_strangers_are_told(reviewed: Shop) -> None:
    lines = [row["line"] for row in look(reviewed, abc="A")["rows"]]
    answer = decide(reviewed, lines=[*lines, "nowhere", lines[0]], decision="recount")
    assert (answer.json["decided"], refused(answer)) == (2, {"no_such_line": 1})
    nothing = decide(reviewed, lines=["nowhere"], decision="recount")
    assert (nothing.json["bulk"], nothing.json["decided"]) == (None, 0)


def undo(shop: Shop, bulk: int, who: Gun | None = None) -> Any:
    return (who or shop.person("supervisor")).call("DELETE", f"{REVIEW}/decisions/{bulk}")


def test_bulk_decisions_are_undone_the_last_one_first(reviewed: Shop) -> None:
    before = look(reviewed)["rows"]
    first = decide(reviewed, matching={"abc": "A"}, decision="dismiss", note="twice").json
    between = look(reviewed)["rows"]
    second = decide(reviewed, matching={}, decision="recount").json
    assert (first["decided"], second["decided"]) == (2, 5)
    assert look(reviewed)["undo"]["bulk"] == second["bulk"]
    problem(undo(reviewed, first["bulk"]), "changed")
    assert undo(reviewed, second["bulk"]).json == {"undone": 5, "kept": 0}
    assert look(reviewed)["rows"] == between
    problem(undo(reviewed, second["bulk"]), "changed")
    assert undo(reviewed, first["bulk"]).json == {"undone": 2, "kept": 0}
    assert look(reviewed)["rows"] == before
    assert look(reviewed)["undo"] is None
    for strange in (4711, 2**63):
        problem(undo(reviewed, strange), "not_found")


def test_undo_keeps_what_somebody_decided_since(reviewed: Shop) -> None:
    bulk = decide(reviewed, matching={}, decision="recount").json["bulk"]
    pen = decision(reviewed, "K1", "PEN", "accept", note="found it")
    reviewed.person("supervisor").call("PUT", f"{REVIEW}/decisions", {"decisions": [pen]})
    assert undo(reviewed, bulk).json == {"undone": 4, "kept": 1}
    assert [row["note"] for row in look(reviewed, decision="accept")["rows"]] == ["", "found it"]


def test_a_bulk_decision_covers_exactly_what_was_seen(reviewed: Shop) -> None:
    seen = look(reviewed)["hash"]
    late = times.now() - 90 * MINUTE
    reviewed.other_gun.send(reviewed.other_gun.scan("pick", at=late, location="A-01", barcode=PEN, quantity="1"))
    problem(decide(reviewed, hash=seen, matching={}, decision="recount"), "changed")
    assert look(reviewed)["hash"] != seen
    assert decide(reviewed, matching={}, decision="recount").status_code == 200


def test_nothing_is_decided_or_undone_after_the_approval(reviewed: Shop) -> None:
    milk = look(reviewed, search="milk")["rows"][0]["line"]
    decide(reviewed, lines=[milk], decision="accept", note="n", lots={"L2": "-1"})
    bulk = decide(reviewed, matching={"abc": "A"}, decision="accept", reason_code="miscount", note="looked").json["bulk"]
    shown = look(reviewed)["rows"]
    assert approve(reviewed, "K1").json["status"] == "posted"
    posted = look(reviewed)
    assert posted["undo"] is None
    changed = {"adjustment", "account", "moves"}
    assert [{k: v for k, v in row.items() if k not in changed} for row in posted["rows"]] == [
        {k: v for k, v in row.items() if k not in changed} for row in shown
    ]
    assert posted["totals"] == reconciliation(reviewed, "K1")["totals"]
    assert named(reviewed, reason="miscount", sort="value") == ["A-01 PEN", "A-02 PEN"]
    problem(decide(reviewed, matching={}, decision="recount"), "not_in_review")
    problem(undo(reviewed, bulk), "not_in_review")
    line = posted["rows"][1]["line"]
    reviewed.person("supervisor").call("POST", f"{REVIEW}/lines/{line}/reversal", {"reason": "found"})
    assert [row["reversal"] is not None for row in look(reviewed)["rows"]] == [False, True, False, False, False]
    reviewed.proven()


ROLES = ("operator", "supervisor", "accountant", "auditor", "administrator", "integration")


def test_who_reads_lines_and_who_decides(reviewed: Shop) -> None:
    for role in ROLES:
        who = reviewed.person(role)
        reads, decides = (200 if role != "operator" else 403), (200 if role == "supervisor" else 403)
        assert who.get(f"{REVIEW}/lines").status_code == reads
        answer = decide(reviewed, who, matching={}, decision="recount")
        assert answer.status_code == decides
        bulk = answer.json.get("bulk") or decide(reviewed, matching={}, decision="recount").json["bulk"]
        assert undo(reviewed, bulk, who).status_code == decides


def test_a_device_reads_no_lines_and_decides_nothing(reviewed: Shop) -> None:
    assert reviewed.gun.get(f"{REVIEW}/lines").status_code == 403
    assert decide(reviewed, reviewed.gun, matching={}, decision="recount").status_code == 403


@pytest.mark.sqlite_only
@pytest.mark.parametrize("decider", ["counter", "another"])
@pytest.mark.parametrize("approver", ["counter", "decider", "another"])
@pytest.mark.parametrize("independence", ["enforce", "declare"])
def test_every_pair_of_decider_and_approver(reviewed: Shop, decider: str, approver: str, independence: str) -> None:
    """I10: who counted may say what they think of a line, as one by one; only who counted nothing approves, or the site declares it."""
    with writing() as tx:
        tx.execute(text("UPDATE sites SET independence = :word"), {"word": independence})
    ann, sue, tom = (key(reviewed.app, name, "supervisor") for name in ("Ann", "Sue", "Tom"))
    first = ann if decider == "counter" else sue
    last = {"counter": ann, "decider": first, "another": tom}[approver]
    assert decide(reviewed, first, matching={}, decision="dismiss", note="for the pair").json["decided"] == 5
    answer = approve(reviewed, "K1", who=last)
    if last is ann and independence == "enforce":
        problem(answer, "not_independent")
    else:
        assert answer.status_code == 200, answer.json
        assert answer.json["declared"] == ("Ann" if last is ann else None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is executed, through SQLAlchemy or the driver."""
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    raw = db_module.raw

    def counting(tx: Any) -> Any:
        statements.append("raw")
        return raw(tx)

    monkeypatch.setattr(db_module, "raw", counting)
    return statements


def many(shop: Shop, bins: int) -> None:
    """A count of so many bins, two lines each, one of which differs."""
    with writing() as tx:
        codes = [f"M{bins}-{number:03}" for number in range(bins)]
        tx.execute(
            text(
                "INSERT INTO locations (site_id, code, folded, name, kind, parent_id, path, journal) "
                "VALUES (1, :c, :f, :c, 'bin', 1, '', 9)"
            ),
            [{"c": code, "f": code.casefold()} for code in codes],
        )
        tx.execute(text("UPDATE locations SET path = '/1/' || id || '/' WHERE path = ''"))
    at = times.now() - 60 * MINUTE
    shop.gun.send(*(shop.gun.scan("receive", at=at, location=code, barcode=PEN, quantity="3") for code in codes))
    plan(shop, *codes)
    for number, _ in enumerate(codes, 1):
        sheet = f"K1-{number:03}"
        shop.gun.send(
            shop.gun.scan("count", at=at + MINUTE, sheet=sheet, barcode=PEN, quantity="3"),
            shop.gun.scan("count", at=at + MINUTE, sheet=sheet, barcode=INK, quantity="2"),
            shop.gun.scan("finish", at=at + 2 * MINUTE, sheet=sheet),
        )


MOST_STATEMENTS = {"page": 24, "why": 27, "bulk": 30, "undo": 18}


def test_a_page_why_and_a_bulk_decision_take_as_few_statements_for_many_lines_as_for_few(shop: Shop, asked: list[str]) -> None:
    taken: list[dict[str, int]] = []
    for role in ("supervisor", "auditor"):  # the first use of a key in a minute is written
        shop.person(role).get("/api/v1/counts")
    for bins in (3, 60):
        if taken:
            put_aside(shop)
        many(shop, bins)
        top = look(shop, sort="value")
        assert top["total"] == bins * 2
        line = top["rows"][0]["line"]
        found = {}
        asked.clear()
        look(shop, sort="value", differs="true")
        found["page"] = len(asked)
        asked.clear()
        assert shop.person("auditor").get(f"{REVIEW}/lines/{line}").status_code == 200
        found["why"] = len(asked)
        asked.clear()
        body = decide_body(shop, top["hash"])
        found["bulk"] = len(asked)
        assert body["decided"] == bins
        asked.clear()
        assert undo(shop, body["bulk"]).json["undone"] == bins
        found["undo"] = len(asked)
        taken.append(found)
    few, lots = taken
    assert few == lots, "as many statements for 6 lines as for 120"
    assert all(lots[name] <= most for name, most in MOST_STATEMENTS.items()), lots


def put_aside(shop: Shop) -> None:
    """Cancel the count, and give its code away."""
    shop.person("supervisor").call("POST", f"{REVIEW}/cancellation", {"reason": "again"})
    with writing() as tx:
        tx.execute(text("UPDATE counts SET code = 'OLD' WHERE code = 'K1'"))
        tx.execute(text("UPDATE sheets SET code = 'OLD-' || code"))
        tx.execute(text("UPDATE sites SET last_count = 0"))


def decide_body(shop: Shop, seen: str) -> dict[str, Any]:
    body = {"hash": seen, "matching": {"differs": True}, "decision": "accept", "reason_code": "miscount"}
    return dict(shop.person("supervisor").call("POST", f"{REVIEW}/decisions", body).json)


def test_both_deeds_are_in_the_audit_trail(reviewed: Shop) -> None:
    bulk = decide(reviewed, matching={"abc": "A"}, decision="recount").json["bulk"]
    undo(reviewed, bulk)
    with reading() as tx:
        rows = tx.execute(text("SELECT deed, after FROM audit WHERE deed IN ('lines_decided', 'decisions_undone') ORDER BY journal")).all()
    assert [row.deed for row in rows] == ["lines_decided", "decisions_undone"]
    assert json.loads(rows[0].after)["decided"] == 2


def test_the_trail_says_which_lines_were_decided_and_how_they_stood(reviewed: Shop) -> None:
    line = look(reviewed, search="a-01%20pen")["rows"][0]["line"]
    one = {"line": line, "decision": "accept", "reason_code": "miscount", "note": "seen"}
    for meant in ("accept", "dismiss"):
        answer = reviewed.person("supervisor").call("PUT", f"{REVIEW}/decisions", {"decisions": [one | {"decision": meant}]})
        assert answer.status_code == 200, answer.json
    decide(reviewed, lines=[line], decision="recount")
    decide(reviewed, matching={"differs": True}, decision="recount")
    rows = reviewed.person("auditor").get("/api/v1/audit?deed=lines_decided").json["rows"]
    assert [(row["before"], row["after"]) for row in rows[:2]] == [(None, [one]), ([one], [one | {"decision": "dismiss"}])]
    assert (rows[2]["before"], rows[2]["after"]["lines"]) == ({"dismiss": 1}, [line])
    assert rows[3]["before"] == {"recount": 1, "undecided": 3}
