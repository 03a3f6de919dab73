"""List all that ScanLedger is made of and others wrote, as CycloneDX 1.6: the locked Python packages, and the vendored files."""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
US = "pkg:generic/scanledger"
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+?)(?: ; (.+?))? ?\\?$")


class Locked(NamedTuple):
    """A package that may be installed."""

    name: str
    version: str
    marker: str
    """Where it is installed; empty: everywhere."""
    hashes: list[str]
    """SHA-256 of each of its files."""
    asked_by: list[str]
    """The packages that need it, and US where we chose it."""

    @property
    def purl(self) -> str:
        """Return its name among all packages of the world."""
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{self.version}"


class Vendored(NamedTuple):
    """A file of somebody else's in `static/` or `app/`."""

    path: Path
    name: str
    version: str
    licence: str
    change: str
    sha256: str
    purl: str
    """The name of what it was taken from."""


class Changed(Exception):
    """A vendored file is not the one of its list."""


def main() -> None:
    """Print it."""
    print(json.dumps(bill(locked(ROOT / "requirements.txt"), files()), indent=1))


def locked(file: Path) -> list[Locked]:
    """Read a file that `make requirements` wrote."""
    found: list[Locked] = []
    for line in file.read_text().splitlines():
        named = _LOCKED.match(line)
        if named:
            found.append(Locked(named[1], named[2], named[3] or "", [], []))
        elif line.startswith("    --hash=sha256:"):
            found[-1].hashes.append(line.partition("sha256:")[2].rstrip(" \\"))
        elif line.startswith("    #"):
            asked = line.strip(" #").removeprefix("via").strip()
            if asked and not asked.startswith("-c"):
                found[-1].asked_by.append(US if asked.startswith("-r") else asked)
    return found


def files() -> Iterator[Vendored]:
    """Read all lists of vendored files."""
    for part in ("app", "static"):
        yield from vendored(ROOT / part)


def vendored(folder: Path) -> Iterator[Vendored]:
    """Read the lists of vendored files; raises Changed where a file is another one."""
    for listed in sorted(folder.rglob("vendored.json")):
        for row in json.loads(listed.read_text()):
            path = listed.parent / row["file"]
            if hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
                raise Changed(f"{path.name} is not the file of {listed.relative_to(folder)}")
            where = path.relative_to(folder.parent)
            yield Vendored(where, row["name"], row["version"], row["licence"], row["change"], row["sha256"], row["origin"])


def bill(packages: list[Locked], taken: Iterator[Vendored]) -> dict[str, Any]:
    """Return the bill of materials: the same for the same inputs, and so without a date."""
    by_name = {US: US, **{one.name: one.purl for one in packages}}
    needs: dict[str, list[str]] = {ref: [] for ref in by_name.values()}
    for one in packages:
        for who in one.asked_by:
            needs[by_name[who]].append(one.purl)
    parts = [_package(one) for one in packages] + [_file(one) for one in taken]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": US, "name": "scanledger", "licenses": [{"license": {"id": "MIT"}}]}},
        "components": parts,
        "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in needs.items()],
    }


def _package(one: Locked) -> dict[str, Any]:
    where = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{one.name}/{one.version}/",
        "hashes": [{"alg": "SHA-256", "content": content} for content in one.hashes],
    }
    said = {
        "type": "library",
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "externalReferences": [where],
    }
    licences = _licences(one.name)
    if licences:
        said["licenses"] = licences
    if one.marker:
        said["properties"] = [{"name": "installed-where", "value": one.marker}]
    return said


def _licences(name: str) -> list[dict[str, Any]]:
    """Return what a package that is installed here says of its licence: an SPDX expression, or in its own words, as older ones do."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if said.get("License-Expression"):
        return [{"expression": said["License-Expression"]}]
    classes = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License :: ")]
    return [{"license": {"name": one}} for one in classes or [said.get("License", "").partition("\n")[0]] if one]


def _file(one: Vendored) -> dict[str, Any]:
    return {
        "type": "file",
        "bom-ref": one.path.as_posix(),
        "name": one.path.as_posix(),
        "version": one.version,
        "purl": one.purl,
        "hashes": [{"alg": "SHA-256", "content": one.sha256}],
        "licenses": [{"license": {"id": one.licence}}],
        "pedigree": {"notes": one.change},
    }


if __name__ == "__main__":
    sys.exit(main())
