"""Codes that nobody understood: parked with all that was said, matched in one step, posted with their own time."""

import pytest

from app import times
from app.db import writing
from app.locations import creating
from tests.shop import Shop

CASE = "9521234001034"


def unknown(shop: Shop) -> list[dict[str, object]]:
    return list(shop.person("supervisor").get("/api/v1/unknown-codes").json["rows"])


def match(shop: Shop, status: int = 200, **said: object) -> dict[str, object]:
    answer = shop.person("supervisor").call("POST", "/api/v1/unknown-codes/matches", said)
    assert answer.status_code == status, answer.json
    return dict(answer.json)


def test_an_unknown_code_is_listed_once_with_all_that_waits_for_it(shop: Shop) -> None:
    assert unknown(shop) == []
    shop.gun.do("receive", location="A-01", barcode="X-1", quantity="3")
    shop.gun.do("receive", location="A-02", barcode="X-1")
    shop.other_gun.do("count", location="A-01", barcode="X-1")
    shop.gun.do("pick", location="A-01", barcode="Y-1")
    other, first = unknown(shop)
    assert other["code"] == "Y-1"
    assert (first["code"], first["barcode"], first["scans"], first["quantity"]) == ("X-1", "X-1", 3, "5")
    assert (first["tasks"], first["locations"], first["operators"]) == ({"receive": 2, "count": 1}, ["A-01", "A-02"], ["OP-1", "OP-2"])
    assert first["known"] is None
    assert shop.gun.get("/api/v1/unknown-codes").status_code == 403


def test_matched_in_one_step_the_waiting_scans_post_with_their_own_time(shop: Shop) -> None:
    then = times.now() - times.HOUR
    shop.gun.send(
        shop.gun.scan("receive", location="A-01", barcode="X-1", quantity="3", at=then),
        shop.gun.scan("pick", location="A-01", barcode="x-1", at=then + 1000),
        shop.gun.scan("count", location="A-01", barcode="X-1", at=then + 2000),
        shop.gun.scan("receive", location="A-01", barcode="Y-1"),
    )
    done = match(shop, code="X-1", sku="PEN", quantity="12", reason="new box")
    assert (done["barcode"], done["posted"], done["noted"], done["refused"]) == ("X-1", 2, 1, [])
    assert shop.on_hand("A-01", "PEN") == 24
    moves = shop.person("supervisor").get("/api/v1/moves").json["rows"]
    assert [times.parse(m["occurred_at"]) - then in range(0, 3001) for m in moves] == [True, True], "their own time"
    assert [row["code"] for row in unknown(shop)] == ["Y-1"]
    assert shop.gun.do("receive", location="A-02", barcode="X-1")["outcome"] == "posted", "the product has learned it"
    again = match(shop, code="X-1", sku="PEN", quantity="12", reason="new box")
    assert (again["posted"], again["noted"]) == (0, 0)
    shop.proven()


def test_a_product_is_made_on_the_spot(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=CASE, quantity="2")
    made = match(shop, code=CASE, sku="TAPE", product={"name": "Tape 50 mm", "unit": "roll"}, quantity="6", reason="new")
    assert made["posted"] == 1
    assert shop.on_hand("A-01", "TAPE") == 12
    match(shop, 409, code="Z", sku="TAPE", product={"name": "Other"})
    match(shop, 404, code="Z", sku="NOBODY")
    match(shop, 409, code=CASE, sku="PEN", reason="already that of another")


def test_all_lots_of_an_unknown_trade_item_are_one_unknown_code(shop: Shop) -> None:
    for lot, place in (("L1", "A-01"), ("L2", "A-02")):
        shop.gun.do("receive", location=place, barcode=f"]C101{CASE.zfill(14)}10{lot}")
    shop.gun.do("receive", location="B-01", barcode=CASE)
    (one,) = unknown(shop)
    assert (one["gtin"], one["scans"], one["barcode"]) == (CASE.zfill(14), 3, CASE)
    done = match(shop, code=f"]C101{CASE.zfill(14)}10L9", sku="MILK", reason="new carton")
    assert (done["posted"], done["barcode"]) == (2, CASE.zfill(14))
    assert shop.on_hand("A-01", "MILK", "L1") == shop.on_hand("A-02", "MILK", "L2") == 1
    assert [refused["detail"] for refused in done["refused"]] == ["Refused as lot_required."]  # type: ignore[union-attr]
    (still,) = unknown(shop)
    assert still["known"] == {"sku": "MILK", "name": "Milk"}, "the code is known now, what waits lacks its lot"


def test_the_code_can_be_learned_without_a_change_of_stock_and_stock_can_change_without_learning(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="X-1")
    assert match(shop, code="X-1", sku="PEN", post=False)["posted"] == 0
    assert shop.on_hand("A-01", "PEN") == 0
    (waits,) = unknown(shop)
    assert waits["known"] == {"sku": "PEN", "name": "Pen"}
    shop.gun.do("receive", location="A-02", barcode="TYPO")
    assert match(shop, code="TYPO", sku="INK", learn=False, reason="mistyped")["posted"] == 1
    assert shop.on_hand("A-02", "INK") == 1
    assert shop.gun.do("receive", location="A-02", barcode="TYPO")["reason"] == "unknown_barcode"


def test_what_was_voided_or_dismissed_waits_no_more(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="X-1")
    shop.gun.send(scan)
    shop.gun.do("void", voids=scan["id"])
    other = shop.gun.scan("receive", location="A-01", barcode="X-2")
    shop.gun.send(other)
    shop.person("supervisor").call("POST", f"/api/v1/scans/{other['id']}/resolution", {"dismiss": True, "reason": "rubbish"})
    assert unknown(shop) == []


@pytest.mark.parametrize("code", ["A" * 129, "\x00", "\u200b", "A" * 8192, "'; DROP TABLE scans --", "]C1", "(01)", "\ud800"[:0] or "%"])
def test_any_code_is_listed_and_one_that_can_not_be_a_barcode_says_so(shop: Shop, code: str) -> None:
    shop.gun.do("receive", location="A-01", barcode=code)
    (one,) = unknown(shop)
    assert one["code"] == code
    answer = shop.person("supervisor").call("POST", "/api/v1/unknown-codes/matches", {"code": code, "sku": "PEN", "reason": "try"})
    assert answer.status_code in (200, 400), answer.json
    if answer.status_code == 400 and code != "\x00":
        assert match(shop, code=code, sku="PEN", learn=False, reason="it was a pen")["posted"] == 1


def test_what_is_learned_may_come_back_by_import(shop: Shop) -> None:
    for code in ("9521234000014", "12345", "04252614"):
        shop.gun.do("receive", location="A-01", barcode=code)
    wrong = shop.person("supervisor").call("POST", "/api/v1/unknown-codes/matches", {"code": "9521234000014", "sku": "PEN"})
    assert (wrong.status_code, wrong.json["detail"]) == (400, "13 digits whose check digit is wrong: 4, it should be 3.")
    assert match(shop, code="9521234000014", sku="PEN", learn=False)["posted"] == 1
    assert match(shop, code="12345", sku="12345", product={"name": "By its number"})["posted"] == 1
    assert match(shop, code="04252614", sku="PEN")["barcode"] == "00042100005264"
    boss = shop.person("supervisor")
    file, key = boss.get("/api/v1/exports/products.csv").data, {"Authorization": f"Bearer {boss.token}"}
    sent = boss.client.post("/api/v1/imports/products", data=file, content_type="text/csv", headers=key)
    assert (sent.json["rejected"], sent.json["rows"]) == ([], sent.json["unchanged"])


SOUND = (
    "4006381333931",  # a GTIN that no product has
    "(00)095012345678903248", "00095012345678903248", "095012345678903248",
    "(414)9521321000018(254)B-7", "(414)9521321000018",
    "(01)09521234543213(10)ABC123", "]C1010952123454321310ABC123", "https://id.gs1.org/01/09521234543213/10/ABC123", "HTTPS://EXAMPLE.COM/01/09521234543213",
    "(253)9521321000018123", "(8003)09521321000018A1", "]d2800402521234A1",
    "2112345012506",  # a shop's own number
    "A-02", "EAST", "east", "OP-1", "]C0OP-1", "SL-DONE", "SL-QTY-3", "https://stock.example.com/join#K7QP", "PENCIL", "(10)ABC",
)  # fmt: skip
BAD = {
    "CARTON-77": {"unknown": 1}, "9521234000014": {"check_digit": 1, "unknown": 1}, "(00)095012345678903249": {"check_digit": 1},
    "095012345678903249": {"unknown": 1}, "010952123454321317991301": {"unknown": 1}, "(01)09521234543210": {"check_digit": 1},
    "https://example.com/cat": {"unknown": 1}, "OP-99": {"unknown": 1}, "PEN\x00": {"unknown": 1},
}  # fmt: skip


def test_a_sound_label_is_not_a_bad_one_only_because_no_product_has_it(shop: Shop) -> None:
    """What GS1 or we ourselves print and what reads as it should needn't be printed anew."""
    with writing() as tx:
        creating.add_site(tx, "EAST", "East")
    for code in (*SOUND, *BAD):
        shop.gun.do("look", barcode=code)
    assert shop.person("supervisor").call("PUT", "/api/v1/products/PEN", {"barcodes": [{"code": "PENCIL"}]}).status_code == 200
    rows = shop.person("auditor").get("/api/v1/bad-labels?site=MAIN").json["rows"]
    assert {r["code"]: r["why"] for r in rows} == BAD


def test_bad_labels_are_listed_by_location(shop: Shop) -> None:
    shop.gun.do("receive", location="A-02", barcode="9521234000013", via="keyed")
    shop.gun.do("receive", location="A-02", barcode="9521234000013", via="keyed")
    shop.gun.do("receive", location="A-01", barcode="9521234000014")
    shop.gun.do("receive", location="A-01", barcode="PEN")
    shop.gun.do("receive", location="A-01", barcode="pen")
    shop.gun.do("receive", location="A-01", barcode="PEN", at=times.now() - 9 * times.DAY, via="keyed")
    rows = shop.person("auditor").get("/api/v1/bad-labels").json["rows"]
    assert [(r["location"], r["code"], r["sku"], r["why"]) for r in rows] == [
        ("A-01", "9521234000014", None, {"check_digit": 1, "unknown": 1}),
        ("A-01", "pen", "PEN", {"folded": 1}),
        ("A-02", "9521234000013", "PEN", {"keyed": 2}),
    ]
    assert len(shop.person("auditor").get("/api/v1/bad-labels?days=30").json["rows"]) == 4
    assert shop.gun.get("/api/v1/bad-labels").status_code == 403
