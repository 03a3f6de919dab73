"""What happened to a thing or at a place: moves, counts and holds, with people and devices, the newest first."""

from sqlalchemy import event

from app import times
from app.db import db, reading
from app.exports import history
from tests.shop import Shop


def told(shop: Shop, code: str, **more: int) -> list[tuple[str, ...]]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    rows = shop.person("auditor").get(f"/api/v1/history?code={code}{query}").json["rows"]
    return [(r["deed"], r["sku"], r["lot"], r["quantity"], r["source"], r["target"], r["person"], r["device"]) for r in rows]


def test_a_product_is_followed_through_its_places(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="MILK", lot="L1", quantity="5")
    shop.other_gun.do("move", location="A-01", target="A-02", barcode="MILK", lot="L1", quantity="2")
    shop.gun.do("count", location="A-01", barcode="MILK", lot="L1", quantity="3")
    shop.gun.do("receive", location="A-01", barcode="PEN")
    assert told(shop, "MILK") == [
        ("count", "MILK", "L1", "3", "A-01", None, "Ann", "gun-1"),
        ("move", "MILK", "L1", "2", "A-01", "A-02", "Ben", "gun-2"),
        ("receive", "MILK", "L1", "5", "SUPPLIER", "A-01", "Ann", "gun-1"),
    ]
    assert len(told(shop, "MILK", limit=1)) == 1


def test_a_place_tells_all_that_came_and_went(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="PEN", quantity="5")
    shop.gun.do("move", location="A-01", target="A-02", barcode="PEN")
    shop.person("supervisor").call("POST", "/api/v1/scans", {"scans": [shop.gun.scan("pick", location="A-02", barcode="PEN")]})
    assert [row[0] for row in told(shop, "A-01")] == ["move", "receive"]
    assert [row[0] for row in told(shop, "A-02")] == ["pick", "move"]


def test_a_lot_tells_only_its_own_past(shop: Shop) -> None:
    supervisor = shop.person("supervisor")
    supervisor.call("PUT", "/api/v1/products/MILK", {"barcodes": [{"code": "9521234001003"}]})
    for lot in ("L1", "L2"):
        shop.gun.do("receive", location="A-01", barcode=f"(01)09521234001003(10){lot}")
    assert [row[2] for row in told(shop, "(01)09521234001003(10)L2")] == ["L2"]
    assert len(told(shop, "(01)09521234001003")) == 2


def test_what_nobody_knows_has_no_past_and_guns_may_not_ask(shop: Shop) -> None:
    assert told(shop, "NO-SUCH") == []
    assert shop.gun.get("/api/v1/history?code=PEN").status_code == 403
    assert shop.person("auditor").get("/api/v1/history?code=PEN&limit=500").status_code == 400


def test_a_void_is_told_as_a_reversal(shop: Shop) -> None:
    scan = shop.gun.scan("receive", location="A-01", barcode="PEN", quantity="5")
    shop.gun.send(scan)
    shop.gun.do("void", voids=scan["id"])
    assert [row[0] for row in told(shop, "PEN")] == ["reversal", "receive"]


def held(shop: Shop, code: str) -> list[tuple[str, ...]]:
    rows = shop.person("auditor").get(f"/api/v1/history?code={code}").json["rows"]
    assert [r["at"] for r in rows] == sorted((r["at"] for r in rows), reverse=True)
    return [(r["deed"], r["lot"], r["reason_code"], r["operator"], r["person"], r["device"]) for r in rows]


def test_holds_and_releases_by_scan_and_by_hand_are_told_between_the_moves(shop: Shop) -> None:
    supervisor, now = shop.person("supervisor"), times.now()
    supervisor.call("PUT", "/api/v1/products/MILK", {"barcodes": [{"code": "9521234001003"}]})
    shop.gun.send(
        shop.gun.scan("receive", at=now - 9_000, location="A-01", barcode="MILK", lot="L1", quantity="5"),
        shop.gun.scan("hold", at=now - 7_000, barcode="MILK", lot="L1", reason_code="smells"),
        shop.gun.scan("hold", at=now - 6_500, barcode="MILK", lot="L2"),
        shop.gun.scan("pick", at=now - 6_000, location="A-01", barcode="MILK", lot="L1"),
        shop.gun.scan("release", at=now - 5_000, barcode="MILK", lot="L1"),
    )
    for word in ({"lot": "L1", "held": True, "reason": "the laboratory said no"}, {"held": True, "reason": "recalled"}):
        assert supervisor.call("POST", "/api/v1/holds", {"sku": "MILK"} | word).status_code == 200
    of_l1 = [
        ("hold", "", "recalled", None, "key-supervisor", None),
        ("hold", "L1", "the laboratory said no", None, "key-supervisor", None),
        ("release", "L1", None, "OP-1", "Ann", "gun-1"),
        ("pick", "L1", None, "OP-1", "Ann", "gun-1"),
        ("hold", "L1", "smells", "OP-1", "Ann", "gun-1"),
        ("receive", "L1", None, "OP-1", "Ann", "gun-1"),
    ]
    assert held(shop, "(01)09521234001003(10)L1") == of_l1
    assert held(shop, "MILK") == [*of_l1[:4], ("hold", "L2", None, "OP-1", "Ann", "gun-1"), *of_l1[4:]]
    assert len(shop.person("auditor").get("/api/v1/history?code=MILK&limit=2").json["rows"]) == 2


def test_what_was_never_in_stock_tells_that_it_was_held(shop: Shop) -> None:
    assert shop.person("supervisor").call("POST", "/api/v1/holds", {"sku": "PEN", "held": True, "reason": "recalled"}).status_code == 200
    assert held(shop, "PEN") == [("hold", "", "recalled", None, "key-supervisor", None)]
    assert held(shop, "INK") == []


def test_a_hold_of_an_unknown_code_holds_and_is_told_once_its_product_is_known(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode="MILK", lot="L1", quantity="5")
    shop.gun.do("hold", barcode="(01)09521234001003(10)L1", reason_code="smells")
    assert held(shop, "MILK")[0][0] == "receive"
    match = {"code": "(01)09521234001003(10)L1", "sku": "MILK"}
    assert shop.person("supervisor").call("POST", "/api/v1/unknown-codes/matches", match).json["noted"] == 1
    assert held(shop, "MILK")[0] == ("hold", "L1", "smells", "OP-1", "Ann", "gun-1")
    assert shop.gun.do("pick", location="A-01", barcode="MILK", lot="L1")["warnings"] == ["held"]


def test_a_past_takes_as_many_statements_however_much_happened(shop: Shop) -> None:
    statements: list[object] = []
    event.listen(db.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))

    def asked() -> int:
        statements.clear()
        with reading() as tx:
            history.of(tx, 1, "MILK", 200)
        return len(statements)

    shop.gun.do("receive", location="A-01", barcode="MILK", lot="L0", quantity="5")
    few = asked()
    for task, where in (("hold", {}), ("receive", {"location": "A-02"}), ("count", {"location": "B-01"})):
        shop.gun.send(*(shop.gun.scan(task, barcode="MILK", lot=f"L{n}", **where) for n in range(50)))
    for n in range(5):
        shop.person("supervisor").call("POST", "/api/v1/holds", {"sku": "MILK", "lot": f"L{n}", "held": False, "reason": "fine"})
    assert asked() == few <= 7
