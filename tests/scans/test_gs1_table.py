"""The table of application identifiers: biip's dictionary has the same identifiers, lengths, kinds and separators."""

import re
from pathlib import Path

import pytest
from biip.gs1_application_identifiers import _GS1_APPLICATION_IDENTIFIERS as BIIP

from app.scans.gs1_table import AIS, WIDTHS

SPELLED = {
    "7040": "N1+X3", "7258": "N1+X1+N1", "8001": "N14", "8003": "N14[+X..16]", "8006": "N14+N2+N2", "8026": "N14+N2+N2", "8008": "N8[+N..4]",
    "8043": "N18+[N1..N2]", "4309": "N20", "4324": "N10", "4325": "N10", "7003": "N10", "7251": "N12",
    **{f"433{n}": "N6+[-]" for n in range(4)}, "423": "N3+N..12", "425": "N3+N..12",
}  # fmt: skip
"""Where biip writes the same in other words."""


def test_the_identifiers_are_biips() -> None:
    assert set(AIS) == set(BIIP)
    assert {ai: bool(known.length) for ai, known in AIS.items()} == {ai: not known.separator_required for ai, known in BIIP.items()}


@pytest.mark.parametrize("ai", AIS)
def test_formats_are_biips(ai: str) -> None:
    components = [re.sub(r"^([NXYZ])1-(\d+)", r"\1..\2", component) for component in AIS[ai].components.split(" + ")]
    ours = "".join(f"[+{c.rstrip('?')}]" if c.endswith("?") else f"+{c}" for c in components).removeprefix("+")
    assert BIIP[ai].format == f"N{len(ai)}+{SPELLED.get(ai, ours)}"


def test_two_digits_tell_how_long_an_identifier_is() -> None:
    assert all(WIDTHS[ai[:2]] == len(ai) for ai in AIS)


def test_partners_exist() -> None:
    for known in AIS.values():
        for pattern in {one for group in known.needs for both in group for one in both} | set(known.forbids):
            assert any(re.fullmatch(pattern, ai) for ai in AIS), f"{known.ai} speaks of {pattern}"
        assert {q for way in known.qualifiers or () for q in way} <= set(AIS)


def test_the_phone_knows_the_same_identifiers_and_lengths() -> None:
    script = (Path(__file__).parents[2] / "static" / "gs1.js").read_text()
    table = re.search(r"^const TABLE = '(.*)';$", script, re.M)
    assert table is not None
    rows = [row.split(":") for row in table[1].split(";")]
    known = {
        ai: int(length or 0)
        for length, ais in rows
        for digits in (2, 3, 4)
        for ai in (f"{n:0{digits}d}" for n in range(10**digits))
        if re.fullmatch(ais.replace(".", "[0-9]"), ai)
    }
    assert known == {ai: entry.length for ai, entry in AIS.items()}
