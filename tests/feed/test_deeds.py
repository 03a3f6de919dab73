"""Every deed that the code writes into the audit trail has its name in each language of the console, and can be filtered by."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMPUTED = {
    "deed": {"restored", "older_database_accepted"},
    "f'{order.kind}_imported'": {"products_imported", "barcodes_imported", "costs_imported"},
    "'hold' if held else 'release'": {"hold", "release"},
    "'pin_locked' if is_last else 'operator_sign_in_failed'": {"pin_locked", "operator_sign_in_failed"},
}
"""What expressions that are no plain text may be."""


def written() -> set[str]:
    """Return all deeds that calls of `audit.write` name."""
    deeds: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == ("write" if path.name == "audit.py" else "audit.write"):
                deed = node.args[1]
                if isinstance(deed, ast.Constant):
                    deeds.add(str(deed.value))
                else:
                    assert ast.unparse(deed) in COMPUTED, f"{path}:{node.lineno}: say in COMPUTED what this may be: {ast.unparse(deed)}"
                    deeds |= COMPUTED[ast.unparse(deed)]
    return deeds


def names(file: str) -> dict[str, str]:
    """Return the deeds that a file of texts names; a dot in a deed is a level more."""

    def flat(texts: dict[str, Any], before: str = "") -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in texts.items():
            found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
        return found

    return flat(json.loads((ROOT / "static" / "console" / file).read_text())["ui"]["console"]["audit"]["deeds"])


@pytest.mark.parametrize("file", sorted(path.name for path in (ROOT / "static" / "console").glob("messages*.json")))
def test_every_deed_has_its_name(file: str) -> None:
    assert len(written()) > 50
    assert set(names(file)) == written()
    assert len(set(names(file).values())) == len(written()), "two deeds with one name can't be told apart"


def test_every_deed_can_be_filtered_by() -> None:
    (listed,) = re.findall(r"const DEEDS = '(.*)'\.split", (ROOT / "static" / "console" / "audit.js").read_text())
    assert set(listed.split(",")) == written()
