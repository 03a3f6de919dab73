"""Files as people send them: each cell as they see it, or a reason; hostile ones end a limited process and nothing else."""

import functools
import io
import resource
import subprocess
import sys
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sheets import PARTS, SHEET, by_hand, cells, read, workbook

from app.errors import Problem
from app.imports import reading, spooling
from app.imports import workbook as reader
from app.imports.tables import BadTable, guarded, unguarded


def refusal(raw: bytes, **more: Any) -> str:
    with pytest.raises(Problem) as caught:
        read(raw, **more)
    assert caught.value.code == "bad_file"
    return caught.value.detail


def test_cells_come_as_people_see_them() -> None:
    row = [
        8710841030181,
        0.1 + 0.2,
        12.5,
        3,
        True,
        False,
        date(2027, 1, 31),
        datetime(2026, 1, 2, 3, 4, 5),
        "  two  spaces ",
        "00123",
        None,
        "ü €",
        -7,
        1e-7,
    ]
    found = cells(workbook([[f"c{n}" for n in range(len(row))], row]))
    assert found[1] == [
        "8710841030181", "0.3", "12.5", "3", "TRUE", "FALSE", "2027-01-31", "2026-01-02T03:04:05", "  two  spaces ", "00123", "", "ü €", "-7", "0.0000001",
    ]  # fmt: skip


def test_zeros_that_a_format_shows_are_part_of_a_code() -> None:
    found = cells(workbook([["a", "b", "c"], [12345678905, 7, 41000]], A="0000000000000", B='"N"0', C="dd.mm.yyyy"))
    assert found[1] == ["0012345678905", "7", "2012-04-01"]


def test_what_can_not_be_read_names_its_reason() -> None:
    odd = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="str"><v>b</v></c><c r="C1" t="s"><v>0</v></c></row>'
        '<row r="5"><c r="A5" t="e"><v>#N/A</v></c><c r="B5"><v>123456789012345678</v></c><c r="C5"><f>A1</f></c></row>'
        '<row r="6"><c><v>1E+20</v></c><c t="str"><f>A1</f><v>cached</v></c><c t="b"><v>1</v></c></row><row r="7"/><row r="9"><c r="B9"><v> 5 </v></c></row>'
    )
    table = read(by_hand(sheet=SHEET.format(odd)))
    assert table.head.header == ["a", "b", "shared"]
    assert [list(row[:2]) for row in table.rows()] == [
        [5, [["error_cell", "#N/A"], ["not_exact", "123456789012345678"], ["no_value", "a formula without a stored value"]]],
        [6, [["not_exact", "1E+20"], "cached", "TRUE"]],
        [9, ["", "5"]],
    ]
    table.close()


def test_rich_texts_are_one_text_without_how_they_are_read_aloud_and_escapes_are_characters() -> None:
    texts = "<x:sst xmlns:x='u'><x:si><x:r><x:t>Cr</x:t></x:r><x:r><x:t xml:space='preserve'>ème </x:t></x:r><x:rPh><x:t>kurēmu</x:t></x:rPh></x:si><x:si><x:t>a_x0041_b_x005F_x0041_</x:t></x:si></x:sst>"
    rows = '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>'
    assert cells(by_hand(texts=texts, sheet=SHEET.format(rows))) == [["Crème "], ["aAb_x0041_"]]


def test_the_first_sheet_is_read_or_the_one_that_is_named() -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["sku"])  # type: ignore[union-attr]
    other = book.create_sheet("Preise & mehr")
    other.append(["cost"])
    out = io.BytesIO()
    book.save(out)
    table = read(out.getvalue())
    assert (list(table.head.sheets), table.head.sheet, table.head.header) == (["Sheet", "Preise & mehr"], "Sheet", ["sku"])
    table.close()
    assert cells(out.getvalue(), sheet="Preise & mehr") == [["cost"]]
    assert "it has: Sheet" in refusal(out.getvalue(), sheet="nothing")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_tells_its_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    text = delimiter.join(["sku", "größe"]) + "\r\n\r\n" + delimiter.join(["'=1", '"a\nb"']) + "\r\n" + delimiter.join(["1", "2", "3"])
    table = read(text.encode(encoding))
    rows = list(table.rows())
    assert (table.head.delimiter, table.head.encoding) == (delimiter, encoding.removesuffix("-sig"))
    assert [row[0] for row in rows] == [3, 4]
    assert [row[1:3] for row in map(tuple, rows)] == [(["=1", "a\nb"], False), (["1", "2"], True)]
    table.close()


GERMAN = "sku;name\nP-1;Größe\nP-2;Käse\n"
POLISH = "sku;name\nP-1;Łódź żółta\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_without_its_mark(encoding: str) -> None:
    assert cells(GERMAN.encode(encoding))[1] == ["P-1", "Größe"]


@pytest.mark.parametrize(
    "raw",
    [
        GERMAN.encode("cp850"), GERMAN.encode("cp437"), GERMAN.encode("mac_roman"), POLISH.encode("cp1250"), POLISH.encode("iso8859-2"),
        "sku;name\nP-1;Größe\n".encode() + "P-2;Käse Öl süß Bündel Äpfel\n".encode("cp1252"),
        "x;Stück\n".encode("cp1252") * 9_000 + "y;Größe\n".encode("cp850"),
    ],
)  # fmt: skip
def test_an_encoding_that_nobody_told_is_refused_and_never_read_as_another(raw: bytes) -> None:
    """`Gr”áe` had been taken for the name of a product."""
    assert "save the whole file as UTF-8" in refusal(raw)


@pytest.mark.parametrize("name", ["l’eau", "NESCAFÉ® süß", "5 m³", "A–B", "„Größe“ …", "Œuvre", "½ l", "¿Qué?", "±2 µm", "50 ¢", "Šoša"])
def test_what_cp1252_has_beside_letters_is_read(name: str) -> None:
    assert cells(f"sku;name\nP-1;{name}\n".encode("cp1252"))[1] == ["P-1", name]


@given(st.text())
@example("'=1")
@example("''-1")
@example("-1")
def test_a_guard_is_given_back_and_keeps_formulas_out(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "@", "\t", "\r")


# Hostile files


def zeros(size: int) -> bytes:
    return SHEET.format("<row>" + " " * size + "</row>").encode()


def test_a_bomb_is_refused_before_it_is_inflated() -> None:
    assert "300 times" in refusal(by_hand(sheet=zeros(20 << 20)))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as file:
        for n in range(reader.MOST_MEMBERS + 1):
            file.writestr(f"{n}", "")
    assert "members" in refusal(many.getvalue())
    assert "inflate to more than 512 MiB" in refusal(_lying(by_hand(), 1 << 30))


def _lying(raw: bytes, size: int) -> bytes:
    """Return a zip whose directory declares another size for its last member."""
    at = raw.rindex(b"PK\x01\x02")
    return raw[: at + 24] + size.to_bytes(4, "little") + raw[at + 28 :]


def test_a_member_never_gives_more_than_it_declares() -> None:
    assert refusal(_lying(by_hand(sheet=SHEET.format('<row><c t="str"><v>sku</v></c></row>' * 5000)), 1000))


BOMBS = {
    "entities": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>',
    "external entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>',
    "external document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><worksheet/>',
    "deep": "<a>" * 100_000,
    "deep and closed": "<a>" * 5_000 + "</a>" * 5_000,
    "open": "<worksheet><sheetData><row>",
    "no xml": "sku,name",
    "nul": "<worksheet>\0</worksheet>",
    "far cell": SHEET.format('<row><c r="ZZZZ1"><v>1</v></c></row>'),
    "no number": SHEET.format('<row><c t="str"><v>a</v></c></row><row><c><v>NaN</v></c></row><row><c><v>12x</v></c></row>'),
    "no such text": SHEET.format('<row><c t="s"><v>99</v></c></row>'),
    "utf-7": '<?xml version="1.0" encoding="utf-7"?><worksheet/>',
}


@pytest.mark.parametrize("name", BOMBS)
def test_hostile_xml_is_refused(name: str) -> None:
    assert refusal(by_hand(sheet=BOMBS[name]))


def test_a_sheet_of_elsewhere_is_not_fetched(tmp_path: Path) -> None:
    for target in ("http://127.0.0.1:9/sheet.xml", "file:///etc/passwd", "../../../../etc/passwd", "/etc/passwd"):
        for mode in ("", ' TargetMode="External"'):
            link = f'<Relationships><Relationship Id="r1" Type="http://x/worksheet" Target="{target}"{mode}/></Relationships>'
            assert refusal(by_hand(links=link))


@functools.cache
def costly() -> bytes:
    """Return a file of a few hundred KiB that costs far more than its size: a million texts, and cells that need them."""
    texts = "<sst>" + "".join(f"<si><t>{n % 977}</t></si>" for n in range(1_000_000)) + "</sst>"
    cell = '<c t="s"><v>999999</v></c>'
    return by_hand(texts=texts, sheet=SHEET.format(f"<row>{cell}</row>" + f"<row>{cell * 40}</row>" * 60_000))


def test_a_file_that_costs_too_much_ends_its_process_and_not_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = costly()
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    monkeypatch.setattr(
        spooling,
        "_BEGIN",
        spooling._BEGIN.replace("sys.exit(main())", "from app.imports import reading; reading.limit(cpu=1); sys.exit(main())"),
    )
    assert "more time or memory" in refusal(raw)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert time.monotonic() - began < 60
    assert after.ru_utime - before.ru_utime < 0.5, "the server itself must not read it"


def test_memory_is_limited_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        spooling,
        "_BEGIN",
        spooling._BEGIN.replace("sys.exit(main())", "from app.imports import reading; reading.limit(memory=48 << 20); sys.exit(main())"),
    )
    assert "more time or memory" in refusal(costly())


def test_the_same_file_would_exceed_without_limits(tmp_path: Path) -> None:
    """The control: who reads without limits pays for it."""
    file = tmp_path / "costly.xlsx"
    file.write_bytes(costly())
    assert file.stat().st_size < 4 << 20
    began = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    code = spooling._BEGIN.replace(
        "from app.imports.reading import main", "from app.imports import reading; reading.limit = lambda: None; main = reading.main"
    )
    with file.open("rb") as body, (tmp_path / "out").open("wb") as out:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", code, '{"names": [], "sheet": null, "most": null}'], stdin=body, stdout=out, check=True
        )
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - began > 1.5


def test_limits_hold_in_the_process_that_reads() -> None:
    code = spooling._BEGIN.replace(
        "sys.exit(main())",
        "import resource; from app.imports import reading; reading.limit(); print([resource.getrlimit(r)[0] for r in (resource.RLIMIT_CPU, resource.RLIMIT_AS, resource.RLIMIT_FSIZE)])",
    )
    found = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == str([reading.CPU, reading.MEMORY, reading.OUTPUT])


# Fuzz: whatever the bytes, rows or BadTable

ONE = by_hand()


def tried(raw: bytes) -> None:
    """Read bytes here, as the process does; only our own refusal may come out."""
    import zlib

    from app.imports import tables

    file = io.BytesIO(raw)
    try:
        head, rows = reader.read(file, None) if raw[:2] == b"PK" else tables.read(file, ("sku", "name"))
        assert all(isinstance(name, str) for name in head.header)
        for row in rows:
            assert all(isinstance(cell, (str, list)) for cell in row.cells)
            assert len(row.cells) <= len(head.header)
    except (BadTable, zlib.error):
        pass


fuzzed = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@fuzzed
@given(st.binary(max_size=2_000))
def test_no_bytes_break_the_reader_of_text(raw: bytes) -> None:
    tried(raw)


@fuzzed
@given(st.text(alphabet="a,;|\t\"'\r\n=üœ\ufeff\0", max_size=300), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_no_text_breaks_the_reader_of_text(text: str, encoding: str) -> None:
    tried(text.encode(encoding, "replace"))


@fuzzed
@given(st.lists(st.tuples(st.integers(0, len(ONE) - 1), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, len(ONE)))
def test_no_changed_bytes_break_the_reader_of_xlsx(changes: list[tuple[int, int]], end: int) -> None:
    raw = bytearray(ONE)
    for at, value in changes:
        raw[at] = value
    tried(bytes(raw))
    tried(bytes(raw[:end]))


TAGS = ["worksheet", "sheetData", "row", "c", "v", "t", "f", "is", "si", "sst", "rPh", "sheet", "Relationship", "x:row"]
ATTRS = [
    'r="A1"',
    'r="9"',
    'r="-1"',
    'r=""',
    't="s"',
    't="e"',
    't="b"',
    't="d"',
    't="str"',
    's="3"',
    's="x"',
    'r:id="r1"',
    'Target="../.."',
    'name="S"',
]
XML = st.recursive(
    st.text(alphabet="0123456789.eE+-#N/A &lt;_x0041_", max_size=12).map(lambda t: t.replace("&", "&amp;").replace("<", "")),
    lambda inner: st.tuples(
        st.sampled_from(TAGS),
        st.lists(st.sampled_from(ATTRS), max_size=3, unique_by=lambda a: a.split("=")[0]),
        st.lists(inner, max_size=6),
    ).map(lambda t: f"<{t[0]} {' '.join(t[1])}>{''.join(t[2])}</{t[0]}>"),
    max_leaves=25,
)


@fuzzed
@given(st.sampled_from(sorted(PARTS)), XML)
@example("xl/worksheets/sheet1.xml", "<c><row></row><v>0</v></c>")
def test_no_xml_breaks_the_reader_of_xlsx(part: str, xml: str) -> None:
    tried(by_hand(zipfile.ZIP_STORED, **{part: f"<root>{xml}</root>"}))
