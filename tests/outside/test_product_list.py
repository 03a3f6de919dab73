"""A real product list, as dirty as they come: valid GTINs become products, every other row is in the report, nothing is mojibake."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.calling import Wire, numbers


def is_gtin(code: str) -> bool:
    """The standard's rule, written again so that it isn't the code under test that judges itself."""
    if len(code) not in (8, 12, 13, 14) or not code.isascii() or not code.isdigit():
        return False
    return sum(int(digit) * (3, 1)[n % 2] for n, digit in enumerate(code[-2::-1])) % 10 == -int(code[-1]) % 10


def done(wire: Wire, found: Any) -> Any:
    """The report, waited for where the file is large."""
    if found.status_code == 200:
        return found.json
    assert found.status_code == 202, found.text
    job = wire.finished(found.headers["Location"])
    assert job["status"] == "done", job
    return job


def stored(wire: Wire) -> dict[str, Any]:
    rows, after = {}, ""
    while True:
        page = wire.get(f"products?limit=500{after}")
        rows.update({row["sku"]: row for row in page["rows"]})
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"


@pytest.mark.parametrize("mapped", [False, True])
def test_a_real_product_list_is_accounted_for_row_by_row(app: Flask, outside: Path, mapped: bool) -> None:
    file = outside / "products-lifyzer-8000.csv"
    if not file.exists():
        pytest.skip(f"no {file.name}")
    raw = file.read_bytes()
    given = list(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline="")))
    query = "mode=rows&map=sku:barcode,barcode:barcode,name:name" if mapped else "mode=rows"
    if not mapped:
        text = io.StringIO(newline="")
        out = csv.writer(text)
        out.writerow(["sku", "name", "barcode"])
        out.writerows([row["barcode"], row["name"], row["barcode"]] for row in given)
        raw = text.getvalue().encode()
    wire = Wire(app)

    def send() -> Any:
        return done(wire, wire("supervisor", "POST", f"imports/products?{query}", data=raw, content_type="text/csv"))

    report = send()
    created, updated, unchanged, rejected = numbers(report)
    assert created + updated + unchanged + rejected == report["rows"] == len(given)
    products = stored(wire)
    refused = {r["row"]: r["code"] for r in report["rejected"]}
    print(
        f"\n{len(given)} rows: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected {Counter(refused.values())}"
    )
    for number, row in enumerate(given, 2):
        code = row["barcode"]
        if is_gtin(code):
            assert refused.get(number, "contradicts") in {"barcode_taken", "contradicts"}
        else:
            assert refused[number] in {"check_digit", "not_gtin"}
        if number not in refused:
            assert products[code]["name"] == row["name"]
            assert products[code]["barcodes"] == [{"code": code, "quantity": "1"}]
    gtins = {row["barcode"].zfill(14) for row in given if is_gtin(row["barcode"])}
    assert {code.zfill(14) for code in products} == gtins
    assert len(products) == created == len(gtins)

    again = send()
    assert numbers(again) == (0, 0, created + unchanged, rejected)
