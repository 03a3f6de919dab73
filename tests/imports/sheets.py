"""Make XLSX files by hand, as odd as they come, and read tables as the limited process does."""

import io
import tempfile
import zipfile
from typing import Any

import openpyxl

from app.errors import Problem
from app.imports import spooling

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
PARTS = {
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/sharedStrings.xml": "<sst><si><t>shared</t></si></sst>",
    "xl/worksheets/sheet1.xml": SHEET.format(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    ),
}


def workbook(rows: list[list[Any]], **formats: str) -> bytes:
    """Return an XLSX of openpyxl; `formats` are number formats by column letter."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for letter, code in formats.items():
        for cell in sheet[letter]:
            cell.number_format = code
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def by_hand(compression: int = zipfile.ZIP_DEFLATED, **parts: str | bytes | None) -> bytes:
    """Return an XLSX with some parts replaced: sheet, texts, book."""
    names = {
        "sheet": "xl/worksheets/sheet1.xml",
        "texts": "xl/sharedStrings.xml",
        "book": "xl/workbook.xml",
        "links": "xl/_rels/workbook.xml.rels",
    }
    held: dict[str, str | bytes | None] = {**PARTS, **{names.get(name, name): part for name, part in parts.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        for name, part in held.items():
            if part is not None:
                file.writestr(name, part)
    return out.getvalue()


def read(raw: bytes, names: tuple[str, ...] = (), sheet: str | None = None) -> spooling.Spool:
    """Read bytes in the limited process; raises Problem."""
    with tempfile.TemporaryFile() as body:
        body.write(raw)
        body.seek(0)
        out = tempfile.TemporaryFile()  # noqa: SIM115  # the spool closes it
        try:
            spooling.read(body, out, {"names": list(names), "sheet": sheet, "most": None})
        except Problem:
            out.close()
            raise
        return spooling.Spool(out)


def cells(raw: bytes, names: tuple[str, ...] = (), sheet: str | None = None) -> list[list[Any]]:
    """Return the header and the rows of a file."""
    table = read(raw, names, sheet)
    found = [list(table.head.header), *(row[1] for row in table.rows())]
    table.close()
    return found
