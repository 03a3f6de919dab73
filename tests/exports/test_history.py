"""What happened to a thing or at a place: moves and counts, with people and devices, the newest first."""

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
