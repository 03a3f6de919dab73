"""The barcodes of the gun sheet are those of its list, drawn by the script."""

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
GUN = ROOT / "static" / "gun"


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("gun_codes", ROOT / "docs" / "scripts" / "gun_codes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_those_that_the_script_draws(script: Any) -> None:
    there = {path.name: path.read_text() for path in (GUN / "codes").glob("*.svg")}
    assert there == script.pictures(), "draw them anew: .venv/bin/python docs/scripts/gun_codes.py"


def test_bars_are_wide_enough_for_any_printer(script: Any) -> None:
    """Two dots of a 203 dpi printer."""
    assert script.MODULE >= 0.25
    assert script.DOT >= 0.25


def test_test_barcodes_use_what_no_company_owns() -> None:
    """GTINs begin with GS1's prefix for examples."""
    texts = [row["text"] for row in json.loads((GUN / "codes.json").read_text())["tests"]]
    assert [text for text in texts if text[0].isdigit() and not re.match("(010)?952", text)] == []
