"""Rows and texts that a pattern takes are what the parser would have made of them, and nothing is taken that it would have refused."""

import io
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheets import SHEET, by_hand, workbook

from app.imports import markup, tables
from app.imports import workbook as reader

NEVER = re.compile("(?!)")
TEXTS = "<sst><si><t>shared</t></si>{}<si><t xml:space='preserve'> b </t></si></sst>"
CELLS = st.sampled_from(
    [
        '<c r="A1" t="s"><v>0</v></c>', '<c r="B1" t="s"><v>1</v></c>', '<c r="C1"><v>12.5</v></c>', '<c r="D1" s="2"><v>7</v></c>',
        '<c r="B7" s="1"><v>45000.5</v></c>', '<c r="E1" s="1"/>', '<c r="F1"></c>', '<c r="C2"><v></v></c>', '<c r="XFD1"><v>1</v></c>',
        '<c r="A1" t="inlineStr"><is><t>in line</t></is></c>', '<c r="B1" t="inlineStr"><is><t xml:space="preserve"> _x0041_ </t></is></c>',
        '<c r="A1" t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c>', '<c r="B1" t="str"><v>said</v></c>', '<c><v>5</v></c>',
        '<c r="C1" t="e"><v>#N/A</v></c>', '<c r="A1" t="b"><v>1</v></c>', '<c r="D1"><f>A1</f><v>3</v></c>', '<c r="E1"><f>A1</f></c>',
        '<c r="A1" t="str"><v>a &amp; b</v></c>', '<c r="B1" t="str"><v>größer</v></c>', '<c r="A1" t="str"><v>\r\n</v></c>',
        '<c r="A1"><v>12345678901234567</v></c>', '<c r="A1" t="n" s="9"><v>-0.10</v></c>', '<c r="A1" s="007"><v>3</v></c>', "<!-- x -->",
        '<c r="A1" t="str"><v><![CDATA[</row>]]></v></c>',
    ]
)  # fmt: skip
HEADS = st.sampled_from(
    [
        '<row r="{}">',
        '<row r="{}" spans="1:9" x14ac:dyDescent="0.25">',
        '<row spans="1:9" r="{}">',
        "<row>",
        '<x:row r="{}">',
        '<row r="{}" a=\'"\'>',
    ]
)
BETWEEN = st.sampled_from(
    [
        "",
        "",
        "",
        "",
        "\n  ",
        "<!-- </row> -->",
        '<!-- </row><row r="5"><c r="A5"><v>1</v></c></row> -->',
        "<y/>",
        "<?row </row>?>",
        "<row/>",
        "</row><row>",
    ]
)
ODD = st.sampled_from(
    [
        "<c",
        "</c>",
        '<c r="1A"><v>1</v></c>',
        '<c r="A1" t="s"><v>99</v></c>',
        '<c r="A1"><v>x</v></c>',
        "\x01",
        "<row",
        "]]>",
        '<c r="A1" r="B1"/>',
    ]
)


@st.composite
def rows(draw: Callable[..., Any]) -> str:
    """Return rows of a sheet, most of them plain, few damaged."""
    parts = []
    for _ in range(draw(st.integers(1, 8))):
        head = draw(HEADS).format(draw(st.integers(0, 12)))
        end = "</x:row>" if "x:row" in head else "</row>"
        parts += [head, *draw(st.lists(CELLS, max_size=5)), draw(ODD) if draw(st.integers(0, 30)) == 0 else "", end, draw(BETWEEN)]
    return "".join(parts)


def both(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Read a file with the patterns and without; None for one that is refused."""
    answers = []
    for patterns in ((reader._PLAIN_ROW, reader._PLAIN_TEXT), (NEVER, NEVER)):
        with monkeypatch.context() as patch:
            patch.setattr(reader, "_PLAIN_ROW", patterns[0])
            patch.setattr(reader, "_PLAIN_TEXT", patterns[1])
            try:
                head, found = reader.read(io.BytesIO(raw), None)
                answers.append((head, list(found)))
            except (tables.BadTable, zlib.error):
                answers.append(None)
    return answers[0], answers[1]


fuzzed = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@fuzzed
@given(
    rows(), st.sampled_from(["", '<?xml version="1.0" encoding="{}"?>']), st.sampled_from(["utf-8", "latin-1", "cp1252", "utf-16", "cp037"])
)
def test_patterns_read_what_the_parser_reads(monkeypatch: pytest.MonkeyPatch, body: str, declaration: str, encoding: str) -> None:
    sheet = (declaration.format(encoding) + SHEET.format('<row r="1"><c r="A1" t="str"><v>a</v></c></row>' + body)).encode(
        encoding, "replace"
    )
    quick, plain = both(by_hand(sheet=sheet, texts=TEXTS.format("<si><t>second</t></si>")), monkeypatch)
    assert quick == plain


@fuzzed
@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_nothing_is_taken_that_the_parser_refuses(monkeypatch: pytest.MonkeyPatch, changes: list[tuple[int, int]]) -> None:
    plain_rows = "".join(
        f'<row r="{n}" spans="1:3"><c r="A{n}" t="s"><v>1</v></c><c r="B{n}"><v>{n}.5</v></c><c r="C{n}" t="str"><v>x</v></c></row>'
        for n in range(1, 15)
    )
    sheet, texts = bytearray(SHEET.format(plain_rows).encode()), bytearray(TEXTS.format("<si><t>second</t></si>" * 5).encode())
    for at, value in changes:
        if at % 4:
            sheet[at % len(sheet)] = value
        else:
            texts[at % len(texts)] = value
    quick, plain = both(by_hand(sheet=bytes(sheet), texts=bytes(texts)), monkeypatch)
    assert quick == plain


def test_rows_that_spreadsheets_write_are_taken_by_the_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without it a pattern that never matches would pass every comparison."""
    taken: list[str] = []
    whole = markup._Reader._elements

    def counted(self: Any, raw: bytes, quick: markup.Quick) -> None:
        whole(self, raw, quick._replace(take=lambda found: (taken.append(quick.tag), quick.take(found))))

    monkeypatch.setattr(markup._Reader, "_elements", counted)
    _, found = reader.read(io.BytesIO(workbook([["sku", "name"], *[[f"S{n}", n] for n in range(50)]])), None)
    assert len(list(found)) == 50
    assert taken.count("row") == 50, "all but the first, which shows the parser where rows are"
