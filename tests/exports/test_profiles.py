"""CSV profiles: a file as somebody else's program wants it, saved by name; numbers stay numbers, texts no formulas."""

import csv
import io
import time
from typing import Any

from each import each

from app.exports.profiles import EXPORTS
from tests.callers import problem
from tests.exports.test_exports import COLUMNS, INK, export, posted, reconciliation, rows
from tests.exports.test_package import cover, data, parts, take
from tests.shop import Shop

__all__ = ["posted"]

GERMAN = {
    "columns": {"reconciliation": ["sku", "location", "variance", "variance_value", "note", "from", "counted_3"]},
    "headers": {"sku": "Artikel", "variance_value": "=Wert"},
    "delimiter": "semicolon",
    "decimal": "comma",
    "dates": "DD.MM.YYYY hh:mm",
    "encoding": "windows-1252",
}


def put(shop: Shop, name: str = "DATEV", role: str = "accountant", **profile: Any) -> Any:
    return shop.person(role).call("PUT", f"/api/v1/exports/profiles/{name}", profile)


def test_a_file_is_written_as_its_profile_has_it(posted: Shop) -> None:
    assert put(posted, **GERMAN).status_code == 200
    answer = export(posted, "reconciliation", "csv", count="K1", profile="DATEV")
    assert answer.content_type == "text/csv; charset=windows-1252"
    said = answer.data.decode("cp1252").splitlines()
    began = reconciliation(posted)["lines"][0]["passes"][0][2]
    shown = f"{began[8:10]}.{began[5:7]}.{began[:4]} {began[11:16]}"
    assert said[0] == "Artikel;location;variance;'=Wert;note;from;counted_3"
    assert said[1] == f"INK;A-01;2;1,00;'=HYPERLINK(1);{shown};"
    assert said[4].startswith("ROPE;A-02;-25,5;-76,50;'=HYPERLINK(1);")
    again = export(posted, "reconciliation", "csv", count="K1", profile="DATEV", upto=answer.headers["X-ScanLedger-Upto"])
    assert again.data == answer.data


def test_without_columns_a_profile_has_all_and_another_export_its_own(posted: Shop) -> None:
    put(posted, delimiter="tab", quotes="texts", encoding="utf-8-bom")
    answer = export(posted, "reconciliation", "csv", count="K1", profile="DATEV")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter="\t"))
    assert read[0] == COLUMNS[:10] + [f"{name}_2" for name in ("counted", "operator", "from", "to")] + COLUMNS[10:]
    first = answer.data.decode("utf-8-sig").splitlines()[1].split("\t")
    assert first[:6] == ['"K1"', '"A-01"', '"INK"', '"Ink"', '""', "5"]
    assert [row["sku"] for row in rows(export(posted, "stock", "csv"))] == [
        row[1] for row in csv.reader(io.StringIO(export(posted, "stock", "csv", profile="DATEV").data.decode("utf-8-sig")), delimiter="\t")
    ][1:]


def test_a_package_is_written_by_a_profile_too_and_compared_with_its_like(posted: Shop) -> None:
    put(posted, **GERMAN)
    plain, first = take(posted), take(posted, profile="DATEV")
    assert "1,00" in parts(first)["journal.csv"].decode().splitlines()[1].split(";")
    assert parts(first)["lines.csv"] == export(posted, "reconciliation", "csv", count="K1", profile="DATEV").data
    assert "Same data" not in cover(first)
    assert "Profile of the CSV files: DATEV" in cover(first)
    again = take(posted, profile="DATEV")
    assert data(parts(again)) == data(parts(first))
    assert "Same data as export: 2: yes" in cover(again)
    assert data(parts(take(posted))) == data(parts(plain))
    put(posted, **GERMAN | {"decimal": "point"})
    assert "Same data" not in cover(take(posted, profile="DATEV"))


def test_profiles_are_listed_changed_and_deleted(shop: Shop) -> None:
    assert put(shop, **GERMAN).json["quotes"] == "needed"
    time.sleep(0.01)
    assert put(shop, header=False).json["delimiter"] == "comma"
    put(shop, "A b")
    accountant, auditor = shop.person("accountant"), shop.person("auditor")
    assert [row["name"] for row in auditor.get("/api/v1/exports/profiles").json["rows"]] == ["A b", "DATEV"]
    assert auditor.get("/api/v1/exports/profiles/DATEV").json["header"] is False
    assert export(shop, "costs", "csv", profile="DATEV").data.splitlines()[0] == b"DRILL,90"
    assert put(shop, role="auditor").status_code == 403
    assert put(shop, role="operator").status_code == 403
    assert accountant.call("DELETE", "/api/v1/exports/profiles/DATEV").status_code == 204
    assert accountant.call("DELETE", "/api/v1/exports/profiles/DATEV").status_code == 404
    assert export(shop, "costs", "csv", profile="DATEV").json["code"] == "not_found"
    trail = [row["deed"] for row in auditor.get("/api/v1/audit?limit=500").json["rows"]]
    assert [deed for deed in trail if deed.startswith("profile_")] == ["profile_put"] * 3 + ["profile_removed"]


@each(
    "profile, field",
    [
        ({"columns": {"reconciliation": ["price"]}}, "columns"), ({"columns": {"people": ["counted_2"]}}, "columns"),
        ({"columns": {"nothing": ["sku"]}}, "columns"), ({"columns": {"stock": []}}, "columns"), ({"decimal": "comma"}, "decimal"),
        ({"dates": "=YYYY"}, "dates"), ({"dates": ""}, "dates"), ({"dates": "%Y"}, "dates"), ({"encoding": "utf-7"}, "encoding"),
        ({"delimiter": ";"}, "delimiter"), ({"headers": {"sku": "a\x00"}}, "headers"),
    ],
)  # fmt: skip
def test_what_is_no_profile_is_refused(shop: Shop, profile: dict[str, Any], field: str) -> None:
    answer = put(shop, **profile)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
    assert answer.json["errors"][0]["field"].startswith(field)


def test_what_an_encoding_lacks_is_a_question_mark_and_a_profile_is_for_csv(shop: Shop) -> None:
    shop.gun.do("receive", location="A-01", barcode=INK, operator="仓=1")
    put(shop, encoding="iso-8859-15", columns={"scans": ["operator"]})
    assert export(shop, "scans", "csv", profile="DATEV").data == b"operator\r\n?=1\r\n"
    assert export(shop, "scans", "xlsx", profile="DATEV").json["errors"] == [{"field": "profile", "message": "Only with .csv."}]


def test_a_sample_shows_how_a_file_would_begin_and_keeps_nothing(posted: Shop) -> None:
    assert put(posted, **GERMAN).status_code == 200
    whole = export(posted, "reconciliation", "csv", count="K1", profile="DATEV").data.decode("cp1252").splitlines()
    shown = sample(posted, "export=reconciliation&count=K1", **GERMAN)
    assert shown.status_code == 200, shown.json
    assert shown.json["text"].splitlines() == whole[:6]
    assert sample(posted, "export=products", delimiter="pipe").json["text"].startswith("sku|name|unit")
    for query, profile in (
        ("export=reconciliation", {}),
        ("export=people", {}),
        ("export=moves", {"delimiter": "comma", "decimal": "comma"}),
    ):
        problem(sample(posted, query, **profile), "bad_request")


def test_the_columns_of_each_export_are_told_in_their_order(posted: Shop) -> None:
    told = posted.person("auditor").get("/api/v1/exports/columns").json["columns"]
    assert told["reconciliation"][:6] == ["count", "location", "sku", "name", "lot", "expected"]
    assert sorted(told) == list(EXPORTS)


def sample(shop: Shop, query: str, **profile: Any) -> Any:
    return shop.person("auditor").call("POST", f"/api/v1/exports/samples?{query}", profile)
