"""The shell: serves the PWA, one build as one directory, so that old and new files never mix.

The static files are read once, at the start; their hash names the build. `/s/<build>/...` never changes and is kept for ever by
browsers; the pages and the service worker itself are asked for anew each time. The service worker keeps the operator's shell: all
that its page can ever ask for, and nothing of the console. Our own files go out made small; where the minifier can't be had, scripts
lose their comments and indentation, line for line, and style sheets and texts what only people need. On a local
network `/join` over plain http is the page that leads a device to trust https; it alone may ask there.
"""

import functools
import gzip
import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, request

from app import headers, wire
from app.access import public
from app.compacting import compact
from app.lan import links

STATIC = Path(__file__).parent.parent / "static"
OPERATOR, CONSOLE, TRUST, GUN = "index.html", "console.html", "trust.html", "gun.html"
PAGES = {"/": OPERATOR, "/join": OPERATOR, "/console": CONSOLE, "/setup": CONSOLE, "/gun-test": GUN, "/gun-sheet": GUN}
"""The file of each page."""
TEMPLATES = (OPERATOR, CONSOLE, TRUST, GUN, "manifest.webmanifest", "sw.js")
"""Files that name the build and have an address of their own."""
BESIDE = re.compile(r"messages\.json|icons/icon\.svg|second-worker\.js|late/.*\.js|decoder/.*\.(js|wasm)")
"""What the operator's app asks for besides the scripts it imports (a worker is started, parts come late) and the style sheets and icons
of its page.

Other languages than English are kept by the devices that speak them."""
COMMENT = re.compile(rb"/\*\*(?:[^*]|\*(?!/))*\*/")
INDENT = re.compile(rb"\n[ \t]+")
REMARK = re.compile(rb"/\*.*?\*/", re.DOTALL)
AROUND = re.compile(rb"\s*([{};,])\s*")
"""What a style sheet needs no space around."""
REFERENCE = re.compile(rb'(?:src|href)="/s/__BUILD__/([^"]+)"')
IMPORT = re.compile(rb"""^(?:import|export) (?:[^'"]*from )?'(\.[^']+)'""", re.MULTILINE)
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
DECODER = "decoder/worker.js"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@dataclass(frozen=True)
class Held:
    """One file as it is sent."""

    plain: bytes
    packed: bytes
    type: str


@dataclass(frozen=True)
class Build:
    """All files of one version of the PWA."""

    name: str
    files: dict[str, Held]
    operator: list[str]
    """The paths of the files that the operator's app can ask for."""

    @property
    def shell(self) -> list[str]:
        """Return the addresses the service worker keeps: the operator's page and its files."""
        return ["/", "/manifest.webmanifest", *(f"/s/{self.name}/{path}" for path in self.operator)]


def read(folder: Path = STATIC) -> Build:
    """Read all files under a folder; name them by the hash of their paths and contents."""
    raw = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file() and _served(p)}
    digest = hashlib.sha256((headers.PAGE_POLICY + headers.DECODER_POLICY).encode())
    for path, content in raw.items():
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    name = digest.hexdigest()[:16]
    small = compact(tuple((path, content) for path, content in raw.items() if is_ours(path)))
    build = Build(name, {path: _held(path, small.get(path) or bare(path, content)) for path, content in raw.items()}, _asked_for(raw))
    values = {b"__AHEAD__": _ahead(build.operator), b"__BUILD__": name.encode(), b"['__FILES__']": json.dumps(build.shell).encode()}
    for path in TEMPLATES:
        if path in raw:
            content = bare(path, raw[path])
            for mark, value in values.items():
                content = content.replace(mark, value)
            build.files[path] = _held(path, content)
    return build


def init_app(app: Flask, folder: Path = STATIC) -> None:
    """Register the pages, the manifest, the service worker and the build's files."""
    build = read(folder)
    app.extensions["build"] = build.name

    @public
    def page() -> Response:
        secure = links.to_trust() if request.path == "/join" and "tab" not in request.args else None
        if secure is None:
            return _send(build.files[PAGES[request.path]], ASK_AGAIN)
        response = _send(build.files[TRUST], ASK_AGAIN)
        response.headers["Content-Security-Policy"] = headers.PAGE_POLICY.replace("connect-src 'self'", f"connect-src 'self' {secure}")
        return response

    for rule in PAGES:
        app.add_url_rule(rule, "shell.page", page, methods=["GET"], strict_slashes=rule != "/")  # `GET http://host` asks for ""

    @app.get("/manifest.webmanifest", endpoint="shell.manifest")
    @public
    def manifest() -> Response:
        return _send(build.files["manifest.webmanifest"], ASK_AGAIN)

    @app.get("/sw.js", endpoint="shell.worker")
    @public
    def worker() -> Response:
        response = _send(build.files["sw.js"], ASK_AGAIN)
        response.headers["Service-Worker-Allowed"] = "/"
        return response

    @app.get("/s/<name>/<path:path>", endpoint="shell.file")
    @public
    def file(name: str, path: str) -> Response:
        if name != build.name or path in TEMPLATES or path not in build.files:
            abort(404)
        response = _send(build.files[path], FOR_EVER)
        if path == DECODER:
            response.headers["Content-Security-Policy"] = headers.DECODER_POLICY
        return response


def _ahead(operator: list[str]) -> bytes:
    """Name all modules to the page, so that none waits until another one that imports it has come."""
    modules = (path for path in operator if path.endswith(".js") and path != "main.js" and not BESIDE.fullmatch(path))
    return "\n".join(f'<link rel="modulepreload" href="/s/__BUILD__/{path}">' for path in modules).encode()


def _served(path: Path) -> bool:
    return path.suffix in TYPES and not path.name.startswith(".")


def _asked_for(raw: dict[str, bytes]) -> list[str]:
    """Follow the operator's page to all that it can ask for; what isn't there is asked for too, so that no device takes such a build."""
    found = {path for path in raw if BESIDE.fullmatch(path)}
    coming = [match.decode() for match in REFERENCE.findall(raw.get(OPERATOR, b"")) if not match.endswith(b".png")]
    while coming:
        path = coming.pop()
        if path not in found:
            found.add(path)
            imports = IMPORT.findall(raw.get(path, b""))
            coming += [posixpath.normpath(posixpath.join(posixpath.dirname(path), match.decode())) for match in imports]
    return sorted(found)


def is_ours(path: str) -> bool:
    """Tell whether a file is made small: ours, and not one that names the build."""
    return path not in TEMPLATES and not path.startswith(("vendor/", "decoder/"))


def bare(path: str, content: bytes) -> bytes:
    """Take off what only people need."""
    if path.endswith(".js") and not path.startswith(("vendor/", "decoder/")):
        return INDENT.sub(b"\n", COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), content))
    if path.endswith(".css"):
        return AROUND.sub(rb"\1", REMARK.sub(b"", content))
    return json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":")).encode() if path.endswith(".json") else content


@functools.lru_cache(1024)
def _held(path: str, content: bytes) -> Held:
    """Pack a file, once for all apps of a process: packing takes half of the time in which an app starts."""
    return Held(content, packed(content, 6 if path.endswith(".wasm") else 12), TYPES[Path(path).suffix])


def packed(content: bytes, level: int) -> bytes:
    """Return gzip of the content: libdeflate's where it can be had, which searches longer and is quicker, else zlib's."""
    try:
        import deflate
    except ImportError:
        return gzip.compress(content, min(level, 9), mtime=0)
    return bytes(deflate.gzip_compress(content, level))


def _send(held: Held, cache: str) -> Response:
    packed = len(held.packed) < len(held.plain) and wire.takes_gzip(request.headers.get("Accept-Encoding", ""))
    response = Response(held.packed if packed else held.plain, content_type=held.type, headers=headers.PAGE)
    response.headers["Cache-Control"] = cache
    response.headers["Vary"] = "Accept-Encoding"
    if links.to_trust() is not None:
        del response.headers["Cross-Origin-Opener-Policy"]  # browsers complain of it on plain http
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.add_etag()
    response.make_conditional(request)
    return response
