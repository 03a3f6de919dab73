"""The worked example of docs/counting.md, played: the document says what the software does."""

import re
from pathlib import Path

from app import times
from tests.shop import Shop, gun

MINUTE = times.MINUTE
PEN, INK, MILK = "9521234000013", "INK-1", "MILK-1"


def documented() -> list[list[str]]:
    text = (Path(__file__).parents[2] / "docs" / "counting.md").read_text()
    match = re.search(r"<!-- example -->\n(.*?)<!-- /example -->", text, re.S)
    assert match
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in match[1].splitlines()[2:]]


def test_the_worked_example(shop: Shop) -> None:
    """
    opening 07:00; the times are those of the document, on a morning that ended just now
    """
    eight = times.now() - 5 * times.HOUR

    def at(clock: str) -> int:
        hours, minutes = clock.split(":")
        return eight + (int(hours) - 8) * times.HOUR + int(minutes) * MINUTE

    one, two = shop.gun, shop.other_gun
    one.send(
        one.scan("receive", at=at("07:00"), location="A-01", barcode=PEN, quantity="10"),
        one.scan("receive", at=at("07:00"), location="A-01", barcode=INK, quantity="5"),
        one.scan("receive", at=at("07:00"), location="A-01", barcode=MILK, quantity="4", lot="L1"),
    )
    supervisor = shop.person("supervisor")
    supervisor.call("POST", "/api/v1/counts", {"locations": ["A-01"]})
    one.send(
        one.scan("count", at=at("09:00"), sheet="K1-001", barcode=PEN, quantity="7"),
        one.scan("count", at=at("09:01"), sheet="K1-001", barcode=INK, quantity="5"),
        one.scan("finish", at=at("09:03"), sheet="K1-001"),
    )
    early = supervisor.get("/api/v1/counts/K1/reconciliation").json
    assert next(line["variance"] for line in early["lines"] if line["sku"] == "PEN") == "-3"
    two.send(
        two.scan("pick", at=at("08:30"), location="A-01", barcode=PEN, quantity="2"),
        two.scan("pick", at=at("09:10"), location="A-01", barcode=PEN, quantity="1"),
    )
    seen = supervisor.get("/api/v1/counts/K1/reconciliation").json
    names = ("sku", "lot", "expected", "counted", "variance", "value", "state")
    assert [[line[name] or "" for name in names] for line in seen["lines"]] == documented()
    decisions = [{"line": line["line"], "decision": "accept"} for line in seen["lines"]]
    posted = supervisor.call("POST", "/api/v1/counts/K1/reconciliation", {"hash": seen["hash"], "decisions": decisions})
    assert (posted.json["totals"]["adjustments"], posted.json["totals"]["accepted_value"]) == (2, "-4.45")
    assert shop.on_hand("A-01", "PEN") == 6
    three = gun(shop.app, "gun-3", operator="OP-3")
    three.do("receive", at=at("08:45"), location="A-01", barcode=PEN, quantity="2")
    assert shop.on_hand("A-01", "PEN") == 6
    shown = supervisor.get("/api/v1/exceptions").json["rows"]
    assert [row["kind"] for row in shown] == ["late_after_count"]
    shop.proven()
