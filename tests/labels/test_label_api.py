"""Labels over the wire: of what is there, for whom they are, in every format; and sent to printers that the settings name."""

import dataclasses
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from each import each
from flask import Flask
from sqlalchemy import text

from app.config import BadSetting, Printer, from_environment
from app.db import writing
from app.labels import choosing, printing
from app.labels.choosing import fits
from app.labels.stock import STOCKS
from app.people import keeping
from campaigns import readers
from tests.calling import Wire
from tests.paper import Paper
from tests.shop import Shop

SITE = "MAIN"


@pytest.fixture
def wire(shop: Shop, app: Flask) -> Wire:
    """A shop with a rack, a product that has a GTIN and packs, two lots, and a badge."""
    with writing() as tx:
        keeping.add(tx, "Nora Badge", badge="BADGE-7", roles=["operator"], site_id=None, password=None)
        tx.execute(
            text("INSERT INTO lots (product_id, code, expiry) SELECT id, :code, :expiry FROM products WHERE sku = 'PEN'"),
            [{"code": "L-1", "expiry": "2027-03-31"}, {"code": "L/2", "expiry": None}, {"code": "Charge ö", "expiry": None}],
        )
        tx.execute(text("UPDATE barcodes SET gtin = '09521234000013' WHERE code = '9521234000013'"))
    wire = Wire(app)
    rack = "code,kind\n" + "".join(f"R-{bay:02d}-{level:02d},bin\n" for bay in range(1, 6) for level in range(1, 5))
    wire.send("locations", rack + "r%-01,bin\n")
    return wire


def ask(wire: Wire, who: str = "supervisor", status: int = 200, path: str = "files", **body: Any) -> Any:
    found = wire(who, "POST", f"labels/{path}", json=body)
    assert found.status_code == status, found.text
    return found


def codes(file: bytes, kind: str) -> list[str | None]:
    """What the labels of a roll say, in order."""
    return [readers.read(page, kind) for page in readers.pdf(file)]


def test_a_pattern_takes_a_rack_in_order(wire: Wire) -> None:
    found = ask(wire, of="locations", pattern="R-0?-01")
    assert found.content_type == "application/pdf"
    assert codes(found.data, "code128") == [f"R-{bay:02d}-01" for bay in range(1, 6)]


def test_a_list_keeps_its_order_and_each_code_is_one_label(wire: Wire) -> None:
    found = ask(wire, of="locations", codes=["R-02-01", "R-01-01", "R-02-01"])
    assert codes(found.data, "code128") == ["R-02-01", "R-01-01"]


def test_signs_of_a_pattern_mean_nothing_to_the_database(wire: Wire) -> None:
    assert ask(wire, of="locations", pattern="r%*", path="plan").json == {"labels": 1, "pages": 1, "first": "r%-01"}
    assert ask(wire, of="locations", pattern="R%*", path="plan", status=404).json["code"] == "not_found"
    assert ask(wire, of="locations", pattern="R_01*", path="plan", status=404).json["code"] == "not_found"


def test_places_that_nobody_scans_have_no_label(wire: Wire) -> None:
    wire.put("locations/R-01-01", {"archived": True})
    assert ask(wire, of="locations", pattern="R-01-*", path="plan").json["labels"] == 3
    for code in ("SUPPLIER", "MAIN", "R-01-01"):
        assert ask(wire, of="locations", codes=[code], path="plan", status=404).json["errors"] == [
            {"field": "codes", "message": f"{code} is unknown."}
        ]


def test_a_product_gets_the_barcode_that_means_one_and_a_pack_its_own(wire: Wire) -> None:
    assert codes(ask(wire, of="products", codes=["PEN"]).data, "ean13") == ["9521234000013"]
    assert codes(ask(wire, of="products", codes=["PEN-BOX"]).data, "code128") == ["PEN-BOX"]
    assert codes(ask(wire, of="products", codes=["ROPE"]).data, "code128") == ["ROPE"], "its reel is 25.5 of it"


def test_a_lot_is_gs1_where_it_can_be(wire: Wire) -> None:
    found = ask(wire, of="lots", product="PEN", codes=["L-1", "L/2"])
    assert codes(found.data, "gs1_datamatrix") == ["01095212340000131727033110L-1", "010952123400001310L/2"]
    assert codes(ask(wire, of="lots", product="PEN", codes=["L-1"], symbol="gs1_128").data, "gs1_128") == ["01095212340000131727033110L-1"]
    assert codes(ask(wire, of="lots", product="PEN", codes=["Charge ö"]).data, "qr") == ["Charge ö"]
    assert ask(wire, of="lots", product="NOTHING", codes=["L-1"], status=404).json["code"] == "not_found"
    assert ask(wire, of="lots", codes=["L-1"], status=404).json["code"] == "not_found"


@each(
    ("body", "kind", "code"),
    [
        ({"of": "locations", "codes": ["R-01-01"]}, "location", "R-01-01"),
        ({"of": "products", "codes": ["PEN"]}, "product", "PEN"),
        ({"of": "products", "codes": ["PEN-BOX"]}, "product", "PEN"),
        ({"of": "products", "codes": ["ROPE"]}, "product", "ROPE"),
    ],
)
def test_what_a_label_says_the_server_understands(wire: Wire, body: dict[str, Any], kind: str, code: str) -> None:
    said = ask(wire, path="plan", **body).json["first"]
    found = wire.get(f"lookup?code={said}")
    assert (found["kind"], [row.get("sku") or row["code"] for row in found["candidates"]]) == (kind, [code])


def test_a_lot_label_names_its_product_and_its_lot(wire: Wire) -> None:
    said = ask(wire, path="plan", of="lots", product="PEN", codes=["L-1"]).json["first"]
    found = wire.get(f"lookup?code={said}")
    assert (found["kind"], found["candidates"][0]["sku"], found["parts"]["lot"]) == ("lot", "PEN", "L-1")


def test_badges_are_for_administrators(wire: Wire) -> None:
    assert codes(ask(wire, "administrator", of="badges", codes=["BADGE-7"]).data, "code128") == ["BADGE-7"]
    assert ask(wire, of="badges", codes=["BADGE-7"], status=403).json["code"] == "forbidden"
    assert "badges" in wire.get("labels", "administrator")["of"]
    assert "badges" not in wire.get("labels")["of"]


def test_an_administrator_of_a_site_makes_badges_of_that_site_only(wire: Wire) -> None:
    found = wire("administrator", "POST", "labels/plan", site=SITE, json={"of": "badges", "codes": ["BADGE-7"]})
    assert found.status_code == 404


def test_commands_are_those_that_guns_know(wire: Wire) -> None:
    known = json.loads((Path(__file__).parents[2] / "static" / "gun" / "codes.json").read_text())["commands"]
    assert sorted(choosing.TEXTS) == sorted(known)
    assert codes(ask(wire, of="commands", pattern="SL-QTY-1?").data, "code128") == [f"SL-QTY-{n}" for n in range(10, 20)]
    assert ask(wire, of="commands", codes=["SL-EVIL"], status=404).json["code"] == "not_found"


@each("dpi", [203, 300])
def test_zpl_is_one_format_for_each_label_with_its_copies(wire: Wire, dpi: int) -> None:
    found = ask(wire, of="locations", pattern="R-01-*", format="zpl", dpi=dpi, copies=2)
    jobs = [job + b"^XZ\n" for job in found.data.split(b"^XZ\n") if job]
    assert len(jobs) == 4
    for level, job in enumerate(jobs, 1):
        picture, texts, copies = readers.zpl(job)
        assert (readers.read(picture, "code128"), texts[0], copies) == (f"R-01-{level:02d}",) * 2 + (2,)


def texts_of(wire: Wire, code: str) -> tuple[str, ...]:
    _, texts, _ = readers.zpl(ask(wire, of="locations", codes=[code], format="zpl").data)
    return tuple(texts)


def test_a_locations_label_shows_its_check_digits_unless_the_site_has_none(wire: Wire) -> None:
    wire.put("locations/R-01-02", {"name": "Left of the door"})
    check = {row["code"]: row["check"] for row in wire.get("locations?limit=500")["rows"]}
    assert texts_of(wire, "R-01-01") == ("R-01-01", f"[{check['R-01-01']}]")
    assert texts_of(wire, "R-01-02") == ("R-01-02", f"[{check['R-01-02']}] Left of the door")
    wire.put("sites/MAIN", {"check_digits": False})
    assert texts_of(wire, "R-01-01") == ("R-01-01",)
    assert texts_of(wire, "R-01-02") == ("R-01-02", "Left of the door")


@each("stock", sorted(STOCKS))
def test_a_location_with_check_digits_fits_every_stock(wire: Wire, stock: str) -> None:
    assert ask(wire, of="locations", codes=["R-01-01"], stock=stock).content_type == "application/pdf"


def test_labels_of_a_pattern_come_in_walking_order(wire: Wire) -> None:
    wire.put("locations/R-03-01", {"walk": 1})
    assert codes(ask(wire, of="locations", pattern="R-0?-01").data, "code128") == [f"R-{bay:02d}-01" for bay in (3, 1, 2, 4, 5)]


def test_copies_and_used_labels_count(wire: Wire) -> None:
    body = {"of": "locations", "pattern": "R-01-*", "stock": "a4-21", "copies": 5, "skip": 2}
    assert ask(wire, path="plan", **body).json == {"labels": 20, "pages": 2, "first": "R-01-01"}
    assert len(list(readers.pdf(ask(wire, **body).data))) == 2


@each("kind", ["svg", "png"])
def test_a_preview_is_one_label(wire: Wire, kind: str) -> None:
    for query in ("of=locations&code=R-03-02", "of=locations&pattern=R-03-02*"):
        found = wire("supervisor", "GET", f"labels/preview.{kind}?{query}&stock=roll-57x32")
        assert found.status_code == 200, found.text
        assert readers.read(getattr(readers, kind)(found.data), "code128") == "R-03-02"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert wire("supervisor", "GET", "labels/preview.exe?of=locations&code=R-03-02").status_code == 404


@each(
    ("body", "why"),
    [
        ({"codes": ["R-01-01"], "pattern": "*"}, "not both"),
        ({}, "not both"),
        ({"pattern": "R*", "copies": 51}, "1000 labels"),
        ({"pattern": "*" * 9}, "stars"),
        ({"codes": ["R-01-01"], "symbol": "ean13"}, "1 of 1 labels"),
        ({"pattern": "R-01-*", "format": "png"}, "one label"),
        ({"pattern": "R-01-*", "format": "zpl", "stock": "a4-21"}, "no sheets"),
        ({"pattern": "R-01-*", "stock": "a4-21", "skip": 21}, "21 labels"),
    ],
)
def test_what_can_not_be_made_is_said(wire: Wire, body: dict[str, Any], why: str) -> None:
    found = ask(wire, status=400, of="locations", **body).json
    assert found["code"] == "bad_request"
    assert why in found["detail"]


def test_one_label_that_can_not_be_made_makes_none(wire: Wire) -> None:
    found = ask(wire, status=400, of="products", codes=["PEN", "PEN-BOX"], symbol="ean13", stock="a4-24").json
    assert found["errors"] == [{"field": "PEN-BOX", "message": "Needs 13 digits."}]


@pytest.mark.parametrize(
    ("pattern", "code", "fit"),
    [
        ("A-*", "A-01", True), ("A-*", "a-01", False), ("*", "", True), ("?", "仓", True), ("A*B*C", "AxBxBC", True), ("A*B*C", "AxBxB", False),
        ("", "", True), ("", "A", False), ("A.", "AB", False), ("[A-B]", "A", False), ("**A", "A", True), ("A?", "A", False),
    ],
)  # fmt: skip
def test_a_pattern_is_stars_and_question_marks_and_nothing_else(pattern: str, code: str, fit: bool) -> None:
    assert fits(pattern, code) == fit


def test_a_hostile_pattern_takes_no_time() -> None:
    began = time.monotonic()
    assert not fits("*a" * 64 + "b", "a" * 128)
    assert time.monotonic() - began < 0.5


# Printing


@pytest.fixture
def paper(app: Flask) -> Iterator[Paper]:
    made = Paper()
    settings = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(settings, printers=(Printer("dock", "127.0.0.1", made.port, 300),))
    yield made
    made.close()


def test_labels_reach_a_printer_in_its_resolution_and_are_on_the_trail(wire: Wire, paper: Paper) -> None:
    assert wire.get("labels")["printers"] == [{"name": "dock", "dpi": 300}]
    found = ask(wire, path="prints", of="locations", codes=["R-01-01"], stock="roll-57x32", copies=3, printer="dock")
    assert found.json == {"labels": 3, "printer": "dock"}
    wanted = ask(wire, of="locations", codes=["R-01-01"], stock="roll-57x32", copies=3, format="zpl", dpi=300)
    for _ in range(100):
        if paper.jobs:
            break
        time.sleep(0.02)
    assert paper.jobs == [wanted.data]
    (deed,) = [row for row in wire.get(f"audit?site={SITE}&since=0&limit=500", "auditor")["rows"] if row["deed"] == "labels_printed"]
    assert deed["subject"] == "printer dock"
    assert deed["after"] == {"labels": 3, "printer": "dock", "of": "locations"}


@pytest.mark.parametrize("name", ["", "127.0.0.1:9100", "other", "dock.evil", "dock:9100"])
def test_only_printers_of_the_settings_are_printed_on(wire: Wire, paper: Paper, name: str) -> None:
    status = 400 if not name else 404
    ask(wire, path="prints", of="locations", codes=["R-01-01"], printer=name, status=status)
    ask(
        wire, path="prints", of="locations", codes=["R-01-01"], printer="dock", host="127.0.0.1", port=paper.port, stock="a4-21", status=400
    )
    assert paper.jobs == []


def test_a_printer_that_is_not_there_is_said_and_leaves_no_trail(wire: Wire, app: Flask, paper: Paper) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        gone = free.getsockname()[1]
    app.extensions["settings"] = dataclasses.replace(app.extensions["settings"], printers=(Printer("dock", "127.0.0.1", gone, 203),))
    found = ask(wire, path="prints", of="locations", codes=["R-01-01"], printer="dock", status=503)
    assert found.json["code"] == "unavailable"
    assert found.json["detail"] == "The printer dock can't be reached, so none was sent; is it on, and in the network?"
    assert "labels_printed" not in [row["deed"] for row in wire.get(f"audit?site={SITE}&since=0&limit=500", "auditor")["rows"]]


def test_a_printer_that_takes_nothing_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "SEND", 0.3)
    paper = Paper(deaf=True)
    began = time.monotonic()
    with pytest.raises(printing.Problem) as refused:
        printing.send(Printer("dock", "127.0.0.1", paper.port, 203), b"x" * (32 << 20))
    assert refused.value.code == "unavailable"
    assert "did not take all labels" in refused.value.detail
    assert time.monotonic() - began < 5
    paper.close()


@pytest.mark.parametrize(
    ("said", "printers"),
    [
        ("", ()),
        ("dock=192.168.1.50", (Printer("dock", "192.168.1.50", 9100, 203),)),
        ("a=printer.local:6101/300, b=[fe80::1]:9100", (Printer("a", "printer.local", 6101, 300), Printer("b", "fe80::1", 9100, 203))),
    ],
)
def test_printers_are_a_setting(said: str, printers: tuple[Printer, ...]) -> None:
    assert from_environment({"PRINTERS": said}).printers == printers


@pytest.mark.parametrize(
    "said", ["192.168.1.50", "a=", "a=host:x", "a=host:70000", "a=host:0", "a=h a=h", "a=user@host", "a=h/600", "a b=h", "a=h/203/x"]
)
def test_a_setting_that_names_no_printer_is_refused(said: str) -> None:
    with pytest.raises(BadSetting, match="PRINTERS"):
        from_environment({"PRINTERS": said})
