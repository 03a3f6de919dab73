"""The shape: which package may import which, which rooms are pure, and who alone writes what (docs/map.md)."""

import ast
import functools
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"
ORDER = (
    ("products", "locations", "devices", "people"),
    ("ledger",),
    ("scans",),
    ("counts",),
    ("exports", "labels"),
    ("paper",),
    ("due", "lots", "unknown"),
    ("measures",),
    ("feed", "terminal"),
)
LEVEL = {package: level for level, packages in enumerate(ORDER) for package in packages}
WIRING = {"__init__", "cli", "run", "serving", "answering", "inviting", "backing_up", "demo", "demo_shift"}
PURE_LIBRARIES = {"biip", "barcode", "marshmallow", "orjson", "pystrich", "segno"}
GROUND = {p.stem for p in APP.glob("*.py")} - WIRING
THINKING_GROUND = {"compiling", "fields", "quantities", "tables", "text", "times", "wire"}
"""Ground that is pure too (`times.now` is the one clock; thinking rooms don't call it)."""
MODULES = sorted(APP.rglob("*.py"))


def name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


KNOWN = {name(path) for path in MODULES}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def imported(path: Path) -> list[str]:
    """Every module that a module imports, anywhere in it, as a full name."""
    found: list[str] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [full if full in KNOWN else str(node.module) for full in names]
    return found


def package(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "app" and parts[1] in LEVEL else None


def is_thinking(path: Path) -> bool:
    """A room says of itself that it is pure."""
    return "Pure" in path.read_text() and bool(re.search(r"\bPure\b", ast.get_docstring(parsed(path)) or ""))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_only_point_up_the_order(path: Path) -> None:
    module = name(path)
    if module == "app" or module.removeprefix("app.") in WIRING:
        return
    mine = package(module)
    for other in imported(path):
        if not other.startswith("app"):
            continue
        assert other.removeprefix("app.") not in WIRING or other == "app", f"{module} imports the wiring: {other}"
        theirs = package(other)
        if theirs is None or theirs == mine:
            continue
        assert mine is not None, f"ground knows nothing of stock, but {module} imports {other}"
        assert LEVEL[theirs] < LEVEL[mine], f"{module} imports {other}, which isn't above it"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_create_app_imports_an_api(path: Path) -> None:
    if name(path) == "app":
        return
    apis = [other for other in imported(path) if re.fullmatch(r"app\.\w+\.(\w+_)?api", other)]
    assert apis == [], f"{name(path)} imports {apis}"


@pytest.mark.parametrize("path", [p for p in MODULES if is_thinking(p)], ids=name)
def test_thinking_rooms_are_pure(path: Path) -> None:
    thinking = {name(p) for p in MODULES if is_thinking(p)} | {f"app.{ground}" for ground in THINKING_GROUND}
    for other in imported(path):
        top = other.split(".")[0]
        if top == "app":
            assert other in thinking, f"{name(path)} is pure but imports {other}"
        else:
            assert top in sys.stdlib_module_names | PURE_LIBRARIES, f"{name(path)} is pure but imports {other}"
    source = parsed(path)
    if path.parent != APP:
        calls = {ast.unparse(node.func) for node in ast.walk(source) if isinstance(node, ast.Call)}
        assert not calls & {"times.now", "time.time", "time.time_ns", "datetime.now", "open"}, f"{name(path)} reads a clock or a file"


WRITERS = {
    "moves": {"app.ledger.posting"},
    "balances": {"app.ledger.posting"},
    "scans": {"app.scans.recording", "app.scans.resolving"},
}
MODELS = {"moves": "Move", "balances": "Balance", "scans": "Scan"}


@pytest.mark.parametrize("table", sorted(WRITERS))
def test_each_fact_has_one_writer(table: str) -> None:
    sql = re.compile(rf"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY)\s+{table}\b", re.IGNORECASE)
    core = re.compile(rf"\b(insert|update|delete)\((\w+\.)?{MODELS[table]}\b")
    bulk = re.compile(rf"insert_many\(\s*[\w.]+,\s*[\"']{table}[\"']")
    writers = {name(p) for p in MODULES if any(found.search(p.read_text()) for found in (sql, core, bulk))}
    assert writers <= WRITERS[table], f"{writers - WRITERS[table]} write {table}"
    assert writers, f"nobody writes {table}: does this test still read the code?"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_packages_are_linked_by_table_names_only(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\b(relationship|backref|back_populates)\(", source), f"{name(path)} has a relationship"
    assert not re.search(r"listens_for\(\s*(?!engine\b)", source), f"{name(path)} listens on a model"


def test_every_module_says_what_it_is_for() -> None:
    assert [name(p) for p in MODULES if not ast.get_docstring(parsed(p))] == []


def test_the_map_names_every_room_of_the_ground() -> None:
    words = set(re.findall(r"\w+", (ROOT / "docs" / "map.md").read_text()))
    assert set(LEVEL) <= words
    assert GROUND - words == set()
