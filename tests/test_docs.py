"""The documents are true: what they name exists, and what exists is named."""

import ast
import importlib.util
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bench
from app import access, config, create_app
from app.errors import CODES
from app.scans.said import REASONS, TASKS, VIA, WARNINGS
from tests.conftest import settings_for

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All rules of the app, as OpenAPI writes them."""
    folder = tmp_path_factory.mktemp("docs")
    app = create_app(settings_for(f"sqlite:///{folder / 'none.db'}", folder))
    return [re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()]


@pytest.fixture(scope="module")
def reference() -> Any:
    spec = importlib.util.spec_from_file_location("api_reference", ROOT / "docs" / "scripts" / "api_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def text(page: Path) -> str:
    return page.read_text()


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(```.*?^```|    .*?)$", "", text(page), flags=re.M | re.S))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", text(page), re.M):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.add(slug if slug not in found else next(f"{slug}-{n}" for n in range(1, 99) if f"{slug}-{n}" not in found))
    return found


def test_the_api_reference_is_that_of_the_code(reference: Any) -> None:
    now, wanted = reference.PAGE.read_text(), reference.text()
    assert now == wanted, "docs/api.md is old; write it anew: .venv/bin/python docs/scripts/api_reference.py"


def test_every_route_is_documented(routes: list[str]) -> None:
    told = text(ROOT / "docs" / "api.md")
    assert [rule for rule in routes if f" {rule}`" not in told] == []


def test_every_code_is_documented() -> None:
    told = text(ROOT / "docs" / "api.md")
    codes = {*CODES, *REASONS, *WARNINGS, *TASKS, "missing_field", "bad_field", "unknown_task"}
    assert [code for code in sorted(codes) if f"| `{code}` |" not in told] == []
    words = text(ROOT / "docs" / "vocabulary.md") + text(ROOT / "docs" / "operating.md")
    assert [word for word in (*TASKS, *VIA, *access.ROLES) if f"`{word}`" not in words] == []


def test_every_reason_and_warning_has_a_text() -> None:
    texts = json.loads((ROOT / "static" / "messages.json").read_text())
    assert [r for r in (*REASONS, "missing_field", "bad_field", "unknown_task") if not texts["reasons"].get(r)] == []
    assert [w for w in WARNINGS if not texts["warnings"].get(w)] == []
    assert [t for t in TASKS if not texts["tasks"].get(t)] == []


def test_every_setting_is_documented() -> None:
    told = text(ROOT / "docs" / "operating.md") + text(ROOT / "CONTRIBUTING.md") + text(ROOT / "README.md")
    read = re.compile(r"""(?:env|environ)(?:\.get\(|\[)\s*["']([A-Z_]{2,})["']""")
    names = {name for file in [*(ROOT / "app").rglob("*.py"), *(ROOT / "tests").glob("*.py")] for name in read.findall(file.read_text())}
    assert {"DATABASE_URL", "DATA_DIR", "PORT", "HOST", "DEMO", "BASE_URL"} <= names
    ours = names - {"PATH", "HOME"}
    assert [name for name in sorted(ours) if f"`{name}`" not in told and f"{name}=" not in told] == []
    assert config.from_environment({}).demo


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", prose(page)) + re.findall(r"<img src=\"([^\"]+)\"", text(page))
    broken = []
    for link in links:
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_pictures_are_kept_and_small() -> None:
    used = {name for page in PAGES for name in re.findall(r"img/([\w-]+\.png)", text(page))}
    assert used
    for name in used:
        assert 0 < (ROOT / "docs" / "img" / name).stat().st_size < 150_000, name


def test_every_picture_is_shown() -> None:
    shown = set(re.findall(r"img/([\w-]+\.png)", "".join(page.read_text() for page in PAGES)))
    assert {picture.name for picture in (ROOT / "docs" / "img").glob("*.png")} == shown


def test_every_page_can_be_found() -> None:
    index = text(ROOT / "docs" / "index.md")
    pages = [page for page in PAGES if page.parent == ROOT / "docs" and page.name != "index.md"]
    missing = [page.name for page in pages if f"({page.name})" not in index]
    assert missing == [], "give it a line in docs/index.md"


def test_commands_that_documents_name_exist(tmp_path: Path) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path))
    commands = app.cli.commands
    wrong = []
    for page in PAGES:
        if page.name == "CHANGELOG.md" or page.parent.name == "decisions":
            continue
        code = "\n".join(re.findall(r"`[^`\n]+`|^    .+$", text(page), re.M))
        wrong += [f"{page.name}: make {name}" for name in re.findall(r"\bmake ([a-z][a-z-]+)", code) if name not in targets]
        for name, sub in re.findall(r"--app wsgi ([a-z][\w-]*)(?: ([a-z][\w-]*))?", code):
            command: Any = commands.get(name)
            if command is None and name != "db":
                wrong.append(f"{page.name}: flask {name}")
            elif sub and hasattr(command, "commands") and sub not in command.commands:
                wrong.append(f"{page.name}: flask {name} {sub}")
        scripts = re.findall(r"python ((?:docs|tests)/[\w/.]+\.py)", code) + re.findall(r"pytest ((?:tests)[\w/.]*)", code)
        wrong += [f"{page.name}: {path}" for path in scripts if not (ROOT / path).exists()]
    assert wrong == []


def test_files_that_documents_name_exist() -> None:
    wrong = []
    for page in PAGES:
        for path in re.findall(r"`((?:app|tests|campaigns|bench|docs|static|migrations)/[\w/.-]*)`", text(page)):
            if not (ROOT / path).exists():
                wrong.append(f"{page.name}: {path}")
    assert wrong == []


def test_routes_that_documents_name_exist(routes: list[str]) -> None:
    shapes = [re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(rule))) for rule in routes]
    wrong = []
    for page in PAGES:
        if page.parent.name == "decisions":
            continue
        for path in re.findall(r"/api/v1/[\w/{}.-]+", text(page)):
            if not any(shape.fullmatch(path.rstrip(".")) for shape in shapes):
                wrong.append(f"{page.name}: {path}")
    assert wrong == []


def test_every_test_that_the_guarantees_the_threat_model_and_the_field_notes_name_exists() -> None:
    named = {
        name
        for page in ("guarantees", "threat-model", "field-notes")
        for name in re.findall(r"`(test_\w+)`", text(ROOT / "docs" / f"{page}.md"))
    }
    assert len(named) > 60
    there = {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert sorted(named - there) == []
    rows = re.findall(r"^\| (I\d+) \|", text(ROOT / "docs" / "guarantees.md"), re.M)
    assert rows == [f"I{n}" for n in range(1, 21)]


HAZARDS = 33
"""Those that the design of the offline app names, and those that were met since."""


def test_every_hazard_of_a_device_names_tests_that_exist() -> None:
    section = text(ROOT / "docs" / "guarantees.md").partition("## Whatever befalls a device")[2].partition("\n**Engines.**")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")][1:]
    assert len({row[0] for row in rows}) == len(rows) == HAZARDS
    for _, does, proven in rows:
        assert does
        assert_names_tests(proven)


NOTES = 42
"""Complaints and wishes that were gathered, each a row."""


def test_every_field_note_names_tests_that_exist() -> None:
    rows = [line.split(" | ") for line in text(ROOT / "docs" / "field-notes.md").splitlines() if line.startswith("| ")]
    told = [row for row in rows if "held by |" not in row]
    assert len(told) == NOTES
    for _, does, proven in told:
        assert does
        assert_names_tests(proven)


def assert_names_tests(proven: str) -> None:
    """The tests in JavaScript that a cell quotes are there; those in Python are looked for elsewhere."""
    there = {
        name.replace("\\'", "'")
        for file in (ROOT / "tests" / "js").glob("*.mjs")
        for name in re.findall(r"^test\('(.+?)', ", file.read_text(), re.M)
    }
    assert re.search(r"`test_\w+`|\"", proven)
    assert [name for name in re.findall(r'"([^"]+)"', proven) if name not in there] == []


def test_every_campaign_is_documented() -> None:
    from campaigns.__main__ import CAMPAIGNS

    told = text(ROOT / "docs" / "guarantees.md")
    assert [name for name in CAMPAIGNS if f"| `{name}` |" not in told] == []


def test_every_bench_is_described() -> None:
    described = re.findall(r"(?m)^\| (\w+) \|", text(ROOT / "docs" / "performance.md").partition("## What was measured")[0])
    assert sorted(set(described) - {"bench"}) == sorted(bench.BENCHES)


def test_every_document_begins_with_a_title() -> None:
    assert [page.name for page in PAGES if not re.match(r"# \S", text(page))] == []


def test_no_document_names_a_place_of_somebodys_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "*.md", "*.toml", "Makefile", "Procfile", "*.json"], cwd=ROOT, capture_output=True, text=True
    )
    files = [ROOT / name for name in listed.stdout.split() if not name.startswith("tests/")] or PAGES
    place = re.compile(r"(?<![\w.])(?:/(?:home|root|Users|work|tmp|mnt|opt)/\w|[A-Z]:\\)")
    wrong = {str(file.relative_to(ROOT)): place.findall(file.read_text()) for file in files if file.exists()}
    assert {name: found for name, found in wrong.items() if found} == {}
