"""Addresses: what has a code or a name is reached by it, whatever is in it, and by no other."""

from urllib.parse import quote

import pytest
from flask import Flask

from tests import callers

ODD = (
    "Prices 01/2026", "/A", "//A", "A/", "A//1", "/", "https://id.gs1.org/01/09521234000013", "..", "../A", "A?b", "A#b", "50%", "%2F", "+", "ü",
    "preview", "A/preview",
)  # fmt: skip
MADE = {
    "products": {"name": "Pen"},
    "locations": {"kind": "bin"},
    "imports/mappings/products": {"columns": {"sku": "A", "name": "B"}, "header": ["A", "B"]},
    "exports/profiles": {},
    "count-rules": {"name": "Rule", "kind": "abc", "most": 5},
}  # fmt: skip
"""What a person names as they like, by its address."""
NAMED = ("sku", "code", "name")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("where", MADE)
def test_whatever_is_in_a_name_it_is_reached_by_it_and_nothing_else_is(where: str, app: Flask) -> None:
    client, headers = app.test_client(), callers.key("supervisor", "administrator")
    for name in ODD:
        address = f"/api/v1/{where}/{quote(name, safe='')}"
        made = client.put(address, json=MADE[where], headers=headers)
        assert made.status_code == 200, (name, made.status_code, made.text)
        assert name in [made.json.get(key) for key in NAMED], (name, made.json)
        seen = client.get(address, headers=headers)
        assert seen.status_code == 200, (name, seen.status_code)
        assert name in [seen.json.get(key) for key in NAMED], (name, seen.json)


@pytest.mark.sqlite_only
def test_a_barcode_that_begins_with_a_slash_is_taken_away_alone(app: Flask) -> None:
    client, headers = app.test_client(), callers.key("supervisor", "administrator")
    client.put("/api/v1/products/PEN", json={"name": "Pen", "barcodes": [{"code": "/A"}, {"code": "A"}]}, headers=headers)
    assert client.delete("/api/v1/barcodes/%2FA", headers=headers, json={"reason": "torn off"}).status_code < 300
    assert [row["code"] for row in client.get("/api/v1/products/PEN", headers=headers).json["barcodes"]] == ["A"]


@pytest.mark.sqlite_only
def test_no_address_leads_to_another_whatever_host_a_request_names(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        for address in (rule.rule[:1] + rule.rule[1:].replace("/", "//"), f"{rule.rule}/"):
            answer = client.get(address, headers={"Host": "elsewhere.example"})
            assert answer.status_code in (200, 401, 404, 405), (address, answer.status_code)
            assert "elsewhere" not in f"{answer.headers} {answer.text}", address
