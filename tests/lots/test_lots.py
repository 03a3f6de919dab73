"""Lots over the API: what there is, what is held and why, what expires when, what to pick first."""

import datetime

from app import times
from tests.shop import Shop


def day(days: int) -> str:
    return (datetime.date.fromisoformat(times.wire(times.now())[:10]) + datetime.timedelta(days=days)).isoformat()


def fill(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    for lot, expiry, place, quantity in (("L1", day(40), "A-02", "5"), ("L2", day(10), "A-01", "5"), ("L3", day(-3), "A-01", "2"), ("L4", None, "B-01", "9")):  # fmt: skip
        assert supervisor.call("PUT", "/api/v1/lots", {"sku": "MILK", "lot": lot, "expiry": expiry}).status_code == 200
        shop.gun.do("receive", location=place, barcode="MILK", lot=lot, quantity=quantity)


def hold(shop: Shop, held: bool = True, **what: object) -> int:
    return int(
        shop.person("supervisor").call("POST", "/api/v1/holds", {"sku": "MILK", "held": held, "reason": "smells"} | what).status_code
    )


def picks(shop: Shop, quantity: str) -> tuple[list[tuple[str, str, str]], str]:
    found = shop.person("accountant").get(f"/api/v1/suggestions?sku=MILK&quantity={quantity}").json
    return [(r["location"], r["lot"], r["take"]) for r in found["rows"]], found["missing"]


def test_lots_are_listed_with_what_is_on_hand_of_them(shop: Shop) -> None:
    fill(shop)
    assert hold(shop, lot="L2") == 200
    pages, after = [], ""
    while after is not None:
        page = shop.person("accountant").get(f"/api/v1/lots?limit=3{after and '&after=' + after}").json
        pages.append([(r["lot"], r["expiry"], r["quantity"], r["held"], r["reason"]) for r in page["rows"]])
        after = page["next"]
    assert pages == [
        [("L1", day(40), "5", False, None), ("L2", day(10), "5", True, "smells"), ("L3", day(-3), "2", False, None)],
        [("L4", None, "9", False, None)],
    ]
    assert shop.person("accountant").get("/api/v1/lots?sku=PEN").json["rows"] == []
    assert shop.person("accountant").get("/api/v1/lots?sku=NO").status_code == 404
    assert shop.person("accountant").get("/api/v1/lots?after=x").status_code == 400
    assert shop.gun.get("/api/v1/lots").status_code == 403, "quantities are the office's"


def test_an_expiry_can_be_corrected_and_that_is_kept(shop: Shop) -> None:
    fill(shop)
    supervisor = shop.person("supervisor")
    answer = supervisor.call("PUT", "/api/v1/lots", {"sku": "MILK", "lot": "L1", "expiry": "2031-02-28", "reason": "read wrong"})
    assert (answer.json["expiry"], answer.json["quantity"]) == ("2031-02-28", "5")
    deeds = [d for d in shop.person("auditor").get("/api/v1/audit?site=global&limit=500").json["rows"] if d["deed"] == "lot_dated"]
    assert (deeds[-1]["before"], deeds[-1]["after"], deeds[-1]["reason"]) == ({"expiry": day(40)}, {"expiry": "2031-02-28"}, "read wrong")
    for body, status in (
        ({"sku": "MILK", "lot": "L1", "expiry": "2031-02-30"}, 400),
        ({"sku": "PEN", "lot": "L1", "expiry": None}, 400),
        ({"sku": "NO", "lot": "L1", "expiry": None}, 404),
        ({"sku": "MILK", "lot": "", "expiry": None}, 400),
    ):
        assert supervisor.call("PUT", "/api/v1/lots", body).status_code == status, body
    assert shop.person("accountant").call("PUT", "/api/v1/lots", {"sku": "MILK", "lot": "L1", "expiry": None}).status_code == 403


def test_a_hold_by_hand_warns_like_one_by_scan_and_says_why(shop: Shop) -> None:
    fill(shop)
    assert hold(shop, lot="L1") == 200
    assert shop.gun.do("pick", location="A-02", barcode="MILK", lot="L1")["warnings"] == ["held"]
    (held,) = shop.person("auditor").get("/api/v1/holds").json["rows"]
    assert (held["lot"], held["reason"], held["quantity"], held["person"]) == ("L1", "smells", "4", "key-supervisor")
    assert hold(shop, held=False, lot="L1") == 200
    assert shop.gun.do("pick", location="A-02", barcode="MILK", lot="L1")["warnings"] == []
    assert shop.person("auditor").get("/api/v1/holds").json["rows"] == []


def test_a_whole_product_can_be_held(shop: Shop) -> None:
    fill(shop)
    assert hold(shop) == 200
    assert {r["held"] for r in shop.person("accountant").get("/api/v1/lots").json["rows"]} == {True}
    (held,) = shop.person("auditor").get("/api/v1/holds").json["rows"]
    assert (held["lot"], held["quantity"]) == (None, "21")
    assert picks(shop, "1") == ([], "1")
    assert hold(shop, sku="PEN", lot="L1") == 400, "not tracked by lot"
    assert hold(shop, sku="NO") == 404
    assert shop.person("operator").call("POST", "/api/v1/holds", {"sku": "MILK", "held": True, "reason": "x"}).status_code == 403


def test_an_older_hold_of_a_gun_that_was_offline_does_not_undo_a_newer_word(shop: Shop) -> None:
    fill(shop)
    assert hold(shop, held=False, lot="L1") == 200
    shop.gun.send(shop.gun.scan("hold", barcode="MILK", lot="L1", at=times.now() - times.HOUR))
    assert shop.person("auditor").get("/api/v1/holds").json["rows"] == []


def test_what_expires_first_is_suggested_first(shop: Shop) -> None:
    fill(shop)
    assert picks(shop, "7") == ([("A-01", "L2", "5"), ("A-02", "L1", "2")], "0"), "L3 has expired"
    assert picks(shop, "30") == ([("A-01", "L2", "5"), ("A-02", "L1", "5"), ("B-01", "L4", "9")], "11")
    hold(shop, lot="L2")
    assert picks(shop, "1") == ([("A-02", "L1", "1")], "0")
    assert shop.person("supervisor").get("/api/v1/suggestions?sku=MILK&quantity=1.5").status_code == 400
    assert shop.gun.get("/api/v1/suggestions?sku=MILK").status_code == 403, "a gun asks with /lookup"


def test_a_look_up_names_the_places_in_the_order_in_which_they_should_be_picked(shop: Shop) -> None:
    fill(shop)
    hold(shop, lot="L2")
    shop.gun.do("receive", location="B-01", barcode="MILK", lot="L1")
    at = shop.gun.get("/api/v1/lookup?code=MILK").json["at"]
    assert [(r["location"], r["lot"]) for r in at] == [("A-02", "L1"), ("B-01", "L1"), ("B-01", "L4"), ("A-01", "L3"), ("A-01", "L2")]


def test_what_expires_alike_is_picked_in_walking_order(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    for lot, expiry in (("L1", day(40)), ("L2", day(10))):
        assert supervisor.call("PUT", "/api/v1/lots", {"sku": "MILK", "lot": lot, "expiry": expiry}).status_code == 200
    for place, lot in (("A-01", "L1"), ("A-02", "L1"), ("B-01", "L1"), ("DOCK", "L2")):
        shop.gun.do("receive", location=place, barcode="MILK", lot=lot, quantity="1")

    def walked(**numbers: int) -> None:
        for code, walk in numbers.items():
            assert supervisor.call("PUT", f"/api/v1/locations/{code.replace('_', '-')}", {"walk": walk}).status_code == 200
        places = [r["location"] for r in shop.gun.get("/api/v1/lookup?code=MILK").json["at"]]
        assert places == [place for place, _, _ in picks(shop, "4")[0]]
        orders.append(places)

    orders: list[list[str]] = []
    walked(A_01=3, A_02=2, B_01=1, DOCK=4)
    walked(B_01=9)
    assert orders == [["DOCK", "B-01", "A-02", "A-01"], ["DOCK", "A-02", "A-01", "B-01"]]
    assert supervisor.call("PUT", "/api/v1/locations/DOCK", {"blocked": True}).status_code == 200
    at = shop.gun.get("/api/v1/lookup?code=MILK").json["at"]
    assert [r["location"] for r in at] == ["A-02", "A-01", "B-01", "DOCK"], "nothing moves out of a blocked place"


def test_what_to_pick_first_is_named_first_however_many_places_there_are(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    assert supervisor.call("POST", "/api/v1/locations/ranges", {"from": "Y-001", "to": "Y-510"}).status_code == 200
    assert supervisor.call("PUT", "/api/v1/lots", {"sku": "MILK", "lot": "SOON", "expiry": day(1)}).status_code == 200
    for first in (1, 256):
        shop.gun.send(*(shop.gun.scan("receive", location=f"Y-{n:03d}", barcode="MILK", lot="LATE") for n in range(first, first + 255)))
    shop.gun.do("receive", location="Y-510", barcode="MILK", lot="SOON")
    at = shop.gun.get("/api/v1/lookup?code=MILK").json["at"]
    assert ([(r["location"], r["lot"]) for r in at[:2]], len(at)) == ([("Y-510", "SOON"), ("Y-001", "LATE")], 500)


def test_a_piece_is_found_among_more_than_an_answer_names(shop: Shop) -> None:
    barcode = {"code": "9506000134352", "quantity": "1"}
    assert shop.person("supervisor").call("PUT", "/api/v1/products/DRILL", {"barcodes": [barcode]}).status_code == 200

    def label(serial: str) -> str:
        return f"(01)09506000134352(21){serial}"

    for place, first, last in (("A-01", 0, 250), ("A-02", 250, 500), ("B-01", 500, 502)):
        shop.gun.send(*(shop.gun.scan("receive", location=place, barcode=label(f"S{n:03d}")) for n in range(first, last)))
    at = shop.gun.get(f"/api/v1/lookup?code={label('S501')}").json["at"]
    assert [(r["location"], r["serial"]) for r in at] == [("B-01", "S501")]
    assert shop.gun.get(f"/api/v1/lookup?code={label('SOLD')}").json["at"] == [], "others are here, this piece is not"
    assert len(shop.gun.get("/api/v1/lookup?code=9506000134352").json["at"]) == 500


def test_the_report_of_shelf_life(shop: Shop) -> None:
    fill(shop)
    found = shop.person("accountant").get("/api/v1/shelf-life?days=30").json
    assert [(r["lot"], r["days_left"], r["location"], r["quantity"], r["value"]) for r in found["rows"]] == [
        ("L3", -3, "A-01", "2", "1.60"),
        ("L2", 10, "A-01", "5", "4.00"),
    ]
    assert found["more"] is False
    file = shop.person("accountant").get("/api/v1/shelf-life.csv?days=400")
    lines = file.get_data(as_text=True).splitlines()
    assert lines[0] == "expiry,days_left,location,sku,name,lot,unit,quantity,held,value"
    assert lines[1] == f"{day(-3)},-3,A-01,MILK,Milk,L3,each,2,,1.60"
    assert len(lines) == 4
    assert shop.gun.get("/api/v1/shelf-life").status_code == 403
    assert shop.person("accountant").get("/api/v1/shelf-life?days=99999").status_code == 400


def test_of_two_words_that_come_at_once_the_later_said_counts(shop: Shop) -> None:
    fill(shop)
    now = times.now()
    for lot, before, after in (("L1", "hold", "release"), ("L2", "release", "hold")):
        shop.gun.send(
            shop.gun.scan(after, barcode="MILK", lot=lot, at=now - 1_000), shop.gun.scan(before, barcode="MILK", lot=lot, at=now - 9_000)
        )
    assert [r["lot"] for r in shop.person("auditor").get("/api/v1/holds").json["rows"]] == ["L2"]
