"""The one door in: what is said is kept, counts once, and is answered item by item."""

import gzip
import json
import uuid
from typing import Any

import pytest
from each import each
from sqlalchemy import text

from app import times
from app.db import execute_many, insert_many, reading, writing
from tests.shop import Shop, gun


def test_receive_then_move_leaves_the_difference(shop: Shop) -> None:
    g = shop.gun
    answer = g.send(
        g.scan("receive", location="A-01", barcode="9521234000013", quantity="10"),
        g.scan("move", location="A-01", target="A-02", barcode="9521234000013", quantity="4"),
    )
    assert [(r["status"], r["outcome"]) for r in answer["receipts"]] == [("recorded", "posted")] * 2
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-02", "PEN"), shop.on_hand("SUPPLIER", "PEN")) == (6, 4, -10)
    shop.proven()


def test_a_resent_batch_changes_nothing(shop: Shop) -> None:
    g = shop.gun
    scans = [g.scan("receive", location="A-01", barcode="PEN-BOX", quantity="2"), g.scan("look", location="A-01")]
    first = g.send(*scans)
    again = g.send(*scans)
    assert [r["status"] for r in again["receipts"]] == ["duplicate"] * 2
    assert [r["outcome"] for r in again["receipts"]] == ["posted", "noted"]
    assert again["receipts"][0]["journal"] == first["receipts"][0]["journal"]
    assert shop.on_hand("A-01", "PEN") == 24
    shop.proven()


def test_nothing_goes_into_or_out_of_a_blocked_place_but_what_is_there_is_counted(shop: Shop) -> None:
    for place in ("A-01", "A-02"):
        assert shop.gun.do("receive", location=place, barcode="PEN", quantity="5")["outcome"] == "posted"
    assert shop.person("supervisor").call("PUT", "/api/v1/locations/A-01", {"blocked": True}).status_code == 200
    told = [
        shop.gun.do(task, location=place, barcode="PEN", **to)["reason"]
        for task, place, to in (
            ("receive", "A-01", {}), ("pick", "A-01", {}), ("move", "A-01", {"target": "A-02"}), ("move", "A-02", {"target": "A-01"}),
            ("count", "A-01", {}), ("pick", "A-02", {}),
        )
    ]  # fmt: skip
    assert told == ["blocked"] * 4 + [None] * 2
    assert (shop.on_hand("A-01", "PEN"), shop.on_hand("A-02", "PEN")) == (5, 4)


def test_two_equal_items_in_one_batch_count_once(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN")
    answer = shop.gun.send(scan, scan)
    assert [r["status"] for r in answer["receipts"]] == ["recorded", "duplicate"]
    assert shop.on_hand("A-01", "PEN") == 1


def test_a_duplicate_from_another_device_is_told_the_status_only(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN")
    shop.gun.send(scan)
    (receipt,) = shop.other_gun.send(scan)["receipts"]
    assert (receipt["status"], receipt["outcome"], receipt["journal"]) == ("duplicate", None, None)


CHANGES: dict[str, Any] = {
    "seq": 99, "scanned_at": "2020-01-01T00:00:00Z", "task": "return", "location": "A-02", "barcode": "INK-1", "quantity": "2", "target": "A-02",
    "origin": "PRODUCTION", "sheet": "X", "operator": "OP-2", "via": "keyed", "symbology": "x", "lot": "L", "reason_code": "x", "complete": True,
    "voids": str(uuid.uuid4()),
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(shop: Shop, field: str) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN", quantity="1")
    shop.gun.send(scan)
    (receipt,) = shop.gun.send({**scan, field: CHANGES[field]})["receipts"]
    assert receipt["status"] == "conflict"
    assert shop.on_hand("A-01", "PEN") == 1
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM conflicts")) == 1
    assert shop.gun.send(scan)["receipts"][0]["status"] == "duplicate"


def test_null_and_absent_are_equal_and_ids_compare_without_case(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN")
    shop.gun.send(scan)
    (receipt,) = shop.gun.send({**scan, "id": scan["id"].upper(), "quantity": None, "lot": None, "colour": "unknown keys are no content"})[
        "receipts"
    ]
    assert (receipt["status"], receipt["id"]) == ("duplicate", scan["id"].upper())


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("no id", {"id": None}, "missing_field", "id"),
    ("id is no uuid", {"id": "x"}, "bad_field", "id"),
    ("id is a number", {"id": 7}, "bad_field", "id"),
    ("no task", {"task": None}, "missing_field", "task"),
    ("unknown task", {"task": "steal"}, "unknown_task", "task"),
    ("no time", {"scanned_at": None}, "missing_field", "scanned_at"),
    ("time without zone", {"scanned_at": "2026-11-22T07:04:05"}, "bad_field", "scanned_at"),
    ("no barcode", {"barcode": None}, "missing_field", "barcode"),
    ("no location", {"location": None}, "missing_field", "location"),
    ("quantity 1e3", {"quantity": "1e3"}, "bad_field", "quantity"),
    ("quantity with newline", {"quantity": "1\n"}, "bad_field", "quantity"),
    ("quantity full width", {"quantity": "１"}, "bad_field", "quantity"),
    ("quantity a number", {"quantity": 1}, "bad_field", "quantity"),
    ("negative quantity", {"quantity": "-1"}, "bad_field", "quantity"),
    ("seq true", {"seq": True}, "bad_field", "seq"),
    ("seq 0", {"seq": 0}, "bad_field", "seq"),
    ("seq 2**64", {"seq": 2**64}, "bad_field", "seq"),
    ("location too long", {"location": "x" * 129}, "bad_field", "location"),
    ("barcode too long", {"barcode": "x" * 8193}, "bad_field", "barcode"),
    ("barcode a list", {"barcode": ["x"]}, "bad_field", "barcode"),
    ("complete a text", {"complete": "true"}, "bad_field", "complete"),
]


@pytest.mark.parametrize(("change", "reason", "field"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_one_bad_item_never_touches_the_others(shop: Shop, change: dict[str, Any], reason: str, field: str) -> None:
    bad = shop.gun.scan("receive", location="A-01", barcode="PEN") | change
    good = shop.gun.scan("receive", location="A-01", barcode="PEN")
    receipts = shop.gun.send(bad, good)["receipts"]
    assert (receipts[0]["status"], receipts[0]["reason"]) == ("malformed", reason)
    assert field in receipts[0]["detail"]
    assert receipts[1]["status"] == "recorded"
    assert shop.on_hand("A-01", "PEN") == 1


UNUSED: dict[str, Any] = {
    "target": "A-02", "origin": "PRODUCTION", "sheet": "X", "lot": "L", "reason_code": "x", "complete": True, "quantity": "5",
    "voids": str(uuid.uuid4()),
}  # fmt: skip


def test_fields_a_task_does_not_use_are_kept_and_ignored_and_have_their_types_all_the_same(shop: Shop) -> None:
    """CONTRACT: "Fields a task doesn't use are kept and ignored"; malformed is "a wrong JSON type", and content names every field."""
    g = shop.gun
    plain = g.do("look", barcode="PEN")
    used = g.scan("look", barcode="PEN", **UNUSED)
    (receipt,) = g.send(used)["receipts"]
    assert {**receipt, "id": 0, "journal": 0} == {**plain, "id": 0, "journal": 0}
    (said,) = (r["said"] for r in shop.person("auditor").get("/api/v1/scans").json["rows"] if r["id"] == used["id"])
    assert {name: said[name] for name in UNUSED} == UNUSED
    for name in UNUSED:
        receipt = g.do("look", barcode="PEN", **{name: 5})
        assert (receipt["status"], receipt["reason"], receipt["detail"].partition(":")[0]) == ("malformed", "bad_field", name)


def test_a_malformed_item_is_kept_once_and_its_id_can_still_be_recorded(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN")
    bad = {**scan, "quantity": "1e3"}
    shop.gun.send(bad)
    answer = shop.gun.send(bad)
    assert (answer["stream"]["held"], int(answer["stream"]["xor"], 16)) == (1, shop.gun.xor)
    with reading() as tx:
        assert tx.scalar(text("SELECT COUNT(*) FROM malformed")) == 1
    answer = shop.gun.send(scan)
    assert answer["receipts"][0]["status"] == "recorded"
    assert (answer["stream"]["held"], int(answer["stream"]["xor"], 16), answer["stream"]["forked"]) == (1, shop.gun.xor, False)


@each("item", [1, "x", None, [], [[1]], True, {}, 1.5])
def test_what_is_no_object_is_malformed(shop: Shop, item: Any) -> None:
    (receipt,) = shop.gun.send(item)["receipts"]
    assert (receipt["status"], receipt["id"]) == ("malformed", None)


REFUSED = [
    ("unknown_barcode", "pick", {"location": "A-01", "barcode": "NO-SUCH"}),
    ("unknown_barcode", "pick", {"location": "A-01", "barcode": "A-02"}),
    ("unknown_location", "pick", {"location": "NOWHERE", "barcode": "PEN"}),
    ("unknown_location", "move", {"location": "A-01", "target": "PEN", "barcode": "PEN"}),
    ("lot_required", "receive", {"location": "A-01", "barcode": "MILK"}),
    ("zero_quantity", "receive", {"location": "A-01", "barcode": "PEN", "quantity": "0"}),
    ("quantity_precision", "receive", {"location": "A-01", "barcode": "PEN", "quantity": "0.5"}),
    ("quantity_precision", "receive", {"location": "A-01", "barcode": "ROPE", "quantity": "0.125"}),
    ("quantity_precision", "receive", {"location": "A-01", "barcode": "ROPE-REEL", "quantity": "0.01"}),
    ("quantity_too_large", "receive", {"location": "A-01", "barcode": "ROPE-REEL", "quantity": "999999999999"}),
    ("same_location", "move", {"location": "A-01", "target": "A-01", "barcode": "PEN"}),
    ("unknown_sheet", "count", {"sheet": "K9-999", "barcode": "PEN"}),
    ("unknown_sheet", "finish", {"location": "A-01"}),
    ("not_yours", "void", {"voids": None}),
]


@pytest.mark.parametrize(("reason", "task", "said"), REFUSED)
def test_what_can_not_be_acted_on_is_kept_and_waits_for_a_person(shop: Shop, reason: str, task: str, said: dict[str, Any]) -> None:
    if task == "void":
        said = {"voids": shop.other_gun.scan("receive", location="A-01", barcode="PEN")["id"]}
        shop.other_gun.send({**shop.other_gun.scan("receive", location="A-01", barcode="PEN"), "id": said["voids"]})
    receipt = shop.gun.do(task, **said)
    assert (receipt["status"], receipt["outcome"], receipt["reason"]) == ("recorded", "refused", reason)
    waiting = shop.person("supervisor").get("/api/v1/scans?outcome=refused&unresolved=true").json["rows"]
    assert [r["reason"] for r in waiting] == [reason]
    shop.proven()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unknown_barcode", {"barcode": "NO-SUCH"}),
        ("unknown_location", {"location": "NOWHERE"}),
        ("unknown_location", {"location": "NOWHERE", "barcode": "PEN"}),
    ],
)
def test_a_look_up_of_what_nobody_knows_is_noted_and_waits_for_nobody(shop: Shop, reason: str, said: dict[str, Any]) -> None:
    """The contract: `look | location or barcode | | | noted`."""
    receipt = shop.gun.do("look", **said)
    assert (receipt["status"], receipt["outcome"], receipt["reason"]) == ("recorded", "noted", reason)
    boss = shop.person("supervisor")
    assert boss.get("/api/v1/scans?outcome=refused&unresolved=true").json["rows"] == []
    assert boss.get("/api/v1/unknown-codes").json["rows"] == []
    labels = boss.get("/api/v1/bad-labels").json["rows"]
    assert [row["why"] for row in labels] == ([{"unknown": 1}] if reason == "unknown_barcode" else []), "but the label reads badly"
    shop.proven()


def test_a_case_counts_as_twelve(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN-BOX", quantity="2")
    assert shop.on_hand("A-01", "PEN") == 24


def test_decimals_are_exact(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="ROPE", quantity="0.10")
    shop.gun.do("receive", location="A-01", barcode="ROPE", quantity="0.2")
    shop.gun.do("receive", location="A-01", barcode="ROPE-REEL", quantity="2")
    assert shop.on_hand("A-01", "ROPE") == 30 + 5100


def test_short_is_a_warning_and_an_exception_not_a_refusal(shop: Shop) -> None:
    receipt = shop.gun.do("pick", location="A-01", barcode="PEN", quantity="3")
    assert (receipt["outcome"], receipt["warnings"]) == ("posted", ["short"])
    assert shop.gun.do("receive", location="A-01", barcode="PEN", quantity="3")["warnings"] == []
    shop.proven()


def test_codes_match_exactly_then_by_case_with_a_warning(shop: Shop) -> None:
    assert shop.gun.do("receive", location="a-01", barcode="pen-box")["warnings"] == ["folded"]
    assert shop.on_hand("A-01", "PEN") == 12


@pytest.mark.parametrize("code", ["PEN-BOX", "PEN"])
def test_a_product_is_scanned_as_ever_though_a_location_takes_its_code(shop: Shop, code: str) -> None:
    g = shop.gun
    assert g.do("receive", location="A-01", barcode=code, quantity="2")["outcome"] == "posted"
    before = shop.on_hand("A-01", "PEN")
    assert shop.person("supervisor").call("PUT", f"/api/v1/locations/{code}?site=MAIN", {"kind": "bin"}).status_code == 200
    assert g.do("pick", location="A-01", barcode=code, quantity="1")["outcome"] == "posted"
    assert g.do("count", location="A-01", barcode=code, operator="OP-17")["outcome"] == "noted"
    assert g.do("receive", location=code, barcode=code)["reason"] is None
    assert shop.on_hand("A-01", "PEN") == before // 2
    assert shop.on_hand(code, "PEN") == before // 2
    assert g.get(f"/api/v1/lookup?code={code}").json["kind"] == "location"
    assert [row["sku"] for row in g.get(f"/api/v1/lookup?code={code}").json["here"]] == ["PEN"]
    shop.proven()


def test_a_gtin_is_known_in_every_length_and_with_an_aim_id(shop: Shop) -> None:
    for code in ("09521234000013", "]E09521234000013"):
        assert shop.gun.do("receive", location="A-01", barcode=code)["outcome"] == "posted"
    assert shop.gun.do("receive", location="A-01", barcode="9521234000014")["warnings"] == ["check_digit"]


def test_blanks_around_a_code_are_none_of_it(shop: Shop) -> None:
    """A gun that adds a blank, a label padded to its width: the scan stays as it was said."""
    for code in (" 9521234000013", "]E09521234000013  ", "PEN\u00a0"):
        said = shop.gun.do("receive", location=" A-01 ", barcode=code)
        assert (said["outcome"], said["warnings"]) == ("posted", []), code
    assert shop.person("supervisor").get("/api/v1/scans").json["rows"][0]["barcode"] == " 9521234000013"
    assert shop.gun.do("receive", location="A-01", barcode="PE N")["reason"] == "unknown_barcode"
    assert shop.gun.do("receive", location="A-01", barcode="  ")["reason"] == "unknown_barcode"


def test_a_lot_is_assumed_where_only_one_is_on_hand(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="MILK", lot="L1", quantity="5")
    assert shop.gun.do("pick", location="A-01", barcode="MILK")["warnings"] == ["lot_assumed"]
    shop.gun.do("receive", location="A-01", barcode="MILK", lot="L2", quantity="5")
    assert shop.gun.do("pick", location="A-01", barcode="MILK")["reason"] == "lot_required"
    assert (shop.on_hand("A-01", "MILK", "L1"), shop.on_hand("A-01", "MILK", "L2")) == (4, 5)


def test_other_tasks_and_their_places(shop: Shop) -> None:
    """receive from PRODUCTION 10, return 2 from CUSTOMER, pick 3 to PRODUCTION, scrap 1."""
    g = shop.gun
    g.send(
        g.scan("receive", location="A-01", barcode="PEN", quantity="10", origin="PRODUCTION"),
        g.scan("return", location="A-01", barcode="PEN", quantity="2"),
        g.scan("pick", location="A-01", barcode="PEN", quantity="3", target="PRODUCTION"),
        g.scan("scrap", location="A-01", barcode="PEN", reason_code="broken"),
    )
    places = ("A-01", "PRODUCTION", "CUSTOMER", "SCRAP")
    assert [shop.on_hand(p, "PEN") for p in places] == [8, -7, -2, 1]


def test_unknown_operators_are_told_and_kept(shop: Shop) -> None:
    assert shop.gun.do("receive", location="A-01", barcode="PEN", operator="NOBODY")["warnings"] == ["unknown_operator"]


def test_odd_texts_are_kept_whole_on_both_databases(shop: Shop) -> None:
    odd = "\x00\x1dA\u202e\ud800😀"
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode=odd, operator="\x00", lot="\ud800")
    answer = g.send(scan)
    assert (answer["receipts"][0]["status"], answer["receipts"][0]["reason"]) == ("recorded", "unknown_barcode")
    assert g.send(scan)["receipts"][0]["status"] == "duplicate"
    raw = shop.person("supervisor").get("/api/v1/scans").data
    assert json.loads(raw)["rows"][0]["said"]["barcode"] == odd


def test_a_lot_with_a_nul_posts(shop: Shop) -> None:
    assert shop.gun.do("receive", location="A-01", barcode="MILK", lot="a\x00b")["outcome"] == "posted"
    shop.proven()


def test_balances_that_would_overflow_refuse_the_scan_not_the_batch(shop: Shop) -> None:
    """4,001 receives of 10**15 into the same bin: what no longer fits is refused, the rest is posted; the supplier's side too."""
    g = shop.gun
    with writing() as tx:
        tx.execute(
            text(
                "INSERT INTO balances SELECT l.id, p.id, '', '', CASE l.code WHEN 'SUPPLIER' THEN -1 ELSE 1 END * 4000000000000000000 "
                "FROM locations l, products p WHERE l.code IN ('SUPPLIER', 'A-02') AND p.sku = 'PEN'"
            )
        )
    for place in ("A-02", "A-01"):
        receipts = g.send(
            g.scan("receive", location=place, barcode="PEN", quantity="1"), g.scan("receive", location="A-01", barcode="INK")
        )["receipts"]
        assert [(r["outcome"], r["reason"]) for r in receipts] == [("refused", "quantity_too_large"), ("posted", None)]


def test_a_device_with_a_ceiling_does_only_its_tasks(shop: Shop) -> None:
    counter = gun(shop.app, "counter", ["count"])
    assert counter.do("receive", location="A-01", barcode="PEN")["reason"] == "task_not_allowed"
    assert counter.do("count", location="A-01", barcode="PEN")["outcome"] == "noted"
    assert counter.do("finish", location="A-01")["outcome"] == "noted"


def test_a_revoked_device_keeps_its_facts(shop: Shop) -> None:
    with writing() as tx:
        tx.execute(text("UPDATE devices SET revoked_at = 1 WHERE name = 'gun-1'"))
    answer = shop.gun.send(shop.gun.scan("receive", location="A-01", barcode="PEN"))
    assert answer["do"]["revoked"] is True
    assert answer["receipts"][0]["reason"] == "revoked_device"
    assert shop.on_hand("A-01", "PEN") == 0
    assert shop.gun.get(f"/api/v1/streams/{shop.gun.stream}/proof").status_code == 403


ENVELOPES: list[tuple[bytes, int, str]] = [
    (b"[" * 200_000, 400, "bad_json"),
    (b'{"scans": NaN}', 400, "bad_json"),
    (b'{"scans": [1], "scans": [2]}', 400, "bad_json"),
    (b'{"scans": [{"a": 1, "a": 2}]}', 400, "bad_json"),
    (b'{"scans": [{"a:": "\\u003a", "b": 1, "b": 2}]}', 400, "bad_json"),
    (b'{"scans": [[[[[[[[1]]]]]]]]}', 400, "bad_json"),
    (b"\xff\xfe{", 400, "bad_json"),
    (b"", 400, "bad_json"),
    (b"nonsense", 400, "bad_json"),
    (b"1" * 5000, 400, "bad_envelope"),
    (b'"text"', 400, "bad_envelope"),
    (b"null", 400, "bad_envelope"),
    (b"{}", 400, "bad_envelope"),
    (b'{"scans": 1}', 400, "bad_envelope"),
    (b'{"scans": []}', 400, "bad_envelope"),
    (b'{"scans": [1], "batch": "x"}', 400, "bad_envelope"),
    (b'{"scans": [1], "stream": 7}', 400, "bad_envelope"),
    (b'{"scans": [' + b"1," * 500 + b"1]}", 413, "too_large"),
    (b'{"scans": ["' + b"x" * (1 << 20) + b'"]}', 413, "too_large"),
]


@each(("body", "status", "code"), ENVELOPES)
def test_what_is_no_envelope_is_a_problem(shop: Shop, body: bytes, status: int, code: str) -> None:
    answer = shop.gun.post(body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"


def test_gzip_is_taken_and_bombs_are_not(shop: Shop) -> None:
    body = json.dumps({"scans": [shop.gun.scan("look", location="A-01")]}).encode()
    assert shop.gun.post(gzip.compress(body), **{"Content-Encoding": "gzip"}).status_code == 200
    assert shop.gun.post(gzip.compress(b" " * (2 << 20)), **{"Content-Encoding": "gzip"}).status_code == 413
    assert shop.gun.post(b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400
    assert shop.gun.post(body, **{"Content-Encoding": "br"}).status_code == 415
    answer = shop.gun.client.post(
        "/api/v1/scans", data=body, content_type="text/plain", headers={"Authorization": f"Bearer {shop.gun.token}"}
    )
    assert answer.status_code == 415


def test_a_bad_sent_at_or_made_counts_as_absent(shop: Shop) -> None:
    answer = shop.gun.send(shop.gun.scan("look", location="A-01"), sent_at="yesterday", made="many")
    assert answer["receipts"][0]["status"] == "recorded"
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][0]
    assert row["uncertainty_ms"] == 300_000


def test_scans_without_a_stream_have_no_gap_proof(shop: Shop) -> None:
    answer = shop.gun.send(shop.gun.scan("look", location="A-01"), stream=None, made=None)
    assert answer["stream"] is None


@pytest.mark.parametrize("size", [1, 500])
def test_a_batch_takes_at_most_25_statements(shop: Shop, size: int) -> None:
    from sqlalchemy import event

    from app.db import db

    g = shop.gun
    g.do("receive", location="A-01", barcode="PEN")
    tasks = ("receive", "move", "pick", "count", "return", "scrap", "look", "hold", "void", "receive")
    earlier = g.send(*[g.scan("receive", location="A-02", barcode="PEN") for _ in range(50)])["receipts"]
    scans = [
        g.scan(
            tasks[n % 10], location="A-01", target="A-02", barcode=("PEN", "MILK", "NO-SUCH")[n % 3], lot="L",
            voids=earlier[n // 10]["id"] if tasks[n % 10] == "void" else None,
        )
        for n in range(size)
    ]  # fmt: skip
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    with writing() as tx:
        tx.info["raw_statements"] = 0
    g.send(*scans)
    with writing() as tx:
        raw = tx.info["raw_statements"]
    begin = [s for s in seen if not s.startswith("BEGIN")]
    assert len(begin) + raw <= 25, (len(begin), raw, begin)


def test_a_batch_that_counts_many_places_changes_their_sheets_in_as_few(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """50 planned places, each counted and finished for the first time, took three statements each on PostgreSQL, and one each ever after."""
    from app.scans import sheets

    rows: list[tuple[str, int]] = []

    def one_by_one(tx: Any, sql: str, given: Any) -> None:
        rows.append((sql, len(given)))
        execute_many(tx, sql, given)

    def together(tx: Any, table: str, columns: Any, given: Any, *unless: str) -> None:
        rows.append((table, min(len(given), 1)))
        insert_many(tx, table, columns, given, *unless)

    places = [f"Y-{n:02d}" for n in range(50)]
    csv = "\n".join(["code,parent,kind,name", *(f"{place},MAIN,bin,{place}" for place in places)])
    token = {"Authorization": f"Bearer {shop.person('supervisor').token}"}
    made = shop.gun.client.post("/api/v1/imports/locations", data=csv, content_type="text/csv", headers=token)
    assert made.json["created"] == 50, made.json
    assert shop.person("supervisor").call("POST", "/api/v1/counts", {"locations": places}).status_code == 201
    monkeypatch.setattr(sheets, "execute_many", one_by_one)
    monkeypatch.setattr(sheets, "insert_many", together)
    g = shop.gun
    for task in ("count", "count", "finish"):
        receipts = g.send(*[g.scan(task, location=place, barcode="PEN") for place in places])["receipts"]
        assert {one["outcome"] for one in receipts} == {"noted"}
    assert max(number for _, number in rows) <= 1
    assert [number for table, number in rows if table == "sheet_counters"] == [1, 0, 0], "who counts there is noted once"


def test_occurred_at_is_corrected_by_the_guns_clock(shop: Shop) -> None:
    fast = gun(shop.app, "fast", skew_ms=3_600_000)
    moment = times.now() - 60_000
    fast.send(fast.scan("receive", location="A-01", barcode="PEN", at=moment))
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][0]
    assert abs(times.parse(row["occurred_at"]) - moment) < 2_000
    assert row["uncertainty_ms"] == 2_000


def test_a_clock_is_that_of_the_quickest_batch_of_the_last_day(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """DESIGN.md section 5: the smallest difference of receiving and sending in 24 hours, its spread the uncertainty."""
    began, sent = times.now(), []
    for hours, underway in ((0, 0), (1, 40_000), (2, 40_000), (26, 40_000)):
        at = began + hours * times.HOUR
        monkeypatch.setattr(times, "now", lambda at=at: at)
        sent.append(shop.gun.scan("look", at=at - times.MINUTE, location="A-01"))
        shop.gun.send(sent[-1], sent_at=times.wire(at - underway))
    monkeypatch.undo()
    rows = {row["id"]: row for row in shop.person("supervisor").get("/api/v1/scans").json["rows"]}
    seen = [rows[scan["id"]] for scan in sent]
    shifts = [times.parse(row["occurred_at"]) - times.parse(row["scanned_at"]) for row in seen]
    assert (shifts, [row["uncertainty_ms"] for row in seen]) == ([0, 0, 0, 40_000], [2_000, 40_000, 40_000, 40_000])


def test_a_clock_that_jumps_is_told(shop: Shop) -> None:
    g = shop.gun
    g.do("look", location="A-01")
    g.skew_ms = 3_600_000
    assert g.do("look", location="A-01")["warnings"] == ["clock_changed"]
    row = shop.person("auditor").get("/api/v1/scans").json["rows"][-1]
    assert abs(row["uncertainty_ms"] - 3_600_000) < 5_000


@pytest.mark.parametrize(
    ("said", "listed"),
    [
        ("2026-11-22T07:04:05Z", "2026-11-22T07:04:05.000Z"),
        ("2026-11-22T00:30:00.123456+01:00", "2026-11-21T23:30:00.123Z"),
        ("2026-11-22t07:04:05.9z", "2026-11-22T07:04:05.900Z"),
        ("1969-12-31T19:00:00-05:00", "1970-01-01T00:00:00.000Z"),
    ],
)
def test_times_go_out_in_utc_with_three_decimals_however_they_came(shop: Shop, said: str, listed: str) -> None:
    """`Times in: RFC 3339 with seconds, up to 6 decimals, Z or offset; out: UTC, 3 decimals, Z`; what was said stays as it was."""
    shop.gun.send(shop.gun.scan("look", location="A-01") | {"scanned_at": said})
    supervisor = shop.person("supervisor")
    for rows in (supervisor.get("/api/v1/scans").json["rows"], supervisor.get("/api/v1/feed").json["rows"]):
        (row,) = [row for row in rows if "said" in row]
        assert (row["scanned_at"], row["said"]["scanned_at"]) == (listed, said)


@pytest.mark.parametrize(
    "moment", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2030-01-01T00:00:00Z"]
)
def test_no_clock_breaks_anything(shop: Shop, moment: str) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN") | {"scanned_at": moment}
    for sent_at in (moment, None, times.wire(times.now())):
        answer = shop.gun.send(scan | {"id": str(uuid.uuid4())}, sent_at=sent_at)
        assert answer["receipts"][0]["status"] in ("recorded", "malformed")
    assert shop.person("auditor").get("/api/v1/scans").status_code == 200
