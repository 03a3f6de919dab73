"""Barcodes as dirty lists write them: what no label says is refused with what to write instead, never kept as a code that nobody can scan."""

import csv
import io

import pytest

from app.imports.cells import Refused
from app.products import written
from tests.calling import Wire

REFUSED = [
    ("4.006381333931e12", "cut_short", "all its digits"),
    ("4006381333931.0", "not_plain", "Write 4006381333931."),
    ("4 006381 333931", "not_plain", "Write 4006381333931."),
    ("4\u00a0006381\u00a0333931", "not_plain", "Write 4006381333931."),
    ("4.006.381.333.931", "not_plain", "Write 4006381333931."),
    ("978-3-16-148410-0", "not_plain", "Write 9783161484100."),
    ("'4006381333931", "not_plain", "Write 4006381333931."),
    ("'12345", "not_plain", "Write 12345."),
    ("EAN-13: 4006381333931", "not_plain", "Write 4006381333931."),
    ("(01)04006381333931", "not_plain", "Write 04006381333931."),
    ("]E04006381333931", "not_plain", "Write 4006381333931."),
    ("40063813\u00ad33931", "not_plain", "Write 4006381333931."),
    ("\u200b4006381333931", "not_plain", "Write 4006381333931."),
    ("４００６３８１３３３９３１", "not_plain", "Write 4006381333931."),
    ("*ABC-12*", "not_plain", "Write ABC-12."),
    ("36000291452", "lost_zeros", "036000291452"),
    ("4006381333931, 5901234123457", "several_barcodes", "a row of its own"),
    ("4006381333931/5901234123457", "several_barcodes", "a row of its own"),
    ("N/A", "no_barcode", "leave the cell empty"),
    ("-", "no_barcode", "leave the cell empty"),
    ("TRUE", "no_barcode", "leave the cell empty"),
    ("0000000000000", "no_barcode", "leave the cell empty"),
]
TAKEN = (
    "4006381333931", "036000291452", "96385074", "04006381333931", "12345678901", "1234567890", "PEN-1", "1234-5678", "A 12", "12.5", "100-20-300",
    "http://example.com/1", "Grün", "ABC*", "X", "4006381333931/2", "N-1", "12 mm",
)  # fmt: skip


@pytest.mark.parametrize("barcode, code, says", REFUSED)
def test_a_barcode_that_is_written_as_no_label_says_it_is_refused_with_what_to_write(barcode: str, code: str, says: str) -> None:
    with pytest.raises(Refused) as caught:
        written.check(barcode)
    assert (caught.value.field, caught.value.code) == ("barcode", code)
    assert says in caught.value.message


@pytest.mark.parametrize("barcode", TAKEN)
def test_a_code_of_ones_own_is_taken_as_it_is(barcode: str) -> None:
    written.check(barcode)


def test_what_a_product_has_already_stays_and_a_page_may_add_what_a_file_may_not(wire: Wire) -> None:
    """A code that was really scanned so can be kept: it comes by no file, and comes back with one."""
    wire.put("products/P-1", {"name": "Book", "barcodes": [{"code": "978-3-16-148410-0"}]})
    out = io.StringIO()
    csv.writer(out).writerows([["sku", "name", "barcode"], ["P-1", "Book", "978-3-16-148410-0"], ["P-2", "Pen", "4 006381 333931"]])
    report = wire.send("products", out.getvalue(), "mode=rows")
    assert (report["unchanged"], [(r["row"], r["code"]) for r in report["rejected"]]) == (1, [(3, "not_plain")])


def test_what_excel_is_told_to_read_as_text_is_its_text(wire: Wire) -> None:
    wire.send("products", 'sep=;\nsku;name;barcode\n="0042";Pen;="036000291452"\n')
    assert [b["code"] for b in wire.get("products/0042")["barcodes"]] == ["036000291452"]
