"""GS1's own test vectors: accepted or refused as they say, with the same data; the few that are treated otherwise, and why.

What accepting means, by kind (docs/barcodes.md says it to operators and integrators):
- bracketed, unbracketed, scan, linter_ai: the code is understood and no check digit in it is wrong. Its company is not asked, as in the suites.
- assoc: understood, and its identifiers belong together (no warning `pairing`).
- dlparse: the address is a Digital Link, its check digits are right.
- lint: the rule of that name holds.

`pytest -s tests/outside/test_gs1_vectors.py` prints the table of docs/barcodes.md.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.products.codes import split_aim
from app.scans import digital_link, gs1, gs1_coupons, gs1_rules
from app.scans.gs1_refused import Refused

YEAR = 2026
RULES = gs1_rules.RULES | {"couponcode": gs1_coupons.couponcode, "couponposoffer": gs1_coupons.couponposoffer}
UPC_A = "guns send the 12 digits of a UPC-A with ]E0 as they are, without the zero in front"
WORDS = "links of version 1.0 had words for identifiers, and labels with them are on shelves; GS1's library takes them where it is asked to"
UNKNOWN = "an identifier that nobody has assigned could be anything; GS1's library lets it pass where it is asked to"
OTHERWISE = {("scan", "]E0123456789012"): UPC_A, ("dlparse", "https://a/gtin/12312312312333"): WORDS,
    ("dlparse", "https://example.com/01/09520123456788?99=XYZ&89=ABC123"): UNKNOWN}  # fmt: skip
"""By kind and input; the two links stand in the set twice, refused and accepted, by an option of GS1's library."""


def understood(kind: str, text: str) -> gs1.Message | None:
    """What a vector says; None: a text that claims nothing. Raises Refused."""
    if kind == "unbracketed":
        if text[:1] != "^":
            raise Refused("no_fnc1")
        return gs1.message(text[1:].replace("^", gs1.GS), "]C1", YEAR)
    if kind == "scan":
        aim, rest = split_aim(text)
        if aim is None:
            raise Refused("no_aim")
        return gs1.message(rest, aim, YEAR)
    return gs1.meaning(digital_link.read(text) if kind == "dlparse" else gs1.bracketed(text), None, YEAR)


def accepts(vector: dict[str, Any]) -> tuple[bool, gs1.Message | None]:
    kind = vector["kind"]
    if kind == "lint":
        return RULES[vector["linter"].removeprefix("gs1_lint_")](vector["inp"]), None
    try:
        found = understood(kind, vector["inp"])
    except Refused:
        return False, None
    warned = set(found.warnings) if found is not None else set()
    return not warned - ({"gs_missing"} if kind == "assoc" else {"gs_missing", "pairing"}), found


def expected(text: str) -> list[tuple[str, str]]:
    """The data that a vector says, in the notation of the suites: `^` begins an element string."""
    return gs1.element_strings(text.partition("^")[2].replace("^", gs1.GS))


def test_the_vectors_are_accepted_or_refused_as_they_say(outside: Path) -> None:
    file = outside / "gs1-vectors.json"
    if not file.exists():
        pytest.skip(f"no {file.name}")
    vectors = json.loads(file.read_text())
    total, right, wrong = Counter[str](), Counter[str](), []
    for vector in vectors:
        kind, said = vector["kind"], vector.get("exp")
        accepted, found = accepts(vector)
        same = accepted == vector["ok"]
        if same and accepted and found is not None and said and "^" in said:
            same = list(found.ais) == expected(said)
        total[kind] += 1
        right[kind] += same
        if not same and (kind, vector["inp"]) not in OTHERWISE:
            wrong.append(vector)
    print("\n| kind | vectors | as they say |\n|---|---:|---:|")
    for kind in sorted(total):
        print(f"| {kind} | {total[kind]} | {right[kind]} |")
    print(f"| all | {total.total()} | {right.total()} |")
    assert wrong == []
