"""Voids: undo by another scan, at the voided scan's own time, in whatever order they arrive."""

from app.access import site_for
from app.db import writing
from app.devices.enrolling import enrol
from app.locations.creating import add_site
from app.people.keeping import give_key
from tests.shop import Gun, Shop


def test_a_void_reverses_the_moves_of_its_scan(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN", quantity="5")
    g.send(scan)
    assert g.do("void", voids=scan["id"].upper())["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 0
    again = g.do("void", voids=scan["id"])
    assert (again["outcome"], again["warnings"]) == ("noted", ["already_voided"])
    assert shop.on_hand("A-01", "PEN") == 0
    shop.proven()


def test_scan_and_void_in_one_batch(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN", quantity="5")
    receipts = g.send(scan, g.scan("void", voids=scan["id"]), g.scan("void", voids=scan["id"]))["receipts"]
    assert [(r["outcome"], r["warnings"]) for r in receipts] == [("posted", []), ("posted", []), ("noted", ["already_voided"])]
    assert shop.on_hand("A-01", "PEN") == 0
    shop.proven()


def test_a_void_that_arrives_first_waits_for_its_scan(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN", quantity="5")
    assert g.do("void", voids=scan["id"])["outcome"] == "noted"
    (receipt,) = g.send(scan)["receipts"]
    assert (receipt["outcome"], receipt["reason"]) == ("noted", "voided")
    assert shop.on_hand("A-01", "PEN") == 0


def test_void_then_scan_in_one_batch(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN", quantity="5")
    receipts = g.send(g.scan("void", voids=scan["id"]), scan)["receipts"]
    assert [(r["outcome"], r["reason"]) for r in receipts] == [("noted", None), ("noted", "voided")]
    assert shop.on_hand("A-01", "PEN") == 0


def test_a_strangers_void_does_nothing_whenever_it_arrives(shop: Shop) -> None:
    g, stranger = shop.gun, shop.other_gun
    late, early = (g.scan("receive", location="A-01", barcode="PEN") for _ in range(2))
    g.send(late)
    assert stranger.do("void", voids=late["id"])["reason"] == "not_yours"
    stranger.do("void", voids=early["id"])
    assert g.send(early)["receipts"][0]["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 2
    assert g.do("void", voids=early["id"])["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 1
    shop.proven()


def test_the_same_operator_and_a_supervisor_may_void_from_elsewhere(shop: Shop) -> None:
    g = shop.gun
    one, two, three = (g.scan("receive", location="A-01", barcode="PEN") for _ in range(3))
    g.send(one, two)
    shop.other_gun.operator = g.operator
    assert shop.other_gun.do("void", voids=one["id"])["outcome"] == "posted"
    assert shop.person("supervisor").do("void", voids=two["id"])["outcome"] == "posted"
    assert shop.person("supervisor").do("void", voids=three["id"])["outcome"] == "noted"
    assert g.send(three)["receipts"][0]["reason"] == "voided"
    assert shop.on_hand("A-01", "PEN") == 0


def test_another_sites_void_does_nothing_whenever_it_arrives(shop: Shop) -> None:
    """Not by the same operator, nor by a supervisor, and it keeps nobody here from voiding."""
    with writing() as tx:
        north = add_site(tx, "NORTH", "Northern site")
        tokens = [enrol(tx, north, "northern gun")[1], give_key(tx, "Nora", ["supervisor"], north)]
    g = shop.gun
    late, early = (g.scan("receive", location="A-01", barcode="PEN") for _ in range(2))
    g.send(late)
    for token in tokens:
        northern = Gun(shop.app.test_client(), token, operator=g.operator)
        assert northern.do("void", voids=late["id"])["reason"] == "not_yours"
        assert [northern.do("void", voids=early["id"])["outcome"] for _ in range(20)] == ["noted"] * 20  # a journal beyond the scan's
    assert g.send(early)["receipts"][0]["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 2
    assert g.do("void", voids=early["id"])["outcome"] == "posted"
    assert shop.on_hand("A-01", "PEN") == 1
    shop.proven()


def test_who_is_a_supervisor_of_another_site_voids_here_as_an_operator(shop: Shop) -> None:
    with writing() as tx:
        give_key(tx, "Cy", ["supervisor"], add_site(tx, "NORTH", "Northern site"))
        token = give_key(tx, "Cy", ["operator"], site_for(tx, "MAIN"))
    cy, scan = Gun(shop.app.test_client(), token, operator="Cy"), shop.gun.scan("receive", location="A-01", barcode="PEN")
    assert cy.do("void", voids=scan["id"])["outcome"] == "noted"
    assert shop.gun.send(scan)["receipts"][0]["outcome"] == "posted"


def test_a_void_can_not_be_voided(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="PEN")
    void = g.scan("void", voids=scan["id"])
    g.send(scan, void)
    assert g.do("void", voids=void["id"])["reason"] == "not_yours"
    assert shop.on_hand("A-01", "PEN") == 0


def test_a_refused_scan_that_is_voided_no_longer_waits(shop: Shop) -> None:
    g = shop.gun
    scan = g.scan("receive", location="A-01", barcode="NO-SUCH")
    g.send(scan)
    assert g.do("void", voids=scan["id"])["outcome"] == "noted"
    assert shop.person("supervisor").get("/api/v1/scans?unresolved=true").json["rows"] == []


def test_a_batch_full_of_voids(shop: Shop) -> None:
    g = shop.gun
    scans = [g.scan("receive", location="A-01", barcode="PEN") for _ in range(100)]
    g.send(*scans)
    g.send(*[g.scan("void", voids=s["id"]) for s in scans])
    assert shop.on_hand("A-01", "PEN") == 0
    shop.proven()
