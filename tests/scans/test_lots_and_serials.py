"""What a GS1 code says beside its product: lot, expiry, serial and quantity go through scans, stock and counts."""

import pytest
from sqlalchemy import text

from app import times
from app.db import reading
from tests.shop import Shop

CHEESE, SAW, HAM, NAILS = "09521234001003", "09521234001010", "99521234001044", "09521234001027"
PRODUCTS = """sku,name,unit,decimals,tracking,barcode,barcode_quantity
CHEESE,Cheese,each,0,lot,09521234001003,1
SAW,Saw,each,0,serial,09521234001010,1
HAM,Ham,kg,3,none,99521234001044,1
NAILS,Nails,each,0,none,09521234001027,100
SPICE,Spice,g,0,none,99521234001051,1
"""


@pytest.fixture
def shop(shop: Shop) -> Shop:
    supervisor = shop.person("supervisor")
    answer = supervisor.client.post(
        "/api/v1/imports/products", data=PRODUCTS, content_type="text/csv", headers={"Authorization": f"Bearer {supervisor.token}"}
    )
    assert answer.json["created"] == 5, answer.json
    return shop


def cheese(lot: str, expiry: str = "", more: str = "") -> str:
    return f"(01){CHEESE}" + (f"(17){expiry}" if expiry else "") + f"(10){lot}{more}"


def saw(serial: str) -> str:
    return f"(01){SAW}(21){serial}"


def stock(shop: Shop, **query: str) -> list[tuple[str, str, str, str, str]]:
    rows = shop.person("supervisor").client.get(
        "/api/v1/stock", query_string=query, headers={"Authorization": f"Bearer {shop.person('supervisor').token}"}
    ).json["rows"]  # fmt: skip
    return [(r["location"], r["lot"], r["serial"], r["expiry"], r["quantity"]) for r in rows]


def exceptions(shop: Shop) -> list[tuple[str, str, str]]:
    return [(e["kind"], e["location"], e["serial"]) for e in shop.person("supervisor").get("/api/v1/exceptions").json["rows"]]


def test_a_lot_and_its_expiry_are_read_from_the_code(shop: Shop) -> None:
    receipt = shop.gun.do("receive", location="A-01", barcode=cheese("L7", "270131"), quantity="5")
    assert (receipt["outcome"], receipt["warnings"]) == ("posted", [])
    assert stock(shop, sku="CHEESE") == [("A-01", "L7", "", "2027-01-31", "5")]


def test_a_lot_that_was_keyed_wins_over_that_of_the_code(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=cheese("L7"), lot="L8")
    assert [row[1] for row in stock(shop, sku="CHEESE")] == ["L8"]


def test_a_lot_keeps_the_expiry_it_was_first_told(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=cheese("L7"))
    assert stock(shop, sku="CHEESE")[0][3] is None
    shop.gun.do("receive", location="A-01", barcode=cheese("L7", "270131"))
    assert stock(shop, sku="CHEESE")[0][3] == "2027-01-31"
    assert shop.gun.do("receive", location="A-01", barcode=cheese("L7", "270228"))["warnings"] == ["expiry_differs"]
    scans = [shop.gun.scan("receive", location="A-02", barcode=cheese("L9", day)) for day in ("270301", "270302")]
    assert [r["warnings"] for r in shop.gun.send(*scans)["receipts"]] == [[], ["expiry_differs"]]
    assert [row[3] for row in stock(shop, sku="CHEESE")] == ["2027-01-31", "2027-03-01"]


def test_what_has_expired_is_picked_with_a_warning_and_received_without(shop: Shop) -> None:
    assert shop.gun.do("receive", location="A-01", barcode=cheese("OLD", "200131"))["warnings"] == []
    assert shop.gun.do("pick", location="A-01", barcode=cheese("OLD", "200131"))["warnings"] == ["expired"]
    shop.gun.do("receive", location="A-01", barcode=cheese("OLD"))
    assert shop.gun.do("move", location="A-01", target="A-02", barcode="CHEESE", lot="OLD")["warnings"] == ["expired"], "the lot is known"
    shop.gun.do("receive", location="A-01", barcode=NAILS)
    assert "expired" in shop.gun.do("pick", location="A-01", barcode=f"(01){NAILS}(17)200131")["warnings"], "no lot, but its label tells"


def test_what_expires_on_a_day_is_good_until_that_day_is_over(shop: Shop) -> None:
    at = times.now() - 12 * times.HOUR
    for lot, days, warnings in (("L1", 0, []), ("L2", 1, ["expired"])):
        last = times.wire(at - days * times.DAY)[2:10].replace("-", "")
        shop.gun.do("receive", location="A-01", barcode=cheese(lot, last))
        assert shop.gun.do("pick", at=at, location="A-01", barcode=cheese(lot))["warnings"] == warnings


def test_hold_and_release_of_a_lot_by_its_code(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=cheese("L7"), quantity="5")
    shop.gun.do("receive", location="A-01", barcode=cheese("L8"), quantity="5")
    assert shop.gun.do("hold", barcode=cheese("L7"), reason_code="smells")["outcome"] == "noted"
    assert shop.gun.do("pick", location="A-01", barcode=cheese("L7"))["warnings"] == ["held"]
    assert shop.gun.do("pick", location="A-01", barcode=cheese("L8"))["warnings"] == []
    shop.gun.do("release", barcode=cheese("L7"))
    assert shop.gun.do("pick", location="A-01", barcode=cheese("L7"))["warnings"] == []


def test_a_quantity_in_the_code_multiplies_and_a_keyed_one_wins(shop: Shop) -> None:
    assert shop.gun.do("receive", location="A-01", barcode=f"(01){NAILS}(30)3")["warnings"] == []
    assert shop.on_hand("A-01", "NAILS") == 300, "3 packs of 100"
    shop.gun.do("receive", location="A-02", barcode=f"(01){NAILS}(30)3", quantity="1")
    assert shop.on_hand("A-02", "NAILS") == 300, "a quantity of 1 is what guns send when nobody keyed one"
    assert shop.gun.do("receive", location="B-01", barcode=f"(01){NAILS}(30)3", quantity="2")["warnings"] == ["quantity_overridden"]
    assert shop.on_hand("B-01", "NAILS") == 200


def test_a_weight_in_the_code_is_the_quantity_of_what_is_weighed(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=f"(01){HAM}(3103)001250")
    assert shop.on_hand("A-01", "HAM") == 1250
    shop.gun.do("receive", location="A-01", barcode="(01)99521234001051(3103)001250")
    assert shop.on_hand("A-01", "SPICE") == 1250, "grams of kilograms"
    assert shop.gun.do("receive", location="A-01", barcode="(01)99521234001051(3104)012505")["reason"] == "quantity_precision"
    shop.gun.do("receive", location="A-02", barcode=cheese("L1", more="(3103)000500"))
    assert shop.on_hand("A-02", "CHEESE") == 1, "pieces stay pieces, whatever they weigh"
    shop.gun.do("receive", location="A-02", barcode=f"(01){HAM}(30)12(3103)001250")
    assert shop.on_hand("A-02", "HAM") == 1250, "what is weighed is weighed, however many pieces it is"


def test_a_weight_in_another_unit_is_converted_exactly_or_refused_never_taken_for_one(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=f"(01){HAM}(3103)001250(3203)002756")
    assert shop.on_hand("A-01", "HAM") == 1250, "its own unit"
    assert shop.gun.do("receive", location="A-01", barcode=f"(01){HAM}(3203)002756")["reason"] == "quantity_precision"
    assert shop.gun.do("receive", location="A-01", barcode=f"(01){HAM}(3203)002756", quantity="1.25")["warnings"] == ["quantity_overridden"]
    assert shop.on_hand("A-01", "HAM") == 2500


def test_a_serial_is_one_piece(shop: Shop) -> None:
    assert shop.gun.do("receive", location="A-01", barcode=saw("S1"))["outcome"] == "posted"
    assert stock(shop, sku="SAW") == [("A-01", "", "S1", None, "1")]
    assert shop.gun.do("receive", location="A-01", barcode=saw("S2"), quantity="2")["reason"] == "quantity_too_large"
    assert shop.gun.do("receive", location="A-01", barcode=SAW)["reason"] == "lot_required", "which one?"
    assert shop.gun.do("receive", location="A-01", barcode=SAW, lot="S3")["outcome"] == "posted", "a serial may be keyed as a lot is"
    assert [row[2] for row in stock(shop, sku="SAW")] == ["S1", "S3"]
    assert shop.gun.do("pick", location="A-01", barcode=SAW)["reason"] == "lot_required"
    shop.gun.do("pick", location="A-01", barcode=saw("S3"))
    assert shop.gun.do("pick", location="A-01", barcode=SAW)["warnings"] == ["lot_assumed"]
    assert stock(shop, sku="SAW") == []
    shop.proven()


def test_a_piece_is_found_under_the_lot_it_came_with(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=f"(01){SAW}(10)B5(21)S1")
    assert shop.gun.do("pick", location="A-01", barcode=saw("S1"))["warnings"] == []
    assert stock(shop, sku="SAW") == []


def test_the_same_serial_in_two_places_is_an_exception(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=saw("S1"))
    assert exceptions(shop) == []
    shop.gun.do("receive", location="A-02", barcode=saw("S1"))
    assert exceptions(shop) == [("serial_in_two_places", "A-02", "S1")]


def test_the_same_serial_twice_in_one_place_is_an_exception_too(shop: Shop) -> None:
    shop.gun.send(*(shop.gun.scan("receive", location="A-01", barcode=saw("S1")) for _ in range(2)))
    assert exceptions(shop) == [("serial_in_two_places", "A-01", "S1")]


def test_a_serial_that_went_from_place_to_place_in_one_batch_is_in_one_place(shop: Shop) -> None:
    shop.gun.send(
        shop.gun.scan("receive", location="A-01", barcode=saw("S1")),
        shop.gun.scan("move", location="A-01", target="A-02", barcode=saw("S1")),
    )
    assert [row[:3] for row in stock(shop, sku="SAW")] == [("A-02", "", "S1")]
    assert exceptions(shop) == []


def test_a_serial_counts_once_on_a_sheet(shop: Shop) -> None:
    for serial in ("S1", "S2", "S3"):
        shop.gun.do("receive", location="A-01", barcode=saw(serial))
    supervisor = shop.person("supervisor")
    count = supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).json
    assert shop.gun.do("count", location="A-01", barcode=saw("S1"))["warnings"] == []
    assert shop.gun.do("count", location="A-01", barcode=saw("S1"))["warnings"] == ["serial_repeated"]
    twice = [shop.gun.scan("count", location="A-01", barcode=saw("S9")) for _ in range(2)]
    assert [r["warnings"] for r in shop.gun.send(*twice)["receipts"]] == [[], ["serial_repeated"]]
    shop.gun.do("void", voids=twice[1]["id"])
    shop.gun.do("finish", location="A-01")
    line = supervisor.get(f"/api/v1/counts/{count['code']}/reconciliation").json["lines"][0]
    assert (line["sku"], line["expected"], line["counted"], line["needs_lots"]) == ("SAW", "3", "2", False)
    assert [(p["serial"], p["variance"]) for p in line["pieces"]] == [("S2", "-1"), ("S3", "-1"), ("S9", "1")]
    decided = [{"line": line["line"], "decision": "accept", "reason_code": "found"}]
    seen = supervisor.get(f"/api/v1/counts/{count['code']}/reconciliation").json["hash"]
    answer = supervisor.call("POST", f"/api/v1/counts/{count['code']}/reconciliation", {"hash": seen, "decisions": decided})
    assert answer.status_code == 200, answer.json
    assert [row[2] for row in stock(shop, sku="SAW")] == ["S1", "S9"]
    shop.proven()


def test_pieces_counted_without_their_serials_need_them_chosen(shop: Shop) -> None:
    for serial in ("S1", "S2", "S3"):
        shop.gun.do("receive", location="A-01", barcode=saw(serial))
    supervisor = shop.person("supervisor")
    count = supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]}).json["code"]
    shop.gun.do("count", location="A-01", barcode=SAW, quantity="2")
    shop.gun.do("finish", location="A-01")
    shown = supervisor.get(f"/api/v1/counts/{count}/reconciliation").json
    (line,) = shown["lines"]
    assert (line["expected"], line["counted"], line["needs_lots"]) == ("3", "2", True)
    assert [(p["serial"], p["expected"]) for p in line["pieces"]] == [("S1", "1"), ("S2", "1"), ("S3", "1")]
    for lots in (None, {"S1": "-2"}, {"S1": "-1", "S2": "-1"}):
        decided = [{"line": line["line"], "decision": "accept", "reason_code": "lost", "lots": lots}]
        refused = supervisor.call("POST", f"/api/v1/counts/{count}/reconciliation", {"hash": shown["hash"], "decisions": decided})
        assert (refused.status_code, refused.json["code"]) == (409, "lots_needed"), lots
        assert ("serials" in str(refused.json["errors"])) is (lots is None)
    decided = [{"line": line["line"], "decision": "accept", "reason_code": "lost", "lots": {"S2": "-1"}}]
    answer = supervisor.call("POST", f"/api/v1/counts/{count}/reconciliation", {"hash": shown["hash"], "decisions": decided})
    assert answer.status_code == 200, answer.json
    assert [row[2] for row in stock(shop, sku="SAW")] == ["S1", "S3"]
    shop.proven()


def test_a_code_of_an_unknown_product_still_says_its_lot_when_a_person_names_the_product(shop: Shop) -> None:
    strange = "(01)09521234001034(17)270131(10)L5(30)4"
    scan = shop.gun.scan("receive", location="A-01", barcode=strange)
    assert shop.gun.send(scan)["receipts"][0]["reason"] == "unknown_barcode"
    answer = shop.person("supervisor").call("POST", f"/api/v1/scans/{scan['id']}/resolution", {"product": "CHEESE", "reason": "new case"})
    assert answer.json["outcome"] == "posted", answer.json
    assert stock(shop, sku="CHEESE") == [("A-01", "L5", "", "2027-01-31", "4")]
    count = shop.gun.scan("count", location="A-02", barcode="(01)09521234001041(21)S7")
    shop.gun.send(count)
    shop.person("supervisor").call("POST", f"/api/v1/scans/{count['id']}/resolution", {"product": "SAW", "reason": "new label"})
    with reading() as tx:
        serials = list(tx.scalars(text("SELECT serial FROM resolutions ORDER BY journal")))
    assert serials == ["", "S7"]
