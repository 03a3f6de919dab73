"""Quantities: what `static/console/packs.js` says of packs, the server says (tests/cases/packs.json)."""

import json
from pathlib import Path

import pytest

from app.quantities import packed

CASES = json.loads((Path(__file__).parent / "cases" / "packs.json").read_text())


@pytest.mark.parametrize(("quantity", "sizes", "told"), CASES)
def test_a_quantity_is_whole_packs_and_what_is_left(quantity: str, sizes: list[str], told: str | None) -> None:
    assert packed(quantity, sizes) == told
