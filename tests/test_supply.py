"""What others wrote is known to the byte: locked packages, vendored files, and the bill that lists both."""

import importlib.util
import json
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
_HASH = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(scope="module")
def sbom() -> Any:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "docs" / "scripts" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["sbom"] = module
    spec.loader.exec_module(module)
    return module


def chosen(name: str) -> dict[str, str]:
    """Name and version of what we choose ourselves."""
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("-r")]
    pinned = [re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)(?:; .+)?", line) for line in lines]
    assert all(pinned), lines
    return {one[1].lower(): one[2] for one in pinned if one}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_to_the_bytes_of_its_files(sbom: Any, name: str) -> None:
    """In the one form that pip takes with --require-hashes, for every platform: no URLs, no ranges."""
    locked = sbom.locked(ROOT / name)
    assert len(locked) > 30
    for one in locked:
        assert one.hashes, f"{one.name} has no hash"
        assert all(_HASH.fullmatch(content) for content in one.hashes), one.name
    loose = [line for line in (ROOT / name).read_text().splitlines() if line[:1] not in ("", " ", "#") and "==" not in line]
    assert loose == []
    assert sorted(re.findall(r"--require-hashes -r (\S+)", (ROOT / "Makefile").read_text())) == sorted(LOCKS)


def test_what_we_choose_is_what_is_locked_and_tests_use_what_runs(sbom: Any) -> None:
    runs, tests = ({one.name: one for one in sbom.locked(ROOT / name)} for name in LOCKS)
    for name, version in chosen("requirements.in").items():
        assert runs[name].version == version, f"run `make requirements`: {name}"
    for name, version in chosen("requirements-dev.in").items():
        assert tests[name].version == version, f"run `make requirements`: {name}"
    for name, one in runs.items():
        assert (tests[name].version, tests[name].hashes) == (one.version, one.hashes), name
    assert {one.name for one in runs.values() if sbom.US in one.asked_by} == set(chosen("requirements.in"))


def test_what_is_installed_is_what_is_locked(sbom: Any) -> None:
    from packaging.markers import Marker

    wrong = {
        one.name: (one.version, metadata.version(one.name))
        for one in sbom.locked(ROOT / "requirements.txt")
        if (not one.marker or Marker(one.marker).evaluate()) and metadata.version(one.name) != one.version
    }
    assert wrong == {}


def test_the_bill_names_every_package_and_every_vendored_file(sbom: Any) -> None:
    bill = sbom.bill(sbom.locked(ROOT / "requirements.txt"), sbom.files())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    refs = [part["bom-ref"] for part in bill["components"]]
    assert len(refs) == len(set(refs))
    assert {ref for one in bill["dependencies"] for ref in (one["ref"], *one["dependsOn"])} <= {sbom.US, *refs}
    files = {part["name"]: part for part in bill["components"] if part["type"] == "file"}
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / "static").rglob("vendor/*") if p.suffix in (".js", ".wasm", ".css")}
    there |= {p.relative_to(ROOT).as_posix() for p in (ROOT / "app").rglob("*.txt")}
    assert there <= set(files)
    for part in bill["components"]:
        assert part["purl"].startswith("pkg:"), part["name"]
        assert part["version"], part["name"]
        assert part.get("hashes") or part["externalReferences"][0]["hashes"], part["name"]
    silent = {part["name"] for part in bill["components"] if not part.get("licenses")}
    assert silent <= {"pysqlite3", "tzdata"}, "one says nothing of its licence, the other isn't installed everywhere"
    for path in there:
        assert files[path]["licenses"], path
        assert files[path]["pedigree"]["notes"], path
    again = sbom.bill(sbom.locked(ROOT / "requirements.txt"), sbom.files())
    assert json.dumps(bill) == json.dumps(again)


def test_control_a_vendored_file_with_one_other_byte_is_noticed(sbom: Any, tmp_path: Path) -> None:
    copy = tmp_path / "static"
    shutil.copytree(ROOT / "static" / "vendor", copy / "vendor")
    assert len(list(sbom.vendored(copy))) >= 5
    with (copy / "vendor" / "preact.js").open("ab") as file:
        file.write(b" ")
    with pytest.raises(sbom.Changed, match=r"preact\.js"):
        list(sbom.vendored(copy))


def test_nothing_else_in_static_was_written_by_others() -> None:
    """What carries somebody else's licence stands in a folder whose list names it."""
    signs = re.compile(rb"@license|sourceMappingURL|Licensed under|\(c\) 20\d\d|Copyright \(c\)", re.IGNORECASE)
    ours = [p for p in (ROOT / "static").rglob("*") if p.suffix in (".js", ".css") and "vendor" not in p.parts]
    assert [p.name for p in ours if signs.search(p.read_bytes())] == []


def test_pages_ask_nobody_but_this_server() -> None:
    """No CDN: no page or script names another host, but to show it or to tell a GS1 Digital Link."""
    for path in (ROOT / "static").rglob("*"):
        if path.suffix in (".html", ".css") and "vendor" not in path.parts:
            assert not re.search(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//""", path.read_text()), path
