"""The shell: one build is one directory, pages may run nothing but our own files, and nothing else of the disk is served."""

import gzip
import hashlib
import json
import posixpath
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import compacting, shell
from app.scans.said import REASONS, TASKS, WARNINGS

LATE = ("late/", "decoder/")
"""What comes when somebody needs it."""
NEWER = ("sw.js", "views/late.js")
"""The worker is no module; import() engines had before the rest of ES2018."""


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    shell.init_app(app)
    return app.test_client()


@pytest.fixture
def build() -> shell.Build:
    return shell.read()


@pytest.mark.parametrize(
    ("path", "script"),
    [
        ("/", "main.js"),
        ("/join", "main.js"),
        ("/console", "console/main.js"),
        ("/setup", "console/main.js"),
        ("/gun-test", "gun/main.js"),
        ("/gun-sheet", "gun/main.js"),
    ],
)
def test_every_page_starts_its_app_and_is_asked_for_again(client: FlaskClient, build: shell.Build, path: str, script: str) -> None:
    got = client.get(path)
    assert (got.status_code, got.headers["Cache-Control"]) == (200, "no-cache")
    assert re.findall(r'<script type="module" src="(.*)">', got.text) == [f"/s/{build.name}/{script}"]
    assert "__BUILD__" not in got.text


@pytest.mark.parametrize("path", [*shell.PAGES, "/sw.js", "/manifest.webmanifest"])
def test_pages_may_run_only_our_own_files(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert {policy[f"{kind}-src"] for kind in ("script", "style", "img", "connect", "manifest", "worker")} == {"'self'"}
    assert policy["require-trusted-types-for"] == "'script'"
    assert {policy[kind] for kind in ("frame-ancestors", "base-uri", "form-action")} == {"'none'"}
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]


@pytest.mark.parametrize("name", ["index.html", "console.html", "gun.html"])
def test_a_page_holds_no_inline_script_or_style(build: shell.Build, name: str) -> None:
    page = build.files[name].plain.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", page)
    assert "http" not in page


def test_files_of_the_current_build_are_kept_for_ever(client: FlaskClient, build: shell.Build) -> None:
    got = client.get(f"/s/{build.name}/main.js")
    assert (got.status_code, got.mimetype) == (200, "text/javascript")
    assert "immutable" in got.headers["Cache-Control"]
    assert client.get(f"/s/{build.name}/main.js", headers={"If-None-Match": got.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("name", ["0000000000000000", "..", "x"])
def test_another_build_is_not_found(client: FlaskClient, name: str) -> None:
    assert client.get(f"/s/{name}/main.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "../app/shell.py",
        "..%2fapp%2fshell.py",
        "%2e%2e/wsgi.py",
        "vendor/preact.d.ts",
        "sw.js",
        "index.html",
        "console.html",
        "gun.html",
        "",
        "vendor",
        "/etc/passwd",
    ],
)
def test_nothing_but_the_files_under_static_is_served(client: FlaskClient, build: shell.Build, path: str) -> None:
    assert client.get(f"/s/{build.name}/{path}").status_code in (404, 308)


def test_files_go_gzipped_to_those_who_take_it(client: FlaskClient, build: shell.Build) -> None:
    address = f"/s/{build.name}/app.css"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == client.get(address).data
    assert "Content-Encoding" not in client.get(address, headers={"Accept-Encoding": "br, gzip;q=0"}).headers


def test_only_the_decoders_worker_may_compile_webassembly(client: FlaskClient, build: shell.Build) -> None:
    policies = {path: client.get(f"/s/{build.name}/{path}").headers["Content-Security-Policy"] for path in build.operator}
    assert [path for path, policy in policies.items() if "wasm-unsafe-eval" in policy] == [shell.DECODER]
    assert all("unsafe-eval" not in client.get(page).headers["Content-Security-Policy"] for page in shell.PAGES)
    policy = dict(part.split(" ", 1) for part in policies[shell.DECODER].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self' 'wasm-unsafe-eval'",
        "connect-src": "'self'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_decoder_is_sent_compressed_and_kept_for_the_time_without_a_network(client: FlaskClient, build: shell.Build) -> None:
    path = "decoder/vendor/zxing_reader.wasm"
    got = client.get(f"/s/{build.name}/{path}", headers={"Accept-Encoding": "gzip"})
    assert (got.mimetype, got.headers["Content-Encoding"]) == ("application/wasm", "gzip")
    assert len(got.data) < 450_000
    assert {path, shell.DECODER, "decoder/vendor/zxing-reader.js", "decoder/vendor/zxing-share.js"} <= set(build.operator)
    assert [one for one in build.operator if one.startswith("decoder/") and not one.endswith((".js", ".wasm"))] == []


def test_the_service_worker_keeps_the_operators_shell(client: FlaskClient, build: shell.Build) -> None:
    got = client.get("/sw.js")
    assert (got.headers["Service-Worker-Allowed"], got.headers["Cache-Control"]) == ("/", "no-cache")
    listed = json.loads(re.search(r"const FILES = (\[.*?\]);", got.text).group(1))
    assert listed[:2] == ["/", "/manifest.webmanifest"]
    assert all(client.get(path).status_code == 200 for path in listed)
    assert f"'{build.name}'" in got.text


def test_the_manifest_names_icons_that_exist(client: FlaskClient) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").text)
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])
    assert all(client.get(icon["src"]).status_code == 200 for icon in manifest["icons"])


def test_a_changed_file_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = shell.read(tmp_path).name
    assert shell.read(tmp_path).name == first
    (tmp_path / "a.js").write_text("2")
    assert shell.read(tmp_path).name != first


def test_a_renamed_file_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    first = shell.read(tmp_path).name
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert shell.read(tmp_path).name != first


def test_the_operators_shell_is_whole(build: shell.Build) -> None:
    """Every script that one of its scripts imports is kept, so that nothing is missing without the network."""
    for path in build.operator:
        if path.endswith(".js") and not path.startswith("decoder/"):
            for found in re.findall(r"""(?:from|import) ?['"](\.[^'"]+)['"]""", build.files[path].plain.decode()):
                assert posixpath.normpath(posixpath.join(posixpath.dirname(path), found)) in build.operator, (path, found)


def test_the_page_names_every_module_ahead(build: shell.Build) -> None:
    """Otherwise a gun loads them level by level: each import is known only when its importer has come."""
    named = re.findall(r'<link rel="modulepreload" href="/s/(?:[0-9a-f]+)/(.*?)">', build.files["index.html"].plain.decode())
    assert {path for path in build.operator if path.endswith(".js") and not shell.BESIDE.fullmatch(path)} == {*named, "main.js"}


def test_guns_do_not_carry_the_console(build: shell.Build) -> None:
    assert "main.js" in build.operator
    assert [path for path in build.operator if path.startswith(("console", "gun"))] == []
    assert [path for path in build.files if path.startswith("console/")] != []


def test_the_operators_shell_stays_under_60_kb_gzipped(build: shell.Build) -> None:
    """All that the service worker keeps, but what comes when somebody needs it: the camera and its decoder, the PIN, the receipt of a shift."""
    total = sum(
        len(build.files[path].packed) for path in ["index.html", "manifest.webmanifest", *build.operator] if not path.startswith(LATE)
    )
    late = sum(len(build.files[path].packed) for path in build.operator if path.startswith("late/"))
    more = {path: len(held.packed) for path, held in build.files.items() if re.fullmatch(r"messages\.[a-z]+\.json", path)}
    print(
        f"operator's shell: {total:,} bytes gzipped, and {late:,} when they are needed; a device of another language keeps besides: {more}"
    )
    assert total < 60_000, total
    assert late < 12_000, late
    assert all(0 < size < 6_000 for size in more.values()), more
    assert more.keys().isdisjoint(build.operator)


def test_our_files_go_out_small_and_in_the_language_of_old_engines(build: shell.Build, tmp_path: Path) -> None:
    small = [path for path in build.files if path.endswith(".js") and not path.startswith(("vendor/", "decoder/")) and path not in NEWER]
    assert len(small) > 20
    for path in small:
        assert "/**" not in build.files[path].plain.decode(), path
        (tmp_path / (path.replace("/", "__") + ".mjs")).write_bytes(build.files[path].plain)
    parse = """
      const { parse } = require('acorn'), { readFileSync, readdirSync } = require('fs'), home = process.argv[1] + '/';
      readdirSync(home).forEach((file) => parse(readFileSync(home + file, 'utf8'), { ecmaVersion: 2018, sourceType: 'module' }));"""
    subprocess.run(["node", "-e", parse, str(tmp_path)], cwd=shell.STATIC.parent, check=True, timeout=60)


def test_what_is_served_exports_what_was_written_and_does_the_same(build: shell.Build, tmp_path: Path) -> None:
    """Short names for what only a module sees: the shared cases are played with the served modules too."""
    check = """
      import { readFileSync } from 'fs';
      import { parse } from 'acorn';
      const [written, served] = JSON.parse(readFileSync(process.argv[2], 'utf8'));
      const names = (script) => parse(script, { ecmaVersion: 2020, sourceType: 'module' }).body.filter((node) => node.type === 'ExportNamedDeclaration')
        .map((node) => node.specifiers.map((one) => one.exported.name).concat(node.declaration ? (node.declaration.declarations || [node.declaration]).map((one) => one.id.name) : []))
        .reduce((all, some) => all.concat(some), []).sort().join();
      Object.keys(written).forEach((path) => { if (names(written[path]) !== names(served[path])) throw new Error(path); });
      const home = process.argv[3] + '/';
      const { read } = await import(home + 'gs1.js');
      const { checkDigitHolds } = await import(home + 'gtin.js');
      const cases = JSON.parse(readFileSync('tests/cases/gs1.json', 'utf8'));
      for (const { code, says } of cases) {
        const said = read(code, 2026, checkDigitHolds);
        if ((said && said.lot) !== (says && says.lot) || (said && said.gtin) !== (says && says.gtin)) throw new Error(code);
      }
      console.log(Object.keys(written).length);"""
    ours = [path for path in build.files if path.endswith(".js") and shell.is_ours(path)]
    for path in ours:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(build.files[path].plain)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    texts = [{path: (shell.STATIC / path).read_text() for path in ours}, {path: build.files[path].plain.decode() for path in ours}]
    (tmp_path / "scripts.json").write_text(json.dumps(texts))
    done = subprocess.run(
        ["node", "--input-type=module", "-e", check, "--", "x", str(tmp_path / "scripts.json"), str(tmp_path)], cwd=shell.STATIC.parent,
        check=True, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert int(done.stdout) > 40
    assert len(build.files["wedge.js"].plain) < len(shell.bare("wedge.js", (shell.STATIC / "wedge.js").read_bytes())) * 0.7


def test_without_its_library_files_are_packed_by_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"what is said twice is what is said twice " * 9
    assert gzip.decompress(shell.packed(text, 12)) == text
    monkeypatch.setitem(sys.modules, "deflate", None)
    assert gzip.decompress(shell.packed(text, 12)) == text


def test_markup_in_scripts_loses_what_means_nothing_to_htm(tmp_path: Path) -> None:
    """Every template of ours is the same tree with and without it, and all around them the same script."""
    same = """
      import { readFileSync, readdirSync } from 'fs';
      import htm from './static/vendor/htm.js';
      import { parse } from 'acorn';
      const written = JSON.parse(readFileSync(process.argv[2], 'utf8'));
      const read = (script) => {
        const templates = [];
        const around = JSON.stringify(parse(script, { ecmaVersion: 2020, sourceType: 'module' }), (key, node) => {
          if (key === 'start' || key === 'end') return undefined;
          if (!node || node.type !== 'TaggedTemplateExpression' || node.tag.name !== 'html') return node;
          templates.push(node.quasi.quasis.map((part) => part.value.cooked));
          return node.quasi.expressions;
        });
        return { templates, around };
      };
      const tree = (parts) => JSON.stringify(htm.call((...node) => node, Object.assign(parts, { raw: parts }), ...parts.slice(1).map((_, i) => 'value ' + i)));
      let count = 0;
      for (const [before, after] of written) {
        const [was, is] = [read(before), read(after)];
        if (was.around !== is.around) throw new Error(before);
        if (was.templates.some((one, i) => tree(one) !== tree(is.templates[i]))) throw new Error(before);
        count += was.templates.length;
      }
      console.log(count);"""
    sources = [
        compacting.EMPTY_EXPORT.sub("", path.read_text())
        for path in shell.STATIC.rglob("*.js")
        if "vendor" not in path.parts and path.name != "sw.js"
    ]
    (tmp_path / "scripts.json").write_text(json.dumps([[text, compacting.prepared(text)] for text in sources]))
    done = subprocess.run(
        ["node", "--input-type=module", "-e", same, "--", "x", str(tmp_path / "scripts.json")], cwd=shell.STATIC.parent, check=True,
        timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert int(done.stdout) > 100
    assert (
        compacting.prepared('a = html`\n  <p class="hint" id="a b">\n    ${x}\n  </p>`;') == 'a = html`\n<p class=hint id="a b">${x}</>`;'
    )


def test_without_the_minifier_scripts_lose_comments_and_indentation_line_for_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compacting.sys, "executable", "/nowhere/python")
    assert compacting.compact((("a.js", b"/** What for. */"),)) == {}
    for path in shell.STATIC.rglob("*.js"):
        if "vendor" not in path.parts and "decoder" not in path.parts:
            plain = shell.bare(path.name, path.read_bytes())
            assert b"/**" not in plain, path
            assert b"\n " not in plain, path
            assert plain.count(b"\n") == path.read_bytes().count(b"\n"), path


def test_texts_and_style_sheets_go_out_smaller_and_say_the_same(build: shell.Build) -> None:
    texts = build.files["messages.json"].plain
    assert json.loads(texts) == json.loads((shell.STATIC / "messages.json").read_text())
    style, written = shell.bare("app.css", (shell.STATIC / "app.css").read_bytes()).decode(), (shell.STATIC / "app.css").read_text()
    assert "/*" not in style + build.files["app.css"].plain.decode()
    assert re.sub(r"/\*.*?\*/|\s", "", written, flags=re.DOTALL) == re.sub(r"\s", "", style)
    assert len(build.files["app.css"].plain) <= len(style) < len(written)


@pytest.mark.parametrize("place", ["vendor", "decoder/vendor"])
def test_vendored_files_are_those_of_the_list(place: str) -> None:
    folder = shell.STATIC / place
    rows = json.loads((folder / "vendored.json").read_text())
    assert {row["file"] for row in rows} == {p.name for p in folder.iterdir()} - {"vendored.json"} - {p.name for p in folder.glob("*.d.ts")}
    for row in rows:
        assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"], row["file"]
        assert row["name"]
        assert row["version"]
        assert row["licence"] in {"MIT", "Apache-2.0"}


def test_every_reason_warning_and_task_of_the_server_has_a_text() -> None:
    texts = json.loads((shell.STATIC / "messages.json").read_text())
    assert set(REASONS) <= set(texts["reasons"])
    assert set(WARNINGS) <= set(texts["warnings"])
    assert set(TASKS) <= set(texts["tasks"])
